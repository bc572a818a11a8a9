package certsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// Dir is a folder of certificate files (*.pem, *.crt, *.cer, *.der). It uses the certificates that match Subject and
// Thumbprint, of which at least one must be set.
//
// The folder is read by oidcauth.New, and again as Refresh says, so that a renewed certificate needs no restart. It
// may hold at most 10000 files. A file that is larger than 1 MiB, is not a regular file, or cannot be parsed is skipped and named in the
// [Report]. A folder without a match is not an error.
type Dir struct {
	// FS is the folder. It is required, and is read at its root only.
	FS fs.FS
	// Subject is the distinguished name of the certificate's subject (RFC 4514).
	Subject string
	// Thumbprint is the SHA-1 or SHA-256 hash of the certificate in hexadecimal. Case, colons and blanks are ignored.
	Thumbprint string
	// Refresh says how often the folder is read. Here a zero Wait means that no token waits for the next read.
	Refresh Refresh
}

const maxFiles = 10000

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (Dir) Keys(Query) ([]Key, error) { return nil, errNotBound }

// bind reads the folder. It is not an error if no certificate matches.
func (d Dir) bind(b hook.Binding) (Source, error) {
	m, err := newSelector(d.Subject, d.Thumbprint)
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
		d.Refresh.Wait = -1 // The folder was just read, so waiting only delays the next source of a chain.
	}
	source := newRemote(ring.name, d.Refresh, b, load)
	source.put(ring)
	return source, nil
}

func (d Dir) load(m selector, issuer string) (*keyring, error) {
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
			notes = append(notes, fmt.Sprintf("file %.64q skipped: %v", f.Name(), err))
		}
		chosen = append(chosen, selected(keys, m)...)
	}
	ring := newKeyring("certificate folder", chosen, issuer)
	ring.notes, ring.local = append(ring.notes, notes...), true
	return ring, nil
}

func (d Dir) read(file string) ([]Key, error) {
	switch path.Ext(file) {
	case ".pem", ".crt", ".cer", ".der":
	default:
		return nil, nil
	}
	if info, err := fs.Stat(d.FS, file); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file") // a pipe that is opened waits for its writer
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

// parseAny reads PEM, base64 or a single DER.
func parseAny(data []byte) ([]Key, error) {
	if k, err := parseDER(data); err == nil {
		return []Key{k}, nil
	}
	return parseText(data)
}
