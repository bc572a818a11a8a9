package fetch

import (
	"errors"
	"io"
	"net/url"
	"strings"
)

// maxRepeats leaves room for a connection that becomes idle while the request is repeated, and closes too.
const maxRepeats = 2

var errRepeats = errors.New("the server closes connections without an answer")

// repeatable is the body of a request that may be sent again.
type repeatable struct {
	*strings.Reader
	newForm func() (url.Values, error)
	leave   func() // closes idle connections: a request that makes the server close one must not close them all in turn
	repeats int
}

// again makes the body of the next try, which has the length that was announced.
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
