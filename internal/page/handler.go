package page

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// MaxBody is the largest body of a request, in bytes. A text of 1 MiB fits, because a form has at most three bytes for each.
const MaxBody = 3<<20 + 1<<10

// Source gives the pages their content. Its methods are safe for concurrent use.
type Source interface {
	// Home returns the present state.
	Home(context.Context) Home
	// Explain explains the text that the operator pasted. It stores no part of the text, and its error contains none.
	Explain(ctx context.Context, text string, show bool) (Result, error)
	// Decision returns a recorded decision.
	Decision(id string, show bool) (Result, bool)
}

// Handler serves the pages of a Source below any path that ends with a slash. A token is read from the body of a POST only. The
// links of the pages are relative, so it does not matter whether a prefix was stripped.
type Handler struct {
	source Source
	csrf   *http.CrossOriginProtection
}

// NewHandler returns a Handler. Its caller must protect it.
func NewHandler(s Source) *Handler { return &Handler{s, http.NewCrossOriginProtection()} }

// ServeHTTP answers a request. It chooses the page by the last segment of the path.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeader(w.Header())
	switch r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:] {
	case "":
		if allows(w, r, http.MethodGet) {
			h.home(w, r, http.StatusOK, "")
		}
	case "decision":
		if allows(w, r, http.MethodGet) {
			h.decision(w, r)
		}
	case "explain":
		if r.Method == http.MethodGet { // The operator reloaded the page of an explanation.
			w.Header().Set("Location", "./") // http.Redirect would resolve it, and a prefix of the path may have been stripped.
			w.WriteHeader(http.StatusSeeOther)
		} else if allows(w, r, http.MethodPost) {
			h.explain(w, r)
		}
	default:
		http.Error(w, "This page does not exist. The handler must be mounted at a path that ends with a slash.", http.StatusNotFound)
	}
}

// setHeader sets the header of each response. Referrer-Policy must not be no-referrer, because a browser would then hide the
// origin of the form. Over plain http a browser sends no Sec-Fetch-Site, so only the origin shows that another site did not
// send the request.
func setHeader(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
}

func allows(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", method)
	http.Error(w, "Method not allowed.", http.StatusMethodNotAllowed)
	return false
}

// home shows the state. problem says why the last request of the operator was not served.
func (h *Handler) home(w http.ResponseWriter, r *http.Request, status int, problem string) {
	state := h.source.Home(r.Context())
	state.Problem = problem
	write(w, status, state)
}

func (h *Handler) decision(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	result, ok := h.source.Decision(strings.TrimSpace(query.Get("id")), query.Get("values") == "shown")
	if !ok {
		h.home(w, r, http.StatusNotFound, "No refusal with this id is kept here. Accepted requests are not recorded, and another process may have refused the request: search the log for the id.")
		return
	}
	write(w, http.StatusOK, result)
}

func (h *Handler) explain(w http.ResponseWriter, r *http.Request) {
	if err := h.csrf.Check(r); err != nil {
		http.Error(w, "The request was sent by another site.", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
	err := r.ParseForm()
	defer forget(r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		h.home(w, r, http.StatusRequestEntityTooLarge, "The pasted text is too long: at most 1 MiB is read.")
		return
	case err != nil || strings.TrimSpace(r.PostForm.Get("text")) == "":
		h.home(w, r, http.StatusBadRequest, "Nothing was pasted.")
		return
	}
	result, err := h.source.Explain(r.Context(), r.PostForm.Get("text"), r.PostForm.Get("values") == "shown")
	if err != nil {
		h.home(w, r, http.StatusBadRequest, "The pasted text was not examined: "+err.Error()+".")
		return
	}
	write(w, http.StatusOK, result)
}

// forget drops the form, in case a middleware keeps the request.
func forget(r *http.Request) { r.Form, r.PostForm = nil, nil }

type document interface{ Render() ([]byte, error) }

func write(w http.ResponseWriter, status int, d document) {
	text, err := d.Render()
	if err != nil {
		http.Error(w, "The page cannot be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // an error means that the client has closed the connection
}
