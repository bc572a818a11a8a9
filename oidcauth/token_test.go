package oidcauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

type tokenCase struct {
	name    string
	forgery oidctest.Forgery
	want    reason.Reason
}

func claimsOf(changes oidctest.Claims) oidctest.Forgery {
	all := oidctest.Claims{"aud": audience, "sub": "alice"}
	for name, v := range changes {
		all[name] = v
	}
	return oidctest.Forgery{Claims: all}
}

func typed(header string, changes oidctest.Claims) oidctest.Forgery {
	f := claimsOf(changes)
	f.Header = map[string]any{"typ": header}
	if header == "" {
		f.Header["typ"] = nil
	}
	return f
}

func runCases(t *testing.T, s service, cases []tokenCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, s.reason(t, s.Forge(c.forgery)))
		})
	}
}

func TestTokenTypeAndClass(t *testing.T) {
	s := newService(t, nil)
	runCases(t, s, []tokenCase{
		{"at+jwt", typed("at+jwt", nil), ""},
		{"spelt out and in capitals", typed("APPLICATION/AT+JWT", nil), ""},
		{"plain JWT", typed("JWT", nil), ""},
		{"no typ", typed("", nil), ""},
		{"nonce beside a scope", typed("JWT", oidctest.Claims{"nonce": "n", "scope": "a"}), ""},
		{"nonce in a Bearer", typed("JWT", oidctest.Claims{"nonce": "n", "typ": "Bearer"}), ""},
		{"logout token type", typed("logout+jwt", nil), reason.WrongTokenType},
		{"DPoP proof", typed("dpop+jwt", nil), reason.WrongTokenType},
		{"events under at+jwt", typed("at+jwt", oidctest.Claims{"events": oidctest.Claims{}}), reason.WrongTokenType},
		{"refresh under at+jwt", typed("at+jwt", oidctest.Claims{"typ": "Refresh"}), reason.WrongTokenType},
		{"offline", typed("JWT", oidctest.Claims{"typ": "Offline"}), reason.WrongTokenType},
		{"at_hash", typed("JWT", oidctest.Claims{"at_hash": "x"}), reason.IDTokenAsAccessToken},
		{"c_hash", typed("", oidctest.Claims{"c_hash": "x"}), reason.IDTokenAsAccessToken},
		{"payload typ ID", typed("JWT", oidctest.Claims{"typ": "ID"}), reason.IDTokenAsAccessToken},
		{"token_use id", typed("JWT", oidctest.Claims{"token_use": "id"}), reason.IDTokenAsAccessToken},
		{"lone nonce", typed("JWT", oidctest.Claims{"nonce": "n"}), reason.IDTokenAsAccessToken},
		{"key-bound", typed("at+jwt", oidctest.Claims{"cnf": oidctest.Claims{"jkt": "x"}}), reason.SenderConstrained},
	})
}

func TestTimeIsComparedWithLeeway(t *testing.T) {
	s := newService(t, nil)
	at := func(d time.Duration) int64 { return s.Now().Add(d).Unix() }
	exp := func(v any) oidctest.Forgery { return claimsOf(oidctest.Claims{"exp": v}) }
	nbf := func(v any) oidctest.Forgery { return claimsOf(oidctest.Claims{"nbf": v}) }
	runCases(t, s, []tokenCase{
		{"expired within the leeway", exp(at(-50 * time.Second)), ""},
		{"expired beyond the leeway", exp(at(-70 * time.Second)), reason.Expired},
		{"exponent notation", claimsOf(oidctest.Claims{"exp": rawNumber("1.0e11")}), ""},
		{"no exp", exp(nil), reason.InvalidClaims},
		{"exp zero", exp(0), reason.InvalidClaims},
		{"exp negative", exp(-1), reason.InvalidClaims},
		{"exp beyond all years", exp(rawNumber("1e308")), reason.InvalidClaims},
		{"exp 2^63", exp(rawNumber("9223372036854775808")), reason.InvalidClaims},
		{"exp a string", exp("2030-01-01T00:00:00Z"), reason.InvalidClaims},
		{"nbf within the leeway", nbf(at(50 * time.Second)), ""},
		{"nbf beyond the leeway", nbf(at(70 * time.Second)), reason.NotYetValid},
		{"nbf beyond all years", nbf(rawNumber("1e308")), reason.InvalidClaims},
		{"nbf a string", nbf("soon"), reason.InvalidClaims},
		{"iat in the future", claimsOf(oidctest.Claims{"iat": at(time.Hour)}), ""},
		{"iat a string", claimsOf(oidctest.Claims{"iat": "now"}), reason.InvalidClaims},
	})
}

func TestAudienceAnyOf(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Audience = []string{audience, "second"}
	})
	aud := func(v any) oidctest.Forgery { return claimsOf(oidctest.Claims{"aud": v}) }
	runCases(t, s, []tokenCase{
		{"string", aud("second"), ""},
		{"list", aud([]string{"other", audience}), ""},
		{"another", aud("other"), reason.WrongAudience},
		{"only a prefix", aud(audience + "/x"), reason.WrongAudience},
		{"empty list", aud([]string{}), reason.WrongAudience},
		{"missing", aud(nil), reason.WrongAudience},
		{"a list with a number", aud([]any{audience, 1}), reason.WrongAudience},
	})
}

func TestClientInsteadOfAudience(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].ClientIDs = []string{"app"}
		c.Issuers[0].ClientIDInsteadOfAudience = true
	})
	runCases(t, s, []tokenCase{
		{"client of the list, no aud", claimsOf(oidctest.Claims{"aud": nil, "client_id": "app"}), ""},
		{"another client", claimsOf(oidctest.Claims{"aud": nil, "client_id": "evil"}), reason.UnauthorizedParty},
		{"no client", claimsOf(oidctest.Claims{"aud": nil}), reason.UnauthorizedParty},
		{"two names that disagree", claimsOf(oidctest.Claims{"azp": "app", "cid": "evil"}), reason.UnauthorizedParty},
		{"an aud is judged all the same", claimsOf(oidctest.Claims{"aud": "other", "client_id": "app"}), reason.WrongAudience},
	})
}

func TestSignatureAndForm(t *testing.T) {
	s := newService(t, nil)
	good := s.Token(audience, alice)
	attacker, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	parts := strings.Split(good, ".")
	cases := []struct {
		name, token string
		want        reason.Reason
	}{
		{"genuine", good, ""},
		{
			"another payload under a genuine signature",
			parts[0] + "." + strings.Split(s.Token(audience, oidctest.Claims{"sub": "eve"}), ".")[1] + "." + parts[2], reason.InvalidSignature,
		},
		{"truncated", good[:len(good)-22], reason.InvalidSignature},
		{
			"attacker's key under an unknown kid",
			s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}, Algorithm: "ES256", Key: attacker, Header: map[string]any{"kid": "evil"}}),
			reason.KeyNotFound,
		},
		{
			"shared secret",
			s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}, Algorithm: "HS256", Key: []byte("0123456789abcdef0123456789abcdef")}),
			reason.AlgorithmRefused,
		},
		{"opaque", "opaque-token", reason.OpaqueToken},
		{"encrypted", "e30..a.b.c", reason.EncryptedToken},
		{"padding", good + "=", reason.MalformedToken},
		{"duplicate member", s.Forge(oidctest.Forgery{Payload: []byte(`{"iss":"a","iss":"b"}`)}), reason.MalformedToken},
		{"folded name", s.Forge(oidctest.Forgery{Payload: []byte(`{"iss":"a","\u017fub":"b"}`)}), reason.MalformedToken},
		{"crit", s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}, Header: map[string]any{"crit": []string{"x"}}}), reason.MalformedToken},
		{"another issuer", s.Forge(claimsOf(oidctest.Claims{"iss": "https://evil.example"})), reason.UnknownIssuer},
		{"issuer with a slash more", s.Forge(claimsOf(oidctest.Claims{"iss": s.Issuer() + "/"})), reason.UnknownIssuer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, s.reason(t, c.token)) })
	}
}
