package oidcauth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// Exactly(0) means zero, and the zero Span means the default.
func TestSpanOfZeroIsNotTheDefault(t *testing.T) {
	require.Equal(t, time.Minute, oidcauth.Span{}.Or(time.Minute))
	require.Zero(t, oidcauth.Exactly(0).Or(time.Minute))
	require.Equal(t, time.Second, oidcauth.Exactly(time.Second).Or(time.Minute))
	require.NotEqual(t, oidcauth.Span{}, oidcauth.Exactly(0))
	require.Equal(t, "default", oidcauth.Span{}.String())
	require.Equal(t, "0s", oidcauth.Exactly(0).String())
}

func TestSpansAreBounded(t *testing.T) {
	good := oidcauth.Issuer{URL: idp, Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: &introspection{err: errors.New("down")}}}
	for _, d := range []time.Duration{-1, -time.Hour, 10*time.Minute + 1} {
		for field, set := range map[string]func(*oidcauth.Issuer){
			"Issuers[0].Leeway":               func(i *oidcauth.Issuer) { i.Leeway = oidcauth.Exactly(d) },
			"Issuers[0].Introspection.MaxAge": func(i *oidcauth.Issuer) { i.Introspection.MaxAge = oidcauth.Exactly(d) },
		} {
			iss := good
			set(&iss)
			_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}})
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, field, fault.Field)
		}
	}
}

type counted struct{ asked int }

func (c *counted) Introspect(context.Context, string) (claims.Set, error) {
	c.asked++
	return claims.Parse([]byte(`{"active":true,"sub":"alice","token_type":"Bearer","aud":"` + audience + `"}`))
}

func TestIntrospectionAgeOfZeroAsksEachTime(t *testing.T) {
	for name, c := range map[string]struct {
		age  oidcauth.Span
		want int
	}{"none": {oidcauth.Exactly(0), 3}, "default": {oidcauth.Span{}, 1}} {
		t.Run(name, func(t *testing.T) {
			asked := &counted{}
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Issuers[0].Introspection.Client, config.Issuers[0].Introspection.MaxAge = asked, c.age
			})
			for range 3 {
				require.Empty(t, s.reason(t, "opaque"))
				s.Advance(time.Millisecond)
			}
			require.Equal(t, c.want, asked.asked)
		})
	}
}
