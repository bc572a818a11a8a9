package provider_test

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// projected returns a token in the form of Kubernetes. Only the provider verifies its signature.
func projected(exp time.Time, name string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256","kid":"k"}`) + "." + part(fmt.Sprintf(
		`{"aud":["api://AzureADTokenExchange"],"exp":%d,"iss":"https://oidc.example","sub":"system:serviceaccount:shop:%s"}`, exp.Unix(), name,
	)) + "." + part("signature")
}

func TestAssertionOfAFileIsReadForEachRequest(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a","token_type":"Bearer","expires_in":1}`)
	at := newClock()
	// Kubernetes replaces a symbolic link.
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	publish := func(text string) {
		t.Helper()
		next := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(next, []byte(text), 0o600))
		require.NoError(t, os.Symlink(next, path+".next"))
		require.NoError(t, os.Rename(path+".next", path))
	}
	client := e.client(t, func(c *provider.Config) { c.Now, c.Auth.AssertionFile = at.now, path })
	source := client.ClientCredentials(t.Context(), provider.TokenRequest{})
	first, second := projected(at.now().Add(time.Hour), "first"), projected(at.now().Add(2*time.Hour), "second")
	publish(first + "\n")
	_, err := source.Token()
	require.NoError(t, err)
	form := e.last(t).form
	assert.Equal(t, first, form.Get("client_assertion"))
	assert.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form.Get("client_assertion_type"))
	assert.Equal(t, "api", form.Get("client_id"))
	publish(second)
	_, err = client.Introspect(t.Context(), "token")
	require.Error(t, err)
	assert.Equal(t, second, e.last(t).form.Get("client_assertion"))

	at.advance(2 * time.Hour)
	_, err = source.Token()
	var fault *provider.AssertionFileError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, path, fault.File)
	assert.NotContains(t, err.Error(), second)
	assert.Len(t, e.all(), 2, "an expired assertion is not sent")
	publish(projected(at.now().Add(time.Hour), "third"))
	_, err = source.Token()
	require.NoError(t, err)
}

func TestFilesWithoutAnAssertion(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a","token_type":"Bearer"}`)
	dir := t.TempDir()
	good := projected(time.Now().Add(time.Hour), "shop")
	for name, text := range map[string]string{
		"empty": "", "no JWT": "secret-text", "two": good + "\n" + good, "too long": good + strings.Repeat("A", 64<<10),
		"good, and much more": good + strings.Repeat("\n", 64<<10) + "secret-text", "not signed": good[:strings.LastIndex(good, ".")+1],
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := e.client(t, func(c *provider.Config) { c.Auth.AssertionFile = path }).Exchange(t.Context(), "subject", provider.ExchangeRequest{})
			var fault *provider.AssertionFileError
			require.ErrorAs(t, err, &fault)
			assert.NotContains(t, err.Error(), "secret-text")
			assert.NotContains(t, err.Error(), good)
		})
	}
	for path, want := range map[string]error{filepath.Join(dir, "missing"): fs.ErrNotExist, dir: nil} {
		err := e.client(t, func(c *provider.Config) { c.Auth.AssertionFile = path }).Revoke(t.Context(), "token", "")
		var fault *provider.AssertionFileError
		require.ErrorAs(t, err, &fault)
		if want != nil {
			require.ErrorIs(t, err, want)
		}
	}
	require.Empty(t, e.all())
}

func TestAssertionFileIsOneMethod(t *testing.T) {
	for name, auth := range map[string]provider.Auth{
		"empty path":     {Method: provider.ClientAssertion},
		"other method":   {Method: provider.NoAuth, AssertionFile: "token"},
		"with a secret":  {AssertionFile: "token", Secret: "secret"},
		"with a key":     {AssertionFile: "token", Key: ecKey},
		"of a key's own": {Method: provider.PrivateKeyJWT, AssertionFile: "token"},
	} {
		_, err := provider.New(provider.Config{TokenURL: "https://login.example/token", ClientID: "api", Auth: auth})
		assert.Error(t, err, name)
	}
	_, err := provider.New(provider.Config{TokenURL: "https://login.example/token", Auth: provider.Auth{AssertionFile: "token"}})
	require.ErrorIs(t, err, provider.ErrNoClient)
	assert.Equal(t, "client_assertion", provider.Auth{AssertionFile: "token"}.String())
}
