package certsource

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Dir is a folder of certificates (*.pem, *.crt, *.cer, *.der), out of which one is chosen by its subject or its
// thumbprint, SHA-1 or SHA-256. The folder is read once, when it is bound; a file that does not parse is passed over.
type Dir struct {
	FS         fs.FS
	Subject    string // distinguished name
	Thumbprint string // hexadecimal; colons, blanks and either case are fine
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
	files, err := fs.ReadDir(d.FS, ".")
	if err != nil || len(files) > maxFiles {
		return nil, fmt.Errorf("certsource: Dir cannot be read: %w", err)
	}
	var chosen []Key
	for _, f := range files {
		chosen = append(chosen, d.read(f, m)...)
	}
	return static{newKeyring("certificate folder", chosen, b.Issuer), b.Now}, nil
}

func (d Dir) read(f fs.DirEntry, m matcher) []Key {
	switch path.Ext(f.Name()) {
	case ".pem", ".crt", ".cer", ".der":
	default:
		return nil
	}
	data, err := fs.ReadFile(d.FS, f.Name())
	if err != nil {
		return nil
	}
	keys, err := parseAny(data)
	if err != nil {
		return nil
	}
	return choose(keys, m)
}

// parseAny reads text, or one raw DER.
func parseAny(data []byte) ([]Key, error) {
	if k, err := parseDER(data); err == nil {
		return []Key{k}, nil
	}
	return parseText(data)
}

func choose(keys []Key, m matcher) []Key {
	var out []Key
	for _, k := range keys {
		if k.Certificate != nil && m.matches(k.Certificate) {
			out = append(out, k)
		}
	}
	return out
}
