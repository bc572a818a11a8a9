package login

import (
	"net/http"
	"slices"
)

// ServeHTTP serves the pages of the login below [Config.Path]:
//
//	login                [RelyingParty.Login]
//	callback             [RelyingParty.Callback]: the redirect_uri to register at the provider, unless Provider.Callback is another one
//	logout               [RelyingParty.Logout]
//	logged-out           the post_logout_redirect_uri to register at the provider
//	frontchannel-logout  [RelyingParty.FrontChannelLogout]
//	backchannel-logout   [oidcauth.Authenticator.BackChannelLogout]; the client must be in Issuer.LogoutAudience
//
// It reads the last segment of the path, so it does not matter whether a prefix was removed. With the default Path:
//
//	mux.Handle("/auth/", rp)
func (rp *RelyingParty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch at := lastSegment(r); at {
	case pageLogin:
		rp.Login(w, r)
	case pageLogout:
		rp.Logout(w, r)
	case pageLoggedOut:
		rp.loggedOut(w, r)
	case pageFront:
		rp.FrontChannelLogout(w, r)
	case pageBack:
		rp.inUse().BackChannelLogout().ServeHTTP(w, r)
	default:
		if slices.ContainsFunc(rp.providers, func(p Provider) bool { return p.callback() == at }) {
			rp.Callback(w, r)
			return
		}
		setHeader(w.Header())
		http.Error(w, "This page does not exist.", http.StatusNotFound)
	}
}
