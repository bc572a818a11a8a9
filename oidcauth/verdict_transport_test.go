package oidcauth_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// header sends these Authorization headers, with the token in place of %s.
func header(formats ...string) func(*http.Request, string) {
	return func(r *http.Request, token string) {
		for _, f := range formats {
			r.Header.Add("Authorization", strings.ReplaceAll(f, "%s", token))
		}
	}
}

func TestVerdictTransportHeader(t *testing.T) {
	var out []verdict
	for want, formats := range map[reason.Reason][]string{
		"": {"Bearer %s", "bearer %s", "BEARER %s", "bEaReR %s", "Bearer  %s", "Bearer      %s"},
		reason.NoCredentials: {
			"%s", "Basic %s", "DPoP %s", "Token %s", "JWT %s", "Negotiate %s", "Digest username=\"Bearer %s\"", "Bearer:%s", "Bearer: %s", "Bearer=%s", "Bearer,%s",
			"Bearer\t%s", "Bearer\n%s", "Bearer\u00a0%s", "BearerX %s", "XBearer %s", "Bearer%s", "Beare %s", "Вearer %s", "\"Bearer %s\"", "Bear\u200ber %s",
			"Basic Og==, Bearer %s",
		},
		reason.MalformedRequest: {
			"", " ", " Bearer %s", "Bearer", "Bearer ", "Bearer    ", "Bearer %s ", "Bearer %s\t", "Bearer %s x", "Bearer x %s", "Bearer %s,", "Bearer %s;",
			"Bearer \"%s\"", "Bearer '%s'", "Bearer <%s>", "Bearer \t%s", "Bearer %s\r\n", "Bearer %s\x00", "Bearer \x00%s", "Bearer %s\u00a0",
			"Bearer é%s", "Bearer %s, Basic Og==",
			"Bearer %s,Bearer %s", "Bearer %s, Bearer %s", "Bearer Bearer %s", "Bearer token=%s", "Bearer =%s", "Bearer =", "Bearer ====", "Bearer %s=x", "Bearer {%s}",
			"Bearer %s%0a", "Bearer %s?", "Bearer \\%s", "Bearer access_token=\"%s\"", `Bearer {"payload":"x"}`,
		},
		reason.OpaqueToken:      {"Bearer x", "Bearer .", "Bearer x.y", "Bearer ~", "Bearer a.b.c.d", "Bearer a.b.c.d.e.f", "Bearer AAAA=="},
		reason.EncryptedToken:   {"Bearer a.b.c.d.e", "Bearer ...."},
		reason.InvalidSignature: {"Bearer %sA", "Bearer %sAA"}, // valid encodings of other bytes
		reason.AlgorithmRefused: {"Bearer e30.e30."},
		reason.MalformedToken: {
			"Bearer ..", "Bearer %s=", "Bearer %s==", "Bearer A%s", "Bearer +%s", "Bearer /%s", "Bearer ~%s", "Bearer -%s", "Bearer %sAAA", "Bearer a.b.c",
			"Bearer %s.", "Bearer %s..", "Bearer %s...", "Bearer .%s", "Bearer ..%s", "Bearer .%s.", "Bearer %s.=", "Bearer ~.%s", "Bearer ~%s.",
			"Bearer A.%s", "Bearer %s.%s",
		},
	} {
		for _, f := range formats {
			out = append(out, verdict{name: fmt.Sprintf("%q", f), send: header(f), want: want})
		}
	}
	runVerdicts(t, out)
}

func TestVerdictTransportElsewhere(t *testing.T) {
	formType := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	runVerdicts(t, []verdict{
		{name: "nothing", send: header(), want: reason.NoCredentials},
		{name: "twice", send: header("Bearer %s", "Bearer %s"), want: reason.MalformedRequest},
		{name: "with Basic", send: header("Bearer %s", "Basic Og=="), want: reason.MalformedRequest},
		{name: "after Basic", send: header("Basic Og==", "Bearer %s"), want: reason.MalformedRequest},
		{name: "with an empty one", send: header("Bearer %s", ""), want: reason.MalformedRequest},
		{name: "a hundred", send: header(strings.Split(strings.Repeat("Bearer %s\n", 100), "\n")...), want: reason.MalformedRequest},
		{name: "query", send: func(r *http.Request, token string) { r.URL.RawQuery = "access_token=" + token }, want: reason.NoCredentials},
		{name: "query beside", send: func(r *http.Request, token string) {
			r.URL.RawQuery = "access_token=other"
			header("Bearer %s")(r, token)
		}},
		{name: "form", send: func(r *http.Request, token string) {
			formType(r)
			r.Method, r.Body = http.MethodPost, io.NopCloser(strings.NewReader("access_token="+token))
		}, want: reason.NoCredentials},
		{name: "body is never read", send: func(r *http.Request, token string) {
			formType(r)
			r.Method, r.Body = http.MethodPost, unreadable{t}
			header("Bearer %s")(r, token)
		}},
		{name: "cookie", send: func(r *http.Request, token string) { r.AddCookie(&http.Cookie{Name: "access_token", Value: token}) }, want: reason.NoCredentials},
		{name: "userinfo of the URL", send: func(r *http.Request, token string) { r.URL.Host, r.Host = "Bearer:"+token+"@x", "x" }, want: reason.NoCredentials},
		{name: "Proxy-Authorization", send: func(r *http.Request, token string) { r.Header.Set("Proxy-Authorization", "Bearer "+token) }, want: reason.NoCredentials},
		{name: "X-Forwarded-Access-Token", send: func(r *http.Request, token string) { r.Header.Set("X-Forwarded-Access-Token", token) }, want: reason.NoCredentials},
		{
			name: "WebSocket protocol", send: func(r *http.Request, token string) { r.Header.Set("Sec-WebSocket-Protocol", "bearer, "+token) },
			want: reason.NoCredentials,
		},
		{name: "trailer", send: func(r *http.Request, token string) { r.Trailer = http.Header{"Authorization": {"Bearer " + token}} }, want: reason.NoCredentials},
		{name: "method override", send: func(r *http.Request, token string) {
			r.Method = "OPTIONS"
			r.Header.Set("X-HTTP-Method-Override", "GET")
		}, want: reason.NoCredentials},
		{name: "JSON serialisation", send: func(r *http.Request, token string) {
			p := strings.Split(token, ".")
			r.Header.Set("Authorization", `Bearer {"protected":"`+p[0]+`","header":{"alg":"ES256"},"payload":"`+p[1]+`","signature":"`+p[2]+`"}`)
		}, want: reason.MalformedRequest},
		{name: "encoded JSON serialisation", send: func(r *http.Request, token string) {
			r.Header.Set("Authorization", "Bearer "+b64(`{"payload":"`+strings.Split(token, ".")[1]+`"}`))
		}, want: reason.OpaqueToken},
	})
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func (unreadable) Close() error { return nil }

// Each part of a token has exactly one valid encoding.
func TestVerdictTransportEncoding(t *testing.T) {
	onPart := func(n int, change func(string) string) func(string) string {
		return func(token string) string {
			p := strings.Split(token, ".")
			p[n] = change(p[n])
			return strings.Join(p, ".")
		}
	}
	var out []verdict
	for n, name := range []string{"header", "payload", "signature"} {
		refused := func(what string, change func(string) string) {
			out = append(out, verdict{name: what + " in the " + name, edit: onPart(n, change), want: reason.MalformedToken})
		}
		refused("one character too many", func(s string) string { return s + strings.Repeat("A", (5-len(s)%4)%4) })
		refused("standard alphabet", func(s string) string { return s[:4] + "+/" + s[6:] })
		refused("no character of base64", func(s string) string { return s + "~" })
	}
	for _, blank := range []string{" ", "\t", "\n", "\r\n", "\x00", "\u2028"} {
		out = append(out, verdict{name: fmt.Sprintf("%q inside", blank), edit: func(token string) string {
			return token[:10] + blank + token[10:]
		}, want: reason.MalformedRequest})
	}
	out = append(out,
		verdict{name: "padding", edit: func(token string) string { return token + "==" }, want: reason.MalformedToken},
		// 64 bytes leave four bits over in the last character, whose genuine value is one of A, Q, g, w.
		verdict{name: "bits left over in the signature", edit: func(token string) string {
			return token[:len(token)-1] + string(token[len(token)-1]+1)
		}, want: reason.MalformedToken},
		verdict{name: "payload missing", edit: onPart(1, func(string) string { return "" }), want: reason.MalformedToken},
		verdict{name: "header missing", edit: onPart(0, func(string) string { return "" }), want: reason.MalformedToken},
		verdict{name: "payload not encoded", edit: onPart(1, func(string) string { return "sub" }), want: reason.MalformedToken},
	)
	runVerdicts(t, out)
}
