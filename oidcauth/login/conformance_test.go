package login_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// module is a relying-party test of the OpenID conformance suite.
type module struct {
	name string
	// A whole login in a browser shows the visitor a page of this status. 200 is the page that the visitor wanted, and any other one is
	// the page that explains the refusal, whose reason the operator reads.
	setup  setup
	change func(*world) // changes the provider before the login
	status int
	reason reason.Reason
	// test is the test of a module that is more than one login, or that checks what the provider receives. gets says what it requires.
	test func(*testing.T)
	gets string
	// none says why there is no test.
	none string
}

// idToken makes the provider issue ID tokens with these changes.
func idToken(f oidctest.Forgery) func(*world) {
	return func(w *world) { w.op.FailLogin(oidctest.LoginFault{IDToken: f}) }
}

func claim(name string, value any) func(*world) {
	return idToken(oidctest.Forgery{Claims: oidctest.Claims{name: value}})
}

// conformance has all relying-party tests of https://gitlab.com/openid/conformance-suite, by their public names. The README shows it.
var conformance = []module{
	{name: "oidcc-client-test", status: 200},
	{name: "oidcc-client-test-invalid-iss", change: claim("iss", "https://other.example"), status: 400, reason: "login_issuer_mismatch"},
	{name: "oidcc-client-test-missing-sub", change: claim("sub", nil), status: 401, reason: "invalid_claims"},
	{name: "oidcc-client-test-invalid-aud", change: claim("aud", "another-client"), status: 401, reason: "wrong_audience"},
	{name: "oidcc-client-test-missing-aud", change: claim("aud", nil), status: 401, reason: "wrong_audience"},
	{name: "oidcc-client-test-missing-iat", change: claim("iat", nil), status: 401, reason: "invalid_claims"},
	{name: "oidcc-client-test-nonce-invalid", change: claim("nonce", "of-another-login"), status: 401, reason: "nonce_mismatch"},
	{name: "oidcc-client-test-nonce-unless-code-flow", change: claim("nonce", nil), status: 401, reason: "nonce_mismatch"},
	{name: "oidcc-client-test-invalid-athash", change: claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), status: 401, reason: "token_hash_mismatch"},
	{name: "oidcc-client-test-kid-absent-single-jwks", change: idToken(noKeyID), status: 200},
	{name: "oidcc-client-test-kid-absent-multiple-jwks", change: secondKey, status: 200},
	{name: "oidcc-client-test-idtoken-sig-rs256", change: signsWith("RS256"), status: 200},
	{name: "oidcc-client-test-idtoken-sig-none", change: idToken(oidctest.Forgery{Algorithm: "none"}), status: 401, reason: "algorithm_refused"},
	{name: "oidcc-client-test-invalid-sig-rs256", change: signsWithAnother("RS256"), status: 401, reason: "invalid_signature"},
	{name: "oidcc-client-test-invalid-sig-es256", change: signsWithAnother("ES256"), status: 401, reason: "invalid_signature"},
	{name: "oidcc-client-test-invalid-sig-hs256", change: signsWithTheSecret, status: 401, reason: "algorithm_refused"},
	{name: "oidcc-client-test-userinfo-invalid-sub", setup: asksUserInfo, change: otherUserInfo, status: 401, reason: "userinfo_subject_mismatch"},
	{name: "oidcc-client-test-userinfo-bearer-header", gets: "signed in, with the token in the header", test: TestUserInfoOfALogin},
	{name: "oidcc-client-test-userinfo-signed", gets: "signed in", test: TestUserInfoOfALogin},
	{name: "oidcc-client-test-scope-userinfo-claims", gets: "signed in, with the claims of UserInfo", test: TestUserInfoOfALogin},
	{name: "oidcc-client-test-client-secret-basic", gets: "signed in", test: TestClientAuthentication},
	{name: "oidcc-client-test-form-post-error", gets: "401, `interaction_required`", test: TestErrorInTheBodyOfAPOST},

	{name: "oidcc-client-test-discovery-openid-config", gets: "signed in", test: TestEndpointsAreDiscovered},
	{name: "oidcc-client-test-discovery-jwks-uri-keys", gets: "signed in", test: TestEndpointsAreDiscovered},
	{name: "oidcc-client-test-discovery-issuer-mismatch", gets: "503, `provider_unavailable`", test: TestDiscoveryOfAnotherIssuer},
	{name: "oidcc-client-test-signing-key-rotation", gets: "signed in", test: TestKeysRotateBetweenLogins},
	{name: "oidcc-client-test-signing-key-rotation-just-before-signing", gets: "signed in", test: TestKeysRotateDuringALogin},

	{name: "oidcc-client-test-refresh-token", gets: "new tokens", test: TestTokensAreRefreshedBeforeTheyExpire},
	{name: "oidcc-client-test-refresh-token-invalid-issuer", gets: "session ended, `login_issuer_mismatch`", test: TestRefreshThatChangesTheLogin},
	{name: "oidcc-client-test-refresh-token-invalid-sub", gets: "session ended, `login_changed`", test: TestRefreshThatChangesTheLogin},

	{name: "oidcc-client-test-3rd-party-init-login", gets: "signed in", test: TestLoginThatAThirdPartyInitiates},
	{name: "oidcc-client-test-rp-init-logout", gets: "signed out", test: TestLogoutEndsBothSessions},
	{name: "oidcc-client-test-rp-init-logout-no-state", gets: "signed out, 400, `state_mismatch`", test: TestStateOfALogout},
	{name: "oidcc-client-test-rp-init-logout-other-state", gets: "signed out, 400, `state_mismatch`", test: TestStateOfALogout},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout", gets: "signed out", test: TestBackChannelOfALogout},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-no-event", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss", gets: "400, and the session goes on", test: TestLogoutTokenIsRefused},
	{name: "oidcc-client-test-rp-frontchannel-rpinitlogout", gets: "signed out", test: TestFramesOfALogout},
	{name: "oidcc-client-test-rp-frontchannel-opinitlogout", gets: "signed out", test: TestFramesOfALogout},

	{name: "oidcc-client-test-missing-athash", none: "only the authorization code flow is used, and at_hash is optional there"},
	{name: "oidcc-client-test-invalid-chash", none: "only the authorization code flow is used, which has no c_hash"},
	{name: "oidcc-client-test-missing-chash", none: "only the authorization code flow is used, which has no c_hash"},
	{name: "oidcc-client-test-userinfo-bearer-body", none: "the access token is sent in the header"},
	{name: "oidcc-client-test-aggregated-claims", none: "claims of other claims providers are not supported"},
	{name: "oidcc-client-test-distributed-claims", none: "claims of other claims providers are not supported"},
	{name: "oidcc-client-test-request-uri-signed-none", none: "pushed authorization requests are supported, and request objects are not"},
	{name: "oidcc-client-test-request-uri-signed-rs256", none: "pushed authorization requests are supported, and request objects are not"},
	{name: "oidcc-client-test-mtls-endpoint-aliases", none: "tested in package provider"},
	{name: "oidcc-client-test-dynamic-registration", none: "clients are configured"},
	{name: "oidcc-client-test-discovery-webfinger-acct", none: "providers are configured"},
	{name: "oidcc-client-test-discovery-webfinger-url", none: "providers are configured"},
	{name: "oidcc-client-test-session-management", none: "browsers block the cookies that the check_session_iframe needs"},
}

func TestConformance(t *testing.T) {
	for i, m := range conformance {
		require.False(t, slices.ContainsFunc(conformance[:i], func(o module) bool { return o.name == m.name }), m.name)
		answers := 0
		for _, answered := range []bool{m.status != 0, m.test != nil, m.none != ""} {
			if answered {
				answers++
			}
		}
		require.Equal(t, 1, answers, m.name)
		require.Equal(t, m.test != nil, m.gets != "", m.name)
		if m.status != 0 {
			t.Run(strings.TrimPrefix(m.name, "oidcc-client-"), m.run)
		}
	}
}

// run signs a visitor in, and requires what the visitor and the operator get.
func (m module) run(t *testing.T) {
	w := newWorld(t, m.setup)
	if m.change != nil {
		m.change(w)
	}
	b := w.browser()
	v := b.open(w.app.URL + "/orders")
	require.Equal(t, m.status, v.status, w.logged())
	require.Equal(t, m.status == http.StatusOK, w.isSignedIn(b))
	if m.status == http.StatusOK {
		require.Equal(t, "GET /orders user=user-alice sub=alice", v.body)
		require.Equal(t, 3, v.hops) // the provider, the callback, the page
		return
	}
	require.Equal(t, 2, v.hops)
	require.Equal(t, "/auth/callback", v.url.Path)
	requireExplained(t, w, b, v, m.reason)
}

// requireExplained requires a page without an internal text, a record of the reason under the page's decision id, and no session.
func requireExplained(t *testing.T, w *world, b *browser, v visit, why reason.Reason) {
	t.Helper()
	require.Contains(t, reason.All(), why)
	id := v.header.Get("Decision-Id")
	require.NotEmpty(t, id)
	require.Contains(t, v.body, id)
	require.Contains(t, v.body, "Try again")
	require.NotContains(t, v.body, string(why))
	require.Nil(t, b.cookie(w, "__Host-session"))
	for line := range strings.Lines(w.logged()) {
		if strings.Contains(line, id) && strings.Contains(line, "reason="+string(why)) {
			return
		}
	}
	t.Errorf("no record has %s and %s:\n%s", id, why, w.logged())
}
