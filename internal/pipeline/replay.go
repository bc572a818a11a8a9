package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Replayed is the result of one step of Run.Replay. A Fault without a reason says why the step cannot be judged.
type Replayed struct {
	Step  Step
	Fault *Fault
}

// Recorded is what a record says beside the token that stands for the recorded one.
type Recorded struct {
	Key    string                  // the thumbprint of the key that verified the token, or ""
	Issuer string                  // the URL of the rules by which the token was judged, or ""
	Reason reason.Reason           // why the token was refused, or ""
	Hidden func(claim string) bool // reports the claims whose values are not recorded
}

// Replay runs the steps on a token that stands for a recorded one. It fetches keys if there are none, and asks neither the provider
// about the token nor the user store.
func (t *Run) Replay(ctx context.Context, r Recorded) (out []Replayed) {
	t.unrecordedHeader = true
	for _, s := range Steps {
		if s.Forms&t.Form == 0 {
			continue
		}
		t.Offline = s.ID != StepKeys
		var fault *Fault
		if lacking := s.Needs &^ t.Established; lacking != 0 {
			fault = Skip("not checked: " + lacking.String())
		} else {
			fault = t.replayStep(ctx, s, r)
		}
		out = append(out, Replayed{s, fault})
	}
	return out
}

func (t *Run) replayStep(ctx context.Context, s Step, r Recorded) *Fault {
	switch s.ID {
	case StepFindIssuer:
		if t.Engine.issuers.hasTrustDomains && r.Issuer == "" && !t.Has("iss") && r.Hidden("sub") {
			return Skip("the token has no iss, and the sub that names the trust domain is not recorded")
		}
	case StepSignature:
		return t.replaySignature(r.Key)
	case StepDenyList, StepRevocation:
		return Skip("the deny list contains hashes of tokens, and the record contains no token")
	case StepIntrospection:
		return Skip("the provider cannot be asked about a token that is not recorded")
	case StepAlgorithm:
		if fault := s.Check(ctx, t); fault != nil {
			return fault
		}
		return t.replayHeaderChecks()
	case StepSubject:
		if t.RulesOrDefault().JWTSVID && r.Reason == reason.InvalidClaims && r.Hidden("sub") {
			return Skip("the sub of the JWT-SVID is not recorded")
		}
	case StepConfirmation:
		if r.Hidden("cnf") && !t.RulesOrDefault().InsecureIgnoreConfirmation {
			return Skip("the key to which the token is bound and the proof of the request are not recorded")
		}
	case StepChecks:
		return t.replayChecks(r.Hidden)
	case StepFindUser:
		if t.Rules.Users == nil {
			return nil
		}
		return Skip("the value that finds the user is not recorded")
	}
	fault := s.Check(ctx, t)
	if fault != nil && fault.Reason == reason.KeysUnavailable {
		return Skip("the keys are not available now")
	}
	return fault
}

// replayHeaderChecks judges the checks that read recorded members only. A member that is absent from the record may have been in the
// header.
func (t *Run) replayHeaderChecks() *Fault {
	header := t.Token.JWT.Header.Raw
	var known []claims.Check
	var unknown []string
	for _, check := range t.RulesOrDefault().HeaderChecks {
		if slices.ContainsFunc(check.Paths(), func(p claims.Path) bool { return !header.Has(topLevel(p)) }) {
			unknown = append(unknown, check.String())
		} else {
			known = append(known, check)
		}
	}
	if fault := t.enforceHeader(known); fault != nil || len(unknown) == 0 {
		return fault
	}
	return Skip("HeaderChecks reads members of the header that are not recorded: " + strings.Join(unknown, "; "))
}

// replaySignature accepts the recorded verification if its key may still be used for the token.
func (t *Run) replaySignature(key string) *Fault {
	if key == "" {
		return Skip("no key verified the recorded token, and the record contains no signature")
	}
	for _, k := range t.Keys.Tried {
		if slices.Contains(jose.KeyThumbprints(k.Public), key) {
			t.Established |= Verified
			return nil
		}
	}
	return Refuse(reason.InvalidSignature, nil, "the key that verified the recorded token is no longer a key of the issuer")
}

// replayChecks judges the checks that read recorded values only. A missing claim can be judged in any case.
func (t *Run) replayChecks(hidden func(string) bool) *Fault {
	var known []claims.Check
	var unknown []string
	for _, check := range t.Rules.Checks {
		if slices.ContainsFunc(check.Paths(), func(p claims.Path) bool { return hidden(topLevel(p)) }) {
			unknown = append(unknown, check.String())
		} else {
			known = append(known, check)
		}
	}
	if fault := t.enforce(known); fault != nil || len(unknown) == 0 {
		return fault
	}
	return Skip("a check reads values that are not recorded: " + strings.Join(unknown, "; "))
}

// topLevel returns the name of the claim at which a path begins.
func topLevel(p claims.Path) string {
	text := p.String()
	if !strings.HasPrefix(text, "/") {
		return text
	}
	name, _, _ := strings.Cut(text[1:], "/")
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}
