package settings

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Discover fetches the discovery document of every provider, and returns a copy of the settings with the discovered values. Values of
// the document and of presets replace them. The copy is for [Document.Effective]: an Authenticator discovers by itself, and sees
// changes of the provider. The error joins an [*Error] for each provider whose discovery document cannot be used.
func (d *Document) Discover(ctx context.Context) (*Document, error) {
	b := &builder{Document: d, faults: faults{file: d.file}, options: Options{}.withDefaults()}
	found := map[string]Node{}
	for _, p := range d.providers {
		from := p.settings.DiscoveryURL
		if from == "" {
			from = discovery.URL(p.settings.Issuer)
		}
		client := b.httpClient(p.node, p.settings.Trust)
		if client == nil {
			client = b.httpClient(d.root, d.settings.Trust)
		}
		m, err := discovery.Fetch(ctx, fetch.NewClient(client), from, p.settings.Issuer)
		if err != nil {
			b.faults.at(p.node, "discovery failed", err)
			continue
		}
		found[p.name] = discovered(m, from, p.settings.Client != nil).withOrigin("discovered")
	}
	if err := b.faults.err(); err != nil {
		return nil, err
	}
	out := &Document{file: d.file, root: d.root, settings: d.settings}
	out.resolve(&b.faults, found)
	return out, b.faults.err()
}

// discovered returns the members of a provider that discovery names.
func discovered(m discovery.Metadata, from string, hasClient bool) Node {
	text := func(name, value string) Member { return Member{Name: name, Node: Node{Value: value}} }
	members := []Member{text("//discoveryURL", "discovered: "+from)}
	if m.JWKSURI != "" {
		members = append(members, text("//keys", "discovered: "+m.JWKSURI))
	}
	if hasClient {
		var urls []Member
		for _, e := range []struct{ name, url string }{
			{"userInfoURL", m.UserInfoEndpoint},
			{"introspectionURL", m.IntrospectionEndpoint},
			{"revocationURL", m.RevocationEndpoint},
			{"endSessionURL", m.EndSessionEndpoint},
			{"tokenURL", m.TokenEndpoint},
			{"authorizationURL", m.Authorization.AuthorizationEndpoint},
			{"pushedAuthorizationRequestURL", m.Authorization.PushedAuthorizationRequestEndpoint},
		} {
			if e.url != "" {
				urls = append(urls, text(e.name, e.url))
			}
		}
		members = append(members, Member{Name: "client", Node: Node{Value: urls}})
	}
	return Node{Value: members}
}
