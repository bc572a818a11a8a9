package lemonldap_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// The portal's issuer ends in a slash. With the patch of the hint, a document without the slash accepts the portal's tokens.
func TestPatchOfTheHintMendsTheIssuer(t *testing.T) {
	op := server(t)
	token := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access
	slashless := func(c *oidcauth.Config) { c.Issuers[0].URL = strings.TrimSuffix(op.URL, "/") }
	best, found := newAuth(t, op, slashless).Explain(context.Background(), token).BestHint()
	require.True(t, found)
	require.Len(t, best.Mends, 1)
	withAudience := strings.Replace(best.Mends[0].Settings, `"issuer":`, `"audience":["`+lemonldap.Audience+`"],"issuer":`, 1)
	doc, err := settings.Parse([]byte(withAudience))
	require.NoError(t, err, withAudience)
	c, err := doc.Configuration(settings.Options{})
	require.NoError(t, err)
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	_, refusal := verdict.Of(t, auth, token)
	require.Empty(t, refusal)
}
