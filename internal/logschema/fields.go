// Package logschema lists the fields of the log records of package oidcauth.
package logschema

// Field describes one field. A name with a dot belongs to a group.
type Field struct {
	Name string
	// Type is the JSON type, or "time" for text as RFC 3339 says.
	Type string
	// Records are the records that have the field: values of the field event, or "all".
	Records string
	Meaning string
}

// Fields lists all fields besides time, level and msg, which package slog writes.
var Fields = []Field{
	{"event", "string", "all", "What happened: refused, accepted, revoked, logged_out, signed_in, refreshed, signed_out, fetched, reloaded, shadowed, panicked or configured"},
	{"decision_id", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, signed_out, shadowed", "The id that the header Decision-Id of the response contains too"},
	{"reason", "string", "refused, signed_out, shadowed", "The [reason](#reasons). It is absent if the user signed out"},
	{"status", "number", "refused, fetched, shadowed", "The HTTP status that the client received, or that the provider sent"},
	{"detail", "string", "refused, revoked, fetched, reloaded, shadowed", "What was observed, or the error"},
	{"hints", "list of objects", "refused, shadowed", "The known causes, the best one first"},
	{"hints.code", "string", "refused, shadowed", "The [hint](#hints)"},
	{"hints.reason", "string", "refused, shadowed", "The reason of the fault that the hint explains"},
	{"hints.cause", "string", "refused, shadowed", "The cause"},
	{"hints.fix", "string", "refused, shadowed", "How to mend it"},
	{"hints.actual", "string", "refused, shadowed", "The value in the request, in the token or in the answer of the provider"},
	{"hints.expected", "string", "refused, shadowed", "A value that would be accepted"},
	{"other_faults", "list of strings", "refused", "The reasons of further faults"},
	{"rule", "string", "refused", "The application's name for the rule that refuses, as given to Require"},
	{"after_acceptance", "boolean", "refused", "True if the token was accepted before, under the same decision_id"},
	{"signature_verified", "boolean", "refused", "Whether the token's signature is verified; if not, anyone may have written its parts"},
	{"dropped", "number", "refused, revoked, shadowed", "How many records of this reason were left out before, because they were too many"},
	{"issuer", "string", "all", "The configured issuer"},
	{"client_id", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, signed_out, shadowed", "The client to which the token was issued: azp, client_id, cid or appid"},
	{"key_id", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The kid of the token"},
	{"method", "string", "refused, accepted, signed_in, refreshed, shadowed", "The method of the request"},
	{"route", "string", "refused, accepted, signed_in, refreshed, shadowed", "The pattern that matched the request, without the values in its path"},
	{"remote", "string", "refused, accepted, signed_in, refreshed, shadowed", "The address of the sender, if Log.Remote is set"},
	{"trace_id", "string", "refused, accepted, signed_in, refreshed, shadowed", "The trace of the request, from its header traceparent or from Log.TraceID"},
	{"duration_ms", "number", "refused, accepted, signed_in, refreshed, fetched", "The duration in milliseconds"},
	{"token.iss", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The token's iss"},
	{"token.aud", "list of strings", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The token's aud"},
	{"token.jti", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The token's jti"},
	{"token.typ", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The token's header typ"},
	{"token.alg", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The token's header alg"},
	{"token.iat", "time", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "When the token was issued"},
	{"token.exp", "time", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "When the token expires"},
	{"token.key_source", "string", "refused, accepted, revoked, logged_out, signed_in, refreshed, shadowed", "The source of the key that verified the token"},
	{"record", "object", "refused, accepted", "The token without its values, if Log.RecordKey is set: see [Replay](#replay)"},
	{"stored", "boolean", "revoked", "Whether this service refuses the token from now on"},
	{"at_provider", "string", "revoked", "passed, failed, or skipped if the provider was not asked"},
	{"session", "boolean", "logged_out", "Whether the logout token names a session (sid)"},
	{"user", "boolean", "logged_out", "Whether the logout token names a user (sub)"},
	{"endpoint", "string", "fetched", "discovery, keys, userinfo, introspection, token, revocation, groups or users"},
	{"host", "string", "fetched", "The host and port of the last request"},
	{"result", "string", "fetched", "succeeded, declined (the provider refused the token or the client) or unavailable"},
	{"source", "string", "reloaded", "The document of the configuration"},
	{"configuration", "string", "reloaded", "The hash of the configuration in effect"},
	{"shadow.change", "string", "shadowed", "refuses, accepts, reason, identity or unknown"},
	{"shadow.reason", "string", "shadowed", "The reason for which the shadow refuses the request"},
	{"shadow.step", "string", "shadowed", "The step that the shadow cannot judge"},
	{"shadow.identity", "list of strings", "shadowed", "The parts of the identity that differ: user, name, tenant, roles, scopes"},
	{"warning", "string", "configured", "What is risky in the configuration"},
	{"called", "string", "panicked", "Which code of your service panicked"},
	{"panic", "string", "panicked", "The value of the panic"},
	{"stack", "string", "panicked", "Its stack"},
}
