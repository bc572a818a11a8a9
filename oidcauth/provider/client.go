package provider

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/jose"
)

const (
	maxBytes  = 1 << 20
	maxToken  = jose.DefaultMaxBytes
	maxHeader = 16 << 10 // what a server takes as a header at all: a longer token would look like an outage
)

// Client asks one provider. It is safe for concurrent use.
type Client struct {
	client       *fetch.Client
	metadata     *metadata // nil: none is discovered
	id           string
	authenticate authenticator

	assertionAudience func(endpoint string) string // empty: none is sent

	signed  *verifier // nil: there is no issuer whose signature counts
	manual  map[endpoint]string
	inherit func(*Client, Config) (*Client, error)

	userInfo, introspection             *gate
	signedUserInfo, signedIntrospection bool         // are required
	understood                          *atomic.Bool // introspection has answered a question of this client
	postLogoutRedirectURI               string
}

var (
	_ claims.Fetcher      = (*Client)(nil)
	_ claims.Introspector = (*Client)(nil)
)

// New checks the configuration and fetches nothing.
func New(c Config) (*Client, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	return open(c)
}

// open makes a client of what was checked.
func open(c Config) (*Client, error) {
	declared := c
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Client{
		inherit: heirOf(declared),
		client:  fetch.NewClient(c.HTTPClient), id: c.ClientID, authenticate: newAuthenticator(c, c.Now),
		assertionAudience: assertionAudience(c),
		manual: map[endpoint]string{
			userInfo: c.UserInfoURL, introspection: c.IntrospectionURL, revocation: c.RevocationURL,
			endSession: c.EndSessionURL, token: c.TokenURL,
		},
		userInfo:            newGate(c),
		introspection:       newGate(c),
		signedUserInfo:      c.RequireSignedUserInfo,
		understood:          new(atomic.Bool),
		signedIntrospection: c.RequireSignedIntrospection, postLogoutRedirectURI: c.PostLogoutRedirectURI,
	}
	var err error
	if p.metadata, err = newMetadata(c, p.client); err != nil {
		return nil, err
	}
	if p.signed, err = newVerifier(c); err != nil {
		return nil, err
	}
	return p, nil
}

// url is the configured one, or else the discovered one.
func (p *Client) url(ctx context.Context, e endpoint) (string, error) {
	if url := p.manual[e]; url != "" {
		return url, nil
	}
	if p.metadata == nil {
		return "", fmt.Errorf("provider: %s: %w", e, &endpointError{e, ErrNoEndpoint})
	}
	url, err := p.metadata.url(ctx, e)
	if err != nil {
		return "", fmt.Errorf("provider: %s: %w", e, err)
	}
	return url, nil
}

// post sends a form as the client; a nil gate lets everything through.
func (p *Client) post(ctx context.Context, gate *gate, e endpoint, form url.Values, accept string) (*fetch.Response, error) {
	if p.id == "" {
		return nil, ErrNoClient
	}
	url, err := p.url(ctx, e)
	if err != nil {
		return nil, err
	}
	resp, err := guarded(ctx, gate, form.Get("token"), func() (*fetch.Response, error) { return p.send(ctx, url, form, accept) })
	if err != nil {
		return nil, p.clientRefusal(e, url, err)
	}
	return resp, nil
}

// send authenticates each try by itself: an assertion is for one request. A request with a refresh token is not repeated,
// since a provider that rotates them takes the second use of one for a theft (RFC 9700 section 4.14.2).
func (p *Client) send(ctx context.Context, at string, form url.Values, accept string) (*fetch.Response, error) {
	header := http.Header{"Accept": {accept}}
	authenticated := func() (url.Values, error) {
		own := cloned(form)
		return own, p.authenticate(at, own, header)
	}
	if !form.Has("refresh_token") {
		return p.client.PostRepeatable(ctx, at, authenticated, maxBytes, header)
	}
	own, err := authenticated()
	if err != nil {
		return nil, err
	}
	return p.client.Post(ctx, at, own, maxBytes, header)
}

// checkToken keeps off the wire what no provider can know.
func checkToken(token string, limit int) error {
	switch {
	case token == "":
		return ErrNoToken
	case len(token) > limit:
		return ErrToken
	}
	for i := range len(token) {
		if token[i] < 0x21 || token[i] > 0x7E {
			return ErrToken
		}
	}
	return nil
}
