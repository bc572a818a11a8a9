package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

const (
	audience  = "api://orders"
	explained = "another API's audience" // the request whose record is printed
)

// alice's token holds all that is asked: the tenant that the check compares, and the e-mail that finds her.
var alice = oidctest.Claims{"sub": "alice", "tid": "tenant-1", "email": "alice@example.com"}

type demo struct {
	provider *oidctest.Provider
	auth     *oidcauth.Authenticator
	log      *records
	shown    []string // the record that is printed
}

func newDemo() (*demo, error) {
	p, err := oidctest.Start()
	if err != nil {
		return nil, err
	}
	client, err := provider.New(p.ClientConfig())
	if err != nil {
		return nil, err
	}
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
	p.SetUserInfo("carol", oidctest.Claims{"email": "carol@example.com"})
	d := &demo{provider: p, log: &records{}}
	config := p.Config(audience)
	config.Issuers[0].Claims.User = claims.Name("email")
	config.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("tid"), "tenant-1")}
	config.Issuers[0].Claims.UserInfo = client
	config.Issuers[0].Introspection.Client = client
	config.Issuers[0].Revoker = client
	config.Users = usermap.NewTable(
		entry("alice@example.com", "1", "Alice", true),
		entry("carol@example.com", "2", "Carol", true),
		entry("shared@example.com", "3", "Dave", true),
		entry("shared@example.com", "4", "Erin", true),
		entry("frank@example.com", "5", "Frank", false),
	)
	config.Logger = slog.New(slog.NewTextHandler(d.log, nil))
	d.auth, err = oidcauth.New(config)
	return d, err
}

func entry(email, id, name string, enabled bool) usermap.Entry {
	return usermap.Entry{Value: email, User: usermap.User{ID: id, Name: name, Enabled: enabled}}
}

// request is one row of the table.
type request struct {
	what   string
	token  func() string // nil: no Authorization header
	status int
	reason string // empty: accepted
}

// with makes tokens like alice's but for these claims.
func (d *demo) with(changes oidctest.Claims) func() string {
	return func() string {
		all := maps.Clone(alice)
		maps.Copy(all, changes)
		return d.provider.Token(audience, all)
	}
}

func (d *demo) requests() []request {
	old := d.provider.Now().Add(-time.Hour).Unix()
	return []request{
		{"good token", d.with(nil), 200, ""},
		{"no token", nil, 401, "no_credentials"},
		{"expired an hour ago", d.with(oidctest.Claims{"exp": old}), 401, "expired"},
		{explained, d.with(oidctest.Claims{"aud": "api://other"}), 401, "wrong_audience"},
		{"ID token instead", d.idToken, 401, "id_token_as_access_token"},
		{"claim to check absent", d.with(oidctest.Claims{"tid": nil}), 403, "check_claim_missing"},
		{"user unknown", d.with(oidctest.Claims{"email": "nobody@example.com"}), 403, "user_not_found"},
		{"two users, one e-mail", d.with(oidctest.Claims{"email": "shared@example.com"}), 403, "user_ambiguous"},
		{"user disabled", d.with(oidctest.Claims{"email": "frank@example.com"}), 403, "user_disabled"},
		{"e-mail only in UserInfo", d.with(oidctest.Claims{"sub": "carol", "email": nil}), 200, ""},
		{"opaque token", d.opaque, 200, ""},
		{"opaque token, revoked", d.revoked(d.opaque), 401, "token_revoked"},
		{"good token, revoked", d.revoked(d.with(oidctest.Claims{"jti": "2"})), 401, "token_revoked"},
		{"key rotated", d.rotated, 200, ""},
		{"provider down, key held", d.down, 200, ""},
	}
}

func (d *demo) idToken() string {
	claims := oidctest.Claims{"aud": audience, "nonce": "n-1", "at_hash": "x"}
	maps.Copy(claims, alice)
	return d.provider.Forge(oidctest.Forgery{Header: map[string]any{"typ": "JWT"}, Claims: claims})
}

// opaque is a token that only the provider can read.
func (d *demo) opaque() string { return d.provider.Opaque(audience, alice) }

func (d *demo) revoked(token func() string) func() string {
	return func() string {
		t := token()
		if err := d.auth.Revoke(context.Background(), t, "access_token"); err != nil {
			panic(err)
		}
		return t
	}
}

func (d *demo) rotated() string {
	if err := d.provider.Rotate("ES256"); err != nil {
		panic(err)
	}
	return d.with(nil)()
}

func (d *demo) down() string {
	token := d.with(nil)()
	d.fail(oidctest.Fault{Status: http.StatusBadGateway})
	return token
}

func (d *demo) fail(f oidctest.Fault) {
	for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.UserInfo} {
		d.provider.Fail(e, f)
	}
}

// run sends the requests, and prints the table and the record of one refusal; wrong counts outcomes that were not intended.
func (d *demo) run(out io.Writer, url string) (wrong int, err error) {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "REQUEST\tSTATUS\tWHO, OR WHY NOT")
	for _, q := range d.requests() {
		status, who, err := d.send(url, q)
		if err != nil {
			return wrong, err
		}
		if q.what == explained {
			d.shown = d.log.latest()
		}
		mark := ""
		if status != q.status || (q.reason != "" && who != q.reason) {
			mark, wrong = fmt.Sprintf("\tINTENDED: %d %s", q.status, q.reason), wrong+1
		}
		fmt.Fprintf(table, "%s\t%d\t%s%s\n", q.what, status, who, mark)
	}
	if err := table.Flush(); err != nil {
		return wrong, err
	}
	_, err = fmt.Fprintf(out, "\nWhy %q was refused:\n%s\n\nThe log says so, and more, in one record:\n%s\n", explained, why(d.shown), wrapped(d.shown))
	return wrong, err
}

func (d *demo) send(url string, q request) (status int, who string, err error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	if q.token != nil {
		r.Header.Set("Authorization", "Bearer "+q.token())
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if answer.StatusCode != http.StatusOK {
		return answer.StatusCode, d.log.reason(), err
	}
	return answer.StatusCode, strings.TrimSpace(string(body)), err
}
