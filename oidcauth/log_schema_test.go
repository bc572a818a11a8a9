package oidcauth_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/logschema"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// everyRecord returns records that have each field of the schema.
func everyRecord(t *testing.T) []map[string]any {
	t.Helper()
	logger, records := recorderAt(t, slog.LevelDebug)
	now := time.Now()
	var client *provider.Client
	s := newService(t, withLogger(logger), withLogout, withClient(t, &client), withConfig(func(c *oidcauth.Config) {
		c.Now = func() time.Time { return now }
		c.Log = oidcauth.Log{Accepted: 1, RecordKey: make([]byte, 32), Remote: func(r *http.Request) string { return r.RemoteAddr }}
		c.Issuers[0].Introspection.Client = client
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Fetched {
				panic("broken")
			}
		}
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Enabled: true}})
	}))
	now = s.Now()
	send := func(token string) {
		r := withHeaders("Bearer " + token)
		r.RemoteAddr = "192.0.2.7:4711"
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		mux := http.NewServeMux()
		late := s.auth.Require("late", func(*oidcauth.Identity) error { return errTooLate })
		mux.Handle("GET /orders", s.auth.Handler(late(http.NotFoundHandler())))
		serve(mux, r)
	}
	good := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "j-1", "client_id": "app"})
	send(good)
	send(s.Token("api://other", oidctest.Claims{"sub": "alice", "jti": "j-2", "client_id": "app", "exp": now.Add(-time.Hour).Unix()}))
	for range 200 {
		s.reason(t, "a.b.c.d")
	}
	now = now.Add(time.Second)
	s.reason(t, "a.b.c.d")
	now = now.Add(-time.Second)
	send("unknown")
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"iat": now.Add(-time.Hour).Unix()}))
	require.NoError(t, s.auth.Revoke(t.Context(), good, ""))
	e := s.mustSignIn(t, nil)
	_, _, why := s.signIn(t, s.refreshed(e, nil))
	require.Empty(t, why)
	signin.Of(s.auth).SignedOut(t.Context(), signin.SignOut{Evidence: e, Reason: reason.SessionExpired})
	s.auth.Reloaded(t.Context(), decision.Reload{Source: "settings.json", Configuration: "8a7f", Fault: "no such file"})
	serviceOf(t, s.Provider, withLogger(logger)) // which shares no deny list
	return append(records(), shadowRecords(t)...)
}

// shadowRecords returns records about a shadow.
func shadowRecords(t *testing.T) []map[string]any {
	t.Helper()
	logger, records := lockedRecorder()
	for _, change := range []func(*oidcauth.Config){
		func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} },
		func(c *oidcauth.Config) { c.Issuers[0].Claims.Name = claims.Name("name") },
		func(c *oidcauth.Config) {
			c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, nil })
		},
	} {
		s := newShadowed(t, withLogger(logger), withShadow(change))
		_, got := s.judge(t, s.Token(audience, merged(alice, oidctest.Claims{"name": "Alice"})))
		require.NotNil(t, got)
	}
	return records()
}

// A record has no other field than the page lists, and each listed field is written.
func TestRecordsHaveTheListedFields(t *testing.T) {
	listed := map[string]logschema.Field{}
	for _, f := range logschema.Fields {
		listed[f.Name] = f
	}
	written := map[string]bool{}
	for _, r := range everyRecord(t) {
		event, ok := r["event"].(string)
		require.True(t, ok, r)
		for name, value := range flat(r) {
			if slices.Contains([]string{"time", "level", "msg"}, name) {
				continue
			}
			f, ok := listed[name]
			require.True(t, ok, name)
			require.True(t, f.Records == "all" || slices.Contains(strings.Split(f.Records, ", "), event), "%s of %s", name, event)
			require.Equal(t, f.Type, typeOf(name, value), name)
			written[name] = true
		}
	}
	for name := range listed {
		require.True(t, written[name], name)
	}
}

// flat returns all fields of a record, also those in groups and lists.
func flat(r map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range r {
		switch v := value.(type) {
		case map[string]any:
			if name != "record" { // which has a form of its own
				for inner, value := range flat(v) {
					out[name+"."+inner] = value
				}
				continue
			}
		case []any:
			for _, element := range v {
				if m, ok := element.(map[string]any); ok {
					for inner, value := range flat(m) {
						out[name+"."+inner] = value
					}
				}
			}
		}
		out[name] = value
	}
	return out
}

func typeOf(name string, value any) string {
	switch v := value.(type) {
	case bool:
		return "boolean"
	case float64:
		return "number"
	case map[string]any:
		return "object"
	case []any:
		if _, ok := v[0].(map[string]any); ok {
			return "list of objects"
		}
		return "list of strings"
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil && name != "time" {
			return "time"
		}
		return "string"
	}
	return "null"
}

// The message of a refusal names its cause, because a search in a log shows the message first.
func TestMessageNamesTheCause(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	require.Equal(t, reason.WrongAudience, s.reason(t, s.Token("api://other", alice)))
	first := records()[0]
	hints, ok := first["hints"].([]any)
	require.True(t, ok)
	best, ok := hints[0].(map[string]any)
	require.True(t, ok)
	require.NotEmpty(t, best["fix"])
	require.Equal(t, best["cause"], first["msg"])

	_, err := s.auth.Check(withHeaders())
	require.Error(t, err)
	require.NotEmpty(t, records()[1]["msg"])

	own := serve(s.auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.auth.Refuse(w, r, &oidcauth.Error{Reason: "blocked", Detail: "The account is in arrears."})
	})), withHeaders("Bearer "+s.Token(audience, alice)))
	require.Equal(t, http.StatusUnauthorized, own.StatusCode)
	require.Equal(t, "The account is in arrears.", records()[2]["msg"])
}

// A log system refuses a record whose field has another type than before, so a hostile token must not choose the type.
func TestFieldsKeepTheirTypes(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	for _, claims := range []oidctest.Claims{
		{"aud": "api"},
		{"aud": []string{"a", "b"}},
		{"aud": 7},
		{"aud": []any{1, "b"}},
		{"aud": strings.Repeat("x", 1000)},
		{"iat": "soon"},
		{"exp": 1e300},
		{"exp": -1},
		{"iat": 253402300800},
		{"iat": map[string]any{}},
		{"jti": 7},
		{"azp": []string{"a"}},
	} {
		s.reason(t, s.Forge(oidctest.Forgery{Claims: merged(oidctest.Claims{"aud": "other"}, claims)}))
	}
	types := map[string]string{}
	for _, f := range logschema.Fields {
		types[f.Name] = f.Type
	}
	require.Len(t, records(), 12)
	for _, r := range records() {
		for name, value := range flat(r) {
			if want, known := types[name]; known {
				require.Equal(t, want, typeOf(name, value), "%s: %v", name, value)
			}
		}
	}
}

func TestTraceIsTakenFromTheRequest(t *testing.T) {
	const id = "0af7651916cd43dd8448eb211c80319c"
	for name, c := range map[string]struct {
		headers []string
		want    any
	}{
		"none":              {nil, nil},
		"good":              {[]string{"00-" + id + "-b7ad6b7169203331-01"}, id},
		"of a later format": {[]string{"01-" + id + "-b7ad6b7169203331-01-more"}, id},
		"twice":             {[]string{"00-" + id + "-b7ad6b7169203331-01", "00-" + id + "-b7ad6b7169203331-01"}, nil},
		"short":             {[]string{"00-" + id}, nil},
		"zero":              {[]string{"00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01"}, nil},
		"upper case":        {[]string{"00-" + strings.ToUpper(id) + "-b7ad6b7169203331-01"}, nil},
		"hostile":           {[]string{"00-" + strings.Repeat("\n", 32) + "-b7ad6b7169203331-01"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			logger, records := recorder(t)
			s := newService(t, withLogger(logger))
			r := withHeaders("Bearer x")
			r.Header["Traceparent"] = c.headers
			_, err := s.auth.Check(r)
			require.Error(t, err)
			require.Equal(t, c.want, records()[0]["trace_id"])
		})
	}
}

func TestAcceptedRequestsAreLoggedByChoice(t *testing.T) {
	for share, most := range map[float64]int{0: 0, 0.5: 999, 1: 1000} {
		logger, records := recorder(t)
		s := newService(t, withLogger(logger), withConfig(func(c *oidcauth.Config) { c.Log.Accepted = share }))
		token := s.Token(audience, alice)
		for range 1000 {
			require.Empty(t, s.reason(t, token))
		}
		require.LessOrEqual(t, len(records()), most, share)
		require.GreaterOrEqual(t, len(records()), most/1000*1000, share)
		require.Equal(t, share > 0, len(records()) > 0)
		for _, r := range records() {
			require.Equal(t, "accepted", r["event"])
			require.Len(t, r["decision_id"], 26)
		}
	}
}

// The decision ID of an accepted request is in its Identity, its record and, by choice, its response.
func TestDecisionOfAnAcceptedRequestIsFound(t *testing.T) {
	for _, shown := range []bool{false, true} {
		logger, records := recorder(t)
		s := newService(t, withLogger(logger), withConfig(func(c *oidcauth.Config) { c.Log.Accepted, c.Response.DecisionID = 1, shown }))
		r := withHeaders("Bearer " + s.Token(audience, alice))
		for i := range 3 {
			var id string
			res := serve(s.auth.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				identity, _ := oidcauth.FromContext(r.Context())
				id = identity.DecisionID()
			})), r)
			require.NotEmpty(t, id)
			require.Equal(t, id, records()[i]["decision_id"])
			want := ""
			if shown {
				want = id
			}
			require.Equal(t, want, res.Header.Get("Decision-Id"))
		}
	}
	s := newService(t)
	identity, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, alice)))
	require.NoError(t, err)
	require.Empty(t, identity.DecisionID())
}

func TestShareOfAcceptedRequestsIsValidated(t *testing.T) {
	for _, bad := range []float64{-0.1, 1.1, nan()} {
		p := oidctest.New(t)
		config := p.Config(audience)
		config.Log.Accepted = bad
		_, err := oidcauth.New(config)
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, "Log.Accepted", fault.Field)
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestCallsAreLoggedAtDebugOnly(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		logger, records := recorderAt(t, level)
		s := newService(t, withLogger(logger))
		require.Empty(t, s.reason(t, s.Token(audience, alice)))
		var endpoints []string
		for _, r := range records() {
			require.Equal(t, "fetched", r["event"])
			require.Equal(t, "DEBUG", r["level"])
			name, ok := r["endpoint"].(string)
			require.True(t, ok)
			endpoints = append(endpoints, name)
		}
		if level == slog.LevelDebug {
			require.Equal(t, []string{"discovery", "keys"}, endpoints)
		} else {
			require.Empty(t, endpoints)
		}
	}
}
