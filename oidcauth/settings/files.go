package settings

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// files has the files of a configuration as they were when they were first read. All parts of one configuration see the same text.
type files map[string]content

type content struct {
	data   []byte
	err    error
	hash   fingerprint
	folder bool // the hash is that of the names, sizes and times of its files
}

func (f files) read(name string) content {
	c, ok := f[name]
	if !ok {
		c.data, c.err = readFile(name)
		c.hash = sha256.Sum256(c.data)
		if c.err != nil {
			c.hash = sha256.Sum256([]byte("error " + c.err.Error()))
		}
		f[name] = c
	}
	return c
}

var errNotRegular = errors.New("it is not a regular file, so it cannot be read again")

// readAgain is read for a file that was read before. It opens no pipe, because a pipe waits for its writer.
func (f files) readAgain(name string) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f[name] = content{err: errNotRegular, hash: sha256.Sum256([]byte("error " + errNotRegular.Error()))}
		return
	}
	f.read(name)
}

// notRegular returns the files that readAgain did not open.
func (f files) notRegular() files {
	out := files{}
	for name, c := range f {
		if errors.Is(c.err, errNotRegular) {
			out[name] = c
		}
	}
	return out
}

// list notes the files of a folder. Certificates can be many, so their texts are not read here.
func (f files) list(name string) content {
	c, ok := f[name]
	if ok {
		return c
	}
	entries, err := os.ReadDir(name)
	h := sha256.New()
	for _, e := range entries[:min(len(entries), maxListedFiles)] {
		fmt.Fprintf(h, "%q", e.Name())
		if info, err := os.Stat(filepath.Join(name, e.Name())); err == nil { // of the file to which a link leads
			fmt.Fprintf(h, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	fmt.Fprint(h, len(entries), err)
	c = content{folder: true, hash: fingerprint(h.Sum(nil))}
	f[name] = c
	return c
}

// maxListedFiles is the largest number of files in a folder of certificates.
const maxListedFiles = 10_000

// hash identifies the names and texts of all files.
func (f files) hash() (out fingerprint) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		_, _ = io.WriteString(h, name+"\x00") // a hash never fails
		sum := f[name].hash
		_, _ = h.Write(sum[:])
	}
	return fingerprint(h.Sum(nil))
}

// again returns the present state of the same files.
func (f files) again() files {
	out := files{}
	for name, c := range f {
		if c.folder {
			out.list(name)
		} else {
			out.readAgain(name)
		}
	}
	return out
}

// folder returns a folder, on whose files the present part then depends.
func (w *watched) folder(name string) fs.FS {
	if w == nil {
		return os.DirFS(name)
	}
	hash := w.files.list(name).hash
	w.note(string(hash[:]))
	return folder{os.DirFS(name), hash}
}

// folder is a folder with its files at one time. Another time makes another source of keys, so that [oidcauth.Authenticator.Next] reads it anew.
type folder struct {
	fs.FS
	files fingerprint
}

func (w *watched) read(name string) ([]byte, error) {
	if w == nil {
		return readFile(name)
	}
	c := w.files.read(name)
	w.note(string(c.hash[:]))
	return c.data, c.err
}
