package jose_test

import (
	"crypto/sha256"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

func TestHashIsThatOfTheWholeToken(t *testing.T) {
	for _, token := range []string{"", ".", "a", "a.b", "a.b.c", "..", strings.Repeat("x", 1<<17), strings.Repeat(".", 1000)} {
		assert.Equal(t, sha256.Sum256([]byte(token)), jose.Hash(token).Token, "%.20q", token)
	}
}

// The hashes of another token have no effect.
func TestHashesOfAnotherTokenAreOfNoUse(t *testing.T) {
	for _, alg := range algorithms {
		key := keyFor(alg)
		good := sign(t, alg, key)
		parts := strings.Split(good, ".")
		forged := parts[0] + "." + b64(`{"iss":"me","sub":"him"}`) + "." + parts[2] // as long as the good one
		for name, hashed := range map[string]string{
			"its own": "", "good": good, "forged": forged, "without signature": parts[0] + "." + parts[1] + ".",
			"not a token": "a", "no dot": strings.ReplaceAll(good, ".", ""), "one part more": good + ".AA", "empty": "",
		} {
			for token, want := range map[string]bool{good: true, forged: false} {
				if name == "its own" {
					hashed = token
				}
				parsed := parse(t, token)
				parsed.Hashed(jose.Hash(hashed))
				err := parsed.Verify(key.Public())
				assert.Equal(t, want, err == nil, "%s, hashes of %s", alg, name)
			}
		}
	}
}

func TestForgottenTokenVerifiesNoMore(t *testing.T) {
	for _, alg := range algorithms {
		key := keyFor(alg)
		token := sign(t, alg, key)
		parsed := parse(t, token)
		parsed.Hashed(jose.Hash(token))
		require.NoError(t, parsed.Verify(key.Public()))
		parsed.Forget()
		assert.ErrorIs(t, parsed.Verify(key.Public()), jose.ErrSignature, alg)
		assert.Equal(t, "me", parsed.Claims.Text("iss"))
	}
}

// Buffers are reused for other tokens, which must not see earlier bytes.
func TestTokensAtTheSameTimeKeepApart(t *testing.T) {
	key := keyFor("ES256")
	short, long := sign(t, "ES256", key), sign(t, "RS256", rsaKey())
	var all sync.WaitGroup
	for _, token := range []string{short, long, short[:len(short)-8], "a.b.c"} {
		for range 4 {
			all.Go(func() {
				for range 200 {
					h := jose.Hash(token)
					assert.Equal(t, sha256.Sum256([]byte(token)), h.Token)
					parsed, err := jose.Parse(token, 0)
					if err != nil {
						continue
					}
					parsed.Hashed(h)
					switch token {
					case short:
						assert.NoError(t, parsed.Verify(key.Public()))
					case long:
						assert.NoError(t, parsed.Verify(rsaKey().Public()))
					default:
						assert.Error(t, parsed.Verify(key.Public()))
					}
					assert.Equal(t, "me", parsed.Claims.Text("iss"))
				}
			})
		}
	}
	all.Wait()
}
