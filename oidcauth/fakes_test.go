package oidcauth_test

import (
	"context"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// sourceFunc and the other types of this file implement an interface by a function.
type sourceFunc func(certsource.Query) ([]certsource.Key, error)

func (f sourceFunc) Keys(q certsource.Query) ([]certsource.Key, error) { return f(q) }

// wrappedAs is a declaration that is bound to the source.
func wrappedAs(s certsource.Source) certsource.Source {
	return certsource.Wrap(certsource.Discovered{}, func(certsource.Source) certsource.Source { return s })
}

type introspectorFunc func(string) (claims.Set, error)

func (f introspectorFunc) Introspect(_ context.Context, token string) (claims.Set, error) {
	return f(token)
}

type revokerFunc func() error

func (f revokerFunc) Revoke(context.Context, string, string) error { return f() }

type listFunc func() error

func (f listFunc) Add(context.Context, denylist.Entry) (bool, error)         { return false, f() }
func (f listFunc) Find(context.Context, ...string) ([]denylist.Entry, error) { return nil, f() }

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// infoFunc is a UserInfo client of the application.
type infoFunc func() (claims.Set, error)

func (f infoFunc) UserInfo(context.Context, string) (claims.Set, error) { return f() }

func infoRefuses(e claims.RefusedError) claims.Fetcher {
	return infoFunc(func() (claims.Set, error) { return claims.Set{}, &e })
}

func infoAnswers(text string) claims.Fetcher {
	return infoFunc(func() (claims.Set, error) { return claims.Parse([]byte(text)) })
}

func infoIsDown() claims.Fetcher {
	return infoFunc(func() (claims.Set, error) { return claims.Set{}, errors.New("down") })
}
