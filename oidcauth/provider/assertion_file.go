package provider

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// AssertionFileError reports that [Auth.AssertionFile] holds no usable client assertion. It does not contain the
// assertion.
type AssertionFileError struct {
	// File is the path of the file.
	File string
	// Err is the cause: an error of package os, or a description of the fault.
	Err error
}

func (e *AssertionFileError) Error() string {
	return fmt.Sprintf("provider: the client assertion in the file %s cannot be used: %v", e.File, e.Err)
}

// Unwrap returns Err.
func (e *AssertionFileError) Unwrap() error { return e.Err }

// AssertionFile returns File. Hints read it through an interface.
func (e *AssertionFileError) AssertionFile() string { return e.File }

var (
	errNotRegular       = errors.New("it is not a regular file")
	errAssertionForm    = errors.New("it does not hold one signed JWT of at most 64 KiB")
	errAssertionExpired = errors.New("it has expired, and the file was not replaced")
)

// readAssertion reads the file for each request, because Kubernetes replaces it well before the assertion expires. That
// costs little beside the request.
func readAssertion(path string, now time.Time) (string, error) {
	assertion, err := readSmallFile(path)
	if err == nil {
		err = checkAssertion(assertion, now)
	}
	if err != nil {
		return "", &AssertionFileError{File: path, Err: err}
	}
	return assertion, nil
}

func readSmallFile(path string) (string, error) {
	switch info, err := os.Stat(path); {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", errNotRegular // To open a pipe would wait for a writer.
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	const limit = maxToken + 2 // With a line break.
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if len(data) > limit {
		return "", errAssertionForm
	}
	return strings.TrimSpace(string(data)), err
}

// checkAssertion does not verify the assertion, which is for the provider to do. It prevents that something else is sent.
func checkAssertion(assertion string, now time.Time) error {
	if checkToken(assertion, maxToken) != nil {
		return errAssertionForm
	}
	t, err := jose.Parse(assertion, maxToken)
	if err != nil || t.SignatureSize() == 0 {
		return errAssertionForm // The cause would repeat a part of it.
	}
	v, _ := t.Claims.Get("exp")
	if d, ok := v.Number(); ok {
		if exp, ok := d.Date(); ok && !now.Before(exp) {
			return errAssertionExpired
		}
	}
	return nil
}
