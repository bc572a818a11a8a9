package otelauth

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/knownbearer/knownbearer/internal/series"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// record adds an event to the current span. It omits the texts of an event that may repeat a part of a token or of a request.
func record(ctx context.Context, e decision.Event) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	switch e.Kind {
	case decision.Accepted, decision.Refused:
		recordDecision(span, e.Kind, e.Decision)
	case decision.Revoked:
		span.AddEvent("oidcauth.revoked", trace.WithAttributes(issuerKey.String(e.Issuer),
			resultKey.String(series.Success(e.Revocation.Fault)), atProviderKey.String(series.Outcome(e.Revocation.AtProvider))))
	case decision.LoggedOut:
		span.AddEvent("oidcauth.logged_out", trace.WithAttributes(issuerKey.String(e.Issuer)))
	case decision.Fetched:
		span.AddEvent("oidcauth.fetched", trace.WithAttributes(issuerKey.String(e.Issuer), endpointKey.String(series.Endpoint(e.Fetch.Endpoint)),
			resultKey.String(series.Result(e.Fetch.Result)), durationKey.Float64(e.Fetch.Elapsed.Seconds())))
	}
}

func recordDecision(span trace.Span, kind decision.EventKind, d *decision.Decision) {
	about := []attribute.KeyValue{
		decisionKey.String(d.ID), resultKey.String(string(kind)), issuerKey.String(d.Issuer), cachedKey.Bool(d.Cached),
	}
	if kind == decision.Refused {
		about = append(about, reasonKey.String(series.Reason(d.Reason)), laterKey.Bool(d.AfterAcceptance))
		if len(d.Hints) > 0 {
			about = append(about, hintsKey.StringSlice(d.HintCodes()))
		}
	}
	span.SetAttributes(about...)
	span.AddEvent("oidcauth."+string(kind), trace.WithAttributes(append(about, durationKey.Float64(d.Elapsed.Seconds()))...))
	for _, h := range d.Hints {
		span.AddEvent("oidcauth.hint", trace.WithAttributes(hintKey.String(h.Code), causeKey.String(h.Cause), fixKey.String(h.Fix)))
	}
}

// SetUser sets the attribute user.id of the current span to the ID of the user in the context's [oidcauth.Identity], or to the sub of
// its token if no user was looked up. It does nothing without an Identity. Spans are kept apart from the service, so call it only if
// they may name persons.
func SetUser(ctx context.Context) {
	id, ok := oidcauth.FromContext(ctx)
	if !ok {
		return
	}
	user := id.User().ID
	if user == "" {
		user = id.Subject()
	}
	if user != "" {
		trace.SpanFromContext(ctx).SetAttributes(userKey.String(user))
	}
}

// User returns a handler that calls [SetUser] and then next. It is for use behind Authenticator.Handler.
func User(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetUser(r.Context())
		next.ServeHTTP(w, r)
	})
}
