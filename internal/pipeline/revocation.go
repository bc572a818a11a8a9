package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The longest life of a token that an issuer gives out, by default and at most.
const (
	DefaultTokenLife = 24 * time.Hour
	MaxTokenLife     = 366 * 24 * time.Hour
)

// Kinds of what a denial covers; each key is a kind and a hash.
const (
	ofToken     = "t:"
	ofSession   = "s:"
	ofSubject   = "u:" // all tokens of a subject
	ofSubjectNS = "n:" // those of its tokens that name no session
	ofClient    = "c:" // tokens of a client that name no subject
	ofLogout    = "j:" // a logout token, that it is not replayed
)

// denialKey is a stored format: what was denied before an update must stay denied.
func denialKey(kind string, parts ...string) string {
	text := make([]byte, 0, 2048) // on the stack, with room for most tokens
	for _, p := range parts {
		text = append(append(text, p...), 0)
	}
	sum := sha256.Sum256(text)
	key := append(make([]byte, 0, 64), kind...)
	return string(base64.RawURLEncoding.AppendEncode(key, sum[:]))
}

// tokenKeys are those under which a revocation of the token is kept. They leave the signature of a JWT out: an ECDSA signature
// has a second spelling that verifies as well. Of an opaque token no part may be left out, however many dots it has; but
// any two spellings of it share a key.
func (t *Run) tokenKeys() []string {
	if t.isJWT() {
		return []string{denialKey(ofToken, t.Raw[:strings.LastIndexByte(t.Raw, '.')])}
	}
	own, _ := spellings(t.Raw)
	return appendKeys(nil, own)
}

// appendTokenKeys appends the keys that a denial of the token may have.
func (t *Run) appendTokenKeys(keys []string) []string {
	if t.isJWT() {
		return append(keys, denialKey(ofToken, t.Raw[:strings.LastIndexByte(t.Raw, '.')]))
	}
	own, others := spellings(t.Raw)
	return appendKeys(appendKeys(keys, own), others)
}

func appendKeys(keys, texts []string) []string {
	for _, text := range texts {
		keys = append(keys, denialKey(ofToken, text))
	}
	return keys
}

// isJWT reports whether the token is a JWT, be it verified here or introspected.
func (t *Run) isJWT() bool { return t.Form == Signed || t.unverified != nil }

// checkDenied keeps an opaque token that was revoked from being asked about, or answered from what is kept.
func checkDenied(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Abstain("the deny list is asked about a good token only")
	}
	if t.Engine.nothingDenied() {
		return nil
	}
	found, fault := t.denials(ctx, t.appendTokenKeys(nil)...)
	if fault == nil && len(found) > 0 {
		return Refuse(reason.TokenRevoked, nil, "%s", covers(found[0].Key))
	}
	return fault
}

// checkRevoked looks for the token, its session and its subject.
func checkRevoked(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Abstain("the deny list is asked about a verified token only")
	}
	if t.Engine.nothingDenied() {
		return nil
	}
	iss := t.issuerName()
	keys := t.appendTokenKeys(make([]string, 0, 4))
	sub, sid := t.told("sub"), t.told("sid")
	if holder := t.holderKey(); holder != "" {
		keys = append(keys, holder)
	}
	switch {
	case sid != "":
		keys = append(keys, denialKey(ofSession, iss, sid))
	case sub != "":
		keys = append(keys, denialKey(ofSubjectNS, iss, sub))
	}
	found, fault := t.denials(ctx, keys...)
	if fault != nil {
		return fault
	}
	return t.weigh(found)
}

// nothingDenied is true nearly always, and hashing costs more than the rest of a request with a token that is kept. Only a
// Memory itself is believed: a list that embeds one would inherit Empty, and may keep its entries elsewhere.
func (a *Engine) nothingDenied() bool {
	list, ok := a.DenyList.(*denylist.Memory)
	return ok && list.Empty()
}

func (t *Run) denials(ctx context.Context, keys ...string) ([]denylist.Entry, *Fault) {
	found, err := t.Engine.DenyList.Find(ctx, keys...)
	if err != nil {
		if t.Engine.FailOpen && ctx.Err() == nil { // the sender could end the request by himself
			return nil, nil
		}
		return nil, Refuse(reason.DenyListUnavailable, err, "")
	}
	return found, nil
}

// weigh compares entries with the time at which the token was issued. A token that is verified here and has no such time is
// counted as issued before; about one that is introspected, the provider is asked once more.
func (t *Run) weigh(found []denylist.Entry) *Fault {
	iat, dated := t.issuedAt()
	var undated []denylist.Entry
	for _, e := range found {
		switch {
		case e.Before.IsZero() || !dated && t.Form == Signed || dated && issuedUntil(iat, e.Before):
			return Refuse(reason.TokenRevoked, nil, "%s", covers(e.Key))
		case !dated:
			undated = append(undated, e)
		}
	}
	return t.weighAnswer(undated)
}

// issuedUntil counts a token of the same second: the date that it is compared with may have lost its fraction.
func issuedUntil(iat, before time.Time) bool { return !iat.Truncate(time.Second).After(before) }

// told is a claim of the answer or, where introspection does not tell it, of the JWT that the provider called active.
func (t *Run) told(claim string) string {
	if text := t.Text(claim); text != "" || t.unverified == nil {
		return text
	}
	return t.unverified.Claims.Text(claim)
}

// issuedAt is the token's iat, found likewise.
func (t *Run) issuedAt() (iat time.Time, ok bool) {
	iat, present, ok := t.timeClaim("iat")
	if !present && t.unverified != nil {
		own := &Run{Token: t.unverified}
		iat, present, ok = own.timeClaim("iat")
	}
	return iat, present && ok
}

func covers(key string) string {
	switch key[:min(2, len(key))] {
	case ofToken:
		return "the token was revoked"
	case ofSession:
		return "the session was logged out"
	}
	return "the user was logged out, or too many tokens of the user or client were revoked, after the token was issued"
}
