package claims_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
)

func parse(t *testing.T, text string) claims.Set {
	t.Helper()
	s, err := claims.Parse([]byte(text))
	require.NoError(t, err)
	return s
}

func TestNamesMatchExactlyAndPointersReachNested(t *testing.T) {
	s := parse(t, `{"http://x/upn":"u","a.b":1,"a/b":2,"a":{"b":[10,{"~":true}]},"gone":null,"":3}`)
	cases := []struct {
		name string
		path claims.Path
		want string // "" is absent
	}{
		{"URI", claims.Name("http://x/upn"), `"u"`},
		{"dot is literal", claims.Name("a.b"), "1"},
		{"slash is literal", claims.Name("a/b"), "2"},
		{"other case", claims.Name("A"), ""},
		{"null is absent", claims.Name("gone"), ""},
		{"pointer to element", claims.Pointer("/a/b/0"), "10"},
		{"pointer with escapes", claims.Pointer("/a/b/1/~0"), "true"},
		{"pointer to a name with slash", claims.Pointer("/a~1b"), "2"},
		{"leading zero", claims.Pointer("/a/b/00"), ""},
		{"beyond the end", claims.Pointer("/a/b/2"), ""},
		{"negative", claims.Pointer("/a/b/-1"), ""},
		{"through a number", claims.Pointer("/a.b/x"), ""},
		{"no such member", claims.Pointer("/a/c"), ""},
		{"without slash", claims.Pointer("a"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v, ok := s.Lookup(c.path)
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, v.Raw())
			}
		})
	}
}

func TestPathValidation(t *testing.T) {
	for path, good := range map[claims.Path]bool{
		claims.Name("x"): true, claims.Pointer("/a~0~1/b"): true, claims.Name(""): false,
		claims.Pointer("a"): false, claims.Pointer("/a~"): false, claims.Pointer("/a~2"): false, claims.Pointer("/~0~2"): false,
	} {
		require.Equal(t, good, path.Validate() == nil, path.String())
	}
	require.True(t, claims.Path{}.IsZero())
}

func TestCheckTypesAreStrict(t *testing.T) {
	type tenant string
	s := parse(t, `{"s":"1","n":1,"e":10e-1,"b":true,"list":["x","1"],"nested":[["1"]],"o":{},"half":1.5,"tenth":0.1,"huge":18446744073709551615}`)
	cases := []struct {
		name  string
		check claims.Check
		want  bool
	}{
		{"string", claims.OneOf(claims.Name("s"), "0", "1"), true},
		{"named string type", claims.Equals(claims.Name("s"), tenant("1")), true},
		{"string is no number", claims.Equals(claims.Name("s"), int64(1)), false},
		{"number", claims.Equals(claims.Name("n"), int64(1)), true},
		{"number in exponent notation", claims.Equals(claims.Name("e"), int64(1)), true},
		{"number is no string", claims.Equals(claims.Name("n"), "1"), false},
		{"untyped constant", claims.Equals(claims.Name("n"), 1), true},
		{"another untyped constant", claims.OneOf(claims.Name("n"), 2, 3), false},
		{"unsigned", claims.Equals(claims.Name("e"), uint8(1)), true},
		{"beyond int64", claims.Equals(claims.Name("huge"), uint64(math.MaxUint64)), true},
		{"one less, which no float64 tells apart", claims.Equals(claims.Name("huge"), uint64(math.MaxUint64-1)), false},
		{"float that is whole", claims.Equals(claims.Name("n"), 1.0), true},
		{"float with a fraction", claims.Equals(claims.Name("half"), 1.5), true},
		{"float in its shortest form", claims.Equals(claims.Name("tenth"), 0.1), true},
		{"float32 in its shortest form", claims.Equals(claims.Name("tenth"), float32(0.1)), true},
		{"number is no boolean", claims.Equals(claims.Name("n"), true), false},
		{"fraction", claims.Equals(claims.Name("half"), int64(1)), false},
		{"bool", claims.Equals(claims.Name("b"), true), true},
		{"bool is no string", claims.Equals(claims.Name("b"), "true"), false},
		{"one element", claims.Equals(claims.Name("list"), "1"), true},
		{"no element", claims.Equals(claims.Name("list"), "2"), false},
		{"elements of elements", claims.Equals(claims.Name("nested"), "1"), false},
		{"object", claims.Equals(claims.Name("o"), "x"), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, c.check.Validate())
			require.Equal(t, c.want, len(c.check.Failed(s)) == 0)
		})
	}
}

func TestDecodeKeepsNumbersExact(t *testing.T) {
	s := parse(t, `{"big":9007199254740993,"list":["a","b"]}`)
	n, err := claims.Decode[int64](s, claims.Name("big"))
	require.NoError(t, err)
	require.Equal(t, int64(9007199254740993), n)
	list, err := claims.Decode[[]string](s, claims.Name("list"))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, list)
	_, err = claims.Decode[bool](s, claims.Name("big"))
	require.Error(t, err)
	_, err = claims.Decode[string](s, claims.Name("none"))
	require.Error(t, err)
}

func TestWholeSetDecodesIntoAStruct(t *testing.T) {
	token := parse(t, `{"sub":"a","level":9007199254740993,"nick":null,"x":"token","realm_access":{"roles":["r"]},"escaped\"\u00e9":1}`)
	info := parse(t, `{"sub":"b","nick":"al","x":"info","email":"a@b"}`)
	var got struct {
		Sub, Nick, X, Email string
		Level               any
		Realm               struct{ Roles []string } `json:"realm_access"`
	}
	require.NoError(t, claimset.Layer(token, info).Decode(&got))
	require.Equal(t, "a", got.Sub, "the token takes precedence")
	require.Equal(t, "token", got.X)
	require.Equal(t, "al", got.Nick, "null is absent")
	require.Equal(t, "a@b", got.Email)
	require.Equal(t, json.Number("9007199254740993"), got.Level)
	require.Equal(t, []string{"r"}, got.Realm.Roles)

	all := map[string]any{}
	require.NoError(t, claimset.Layer(token, info).Decode(&all))
	require.Contains(t, all, "escaped\"\u00e9")
	require.Len(t, all, 7)
	require.NoError(t, claims.Set{}.Decode(&all))
}

func TestDecodingASetShowsNoValueAndTakesNoImitation(t *testing.T) {
	const secret = "alice"
	for name, c := range map[string]struct{ token, info string }{
		"another type":           {`{"level":"alice"}`, `{}`},
		"name in another case":   {`{"level":1,"LEVEL":2}`, `{}`},
		"Unicode's other cases":  {`{"\u212aelvin":1,"kelvin":2}`, `{}`},
		"imitation by UserInfo":  {`{"level":1}`, `{"Level":2}`},
		"no struct's own method": {`{"own":"alice"}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			var v struct {
				Level  int
				Kelvin int
				Own    failing
			}
			err := claimset.Layer(parse(t, c.token), parse(t, c.info)).Decode(&v)
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		})
	}
	require.Error(t, parse(t, `{}`).Decode(struct{}{}), "not a pointer")
	require.Error(t, parse(t, `{}`).Decode(nil))
}

type failing struct{}

func (*failing) UnmarshalJSON(text []byte) error { return errors.New(string(text)) }

func TestParseIsStrict(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"a":1,"a":2}`, `{"a":1}x`, `{"a":{"b":1,"b":1}}`} {
		_, err := claims.Parse([]byte(text))
		require.Error(t, err, text)
	}
}

func ExampleCheck() {
	check := claims.AllOf(
		claims.OneOf(claims.Name("tid"), "tenant-1", "tenant-2"),
		claims.AnyOf(claims.ContainsWord(claims.Name("scope"), "orders"), claims.AtLeast(claims.Name("level"), 3)),
		claims.Absent(claims.Name("act")),
	)
	set, _ := claims.Parse([]byte(`{"tid":"TENANT-1","scope":"orders offline_access"}`))
	for _, failed := range check.Failed(set) {
		fmt.Println(failed)
	}
	// Output:
	// tid == "tenant-1" or "tenant-2"
}
