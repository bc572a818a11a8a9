package drill_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// reading is the first text that an operator reads in each place.
type reading struct {
	tool, log string
	// page is the headline of the page for the decision id. pasted is the headline for the request that is pasted there. It is
	// empty if the route requires scopes, because the page explains the token alone.
	page, pasted string

	status int // the exit status of the tool
	output string
	hints  []string // of the explanation of the request
}

// read sends the request to the service, and gives it to the tool.
func (w *world) read(t *testing.T, tool string, s service, request string) reading {
	t.Helper()
	var out reading
	out.tool, out.output, out.status = explain(t, tool, w.flags(t, s), request)

	records := &refusals{}
	c := w.config(t, s, slog.New(records))
	var last *decision.Decision
	c.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			last = e.Decision
		}
	}
	auth, err := oidcauth.New(c)
	require.NoError(t, err)
	debug := auth.DebugHandler(func(h http.Handler) http.Handler { return http.StripPrefix("/debug", h) })
	out.hints = explained(t, auth, request).HintCodes() // before the request uses up its proof
	h := auth.Handler(auth.RequireScopes(s.scopes...)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	require.NoError(t, err)
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.NotNil(t, last)
	require.LessOrEqual(t, len(records.messages), 1)
	if len(records.messages) == 1 {
		out.log = records.messages[0]
		out.page = headline(t, debug, httptest.NewRequest(http.MethodGet, "/debug/decision?id="+last.ID, nil))
	}
	if len(s.scopes) == 0 {
		paste := httptest.NewRequest(http.MethodPost, "/debug/explain", strings.NewReader(url.Values{"text": {request}}.Encode()))
		paste.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out.pasted = headline(t, debug, paste)
	}
	return out
}

func explained(t *testing.T, auth *oidcauth.Authenticator, request string) *decision.Decision {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	require.NoError(t, err)
	return auth.ExplainRequest(r)
}

// explain runs the tool with the request on its standard input, and returns the first line of its output.
func explain(t *testing.T, tool string, flags []string, request string) (line, output string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), tool, flags...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(request), &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	status = command.ProcessState.ExitCode()
	require.Less(t, status, 2, errs.String())
	line, _, _ = strings.Cut(out.String(), "\n")
	return line, out.String(), status
}

// builtTool returns the command of examples/explain.
func builtTool(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "explain")
	text, err := exec.CommandContext(t.Context(), "go", "build", "-o", out, "github.com/knownbearer/knownbearer/examples/explain").CombinedOutput()
	require.NoError(t, err, string(text))
	return out
}

var h1 = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)

func headline(t *testing.T, h http.Handler, r *http.Request) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	found := h1.FindStringSubmatch(w.Body.String())
	require.NotNil(t, found)
	return html.UnescapeString(found[1])
}

// refusals keeps the messages of the records of refusals.
type refusals struct{ messages []string }

func (*refusals) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (r *refusals) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "event" && a.Value.String() == string(decision.Refused) {
			r.messages = append(r.messages, record.Message)
		}
		return true
	})
	return nil
}

func (r *refusals) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *refusals) WithGroup(string) slog.Handler      { return r }
