package provider

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// refusal tells an endpoint that refuses the token from one that cannot answer.
func refusal(err error) error {
	var e *fetch.Error
	if errors.As(err, &e) {
		switch e.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			return fmt.Errorf("provider: UserInfo: %w", &claims.RefusedError{Status: e.Status, Code: errorCode(e), HTML: isPage(e)})
		}
	}
	return fmt.Errorf("provider: UserInfo: %w", err)
}

// errorCode is what the challenge names (RFC 6750 section 3), or else the body (RFC 6749 section 5.2).
func errorCode(e *fetch.Error) string {
	for _, challenge := range e.Header.Values("WWW-Authenticate") {
		if m := challengeError.FindStringSubmatch(challenge); m != nil && m[1] == m[3] {
			return m[2]
		}
	}
	if o, err := strictjson.Parse(e.Body, strictjson.Limits{}); err == nil {
		v, _ := o.Get("error")
		if code, _ := v.Text(); codeText.MatchString(code) {
			return code
		}
	}
	return ""
}

// A code is a word: what else an endpoint may say stays out of logs.
var (
	challengeError = regexp.MustCompile(`(?:^|[ ,])error=("?)([a-z_]{1,40})("?)(?:$|[ ,])`)
	codeText       = regexp.MustCompile(`^[a-z_]{1,40}$`)
)

func isPage(e *fetch.Error) bool {
	kind, _, err := mime.ParseMediaType(e.Header.Get("Content-Type"))
	return err == nil && strings.Contains(kind, "html")
}
