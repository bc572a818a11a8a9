package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// rfcExample is an example of an RFC: a public or symmetric key, and what it signed.
type rfcExample struct {
	Name, Token string
	Key         json.RawMessage
}

// rfcVerdict says what becomes of an example. Not being an object is a property of our use, not of JWS, so those
// payloads are verified all the same, and code says what Parse makes of the token as it stands.
type rfcVerdict struct {
	stage stage
	code  jose.Code
	why   string
}

const (
	noObject = "verifies, but the payload is no JSON object, hence no JWT"
	oneForm  = "RFC 6750 and RFC 7519 know the compact form only"
)

var rfcVerdicts = map[string]rfcVerdict{
	"RFC 7515 A.1":            {inAlgorithm, "", noMAC},
	"RFC 7515 A.2":            {accepted, "", "RS256"},
	"RFC 7515 A.3":            {accepted, "", "ES256"},
	"RFC 7515 A.4":            {accepted, jose.Malformed, noObject},
	"RFC 7515 A.5":            {inAlgorithm, "", "unsecured"},
	"RFC 7515 A.6.4":          {inParse, jose.NotCompact, oneForm},
	"RFC 7515 A.7":            {inParse, jose.NotCompact, oneForm},
	"RFC 7515 E":              {inParse, jose.Critical, "the RFC wants it refused for its crit"},
	"RFC 7520 4.1":            {accepted, jose.Malformed, noObject},
	"RFC 7520 4.2":            {accepted, jose.Malformed, noObject},
	"RFC 7520 4.3":            {accepted, jose.Malformed, noObject},
	"RFC 7520 4.4":            {inAlgorithm, jose.Malformed, noMAC},
	"RFC 7520 4.5":            {inAlgorithm, jose.Malformed, "detached content: the payload is empty (and an HMAC)"},
	"RFC 7520 4.6, flattened": {inParse, jose.NotCompact, oneForm},
	"RFC 7520 4.7, flattened": {inParse, jose.NotCompact, oneForm},
	"RFC 7520 4.8, general":   {inParse, jose.Encrypted, "parts are counted before anything is read, and its key IDs have four dots"},
	"RFC 7797 4.2":            {inParse, jose.Critical, "b64"},
	"RFC 8037 A.4":            {accepted, jose.Malformed, noObject},
}

func rfcExamples(t *testing.T) []rfcExample {
	t.Helper()
	data, err := os.ReadFile("testdata/rfc.json")
	require.NoError(t, err)
	var list []rfcExample
	require.NoError(t, json.Unmarshal(data, &list))
	require.Len(t, list, len(rfcVerdicts), "one verdict for each example")
	return list
}

func TestRFCExamples(t *testing.T) {
	t.Parallel()
	for _, example := range rfcExamples(t) {
		t.Run(example.Name, func(t *testing.T) {
			t.Parallel()
			want, found := rfcVerdicts[example.Name]
			require.True(t, found)
			source := newSource(t, fmt.Appendf(nil, `{"keys":[%s]}`, example.Key))
			require.Equal(t, want.stage, judge(t, source, example.Token).stage, want.why)

			parsed, err := jose.Parse(example.Token, 0)
			require.Equal(t, want.code, codeOf(err), want.why)
			if err != nil {
				return
			}
			issuer, _ := parsed.Claims.Get("iss")
			expiry, _ := parsed.Claims.Get("exp")
			root, _ := parsed.Claims.Get("http://example.com/is_root")
			require.Equal(t, []string{`"joe"`, "1300819380", "true"}, []string{issuer.Raw(), expiry.Raw(), root.Raw()})
		})
	}
}

// No character of an example may be changed without breaking it.
func TestRFCExamplesTampered(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, example := range rfcExamples(t) {
		if rfcVerdicts[example.Name].stage != accepted {
			continue
		}
		t.Run(example.Name, func(t *testing.T) {
			t.Parallel()
			source := newSource(t, fmt.Appendf(nil, `{"keys":[%s]}`, example.Key))
			n := 0
			for i := range example.Token {
				at := strings.IndexByte(alphabet, example.Token[i])
				if at < 0 {
					continue
				}
				// The lowest bit of a character: at the end of a part it may be one that stands for nothing.
				changed := example.Token[:i] + string(alphabet[at^1]) + example.Token[i+1:]
				require.NotEqual(t, accepted, judge(t, source, changed).stage, "character %d", i)
				n++
			}
			require.Equal(t, len(example.Token)-2, n, "all but the dots")
		})
	}
}

// Another library must verify the examples, or a slip in copying them could pass for a refusal of ours.
func TestRFCExamplesCopied(t *testing.T) {
	t.Parallel()
	every := []gojose.SignatureAlgorithm{"HS256", "RS256", "PS384", "ES256", "ES512", "EdDSA"}
	detached := map[string]string{
		"RFC 7520 4.5": "It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you " +
			"don't keep your feet, there\u2019s no knowing where you might be swept off to.",
		"RFC 7797 4.2": "$.02",
	}
	for _, example := range rfcExamples(t) {
		if example.Name == "RFC 7515 A.5" || example.Name == "RFC 7515 E" {
			continue // unsecured: there is nothing to verify
		}
		t.Run(example.Name, func(t *testing.T) {
			t.Parallel()
			var key gojose.JSONWebKey
			require.NoError(t, json.Unmarshal(example.Key, &key))
			read := gojose.ParseSignedCompact
			if strings.HasPrefix(example.Token, "{") {
				read = gojose.ParseSignedJSON
			}
			parsed, err := read(example.Token, every)
			require.NoError(t, err)
			if content, found := detached[example.Name]; found {
				require.NoError(t, parsed.DetachedVerify([]byte(content), key.Key))
				return
			}
			_, _, _, err = parsed.VerifyMulti(key.Key)
			require.NoError(t, err)
		})
	}
}
