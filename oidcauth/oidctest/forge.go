package oidctest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Claims holds the claims of a token. A nil value removes a claim that would be added by default. A time, such as exp, is a
// number of seconds: p.Now().Add(-time.Hour).Unix().
type Claims map[string]any

// Forgery describes a token. The zero Forgery is a good token without aud.
type Forgery struct {
	// Header is added to alg, kid and the typ at+jwt. A nil value removes one.
	Header map[string]any
	// Claims is added to iss, iat and an exp in 5 minutes. A nil value removes one.
	Claims Claims
	// Payload replaces Claims. It is signed as it is.
	Payload []byte
	// Algorithm is the alg. If empty, it is that of the signing key. With "none", the token has no signature.
	Algorithm string
	// Key is a crypto.Signer, or a []byte for HS256. If nil, it is the signing key.
	Key any
}

// Token returns a good access token for this audience, with these claims, which are added to iss, iat, exp and aud or
// replace them. It has no sub and no scope unless the claims do. Its typ is at+jwt, and it is valid for 5 minutes.
func (p *Provider) Token(audience string, claims Claims) string {
	all := Claims{"aud": audience}
	maps.Copy(all, claims)
	return p.Forge(Forgery{Claims: all})
}

// LogoutToken returns a good logout token for this client (OpenID Connect Back-Channel Logout 1.0 section 2.4). It
// has its own jti and these additional claims: sub, sid or both. Post it as the form value logout_token.
func (p *Provider) LogoutToken(clientID string, claims Claims) string {
	all := Claims{
		"aud": clientID, "jti": rand.Text(),
		"events": Claims{"http://schemas.openid.net/event/backchannel-logout": Claims{}},
	}
	maps.Copy(all, claims)
	return p.Forge(Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: all})
}

// Forge returns a token, good or bad. It panics if the claims are not JSON or the key cannot sign.
func (p *Provider) Forge(f Forgery) string {
	token, sub := p.forge(f)
	if sub != "" {
		p.mu.Lock()
		p.tokens[token] = sub
		p.mu.Unlock()
	}
	return token
}

// sign returns a JWT that the endpoints do not accept as a token.
func (p *Provider) sign(header map[string]any, claims Claims) string {
	token, _ := p.forge(Forgery{Header: header, Claims: claims})
	return token
}

func (p *Provider) forge(f Forgery) (token, sub string) {
	p.mu.Lock()
	key, now := p.keys[len(p.keys)-1], p.now()
	p.mu.Unlock()
	header := map[string]any{"alg": key.alg, "kid": key.id, "typ": "at+jwt"}
	if f.Algorithm != "" {
		header["alg"] = f.Algorithm
	}
	overlay(header, f.Header)
	claims := map[string]any{"iss": p.issuer, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	overlay(claims, f.Claims)
	payload := f.Payload
	if payload == nil {
		var err error
		if payload, err = json.Marshal(claims); err != nil {
			panic(fmt.Sprintf("oidctest: claims: %v", err))
		}
	}
	if f.Key == nil {
		f.Key = key.private
	}
	alg, _ := header["alg"].(string)
	token, err := sign(alg, header, payload, f.Key)
	if err != nil {
		panic(fmt.Sprintf("oidctest: sign: %v", err))
	}
	sub, _ = claims["sub"].(string)
	return token, sub
}

func sign(alg string, header map[string]any, payload []byte, key any) (string, error) {
	if alg != "none" {
		return jose.Sign(alg, header, payload, key)
	}
	text, err := json.Marshal(header)
	part := base64.RawURLEncoding.EncodeToString
	return part(text) + "." + part(payload) + ".", err
}

func overlay(base, changes map[string]any) {
	for name, v := range changes {
		if v == nil {
			delete(base, name)
			continue
		}
		base[name] = v
	}
}
