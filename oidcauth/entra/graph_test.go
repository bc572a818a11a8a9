package entra_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	alice  = "00000000-0000-4000-8000-0000000000a1"
	bob    = "00000000-0000-4000-8000-0000000000b2"
	tenant = "00000000-0000-4000-8000-00000000007e"

	pageSize = 100
)

// graph is Microsoft Graph as its documentation describes getMemberObjects, paging, throttling and errors, beside a token
// endpoint of Entra ID.
type graph struct {
	*httptest.Server

	mu       sync.Mutex
	members  map[string][]string // The groups by the user's oid.
	asked    []string            // The method, path and body of the requests to Graph.
	granted  []url.Values        // The forms of the requests for tokens.
	throttle string              // Retry-After.
	deny     bool
	refuse   string // The answer to an exchange.
	link     string // Replaces the host of @odata.nextLink.
}

func newGraph(t *testing.T) *graph {
	t.Helper()
	g := &graph{members: map[string][]string{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
	}
	return out
}

// fetcher returns Groups that asks this Graph.
func (g *graph) fetcher(t *testing.T, p *oidctest.Provider, change func(*entra.GroupsConfig)) *entra.Groups {
	t.Helper()
	client, err := provider.New(provider.Config{
		TokenURL: g.URL + "/token", ClientID: "api", Auth: provider.Auth{Secret: "secret"}, Now: p.Now,
	})
	require.NoError(t, err)
	c := entra.GroupsConfig{Client: client, GraphURL: g.URL, Now: p.Now}
	if change != nil {
		change(&c)
	}
	groups, err := entra.NewGroups(c)
	require.NoError(t, err)
	return groups
}

func (g *graph) set(change func(*graph)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change(g)
}

func (g *graph) requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.asked...)
}

func (g *graph) forms() []url.Values {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]url.Values(nil), g.granted...)
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/token" {
		g.issue(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	g.asked = append(g.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	user, asUser := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer graph-of-")
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1.0/"), "/getMemberObjects")
	switch {
	case g.throttle != "":
		w.Header().Set("Retry-After", g.throttle)
		fail(w, http.StatusTooManyRequests, "TooManyRequests")
		return
	case g.deny:
		fail(w, http.StatusForbidden, "Authorization_RequestDenied")
		return
	case r.Header.Get("Authorization") != "Bearer graph-app" && (!asUser || path != "me"):
		fail(w, http.StatusUnauthorized, "InvalidAuthenticationToken")
		return
	case path != "me":
		user = strings.TrimPrefix(path, "users/")
	}
	list, known := g.members[user]
	if !known {
		fail(w, http.StatusNotFound, "Request_ResourceNotFound")
		return
	}
	if len(list) > 11_000 {
		fail(w, http.StatusBadRequest, "Directory_ResultSizeLimitExceeded")
		return
	}
	var asks struct{ SecurityEnabledOnly *bool }
	from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
	if r.Method == http.MethodPost && (json.Unmarshal(body, &asks) != nil || asks.SecurityEnabledOnly == nil) {
		fail(w, http.StatusBadRequest, "Request_BadRequest")
		return
	}
	to := min(from+pageSize, len(list))
	answer := map[string]any{"@odata.context": g.URL + "/v1.0/$metadata#Collection(Edm.String)", "value": list[from:to]}
	if to < len(list) {
		answer["@odata.nextLink"] = g.next() + r.URL.Path + "?$skiptoken=" + strconv.Itoa(to)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (g *graph) next() string {
	if g.link != "" {
		return g.link
	}
	return g.URL
}

func fail(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"code":%q,"message":"about the-token","innerError":{"request-id":"1"}}}`, code)
}

// issue answers client_credentials and on-behalf-of. It does not verify the assertion.
func (g *graph) issue(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	g.granted = append(g.granted, r.PostForm)
	token := "graph-app"
	if assertion := r.PostForm.Get("assertion"); assertion != "" {
		if g.refuse != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, g.refuse)
			return
		}
		token = "graph-of-" + alice
	}
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3599}`, token)
}
