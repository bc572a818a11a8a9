package strictjson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

func many(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(`"m%d":%d`, i, i)
	}
	return strings.Join(parts, ",")
}

func TestParseAccepts(t *testing.T) {
	for _, text := range []string{
		`{}`, " \t\r\n{ } ", `{"":0}`, `{"a":-0,"b":0.5,"c":1e5,"d":1E-5,"e":-1.5e+10}`,
		`{"a":[],"b":[1,[2,{}]],"c":{"a":{}}}`, `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000"}`,
		`{"a":"\ud800\udc00\udbff\udfff\ud7ff\ue000"}`, // the first and the last of each range
		`{"a":true,"b":false,"c":null}`, `{"a":1,"A":2}`, `{"é":"😀"}`, "{\"a\":\"\u2028\x7f\"}", `{` + many(100) + `}`,
	} {
		o, err := strictjson.Parse([]byte(text), strictjson.Limits{})
		require.NoError(t, err, text)
		assert.Equal(t, text, o.Raw())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		``, ` `, `null`, `1`, `"a"`, `[]`, `{`, `}`, `{}{}`, `{} x`, "{}\x00", "\ufeff{}", `{a:1}`, `{'a':1}`, `{"a"}`,
		`{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1}`, `{"a":{]}`,
		`{"a":01}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":1e}`, `{"a":1e+}`, `{"a":-}`, `{"a":0x1}`, `{"a":NaN}`,
		`{"a":Infinity}`, `{"a":nul}`, `{"a":True}`, `{"a":truex}`, `{"a":"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}",
		`{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u+123"}`, `{"a":"\u12g4"}`, `{"a":"\u1_23"}`, `{"a":"\`, `{"a":"\ud800"}`,
		`{"a":"\udc00"}`, `{"a":"\udfff"}`, `{"a":"\udc00\udc00"}`, `{"a":"\ud800\udbff"}`, `{"a":"\ud800\ue000"}`, `{"a":"\udbff\uffff"}`,
		`{"a":"\ud800\n"}`, `{"a":"\ud800\ud800"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\xed\xa0\x80\"}",
		`{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, `{"x":{"a":1,"a":1}}`, `{"x":[{"a":1,"a":1}]}`,
		`{` + many(100) + `,"m1":0}`, `{` + many(100) + `,"m99":0}`, `{"a":/**/1}`, "{\u00a0}",
	} {
		_, err := strictjson.Parse([]byte(text), strictjson.Limits{})
		var e *strictjson.Error
		require.ErrorAs(t, err, &e, text)
		assert.LessOrEqual(t, e.Offset, len(text), text)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		text   string
		limits strictjson.Limits
		good   bool
	}{
		{`{"a":1}`, strictjson.Limits{Bytes: 7}, true},
		{`{"a":1}`, strictjson.Limits{Bytes: 6}, false},
		{`{"a":[{}]}`, strictjson.Limits{Depth: 3}, true},
		{`{"a":[{}]}`, strictjson.Limits{Depth: 2}, false},
		{`{"a":[1,2]}`, strictjson.Limits{Values: 3}, true},
		{`{"a":[1,2]}`, strictjson.Limits{Values: 2}, false},
		{`{"a":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`, strictjson.Limits{}, true},
		{`{"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, strictjson.Limits{}, false},
	} {
		_, err := strictjson.Parse([]byte(c.text), c.limits)
		assert.Equal(t, c.good, err == nil, "%s %+v", c.text, c.limits)
	}
}

func TestValues(t *testing.T) {
	o, err := strictjson.Parse([]byte(`{"s":"\u0061b","t":true,"n":12,"l":["a","b"],"m":["a",1],"o":{"x":[0]},"z":null}`), strictjson.Limits{})
	require.NoError(t, err)
	assert.Equal(t, []string{"s", "t", "n", "l", "m", "o", "z"}, o.Names())
	get := func(name string) strictjson.Value { v, _ := o.Get(name); return v }
	s, ok := get("s").Text()
	assert.True(t, ok)
	assert.Equal(t, "ab", s)
	b, ok := get("t").Bool()
	assert.True(t, ok && b)
	n, ok := get("n").Number()
	assert.True(t, ok)
	assert.Equal(t, strictjson.Decimal("12"), n)
	l, ok := get("l").Texts()
	assert.True(t, ok)
	assert.Equal(t, []string{"a", "b"}, l)
	_, ok = get("m").Texts()
	assert.False(t, ok)
	inner, ok := get("o").Object()
	assert.True(t, ok && inner.Has("x"))
	assert.Equal(t, strictjson.Null, get("z").Kind())
	assert.Equal(t, strictjson.Absent, get("none").Kind())
	_, ok = get("none").Text()
	assert.False(t, ok)
}

func TestFolds(t *testing.T) {
	lower, mixed := []string{"iss", "sub", "kid"}, []string{"iss", "sub", "kid", "x5t#S256"}
	for name, imitates := range map[string]bool{
		"iss": false, "ISS": true, "iSs": true, "ſub": true, "\u212aid": true,
		"issue": false, "": false, "ıss": false, "öss": false, strings.Repeat("i", 40): false, "Other": false,
	} {
		assertImitation(t, name, imitates, lower)
		assertImitation(t, name, imitates, mixed)
	}
	assertImitation(t, "x5t#S256", false, mixed)
	assertImitation(t, "x5t#s256", true, mixed)
}

func assertImitation(t *testing.T, name string, imitates bool, known []string) {
	t.Helper()
	o, err := strictjson.Parse([]byte(fmt.Sprintf(`{"other":1,%q:1}`, name)), strictjson.Limits{})
	require.NoError(t, err)
	found, hit := strictjson.NewFolds(known...).Imitation(o)
	assert.Equal(t, imitates, hit, name)
	if hit {
		assert.Equal(t, name, found)
	}
}

// FuzzParse checks that encoding/json accepts every accepted text and decodes it to the same names and strings.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,-0.5e3,{"b":null}],"c":"\ud83d\ude00"}`))
	f.Add([]byte(`{"a":"\u0061\n","A":true}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := strictjson.Parse(data, strictjson.Limits{})
		if err != nil {
			return
		}
		require.True(t, json.Valid(data))
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(data, &m))
		require.Len(t, m, len(o.Names()))
		for _, name := range o.Names() {
			v, _ := o.Get(name)
			require.Equal(t, string(m[name]), v.Raw())
			if text, ok := v.Text(); ok {
				var want string
				require.NoError(t, json.Unmarshal(m[name], &want))
				require.Equal(t, want, text)
			}
			_, isArray := v.Elements()
			require.Equal(t, v.Kind() == strictjson.Array, isArray)
			if n, ok := v.Number(); ok {
				n.Int64()
				n.Date()
			}
		}
	})
}

// No name is lost by the marks, or where the set changes from comparison to a map.
func TestDuplicatesAmongMany(t *testing.T) {
	for n := 1; n < 36; n++ {
		_, err := strictjson.Parse([]byte(`{`+many(n)+`}`), strictjson.Limits{})
		assert.NoError(t, err, n)
		for i := range n {
			_, err := strictjson.Parse([]byte(fmt.Sprintf(`{%s,"m%d":0}`, many(n), i)), strictjson.Limits{})
			assert.Error(t, err, "m%d twice among %d", i, n)
		}
	}
}
