package main

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

// settingsFile is a document with two applications of a provider, one of which has users in a database.
func settingsFile(t *testing.T, p *oidctest.Provider) string {
	t.Helper()
	t.Setenv("USERS_DSN", "a data source")
	return writeFile(t, "settings.json", strings.ReplaceAll(`{
		"providers": {"corp": {"issuer": "ISSUER", "claims": {"checks": ["level >= 2"]}}},
		"applications": {
			"orders": {"provider": "corp", "audience": ["api://orders"]},
			"people": {"provider": "corp", "audience": ["api://people"], "users": {"sql": {"driver": "nowhere", "dsn": {"env": "USERS_DSN"},
				"dialect": "sqlite", "table": "t", "valueColumn": "v", "idColumn": "i"}}}
		}
	}`, "ISSUER", p.Issuer()))
}

func TestTokenIsExplainedBySettings(t *testing.T) {
	p := oidctest.New(t)
	file := settingsFile(t, p)
	for name, c := range map[string]struct {
		audience string
		level    int
		args     []string
		want     reason.Reason
	}{
		"accepted":             {audience, 2, nil, ""},
		"a check fails":        {audience, 1, nil, reason.CheckFailed},
		"another audience":     {"api://x", 2, nil, reason.WrongAudience},
		"only the other one":   {audience, 2, []string{"-application", "people"}, reason.WrongAudience},
		"judged later":         {audience, 2, []string{"-at", "2099-01-01T00:00:00Z"}, reason.Expired},
		"users without driver": {"api://people", 2, nil, reason.UserStoreUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			token := p.Token(c.audience, oidctest.Claims{"sub": "alice", "level": c.level})
			d := explainJSON(t, token, append([]string{"-settings", file}, c.args...)...)
			require.Equal(t, c.want, d.Reason)
		})
	}
	require.Equal(t, refused, runWith(t, "", "-settings", file, "-doctor").status, "the users cannot be looked up")
}

// Beside a document, hints name its members, and beside flags the fields of Go.
func TestHintsNameTheMembersOfTheDocument(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice", "level": 1})
	got := runWith(t, token, "-settings", settingsFile(t, p)).out
	require.Contains(t, got, "that claims.checks ")
	require.NotContains(t, got, "Issuer.Claims")
	require.Contains(t, runWith(t, token, "-issuer", p.Issuer(), "-audience", audience, "-check", "level=2").out, "that Issuer.Claims.Checks ")
}

func TestEffectiveSettingsArePrinted(t *testing.T) {
	p := oidctest.New(t)
	file := settingsFile(t, p)
	got := runWith(t, "", "-settings", file, "-effective")
	require.Equal(t, accepted, got.status, got.err)
	_, err := document.Parse([]byte(got.out))
	require.NoError(t, err)
	require.Zero(t, p.Requests(oidctest.Discovery))
	found := runWith(t, "", "-settings", file, "-effective", "-discover")
	require.Equal(t, accepted, found.status, found.err)
	require.Contains(t, found.out, "discovered: "+p.Issuer()+string(oidctest.JWKS))
	p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
	require.Equal(t, refused, runWith(t, "", "-settings", file, "-effective", "-discover").status)
}

// The configuration is printed, and its faults are told, although the document can be read.
func TestRefusedSettingsArePrintedWithTheirFaults(t *testing.T) {
	for name, text := range map[string]string{
		"no audience":   `{"providers": {"a": {"issuer": "https://a.example"}}}`,
		"no secret":     `{"providers": {"a": {"issuer": "https://a.example", "audience": ["x"], "client": {"clientID": "x", "auth": {"secret": {"file": "none"}}}}}}`,
		"same audience": `{"providers": {"a": {"issuer": "https://a.example", "audience": ["x"]}}, "applications": {"b": {"provider": "a"}, "c": {"provider": "a"}}}`,
	} {
		got := runWith(t, "", "-settings", writeFile(t, "settings.json", text), "-effective")
		require.Equal(t, usage, got.status, name)
		require.NotEmpty(t, got.err, name)
		_, err := document.Parse([]byte(got.out))
		require.NoError(t, err, name)
	}
}

func TestFlagsBesideSettings(t *testing.T) {
	file := settingsFile(t, oidctest.New(t))
	broken := writeFile(t, "settings.json", `{"providers": {"a": {"issuers": "x"}}}`)
	for name, args := range map[string][]string{
		"issuer twice":         {"-settings", file, "-issuer", "https://a.example"},
		"audience twice":       {"-settings", file, "-audience", "x"},
		"application alone":    {"-application", "orders"},
		"effective alone":      {"-effective"},
		"discovery alone":      {"-settings", file, "-discover"},
		"form alone":           {"-issuer", "https://a.example", "-audience", "x", "-as", "settings"},
		"unknown form":         {"-issuer", "https://a.example", "-discover", "-as", "xml"},
		"no such file":         {"-settings", "/nowhere.json"},
		"no such file printed": {"-settings", "/nowhere.json", "-effective"},
		"YAML":                 {"-settings", "settings.yaml"},
		"broken":               {"-settings", broken},
		"broken printed":       {"-settings", broken, "-effective"},
	} {
		got := runWith(t, "x", args...)
		require.Equal(t, usage, got.status, name)
		require.NotEmpty(t, got.err, name)
		require.Empty(t, got.out, name)
	}
}

// The document that discovery prints configures a service as it stands.
func TestPrintedSettingsWork(t *testing.T) {
	p := oidctest.New(t)
	t.Setenv("CLIENT_ID", oidctest.ClientID)
	t.Setenv("CLIENT_SECRET", oidctest.ClientSecret)
	got := runWith(t, "", "-issuer", p.Issuer(), "-audience", audience, "-discover", "-as", "settings", "-search-claim", "/who/id", "-check", "level=2", "-check", "tid=8")
	require.Equal(t, accepted, got.status, got.err)
	doc, err := document.Parse([]byte(got.out))
	require.NoError(t, err, got.out)
	c, err := doc.Configuration(document.Options{})
	require.NoError(t, err)
	iss := c.Config.Issuers[0]
	require.Equal(t, p.Issuer(), iss.URL)
	require.Equal(t, "/who/id", iss.Claims.User.String())
	require.Len(t, iss.Claims.Checks, 2)
	require.NotNil(t, iss.Claims.UserInfo)
	require.NotNil(t, iss.Revoker)
	c.Config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	require.True(t, auth.Explain(t.Context(), p.Opaque(audience, oidctest.Claims{"who": map[string]any{"id": "7"}, "level": 2, "tid": 8})).Accepted)
	var d discovered
	both := runWith(t, "", "-issuer", p.Issuer(), "-audience", audience, "-discover", "-json")
	require.NoError(t, json.Unmarshal([]byte(both.out), &d))
	require.NotEmpty(t, d.Configuration)
	_, err = document.Parse([]byte(d.Settings))
	require.NoError(t, err)
	p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `","jwks_uri":"` + p.Issuer() + string(oidctest.JWKS) + `"}`})
	little := runWith(t, "", "-issuer", p.Issuer(), "-discover", "-as", "settings", "-key", writeFile(t, "key.pem", newSigner(t).publicPEM))
	require.Equal(t, accepted, little.status, little.err)
	doc, err = document.Parse([]byte(little.out))
	require.NoError(t, err, little.out)
	c, err = doc.Configuration(document.Options{})
	require.NoError(t, err)
	require.Nil(t, c.Config.Issuers[0].Introspection.Client)
	require.NotNil(t, c.Config.Issuers[0].Keys)
}

// The log of one configuration is judged by the settings that shall replace it.
func TestReplayBySettings(t *testing.T) {
	p := oidctest.New(t)
	alice := oidctest.Claims{"sub": "alice", "level": 1}
	log := logOf(t, p, p.Token(audience, alice))
	same := writeFile(t, "settings.json", `{"providers": {"corp": {"issuer": "`+p.Issuer()+`", "audience": ["api://orders"]}}}`)
	require.Equal(t, accepted, runWith(t, "", "-settings", same, "-replay", log).status)
	got := runWith(t, "", "-settings", writeFile(t, "settings.json", `{"providers": {"corp": {"issuer": "`+p.Issuer()+`", "audience": ["api://invoices"]}}}`), "-replay", log)
	require.Equal(t, refused, got.status, got.err)
	require.Contains(t, got.out, "1 records: 0 unchanged, 1 changed, 0 unknown\n")
}

// The faults of a login are told with their positions, and a discovered document says how to add a login.
func TestLoginOfSettings(t *testing.T) {
	p := oidctest.New(t)
	t.Setenv("CLIENT_SECRET", oidctest.ClientSecret)
	t.Setenv("SESSION_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	for path, want := range map[string]int{"/auth": accepted, "auth": usage} {
		file := writeFile(t, "settings.json", strings.NewReplacer("ISSUER", p.Issuer(), "PATH", path).Replace(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["x"],
			"client": {"clientID": "c", "auth": {"secret": {"env": "CLIENT_SECRET"}}}}},
			"login": {"publicURL": "https://app.example", "path": "PATH", "keys": [{"env": "SESSION_KEY"}]}}`))
		got := runWith(t, "", "-settings", file, "-effective")
		require.Equal(t, want, got.status, got.err)
		require.Equal(t, want == usage, strings.Contains(got.err, "login.path"))
		require.NotContains(t, got.out+got.err, "MDEyMzQ1")
	}
	got := runWith(t, "", "-issuer", p.Issuer(), "-discover", "-as", "settings")
	require.Contains(t, got.out, `"//login"`, got.err)
}
