package yaml_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/oidcauth/settings/yaml"
)

const document = `# the orders service
providers:
  corp:
    preset: keycloak
    parameters: {url: https://sso.example, realm: corp}
    claims:
      checks:
      - tid == "8a7f"   # the head office
      - (level >= 3) or (email begins with 'boss')
    keys:
    - pem: |
        -----BEGIN CERTIFICATE-----
        x
        -----END CERTIFICATE-----
    - discovered: {}
applications:
  orders: {provider: corp, audience: [api://orders], claims: {name: null}}
cache: {entries: 5, disabled: false}
`

const same = `{
"providers": {"corp": {"preset": "keycloak", "parameters": {"url": "https://sso.example", "realm": "corp"},
  "claims": {"checks": ["tid == \"8a7f\"", "(level >= 3) or (email begins with 'boss')"]},
  "keys": [{"pem": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"}, {"discovered": {}}]}},
"applications": {"orders": {"provider": "corp", "audience": ["api://orders"], "claims": {"name": null}}},
"cache": {"entries": 5, "disabled": false}
}`

func TestYAMLSaysWhatJSONSays(t *testing.T) {
	want, err := settings.Parse([]byte(same))
	require.NoError(t, err)
	got, err := yaml.Parse([]byte(document))
	require.NoError(t, err)
	require.Equal(t, string(want.Effective()), string(got.Effective()))
}

func TestDocumentOfThePage(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, text, ok := strings.Cut(string(page), "```yaml\n")
	require.True(t, ok)
	text, _, _ = strings.Cut(text, "```")
	doc, err := yaml.Parse([]byte(text))
	require.NoError(t, err)
	c, err := doc.Configuration(settings.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"api://orders"}, c.Config.Issuers[0].Audience)
}

// JSON is YAML, so that documents and their faults can be compared with those of the other reader.
func TestJSONIsReadAsYAML(t *testing.T) {
	want, err := settings.Load("../testdata/everything.json")
	require.NoError(t, err)
	got, err := yaml.Load("../testdata/everything.json")
	require.NoError(t, err)
	require.Equal(t, string(want.Effective()), string(got.Effective()))
	_, fault := settings.Load("../testdata/faults.json")
	_, same := yaml.Load("../testdata/faults.json")
	require.Equal(t, all(t, fault), all(t, same))
}

func all(t *testing.T, err error) []settings.Error {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var out []settings.Error
	for _, e := range joined.Unwrap() {
		var fault *settings.Error
		require.ErrorAs(t, e, &fault)
		of := *fault
		of.Err = nil
		out = append(out, of)
	}
	return out
}

func TestTextThatIsNoDocument(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		line, column int
	}{
		"empty":               {"", 1, 1},
		"a comment":           {"# nothing\n", 1, 1},
		"an unknown member":   {"providers:\n  a:\n    issuer: https://a\n    audiences: [x]\n", 4, 5},
		"a wrong type":        {"providers:\n  a:\n    issuer: https://a\n    audience: x\n", 4, 15},
		"a repeated member":   {"providers:\n  a:\n    issuer: https://a\n    issuer: https://b\n", 4, 5},
		"no value":            {"providers:\n  a:\n    issuer: https://a\n    audience:\n    leeway: 5s\n", 4, 14},
		"a tilde":             {"providers:\n  a:\n    issuer: ~\n", 3, 13},
		"a number":            {"providers:\n  a:\n    issuer: 017\n", 3, 13},
		"a hexadecimal":       {"providers:\n  a: {issuer: https://a}\ncache: {entries: 0x10}\n", 3, 18},
		"an anchor":           {"providers:\n  a: &a {issuer: https://a}\n", 2, 6},
		"an alias":            {"providers:\n  a: *b\n", 2, 6},
		"a tag":               {"providers:\n  a: !!map {issuer: https://a}\n", 2, 6},
		"a merge":             {"providers:\n  a: {issuer: https://a}\n  b:\n    <<: {issuer: https://b}\n", 4, 5},
		"a second document":   {"providers: {a: {issuer: https://a}}\n---\nproviders: {}\n", 2, 1},
		"a bracket too few":   {"providers: {a: {issuer: https://a}\n", 1, 12},
		"a byte order mark":   {"\ufeffproviders: {a: {issuer: https://a}}\n", 1, 1},
		"a tab":               {"providers:\n\ta: {issuer: https://a}\n", 2, 1},
		"a control character": {"providers: {a: {issuer: \"\x01\"}}\n", 1, 1},
		"a number as a name":  {"providers:\n  1: {issuer: https://a}\n", 2, 3},
		"a literal secret":    {"providers:\n  a:\n    issuer: https://a\n    client:\n      auth: {secret: hunter2}\n", 5, 22},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := yaml.Parse([]byte(c.text))
			var fault *settings.Error
			require.ErrorAs(t, err, &fault)
			require.Equal(t, []int{c.line, c.column}, []int{fault.Line, fault.Column}, "%v", err)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// A fault of the text says where it is in the document, and a tab that it is one.
func TestFaultsOfTheTextAreLocated(t *testing.T) {
	located := func(text string) *settings.Error {
		_, err := yaml.Parse([]byte(text))
		var fault *settings.Error
		require.ErrorAs(t, err, &fault)
		return fault
	}
	require.Equal(t, "providers.a.client.auth", located("providers:\n  a:\n    client:\n      auth:\n      secret: {env: X}\n").Path)
	require.Equal(t, "providers.a.audience[1]", located("providers:\n  a:\n    audience:\n    - x\n    - *y\n").Path)
	tab := located("providers:\n  a:\n\tissuer: https://a\n")
	require.Equal(t, 3, tab.Line)
	require.Contains(t, tab.Problem, "a tab")
}

func TestFilesAreRelativeToTheDocument(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "settings.yaml")
	require.NoError(t, os.WriteFile(file, []byte("providers:\n  a:\n    issuer: https://a\n    audience: [x]\n    keys: [{pem: {file: here.pem}}]\n"), 0o600))
	doc, err := yaml.Load(file)
	require.NoError(t, err)
	_, err = doc.Configuration(settings.Options{})
	var fault *settings.Error
	require.ErrorAs(t, err, &fault)
	require.Equal(t, file, fault.File)
	require.ErrorIs(t, err, os.ErrNotExist)
	pem, err := os.ReadFile("../testdata/cert.pem")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "here.pem"), pem, 0o600))
	c, err := doc.Configuration(settings.Options{})
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

func TestSizeIsBounded(t *testing.T) {
	large := []byte("#" + strings.Repeat("x", 5<<20))
	_, err := yaml.Parse(large)
	require.Error(t, err)
	file := filepath.Join(t.TempDir(), "large.yaml")
	require.NoError(t, os.WriteFile(file, large, 0o600))
	_, err = yaml.Load(file)
	require.Error(t, err)
	_, err = yaml.Load("nowhere.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = yaml.Parse([]byte("providers: " + strings.Repeat("[", 100) + strings.Repeat("]", 100)))
	require.Error(t, err)
}

// Every text is a document or an error with a position, and a document in JSON is the same in YAML.
func FuzzParse(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte(same))
	f.Add([]byte("a: [b, {c: 'd'}, \"\\u0065\", |\n x\n]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := yaml.Parse(text)
		if err != nil {
			var fault *settings.Error
			require.True(t, errors.As(err, &fault), "%v", err)
			return
		}
		again, err := settings.Parse(doc.Effective())
		require.NoError(t, err)
		require.NotNil(t, again)
	})
}
