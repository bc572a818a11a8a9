package strictjson_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

func TestNodesHavePositionsAndRepeatedMembers(t *testing.T) {
	text := "{\n \"a\": [1, {\"b\":null}],\n \"a\" : \"x\\n\", \"\\u0062\":{}\n}\n"
	n, err := strictjson.ParseNode(text, strictjson.Limits{})
	require.NoError(t, err)
	require.Equal(t, strictjson.ObjectKind, n.Kind())
	var names []string
	for _, m := range n.Members {
		names = append(names, m.Name)
		require.Equal(t, byte('"'), text[m.Offset])
		require.True(t, strings.HasPrefix(text[m.Node.Offset:], m.Node.Raw()))
	}
	require.Equal(t, []string{"a", "a", "b"}, names)
	list := n.Members[0].Node
	require.Len(t, list.Elements, 2)
	require.Equal(t, "1", list.Elements[0].Raw())
	null := list.Elements[1].Members[0]
	require.Equal(t, strictjson.Null, null.Node.Kind())
	require.Equal(t, strings.Index(text, "null"), null.Node.Offset)
	words, ok := n.Members[1].Node.Text()
	require.True(t, ok)
	require.Equal(t, "x\n", words)
}

// A text is a node exactly if it is an object for Parse, but for repeated members.
func TestNodesAreAsStrictAsObjects(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, `{"a":{"a":[]}}`: true, ` {"a":-1.5e3} `: true, `{"a":1,}`: false, `{"a":01}`: false, `{"a" 1}`: false, `{a:1}`: false,
		`{"a":[1,]}`: false, `{"a":"\ud800"}`: false, "{\"a\":\"\xff\"}": false, `{"a":1} x`: false, `{"a":tru}`: false, `{`: false, `{"a":[`: false,
		"{\"a\":\"\n\"}": false, ``: false, strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17): false, strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 16): true,
		`{"a":[` + strings.Repeat("1,", 4094) + `1]}`: true, `{"a":[` + strings.Repeat("1,", 4095) + `1]}`: false,
	} {
		_, err := strictjson.ParseNode(text, strictjson.Limits{})
		require.Equal(t, want, err == nil, "%.40s %v", text, err)
		_, err = strictjson.ParseText(text, strictjson.Limits{})
		require.Equal(t, want, err == nil, "%.40s", text)
		var fault *strictjson.Error
		if err != nil {
			require.ErrorAs(t, err, &fault)
		}
	}
	_, err := strictjson.ParseNode(strings.Repeat(" ", 65537), strictjson.Limits{})
	require.Error(t, err)
	for text, kind := range map[string]strictjson.Kind{`[1]`: strictjson.Array, `"x"`: strictjson.String, `3`: strictjson.Number} {
		n, err := strictjson.ParseNode(text, strictjson.Limits{})
		require.NoError(t, err)
		require.Equal(t, kind, n.Kind())
	}
}
