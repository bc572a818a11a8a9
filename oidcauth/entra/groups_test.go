package entra_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// overage returns the claims of a token whose groups do not fit.
func overage(oid string) oidctest.Claims {
	return oidctest.Claims{
		"sub": "pairwise-" + oid, "oid": oid, "tid": tenant, "_claim_names": oidctest.Claims{"groups": "src1"},
		"_claim_sources": oidctest.Claims{"src1": oidctest.Claims{"endpoint": "https://graph.windows.net/" + tenant + "/users/" + oid + "/getMemberObjects"}},
	}
}

func groupsOf(t *testing.T, g *entra.Groups, token string) []string {
	t.Helper()
	set, err := g.UserInfo(t.Context(), token)
	require.NoError(t, err)
	list, err := claims.Decode[[]string](set, claims.Name("groups"))
	require.NoError(t, err)
	return list
}

func TestGroupsAreFetchedPageByPage(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	for n, pages := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 201: 3, 10_000: 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			api.set(func(g *graph) { g.members, g.asked, g.granted = map[string][]string{alice: ids(n)}, nil, nil })
			g := api.fetcher(t, p, nil)
			require.Equal(t, ids(n), groupsOf(t, g, p.Token("api", overage(alice))))
			require.Len(t, api.requests(), pages)
			require.Equal(t, `POST /v1.0/users/`+alice+`/getMemberObjects {"securityEnabledOnly":true}`, api.requests()[0])
			for _, r := range api.requests()[1:] {
				require.Contains(t, r, "GET /v1.0/users/"+alice+"/getMemberObjects?$skiptoken=")
			}
			require.Equal(t, []url.Values{{"grant_type": {"client_credentials"}, "scope": {api.URL + "/.default"}}}, api.forms())
		})
	}
}

// hasgroups is the form of the implicit flow.
func TestOnlyOverageIsAsked(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice] = ids(1)
	for name, c := range map[string]struct {
		change oidctest.Claims
		asks   bool
	}{
		"_claim_names":                {nil, true},
		"hasgroups":                   {oidctest.Claims{"_claim_names": nil, "hasgroups": true}, true},
		"hasgroups as text":           {oidctest.Claims{"_claim_names": nil, "hasgroups": "true"}, true},
		"hasgroups false":             {oidctest.Claims{"_claim_names": nil, "hasgroups": false}, false},
		"user without groups":         {oidctest.Claims{"_claim_names": nil}, false},
		"another claim of the source": {oidctest.Claims{"_claim_names": oidctest.Claims{"wids": "src1"}}, false},
		"not an object":               {oidctest.Claims{"_claim_names": "groups"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			all := overage(alice)
			for k, v := range c.change {
				all[k] = v
			}
			before := len(api.requests())
			set, err := api.fetcher(t, p, nil).UserInfo(t.Context(), p.Token("api", all))
			require.NoError(t, err)
			sub, err := claims.Decode[string](set, claims.Name("sub"))
			require.NoError(t, err)
			require.Equal(t, "pairwise-"+alice, sub)
			_, found := set.Lookup(claims.Name("groups"))
			require.Equal(t, c.asks, found)
			require.Equal(t, c.asks, len(api.requests()) > before)
		})
	}
}

func TestGroupsOnBehalfOfTheUser(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice] = ids(3)
	g := api.fetcher(t, p, func(c *entra.GroupsConfig) { c.OnBehalfOf, c.AllGroups = true, true })
	token := p.Token("api", overage(alice))
	require.Equal(t, ids(3), groupsOf(t, g, token))
	require.Equal(t, []string{`POST /v1.0/me/getMemberObjects {"securityEnabledOnly":false}`}, api.requests())
	require.Len(t, api.forms(), 1)
	require.Equal(t, token, api.forms()[0].Get("assertion"))
	require.Equal(t, api.URL+"/User.Read", api.forms()[0].Get("scope"))

	// The refusal of one token does not concern another of the same user.
	api.set(func(g *graph) {
		g.refuse = `{"error":"interaction_required","claims":"{\"access_token\":{}}"}`
	})
	another := overage(alice)
	another["jti"] = "another"
	_, err := g.UserInfo(t.Context(), p.Token("api", another))
	var info *claims.RefusedError
	require.ErrorAs(t, err, &info)
	var refused *provider.ExchangeError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, `{"access_token":{}}`, refused.Claims)
	require.Equal(t, ids(3), groupsOf(t, g, token))
}

func TestGroupsAreKeptForEachUser(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice], api.members[bob] = ids(2), ids(1)
	at := p.Now()
	g := api.fetcher(t, p, func(c *entra.GroupsConfig) { c.MaxAge, c.Now = time.Minute, func() time.Time { return at } })
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			set, err := g.UserInfo(t.Context(), p.Token("api", overage(alice)))
			if assert.NoError(t, err) {
				_, found := set.Lookup(claims.Name("groups"))
				assert.True(t, found)
			}
		})
	}
	callers.Wait()
	require.Len(t, api.requests(), 1)
	require.Equal(t, ids(1), groupsOf(t, g, p.Token("api", overage(bob))))
	require.Len(t, api.requests(), 2)
	other := overage(alice)
	other["tid"] = bob
	require.Equal(t, ids(2), groupsOf(t, g, p.Token("api", other)))
	require.Len(t, api.requests(), 3)
	api.set(func(g *graph) { g.members[alice] = ids(5) })
	at = at.Add(time.Minute - 1)
	require.Equal(t, ids(2), groupsOf(t, g, p.Token("api", overage(alice))))
	at = at.Add(1)
	require.Equal(t, ids(5), groupsOf(t, g, p.Token("api", overage(alice))))
	require.Len(t, api.forms(), 1)
}

// Graph says how long it must not be asked. The bound protects from an answer that says a year.
func TestThrottling(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		want time.Duration
	}{
		"seconds": {"7", 7 * time.Second}, "long": {"31536000", 5 * time.Minute}, "none": {"0", time.Second}, "no number": {"soon", 10 * time.Second},
		"too long": {"99999999999999999999", 10 * time.Second}, "past date": {"Mon, 02 Jan 2006 15:04:05 GMT", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p, api := oidctest.New(t), newGraph(t)
			at := p.Now()
			api.members[alice], api.members[bob] = ids(1), ids(1)
			g := api.fetcher(t, p, func(c *entra.GroupsConfig) { c.Now = func() time.Time { return at } })
			require.Equal(t, ids(1), groupsOf(t, g, p.Token("api", overage(bob))))
			api.set(func(g *graph) { g.throttle = c.says })
			_, err := g.UserInfo(t.Context(), p.Token("api", overage(alice)))
			var limited *entra.GraphError
			require.ErrorAs(t, err, &limited)
			require.Equal(t, entra.GraphError{Status: 429, Code: "TooManyRequests", RetryAfter: c.want}, *limited)
			api.set(func(g *graph) { g.throttle = "" })
			require.Equal(t, ids(1), groupsOf(t, g, p.Token("api", overage(bob))), "known groups are of use")

			at = at.Add(c.want - 1)
			_, err = g.UserInfo(t.Context(), p.Token("api", overage(alice)))
			require.ErrorIs(t, err, provider.ErrPaused)
			require.ErrorAs(t, err, &limited)
			require.Len(t, api.requests(), 2)
			if at = at.Add(1); c.want < 2*time.Second {
				at = at.Add(time.Second) // The breaker, too, pauses a user whose call failed.
			}
			require.Equal(t, ids(1), groupsOf(t, g, p.Token("api", overage(alice))))
		})
	}
}

func TestRefusalsOfGraph(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice] = ids(10_001)
	g := api.fetcher(t, p, nil)
	ask := func(all oidctest.Claims) error {
		t.Helper()
		token := p.Token("api", all)
		set, err := g.UserInfo(t.Context(), token)
		require.Error(t, err)
		require.Empty(t, set.Names())
		require.NotContains(t, err.Error(), "the-token")
		require.NotContains(t, err.Error(), token)
		return err
	}
	var refused *claims.RefusedError
	err := ask(overage(alice))
	require.ErrorIs(t, err, entra.ErrTooManyGroups)
	require.ErrorAs(t, err, &refused)
	asked := len(api.requests())
	require.ErrorIs(t, ask(overage(alice)), entra.ErrTooManyGroups)
	require.Len(t, api.requests(), asked, "a refusal is kept")
	api.set(func(g *graph) { g.members[alice] = ids(11_001) })
	p.Advance(time.Minute)
	require.ErrorIs(t, ask(overage(alice)), entra.ErrTooManyGroups)

	require.ErrorAs(t, ask(overage(bob)), &refused)
	require.Equal(t, "Request_ResourceNotFound", refused.Code)

	api.set(func(g *graph) { g.deny = true })
	p.Advance(time.Minute)
	err = ask(overage(bob))
	require.NotErrorAs(t, err, &refused, "the token is not the cause")
	var denied *entra.GraphError
	require.ErrorAs(t, err, &denied)
	require.Equal(t, entra.GraphError{Status: 403, Code: "Authorization_RequestDenied"}, *denied)

	for name, oid := range map[string]any{"no oid": nil, "a path": "../groups/" + alice, "a number": 7, "a name": "alice@corp.example"} {
		all := overage(alice)
		all["oid"] = oid
		require.ErrorAs(t, ask(all), &refused, name)
	}
	for _, token := range []string{"", "opaque", "a.b.c", "a.b.c.d.e"} {
		_, err := g.UserInfo(t.Context(), token)
		require.ErrorAs(t, err, &refused)
	}
}

// The token for Graph is sent to the configured host alone.
func TestLinksToAnotherHost(t *testing.T) {
	p, api, other := oidctest.New(t), newGraph(t), newGraph(t)
	for _, link := range []string{other.URL, "https://graph.example", "ftp://" + api.Listener.Addr().String(), "http://user@" + api.Listener.Addr().String(), ":"} {
		api.set(func(g *graph) { g.members[alice], g.link = ids(101), link })
		other.set(func(g *graph) { g.members[alice] = ids(101) })
		_, err := api.fetcher(t, p, nil).UserInfo(t.Context(), p.Token("api", overage(alice)))
		require.Error(t, err, link)
		var refused *claims.RefusedError
		require.NotErrorAs(t, err, &refused)
	}
	require.Empty(t, other.requests())
}

func TestAnswersThatAreNoGroups(t *testing.T) {
	p := oidctest.New(t)
	for _, body := range []string{
		``, `[]`, `{}`, `{"value":"a"}`, `{"value":[1]}`, `{"value":[""]}`, `{"value":["a"],"value":["b"]}`, `{"value":["a"],"@odata.nextLink":7}`,
	} {
		api := newGraph(t)
		api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				api.ServeHTTP(w, r)
				return
			}
			_, _ = w.Write([]byte(body))
		})
		_, err := api.fetcher(t, p, nil).UserInfo(t.Context(), p.Token("api", overage(alice)))
		require.Error(t, err, body)
	}
}

// An endless list of empty pages ends.
func TestPagesAreBounded(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	pages := 0
	api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			api.ServeHTTP(w, r)
			return
		}
		pages++
		_, _ = fmt.Fprintf(w, `{"value":[],"@odata.nextLink":"%s/v1.0/next"}`, api.URL)
	})
	_, err := api.fetcher(t, p, nil).UserInfo(t.Context(), p.Token("api", overage(alice)))
	require.Error(t, err)
	require.LessOrEqual(t, pages, 201)
}
