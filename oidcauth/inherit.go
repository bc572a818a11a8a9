package oidcauth

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// inheritSettings replaces each *provider.Client in the rules by a copy that inherits the settings of the issuer: its keys,
// algorithms, HTTP client and clock. If several fields contain the same client, they get the same copy.
func inheritSettings(iss *pipeline.Rules, now func() time.Time) *ConfigError {
	settings := clientSettings(iss, now)
	copies := map[*provider.Client]*provider.Client{}
	var fault *ConfigError
	inherit := func(field string, configured any) (*provider.Client, bool) {
		client, ok := configured.(*provider.Client) // a copy of an embedded client would lose the methods of the outer type
		if !ok {
			return nil, false
		}
		if copies[client] == nil {
			inherited, err := client.Inherit(settings)
			if err != nil {
				fault = &ConfigError{Field: field, Problem: "cannot be used with the settings of the Issuer", Err: err}
				return nil, false
			}
			copies[client] = inherited
		}
		return copies[client], true
	}
	if client, ok := inherit("Claims.UserInfo", iss.UserInfo); ok {
		iss.UserInfo = client
	}
	if client, ok := inherit("Introspection.Client", iss.Introspector); ok {
		iss.Introspector = client
	}
	if client, ok := inherit("Revoker", iss.Revoker); ok {
		iss.Revoker = client
	}
	return fault
}

// clientSettings returns the settings of the issuer that a client inherits.
func clientSettings(iss *pipeline.Rules, now func() time.Time) provider.Config {
	settings := provider.Config{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient, Now: now, Keys: iss.Keys, Algorithms: iss.Algorithms,
	}
	if _, none := iss.Keys.(noKeys); none {
		settings.Keys = nil // the client needs keys of its own, because answers of introspection may be signed
	}
	if discovery.Templated(iss.URL) {
		settings.Issuer = "" // the iss of an answer contains a tenant instead of the placeholder
	}
	if iss.Discovered && !iss.UsesKeys() {
		settings.Keys = nil // the client discovers the keys of signed answers itself
	}
	return settings
}
