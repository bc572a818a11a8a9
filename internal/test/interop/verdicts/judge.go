package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"
)

// patience is how long one row may take a judge before that counts as a hang.
const patience = 10 * time.Second

// judge is a library set up to protect a handler.
type judge struct {
	name      string
	modules   []module
	discovers bool // it finds keys by the issuer alone
	// build sets it up for the row's provider, which it reaches through the client. It ends with the context. An error is
	// a service that does not start, and accepts nothing.
	build func(ctx context.Context, r row, client *http.Client, next http.Handler) (http.Handler, error)
}

// verdict is what a judge makes of a row.
type verdict struct {
	accepted bool
	fault    string // "panic", "hang", "reads without end"
}

// against says how the verdict differs from the one that is wanted; empty if it does not.
func (v verdict) against(r row) string {
	switch {
	case v.fault != "":
		return v.fault
	case v.accepted && r.Want != "":
		return "accepts"
	case !v.accepted && r.Want == "":
		return "refuses"
	}
	return ""
}

// try has the judge decide, anew for each row. One that hangs is left behind.
func (j judge) try(ctx context.Context, r row) (verdict, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	decided := make(chan verdict, 1)
	go func() { decided <- j.decide(ctx, r) }()
	watchdog := time.NewTimer(patience)
	defer watchdog.Stop()
	select {
	case v := <-decided:
		return v, ctx.Err()
	case <-watchdog.C:
		return verdict{fault: "hang"}, nil
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
}

func (j judge) decide(ctx context.Context, r row) (v verdict) {
	n := &network{answers: r.Answers}
	defer func() {
		if recover() != nil {
			v = verdict{fault: "panic"}
		} else if n.flooded.Load() {
			v.fault = "reads without end"
		}
	}()
	passed := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { v.accepted = true })
	h, err := j.build(ctx, r, &http.Client{Transport: n, Timeout: patience}, passed)
	if err != nil {
		return v
	}
	h.ServeHTTP(httptest.NewRecorder(), r.request().WithContext(ctx))
	return v
}
