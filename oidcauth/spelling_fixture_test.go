package oidcauth_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// lenient is a provider that reads tokens leniently, as libraries of products do: it trims, decodes and discards characters. It
// knows one token, and its introspection and UserInfo answer with says about this token.
type lenient struct {
	*httptest.Server
	foreign string // base64 characters of the other alphabet, which its decoder discards
	dotless bool   // its decoder discards dots as well
	folds   bool   // it compares tokens without regard to case, as some databases do, and does not decode them
	token   string // the token in the form in which the provider reads it
	says    string
	read    atomic.Int64 // requests with a spelling of the token
}

func newLenient(t *testing.T, l *lenient) *lenient {
	t.Helper()
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		known := `{"active":false}`
		if r.URL.Path == "/introspect" {
			raw = r.FormValue("token")
		}
		w.Header().Set("Content-Type", "application/json")
		if l.reads(raw) == l.token {
			l.read.Add(1)
			known = l.says
		} else if r.URL.Path == "/userinfo" {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte(known))
	}))
	t.Cleanup(l.Close)
	return l
}

// reads returns the same text for all spellings that this provider takes for one token.
func (l *lenient) reads(raw string) string {
	for {
		text, err := url.PathUnescape(raw)
		if err != nil || text == raw {
			break
		}
		raw = text
	}
	raw = strings.TrimPrefix(strings.Join(strings.Fields(raw), ""), "ory_at_")
	if l.folds {
		return strings.ToLower(raw)
	}
	if l.dotless {
		raw = strings.ReplaceAll(raw, ".", "")
	}
	var parts []string
	for _, p := range strings.FieldsFunc(raw, func(r rune) bool { return r == '.' }) {
		if data, some := l.decode(p); some {
			parts = append(parts, fmt.Sprintf("%x", data))
		}
	}
	return strings.Join(parts, ".")
}

// decode ignores characters outside the alphabet, padding, trailing bits, and a surplus character.
func (l *lenient) decode(part string) (data []byte, some bool) {
	kept := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(l.foreign, r):
			return -1
		case r == '+':
			return '-'
		case r == '/':
			return '_'
		case strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", r):
			return r
		}
		return -1
	}, part)
	some = kept != ""
	if len(kept)%4 == 1 {
		kept = kept[:len(kept)-1]
	}
	data, err := base64.RawURLEncoding.DecodeString(kept)
	return data, some && err == nil
}

func (l *lenient) client(t *testing.T) *provider.Client {
	t.Helper()
	c, err := provider.New(provider.Config{
		IntrospectionURL: l.URL + "/introspect", UserInfoURL: l.URL + "/userinfo", ClientID: "api", Auth: provider.Auth{Secret: "a secret of 32 bytes or a bit more"},
	})
	require.NoError(t, err)
	return c
}

// respelt changes a token in one way that a lenient provider may not notice.
func respelt(r *rand.Rand, token string) string {
	insert := func(what string) string {
		i := r.IntN(len(token) + 1)
		return token[:i] + what + token[i:]
	}
	parts := strings.Split(token, ".")
	i := r.IntN(len(parts))
	switch r.IntN(15) {
	case 14:
		return insert(".")
	case 13:
		j := r.IntN(len(token) + 1)
		return strings.ToUpper(token[:j]) + strings.ToLower(token[j:])
	case 12:
		return strings.TrimPrefix(token, "ory_at_") // older versions of Hydra had no prefix, and newer versions accept tokens without it
	case 0:
		return token + strings.Repeat(".", 1+r.IntN(3))
	case 1:
		return strings.Repeat(".", 1+r.IntN(3)) + token
	case 2:
		parts[i] += "." // a second dot between two parts
	case 3:
		return token + strings.Repeat("=", 1+r.IntN(3))
	case 4:
		parts[i] += strings.Repeat("=", 1+r.IntN(2))
	case 5:
		return insert("~")
	case 6:
		return insert([]string{"+", "/", "-", "_"}[r.IntN(4)])
	case 7:
		return strings.NewReplacer("-", "+", "_", "/").Replace(token)
	case 8: // trailing bits
		if p := parts[i]; p != "" {
			if at := strings.IndexByte(base64URL, p[len(p)-1]); at >= 0 {
				parts[i] = p[:len(p)-1] + string(base64URL[at^(1+r.IntN(3))])
			}
		}
	case 9:
		parts[i] += string(base64URL[r.IntN(64)])
	case 10:
		return insert([]string{" ", "\t", "\n", "\r\n", "\u00a0"}[r.IntN(5)])
	case 11:
		j := r.IntN(len(token))
		return token[:j] + fmt.Sprintf("%%%02X", token[j]) + token[j+1:]
	}
	return strings.Join(parts, ".")
}
