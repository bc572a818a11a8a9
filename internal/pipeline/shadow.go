package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// ShadowVerdict is the verdict of a shadow about a token.
type ShadowVerdict struct {
	At    int    // the step that refuses the token
	Fault *Fault // nil if no step refuses the token

	Unknown Step   // the first step that the shadow cannot judge
	Why     string // the cause why it cannot; empty if it can judge all steps

	LacksKeys bool // the shadow cannot judge the signature, because no suitable key is in memory
	SameRules bool // the observed run has judged the token by the same rules, so no other step runs
}

// BeginShadow makes the run of a shadow about a token that another Engine has judged. It asks neither a provider nor a user store,
// and writes to no list and to no cache. Only if mayFetch is true, it may fetch keys.
func (e *Engine) BeginShadow(in Input, live *Observed, mayFetch bool) *Run {
	observed := *live
	observed.mayFetch = mayFetch
	in.cached = nil
	t := e.Begin(in)
	t.live = &observed
	return t
}

// Shadow runs the steps. It stops at the first one that refuses the token.
func (t *Run) Shadow(ctx context.Context) (v ShadowVerdict) {
	t.learnFromLive()
	for i, s := range Steps {
		if s.Forms&t.Form == 0 {
			continue
		}
		var fault *Fault
		if lacking := s.Needs &^ t.Established; lacking != 0 {
			fault = Skip("not checked: " + lacking.String())
		} else {
			fault = t.shadowStep(ctx, s)
		}
		switch {
		case fault == nil:
		case fault.Reason == "":
			if v.Why == "" {
				v.Unknown, v.Why = s, fault.Detail
				v.LacksKeys = s.ID == StepKeys || s.ID == StepSignature
			}
		default:
			v.At, v.Fault = i, fault
			return v
		}
		if s.ID == StepFindIssuer && t.Rules == t.live.rules && t.Engine.ProvesAsLive {
			v.SameRules = true
			return v
		}
	}
	return v
}

// learnFromLive tells the rules of the shadow that introspection has stated the type of earlier tokens, which they then require. The
// shadow itself asks no provider.
func (t *Run) learnFromLive() {
	live := t.live.rules
	if live == nil || !live.statesTokenType.Load() {
		return
	}
	for _, rules := range t.Engine.Issuers {
		if rules.URL == live.URL && rules != live {
			rules.statesTokenType.Store(true)
		}
	}
}

func (t *Run) shadowStep(ctx context.Context, s Step) *Fault {
	switch s.ID {
	case StepKeys:
		return t.shadowKeys(ctx)
	case StepSignature:
		return t.shadowSignature(ctx)
	case StepDenyList, StepRevocation:
		return t.shadowRevocation(ctx, s)
	case StepConfirmation:
		if t.provesAsBefore() {
			return nil
		}
		if fault := s.Check(ctx, t); fault != nil {
			return fault
		}
		return t.live.refusedBy(reason.ProofReplayed, reason.ReplayStoreUnavailable)
	}
	return s.Check(ctx, t)
}

// sharesKeys reports whether the observed run used the same keys.
func (t *Run) sharesKeys() bool {
	live := t.live
	return live.form == Signed && live.rules != nil && live.tenant == t.Tenant && identical(live.rules.Keys, t.Rules.Keys)
}

func (t *Run) shadowKeys(ctx context.Context) *Fault {
	if t.sharesKeys() {
		if fault := t.live.faultAt(StepKeys); fault != nil {
			return fault
		}
		if t.live.passed(StepKeys) {
			t.Keys.Tried = t.live.keys.Tried
			t.Established |= HasKeys
			return nil
		}
	}
	return t.withOwnKeys(ctx, findKeys)
}

// shadowSignature verifies the signature, unless the observed run has verified it with a key that the shadow has too.
func (t *Run) shadowSignature(ctx context.Context) *Fault {
	if t.sharesKeys() {
		if fault := t.live.faultAt(StepSignature); fault != nil {
			return fault
		}
	}
	if verifier := t.live.keys.verifier; len(verifier) == 1 && t.live.form == Signed {
		for i, k := range t.Keys.Tried {
			if jose.SameKey(k.Public, verifier[0].Public) {
				t.Keys.verifier = t.Keys.Tried[i : i+1 : i+1]
				t.Established |= Verified
				return nil
			}
		}
	}
	return t.withOwnKeys(ctx, verifySignature)
}

// withOwnKeys makes a check with the keys of the shadow. An outage of their source says nothing about the token.
func (t *Run) withOwnKeys(ctx context.Context, check func(context.Context, *Run) *Fault) *Fault {
	t.Offline = !t.live.mayFetch
	fault := check(ctx, t)
	t.Offline = false
	if fault != nil && fault.Reason == reason.KeysUnavailable {
		return Skip("the keys of the shadow are not available")
	}
	return fault
}

// shadowRevocation reads a deny list in memory. From any other list, it takes the result of the observed run. A token that the
// observed run refused before it read the list counts as not revoked.
func (t *Run) shadowRevocation(ctx context.Context, s Step) *Fault {
	if fault := t.live.refusedBy(reason.TokenRevoked, reason.DenyListUnavailable); fault != nil {
		return fault
	}
	if _, inMemory := t.Engine.DenyList.(*denylist.Memory); !inMemory || t.live.passed(StepRevocation) {
		return nil
	}
	return s.Check(ctx, t)
}

// provesAsBefore reports whether the observed run has compared the proof of possession with the same settings.
func (t *Run) provesAsBefore() bool {
	if !t.live.passed(StepConfirmation) || t.live.rules == nil || t.live.form != t.Form {
		return false
	}
	mine, other := t.Rules, t.live.rules
	return t.Engine.ProvesAsLive && mine.RequireBoundTokens == other.RequireBoundTokens && mine.InsecureIgnoreConfirmation == other.InsecureIgnoreConfirmation
}

// Lasts returns the time until which the verdict may be used for further requests with the token, or the zero Time if each request must
// be judged.
func (t *Run) Lasts(v ShadowVerdict) time.Time {
	live := t.live
	if live.cached == nil || live.Fault != nil || v.LacksKeys || t.Form != Signed || t.Rules != nil && t.needsPossession() || t.Sender != nil && t.Sender.DPoP {
		return time.Time{}
	}
	until := t.Now.Add(shadowAge)
	if t.Expiry.IsZero() || v.Fault != nil {
		return until
	}
	if end := t.Expiry.Add(t.Rules.Leeway); end.Before(until) {
		return end
	}
	return until
}

// shadowAge is how long the verdict of a shadow about a cached token is used.
const shadowAge = 10 * time.Second

// StoreShadow stores a value about the token in its entry of the cache, for the requests until a time.
func (t *Run) StoreShadow(value any, until time.Time) {
	if c := t.live.cached; c != nil && !until.IsZero() {
		c.shadow.Store(&CachedShadow{value, t.Engine, t.Now.Add(-recheckKey), until})
	}
}

// ShadowOf returns the value that StoreShadow of a run of this Engine stored, or nil if it may not be used now.
func (e *Engine) ShadowOf(in Input) *CachedShadow {
	if in.cached == nil {
		return nil
	}
	if s := in.cached.shadow.Load(); s != nil && s.engine == e && !in.Now.Before(s.from) && in.Now.Before(s.until) {
		return s
	}
	return nil
}

// ShadowResult returns the result of a shadow that accepts the token. Unlike Result, it changes nothing.
func (t *Run) ShadowResult() Result {
	name, _ := t.claimText(t.Rules.Name)
	tenant, _ := t.claimText(t.Rules.Tenant)
	return Result{
		Issuer: t.issuerName(), Subject: t.Text("sub"), Tenant: tenant, Name: name, Expires: t.Expiry, Scopes: t.scopes(), Roles: t.roles(), Claims: t.Claims, User: t.User,
	}
}

// The parts of an Identity that a shadow compares.
const (
	PartUser   = "user"
	PartName   = "name"
	PartTenant = "tenant"
	PartRoles  = "roles"
	PartScopes = "scopes"
)

// Differences returns the parts in which the results differ. The order of roles and scopes does not matter.
func (r Result) Differences(other Result) (out []string) {
	differs := func(part string, yes bool) {
		if yes {
			out = append(out, part)
		}
	}
	differs(PartUser, r.User.ID != other.User.ID || r.User.PersonID != other.User.PersonID)
	differs(PartName, r.Name != other.Name)
	differs(PartTenant, r.Tenant != other.Tenant)
	differs(PartRoles, !sameSet(r.Roles, other.Roles))
	differs(PartScopes, !sameSet(r.Scopes, other.Scopes))
	return out
}

func sameSet(a, b []string) bool {
	return slices.Equal(a, b) || slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
