package provider

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// The token types of an exchange (RFC 8693 section 3).
const (
	AccessTokenType = "urn:ietf:params:oauth:token-type:access_token"
	IDTokenType     = "urn:ietf:params:oauth:token-type:id_token"
	JWTType         = "urn:ietf:params:oauth:token-type:jwt"
)

const (
	grantExchange   = "urn:ietf:params:oauth:grant-type:token-exchange"
	grantJWTBearer  = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	refreshTokenURN = "urn:ietf:params:oauth:token-type:refresh_token"
)

// ExchangeRequest says which token is requested for a subject token (RFC 8693 section 2.1). Every field may be zero, but
// without Expires no answer is kept.
type ExchangeRequest struct {
	TokenRequest

	// Expires is the time at which the subject token expires, or the actor token if that is earlier. oidcauth's
	// Identity.Expires returns it. The answer is kept until then at most. If Expires is zero or has passed, the answer is
	// not kept.
	Expires time.Time
	// SubjectTokenType is the type of the subject token. If empty, it is AccessTokenType.
	SubjectTokenType string
	// ActorToken names the party that acts for the subject, which is usually this service. If empty, none is sent.
	ActorToken string
	// ActorTokenType is the type of the actor token. If empty, it is AccessTokenType. Without ActorToken it must be
	// empty.
	ActorTokenType string
	// RequestedTokenType is the type of the requested token. If empty, it is not sent, and an access token is expected.
	RequestedTokenType string
}

var (
	errActorType   = errors.New("provider: ExchangeRequest.ActorTokenType is set without ActorToken")
	errIssuedType  = errors.New("the answer's issued_token_type is not the requested type")
	errBearerType  = errors.New("the answer's token_type is not Bearer, so the token cannot be used as a bearer token")
	errUnbound     = errors.New("the answer's token_type is not DPoP, so the token is not bound to the key")
	errNoScope     = errors.New("provider: OnBehalfOf needs a scope, which names the API that the token is for")
	errNotReusable = errors.New("provider: a refresh token cannot be exchanged: the provider may allow only one use of it")
)

// Exchange returns a token for another API, for the user of the subject token (RFC 8693). The subject token is the one
// that this service received and verified. The answer must name the requested type, or access_token or jwt by default;
// an access token must be a Bearer token, or with [Config.DPoP] one of the type DPoP. A refresh token as the subject is an error.
//
// Answers are kept for each subject token and request, by hash: until 10 s before the issued token expires and at most
// 24 h, or for 1 min if the answer does not say when, and never beyond [ExchangeRequest.Expires]. At most 10,000 answers
// are kept, in 32 MiB. Concurrent callers share one call, which goes on if a caller leaves. The call is limited and
// paused like one to introspection.
//
// The error is an [*ExchangeError] if the provider refuses to exchange this token, which is kept for 10 s, and a
// [*ClientRefusedError] if it refuses this client. Any other error means that the provider gave no usable answer.
//
// The token belongs to the caller. oauth2.StaticTokenSource makes a source of it for oauth2.NewClient.
func (p *Client) Exchange(ctx context.Context, subjectToken string, r ExchangeRequest) (*oauth2.Token, error) {
	form, err := r.exchangeForm(subjectToken)
	if err != nil {
		return nil, err
	}
	return p.exchange(ctx, subjectToken, r.Expires, form, func(t *oauth2.Token) error { return p.checkIssued(t, r.RequestedTokenType) })
}

// OnBehalfOf is [Client.Exchange] in the form of Microsoft Entra ID (grant_type jwt-bearer, requested_token_use
// on_behalf_of). The subject token must be issued for this client: its aud is the ClientID or the API's App ID URI. The
// scopes name one API, such as "https://graph.microsoft.com/User.Read". expires is [ExchangeRequest.Expires].
//
// If a policy of the tenant requires more of the user, such as a second factor, Entra ID answers interaction_required
// with a claims challenge. Send [ExchangeError.Challenge] to the client.
func (p *Client) OnBehalfOf(ctx context.Context, subjectToken string, expires time.Time, scopes ...string) (*oauth2.Token, error) {
	if err := checkToken(subjectToken, maxToken); err != nil {
		return nil, err
	}
	if len(scopes) == 0 {
		return nil, errNoScope
	}
	form := TokenRequest{Scopes: scopes}.form(grantJWTBearer)
	form.Set("requested_token_use", "on_behalf_of")
	form.Set("assertion", subjectToken)
	return p.exchange(ctx, subjectToken, expires, form, p.checkType)
}

func (r ExchangeRequest) exchangeForm(subjectToken string) (url.Values, error) {
	if err := checkToken(subjectToken, maxToken); err != nil {
		return nil, err
	}
	form := r.form(grantExchange)
	form.Set("subject_token", subjectToken)
	form.Set("subject_token_type", orAccessToken(r.SubjectTokenType))
	switch {
	case r.SubjectTokenType == refreshTokenURN:
		return nil, errNotReusable
	case r.ActorToken != "":
		if err := checkToken(r.ActorToken, maxToken); err != nil {
			return nil, err
		}
		form.Set("actor_token", r.ActorToken)
		form.Set("actor_token_type", orAccessToken(r.ActorTokenType))
	case r.ActorTokenType != "":
		return nil, errActorType
	}
	if r.RequestedTokenType != "" {
		form.Set("requested_token_type", r.RequestedTokenType)
	}
	return form, nil
}

func orAccessToken(kind string) string {
	if kind == "" {
		return AccessTokenType
	}
	return kind
}

// checkIssued compares the type of the issued token (RFC 8693 section 2.2.1). A provider may call an access token that
// is a JWT either.
func (p *Client) checkIssued(t *oauth2.Token, requested string) error {
	issued, _ := t.Extra("issued_token_type").(string)
	requested = orAccessToken(requested)
	either := []string{AccessTokenType, JWTType}
	switch {
	case issued != requested && !(slices.Contains(either, requested) && slices.Contains(either, issued)):
		return errIssuedType
	case requested == AccessTokenType:
		return p.checkType(t)
	}
	return nil
}

// checkType refuses a token that needs more than its possession, such as a DPoP key, unless this client makes proofs. Then it refuses
// a token that is not bound to its key.
func (p *Client) checkType(t *oauth2.Token) error {
	if p.prover != nil {
		return p.checkBound(t)
	}
	if !strings.EqualFold(t.TokenType, "Bearer") {
		return errBearerType
	}
	return nil
}

// checkBound refuses a token that is not bound to the key of the client, if the client makes proofs.
func (p *Client) checkBound(t *oauth2.Token) error {
	if p.prover != nil && !strings.EqualFold(t.TokenType, dpopTokenType) {
		return errUnbound
	}
	return nil
}

// fetchExchanged also returns the size of the answer.
func (p *Client) fetchExchanged(ctx context.Context, subject string, form url.Values) (*oauth2.Token, int, error) {
	resp, at, err := p.ask(ctx, p.exchanges, token, subject, form, "application/json")
	if err != nil {
		if refused := exchangeError(err); refused != nil {
			return nil, 0, refused
		}
		return nil, 0, p.clientError(token, at, err)
	}
	t, err := readToken(resp.Body)
	if err != nil {
		return nil, 0, unavailable(token, err)
	}
	return t, len(resp.Body), nil
}

// exchangeError returns nil if the provider did not refuse the token.
func exchangeError(err error) error {
	var e *fetch.Error
	if !errors.As(err, &e) {
		return nil
	}
	if refused := newExchangeError(e); refused != nil {
		return refused
	}
	return nil
}
