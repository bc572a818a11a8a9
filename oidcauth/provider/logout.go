package provider

import (
	"context"
	"errors"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Logout describes the session to end. By default the provider then redirects to [Config.PostLogoutRedirectURI].
// RedirectURI replaces it; NoRedirect omits it.
type Logout struct {
	// IDTokenHint is the ID token of the session. If empty, the provider asks the user.
	IDTokenHint string
	// State is returned with the redirect. It is not sent without one.
	State string
	// RedirectURI is where the provider sends the browser. It must be registered at the provider.
	RedirectURI string
	// NoRedirect omits the redirect. RedirectURI must then be empty.
	NoRedirect bool
}

var (
	// ErrHint reports an IDTokenHint that is not an ID token. An access token must never appear in a URL.
	ErrHint = errors.New("provider: Logout.IDTokenHint is not an ID token")

	errTwoRedirects = errors.New("provider: Logout.RedirectURI and Logout.NoRedirect exclude each other")
)

// EndSessionURL returns the URL to which the user's browser must be sent to end the session at the provider (OpenID
// Connect RP-Initiated Logout 1.0 section 2). The call only reads the provider's metadata. The URL contains no token
// except the ID token.
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
		return "", unavailable(endSession, errRedirectURI) // This cannot happen: the URL was checked.
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

// checkHint accepts what has the form, typ and claims of an ID token. An encrypted one must be decrypted first.
func checkHint(hint string) error {
	if hint == "" {
		return nil
	}
	if err := checkToken(hint, maxToken); err != nil {
		return err
	}
	t, err := jose.Parse(hint, maxToken)
	if err != nil || t.Header.Type != "" && t.Header.MediaType() != "jwt" || t.Claims.Has("scope") || t.Claims.Has("scp") {
		return ErrHint // The cause would repeat a part of the token.
	}
	return nil
}
