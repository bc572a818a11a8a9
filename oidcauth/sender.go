package oidcauth

import (
	"crypto/x509"
	"net/http"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// sender returns the proofs of possession and the client certificate of the request, or nil if it has neither.
func (a *Authenticator) sender(r *http.Request, isDPoP bool) *pipeline.Sender {
	proofs := r.Header["Dpop"]
	peer, forwarded := a.certificate(r)
	if !isDPoP && len(proofs) == 0 && peer == nil && forwarded == nil {
		return nil
	}
	return &pipeline.Sender{
		DPoP: isDPoP, Proofs: proofs, Method: r.Method, Path: pathOf(r), Peer: peer, Forwarded: forwarded, Form: certificateForms[a.config.ClientCertificate.Form].form,
	}
}

// pathOf returns the escaped path as the client sent it. A middleware such as http.StripPrefix changes URL, but not RequestURI. The
// asterisk form has an empty path (RFC 9110 section 7.1).
func pathOf(r *http.Request) string {
	if r.RequestURI == "*" {
		return ""
	}
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil && u.Path != "" {
		return u.EscapedPath()
	}
	return r.URL.EscapedPath()
}

// acceptsDPoP reports whether the scheme DPoP is read.
func (a *Authenticator) acceptsDPoP() bool { return a.config.PublicURL != "" }

// nonce returns the newest nonce, or "" if none is required.
func (a *Authenticator) nonce() string {
	p := a.engine.Possession
	if p.Nonces == nil {
		return ""
	}
	return p.Nonces.At(a.engine.Time())
}

// certificate returns the certificate of the connection. If the connection comes from a configured proxy, it returns the values
// of the proxy's header instead.
func (a *Authenticator) certificate(r *http.Request) (peer *x509.Certificate, forwarded []string) {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		peer = r.TLS.PeerCertificates[0]
	}
	if c := a.config.ClientCertificate; c.Form != "" && c.isProxy(r.RemoteAddr, peer) {
		return nil, r.Header[c.Header]
	}
	return peer, nil
}
