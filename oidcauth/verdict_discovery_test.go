package oidcauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func document(members string) answer { return answer{body: "{" + members + "}"} }

const keysThere = `"jwks_uri":"` + idpKeys + `"`

// The discovery document decides which keys are trusted. The keys of another issuer's document are not used, and the status is
// 503.
func TestVerdictDiscoveryDocument(t *testing.T) {
	var out []verdict
	row := func(name string, want reason.Reason, a answer) {
		out = append(out, verdict{name: name, want: want, world: func(w *world) { w.set(idpDiscovery, a) }})
	}
	mine := `"issuer":"` + idp + `",`
	row("the least", "", document(mine+keysThere))
	row("escaped", "", document(`"\u0069ssuer":"https:\/\/idp.example","jwks_uri":"https:\/\/idp.example\/jwks"`))
	row("unknown members", "", document(mine+keysThere+`,"mtls_endpoint_aliases":{"jwks_uri":"https://evil.example"},"x":[null]`))
	row("names in another case do not count", "", document(mine+keysThere+`,"ISSUER":"https://evil.example","JWKS_URI":"https://evil.example/jwks"`))
	for _, iss := range []string{
		`"https://evil.example"`, `"` + idp + `/"`, `"` + idp + ` "`, `"https://IDP.example"`, `"http://idp.example"`, `""`, "null", "1",
		`["` + idp + `"]`, `{}`, `"` + idp + `\u0000"`, `"https://{tenantid}.example"`,
	} {
		row("issuer "+iss, reason.KeysUnavailable, document(`"issuer":`+iss+","+keysThere))
	}
	for _, uri := range []string{
		`""`, "null", "1", `["` + idpKeys + `"]`, `"/jwks"`, `"//idp.example/jwks"`, `"jwks"`, `"http://idp.example/jwks"`,
		`"http://10.0.0.1/jwks"`, `"http://169.254.169.254/latest/meta-data/"`,
		`"http://0.0.0.0/jwks"`, `"http://localhost.evil.example/jwks"`, `"http://127.0.0.1.evil.example/jwks"`, `"file:///etc/passwd"`,
		`"data:application/json,{}"`, `"ftp://idp.example/jwks"`, `"gopher://idp.example/"`,
		`"unix:///var/run/docker.sock"`, `"https://user:pw@idp.example/jwks"`, `"https://idp.example@evil.example/jwks"`,
		`"https://idp.example/jwks#x"`, `"https:idp.example/jwks"`, `"https:///jwks"`, `"https://"`,
		`"javascript:alert(1)"`, `"https://idp.example:x/jwks"`, `"https://idp.example/%zz"`, `" ` + idpKeys + `"`, `"https://idp.example/jwks\n"`,
	} {
		row("jwks_uri "+uri, reason.KeysUnavailable, document(mine+`"jwks_uri":`+uri))
	}
	for name, a := range map[string]answer{
		"issuer absent": document(keysThere), "jwks_uri absent": document(`"issuer":"` + idp + `"`), "issuer twice": document(mine + mine + keysThere),
		"jwks_uri twice": document(mine + keysThere + "," + keysThere), "issuer by folding": document(`"ISSUER":"` + idp + `",` + keysThere),
		"empty": {}, "HTML": {body: "<html>"}, "list": {body: "[{" + mine + keysThere + "}]"}, "null": {body: "null"},
		"BOM":           {body: "\ufeff{" + mine + keysThere + "}"},
		"more than one": {body: "{" + mine + keysThere + "}{}"}, "truncated": {body: "{" + mine + keysThere},
		"invalid UTF-8": document(mine + keysThere + ",\"x\":\"\xff\""),
		"endless":       {endless: true}, "too large": document(mine + keysThere + strings.Repeat(" ", 1<<20)),
		"too deep":  document(mine + keysThere + `,"x":` + strings.Repeat("[", 100000)),
		"no answer": {err: errors.New("refused: " + idp)}, "panic": {panics: true},
	} {
		row(name, reason.KeysUnavailable, a)
	}
	for _, status := range []int{201, 204, 206, 400, 401, 403, 404, 429, 500, 503} {
		row(http.StatusText(status), reason.KeysUnavailable, answer{status: status, body: "{" + mine + keysThere + "}"})
	}
	runVerdicts(t, out)
}

// For the document and for the keys, at most three redirects are followed, within the origin only.
func TestVerdictDiscoveryRedirects(t *testing.T) {
	var out []verdict
	for _, from := range []string{idpDiscovery, idpKeys} {
		to := func(name string, want reason.Reason, location string) {
			out = append(out, verdict{name: from[len(idp):] + " " + name, want: want, world: func(w *world) {
				w.set(idp+"/moved", w.answers[from])
				w.set(idp+":443/moved", w.answers[from])
				for i, next := range []string{"/b", "/c", "/d", "/moved"} {
					w.set(idp+"/"+string(rune('a'+i)), answer{status: 302, location: next})
				}
				w.set(from, answer{status: 302, location: location})
			}})
		}
		to("within", "", idp+"/moved")
		to("relative", "", "/moved")
		to("the port written out", "", "https://idp.example:443/moved")
		to("three times", "", "/c")
		to("four times", reason.KeysUnavailable, "/b")
		to("to itself", reason.KeysUnavailable, from)
		for _, location := range []string{
			"https://evil.example/moved", "//evil.example/moved", "http://idp.example/moved", "https://idp.example:8443/moved", "https://sub.idp.example/moved",
			"https://idp.example.evil.example/moved", "https://idp.example@evil.example/moved", "https://user@idp.example/moved",
			"http://127.0.0.1/moved", "http://169.254.169.254/",
			"file:///etc/passwd", "", "https://idp.example\\.evil.example/moved", "https://[::1]/moved", "data:,x",
		} {
			to("to "+location, reason.KeysUnavailable, location)
		}
	}
	runVerdicts(t, out)
}

func TestVerdictDiscoveryKeysElsewhere(t *testing.T) {
	const elsewhere = "https://keys.example/v3/certs?x=1"
	lead := func(w *world, to string) {
		w.set(idpDiscovery, document(`"issuer":"`+idp+`","jwks_uri":"`+to+`"`))
	}
	var out []verdict
	for name, a := range map[string]answer{
		"HTML": {body: "<html>"}, "empty": {}, "no keys": {body: "{}"}, "keys null": {body: `{"keys":null}`},
		"keys an object": {body: `{"keys":{}}`}, "empty set": {body: `{"keys":[]}`},
		"keys twice": {body: `{"keys":[],"keys":[` + jwkOf("k1", "", es256().public) + `]}`}, "one bare key": {body: jwkOf("k1", "", es256().public)},
		"by folding": {body: `{"Keys":[` + jwkOf("k1", "", es256().public) + `]}`}, "list": {body: "[" + jwkOf("k1", "", es256().public) + "]"},
		"endless":         {endless: true},
		"too deep":        {body: `{"keys":` + strings.Repeat("[", 400000)},
		"too large":       {body: `{"keys":[` + jwkOf("k1", "", es256().public) + "]" + strings.Repeat(" ", 1<<20) + "}"},
		"too many values": {body: `{"keys":[` + strings.Repeat("0,", 100000) + "0]}"}, "panic": {panics: true},
		"no answer": {err: errors.New("refused")}, "500": {status: 500},
	} {
		out = append(out, verdict{name: name, want: reason.KeysUnavailable, world: func(w *world) { w.set(idpKeys, a) }})
	}
	out = append(out,
		verdict{name: "another origin of the document's choice", world: func(w *world) {
			lead(w, elsewhere)
			w.set(elsewhere, w.answers[idpKeys])
		}},
		verdict{name: "duplicates inside a key spoil that key alone", world: func(w *world) { w.publish(`{"a":{"b":1,"b":2}}`, jwkOf("k1", "", es256().public)) }},
	)
	runVerdicts(t, out)
}

func TestVerdictDiscoveryURLThatMustNotBeFetched(t *testing.T) {
	for _, url := range []string{
		"http://idp.example", "http://10.0.0.1", "http://169.254.169.254", "file:///etc/passwd", "urn:idp", "https://u:p@idp.example",
		"idp.example", "http://localhost.evil.example", "https://idp.example#x",
	} {
		for _, where := range []oidcauth.Issuer{{URL: url}, {URL: idp, DiscoveryURL: url}} {
			t.Run(fmt.Sprint(url, where.DiscoveryURL != ""), func(t *testing.T) {
				where.Audience = []string{audience}
				if _, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{where}}); err == nil {
					t.Fatal("accepted")
				}
			})
		}
	}
}
