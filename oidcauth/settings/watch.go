package settings

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// The times of a [Watcher].
const (
	lookInterval   = 10 * time.Second
	settleInterval = time.Second           // between two looks at files that changed
	keyWait        = 50 * time.Millisecond // the longest time that a request waits for the keys of a new configuration
	defaultMaxWait = 30 * time.Second
	maxMaxWait     = time.Hour
	closeAfter     = time.Minute // how long a request may use a database after its configuration was replaced
)

// WatchOptions configure [Watch]. The zero WatchOptions have the defaults.
type WatchOptions struct {
	Options
	// Adapt adds to each configuration the values that a document cannot contain, such as OnEvent. Give each configuration the same
	// functions, lists and stores. Its error is a fault of the configuration. It may be nil.
	Adapt func(*Configuration) error
	// MaxWait is how long a new configuration waits for the keys of its issuers. After this time it becomes active without the
	// keys, and requests fetch them. The default is 30 s, and the maximum is 1 h.
	MaxWait time.Duration
}

// Watcher makes the Authenticator of a document, and replaces it when the document changes, or a file or folder that the document names,
// such as a secret or a folder of certificates. It is safe for concurrent use, and starts no goroutine. [Watch] makes a Watcher.
//
// The Watcher looks at the files every 10 s. It looks when a request comes; without requests, it needs [Watcher.Run]. It uses new
// files after two looks, one second apart, that found the same content, because a file may be half written. It reads the environment when
// a file changes.
//
// A document with faults changes nothing: the former configuration stays in effect. The faults are logged once, and reported as an event
// ([decision.Reloaded]). Status and Diagnose of the Authenticator show them until a document without faults is found.
//
// A document without faults becomes active when the keys of its issuers are in memory, and at the latest after [WatchOptions.MaxWait]. It
// does not wait for an issuer that has no keys in the former configuration either. Keys, caches, limits and counters of unchanged issuers,
// revoked tokens, used DPoP proofs and databases are kept, and users stay signed in; see [oidcauth.Authenticator.Next]. A new size of a list
// in memory takes effect when the program starts again. A running request keeps the configuration with which it began.
type Watcher struct {
	file    string
	options WatchOptions

	active atomic.Pointer[activeConfiguration]
	due    atomic.Int64 // the time of the next look, in Unix ns

	mu      sync.Mutex
	seen    *reading // the result of the last look
	faulty  bool     // the last message was a fault
	retired []retired

	sessions login.Memory // of every RelyingParty whose configuration names no store
}

type activeConfiguration struct {
	auth *oidcauth.Authenticator
	rp   *login.RelyingParty // nil without a login
	made *Configuration
	hash fingerprint
	now  func() time.Time
}

// Watch reads a document, and makes its Authenticator. Its error is that of [Load], [Document.Configuration] or [oidcauth.New].
func Watch(file string, o WatchOptions) (*Watcher, error) {
	if o.MaxWait < 0 || o.MaxWait > maxMaxWait {
		return nil, errors.New("settings: MaxWait is not between 0 and 1 h")
	}
	if o.MaxWait == 0 {
		o.MaxWait = defaultMaxWait
	}
	if o.Parse == nil {
		o.Parse = parse
	}
	w := &Watcher{file: file, options: o}
	r := w.read(nil, files{})
	if r.err != nil {
		return nil, r.err
	}
	auth, err := oidcauth.New(r.made.Config)
	if err != nil {
		return nil, errors.Join(err, r.made.Close())
	}
	w.sessions.Now = r.made.Config.Now
	if r.rp, err = w.relyingParty(r.made, auth); err != nil {
		return nil, errors.Join(err, r.made.Close())
	}
	r.decided = true
	w.seen = r
	w.activate(auth, r)
	w.due.Store(w.now().Add(lookInterval).UnixNano())
	return w, nil
}

// Authenticator returns the Authenticator in use. If 10 s have passed since the last look at the files, it looks at them first. Call it
// for each request, and do not store its result.
func (w *Watcher) Authenticator() *oidcauth.Authenticator {
	w.lookIfDue(context.Background(), keyWait)
	return w.active.Load().auth
}

// RelyingParty returns the RelyingParty in use, or nil if the document has no login. Like Authenticator, it looks at the files first. Call
// it for each request, or in the function of [Watcher.Handler], and do not store its result.
func (w *Watcher) RelyingParty() *login.RelyingParty {
	w.lookIfDue(context.Background(), keyWait)
	return w.active.Load().rp
}

// Configuration returns the configuration in use. Its databases are closed a minute after another one replaces it.
func (w *Watcher) Configuration() *Configuration { return w.active.Load().made }

// Handler returns a handler that calls the handler of the Authenticator in use. It calls build once for each configuration, so build
// can make the whole router of a service.
func (w *Watcher) Handler(build func(*oidcauth.Authenticator) http.Handler) http.Handler {
	type built struct {
		auth    *oidcauth.Authenticator
		handler http.Handler
	}
	var last atomic.Pointer[built]
	var mu sync.Mutex
	of := func(auth *oidcauth.Authenticator) http.Handler {
		if b := last.Load(); b != nil && b.auth == auth {
			return b.handler
		}
		mu.Lock()
		defer mu.Unlock()
		if b := last.Load(); b != nil && b.auth == auth {
			return b.handler
		}
		h := build(auth)
		if auth == w.active.Load().auth { // otherwise a newer one was built while this request waited
			last.Store(&built{auth, h})
		}
		return h
	}
	of(w.active.Load().auth)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { of(w.Authenticator()).ServeHTTP(rw, r) })
}

// Run looks at the files every 10 s until ctx ends, so that a change is noticed without a request. It returns the error of ctx.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(settleInterval) // the clock of the configuration says whether it is time to look
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			w.lookIfDue(ctx, settleInterval)
		}
	}
}

// Close closes the databases of all configurations. The Watcher must not be used afterwards.
func (w *Watcher) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	faults := []error{w.active.Load().made.Close()}
	for _, r := range w.retired {
		faults = append(faults, r.made.Close())
	}
	if w.seen.made != nil {
		faults = append(faults, w.seen.made.Close())
	}
	w.retired = nil
	return errors.Join(faults...)
}

func (w *Watcher) now() time.Time { return w.active.Load().now() }
