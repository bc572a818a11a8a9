// Package settings_test compares the JSON Schema of a settings document with the reader of package settings.
package settings_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const folder = "../../../../oidcauth/settings/"

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("settings.schema.json", document))
	schema, err := c.Compile("settings.schema.json")
	require.NoError(t, err)
	return schema
}

func valid(t *testing.T, schema *jsonschema.Schema, text []byte) bool {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return schema.Validate(document) == nil
}

func TestSchemaAcceptsAndRefusesDocuments(t *testing.T) {
	schema := compiled(t)
	for file, want := range map[string]bool{"testdata/everything.json": true, "example.json": true} {
		text, err := os.ReadFile(folder + file)
		require.NoError(t, err)
		require.Equal(t, want, valid(t, schema, text), file)
		_, err = settings.Parse(text)
		require.Equal(t, want, err == nil, "%v", err)
	}
}

// unseen are the members whose values the schema cannot judge: names of other parts, and the text of claims and checks.
var unseen = []string{
	"preset", "parameters", "provider", "default", "user", "name", "tenant", "required", "checks", "headerChecks", "applications", "paths", "userInfoSubject", "acr", "authTime", "authAge",
	"claim", "proxies", "roles", // roles.paths may be those of the provider
}

// TestSchemaAgreesWithTheReader puts wrong and right values into every place of a document.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	schema := compiled(t)
	text, err := os.ReadFile(folder + "testdata/everything.json")
	require.NoError(t, err)
	var document any
	require.NoError(t, json.Unmarshal(text, &document))
	values := []any{
		nil, "", "x", " ", "30s", 0, 1, -1, 1.5, 1e3, 1e300, true, false,
		[]any{},
		[]any{""},
		map[string]any{},
		map[string]any{"unknown": "x"},
		map[string]any{"//": 1},
	}
	judged, refused := 0, 0
	for _, path := range paths(document, nil) {
		for _, v := range values {
			changed, err := json.Marshal(with(document, path, v))
			require.NoError(t, err)
			bySchema := valid(t, schema, changed)
			_, err = settings.Parse(changed)
			judged++
			if !bySchema {
				refused++
				assert.Error(t, err, "%v = %v: the schema alone refuses it", path, v)
			} else if err != nil {
				assert.True(t, isUnseen(err), "%v = %v: the schema alone accepts it: %v", path, v, err)
			}
		}
	}
	require.Greater(t, judged, 3000)
	require.Greater(t, refused, 1000)
}

// isUnseen reports whether an error is only about values that the schema cannot judge.
func isUnseen(err error) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return false
	}
	for _, e := range joined.Unwrap() {
		var fault *settings.Error
		if !errors.As(e, &fault) {
			return false
		}
		steps := strings.FieldsFunc(fault.Path, func(r rune) bool { return strings.ContainsRune(".[]0123456789", r) })
		atProvider := len(steps) == 2 && steps[0] == "providers" // it has no issuer
		if !atProvider && !slices.Contains(unseen, steps[len(steps)-1]) {
			return false
		}
	}
	return true
}

// paths returns every place of a document.
func paths(v any, to []any) (out [][]any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := append(slices.Clone(to), name)
			out = append(append(out, at), paths(v[name], at)...)
		}
	case []any:
		for i, e := range v {
			at := append(slices.Clone(to), i)
			out = append(append(out, at), paths(e, at)...)
		}
	}
	return out
}

// with returns a copy of a document with a value at a path.
func with(v any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	switch step := path[0].(type) {
	case string:
		out := maps.Clone(v.(map[string]any))
		out[step] = with(out[step], path[1:], value)
		return out
	case int:
		out := slices.Clone(v.([]any))
		out[step] = with(out[step], path[1:], value)
		return out
	}
	return nil
}
