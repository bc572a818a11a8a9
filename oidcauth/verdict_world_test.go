package oidcauth_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	idp           = "https://idp.example"
	idpDiscovery  = idp + "/.well-known/openid-configuration"
	idpKeys       = idp + "/jwks"
	idpUserInfo   = idp + "/userinfo"
	idpIntrospect = idp + "/introspect"
)

// world is a provider without sockets, which records every request of an authenticator.
type world struct {
	auth    *oidcauth.Authenticator
	refused *oidcauth.Error
	log     lockedBuffer
	lookups atomic.Int64

	mu      sync.Mutex
	now     time.Time
	answers map[string]answer // by URL
	asked   map[string]int
	stray   []string
}

// answer is the response of one URL. The zero status means 200.
type answer struct {
	status   int
	body     string
	kind     string // Content-Type
	endless  bool   // the body never ends
	location string
	err      error // the error of the request
	panics   bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: verdictTime, asked: map[string]int{}, answers: map[string]answer{}}
	w.set(idpDiscovery, answer{body: `{"issuer":"` + idp + `","jwks_uri":"` + idpKeys + `","userinfo_endpoint":"` + idpUserInfo + `"}`})
	w.publish(jwkOf("k1", "ES256", es256().public))
	return w
}

func (w *world) set(url string, a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[url] = a
}

func (w *world) publish(jwks ...string) {
	w.set(idpKeys, answer{body: `{"keys":[` + strings.Join(jwks, ",") + `]}`})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) count(url string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[url]
}

func (w *world) total() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, asked := range w.asked {
		n += asked
	}
	return n
}

func (w *world) strays() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stray
}

// RoundTrip answers requests, and records forbidden ones: requests to unknown URLs, and requests with credentials to endpoints
// other than UserInfo and introspection.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	url := r.URL.String()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[url]++
	a, known := w.answers[url]
	if !known || (r.Method != http.MethodGet) != (url == idpIntrospect) || r.Header.Get("Cookie") != "" ||
		(r.Header.Get("Authorization") != "") != (url == idpUserInfo || url == idpIntrospect) {
		w.stray = append(w.stray, r.Method+" "+url)
	}
	if a.panics {
		panic("a broken transport")
	}
	if a.err != nil {
		return nil, a.err
	}
	res := &http.Response{StatusCode: a.status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(a.body))}
	if a.status == 0 {
		res.StatusCode = http.StatusOK
	}
	if a.kind != "" {
		res.Header.Set("Content-Type", a.kind)
	}
	if a.location != "" {
		res.Header.Set("Location", a.location)
	}
	if a.endless {
		res.Body = io.NopCloser(endless{})
	}
	return res, nil
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The classes of reasons show at which step a token is refused.
const (
	beforeKeys = iota
	afterKeys
	afterSignature
)

var classOf = map[reason.Reason]int{
	reason.KeyNotFound: afterKeys, reason.KeysUnavailable: afterKeys, reason.InvalidSignature: afterKeys,
	reason.WrongTokenType: afterKeys, reason.IDTokenAsAccessToken: afterKeys, reason.InvalidClaims: afterKeys,
	reason.Expired: afterKeys, reason.NotYetValid: afterKeys, reason.WrongAudience: afterKeys,
	reason.UnauthorizedParty: afterKeys, reason.SenderConstrained: afterKeys,
	reason.TokenNotBound: afterKeys, reason.ProofMissing: afterKeys, reason.ProofInvalid: afterKeys, reason.ProofOtherKey: afterKeys,
	reason.ProofOtherToken: afterKeys, reason.ProofOtherRequest: afterKeys, reason.ProofClock: afterKeys, reason.ProofNonce: afterKeys,
	reason.ProofReplayed: afterKeys, reason.ClientCertificateMissing: afterKeys, reason.ClientCertificateMismatch: afterKeys, reason.ReplayStoreUnavailable: afterKeys,
	reason.TokenInactive: afterKeys, reason.IntrospectionUnavailable: afterKeys,

	reason.UserInfoRefused: afterSignature, reason.UserInfoSubjectMismatch: afterSignature, reason.UserInfoUnavailable: afterSignature,
	reason.ClaimMissing: afterSignature, reason.ClaimUnusable: afterSignature, reason.CheckClaimMissing: afterSignature,
	reason.CheckFailed: afterSignature, reason.UserNotFound: afterSignature, reason.UserAmbiguous: afterSignature,
	reason.UserDisabled: afterSignature, reason.UserStoreUnavailable: afterSignature,
}

// statusOf repeats row 30 of the requirements.
var statusOf = map[reason.Reason]int{
	reason.NoCredentials: 401, reason.MalformedRequest: 400, reason.MalformedToken: 401, reason.OpaqueToken: 401,
	reason.EncryptedToken: 401, reason.AlgorithmRefused: 401, reason.WrongTokenType: 401, reason.IDTokenAsAccessToken: 401,
	reason.SenderConstrained: 401, reason.UnknownIssuer: 401, reason.KeyNotFound: 401, reason.InvalidSignature: 401,
	reason.InvalidClaims: 401, reason.Expired: 401, reason.NotYetValid: 401, reason.WrongAudience: 401,
	reason.UnauthorizedParty: 401, reason.UserInfoRefused: 401, reason.UserInfoSubjectMismatch: 401,
	reason.ClaimMissing: 403, reason.ClaimUnusable: 403, reason.CheckClaimMissing: 403, reason.CheckFailed: 403,
	reason.UserNotFound: 403, reason.UserAmbiguous: 403, reason.UserDisabled: 403,
	reason.InsufficientUserAuthentication: 401, reason.TokenInactive: 401, reason.IntrospectionUnavailable: 503, reason.KeysUnavailable: 503, reason.UserInfoUnavailable: 503,
	reason.UserStoreUnavailable: 503,
	reason.TokenNotBound:        401, reason.ProofMissing: 401, reason.ProofInvalid: 401, reason.ProofOtherKey: 401, reason.ProofOtherToken: 401,
	reason.ProofOtherRequest: 401, reason.ProofClock: 401, reason.ProofNonce: 401, reason.ProofReplayed: 401,
	reason.ClientCertificateMissing: 401, reason.ClientCertificateMismatch: 401, reason.ReplayStoreUnavailable: 503,
	reason.HeaderRefused:     401,
	reason.InsufficientScope: 403, reason.RoleMissing: 403, reason.AccessDenied: 403, reason.ApplicationError: 500,
}

func TestEveryReasonHasItsStatus(t *testing.T) {
	for reason, want := range statusOf {
		require.Equal(t, want, (&oidcauth.Error{Reason: reason}).Status(), reason)
	}
}
