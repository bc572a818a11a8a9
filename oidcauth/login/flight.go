package login

import (
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// flights are the refreshes that run in this process, and the outcomes of recent ones. The zero flights is ready to use.
type flights struct {
	mu       sync.Mutex
	running  map[string]*flight // by the key of the session
	outcomes recent[outcome]    // by the hash of the tokens
}

// flight is a refresh that runs. session and err may be read when done is closed.
type flight struct {
	done    chan struct{}
	session *session
	err     error
}

// outcome is the answer of the provider to a refresh token. It is kept, so that a request that read the session before the refresh, or a
// store that failed after it, does not use the token a second time.
type outcome struct {
	answer *oauth2.Token
	at     time.Time
	err    error
}

// join returns the flight of a session. first reports that the caller must begin it.
func (f *flights) join(key string) (_ *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if running := f.running[key]; running != nil {
		return running, false
	}
	if f.running == nil {
		f.running = map[string]*flight{}
	}
	own := &flight{done: make(chan struct{})}
	f.running[key] = own
	return own, true
}

func (f *flights) end(key string, own *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.running, key)
	close(own.done)
}

func (f *flights) recent(key string, now time.Time) (outcome, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.outcomes.get(key, now)
}

func (f *flights) remember(key string, o outcome, now, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outcomes.put(key, o, now, until)
}
