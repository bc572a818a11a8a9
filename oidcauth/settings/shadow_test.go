package settings_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const liveDocument = `{"shadow": "new.json", "providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"],
	"introspection": {"client": true}, "client": {"clientID": "CLIENT", "auth": {"secret": {"file": "secret"}}}}},
	"users": {"list": [{"value": "alice", "user": {"id": "1", "enabled": true}}]}}`

func shadowFiles(t *testing.T, p *oidctest.Provider, live, other string) string {
	t.Helper()
	dir, client := t.TempDir(), p.ClientConfig()
	for name, text := range map[string]string{"settings.json": live, "new.json": other, "secret": client.Auth.Secret} {
		text = strings.NewReplacer("ISSUER", p.Issuer(), "CLIENT", client.ClientID).Replace(text)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return filepath.Join(dir, "settings.json")
}

func bearer(token string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// A document that changes the audience alone is judged with the keys and the answers that the configuration in effect has.
func TestShadowOfADocumentReusesWhatIsTheSame(t *testing.T) {
	p := oidctest.New(t)
	other := strings.NewReplacer(`"shadow": "new.json", `, "", "api://orders", "api://invoices").Replace(liveDocument)
	file := shadowFiles(t, p, liveDocument, other)
	doc, err := settings.Load(file)
	require.NoError(t, err)
	c, err := doc.Configuration(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.Same(t, c.Applications[0].Client, c.Config.Issuers[0].Introspection.Client)
	told := make(chan decision.Event, 10)
	c.Config.Now, c.Config.Logger = p.Now, slog.New(slog.DiscardHandler)
	c.Config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Kind == decision.Shadowed {
			told <- e
		}
	}
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	for _, token := range []string{p.Token("api://orders", oidctest.Claims{"sub": "alice"}), p.Opaque("api://orders", oidctest.Claims{"sub": "alice"})} {
		_, err := auth.Check(bearer(token))
		require.NoError(t, err)
		e := <-told
		require.Equal(t, decision.ShadowRefuses, e.Shadow.Change)
		require.Equal(t, reason.WrongAudience, e.Shadow.Reason)
	}
	require.Equal(t, 1, p.Requests(oidctest.JWKS))
	require.Equal(t, 1, p.Requests(oidctest.Introspection))
}

func TestFaultsOfAShadowDocument(t *testing.T) {
	p := oidctest.New(t)
	live := `{"shadow": "new.json", "providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]}}}`
	for name, c := range map[string]struct{ live, shadow, file, path string }{
		"no such file":        {strings.Replace(live, "new.json", "none.json", 1), "", "settings.json", "shadow"},
		"an empty name":       {strings.Replace(live, "new.json", "", 1), "", "settings.json", "shadow"},
		"a shadow of its own": {live, live, "settings.json", "shadow"},
		"an unknown member":   {live, `{"provider": {}}`, "new.json", ""},
		"a missing member":    {live, `{"providers": {"corp": {"issuer": "ISSUER"}}}`, "new.json", "providers.corp.audience"},
	} {
		t.Run(name, func(t *testing.T) {
			file := shadowFiles(t, p, c.live, c.shadow)
			doc, err := settings.Load(file)
			if err == nil {
				_, err = doc.Configuration(options)
			}
			var fault *settings.Error
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.file, filepath.Base(fault.File))
			require.Positive(t, fault.Line)
			if c.path != "" {
				require.Equal(t, c.path, fault.Path)
			}
		})
	}
}

// The file of the shadow is one that the document names: a change of it is noticed.
func TestWatchNoticesAChangeOfTheShadow(t *testing.T) {
	p := oidctest.New(t)
	w := watch(t, p, `{"shadow": "new.json", `+ordersDocument[1:], map[string]string{"new.json": ordersDocument})
	token := p.Token("api://orders", oidctest.Claims{"sub": "alice"})
	judged := func(auth *oidcauth.Authenticator) map[decision.ShadowChange]uint64 {
		before := auth.Status().Shadow.Judged
		_, err := auth.Check(bearer(token))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return auth.Status().Shadow.Judged > before }, 10*time.Second, time.Millisecond)
		return auth.Status().Shadow.Changes
	}
	first := w.Authenticator()
	require.Zero(t, judged(first)[decision.ShadowRefuses])

	w.write(t, "new.json", strings.Replace(ordersDocument, "api://orders", "api://invoices", 1))
	second := w.settle()
	require.NotSame(t, first, second)
	require.EqualValues(t, 1, judged(second)[decision.ShadowRefuses])

	w.write(t, "new.json", `{"half`)
	require.Same(t, second, w.settle())
	require.NotEmpty(t, second.Status().Reload.Fault)

	w.write(t, "settings.json", strings.Replace(ordersDocument, "api://orders", "api://invoices", 1))
	third := w.settle()
	require.Nil(t, third.Status().Shadow)
	require.Equal(t, 1, p.Requests(oidctest.JWKS))
}
