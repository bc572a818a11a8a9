package oidcauth

import (
	"crypto/rand"
	"log/slog"
	"net/http"
)

// tokenFacts is what may be logged of a token, so that the provider's own log can be matched. It holds neither the
// token nor personal claims; before the signature is verified it is what the sender wrote.
type tokenFacts struct{ issuer, audience, keyID, jti, iat, exp string }

func (t *attempt) facts() tokenFacts {
	if t.token == nil {
		return tokenFacts{}
	}
	raw := func(claim string) string {
		v, _ := t.token.Claims.Get(claim)
		return clip(v.Raw())
	}
	return tokenFacts{clip(t.text("iss")), raw("aud"), clip(t.token.Header.KeyID), clip(t.text("jti")), raw("iat"), raw("exp")}
}

// recorded returns the refusal with a decision id, and logs it unless it has one: then that was done before.
func (a *Authenticator) recorded(r *http.Request, err error) *Error {
	e := asError(err)
	if e.DecisionID != "" {
		return e
	}
	named := *e // the caller's may be shared
	named.DecisionID = rand.Text()
	a.log(r, &named)
	return &named
}

// log writes one record a refusal. Only a dependency's failure is an error: no sender of bad tokens can flood that level.
func (a *Authenticator) log(r *http.Request, e *Error) {
	level := slog.LevelInfo
	if e.Reason.kind() == unavailable {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("decision_id", e.DecisionID), slog.String("reason", string(e.Reason)), slog.Int("status", e.Status()),
		slog.String("detail", e.Detail), slog.String("method", r.Method), slog.String("route", r.Pattern),
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("cause", e.Err.Error()))
	}
	if f := e.token; f != (tokenFacts{}) {
		attrs = append(attrs, slog.Group("token", slog.String("iss", f.issuer), slog.String("aud", f.audience),
			slog.String("kid", f.keyID), slog.String("jti", f.jti), slog.String("iat", f.iat), slog.String("exp", f.exp)))
	}
	a.config.Logger.LogAttrs(r.Context(), level, "bearer token refused", attrs...)
}
