package certsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// JWKS is a JSON Web Key Set (RFC 7517) at an https URL. One odd key never spoils the others; an empty set, and an
// answer that is no set, leave the keys held as they are. At most 1000 keys are used, of at most 1 MiB.
type JWKS struct {
	URL     string
	Refresh Refresh
	// JWTSVID takes keys whose use is "jwt-svid" as well, which SPIFFE bundles have (SPIFFE Trust Domain and Bundle section
	// 4.2.2). Without it, they are passed over as those of any other use are.
	JWTSVID bool
}

// Keys reports [ErrNotBound].
func (JWKS) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind checks the URL and fetches nothing.
func (j JWKS) Bind(b Binding) (Source, error) {
	if err := fetch.CheckURL(j.URL); err != nil {
		return nil, fmt.Errorf("certsource: JWKS.URL: %w", err)
	}
	client := fetch.NewClient(b.HTTPClient)
	return newRemote("key set "+fetch.Display(j.URL), j.Refresh, b, func(ctx context.Context) (*keyring, error) {
		return loadJWKS(ctx, client, j.URL, b.Issuer, usesOf(j.JWTSVID))
	}), nil
}

// usesOf are the values of use beside "sig".
func usesOf(jwtSVID bool) []string {
	if jwtSVID {
		return []string{"jwt-svid"}
	}
	return nil
}

func loadJWKS(ctx context.Context, client *fetch.Client, url, issuer string, uses []string) (*keyring, error) {
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
		e := newEntry(Key{ID: k.ID, Algorithm: k.Algorithm, Issuer: issuer, Public: k.Public, Certificate: k.Certificate})
		if e.Certificate == nil {
			e.x5t, e.x5tS256 = k.X5T, k.X5TS256
		}
		e.signsFor = k.Issuer
		ring.entries = append(ring.entries, e)
	}
	if len(ring.entries) == 0 {
		return nil, noneUsable(skipped)
	}
	ring.index()
	for _, k := range skipped[:min(len(skipped), maxNotes)] {
		ring.notes = append(ring.notes, fmt.Sprintf("key %.64q passed over: %s", k.ID, k.Why))
	}
	return ring, nil
}

func noneUsable(skipped []jose.Skipped) error {
	if len(skipped) == 0 {
		return errors.New("certsource: the key set is empty")
	}
	return fmt.Errorf("certsource: none of the %d keys of the set can verify tokens; the first: %s", len(skipped), skipped[0].Why)
}
