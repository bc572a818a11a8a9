package main

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/readme"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

var update = flag.Bool("update", false, "write the output into the README again")

// varying lists the parts of the output that differ from run to run, and the text that the README shows instead.
var varying = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "https://login.example.com"},
	{regexp.MustCompile(`"127\.0\.0\.1"`), `"login.example.com"`},
	{regexp.MustCompile(`\b[A-Z2-7]{26}\b`), "KQ5BT2VJ3WLYXG7RM4ZCDNH6PA"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-21T10:00:00Z"},
	{regexp.MustCompile(`The clock of the provider .* The leeway`), "The clock of the provider is 0s behind the clock of this service. The leeway"},
	{regexp.MustCompile(`(iat|exp)( +)\d{10}\n`), "$1${2}1795255200\n"},
}

// page runs commands against a provider, for the README.
type page struct {
	*testing.T
	p *oidctest.Provider
}

// shown returns the command as a reader types it, and what it prints.
func (p page) shown(input, command string, args ...string) func() (string, error) {
	return func() (string, error) {
		got := runWith(p.T, input, flagsFor(p.p, args...)...)
		text := command + "\n" + got.out + got.err
		for _, v := range varying {
			text = v.pattern.ReplaceAllString(text, v.shown)
		}
		return text, nil
	}
}

// effective returns the beginning of a configuration in effect.
func (p page) effective() func() (string, error) {
	const document = `{
  "providers": {"corp": {"issuer": "ISSUER", "leeway": "30s", "claims": {"name": "email"}}},
  "applications": {"orders": {"provider": "corp", "audience": ["api://orders"], "leeway": "10s"}}
}
`
	return func() (string, error) {
		file := writeFile(p.T, "settings.json", strings.ReplaceAll(document, "ISSUER", p.p.Issuer()))
		lines := strings.Split(runWith(p.T, "", "-settings", file, "-effective", "-discover").out, "\n")
		first := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, `"applications"`) })
		shown := strings.Join(lines[first:first+12], "\n")
		text := "$ cat settings.json\n" + document + "$ explain -settings settings.json -effective -discover\n...\n" + shown + "\n..."
		return strings.NewReplacer("ISSUER", "https://login.example.com", p.p.Issuer(), "https://login.example.com").Replace(text), nil
	}
}

// untilSteps leaves out the facts and the steps.
func untilSteps(run func() (string, error)) func() (string, error) {
	return func() (string, error) {
		text, err := run()
		var out []string
		inside := false
		for _, line := range strings.Split(text, "\n") {
			name := strings.Fields(line + " ?")[0]
			switch {
			case name == "decision":
				inside = true
				out = append(out, "  ...")
			case name == "input" || name == "here":
				inside = false
			}
			if !inside {
				out = append(out, line)
			}
		}
		return strings.Join(out, "\n"), err
	}
}

func TestREADME(t *testing.T) {
	p := page{t, oidctest.New(t)}
	t.Setenv("CLIENT_ID", oidctest.ClientID)
	t.Setenv("CLIENT_SECRET", oidctest.ClientSecret)
	alice := oidctest.Claims{"sub": "alice", "scope": "openid orders.read"}
	good, wrong := p.p.Token(audience, alice), p.p.Token("account", oidctest.Claims{"sub": "alice", "azp": "web", "realm_access": map[string]any{}})
	id := p.p.Forge(oidctest.Forgery{Header: map[string]any{"typ": "JWT"}, Claims: oidctest.Claims{"aud": "shop", "nonce": "n", "at_hash": "h"}})
	curl := "> GET /orders HTTP/1.1\n> Host: api.example.com\n> Authorization: Bearer " + wrong + "\n>\n< HTTP/1.1 401 Unauthorized\n<\n"
	response := `{"access_token":"` + good + `","id_token":"` + id + `","refresh_token":"r"}`
	users := writeFile(t, "users.csv", "login,id,locked\nalice,7,left in May\n")
	const explain = "$ explain -issuer https://login.example.com -audience api://orders"
	outputs := map[string]func() (string, error){
		"help":      func() (string, error) { return "$ explain -h\n" + runWith(t, "", "-h").out, nil },
		"curl":      p.shown(curl, "$ curl -v -H \"Authorization: Bearer $TOKEN\" https://api.example.com/orders 2>&1 |\n    explain -issuer https://login.example.com -audience api://orders"),
		"cookie":    untilSteps(p.shown("GET /orders HTTP/1.1\nCookie: session="+good, explain+" < request.txt")),
		"response":  untilSteps(p.shown(response, explain+" < token.json")),
		"pick":      untilSteps(p.shown(response, explain+" -pick id_token < token.json", "-pick", "id_token")),
		"opaque":    untilSteps(p.shown(p.p.Opaque(audience, alice), explain+" < token")),
		"client":    untilSteps(p.shown("an-opaque-token-of-yesterday", explain+" -introspect -client client.env < token", "-introspect")),
		"users":     untilSteps(p.shown(good, explain+" -users users.csv -user-column value=login -user-column disabled=locked < token", "-users", users, "-user-column", "value=login", "-user-column", "disabled=locked")),
		"scope":     untilSteps(p.shown(good, explain+" -scope orders.write < token", "-scope", "orders.write")),
		"doctor":    p.shown("", explain+" -doctor", "-doctor"),
		"document":  p.shown("", explain+" -discover -as settings", "-discover", "-as", "settings"),
		"effective": p.effective(),
	}
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	want, err := (&readme.Pages{Outputs: outputs}).Render(string(data))
	require.NoError(t, err)
	for _, secret := range []string{good, wrong, id} {
		require.NotContains(t, want, secret)
	}
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o600))
		return
	}
	require.True(t, want == string(data), "run go test ./internal/test/readme -update")
	for name := range outputs {
		require.Contains(t, want, "<!-- output: "+name+" -->")
	}
}
