package oidcauth

import (
	"crypto/x509"
	"slices"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Presented is an access token that arrives without an [http.Request], such as in a gRPC call, in a message of a queue or in
// the ticket of a WebSocket. The zero Presented is refused as a request without credentials.
type Presented struct {
	// Authorization contains the values of the Authorization header, or of the metadata with the same meaning. As in a request,
	// more than one value is refused. Set either Authorization, or Scheme and Token. Both together are two credentials, and are
	// refused.
	Authorization []string
	// Scheme is the authentication scheme (RFC 9110 section 11.1). Its case does not matter. The default is Bearer.
	Scheme string
	// Token is the access token.
	Token string
	// Method is the method of the request or the call. The decision shows it, and a DPoP proof must name it. It may be empty.
	Method string
	// Path is the path of the call, escaped as in its URL. With [Config.PublicURL] before it, it is the URL that a DPoP proof must
	// name. It may be empty.
	Path string
	// Proofs contains the values of the DPoP header (RFC 9449 section 7.1), or of the metadata with the same meaning.
	Proofs []string
	// Certificate is the certificate of the TLS client. It may be nil.
	Certificate *x509.Certificate
	// Route is a pattern, without the values of a path. The decision shows it. It may be empty.
	Route string
}

// readPresented returns the token, and describes the call that carried it.
func (a *Authenticator) readPresented(p Presented) (from requestInfo, token string, fault *pipeline.Fault) {
	from = p.requestInfo()
	token, isDPoP, fault := credential(from.credentials, a.acceptsDPoP())
	if isDPoP || p.Proofs != nil || p.Certificate != nil {
		from.sender = &pipeline.Sender{DPoP: isDPoP, Proofs: p.Proofs, Method: p.Method, Path: p.Path, Peer: p.Certificate}
	}
	return from, token, fault
}

func (p Presented) requestInfo() requestInfo {
	values := p.Authorization
	if p.Token != "" || p.Scheme != "" {
		scheme := p.Scheme
		if scheme == "" {
			scheme = "Bearer"
		}
		values = append(slices.Clone(values), scheme+" "+p.Token)
	}
	return requestInfo{method: p.Method, route: p.Route, credentials: values}
}
