package oidctest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func clientOf(t *testing.T, p *oidctest.Provider) *provider.Client {
	t.Helper()
	client, err := provider.New(p.ClientConfig())
	require.NoError(t, err)
	return client
}

func TestOpaqueTokensSayWhatTheTestWants(t *testing.T) {
	p := oidctest.New(t)
	client := clientOf(t, p)
	ctx := context.Background()
	set, err := client.Introspect(ctx, p.Opaque("api", oidctest.Claims{"iss": nil, "exp": 1, "aud": []string{"a", "b"}}))
	require.NoError(t, err, "the provider calls it active, whatever exp says")
	require.Equal(t, []string{"active", "aud", "client_id", "exp", "iat", "token_type"}, set.Names())
	exp, err := claims.Decode[int64](set, claims.Name("exp"))
	require.NoError(t, err)
	require.EqualValues(t, 1, exp)

	one, two := p.Opaque("api", nil), p.Opaque("api", nil)
	require.NotEqual(t, one, two)
	p.Advance(4 * time.Minute)
	_, err = client.Introspect(ctx, one)
	require.NoError(t, err)
	p.Advance(time.Minute)
	_, err = client.Introspect(ctx, one)
	require.ErrorIs(t, err, claims.ErrInactive)
	_, err = client.Introspect(ctx, p.Token("api", oidctest.Claims{"sub": "alice"}))
	require.ErrorIs(t, err, claims.ErrInactive, "introspection knows opaque tokens only")
}

func TestRevocationEndsUserInfoToo(t *testing.T) {
	p := oidctest.New(t)
	client := clientOf(t, p)
	ctx := context.Background()
	p.SetUserInfo("alice", nil)
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	_, err := client.UserInfo(ctx, token)
	require.NoError(t, err)
	require.NoError(t, client.Revoke(ctx, token, ""))
	_, err = client.UserInfo(ctx, token)
	var refused *claims.RefusedError
	require.ErrorAs(t, err, &refused)
}

func TestSignedUserInfoCanBeSwitched(t *testing.T) {
	p := oidctest.New(t)
	client := clientOf(t, p)
	p.SetUserInfo("alice", nil)
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	for audience, want := range map[string]error{oidctest.ClientID: nil, "another": provider.ErrUnverified, "": nil} {
		p.SignUserInfo(audience)
		_, err := client.UserInfo(context.Background(), token)
		require.ErrorIs(t, err, want)
	}
}

func TestIntrospectionAndRevocationFail(t *testing.T) {
	p := oidctest.New(t)
	ctx := context.Background()
	token := p.Opaque("api", nil)
	for name, fault := range map[string]oidctest.Fault{
		"status": {Status: http.StatusBadGateway}, "status and text": {Status: http.StatusForbidden, Body: "<html>", Type: "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			client := clientOf(t, p)
			p.Fail(oidctest.Introspection, fault)
			p.Fail(oidctest.Revocation, fault)
			_, err := client.Introspect(ctx, token)
			require.Error(t, err)
			require.NotErrorIs(t, err, claims.ErrInactive)
			require.Error(t, client.Revoke(ctx, token, ""))
		})
	}
	t.Run("garbage", func(t *testing.T) {
		p.Fail(oidctest.Introspection, oidctest.Fault{Body: "garbage"})
		_, err := clientOf(t, p).Introspect(ctx, token)
		require.Error(t, err)
	})
	t.Run("hang", func(t *testing.T) {
		client := clientOf(t, p)
		p.Fail(oidctest.Introspection, oidctest.Fault{Hang: true})
		before, done := p.Requests(oidctest.Introspection), make(chan error, 1)
		go func() { _, err := client.Introspect(ctx, token); done <- err }()
		require.Eventually(t, func() bool { return p.Requests(oidctest.Introspection) > before }, time.Minute, time.Millisecond)
		p.Resume()
		require.Error(t, <-done)
	})
	p.Fail(oidctest.Introspection, oidctest.Fault{})
	_, err := clientOf(t, p).Introspect(ctx, token)
	require.NoError(t, err)
}
