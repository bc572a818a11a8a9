package pipeline

import (
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func CheckToken68(token string) *Fault {
	if !isToken68(token) {
		return Refuse(reason.MalformedRequest, nil, "what follows Bearer is not one token: quotes, a second word or an illegal character")
	}
	return nil
}

// isToken68 is the b64token of RFC 6750 section 2.1.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !token68[body[i]] {
			return false
		}
	}
	return body != ""
}

// token68 marks the legal bytes. It is asked for each byte of each token; comparing with the ranges in turn is mispredicted
// too often.
var token68 = func() (legal [256]bool) {
	for _, c := range []byte("-._~+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		legal[c] = true
	}
	return legal
}()
