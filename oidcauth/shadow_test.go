package oidcauth_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

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
