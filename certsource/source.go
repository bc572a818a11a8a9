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

// Source answers which keys it holds for a token. It never waits for a fetch. [ErrNoKey] means "not mine, try the
// next"; any other error means that the source cannot tell.
type Source interface {
	Keys(Query) ([]Key, error)
}

// Refresher is a Source that can fetch: bounded, one flight for all who ask, not tied to the caller's context. It is asked
// where no key fits a token and, with Query.Refuted, where the keys that fit do not verify the token: an attacker can
// cause both at will.
type Refresher interface {
	Source
	Refresh(context.Context, Query) error
}

// Reporter is a Source that tells what it holds, for the operator; a chain tells it source by source, in order.
type Reporter interface {
	Source
	Report() []Report
}

// Binder is a declaration that becomes a source once it knows whom it serves.
type Binder interface {
	Source
	Bind(Binding) (Source, error)
}

// Binding is whom a source serves.
type Binding struct {
	Issuer       string           // stamped on every key
	DiscoveryURL string           // default: Issuer + "/.well-known/openid-configuration", with "common" for {tenantid}
	HTTPClient   *http.Client     // as oidcauth.Issuer.HTTPClient says; nil: one with timeouts
	Now          func() time.Time // nil: time.Now
	Logger       *slog.Logger     // told of a panic while keys are fetched; nil: slog.Default()
}

var errNil = errors.New("certsource: a source is nil")

// Bind binds a declaration; any other source is returned as it is. A nil source is an error.
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

// Query is what an unverified token says of its key. Its strings are hints, never trusted.
type Query struct {
	Issuer    string // iss, once it matched a configured issuer
	Tenant    string // tid, where that issuer is templated
	KeyID     string // kid; empty: any key of the algorithm, at most four
	X5T       string // base64url, as in the header
	X5TS256   string
	Algorithm string

	// Refuted are the keys that fit and do not verify the token. A [Refresher] looks whether others have taken their place; a
	// [Chain] passes on from sources that hold no others, unless the token names them.
	Refuted []Key
}

// Named tells whether the token says which key it is of.
func (q Query) Named() bool { return q.KeyID != "" || q.X5T != "" || q.X5TS256 != "" }

// Untried returns the keys that are not among the refuted ones.
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
	ID          string // kid; empty where the source knows none
	Algorithm   string // the only one it serves; empty: whichever fits its type
	Issuer      string
	Public      crypto.PublicKey
	Certificate *x509.Certificate // nil for a bare key
	Source      string            // where it came from, for the operator
}
