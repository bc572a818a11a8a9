package record_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/knownbearer/knownbearer/internal/record"
)

func TestClipCutsNoCharacter(t *testing.T) {
	for _, s := range []string{"", "abc", "äöü", "€uro", "a🙂b", strings.Repeat("🙂", 100), "a\u0301\u0301", "�x"} {
		for limit := range len(s) + 2 {
			got := record.Clip(s, limit)
			assert.True(t, utf8.ValidString(got), "%q, %d", s, limit)
			kept := strings.TrimSuffix(got, "…")
			assert.True(t, strings.HasPrefix(s, kept))
			assert.LessOrEqual(t, len(kept), limit)
			assert.Greater(t, len(kept), min(len(s), limit)-utf8.UTFMax)
			assert.Equal(t, len(s) > limit, kept != s)
		}
	}
}

func TestClipBoundsWhatIsNoText(t *testing.T) {
	for _, s := range []string{strings.Repeat("\x80", 500), "\xff" + strings.Repeat("\xbf", 500), strings.Repeat("a", 198) + "\xf0\x80\x80\x80\x80\x80\x80"} {
		got := record.Clip(s, 200)
		assert.LessOrEqual(t, len(got), 200+len("…"))
		assert.Greater(t, len(got), 196)
	}
}
