package certsource

import (
	"context"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// JWKS is a JSON Web Key Set (RFC 7517) at a URL, of at most 1 MiB and 1000 usable keys. A key that cannot verify
// tokens is skipped and named in the [Report]; the others stay usable. If an answer is not a key set or has no usable
// key, the keys fetched before stay in use.
type JWKS struct {
	// URL is an https URL; http is allowed on loopback only.
	URL string
	// Refresh says how often the URL is fetched.
	Refresh Refresh
	// JWTSVID also accepts keys whose use is "jwt-svid", as SPIFFE bundles have them (SPIFFE Trust Domain and Bundle
	// section 4.2.2). If false, such keys are skipped like those of any other use but "sig".
	JWTSVID bool
}

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (JWKS) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind checks the URL, and fetches nothing.
func (j JWKS) bind(b hook.Binding) (Source, error) {
	if err := fetch.CheckURL(j.URL); err != nil {
		return nil, fmt.Errorf("certsource: JWKS.URL: %w", err)
	}
	client := fetch.NewClient(b.HTTPClient)
	return newRemote("key set "+fetch.Display(j.URL), j.Refresh, b, func(ctx context.Context) (*keyring, error) {
		return loadJWKS(ctx, client, j.URL, b.Issuer, usesOf(j.JWTSVID))
	}), nil
}

// usesOf returns the accepted values of use besides "sig".
func usesOf(jwtSVID bool) []string {
	if jwtSVID {
		return []string{"jwt-svid"}
	}
	return nil
}

func loadJWKS(ctx context.Context, client *fetch.Client, url, issuer string, uses []string) (*keyring, error) {
	return fetch.Observe(ctx, decision.EndpointKeys, func(ctx context.Context) (*keyring, error) {
		return readJWKS(ctx, client, url, issuer, uses)
	})
}

func readJWKS(ctx context.Context, client *fetch.Client, url, issuer string, uses []string) (*keyring, error) {
	res, err := client.Get(ctx, url, maxBytes, nil)
	if err != nil {
		return nil, err
	}
	keys, skipped, err := jose.ParseJWKS(res.Body, uses...)
	if err != nil {
		return nil, err
	}
	ring := &keyring{name: "key set " + fetch.Display(url), strict: true}
	for _, k := range keys {
		e := newHeldKey(Key{ID: k.ID, Algorithm: k.Algorithm, Issuer: issuer, Public: k.Public, Certificate: k.Certificate})
		if e.Certificate == nil {
			e.x5t, e.x5tS256 = k.X5T, k.X5TS256
		}
		e.signsFor = k.Issuer
		ring.keys = append(ring.keys, e)
	}
	if len(ring.keys) == 0 {
		return nil, noneUsable(skipped)
	}
	ring.index()
	for _, k := range skipped[:min(len(skipped), maxNotes)] {
		ring.notes = append(ring.notes, fmt.Sprintf("key %.64q skipped: %s", k.ID, k.Why))
		if k.ID != "" {
			ring.odd = append(ring.odd, k.ID)
		}
	}
	return ring, nil
}

func noneUsable(skipped []jose.Skipped) error {
	if len(skipped) == 0 {
		return &unusableError{problem: "the key set is empty"}
	}
	out := &unusableError{problem: fmt.Sprintf("the key set holds %d keys, and no key can verify tokens; the first: %s", len(skipped), skipped[0].Why)}
	for _, k := range skipped {
		out.jwtSVID = out.jwtSVID || k.Use == "jwt-svid"
	}
	return out
}
