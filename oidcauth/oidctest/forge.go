package oidctest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Claims are a token's claims. A nil value removes a claim that would be filled in.
type Claims map[string]any

// Forgery is a token to be made. Its zero value is a good one, but for what the audience asks.
type Forgery struct {
	Header    map[string]any // added to alg, kid and typ at+jwt; nil values remove
	Claims    Claims         // added to iss, iat and exp in 5 minutes; nil values remove
	Payload   []byte         // instead of Claims, as it is
	Algorithm string         // default: the signing key's
	Key       any            // crypto.Signer, or []byte for HS256; default: the signing key
}

// Token makes a good access token for this audience: at+jwt, 5 minutes, with these claims besides.
func (p *Provider) Token(audience string, claims Claims) string {
	all := Claims{"aud": audience}
	maps.Copy(all, claims)
	return p.Forge(Forgery{Claims: all})
}

// LogoutToken makes a good logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4) for this client, with a jti of its
// own and these claims besides: sub, sid or both. Post it as the form value logout_token.
func (p *Provider) LogoutToken(clientID string, claims Claims) string {
	all := Claims{
		"aud": clientID, "jti": rand.Text(),
		"events": Claims{"http://schemas.openid.net/event/backchannel-logout": Claims{}},
	}
	maps.Copy(all, claims)
	return p.Forge(Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: all})
}

// Forge makes a token, good or bad. It panics on claims that are not JSON and keys that cannot sign: both are
// mistakes in the test.
func (p *Provider) Forge(f Forgery) string {
	token, sub := p.forge(f)
	if sub != "" {
		p.mu.Lock()
		p.tokens[token] = sub
		p.mu.Unlock()
	}
	return token
}

// sign makes a JWT that is no token: no endpoint knows it.
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
	token, err := jose.Sign(alg, header, payload, f.Key)
	if err != nil {
		panic(fmt.Sprintf("oidctest: sign: %v", err))
	}
	sub, _ = claims["sub"].(string)
	return token, sub
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
