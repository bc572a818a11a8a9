package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Metadata is the part of the issuer's metadata that a login needs, by the names of RFC 8414 section 2, RFC 9126 section 5, RFC 9207
// section 3, and the logout specifications of OpenID Connect. A member that is absent is zero.
type Metadata struct {
	AuthorizationEndpoint, PushedAuthorizationRequestEndpoint string

	RequirePushedAuthorizationRequests         bool
	AuthorizationResponseIssParameterSupported bool
	FrontChannelLogoutSupported                bool
	FrontChannelLogoutSessionSupported         bool
	BackChannelLogoutSupported                 bool
	BackChannelLogoutSessionSupported          bool

	ResponseModesSupported        []string
	CodeChallengeMethodsSupported []string
	PromptValuesSupported         []string
	ACRValuesSupported            []string
}

var (
	errParameters = errors.New("provider: AuthorizationURL adds client_id, and a request_uri, a request or credentials are not allowed")
	errPushed     = errors.New("the answer holds no usable request_uri")
)

// ClientID returns [Config.ClientID].
func (p *Client) ClientID() string { return p.id }

// Issuer returns [Config.Issuer].
func (p *Client) Issuer() string { return p.issuer }

// Metadata returns the metadata of the issuer's document that names the authorization endpoint. The URLs of the [Config] replace
// those of the document. The document is kept and refreshed like the endpoints. If it cannot be read, Metadata returns an error,
// because the document may require a check, such as that of iss. The caller must not change the lists.
func (p *Client) Metadata(ctx context.Context) (Metadata, error) {
	var doc discovery.Authorization
	if p.metadata != nil {
		var err error
		if doc, err = p.metadata.authorization(ctx, p.manual[authorization] != ""); err != nil {
			return Metadata{}, fmt.Errorf("provider: %s: %w", authorization, err)
		}
	}
	m := Metadata(doc)
	m.AuthorizationEndpoint = cmp.Or(p.manual[authorization], m.AuthorizationEndpoint)
	m.PushedAuthorizationRequestEndpoint = cmp.Or(p.manual[pushed], m.PushedAuthorizationRequestEndpoint)
	if m.AuthorizationEndpoint == "" {
		return Metadata{}, fmt.Errorf("provider: %s: %w", authorization, &endpointError{authorization, ErrNoEndpoint})
	}
	return m, nil
}

// AuthorizationURL returns the URL to which the user's browser must be sent for a login (RFC 6749 section 4.1.1). It adds client_id,
// and with [Config.DPoP] the dpop_jkt that binds the code to the key (RFC 9449 section 10).
//
// If [Client.Metadata] names the endpoint for pushed authorization requests, the parameters are sent there, with the credentials of
// the client, and the URL contains only a request_uri and the client_id (RFC 9126). The error is then a [*ClientRefusedError] if the
// provider refuses this client, and an *oauth2.RetrieveError with an ErrorCode if it refuses the parameters. Any other error means
// that the provider gave no usable answer. At most [Config.Concurrency] requests run at the same time, and as many wait.
func (p *Client) AuthorizationURL(ctx context.Context, parameters url.Values) (string, error) {
	if p.id == "" {
		return "", ErrNoClient
	}
	form := url.Values{}
	maps.Copy(form, parameters)
	for _, name := range []string{"client_id", "request_uri", "request", "client_secret", "client_assertion", "client_assertion_type"} {
		if form.Has(name) {
			return "", errParameters
		}
	}
	if p.prover != nil {
		form.Set("dpop_jkt", p.prover.Thumbprint())
	}
	form.Set("client_id", p.id)
	m, err := p.Metadata(ctx)
	if err != nil {
		return "", err
	}
	if m.PushedAuthorizationRequestEndpoint != "" {
		uri, err := p.push(ctx, form)
		if err != nil {
			return "", err
		}
		form = url.Values{"request_uri": {uri}, "client_id": {p.id}}
	}
	u, err := url.Parse(m.AuthorizationEndpoint)
	if err != nil {
		return "", unavailable(authorization, errRedirectURI) // This cannot happen: the URL was checked.
	}
	query := u.Query() // RFC 6749 section 3.1 retains the query of the endpoint.
	for name, values := range form {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// push returns the request_uri of the parameters (RFC 9126 section 2).
func (p *Client) push(ctx context.Context, form url.Values) (string, error) {
	secrets := []string{form.Get("state"), form.Get("nonce"), form.Get("login_hint")}
	return fetch.Observe(p.observed(ctx, secrets...), decision.EndpointPushedAuthorization, func(ctx context.Context) (string, error) {
		body, at, err := p.askPushed(ctx, form)
		if err != nil {
			return "", withResponseOf(err, p.requestError(pushed, at, err))
		}
		o, err := strictjson.Parse(body, strictjson.Limits{Bytes: maxBytes})
		if err != nil {
			return "", unavailable(pushed, err)
		}
		uri := o.Text("request_uri")
		if checkToken(uri, maxRequestURI) != nil {
			return "", unavailable(pushed, errPushed)
		}
		return uri, nil
	})
}

const maxRequestURI = 2 << 10

// askPushed returns the body of the answer, which has status 201 (RFC 9126 section 2.2). Some providers answer 200.
func (p *Client) askPushed(ctx context.Context, form url.Values) (body []byte, at string, err error) {
	if at, err = p.url(ctx, pushed); err != nil {
		return nil, "", err
	}
	resp, err := p.pushes.limited(ctx, func() (*fetch.Response, error) { return p.send(ctx, at, form, "application/json") })
	var e *fetch.Error
	switch {
	case errors.As(err, &e) && e.Status == http.StatusCreated:
		return e.Body, at, nil
	case err != nil:
		return nil, at, err
	}
	return resp.Body, at, nil
}
