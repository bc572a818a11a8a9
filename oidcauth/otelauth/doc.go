// Package otelauth connects package oidcauth with OpenTelemetry.
//
// Traces need no code of this package. The requests to a provider, to Microsoft Graph and to your own user store have the context
// values of the request that caused them, so an [otelhttp] transport on Config.HTTPClient makes them spans of its trace. If requests
// share a call, it belongs to the trace of the first one. Keys that are refreshed in the background belong to no request: such a
// fetch begins a trace of its own.
//
// [otelhttp]: https://pkg.go.dev/go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp
package otelauth
