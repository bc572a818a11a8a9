package login

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

//go:embed page.css
var style string

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}).Parse(pageText))

// policy is the Content-Security-Policy of every page, without the targets of forms. The only style sheet is inline, and no script runs.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}()

// page is a page for a visitor. It contains no text of a request or of a provider, except names of providers that are configured.
type page struct {
	Title, Text string
	ID          string // decision id
	Links       []link
	Action      string // of a form with one button
	Button      string
	Targets     string // origins to which the form may lead, besides this one
}

type link struct{ Text, URL string }

func writePage(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, p.Title, status)
		return
	}
	h := w.Header()
	csp := policy
	if p.Targets != "" {
		csp += " " + p.Targets
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Content-Type", "text/html; charset=utf-8")
	if p.Action != "" { // with no-referrer, a browser hides the origin of the form
		h.Set("Referrer-Policy", "same-origin")
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // an error means that the client has closed the connection
}

// choose shows the providers to a visitor.
func (rp *RelyingParty) choose(w http.ResponseWriter, r *http.Request, s start) {
	setHeader(w.Header())
	p := page{Title: "Sign in", Text: "Choose where you have your account."}
	for _, one := range rp.providers {
		to := rp.loginURL(s.returnTo, one.Name)
		if s.hint != "" {
			to += "&login_hint=" + url.QueryEscape(s.hint)
		}
		p.Links = append(p.Links, link{one.Name, to})
	}
	writePage(w, http.StatusOK, p)
}

// loginURL returns the path of a new login.
func (rp *RelyingParty) loginURL(returnTo, provider string) string {
	query := "?return_to=" + url.QueryEscape(returnTo)
	if provider != "" {
		query += "&provider=" + url.QueryEscape(provider)
	}
	return rp.public.EscapedPath() + rp.path + pageLogin + query
}

func title(status int) string {
	switch status {
	case http.StatusForbidden:
		return "Access denied"
	case http.StatusServiceUnavailable:
		return "Sign-in is not possible right now"
	case http.StatusInternalServerError:
		return "Something went wrong"
	}
	return "Sign-in did not work"
}

// sentences tell visitors what happened. They name nothing internal, and tell nothing about a user that others must not know.
var sentences = map[reason.Reason]string{
	reason.AttemptUnknown:          "Your browser did not return the cookie of this sign-in. It may have begun in another browser, or cookies are blocked.",
	reason.AttemptExpired:          "The sign-in took too long.",
	reason.AttemptUsed:             "This sign-in was used before.",
	reason.StateMismatch:           "This answer does not belong to a sign-out that your browser began.",
	reason.LoginIssuerMismatch:     "The answer came from another provider than the one you chose.",
	reason.AuthorizationRefused:    "The provider ended the sign-in, or you cancelled it.",
	reason.InteractionRequired:     "The provider could not sign you in as this service requires.",
	reason.CodeRefused:             "The provider did not confirm the sign-in. It may have taken too long.",
	reason.RefreshRefused:          "The provider ended your session.",
	reason.LoginChanged:            "You signed in as another user than before. Sign out first to change the user.",
	reason.ProviderUnavailable:     "The provider does not answer at the moment.",
	reason.SessionUnknown:          "Your session has ended.",
	reason.SessionExpired:          "Your session has ended.",
	reason.NoCredentials:           "You are not signed in.",
	reason.SessionTooLarge:         "Your account has more data than the session can hold.",
	reason.SessionStoreUnavailable: "Your session cannot be checked at the moment.",
	reason.CrossOriginRequest:      "The request came from another site, so it was not carried out.",
	reason.MalformedRequest:        "The request is not one that this page understands.",
	reason.UnknownIssuer:           "This provider is not known here.",

	reason.InsufficientUserAuthentication: "This page needs a stronger or a more recent sign-in, which the provider did not make.",
}

func sentence(err error, status int) string {
	var e *oidcauth.Error
	if errors.As(err, &e) {
		if text := sentences[e.Reason]; text != "" {
			return text
		}
	}
	switch status {
	case http.StatusForbidden:
		return "Your account may not use this page."
	case http.StatusServiceUnavailable:
		return "The sign-in cannot be checked at the moment."
	case http.StatusInternalServerError:
		return "The service could not carry out the request."
	}
	return "The sign-in was not accepted."
}

// setHeader sets the header of each answer of a login. The URL of a callback has a code, so no other site may learn it.
func setHeader(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}
