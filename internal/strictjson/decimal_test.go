package strictjson_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

func TestDecimalInt64(t *testing.T) {
	for text, want := range map[strictjson.Decimal]int64{
		"0": 0, "-0": 0, "0.0": 0, "0e999999999999": 0, "1": 1, "1.0": 1, "10e-1": 1, "1e3": 1000, "-1.5e1": -15, "120": 120,
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "1E+2": 100,
	} {
		n, ok := text.Int64()
		assert.True(t, ok, text)
		assert.Equal(t, want, n, text)
	}
	for _, text := range []strictjson.Decimal{
		"0.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e308", "1e999999", "1e99999999999999999999",
	} {
		_, ok := text.Int64()
		assert.False(t, ok, text)
	}
}

func TestDecimalEqual(t *testing.T) {
	for _, c := range []struct {
		a, b strictjson.Decimal
		want bool
	}{
		{"1", "1.0", true},
		{"1", "10e-1", true},
		{"0", "-0.0", true},
		{"1", "-1", false},
		{"1", "10", false},
		{"9007199254740993", "9007199254740992", false},
		{"1e400", "10e399", true},
		{"0.1", "0.10", true},
		{"0.01", "0.1", false},
	} {
		assert.Equal(t, c.want, c.a.Equal(c.b), "%s %s", c.a, c.b)
		assert.Equal(t, c.want, c.b.Equal(c.a), "%s %s", c.b, c.a)
	}
}

func TestDecimalDate(t *testing.T) {
	for text, want := range map[strictjson.Decimal]time.Time{
		"0": time.Unix(0, 0), "0.0": time.Unix(0, 0), "1700000000": time.Unix(1700000000, 0), "1.7e9": time.Unix(1700000000, 0),
		"1700000000.5": time.Unix(1700000000, 5e8), "1700000000.0000000019": time.Unix(1700000000, 1),
		"0.05": time.Unix(0, 5e7), "1e-9": time.Unix(0, 1), "1e-10": time.Unix(0, 0), "1e-30": time.Unix(0, 0),
		"253402300799": time.Unix(253402300799, 0), "1e11": time.Unix(1e11, 0),
	} {
		got, ok := text.Date()
		assert.True(t, ok, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []strictjson.Decimal{
		"-1", "-0.5", "253402300800", "1e12", "1e19", "9223372036854775808", "1e308", "1e99999999999", "1e999999",
	} {
		_, ok := text.Date()
		assert.False(t, ok, text)
	}
}
