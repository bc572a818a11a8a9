package settings

import (
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// builder makes a Configuration of a document, and goes on after a fault to find all of them.
type builder struct {
	*Document
	faults    faults
	options   Options
	databases map[[2]string]*sql.DB // by driver and data source
	opened    []*sql.DB
	made      map[fingerprint]any
}

// Configuration reads the files and secrets that the document refers to, and makes the configuration. It opens databases, which
// connect when they are used, and sends no request.
//
// Its error joins an [*Error] for each fault: secrets that cannot be read, and everything that [oidcauth.New] would refuse.
func (d *Document) Configuration(o Options) (*Configuration, error) {
	b := &builder{Document: d, faults: faults{file: d.file}, options: o.withDefaults(), databases: map[[2]string]*sql.DB{}, made: map[fingerprint]any{}}
	if d.settings.Shadow != "" && b.options.watched == nil { // the shadow reuses parts of this configuration
		b.options.watched = &watched{files: files{}}
	}
	c := &Configuration{Config: b.service()}
	used := d.chosen(o.Application)
	for _, m := range used {
		b.issuerOnce(m, c)
	}
	signingIn := b.login(used, c)
	if b.faults.list == nil { // otherwise the Config lacks the values that could not be read
		b.validate(c.Config, used)
	}
	if b.faults.list == nil && signingIn != nil {
		b.validateLogin(c, signingIn)
	}
	c.settled = c.Login
	c.databases = b.opened
	if err := b.faults.err(); err != nil {
		return nil, errors.Join(append(parts(err), c.Close())...)
	}
	b.complete(c)
	if err := b.addShadow(c); err != nil {
		c.databases = b.opened // another configuration uses the others
		return nil, errors.Join(append(parts(err), c.Close())...)
	}
	return c, nil
}

// chosen returns the applications that are used.
func (d *Document) chosen(name string) []merged {
	if name == "" {
		return d.applications
	}
	at := slices.IndexFunc(d.applications, func(m merged) bool { return m.name == name })
	return d.applications[max(at, 0) : max(at, 0)+1]
}

// service makes the part of the Config that is not about issuers.
func (b *builder) service() oidcauth.Config {
	s := b.settings
	c := oidcauth.Config{
		WatchInterval:   time.Duration(s.WatchInterval),
		ShowClaimValues: s.ShowClaimValues,
		Cache: oidcauth.Cache{
			Disabled: s.Cache.Disabled, Entries: s.Cache.Entries, Bytes: s.Cache.Bytes,
			MaxAge: time.Duration(s.Cache.MaxAge), UserMaxAge: time.Duration(s.Cache.UserMaxAge),
		},
		Credentials: oidcauth.Credentials{Header: s.Credentials.Header, WebSocketProtocol: s.Credentials.WebSocketProtocol},
		Revocation: oidcauth.Revocation{
			MaxTokenLife: time.Duration(s.Revocation.MaxTokenLife), InsecureFailOpen: s.Revocation.InsecureFailOpen,
		},
		Log:      oidcauth.Log{Accepted: s.Log.Accepted},
		Response: oidcauth.Response{DecisionID: s.Response.DecisionID, ExposeHeaders: s.Response.ExposeHeaders, Realm: s.Response.Realm, InsecureExplain: s.Response.InsecureExplain},
		Logger:   s.Logger.logger(),
	}
	root := b.begin("trust", b.root.only("trust"))
	c.HTTPClient = remembered(root, b.httpClient(b.root, s.Trust))
	root.sharesTrust()
	c.Revocation.DenyList = s.Revocation.DenyList.list()
	if key := s.Log.RecordKey; key != nil {
		c.Log.RecordKey = []byte(b.secret(key))
	}
	b.possession(&c)
	if r := s.Resource; r != nil {
		c.Resource = oidcauth.Resource{
			ID: r.ID, AuthorizationServers: r.AuthorizationServers, Scopes: r.Scopes, Name: r.Name, Documentation: r.Documentation,
			Policy: r.Policy, TermsOfService: r.TermsOfService, CertificateBoundTokens: r.CertificateBoundTokens,
		}
	}
	if s.Users != nil {
		n, _ := b.root.member("users")
		part := b.begin("users", n)
		c.Users = remembered(part, b.users(n, s.Users))
	}
	return c
}

// possession adds the settings of bound tokens.
func (b *builder) possession(c *oidcauth.Config) {
	s := b.settings
	c.PublicURL = s.PublicURL
	c.DPoP = oidcauth.DPoP{Replays: s.DPoP.Replays.list(), MaxAge: time.Duration(s.DPoP.MaxAge), RequireNonce: s.DPoP.RequireNonce, ProofsPerKey: s.DPoP.ProofsPerKey}
	if s.DPoP.NonceSecret != nil {
		c.DPoP.NonceSecret = []byte(b.secret(s.DPoP.NonceSecret))
	}
	if f := s.ClientCertificate; f != nil {
		c.ClientCertificate = oidcauth.ClientCertificate{
			Form: oidcauth.CertificateForm(f.Form), Header: f.Header, Proxies: f.Proxies, ProxyCertificates: f.ProxyCertificates,
		}
	}
}

// list returns nil for a list of the default size, which the Authenticator makes itself.
func (l denyList) list() denylist.List {
	if l.Entries == 0 || l.Entries == denylist.DefaultEntries {
		return nil
	}
	return &denylist.Memory{Entries: l.Entries}
}

func (l *logger) logger() *slog.Logger {
	if l == nil {
		return nil
	}
	out := os.Stderr
	if l.Output == "stdout" {
		out = os.Stdout
	}
	var o slog.HandlerOptions
	if l.Level != "" {
		var level slog.Level
		_ = level.UnmarshalText([]byte(l.Level)) // the values are those of the tag
		o.Level = level
	}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(out, &o))
	}
	return slog.New(slog.NewJSONHandler(out, &o))
}

// validate reports the faults that oidcauth.New would find, at their positions in the document.
func (b *builder) validate(c oidcauth.Config, used []merged) {
	for _, err := range parts(c.Validate()) {
		var fault *oidcauth.ConfigError
		if !errors.As(err, &fault) {
			b.faults.at(b.root, "the configuration is refused", err)
			continue
		}
		at, path, field := b.root, "", fault.Field
		if rest, ok := strings.CutPrefix(field, "Issuers["); ok {
			index, inner, _ := strings.Cut(rest, "].")
			if i, err := strconv.Atoi(index); err == nil && i < len(used) {
				at, path, field = used[i].node, used[i].path, inner
			}
		}
		at, path = at.find(path, field)
		problem := missing(ofConfig(fault.Problem))
		b.faults.add(&Error{Line: at.Line, Column: at.Column, Path: path, Problem: problem, Err: fault.Err})
	}
}

// missing calls an empty field of Go a missing member, because an empty value in the document is an error of its own.
func missing(problem string) string {
	if rest, ok := strings.CutPrefix(problem, "is empty"); ok {
		return "is missing" + rest
	}
	return problem
}

// parts returns the errors that errors.Join joined.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// find returns the value of a field of Go, or the nearest value around it, and the path of the field.
func (n Node) find(path, goField string) (Node, string) {
	missing := false
	for _, step := range strings.Split(goField, ".") {
		name, index, indexed := strings.Cut(step, "[")
		if name == "URL" {
			name = "issuer"
		}
		members, _ := n.Value.([]Member)
		at := slices.IndexFunc(members, func(m Member) bool { return strings.EqualFold(m.Name, name) })
		if missing = missing || at < 0; missing {
			path = join(path, lowerFirst(name))
			continue
		}
		n, path = members[at].Node, join(path, members[at].Name)
		if elements, ok := n.Value.([]Node); ok && indexed {
			if i, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil && i < len(elements) {
				n = elements[i]
			}
		}
		if n.path != "" {
			path = n.path
		}
	}
	return n, path
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }
