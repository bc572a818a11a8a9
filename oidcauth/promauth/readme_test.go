package promauth_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
)

func TestBlockOfThePage(t *testing.T) {
	mux := http.NewServeMux()
	_, err := measured(oidctest.New(t).Config(audience), mux)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Contains(t, w.Body.String(), "\noidcauth_issuer_ready{")
}

func TestPageListsEveryMetric(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `[^|]*").FindAll(page, -1) { // a row can list several
		for _, found := range regexp.MustCompile("`(\\w+)`").FindAllSubmatch(row, -1) {
			listed = append(listed, string(found[1]))
		}
	}
	m, err := promauth.New(nil)
	require.NoError(t, err)
	described := make(chan *prometheus.Desc, 100)
	m.Describe(described)
	close(described)
	var exist []string
	for d := range described {
		exist = append(exist, regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1])
	}
	slices.Sort(exist)
	slices.Sort(listed)
	require.Equal(t, exist, listed)
}
