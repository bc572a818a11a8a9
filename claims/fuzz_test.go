package claims_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
)

// FuzzPath compares Name and Pointer with a second evaluation of RFC 6901.
func FuzzPath(f *testing.F) {
	for _, text := range []string{`{"a":{"b":[10,{"~":true}]},"a.b":1,"a/b":"x","":{"":0},"n":null}`, `{"é":[[[]]],"0":{"0":"\u0000"}}`, `{"a":1,"a":2}`, `[]`} {
		for _, path := range []string{
			"/a/b/0", "/a/b/1/~0", "/a~1b", "/", "//", "/a/b/00", "/a/b/-1", "/a/b/-", "/n", "/0/0", "a.b", "", "/~", "/~2",
			"/a/b/18446744073709551616", "/é/0/0",
		} {
			f.Add([]byte(text), path)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		set, err := claims.Parse(text)
		if err != nil {
			return
		}
		var document map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		require.NoError(t, d.Decode(&document))
		for p, want := range map[claims.Path]any{
			claims.Name(path): document[path], claims.Pointer(path): evaluate(document, path),
		} {
			v, found := set.Lookup(p)
			require.Equal(t, want != nil, found)
			if !found {
				continue
			}
			got, err := claims.Decode[any](set, p)
			require.NoError(t, err)
			require.Equal(t, want, got)
			s, isText := v.Text()
			_, wantText := want.(string)
			require.Equal(t, wantText, isText)
			if isText {
				require.Equal(t, want, s)
				check := claims.Equals(p, s)
				require.Equal(t, check.Validate() == nil, len(check.Failed(set)) == 0)
			}
			require.False(t, set.FromUserInfo(p))
		}
	})
}

// evaluate returns nil if the value is absent or null.
func evaluate(document any, pointer string) any {
	if !strings.HasPrefix(pointer, "/") || strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(pointer), "~") {
		return nil
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch at := document.(type) {
		case map[string]any:
			document = at[token]
		case []any:
			n, err := strconv.ParseUint(token, 10, 31)
			if err != nil || n >= uint64(len(at)) || token[0] == '0' && token != "0" {
				return nil
			}
			document = at[n]
		default:
			return nil
		}
	}
	return document
}
