package main

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

// forms are the languages of a printed configuration.
var forms = []string{"go", "settings"}

var errYAML = errors.New("a document in YAML is not read here: convert it to JSON")

// besideDocument returns the options that have a meaning beside a settings document.
func (o options) besideDocument() options {
	return options{
		file: o.file, pick: o.pick, at: o.at, scopes: o.scopes, showValues: o.showValues, json: o.json, verbose: o.verbose,
		doctor: o.doctor, replay: o.replay, discover: o.discover, effective: o.effective, settings: o.settings, application: o.application,
	}
}

// validateDocument refuses options that contradict a settings document, or that need one.
func (o options) validateDocument() error {
	switch {
	case o.settings == "" && (o.application != "" || o.effective):
		return errors.New("-application and -effective need -settings")
	case o.as != "" && !o.discover:
		return errors.New("-as needs -discover")
	case o.as != "" && !slices.Contains(forms, o.as):
		return errors.New("-as is one of " + strings.Join(forms, ", "))
	case o.settings != "" && !reflect.DeepEqual(o, o.besideDocument()):
		return errors.New("-settings contains the whole configuration: only the commands and the flags of input and output apply beside it")
	case o.settings != "" && o.discover && !o.effective:
		return errors.New("-settings and -discover need -effective: they print the configuration with the discovered values")
	}
	return nil
}

func (o options) document() (*document.Document, error) {
	if ext := filepath.Ext(o.settings); ext == ".yaml" || ext == ".yml" {
		return nil, errYAML
	}
	return document.Load(o.settings)
}

// documentConfig returns the configuration of the settings document.
func (o options) documentConfig() (oidcauth.Config, error) {
	doc, err := o.document()
	if err != nil {
		return oidcauth.Config{}, err
	}
	// The process ends soon, so its databases are not closed.
	c, err := doc.Configuration(document.Options{Application: o.application, OpenDB: openDB})
	if err != nil {
		return oidcauth.Config{}, err
	}
	c.Config.Logger = slog.New(slog.DiscardHandler)
	c.Config.ShowClaimValues = c.Config.ShowClaimValues || o.showValues
	c.Config.Now, err = o.now()
	return c.Config, err
}

// openDB opens a database. If this command has no such driver, each lookup fails, and all else is explained.
func openDB(name, dsn string) (*sql.DB, error) {
	if !slices.Contains(sql.Drivers(), name) {
		return sql.OpenDB(noDriver(name)), nil
	}
	return sql.Open(name, dsn)
}

// noDriver is the name of a driver that this command does not have.
type noDriver string

func (n noDriver) Connect(context.Context) (driver.Conn, error) {
	return nil, fmt.Errorf("this command has no database driver %q, so the user is not looked up", string(n))
}

func (n noDriver) Driver() driver.Driver { return nil }

// printEffective prints the configuration in effect, by choice with the discovered values.
func printEffective(ctx context.Context, o options, s streams) (int, error) {
	if err := o.validateDocument(); err != nil {
		return usage, err
	}
	doc, err := o.document()
	if err != nil {
		return usage, err
	}
	if o.discover {
		if doc, err = doc.Discover(ctx); err != nil {
			return refused, err
		}
	}
	if _, err := s.out.Write(doc.Effective()); err != nil {
		return usage, err
	}
	if _, err := doc.Configuration(document.Options{Application: o.application, OpenDB: openDB}); err != nil {
		return usage, err
	}
	return accepted, nil
}

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
	var trust, client object
	if o.ca != "" {
		trust = object{{"cas", object{{"file", o.ca}}}}
	}
	if d.Introspection != "" || d.Revocation != "" {
		auth := object{{"method", methodName(d.AuthMethods)}, {"secret", object{{"env", "CLIENT_SECRET"}}}}
		client = object{{"clientID", clientID()}, {"auth", auth}}
	}
	var introspection object
	if d.Introspection != "" {
		introspection = object{{"client", true}}
	}
	of = append(of, object{
		{"keys", keys}, {"trust", trust}, {"claims", rules}, {"introspection", introspection}, {"client", client}, {"revoker", d.Revocation != ""},
	}...)
	root := object{{"providers", object{{hostOf(o.issuer), of}}}}
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
