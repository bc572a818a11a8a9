package oidctest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

const (
	callers  = 32               // The number of concurrent calls.
	patience = 30 * time.Second // The longest time that a call may take to end. Only a broken implementation reaches it.
)

// faults collects the faults of an implementation, each of them once.
type faults struct {
	mu  sync.Mutex
	all []error
}

func (f *faults) add(format string, args ...any) {
	fault := fmt.Errorf("oidctest: "+format, args...)
	f.mu.Lock()
	defer f.mu.Unlock()
	known := func(have error) bool { return have.Error() == fault.Error() }
	if !slices.ContainsFunc(f.all, known) {
		f.all = append(f.all, fault)
	}
}

func (f *faults) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.all...)
}

// try reports a panic as a fault. In another goroutine it would end the process and hide the other faults.
func (f *faults) try(what string, call func()) {
	defer func() {
		if p := recover(); p != nil {
			f.add("%s: panic: %v", what, p)
		}
	}()
	call()
}

// parallel starts all calls at the same moment and waits for them. Each gets its number.
func (f *faults) parallel(what string, call func(int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range callers {
		wg.Go(func() {
			<-start
			f.try(what, func() { call(i) })
		})
	}
	close(start)
	wg.Wait()
}

// cancelled calls with a cancelled context, and requires that the call returns.
func (f *faults) cancelled(what string, call func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.try(what, func() { call(ctx) })
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		f.add("%s: has not returned after %s", what, patience)
	}
}

// clip shortens a hostile value for the text of a fault.
func clip(s string) string { return record.Clip(s, 40) }
