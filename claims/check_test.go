package claims_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
)

// named returns the claim that most rows are about.
var named = claims.Name("c")

// Each row has a check, what it prints, the values of the claim that pass, and those that do not, not even with Not.
func TestChecksDecideByTypeAndValue(t *testing.T) {
	begins := func(v claims.Value) bool { return strings.HasPrefix(v.Raw(), `["a"`) }
	for text, row := range map[string]struct {
		check                 claims.Check
		pass, fail, undecided string // separated by spaces; absent has no claim at all
	}{
		`c == "a"`:                {claims.Equals(named, "a"), `"a" ["b","a"]`, `"A" "" [] ["b"]`, `absent null 1 true {} {"a":"a"} [1] [["a"]] ["b",null]`},
		`c == "a" or "b"`:         {claims.OneOf(named, "a", "b"), `"a" "b" ["b"]`, `"ab" []`, `absent null 1`},
		`c == false`:              {claims.Equals(named, false), `false [false]`, `true`, `"false" 0 null absent`},
		`c == 1e+300`:             {claims.Equals(named, 1e300), `1e300 10e299`, `1`, `"1e300" 1e9999999`},
		`c == ""`:                 {claims.EqualsEmpty(named), `"" ["a",""]`, `"a" []`, `absent null {} 0`},
		`c begins with "a/"`:      {claims.HasPrefix(named, "a/"), `"a/" "a/b" ["x","a/b"]`, `"a" "ba/" "A/" []`, `absent null 1`},
		`c contains the word "a"`: {claims.ContainsWord(named, "a"), `"a" "b\u0020a" ["b\u0020a"]`, `"" "ab" "a,b" "a\tb" []`, `absent null 1`},
		`c >= 3`:                  {claims.AtLeast(named, 3), `3 3.0 4 1e3 300e-2 [1,4]`, `2 -4 2.9999999999999999999 0 -1e3 []`, `absent null "4" 1e9999999 [1,"4"]`},
		`c <= -1.5`:               {claims.AtMost(named, -1.5), `-1.5 -15e-1 -2 -16e-1`, `-1 0 1.5 -1.4999999999999999999`, `absent "-2"`},
		`c is present`:            {claims.Has(named), `"" [] {} 0 false`, `absent`, `null`},
		`c is absent`:             {claims.Absent(named), `absent`, `"" [] {} 0 false`, `null`},
		`c passes "first is a"`:   {claims.CheckFunc("first is a", named, begins), `["a"] ["a","b"]`, `"a" [] {}`, `absent null`},
		`(c == "a") or (c == 1)`:  {claims.AnyOf(claims.Equals(named, "a"), claims.Equals(named, 1)), `"a" 1`, ``, `absent "b" 2`},
		`(c >= 1) and (c <= 3)`:   {claims.AllOf(claims.AtLeast(named, 1), claims.AtMost(named, 3)), `1 2 3`, `0 4`, `absent "2"`},
		`not (not (c == "a"))`:    {claims.Not(claims.Not(claims.Equals(named, "a"))), `"a"`, `"b"`, `absent null 1`},
		`not (c is absent)`:       {claims.Not(claims.Absent(named)), `0 ""`, `absent`, `null`},
		`c has an element with (k == 1)`: {
			claims.AnyElement(named, claims.Equals(claims.Name("k"), 1)), `[{"k":1}] [1,{"k":2},{"k":1,"l":2}]`, `[] [{"k":2}]`, `absent null {"k":1} [1] [{"k":"1"}] [[{"k":1}]]`,
		},
		`c has an element with ((k == 1) and (l == 2))`: {
			claims.AnyElement(named, claims.AllOf(claims.Equals(claims.Name("k"), 1), claims.Equals(claims.Name("l"), 2))),
			`[{"k":1,"l":2}]`, `[{"k":1,"l":1},{"k":2,"l":2}]`, `[{"k":1}]`,
		},
	} {
		t.Run(text, func(t *testing.T) {
			require.NoError(t, row.check.Validate())
			require.Equal(t, text, row.check.String())
			require.Equal(t, []claims.Path{named}, row.check.Paths())
			for values, want := range map[string][2]bool{row.pass: {true, false}, row.fail: {false, true}, row.undecided: {false, false}} {
				for _, v := range strings.Fields(values) {
					set := `{}`
					if v != "absent" {
						set = `{"c":` + v + `}`
					}
					s := parse(t, set)
					require.Equal(t, want[0], len(row.check.Failed(s)) == 0, v)
					require.Equal(t, want[1], len(claims.Not(row.check).Failed(s)) == 0, "not "+v)
				}
			}
		})
	}
}

// A token that says that it leaves a claim out does not lack the claim.
func TestPresenceOfDistributedClaims(t *testing.T) {
	groups := claims.Name("groups")
	for set, undecided := range map[string]bool{
		`{"_claim_names":{"groups":"src1"}}`: true, `{"hasgroups":true}`: true, `{"hasgroups":"true"}`: true,
		`{"_claim_names":{"roles":"src1"}}`: false, `{"_claim_names":"groups"}`: false, `{"hasgroups":false}`: false, `{}`: false,
	} {
		for _, p := range []claims.Path{groups, claims.Pointer("/groups"), claims.Pointer("/groups/0")} {
			require.Equal(t, !undecided, len(claims.Absent(p).Failed(parse(t, set))) == 0, set)
			require.Equal(t, !undecided, len(claims.Not(claims.Has(p)).Failed(parse(t, set))) == 0, set)
			require.NotEmpty(t, claims.Has(p).Failed(parse(t, set)), set)
		}
	}
	fetched := parse(t, `{"_claim_names":{"groups":"src1"},"groups":[]}`)
	require.Empty(t, claims.Has(groups).Failed(fetched))
	require.NotEmpty(t, claims.Absent(groups).Failed(fetched))
	require.Empty(t, claims.Absent(claims.Name("roles")).Failed(fetched))
}

func TestCombinedChecksNameWhatTheyReadAndWhatFailed(t *testing.T) {
	a, b, c := claims.Equals(claims.Name("a"), 1), claims.Equals(claims.Name("b"), 1), claims.Has(claims.Pointer("/c/d"))
	either := claims.AnyOf(b, claims.Not(c), a)
	all := claims.AllOf(a, claims.AllOf(either, c), a)
	var paths, failed []string
	for _, p := range all.Paths() {
		paths = append(paths, p.String())
	}
	for _, part := range all.Failed(parse(t, `{"a":2,"b":2,"c":{"d":0}}`)) {
		failed = append(failed, part.String())
	}
	require.Equal(t, []string{"a", "b", "/c/d"}, paths)
	require.Equal(t, []string{a.String(), either.String(), a.String()}, failed)
	require.Empty(t, all.Failed(parse(t, `{"a":1,"c":{"d":0}}`)))
}

// Absence is certain only if both sources lack the claim, and if nothing of another type is on the way to it.
func TestAbsentMeansInNoSource(t *testing.T) {
	token, info := parse(t, `{"act":{"sub":"x"},"n":null,"s":"text"}`), parse(t, `{"email":"a@b"}`)
	s := claimset.Layer(token, info)
	for path, want := range map[claims.Path]bool{
		claims.Name("nowhere"): true, claims.Pointer("/act/none"): true, claims.Pointer("/none/sub"): true,
		claims.Name("act"): false, claims.Pointer("/act/sub"): false, claims.Name("email"): false, claims.Name("n"): false,
		claims.Pointer("/s/sub"): false, claims.Pointer("/n/sub"): false,
	} {
		require.Equal(t, want, len(claims.Absent(path).Failed(s)) == 0, path.String())
	}
}

func TestCheckThatCouldNotBeDecidedIsInvalid(t *testing.T) {
	good := claims.Has(named)
	for name, c := range map[string]claims.Check{
		"the zero check":           {},
		"no value":                 claims.OneOf[string](named),
		"empty value":              claims.Equals(named, ""),
		"one empty value":          claims.OneOf(named, "a", ""),
		"no path":                  claims.Equals(claims.Path{}, "x"),
		"not a number":             claims.Equals(named, math.NaN()),
		"infinite":                 claims.OneOf(named, 1, math.Inf(-1)),
		"infinite limit":           claims.AtLeast(named, math.Inf(-1)),
		"limit that is no number":  claims.AtMost(named, math.NaN()),
		"empty prefix":             claims.HasPrefix(named, ""),
		"empty word":               claims.ContainsWord(named, ""),
		"two words":                claims.ContainsWord(named, "a b"),
		"function without a name":  claims.CheckFunc("", named, func(claims.Value) bool { return true }),
		"no function":              claims.CheckFunc("x", named, nil),
		"presence of nothing":      claims.Has(claims.Path{}),
		"absence of nothing":       claims.Absent(claims.Pointer("c")),
		"all of nothing":           claims.AllOf(),
		"any of nothing":           claims.AnyOf(),
		"a part":                   claims.AllOf(claims.AnyOf(good, claims.Absent(named)), claims.Check{}),
		"a part of a part":         claims.AnyOf(claims.AllOf(good, claims.Not(good)), claims.Not(claims.Not(claims.Equals(named, "")))),
		"elements of nothing":      claims.AnyElement(claims.Path{}, good),
		"elements without a check": claims.AnyElement(named, claims.Check{}),
	} {
		require.Error(t, c.Validate(), name)
		require.NotEmpty(t, c.String(), name)
		for _, set := range []string{`{"c":"","":"x"}`, `{"c":1}`, `{"c":"x"}`, `{"c":[{}]}`, `{}`} {
			require.NotEmpty(t, c.Failed(parse(t, set)), name)
			require.NotEmpty(t, claims.Not(c).Failed(parse(t, set)), name)
		}
	}
	require.NoError(t, claims.OneOf(named, math.SmallestNonzeroFloat64, -math.MaxFloat64).Validate())
}

func TestChecksKeepTheirPartsToThemselves(t *testing.T) {
	parts := []claims.Check{claims.Equals(named, 1)}
	all := claims.AllOf(parts...)
	parts[0] = claims.Equals(named, 2)
	require.Empty(t, all.Failed(parse(t, `{"c":1}`)))
}
