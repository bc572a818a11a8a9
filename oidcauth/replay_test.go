package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

var recordKey = bytes.Repeat([]byte("k"), 32)

// recordingService returns a service and the last line of its log.
func recordingService(t *testing.T, options ...option) (service, func() []byte) {
	t.Helper()
	var out bytes.Buffer
	records := withConfig(func(c *oidcauth.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&out, nil))
		c.Log = oidcauth.Log{Accepted: 1, RecordKey: recordKey}
	})
	return newService(t, append([]option{records}, options...)...), func() []byte {
		lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
		return lines[len(lines)-1]
	}
}

// recorded sends a token, and returns the record of its decision from the log.
func recorded(t *testing.T, s service, last func() []byte, token string, want reason.Reason) decision.Record {
	t.Helper()
	require.Equal(t, want, s.reason(t, token))
	r, err := decision.ParseRecord(last())
	require.NoError(t, err)
	require.Equal(t, want == "", r.Accepted)
	require.Equal(t, want, r.Reason)
	return r
}

// other returns an Authenticator for the same provider with another configuration.
func other(t *testing.T, s service, options ...option) *oidcauth.Authenticator {
	t.Helper()
	silent := withConfig(func(c *oidcauth.Config) { c.Logger = slog.New(slog.DiscardHandler) })
	return serviceOf(t, s.Provider, append([]option{silent}, options...)...).auth
}

// A replay by the same configuration comes to the recorded decision, for each reason that a JWT itself causes.
func TestReplayComesToTheSameDecision(t *testing.T) {
	s, last := recordingService(t)
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		want    reason.Reason
	}{
		"accepted":       {oidctest.Forgery{}, ""},
		"wrong audience": {oidctest.Forgery{Claims: oidctest.Claims{"aud": "api://invoices"}}, reason.WrongAudience},
		"expired":        {oidctest.Forgery{Claims: oidctest.Claims{"exp": s.Now().Add(-time.Hour).Unix()}}, reason.Expired},
		"not yet valid":  {oidctest.Forgery{Claims: oidctest.Claims{"nbf": s.Now().Add(time.Hour).Unix()}}, reason.NotYetValid},
		"unknown issuer": {oidctest.Forgery{Claims: oidctest.Claims{"iss": "https://other.example"}}, reason.UnknownIssuer},
		"no exp":         {oidctest.Forgery{Claims: oidctest.Claims{"exp": nil}}, reason.InvalidClaims},
		"unknown key":    {oidctest.Forgery{Header: map[string]any{"kid": "gone"}}, reason.KeyNotFound},
		"bound token":    {oidctest.Forgery{Claims: oidctest.Claims{"cnf": map[string]any{"jkt": "x"}}}, reason.SenderConstrained},
	} {
		t.Run(name, func(t *testing.T) {
			c.forgery.Claims = merged(oidctest.Claims{"aud": audience, "sub": "alice", "jti": name}, c.forgery.Claims)
			token := s.Forge(c.forgery)
			r := recorded(t, s, last, token, c.want)
			for _, secret := range append(secretsOf(token), "alice") {
				require.NotContains(t, string(last()), secret)
			}
			got := s.auth.Replay(t.Context(), r)
			require.Equal(t, c.want, got.Reason)
			if c.want == "" {
				require.Equal(t, decision.Passed, got.Outcome)
			} else {
				require.Equal(t, decision.Failed, got.Outcome)
			}
			require.Empty(t, got.Changes)
			require.NotEmpty(t, got.Steps)
		})
	}
}

// A replay tells what another configuration would decide, and what has changed.
func TestReplayTellsTheEffectOfAChange(t *testing.T) {
	s, last := recordingService(t, withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("email"), "alice@corp.example")}
	}))
	mail := oidctest.Claims{"sub": "alice", "email": "alice@corp.example", "azp": "app"}
	good := recorded(t, s, last, s.Token(audience, mail), "")
	bad := recorded(t, s, last, s.Token("api://invoices", mail), reason.WrongAudience)
	check := func(checks ...claims.Check) option {
		return withConfig(func(c *oidcauth.Config) { c.Issuers[0].Claims.Checks = checks })
	}
	for name, c := range map[string]struct {
		record  decision.Record
		change  option
		outcome decision.Outcome
		reason  reason.Reason
	}{
		"audience removed":      {good, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"new"} }), decision.Failed, reason.WrongAudience},
		"audience added":        {bad, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://invoices"} }), decision.Passed, ""},
		"check that fails":      {good, check(claims.Equals(claims.Name("azp"), "other")), decision.Failed, reason.CheckFailed},
		"check that passes":     {good, check(claims.Equals(claims.Name("azp"), "app")), decision.Passed, ""},
		"claim that is missing": {good, check(claims.Equals(claims.Name("dept"), "IT")), decision.Failed, reason.CheckClaimMissing},
		"hidden value":          {good, check(claims.Equals(claims.Name("email"), "bob@corp.example")), decision.Skipped, ""},
		"users":                 {good, withConfig(func(c *oidcauth.Config) { c.Users = usermap.NewTable() }), decision.Skipped, ""},
		"issuer removed": {good, func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers = []oidcauth.Issuer{{URL: "https://new.example", Audience: []string{audience}}}
		}, decision.Failed, reason.UnknownIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			got := other(t, s, c.change).Replay(t.Context(), c.record)
			require.Equal(t, c.outcome, got.Outcome, "%+v", got)
			require.Equal(t, c.reason, got.Reason)
			require.Len(t, got.Changes, 1)
		})
	}
}

func TestReplayNoticesANewKey(t *testing.T) {
	s, last := recordingService(t)
	r := recorded(t, s, last, s.Token(audience, alice), "")
	require.NotEmpty(t, r.Key)
	require.NoError(t, s.Rotate("RS256"))
	s.Retire()
	got := other(t, s).Replay(t.Context(), r)
	require.Equal(t, decision.Failed, got.Outcome)
	require.Equal(t, []string{"The keys of the issuer have changed."}, got.Changes)
}

// A record of yesterday is judged at its own time, and the replay says that the token has expired since.
func TestReplayIsAtTheTimeOfTheRecord(t *testing.T) {
	s, last := recordingService(t)
	r := recorded(t, s, last, s.Token(audience, alice), "")
	later := other(t, s, withConfig(func(c *oidcauth.Config) { c.Now = func() time.Time { return s.Now().Add(time.Hour) } }))
	got := later.Replay(t.Context(), r)
	require.Equal(t, decision.Passed, got.Outcome)
	require.Len(t, got.Changes, 1)
	require.Contains(t, got.Changes[0], "expired")
}

// What a replay cannot know, it does not claim.
func TestReplayOfATokenThatOnlyItsProviderKnows(t *testing.T) {
	s, last := recordingService(t, withOpaqueToken(&introspection{}, nil))
	r := recorded(t, s, last, "opaque-of-alice", "")
	require.Equal(t, "introspected", r.Form)
	require.Equal(t, decision.Skipped, s.auth.Replay(t.Context(), r).Outcome)
	r = recorded(t, s, last, "a.b.c", reason.MalformedToken)
	require.Equal(t, decision.Skipped, s.auth.Replay(t.Context(), r).Outcome)
	require.Equal(t, decision.Skipped, s.auth.Replay(t.Context(), decision.Record{}).Outcome)
}

// Equal values have equal hashes, so that the records of one user are found; without the key, no value can be tried.
func TestHiddenValuesAreHashedWithAKey(t *testing.T) {
	hashes := map[string]string{}
	p := oidctest.New(t)
	for _, key := range []string{"k", "x"} {
		var out bytes.Buffer
		s := serviceOf(t, p, withConfig(func(c *oidcauth.Config) {
			c.Logger = slog.New(slog.NewJSONHandler(&out, nil))
			c.Log = oidcauth.Log{Accepted: 1, RecordKey: bytes.Repeat([]byte(key), 32)}
		}))
		for i, sub := range []string{"bob", "bob", "carol"} {
			out.Reset()
			require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": sub, "jti": fmt.Sprint(i)})))
			r, err := decision.ParseRecord(out.Bytes())
			require.NoError(t, err)
			require.Equal(t, "string", r.Hidden["sub"].Type)
			if before := hashes[key+sub]; before != "" {
				require.Equal(t, before, r.Hidden["sub"].Hash)
			}
			hashes[key+sub] = r.Hidden["sub"].Hash
		}
	}
	require.Len(t, hashes, 4)
	require.Len(t, slices.Compact(slices.Sorted(maps.Values(hashes))), 4)
}

func TestRecordKeyIsLongEnough(t *testing.T) {
	config := oidctest.New(t).Config(audience)
	config.Log.RecordKey = make([]byte, 31)
	_, err := oidcauth.New(config)
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "Log.RecordKey", fault.Field)
}

// Records and lines of other programs are read without harm.
func FuzzReplay(f *testing.F) {
	f.Add([]byte(`{"record":{"form":"signed","header":{"alg":"RS256"},"claims":{"iss":"x"},"hidden":{"sub":{"type":"string"}}}}`))
	f.Add([]byte(`{"form":"signed","hidden":{"a":{"type":"other"}}}`))
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: "https://idp.example", Audience: []string{"a"}}}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // no key is fetched
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := decision.ParseRecord(line)
		if err != nil {
			return
		}
		got := auth.Replay(ctx, r)
		require.True(t, slices.Contains([]decision.Outcome{decision.Passed, decision.Failed, decision.Skipped}, got.Outcome))
		require.False(t, got.Outcome == decision.Passed, "no key verified it")
		_, err = json.Marshal(got.Changes)
		require.NoError(t, err)
	})
}

// A replay does not contradict a decision whose cause the record does not contain.
func TestReplayDoesNotContradictWhatItCannotSee(t *testing.T) {
	s, last := recordingService(t, withConfig(func(c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{} }))
	token := s.Token(audience, alice)
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	r := recorded(t, s, last, token, reason.TokenRevoked)
	got := s.auth.Replay(t.Context(), r)
	require.Equal(t, decision.Failed, got.Outcome, "no setting has changed")
	require.Equal(t, reason.TokenRevoked, got.Reason)
	require.Equal(t, decision.Skipped, other(t, s, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Leeway = oidcauth.Exactly(time.Second) })).Replay(t.Context(), r).Outcome)
}

// A requirement of the application is no setting, so its refusal of an accepted token is not recorded.
func TestRefusalAfterAcceptanceHasNoRecord(t *testing.T) {
	var out bytes.Buffer
	s := newService(t, withConfig(func(c *oidcauth.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&out, nil))
		c.Log = oidcauth.Log{RecordKey: recordKey}
	}))
	id, err := s.auth.CheckToken(t.Context(), oidcauth.Presented{Token: s.Token(audience, alice)})
	require.NoError(t, err)
	s.auth.RefuseToken(oidcauth.NewContext(t.Context(), id), oidcauth.Presented{}, id.RequireScopes("orders:write"))
	require.Contains(t, out.String(), string(reason.InsufficientScope))
	_, err = decision.ParseRecord(bytes.TrimSpace(out.Bytes()))
	require.ErrorIs(t, err, decision.ErrNoRecord)
}

// The padding of a token is recorded, because settings decide about it.
func TestReplayOfATokenWithPadding(t *testing.T) {
	padded := withConfig(func(c *oidcauth.Config) { c.Issuers[0].PaddedTokens = true })
	s, last := recordingService(t, padded)
	token := s.Token(audience, alice)
	r := recorded(t, s, last, token, reason.MalformedToken)
	require.False(t, r.Padded)
	require.Equal(t, reason.MalformedToken, s.auth.Replay(t.Context(), r).Reason)
	require.True(t, recorded(t, s, last, paddedParts(token), reason.InvalidSignature).Padded)

	plain, lastOfPlain := recordingService(t)
	r = recorded(t, plain, lastOfPlain, plain.Token(audience, alice), "")
	require.Equal(t, reason.MalformedToken, other(t, plain, padded).Replay(t.Context(), r).Reason)
	r.Padded = true
	require.Equal(t, decision.Passed, other(t, plain, padded).Replay(t.Context(), r).Outcome)
	require.Equal(t, reason.MalformedToken, plain.auth.Replay(t.Context(), r).Reason)
}

// The ID token of a login is not judged as an access token.
func TestReplayOfALogin(t *testing.T) {
	s, last := recordingService(t)
	_, _, why := s.signIn(t, s.granted(oidctest.Claims{"nonce": "of another login"}))
	require.Equal(t, reason.NonceMismatch, why)
	r, err := decision.ParseRecord(last())
	require.NoError(t, err)
	require.Equal(t, "login", r.Form)
	got := s.auth.Replay(t.Context(), r)
	require.Equal(t, decision.Skipped, got.Outcome)
	require.NotEmpty(t, got.Steps[0].Detail)
}

// paddedParts adds the padding to the parts of a token, which the signature does not cover.
func paddedParts(token string) string {
	parts := strings.Split(token, ".")
	for i, part := range parts {
		parts[i] = padding(part)
	}
	return strings.Join(parts, ".")
}
