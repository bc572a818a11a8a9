package oidcauth

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// DPoP configures proofs of possession (RFC 9449). They are accepted if [Config.PublicURL] is set. A token whose cnf has a jkt
// is then accepted only with the scheme DPoP and a proof in the DPoP header. The zero DPoP has the defaults.
type DPoP struct {
	// Replays stores the proofs that were used, so that each is accepted once. If nil, it is a list in memory of at most 100,000
	// proofs. All replicas must share one list, because otherwise each of them accepts a proof once. A proof is stored for about
	// twice MaxAge. If the list is full, requests with a proof are answered with 503.
	//
	// If you replace an Authenticator to change its configuration, give both the same list. It must not be the deny list, because
	// proofs would then fill the list of revocations.
	Replays denylist.List
	// ProofsPerKey is how many proofs of one key are accepted within twice MaxAge by one process, so that one client cannot fill the
	// list for all. Further requests are answered with 503. The default is 10,000, which is about 80 requests per second.
	ProofsPerKey int
	// MaxAge is how old a proof may be, and how far in the future its iat may be, because clocks differ. The default is 1 min,
	// and the maximum is 10 min.
	MaxAge time.Duration
	// RequireNonce requires a nonce of this service in each proof (RFC 9449 section 9), so that a client cannot make proofs in
	// advance. A proof without one is refused with the error use_dpop_nonce and a nonce in the DPoP-Nonce header. A nonce is
	// accepted for 2 to 6 min. [Authenticator.Handler] gives the newest one in each response.
	RequireNonce bool
	// NonceSecret is the secret of the nonces. All replicas must have the same one. If nil, it is random. It has at least 32 bytes.
	NonceSecret []byte
}

// minNonceSecret is the length of the hash in bytes. A shorter secret would weaken the nonces.
const minNonceSecret = 32

// possession compiles the configuration, which is valid.
func (c Config) possession() pipeline.Possession {
	p := pipeline.Possession{
		Window: dpop.Window{Before: c.DPoP.MaxAge, After: c.DPoP.MaxAge}, Algorithms: jose.Algorithms(), Replays: c.DPoP.Replays,
		Shares: pipeline.NewProofShares(c.DPoP.ProofsPerKey, 2*c.DPoP.MaxAge),
	}
	if c.PublicURL != "" {
		p.Target, _ = dpop.ParseTarget(c.PublicURL) // validated
	}
	if c.DPoP.RequireNonce {
		p.Nonces = dpop.NewNonces(c.DPoP.NonceSecret)
	}
	return p
}

func (c Config) possessionFaults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string) {
		if bad {
			out = append(out, &ConfigError{Field: field, Problem: problem})
		}
	}
	if c.PublicURL != "" {
		_, err := dpop.ParseTarget(c.PublicURL)
		add(err != nil || strings.ContainsAny(c.PublicURL, "?#"), "PublicURL", "is not an absolute http or https URL without query and fragment")
	}
	add(c.DPoP.MaxAge < 0 || c.DPoP.MaxAge > pipeline.MaxProofAge, "DPoP.MaxAge", "is not between 0 and 10 min")
	add(c.DPoP.ProofsPerKey < 0, "DPoP.ProofsPerKey", "is negative")
	add(guard.IsNil(c.DPoP.Replays), "DPoP.Replays", "is a nil pointer or function")
	add(c.DPoP.NonceSecret != nil && len(c.DPoP.NonceSecret) < minNonceSecret, "DPoP.NonceSecret", "has fewer than 32 bytes")
	add(c.DPoP.NonceSecret != nil && !c.DPoP.RequireNonce, "DPoP.NonceSecret", "needs DPoP.RequireNonce")
	add(c.DPoP.RequireNonce && c.PublicURL == "", "DPoP.RequireNonce", "needs PublicURL, without which no proof is accepted")
	return append(out, c.ClientCertificate.faults()...)
}

func (c Config) withPossessionDefaults() Config {
	if c.DPoP.MaxAge == 0 {
		c.DPoP.MaxAge = pipeline.DefaultProofAge
	}
	if c.DPoP.ProofsPerKey == 0 {
		c.DPoP.ProofsPerKey = pipeline.DefaultProofsPerKey
	}
	if c.DPoP.Replays == nil {
		c.DPoP.Replays = &denylist.Memory{Now: c.Now}
	}
	c.ClientCertificate = c.ClientCertificate.withDefaults()
	return c
}

// sender returns the proofs of possession and the client certificate of the request, or nil if it has neither.
func (a *Authenticator) sender(r *http.Request, isDPoP bool) *pipeline.Sender {
	proofs := r.Header["Dpop"]
	peer, forwarded := a.certificate(r)
	if !isDPoP && len(proofs) == 0 && peer == nil && forwarded == nil {
		return nil
	}
	return &pipeline.Sender{
		DPoP: isDPoP, Proofs: proofs, Method: r.Method, Path: pathOf(r), Peer: peer, Forwarded: forwarded, Form: certificateForms[a.config.ClientCertificate.Form].form,
	}
}

// pathOf returns the escaped path as the client sent it. A middleware such as http.StripPrefix changes URL, but not RequestURI. The
// asterisk form has an empty path (RFC 9110 section 7.1).
func pathOf(r *http.Request) string {
	if r.RequestURI == "*" {
		return ""
	}
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil && u.Path != "" {
		return u.EscapedPath()
	}
	return r.URL.EscapedPath()
}

// acceptsDPoP reports whether the scheme DPoP is read.
func (a *Authenticator) acceptsDPoP() bool { return a.config.PublicURL != "" }

// proofAlgorithms is the value of algs in a challenge (RFC 9449 section 5.1).
var proofAlgorithms = strings.Join(jose.Algorithms(), " ")

// exposedHeaders lists the headers of a refusal that a client in a browser needs.
const exposedHeaders = "WWW-Authenticate, DPoP-Nonce, Decision-Id"

// nonce returns the newest nonce, or "" if none is required.
func (a *Authenticator) nonce() string {
	p := a.engine.Possession
	if p.Nonces == nil {
		return ""
	}
	return p.Nonces.At(a.engine.Time())
}
