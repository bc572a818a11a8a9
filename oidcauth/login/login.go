package login

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// maxHint is the length of the longest login_hint that is sent, in bytes.
const maxHint = 512

// Login begins a login: it redirects the browser to the provider. It reads these parameters of the query or of a form, each at most once:
//
//	return_to        local path to which the login leads; if it is missing or not local, [Config.Home]
//	provider         name of a provider
//	login_hint       passed on to the provider
//	iss              issuer of a provider       (OpenID Connect Core 1.0 section 4, third-party-initiated login)
//	target_link_uri  return_to, or a URL of this service below the origin of PublicURL
//
// If there are several providers and none is named, it answers with a page on which the visitor chooses. A script, a frame or a prefetch
// gets a refusal, because it cannot show the provider's page. Login begins a new login even if there is a session.
func (rp *RelyingParty) Login(w http.ResponseWriter, r *http.Request) {
	r = ownPage(r)
	setHeader(w.Header())
	form, err := readForm(w, r)
	if err == nil && !isPage(r) {
		err = errNoPage
	}
	if err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.MalformedRequest, Err: err}, "")
		return
	}
	to := rp.returnPath(form.Get("return_to"))
	if target := form.Get("target_link_uri"); target != "" {
		to = rp.targetPath(target)
	}
	start := start{returnTo: to, hint: form.Get("login_hint")}
	if len(start.hint) > maxHint {
		start.hint = ""
	}
	known := true
	switch name, issuer := form.Get("provider"), form.Get("iss"); {
	case issuer != "":
		start.provider, known = rp.ofIssuer(issuer)
	case name != "":
		start.provider, known = rp.provider(name)
	case len(rp.providers) > 1:
		rp.choose(w, r, start)
		return
	default:
		start.provider = rp.providers[0]
	}
	if !known {
		rp.refuse(w, r, signin.Refusal{Reason: reason.UnknownIssuer, Detail: "the login names a provider that is not configured", Actual: form.Get("iss")}, to)
		return
	}
	rp.start(w, r, start)
}

// start says which login begins.
type start struct {
	provider Provider
	returnTo string
	hint     string // login_hint
	tries    int    // how often the login began again by itself

	session string           // key of the session that the login replaces
	former  *signin.Evidence // of the user of a session in a cookie
	stepUp  bool             // the session goes on with the same user, and with these:
	acr     []string
	maxAge  time.Duration // 0: any
}

// start begins an attempt and redirects to the provider.
func (rp *RelyingParty) start(w http.ResponseWriter, r *http.Request, s start) {
	setHeader(w.Header())
	p := s.provider
	a := attempt{
		Provider: p.Name, Issuer: p.Client.Issuer(), ClientID: p.Client.ClientID(), State: newState(s.tries), Verifier: oauth2.GenerateVerifier(),
		ReturnTo: s.returnTo, Began: rp.now().Unix(), MaxAge: -1, Session: s.session, Former: s.former, StepUp: s.stepUp,
	}
	if p.openID() {
		a.Nonce = randomText()
	}
	if id := values(r, rp.cookies.session()); a.Session == "" && rp.store != nil && len(id) > 0 {
		a.Session = storeKey(kindSession, id[0]) // the browser does not send this cookie with a form of the provider
	}
	if p.RequireACR {
		a.ACR = p.ACRValues
	}
	if p.MaxAge > 0 {
		a.MaxAge = int64(p.MaxAge / time.Second)
	}
	if s.stepUp {
		a.Requirement = s.requirement()
		if len(s.acr) > 0 {
			a.ACR = s.acr
		}
		if seconds := int64(s.maxAge / time.Second); s.maxAge > 0 && (a.MaxAge < 0 || seconds < a.MaxAge) {
			a.MaxAge = seconds
		}
	}
	to, err := p.Client.AuthorizationURL(r.Context(), rp.parameters(p, a, s))
	if err != nil {
		rp.refuse(w, r, rp.providerRefusal(p, err), s.returnTo)
		return
	}
	site := http.SameSiteLaxMode
	if p.FormPost {
		site = http.SameSiteNoneMode
	}
	rp.begin(w, r, a, site)
	redirect(w, to)
}

// parameters returns the parameters of the authorization request, without those of the client.
func (rp *RelyingParty) parameters(p Provider, a attempt, s start) url.Values {
	out := url.Values{}
	for name, values := range p.Parameters {
		out[name] = values
	}
	set := func(name, value string) {
		if value != "" {
			out.Set(name, value)
		}
	}
	set("response_type", "code")
	set("redirect_uri", rp.url(p.callback()))
	set("scope", strings.Join(p.Scopes, " "))
	set("state", a.State)
	set("nonce", a.Nonce)
	set("code_challenge", oauth2.S256ChallengeFromVerifier(a.Verifier))
	set("code_challenge_method", "S256")
	acr := p.ACRValues
	if s.stepUp && len(s.acr) > 0 {
		acr = s.acr
	}
	set("acr_values", strings.Join(acr, " "))
	if a.MaxAge >= 0 {
		set("max_age", strconv.FormatInt(a.MaxAge, 10))
	}
	if !s.stepUp { // the user must not choose another account, or register
		set("prompt", p.Prompt)
	}
	set("login_hint", s.hint)
	set("ui_locales", strings.Join(p.UILocales, " "))
	if len(p.Resources) > 0 {
		out["resource"] = p.Resources
	}
	if p.FormPost {
		set("response_mode", "form_post")
	}
	return out
}
