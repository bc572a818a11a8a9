package oidcauth_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func readFrom(from oidcauth.Credentials) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Credentials = from }
}

// sendingHeaders adds headers to a request. It replaces TOKEN by the token, and ENCODED by its base64url.
func sendingHeaders(headers ...[2]string) func(*http.Request, string) {
	return func(r *http.Request, token string) {
		in := strings.NewReplacer("TOKEN", token, "ENCODED", base64.RawURLEncoding.EncodeToString([]byte(token)))
		for _, h := range headers {
			r.Header.Add(h[0], in.Replace(h[1]))
		}
	}
}

func TestVerdictNamedHeader(t *testing.T) {
	const name = "X-Goog-IAP-JWT-Assertion"
	row := func(row string, want reason.Reason, headers ...[2]string) verdict {
		return verdict{name: row, want: want, config: readFrom(oidcauth.Credentials{Header: name}), send: sendingHeaders(headers...)}
	}
	good, authorization := [2]string{name, "TOKEN"}, [2]string{"Authorization", "Bearer TOKEN"}
	runVerdicts(t, []verdict{
		row("good", "", good),
		row("another case of its name", "", [2]string{"x-goog-iap-jwt-assertion", "TOKEN"}),
		row("Authorization is not read", reason.NoCredentials, authorization),
		row("Authorization is ignored", "", good, [2]string{"Authorization", "Basic YTpi"}),
		row("neither", reason.NoCredentials),
		row("another header", reason.NoCredentials, [2]string{"Cf-Access-Jwt-Assertion", "TOKEN"}),
		row("two values", reason.MalformedRequest, good, good),
		row("two different values", reason.MalformedRequest, good, [2]string{name, "x"}),
		row("a good and an empty value", reason.MalformedRequest, good, [2]string{name, ""}),
		row("a list", reason.MalformedRequest, [2]string{name, "TOKEN,TOKEN"}),
		row("a list with a blank", reason.MalformedRequest, [2]string{name, "TOKEN, TOKEN"}),
		row("a list with an empty element", reason.MalformedRequest, [2]string{name, "TOKEN,"}),
		row("empty", reason.MalformedRequest, [2]string{name, ""}),
		row("a scheme", reason.MalformedRequest, [2]string{name, "Bearer TOKEN"}),
		row("quotes", reason.MalformedRequest, [2]string{name, `"TOKEN"`}),
		row("a cookie", reason.NoCredentials, [2]string{"Cookie", name + "=TOKEN"}),
		row("a subprotocol", reason.NoCredentials, [2]string{"Sec-WebSocket-Protocol", "bearer, TOKEN"}),
		row("opaque", reason.OpaqueToken, [2]string{name, "x"}),
	})
}

func TestVerdictWebSocketProtocol(t *testing.T) {
	const name, k8s = "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io."
	authorization := [2]string{"Authorization", "Bearer TOKEN"}
	var out []verdict
	for protocol, rows := range map[string][]struct {
		name string
		want reason.Reason
		sent [][2]string
	}{
		"bearer": {
			{"good", "", [][2]string{{name, "bearer, TOKEN"}}},
			{"without a blank", "", [][2]string{{name, "bearer,TOKEN"}}},
			{"behind another", "", [][2]string{{name, "graphql-transport-ws, bearer, TOKEN"}}},
			{"before another", "", [][2]string{{name, "bearer, TOKEN, graphql-transport-ws"}}},
			{"in two lines", "", [][2]string{{name, "bearer"}, {name, "TOKEN"}}},
			{"Authorization", "", [][2]string{authorization}},
			{"Authorization and another protocol", "", [][2]string{authorization, {name, "graphql-transport-ws"}}},
			{"neither", reason.NoCredentials, nil},
			{"another protocol", reason.NoCredentials, [][2]string{{name, "graphql-transport-ws"}}},
			{"both", reason.MalformedRequest, [][2]string{authorization, {name, "bearer, TOKEN"}}},
			{"an empty Authorization too", reason.MalformedRequest, [][2]string{{"Authorization", ""}, {name, "bearer, TOKEN"}}},
			{"no token", reason.MalformedRequest, [][2]string{{name, "bearer"}}},
			{"an empty token", reason.MalformedRequest, [][2]string{{name, "bearer, "}}},
			{"the token first", reason.MalformedRequest, [][2]string{{name, "TOKEN, bearer"}}},
			{"twice", reason.MalformedRequest, [][2]string{{name, "bearer, TOKEN, bearer, TOKEN"}}},
			{"twice in two lines", reason.MalformedRequest, [][2]string{{name, "bearer, TOKEN"}, {name, "bearer, TOKEN"}}},
			{"another case", reason.NoCredentials, [][2]string{{name, "Bearer, TOKEN"}}},
			{"a scheme", reason.NoCredentials, [][2]string{{name, "bearer TOKEN"}}},
			{"a quoted token", reason.MalformedRequest, [][2]string{{name, `bearer, "TOKEN"`}}},
			{"in base64url", reason.OpaqueToken, [][2]string{{name, "bearer, ENCODED"}}},
		},
		k8s: {
			{"good", "", [][2]string{{name, k8s + "ENCODED"}}},
			{"before another", "", [][2]string{{name, k8s + "ENCODED, v4.channel.k8s.io"}}},
			{"Authorization", "", [][2]string{authorization}},
			{"both", reason.MalformedRequest, [][2]string{authorization, {name, k8s + "ENCODED"}}},
			{"no token", reason.MalformedRequest, [][2]string{{name, k8s}}},
			{"no token, and another", reason.MalformedRequest, [][2]string{{name, k8s + ", ENCODED"}}},
			{"twice", reason.MalformedRequest, [][2]string{{name, k8s + "ENCODED, " + k8s + "ENCODED"}}},
			{"not encoded", reason.MalformedRequest, [][2]string{{name, k8s + "TOKEN"}}},
			{"padded", reason.MalformedRequest, [][2]string{{name, k8s + "eA=="}}},
			{"bits beyond the last byte", reason.MalformedRequest, [][2]string{{name, k8s + "eB"}}},
			{"not UTF-8", reason.MalformedRequest, [][2]string{{name, k8s + "_w"}}},
			{"longer than any token", reason.MalformedToken, [][2]string{{name, k8s + base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", 1<<20)))}}},
			{"a blank in the token", reason.MalformedRequest, [][2]string{{name, k8s + base64.RawURLEncoding.EncodeToString([]byte("a b"))}}},
			{"without the last dot", reason.NoCredentials, [][2]string{{name, strings.TrimSuffix(k8s, ".")}}},
		},
	} {
		for _, r := range rows {
			out = append(out, verdict{
				name: protocol + " " + r.name, want: r.want, config: readFrom(oidcauth.Credentials{WebSocketProtocol: protocol}), send: sendingHeaders(r.sent...),
			})
		}
	}
	out = append(out, verdict{name: "unless configured", want: reason.NoCredentials, send: sendingHeaders([2]string{name, "bearer, TOKEN"})})
	runVerdicts(t, out)
}

// A request is anonymous only if it has no credentials at all in the place where they are read.
func TestAnonymousFollowsTheCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		from    oidcauth.Credentials
		headers [][2]string
		want    int
	}{
		"named header, none":            {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, nil, 204},
		"named header, Authorization":   {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, [][2]string{{"Authorization", "Bearer x"}}, 204},
		"named header, good":            {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, [][2]string{{"Cf-Access-Jwt-Assertion", "TOKEN"}}, 200},
		"named header, bad":             {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, [][2]string{{"Cf-Access-Jwt-Assertion", "x"}}, 401},
		"named header, empty":           {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, [][2]string{{"Cf-Access-Jwt-Assertion", ""}}, 400},
		"subprotocol, none":             {oidcauth.Credentials{WebSocketProtocol: "bearer"}, nil, 204},
		"subprotocol, another":          {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [][2]string{{"Sec-WebSocket-Protocol", "chat"}}, 204},
		"subprotocol, good":             {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [][2]string{{"Sec-WebSocket-Protocol", "bearer, TOKEN"}}, 200},
		"subprotocol, no token":         {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [][2]string{{"Sec-WebSocket-Protocol", "bearer"}}, 400},
		"subprotocol, Authorization":    {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [][2]string{{"Authorization", "Bearer TOKEN"}}, 200},
		"subprotocol, another's scheme": {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [][2]string{{"Authorization", "Basic YTpi"}}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start(t, readFrom(c.from))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
			sendingHeaders(c.headers...)(r, verdict{}.token())
			rec := httptest.NewRecorder()
			w.auth.Optional(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, known := oidcauth.FromContext(r.Context()); !known {
					w.WriteHeader(http.StatusNoContent)
				}
			})).ServeHTTP(rec, r)
			require.Equal(t, c.want, rec.Code)
		})
	}
}

// BearerToken returns the token that was verified, and a refusal by the handler contains no part of it.
func TestCredentialsOfTheHandler(t *testing.T) {
	for name, c := range map[string]struct {
		from oidcauth.Credentials
		sent [2]string
	}{
		"named header": {oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, [2]string{"Cf-Access-Jwt-Assertion", "TOKEN"}},
		"subprotocol":  {oidcauth.Credentials{WebSocketProtocol: "bearer"}, [2]string{"Sec-WebSocket-Protocol", "bearer, TOKEN"}},
		"k8s":          {oidcauth.Credentials{WebSocketProtocol: "base64url.bearer."}, [2]string{"Sec-WebSocket-Protocol", "base64url.bearer.ENCODED"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start(t, readFrom(c.from))
			token := verdict{}.token()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
			sendingHeaders(c.sent)(r, token)
			got, err := w.auth.BearerToken(r)
			require.NoError(t, err)
			require.Equal(t, token, got)
			rec := httptest.NewRecorder()
			w.auth.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				w.auth.Refuse(rw, r, &oidcauth.Error{Reason: reason.UserDisabled, Detail: "sent " + strings.Join(r.Header[http.CanonicalHeaderKey(c.sent[0])], " ")})
			})).ServeHTTP(rec, r)
			require.Equal(t, http.StatusForbidden, rec.Code)
			w.requireNoLeak(t, rec, token)
			encoded := base64.RawURLEncoding.EncodeToString([]byte(token))
			require.NotContains(t, w.log.String(), encoded[:40])
		})
	}
}

func TestCredentialsOfConfig(t *testing.T) {
	for name, c := range map[string]struct {
		from  oidcauth.Credentials
		field string
	}{
		"Authorization":       {oidcauth.Credentials{Header: "authorization"}, "Header"},
		"Cookie":              {oidcauth.Credentials{Header: "cookie"}, "Header"},
		"Host":                {oidcauth.Credentials{Header: "Host"}, "Header"},
		"subprotocol header":  {oidcauth.Credentials{Header: "Sec-WebSocket-Protocol"}, "Header"},
		"no name":             {oidcauth.Credentials{Header: "X Token"}, "Header"},
		"a colon":             {oidcauth.Credentials{Header: "X-Token:"}, "Header"},
		"two protocols":       {oidcauth.Credentials{WebSocketProtocol: "bearer, chat"}, "WebSocketProtocol"},
		"both":                {oidcauth.Credentials{Header: "X-Token", WebSocketProtocol: "bearer"}, "WebSocketProtocol"},
		"not ASCII as a name": {oidcauth.Credentials{Header: "X-Tökén"}, "Header"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}}}, Credentials: c.from})
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, "Credentials."+c.field, fault.Field)
		})
	}
}
