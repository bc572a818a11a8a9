// Package provider asks the identity provider's own endpoints.
//
// Answers are strict JSON of at most 1 MiB, requests take at most 5 s, and an access token never follows a
// redirect. A discovered endpoint is held and refreshed on use. A Client is safe for concurrent use.
package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const maxBytes = 1 << 20

var (
	// ErrNoEndpoint reports metadata without a UserInfo endpoint.
	ErrNoEndpoint = errors.New("provider: the issuer names no UserInfo endpoint")
	// ErrNoIssuer reports a Config with neither Issuer nor UserInfoURL.
	ErrNoIssuer = errors.New("provider: neither Issuer nor UserInfoURL is set")
	// ErrNoToken reports an empty access token.
	ErrNoToken = errors.New("provider: no access token")
)

// Config says where the provider is.
type Config struct {
	Issuer       string           // required unless UserInfoURL is set
	DiscoveryURL string           // default: Issuer + /.well-known/openid-configuration
	UserInfoURL  string           // default: discovered when first needed
	HTTPClient   *http.Client     // used, never changed; nil: one with timeouts
	Now          func() time.Time // default: time.Now
}

// Client asks one provider.
type Client struct {
	client   *fetch.Client
	fixed    string
	endpoint *fetch.Held[string] // nil when fixed
}

// New checks the URLs and fetches nothing.
func New(c Config) (*Client, error) {
	p := &Client{client: fetch.NewClient(c.HTTPClient), fixed: c.UserInfoURL}
	if p.fixed != "" {
		if err := fetch.CheckURL(p.fixed); err != nil {
			return nil, fmt.Errorf("provider: UserInfoURL: %w", err)
		}
		return p, nil
	}
	if c.Issuer == "" {
		return nil, ErrNoIssuer
	}
	url := c.DiscoveryURL
	if url == "" {
		url = discovery.URL(c.Issuer)
	}
	if err := fetch.CheckURL(url); err != nil {
		return nil, fmt.Errorf("provider: DiscoveryURL: %w", err)
	}
	p.endpoint = fetch.NewHeld(func(ctx context.Context) (string, error) {
		m, err := discovery.Fetch(ctx, p.client, url, c.Issuer)
		if err == nil && m.UserInfoEndpoint == "" {
			err = ErrNoEndpoint
		}
		return m.UserInfoEndpoint, err
	}, fetch.Policy{}, c.Now)
	return p, nil
}

// UserInfo returns the claims about the bearer of the token. A *claims.RefusedError says that the provider
// refused the token; any other error that it could not be asked.
func (p *Client) UserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
	if accessToken == "" {
		return claims.Set{}, ErrNoToken
	}
	url, err := p.userInfoURL(ctx)
	if err != nil {
		return claims.Set{}, fmt.Errorf("provider: UserInfo endpoint: %w", err)
	}
	header := http.Header{"Authorization": {"Bearer " + accessToken}, "Accept": {"application/json"}}
	resp, err := p.client.Get(ctx, url, maxBytes, header)
	if err != nil {
		return claims.Set{}, refusal(err)
	}
	o, err := strictjson.Parse(resp.Body, strictjson.Limits{Bytes: maxBytes})
	if err != nil {
		return claims.Set{}, fmt.Errorf("provider: UserInfo: %w", err)
	}
	return claims.FromObject(o), nil
}

func (p *Client) userInfoURL(ctx context.Context) (string, error) {
	if p.endpoint == nil {
		return p.fixed, nil
	}
	if url, ok := p.endpoint.Get(); ok {
		return url, nil
	}
	if err := p.endpoint.Refresh(ctx); err != nil {
		return "", err
	}
	url, _ := p.endpoint.Get()
	return url, nil
}
