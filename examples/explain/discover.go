package main

import (
	"context"
	"fmt"
	"io"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/hints"
)

// discovered is the result of discovery.
type discovered struct {
	URL           string   `json:"url"`
	Issuer        string   `json:"issuer"`
	JWKSURI       string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint,omitempty"`
	Introspection string   `json:"introspection_endpoint,omitempty"`
	Revocation    string   `json:"revocation_endpoint,omitempty"`
	Authorization string   `json:"authorization_endpoint,omitempty"`
	AuthMethods   []string `json:"auth_methods,omitempty"` // of a client at introspection, or else at the token endpoint
	Configuration string   `json:"configuration"`          // Go
	Settings      string   `json:"settings"`               // the same as a settings document
}

func discover(ctx context.Context, o options, s streams) (int, error) {
	client, err := o.httpClient()
	if err != nil {
		return usage, err
	}
	url := o.discoveryURL
	if url == "" {
		url = discovery.URL(o.issuer)
	}
	m, err := discovery.Fetch(ctx, fetch.NewClient(client), url, o.issuer)
	if advice := hints.CertificateAdvice(err); advice != "" {
		return refused, fmt.Errorf("%w\n%s Here: -ca FILE", err, advice)
	}
	if err != nil {
		return refused, err
	}
	d := discovered{
		URL: url, Issuer: m.Issuer, JWKSURI: m.JWKSURI, UserInfo: m.UserInfoEndpoint,
		Introspection: m.IntrospectionEndpoint, Revocation: m.RevocationEndpoint, AuthMethods: m.AuthMethods,
		Authorization: m.Authorization.AuthorizationEndpoint,
	}
	if d.Configuration, err = configuration(d, o); err != nil {
		return usage, err
	}
	if d.Settings, err = settingsDocument(d, o); err != nil {
		return usage, err
	}
	if o.as == "settings" && !o.json {
		_, err = io.WriteString(s.out, d.Settings)
		return accepted, err
	}
	return accepted, newPrinter(s.out, o).discovered(d)
}
