// Package clientfault declares interfaces of errors. Errors of packages provider and certsource implement them. They report why a
// request to the provider failed. Hints and log levels depend on these interfaces, because their packages must not import provider.
package clientfault

// ClientRefused is the error of a request in which the provider refused this client, and not the token.
type ClientRefused interface {
	error
	// ClientRefused returns the HTTP status and the OAuth error code. html reports whether the answer is an HTML page, which
	// comes from a gateway in most cases.
	ClientRefused() (status int, code string, html bool)
}

// RefusedScope is a ClientRefused whose answer names a scope.
type RefusedScope interface {
	error
	// RefusedScope returns the scope that the answer requires, or "".
	RefusedScope() string
}

// NotRevocable is the error of a revocation of a token whose type the provider does not revoke.
type NotRevocable interface {
	error
	NotRevocable()
}

// TokenRefused is the error of a request in which the provider refused to introspect the token.
type TokenRefused interface {
	error
	// TokenRefused returns the HTTP status and the OAuth error code.
	TokenRefused() (status int, code string)
}

// ClientAssertion is the error of a request that authenticated the client with an assertion (RFC 7523).
type ClientAssertion interface {
	error
	// ClientAssertion returns the aud of the assertion, or "" if the request contained no assertion.
	ClientAssertion() string
}

// MissingEndpoint is the error of a request for which the provider's discovery document has no endpoint.
type MissingEndpoint interface {
	error
	// MissingEndpoint returns the field of provider.Config that would name the endpoint.
	MissingEndpoint() string
}

// Certificate is the error of a request to a server whose certificate is not the pinned one, or has expired.
type Certificate interface {
	error
	// CertificateFault returns "pin" or "expired".
	CertificateFault() string
}

// UnusableKeys is the error of a key set that was fetched, in which no key can verify tokens.
type UnusableKeys interface {
	error
	// UnusableKeys returns what is wrong with the keys. jwtSVID reports that a key has the use of SPIFFE's JWT-SVIDs.
	UnusableKeys() (problem string, jwtSVID bool)
}

// ErrorResponse is the error of a request whose answer is an error response (RFC 6749 section 5.2).
type ErrorResponse interface {
	error
	// ErrorResponse returns the error code, or "", and the error_description, or "". The description is for the operator only. It is
	// short, and contains no secret of the request.
	ErrorResponse() (code, description string)
}
