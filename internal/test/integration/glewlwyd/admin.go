package glewlwyd

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Clients. Each may introspect and revoke, and use every grant; its tokens may be for [Resource].
const (
	Shop      = "shop"       // authenticates with Secret in HTTP Basic
	Odd       = "odd"        // with OddSecret in HTTP Basic, which Glewlwyd takes without form-encoding only
	Post      = "post"       // with Secret in the body
	SecretJWT = "secret-jwt" // with an assertion that Secret signs
	KeyJWT    = "key-jwt"    // with an assertion of a key given to [Server.SetClientKeys]

	Secret    = "integration-test-client-secret-0123456789"
	OddSecret = Secret + ":%+/ &="
)

const (
	// Resource is what a client may ask for: the API.
	Resource = "https://orders.corp.example"
	// Introspect is the scope of an access token that itself authenticates at introspection.
	Introspect = "introspect"

	// Password is that of both users.
	Password    = "password"
	redirectURI = "http://127.0.0.1:9/callback" // where nothing listens: the redirect is caught
)

var (
	scopesOfUsers   = []string{"openid", "email", "api:read"}
	scopesOfClients = []string{"api:read", Introspect}
)

// configure makes what all issuers share.
func (s *Server) configure() error {
	admin, err := s.logIn("admin")
	if err != nil {
		return err
	}
	s.admin = *admin
	for _, name := range []string{"email", "api:read", Introspect} {
		if err := s.call(http.MethodPost, "/scope/", map[string]any{"name": name, "display_name": name, "password_required": false}); err != nil {
			return err
		}
	}
	for user, name := range map[string]string{"alice": "Alice", "bob": "Bob"} {
		if err := s.call(http.MethodPost, "/user/", map[string]any{
			"username": user, "password": Password, "name": name, "email": user + "@example.test", "enabled": true,
			"scope": append([]string{"g_profile"}, scopesOfUsers...),
		}); err != nil {
			return err
		}
	}
	for id, method := range map[string]string{
		Shop: "client_secret_basic", Odd: "client_secret_basic", Post: "client_secret_post", SecretJWT: "client_secret_jwt", KeyJWT: "private_key_jwt",
	} {
		if err := s.call(http.MethodPost, "/client/", client(id, method)); err != nil {
			return err
		}
	}
	return errors.Join(s.consent("alice", Shop), s.consent("bob", Shop))
}

// consent lets the user's logins at the client pass without a page.
func (s *Server) consent(user, client string) error {
	session, err := s.logIn(user)
	if err != nil {
		return err
	}
	_, err = s.send(http.MethodPut, "/auth/grant/"+client, map[string]any{"scope": strings.Join(scopesOfUsers, " ")}, session)
	return err
}

func client(id, method string) map[string]any {
	c := map[string]any{
		"client_id": id, "name": id, "enabled": true, "confidential": true, "token_endpoint_auth_method": []string{method},
		"authorization_type": []string{"code", "password", "client_credentials", "refresh_token"},
		"redirect_uri":       []string{redirectURI}, "scope": scopesOfClients, "resource": []string{Resource},
	}
	switch id {
	case KeyJWT:
	case Odd:
		c["client_secret"] = OddSecret
	default:
		c["client_secret"] = Secret
	}
	return c
}

// SetClientKeys gives the client [KeyJWT] its public keys, by kid.
func (s *Server) SetClientKeys(keys map[string]crypto.PublicKey) error {
	var set jose.JSONWebKeySet
	for id, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{KeyID: id, Key: key, Use: "sig"})
	}
	c := client(KeyJWT, "private_key_jwt")
	c["jwks"] = set
	return s.call(http.MethodPut, "/client/"+KeyJWT, c)
}

// SetLogout has Glewlwyd post logout tokens for the client [Shop] to the address.
func (s *Server) SetLogout(address string) error {
	c := client(Shop, "client_secret_basic")
	c["backchannel_logout_uri"] = address
	return s.call(http.MethodPut, "/client/"+Shop, c)
}

// Client is a client of a test, for logins in a browser. It is like [Shop]; alice and bob have agreed to its scopes.
type Client struct{ ID, RedirectURI, BackChannel string }

// Add adds a client.
func (s *Server) Add(own Client) error {
	c := client(own.ID, "client_secret_basic")
	c["redirect_uri"], c["backchannel_logout_uri"] = []string{own.RedirectURI}, own.BackChannel
	if err := s.call(http.MethodPost, "/client/", c); err != nil {
		return err
	}
	return errors.Join(s.consent("alice", own.ID), s.consent("bob", own.ID))
}

// logIn returns the cookie of a session.
func (s *Server) logIn(user string) (*http.Cookie, error) {
	resp, err := s.send(http.MethodPost, "/auth/", map[string]any{"username": user, "password": Password}, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range resp.Cookies() {
		if c.Name == "session" {
			return c, nil
		}
	}
	return nil, errors.New("no session")
}

// call is one of the administrator's.
func (s *Server) call(method, path string, body any) error {
	_, err := s.send(method, path, body, &s.admin)
	return err
}

func (s *Server) send(method, path string, body any, session *http.Cookie) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(method, s.url(path), bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if session != nil {
		req.AddCookie(session)
	}
	resp, err := (&http.Client{Timeout: codeflow.Patience}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	return resp, err
}
