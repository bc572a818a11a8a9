package dpop

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Window is the time within which a proof is accepted. Before is how far its iat may be in the future, because the clock of the
// client may be ahead. After is how old the proof may be, because that clock may be behind, and because the request takes time.
type Window struct{ Before, After time.Duration }

// Remember returns the time until which an accepted proof could be accepted again.
func (w Window) Remember(p *Proof) time.Time { return p.Issued.Add(w.After).Add(time.Second) }

// Request describes the request that a proof must fit.
type Request struct {
	Method string
	Target Target
	Token  string // the access token
	// Thumbprint is that of the key to which the token is bound.
	Thumbprint string
	Now        time.Time
	Window     Window
	// Nonces recognises the nonces of this server. If nil, no nonce is required.
	Nonces *Nonces
	// Used is set if the proof was accepted before. Its time and its nonce are not checked again.
	Used bool
}

// Check compares the proof with the request, and returns every fault.
func (p *Proof) Check(r Request) []*Fault {
	var faults []*Fault
	add := func(f *Fault) {
		if f != nil {
			faults = append(faults, f)
		}
	}
	if p.Thumbprint != r.Thumbprint {
		add(refuse(OtherKey, "the key of the proof is not the key to which the token is bound"))
	}
	if !isHash(p.tokenHash, r.Token) {
		add(refuse(OtherToken, "ath of the proof is not the hash of the access token"))
	}
	add(p.methodFault(r.Method))
	add(p.targetFault(r.Target))
	if r.Used {
		return faults
	}
	add(p.timeFault(r.Now, r.Window))
	if r.Nonces != nil {
		add(p.nonceFault(r.Nonces, r.Now))
	}
	return faults
}

// isHash reports whether ath is the hash of the token (RFC 9449 section 4.2).
func isHash(ath, token string) bool {
	sum := sha256.Sum256([]byte(token))
	var text [43]byte // the length of a hash in base64url
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return ath == string(text[:])
}

func (p *Proof) methodFault(method string) *Fault {
	if p.method == method {
		return nil
	}
	f := refuse(OtherRequest, "htm of the proof is %q, and the method of the request is %q", record.Short(p.method), record.Short(method))
	f.OtherMethod, f.Actual, f.Expected = true, record.Short(p.method), record.Short(method)
	return f
}

// targetFault does not repeat paths and queries, because they may name a person or contain a secret.
func (p *Proof) targetFault(want Target) *Fault {
	if path, ok := strings.CutPrefix(p.url, want.origin); ok && path == want.path {
		return nil // most clients write the normal form
	}
	got, err := ParseTarget(p.url)
	switch {
	case err != nil:
		return refuse(OtherRequest, "htu of the proof is not an absolute http or https URL")
	case got.origin != want.origin:
		f := refuse(OtherRequest, "htu of the proof is below %q, and the request was sent below %q", record.Short(got.origin), want.origin)
		f.OtherOrigin, f.Actual, f.Expected = true, record.Short(got.origin), want.origin
		return f
	case got.path != want.path:
		return refuse(OtherRequest, "the path in htu of the proof is not the path of the request")
	}
	return nil
}

func (p *Proof) timeFault(now time.Time, w Window) *Fault {
	switch {
	case p.Issued.After(now.Add(w.Before)):
		return p.clockFault("iat", p.Issued, now)
	case p.Issued.Before(now.Add(-w.After)):
		return p.clockFault("iat", p.Issued, now)
	case p.notBefore.After(now.Add(w.Before)):
		return p.clockFault("nbf", p.notBefore, now)
	case !p.expires.IsZero() && !now.Before(p.expires.Add(w.Before)):
		return p.clockFault("exp", p.expires, now)
	}
	return nil
}

func (p *Proof) clockFault(claim string, at, now time.Time) *Fault {
	return refuse(Clock, "%s of the proof is %s, now %s", claim, at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
}

func (p *Proof) nonceFault(n *Nonces, now time.Time) *Fault {
	switch {
	case p.nonce == "":
		return refuse(Nonce, "the proof has no nonce")
	case !n.Valid(p.nonce, now):
		return refuse(Nonce, "the nonce of the proof is not one that this service gave in the last minutes")
	}
	return nil
}
