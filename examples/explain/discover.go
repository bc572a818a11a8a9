package main

import (
	"context"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/hints"
)

// discovered is what discovery yields.
type discovered struct {
	URL      string `json:"url"`
	Issuer   string `json:"issuer"`
	JWKSURI  string `json:"jwks_uri"`
	UserInfo string `json:"userinfo_endpoint,omitempty"`
}

func discover(ctx context.Context, o options, p printer) (int, error) {
	client, err := o.client()
	if err != nil {
		return usage, err
	}
	url := o.discoveryURL
	if url == "" {
		url = discovery.URL(o.issuer)
	}
	m, err := discovery.Fetch(ctx, fetch.NewClient(client), url, o.issuer)
	if err != nil {
		return refused, err
	}
	return accepted, p.discovered(discovered{URL: url, Issuer: m.Issuer, JWKSURI: m.JWKSURI, UserInfo: m.UserInfoEndpoint}, o)
}

// configuration is what the document means for a service, as Go.
func (d discovered) configuration(o options) string {
	text := "oidcauth.Issuer{\n"
	text += fmt.Sprintf("\tURL:      %q,\n", o.issuer)
	if o.discoveryURL != "" {
		text += fmt.Sprintf("\tDiscoveryURL: %q,\n", o.discoveryURL)
	}
	audience := "\"…\"}, // what the provider puts into aud of tokens for this API"
	if len(o.audience) > 0 {
		audience = fmt.Sprintf("%q},", o.audience[0])
	}
	text += "\tAudience: []string{" + audience + "\n"
	if d.UserInfo != "" && !hints.IsEntra(o.issuer) { // Entra ID's is Microsoft Graph's
		text += fmt.Sprintf("\t// UserInfo: provider.New(provider.Config{Issuer: %q}), for claims that the token lacks\n", o.issuer)
	}
	return text + "}\n"
}
