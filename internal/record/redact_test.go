package record_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/record"
)

const maxText = 400

// repeats lists the ways in which foreign text repeats a secret.
var repeats = map[string]func(string) string{
	"plain": func(s string) string { return s },
	"query": url.QueryEscape,
	"path":  url.PathEscape,
	"Go":    func(s string) string { return fmt.Sprintf("%q", s) },
	"SQL":   func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" },
	"JSON": func(s string) string {
		text, _ := json.Marshal(s)
		return string(text)
	},
}

// Wherever the text is cut, what is left of a secret reveals nothing.
func TestNoCutLeavesTheBeginningOfASecret(t *testing.T) {
	for _, secret := range []string{
		"alice@corp.example", `o'neill "the" <1st>/2`, "größe@corp.example", "a.b", strings.Repeat("s", 300), "opaque/token+of~alice==",
	} {
		for name, spell := range repeats {
			for at := maxText - 3*len(secret) - 20; at < maxText+2; at++ {
				if at < 0 {
					continue
				}
				text := strings.Repeat("-", at) + spell(secret) + strings.Repeat("-", maxText)
				for _, s := range []record.Secrets{{Credentials: []string{secret}}, {Values: []string{secret}}} {
					requireHidden(t, record.Redact(text, maxText, s), spell(secret), name)
				}
			}
		}
	}
}

func requireHidden(t *testing.T, got, spelt, how string) {
	t.Helper()
	require.LessOrEqual(t, len(got), maxText+2*len(record.Hidden)+len("…"))
	rest := strings.Trim(strings.ReplaceAll(strings.ReplaceAll(got, record.Hidden, ""), "…", ""), `-"'`)
	require.LessOrEqual(t, len(rest), 2, "%s of %q left %q", how, spelt, rest)
}

// The first few characters of a token are removed too, because a dependency may quote them.
func TestBeginningOfACredentialIsTakenOut(t *testing.T) {
	token := strings.Repeat("abcdefghij", 500)
	s := record.Secrets{Credentials: []string{token}}
	for n := 16; n < 4000; n *= 2 {
		assert.Equal(t, "bad token "+record.Hidden+"! (1)", record.Redact("bad token "+token[:n]+"! (1)", 8000, s), "%d", n)
	}
	assert.Equal(t, "bad token "+record.Hidden+"…", record.Redact("bad token abcdef…", 8000, s))
	assert.Equal(t, record.Hidden, record.Redact(token+token, 20_000, s))
}

// The beginning of a token is removed in every spelling, even if no 16 bytes of it are spelled as they are.
func TestBeginningOfAnEncodedCredentialIsTakenOut(t *testing.T) {
	token := strings.Repeat("aB3/x+", 50)
	for name, spelt := range map[string]string{
		"query": url.QueryEscape(token), "PHP": strings.ReplaceAll(token, "/", `\/`), "hexadecimal": hex.EncodeToString([]byte(token)),
		"base64": base64.StdEncoding.EncodeToString([]byte(token)),
	} {
		got := record.Redact("bad token "+spelt[:40]+"! (1)", 8000, record.Secrets{Credentials: []string{token}})
		assert.Equal(t, "bad token "+record.Hidden+"! (1)", got, name)
	}
}

// The end of a token may serve as well as the whole, and encoded text can be decoded.
func TestNoPieceOfACredentialIsLeft(t *testing.T) {
	token := "ory_at_T2zGm3cPq0v1uYxWkR9/LbN4dE+fHjA7iXoV5tQeZlC8"
	for name, spelt := range map[string]string{
		"without prefix": token[7:], "middle": token[9:30], "end": token[len(token)-16:], "PHP": strings.ReplaceAll(token, "/", `\/`),
		"broken into lines": token[:20] + "\n" + token[20:], "hexadecimal": hex.EncodeToString([]byte(token)),
		"base64":        base64.StdEncoding.EncodeToString([]byte(token)),
		"base64url":     base64.RawURLEncoding.EncodeToString([]byte("ab" + token)),
		"behind Bearer": base64.StdEncoding.EncodeToString([]byte("Bearer " + token)),
	} {
		for before := range 9 {
			text := strings.Repeat("-", before) + " " + spelt + " " + strings.Repeat("-", 20)
			got := record.Redact(text, 4096, record.Secrets{Credentials: []string{token}})
			for at := range len(spelt) - 15 {
				require.NotContains(t, got, spelt[at:at+16], name)
			}
		}
	}
	long := strings.Repeat("0123456789abcdef", 4096) + "the end of a long one"
	got := record.Redact("not known: the end of a long one", 4096, record.Secrets{Credentials: []string{long}})
	assert.Equal(t, "not known: "+record.Hidden, got)
}

func TestTextWithoutSecretsIsLeftAlone(t *testing.T) {
	for _, text := range []string{"", "connection reset", "a… b…"} {
		assert.Equal(t, text, record.Redact(text, maxText, record.Secrets{Credentials: []string{"", "a", "zz", "none-of-it"}, Values: []string{"b", "other"}}))
	}
	assert.Equal(
		t, "of https://idp.example/keys",
		record.Redact("of https://idp.example/keys", maxText, record.Secrets{Values: []string{"https://idp.example/users/7"}}),
	)
}

func TestLongerSecretGoesFirst(t *testing.T) {
	assert.Equal(
		t, "no mailbox of "+record.Hidden,
		record.Redact("no mailbox of liddell@corp.example", maxText, record.Secrets{Values: []string{"liddell", "liddell@corp.example"}}),
	)
}

// A value that overlaps with itself is removed as far as it goes.
func TestOverlappingRepetitionsAreTakenOut(t *testing.T) {
	assert.Equal(t, "of "+record.Hidden+"!", record.Redact("of bobobobob!", maxText, record.Secrets{Values: []string{"bobob"}}))
	token := strings.Repeat("a", 16) + "-1b2" // the text repeats its beginning before it
	assert.Equal(t, "of "+record.Hidden+"!", record.Redact("of aaaa"+token+"!", maxText, record.Secrets{Credentials: []string{token}}))
}

// The cost depends on what is kept: a megabyte of text that every spelling lengthens costs about a megabyte, also where the race
// detector counts along. Work on the whole text would cost sixty.
func TestCostDependsOnTheLengthOfTheResult(t *testing.T) {
	for _, piece := range []string{"/", `"`, "\\", "'", "%", "\xff", "\u2028", "a"} {
		secret := strings.Repeat(piece, 1<<20)
		text := "refused: " + secret
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 20 {
			_ = record.Redact(text, 4096, record.Secrets{Credentials: []string{secret, secret, secret}})
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/20, uint64(8<<20), "%q", piece)
		assert.Less(t, len(record.Redact(text, 4096, record.Secrets{Credentials: []string{secret}})), 5000)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("GET /?q=", "alice@corp.example", 20, 10)
	f.Add("", "o'neill", 3, 0)
	f.Add("…", "größe…", 7, 5)
	f.Add("00", "ir\xe2\xe2\xe2\x96\xf3\xea\x02\x8d\x98'neo@", 4, 57)
	f.Fuzz(func(t *testing.T, before, secret string, limit, cut int) {
		if len(secret) < 16 || limit < 0 || limit > 1000 || strings.Contains(record.Hidden, secret) || strings.Contains(secret, "…") {
			return
		}
		if strings.ContainsAny(secret, "[]") || strings.Contains(before, secret[:3]) || strings.Contains(before, "…") {
			return
		}
		text := before + secret
		got := record.Redact(text, limit, record.Secrets{Credentials: []string{secret}})
		got = strings.ReplaceAll(got, "…", "") // the first byte of the mark may be that of the secret
		require.NotContains(t, got, secret[:16])
		if kept := len(text) - len(before); limit > len(before) && limit < len(before)+kept {
			require.NotContains(t, got, secret[:max(3, min(limit-len(before)-3, 15))])
		}
	})
}
