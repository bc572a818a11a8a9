package interop

import (
	"crypto"
	"encoding/json"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// algorithms are those that all of the libraries support.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// peer is another library, called as its documentation shows: with the algorithms that an application would allow,
// and without judging times, issuers and audiences. It returns the claims that it read.
type peer struct {
	name   string
	verify func(token, alg string, pub crypto.PublicKey) (map[string]any, error)
}

var peers = []peer{{"jwx", verifyJWX}, {"go-jose", verifyGoJose}, {"golang-jwt", verifyGolangJWT}}

func verifyJWX(token, alg string, pub crypto.PublicKey) (map[string]any, error) {
	payload, err := jws.Verify([]byte(token), jws.WithKey(jwa.SignatureAlgorithm(alg), pub))
	if err != nil {
		return nil, err
	}
	return claimsOf(payload), nil
}

func verifyGoJose(token, _ string, pub crypto.PublicKey) (map[string]any, error) {
	allowed := make([]gojose.SignatureAlgorithm, 0, len(algorithms))
	for _, alg := range algorithms {
		allowed = append(allowed, gojose.SignatureAlgorithm(alg))
	}
	parsed, err := gojose.ParseSignedCompact(token, allowed)
	if err != nil {
		return nil, err
	}
	payload, err := parsed.Verify(pub)
	if err != nil {
		return nil, err
	}
	return claimsOf(payload), nil
}

func verifyGolangJWT(token, _ string, pub crypto.PublicKey) (map[string]any, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithoutClaimsValidation()).
		ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return pub, nil })
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// claimsOf reads a payload as an application does behind a library of JWS only; nil if it cannot.
func claimsOf(payload []byte) map[string]any {
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims
}
