package oidcauth

import (
	"encoding/base64"
	"iter"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Credentials says where the token of a request is read. The zero Credentials reads it from the Authorization header with the
// scheme Bearer (RFC 6750 section 2.1). A token in a query, a form or a cookie is never read.
//
// A request without any of the credentials is anonymous for [Authenticator.Optional].
type Credentials struct {
	// Header is the name of a header that contains the token alone, without a scheme. Set it behind a proxy that authenticates
	// users and sends such a header: X-Goog-Iap-Jwt-Assertion, Cf-Access-Jwt-Assertion or X-Amzn-Oidc-Accesstoken. More than one
	// value is refused. If Header is set, Authorization is not read for any issuer: each request must have one identity, and the
	// proxy may pass on the Authorization of the client.
	Header string
	// WebSocketProtocol is the subprotocol that carries the token of a WebSocket. Browsers need it, because they cannot set
	// Authorization. If it ends with a dot, the token follows the dot in base64url, as in
	// "base64url.bearer.authorization.k8s.io.". Otherwise the token is the next subprotocol, as in new WebSocket(url, ["bearer",
	// token]); a token with the character / or = cannot be sent in this way. If a request does not offer this subprotocol, its
	// token is read from Authorization. A request with both is refused. The server must not select the subprotocol that contains
	// the token, because its response would repeat it.
	WebSocketProtocol string
}

const (
	authorizationHeader = "Authorization"
	protocolHeader      = "Sec-Websocket-Protocol"
)

// presented is the token of a request, with the place where it was found.
type presented struct {
	token  string
	isDPoP bool     // the scheme is DPoP
	values []string // the values of the header that contains the token
	header string   // the name of this header; "" means Authorization
}

// read returns the token of a request.
func (c Credentials) read(h http.Header, acceptsDPoP bool) (p presented, fault *pipeline.Fault) {
	switch {
	case c.Header != "":
		p.values, p.header = h[c.Header], c.Header
		p.token, fault = soleValue(p.values, c.Header)
	case c.WebSocketProtocol != "" && c.offered(h):
		p.values, p.header = h[protocolHeader], protocolHeader
		p.token, fault = c.protocolToken(h)
	default:
		p.values = h[authorizationHeader]
		p.token, p.isDPoP, fault = credential(p.values, acceptsDPoP)
	}
	return p, fault
}

// absent reports whether the request is anonymous.
func (c Credentials) absent(h http.Header) bool {
	if c.Header != "" {
		return len(h[c.Header]) == 0
	}
	return len(h[authorizationHeader]) == 0 && (c.WebSocketProtocol == "" || !c.offered(h))
}

func soleValue(values []string, header string) (string, *pipeline.Fault) {
	switch {
	case len(values) == 0:
		return "", pipeline.Refuse(reason.NoCredentials, nil, "the request has no %s header", header)
	case len(values) > 1:
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the request has %d %s headers", len(values), header)
	case values[0] == "":
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the %s header is empty", header)
	}
	return values[0], nil
}

// offered reports whether the request offers the subprotocol that carries a token.
func (c Credentials) offered(h http.Header) bool {
	for protocol := range protocols(h) {
		if c.isMarker(protocol) {
			return true
		}
	}
	return false
}

func (c Credentials) isMarker(protocol string) bool {
	if c.encodes() {
		return strings.HasPrefix(protocol, c.WebSocketProtocol)
	}
	return protocol == c.WebSocketProtocol
}

// encodes reports whether the subprotocol itself contains the token, in base64url.
func (c Credentials) encodes() bool { return strings.HasSuffix(c.WebSocketProtocol, ".") }

// protocols returns the subprotocols that the request offers (RFC 6455 section 4.1). It builds no list, because a client can
// offer very many.
func protocols(h http.Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, value := range h[protocolHeader] {
			for protocol := range strings.SplitSeq(value, ",") {
				if !yield(textproto.TrimString(protocol)) {
					return
				}
			}
		}
	}
}

func (c Credentials) protocolToken(h http.Header) (string, *pipeline.Fault) {
	if len(h[authorizationHeader]) > 0 {
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the request has a token in a WebSocket subprotocol and an Authorization header")
	}
	token, markers, isNext := "", 0, false
	for protocol := range protocols(h) {
		if isNext {
			token = protocol
		}
		isNext = false
		if c.isMarker(protocol) {
			markers++
			token, isNext = strings.TrimPrefix(protocol, c.WebSocketProtocol), !c.encodes()
		}
	}
	switch {
	case markers > 1:
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the request offers %d WebSocket subprotocols for a token", markers)
	case token == "":
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the request offers a WebSocket subprotocol for a token, but no token")
	case c.encodes():
		return decodedToken(token)
	}
	return token, nil
}

// maxEncoded is the length of the longest token in base64url. A longer token is refused anyway.
const maxEncoded = 64 << 10 / 3 * 4

func decodedToken(encoded string) (string, *pipeline.Fault) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(encoded[:min(len(encoded), maxEncoded+4)])
	if err != nil {
		return "", pipeline.Refuse(reason.MalformedRequest, nil, "the token in the WebSocket subprotocol is not base64url without padding")
	}
	return string(token), nil
}

func (c Credentials) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string) {
		if bad {
			out = append(out, &ConfigError{Field: "Credentials." + field, Problem: problem})
		}
	}
	add(!isFieldName(c.Header), "Header", "is not the name of a header")
	switch http.CanonicalHeaderKey(c.Header) {
	case authorizationHeader:
		add(true, "Header", "is Authorization, which is read with its scheme if Header is empty")
	case "Cookie", "Host", protocolHeader:
		add(true, "Header", "never contains a token alone")
	}
	add(!isFieldName(c.WebSocketProtocol), "WebSocketProtocol", "is not the name of a subprotocol (RFC 6455 section 4.1)")
	add(c.Header != "" && c.WebSocketProtocol != "", "WebSocketProtocol", "contradicts Header, which is then the only source of tokens")
	return out
}

// credential returns the text after the scheme Bearer (RFC 6750 section 2.1) or DPoP (RFC 9449 section 7.1), whose case does not
// matter. The Authorization header must have exactly one value. pipeline.CheckToken68 checks the syntax of the text later.
func credential(values []string, acceptsDPoP bool) (token string, isDPoP bool, fault *pipeline.Fault) {
	switch {
	case len(values) == 0:
		return "", false, pipeline.Refuse(reason.NoCredentials, nil, "the request has no Authorization header")
	case len(values) > 1:
		return "", false, pipeline.Refuse(reason.MalformedRequest, nil, "the request has %d Authorization headers", len(values))
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if scheme == "" {
		return "", false, pipeline.Refuse(reason.MalformedRequest, nil, "the Authorization header is empty")
	}
	isDPoP = acceptsDPoP && strings.EqualFold(scheme, "DPoP")
	if !isDPoP && !strings.EqualFold(scheme, "Bearer") {
		return "", false, pipeline.Refuse(reason.NoCredentials, nil, "the scheme of the Authorization header is not Bearer")
	}
	token = strings.TrimLeft(rest, " ")
	if token == "" {
		return "", isDPoP, pipeline.Refuse(reason.MalformedRequest, nil, "the Authorization header contains no token after its scheme")
	}
	return token, isDPoP, nil
}
