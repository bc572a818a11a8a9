package drill_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/test/loopback"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// world is the fake provider and its surroundings.
type world struct {
	p *oidctest.Provider
	// closed is the URL of a host that refuses connections.
	closed string
	// overTLS is the URL of the provider behind a certificate of an unknown authority.
	overTLS string
	holder  *ecdsa.PrivateKey
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p := oidctest.New(t)
	overTLS := httptest.NewUnstartedServer(p)
	overTLS.Config.ErrorLog = log.New(io.Discard, "", 0)
	overTLS.StartTLS()
	t.Cleanup(overTLS.Close)
	holder, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return &world{p, "http://" + loopback.Refusing(t), overTLS.URL, holder}
}

// make makes the token, and the proof if there is one.
func (w *world) make(t *testing.T, k token) (text, proof string) {
	t.Helper()
	all := oidctest.Claims{}
	for name, v := range k.claims {
		switch v := v.(type) {
		case ago:
			all[name] = w.p.Now().Add(-time.Duration(v)).Unix()
		case ahead:
			all[name] = w.p.Now().Add(time.Duration(v)).Unix()
		default:
			all[name] = v
		}
	}
	if k.userInfo != nil {
		sub, ok := all["sub"].(string)
		require.True(t, ok)
		w.p.SetUserInfo(sub, k.userInfo)
	}
	if k.bound {
		all["cnf"] = oidctest.Claims{"jkt": jose.KeyThumbprints(w.holder.Public())[0]}
	}
	switch audience, _ := all["aud"].(string); {
	case k.text != "":
		text = k.text
	case k.opaque:
		text = w.p.Opaque(audience, all)
	case k.hmac:
		text = w.p.Forge(oidctest.Forgery{Header: k.header, Claims: all, Algorithm: "HS512", Key: []byte(strings.Repeat("symmetric key of the realm. ", 3))})
	default:
		text = w.p.Forge(oidctest.Forgery{Header: k.header, Claims: all})
	}
	if k.cut > 0 {
		text = text[:k.cut]
	}
	if k.proof != "" {
		proof = w.prove(t, text, k.proof)
	}
	return text, proof
}

// prove makes a DPoP proof for a GET of the URL.
func (w *world) prove(t *testing.T, token, url string) string {
	t.Helper()
	jwk, err := jose.MarshalJWK("", "", w.holder.Public())
	require.NoError(t, err)
	hash := sha256.Sum256([]byte(token))
	payload, err := json.Marshal(map[string]any{
		"jti": rand.Text(), "htm": http.MethodGet, "htu": url, "iat": w.p.Now().Unix(), "ath": base64.RawURLEncoding.EncodeToString(hash[:]),
	})
	require.NoError(t, err)
	out, err := jose.Sign("ES256", map[string]any{"typ": "dpop+jwt", "jwk": json.RawMessage(jwk)}, payload, w.holder)
	require.NoError(t, err)
	return out
}

// send returns the text of the request.
func (w *world) send(t *testing.T, k token, target string, lines []string) string {
	t.Helper()
	if target == "" {
		target = "/orders"
	}
	if lines == nil {
		lines = []string{"Authorization: Bearer TOKEN"}
	}
	text := "GET " + target + " HTTP/1.1\r\nHost: api.corp.example\r\nUser-Agent: shop/1.0\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	made, proof := w.make(t, k)
	return strings.NewReplacer("TOKEN", made, "PROOF", proof).Replace(text)
}

// earlierKey returns the public key of an earlier year as PEM.
var earlierKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
})
