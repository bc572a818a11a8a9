package interop

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// vectorFile is the part of a file of vectors that is used here.
type vectorFile struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment         string
		Public, Private json.RawMessage
		Tests           []vector
	}
}

type vector struct {
	ID      int `json:"tcId"`
	Comment string
	JWS     *text
	JWE     *text
	Result  string
}

// text is a string, or the text of an object: the JSON serialisation, which some files give so.
type text string

func (s *text) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		*s = text(data)
		return nil
	}
	return json.Unmarshal(data, (*string)(s))
}

func readVectors(t *testing.T, name string) vectorFile {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	require.NoError(t, err)
	var file vectorFile
	require.NoError(t, json.Unmarshal(data, &file))
	return file
}

// keySetOf is the key set of a group: of HMAC there is the private half only, which makes it a set of symmetric keys.
func keySetOf(t *testing.T, public, private json.RawMessage) []byte {
	t.Helper()
	key := public
	if len(key) == 0 {
		key = private
	}
	var set struct{ Keys json.RawMessage }
	require.NoError(t, json.Unmarshal(key, &set))
	if set.Keys != nil {
		return key
	}
	return fmt.Appendf(nil, `{"keys":[%s]}`, key)
}

// withoutMember returns the key set with one member removed from each key.
func withoutMember(t *testing.T, keySet []byte, name string) []byte {
	t.Helper()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(keySet, &set))
	for _, key := range set.Keys {
		delete(key, name)
	}
	out, err := json.Marshal(set)
	require.NoError(t, err)
	return out
}

// tally counts what was run: a test of an empty file must not pass.
type tally struct {
	run, validAccepted, validByPolicy, invalidRefused, invalidByPolicy int

	validVerified, invalidVerified int // of these a signature was computed
	standIns                       int // the payload is no JSON object
}

func TestWycheproofSignatures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		want tally
	}{
		{signaturesFile, tally{
			run: 401, validAccepted: 32, validByPolicy: 14, invalidRefused: 355,
			validVerified: 32, invalidVerified: 295, standIns: 363,
		}},
		{keysFile, tally{
			run: 26, validAccepted: 1, validByPolicy: 4, invalidRefused: 20, invalidByPolicy: 1,
			validVerified: 1, standIns: 26,
		}},
		{cryptoFile, tally{
			run: 49, validAccepted: 2, validByPolicy: 2, invalidRefused: 44, invalidByPolicy: 1,
			validVerified: 2, invalidVerified: 9, standIns: 25,
		}},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, runVectors(t, c.file, readVectors(t, c.file)))
		})
	}
}

func runVectors(t *testing.T, name string, file vectorFile) (got tally) {
	t.Helper()
	for _, group := range file.TestGroups {
		source := newSource(t, keySetOf(t, group.Public, group.Private))
		for _, v := range group.Tests {
			if v.JWS == nil {
				continue
			}
			got.run++
			out := judge(t, source, string(*v.JWS))
			if out.standIn {
				got.standIns++
			}
			want, excepted := exceptionFor(name, v.ID)
			what := fmt.Sprintf("%s %d: %s, %s: %+v", name, v.ID, group.Comment, v.Comment, out)
			switch {
			case excepted:
				require.NotEqual(t, want.stage == accepted, v.Result == "valid", "%s: no exception", what)
				require.Equal(t, want.stage, out.stage, what)
				if v.Result == "valid" {
					got.validByPolicy++
				} else {
					got.invalidByPolicy++
				}
			case v.Result == "valid":
				require.Equal(t, accepted, out.stage, what)
				got.validAccepted++
				got.validVerified++
			default:
				require.Equal(t, "invalid", v.Result, what)
				require.NotEqual(t, accepted, out.stage, what)
				got.invalidRefused++
				if out.verified() {
					got.invalidVerified++
				}
			}
			// What a middleware sees is less: it never has a token whose payload is no object.
			if out.standIn {
				_, err := jose.Parse(string(*v.JWS), 0)
				require.Equal(t, jose.Malformed, codeOf(err), what)
			}
		}
	}
	return got
}

// Encrypted tokens are refused, whatever is in them.
func TestWycheproofEncryption(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"json_web_encryption_test.json": 139, cryptoFile: 34} {
		n := 0
		for _, group := range readVectors(t, file).TestGroups {
			for _, v := range group.Tests {
				if v.JWE == nil {
					continue
				}
				n++
				_, err := jose.Parse(string(*v.JWE), 0)
				require.Error(t, err, "%s %d", file, v.ID)
				if v.Result == "valid" {
					require.Equal(t, jose.Encrypted, codeOf(err), "%s %d", file, v.ID)
				}
			}
		}
		require.Equal(t, want, n, file)
	}
}
