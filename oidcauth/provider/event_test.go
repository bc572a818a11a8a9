package provider_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Calls that no Authenticator makes, such as those for tokens, are events too.
func TestCallIsAnEvent(t *testing.T) {
	p := oidctest.New(t)
	var mu sync.Mutex
	var told []string
	c := p.ClientConfig()
	c.OnEvent = func(_ context.Context, e decision.Event) {
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, decision.Fetched, e.Kind)
		require.Equal(t, p.Issuer(), e.Issuer)
		told = append(told, string(e.Fetch.Endpoint)+" "+string(e.Fetch.Result))
	}
	client, err := provider.New(c)
	require.NoError(t, err)
	results := func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := told
		told = nil
		return out
	}
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	_, err = client.Introspect(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []string{"discovery succeeded", "introspection succeeded"}, results())
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	_, err = client.UserInfo(t.Context(), p.Token("api", oidctest.Claims{"sub": "alice"}))
	require.NoError(t, err)
	require.Equal(t, []string{"userinfo succeeded"}, results())
	require.NoError(t, client.Revoke(t.Context(), token, ""))
	require.Equal(t, []string{"revocation succeeded"}, results())
	_, err = client.UserInfo(t.Context(), token)
	require.Error(t, err)
	require.Equal(t, []string{"userinfo declined"}, results())
	_, err = client.ClientCredentials(t.Context(), provider.TokenRequest{}).Token()
	require.Equal(t, []string{map[bool]string{true: "token succeeded", false: "token declined"}[err == nil]}, results())
	p.Fail(oidctest.Introspection, oidctest.Fault{Status: http.StatusBadGateway})
	_, err = client.Introspect(t.Context(), token)
	require.Error(t, err)
	require.Equal(t, []string{"introspection unavailable"}, results())
	_, err = client.Introspect(t.Context(), "")
	require.Error(t, err)
	require.Empty(t, results(), "nothing was sent")
}

// A panic of the hook concerns no call.
func TestPanicOfTheHookIsLogged(t *testing.T) {
	p := oidctest.New(t)
	c := p.ClientConfig()
	c.OnEvent = func(context.Context, decision.Event) { panic("broken") }
	client, err := provider.New(c)
	require.NoError(t, err)
	_, err = client.Introspect(t.Context(), p.Opaque("api", oidctest.Claims{"sub": "alice"}))
	require.NoError(t, err)
}
