package provider

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/outbound"
	"github.com/knownbearer/knownbearer/internal/record"
)

// observed returns a context whose calls are told to Config.OnEvent. An oidcauth.Authenticator that makes the call tells it itself,
// with its issuer. The secrets are removed from the texts of errors.
func (p *Client) observed(ctx context.Context, secrets ...string) context.Context {
	if p.onEvent == nil || fetch.IsObserved(ctx) {
		return ctx
	}
	return fetch.WithObserver(ctx, func(ctx context.Context, c fetch.Call) {
		_, _ = guard.Reported(p.panics, "provider.Config.OnEvent", "", func() (any, error) {
			p.onEvent(ctx, outbound.Event(p.now(), p.issuer, c, record.Secrets{Credentials: secrets}))
			return nil, nil
		})
	})
}
