package main

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const audience = "api://orders"

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "service")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "service")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// folder returns a folder with the settings document of this example for a provider, and the files that it refers to.
func folder(t *testing.T, issuer string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"settings.json", "users.dsn"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		text := strings.ReplaceAll(string(data), "https://login.example.com", issuer)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "users.db"))
	require.NoError(t, err)
	schema, err := os.ReadFile("users.sql")
	require.NoError(t, err)
	_, err = db.Exec(string(schema))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return dir
}

var listening = regexp.MustCompile(`listening address=(\S+)`)

// started runs the program in a folder, and returns its process and its URL.
func started(t *testing.T, dir string, args ...string) (process *exec.Cmd, url string) {
	t.Helper()
	process = exec.Command(binary, args...)
	process.Dir = dir
	log, err := process.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = process.Process.Kill() }) // after Wait, it does nothing
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return process, "http://" + found[1]
		}
	}
	require.FailNow(t, "the program ended before it listened")
	return nil, ""
}

func get(t *testing.T, url string, header http.Header) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	req.Header, req.Host = header, header.Get("Host")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// arguments are those of the container, with another path and another port.
func arguments(t *testing.T) []string {
	t.Helper()
	args := instructionsOf(t, "Containerfile").exec(t, "ENTRYPOINT")[1:]
	for i := range args {
		args[i] = strings.NewReplacer("/etc/service/settings.json", "settings.json", ":8080", "127.0.0.1:0").Replace(args[i])
	}
	return args
}

func TestServiceOfADocument(t *testing.T) {
	p := oidctest.New(t)
	process, url := started(t, folder(t, p.Issuer()), arguments(t)...)
	for login, want := range map[string]int{"alice": http.StatusOK, "bob": http.StatusForbidden, "carol": http.StatusForbidden} {
		status, body := get(t, url+"/orders", bearer(p.Token(audience, oidctest.Claims{"preferred_username": login})))
		require.Equal(t, want, status, login)
		if status == http.StatusOK {
			require.Equal(t, "orders of Alice\n", body)
		}
	}
	status, _ := get(t, url+"/orders", bearer(p.Token("api://other", oidctest.Claims{"preferred_username": "alice"})))
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = get(t, url+"/orders", http.Header{})
	require.Equal(t, http.StatusUnauthorized, status)

	_, metrics := get(t, url+"/metrics", http.Header{})
	require.Regexp(t, `(?m)^oidcauth_decisions_total\{.*reason="wrong_audience".*\} 1$`, metrics)
	status, page := get(t, url+"/debug/auth/", http.Header{})
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "wrong_audience")
	for _, path := range []string{"/healthz", "/readyz"} {
		status, _ = get(t, url+path, http.Header{})
		require.Equal(t, http.StatusOK, status, path)
		require.NoError(t, exec.Command(binary, "-probe", url+path).Run())
	}

	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait())
	require.Error(t, exec.Command(binary, "-probe", url+"/healthz").Run())
}

// The service starts while its provider is down, and is then alive, but not ready.
func TestServiceIsNotReadyWithoutKeys(t *testing.T) {
	p := oidctest.New(t)
	p.Fail(oidctest.Discovery, oidctest.Fault{Status: http.StatusInternalServerError})
	process, url := started(t, folder(t, p.Issuer()), arguments(t)...)
	status, _ := get(t, url+"/healthz", http.Header{})
	require.Equal(t, http.StatusOK, status)
	status, _ = get(t, url+"/readyz", http.Header{})
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Error(t, exec.Command(binary, "-probe", url+"/readyz").Run())
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait())
}

func TestFaultyDocumentEndsTheProgram(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "settings.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"providers": {"corp": {"issuers": "https://login.example.com"}}}`), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, "-settings", file).CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(out), "settings.json:1:25")
}

func TestPageIsForThisMachineOnly(t *testing.T) {
	for _, c := range []struct {
		from, host string
		want       int
	}{
		{"127.0.0.1:40000", "localhost:8080", http.StatusOK},
		{"[::1]:40000", "[::1]:8080", http.StatusOK},
		{"[::ffff:127.0.0.1]:40000", "127.0.0.1", http.StatusOK},
		{"192.0.2.1:40000", "localhost:8080", http.StatusForbidden},
		{"127.0.0.1:40000", "rebound.example.com:8080", http.StatusForbidden},
		{"", "localhost", http.StatusForbidden},
	} {
		r := httptest.NewRequest(http.MethodGet, "/debug/auth/", http.NoBody)
		r.RemoteAddr, r.Host = c.from, c.host
		w := httptest.NewRecorder()
		loopbackOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		require.Equal(t, c.want, w.Code, "%s for %s", c.from, c.host)
	}
}
