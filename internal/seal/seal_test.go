package seal_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/seal"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, seal.KeySize) }

func box(t *testing.T, keys ...[]byte) *seal.Box {
	t.Helper()
	b, err := seal.New(keys)
	require.NoError(t, err)
	return b
}

func TestSealedValueOpensInItsPlaceOnly(t *testing.T) {
	b := box(t, key(1))
	text := b.SealText("attempt", "cookie-a", []byte("value"))
	require.NotContains(t, text, "value")
	got, ok := b.OpenText("attempt", "cookie-a", text)
	require.True(t, ok)
	require.Equal(t, "value", string(got))
	for _, place := range [][2]string{{"session", "cookie-a"}, {"attempt", "cookie-b"}, {"attempt", ""}, {"", "attempt\x00cookie-a"}} {
		_, ok := b.OpenText(place[0], place[1], text)
		require.False(t, ok, place)
	}
}

func TestChangedValueDoesNotOpen(t *testing.T) {
	b := box(t, key(1))
	sealed := b.Seal("p", "n", []byte("value"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, ok := b.Open("p", "n", changed)
		require.False(t, ok, i)
	}
	for i := range sealed {
		_, ok := b.Open("p", "n", sealed[:i])
		require.False(t, ok, i)
	}
	text := b.SealText("p", "n", []byte("value"))
	for _, other := range []string{"", "!", text + "=", text + "A", "\n" + text, text[:len(text)-1]} {
		_, ok := b.OpenText("p", "n", other)
		require.False(t, ok, other)
	}
}

func TestEachKeyOpensAndTheFirstSeals(t *testing.T) {
	before, after := box(t, key(1)), box(t, key(2), key(1))
	old := before.Seal("p", "n", []byte("old"))
	got, ok := after.Open("p", "n", old)
	require.True(t, ok)
	require.Equal(t, "old", string(got))
	_, ok = before.Open("p", "n", after.Seal("p", "n", []byte("new")))
	require.False(t, ok)
}

func TestKeysAreChecked(t *testing.T) {
	for _, keys := range [][][]byte{nil, {}, {nil}, {key(1)[:31]}, {key(1), key(2)[:16]}, {append(key(1), 1)}} {
		_, err := seal.New(keys)
		require.ErrorIs(t, err, seal.ErrKeys)
	}
}

func FuzzOpen(f *testing.F) {
	b, err := seal.New([][]byte{key(1), key(2)})
	require.NoError(f, err)
	f.Add("session", "name", b.SealText("session", "name", []byte("value")))
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, purpose, name, text string) {
		if value, ok := b.OpenText(purpose, name, text); ok && string(value) != "value" {
			t.Fatal("a text opens that was never sealed")
		}
	})
}
