package oidcauth_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const huge = 1 << 20 // the default limit of net/http for all headers

// hugeRequests returns requests with a header of the greatest length, which anyone can send.
func hugeRequests() map[string]*http.Request {
	all := map[string]*http.Request{
		"no scheme": withHeaders(strings.Repeat("A", huge)),
		"several":   withHeaders(strings.Repeat("A", huge/2), "Bearer "+strings.Repeat("/", huge/2)),
		"parts":     withHeaders("Bearer " + strings.Repeat(strings.Repeat("/", huge/3)+".", 2) + strings.Repeat("/", huge/3)),
		"start":     withHeaders("Bearer eyJhbGciOiJub25lIn0." + strings.Repeat("A", huge)),
	}
	for name, repeated := range map[string]string{
		"slashes": "/", "quotes": `"`, "dots": ".", "percent": "%", "escapes": "%2F", "upper case": "A", "backslash": `\`, "apostrophe": "'",
		"high bytes": "\xff", "separators": "\u2028", "blanks": " ", "commas": "a,", "words": "Bearer ", "brackets": "<", "braces": "{",
	} {
		all[name] = withHeaders("Bearer " + strings.Repeat(repeated, huge/len(repeated)))
	}
	method := withHeaders("Bearer x")
	method.Method = strings.Repeat("A", huge)
	all["method"] = method
	return all
}

// spent returns the number of bytes that f allocates.
func spent(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// withRefusalsLogged explains and logs every refusal, or none. Without it, the limits of the log decide.
func withRefusalsLogged(logged bool) option {
	return withConfig(func(c *oidcauth.Config) {
		now := time.Now()
		c.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
		c.Now = func() time.Time {
			if logged {
				now = now.Add(time.Second)
			}
			return now
		}
	})
}

// The same limit applies to a token in a subprotocol, even if it is decoded.
func TestHugeSubprotocolsCostLittle(t *testing.T) {
	for protocol, values := range map[string][]string{
		"bearer": {
			strings.Repeat(",", huge), strings.Repeat("bearer,", huge/7), "bearer," + strings.Repeat("A", huge), "bearer" + strings.Repeat(" ", huge),
			strings.Repeat("chat,", huge/5) + "bearer,x",
		},
		"base64url.bearer.": {"base64url.bearer." + strings.Repeat("A", huge), strings.Repeat("base64url.bearer.,", huge/18)},
	} {
		s := newService(t, withLogger(slog.New(slog.NewJSONHandler(io.Discard, nil))), withConfig(func(c *oidcauth.Config) {
			c.Credentials.WebSocketProtocol = protocol
		}))
		handler := s.auth.Optional(http.NotFoundHandler())
		for _, value := range values {
			r := withHeaders()
			r.Header.Set("Sec-WebSocket-Protocol", value)
			w := discarded{http.Header{}}
			handler.ServeHTTP(w, r)
			require.Less(t, spent(func() {
				for range 20 {
					handler.ServeHTTP(w, r)
				}
			})/20, uint64(512<<10), "%.30q", value)
		}
	}
}

// The cost of a refusal does not grow with the size of the request.
func TestHugeRequestCostsLittle(t *testing.T) {
	for _, logged := range []bool{false, true} {
		auth := newService(t, withRefusalsLogged(logged)).auth
		handler := auth.Handler(http.NotFoundHandler())
		for name, r := range hugeRequests() {
			t.Run(fmt.Sprint(name, ", logged ", logged), func(t *testing.T) {
				w := discarded{http.Header{}}
				send := func(times int) func() {
					return func() {
						for range times {
							handler.ServeHTTP(w, r)
						}
					}
				}
				if !logged {
					send(100)() // uses up the records of this reason
				}
				require.Less(t, spent(send(20))/20, uint64(64<<10))
			})
		}
	}
}

func BenchmarkHugeRequest(b *testing.B) {
	for _, logged := range []bool{false, true} {
		handler := newService(b, withRefusalsLogged(logged)).auth.Handler(http.NotFoundHandler())
		for name, r := range hugeRequests() {
			b.Run(fmt.Sprintf("%s/logged=%v", name, logged), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					handler.ServeHTTP(discarded{http.Header{}}, r)
				}
			})
		}
	}
}

// A hundred requests at once need no more memory than a hundred in sequence.
func TestManyHugeRequestsAtOnceLeaveLittle(t *testing.T) {
	handler := newService(t, withRefusalsLogged(false)).auth.Handler(http.NotFoundHandler())
	r := withHeaders("Bearer " + strings.Repeat("/", huge))
	cost := spent(func() {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { handler.ServeHTTP(discarded{http.Header{}}, r) })
		}
		all.Wait()
	})
	require.Less(t, cost, uint64(20<<20))
}

// fullTokens returns tokens of the greatest length that are refused.
func fullTokens(p *oidctest.Provider) map[string]string {
	names, list := oidctest.Claims{"iss": "https://other.example"}, []string{}
	for i := range 3000 {
		names[fmt.Sprintf("%d\x7f", i)] = 1
		list = append(list, fmt.Sprintf("a%d\x7f", i))
	}
	long := strings.Repeat("\x7f", 6000)
	return map[string]string{
		"claims":   p.Token(audience, names),
		"audience": p.Token("x", oidctest.Claims{"aud": list}),
		"scopes":   p.Token("x", oidctest.Claims{"scope": strings.Repeat("a ", 10_000), "iss": "https://other.example"}),
		"issuer":   p.Token(audience, oidctest.Claims{"iss": long}),
		"key":      p.Forge(oidctest.Forgery{Header: map[string]any{"kid": long}}),
		"imitated": p.Token(audience, oidctest.Claims{"\u017fub": 1, "x": long}),
		"name":     p.Token(audience, oidctest.Claims{"sub": nil, long: 1}),
	}
}

// The text about the claims of a token is bounded, and the claims are parsed once.
func TestTextAboutALongTokenIsBounded(t *testing.T) {
	for name, token := range fullTokens(oidctest.New(t)) {
		t.Run(name, func(t *testing.T) {
			auth := newService(t, withRefusalsLogged(true)).auth
			r := withHeaders("Bearer " + token)
			var refused *oidcauth.Error
			cost := spent(func() {
				_, err := auth.Check(r)
				require.ErrorAs(t, err, &refused)
			})
			require.Less(t, cost, uint64(2<<20))
			requireShort(t, refused)
		})
	}
}

func BenchmarkFullToken(b *testing.B) {
	p := oidctest.New(b)
	for name, token := range fullTokens(p) {
		auth := serviceOf(b, p, withRefusalsLogged(true)).auth
		require.NoError(b, auth.Ready(b.Context()))
		handler := auth.Handler(http.NotFoundHandler())
		r := withHeaders("Bearer " + token)
		b.Run(fmt.Sprintf("%s/%d KiB", name, len(token)>>10), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(discarded{http.Header{}}, r)
			}
		})
	}
}
