package provider

// Inherit returns a copy of the client for a service that trusts the provider already. Where the client's Config leaves them
// zero, it takes from the other one HTTPClient, Now, DiscoveryURL, Keys (bound or not), Algorithms and, if it names endpoints
// alone, Issuer; the rest of that is ignored. A client whose Config names another Issuer is returned as it is.
//
// oidcauth.New does so with each client that an oidcauth.Issuer names, so that keys, algorithms and TLS that are pinned there
// hold for answers, too. The client itself is not changed. It and its copies count as one for [Config.Concurrency] and [Client.Stats].
func (p *Client) Inherit(from Config) (*Client, error) { return p.inherit(p, from) }

// heirOf is a function so that no secret stands in a field of the client, where a careless print would find it.
func heirOf(c Config) func(*Client, Config) (*Client, error) {
	return func(p *Client, from Config) (*Client, error) {
		if c.Issuer != "" && c.Issuer != from.Issuer {
			return p, nil
		}
		heir := c
		if heir.Issuer == "" {
			heir.Issuer = from.Issuer
			heir.Auth.EndpointAudience = heir.Auth.EndpointAudience || heir.Auth.Audience == "" // as without an issuer
		}
		if heir.DiscoveryURL == "" {
			heir.DiscoveryURL = from.DiscoveryURL
		}
		if heir.HTTPClient == nil {
			heir.HTTPClient = from.HTTPClient
		}
		if heir.Now == nil {
			heir.Now = from.Now
		}
		if heir.Keys == nil {
			heir.Keys = from.Keys
		}
		if len(heir.Algorithms) == 0 {
			heir.Algorithms = from.Algorithms
		}
		own, err := open(heir)
		if err != nil {
			return nil, err
		}
		own.userInfo, own.introspection = p.userInfo, p.introspection
		return own, nil
	}
}
