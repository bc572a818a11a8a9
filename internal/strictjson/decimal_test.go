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

func TestDecimalCompare(t *testing.T) {
	for _, c := range []struct {
		a, b strictjson.Decimal
		want int
	}{
		{"1", "1.0", 0},
		{"1", "10e-1", 0},
		{"0", "-0.0", 0},
		{"1", "-1", 1},
		{"-1", "0", -1},
		{"0", "1e-1000000", -1},
		{"1", "10", -1},
		{"-1", "-10", 1},
		{"9", "10", -1},
		{"-9.5", "-9.49", -1},
		{"12", "1.2e2", -1},
		{"123", "12.4e1", -1},
		{"9007199254740993", "9007199254740992", 1},
		{"1e400", "10e399", 0},
		{"0.1", "0.10", 0},
		{"0.01", "0.1", -1},
		{"0.009", "0.01", -1},
	} {
		order, ok := c.a.Compare(c.b)
		assert.True(t, ok)
		assert.Equal(t, c.want, order, "%s %s", c.a, c.b)
		order, _ = c.b.Compare(c.a)
		assert.Equal(t, -c.want, order, "%s %s", c.b, c.a)
	}
	_, ok := strictjson.Decimal("1").Compare("1e1000001")
	assert.False(t, ok)
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
