package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func users(entries ...usermap.Entry) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Users = usermap.NewTable(entries...) }
}

func finding(err error, found ...usermap.User) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return found, err })
	}
}

func TestVerdictUser(t *testing.T) {
	on, off := person("1", true), person("2", false)
	oid := func(c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("oid") }
	out := []verdict{
		{name: "one", config: users(usermap.Entry{Value: holder, User: on})},
		{name: "none", config: users(), want: reason.UserNotFound},
		{name: "no finder", config: func(c *oidcauth.Config) { c.Users = nil }},
		{name: "another case", config: users(usermap.Entry{Value: "SUBJECT-4711-of-the-good-token", User: on}), want: reason.UserNotFound},
		{name: "of another issuer", config: users(usermap.Entry{Value: holder, Issuer: "https://other.example", User: on}), want: reason.UserNotFound},
		{name: "of another tenant", config: users(usermap.Entry{Value: holder, Tenant: "t", User: on}), want: reason.UserNotFound},
		{name: "of another claim", config: users(usermap.Entry{Value: holder, Claim: "oid", User: on}), want: reason.UserNotFound},
		{name: "two entries for one user", config: users(usermap.Entry{Value: holder, User: on}, usermap.Entry{Value: holder, User: on}), want: reason.UserAmbiguous},
		{name: "three", config: finding(nil, on, on, on), want: reason.UserAmbiguous},
		{name: "two enabled, the last disabled", config: finding(nil, on, on, off), want: reason.UserAmbiguous},
		{name: "two disabled", config: finding(nil, off, off), want: reason.UserDisabled},
		{name: "the last is the enabled one", config: finding(nil, off, off, on)},
		{name: "an enabled user without an id", config: finding(nil, usermap.User{Enabled: true})},
		{name: "the zero user", config: finding(nil, usermap.User{}), want: reason.UserDisabled},
		{name: "found and failed", config: finding(errors.New("half way: "+holder[:8]), on), want: reason.UserStoreUnavailable},
		{name: "canceled", config: finding(context.Canceled), want: reason.UserStoreUnavailable},
		{name: "deadline", config: finding(context.DeadlineExceeded, off), want: reason.UserStoreUnavailable},
		{name: "a refusal of another authenticator", config: finding(&oidcauth.Error{Reason: reason.NoCredentials}), want: reason.UserStoreUnavailable},
		{name: "no sub", claims: obj{"sub": nil}, want: reason.ClaimMissing},
		{name: "sub null", claims: obj{"sub": json.RawMessage("null")}, want: reason.ClaimMissing},
		{name: "search claim absent, sub there", config: oid, want: reason.ClaimMissing},
		{
			name: "name claim unusable", claims: obj{"upn": 1}, config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Name = claims.Name("upn") },
			want: reason.ClaimUnusable,
		},
		{
			name: "name claim empty", claims: obj{"upn": ""}, config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Name = claims.Name("upn") },
			want: reason.ClaimUnusable,
		},
		{name: "tenant claim absent", config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Tenant = claims.Name("tid") }, want: reason.ClaimMissing},
		{
			name: "tenant claim a list", claims: obj{"tid": []string{"t"}},
			config: func(c *oidcauth.Config) { c.Issuers[0].Claims.Tenant = claims.Name("tid") }, want: reason.ClaimUnusable,
		},
	}
	for _, v := range []string{`""`, "0", "1", "true", "{}", "[]", `["` + holder + `"]`, `{"$ne":null}`} {
		out = append(out, verdict{name: "search value " + v, claims: obj{"oid": json.RawMessage(v)}, config: oid, want: reason.ClaimUnusable})
	}
	for _, v := range []string{
		"' OR 1=1 --", "*", "%", "_", ".*", "*)(uid=*", "\x00", holder + "\x00", holder + " ", " " + holder, holder + "\n", holder + "' --",
		"ſubject-4711-of-the-good-token",
	} {
		out = append(out, verdict{
			name: "hostile value " + v, claims: obj{"sub": v},
			config: users(usermap.Entry{Value: holder, User: on}, usermap.Entry{Value: "", User: on}), want: reason.UserNotFound,
		})
	}
	runVerdicts(t, out)
}

// A finder gets the values of the verified token unchanged, and never an empty value.
func TestVerdictUserQuery(t *testing.T) {
	w := newWorld(t)
	var got usermap.Query
	w.start(t, func(c *oidcauth.Config) {
		c.Issuers[0].Claims.User = claims.Pointer("/ids/0")
		c.Issuers[0].Claims.Tenant = claims.Name("tid")
		c.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			got = q
			return []usermap.User{person("1", true)}, nil
		})
	})
	require.Empty(t, w.reason(t, verdict{claims: obj{"ids": []string{"x' \x00 愛"}, "tid": "t"}}))
	require.Equal(t, usermap.Query{Issuer: idp, Tenant: "t", Subject: holder, Claim: "/ids/0", Value: "x' \x00 愛"}, got)
}
