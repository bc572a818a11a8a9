package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/hints"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

// member is a member of a printed document. An order makes it readable.
type member struct {
	name  string
	value any
}

type object []member

// MarshalJSON writes the members in their order, and omits empty ones.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range o {
		if v := reflect.ValueOf(m.value); !v.IsValid() || v.IsZero() {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", m.name)
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// settingsDocument returns the document for what was discovered, and for the options.
func settingsDocument(d discovered, o options) (string, error) {
	rules, err := o.documentClaims(d)
	if err != nil {
		return "", err
	}
	root := object{{"providers", object{{hostOf(o.issuer), providerObject(d, o, rules)}}}}
	if d.Authorization != "" {
		root = append(root, member{"//login", loginAdvice})
	}
	text, err := json.Marshal(root)
	if err != nil {
		return "", err
	}
	if _, err := document.Parse(text); err != nil { // such as an option that the core would refuse
		return "", err
	}
	var b bytes.Buffer
	err = json.Indent(&b, text, "", "  ")
	return b.String() + "\n", err
}

// providerObject returns the provider of the document.
func providerObject(d discovered, o options, rules object) object {
	of := object{{"issuer", o.issuer}, {"discoveryURL", o.discoveryURL}, {"audience", []string(o.audience)}}
	if len(o.audience) == 0 {
		of[2].value = []string{"API_AUDIENCE"}
		of = append(of, member{"//audience", "Replace this: the aud of tokens for this API, as registered at the provider."})
	}
	var keys []object
	for _, file := range o.keys {
		keys = append(keys, object{{"pem", object{{"file", file}}}})
	}
	if keys != nil {
		keys = append(keys, object{{"discovered", &struct{}{}}})
	}
	var trust, client, introspection object
	if o.ca != "" {
		trust = object{{"cas", object{{"file", o.ca}}}}
	}
	if d.Introspection != "" || d.Revocation != "" {
		auth := object{{"method", methodName(d.AuthMethods)}, {"secret", object{{"env", "CLIENT_SECRET"}}}}
		client = object{{"clientID", clientID()}, {"auth", auth}}
	}
	if d.Introspection != "" {
		introspection = object{{"client", true}}
	}
	return append(of, object{
		{"keys", keys}, {"trust", trust}, {"claims", rules}, {"introspection", introspection}, {"client", client}, {"revoker", d.Revocation != ""},
	}...)
}

// loginAdvice is the comment about the login, which needs values that no provider knows.
const loginAdvice = `The provider signs users in. For logins, set client.clientID and client.auth of the provider, and add here: ` +
	`"login": {"publicURL": "https://app.example.com", "keys": [{"env": "SESSION_KEY"}]}. Register publicURL + /auth/callback as redirect URI. ` +
	`The key is the output of: openssl rand -base64 32.`

func (o options) documentClaims(d discovered) (object, error) {
	var checks []string
	for _, text := range o.checks {
		check, err := parseCheck(text)
		if err != nil {
			return nil, err
		}
		written, err := check.MarshalText()
		if err != nil {
			return nil, err
		}
		checks = append(checks, string(written))
	}
	user := ""
	if o.search != "" {
		path, err := claims.ParsePath(o.search)
		if err != nil {
			path = claims.Name(o.search)
		}
		written, err := path.MarshalText()
		if err != nil {
			return nil, err
		}
		user = string(written)
	}
	asksUserInfo := d.UserInfo != "" && !hints.IsEntra(o.issuer)
	if user == "" && checks == nil && !asksUserInfo {
		return nil, nil
	}
	return object{{"user", user}, {"checks", checks}, {"userInfo", asksUserInfo}}, nil
}

// methodName is the first method with a secret that the provider supports, or empty for the default.
func methodName(supported []string) string {
	for _, name := range []string{"client_secret_basic", "client_secret_post", "client_secret_jwt"} {
		if slices.Contains(supported, name) {
			return name
		}
	}
	return ""
}

func clientID() string {
	if id := os.Getenv("CLIENT_ID"); id != "" {
		return id
	}
	return "CLIENT_ID"
}

// hostOf names a provider by the host of its issuer.
func hostOf(issuer string) string {
	if u, err := url.Parse(issuer); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "provider"
}
