package page_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/page"
)

// source records what was asked of it.
type source struct {
	texts []string
	shows []bool
}

func (*source) Home(context.Context) page.Home { return home() }

func (s *source) Explain(_ context.Context, text string, show bool) (page.Result, error) {
	s.texts, s.shows = append(s.texts, text), append(s.shows, show)
	if text == "unreadable" {
		return page.Result{}, errors.New("it is <unreadable>")
	}
	return page.Result{Now: noon, Decision: refused()}, nil
}

func (s *source) Decision(id string, show bool) (page.Result, bool) {
	s.shows = append(s.shows, show)
	return page.Result{Now: noon, Decision: refused(), Stored: true}, id == "known"
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://ops.example/debug/explain", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func form(text string) string { return url.Values{"text": {text}}.Encode() }

// ask sends a request to a handler, and returns the response with its body.
func ask(t *testing.T, s page.Source, r *http.Request) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	page.NewHandler(s).ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func get(path string) *http.Request {
	return httptest.NewRequest(http.MethodGet, "http://ops.example"+path, nil)
}

func TestRoutes(t *testing.T) {
	foreign := post(form("token"))
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	sibling := post(form("token"))
	sibling.Header.Set("Sec-Fetch-Site", "same-site")
	old := post(form("token"))
	old.Header.Set("Origin", "https://evil.example")
	multipart := post("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ntoken\r\n--x--\r\n")
	multipart.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		asked  int
	}{
		"home":                     {get("/debug/"), 200, 0},
		"home at the root":         {get("/"), 200, 0},
		"home for HEAD":            {httptest.NewRequest(http.MethodHead, "/debug/", nil), 200, 0},
		"no slash":                 {get("/debug"), 404, 0},
		"other page":               {get("/debug/other"), 404, 0},
		"POST of home":             {httptest.NewRequest(http.MethodPost, "/debug/", nil), 405, 0},
		"decision":                 {get("/debug/decision?id=known"), 200, 0},
		"decision in blanks":       {get("/debug/decision?id=%20known%20"), 200, 0},
		"unknown decision":         {get("/debug/decision?id=unknown"), 404, 0},
		"POST of a decision":       {httptest.NewRequest(http.MethodPost, "/debug/decision?id=known", nil), 405, 0},
		"explain":                  {post(form("token")), 200, 1},
		"explain nothing":          {post(form(" \n")), 400, 0},
		"explain no form":          {post("%zz"), 400, 0},
		"explain what is not read": {post(form("unreadable")), 400, 1},
		"reload of an explanation": {get("/debug/explain"), 303, 0},
		"token in the query":       {get("/debug/explain?text=token"), 303, 0},
		"token in query of POST":   {httptest.NewRequest(http.MethodPost, "/debug/explain?text=token", nil), 400, 0},
		"PUT":                      {httptest.NewRequest(http.MethodPut, "/debug/explain", nil), 405, 0},
		"another site":             {foreign, 403, 0},
		"another host of the site": {sibling, 403, 0},
		"another origin":           {old, 403, 0},
		"multipart":                {multipart, 400, 0},
		"largest body":             {post("text=" + strings.Repeat("x", page.MaxBody-5)), 200, 1},
		"body too large":           {post("text=" + strings.Repeat("x", page.MaxBody-4)), 413, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &source{}
			res, body := ask(t, s, c.r)
			require.Equal(t, c.status, res.StatusCode)
			require.Len(t, s.texts, c.asked)
			for header, want := range map[string]string{
				"Content-Security-Policy": page.Policy, "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				require.Equal(t, []string{want}, res.Header[header], header)
			}
			require.NotContains(t, body, "token in the query")
			if c.status == 303 {
				require.Equal(t, "./", res.Header.Get("Location"), "a prefix may have been stripped")
			}
			if c.status == 405 {
				require.NotEmpty(t, res.Header.Get("Allow"))
			}
		})
	}
}

func TestProblemIsAnnounced(t *testing.T) {
	_, body := ask(t, &source{}, post(form("unreadable")))
	require.Contains(t, body, `<p class="problem" role="alert">The pasted text was not examined: it is &lt;unreadable&gt;.</p>`)
}

func TestValuesAreShownOnRequestOnly(t *testing.T) {
	s := &source{}
	ask(t, s, post(form("token")))
	ask(t, s, post(form("token")+"&values=shown"))
	ask(t, s, get("/decision?id=known"))
	ask(t, s, get("/decision?id=known&values=shown"))
	require.Equal(t, []bool{false, true, false, true}, s.shows)
}

// A middleware may keep the request.
func TestRequestKeepsNoForm(t *testing.T) {
	r := post(form("token"))
	ask(t, &source{}, r)
	require.Empty(t, r.Form)
	require.Empty(t, r.PostForm)
}
