package certsource_test

import (
	"context"
	"crypto"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// counted is a wrapper as an application might write it.
type counted struct {
	certsource.Refresher
	asked *atomic.Int32
}

func (c counted) Keys(q certsource.Query) ([]certsource.Key, error) {
	c.asked.Add(1)
	return c.Refresher.Keys(q)
}

func (c counted) Refresh(ctx context.Context, q certsource.Query) error {
	return c.Refresher.Refresh(ctx, q)
}

func TestWrapperGetsTheSourceThatHoldsTheKeys(t *testing.T) {
	one := newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	var asked atomic.Int32
	declared := certsource.Wrap(certsource.JWKS{URL: e.URL}, func(bound certsource.Source) certsource.Source {
		return counted{bound.(certsource.Refresher), &asked}
	})
	_, err := declared.Keys(rs256("one"))
	require.Error(t, err, "the declaration itself holds nothing")
	s := bind(t, certsource.Chain(declared))
	require.NoError(t, refresh(t, s, rs256("one")))
	keys, err := s.Keys(rs256("one"))
	require.NoError(t, err)
	require.Equal(t, one, keys[0].Public)
	require.NotZero(t, asked.Load())
}

func TestWrapperOfNothingIsAnError(t *testing.T) {
	same := func(s certsource.Source) certsource.Source { return s }
	for name, s := range map[string]certsource.Source{
		"nil source":   certsource.Wrap(nil, same),
		"nil function": certsource.Wrap(certsource.PEM(pemOf(newCert(t, "a", year))), nil),
		"nil result":   certsource.Wrap(certsource.PEM(pemOf(newCert(t, "a", year))), func(certsource.Source) certsource.Source { return nil }),
		"bad source":   certsource.Wrap(certsource.PEM("garbage"), same),
	} {
		_, err := keybind.Bind(s, keybind.Binding{Issuer: "iss"})
		require.Error(t, err, name)
	}
}

// embedding would be bound as the PEM that it embeds, without its own Keys.
type embedding struct{ certsource.PEM }

func (embedding) Keys(certsource.Query) ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

func TestTypeThatEmbedsADeclarationIsAnError(t *testing.T) {
	text := certsource.PEM(pemOf(newCert(t, "a", year)))
	for _, s := range []certsource.Source{embedding{text}, &embedding{text}, certsource.Chain(embedding{text})} {
		_, err := keybind.Bind(s, keybind.Binding{Issuer: "iss"})
		require.Error(t, err)
	}
	_, err := keybind.Bind(&text, keybind.Binding{Issuer: "iss"})
	require.NoError(t, err, "a pointer to a declaration is one")
}

func ExampleWrap() {
	keys := certsource.Wrap(certsource.Discovered{}, func(bound certsource.Source) certsource.Source {
		return counted{bound.(certsource.Refresher), new(atomic.Int32)}
	})
	_ = keys // goes into oidcauth.Issuer.Keys
}
