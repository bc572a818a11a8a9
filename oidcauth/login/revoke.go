package login

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// revokeTime limits the call that revokes a refresh token.
const revokeTime = 10 * time.Second

// revoke asks the provider to revoke the refresh token of a session that the user has ended (RFC 7009), because the token may outlive the
// session at the provider. The browser does not wait for the answer. A failure ends nothing: the token is no longer stored here.
func (rp *RelyingParty) revoke(ctx context.Context, s *session) {
	p, known := rp.ofSession(&s.record)
	t := s.record.Tokens
	if !known || rp.logoutOf(p).LocalOnly || t == nil || t.Refresh == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	go func() {
		defer cancel()
		// provider.Config.OnEvent reports the call with its error.
		_, _ = guard.Call(func() (struct{}, error) { return struct{}{}, p.Client.Revoke(ctx, t.Refresh, provider.RefreshToken) })
	}()
}
