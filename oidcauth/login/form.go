package login

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
)

// maxForm is the size of the largest query or body that is read, in bytes.
const maxForm = 32 << 10

var (
	errMethod   = errors.New("the method is neither GET nor POST")
	errTooLong  = errors.New("the parameters are longer than 32 KiB, or not a form")
	errRepeated = errors.New("a parameter is sent twice (RFC 6749 section 3.1)")
	errNoPage   = errors.New("the request is that of a script, a frame or a prefetch, which cannot show a login")
)

// readForm returns the parameters: of a GET or HEAD those of the query, and of a POST those of the body.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	var form url.Values
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if len(r.URL.RawQuery) > maxForm {
			return nil, errTooLong
		}
		var err error
		if form, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return nil, errTooLong
		}
	case http.MethodPost:
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil && r.ContentLength != 0 || err == nil && kind != "application/x-www-form-urlencoded" {
			return nil, errTooLong
		}
		own := *r // the caller's request keeps no secret of the form
		own.Body, own.Form, own.PostForm = http.MaxBytesReader(w, r.Body, maxForm), nil, nil
		if own.ParseForm() != nil {
			return nil, errTooLong
		}
		form = own.PostForm
	default:
		return nil, errMethod
	}
	for name, values := range form {
		if len(values) > 1 && name != "resource" {
			return nil, errRepeated
		}
	}
	return form, nil
}
