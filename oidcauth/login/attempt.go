package login

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/signin"
)

const (
	attemptLife     = 10 * time.Minute
	maxAttempts     = 5       // of one browser
	maxAttemptBytes = 4 << 10 // all attempts of one browser: servers and proxies often accept 8 KiB of cookies
	maxTries        = 1       // how often a login whose cookie is gone begins again by itself
	stateName       = 8       // the characters of the state that name the cookie
	stateLength     = 1 + 43
)

// attempt is one login from its redirect to the provider until its callback. A sealed cookie contains it, so that no server stores
// anything for a visitor who is not logged in.
type attempt struct {
	Provider string `json:"p"` // name of the provider
	Issuer   string `json:"i"`
	ClientID string `json:"d"`
	State    string `json:"s"`
	Nonce    string `json:"n,omitempty"`
	Verifier string `json:"c"`
	ReturnTo string `json:"r"`
	Began    int64  `json:"t"` // Unix time
	// MaxAge is negative if no max_age was requested.
	MaxAge int64 `json:"a"` // seconds
	// ACR lists the accepted values of acr. Nil accepts any.
	ACR []string `json:"v,omitempty"`
	// Session is the key of the session that the login replaces. StepUp reports that its user must stay the same.
	Session     string `json:"k,omitempty"`
	StepUp      bool   `json:"u,omitempty"`
	Requirement string `json:"q,omitempty"` // of the step-up
	// Former names the user of a session in a cookie.
	Former *signin.Evidence `json:"f,omitempty"`
}

// randomText returns 256 random bits as text for a URL.
func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // It never returns an error.
	return base64.RawURLEncoding.EncodeToString(b)
}

// newState returns a random state. Its last character counts how often the login began again by itself, so that the count is known even
// if the browser returns no cookie. A visitor who changes it only gets the explaining page later.
func newState(tries int) string { return randomText() + string(rune('0'+tries)) }

// triesOf returns the count of a state, and 0 for any other text.
func triesOf(state string) int {
	if len(state) != stateLength || state[stateLength-1] < '0' || state[stateLength-1] > '9' {
		return 0
	}
	return int(state[stateLength-1] - '0')
}

func isState(state string) bool {
	if len(state) != stateLength {
		return false
	}
	for _, c := range []byte(state) {
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

const purposeAttempt = "attempt"

// begin sets the cookie of an attempt. It removes the oldest attempts of the browser if there are too many, and unusable ones.
func (rp *RelyingParty) begin(w http.ResponseWriter, r *http.Request, a attempt, site http.SameSite) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // an escaped & of the return path would take six bytes of the cookie
	_ = e.Encode(a)        // its types always have a JSON form
	name := rp.cookies.attempt(a.State)
	sealed := rp.box.SealText(purposeAttempt, name, text.Bytes())
	kept, size := 1, len(name)+len(sealed)
	for _, old := range rp.ordered(w, r) {
		kept++
		size += len(old.Name) + len(old.Value)
		if kept > maxAttempts || size > maxAttemptBytes {
			rp.cookies.remove(w, old.Name)
		}
	}
	rp.cookies.set(w, name, sealed, attemptLife, site)
}

// ordered returns the cookies of the attempts that the browser has, the latest first.
func (rp *RelyingParty) ordered(w http.ResponseWriter, r *http.Request) []*http.Cookie {
	began := map[*http.Cookie]int64{}
	var out []*http.Cookie
	for _, c := range rp.cookies.attempts(r) {
		a, ok := rp.openAttempt(c.Name, c.Value)
		if !ok || rp.isOld(a) {
			rp.cookies.remove(w, c.Name)
			continue
		}
		began[c], out = a.Began, append(out, c)
	}
	slices.SortStableFunc(out, func(x, y *http.Cookie) int { return cmp.Compare(began[y], began[x]) })
	return out
}

// openAttempt returns the attempt of a cookie.
func (rp *RelyingParty) openAttempt(name, value string) (a attempt, ok bool) {
	if len(value) > maxAttemptBytes {
		return a, false
	}
	text, ok := rp.box.OpenText(purposeAttempt, name, value)
	if !ok || json.Unmarshal(text, &a) != nil {
		return a, false
	}
	return a, true
}

// isOld reports whether the attempt has ended. An attempt may begin in the future, because the clocks of replicas may differ.
func (rp *RelyingParty) isOld(a attempt) bool {
	age := rp.now().Sub(time.Unix(a.Began, 0))
	return age >= attemptLife || age <= -attemptLife
}

// find returns the attempt of a state, if this browser began it.
func (rp *RelyingParty) find(r *http.Request, state string) (attempt, bool) {
	if !isState(state) {
		return attempt{}, false
	}
	name := rp.cookies.attempt(state)
	for _, value := range values(r, name) {
		if a, ok := rp.openAttempt(name, value); ok && subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) == 1 {
			return a, true
		}
	}
	return attempt{}, false
}
