// Package clientfault names the optional interfaces of errors with which package provider tells hints and log levels why a
// request to the provider failed. They are interfaces, because those packages must not import provider.
package clientfault

// ClientRefused is an error that says that the provider refused this client, and not the token.
type ClientRefused interface {
	error
	// ClientRefused returns the HTTP status, the OAuth error code, and whether the answer is an HTML page, as that of a
	// gateway is.
	ClientRefused() (status int, code string, html bool)
}

// TokenRefused is an error that says that introspection refused to examine the token.
type TokenRefused interface {
	error
	// TokenRefused returns the HTTP status and the OAuth error code.
	TokenRefused() (status int, code string)
}

// ClientAssertion is an error of a request that authenticated the client by an assertion (RFC 7523).
type ClientAssertion interface {
	error
	// ClientAssertion returns the aud of the assertion. It is empty if none was sent.
	ClientAssertion() string
}

// MissingEndpoint is an error that says that the provider's document does not name an endpoint.
type MissingEndpoint interface {
	error
	// MissingEndpoint returns the field of provider.Config that would name the endpoint.
	MissingEndpoint() string
}

// Certificate is an error that says that a pinned certificate is not the server's.
type Certificate interface {
	error
	// CertificateFault returns pin or expired.
	CertificateFault() string
}
