package oidcauth

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// bequeath gives the clients of the provider that the Issuer names what they lack of their own: its keys, algorithms and
// trust, and the clock. One client in several fields stays one.
func bequeath(iss *pipeline.Rules, now func() time.Time) *ConfigError {
	estate := provider.Config{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient, Now: now, Keys: iss.Keys, Algorithms: iss.Algorithms,
	}
	if _, none := iss.Keys.(noKeys); none {
		estate.Keys = nil // tokens are not verified here, but their introspection may be
	}
	if discovery.Templated(iss.URL) {
		estate.Issuer = "" // no answer names it
	}
	if iss.Discovered && !iss.UsesKeys() {
		estate.Keys = nil // the client discovers those of signed answers
	}
	heirs := map[*provider.Client]*provider.Client{}
	var fault *ConfigError
	heir := func(field string, of any) (*provider.Client, bool) {
		client, ok := of.(*provider.Client) // what embeds one would lose what it adds
		if !ok {
			return nil, false
		}
		if heirs[client] == nil {
			own, err := client.Inherit(estate)
			if err != nil {
				fault = &ConfigError{Field: field, Problem: "cannot be used with what it inherits", Err: err}
				return nil, false
			}
			heirs[client] = own
		}
		return heirs[client], true
	}
	if own, ok := heir("UserInfo", iss.UserInfo); ok {
		iss.UserInfo = own
	}
	if own, ok := heir("Introspector", iss.Introspector); ok {
		iss.Introspector = own
	}
	if own, ok := heir("Revoker", iss.Revoker); ok {
		iss.Revoker = own
	}
	return fault
}
