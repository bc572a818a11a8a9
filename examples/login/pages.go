package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
)

//go:embed page.html
var pageText string

//go:embed static
var files embed.FS

var (
	pageTemplate = template.Must(template.New("").Parse(pageText))
	static       = http.FileServerFS(files)
)

// view is the content of a page.
type view struct {
	Title, Text string
	Identity    *oidcauth.Identity
	Claims      []claim
	Ends        time.Time
	Demo        bool
}

// claim is one row of the table of claims.
type claim struct{ Name, Value, Source string }

func (s *service) home(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "Who you are", "The provider has signed you in. This service has found your account, and keeps your session.")
}

func (s *service) staff(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "Staff", "You see this page because you have the role staff.")
}

func (s *service) payments(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "Payments", "You see this page because your sign-in is strong or recent enough.")
}

// show writes a page about the user of the request.
func (s *service) show(w http.ResponseWriter, r *http.Request, title, text string) {
	id, _ := oidcauth.FromContext(r.Context())
	v := view{Title: title, Text: text, Identity: id, Claims: claimsOf(id), Ends: id.Expires(), Demo: s.endSession != nil}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		slog.ErrorContext(r.Context(), "page", "error", err)
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// There is no form-action: browsers compare it with the redirect to the provider that follows the form Sign out, too.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	_, _ = w.Write(b.Bytes()) // an error means that the browser has closed the connection
}

// claimsOf returns the claims of the identity, with their sources.
func claimsOf(id *oidcauth.Identity) (out []claim) {
	set := id.Claims()
	for _, name := range set.Names() {
		value, _ := set.Lookup(claims.Name(name))
		c := claim{name, value.Raw(), "token"}
		if text, ok := value.Text(); ok {
			c.Value = text
		}
		if set.FromUserInfo(claims.Name(name)) {
			c.Source = "UserInfo"
		}
		out = append(out, c)
	}
	return out
}

// me is the API: it knows its user by a session or by a bearer token.
func me(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"name": id.Name(), "user": id.User().ID, "roles": id.Roles(), "expires": id.Expires()})
}

// endAtProvider ends the user's session at the provider, which tells this service by its back channel.
func (s *service) endAtProvider(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	if err := s.endSession(id); err != nil {
		slog.ErrorContext(r.Context(), "end at provider", "error", err)
		http.Error(w, "The session at the provider goes on.", http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
