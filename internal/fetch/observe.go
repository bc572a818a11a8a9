package fetch

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Call describes a call that has ended. It may comprise several requests.
type Call struct {
	Endpoint decision.Endpoint
	// Host and Status belong to the last request of a [Client]. They are zero if no client sent one, or if it got no answer.
	Host    string
	Status  int
	Elapsed time.Duration
	// Err is the error of the call. Its text may contain what was sent.
	Err error
}

// Observer is called at the end of each call that [Observe] makes, on the goroutine of the call.
type Observer func(context.Context, Call)

// observation is what a context carries.
type observation struct {
	observer Observer
	current  *ongoing // nil outside of a call
}

type ongoing struct {
	endpoint decision.Endpoint

	mu     sync.Mutex // A request may continue after its call was abandoned.
	host   string
	status int
}

type observationKey struct{}

func observationIn(ctx context.Context) observation {
	o, _ := ctx.Value(observationKey{}).(observation)
	return o
}

// WithObserver returns a context whose calls are told to the observer. If it is nil, WithObserver returns ctx.
func WithObserver(ctx context.Context, observer Observer) context.Context {
	if observer == nil {
		return ctx
	}
	return context.WithValue(ctx, observationKey{}, observation{observer: observer})
}

// IsObserved reports whether the calls with this context are told to an observer.
func IsObserved(ctx context.Context) bool { return observationIn(ctx).observer != nil }

// Observe makes a call, and tells it to the observer of the context. A call within a call to the same endpoint is a part of
// it, so only the outer one is told.
func Observe[T any](ctx context.Context, endpoint decision.Endpoint, call func(context.Context) (T, error)) (T, error) {
	o := observationIn(ctx)
	if o.observer == nil || o.current != nil && o.current.endpoint == endpoint {
		return call(ctx)
	}
	o.current = &ongoing{endpoint: endpoint}
	began := time.Now()
	value, err := call(context.WithValue(ctx, observationKey{}, o))
	ended := Call{Endpoint: endpoint, Elapsed: time.Since(began), Err: err}
	ended.Host, ended.Status = o.current.last()
	o.observer(ctx, ended)
	return value, err
}

func (c *ongoing) last() (host string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.host, c.status
}

// note stores the last request of the call that the context belongs to.
func note(ctx context.Context, to *url.URL, status int) {
	if c := observationIn(ctx).current; c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.host, c.status = to.Host, status
	}
}
