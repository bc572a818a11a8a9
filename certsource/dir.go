package certsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Dir is a folder of certificates (*.pem, *.crt, *.cer, *.der), out of which one is chosen by its subject or its
// thumbprint, SHA-1 or SHA-256. It is read when it is bound, and again as Refresh says, so that a renewed certificate
// is found without a restart. A file that does not parse is passed over; the report names it.
type Dir struct {
	FS         fs.FS
	Subject    string // distinguished name (RFC 4514)
	Thumbprint string // hexadecimal; colons, blanks and either case are fine
	Refresh    Refresh
}

const maxFiles = 10000

// Keys reports [ErrNotBound].
func (Dir) Keys(Query) ([]Key, error) { return nil, ErrNotBound }

// Bind reads the folder. That nothing matches is no error: the source passes on.
func (d Dir) Bind(b Binding) (Source, error) {
	m, err := newMatcher(d.Subject, d.Thumbprint)
	switch {
	case err != nil:
		return nil, err
	case m.isZero():
		return nil, errors.New("certsource: Dir needs Subject or Thumbprint")
	case d.FS == nil:
		return nil, errors.New("certsource: Dir.FS is nil")
	}
	load := func(context.Context) (*keyring, error) { return d.load(m, b.Issuer) }
	ring, err := d.load(m, b.Issuer)
	if err != nil {
		return nil, err
	}
	if d.Refresh.Wait == 0 {
		d.Refresh.Wait = -1 // a folder that was read a moment ago has nothing new: the next source's turn
	}
	source := newRemote(ring.name, d.Refresh, b, load)
	source.held.Put(ring)
	return source, nil
}

func (d Dir) load(m matcher, issuer string) (*keyring, error) {
	files, err := fs.ReadDir(d.FS, ".")
	if err != nil {
		return nil, fmt.Errorf("certsource: Dir cannot be read: %w", err)
	}
	if len(files) > maxFiles {
		return nil, fmt.Errorf("certsource: Dir holds more than %d files", maxFiles)
	}
	var chosen []Key
	var notes []string
	for _, f := range files {
		keys, err := d.read(f.Name())
		if err != nil && len(notes) < maxNotes {
			notes = append(notes, fmt.Sprintf("file %.64q passed over: %v", f.Name(), err))
		}
		chosen = append(chosen, choose(keys, m)...)
	}
	ring := newKeyring("certificate folder", chosen, issuer)
	ring.notes = append(ring.notes, notes...)
	return ring, nil
}

func (d Dir) read(file string) ([]Key, error) {
	switch path.Ext(file) {
	case ".pem", ".crt", ".cer", ".der":
	default:
		return nil, nil
	}
	f, err := d.FS.Open(file)
	if err != nil {
		return nil, errors.New("cannot be opened")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil || len(data) > maxBytes {
		return nil, errors.New("cannot be read, or larger than 1 MiB")
	}
	return parseAny(data)
}

// parseAny reads text, or one raw DER.
func parseAny(data []byte) ([]Key, error) {
	if k, err := parseDER(data); err == nil {
		return []Key{k}, nil
	}
	return parseText(data)
}
