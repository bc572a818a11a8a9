package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/promauth"
	"github.com/knownbearer/knownbearer/usermap"
)

// queries returns every query of the dashboard by its panel, with values for its variables.
func queries(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("dashboard.json")
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			Title, Description string
			Targets            []struct{ Expr string }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	require.NoError(t, json.Unmarshal(text, &board))
	out := map[string][]string{}
	variables := strings.NewReplacer("$__rate_interval", "10s", "$__range", "1m", "$job", "orders", "$issuer", ".*")
	for _, p := range board.Panels {
		require.NotEmpty(t, p.Description, p.Title)
		for _, target := range p.Targets {
			out[p.Title] = append(out[p.Title], variables.Replace(target.Expr))
		}
	}
	for _, a := range board.Annotations.List {
		out[a.Name] = append(out[a.Name], variables.Replace(a.Expr))
	}
	return out
}

// A service with traffic of every kind fills every panel of the dashboard.
func TestEveryPanelShowsData(t *testing.T) {
	tool(t, "prometheus")
	r := run(t, func(r *running, c *oidcauth.Config) {
		r.introspects(c)
		c.Revocation.DenyList = &denylist.Memory{}
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "7", Enabled: true}})
	})
	server := startPrometheus(t, map[string]string{"orders": r.address()})
	require.Eventually(t, func() bool { return server.series(t, "up == 1") == 1 }, patience, poll)
	traffic := func() {
		seen := r.good()
		for _, token := range []string{seen, seen, r.good(), r.Opaque(audience, oidctest.Claims{"sub": "alice"}), r.Token("other", nil)} {
			r.send(token)
		}
		r.revoke()
	}
	require.Eventually(t, func() bool {
		traffic()
		return server.series(t, "oidcauth_key_set_info") > 0
	}, patience, poll)
	require.NoError(t, r.Rotate("ES256"))
	for panel, all := range queries(t) {
		for _, query := range all {
			if strings.Contains(query, "oidcauth_later_refusals_total") {
				server.series(t, query) // This service refuses nothing later.
				continue
			}
			require.Eventually(t, func() bool {
				traffic()
				return server.series(t, query) > 0
			}, patience, poll, "%s: %s", panel, query)
		}
	}
}

func TestQueriesNameMetricsThatExist(t *testing.T) {
	metrics, err := promauth.New(nil)
	require.NoError(t, err)
	described, exist := make(chan *prometheus.Desc, 100), []string{}
	metrics.Describe(described)
	close(described)
	for d := range described {
		exist = append(exist, regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1])
	}
	rules, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	texts := []string{string(rules)}
	for _, all := range queries(t) {
		texts = append(texts, all...)
	}
	for _, text := range texts {
		for _, name := range regexp.MustCompile(`\boidcauth_\w+`).FindAllString(text, -1) {
			require.Contains(t, exist, strings.TrimSuffix(name, "_bucket"))
		}
	}
}
