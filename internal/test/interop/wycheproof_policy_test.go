package interop

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// exception is a group of vectors that we judge otherwise than their authors, and why.
type exception struct {
	file  string
	ids   []int
	stage stage // accepted: the authors want it refused
	why   string
}

const (
	signaturesFile = "json_web_signature_test.json"
	keysFile       = "json_web_key_test.json"
	cryptoFile     = "json_web_crypto_test.json"
)

const (
	noMAC = "HMAC is never accepted: whoever can verify such a token can forge one"

	// The check is a table of primes and needs no secret, so a key set could be searched for such keys. No provider
	// makes keys on the chips concerned, and whose key set an attacker can write needs no weak key.
	noROCA = "keys of the weak generator of CVE-2017-15361 (ROCA) are not recognised"
)

var exceptions = []exception{
	{signaturesFile, []int{1, 348, 352, 357, 358, 359, 376, 377}, inAlgorithm, noMAC},
	{signaturesFile, []int{346, 350}, inKeySelection, "the key is for PS256, the token is of PS384; RFC 7517 section 4.4: alg is what the key is intended for"},
	{signaturesFile, []int{347, 351}, inKeySelection, "the alg of the key is ES521, which does not exist; the RFC has ES512"},
	{signaturesFile, []int{372, 373}, inParse, "a question mark within base64url, which some decoders skip (and an HMAC besides)"},
	{keysFile, []int{2, 13, 14, 15}, inAlgorithm, noMAC},
	{keysFile, []int{7}, accepted, noROCA},
	{cryptoFile, []int{1, 48}, inAlgorithm, noMAC},
	{cryptoFile, []int{46}, accepted, noROCA},
}

func exceptionFor(file string, id int) (exception, bool) {
	for _, e := range exceptions {
		if e.file == file && slices.Contains(e.ids, id) {
			return e, true
		}
	}
	return exception{}, false
}

// A key that Wycheproof labels with an algorithm that its token does not have must do its work once the label is
// gone, or the exceptions above could hide a fault of ours.
func TestWycheproofWithoutLabel(t *testing.T) {
	t.Parallel()
	n := 0
	for _, group := range readVectors(t, signaturesFile).TestGroups {
		for _, v := range group.Tests {
			e, found := exceptionFor(signaturesFile, v.ID)
			if !found || e.stage != inKeySelection {
				continue
			}
			n++
			source := newSource(t, withoutMember(t, keySetOf(t, group.Public, group.Private), "alg"))
			require.Equal(t, outcome{stage: accepted, standIn: true}, judge(t, source, string(*v.JWS)), "%d", v.ID)
		}
	}
	require.Equal(t, 4, n)
}
