package oidctest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// answerToken issues access tokens to the client of [Provider.ClientConfig]: its own (client_credentials), or for the sub of a good token,
// by RFC 8693 or on behalf of. A token that is requested with a DPoP proof is bound to its key. The audience is the parameter audience or
// resource, or the scope up to its last slash.
func (p *Provider) answerToken(w http.ResponseWriter, r *http.Request) {
	if grant := r.PostFormValue("grant_type"); grant == "authorization_code" || grant == "refresh_token" {
		p.answerGrant(w, r)
		return
	}
	caller, ok := p.caller(w, r, false)
	if !ok {
		return
	}
	client := caller.ID
	claims := Claims{"sub": client, "client_id": client}
	answer := Claims{"token_type": "Bearer", "expires_in": int(lifetime.Seconds())}
	jkt, badProof := p.proofOf(w, r)
	if jkt != "" {
		claims["cnf"], answer["token_type"] = Claims{"jkt": jkt}, "DPoP"
	}
	refused := p.grantTo(r.PostForm, claims, answer)
	if jkt == "" && badProof != "" {
		refused = badProof
	}
	audience := audienceOf(r.PostForm)
	if refused == "" && audience == "" {
		refused = "invalid_target"
	}
	if refused != "" {
		w.WriteHeader(http.StatusBadRequest)
		writeJSON(w, Claims{"error": refused})
		return
	}
	if scope := r.PostForm.Get("scope"); scope != "" {
		claims["scope"], answer["scope"] = scope, scope
	}
	answer["access_token"] = p.Token(audience, claims)
	writeJSON(w, answer)
}

// grantTo completes the claims and the answer by the kind of the grant. It returns an error code if the grant is refused.
func (p *Provider) grantTo(form url.Values, claims, answer Claims) (refused string) {
	switch form.Get("grant_type") {
	case "client_credentials":
		return ""
	case "urn:ietf:params:oauth:grant-type:token-exchange":
		answer["issued_token_type"] = provider.AccessTokenType
		if kind := form.Get("requested_token_type"); kind != "" && kind != provider.AccessTokenType {
			return "invalid_request"
		}
		return p.exchange(claims, form.Get("subject_token"))
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		return p.exchange(claims, form.Get("assertion"))
	}
	return "unsupported_grant_type"
}

// exchange sets sub to that of a good token, with the client as the actor. It returns an error code if the token is not good.
func (p *Provider) exchange(claims Claims, token string) (refused string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sub, known := p.tokens[token]
	if !known || !p.isGood(token) {
		return "invalid_grant"
	}
	claims["act"] = Claims{"sub": claims["sub"]}
	claims["sub"] = sub
	return ""
}

// isGood reports whether a token is neither forged nor expired. The caller holds the lock.
func (p *Provider) isGood(token string) bool {
	if t, found := p.opaque[token]; found {
		return p.now().Before(t.until)
	}
	t, err := jose.Parse(token, 0)
	if err != nil {
		return false
	}
	until, ok := expiry(t.Claims)
	for _, k := range p.keys {
		if ok && p.now().Before(until) && t.Verify(k.private.Public()) == nil {
			return true
		}
	}
	return false
}

// expiry returns the exp of a token.
func expiry(claims strictjson.Object) (until time.Time, ok bool) {
	exp, _ := claims.Get("exp")
	d, _ := exp.Number()
	return d.Date()
}

func audienceOf(form url.Values) string {
	scope, _, _ := strings.Cut(form.Get("scope"), " ")
	api := scope[:max(strings.LastIndexByte(scope, '/'), 0)]
	for _, name := range []string{form.Get("audience"), form.Get("resource"), api} {
		if name != "" {
			return name
		}
	}
	return ""
}
