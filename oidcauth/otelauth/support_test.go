package otelauth_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/otelauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	audience = "api://orders"
	patience = 30 * time.Second
	poll     = time.Millisecond
)

// service is a traced service on a loopback socket, and the provider that it trusts.
type service struct {
	*oidctest.Provider
	t     *testing.T
	spans *tracetest.InMemoryExporter
	http  *http.Client // The traced client of every call to others.
	graph string
	meter *sdkmetric.ManualReader
	told  *otelauth.Telemetry
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
	s.meter = sdkmetric.NewManualReader()
	s.told = otelauth.New(otelauth.Options{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.meter))})
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
	config.OnEvent = s.told.OnEvent
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

// collect returns the value of each series by its name and attributes; of a histogram, its count.
func (s *service) collect() map[string]float64 {
	s.t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(s.t, s.meter.Collect(s.t.Context(), &all))
	out := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			add := func(of attribute.Set, value float64) {
				out[strings.ReplaceAll(m.Name+"{"+of.Encoded(attribute.DefaultEncoder())+"}", s.Issuer(), "ISS")] = value
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Value))
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Value))
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(p.Attributes, float64(p.Count))
				}
			default:
				s.t.Fatalf("%s is %T", m.Name, data)
			}
		}
	}
	return out
}

// attributes returns those of the last request's span, and events those of its events, by name.
func (s *service) attributes() map[string]string {
	s.t.Helper()
	server := s.server()
	require.NotEmpty(s.t, server)
	return texts(server[len(server)-1].Attributes)
}

func (s *service) events() map[string]map[string]string {
	s.t.Helper()
	server, out := s.server(), map[string]map[string]string{}
	require.NotEmpty(s.t, server)
	for _, e := range server[len(server)-1].Events {
		out[e.Name] = texts(e.Attributes)
	}
	return out
}

func texts(of []attribute.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range of {
		out[string(a.Key)] = a.Value.String()
	}
	return out
}

func hook(t *testing.T) func(context.Context, decision.Event) {
	t.Helper()
	return newService(t).told.OnEvent
}
