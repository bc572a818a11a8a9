package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

// endpoint is one of the provider's, as errors name it.
type endpoint string

const (
	userInfo      endpoint = "UserInfo"
	introspection endpoint = "introspection"
	revocation    endpoint = "revocation"
	endSession    endpoint = "end session"
	token         endpoint = "token endpoint"
)

func (e endpoint) in(m discovery.Metadata) string {
	switch e {
	case userInfo:
		return m.UserInfoEndpoint
	case introspection:
		return m.IntrospectionEndpoint
	case revocation:
		return m.RevocationEndpoint
	case endSession:
		return m.EndSessionEndpoint
	}
	return m.TokenEndpoint
}

// metadata is what the issuer says of its endpoints: in the document of OpenID Connect Discovery first, then, for what is
// missing there, in that of RFC 8414. Each is held, and refreshed on use.
type metadata struct {
	documents []*fetch.Held[discovery.Metadata]
}

// newMetadata returns nil where there is nowhere to look.
func newMetadata(c Config, client *fetch.Client) (*metadata, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // everything is configured
	}
	urls := []string{c.DiscoveryURL}
	if c.DiscoveryURL == "" {
		urls = []string{discovery.URL(c.Issuer), discovery.OAuthURL(c.Issuer)}
	}
	if err := fetch.CheckURL(urls[0]); err != nil {
		if c.UserInfoURL+c.IntrospectionURL+c.RevocationURL+c.EndSessionURL+c.TokenURL != "" {
			return nil, nil //nolint:nilnil // an issuer such as urn:STS/identity, its endpoints configured
		}
		return nil, fmt.Errorf("provider: discovery URL of Issuer: %w", err)
	}
	m := &metadata{}
	for i, url := range urls {
		m.documents = append(m.documents, held(client, url, c.Issuer, i > 0, c.Now))
	}
	return m, nil
}

func held(client *fetch.Client, url, issuer string, optional bool, now func() time.Time) *fetch.Held[discovery.Metadata] {
	return fetch.NewHeld(func(ctx context.Context) (discovery.Metadata, error) {
		m, err := discovery.Fetch(ctx, client, url, issuer)
		var e *fetch.Error
		if optional && errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusGone) {
			return discovery.Metadata{}, nil // the provider has no such document, and is not asked for it every time
		}
		return m, err
	}, fetch.Policy{}, now)
}

func (m *metadata) url(ctx context.Context, e endpoint) (string, error) {
	for _, d := range m.documents {
		if doc, ok := d.Get(); ok && e.in(doc) != "" {
			return e.in(doc), nil
		}
	}
	var faults []error
	for _, d := range m.documents {
		doc, ok := d.Get()
		if !ok {
			if err := d.Refresh(ctx); err != nil {
				faults = append(faults, err)
				continue
			}
			doc, _ = d.Get()
		}
		if e.in(doc) != "" {
			return e.in(doc), nil
		}
		if len(doc.Unusable) > 0 {
			faults = append(faults, fmt.Errorf("provider: the metadata's %s cannot be used", strings.Join(doc.Unusable, ", ")))
		}
	}
	return "", errors.Join(append(faults, ErrNoEndpoint)...)
}
