package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	refreshMargin = time.Minute      // an access token is refreshed so long before it expires; a short-lived one in its last quarter
	refreshTime   = 30 * time.Second // limits a refresh, which may wait for a lease, take it over, and call the provider
	outcomeLife   = time.Minute
	failureLife   = 5 * time.Second // no new call is made after one that failed
	storePoll     = 50 * time.Millisecond
)

// endedError reports that a session has ended. err is nil, or the refusal that ended it, which was reported before. cause is nil, or the
// provider's answer.
type endedError struct {
	why        reason.Reason
	err, cause error
}

func (e *endedError) Error() string { return "login: the session has ended: " + string(e.why) }

// isDue reports whether the access token ends soon, or has ended.
func (rp *RelyingParty) isDue(t *tokens) bool {
	if t == nil || t.Refresh == "" || t.Ends == 0 {
		return false
	}
	margin := min(int64(refreshMargin/time.Second), (t.Ends-t.Began)/4)
	return rp.now().Unix() >= t.Ends-margin
}

// isLive reports whether the access token can still be used.
func (rp *RelyingParty) isLive(t *tokens) bool {
	return t != nil && (t.Ends == 0 || rp.now().Unix() < t.Ends)
}

// fresh refreshes the tokens of a session if they end soon, and returns the session with its present tokens. If the provider or the store
// gives no usable answer, the session goes on while its access token lives. The error is an [*endedError] if the session has ended.
func (rp *RelyingParty) fresh(r *http.Request, s *session) (*session, error) {
	t := s.record.Tokens
	if !rp.isDue(t) {
		return s, nil
	}
	live := rp.isLive(t)
	if live && rp.isLeased(&s.record) {
		return s, nil
	}
	f, first := rp.flights.join(s.key)
	if first {
		// The refresh goes on if this request ends: its answer has the only refresh token that is still valid.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), refreshTime)
		own := r.Clone(ctx) // the server may change r when this request has ended
		go func() {
			defer cancel()
			rp.fly(ctx, f, own, s)
		}()
	} else if live {
		return s, nil
	}
	select {
	case <-f.done:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	var ended *endedError
	switch {
	case f.err == nil:
		own := *f.session
		return &own, nil
	case errors.As(f.err, &ended) || !live:
		return nil, f.err
	}
	return s, nil
}

// fly runs the refresh of a flight. It ends the flight even if the refresh panics.
func (rp *RelyingParty) fly(ctx context.Context, f *flight, r *http.Request, s *session) {
	f.err = errFlight
	defer rp.flights.end(s.key, f)
	f.session, f.err = guard.Call(func() (*session, error) { return rp.refresh(ctx, r, *s) })
}

var errFlight = errors.New("login: the refresh did not end")

// refreshLeased asks the provider until the deadline, and stores the outcome.
func (rp *RelyingParty) refreshLeased(ctx context.Context, r *http.Request, s session, own string, deadline time.Time) (*session, error) {
	p, known := rp.ofSession(&s.record)
	if !known {
		return nil, &endedError{why: reason.SessionUnknown}
	}
	calls, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	used := s.record.Tokens.Refresh
	o := rp.ask(calls, p, s.record.Tokens)
	var refused *provider.GrantError
	switch {
	case errors.As(o.err, &refused):
		return nil, rp.endRefused(ctx, r, &s, &endedError{why: reason.RefreshRefused, cause: o.err})
	case o.err != nil:
		rec := s.record
		rec.Lease = nil
		_, _ = rp.swap(ctx, &s, rec) // if it fails, another refresh takes the lease over
		return nil, o.err
	}
	evidence, err := rp.goesOn(calls, r, p, &s.record, o.answer)
	if err != nil {
		return nil, rp.endRefused(ctx, r, &s, &endedError{why: reason.LoginChanged, err: err})
	}
	keep := func(ctx context.Context) (*session, error) {
		return rp.keep(ctx, s, own, used, tokensOf(o.answer, o.at), evidence)
	}
	kept, err := keep(ctx)
	if isStoreError(err) {
		go keepLater(context.WithoutCancel(ctx), keep)
	}
	return kept, err
}

func isStoreError(err error) bool {
	var down *storeError
	return errors.As(err, &down)
}

// keepLater stores the new tokens as soon as the store answers again. Until then, only this process has the refresh token that is valid.
func keepLater(ctx context.Context, keep func(context.Context) (*session, error)) {
	ctx, cancel := context.WithTimeout(ctx, outcomeLife)
	defer cancel()
	for {
		select {
		case <-time.After(storePoll):
		case <-ctx.Done():
			return
		}
		if _, err := guard.Call(func() (*session, error) { return keep(ctx) }); !isStoreError(err) {
			return
		}
	}
}

// ask sends the refresh token, unless it was sent a short time ago, and the answer was not stored. A provider can answer with the same
// refresh token again, but not with the same access token.
func (rp *RelyingParty) ask(ctx context.Context, p Provider, t *tokens) outcome {
	sum := sha256.Sum256([]byte(t.Refresh + "\x00" + t.Access))
	key := base64.RawURLEncoding.EncodeToString(sum[:])
	if o, found := rp.flights.recent(key, rp.now()); found {
		return o
	}
	o := outcome{at: rp.now()}
	o.answer, o.err = p.Client.Refresh(ctx, &oauth2.Token{RefreshToken: t.Refresh}, provider.TokenRequest{Resources: p.Resources}).Token()
	life := outcomeLife
	var refused *provider.GrantError
	if o.err != nil && !errors.As(o.err, &refused) {
		life = failureLife
	}
	rp.flights.remember(key, o, o.at, rp.now().Add(life))
	return o
}

// goesOn verifies the answer to a refresh: it must be about the same user. If that cannot be verified now, the former evidence stays.
func (rp *RelyingParty) goesOn(ctx context.Context, r *http.Request, p Provider, rec *record, answer *oauth2.Token) (signin.Evidence, error) {
	g := p.grant(answer)
	if scope, _ := answer.Extra("scope").(string); scope == "" {
		g.Scopes = rec.Evidence.Scopes
	}
	g.Refreshed, g.Former, g.Request, g.Ends = true, &rec.Evidence, r, time.Unix(rec.Ends, 0)
	_, evidence, err := rp.verify.SignIn(ctx, g)
	if statusOf(err) == http.StatusServiceUnavailable {
		return rec.Evidence, nil
	}
	return evidence, err
}

// keep stores the new tokens. Another request may have prolonged the session in the meantime.
func (rp *RelyingParty) keep(ctx context.Context, s session, own, used string, fresh *tokens, evidence signin.Evidence) (*session, error) {
	for range maxTurns {
		rec := s.record
		former := rec.Tokens
		rec.Tokens, rec.Evidence, rec.Lease, rec.Seen = fresh, evidence, nil, rp.now().Unix()
		if fresh.Refresh == "" {
			fresh.Refresh = former.Refresh
		}
		if fresh.ID == "" {
			fresh.ID = former.ID
		}
		if evidence.SessionID != s.record.Evidence.SessionID { // a front-channel logout looks for this sid
			if err := rp.list(ctx, s.key, &rec, []string{s.key}); err != nil {
				return nil, &storeError{err}
			}
		}
		swapped, err := rp.swap(ctx, &s, rec)
		if swapped || err != nil {
			return &s, err
		}
		if err := rp.reload(ctx, &s); err != nil {
			return nil, err
		}
		if l := s.record.Lease; s.record.Tokens.Refresh != used || l != nil && l.By != own {
			return &s, nil // another replica took over
		}
	}
	return nil, errTurns
}

// endRefused ends a session whose tokens the provider does not refresh.
func (rp *RelyingParty) endRefused(ctx context.Context, r *http.Request, s *session, ended *endedError) error {
	if err := rp.delete(ctx, s); err != nil {
		return err
	}
	rp.verify.SignedOut(ctx, signin.SignOut{Evidence: s.record.Evidence, Reason: ended.why, Request: r})
	return ended
}
