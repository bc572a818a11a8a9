package provider_test

import (
	"context"
	"crypto"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// shared is a source that answers for every issuer, as a source of the program's own may.
type shared struct {
	certsource.Source
	stamp func(*certsource.Key)
}

func (s shared) Keys(q certsource.Query) ([]certsource.Key, error) {
	keys, err := s.Source.Keys(q)
	out := make([]certsource.Key, 0, len(keys))
	for _, k := range keys {
		s.stamp(&k)
		out = append(out, k)
	}
	return out, err
}

func (s shared) Refresh(ctx context.Context, q certsource.Query) error {
	return s.Source.(certsource.Refresher).Refresh(ctx, q)
}

// A key of another issuer or algorithm verifies no answer, even if a source returns it.
func TestAForeignKeyVerifiesNoAnswer(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", nil)
	p.SignUserInfo(oidctest.ClientID)
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	own, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: p.Issuer()})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		stamp func(*certsource.Key)
		good  bool
	}{
		"as it is":          {func(*certsource.Key) {}, true},
		"of any issuer":     {func(k *certsource.Key) { k.Issuer = "" }, true},
		"any algorithm":     {func(k *certsource.Key) { k.Algorithm = "" }, true},
		"of another issuer": {func(k *certsource.Key) { k.Issuer = "https://other.example" }, false},
		"other algorithm":   {func(k *certsource.Key) { k.Algorithm = "PS512" }, false},
		"no key":            {func(k *certsource.Key) { k.Public = crypto.PublicKey(nil) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, p, func(config *provider.Config) { config.Keys = shared{own, c.stamp} })
			for _, signed := range []func() error{
				func() error { _, err := client.UserInfo(context.Background(), token); return err },
				func() error {
					requiring := newClient(t, p, func(config *provider.Config) {
						config.Keys, config.RequireSignedIntrospection = shared{own, c.stamp}, true
					})
					_, err := requiring.Introspect(context.Background(), token)
					return err
				},
			} {
				if c.good {
					require.NoError(t, signed())
				} else {
					assertUnverified(t, signed(), provider.ErrUnverified)
				}
			}
		})
	}
}
