package provider

// Inherit returns a copy of the client. If HTTPClient, Now, DiscoveryURL, Keys or Algorithms of the client's own Config
// is zero, the copy has that of from; so it is with Issuer, if the client's Config names endpoints only. All other
// fields of from are ignored. If the client's Config names another Issuer, Inherit returns the client itself.
//
// oidcauth.New calls Inherit on each client that an oidcauth.Issuer names, so that pinned keys, algorithms and TLS
// settings also apply to the client's answers. The original client is not changed. Both count together for
// [Config.Concurrency] and [Client.Stats].
func (p *Client) Inherit(from Config) (*Client, error) { return p.inherit(p, from) }

// inheritFunc returns a function that keeps the configuration, so that no field of the client holds a secret that
// could be printed.
func inheritFunc(c Config) func(*Client, Config) (*Client, error) {
	return func(p *Client, from Config) (*Client, error) {
		if c.Issuer != "" && c.Issuer != from.Issuer {
			return p, nil
		}
		merged := c
		if merged.Issuer == "" {
			merged.Issuer = from.Issuer
			merged.Auth.EndpointAudience = merged.Auth.EndpointAudience || merged.Auth.Audience == "" // This is the aud of a client without an issuer.
		}
		if merged.DiscoveryURL == "" {
			merged.DiscoveryURL = from.DiscoveryURL
		}
		if merged.HTTPClient == nil {
			merged.HTTPClient = from.HTTPClient
		}
		if merged.Now == nil {
			merged.Now = from.Now
		}
		if merged.Keys == nil {
			merged.Keys = from.Keys
		}
		if len(merged.Algorithms) == 0 {
			merged.Algorithms = from.Algorithms
		}
		own, err := open(merged)
		if err != nil {
			return nil, err
		}
		own.userInfo, own.introspection, own.exchanges = p.userInfo, p.introspection, p.exchanges
		own.pushes, own.codes, own.refreshes = p.pushes, p.codes, p.refreshes
		return own, nil
	}
}
