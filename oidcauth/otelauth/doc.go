// Package otelauth adds the events and the state of an [oidcauth.Authenticator] to traces and metrics of OpenTelemetry.
//
//	config.OnEvent = otelauth.New(otelauth.Options{}).OnEvent
//
// # Traces
//
// The span of the request gets the attributes of the decision, and a span event for each decision, hint, revocation and logout.
//
// The requests to a provider, to Microsoft Graph and to your own user store have the context values of the request that caused
// them, so an [otelhttp] transport on Config.HTTPClient makes them spans of its trace. That needs no code of this package. If
// requests share a call, it belongs to the trace of the first one. Keys that are refreshed in the background belong to no request:
// such a fetch begins a trace of its own.
//
// # Attributes
//
// The attributes of metrics are parts of the configuration, such as the URL of an issuer, or words of this module, such as a reason.
// No part of a token or a request becomes one: a sender of forged tokens cannot add series. The user is recorded only if you
// call [SetUser] or [User].
//
// [otelhttp]: https://pkg.go.dev/go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp
package otelauth
