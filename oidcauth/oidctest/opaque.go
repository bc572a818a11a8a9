package oidctest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// ClientID and ClientSecret are the credentials of the client that may introspect and revoke, until
// [Provider.SetClient]. It authenticates by HTTP Basic, form-encoded, or in the body.
const (
	ClientID     = "api:orders"
	ClientSecret = "a secret, with 100% odd + signs"
)

const lifetime = 5 * time.Minute

type opaqueToken struct {
	claims Claims
	until  time.Time
}

// SetClient replaces the client that may introspect and revoke.
func (p *Provider) SetClient(id, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client = [2]string{id, secret}
}

// ClientConfig returns the configuration of a client that may introspect and revoke. It uses the provider's clock. The
// client that provider.New makes of it is for Introspection.Client, Revoker and Claims.UserInfo of an oidcauth.Issuer.
func (p *Provider) ClientConfig() provider.Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	return provider.Config{
		Issuer: p.issuer, ClientID: p.client[0], Auth: provider.Auth{Secret: p.client[1]}, Now: p.Now,
	}
}

// Opaque returns a good opaque access token for this audience. It is active for 5 minutes. Introspection returns these
// claims, which are added to iss, iat, exp, aud, client_id and token_type or replace them; a nil value removes one. The
// answer has no sub and no scope unless the claims do. Another exp does not change how long the token is active.
func (p *Provider) Opaque(audience string, claims Claims) string {
	token := "opaque-" + rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	all := Claims{
		"iss": p.issuer, "iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "aud": audience,
		"client_id": "app", "token_type": "Bearer",
	}
	overlay(all, claims)
	p.opaque[token] = opaqueToken{all, now.Add(lifetime)}
	if sub, ok := all["sub"].(string); ok {
		p.tokens[token] = sub
	}
	return token
}

// SignUserInfo makes UserInfo answer with a JWT for this audience from now on. An empty audience ends that.
func (p *Provider) SignUserInfo(audience string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signFor = audience
}

// answerIntrospection answers by RFC 7662, or by RFC 9701 if a signed answer is requested.
func (p *Provider) answerIntrospection(w http.ResponseWriter, r *http.Request) {
	const signed = "application/token-introspection+jwt"
	client, ok := p.caller(w, r, false)
	if !ok {
		return
	}
	answer := p.introspected(r.PostForm.Get("token"))
	if !strings.Contains(r.Header.Get("Accept"), signed) {
		writeJSON(w, answer)
		return
	}
	w.Header().Set("Content-Type", signed)
	_, _ = w.Write([]byte(p.sign(
		map[string]any{"typ": "token-introspection+jwt"},
		Claims{"aud": client.ID, "exp": nil, "token_introspection": answer},
	)))
}

func (p *Provider) introspected(token string) Claims {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.opaque[token]
	if !ok || !p.now().Before(known.until) {
		return Claims{"active": false}
	}
	answer := Claims{"active": true}
	maps.Copy(answer, known.claims)
	return answer
}

// answerRevocation answers by RFC 7009: revoking an unknown token is not an error.
func (p *Provider) answerRevocation(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.caller(w, r, true); !ok {
		return
	}
	token := r.PostForm.Get("token")
	p.mu.Lock()
	defer p.mu.Unlock()
	if t, found := p.refreshTokens[token]; found {
		p.revoke(t.grant)
	}
	delete(p.opaque, token)
	delete(p.tokens, token)
}
