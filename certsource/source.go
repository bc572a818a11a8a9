package certsource

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// Source returns the keys that it holds for a token. Keys never waits for a fetch. If no key fits, its error matches
// [ErrNoKey], and the next source is asked. Any other error means that it is unknown whether the source holds the
// key. Implementations must be safe for concurrent use.
type Source interface {
	Keys(Query) ([]Key, error)
}

// Refresher is a Source that can fetch its keys. Refresh is called if no key fits a token, or if the fitting keys do
// not verify it ([Query.Refuted]). An attacker can cause both at will, so Refresh must limit its fetches. Concurrent
// calls share one fetch, which the context of a single caller does not end.
type Refresher interface {
	Source
	Refresh(context.Context, Query) error
}

// Reporter is a Source that describes what it holds, for the operator. A [Chain] returns one [Report] for each of its
// sources, in order.
type Reporter interface {
	Source
	Report() []Report
}

// Binder is a declaration that becomes a source when it is bound to an issuer. Its own Keys returns [ErrNotBound].
type Binder interface {
	Source
	Bind(Binding) (Source, error)
}

// Binding is what a declaration needs to become a source.
type Binding struct {
	// Issuer is the issuer whose tokens the keys may verify. It becomes [Key.Issuer].
	Issuer string
	// DiscoveryURL is the URL of the discovery document. If empty, it is Issuer +
	// "/.well-known/openid-configuration", with "common" in place of {tenantid}.
	DiscoveryURL string
	// HTTPClient sends the requests, as oidcauth.Issuer.HTTPClient says. If nil, a client with timeouts is used.
	HTTPClient *http.Client
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time
	// Logger receives a record when a fetch panics. If nil, it is slog.Default().
	Logger *slog.Logger
}

var errNil = errors.New("certsource: a source is nil")

// Bind returns the source that s declares, bound to an issuer. If s is not a [Binder], Bind returns s itself. A nil
// source is an error.
func Bind(s Source, b Binding) (Source, error) {
	if b.Now == nil {
		b.Now = time.Now
	}
	if s == nil || guard.IsNil(s) {
		return nil, errNil
	}
	d, ok := s.(Binder)
	if !ok {
		return s, nil
	}
	bound, err := d.Bind(b)
	if err == nil && (bound == nil || guard.IsNil(bound)) {
		err = errNil
	}
	return bound, err
}

// Query says what an unverified token states about its key. Its strings are chosen by the sender and never trusted.
type Query struct {
	// Issuer is the token's iss, after it was found equal to a configured issuer.
	Issuer string
	// Tenant is the token's tid, if the configured issuer is templated.
	Tenant string
	// KeyID is the token's kid. If empty, up to four keys of the algorithm fit.
	KeyID string
	// X5T and X5TS256 are the x5t and x5t#S256 of the header, in base64url.
	X5T     string
	X5TS256 string
	// Algorithm is the token's alg.
	Algorithm string

	// Refuted lists the keys that fit and do not verify the token. A [Refresher] then fetches to see whether they
	// were replaced. A [Chain] goes on to the next source if the token does not name a refuted key.
	Refuted []Key
}

// Named reports whether the token names its key, by kid, x5t or x5t#S256.
func (q Query) Named() bool { return q.KeyID != "" || q.X5T != "" || q.X5TS256 != "" }

// Untried returns the keys that are not in q.Refuted.
func (q Query) Untried(keys []Key) []Key {
	if len(q.Refuted) == 0 {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		return slices.ContainsFunc(q.Refuted, func(r Key) bool { return jose.SameKey(r.Public, k.Public) })
	})
}

// Key is a public key that may verify tokens of its issuer.
type Key struct {
	// ID is the kid. It is empty if the source knows no kid.
	ID string
	// Algorithm is the only algorithm that the key may be used with. If empty, every algorithm of its type is
	// allowed.
	Algorithm string
	// Issuer is the issuer whose tokens the key may verify.
	Issuer string
	// Public is the public key.
	Public crypto.PublicKey
	// Certificate is the key's certificate. It is nil for a bare key.
	Certificate *x509.Certificate
	// Source is the name of the source, for the operator.
	Source string
}
