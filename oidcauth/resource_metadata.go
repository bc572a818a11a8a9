package oidcauth

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// metadata is the document of RFC 9728 section 2.
type metadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	Scopes               []string `json:"scopes_supported,omitempty"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Name                 string   `json:"resource_name,omitempty"`
	Documentation        string   `json:"resource_documentation,omitempty"`
	Policy               string   `json:"resource_policy_uri,omitempty"`
	TermsOfService       string   `json:"resource_tos_uri,omitempty"`
}

// publication is the metadata of the resource, and its location. There is no document without a resource.
type publication struct {
	url, path string
	document  []byte
}

func (c Config) publication() publication {
	r := c.Resource
	origin, path := r.location()
	bearerMethods := []string{"header"}
	if c.Credentials.Header != "" {
		bearerMethods = []string{} // none of RFC 6750 section 2
	}
	if r.ID == "" {
		return publication{path: path}
	}
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(metadata{ // strings always have a JSON form
		Resource: r.ID, AuthorizationServers: c.authorizationServers(), Scopes: r.Scopes, BearerMethods: bearerMethods,
		Name: r.Name, Documentation: r.Documentation, Policy: r.Policy, TermsOfService: r.TermsOfService,
	})
	return publication{origin + path, path, document.Bytes()}
}

// ResourceMetadata returns the handler of the metadata that [Config.Resource] describes (RFC 9728), and the path that clients
// request it at, so that one line mounts both:
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
