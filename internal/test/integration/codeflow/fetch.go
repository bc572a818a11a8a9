package codeflow

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Patience is how long a request may take. It is generous, because a test machine may be busy with a race build.
const Patience = time.Minute

// Answer is that of a provider.
type Answer struct {
	Status   int
	Location *url.URL // of a redirect that was not followed, else nil
	Body     []byte
	Cookies  []*http.Cookie
}

func (a Answer) String() string { return fmt.Sprintf("%d %.1000s", a.Status, a.Body) }

// Tokens are those of the token endpoint's answer. It is an error if there is no access token.
func (a Answer) Tokens() (tokens Tokens, err error) {
	if err := json.Unmarshal(a.Body, &tokens); err != nil || a.Status != http.StatusOK || tokens.Access == "" {
		return Tokens{}, fmt.Errorf("token endpoint: %s", a)
	}
	return tokens, nil
}

// NewRequest makes a request with a form; nil: it has none.
func NewRequest(ctx context.Context, method, address string, form url.Values) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err == nil && form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, err
}

// Direct follows no redirect, and keeps no cookie.
var Direct = &http.Client{Timeout: Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Fetch sends a request.
func Fetch(client *http.Client, r *http.Request) (Answer, error) {
	resp, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", r.URL, err)
	}
	location, err := resp.Location()
	if err != nil { // there is none
		location = nil
	}
	return Answer{Status: resp.StatusCode, Location: location, Body: body, Cookies: resp.Cookies()}, nil
}
