package pipeline

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The members of cnf that are checked: the thumbprint of the key of a DPoP proof (RFC 9449 section 6.1), and that of a client
// certificate (RFC 8705 section 3.1).
const (
	jktMember = "jkt"
	x5tMember = "x5t#S256"
)

// binding is the key to which a token is bound.
type binding struct {
	bound       bool
	jkt, x5t    string
	unsupported string // the confirmation method that is not checked
}

// bindingOf reads cnf (RFC 7800). A member that is not known may be a further condition, so such a token is refused.
func bindingOf(c strictjson.Object) binding {
	cnf, bound := c.Get("cnf")
	if !bound {
		return binding{}
	}
	b := binding{bound: true}
	o, ok := cnf.Object()
	if !ok || o.Len() == 0 {
		b.unsupported = "cnf is not an object with a member"
		return b
	}
	for name, v := range o.All() {
		text, isText := v.Text()
		switch {
		case name == jktMember && isText && text != "":
			b.jkt = text
		case name == x5tMember && isText && text != "":
			b.x5t = text
		default:
			b.unsupported = "cnf has a member other than jkt and x5t#S256"
		}
	}
	return b
}

// checkConfirmation checks that the request proves possession of the key to which the token is bound.
func checkConfirmation(ctx context.Context, t *Run) *Fault {
	s := t.Sender
	if s == nil {
		s = &Sender{}
	}
	b := bindingOf(t.Token.Claims)
	if t.provider.jwt != nil { // the answer of introspection may omit the cnf of the token
		b = b.with(bindingOf(t.provider.jwt.Claims))
	}
	return t.bindingFault(ctx, s, b)
}

// with returns the conditions of both bindings. They contradict each other if they name different keys.
func (b binding) with(other binding) binding {
	if b.unsupported == "" {
		b.unsupported = other.unsupported
	}
	b.bound = b.bound || other.bound
	for _, m := range [...]struct {
		to   *string
		from string
	}{{&b.jkt, other.jkt}, {&b.x5t, other.x5t}} {
		switch {
		case *m.to == "":
			*m.to = m.from
		case m.from != "" && m.from != *m.to:
			b.unsupported = "cnf of the token and cnf of the answer of introspection name different keys"
		}
	}
	return b
}

func (t *Run) bindingFault(ctx context.Context, s *Sender, b binding) *Fault {
	rules := t.RulesOrDefault()
	switch {
	case s.Proved, rules.InsecureIgnoreConfirmation && !s.DPoP:
		return nil
	case b.unsupported != "":
		return Refuse(reason.SenderConstrained, nil, "%s, so the token is bound to a key in a way that is not supported", b.unsupported)
	case s.DPoP && b.jkt == "":
		return Refuse(reason.TokenNotBound, nil, "the scheme is DPoP, and the token is not bound to the key of a proof (cnf.jkt)")
	case rules.RequireBoundTokens && !b.bound:
		return Refuse(reason.TokenNotBound, nil, "the token has no cnf")
	}
	var faults []*Fault
	if b.jkt != "" {
		faults = t.proofFaults(ctx, s, b.jkt)
	}
	if b.x5t != "" {
		if fault := s.certificateFault(b.x5t); fault != nil {
			faults = append(faults, fault)
		}
	}
	if faults == nil {
		return nil
	}
	faults[0].Also = append(faults[0].Also, faults[1:]...)
	return faults[0]
}

// proofFaults checks the DPoP proof of the request (RFC 9449 section 7.2).
func (t *Run) proofFaults(ctx context.Context, s *Sender, jkt string) []*Fault {
	p := t.Engine.Possession
	switch {
	case p.Target.IsZero():
		return []*Fault{Refuse(reason.SenderConstrained, nil, "the token is bound to the key of a DPoP proof (cnf.jkt), and Config.PublicURL is not set")}
	case !s.DPoP:
		return []*Fault{Refuse(reason.ProofMissing, nil, "the token is bound to the key of a DPoP proof (cnf.jkt), and the scheme of the request is Bearer")}
	case len(s.Proofs) == 0:
		return []*Fault{Refuse(reason.ProofMissing, nil, "the request has no DPoP header")}
	case len(s.Proofs) > 1:
		return []*Fault{Refuse(reason.ProofInvalid, nil, "the request has %d DPoP headers", len(s.Proofs))}
	}
	proof, fault := dpop.Parse(s.Proofs[0], p.Algorithms)
	if fault != nil {
		return proofFaultsOf(fault)
	}
	target := p.Target.Join(s.Path)
	faults := proof.Check(dpop.Request{
		Method: s.Method, Target: target, Token: t.Raw, Thumbprint: jkt, Now: t.Now, Window: p.Window, Nonces: p.Nonces, Used: s.Used,
	})
	if faults != nil {
		return proofFaultsOf(faults...)
	}
	if fault := t.rememberProof(ctx, jkt, denylist.Entry{Key: proof.ID(target), Until: p.Window.Remember(proof)}); fault != nil {
		return []*Fault{fault}
	}
	return nil
}

// rememberProof refuses a proof that was used before (RFC 9449 section 11.1).
func (t *Run) rememberProof(ctx context.Context, jkt string, e denylist.Entry) *Fault {
	if t.Offline || t.live != nil || t.Sender.Used {
		return nil
	}
	if t.Engine.Possession.Shares.exhausted(jkt, t.Now) {
		return Refuse(reason.ReplayStoreUnavailable, nil, "the key has used up its share of the store of used proofs (Config.DPoP.ProofsPerKey)")
	}
	switch used, err := t.usedProof(ctx, e); {
	case err != nil:
		return Refuse(reason.ReplayStoreUnavailable, err, "")
	case used:
		return Refuse(reason.ProofReplayed, nil, "a request with the same proof was accepted before")
	}
	if !t.Sender.Explained {
		t.Engine.Possession.Shares.add(jkt, t.Now)
	}
	return nil
}

// usedProof reports whether the proof was used before, and stores it unless the request is only explained.
func (t *Run) usedProof(ctx context.Context, e denylist.Entry) (bool, error) {
	if t.Sender.Explained {
		found, err := t.Engine.Possession.Replays.Find(ctx, e.Key)
		return len(found) > 0, err
	}
	added, err := t.Engine.Possession.Replays.Add(ctx, e)
	return !added, err
}

var proofReasons = map[dpop.Kind]reason.Reason{
	dpop.Invalid:      reason.ProofInvalid,
	dpop.OtherRequest: reason.ProofOtherRequest,
	dpop.OtherToken:   reason.ProofOtherToken,
	dpop.OtherKey:     reason.ProofOtherKey,
	dpop.Clock:        reason.ProofClock,
	dpop.Nonce:        reason.ProofNonce,
}

func proofFaultsOf(faults ...*dpop.Fault) []*Fault {
	out := make([]*Fault, 0, len(faults))
	for _, f := range faults {
		out = append(out, &Fault{Reason: proofReasons[f.Kind], Detail: f.Detail, Proof: f})
	}
	return out
}

// certificateFault compares the certificate of the TLS client with x5t#S256 (RFC 8705 section 3).
func (s *Sender) certificateFault(x5t string) *Fault {
	var shown clientcert.Thumbprint
	switch {
	case len(s.Forwarded) > 1:
		return Refuse(reason.ClientCertificateMissing, nil, "the request has %d headers with a client certificate", len(s.Forwarded))
	case len(s.Forwarded) == 1:
		var err error
		if shown, err = s.Form.Read(s.Forwarded[0]); err != nil {
			return Refuse(reason.ClientCertificateMissing, err, "the client certificate that the proxy passes on cannot be read")
		}
	case s.Peer != nil:
		shown = clientcert.Of(s.Peer)
	default:
		return Refuse(reason.ClientCertificateMissing, nil, "the token is bound to a client certificate (cnf.x5t#S256), and the request shows no certificate")
	}
	if shown.String() != x5t {
		return Refuse(reason.ClientCertificateMismatch, nil, "the client certificate has the thumbprint %s, and the token is bound to another one", shown)
	}
	return nil
}

// needsPossession reports whether a request with the token must prove possession of a key.
func (t *Run) needsPossession() bool {
	return t.Sender != nil && t.Sender.DPoP || !t.Rules.InsecureIgnoreConfirmation && (t.Rules.RequireBoundTokens || t.Has("cnf"))
}
