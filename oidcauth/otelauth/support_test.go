package otelauth_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	audience = "api://orders"
	patience = 5 * time.Second
	poll     = time.Millisecond
)

// service is a traced service on a loopback socket, and the provider that it trusts.
type service struct {
	*oidctest.Provider
	t     *testing.T
	spans *tracetest.InMemoryExporter
	http  *http.Client // The traced client of every call to others.
	graph string
	auth  *oidcauth.Authenticator
	url   string

	configureClient func(*provider.Config)
	handle          func(*service, *http.Request) error
	running         atomic.Int64 // The requests that have arrived.
	tracers         *sdk.TracerProvider
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t), t: t, spans: tracetest.NewInMemoryExporter(), graph: newGraph(t)}
	s.tracers = sdk.NewTracerProvider(sdk.WithSyncer(s.spans))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s.http = &http.Client{Transport: otelhttp.NewTransport(transport, otelhttp.WithTracerProvider(s.tracers))}
	return s
}

// start serves a handler behind the Authenticator.
func (s *service) start(change func(*oidcauth.Config)) {
	s.t.Helper()
	config := s.Config(audience)
	config.HTTPClient, config.Logger = s.http, slog.New(slog.NewTextHandler(io.Discard, nil))
	if change != nil {
		change(&config)
	}
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(s.t, err)
	handler := s.auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.handle == nil {
			return
		}
		if err := s.handle(s, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.running.Add(1)
		handler.ServeHTTP(w, r)
	})
	server := httptest.NewServer(otelhttp.NewHandler(counted, "orders", otelhttp.WithTracerProvider(s.tracers)))
	s.t.Cleanup(server.Close)
	s.url = server.URL
}

// client is a client of the provider.
func (s *service) client() *provider.Client {
	c := s.ClientConfig()
	c.HTTPClient = s.http
	if s.configureClient != nil {
		s.configureClient(&c)
	}
	client, err := provider.New(c)
	require.NoError(s.t, err)
	return client
}

// get returns the status of a request with the token, or 0 if there is no answer.
func (s *service) get(ctx context.Context, token string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (s *service) ofKind(kind trace.SpanKind) tracetest.SpanStubs {
	return slices.DeleteFunc(s.spans.GetSpans(), func(span tracetest.SpanStub) bool { return span.SpanKind != kind })
}

// server returns the spans of the requests to the service, and calls those of its own requests.
func (s *service) server() tracetest.SpanStubs { return s.ofKind(trace.SpanKindServer) }
func (s *service) calls() tracetest.SpanStubs  { return s.ofKind(trace.SpanKindClient) }

// has reports whether a span with this ID ended.
func (s *service) has(id trace.SpanID) bool {
	return slices.ContainsFunc(s.spans.GetSpans(), func(span tracetest.SpanStub) bool { return span.SpanContext.SpanID() == id })
}

func path(call tracetest.SpanStub) string {
	for _, a := range call.Attributes {
		if a.Key == "url.full" {
			r, _ := http.NewRequest(http.MethodGet, a.Value.AsString(), nil)
			return r.URL.Path
		}
	}
	return ""
}

func paths(calls tracetest.SpanStubs) []string {
	var out []string
	for _, call := range calls {
		out = append(out, path(call))
	}
	return out
}
