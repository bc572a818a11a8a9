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

// authenticator adds the credentials of the client to a request. It is a function, so that no field holds a secret
// that could be printed.
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
			setAssertion(form, id, assertion)
			return nil
		}
	case ClientAssertion:
		return func(_ string, form url.Values, _ http.Header) error {
			assertion, err := readAssertion(a.AssertionFile, now())
			if err != nil {
				return err
			}
			setAssertion(form, id, assertion)
			return nil
		}
	}
	return func(_ string, form url.Values, _ http.Header) error {
		form.Set("client_id", id)
		return nil
	}
}

// setAssertion adds the parameters of RFC 7523 section 2.2.
func setAssertion(form url.Values, id, assertion string) {
	form.Set("client_id", id)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
}

// basic encodes the credentials as RFC 6749 section 2.3.1 requires. Without that encoding, a colon, a percent or a
// plus sign changes their meaning.
func basic(id, secret string, raw bool) string {
	if !raw {
		id, secret = url.QueryEscape(id), url.QueryEscape(secret)
	}
	return base64.StdEncoding.EncodeToString([]byte(id + ":" + secret))
}

// assertionAudience returns a function that returns the aud of the assertion for an endpoint, or an empty string if
// no assertion is sent.
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

// assertionLife is short because an assertion is used for one request.
const assertionLife = time.Minute

// newAssertion returns a function that makes the assertions of RFC 7523 section 3, each with its own jti.
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
