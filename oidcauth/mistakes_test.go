package oidcauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// blunder is a common mistake with a product, and the hint that must come first.
type blunder struct {
	name  string
	scene scene
	code  string
	tells []string // what the hint shows: parts of its actual and expected value, and names in its fix

	near func(*scene) // a change after which the hint is absent; nil if another table has one
}

// blunders lists the common mistakes with each product of examples/providers.
func blunders() map[string][]blunder {
	return map[string][]blunder{
		"Microsoft Entra ID": entraBlunders(), "Okta": oktaBlunders(), "Keycloak": keycloakBlunders(), "ADFS": adfsBlunders(),
		"Auth0": auth0Blunders(), "Amazon Cognito": cognitoBlunders(), "Google": googleBlunders(), "OpenIAM": openIAMBlunders(),
		"LemonLDAP::NG": lemonBlunders(), "Glewlwyd": glewlwydBlunders(), "ORY Hydra": hydraBlunders(), "Dex": dexBlunders(),
	}
}

func TestCommonMistakesWithProducts(t *testing.T) {
	p := oidctest.New(t)
	for product, mistakes := range blunders() {
		require.GreaterOrEqual(t, len(mistakes), 10, product)
		for _, m := range mistakes {
			t.Run(product+"/"+m.name, func(t *testing.T) {
				d := m.scene.decide(t, p)
				require.NotEmpty(t, d.Hints, d)
				require.Equal(t, m.code, d.Hints[0].Code, d)
				for _, words := range m.tells {
					require.Contains(t, strings.Join([]string{d.Hints[0].Actual, d.Hints[0].Expected, d.Hints[0].Fix}, "\n"), words)
				}
				if m.near != nil {
					m.near(&m.scene)
					require.NotContains(t, m.scene.decide(t, p).HintCodes(), m.code)
				}
			})
		}
	}
}

// like returns a scene with a token as the product writes it, at a service that accepts it, with these changes.
func like(s shape, changes ...func(*scene)) scene {
	issuer := s.issuer
	issuer.Claims.User = s.user
	value, _ := s.claims[s.user.String()].(string)
	out := scene{issuer: issuer, header: s.header, claims: merged(oidctest.Claims{"aud": nil, "sub": nil}, s.claims), users: usersOf(value)}
	for _, change := range changes {
		change(&out)
	}
	return out
}

func usersOf(value string) usermap.Finder {
	return usermap.NewTable(usermap.Entry{Value: value, User: usermap.User{ID: "7", Enabled: true}})
}

// withClaims changes claims. A nil value removes the claim.
func withClaims(changes oidctest.Claims) func(*scene) {
	return func(s *scene) { s.claims = merged(s.claims, changes) }
}

func withHeader(changes map[string]any) func(*scene) {
	return func(s *scene) { s.header = merged(s.header, changes) }
}

func withIssuer(change func(*oidcauth.Issuer)) func(*scene) {
	return func(s *scene) { change(&s.issuer) }
}

// sendingText replaces the token by a text.
func sendingText(text string) func(*scene) {
	return func(s *scene) { s.sent = func(string) []string { return []string{"Bearer " + text} } }
}

func withScopes(required ...string) func(*scene) { return func(s *scene) { s.scopes = required } }

func withChecks(all ...claims.Check) func(*scene) {
	return withIssuer(func(iss *oidcauth.Issuer) { iss.Claims.Checks = all })
}

// signedBySecret signs with a shared secret, as some products sign refresh tokens.
func signedBySecret(alg string) func(*scene) {
	return func(s *scene) { s.alg, s.key = alg, []byte("a secret that only the provider knows") }
}

// encryptedToken is a JWE with five parts.
const encryptedToken = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y3Q.dGFn"
