package oidcauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The cnf of a JWT that is introspected may be in the JWT, in the answer or in both. One proof serves both, and each condition holds.
func TestConfirmationOfAnIntrospectedJWT(t *testing.T) {
	holder, thief := obj{"jkt": holderKey().jkt()}, obj{"jkt": thiefKey().jkt()}
	cert := obj{"x5t#S256": thumbprintOf(clientCert())}
	for name, c := range map[string]struct {
		jwt, answer any
		bearer      bool
		require     bool
		want        reason.Reason
	}{
		"in both":                               {jwt: holder, answer: holder},
		"in the answer only":                    {answer: holder},
		"in the JWT only":                       {jwt: holder},
		"in the JWT only, bound ones required":  {jwt: holder, require: true},
		"nowhere, bound ones required":          {bearer: true, require: true, want: reason.TokenNotBound},
		"nowhere, scheme DPoP":                  {want: reason.TokenNotBound},
		"nowhere":                               {bearer: true},
		"in the JWT only, as bearer token":      {jwt: holder, bearer: true, want: reason.ProofMissing},
		"in the answer only, as bearer token":   {answer: holder, bearer: true, want: reason.ProofMissing},
		"different keys":                        {jwt: holder, answer: thief, want: reason.SenderConstrained},
		"different keys, the other way":         {jwt: thief, answer: holder, want: reason.SenderConstrained},
		"a key and a certificate":               {jwt: holder, answer: cert, want: reason.ClientCertificateMissing},
		"an unknown member in the JWT":          {jwt: obj{"kid": "1"}, answer: holder, want: reason.SenderConstrained},
		"an unknown member in the answer":       {jwt: holder, answer: obj{"kid": "1"}, want: reason.SenderConstrained},
		"the thief's key in the answer":         {answer: thief, want: reason.ProofOtherKey},
		"empty in the answer, a key in the JWT": {jwt: holder, answer: obj{}, want: reason.SenderConstrained},
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s, _ := bound(t, withOpaqueToken(i, nil), withIntrospectedJWTs, withConfig(func(config *oidcauth.Config) {
				config.Issuers[0].RequireBoundTokens = c.require
			}))
			with := func(claims oidctest.Claims, cnf any) oidctest.Claims {
				if cnf == nil {
					return claims
				}
				return merged(claims, oidctest.Claims{"cnf": cnf})
			}
			token := s.Token(audience, with(alice, c.jwt))
			i.answers[token] = with(i.answers["opaque-of-alice"], c.answer)
			for range 2 {
				r := proven(s, token, "/orders", nil)
				if c.bearer {
					r.Header.Set("Authorization", "Bearer "+token)
				}
				require.Equal(t, c.want, reasonOf(t, s.auth, r))
			}
		})
	}
}

// Watch without Check must not admit a stolen token: it compares the request with the binding as well.
func TestWatchAloneNeedsPossession(t *testing.T) {
	s, token := bound(t)
	cause := func(r *http.Request) error {
		ctx, cancel := s.auth.Watch(r)
		defer cancel()
		return context.Cause(ctx)
	}
	require.ErrorIs(t, cause(withHeaders("Bearer "+token)), reason.ProofMissing)
	require.ErrorIs(t, cause(withHeaders("DPoP "+token)), reason.ProofMissing)
	require.ErrorIs(t, cause(proven(s, token, "/orders", obj{"htu": publicURL + "/admin"})), reason.ProofOtherRequest)
	require.ErrorIs(t, cause(proven(s, token, "/orders", obj{"ath": "x"})), reason.ProofOtherToken)
	require.ErrorIs(t, cause(proven(s, s.Token(audience, alice), "/orders", nil)), reason.TokenNotBound)
	r := proven(s, token, "/orders", nil)
	_, err := s.auth.Check(r)
	require.NoError(t, err)
	s.Advance(2 * time.Minute)
	require.NoError(t, cause(r), "the proof was young when Check accepted the request")

	onCert := s.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"x5t#S256": thumbprintOf(clientCert())}}))
	r = withHeaders("Bearer " + onCert)
	require.ErrorIs(t, cause(r), reason.ClientCertificateMissing)
	shows(otherCert())(r)
	require.ErrorIs(t, cause(r), reason.ClientCertificateMismatch)
	shows(clientCert())(r)
	require.NoError(t, cause(r))

	ctx, cancel := s.auth.WatchToken(t.Context(), oidcauth.Presented{Token: token})
	defer cancel()
	require.ErrorIs(t, context.Cause(ctx), reason.ProofMissing)
}

// A clock that is set back must not make a used proof good again.
func TestClockSetBackDoesNotForgetProofs(t *testing.T) {
	now := time.Now()
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.Now = func() time.Time { return now } }))
	began := now
	r := proven(s, token, "/orders", nil)
	require.Empty(t, reasonOf(t, s.auth, r))
	now = began.Add(4 * time.Minute)
	require.Equal(t, reason.ProofClock, reasonOf(t, s.auth, r))
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", obj{"iat": now.Unix()})))
	now = began.Add(30 * time.Second)
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, r))
}

// A proof is used up for every issuer and token of its key.
func TestProofIsUsedUpAcrossIssuers(t *testing.T) {
	other := oidctest.New(t)
	s, token := bound(t, withIssuersOf(other))
	foreign := other.Token(audience, merged(alice, oidctest.Claims{"cnf": obj{"jkt": holderKey().jkt()}}))
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", obj{"jti": "same"})))
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, proven(s, foreign, "/orders", obj{"jti": "same"})))
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, proven(s, token, "/orders", obj{"jti": "same", "htu": publicURL + "/x/../orders?other"})))
	require.Equal(t, reason.ProofOtherToken, reasonOf(t, s.auth, proven(s, foreign, "/orders", obj{"ath": athOf(token)})))
	require.Empty(t, reasonOf(t, s.auth, proven(s, foreign, "/orders", nil)))
}

// A route that also serves anonymous requests must not serve a stolen token as anonymous.
func TestOptionalRefusesABoundTokenWithoutProof(t *testing.T) {
	s, token := bound(t)
	h := s.auth.Optional(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.Equal(t, http.StatusOK, serve(h, httptest.NewRequest(http.MethodGet, "/orders", nil)).StatusCode)
	require.Equal(t, http.StatusOK, serve(h, proven(s, token, "/orders", nil)).StatusCode)
	for _, scheme := range []string{"Bearer ", "DPoP "} {
		require.Equal(t, http.StatusUnauthorized, serve(h, withHeaders(scheme+token)).StatusCode)
	}
}

// UserInfo says nothing of the key of an opaque token, so no proof can be compared with it.
func TestProofForATokenOfUserInfo(t *testing.T) {
	s, _ := bound(t, withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.InsecureByUserInfo = true
		c.Issuers[0].Claims.UserInfo = infoAnswers(`{"sub":"alice"}`)
	}))
	require.Equal(t, reason.TokenNotBound, reasonOf(t, s.auth, proven(s, "opaque", "/orders", nil)))
	require.Empty(t, reasonOf(t, s.auth, withHeaders("Bearer opaque")))
}

// The end of the request must not leave a proof that can be used again.
func TestEndedRequestDoesNotAcceptItsProof(t *testing.T) {
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.DPoP.Replays = &denylist.Memory{} }))
	require.Empty(t, reasonOf(t, s.auth, proven(s, token, "/orders", nil)), "the keys are fetched")
	r := proven(s, token, "/orders", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.auth.Check(r.WithContext(ctx))
	require.ErrorIs(t, err, reason.ReplayStoreUnavailable)
	require.Empty(t, reasonOf(t, s.auth, r))
	require.Equal(t, reason.ProofReplayed, reasonOf(t, s.auth, r))
}
