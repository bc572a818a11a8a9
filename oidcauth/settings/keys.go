package settings

import (
	"time"

	"github.com/knownbearer/knownbearer/certsource"
)

// keys returns the sources of an application before those of its provider, each as a level of its own.
func (b *builder) keys(m merged) certsource.Source {
	own := b.sources(m.settings.Keys)
	switch {
	case own == nil && !m.own:
		return nil // discovered
	case !m.own:
		return certsource.Chain(own...)
	}
	inherited := b.sources(m.inherited)
	switch {
	case own == nil && inherited == nil:
		return nil
	case own == nil:
		return certsource.Chain(inherited...)
	case inherited == nil:
		inherited = []certsource.Source{certsource.Discovered{}}
	}
	return certsource.Chain(certsource.Chain(own...), certsource.Chain(inherited...))
}

func (b *builder) sources(list []keySource) []certsource.Source {
	var out []certsource.Source
	for _, k := range list {
		switch {
		case k.PEM != nil:
			out = append(out, certsource.PEM(b.text(k.PEM)))
		case k.Dir != nil:
			out = append(out, certsource.Dir{FS: b.options.watched.folder(b.path(k.Dir.Path)), Subject: k.Dir.Subject, Thumbprint: k.Dir.Thumbprint, Refresh: k.Dir.Refresh.source()})
		case k.Endpoint != nil:
			out = append(out, certsource.Endpoint{
				URL: k.Endpoint.URL, Subject: k.Endpoint.Subject, Thumbprint: k.Endpoint.Thumbprint,
				InsecureTrustAny: k.Endpoint.InsecureTrustAny, Refresh: k.Endpoint.Refresh.source(),
			})
		case k.JWKS != nil:
			out = append(out, certsource.JWKS{URL: k.JWKS.URL, JWTSVID: k.JWKS.JWTSVID, Refresh: k.JWKS.Refresh.source()})
		case k.KeyURL != nil:
			out = append(out, certsource.KeyURL{URL: k.KeyURL.URL, Refresh: k.KeyURL.Refresh.source()})
		default:
			out = append(out, certsource.Discovered{JWTSVID: k.Discovered.JWTSVID, Refresh: k.Discovered.Refresh.source()})
		}
	}
	return out
}

func (r *refresh) source() certsource.Refresh {
	if r == nil {
		return certsource.Refresh{}
	}
	return certsource.Refresh{
		Interval: time.Duration(r.Interval), Burst: r.Burst, Wait: time.Duration(r.Wait), After: time.Duration(r.After),
		MaxStale: time.Duration(r.MaxStale),
	}
}
