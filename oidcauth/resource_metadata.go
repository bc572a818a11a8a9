package oidcauth

import (
	"net/http"
)

// ResourceMetadata returns the handler of the metadata that [Config.Resource] describes (RFC 9728), and the path at which
// clients request it. One line mounts both:
//
//	mux.Handle(auth.ResourceMetadata())
//
// The metadata is public: do not put [Authenticator.Handler] before it. Every origin may read it (CORS), and caches may keep it
// for an hour. Nothing in it comes from the request. Without a [Resource.ID] the handler answers 404.
func (a *Authenticator) ResourceMetadata() (path string, h http.Handler) {
	return a.published.path, http.HandlerFunc(a.serveMetadata)
}

// ResourceMetadataURL returns the URL that the challenges name as resource_metadata. It is empty without a [Resource.ID].
func (a *Authenticator) ResourceMetadataURL() string { return a.published.url }

func (a *Authenticator) serveMetadata(w http.ResponseWriter, r *http.Request) {
	const methods = "GET, HEAD, OPTIONS"
	h := w.Header()
	if a.published.document == nil {
		http.NotFound(w, r)
		return
	}
	h.Set("Access-Control-Allow-Origin", "*")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.Set("Cache-Control", "public, max-age=3600")
		h.Set("Content-Type", "application/json")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(a.published.document) // an error means that the client has closed the connection
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", "*") // browsers of MCP clients send headers of their own
		h.Set("Access-Control-Max-Age", "3600")
		w.WriteHeader(http.StatusNoContent)
	default:
		h.Set("Allow", methods)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}
