package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// step is one row of the table.
type step struct {
	what   string
	visit  func() (page, error)
	status int
	shown  string // heading of the page, or empty for the API
	reason string // of the refusal, or empty
	events string // of logins and sessions
}

// journey serves, sends the requests of three browsers, and prints what happened.
func (d *demo) journey(ctx context.Context, out io.Writer, listener net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, d.handler) }()
	steps, err := d.steps()
	if err == nil {
		err = d.walk(out, steps)
	}
	end()
	if failed := <-served; err == nil {
		err = failed
	}
	return err
}

func (d *demo) steps() ([]step, error) {
	var browsers [3]*visitor
	for i := range browsers {
		var err error
		if browsers[i], err = newVisitor(d.url); err != nil {
			return nil, err
		}
	}
	alice, bob, carol := browsers[0], browsers[1], browsers[2]
	open := func(v *visitor, path string) func() (page, error) {
		return func() (page, error) { return v.open(path) }
	}
	fetch := func(v *visitor, path string) func() (page, error) {
		return func() (page, error) { return v.fetch(path) }
	}
	send := func(v *visitor, path string) func() (page, error) {
		return func() (page, error) { return v.send(path) }
	}
	signIn := func(v *visitor, path, name string) func() (page, error) {
		return func() (page, error) { return v.signIn(path, name) }
	}
	return []step{
		{"alice opens the service", open(alice, "/"), 200, "Sign in", "", ""},
		{"alice signs in", signIn(alice, "/", "alice"), 200, "Who you are", "", "signed_in"},
		{"her page calls the API", fetch(alice, "/api/me"), 200, "", "", ""},
		{"a program calls the API", d.program, 200, "", "", ""},
		{"alice opens Staff", open(alice, "/staff"), 200, "Staff", "", ""},
		{"Payments needs a stronger login", open(alice, "/payments"), 200, "Sign in", "", ""},
		{"alice signs in again", signIn(alice, "/payments", "alice"), 200, "Payments", "", "signed_in"},
		{"her access token has expired", d.later(alice), 200, "Who you are", "", "refreshed"},
		{"bob signs in, opens Staff", signIn(bob, "/staff", "bob"), 403, "Access denied", "role_missing", "signed_in"},
		{"carol, disabled, signs in", signIn(carol, "/", "carol"), 403, "Access denied", "user_disabled", ""},
		{"the provider ends alice's session", send(alice, "/end-at-provider"), 204, "", "", "logged_out"},
		{"her page calls the API", fetch(alice, "/api/me"), 401, "", "token_revoked", "signed_out"},
		{"bob signs out", send(bob, "/auth/logout"), 200, "Signed out", "", "signed_out, logged_out"},
		{"bob opens the service", open(bob, "/"), 200, "Sign in", "", ""},
	}, nil
}

// program sends a bearer token instead of a session.
func (d *demo) program() (page, error) {
	v := &visitor{client: http.DefaultClient}
	return v.do(http.MethodGet, d.url+"/api/me", http.Header{"Authorization": {"Bearer " + d.token()}}, nil)
}

// later opens the start page when the access token of the session has expired.
func (d *demo) later(v *visitor) func() (page, error) {
	return func() (page, error) {
		before := d.provider.Requests(oidctest.TokenEndpoint)
		d.provider.Advance(6 * time.Minute)
		p, err := v.open("/")
		if calls := d.provider.Requests(oidctest.TokenEndpoint) - before; err == nil && calls != 1 {
			err = fmt.Errorf("the refresh has sent %d requests to the token endpoint", calls)
		}
		return p, err
	}
}

// walk prints a table of the steps, and the records of the refusals. Its error counts the outcomes that are not intended.
func (d *demo) walk(out io.Writer, steps []step) error {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT HAPPENS\tSTATUS\tPAGE\tNAME OR REASON\tEVENT")
	var refused []string
	wrong := 0
	for _, s := range steps {
		before := d.log.count()
		p, err := s.visit()
		if err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		who, mark := p.name(), ""
		if d.log.count() > before {
			var record string
			who, record = d.log.refusal()
			refused = append(refused, record)
		}
		events := d.log.seen()
		if p.status != s.status || p.title() != s.shown || (s.reason != "" && who != s.reason) || events != s.events {
			mark, wrong = fmt.Sprintf("\tINTENDED: %d %s %s %s", s.status, s.shown, s.reason, s.events), wrong+1
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s%s\n", s.what, p.status, p.title(), who, events, mark)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, record := range refused {
		fmt.Fprintf(out, "\n%s\n", record)
	}
	if wrong > 0 {
		return fmt.Errorf("%d outcomes were not the intended ones", wrong)
	}
	return nil
}
