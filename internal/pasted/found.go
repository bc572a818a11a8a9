// Package pasted reads what an operator pastes to have a token explained: a token, a request or an answer that contains one, in
// the forms in which browsers, curl and providers write them.
package pasted

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Kind is the form of a pasted text.
type Kind string

// The kinds. Those up to Headers describe a request, and the others contain tokens alone.
const (
	Request     Kind = "HTTP request"
	CurlOutput  Kind = "output of curl -v"
	CurlCommand Kind = "curl command"
	Fetch       Kind = "call of fetch"
	HAR         Kind = "HAR"
	URL         Kind = "URL"
	Headers     Kind = "header lines"

	TokenResponse Kind = "token response"
	Response      Kind = "HTTP response"
	SingleToken   Kind = "token"
	Tokens        Kind = "several tokens"
	Text          Kind = "text with tokens"
)

// Found is the content of a pasted text. Its printed and logged forms contain no token.
type Found struct {
	Kind Kind
	// Method, Host and Path are those of the request, without the query. Each may be empty.
	Method, Host, Path string
	query              string
	// Header contains the header lines of the request. It is nil if the text is not a request. The values are as they were
	// pasted, without white space around them.
	Header http.Header
	// Tokens lists the tokens, at most [MaxTokens]. The first one is most likely the access token that is meant.
	Tokens []Token
	// Ignored lists the parts that were not read, and the changes that were made, as sentences. They contain no token.
	Ignored []string
}

// Token is one token. Its printed and logged forms contain the Name alone.
type Token struct {
	// Name says where the token was: access_token, Authorization, "cookie session", "query access_token". It is unique.
	Name  string
	Value string
}

// HTTPRequest returns the request with its header, for oidcauth.Authenticator.ExplainRequest. It returns nil if the text is not
// a request. The request has no body.
func (f *Found) HTTPRequest(ctx context.Context) *http.Request {
	if f.Header == nil {
		return nil
	}
	r := &http.Request{Method: f.Method, Host: f.Host, URL: &url.URL{Path: f.Path, RawQuery: f.query}, Header: f.Header.Clone()}
	return r.WithContext(ctx)
}

// Named returns the token of this name.
func (f *Found) Named(name string) (Token, bool) {
	for _, t := range f.Tokens {
		if strings.EqualFold(t.Name, name) {
			return t, true
		}
	}
	return Token{}, false
}

// String returns the kind and the names of the tokens.
func (f Found) String() string {
	names := make([]string, 0, len(f.Tokens))
	for _, t := range f.Tokens {
		names = append(names, t.Name)
	}
	return record.Printable(fmt.Sprintf("%s with %q", f.Kind, names))
}

// Format prints String for every verb.
func (f Found) Format(s fmt.State, verb rune) { record.Format(s, verb, f.String()) }

// LogValue returns String.
func (f Found) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalText returns String.
func (f Found) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String returns the name.
func (t Token) String() string { return t.Name }

// Format prints the name for every verb.
func (t Token) Format(s fmt.State, verb rune) { record.Format(s, verb, t.Name) }

// LogValue returns the name.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.Name) }

// MarshalText returns the name.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.Name), nil }

// MaxTokens is the largest number of tokens in a Found. Further ones are ignored.
const MaxTokens = 20

// add adds a token, unless it is empty, there already or one too many. A name that is taken gets a number.
func (f *Found) add(name, value string) {
	if value == "" || len(f.Tokens) == MaxTokens {
		return
	}
	unique := name
	for n := 2; ; n++ {
		have, taken := f.Named(unique)
		if !taken {
			break
		}
		if have.Value == value {
			return
		}
		unique = fmt.Sprintf("%s %d", name, n)
	}
	f.Tokens = append(f.Tokens, Token{unique, value})
}

// maxName is the length in bytes of the longest foreign name that is shown.
const maxName = 40

// shown returns a foreign name, such as that of a cookie. A name that may itself be a token is not shown.
func shown(name string) string {
	if len(name) > maxName || isJWT(name) {
		return "?"
	}
	return record.Printable(name)
}

// ignore adds a sentence once.
func (f *Found) ignore(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, have := range f.Ignored {
		if have == text {
			return
		}
	}
	f.Ignored = append(f.Ignored, text)
}
