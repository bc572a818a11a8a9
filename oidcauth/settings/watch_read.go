package settings

import (
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// reading is a configuration as it was read from its files.
type reading struct {
	files   files
	hash    fingerprint
	made    *Configuration
	err     error
	next    *oidcauth.Authenticator // nil until the files were seen twice
	rp      *login.RelyingParty     // of next
	until   time.Time               // the latest time to become active
	decided bool
}

// retired are databases that a former configuration used.
type retired struct {
	at   time.Time
	made *Configuration
}

// read reads the document and all files that it names, besides those that are known already.
func (w *Watcher) read(former *Configuration, known files) *reading {
	r := &reading{files: known}
	// A panic of the program's code must not end every later request.
	r.made, r.err = guard.Call(func() (*Configuration, error) { return w.configuration(r.files, former) })
	r.hash = r.files.hash()
	return r
}

func (w *Watcher) configuration(f files, former *Configuration) (*Configuration, error) {
	text := f.read(w.file)
	if text.err != nil {
		return nil, &Error{File: w.file, Problem: "the file cannot be read", Err: text.err}
	}
	doc, err := w.options.Parse(w.file, text.data)
	if err != nil {
		return nil, err
	}
	o := w.options.Options
	o.watched = &watched{files: f, former: former}
	c, err := doc.Configuration(o)
	if err != nil {
		return nil, err
	}
	if former != nil { // the lists of the document are kept
		c.Config.Revocation.DenyList, c.Config.DPoP.Replays = nil, nil
	}
	if w.options.Adapt != nil {
		if err := w.options.Adapt(c); err != nil {
			closeExcept(c, former)
			return nil, err
		}
	}
	return c, nil
}

// discard closes the databases of a configuration that does not become active.
func (w *Watcher) discard(r *reading) {
	if r.made != nil {
		closeExcept(r.made, w.active.Load().made)
	}
	r.made, r.next, r.rp = nil, nil, nil
}

// closeRetired closes the databases that only former configurations used.
func (w *Watcher) closeRetired(now time.Time) {
	for len(w.retired) > 0 && !now.Before(w.retired[0].at) {
		keep := []*Configuration{w.active.Load().made, w.seen.made}
		for _, r := range w.retired[1:] {
			keep = append(keep, r.made)
		}
		closeExcept(w.retired[0].made, keep...)
		w.retired = w.retired[1:]
	}
}

// closeExcept closes the databases that no other configuration uses.
func closeExcept(c *Configuration, others ...*Configuration) {
	for _, db := range c.databases {
		used := slices.ContainsFunc(others, func(o *Configuration) bool { return o != nil && slices.Contains(o.databases, db) })
		if !used {
			_ = db.Close() // its queries have ended
		}
	}
}
