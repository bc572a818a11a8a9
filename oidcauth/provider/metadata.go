package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

// endpoint is an endpoint of the provider, by its name in errors.
type endpoint string

const (
	userInfo      endpoint = "UserInfo"
	introspection endpoint = "introspection"
	revocation    endpoint = "revocation"
	endSession    endpoint = "end session"
	token         endpoint = "token endpoint"
	authorization endpoint = "authorization endpoint"
	pushed        endpoint = "pushed authorization request"
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
	case authorization:
		return m.Authorization.AuthorizationEndpoint
	case pushed:
		return m.Authorization.PushedAuthorizationRequestEndpoint
	}
	return m.TokenEndpoint
}

// member returns the member of the metadata that names the endpoint.
func (e endpoint) member() string {
	switch e {
	case userInfo:
		return "userinfo_endpoint"
	case introspection:
		return "introspection_endpoint"
	case revocation:
		return "revocation_endpoint"
	case endSession:
		return "end_session_endpoint"
	case authorization:
		return "authorization_endpoint"
	case pushed:
		return "pushed_authorization_request_endpoint"
	}
	return "token_endpoint"
}

// field returns the field of [Config] that names the endpoint.
func (e endpoint) field() string {
	switch e {
	case userInfo:
		return "UserInfoURL"
	case introspection:
		return "IntrospectionURL"
	case revocation:
		return "RevocationURL"
	case endSession:
		return "EndSessionURL"
	case authorization:
		return "AuthorizationURL"
	case pushed:
		return "PushedAuthorizationRequestURL"
	}
	return "TokenURL"
}

// metadata finds the endpoints of the issuer: in the document of OpenID Connect Discovery first, then in that of RFC
// 8414. Each document is kept, and refreshed on use.
type metadata struct {
	documents []*fetch.Held[discovery.Metadata]
	aliases   bool // the endpoints for mutual TLS are used
}

// find returns the endpoint that the document names, or an empty string. An alias that cannot be used is not replaced by the endpoint
// without mutual TLS.
func (m *metadata) find(e endpoint, doc discovery.Metadata) string {
	if alias, found := doc.Aliases[e.member()]; found && m.aliases {
		return alias
	}
	return e.in(doc)
}

// newMetadata returns nil if there is no document to read.
func newMetadata(c Config, client *fetch.Client) (*metadata, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // every endpoint is configured
	}
	urls := []string{c.DiscoveryURL}
	if c.DiscoveryURL == "" {
		urls = []string{discovery.URL(c.Issuer), discovery.OAuthURL(c.Issuer)}
	}
	if err := fetch.CheckURL(urls[0]); err != nil {
		if c.UserInfoURL+c.IntrospectionURL+c.RevocationURL+c.EndSessionURL+c.TokenURL+c.AuthorizationURL != "" {
			return nil, nil //nolint:nilnil // the issuer, such as urn:STS/identity, is no URL, but endpoints are configured
		}
		return nil, &ConfigError{"Issuer", "cannot be used to discover the endpoints: use https, or set DiscoveryURL, or an endpoint such as UserInfoURL", err}
	}
	m := &metadata{aliases: c.MTLSEndpointAliases}
	for i, url := range urls {
		m.documents = append(m.documents, held(client, url, c.Issuer, i > 0, c.Now))
	}
	return m, nil
}

func held(client *fetch.Client, url, issuer string, optional bool, now func() time.Time) *fetch.Held[discovery.Metadata] {
	return fetch.NewHeld(func(ctx context.Context) (discovery.Metadata, error) {
		m, err := discovery.Fetch(ctx, client, url, issuer)
		if optional && isAbsent(err) {
			return discovery.Metadata{}, nil // The provider has no such document. The empty result is kept, so that it is not requested every time.
		}
		return m, err
	}, fetch.Policy{}, now)
}

func (m *metadata) url(ctx context.Context, e endpoint) (string, error) {
	for _, d := range m.documents {
		if doc, ok := d.Get(); ok && m.find(e, doc) != "" {
			return m.find(e, doc), nil
		}
	}
	var faults []error
	read := false
	for _, d := range m.documents {
		doc, ok := d.Get()
		if !ok {
			if err := d.Refresh(ctx); err != nil {
				faults = append(faults, cause(err, d.Status().Err))
				continue
			}
			doc, _ = d.Get()
		}
		if at := m.find(e, doc); at != "" {
			return at, nil
		}
		if slices.Contains(doc.Unusable, e.member()) {
			return "", &endpointError{e, fmt.Errorf("provider: the %s of the metadata is not a usable URL", e.member())}
		}
		read = true
	}
	if read { // A document that was not read says nothing about what is missing.
		faults = append(faults, &endpointError{e, ErrNoEndpoint})
	}
	return "", errors.Join(faults...)
}

// authorization returns the members about logins of the first document that names the authorization endpoint, or of the first that
// exists if the endpoint is configured. With a configured endpoint, a provider need not have a document.
func (m *metadata) authorization(ctx context.Context, configured bool) (discovery.Authorization, error) {
	var first discovery.Authorization
	var faults []error
	for _, d := range m.documents {
		doc, ok := d.Get()
		if !ok {
			if err := d.Refresh(ctx); err != nil {
				if err = cause(err, d.Status().Err); !configured || !isAbsent(err) {
					faults = append(faults, err)
				}
				continue
			}
			doc, _ = d.Get()
		}
		a := doc.Authorization
		if alias, found := doc.Aliases[pushed.member()]; found && m.aliases {
			a.PushedAuthorizationRequestEndpoint = alias
		}
		if slices.Contains(doc.Unusable, authorization.member()) && !configured {
			return first, &endpointError{authorization, errors.New("provider: the authorization_endpoint of the metadata is not a usable URL")}
		}
		if a.AuthorizationEndpoint != "" || configured && doc.Issuer != "" {
			return a, nil
		}
	}
	if err := errors.Join(faults...); err != nil || configured {
		return first, err
	}
	return first, &endpointError{authorization, ErrNoEndpoint}
}

// isAbsent reports whether the provider has no such document.
func isAbsent(err error) bool {
	var e *fetch.Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// cause returns the error of the last fetch if no new fetch is allowed yet.
func cause(err, last error) error {
	if errors.Is(err, fetch.ErrTooSoon) && last != nil {
		return fmt.Errorf("%w (%w)", last, err)
	}
	return err
}

// endpointError reports that the metadata does not name an endpoint, or names an unusable URL.
type endpointError struct {
	endpoint endpoint
	err      error
}

func (e *endpointError) Error() string { return e.err.Error() }

func (e *endpointError) Unwrap() error { return e.err }

// MissingEndpoint returns the field of [Config] that would name the endpoint. Hints read it through an interface.
func (e *endpointError) MissingEndpoint() string { return e.endpoint.field() }
