package provider

import (
	"context"
	"errors"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Logout is one user's session to be ended. Where it leads after that: to the configured PostLogoutRedirectURI, by default;
// to RedirectURI, if that is set; to nowhere, with NoRedirect.
type Logout struct {
	IDTokenHint string // the ID token of the session; empty: the provider asks the user
	State       string // comes back with the redirect, and is sent with one only
	RedirectURI string // must be registered at the provider
	NoRedirect  bool
}

var (
	// ErrHint reports an IDTokenHint that is no ID token: an access token must not get into a URL by mistake.
	ErrHint = errors.New("provider: Logout.IDTokenHint is not an ID token")

	errTwoRedirects = errors.New("provider: Logout.RedirectURI and Logout.NoRedirect exclude each other")
)

// EndSessionURL returns where to send the user's browser to end the session at the provider (OpenID Connect RP-Initiated
// Logout 1.0 section 2). It asks the provider for nothing but its metadata. Of tokens, only an ID token may be in the URL.
func (p *Client) EndSessionURL(ctx context.Context, l Logout) (string, error) {
	target := p.postLogoutRedirectURI
	switch {
	case l.NoRedirect && l.RedirectURI != "":
		return "", errTwoRedirects
	case l.NoRedirect:
		target = ""
	case l.RedirectURI != "":
		if err := checkRedirectURI(l.RedirectURI); err != nil {
			return "", unavailable(endSession, err)
		}
		target = l.RedirectURI
	}
	if err := checkHint(l.IDTokenHint); err != nil {
		return "", err
	}
	address, err := p.url(ctx, endSession)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", unavailable(endSession, errRedirectURI) // cannot be: the URL was checked
	}
	query := u.Query()
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("id_token_hint", l.IDTokenHint)
	set("client_id", p.id)
	if target != "" {
		query.Set("post_logout_redirect_uri", target)
		set("state", l.State)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// checkHint lets pass what may be an ID token, by its form, its typ and its claims. An encrypted one is to be decrypted first.
func checkHint(hint string) error {
	if hint == "" {
		return nil
	}
	if err := checkToken(hint, maxToken); err != nil {
		return err
	}
	t, err := jose.Parse(hint, maxToken)
	if err != nil || t.Header.Type != "" && t.Header.MediaType() != "jwt" || t.Claims.Has("scope") || t.Claims.Has("scp") {
		return ErrHint // the cause would repeat a part of it
	}
	return nil
}
