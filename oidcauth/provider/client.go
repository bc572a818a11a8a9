package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// maxHeader is the most that servers usually accept as a header. A server would reject a longer one, which would look
// like an outage.
const (
	maxBytes  = 1 << 20
	maxToken  = jose.DefaultMaxBytes
	maxHeader = 16 << 10
)

// Client calls the endpoints of one provider. [New] makes one. It is safe for concurrent use. Its printed and logged forms
// contain only the issuer, without a query, and the ClientID.
type Client struct {
	client       *fetch.Client
	prover       *Prover   // nil if tokens are not bound to a key
	metadata     *metadata // nil if no document is read
	id           string
	authenticate authenticator

	assertionAudience func(endpoint string) string // returns an empty string if no assertion is sent

	verifier *verifier // nil if no signed answer can be verified
	manual   map[endpoint]string
	inherit  func(*Client, Config) (*Client, error)

	userInfo, introspection, exchanges  *breaker
	pushes, codes, refreshes            *limiter
	exchanged                           *answers.Cache[*oauth2.Token]
	signedUserInfo, signedIntrospection bool         // whether a signature is required
	understood                          *atomic.Bool // whether introspection has answered this client properly before
	postLogoutRedirectURI               string
	now                                 func() time.Time

	onEvent func(context.Context, decision.Event)
	issuer  string
	panics  *guard.Reporter // of onEvent

	shown string // all that is printed
}

var (
	_ claims.Fetcher      = (*Client)(nil)
	_ claims.Introspector = (*Client)(nil)
)

// New checks the configuration and returns a client. It fetches nothing: endpoints are discovered when they are first
// needed. Its error joins a [*ConfigError] for each fault.
func New(c Config) (*Client, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	return open(c)
}

// open makes a client of a configuration that was checked.
func open(c Config) (*Client, error) {
	declared := c
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Client{
		inherit: inheritFunc(declared),
		client:  fetch.NewClient(c.HTTPClient), prover: c.DPoP, id: c.ClientID, authenticate: newAuthenticator(c, c.Now),
		assertionAudience: assertionAudience(c),
		manual: map[endpoint]string{
			userInfo: c.UserInfoURL, introspection: c.IntrospectionURL, revocation: c.RevocationURL,
			endSession: c.EndSessionURL, token: c.TokenURL, authorization: c.AuthorizationURL, pushed: c.PushedAuthorizationRequestURL,
		},
		userInfo:            newBreaker(c),
		introspection:       newBreaker(c),
		exchanges:           newBreaker(c),
		pushes:              newLimiter(c),
		codes:               newLimiter(c),
		refreshes:           newLimiter(c),
		exchanged:           newExchanges(c),
		now:                 c.Now,
		onEvent:             c.OnEvent,
		issuer:              c.Issuer,
		panics:              guard.NewReporter(nil),
		signedUserInfo:      c.RequireSignedUserInfo,
		understood:          new(atomic.Bool),
		signedIntrospection: c.RequireSignedIntrospection, postLogoutRedirectURI: c.PostLogoutRedirectURI,
		shown: c.shown(),
	}
	var err error
	if p.metadata, err = newMetadata(c, p.client); err != nil {
		return nil, err
	}
	if p.verifier, err = newVerifier(c); err != nil {
		return nil, err
	}
	return p, nil
}

// url returns the configured URL of an endpoint, or else the discovered one.
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

// post sends a form with the credentials of the client. A nil breaker allows every call.
func (p *Client) post(ctx context.Context, b *breaker, e endpoint, form url.Values, accept string) (*fetch.Response, error) {
	resp, url, err := p.ask(ctx, b, e, form.Get("token"), form, accept)
	if err != nil {
		return nil, p.clientError(e, url, err)
	}
	return resp, nil
}

// ask is post without the judgement of the error. It also returns the URL of the endpoint, or an empty one if it is not
// known. The breaker counts failures for each token.
func (p *Client) ask(ctx context.Context, b *breaker, e endpoint, token string, form url.Values, accept string) (*fetch.Response, string, error) {
	if p.id == "" {
		return nil, "", ErrNoClient
	}
	url, err := p.url(ctx, e)
	if err != nil {
		return nil, "", err
	}
	resp, err := guarded(ctx, b, token, func() (*fetch.Response, error) { return p.send(ctx, url, form, accept) })
	return resp, url, err
}

// send authenticates each try separately, because an assertion is valid for one request. It does not repeat a request
// with a code or a refresh token: a provider treats the second use as theft (RFC 6749 section 4.1.2, RFC 9700 section
// 4.14.2).
//
// A request to the token endpoint has a DPoP proof, if the client makes proofs. If the provider refuses it for want of a nonce, it
// has not used it, so it is sent again with the nonce (RFC 9449 section 8).
func (p *Client) send(ctx context.Context, at string, form url.Values, accept string) (*fetch.Response, error) {
	if p.prover == nil || !form.Has("grant_type") {
		return p.sendOnce(ctx, at, form, accept, nil)
	}
	resp, err := p.sendOnce(ctx, at, form, accept, p.prover)
	var e *fetch.Error
	if errors.As(err, &e) && p.prover.keepNonce(originOf(at), e.Header) && errorCode(e) == useNonce {
		resp, err = p.sendOnce(ctx, at, form, accept, p.prover)
	}
	if err == nil {
		p.prover.keepNonce(originOf(at), resp.Header)
	}
	return resp, err
}

func (p *Client) sendOnce(ctx context.Context, at string, form url.Values, accept string, by *Prover) (*fetch.Response, error) {
	header := http.Header{"Accept": {accept}}
	if by != nil {
		proof, err := by.Prove(ProofRequest{Method: http.MethodPost, URL: at, Nonce: by.nonce(originOf(at)), At: p.now()})
		if err != nil {
			return nil, err
		}
		header.Set("DPoP", proof)
	}
	var own url.Values
	authenticated := func() (url.Values, error) {
		own = cloned(form)
		return own, p.authenticate(at, own, header)
	}
	if !form.Has("refresh_token") && !form.Has("code") {
		resp, err := p.client.PostRepeatable(ctx, at, authenticated, maxBytes, header)
		return resp, withResponse(err, own, header)
	}
	if _, err := authenticated(); err != nil {
		return nil, err
	}
	resp, err := p.client.Post(ctx, at, own, maxBytes, header)
	return resp, withResponse(err, own, header)
}

// checkToken refuses a token that no provider can have issued, so that it is not sent.
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
