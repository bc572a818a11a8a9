package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/needed"
	"github.com/stretchr/testify/require"
)

const (
	patience = time.Minute
	poll     = 200 * time.Millisecond
	attempts = 3 // another process may take the port that was free
)

// tool returns the path of a program of Debian's package prometheus.
func tool(t *testing.T, name string) string {
	t.Helper()
	return needed.Program(t, name, "prometheus")
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), tool(t, "promtool"), args...).CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestFilesPassPromtool(t *testing.T) {
	promtool(t, "check", "config", "prometheus.yml")
	promtool(t, "check", "rules", "alerts.yml")
	promtool(t, "test", "rules", "alerts_test.yml")
}

// The variant differs from alerts.yml in durations only: each alert fires after a second, and each range is 10 s.
func variant(t *testing.T) string {
	t.Helper()
	rules, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	text := regexp.MustCompile(`(?m)^( *)for: \w+$`).ReplaceAllString(string(rules), "${1}for: 1s")
	return regexp.MustCompile(`\[\w+\]`).ReplaceAllString(text, "[10s]")
}

// server is a real Prometheus on loopback.
type server struct{ url string }

// startPrometheus scrapes each job at its address once a second.
func startPrometheus(t *testing.T, jobs map[string]string) *server {
	t.Helper()
	program, dir := tool(t, "prometheus"), t.TempDir()
	var config strings.Builder
	config.WriteString("global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: [alerts.yml]\nscrape_configs:\n")
	for job, address := range jobs {
		fmt.Fprintf(&config, "  - {job_name: %s, static_configs: [{targets: [%q]}]}\n", job, address)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config.String()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "alerts.yml"), []byte(variant(t)), 0o600))
	for range attempts {
		if s, ok := serve(t, program, dir); ok {
			return s
		}
	}
	require.Fail(t, "Prometheus does not start")
	return nil
}

// serve reports whether Prometheus is ready before it ends.
func serve(t *testing.T, program, dir string) (*server, bool) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	cmd := exec.Command(program, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Log(log.String())
		}
	})
	s := &server{"http://" + address}
	for end := time.After(patience); ; {
		select {
		case <-ended:
			return nil, false
		case <-end:
			require.Fail(t, "Prometheus is not ready")
		case <-time.After(poll):
		}
		if resp, err := http.Get(s.url + "/-/ready"); err == nil {
			require.NoError(t, resp.Body.Close())
			if resp.StatusCode == http.StatusOK {
				return s, true
			}
		}
	}
}

// read decodes the data of an answer of the API.
func (s *server) read(t *testing.T, path string, params url.Values, to any) {
	t.Helper()
	resp, err := http.Get(s.url + path + "?" + params.Encode())
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, string(text))
	var answer struct{ Data json.RawMessage }
	require.NoError(t, json.Unmarshal(text, &answer))
	require.NoError(t, json.Unmarshal(answer.Data, to))
}

// series returns how many series answer a query.
func (s *server) series(t *testing.T, query string) int {
	t.Helper()
	var data struct{ Result []json.RawMessage }
	s.read(t, "/api/v1/query", url.Values{"query": {query}}, &data)
	return len(data.Result)
}

// firing returns the alerts of each job that fire.
func (s *server) firing(t *testing.T) map[string][]string {
	t.Helper()
	var data struct {
		Alerts []struct {
			Labels map[string]string
			State  string
		}
	}
	s.read(t, "/api/v1/alerts", nil, &data)
	out := map[string][]string{}
	for _, a := range data.Alerts {
		if a.State == "firing" {
			out[a.Labels["job"]] = append(out[a.Labels["job"]], a.Labels["alertname"])
		}
	}
	return out
}

// rules returns the names of the alerts, as Prometheus loaded them.
func (s *server) rules(t *testing.T) (names []string, annotations []map[string]string) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct {
				Name        string
				Annotations map[string]string
			}
		}
	}
	s.read(t, "/api/v1/rules", nil, &data)
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			names, annotations = append(names, r.Name), append(annotations, r.Annotations)
		}
	}
	return names, annotations
}
