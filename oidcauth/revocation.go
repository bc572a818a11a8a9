package oidcauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// The longest life of a token that an issuer gives out, by default and at most.
const (
	defaultTokenLife = 24 * time.Hour
	maxTokenLife     = 366 * 24 * time.Hour
)

// Kinds of what a denial covers; each key is a kind and a hash.
const (
	ofToken     = "t:"
	ofSession   = "s:"
	ofSubject   = "u:" // all tokens of a subject
	ofSubjectNS = "n:" // those of its tokens that name no session
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

// tokenKey leaves the signature of a JWT out: an ECDSA signature has a second spelling that verifies as well. Of an opaque
// token no part may be left out, however many dots it has; but all spellings of it have one key.
func (t *attempt) tokenKey() string {
	if t.isJWT() {
		return denialKey(ofToken, t.raw[:strings.LastIndexByte(t.raw, '.')])
	}
	return denialKey(ofToken, canonical(t.raw))
}

// appendTokenKeys appends the keys that a denial of the token may have: tokenKey, and that of an opaque token as it is sent,
// under which earlier versions wrote it.
func (t *attempt) appendTokenKeys(keys []string) []string {
	keys = append(keys, t.tokenKey())
	if !t.isJWT() && canonical(t.raw) != t.raw {
		keys = append(keys, denialKey(ofToken, t.raw))
	}
	return keys
}

// isJWT reports whether the token is a JWT, be it verified here or introspected.
func (t *attempt) isJWT() bool { return t.form == signed || t.hearsay != nil }

// checkDenied keeps an opaque token that was revoked from being asked about, or answered from what is kept.
func checkDenied(ctx context.Context, t *attempt) *Error {
	if t.local {
		return abstain("the deny list is asked about a good token only")
	}
	return t.denied(ctx, t.appendTokenKeys(nil)...)
}

// checkRevoked looks for the token, its session and its subject.
func checkRevoked(ctx context.Context, t *attempt) *Error {
	if t.local {
		return abstain("the deny list is asked about a verified token only")
	}
	if t.auth.nothingDenied() {
		return nil
	}
	iss := t.iss()
	keys := t.appendTokenKeys(make([]string, 0, 4))
	sub, sid := t.text("sub"), t.text("sid")
	if sub != "" {
		keys = append(keys, denialKey(ofSubject, iss, sub))
	}
	switch {
	case sid != "":
		keys = append(keys, denialKey(ofSession, iss, sid))
	case sub != "":
		keys = append(keys, denialKey(ofSubjectNS, iss, sub))
	}
	return t.denied(ctx, keys...)
}

// nothingDenied is true nearly always, and hashing costs more than the rest of a request with a token that is kept. Only a
// Memory itself is believed: a list that embeds one would inherit Empty, and may keep its entries elsewhere.
func (a *Authenticator) nothingDenied() bool {
	list, ok := a.config.DenyList.(*denylist.Memory)
	return ok && list.Empty()
}

func (t *attempt) denied(ctx context.Context, keys ...string) *Error {
	found, err := t.auth.config.DenyList.Find(ctx, keys...)
	if err != nil {
		if t.auth.config.InsecureDenyListFailsOpen && ctx.Err() == nil { // the sender could end the request by himself
			return nil
		}
		return refuse(DenyListUnavailable, err, "")
	}
	for _, e := range found {
		if t.issuedUntil(e.Before) {
			return refuse(TokenRevoked, nil, "%s", covers(e.Key))
		}
	}
	return nil
}

// issuedUntil counts a token that does not say when it was issued, and one of the same second: the date that it is
// compared with may have lost its fraction.
func (t *attempt) issuedUntil(before time.Time) bool {
	if before.IsZero() || t.token == nil {
		return true
	}
	iat, present, _ := t.date("iat")
	return !present || !iat.Truncate(time.Second).After(before)
}

func covers(key string) string {
	switch key[:min(2, len(key))] {
	case ofToken:
		return "the token was revoked"
	case ofSession:
		return "the session was logged out"
	}
	return "the user was logged out after the token was issued"
}

// Revoker revokes a token at its provider (RFC 7009). A *provider.Client is one.
type Revoker interface {
	Revoke(ctx context.Context, token, hint string) error
}

// Revoke refuses an access token from now on, here and wherever the deny list is shared, and revokes it at its
// provider where Issuer.Revoker is set. The hint is access_token, refresh_token or empty (RFC 7009 section 2.1); a refresh
// token is revoked at the provider only.
//
// A token that is not good in the first place is an [Error], and nothing is kept of it. Where the provider cannot be
// reached, the error says so, and the token is refused here all the same.
func (a *Authenticator) Revoke(ctx context.Context, token, hint string) error {
	t := a.attempt(a.look(token))
	if hint == "refresh_token" {
		return t.revokeAtProvider(ctx, hint)
	}
	// What no request could send would be kept in vain: the token as it is sent would be accepted on.
	raw, fault := credential(http.Header{"Authorization": {"Bearer " + token}})
	if fault == nil {
		fault = checkToken68(raw)
	}
	if fault != nil {
		return fault
	}
	t.raw = raw
	for _, s := range steps {
		if s.of&t.form == 0 {
			continue
		}
		if fault := s.run(ctx, t); fault != nil && fault.Reason != TokenRevoked {
			t.redact(fault)
			return fault
		}
		if t.known&(verified|timely) == verified|timely {
			break
		}
	}
	until := t.now.Add(t.auth.config.MaxTokenLife)
	if !t.expiry.IsZero() {
		until = t.expiry.Add(maxLeeway) // another replica's may be longer than ours, and its clock behind
	}
	if _, err := a.config.DenyList.Add(ctx, denylist.Entry{Key: t.tokenKey(), Until: until}); err != nil {
		return refuse(DenyListUnavailable, err, "the revocation was not kept")
	}
	return t.revokeAtProvider(ctx, hint)
}

func (t *attempt) revokeAtProvider(ctx context.Context, hint string) error {
	iss := t.issuer
	if iss == nil && len(t.auth.issuers) == 1 {
		iss = t.auth.issuers[0]
	}
	for _, have := range t.auth.issuers {
		if iss == nil && have.Opaque != nil && have.Opaque(t.raw) {
			iss = have
		}
	}
	if iss == nil {
		return refuse(UnknownIssuer, nil, "no issuer takes the token")
	}
	if iss.Revoker == nil {
		if hint == "refresh_token" {
			return refuse(OpaqueToken, nil, "Issuer.Revoker is nil, and only the provider can revoke a refresh token")
		}
		return nil
	}
	if err := iss.Revoker.Revoke(ctx, t.raw, hint); err != nil {
		return fmt.Errorf("oidcauth: the provider did not revoke the token: %w", err)
	}
	return nil
}
