package provider

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
)

// authenticator adds to a request to an endpoint what shows who asks. It is a function so that no secret stands in a
// field, where a careless print would find it.
type authenticator func(endpoint string, form url.Values, header http.Header) error

func newAuthenticator(c Config, now func() time.Time) authenticator {
	a, id := c.Auth, c.ClientID
	switch a.method() {
	case ClientSecretBasic:
		credentials := "Basic " + basic(id, a.Secret, a.RawBasic)
		return func(_ string, _ url.Values, header http.Header) error {
			header.Set("Authorization", credentials)
			return nil
		}
	case ClientSecretPost:
		return func(_ string, form url.Values, _ http.Header) error {
			form.Set("client_id", id)
			form.Set("client_secret", a.Secret)
			return nil
		}
	case ClientSecretJWT, PrivateKeyJWT:
		sign := newAssertion(c, now)
		return func(endpoint string, form url.Values, _ http.Header) error {
			assertion, err := sign(endpoint)
			if err != nil {
				return err
			}
			form.Set("client_id", id)
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", assertion)
			return nil
		}
	}
	return func(_ string, form url.Values, _ http.Header) error {
		form.Set("client_id", id)
		return nil
	}
}

// basic encodes as RFC 6749 section 2.3.1 asks: an id or secret with a colon, a percent or a plus sign is another one else.
func basic(id, secret string, raw bool) string {
	if !raw {
		id, secret = url.QueryEscape(id), url.QueryEscape(secret)
	}
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

// assertionAudience tells the aud of an assertion for an endpoint; empty: the client sends none.
func assertionAudience(c Config) func(endpoint string) string {
	method, audience, called := c.Auth.method(), c.Auth.Audience, c.Auth.EndpointAudience
	if audience == "" {
		audience = c.Issuer
	}
	return func(endpoint string) string {
		switch {
		case method != ClientSecretJWT && method != PrivateKeyJWT:
			return ""
		case audience == "" || called:
			return endpoint
		}
		return audience
	}
}

// assertionLife is short: an assertion is made for one request.
const assertionLife = time.Minute

// newAssertion makes assertions of RFC 7523 section 3, each with a jti of its own.
func newAssertion(c Config, now func() time.Time) func(endpoint string) (string, error) {
	a := c.Auth
	alg, key, header := "HS256", any([]byte(a.Secret)), map[string]any{"typ": "JWT"}
	if a.method() == PrivateKeyJWT {
		alg, key = a.algorithm(), a.Key
		if a.KeyID != "" {
			header["kid"] = a.KeyID
		}
		if a.Certificate != nil {
			_, header["x5t#S256"] = thumbprint.X5T(a.Certificate)
		}
	}
	audience := assertionAudience(c)
	return func(endpoint string) (string, error) {
		aud := audience(endpoint)
		at := now()
		payload, err := json.Marshal(map[string]any{
			"iss": c.ClientID, "sub": c.ClientID, "aud": aud, "jti": rand.Text(),
			"iat": at.Unix(), "exp": at.Add(assertionLife).Unix(),
		})
		if err != nil {
			return "", fmt.Errorf("provider: client assertion: %w", err)
		}
		token, err := jose.Sign(alg, header, payload, key)
		if err != nil {
			return "", fmt.Errorf("provider: client assertion: %w", err)
		}
		return token, nil
	}
}
