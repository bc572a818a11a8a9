package pipeline

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// parseToken parses a JWT, or finds the issuer whose provider must introspect the token.
func parseToken(_ context.Context, t *Run) *Fault {
	jwt, err := t.Engine.parse(t.Raw)
	if rules := t.Engine.introspector(t.Raw, jwt, err); rules != nil {
		t.Rules, t.Form, t.provider.jwt = rules, Opaque, jwt
		t.Established |= KnownIssuer
		return nil
	}
	if err == nil {
		jwt.Hashed(t.hashes)
		t.Token = tokenOfJWT(jwt)
		t.Established |= Parsed
		return nil
	}
	switch code := codeOf(err); {
	case isNotJWT(err) && jose.Disguised(t.Raw):
		return Refuse(reason.MalformedToken, err, "the token is a JWT with other characters around it or between its parts; it is not introspected")
	case code == jose.NotCompact:
		return Refuse(reason.OpaqueToken, err, "the token is not a JWT, and no issuer is configured to introspect it")
	case code == jose.Encrypted:
		return Refuse(reason.EncryptedToken, err, "the token has five parts, so it is encrypted; configure the provider to issue signed tokens for this API")
	case code == jose.AlgorithmRefused:
		return Refuse(reason.AlgorithmRefused, err, "the header has no usable alg")
	}
	return Refuse(reason.MalformedToken, err, "")
}

// parse parses a JWT. Only if an issuer of padded tokens is configured, it also parses a JWT whose parts have padding. checkAlgorithm
// then refuses a token that is not in the form of its issuer.
func (e *Engine) parse(raw string) (*jose.Token, error) {
	jwt, err := jose.Parse(raw, 0)
	if err == nil || !e.acceptsPadded {
		return jwt, err
	}
	if padded, padErr := jose.ParsePadded(raw, 0); padErr == nil {
		return padded, nil
	}
	return nil, err
}

// introspector returns the issuer whose provider must introspect the token. It returns nil if this service verifies the token, or
// if no configured issuer issued it. It calls Rules.Opaque only with texts that may be tokens.
func (e *Engine) introspector(raw string, jwt *jose.Token, err error) *Rules {
	if !e.acceptsOpaque || codeOf(err) == jose.TooLarge || err == nil && jwt.Padded() {
		return nil
	}
	if err == nil {
		if rules, _, fault := e.issuers.find(jwt.Claims, Signed); fault == nil {
			if rules.IntrospectJWTs {
				return rules
			}
			return nil
		}
	} else if jose.Disguised(raw) || !isToken68(raw) {
		return nil // a malformed JWT must not be introspected, because introspection checks less than verification does
	}
	for _, rules := range e.Issuers {
		if rules.AcceptsOpaque() && (rules.Opaque != nil && rules.Opaque(raw) || rules.Opaque == nil && isNotJWT(err)) {
			return rules
		}
	}
	return nil
}

func codeOf(err error) jose.Code {
	var e *jose.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// isNotJWT reports whether the token does not even have the form of a signed JWT.
func isNotJWT(err error) bool {
	code := codeOf(err)
	return code == jose.NotCompact || code == jose.Encrypted
}
