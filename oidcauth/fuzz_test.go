package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// FuzzBearer checks that only "Bearer" with the good token is accepted, and that every other header is refused as a fault of
// the client.
func FuzzBearer(f *testing.F) {
	token := verdict{claims: obj{"exp": inSeconds(1e9)}}.token()
	for _, first := range []string{
		"Bearer TOKEN", "bearer  TOKEN", "BEARER TOKEN ", "Bearer TOKEN,Bearer TOKEN", `Bearer "TOKEN"`, "Basic Og==", "TOKEN", "Bearer", "",
		"Bearer\tTOKEN", "Bearer TOKEN=", "Bearer TOKEN.",
		"Bearer a.b.c", "Bearer ....", "Bearer ey.ey.", "Ⓑearer TOKEN", "Bearer eyJhbGciOiJub25lIn0.e30.",
	} {
		f.Add(first, "", false)
		f.Add("Bearer TOKEN", first, true)
	}
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}, Keys: publicPEM(f, es256().public)}},
		Now:     (&world{now: verdictTime}).clock, Logger: silent,
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, first, second string, twice bool) {
		r := withHeaders(strings.ReplaceAll(first, "TOKEN", token))
		if twice {
			r.Header.Add("Authorization", strings.ReplaceAll(second, "TOKEN", token))
		}
		ran := false
		w := httptest.NewRecorder()
		auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).ServeHTTP(w, r)
		scheme, rest, _ := strings.Cut(first, " ")
		good := !twice && strings.EqualFold(scheme, "Bearer") && strings.TrimLeft(rest, " ") == "TOKEN"
		require.Equal(t, good || !twice && strings.EqualFold(scheme, "Bearer") && strings.TrimLeft(rest, " ") == token, ran)
		if !ran {
			require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized}, w.Code)
			require.Len(t, w.Header().Values("WWW-Authenticate"), 1)
			require.Less(t, w.Body.Len(), 300)
		}
	})
}

// FuzzSpelling revokes a JWT and an opaque token. It checks that no text is accepted that a lenient provider reads as one of
// them.
func FuzzSpelling(f *testing.F) {
	token := verdict{claims: obj{"exp": inSeconds(1e9)}}.token()
	const opaque = "ory_at_T2zGm3cPq0v1uYxWkR9sLbN4dEfHjA7iXoV5tQeZlC8.b6UjK1pRwM0yHsDxG9nLqTfVz3aEoC4iJr7tBkXgW2A"
	for _, text := range []string{
		"TOKEN", "TOKEN.", ".TOKEN", "TOKEN..", "..TOKEN=", "~.TOKEN", "~TOKEN~", "+TOKEN", "TOKENA", "TOKEN.a.b", "Bearer TOKEN", "TOKEN%2E",
		" TOKEN", "TOKEN\n",
	} {
		f.Add(text)
		f.Add(strings.ReplaceAll(text, "TOKEN", "OPAQUE"))
	}
	f.Add(opaque[:len(opaque)-1] + "B")
	lenient := &lenient{}
	known := []string{lenient.reads(token), lenient.reads(opaque)}
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: idp, Audience: []string{audience}, Keys: publicPEM(f, es256().public),
			Introspection: oidcauth.Introspection{Client: introspectorFunc(func(text string) (claims.Set, error) {
				if slices.Contains(known, lenient.reads(text)) {
					return claims.Parse([]byte(`{"active":true,"sub":"s","token_type":"Bearer","aud":"` + audience + `"}`))
				}
				return claims.Set{}, claims.ErrInactive
			})},
		}},
		Now: (&world{now: verdictTime}).clock, Logger: silent,
	})
	require.NoError(f, err)
	for _, revoked := range []string{token, opaque} {
		require.Empty(f, must(auth.Check(withHeaders("Bearer "+revoked))).User().ID)
		require.NoError(f, auth.Revoke(f.Context(), revoked, ""))
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.NewReplacer("TOKEN", token, "OPAQUE", opaque).Replace(text)
		_, err := auth.Check(withHeaders("Bearer " + text))
		var refused *oidcauth.Error
		require.ErrorAs(t, err, &refused, "%q", text)
	})
}

// FuzzIntrospectionAnswer checks that a token is accepted only if its answer is active, has the audience and the issuer, has no
// cnf, and names an access token in each claim for the type.
func FuzzIntrospectionAnswer(f *testing.F) {
	good := `"active":true,"sub":"s","aud":"` + audience + `"`
	for _, more := range []string{
		"", `,"token_type":"Bearer"`, `,"token_type":"refresh_token"`, `,"token_use":"refresh_token"`, `,"token_type":null`,
		`,"tokenType":"refresh-token"`, `,"typ":"ID"`,
		`,"token_type":"DPoP"`, `,"cnf":{}`, `,"iss":"https://other.example"`, `,"exp":1`, `,"events":{}`, `,"active":false`,
		`,"Token_Use":"refresh"`, `,"type":"refresh"`,
	} {
		f.Add([]byte("{" + good + more + "}"))
	}
	f.Add([]byte(`{"active":true,"sub":"s"}`))
	f.Add([]byte(`{"active":"true","aud":["` + audience + `"]}`))
	var answer []byte
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: idp, Audience: []string{audience}, Keys: publicPEM(f, es256().public),
			Introspection: oidcauth.Introspection{Client: introspectorFunc(func(string) (claims.Set, error) { return claims.Parse(answer) })},
		}},
		Now: (&world{now: verdictTime}).clock, Logger: silent,
	})
	require.NoError(f, err)
	access := []string{"bearer", "access", "access_token", "access-token", "accesstoken", "jwt", "at+jwt", "at", "sliding"}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer = body
		if d := auth.Explain(t.Context(), "opaque-"+b64(string(body))); !d.Accepted {
			require.NotEmpty(t, d.Reason)
			return
		}
		var said map[string]any
		require.NoError(t, json.Unmarshal(body, &said))
		require.NotEqual(t, false, said["active"])
		aud, isList := said["aud"].([]any)
		require.True(t, said["aud"] == audience || isList && slices.Contains(aud, any(audience)))
		require.NotContains(t, said, "cnf")
		require.NotContains(t, said, "events")
		if iss, found := said["iss"]; found {
			require.Equal(t, idp, iss)
		}
		for _, name := range []string{"token_use", "token_type", "tokenType", "typ"} {
			if value, found := said[name]; found {
				text, ok := value.(string)
				require.True(t, ok, name)
				text = strings.TrimPrefix(strings.ToLower(text), "urn:ietf:params:oauth:token-type:")
				require.Contains(t, access, strings.NewReplacer(" ", "_").Replace(text), name)
			}
		}
	})
}
