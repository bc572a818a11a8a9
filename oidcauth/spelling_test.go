package oidcauth_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// A revoked token stays revoked in every spelling. The provider does not know the revocation, and calls every spelling active
// that it can read.
func TestNoSpellingOfARevokedTokenIsAccepted(t *testing.T) {
	const spellings = 1500
	both := func(iss *oidcauth.Issuer, c *provider.Client) { iss.Introspection.Client, iss.Claims.UserInfo = c, c }
	for name, c := range map[string]struct {
		opaque string // "": a JWT
		reader *lenient
		config func(*oidcauth.Issuer, *provider.Client)
	}{
		"JWT beside introspection":          {"", &lenient{}, both},
		"JWT, one alphabet discarded":       {"", &lenient{foreign: "+/"}, both},
		"JWT, the other alphabet discarded": {"", &lenient{foreign: "-_"}, both},
		"JWT introspected":                  {"", &lenient{}, func(iss *oidcauth.Issuer, c *provider.Client) { both(iss, c); iss.Introspection.JWTs = true }},
		"JWT where Opaque takes all": {"", &lenient{}, func(iss *oidcauth.Issuer, c *provider.Client) {
			both(iss, c)
			iss.Introspection.Owns = func(string) bool { return true }
		}},
		"JWT beside UserInfo": {"", &lenient{}, func(iss *oidcauth.Issuer, c *provider.Client) {
			iss.Claims.UserInfo, iss.Introspection.InsecureByUserInfo = c, true
		}},
		"opaque, of Hydra":                 {"ory_at_T2zGm3cPq0v1uYxWkR9sLbN4dEfHjA7iXoV5tQeZlC8.b6UjK1pRwM0yHsDxG9nLqTfVz3aEoC4iJr7tBkXgW2A", &lenient{}, both},
		"opaque, 32 bytes":                 {"Zk3vXq9ZJ8mB7dWcT2zGm3cPq0v1uYxWkR9sLbN4dE8", &lenient{}, both},
		"opaque, 16 bytes":                 {"Zk3vXq9ZJ8mB7dWcT2zGmw", &lenient{}, both},
		"opaque, of the standard alphabet": {"Zk3/Xq9ZJ8mB7+WcT2zGm3cPq0v/uYxWkR9sLbN4+EfHjA7iXoV5tQeZlC8Zk3vX", &lenient{}, both},
		"opaque by UserInfo, in four parts": {
			"Zk3vXq9ZJ8mB7dWcT2zGm3cPq0v1uYxWkR9sLbN4dE8.b6UjK1pRwM0yHsDxG9nLqTfVz3aEoC.iJr7tBkXgW2A-T2zGm3cPq0v1.f4G-x_Zk3vXq9ZJ8mB7dWcT2zG", &lenient{},
			func(iss *oidcauth.Issuer, c *provider.Client) {
				iss.Claims.UserInfo, iss.Introspection.InsecureByUserInfo = c, true
			},
		},
		"opaque, one alphabet discarded":       {"Zk3vXq9ZJ8mB7dW-T2zGm3cPq0v1uYxWkR9sLbN4d_8", &lenient{foreign: "+/", dotless: true}, both},
		"opaque, the other alphabet discarded": {"Zk3/Xq9ZJ8mB7+WcT2zGm3cPq0v/uYxWkR9sLbN4dE8", &lenient{foreign: "-_", dotless: true}, both},
		"opaque, case folded":                  {"Zk3vXq9ZJ8mB7dWcT2zGm3cPq0v1uYxWkR9sLbN4dE8", &lenient{folds: true}, both},
		"short, case folded":                   {"tok-Alice-1", &lenient{folds: true}, both},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLenient(t, c.reader)
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) { c.config(&config.Issuers[0], l.client(t)) })
			token := c.opaque
			if token == "" {
				token = s.Forge(oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{"aud": audience, "sub": "alice", "pad": "~~~???>>>"}})
			}
			says, err := json.Marshal(obj{"active": true, "sub": "alice", "aud": audience, "token_type": "Bearer", "exp": s.Now().Unix() + 240})
			require.NoError(t, err)
			l.says, l.token = string(says), l.reads(token)
			require.Empty(t, s.reason(t, token))
			require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
			require.Equal(t, reason.TokenRevoked, s.reason(t, token))

			r := rand.New(rand.NewPCG(1, 2))
			readable := 0
			for range spellings {
				spelt := token
				for range 1 + r.IntN(3) {
					spelt = respelt(r, spelt)
				}
				if spelt == "" {
					continue
				}
				if l.reads(spelt) == l.token {
					readable++
				}
				if id, err := s.auth.Check(withHeaders("Bearer " + spelt)); err == nil {
					require.Failf(t, "accepted", "%q as %s", spelt, id.Subject())
				}
				var refused *oidcauth.Error
				// With another signature, the token is already denied, and may be revoked again.
				again := strings.Count(spelt, ".") == 2 && strings.HasPrefix(spelt, token[:strings.LastIndexByte(token, '.')+1])
				if c.opaque == "" && !again {
					require.ErrorAs(t, s.auth.Revoke(t.Context(), spelt, ""), &refused, "%q", spelt)
				}
			}
			require.Greater(t, readable, spellings/10, "the spellings are none that this provider reads")
		})
	}
}

// The rules for JWTs apply to a text that looks like a JWT. It is never introspected, and Owns is never called with it.
func TestTextThatLooksLikeAJWTIsNotIntrospected(t *testing.T) {
	shown := 0
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(string) bool { shown++; return true }
	}))
	good := s.Token(audience, alice)
	h, rest, _ := strings.Cut(good, ".")
	p, signature, _ := strings.Cut(rest, ".")
	header := func(text string) string { return b64(text) + "." + p + "." + signature }
	for name, token := range map[string]string{
		"dot behind":                  good + ".",
		"dots around":                 ".." + good + ".",
		"dot between":                 h + ".." + rest,
		"part of a sign in front":     "~." + good,
		"sign in front":               "~" + good,
		"sign of another alphabet":    "+" + good,
		"five parts":                  good + ".a.b",
		"five parts, two empty":       good + "..",
		"two parts":                   h + "." + p,
		"header alone":                h,
		"blank before the header":     header(` {"alg":"RS256"}`) + ".",
		"line break before it":        header("\r\n\t{\"alg\":\"RS256\"}") + ".",
		"byte order mark before it":   header("\ufeff{\"alg\":\"RS256\"}"),
		"something behind the header": header(`{"alg":"RS256"} x`),
		"name escaped":                header(`{"\u0061lg":"RS256"}`) + ".",
		"name twice":                  header(`{"alg":"none","alg":"RS256"}`) + ".",
		"name in capitals":            header(`{"ALG":"RS256"}`) + ".",
		"not quite JSON":              header(`{"alg":"RS256",}`) + ".",
		"trailing bits of the header": b64(`{"alg":"RS256" }`)[:21] + "1." + rest,
		"encrypted, and a dot":        b64(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y2lwaGVy.dGFn.",
		"encrypted with padding":      b64(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y2lwaGVy.dGFn=",
		"encrypted without a tag":     b64(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y2lwaGVy.",
		"encrypted by nothing":        b64(`{"alg":"RS256"}`) + "..aXY.Y2lwaGVy.dGFn",
	} {
		t.Run(name, func(t *testing.T) {
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Equal(t, reason.MalformedToken, s.reason(t, token))
			require.Equal(t, reason.MalformedToken, s.auth.Explain(t.Context(), token).Reason)
			var refused *oidcauth.Error
			require.ErrorAs(t, s.auth.Revoke(t.Context(), token, ""), &refused)
			require.Equal(t, reason.MalformedToken, refused.Reason)
		})
	}
	require.Zero(t, i.asked.Load())
	require.Zero(t, shown)
}

// Opaque tokens of products may contain dots, punctuation and JSON. JWEs are opaque too.
func TestOpaqueTokensOfAllProductsAreIntrospected(t *testing.T) {
	for _, token := range []string{
		"ya29.a0AfH6SMBx-Ek3vZ_1qT", "ory_at_u3p9.4XqZ-k", "1//0gabcDEF-_", "EwB4A8l6BAAUbDba3x2OMJElkF7gJ4z/VbCPEz0AAbn=", "v4.public.payload.eyJraWQiOiJhIn0",
		"eyJpdiI6IngiLCJ2YWx1ZSI6IngifQ", "eyJpdiI6IngiLCJ2YWx1ZSI6IngifQ==", "eyJpZCI6MX0.c2lnbmF0dXJl", "~", "...", "eyJ", "W10.x", "a.b.c.d.e",
		"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn",
	} {
		t.Run(token, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil))
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Empty(t, s.reason(t, token))
			require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
			require.Equal(t, reason.TokenRevoked, s.reason(t, token))
		})
	}
}

// Punctuation does not distinguish tokens that have at least 16 letters and digits. It distinguishes shorter ones.
func TestPunctuationCountsBetweenFewLetters(t *testing.T) {
	const text = "abcdefghijklmnop"
	for letters, want := range map[int]reason.Reason{16: reason.TokenRevoked, 15: ""} {
		s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Introspection.Client = perToken{} })
		require.NoError(t, s.auth.Revoke(t.Context(), text[:4]+"-"+text[4:letters], ""))
		require.Equal(t, want, s.reason(t, text[:letters]), letters)
	}
}

// Revoking one opaque token does not revoke another token that the provider may have issued.
func TestRevokingOneOpaqueTokenRevokesNoOther(t *testing.T) {
	for _, c := range [][2]string{
		{"token-1", "token-2"},
		{"session-of-alice-number-00000001", "session-of-alice-number-00000002"},
		{"Zk3vXq9ZJ8mB7dWcT2zGmw.1", "Zk3vXq9ZJ8mB7dWcT2zGmw.2"},
		{"a1b2c3d4-0000-4000-8000-00000000000a", "a1b2c3d4-0000-4000-8000-00000000000b"},
		{"1.11", "11.1"},
		{"Zk3vXq9ZJ8mB7dWcT2zGmcQw", "Zk3vXq9ZJ8mB7dWcT2zGmcQx"},
		{"ory_at_a.b", "ory_rt_a.b"},
	} {
		t.Run(c[0], func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil))
			i.answers[c[0]], i.answers[c[1]] = i.answers["opaque-of-alice"], i.answers["opaque-of-alice"]
			require.NoError(t, s.auth.Revoke(t.Context(), c[0], ""))
			require.Equal(t, reason.TokenRevoked, s.reason(t, c[0]))
			require.Empty(t, s.reason(t, c[1]))
		})
	}
}

// A parser of UUIDs or hexadecimal digits accepts capitals too, and a UUID without hyphens. A parser of JWEs may ignore the
// position of the tag, and a key that the algorithm does not use (go-jose).
func TestRevokedTokenOfFixedFormIsRevokedInEverySpelling(t *testing.T) {
	const ciphertext, tag = "cipher text of a few blocks", "0123456789abcdef"
	jwe := func(key, ciphertext, tag string) string {
		return b64(`{"alg":"dir","enc":"A256GCM"}`) + "." + b64(key) + "." + b64("iv-12-bytes!") + "." + b64(ciphertext) + "." + b64(tag)
	}
	for _, spelt := range [][]string{
		{"deadbeefdeadbeefdeadbeefdeadbeef", "DEADBEEFDEADBEEFDEADBEEFDEADBEEF"},
		{"a1b2c3d4-0000-4000-8000-00000000000a", "A1B2C3D4-0000-4000-8000-00000000000A", "a1b2c3d40000400080000000000000" + "0a"},
		{
			jwe("", ciphertext, tag), jwe("unused", ciphertext, tag), jwe("", ciphertext[:10], ciphertext[10:]+tag),
			jwe("x", ciphertext+tag[:1], tag[1:]),
		},
	} {
		i := &introspection{}
		s := newService(t, withOpaqueToken(i, nil))
		for _, token := range spelt {
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Empty(t, s.reason(t, token))
		}
		require.NoError(t, s.auth.Revoke(t.Context(), spelt[0], ""))
		for _, token := range spelt {
			require.Equal(t, reason.TokenRevoked, s.reason(t, token), token)
		}
	}
}
