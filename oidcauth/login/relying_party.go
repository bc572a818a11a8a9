package login

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/seal"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// RelyingParty signs users in at their providers, and keeps their sessions. [New] makes one. It is safe for concurrent use. It need
// not be closed.
type RelyingParty struct {
	auth      *oidcauth.Authenticator
	verify    signin.Verifier
	providers []Provider
	public    *url.URL
	path      string
	home      string
	cookies   cookies
	box       *seal.Box
	sessions  Sessions
	store     Swapper // nil if sessions are in cookies
	isAlone   bool    // the store is that of this process
	logout    Logout
	refusal   func(http.ResponseWriter, *http.Request, *oidcauth.Error)
	origins   *http.CrossOriginProtection
	now       func() time.Time
	flights   flights
	leases    leases
	callbacks callbacks
}

// The pages below Path.
const (
	pageLogin     = "/login"
	pageCallback  = "/callback" // unless Provider.Callback is another one
	pageLogout    = "/logout"
	pageLoggedOut = "/logged-out"
	pageFront     = "/frontchannel-logout"
	pageBack      = "/backchannel-logout"
)

// url returns the URL of a page of the login, as browsers and providers see it.
func (rp *RelyingParty) url(page string) string { return rp.public.String() + rp.path + page }

// provider returns the provider with a name.
func (rp *RelyingParty) provider(name string) (Provider, bool) {
	i := slices.IndexFunc(rp.providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, false
	}
	return rp.providers[i], true
}

// ofClient returns the provider with a name, or another one with the same client. A name can belong to another client after a change of
// the configuration, and a code or a token must reach only the provider that issued it.
func (rp *RelyingParty) ofClient(name, issuer, clientID string) (Provider, bool) {
	if p, known := rp.provider(name); known && p.hasClient(issuer, clientID) {
		return p, true
	}
	i := slices.IndexFunc(rp.providers, func(p Provider) bool { return p.hasClient(issuer, clientID) })
	if i < 0 {
		return Provider{}, false
	}
	return rp.providers[i], true
}

// ofSession returns the provider of a session.
func (rp *RelyingParty) ofSession(rec *record) (Provider, bool) {
	return rp.ofClient(rec.Provider, rec.Evidence.Provider, rec.Evidence.ClientID)
}

func (p Provider) hasClient(issuer, clientID string) bool {
	return p.Client.Issuer() == issuer && p.Client.ClientID() == clientID
}

// ofIssuer returns the first provider with an issuer.
func (rp *RelyingParty) ofIssuer(issuer string) (Provider, bool) {
	i := slices.IndexFunc(rp.providers, func(p Provider) bool { return issuerIs(p, issuer) })
	if i < 0 {
		return Provider{}, false
	}
	return rp.providers[i], true
}

// issuerIs reports whether an issuer that a request names is that of the provider. The issuer of a provider can contain a placeholder for
// the tenant.
func issuerIs(p Provider, issuer string) bool {
	own := p.Client.Issuer()
	if !discovery.Templated(own) {
		return issuer == own
	}
	before, after, _ := strings.Cut(own, "{tenantid}")
	tenant, found := strings.CutPrefix(issuer, before)
	tenant, whole := strings.CutSuffix(tenant, after)
	return found && whole && pipeline.IsTenant(tenant)
}

// inUse returns the Authenticator in use: that of the Config, or a successor of it.
func (rp *RelyingParty) inUse() *oidcauth.Authenticator {
	if a, ok := rp.verify.Settings().Authenticator.(*oidcauth.Authenticator); ok {
		return a
	}
	return rp.auth
}

// lastSegment returns the last segment of the path, with its slash.
func lastSegment(r *http.Request) string {
	return r.URL.Path[max(strings.LastIndexByte(r.URL.Path, '/'), 0):]
}
