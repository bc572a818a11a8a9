package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The provider of the attacker sends the browser on to the honest one, whose answers have no iss. The code must not reach the attacker's
// token endpoint (RFC 9700 section 4.4).
func TestAttackMixUpWithoutIssInTheAnswer(t *testing.T) {
	w, attacker := twoProviders(t)
	w.op.FailLogin(oidctest.LoginFault{Response: map[string]string{"iss": ""}})
	for _, one := range []*oidctest.Provider{w.op, attacker} {
		one.SetMetadata(oidctest.Claims{"authorization_response_iss_parameter_supported": nil, "pushed_authorization_request_endpoint": nil})
	}
	b := w.browser()
	asked := b.step(http.MethodGet, w.app.URL+"/auth/login?provider=second", nil, navigation()).location(t)
	honest, err := url.Parse(w.op.Issuer() + "/authorize")
	require.NoError(t, err)
	query := asked.Query()
	honest.RawQuery = query.Encode()
	require.NotEqual(t, http.StatusSeeOther, b.step(http.MethodGet, honest.String(), nil, navigation()).status) // its redirect_uri is not registered here
	query.Set("redirect_uri", w.app.URL+"/auth/callback")
	honest.RawQuery = query.Encode()
	v := b.open(b.step(http.MethodGet, honest.String(), nil, navigation()).location(t).String())
	requireRefused(t, w, b, v, http.StatusBadRequest, "login_issuer_mismatch")
	require.Zero(t, attacker.Requests(oidctest.TokenEndpoint))
	w.op.FailLogin(oidctest.LoginFault{})
	require.Equal(t, "GET / user=user-bob sub=bob", b.open(w.app.URL+"/auth/login?provider=second").body)
}

// Two issuers with one redirect_uri are refused before the first login.
func TestAttackMixUpByOneRedirectURI(t *testing.T) {
	other := oidctest.New(t)
	w := newWorld(t, setup{})
	second := &world{t: t, op: other, app: w.app}
	for name, faulty := range map[string]bool{"": true, "callback": true, "logout": true, "a/b": true, "..": true, "callback-2": false, strings.Repeat("a", 9): false} {
		c := w.config(setup{auth: addIssuer(other), login: func(c *login.Config) {
			c.Providers = append(c.Providers, login.Provider{Client: second.client(t), Name: "second", Callback: name})
		}})
		_, err := login.New(c)
		require.Equal(t, faulty, err != nil, "%q %v", name, err)
		if faulty {
			require.Equal(t, []string{"Providers[1].Callback"}, fieldsOf(err))
		}
	}
	// One issuer may be listed twice, such as for a registration.
	_, err := login.New(w.config(setup{login: func(c *login.Config) {
		c.Providers = append(c.Providers, c.Providers[0])
		c.Providers[1].Name = "register"
	}}))
	require.NoError(t, err)
}
