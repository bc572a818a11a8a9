package oidcauth_test

import (
	"context"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// Neither the caches nor the values that an application keeps after a request contain the token.
func TestTokenDoesNotStayInMemory(t *testing.T) {
	for name, off := range map[string]bool{"kept": false, "not kept": true} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Cache.Disabled = off })
			token := s.Token(audience, alice)
			id, err := s.auth.Check(withHeaders("Bearer " + token))
			require.NoError(t, err)
			signature := token[strings.LastIndexByte(token, '.')+1:]
			raw, err := base64.RawURLEncoding.DecodeString(signature)
			require.NoError(t, err)

			found := everything{}
			found.look(reflect.ValueOf(id))
			found.look(reflect.ValueOf(s.auth))
			require.Contains(t, found.texts.String(), `"sub":"alice"`, "the claims are held")
			require.NotContains(t, found.texts.String(), signature)
			require.NotContains(t, found.texts.String(), token[:10], "a part of the token's text keeps all of it")
			require.NotContains(t, found.texts.String(), string(raw))
		})
	}
}

// everything collects the strings that can be reached from a value.
type everything struct {
	texts strings.Builder
	seen  map[any]bool
}

func (e *everything) look(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		e.texts.WriteString(v.String() + "\n")
	case reflect.Pointer:
		at := [2]any{v.Pointer(), v.Type()}
		if v.IsNil() || e.seen[at] {
			return
		}
		if e.seen == nil {
			e.seen = map[any]bool{}
		}
		e.seen[at] = true
		e.look(v.Elem())
	case reflect.Interface:
		e.look(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			e.look(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			e.texts.WriteString(string(v.Bytes()) + "\n")
			return
		}
		for i := range v.Len() {
			e.look(v.Index(i))
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			e.look(it.Key())
			e.look(it.Value())
		}
	}
}

func TestEveryRequestWithACachedTokenIsReported(t *testing.T) {
	var told []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
	})
	token := s.Token(audience, alice)
	for range 4 {
		require.Empty(t, s.reason(t, token))
	}
	require.Len(t, told, 4)
	for _, d := range told {
		require.True(t, d.Accepted)
		require.NotEmpty(t, d.Token.KeySource)
	}
}
