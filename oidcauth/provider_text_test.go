package oidcauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Long text of a provider is cut in errors, decisions and the log; the function judge checks the records of the log.
func TestLongTextOfAProviderIsCut(t *testing.T) {
	long := strings.Repeat("x", 500<<10)
	discovered := func(a answer) func(*world) { return func(w *world) { w.set(idpDiscovery, a) } }
	keys := func(jwks ...string) func(*world) { return func(w *world) { w.publish(jwks...) } }
	for _, c := range []verdict{
		{name: "kid of a key", header: obj{"kid": "k9"}, world: keys(jwkOf(long, "", es256().public)), want: reason.KeyNotFound},
		{
			name: "kid of a key passed over", header: obj{"kid": "k9"},
			world: keys(jwkWith(es256(), obj{"kid": long, "use": "enc"}), jwkOf("k1", "", es256().public)), want: reason.KeyNotFound,
		},
		{name: "member of a set", world: func(w *world) { w.set(idpKeys, document(`"keys":[],"`+long+`":1,"`+long+`":2`)) }, want: reason.KeysUnavailable},
		{name: "issuer", world: discovered(document(`"issuer":"` + long + `",` + keysThere)), want: reason.KeysUnavailable},
		{
			name:  "jwks_uri that must not be fetched",
			world: discovered(document(`"issuer":"` + idp + `","jwks_uri":"http://idp.example/` + long + `"`)), want: reason.KeysUnavailable,
		},
		{name: "jwks_uri that answers nothing", world: func(w *world) {
			discovered(document(`"issuer":"` + idp + `","jwks_uri":"` + idp + "/" + long + `"`))(w)
			w.set(idp+"/"+long, answer{status: http.StatusNotFound})
		}, want: reason.KeysUnavailable},
		{name: "no answer", world: discovered(answer{err: errors.New(long)}), want: reason.KeysUnavailable},
		{name: "redirect", world: discovered(answer{status: http.StatusFound, location: "https://" + long}), want: reason.KeysUnavailable},
		{name: "redirect that is none", world: discovered(answer{status: http.StatusFound, location: "https://%zz" + long}), want: reason.KeysUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.world(w)
			w.start(t, nil)
			require.Equal(t, c.want, w.reason(t, c))
			requireShort(t, w.refused)
		})
	}
}

func requireShort(t *testing.T, e *oidcauth.Error) {
	t.Helper()
	decision, err := json.Marshal(e.Decision())
	require.NoError(t, err)
	require.Less(t, len(decision), 64<<10)
	require.Less(t, len(e.Error()), 16<<10)
}

func TestFaultWithManyKeysIsShort(t *testing.T) {
	w := newWorld(t)
	var set []string
	for i := range 100 {
		set = append(set, jwkOf(strings.Repeat("x", 1000)+string(rune('ℵ'+i)), "", es256().public))
	}
	w.publish(set...)
	w.start(t, nil)
	require.Equal(t, reason.KeyNotFound, w.reason(t, underKid("k9", es256())))
	requireShort(t, w.refused)
}
