package pipeline

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// The kinds of entries in the deny list. A key consists of a kind and a hash.
const (
	tokenDenial       = "t:"
	sessionDenial     = "s:"
	userDenial        = "u:" // all tokens of a subject
	sessionlessDenial = "n:" // the tokens of a subject that name no session
	clientDenial      = "c:" // the tokens of a client that name no subject
	logoutDenial      = "j:" // a logout token, so that it is not accepted twice
)

// denialKey returns the key of an entry. The deny list stores keys, so their format must not change: a token that was denied
// before an update must stay denied.
func denialKey(kind string, parts ...string) string {
	text := make([]byte, 0, 2048) // on the stack, with room for most tokens
	for _, p := range parts {
		text = append(append(text, p...), 0)
	}
	sum := sha256.Sum256(text)
	key := append(make([]byte, 0, 64), kind...)
	return string(base64.RawURLEncoding.AppendEncode(key, sum[:]))
}

// denialText returns the detail of a refusal by an entry.
func denialText(key string) string {
	switch key[:min(2, len(key))] {
	case tokenDenial:
		return "the token was revoked"
	case sessionDenial:
		return "the session was logged out"
	}
	return "the user was logged out, or too many tokens of the user or client were revoked, after the token was issued"
}

// subjectKey returns the key of the entry that covers a user, or "" if no user is named.
func subjectKey(iss, sub string) string {
	if sub == "" {
		return ""
	}
	return denialKey(userDenial, iss, sub)
}

// jwtKey returns the key of a JWT. It leaves out the signature, because ECDSA signatures are malleable: anyone can make a
// second signature that verifies as well.
func jwtKey(raw string) string { return denialKey(tokenDenial, raw[:strings.LastIndexByte(raw, '.')]) }

// appendTextKeys appends a key for each spelling of an opaque token.
func appendTextKeys(keys, texts []string) []string {
	for _, text := range texts {
		keys = append(keys, denialKey(tokenDenial, text))
	}
	return keys
}
