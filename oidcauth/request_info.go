package oidcauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// requestInfo describes the request or call that carried a token. Decisions show it.
type requestInfo struct {
	method, route string
	credentials   []string         // the values of the header that contains the token
	header        string           // the name of this header; "" means Authorization
	request       *http.Request    // nil if the token arrived without one
	sender        *pipeline.Sender // nil if the request has neither a proof nor a certificate
}

// describe adds the request to a decision.
func (a *Authenticator) describe(ctx context.Context, d *decision.Decision, from requestInfo) {
	d.Method, d.Route = record.Short(from.method), record.Short(from.route)
	switch {
	case a.config.Log.TraceID != nil:
		d.TraceID = record.Short(a.config.Log.TraceID(ctx))
	case from.request != nil:
		d.TraceID = traceID(from.request.Header["Traceparent"])
	}
	if a.config.Log.Remote != nil && from.request != nil {
		d.Remote = record.Short(a.config.Log.Remote(from.request))
	}
}

// The form of traceparent (W3C Trace Context section 3.2): version, trace-id, parent-id and flags, in lower case hexadecimal digits.
const (
	traceStart  = len("00-")
	traceEnd    = traceStart + 32
	minTraceLen = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
)

// traceID returns the trace-id of a header, or "" if the header is not exactly one valid value.
func traceID(values []string) string {
	if len(values) != 1 || len(values[0]) < minTraceLen || values[0][traceStart-1] != '-' || values[0][traceEnd] != '-' {
		return ""
	}
	id := values[0][traceStart:traceEnd]
	if strings.Trim(id, "0123456789abcdef") != "" || strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}
