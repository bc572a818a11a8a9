package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

var (
	// ErrNotSigned reports an answer without the signature that the [Config] requires.
	ErrNotSigned = errors.New("provider: the answer is not signed")
	// ErrUnverified reports a signed answer that does not verify. It says nothing about the token in question.
	ErrUnverified = errors.New("provider: the signed answer cannot be verified")
)

const (
	answerLeeway = time.Minute
	maxAnswerAge = 5 * time.Minute
)

// verifier verifies signed answers of the provider. It is nil if no issuer is known; a nil verifier accepts no
// answer.
type verifier struct {
	issuer     string
	audience   []string
	algorithms []string
	keys       keyset.Set
	now        func() time.Time

	userInfoTypes []string // The types that say UserInfo, in lower case and without application/.
	anyUserInfo   bool
}

func newVerifier(c Config) (*verifier, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // see verifier
	}
	v := &verifier{issuer: c.Issuer, audience: slices.Clone(c.SignedFor), algorithms: slices.Clone(c.Algorithms), now: c.Now}
	v.userInfoTypes, v.anyUserInfo = append(plainTypes(c.UserInfoTypes), userInfoTypes...), c.InsecureAnySignedUserInfo
	if c.ClientID != "" {
		v.audience = append(v.audience, c.ClientID)
	}
	if len(v.algorithms) == 0 {
		v.algorithms = jose.Algorithms()
	}
	source := c.Keys
	if source == nil {
		source = certsource.Discovered{}
	}
	bound, err := keybind.Bind(source, keybind.Binding{
		Issuer: c.Issuer, DiscoveryURL: c.DiscoveryURL, HTTPClient: c.HTTPClient, Now: c.Now,
	})
	switch {
	case err == nil:
		v.keys = keyset.Set{Source: bound, Issuer: c.Issuer}
		return v, nil
	case c.Keys == nil && !c.RequireSignedUserInfo && !c.RequireSignedIntrospection:
		return nil, nil //nolint:nilnil // the issuer has no discovery, and its answers need not be signed
	}
	return nil, &ConfigError{"Keys", "cannot be used", err}
}

func unverified(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUnverified, fmt.Errorf(format, args...))
}

// introspection returns the token_introspection of a signed answer (RFC 9701 section 5).
func (v *verifier) introspection(ctx context.Context, body []byte) (strictjson.Object, error) {
	t, err := v.verify(ctx, body, demands{types: introspectionTypes, complete: true})
	if err != nil {
		return strictjson.Object{}, err
	}
	if !t.Claims.Has("iat") {
		return strictjson.Object{}, unverified("iat is missing")
	}
	member, _ := t.Claims.Get("token_introspection")
	o, ok := member.Object()
	if !ok {
		return strictjson.Object{}, unverified("token_introspection is not an object")
	}
	return o, nil
}

// userInfo returns the claims of a signed answer, which should contain iss and aud (OpenID Connect Core 1.0 section
// 5.3.2).
func (v *verifier) userInfo(ctx context.Context, body []byte) (strictjson.Object, error) {
	if v == nil {
		return strictjson.Object{}, errNoVerifier
	}
	t, err := v.verify(ctx, body, demands{types: slices.Concat(untyped, v.userInfoTypes), anyAudience: v.anyUserInfo})
	if err != nil {
		return strictjson.Object{}, err
	}
	if v.anyUserInfo {
		return t.Claims, nil
	}
	if why, found := otherToken(t.Claims, slices.Contains(v.userInfoTypes, t.Header.MediaType())); found {
		return strictjson.Object{}, unverified("%s: it may be another kind of token", why)
	}
	return t.Claims, nil
}

var errNoVerifier = unverified("no issuer is configured, or it has no keys")

// demands says what an answer must contain.
type demands struct {
	types       []string // typ must be one of these
	complete    bool     // iss and aud must be present
	anyAudience bool     // aud is not checked
}

// verify returns a JWT if the issuer signed it for this client, and recently. An iss or aud is compared if it is
// present.
func (v *verifier) verify(ctx context.Context, body []byte, d demands) (*jose.Token, error) {
	if v == nil {
		return nil, errNoVerifier
	}
	t, err := jose.Parse(string(body), maxBytes)
	if err != nil {
		return nil, unverified("%w", err)
	}
	if !slices.Contains(d.types, t.Header.MediaType()) {
		return nil, unverified("typ names another kind of token")
	}
	if !jose.Listed(v.algorithms, t.Header.Algorithm) {
		return nil, unverified("the algorithm is not allowed")
	}
	if iss, found := t.Claims.Get("iss"); (found || d.complete) && !textIs(iss, v.issuer) {
		return nil, unverified("iss is missing or names another issuer")
	}
	if err := v.checkSignature(ctx, t); err != nil {
		return nil, err
	}
	if aud, found := t.Claims.Get("aud"); (found || d.complete) && !d.anyAudience && !v.isAudience(aud) {
		return nil, unverified("aud names neither the ClientID nor one of SignedFor")
	}
	return t, v.checkTimes(t.Claims)
}

func textIs(v strictjson.Value, want string) bool {
	s, ok := v.Text()
	return ok && s == want
}

func (v *verifier) isAudience(aud strictjson.Value) bool {
	list, ok := aud.Texts()
	return ok && slices.ContainsFunc(list, func(a string) bool { return slices.Contains(v.audience, a) })
}

// checkTimes accepts an answer only while it is new, because it was made for one question. A time that is present
// must be valid.
func (v *verifier) checkTimes(o strictjson.Object) error {
	now := v.now()
	for _, c := range [...]struct {
		name string
		fits func(at time.Time) bool
	}{
		{"exp", func(at time.Time) bool { return now.Before(at.Add(answerLeeway)) }},
		{"nbf", func(at time.Time) bool { return !now.Before(at.Add(-answerLeeway)) }},
		{"iat", func(at time.Time) bool { return now.Sub(at).Abs() <= maxAnswerAge }},
	} {
		member, found := o.Get(c.name)
		if !found {
			continue
		}
		n, isNumber := member.Number()
		if at, ok := n.Date(); !isNumber || !ok || !c.fits(at) {
			return unverified("%s is out of bounds", c.name)
		}
	}
	return nil
}

// checkSignature lets the source fetch keys, within its limits, for an unknown kid. It also does for an answer that no held key
// verifies, because the answer may be the first one after a rotation.
func (v *verifier) checkSignature(ctx context.Context, t *jose.Token) error {
	q := keyset.QueryOf(t, "")
	q.Issuer = v.issuer
	keys, err := v.keys.Find(ctx, q)
	if _, fault := keyset.Verify(t, keys); fault == nil {
		return nil
	}
	others, unreachable := v.keys.Others(ctx, q, keys)
	switch _, fault := keyset.Verify(t, others); {
	case fault == nil:
		return nil
	case unreachable != nil:
		return unverified("%w", unreachable)
	case len(keys) == 0 && len(others) == 0 && err != nil:
		return unverified("%w", err)
	}
	return unverified("%w", errSignature)
}

var errSignature = errors.New("no key of the issuer verifies the signature")
