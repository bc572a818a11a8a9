package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	recordVersion   = 1
	versionOver     = -1        // of a session that has ended, and is about to be deleted
	maxRecord       = 256 << 10 // of a stored session, in bytes
	maxCookie       = 3584      // name and value of a session in a cookie: browsers refuse more than 4096 bytes with attributes
	maxIDToken      = 8 << 10   // a longer ID token is not kept, because it does not fit into the URL of a logout
	idleShare       = 8         // the end of an idle session is renewed at most once in this part of Idle
	sessionIDLength = 43
	purposeRecord   = "session record"
	purposeSession  = "session"
)

// record is a session as it is stored. Times are Unix times.
type record struct {
	Version  int             `json:"v"`
	Provider string          `json:"p"` // name of the provider
	Evidence signin.Evidence `json:"e"`
	Tokens   *tokens         `json:"t,omitempty"` // nil in a cookie
	Began    int64           `json:"b"`
	Seen     int64           `json:"s"`
	Ends     int64           `json:"x"`
	Lease    *lease          `json:"l,omitempty"`
	StepUp   string          `json:"u,omitempty"` // requirement of the step-up that began the session
}

// tokens are those of the last answer of the token endpoint.
type tokens struct {
	Access  string `json:"a"`
	Type    string `json:"y"`
	Refresh string `json:"r,omitempty"`
	ID      string `json:"i,omitempty"`
	Began   int64  `json:"b"`
	Ends    int64  `json:"x,omitempty"` // of the access token; 0 if unknown
}

// session is the session of a request.
type session struct {
	key    string // of the store; empty in a cookie
	sealed []byte // as the store has it
	record record
}

func tokensOf(answer *oauth2.Token, now time.Time) *tokens {
	t := &tokens{Access: answer.AccessToken, Type: answer.TokenType, Refresh: answer.RefreshToken, Began: now.Unix()}
	if answer.ExpiresIn > 0 {
		t.Ends = now.Unix() + answer.ExpiresIn
	}
	if id, _ := answer.Extra("id_token").(string); len(id) <= maxIDToken {
		t.ID = id
	}
	return t
}

// current returns the session of the request, or nil if there is none. An error means that the store gives no usable answer.
func (rp *RelyingParty) current(r *http.Request) (*session, error) {
	all := slices.Compact(values(r, rp.cookies.session()))
	if len(all) != 1 { // a browser sends one, so another site or another path has set the others
		return nil, nil
	}
	value := all[0]
	if rp.sessions.InCookie {
		text, ok := rp.box.OpenText(purposeSession, rp.cookies.session(), value)
		if !ok {
			return nil, nil
		}
		return rp.live(session{}, text), nil
	}
	if !isSessionID(value) {
		return nil, nil
	}
	return rp.load(r.Context(), storeKey(kindSession, value))
}

func isSessionID(value string) bool { return len(value) == sessionIDLength }

// load returns the stored session of a key, or nil if there is none.
func (rp *RelyingParty) load(ctx context.Context, key string) (*session, error) {
	sealed, found, err := rp.store.FindCtx(ctx, key)
	switch {
	case err != nil:
		return nil, &storeError{err}
	case !found || len(sealed) > maxRecord:
		return nil, nil
	}
	text, ok := rp.box.Open(purposeRecord, key, sealed)
	if !ok {
		return nil, nil
	}
	return rp.live(session{key: key, sealed: sealed}, text), nil
}

// live adds the record to s. It returns nil if the session has ended, or if its client is not one of the Providers: another service may
// have the same keys, and the sessions of a removed client must end.
func (rp *RelyingParty) live(s session, text []byte) *session {
	if json.Unmarshal(text, &s.record) != nil || s.record.Version != recordVersion || !rp.now().Before(rp.end(&s.record)) {
		return nil
	}
	if _, known := rp.ofSession(&s.record); !known {
		return nil
	}
	return &s
}

// end returns the end of a session without further requests.
func (rp *RelyingParty) end(rec *record) time.Time {
	idle, absolute := time.Unix(rec.Seen, 0).Add(rp.sessions.Idle), rp.absoluteEnd(rec)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

func (rp *RelyingParty) absoluteEnd(rec *record) time.Time { return time.Unix(rec.Ends, 0) }

// seal returns the form in which a store has the record.
func (rp *RelyingParty) seal(key string, rec *record) []byte {
	text, _ := json.Marshal(rec) // it was read from JSON, so it has a JSON form
	return rp.box.Seal(purposeRecord, key, text)
}

// create begins a session with a new ID, so that an attacker who knew an ID before the login cannot use it. It ends the session of the request,
// and the one with the key former.
func (rp *RelyingParty) create(ctx context.Context, w http.ResponseWriter, r *http.Request, rec record, former string) *signin.Refusal {
	if rp.sessions.InCookie {
		rec.Tokens = nil
		return rp.setSession(w, rec)
	}
	id := randomText()
	key := storeKey(kindSession, id)
	sealed := rp.seal(key, &rec)
	if len(sealed) > maxRecord {
		return &signin.Refusal{Reason: reason.SessionTooLarge, Detail: fmt.Sprintf("the session needs %d bytes, and at most %d are stored", len(sealed), maxRecord)}
	}
	if err := rp.store.CommitCtx(ctx, key, sealed, rp.end(&rec)); err != nil {
		return &signin.Refusal{Reason: reason.SessionStoreUnavailable, Err: err}
	}
	ended := []string{former}
	for _, value := range values(r, rp.cookies.session()) {
		ended = append(ended, storeKey(kindSession, value))
	}
	for _, old := range ended {
		if old == "" {
			continue
		}
		if err := rp.store.DeleteCtx(ctx, old); err != nil {
			return &signin.Refusal{Reason: reason.SessionStoreUnavailable, Err: err}
		}
	}
	if err := rp.list(ctx, key, &rec, ended); err != nil { // a session that goes on must stay in the list
		return &signin.Refusal{Reason: reason.SessionStoreUnavailable, Err: err}
	}
	rp.cookies.set(w, rp.cookies.session(), id, 0, http.SameSiteLaxMode)
	return nil
}

// setSession puts the session into the cookie.
func (rp *RelyingParty) setSession(w http.ResponseWriter, rec record) *signin.Refusal {
	text, _ := json.Marshal(rec) // it has a JSON form
	name := rp.cookies.session()
	value := rp.box.SealText(purposeSession, name, text)
	if size := len(name) + len(value); size > maxCookie {
		return &signin.Refusal{
			Reason: reason.SessionTooLarge,
			Detail: fmt.Sprintf("the cookie of the session would have %d bytes, and at most %d are sent: request fewer claims, or set Sessions.Store", size, maxCookie),
		}
	}
	rp.cookies.set(w, name, value, 0, http.SameSiteLaxMode)
	return nil
}

// prolong renews the end of an idle session. If that fails, the session ends earlier. A session that another request has changed or
// ended is left alone.
func (rp *RelyingParty) prolong(ctx context.Context, w http.ResponseWriter, s *session) {
	now := rp.now().Unix()
	if time.Duration(now-s.record.Seen)*time.Second < max(rp.sessions.Idle/idleShare, time.Second) {
		return
	}
	rec := s.record
	rec.Seen = now
	if rp.sessions.InCookie {
		if rp.setSession(w, rec) == nil {
			s.record = rec
		}
		return
	}
	_, _ = rp.swap(ctx, s, rec)
}

// swap stores another record of the session, if no other request has changed or ended it since it was read. s then has the record.
func (rp *RelyingParty) swap(ctx context.Context, s *session, rec record) (bool, error) {
	sealed := rp.seal(s.key, &rec)
	if len(sealed) > maxRecord {
		return false, errTooLarge
	}
	swapped, err := rp.store.SwapCtx(ctx, s.key, s.sealed, sealed, rp.end(&rec))
	if swapped {
		s.sealed, s.record = sealed, rec
	}
	if err != nil {
		err = &storeError{err}
	}
	return swapped, err
}

// delete ends the session in the store.
func (rp *RelyingParty) delete(ctx context.Context, s *session) error {
	if s.key == "" {
		return nil
	}
	if err := rp.store.DeleteCtx(ctx, s.key); err != nil {
		return &storeError{err}
	}
	return nil
}

// storeError reports that the store gives no usable answer.
type storeError struct{ err error }

func (e *storeError) Error() string { return "login: the store of sessions: " + e.err.Error() }

func (e *storeError) Unwrap() error { return e.err }
