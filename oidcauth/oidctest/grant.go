package oidctest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// grant is the grant of a user to a client by one login, with its code and its tokens.
type grant struct {
	client, sub, sid, acr, nonce string
	claims                       Claims
	scopes, resources            []string
	redirectURI, challenge, jkt  string
	authTime, until              time.Time

	used, revoked bool
	tokens        []string // The access tokens, which end with the grant.
}

func (g *grant) has(scope string) bool { return slices.Contains(g.scopes, scope) }

type refreshToken struct {
	*grant
	used bool
}

// answerGrant answers a code or a refresh token with tokens (RFC 6749 sections 4.1.3 and 6).
func (p *Provider) answerGrant(w http.ResponseWriter, r *http.Request) {
	client, ok := p.caller(w, r, true)
	if !ok {
		return
	}
	jkt, refused := p.proofOf(w, r)
	p.mu.Lock()
	var g *grant
	if refused == "" {
		if r.PostForm.Get("grant_type") == "refresh_token" {
			g, refused = p.refresh(client, r.PostForm, jkt)
		} else {
			g, refused = p.redeem(client, r.PostForm, jkt)
		}
	}
	p.mu.Unlock()
	if refused != "" {
		refuse(w, refused)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, p.tokensOf(g, r.PostForm, jkt))
}

// redeem returns the grant of a code. The second use of a code revokes the tokens of the first (RFC 6749 section 4.1.2). The caller
// holds the lock.
func (p *Provider) redeem(client Client, form url.Values, jkt string) (*grant, string) {
	g := p.codes[form.Get("code")]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case g == nil || g.client != client.ID:
		return nil, "invalid_grant"
	case g.used:
		p.revoke(g)
		return nil, "invalid_grant"
	}
	g.used = true
	if g.revoked || !p.now().Before(g.until) || form.Get("redirect_uri") != g.redirectURI ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge || g.jkt != "" && g.jkt != jkt {
		return nil, "invalid_grant"
	}
	g.jkt = jkt
	return g, ""
}

// refresh returns the grant of a refresh token, which is used once. The second use revokes the grant (RFC 9700 section 4.14.2). The
// caller holds the lock.
func (p *Provider) refresh(client Client, form url.Values, jkt string) (*grant, string) {
	t := p.refreshTokens[form.Get("refresh_token")]
	switch {
	case t == nil || t.client != client.ID || t.revoked || t.jkt != jkt:
		return nil, "invalid_grant"
	case t.used:
		p.revoke(t.grant)
		return nil, "invalid_grant"
	}
	for scope := range strings.FieldsSeq(form.Get("scope")) {
		if !t.has(scope) {
			return nil, "invalid_scope"
		}
	}
	t.used = true
	return t.grant, ""
}

// revoke ends the tokens of a grant. The caller holds the lock.
func (p *Provider) revoke(g *grant) {
	g.revoked = true
	for _, token := range g.tokens {
		delete(p.tokens, token)
		delete(p.opaque, token)
	}
}

// tokensOf returns the answer of the token endpoint. The access token is a JWT that introspection and UserInfo know.
func (p *Provider) tokensOf(g *grant, form url.Values, jkt string) Claims {
	scope := strings.Join(g.scopes, " ")
	if form.Has("scope") {
		scope = form.Get("scope")
	}
	claims := Claims{"sub": g.sub, "client_id": g.client, "scope": scope, "sid": g.sid, "auth_time": g.authTime.Unix(), "acr": orNil(g.acr)}
	answer := Claims{"token_type": "Bearer", "expires_in": int(lifetime.Seconds()), "scope": scope}
	if jkt != "" {
		claims["cnf"], answer["token_type"] = Claims{"jkt": jkt}, "DPoP"
	}
	nonce := g.nonce
	if form.Get("grant_type") == "refresh_token" {
		nonce = "" // OpenID Connect Core 1.0 section 12.2
	}
	resources := g.resources
	if form.Has("resource") {
		resources = form["resource"]
	}
	claims["aud"] = p.issuer + string(UserInfo)
	if len(resources) > 0 {
		claims["aud"] = resources
	}
	token := p.Forge(Forgery{Claims: claims})
	refresh := rand.Text()
	p.mu.Lock()
	known := Claims{"iss": p.issuer, "iat": p.now().Unix(), "exp": p.now().Add(lifetime).Unix(), "token_type": answer["token_type"]}
	overlay(known, claims)
	p.opaque[token] = opaqueToken{known, p.now().Add(lifetime)}
	g.tokens = append(g.tokens, token)
	keep(p.refreshTokens, refresh, &refreshToken{grant: g})
	fault := p.loginFault
	p.mu.Unlock()
	answer["access_token"], answer["refresh_token"] = token, refresh
	if g.has("openid") {
		answer["id_token"] = p.idToken(g, nonce, token, fault.IDToken)
	}
	overlay(answer, fault.Token)
	return answer
}

func (p *Provider) idToken(g *grant, nonce, accessToken string, changes Forgery) string {
	sum := sha256.Sum256([]byte(accessToken))
	all := Claims{
		"sub": g.sub, "aud": g.client, "sid": g.sid, "auth_time": g.authTime.Unix(), "nonce": orNil(nonce), "acr": orNil(g.acr),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), // Each key of the provider signs with SHA-256.
	}
	maps.Copy(all, g.claims)
	maps.Copy(all, changes.Claims)
	header := map[string]any{"typ": "JWT"}
	maps.Copy(header, changes.Header)
	changes.Header, changes.Claims = header, all
	token, _ := p.forge(changes)
	return token
}

// orNil returns nil for an empty text, so that the claim is left out.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
