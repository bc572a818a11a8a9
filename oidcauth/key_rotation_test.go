package oidcauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func withoutKid() oidctest.Forgery {
	f := claimsOf(nil)
	f.Header = map[string]any{"kid": nil}
	return f
}

func TestFirstTokenAfterARotationIsAccepted(t *testing.T) {
	s := newService(t, nil)
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.NoError(t, s.Rotate("ES256"))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Equal(t, 2, s.Requests(oidctest.JWKS))
}

func TestFirstTokenWithoutKidAfterARotationIsAccepted(t *testing.T) {
	s := newService(t, nil)
	require.Empty(t, s.reason(t, s.Forge(withoutKid())))
	require.NoError(t, s.Rotate("RS256"))
	s.Retire()
	require.Empty(t, s.reason(t, s.Forge(withoutKid())))
	require.Equal(t, 2, s.Requests(oidctest.JWKS))
}

func TestForgedSignaturesUnderAKnownKidCauseOneFetch(t *testing.T) {
	s := newService(t, nil)
	good := s.Token(audience, alice)
	require.Empty(t, s.reason(t, good))
	for range 50 {
		require.Equal(t, reason.InvalidSignature, s.reason(t, good[:len(good)-6]+"AAAAAA"))
	}
	require.Equal(t, 2, s.Requests(oidctest.JWKS), "the key may have been replaced under its kid")
}

func TestCachedKeysVerifyWhileTheProviderFails(t *testing.T) {
	for name, fault := range map[string]oidctest.Fault{
		"hangs": {Hang: true}, "500": {Status: 500}, "garbage": {Body: "<html>"}, "empty set": {Body: `{"keys":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, nil)
			token := s.Forge(claimsOf(oidctest.Claims{"exp": s.Now().Add(48 * time.Hour).Unix()}))
			require.Empty(t, s.reason(t, token))
			s.Fail(oidctest.JWKS, fault)
			s.Fail(oidctest.Discovery, fault)
			s.Advance(23 * time.Hour)
			require.Empty(t, s.reason(t, token), "held keys")
			s.Resume()
			s.Advance(2 * time.Hour)
			if !fault.Hang {
				require.Equal(t, reason.KeysUnavailable, s.reason(t, token), "older than a day")
			}
		})
	}
}

func TestServiceStartsWithoutTheProvider(t *testing.T) {
	s := newService(t, nil)
	s.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
	token := s.Token(audience, alice)
	require.Equal(t, reason.KeysUnavailable, s.reason(t, token))
	s.Fail(oidctest.Discovery, oidctest.Fault{})
	require.Empty(t, s.reason(t, token), "recovered without a restart")
}

// The provider rotated its keys and went down before the service fetched them, so it is unknown whether the key exists.
func TestUnknownKidWhileTheProviderFailsIsTheProvidersFault(t *testing.T) {
	s := newService(t, nil)
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.NoError(t, s.Rotate("RS256"))
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
	require.Equal(t, reason.KeysUnavailable, s.reason(t, s.Token(audience, alice)))
	s.Fail(oidctest.JWKS, oidctest.Fault{})
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
}
