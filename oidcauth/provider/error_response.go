package provider

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// responseError is the error of a request with the error response of its answer. The text of the error does not contain the description,
// because applications may show that text. Records of logins read it through an interface.
type responseError struct {
	error
	code, description string
}

var _ clientfault.ErrorResponse = (*responseError)(nil)

func (e *responseError) Unwrap() error { return e.error }

// GoString leaves the description out of the form %#v too.
func (e *responseError) GoString() string { return fmt.Sprintf("%#v", e.error) }

// ErrorResponse returns the code, and the description without the secrets of the request.
func (e *responseError) ErrorResponse() (code, description string) { return e.code, e.description }

// withResponse adds the error response of an answer to its error. form and header are those of the request.
func withResponse(err error, form url.Values, header http.Header) error {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return err
	}
	o, _ := strictjson.Parse(e.Body, strictjson.Limits{}) // The code may be in the challenge alone.
	out := &responseError{err, errorCode(e), record.Redact(o.Text("error_description"), record.MaxShort, record.Secrets{Credentials: sentSecrets(form, header)})}
	if out.code == "" && out.description == "" {
		return err
	}
	return out
}

// withResponseOf adds the error response of one error to another one.
func withResponseOf(by, err error) error {
	var e *responseError
	if !errors.As(by, &e) {
		return err
	}
	return &responseError{err, e.code, e.description}
}

// secretParameters are the parameters whose values no record may contain.
var secretParameters = [...]string{
	"code", "code_verifier", "refresh_token", "token", "assertion", "subject_token", "actor_token", "state", "nonce", "login_hint",
	"client_secret", "client_assertion",
}

func sentSecrets(form url.Values, header http.Header) (out []string) {
	for _, name := range secretParameters {
		out = append(out, form.Get(name))
	}
	_, credentials, _ := strings.Cut(header.Get("Authorization"), " ")
	out = append(out, header.Get("DPoP"), credentials)
	if text, err := base64.StdEncoding.DecodeString(credentials); err == nil {
		_, password, _ := strings.Cut(string(text), ":")
		raw, _ := url.QueryUnescape(password)
		out = append(out, password, raw)
	}
	return out
}
