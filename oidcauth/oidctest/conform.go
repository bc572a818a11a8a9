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
	callers  = 32               // that ask at once
	patience = 30 * time.Second // with a call that has to end; reached by broken implementations only
)

// faults collects what is wrong with an implementation under test, each thing once.
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

// try makes a panic a fault: on another goroutine it would end the test's process without a word about the others.
func (f *faults) try(what string, call func()) {
	defer func() {
		if p := recover(); p != nil {
			f.add("%s: panic: %v", what, p)
		}
	}()
	call()
}

// parallel lets all callers go at once and waits for them; each gets its number.
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

// cancelled calls with a context that has ended already, and insists that the call ends too.
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

// clip bounds what of a hostile value is repeated in a fault.
func clip(s string) string { return record.Clip(s, 40) }
