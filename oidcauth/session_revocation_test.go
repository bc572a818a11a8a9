package oidcauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// findFunc is a deny list that calls a function for each lookup, and is empty otherwise.
type findFunc func(context.Context) error

func (f findFunc) Add(context.Context, denylist.Entry) (bool, error) { return true, nil }

func (f findFunc) Find(ctx context.Context, _ ...string) ([]denylist.Entry, error) {
	return nil, f(ctx)
}

// A session is not resumed while it is unknown whether it was ended. It is kept, because the status is 503.
func TestSessionIsRefusedWhileTheDenyListCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		failOpen bool
		find     func(ctx context.Context, leave func()) error
		want     reason.Reason
	}{
		"answers":               {find: func(context.Context, func()) error { return nil }},
		"fails":                 {find: func(context.Context, func()) error { return errors.New("down") }, want: reason.DenyListUnavailable},
		"fails, accepted":       {failOpen: true, find: func(context.Context, func()) error { return errors.New("down") }},
		"hangs":                 {find: hang, want: reason.DenyListUnavailable},
		"hangs, client is gone": {failOpen: true, find: hang, want: reason.DenyListUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			find := func(context.Context) error { return nil }
			s := newService(t, withDenyList(findFunc(func(ctx context.Context) error { return find(ctx) })), withConfig(func(config *oidcauth.Config) {
				config.Revocation.InsecureFailOpen = c.failOpen
			}))
			e := s.mustSignIn(t, nil)
			find = func(ctx context.Context) error { return c.find(ctx, leave) }
			v, r := signin.Of(s.auth), withHeaders().WithContext(ctx)
			for call, resume := range map[string]func() error{
				"Resume":     func() error { _, err := v.Resume(ctx, r, e); return err },
				"StillValid": func() error { return v.StillValid(ctx, r, e) },
			} {
				err := resume()
				if c.want == "" {
					require.NoError(t, err, call)
					continue
				}
				require.Equal(t, c.want, reasonOfLogin(t, err), call)
				var refused *oidcauth.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, http.StatusServiceUnavailable, refused.Status(), call)
			}
		})
	}
}

// hang waits until the client has left, as a list does that gets no answer.
func hang(ctx context.Context, leave func()) error {
	leave()
	<-ctx.Done()
	return ctx.Err()
}
