package provider

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// TokenRequest says which token is requested. The zero TokenRequest leaves the choice to the provider.
type TokenRequest struct {
	// Scopes lists the requested scopes.
	Scopes []string
	// Resources lists the URIs of the APIs that the token is for (RFC 8707).
	Resources []string
	// Audience is the parameter audience, which some providers use instead of Resources.
	Audience string
}

func (r TokenRequest) form(grant string) url.Values {
	form := url.Values{"grant_type": {grant}}
	if len(r.Scopes) > 0 {
		form.Set("scope", strings.Join(r.Scopes, " "))
	}
	for _, resource := range r.Resources {
		form.Add("resource", resource)
	}
	if r.Audience != "" {
		form.Set("audience", r.Audience)
	}
	return form
}

// ClientCredentials returns a source of access tokens of the service itself (RFC 6749 section 4.4), for
// oauth2.NewClient. The source keeps a token until shortly before it expires. It is safe for concurrent use. ctx is
// the context of all its requests, so the source fails once ctx ends.
//
// An error of its Token method is a [*ClientRefusedError] if the provider refused this client, and an
// *oauth2.RetrieveError with an ErrorCode if it refused the request. Any other error means that the provider gave no
// usable answer.
func (p *Client) ClientCredentials(ctx context.Context, r TokenRequest) oauth2.TokenSource {
	form := r.form("client_credentials")
	return oauth2.ReuseTokenSource(nil, sourceFunc(func() (*oauth2.Token, error) { return p.fetchToken(ctx, nil, form) }))
}

// Refresh returns a source of tokens that starts with t and refreshes it when it expires (RFC 6749 section 6). A nil
// t, or one without access token, counts as expired. If the provider rotates refresh tokens, the source uses the last
// one. Its error is a [*GrantError] if the provider refuses the refresh token. Everything else is as with [Client.ClientCredentials].
// At most [Config.Concurrency] requests with refresh tokens run at the same time, and as many wait.
func (p *Client) Refresh(ctx context.Context, t *oauth2.Token, r TokenRequest) oauth2.TokenSource {
	return oauth2.ReuseTokenSource(t, &refresher{ask: func(refreshToken string) (*oauth2.Token, error) {
		if err := checkToken(refreshToken, maxToken); err != nil {
			return nil, err
		}
		form := r.form("refresh_token")
		form.Set("refresh_token", refreshToken)
		return p.fetchToken(ctx, p.refreshes, form)
	}, current: refreshTokenOf(t)})
}

func refreshTokenOf(t *oauth2.Token) string {
	if t == nil {
		return ""
	}
	return t.RefreshToken
}

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

// refresher keeps the current refresh token. oauth2.ReuseTokenSource never calls it concurrently.
type refresher struct {
	ask     func(refreshToken string) (*oauth2.Token, error)
	current string
}

func (r *refresher) Token() (*oauth2.Token, error) {
	t, err := r.ask(r.current)
	if err != nil {
		return nil, err
	}
	if t.RefreshToken == "" {
		t.RefreshToken = r.current
	}
	r.current = t.RefreshToken
	return t, nil
}

func (p *Client) fetchToken(ctx context.Context, l *limiter, form url.Values) (*oauth2.Token, error) {
	ctx = p.observed(ctx, form.Get("refresh_token"), form.Get("code"), form.Get("code_verifier"))
	return fetch.Observe(ctx, decision.EndpointToken, func(ctx context.Context) (*oauth2.Token, error) { return p.askToken(ctx, l, form) })
}

func (p *Client) askToken(ctx context.Context, l *limiter, form url.Values) (*oauth2.Token, error) {
	if p.id == "" {
		return nil, ErrNoClient
	}
	at, err := p.url(ctx, token)
	if err != nil {
		return nil, err
	}
	resp, err := l.limited(ctx, func() (*fetch.Response, error) { return p.send(ctx, at, form, "application/json") })
	if err != nil {
		return nil, withResponseOf(err, p.tokenEndpointError(at, form.Get("grant_type"), err))
	}
	t, err := readToken(resp.Body)
	if err == nil {
		err = p.checkBound(t)
	}
	if err != nil {
		return nil, unavailable(token, err)
	}
	return t, nil
}

// tokenEndpointError returns a [*GrantError] if the endpoint refuses a code or a refresh token.
func (p *Client) tokenEndpointError(at, grant string, err error) error {
	var e *fetch.Error
	if errors.As(err, &e) && grant != "client_credentials" {
		if refused := grantError(e); refused != nil {
			return refused
		}
	}
	return p.requestError(token, at, err)
}

// cloned copies the form, so that the credentials of one try do not reach the next.
func cloned(form url.Values) url.Values { return url.Values(http.Header(form).Clone()) }

var errTokenAnswer = errors.New("the answer holds no usable access_token, token_type or expires_in")

// readToken reads a token response (RFC 6749 section 5.1).
func readToken(body []byte) (*oauth2.Token, error) {
	o, err := strictjson.Parse(body, strictjson.Limits{Bytes: maxBytes})
	if err != nil {
		return nil, err
	}
	text := func(name string) (string, bool) {
		v, found := o.Get(name)
		if !found || v.Kind() == strictjson.Null {
			return "", true
		}
		return v.Text()
	}
	t := &oauth2.Token{}
	var ok [3]bool
	t.AccessToken, ok[0] = text("access_token")
	t.TokenType, ok[1] = text("token_type")
	t.RefreshToken, ok[2] = text("refresh_token")
	if ok != [3]bool{true, true, true} || t.TokenType == "" || checkToken(t.AccessToken, maxToken) != nil {
		return nil, errTokenAnswer
	}
	if t.ExpiresIn, err = expiresIn(o); err != nil {
		return nil, err
	}
	if t.ExpiresIn > 0 { // Package oauth2 compares Expiry with the system's clock.
		t.Expiry = time.Now().Add(time.Duration(t.ExpiresIn) * time.Second)
	}
	var all map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, errTokenAnswer
	}
	return t.WithExtra(all), nil
}

// maxExpiresIn is a year in seconds. A longer expires_in is cut to it, so that no duration overflows.
const maxExpiresIn = 366 * 24 * 60 * 60

// expiresIn returns 0 if the provider does not say. Some providers write the number as a string.
func expiresIn(o strictjson.Object) (int64, error) {
	v, found := o.Get("expires_in")
	if !found || v.Kind() == strictjson.Null {
		return 0, nil
	}
	if s, ok := v.Text(); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 {
			return min(n, maxExpiresIn), nil
		}
		return 0, errTokenAnswer
	}
	if d, ok := v.Number(); ok {
		if n, ok := d.Int64(); ok && n > 0 {
			return min(n, maxExpiresIn), nil
		}
	}
	return 0, errTokenAnswer
}
