package oidcprovider

import (
	"encoding/json"
	"testing"
)

// Client is a client of a test, for logins in a browser. It authenticates with [ClientSecret] in HTTP Basic, its users have agreed to
// every scope and resource, and it gets refresh tokens without asking for offline_access. Each of them is good for one use: the second
// use ends the grant. They end with the session at the provider, unless the scope has offline_access.
type Client struct {
	ID            string   `json:"client_id"`
	RedirectURIs  []string `json:"redirect_uris"`
	AfterLogout   []string `json:"post_logout_redirect_uris,omitempty"`
	BackChannel   string   `json:"backchannel_logout_uri,omitempty"`              // logout tokens are posted there
	WithSessionID bool     `json:"backchannel_logout_session_required,omitempty"` // in ID tokens and logout tokens: sid
	Lifetime      int      `json:"lifetime,omitempty"`                            // of access tokens, in seconds; 0: 600
}

// Values of acr that a user can choose at the login.
const (
	ByPassword   = "urn:example:password"
	ByTwoFactors = "urn:example:two-factors"
)

// Add adds a client, or replaces the one of this ID.
func (p *Provider) Add(tb testing.TB, c Client) {
	tb.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		tb.Fatalf("oidcprovider: client: %v", err)
	}
	p.mu.Lock()
	p.clients = append(p.clients, string(text))
	p.mu.Unlock()
	p.command(tb, "add", string(text))
}
