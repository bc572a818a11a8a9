package oidcauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// hintedLogin is a login or a refusal that shows a cause, and another one without the cause.
type hintedLogin struct {
	code  string
	shown any // a loginVerdict, a signin.Refusal or a requirement
	near  any
}

// requirement is a requirement that the identity of a session does not meet.
type requirement struct {
	claims obj // of the ID token
	of     func(*oidcauth.Identity) error
}

// hintedRequirements are requirements of routes that a session does not meet.
func hintedRequirements() []hintedLogin {
	acr := func(c obj) requirement {
		return requirement{c, func(id *oidcauth.Identity) error { return id.RequireAuthentication(0, "mfa") }}
	}
	age := func(c obj) requirement {
		return requirement{c, func(id *oidcauth.Identity) error { return id.RequireAuthentication(time.Minute) }}
	}
	role := requirement{nil, func(id *oidcauth.Identity) error { return id.RequireRoles("staff") }}
	scope := requirement{nil, func(id *oidcauth.Identity) error { return id.RequireScopes("staff") }}
	claim := requirement{nil, func(id *oidcauth.Identity) error { return id.RequireClaims(claims.Equals(claims.Name("tid"), "t-1")) }}
	return []hintedLogin{
		{code: "session_acr_not_stated", shown: acr(nil), near: acr(obj{"acr": "pwd"})},
		{code: "session_auth_time_not_stated", shown: age(obj{"auth_time": nil}), near: age(obj{"auth_time": inSeconds(-1000)})},
		{code: "session_authentication", shown: acr(obj{"acr": "pwd"}), near: acr(nil)},
		{code: "session_authentication", shown: age(obj{"auth_time": inSeconds(-1000)}), near: age(obj{"auth_time": nil})},
		{code: "session_requirement_empty", shown: requirement{nil, func(id *oidcauth.Identity) error { return id.RequireAuthentication(0) }}, near: acr(nil)},
		{code: "session_scope_missing", shown: scope, near: role},
		{code: "session_role_missing", shown: role, near: scope},
		{code: "claim_not_in_id_token", shown: claim, near: role},
		{code: "access_denied", shown: requirement{nil, func(*oidcauth.Identity) error { return &oidcauth.Error{Reason: reason.AccessDenied} }}, near: role},
		{code: "application_error", shown: requirement{nil, func(*oidcauth.Identity) error { return errors.New("of the application") }}, near: role},
	}
}

func refusal(why reason.Reason, code string) signin.Refusal {
	return signin.Refusal{Issuer: idp, ClientID: loginClient, Reason: why, Error: code}
}

func hintedLogins() []hintedLogin {
	const insufficient = reason.InsufficientUserAuthentication
	requested := func(name string, c obj, change func(*signin.Grant)) loginVerdict {
		return loginVerdict{verdict: verdict{name: name, want: insufficient, claims: c}, grant: change}
	}
	minute := func(g *signin.Grant) { g.MaxAge = time.Minute }
	mfa := func(g *signin.Grant) { g.ACR = []string{"mfa"} }
	of := func(v verdict, want reason.Reason) loginVerdict {
		v.want = want
		return loginVerdict{verdict: v}
	}
	needs := func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{claims.Name("oid")} }
	described := refusal(reason.AuthorizationRefused, "invalid_request")
	described.Description = "The redirect_uri is not registered"
	slash := signin.Refusal{Issuer: idp, Reason: reason.LoginIssuerMismatch, Actual: idp + "/", Expected: idp}
	other := signin.Refusal{Issuer: idp, Reason: reason.LoginIssuerMismatch, Actual: "https://other.example", Expected: idp}
	unavailable := func(code string) signin.Refusal { return refusal(reason.ProviderUnavailable, code) }
	good := of(verdict{}, "")
	out := []hintedLogin{
		{code: "id_token_client_id", shown: of(verdict{claims: obj{"aud": "other"}}, reason.WrongAudience), near: good},
		{code: "id_token_azp", shown: of(verdict{claims: obj{"azp": "other"}}, reason.UnauthorizedParty), near: good},
		{
			code: "id_token_hmac", shown: of(verdict{key: hmacKey([]byte("the secret of the client, at least 32 bytes"))}, reason.AlgorithmRefused),
			near: of(verdict{key: signedAs("ES256K", es256())}, reason.AlgorithmRefused),
		},
		{code: "id_token_unsigned", shown: of(verdict{key: unsigned("none")}, reason.AlgorithmRefused), near: of(verdict{key: signedAs("ES256K", es256())}, reason.AlgorithmRefused)},
		{code: "id_token_encrypted", shown: of(verdict{edit: always("a.b.c.d.e")}, reason.EncryptedToken), near: of(verdict{edit: always("a.b.c")}, reason.MalformedToken)},
		{code: "id_token_is_access_token", shown: of(verdict{header: obj{"typ": "at+jwt"}}, reason.WrongTokenType), near: good},
		{code: "id_token_acr", shown: requested("acr", obj{"acr": "pwd"}, mfa), near: requested("age", obj{"auth_time": nil}, minute)},
		{code: "id_token_auth_time", shown: requested("age", obj{"auth_time": nil}, minute), near: requested("age", obj{"auth_time": inSeconds(-1000)}, minute)},
		{code: "id_token_max_age", shown: requested("age", obj{"auth_time": inSeconds(-1000)}, minute), near: requested("age", obj{"auth_time": nil}, minute)},
		{
			code: "id_token_max_age", shown: requested("now", obj{"auth_time": inSeconds(-1000)}, func(g *signin.Grant) { g.MaxAge = 0 }),
			near: requested("acr", obj{"acr": "pwd"}, mfa),
		},
		{code: "id_token_sub_missing", shown: of(verdict{claims: obj{"sub": nil}}, reason.InvalidClaims), near: of(verdict{claims: obj{"iat": nil}}, reason.InvalidClaims)},
		{code: "id_token_times", shown: of(verdict{claims: obj{"iat": nil}}, reason.InvalidClaims), near: of(verdict{claims: obj{"sub": nil}}, reason.InvalidClaims)},
		{code: "id_token_clock", shown: of(verdict{claims: obj{"iat": inSeconds(100)}}, reason.NotYetValid), near: good},
		{code: "issuer_slash", shown: of(verdict{claims: obj{"iss": idp + "/"}}, reason.LoginIssuerMismatch), near: of(verdict{claims: obj{"iss": idp + "/x"}}, reason.LoginIssuerMismatch)},
		{code: "issuer_slash", shown: slash, near: other},
		{code: "claim_not_in_id_token", shown: of(verdict{config: needs}, reason.ClaimMissing), near: good},
		{code: "redirect_uri_not_registered", shown: described, near: refusal(reason.AuthorizationRefused, "invalid_request")},
		{code: "redirect_uri_not_registered", shown: refusal(reason.CodeRefused, "redirect_uri_mismatch"), near: refusal(reason.CodeRefused, "invalid_grant")},
		{code: "user_denied", shown: refusal(reason.AuthorizationRefused, "access_denied"), near: refusal(reason.AuthorizationRefused, "registration_required")},
		{code: "login_client_refused", shown: unavailable("invalid_client"), near: unavailable("server_error")},
		{code: "grant_type_not_allowed", shown: unavailable("unauthorized_client"), near: unavailable("server_error")},
		{code: "scope_not_allowed", shown: unavailable("invalid_scope"), near: unavailable("server_error")},
		{code: "response_type_not_allowed", shown: unavailable("unsupported_response_type"), near: unavailable("server_error")},
		{code: "login_request_invalid", shown: unavailable("invalid_request"), near: unavailable("server_error")},
		{code: "id_token_missing", shown: of(verdict{edit: always("")}, reason.IDTokenMissing), near: good},
		{code: "nonce_mismatch", shown: of(verdict{claims: obj{"nonce": "other"}}, reason.NonceMismatch), near: good},
		{code: "token_hash_mismatch", shown: of(verdict{claims: obj{"at_hash": "other"}}, reason.TokenHashMismatch), near: good},
		{code: "login_issuer_mismatch", shown: other, near: slash},
		{code: "code_refused", shown: refusal(reason.CodeRefused, "invalid_grant"), near: refusal(reason.CodeRefused, "redirect_uri_mismatch")},
		{code: "authorization_refused", shown: refusal(reason.AuthorizationRefused, "registration_required"), near: refusal(reason.AuthorizationRefused, "access_denied")},
		{code: "provider_unavailable", shown: unavailable("server_error"), near: unavailable("invalid_client")},
		{code: "session_missing", shown: refusal(reason.NoCredentials, ""), near: refusal(reason.SessionUnknown, "")},
		{code: "login_request_malformed", shown: refusal(reason.MalformedRequest, ""), near: refusal(reason.StateMismatch, "")},
		{code: "login_issuer_unknown", shown: refusal(reason.UnknownIssuer, ""), near: other},
	}
	out = append(out, hintedRequirements()...)
	for _, why := range []reason.Reason{
		reason.LoginChanged, reason.AttemptUnknown, reason.AttemptExpired, reason.AttemptUsed, reason.StateMismatch, reason.InteractionRequired, reason.RefreshRefused,
		reason.SessionUnknown, reason.SessionExpired, reason.SessionTooLarge, reason.SessionStoreUnavailable, reason.CrossOriginRequest,
	} {
		out = append(out, hintedLogin{code: string(why), shown: refusal(why, ""), near: other})
	}
	return out
}

// decideLogin returns the decision about a login that is refused, or nil.
func decideLogin(t *testing.T, shown any) *decision.Decision {
	t.Helper()
	var err error
	switch c := shown.(type) {
	case loginVerdict:
		w := c.begin(t, nil)
		_, _, got := w.signIn(t, c.answer())
		require.Equal(t, c.want, got)
		_, _, err = signin.Of(w.auth).SignIn(t.Context(), c.answer())
	case requirement:
		s := loginVerdict{verdict: verdict{claims: c.claims, config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles")} }}}
		w := s.begin(t, nil)
		id, _, why := w.signIn(t, s.answer())
		require.Empty(t, why)
		r := withHeaders()
		w.auth.Refuse(httptest.NewRecorder(), r.WithContext(oidcauth.NewContext(signin.WithAnswer(r.Context(), func(_ http.ResponseWriter, _ *http.Request, e error) { err = e }), id)), c.of(id))
	case signin.Refusal:
		w := loginVerdict{}.begin(t, nil)
		err = signin.Of(w.auth).Refuse(t.Context(), withHeaders(), c)
		require.Equal(t, c.Reason, reasonOfLogin(t, err))
	}
	if err == nil {
		return nil
	}
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	return refused.Decision()
}

func TestHintsOnLogins(t *testing.T) {
	tested := map[string]bool{}
	for _, h := range hintedLogins() {
		tested[h.code] = true
		t.Run(h.code, func(t *testing.T) {
			best, ok := decideLogin(t, h.shown).BestHint()
			require.True(t, ok)
			require.Equal(t, h.code, best.Code)
			require.NotContains(t, best.Fix, "Bearer")
			require.NotContains(t, best.Fix, "access tokens")
			if d := decideLogin(t, h.near); d != nil {
				require.NotContains(t, d.HintCodes(), h.code)
				require.NotEmpty(t, d.HintCodes(), "each refusal of a login has a hint")
			}
		})
	}
	for _, r := range hints.Rules() {
		require.True(t, !r.Login || tested[r.Code], r.Code)
	}
}

// A provider or an attacker chooses the texts of an error response.
func TestErrorResponseOfProviderIsShownSafely(t *testing.T) {
	f := refusal(reason.AuthorizationRefused, "access_denied")
	f.Description, f.Secrets = "line\nbreak \x1b[31m code-4711-secret", []string{"code-4711-secret"}
	w := loginVerdict{}.begin(t, nil)
	w.log.reset()
	err := signin.Of(w.auth).Refuse(t.Context(), withHeaders(), f)
	require.NotContains(t, err.Error()+w.log.String(), "code-4711")
	require.NotContains(t, err.Error(), "\x1b")
	require.NotContains(t, err.Error(), "\n")
}
