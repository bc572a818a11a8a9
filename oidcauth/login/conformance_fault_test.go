package login_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

var noKeyID = oidctest.Forgery{Header: map[string]any{"kid": nil}}

// secondKey publishes two RSA keys, and ID tokens do not name theirs.
func secondKey(w *world) {
	require.NoError(w.t, w.op.Rotate("RS256"))
	idToken(noKeyID)(w)
}

func signsWith(alg string) func(*world) {
	return func(w *world) { require.NoError(w.t, w.op.Rotate(alg)) }
}

// foreign returns keys that no provider publishes.
var foreign = sync.OnceValue(func() map[string]crypto.Signer {
	small, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	large, _ := rsa.GenerateKey(rand.Reader, 2048)
	return map[string]crypto.Signer{"ES256": small, "RS256": large}
})

// signsWithAnother signs ID tokens with a key that has the kid of the published one.
func signsWithAnother(alg string) func(*world) {
	return func(w *world) {
		require.NoError(w.t, w.op.Rotate(alg))
		idToken(oidctest.Forgery{Key: foreign()[alg]})(w)
	}
}

func signsWithTheSecret(w *world) {
	idToken(oidctest.Forgery{Algorithm: "HS256", Key: []byte(oidctest.ClientSecret)})(w)
}

// asksUserInfo takes the user from a claim that only UserInfo has.
var asksUserInfo = setup{auth: func(c *authConfig) {
	c.Issuers[0].Claims.User = claims.Name("email")
	client, err := provider.New(provider.Config{Issuer: c.Issuers[0].URL})
	if err != nil {
		panic(err)
	}
	c.Issuers[0].Claims.UserInfo = client // a login asks with its own client
}}

func otherUserInfo(w *world) {
	w.op.SetUserInfo("alice", oidctest.Claims{"sub": "mallory", "email": "alice@corp.example"})
}
