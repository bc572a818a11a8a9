package pasted

import (
	"errors"
	"strings"
)

// MaxText is the length in bytes of the longest text that Read accepts.
const MaxText = 1 << 20

// The errors of Read. They contain no part of the text, except a known error code of RFC 6749.
var (
	ErrEmpty   = errors.New("there is no text")
	ErrTooLong = errors.New("the text is longer than 1 MiB: of a HAR or a log, paste one request")
	// ErrNoToken reports an answer or a document without a token.
	ErrNoToken = errors.New("the text has the form of an answer or a document, and contains no token")
	// ErrRefused reports a provider's answer with the member error (RFC 6749 section 5.2) instead of a token.
	ErrRefused = errors.New("the provider refused to issue a token: the text is its answer, with the error")
)

// Read reads a pasted text. It judges nothing: a token that is cut, quoted twice or not a token at all is returned as it is, so
// that the caller can have it explained. A text of an unknown form is returned as one token.
func Read(text string) (*Found, error) {
	if len(text) > MaxText {
		return nil, ErrTooLong
	}
	text = strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"))
	text, note := unwrapped(text)
	if text == "" {
		return nil, ErrEmpty
	}
	f, err := read(text)
	if err == nil && note != "" {
		f.ignore("%s", note)
	}
	return f, err
}

func read(text string) (*Found, error) {
	for _, form := range forms {
		if f, err := form(text); f != nil || err != nil {
			return f, err
		}
	}
	return readText(text), nil
}

// forms lists the readers in order. Each returns nil without an error if the text has another form. The more specific forms come
// first.
var forms = []func(string) (*Found, error){
	readJSON, readFetch, readCurlOutput, readCurlCommand, readResponse, readRequest, readHeaders, readListedHeaders, readURL, readCredential, readWords,
}
