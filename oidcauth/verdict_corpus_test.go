package oidcauth_test

import (
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// With -corpus, the rows are written to a file: internal/test/interop compares other libraries with them.
var corpus = flag.String("corpus", "", "file to append the rows of the verdict tables to, as lines of JSON")

// exported is one row in a form for other programs. Text that may be invalid UTF-8 is base64.
type exported struct {
	Test, Name string
	LeftOut    string `json:",omitempty"` // why other libraries cannot verify it; if set, the other fields are empty

	Want             reason.Reason `json:",omitempty"` // "": accepted
	Now              time.Time
	Issuer, Audience string
	KeysURL          string // the jwks_uri of the Issuer's default discovery document
	Discovery        bool   // another document than the default one names the keys
	Algorithms       []string
	Leeway           time.Duration
	Request          exportedRequest
	Answers          map[string]exportedAnswer // by URL
}

type exportedRequest struct {
	Method, Host, Query string
	Header, Trailer     map[string][][]byte
	Body                []byte
}

type exportedAnswer struct {
	Status   int
	Body     []byte
	Endless  bool
	Location string
	Fails    bool // the connection fails
}

// export appends the case with this token to the corpus, if -corpus is set.
func (c verdict) export(t *testing.T, test, token string) {
	t.Helper()
	if *corpus == "" {
		return
	}
	row := exported{Test: test, Name: c.name}
	w := newWorld(t)
	plainly := w.answers[idpDiscovery]
	if c.world != nil {
		c.world(w)
	}
	config := plainConfig()
	if c.config != nil {
		c.config(&config)
	}
	if row.LeftOut = c.leftOut(t, w, config, token); row.LeftOut == "" {
		row.Want, row.Now = c.want, w.now
		row.Issuer, row.Audience, row.KeysURL, row.Discovery = idp, audience, idpKeys, w.answers[idpDiscovery] != plainly
		row.Algorithms, row.Leeway = config.Issuers[0].Algorithms, config.Issuers[0].Leeway.Or(time.Minute)
		row.Request, row.Answers = exportedRequestOf(c.sent(t, token)), w.exportedAnswers()
	}
	file, err := os.OpenFile(*corpus, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	require.NoError(t, json.NewEncoder(file).Encode(row))
}

type noUsers struct{ usermap.Finder }

func plainConfig() oidcauth.Config {
	return oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}}}, Users: noUsers{}}
}

// leftOut returns the reason for which a library that only verifies tokens cannot decide the case.
func (c verdict) leftOut(t *testing.T, w *world, config oidcauth.Config, token string) string {
	t.Helper()
	config.Issuers = slices.Clone(config.Issuers)
	config.Issuers[0].Algorithms, config.Issuers[0].Leeway = nil, oidcauth.Span{} // every library has these settings
	switch {
	case !reflect.DeepEqual(config, plainConfig()):
		return "configuration"
	case classOf[c.want] == afterSignature:
		return "claims and users"
	case slices.ContainsFunc(slices.Collect(maps.Values(w.answers)), func(a answer) bool { return a.panics }):
		return "a transport that panics"
	case slices.ContainsFunc(c.sent(t, token).Header.Values("Authorization"), unheard):
		return "a header that net/http never hands on as it is"
	}
	return ""
}

// unheard reports whether the handler would not get this value, because a net/http server trims it or refuses the request
// itself.
func unheard(value string) bool {
	return strings.Trim(value, " \t") != value || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F })
}

func (c verdict) sent(t *testing.T, token string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/orders", nil)
	c.request()(r, token)
	return r
}

func exportedRequestOf(r *http.Request) exportedRequest {
	out := exportedRequest{Method: r.Method, Host: r.URL.Host, Query: r.URL.RawQuery, Header: inBytes(r.Header), Trailer: inBytes(r.Trailer)}
	if _, never := r.Body.(unreadable); !never {
		out.Body = must(io.ReadAll(r.Body))
	}
	return out
}

func inBytes(h http.Header) map[string][][]byte {
	out := make(map[string][][]byte, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], []byte(v))
		}
	}
	return out
}

func (w *world) exportedAnswers() map[string]exportedAnswer {
	out := make(map[string]exportedAnswer, len(w.answers))
	for url, a := range w.answers {
		out[url] = exportedAnswer{Status: a.status, Body: []byte(a.body), Endless: a.endless, Location: a.location, Fails: a.err != nil}
	}
	return out
}
