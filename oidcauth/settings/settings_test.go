package settings_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const audience = "api://orders"

// environment has the variables of the tests.
func environment(name string) (string, bool) {
	v, ok := map[string]string{
		"CLIENT_SECRET": oidctest.ClientSecret, "OTHER_SECRET": "of another client", "EMPTY": "", "USERS_DSN": "file::memory:",
		"SESSION_KEY": sessionKey,
	}[name]
	return v, ok
}

// sessionKey is 32 bytes.
var sessionKey = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

var options = settings.Options{LookupEnv: environment}

var silent = slog.New(slog.DiscardHandler)

// parsed reads a document in which ISSUER stands for the provider's issuer.
func parsed(t *testing.T, p *oidctest.Provider, text string) *settings.Document {
	t.Helper()
	if p != nil {
		text = strings.ReplaceAll(text, "ISSUER", p.Issuer())
	}
	doc, err := settings.Parse([]byte(text))
	require.NoError(t, err)
	return doc
}

// configured makes the configuration of a document.
func configured(t *testing.T, p *oidctest.Provider, text string) *settings.Configuration {
	t.Helper()
	c, err := parsed(t, p, text).Configuration(options)
	require.NoError(t, err)
	if p != nil {
		c.Config.Now = p.Now
	}
	c.Config.Logger = silent
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// service makes the Authenticator of a document.
func service(t *testing.T, p *oidctest.Provider, text string) *oidcauth.Authenticator {
	t.Helper()
	auth, err := oidcauth.New(configured(t, p, text).Config)
	require.NoError(t, err)
	return auth
}

// reasonOf is why a token is refused, or empty.
func reasonOf(t *testing.T, auth *oidcauth.Authenticator, token string) reason.Reason {
	t.Helper()
	_, why := checked(t, auth, token)
	return why
}

func checked(t *testing.T, auth *oidcauth.Authenticator, token string) (*oidcauth.Identity, reason.Reason) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	id, err := auth.Check(r)
	if err == nil {
		return id, ""
	}
	var refusal *oidcauth.Error
	require.ErrorAs(t, err, &refusal)
	return nil, refusal.Reason
}

func TestSmallestDocument(t *testing.T) {
	p := oidctest.New(t)
	auth := service(t, p, `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]}}}`)
	require.Empty(t, reasonOf(t, auth, p.Token(audience, nil)))
	require.Equal(t, reason.WrongAudience, reasonOf(t, auth, p.Token("api://other", nil)))
}

func TestApplicationOverridesItsProviderMemberByMember(t *testing.T) {
	p := oidctest.New(t)
	auth := service(t, p, `{
		"providers": {"corp": {"issuer": "ISSUER", "claims": {"name": "email", "required": ["email"], "checks": ["level >= 3"]}}},
		"applications": {
			"people":   {"provider": "corp", "audience": ["api://orders"]},
			"machines": {"provider": "corp", "audience": ["api://machines"], "claims": {"required": null, "name": null, "checks": ["role == 'sync'"]}}
		}
	}`)
	for _, c := range []struct {
		audience string
		claims   oidctest.Claims
		want     reason.Reason
		name     string
	}{
		{audience, oidctest.Claims{"email": "a@b", "level": 3}, "", "a@b"},
		{audience, oidctest.Claims{"email": "a@b", "level": 2, "role": "sync"}, reason.CheckFailed, ""},
		{audience, oidctest.Claims{"level": 3}, reason.ClaimMissing, ""},
		{"api://machines", oidctest.Claims{"role": "sync"}, "", ""},
		{"api://machines", oidctest.Claims{"role": "x", "level": 3}, reason.CheckFailed, ""},
		{"api://other", nil, reason.WrongAudience, ""},
	} {
		id, why := checked(t, auth, p.Token(c.audience, c.claims))
		require.Equal(t, c.want, why)
		if c.want == "" {
			require.Equal(t, c.name, id.Name())
		}
	}
}

func TestInlineUsers(t *testing.T) {
	p := oidctest.New(t)
	auth := service(t, p, `{
		"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], "claims": {"user": "upn"}}},
		"users": {"list": [
			{"value": "alice", "user": {"id": "7", "name": "Alice", "enabled": true}},
			{"value": "bob", "user": {"id": "8", "enabled": false}}
		]}
	}`)
	id, why := checked(t, auth, p.Token(audience, oidctest.Claims{"upn": "alice"}))
	require.Empty(t, why)
	require.Equal(t, "7", id.User().ID)
	require.Equal(t, reason.UserDisabled, reasonOf(t, auth, p.Token(audience, oidctest.Claims{"upn": "bob"})))
}

func TestSecretsAreReferences(t *testing.T) {
	p := oidctest.New(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(oidctest.ClientSecret+"\r\n"), 0o600))
	document := func(secret string) string {
		return strings.ReplaceAll(strings.ReplaceAll(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], "introspection": {"client": true},
			"client": {"clientID": "CLIENT", "auth": {"secret": SECRET}}}}}`, "CLIENT", oidctest.ClientID), "SECRET", secret)
	}
	for secret, want := range map[string]reason.Reason{
		`{"file": "secret"}`: "", `{"env": "CLIENT_SECRET"}`: "", `{"env": "OTHER_SECRET"}`: reason.IntrospectionUnavailable,
	} {
		file := filepath.Join(dir, "settings.json")
		require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(document(secret), "ISSUER", p.Issuer())), 0o600))
		doc, err := settings.Load(file)
		require.NoError(t, err)
		c, err := doc.Configuration(options)
		require.NoError(t, err)
		c.Config.Logger = silent
		auth, err := oidcauth.New(c.Config)
		require.NoError(t, err)
		require.Equal(t, want, reasonOf(t, auth, p.Opaque(audience, nil)), secret)
	}
	for _, secret := range []string{`{"file": "nothere"}`, `{"env": "NOTHERE"}`, `{"env": "EMPTY"}`} {
		doc, err := settings.Parse([]byte(strings.ReplaceAll(document(secret), "ISSUER", p.Issuer())))
		require.NoError(t, err)
		_, err = doc.Configuration(options)
		require.Equal(t, "providers.corp.client.auth.secret", only(t, err).Path)
	}
	_, err := settings.Parse([]byte(document(`"hunter2-hunter2"`)))
	fault := only(t, err)
	require.Equal(t, "providers.corp.client.auth.secret", fault.Path)
	require.NotContains(t, err.Error(), "hunter2")
}

// all returns the faults that an error joins.
func all(t *testing.T, err error) []*settings.Error {
	t.Helper()
	var single *settings.Error
	if errors.As(err, &single) && error(single) == err {
		return []*settings.Error{single}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var out []*settings.Error
	for _, e := range joined.Unwrap() {
		var fault *settings.Error
		require.ErrorAs(t, e, &fault)
		out = append(out, fault)
	}
	return out
}

func only(t *testing.T, err error) *settings.Error {
	t.Helper()
	list := all(t, err)
	require.Len(t, list, 1, "%v", err)
	return list[0]
}

// The client of an application recognises a server by the trust of the whole document, if the provider has no trust of its own.
func TestTrustOfTheDocumentIsThatOfClientsToo(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token": "x", "token_type": "Bearer"}`))
	}))
	t.Cleanup(s.Close)
	sum := sha256.Sum256(s.Certificate().Raw)
	c := configured(t, nil, strings.NewReplacer("SERVER", s.URL, "THUMBPRINT", hex.EncodeToString(sum[:])).Replace(`{
		"providers": {"a": {"issuer": "https://a.example", "audience": ["x"],
			"client": {"clientID": "o", "auth": {"secret": {"env": "CLIENT_SECRET"}}, "tokenURL": "SERVER/token"}}},
		"trust": {"thumbprint": "THUMBPRINT"}}`))
	token, err := c.Application("a").Client.ClientCredentials(t.Context(), c.Application("a").Request).Token()
	require.NoError(t, err)
	require.Equal(t, "x", token.AccessToken)
}
