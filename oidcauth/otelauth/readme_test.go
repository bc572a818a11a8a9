package otelauth_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func TestBlockOfThePage(t *testing.T) {
	s := newService(t)
	s.spans = tracetest.NewInMemoryExporter()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdk.NewTracerProvider(sdk.WithSyncer(s.spans)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	handler, err := traced(s.Config(audience), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	require.Equal(t, http.StatusOK, s.request(s.Token(audience, oidctest.Claims{"sub": "alice"})))
	require.Equal(t, "accepted", s.attributes()["oidcauth.result"])
	require.Equal(t, "alice", s.attributes()["user.id"])
	require.Equal(t, []string{"/.well-known/openid-configuration", "/jwks"}, paths(s.calls()))
}

// The instruments and attributes of the code are those of the page.
func TestPageListsEveryInstrumentAndAttribute(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var code []byte
	for _, file := range []string{"telemetry.go", "state.go", "span.go"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		code = append(code, text...)
	}
	names := func(pattern string, text []byte) (out []string) {
		for _, found := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			out = append(out, string(found[1]))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	exist := names(`"((?:oidcauth|http|user)\.[\w.]+)"`, code)
	exist = append(exist, "oidcauth."+string(decision.Accepted), "oidcauth."+string(decision.Refused))
	for _, name := range exist {
		require.Contains(t, string(page), "`"+name+"`")
	}
	require.Subset(t, exist, names("`((?:oidcauth|http|user)\\.[a-z_.]+)`", page))
}
