package fetch

import (
	"errors"
	"io"
	"net/url"
	"strings"
)

// maxRepeats allows for a second connection that becomes idle and closes while the request is repeated.
const maxRepeats = 2

var errRepeats = errors.New("the server closes each connection without an answer")

// repeatable is the body of a request that may be repeated.
type repeatable struct {
	*strings.Reader
	newForm func() (url.Values, error)
	// leave closes the idle connections, so that a request which makes the server close a connection does not close
	// all of them in turn.
	leave   func()
	repeats int
}

// again returns the body of the next try. It has the same length as the first.
func (r *repeatable) again() (io.ReadCloser, error) {
	if r.repeats++; r.repeats > maxRepeats {
		return nil, errRepeats
	}
	r.leave()
	form, err := r.newForm()
	if err != nil {
		return nil, err
	}
	text := form.Encode()
	if int64(len(text)) != r.Size() {
		return nil, errRepeats
	}
	return io.NopCloser(strings.NewReader(text)), nil
}
