package provider

import (
	"errors"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
)

var (
	errNotBound  = errors.New("provider: the token's type is not DPoP, so it cannot be sent with a proof")
	errOtherHost = errors.New("provider: a redirect leads to another server, which must not get the token")
	errNoTokens  = errors.New("provider: the Prover or the source of tokens is nil")
)

const (
	useNonce      = "use_dpop_nonce"
	dpopTokenType = "DPoP"
)

// Transport returns a RoundTripper that sends each request with a token of the source, in the scheme DPoP, and a new proof. If base
// is nil, it is http.DefaultTransport. If the server demands a nonce (RFC 9449 section 9), the request is sent once more with it;
// a request with a body must then have GetBody. A token whose type is not DPoP is an error, and so is a redirect to another server.
//
//	client := &http.Client{Transport: prover.Transport(nil, oidc.ClientCredentials(ctx, request))}
func (p *Prover) Transport(base http.RoundTripper, source oauth2.TokenSource) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &proofTransport{p, base, source}
}

type proofTransport struct {
	prover *Prover
	base   http.RoundTripper
	source oauth2.TokenSource
}

// RoundTrip implements http.RoundTripper.
func (t *proofTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	own, err := t.proven(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	origin := originOf(r.URL.String())
	res, err := t.base.RoundTrip(own)
	if err != nil {
		return nil, err
	}
	given := t.prover.keepNonce(origin, res.Header)
	repeatable := r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
	if !given || !repeatable || res.StatusCode != http.StatusUnauthorized || !demandsNonce(res.Header) {
		return res, nil
	}
	again, err := t.proven(r)
	if err == nil && r.GetBody != nil {
		again.Body, err = r.GetBody()
	}
	if err != nil {
		return res, nil //nolint:nilerr // the caller gets the answer of the server
	}
	_ = res.Body.Close()
	if res, err = t.base.RoundTrip(again); err == nil {
		t.prover.keepNonce(origin, res.Header)
	}
	return res, err
}

// proven returns a copy of the request with token and proof.
func (t *proofTransport) proven(r *http.Request) (*http.Request, error) {
	switch {
	case t.prover == nil, t.source == nil:
		return nil, errNoTokens
	case redirectedElsewhere(r):
		return nil, errOtherHost
	}
	token, err := t.source.Token()
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(token.TokenType, dpopTokenType) {
		return nil, errNotBound
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	at := r.URL.String()
	proof, err := t.prover.Prove(ProofRequest{Method: method, URL: at, AccessToken: token.AccessToken, Nonce: t.prover.nonce(originOf(at))})
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Header.Set("Authorization", dpopTokenType+" "+token.AccessToken)
	own.Header.Set("DPoP", proof)
	return own, nil
}

// redirectedElsewhere reports whether the request follows a redirect from another server.
func redirectedElsewhere(r *http.Request) bool {
	for before := r; before.Response != nil && before.Response.Request != nil; {
		before = before.Response.Request
		if originOf(before.URL.String()) != originOf(r.URL.String()) {
			return true
		}
	}
	return false
}

// demandsNonce reports whether a challenge demands a nonce (RFC 9449 section 9).
func demandsNonce(h http.Header) bool {
	for _, challenge := range h.Values("WWW-Authenticate") {
		if m := challengeError.FindStringSubmatch(challenge); m != nil && m[2] == useNonce {
			return true
		}
	}
	return false
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
