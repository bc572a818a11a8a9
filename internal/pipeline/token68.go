package pipeline

import (
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// CheckToken68 refuses a text that is not a b64token (RFC 6750 section 2.1).
func CheckToken68(token string) *Fault {
	if !isToken68(token) {
		return Refuse(reason.MalformedRequest, nil, "the credentials are not one token: they contain quotes, a second word or an illegal character")
	}
	return nil
}

func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !token68[body[i]] {
			return false
		}
	}
	return body != ""
}

// token68 marks the legal bytes. A table is faster than comparisons with ranges, whose branches are hard to predict.
var token68 = func() (legal [256]bool) {
	for _, c := range []byte("-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		legal[c] = true
	}
	return legal
}()
