package mend_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/mend"
)

var hostile = []string{
	`'; touch pwned; '`, `$(touch pwned)`, "`touch pwned`", `a"b`, `a\`, `\'`, `!!`, `a;b|c&d>e<f`, `%PATH%`, `*`, `~`, `#x`, `a b`, `</script>`, `{"a":1}`, `''`, `${IFS}`,
}

// A shell and the parsers of Go and JSON read exactly the text that was quoted.
func TestQuotedTextIsReadAsItIs(t *testing.T) {
	for _, text := range hostile {
		out, err := exec.Command("sh", "-c", "printf %s "+mend.Shell(text)).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(out))
		read, err := strconv.Unquote(mend.Go(text))
		require.NoError(t, err)
		require.Equal(t, text, read)
		var v string
		require.NoError(t, json.Unmarshal([]byte(mend.JSON(text)), &v))
		require.Equal(t, text, v)
	}
	require.Equal(t, `'it''s $(x)'`, mend.PowerShell(`it's $(x)`))
}

// Text that no quoting makes harmless is not repeated.
func TestTextThatIsNoValueBecomesAPlaceholder(t *testing.T) {
	for _, text := range []string{"", "-rf", "--output=x", "@/etc/passwd", "a\nb", "a\x00b", "\x1b[2J", "a\u2019b", "a\u202eb", "\xff", "<client-secret>", string(make([]byte, 201))} {
		require.Equal(t, "<name>", mend.Value(text, "name"), "%q", text)
		require.Equal(t, "<name>", mend.Word(text, "name"), "%q", text)
	}
	for _, text := range hostile {
		require.Equal(t, "<name>", mend.Word(text, "name"), "%q", text)
	}
	require.Equal(t, "api://orders", mend.Value("api://orders", "name"))
}
