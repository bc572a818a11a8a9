package certsource_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// keyServer serves one key at the path of each kid.
type keyServer struct {
	*httptest.Server
	mu     sync.Mutex
	now    time.Time
	keys   map[string]string // PEM by kid
	status int               // of every answer, if it is not 0
	asked  []string
}

func newKeyServer(t *testing.T, kids ...string) *keyServer {
	t.Helper()
	s := &keyServer{keys: map[string]string{}, now: now}
	for _, kid := range kids {
		s.keys[kid] = publicPEM(t)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, r.RequestURI)
		key, ok := s.keys[strings.TrimPrefix(r.URL.Path, "/keys/")]
		switch {
		case s.status != 0:
			w.WriteHeader(s.status)
		case !ok:
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = fmt.Fprint(w, key)
	}))
	t.Cleanup(s.Close)
	return s
}

func publicPEM(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(newKey(t).Public())
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// change changes the server while no request is answered.
func (s *keyServer) change(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *keyServer) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// source binds a KeyURL whose clock is that of the server.
func (s *keyServer) source(t *testing.T, r certsource.Refresh) certsource.Source {
	t.Helper()
	bound, err := keybind.Bind(certsource.KeyURL{URL: s.URL + "/keys/{kid}", Refresh: r}, keybind.Binding{Issuer: "iss", Now: func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}})
	require.NoError(t, err)
	return bound
}

// found asks for a key as the verification of a token does.
func found(t *testing.T, s certsource.Source, kid string) bool {
	t.Helper()
	keys, err := s.Keys(rs256(kid))
	if len(keys) == 0 {
		_ = refresh(t, s, rs256(kid))
		keys, err = s.Keys(rs256(kid))
	}
	require.Equal(t, len(keys) == 0, err != nil)
	for _, k := range keys {
		require.Equal(t, kid, k.ID)
		require.Equal(t, "iss", k.Issuer)
	}
	return len(keys) > 0
}

func uuid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n) }

func TestKeyIsFetchedByItsKid(t *testing.T) {
	server := newKeyServer(t, uuid(1), uuid(2))
	s := server.source(t, certsource.Refresh{})
	require.Empty(t, held(t, s).Held)
	require.Empty(t, held(t, s).Notes, "no key before the first token is no fault")
	require.True(t, held(t, s).OnDemand)
	require.True(t, found(t, s, uuid(1)))
	require.True(t, found(t, s, uuid(1)))
	require.True(t, found(t, s, uuid(2)))
	require.Equal(t, []string{"/keys/" + uuid(1), "/keys/" + uuid(2)}, server.paths())
	q := rs256(uuid(1))
	q.Refuted, _ = s.Keys(q)
	require.NoError(t, refresh(t, s, q))
	q = rs256(uuid(1))
	q.Algorithm = "ES256"
	require.NoError(t, refresh(t, s, q))
	require.Len(t, server.paths(), 2, "a key in memory is not fetched for a token that it does not verify")
}

// Only a UUID in lower case becomes a part of a URL.
func TestOnlyAUUIDIsSent(t *testing.T) {
	server := newKeyServer(t, uuid(1))
	s := server.source(t, certsource.Refresh{})
	require.True(t, found(t, s, uuid(1)))
	for _, kid := range []string{
		"", "k1", "..", "../" + uuid(1), uuid(1) + "/", uuid(1) + "?x", uuid(1) + "%00", "/" + uuid(1), strings.ToUpper(uuid(0xabc)), "{" + uuid(1) + "}",
		"http://evil.example/" + uuid(1), uuid(1) + ".evil.example", uuid(1)[:35], uuid(1) + "0", strings.ReplaceAll(uuid(1), "-", "0"),
		strings.Replace(uuid(1), "0", "g", 1), strings.Replace(uuid(1), "0", "/", 1), strings.Replace(uuid(1), "00", "..", 1), strings.Replace(uuid(1), "00", "é", 1),
	} {
		require.False(t, found(t, s, kid), kid)
		keys, err := certsource.Chain(s).Keys(rs256(kid))
		require.Empty(t, keys, kid)
		require.ErrorIs(t, err, certsource.ErrNoKey, kid)
	}
	require.Equal(t, []string{"/keys/" + uuid(1)}, server.paths())
}

// All invented kids share one budget, and the next permitted fetch still finds a true key.
func TestFloodOfInventedKidsIsBounded(t *testing.T) {
	server := newKeyServer(t, uuid(1))
	s := server.source(t, certsource.Refresh{Wait: -1})
	for i := range 1000 {
		require.False(t, found(t, s, uuid(1000+i)))
	}
	require.LessOrEqual(t, len(server.paths()), 3, "three fetches of one kid each")
	server.change(func() { server.now = now.Add(5 * time.Second) })
	before := len(server.paths())
	for range 100 { // its place among four is chosen at random
		if found(t, s, uuid(1)) {
			break
		}
		server.change(func() { server.now = server.now.Add(5 * time.Second) })
	}
	require.True(t, found(t, s, uuid(1)))
	require.LessOrEqual(t, len(server.paths())-before, 4*101)
	for i := range 1000 {
		require.False(t, found(t, s, uuid(5000+i)))
	}
	require.True(t, found(t, s, uuid(1)), "a flood removes no key")
}

func TestMissingKidIsAskedOnceAnInterval(t *testing.T) {
	server := newKeyServer(t)
	s := server.source(t, certsource.Refresh{Wait: -1})
	for range 10 {
		require.False(t, found(t, s, uuid(1)))
	}
	require.Len(t, server.paths(), 1)
	_, err := s.Keys(rs256(uuid(1)))
	require.ErrorIs(t, err, certsource.ErrNoKey)
	server.change(func() { server.now, server.keys[uuid(1)] = now.Add(6*time.Second), publicPEM(t) })
	require.True(t, found(t, s, uuid(1)))
}

func TestServerThatFailsMakesItsKeysUnavailable(t *testing.T) {
	server := newKeyServer(t, uuid(1), uuid(2))
	s := server.source(t, certsource.Refresh{Wait: -1})
	require.True(t, found(t, s, uuid(1)))
	for _, fail := range []func(){
		func() { server.status = http.StatusInternalServerError },
		func() { server.status, server.keys[uuid(2)] = 0, "no key" },
	} {
		server.change(fail)
		require.False(t, found(t, s, uuid(2)))
		_, err := s.Keys(rs256(uuid(2)))
		require.NotErrorIs(t, err, certsource.ErrNoKey)
		require.True(t, found(t, s, uuid(1)), "keys in memory stay in use")
		server.change(func() { server.now = server.now.Add(5 * time.Second) })
	}
}

// A key that the server no longer has is removed at the next fetch, and an unused one if there are too many.
func TestKeysOfAKeyURLAreBoundedAndWithdrawn(t *testing.T) {
	var kids []string
	for i := range 25 {
		kids = append(kids, uuid(i))
	}
	server := newKeyServer(t, kids...)
	s := server.source(t, certsource.Refresh{Burst: 100})
	for _, kid := range kids {
		server.change(func() { server.now = server.now.Add(time.Second) })
		require.True(t, found(t, s, kid))
		require.True(t, found(t, s, kids[0]), "a key that is used stays")
	}
	require.Len(t, held(t, s).Held, 20)
	require.NotContains(t, held(t, s).Held, kids[1])

	server.change(func() {
		delete(server.keys, kids[0])
		server.now = server.now.Add(11 * time.Minute)
	})
	require.NoError(t, refresh(t, s, rs256(uuid(99))))
	require.False(t, found(t, s, kids[0]))
	require.True(t, found(t, s, kids[24]))
}

func TestAddressOfAKeyURL(t *testing.T) {
	for _, url := range []string{
		"", "{kid}", "https://keys.example", "https://keys.example/{kid}/", "https://keys.example/{kid}.pem", "https://keys.example/x{kid}", "https://{kid}/{kid}",
		"https://keys.example/?k=/{kid}", "http://keys.example/{kid}", "https:///{kid}", "https://u@keys.example/{kid}", "https://keys.example/{kid}/{kid}", "https://keys.example/{KID}",
	} {
		_, err := keybind.Bind(certsource.KeyURL{URL: url}, keybind.Binding{Issuer: "iss"})
		require.Error(t, err, url)
	}
	_, err := keybind.Bind(certsource.KeyURL{URL: "https://keys.example/{kid}"}, keybind.Binding{Issuer: "iss"})
	require.NoError(t, err)
}
