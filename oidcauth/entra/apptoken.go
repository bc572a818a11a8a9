package entra

import (
	"context"
	"sync"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// appToken keeps the token of the service itself. An oauth2.TokenSource would request each token with the context in which
// the source was made, and not with that of the caller, who has the trace.
type appToken struct {
	client *provider.Client
	scope  string

	mu    sync.Mutex // Held during a request, so that callers share it.
	token *oauth2.Token
}

// get returns the token, or requests a new one shortly before it expires.
func (a *appToken) get(ctx context.Context) (*oauth2.Token, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token.Valid() {
		return a.token, nil
	}
	token, err := a.client.ClientCredentials(ctx, provider.TokenRequest{Scopes: []string{a.scope}}).Token()
	if err != nil {
		return nil, err
	}
	a.token = token
	return token, nil
}
