package oidcauth_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// withShadow adds a shadow that differs from the configuration by a change. Use it as the last option.
func withShadow(change func(*oidcauth.Config)) option {
	return withConfig(func(c *oidcauth.Config) {
		other := *c
		other.Issuers = append([]oidcauth.Issuer(nil), c.Issuers...)
		change(&other)
		c.Shadow = &other
	})
}

// shadowed is a service with a shadow.
type shadowed struct {
	service
	told chan decision.Event // the differences
	sent int
}

func newShadowed(t *testing.T, options ...option) *shadowed {
	t.Helper()
	return shadowedOf(t, oidctest.New(t), options...)
}

func shadowedOf(t *testing.T, p *oidctest.Provider, options ...option) *shadowed {
	t.Helper()
	s := &shadowed{told: make(chan decision.Event, 10_000)}
	s.service = serviceOf(t, p, append(options, withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				s.told <- e
			}
		}
	}))...)
	return s
}

// judge sends a token, and waits until the shadow has judged it.
func (s *shadowed) judge(t *testing.T, token string) (reason.Reason, *decision.Shadow) {
	t.Helper()
	return s.judgeRequest(t, withHeaders("Bearer "+token))
}

func (s *shadowed) judgeRequest(t *testing.T, r *http.Request) (reason.Reason, *decision.Shadow) {
	t.Helper()
	why := reasonOf(t, s.auth, r)
	s.sent++
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged >= uint64(s.sent) }, 10*time.Second, time.Millisecond)
	var changes int
	for _, n := range s.auth.Status().Shadow.Changes {
		changes += int(n)
	}
	if changes == 0 {
		return why, nil
	}
	select {
	case e := <-s.told:
		require.Equal(t, why, e.Shadow.LiveReason)
		return why, e.Shadow
	case <-time.After(10 * time.Second):
		require.Fail(t, "no event")
		return why, nil
	}
}

func TestShadowTellsEachKindOfDifference(t *testing.T) {
	people := usermap.NewTable(usermap.Entry{Value: "alice", User: person("1", true)})
	for name, c := range map[string]struct {
		live   option
		shadow func(*oidcauth.Config)
		claims oidctest.Claims
		want   decision.Shadow
	}{
		"another audience": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.WrongAudience},
		},
		"the audience of the token": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} },
			claims: oidctest.Claims{"aud": "api://other"},
			want:   decision.Shadow{Change: decision.ShadowAccepts, LiveReason: reason.WrongAudience},
		},
		"another issuer": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].URL = "https://other.example" },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.UnknownIssuer},
		},
		"an issuer more": {
			live:   withIssuers(oidcauth.Issuer{URL: "https://other.example", Audience: []string{audience}}),
			shadow: nil, // the issuer of the provider
			want:   decision.Shadow{Change: decision.ShadowAccepts, LiveReason: reason.UnknownIssuer},
		},
		"algorithms": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"EdDSA"} },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.AlgorithmRefused},
		},
		"other keys": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Keys = publicPEM(t, rsa2048().Public()) },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.InvalidSignature},
		},
		"clients": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"app"} },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.UnauthorizedParty},
		},
		"leeway": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Leeway = oidcauth.Exactly(0) },
			claims: oidctest.Claims{"exp": int64(-30)},
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.Expired},
		},
		"bound tokens": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].RequireBoundTokens = true },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.TokenNotBound},
		},
		"a check": {
			shadow: func(c *oidcauth.Config) {
				c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("sub"), "bob")}
			},
			want: decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.CheckFailed},
		},
		"a required claim": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")} },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.ClaimMissing},
		},
		"no such user": {
			shadow: func(c *oidcauth.Config) { c.Users = usermap.NewTable() },
			want:   decision.Shadow{Change: decision.ShadowRefuses, Reason: reason.UserNotFound},
		},
		"a user": {
			live:   withConfig(func(c *oidcauth.Config) { c.Users = usermap.NewTable() }),
			shadow: func(c *oidcauth.Config) { c.Users = people },
			want:   decision.Shadow{Change: decision.ShadowAccepts, LiveReason: reason.UserNotFound},
		},
		"another user": {
			live: withConfig(func(c *oidcauth.Config) { c.Users = people }),
			shadow: func(c *oidcauth.Config) {
				c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: person("2", true)})
			},
			want: decision.Shadow{Change: decision.ShadowIdentity, Identity: []string{"user"}},
		},
		"roles, a name and a tenant": {
			shadow: func(c *oidcauth.Config) {
				c.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("groups")}
				c.Issuers[0].Claims.Name, c.Issuers[0].Claims.Tenant = claims.Name("name"), claims.Name("org")
			},
			claims: oidctest.Claims{"groups": []string{"admin"}, "name": "Alice", "org": "north"},
			want:   decision.Shadow{Change: decision.ShadowIdentity, Identity: []string{"name", "tenant", "roles"}},
		},
		"another reason": {
			shadow: func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"EdDSA"} },
			claims: oidctest.Claims{"aud": "api://other"},
			want:   decision.Shadow{Change: decision.ShadowReason, LiveReason: reason.WrongAudience, Reason: reason.AlgorithmRefused},
		},
		"a user store": {
			shadow: func(c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { panic("asked") })
			},
			want: decision.Shadow{Change: decision.ShadowUnknown, Step: "user"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			if c.shadow == nil {
				own := p.Config(audience).Issuers[0]
				c.shadow = func(c *oidcauth.Config) { c.Issuers = []oidcauth.Issuer{own} }
			}
			s := shadowedOf(t, p, c.live, withShadow(c.shadow))
			sent := merged(alice, c.claims)
			if ago, ok := sent["exp"].(int64); ok {
				sent["exp"] = p.Now().Unix() + ago
			}
			token := p.Token(audience, sent)
			var got *decision.Shadow
			why, got := s.judge(t, token)
			if c.want.Change == decision.ShadowAccepts && got.Change == decision.ShadowUnknown { // its keys are being fetched
				why, got = s.judge(t, token)
			}
			require.Equal(t, c.want.LiveReason, why)
			for range 2 { // the second verdict about an accepted token is cached
				require.NotNil(t, got)
				detail := got.Detail
				got.Detail, got.Hints = "", nil
				require.Equal(t, c.want, *got)
				require.Equal(t, got.Reason != "" || got.Step != "", detail != "")
				_, got = s.judge(t, token)
			}
		})
	}
}

// The verdict of a shadow that changes nothing is silent.
func TestShadowWithoutADifferenceIsSilent(t *testing.T) {
	for name, change := range map[string]func(*oidcauth.Config){
		"the same rules": func(*oidcauth.Config) {},
		"other rules":    func(c *oidcauth.Config) { c.Issuers[0].Claims.Required = []claims.Path{claims.Name("sub")} },
		"ignored fields": func(c *oidcauth.Config) {
			c.Logger, c.OnEvent, c.Revocation, c.Response.Realm = nil, nil, oidcauth.Revocation{}, "other"
		},
	} {
		t.Run(name, func(t *testing.T) {
			logger, records := recorderAt(t, slog.LevelInfo)
			s := newShadowed(t, withLogger(logger), withShadow(change))
			now := s.Now().Unix()
			for _, token := range []string{
				s.Token(audience, alice), s.Token("api://other", alice), s.Token(audience, oidctest.Claims{"exp": now - 3600}), "opaque",
				s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "unknown"}, Claims: oidctest.Claims{"aud": audience}}),
			} {
				for range 3 {
					_, got := s.judge(t, token)
					require.Nil(t, got)
				}
			}
			for _, r := range records() {
				require.Equal(t, "refused", r["event"])
			}
			require.Zero(t, s.auth.Status().Shadow.Skipped)
		})
	}
}

func TestRecordOfAShadow(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	r := withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice-liddell", "jti": "j-1"}))
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	id, err := s.auth.Check(r)
	require.NoError(t, err)
	e := <-s.told
	require.Equal(t, id.DecisionID(), e.ID)
	require.Equal(t, s.Issuer(), e.Issuer)
	require.NotEmpty(t, e.Shadow.Hints)
	got := records()[0]
	require.Equal(t, map[string]any{"change": "refuses", "reason": "wrong_audience"}, got["shadow"])
	require.Equal(t, "INFO", got["level"])
	require.Equal(t, id.DecisionID(), got["decision_id"])
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", got["trace_id"])
	require.Contains(t, got["msg"], e.Shadow.Hints[0].Cause)
	require.Len(t, hintCodes(t, got), 1)
	token, ok := got["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "j-1", token["jti"])
	text, err := json.Marshal(got)
	require.NoError(t, err)
	require.NotContains(t, string(text), "liddell")

	why, shadow := s.judge(t, s.Token("api://other", alice))
	require.Equal(t, reason.WrongAudience, why)
	require.Equal(t, decision.ShadowAccepts, shadow.Change)
	last := records()[len(records())-1]
	require.Equal(t, "wrong_audience", last["reason"])
	require.EqualValues(t, http.StatusUnauthorized, last["status"])
}

// lockedRecorder is a recorder for records of several goroutines.
func lockedRecorder() (*slog.Logger, func() []map[string]any) {
	var mu sync.Mutex
	var lines []map[string]any
	write := writerFunc(func(p []byte) (int, error) {
		var r map[string]any
		err := json.Unmarshal(p, &r)
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, r)
		return len(p), err
	})
	return slog.New(slog.NewJSONHandler(write, nil)), func() []map[string]any {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(lines)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The records of each reason are bounded like those of refusals, and so are the records of unknown verdicts. Each request is counted.
func TestRecordsOfAShadowAreBounded(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withStoppedClock, withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("team"), "red")}
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { panic("asked") })
	}))
	const requests = 300
	blue, red := s.Token(audience, oidctest.Claims{"sub": "alice", "team": "blue"}), s.Token(audience, oidctest.Claims{"sub": "alice", "team": "red"})
	for range requests {
		s.judge(t, blue)
		s.judge(t, red)
	}
	written := map[string]int{}
	for _, r := range records() {
		group, ok := r["shadow"].(map[string]any)
		require.True(t, ok)
		written[group["change"].(string)]++
	}
	require.Equal(t, map[string]int{"refuses": 100, "unknown": 1}, written)
	changes := s.auth.Status().Shadow.Changes
	require.EqualValues(t, requests, changes[decision.ShadowRefuses])
	require.EqualValues(t, requests, changes[decision.ShadowUnknown])
}

// The shadow uses the answers that the configuration in effect got. It sends no request itself, and asks no user store.
func TestShadowCausesNoCall(t *testing.T) {
	var lookups atomic.Int64
	users := usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
		lookups.Add(1)
		return []usermap.User{person("1", true)}, nil
	})
	var store usermap.Finder = &users
	options := func(shadow option) []option {
		return []option{withClient(t, nil), withConfig(func(c *oidcauth.Config) {
			c.Users = store
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		}), shadow}
	}
	count := func(shadow option) map[any]int {
		lookups.Store(0)
		p := oidctest.New(t)
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
		s := serviceOf(t, p, options(shadow)...)
		sent := uint64(0)
		for range 3 {
			for _, token := range []string{p.Token(audience, alice), p.Opaque(audience, alice), "unknown"} {
				reasonOf(t, s.auth, withHeaders("Bearer "+token))
				sent++
			}
		}
		if shadow != nil {
			require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == sent }, 10*time.Second, time.Millisecond)
			require.Zero(t, s.auth.Status().Shadow.Changes[decision.ShadowUnknown])
			require.EqualValues(t, 6, s.auth.Status().Shadow.Changes[decision.ShadowRefuses])
		}
		out := map[any]int{"users": int(lookups.Load())}
		for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.UserInfo, oidctest.Introspection} {
			out[e] = p.Requests(e)
		}
		return out
	}
	require.Equal(t, count(nil), count(withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("email"), "bob@example.com")}
	})))
}

// A shadow that needs another answer than the configuration in effect got does not ask for it.
func TestShadowThatNeedsAnotherAnswerIsUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		live   option
		shadow func(*oidctest.Provider, *oidcauth.Config)
		token  func(*oidctest.Provider) string
		step   string
	}{
		"UserInfo": {shadow: func(p *oidctest.Provider, c *oidcauth.Config) {
			withClient(t, nil)(p, c)
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		}, step: "claims"},
		"introspection by another client": {live: withClient(t, nil), shadow: func(p *oidctest.Provider, c *oidcauth.Config) {
			withClient(t, nil)(p, c)
		}, token: func(p *oidctest.Provider) string { return p.Opaque(audience, alice) }, step: "introspection"},
		"introspection of JWTs": {live: withClient(t, nil), shadow: func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Introspection.JWTs = true
		}, step: "introspection"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
			s := shadowedOf(t, p, c.live, withShadow(func(other *oidcauth.Config) { c.shadow(p, other) }))
			token := p.Token(audience, alice)
			if c.token != nil {
				token = c.token(p)
			}
			why, got := s.judge(t, token)
			require.Empty(t, why)
			require.Equal(t, decision.ShadowUnknown, got.Change)
			require.Equal(t, c.step, got.Step)
			require.Zero(t, p.Requests(oidctest.UserInfo))
			require.LessOrEqual(t, p.Requests(oidctest.Introspection), 1)
		})
	}
}

// While the provider of the shadow hangs, no client waits, and its keys are requested once.
func TestHangingProviderOfAShadowDelaysNoClient(t *testing.T) {
	other := oidctest.New(t)
	other.Fail(oidctest.JWKS, oidctest.Fault{Hang: true})
	t.Cleanup(other.Resume)
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) {
		c.Issuers = append(c.Issuers, other.Config(audience).Issuers...)
	}))
	foreign := other.Token(audience, alice)
	own := s.Token(audience, alice)
	for range 500 { // each request ends, although the provider never answers
		require.Equal(t, reason.UnknownIssuer, s.reason(t, foreign))
		require.Empty(t, s.reason(t, own))
	}
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
	require.LessOrEqual(t, len(s.told), 1000)
	other.Fail(oidctest.JWKS, oidctest.Fault{})
	other.Resume()
	require.Eventually(t, func() bool {
		s.reason(t, foreign)
		return s.auth.Status().Shadow.Changes[decision.ShadowAccepts] > 0
	}, 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, other.Requests(oidctest.JWKS), 3, "the limit of the source")
}

// At most 64 requests are judged at once, however long the code of the shadow takes. The others are skipped, and their clients do not wait.
func TestShadowThatHangsIsBounded(t *testing.T) {
	release := make(chan struct{})
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.CheckFunc("hangs", claims.Name("sub"), func(claims.Value) bool {
			<-release
			return true
		})}
	}))
	token := s.Token(audience, alice)
	for range 1000 {
		require.Empty(t, s.reason(t, token))
	}
	require.EqualValues(t, 1000-64, s.auth.Status().Shadow.Skipped)
	close(release)
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == 64 }, 10*time.Second, time.Millisecond)
}

func TestPanicOfAShadowIsContained(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.CheckFunc("breaks", claims.Name("sub"), func(claims.Value) bool { panic("broken") })}
	}))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Eventually(t, func() bool { return len(records()) == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, "panicked", records()[0]["event"])
	require.Equal(t, "Shadow", records()[0]["called"])
}

// A panic of OnEvent about a cached verdict does not end the request either.
func TestPanicOfOnEventAboutAShadowIsContained(t *testing.T) {
	var told atomic.Int64
	s := newService(t, withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				told.Add(1)
				panic("broken")
			}
		}
	}), withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	token := s.Token(audience, alice)
	for n := range int64(3) {
		require.Empty(t, s.reason(t, token))
		require.Eventually(t, func() bool { return told.Load() == n+1 }, 10*time.Second, time.Millisecond)
	}
}

// The shadow does not use up a proof, stores nothing, and requires no nonce.
func TestShadowUsesUpNoProof(t *testing.T) {
	replays, denials := &recording{}, &recording{}
	s := newShadowed(t, withRecordingList(denials), withConfig(func(c *oidcauth.Config) {
		c.PublicURL, c.DPoP.Replays = "https://api.example", replays
	}), withShadow(func(c *oidcauth.Config) {
		c.PublicURL, c.DPoP.RequireNonce, c.DPoP.Replays = "https://other.example", true, nil
	}))
	prover := s.NewProver("https://api.example")
	r := withHeaders()
	prover.Prove(r, prover.Token(audience, alice), nil)
	for _, want := range []reason.Reason{"", reason.ProofReplayed} {
		why, got := s.judgeRequest(t, r)
		require.Equal(t, want, why)
		require.Equal(t, reason.ProofOtherRequest, got.Reason)
	}
	require.Len(t, replays.added, 2, "one for each request")
	require.Empty(t, denials.added)
}

func TestRevokedTokenIsRevokedForTheShadow(t *testing.T) {
	for name, list := range map[string]denylist.List{"in memory": nil, "elsewhere": &recording{}} {
		t.Run(name, func(t *testing.T) {
			s := newShadowed(t, withDenyList(list), withShadow(func(c *oidcauth.Config) {
				c.Issuers[0].Claims.Required = []claims.Path{claims.Name("sub")}
			}))
			token := s.Token(audience, alice)
			why, got := s.judge(t, token)
			require.Empty(t, why)
			require.Nil(t, got)
			require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
			why, got = s.judge(t, token)
			require.Equal(t, reason.TokenRevoked, why)
			require.Nil(t, got)
		})
	}
}

// When the shadow becomes the configuration in effect, its keys are there.
func TestNextUsesTheKeysOfTheFormerShadow(t *testing.T) {
	other := oidctest.New(t)
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) { c.Issuers = other.Config(audience).Issuers }))
	token := other.Token(audience, alice)
	why, got := s.judge(t, token)
	require.Equal(t, reason.UnknownIssuer, why)
	require.Equal(t, decision.ShadowAccepts, got.Change)
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
	require.True(t, s.auth.Status().Shadow.Issuers[0].Ready)

	next, err := s.auth.Next(other.Config(audience))
	require.NoError(t, err)
	require.Nil(t, next.Status().Shadow)
	require.Empty(t, reasonOf(t, next, withHeaders("Bearer "+token)))
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
}

// A verdict that the former shadow left in the cache is not that of the new one.
func TestNextReplacesTheShadow(t *testing.T) {
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	token := s.Token(audience, alice)
	for range 2 {
		_, got := s.judge(t, token)
		require.Equal(t, reason.WrongAudience, got.Reason)
	}
	next := &shadowed{service: s.succeeded(t, func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				s.told <- e
			}
		}
		other := s.Config(audience)
		other.Issuers[0].ClientIDs = []string{"app"}
		c.Shadow = &other
	}), told: s.told}
	_, got := next.judge(t, token)
	require.Equal(t, reason.UnauthorizedParty, got.Reason)
	require.EqualValues(t, 1, next.auth.Status().Shadow.Judged)
}

func TestFaultsOfAShadowAreRefused(t *testing.T) {
	p := oidctest.New(t)
	for field, change := range map[string]func(*oidcauth.Config){
		"Shadow.Issuers[0].Audience": func(c *oidcauth.Config) { c.Issuers[0].Audience = nil },
		"Shadow.Issuers[0].Keys":     func(c *oidcauth.Config) { c.Issuers[0].Keys = certsource.PEM("none") },
		"Shadow.Shadow":              func(c *oidcauth.Config) { c.Shadow = c },
	} {
		t.Run(field, func(t *testing.T) {
			c := p.Config(audience)
			withShadow(change)(p, &c)
			_, err := oidcauth.New(c)
			for _, err := range []error{err, c.Validate()} {
				var fault *oidcauth.ConfigError
				require.ErrorAs(t, err, &fault)
				require.Equal(t, field, fault.Field)
			}
		})
	}
}
