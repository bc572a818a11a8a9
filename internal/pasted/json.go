package pasted

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// readJSON reads a token response, a HAR or a list of header lines.
func readJSON(text string) (*Found, error) {
	if text[0] != '{' && text[0] != '[' {
		return nil, nil
	}
	v := decode(text)
	if v == nil {
		return nil, nil
	}
	if f := fromRequests(v); f != nil {
		return f, nil
	}
	return fromResponse(v)
}

// decode returns the value of a JSON text, or nil if it is not JSON. Its depth is limited by package json.
func decode(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return v
}

// fromResponse reads a token response.
func fromResponse(v any) (*Found, error) {
	var r response
	r.read(v, 0)
	f := &Found{Kind: TokenResponse}
	for _, t := range r.sorted() {
		f.add(t.Name, t.Value)
	}
	switch {
	case len(f.Tokens) > 0:
		return f, nil
	case r.refused != "":
		return nil, fmt.Errorf("%w: %s", ErrRefused, r.refused)
	}
	return nil, ErrNoToken
}

// response collects the tokens of a JSON document.
type response struct {
	tokens  []ranked
	refused string // the member error
	nodes   int
}

type ranked struct {
	Token
	rank int
}

const (
	maxDepth = 20
	maxNodes = 100_000
)

// read collects the members that contain tokens. A member of another name counts if its value is a JWT.
func (r *response) read(v any, depth int) {
	if r.nodes++; depth > maxDepth || r.nodes > maxNodes {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			r.read(element, depth+1)
		}
	case map[string]any:
		for _, name := range sortedNames(v) {
			r.member(name, v[name], depth)
		}
	}
}

func sortedNames(v map[string]any) []string { return slices.Sorted(maps.Keys(v)) }

func (r *response) member(name string, value any, depth int) {
	text, ok := value.(string)
	if !ok {
		r.read(value, depth+1)
		return
	}
	standard, rank, known := standardName(name)
	switch {
	case known:
		r.tokens = append(r.tokens, ranked{Token{standard, text}, rank})
	case isJWT(text):
		r.tokens = append(r.tokens, ranked{Token{shown(name), text}, len(tokenNames)})
	case name == "error":
		r.refused = refusal(text)
	}
}

// tokenErrors lists the errors of RFC 6749 section 5.2 and RFC 8628 section 3.5.
var tokenErrors = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "authorization_pending",
	"slow_down", "access_denied", "expired_token",
}

// refusal returns a known error, since the error of Read contains no other part of the text.
func refusal(code string) string {
	if slices.Contains(tokenErrors, code) {
		return code
	}
	return "an unknown error"
}

// sorted returns the tokens, the one that is most likely meant first.
func (r *response) sorted() []Token {
	slices.SortStableFunc(r.tokens, func(a, b ranked) int { return a.rank - b.rank })
	out := make([]Token, 0, len(r.tokens))
	for _, t := range r.tokens {
		out = append(out, t.Token)
	}
	return out
}
