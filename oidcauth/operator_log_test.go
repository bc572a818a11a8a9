package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// story is a frequent mistake of operators, with the words of a decision that name its cause.
type story struct {
	name   string
	scene  scene
	reason reason.Reason
	reads  []string // words that the text contains
	never  []string // misleading words, which the text must not contain
}

func stories() []story {
	oid := lacking("oid", oidctest.Claims{"oid": "o-1", "iat": 1})
	oid.issuer.Claims.UserInfo, oid.issuer.Claims.UserInfoOnly = infoAnswers(`{"sub":"alice","name":"Alice"}`), true
	graph := of(entraV1, entraV1)
	graph.claims["aud"] = graphID
	nonce := scene{header: map[string]any{"typ": "JWT", "nonce": "bm9uY2U"}, sent: func(token string) []string {
		return []string{"Bearer " + token[:len(token)-8] + "AAAAAAAA"}
	}}
	https := scene{issuer: oidcauth.Issuer{Audience: []string{"https://api.example"}}, claims: oidctest.Claims{"aud": "http://api.example"}}
	okta := of("https://corp.okta.com", "https://corp.okta.com")
	okta.header = map[string]any{"kid": "unpublished"}
	email := lacking("email", oidctest.Claims{"preferred_username": "alice@corp.example", "scope": "openid profile"})
	both := scene{header: jwt, claims: oidctest.Claims{"at_hash": "x", "scope": "openid"}}
	twins := scene{users: usermap.NewTable(
		usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "1", Enabled: true}},
		usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "2", Enabled: true}},
	), claims: oidctest.Claims{"email": "alice@corp.example"}}
	twins.issuer.Claims.User = claims.Name("email")
	tenant := scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("tid"), "t1")}}}}
	return []story{
		{
			"UserInfo lacks what the token holds", oid, reason.ClaimMissing,
			[]string{"claim oid is missing", "claim_in_other_source", "oid is in the token"},
			[]string{"expired"},
		},
		{"token for Graph", graph, reason.WrongAudience, []string{"graph_token", "Microsoft Graph", "api://"}, []string{"expired"}},
		{"Graph's nonce", nonce, reason.InvalidSignature, []string{"graph_token_with_proof", "only Graph can verify such a token"}, nil},
		{
			"v1 against v2", of(entraV1, entraV2), reason.UnknownIssuer,
			[]string{"entra_version", "requestedAccessTokenVersion", entraV1, entraV2},
			[]string{"expired"},
		},
		{
			"https against http", https, reason.WrongAudience,
			[]string{"audience_scheme_or_case", "aud http://api.example", "aud https://api.example"},
			[]string{"expired"},
		},
		{"Okta's org server", okta, reason.KeyNotFound, []string{"okta_org_server", "/oauth2/default"}, []string{"expired"}},
		{
			"email against preferred_username", email, reason.ClaimMissing,
			[]string{"claim email is missing", "preferred_username", "scope_not_requested", "scope email"},
			[]string{"expired"},
		},
		{"one JWT as both tokens", both, reason.IDTokenAsAccessToken, []string{"id_token_option", "InsecureIDTokenAsAccessToken"}, []string{"expired"}},
		{
			"two users, one e-mail address", twins, reason.UserAmbiguous,
			[]string{"2 or more enabled users", "user_ambiguous", "immutable id"},
			[]string{"alice@corp.example"},
		},
		{"fresh token with a claim fault", tenant, reason.CheckClaimMissing, []string{"claim tid is missing"}, []string{"expired"}},
	}
}

// The text of a decision names the true cause, and no other cause.
func TestOperatorReadsTheTrueCause(t *testing.T) {
	p := oidctest.New(t)
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			d := s.scene.decide(t, p)
			require.Equal(t, s.reason, d.Reason)
			for _, words := range s.reads {
				require.Contains(t, d.String(), words)
			}
			for _, words := range s.never {
				require.NotContains(t, d.String(), words)
			}
		})
	}
}
