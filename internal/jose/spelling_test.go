package jose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// FuzzDisguised inserts characters that lenient readers drop into a good token and around it. Parse must either
// refuse the result, which then is Disguised, or return the same token.
func FuzzDisguised(f *testing.F) {
	token := compact(`{"alg":"RS256"}`, `{"iss":"me"}`, "sig")
	for _, s := range []string{"", ".", "..", "=", "~", "~.", ".=.", "+/", "-_", "A.", "a.b"} {
		for at := range 3 {
			f.Add(s, at*20, uint8(at))
		}
	}
	f.Fuzz(func(t *testing.T, signs string, at int, where uint8) {
		dropped := strings.Map(func(r rune) rune {
			if strings.ContainsRune("=~+/", r) || where%2 == 0 && r == '.' {
				return r
			}
			return -1
		}, signs)
		at = max(0, min(at, len(token)))
		switch where % 3 {
		case 0:
			at = 0
		case 2:
			if at != 0 {
				at = len(token)
			}
		}
		if strings.Contains(dropped, ".") && at != 0 && at != len(token) {
			return // it splits a part in two
		}
		spelt := token[:at] + dropped + token[at:]
		if _, err := jose.Parse(spelt, 0); err != nil {
			require.True(t, jose.Disguised(spelt), "%q", spelt)
			return
		}
		require.Equal(t, token, spelt)
	})
}

// FuzzDisguisedOfAnything checks that dots around a text do not change the result.
func FuzzDisguisedOfAnything(f *testing.F) {
	for _, s := range []string{"", "opaque", "eyJhbGciOiJub25lIn0", "eyJpZCI6MX0.x", compact(goodHeader, "{}", "sig"), "a.b.c.d.e", "ya29.a0A-_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Trim(text, ".") == text && !strings.Contains(text, "..") && jose.Disguised(text) {
			require.True(t, jose.Disguised("."+text+"."), "%q", text)
			require.True(t, jose.Disguised("~"+text), "%q", text)
		}
	})
}

func TestDisguisedLeavesJWEsAndOpaqueTokensAlone(t *testing.T) {
	for _, token := range []string{
		"", "opaque", "a.b.c.d.e", "e30", "e30.x", "W10", b64("{"), b64(`{"a":1}`), b64(`"alg"`), b64(`["alg"]`), strings.Repeat("IiAg", 1000),
		b64(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y3Q.dGFn", b64(`{"alg":"RSA-OAEP"}`) + ".a2V5.aXY.Y3Q.dGFn",
	} {
		require.False(t, jose.Disguised(token), "%q", token)
	}
}

// A text of three parts that begins as a JSON object does is a spoilt JWT, also where its header ends early: no algorithm can be
// found in that, so that the form decides.
func TestDisguisedKnowsASpoiltHeaderByItsForm(t *testing.T) {
	spoilt := b64(`{"kid":`) + ".e30.c2ln"
	for _, token := range []string{spoilt, "." + spoilt, spoilt + ".", "~." + spoilt, spoilt + ".~", spoilt + ".=", ".~" + spoilt + "~."} {
		require.True(t, jose.Disguised(token), "%q", token)
	}
}

// Decoders differ in which signs of the two alphabets they skip: those of the other one, or all four.
func TestDisguisedBySignsThatADecoderSkips(t *testing.T) {
	token := compact(`{"alg":"RS256"}`, `{"iss":"me"}`, "sig")
	for _, signs := range []string{"+", "/", "+/", "-", "_", "-_", "+-", "/_", "+/-_"} {
		require.True(t, jose.Disguised(signs+token), "%q before the header", signs)
		require.True(t, jose.Disguised(token[:4]+signs+token[4:]+"."), "%q within it", signs)
	}
}

// Neither strict JSON nor base64url is wanted of a header that a lenient reader takes.
func TestDisguisedByALenientHeader(t *testing.T) {
	for _, header := range []string{`{"alg":"RS256",}`, `{'alg':'RS256'}`, `{"ALG":"none"`, `{"kid":"1""alg":"RS256"}`} {
		require.True(t, jose.Disguised(b64(header)+"..e30.c2ln"), "%q", header)
	}
	header := b64(`{"kid":"??>>~~","alg":"RS256"}`)
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(header)
	require.Contains(t, standard, "/")
	require.Contains(t, standard, "+")
	require.True(t, jose.Disguised(standard+"..e30.c2ln"), "%q", standard)
}
