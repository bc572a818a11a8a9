package claims_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
)

func TestPathTextForms(t *testing.T) {
	for text, want := range map[string]claims.Path{
		"tid":                 claims.Name("tid"),
		"a.b/c":               claims.Name("a.b/c"),
		"urn:zitadel:iam":     claims.Name("urn:zitadel:iam"),
		"https://c/ws/upn#[]": claims.Name("https://c/ws/upn#[]"),
		"Benutzer-Größe":      claims.Name("Benutzer-Größe"),
		`"my claim"`:          claims.Name("my claim"),
		`"/slash"`:            claims.Name("/slash"),
		`"not"`:               claims.Name("not"),
		`"true"`:              claims.Name("true"),
		`"1a"`:                claims.Name("1a"),
		`"a,b"`:               claims.Name("a,b"),
		`"\"\\\n\xff\u202e"`:  claims.Name("\"\\\n\xff\u202e"),
		"/realm_access/roles": claims.Pointer("/realm_access/roles"),
		"/":                   claims.Pointer("/"),
		"/a~1b/0":             claims.Pointer("/a~1b/0"),
		`/"a b/c"`:            claims.Pointer("/a b/c"),
		`/"\"x"`:              claims.Pointer(`/"x`),
	} {
		got, err := claims.ParsePath(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		written, err := want.MarshalText()
		require.NoError(t, err, text)
		require.Equal(t, text, string(written))
	}
	for _, text := range []string{"", " ", "a b", " a", `"`, `""`, `"a`, `a"`, "'a'", "/~2", "/a b", `/"`, "(a", "not", "true", "1", "-a", "a\x00", "\u00a0", "a\xff", `"a" `, "`a`x b"} {
		_, err := claims.ParsePath(text)
		require.Error(t, err, text)
	}
}

func TestPathsAreTextInDocuments(t *testing.T) {
	type document struct{ User, Name claims.Path }
	text, err := json.Marshal(document{User: claims.Pointer("/a/b")})
	require.NoError(t, err)
	require.JSONEq(t, `{"User":"/a/b","Name":""}`, string(text))
	var read document
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, document{User: claims.Pointer("/a/b")}, read)
	require.Error(t, json.Unmarshal([]byte(`{"User":"a b"}`), &read))
	require.Equal(t, claims.Pointer("/a/b"), read.User, "an error changes nothing")
	_, err = claims.Pointer("x").MarshalText()
	require.Error(t, err)
}

// Each text is in the canonical form, so that parsing it, and writing the check, returns it.
func TestCheckTextForms(t *testing.T) {
	tid, strange := claims.Name("tid"), claims.Name("a b")
	for text, want := range map[string]claims.Check{
		`tid == "8a7f"`:                       claims.Equals(tid, "8a7f"),
		`tid == "a" or "b" or "or"`:           claims.OneOf(tid, "a", "b", "or"),
		`/realm_access/roles == "admin"`:      claims.Equals(claims.Pointer("/realm_access/roles"), "admin"),
		`"a b" == "it's \"x\"\n"`:             claims.Equals(strange, "it's \"x\"\n"),
		`tid == 3`:                            claims.Equals(tid, 3),
		`tid == 1 or -2.5e-07`:                claims.OneOf(tid, 1, -2.5e-7),
		`tid == true`:                         claims.Equals(tid, true),
		`tid == ""`:                           claims.EqualsEmpty(tid),
		`tid begins with "svc-"`:              claims.HasPrefix(tid, "svc-"),
		`scope contains the word "orders"`:    claims.ContainsWord(claims.Name("scope"), "orders"),
		`level >= 3`:                          claims.AtLeast(claims.Name("level"), 3),
		`level <= -1.5`:                       claims.AtMost(claims.Name("level"), -1.5),
		`act is present`:                      claims.Has(claims.Name("act")),
		`is is absent`:                        claims.Absent(claims.Name("is")),
		`not (tid == 3)`:                      claims.Not(claims.Equals(tid, 3)),
		`(tid == 3) and (act is absent)`:      claims.AllOf(claims.Equals(tid, 3), claims.Absent(claims.Name("act"))),
		`(tid == 3) or (not (tid == 4))`:      claims.AnyOf(claims.Equals(tid, 3), claims.Not(claims.Equals(tid, 4))),
		`d has an element with (k == 1)`:      claims.AnyElement(claims.Name("d"), claims.Equals(claims.Name("k"), 1)),
		`((k == 1) and (l == 2)) or (m == 3)`: claims.AnyOf(claims.AllOf(claims.Equals(claims.Name("k"), 1), claims.Equals(claims.Name("l"), 2)), claims.Equals(claims.Name("m"), 3)),
	} {
		got, err := claims.ParseCheck(text)
		require.NoError(t, err, text)
		require.Equal(t, text, got.String())
		written, err := want.MarshalText()
		require.NoError(t, err, text)
		require.Equal(t, text, string(written))
		require.Equal(t, want.Paths(), got.Paths(), text)
	}
}

func TestOtherSpellingsOfAChecksText(t *testing.T) {
	for text, want := range map[string]string{
		`tid == '8a7f'`:                  `tid == "8a7f"`,
		"  tid\t==\n'a b'  or  'c\"\\' ": `tid == "a b" or "c\"\\"`,
		`(tid == 1)and (act is absent)`:  "",
		`( tid == 1 ) and ( x == 2 )`:    `(tid == 1) and (x == 2)`,
		`tid == 1 or 'a' or true`:        `tid == 1 or "a" or true`,
		`tid == 1.0`:                     `tid == 1.0`,
	} {
		got, err := claims.ParseCheck(text)
		if want == "" {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, got.String())
	}
}

func TestTextThatIsNoCheck(t *testing.T) {
	deep := strings.Repeat("not (", 40) + "a is present" + strings.Repeat(")", 40)
	for text, offset := range map[string]int{
		"":                              0,
		"tid":                           3,
		`tid == 8a7f`:                   7,
		`tid = "8a7f"`:                  4,
		`tid == "8a7f`:                  7,
		`tid == 'a`:                     7,
		`tid == "a" "b"`:                11,
		`tid == "a" or tid == "b"`:      14,
		`tid == "a" and (b is present)`: 11,
		`(a is present) and (b is absent) or (c is absent)`: 33,
		`(a is present`:                       13,
		`(a is present))`:                     14,
		`not a is present`:                    4,
		`a is missing`:                        5,
		`a contains "x"`:                      2,
		`a contains the word "x y"`:           20,
		`a contains the word 3`:               20,
		`a begins with ""`:                    14,
		`a begins "x"`:                        9,
		`a >= "3"`:                            5,
		`a >= 03`:                             5,
		`a == null`:                           5,
		`a == "x" or ""`:                      14,
		`"" is present`:                       0,
		`true is present`:                     0,
		`/~ is present`:                       0,
		`a passes "x"`:                        2,
		`a has an element with b == 1`:        22,
		"a == \"\xff\"":                       0,
		`a =="x"`:                             4,
		deep:                                  160,
		strings.Repeat("x", 64<<10) + " == 1": 0,
	} {
		_, err := claims.ParseCheck(text)
		var fault *claims.CheckSyntaxError
		require.ErrorAs(t, err, &fault, text)
		require.Equal(t, offset, fault.Offset, "%s: %v", text, err)
		require.NotEmpty(t, fault.Problem)
	}
}

func TestChecksWithoutATextForm(t *testing.T) {
	yes := claims.CheckFunc("x", named, func(claims.Value) bool { return true })
	for name, c := range map[string]claims.Check{
		"zero": {}, "function": yes, "not a function": claims.Not(yes), "of nothing": claims.AllOf(), "no number": claims.Equals(named, math.NaN()),
		"empty": claims.Equals(named, ""), "no path": claims.Has(claims.Path{}),
	} {
		_, err := c.MarshalText()
		require.Error(t, err, name)
	}
	c := claims.Has(named)
	require.Error(t, c.UnmarshalText([]byte("x")))
	require.Equal(t, "c is present", c.String(), "an error changes nothing")
	require.NoError(t, c.UnmarshalText([]byte("x is absent")))
	require.Equal(t, "x is absent", c.String())
}

// A check that is written and read again decides as it did before.
func FuzzCheckText(f *testing.F) {
	for _, text := range []string{
		`tid == "8a7f" or 3 or true`, `(a is present) and (not (/b/c >= 1e3))`, `/"a b" begins with 'x'`, `"\x00" is absent`, `d has an element with ((k == "") or (l <= -0))`,
	} {
		f.Add(text, "a b", "x")
	}
	f.Fuzz(func(t *testing.T, text, name, value string) {
		sets := []claims.Set{parse(t, `{"tid":["8a7f",3],"a":1,"b":{"c":1e3},"d":[{"k":""}],"c":"x y"}`)}
		if object, err := json.Marshal(map[string]string{name: value}); err == nil {
			if set, err := claims.Parse(object); err == nil {
				sets = append(sets, set)
			}
		}
		checks := []claims.Check{
			claims.Equals(claims.Name(name), value), claims.OneOf(claims.Pointer(name), value, "x"), claims.HasPrefix(claims.Name(name), value),
			claims.Not(claims.ContainsWord(claims.Name(name), value)), claims.AnyOf(claims.Has(claims.Name(name)), claims.EqualsEmpty(claims.Pointer("/"+value))),
		}
		if c, err := claims.ParseCheck(text); err == nil {
			checks = append(checks, c)
			require.NoError(t, c.Validate())
		}
		for _, c := range checks {
			if c.Validate() != nil {
				continue
			}
			written, err := c.MarshalText()
			require.NoError(t, err)
			again, err := claims.ParseCheck(string(written))
			require.NoError(t, err)
			require.Equal(t, string(written), again.String())
			require.Equal(t, c.Paths(), again.Paths())
			for _, s := range sets {
				require.Equal(t, len(c.Failed(s)) == 0, len(again.Failed(s)) == 0)
			}
		}
		if p, err := claims.ParsePath(name); err == nil {
			written, err := p.MarshalText()
			require.NoError(t, err)
			again, err := claims.ParsePath(string(written))
			require.NoError(t, err)
			require.Equal(t, p, again)
		}
	})
}
