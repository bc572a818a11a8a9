package pipeline

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// parseToken reads a JWT, or finds out whom to ask about a token that is none.
func parseToken(_ context.Context, t *Run) *Fault {
	token, err := jose.Parse(t.Raw, 0)
	if iss := t.introspector(token, err); iss != nil {
		t.Rules, t.Form, t.unverified = iss, Opaque, token
		t.Established |= KnownIssuer
		return nil
	}
	if err == nil {
		token.Hashed(t.hashes)
		t.Token = token
		t.Established |= Parsed
		return nil
	}
	var fault *jose.Error
	if errors.As(err, &fault) {
		switch {
		case noJWT(err) && jose.Disguised(t.Raw):
			return Refuse(reason.MalformedToken, err, "a JWT with something around it or between its parts: no provider is asked about it")
		case fault.Code == jose.NotCompact:
			return Refuse(reason.OpaqueToken, err, "not a JWT, and no issuer is configured to introspect it")
		case fault.Code == jose.Encrypted:
			return Refuse(reason.EncryptedToken, err, "five parts: the token is encrypted; have the provider issue signed tokens for this API")
		case fault.Code == jose.AlgorithmRefused:
			return Refuse(reason.AlgorithmRefused, err, "the header has no usable alg")
		}
	}
	return Refuse(reason.MalformedToken, err, "")
}

func checkAlgorithm(_ context.Context, t *Run) *Fault {
	alg := t.Token.Header.Algorithm
	if !jose.Allowed(alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is never accepted", record.Short(alg))
	}
	if list := t.RulesOrDefault().Algorithms; list != nil && !jose.Listed(list, alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is not in the issuer's list", alg)
	}
	t.Established |= Signable
	return nil
}
