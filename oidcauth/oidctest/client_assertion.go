package oidctest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertedID returns the client_id of a request with a client assertion. The parameter may be absent (RFC 7521 section 4.2).
func assertedID(r *http.Request) string {
	if id := r.PostForm.Get("client_id"); id != "" {
		return id
	}
	t, err := jose.Parse(r.PostForm.Get("client_assertion"), 0)
	if err != nil {
		return ""
	}
	return t.Claims.Text("sub")
}

// isAsserted reports whether the request has a good assertion of the client (RFC 7523 section 3), which was not sent before, and no
// other credentials (RFC 6749 section 2.3).
func (p *Provider) isAsserted(c Client, r *http.Request) bool {
	text := r.PostForm.Get("client_assertion")
	t, err := jose.Parse(text, 0)
	if err != nil || r.PostForm.Get("client_assertion_type") != assertionType || r.PostForm.Has("client_secret") || r.Header.Get("Authorization") != "" {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Claims.Text("iss") != c.ID || t.Claims.Text("sub") != c.ID || !p.isFor(t.Claims, r) || !p.isSoon(t.Claims) || !signedBy(c, t, text) {
		return false
	}
	jti := t.Claims.Text("jti")
	_, seen := p.assertions[c.ID+" "+jti]
	keep(p.assertions, c.ID+" "+jti, struct{}{})
	return jti != "" && !seen
}

// signedBy reports whether the client has signed the assertion: with its key, or with its secret if it has no key.
func signedBy(c Client, t *jose.Token, text string) bool {
	if c.PublicKey != nil {
		return t.Verify(c.PublicKey) == nil
	}
	dot := strings.LastIndexByte(text, '.')
	signature, err := base64.RawURLEncoding.DecodeString(text[dot+1:])
	if err != nil || t.Header.Algorithm != "HS256" || c.Secret == "" {
		return false
	}
	sum := hmac.New(sha256.New, []byte(c.Secret))
	sum.Write([]byte(text[:dot]))
	return hmac.Equal(signature, sum.Sum(nil))
}

// isFor reports whether the aud is the issuer or the URL of the endpoint.
func (p *Provider) isFor(claims strictjson.Object, r *http.Request) bool {
	aud, _ := claims.Get("aud")
	all, _ := aud.Texts()
	return slices.Contains(all, p.issuer) || slices.Contains(all, p.issuer+r.URL.Path)
}

// isSoon reports whether the exp lies ahead, by at most an hour. The caller holds the lock.
func (p *Provider) isSoon(claims strictjson.Object) bool {
	until, ok := expiry(claims)
	return ok && p.now().Before(until) && !until.After(p.now().Add(time.Hour))
}
