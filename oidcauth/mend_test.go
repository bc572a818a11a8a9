package oidcauth_test

import (
	"context"
	"crypto"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/usermap"
)

// chosen is the value that an operator of the scene would put in the place of a placeholder.
func (s scene) chosen() *strings.Replacer {
	text := func(claim string) string {
		v, _ := s.claims[claim].(string)
		return v
	}
	client := text("client_id") + text("azp")
	if client == "" {
		client = "shop"
	}
	header := func(member string) string {
		if v, ok := s.header[member].(string); ok {
			return v
		}
		return "own"
	}
	trustDomain, _, _ := strings.Cut(strings.TrimPrefix(text("sub"), "spiffe://"), "/")
	return strings.NewReplacer(
		"<trust-domain>", trustDomain, "<jwt-issuer-of-spire>", text("iss"), "<signer>", header("signer"), "<client>", header("client"), "<kind>", header("kind"), "<region>", "eu-central-1", "<issuer>", corpIssuer,
		"<client-id>", client, "<api-identifier>", text("aud"), "<tenant-id>", tenantID, "<public-url>", publicURL,
		"<url-of-the-keys>", "https://keys.example/jwks", "<addresses-of-the-proxy>", "192.0.2.0/24", "<user-pool-id>", "eu-central-1_A",
		"<client-id-of-this-api>", apiID, "<value-of-the-provider>", "admin", "<claim>", "uid",
	)
}

// documentOf says what the issuer of a configuration says, as far as mends change it.
func documentOf(c oidcauth.Config) map[string]any {
	iss := c.Issuers[0]
	of := map[string]any{"issuer": iss.URL, "audience": iss.Audience, "clientIDInsteadOfAudience": iss.ClientIDInsteadOfAudience}
	for name, list := range map[string][]string{"clientIDs": iss.ClientIDs, "algorithms": iss.Algorithms, "tenants": iss.Tenants} {
		if list != nil {
			of[name] = list
		}
	}
	if iss.JWTSVID {
		of["keys"] = []any{map[string]any{"jwks": map[string]any{"url": "https://keys.example/bundle"}}}
	}
	if iss.HeaderChecks != nil {
		of["headerChecks"] = iss.HeaderChecks
	}
	client := map[string]any{"clientID": "orders", "auth": map[string]any{"secret": map[string]any{"env": "CLIENT_SECRET"}}}
	if iss.Introspection.Client != nil {
		of["client"], of["introspection"] = client, map[string]any{"client": true, "jwts": iss.Introspection.JWTs, "requireTokenType": iss.Introspection.RequireTokenType}
	}
	for name, set := range map[string]bool{
		"jwtSVID": iss.JWTSVID, "paddedTokens": iss.PaddedTokens,
		"insecureSkipAudience": iss.InsecureSkipAudience, "insecureIgnoreConfirmation": iss.InsecureIgnoreConfirmation,
		"insecureIDTokenAsAccessToken": iss.InsecureIDTokenAsAccessToken, "insecureSkipIDTokenCheck": iss.InsecureSkipIDTokenCheck,
	} {
		of[name] = set
	}
	rules := map[string]any{"userInfo": iss.Claims.UserInfo != nil, "userInfoOnly": iss.Claims.UserInfoOnly}
	if !iss.Claims.User.IsZero() {
		rules["user"] = iss.Claims.User
	}
	if roles := iss.Claims.Roles; roles.Paths != nil {
		rules["roles"] = map[string]any{"paths": roles.Paths, "prefixes": roles.Prefixes}
		if roles.Prefixes == nil {
			delete(rules["roles"].(map[string]any), "prefixes")
		}
		if roles.Map != nil {
			rules["roles"].(map[string]any)["map"] = roles.Map
		}
	}
	of["claims"] = rules
	return map[string]any{"providers": map[string]any{"<name>": of}}
}

// patched returns a JSON merge patch (RFC 7396) of an object.
func patched(base, patch any) any {
	members, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	have, _ := base.(map[string]any)
	out := maps.Clone(have)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range members {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = patched(out[name], v)
		}
	}
	return out
}

func parsed(t *testing.T, doc any) oidcauth.Config {
	t.Helper()
	text, err := json.Marshal(doc)
	require.NoError(t, err)
	d, err := settings.Parse(text)
	require.NoError(t, err, "%s", text)
	c, err := d.Configuration(settings.Options{})
	require.NoError(t, err, "%s", text)
	return c.Config
}

func generic(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var out any
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

// applySettings merges the patch into the document of the configuration, and takes over all that it changes there.
func applySettings(t *testing.T, patch string, c *oidcauth.Config) {
	t.Helper()
	var members any
	require.NoError(t, json.Unmarshal([]byte(patch), &members), patch)
	before := generic(t, documentOf(*c))
	base, changed := parsed(t, before), parsed(t, patched(before, members))
	takeOver(reflect.ValueOf(base.Issuers[0]), reflect.ValueOf(changed.Issuers[0]), reflect.ValueOf(&c.Issuers[0]).Elem())
	base.Issuers, changed.Issuers = c.Issuers, c.Issuers
	takeOver(reflect.ValueOf(base), reflect.ValueOf(changed), reflect.ValueOf(c).Elem())
}

func takeOver(base, changed, to reflect.Value) {
	for i := range to.NumField() {
		b, c := base.Field(i), changed.Field(i)
		switch b.Interface().(type) {
		case oidcauth.ClaimRules, oidcauth.Introspection, oidcauth.RoleRules:
			takeOver(b, c, to.Field(i))
			continue
		}
		clients := !b.IsZero() && !c.IsZero() && strings.Contains(reflect.TypeOf(b.Interface()).String(), "Client")
		if b.Kind() != reflect.Func && !reflect.DeepEqual(b.Interface(), c.Interface()) && (!clients || b.Kind() == reflect.Struct) {
			to.Field(i).Set(c)
		}
	}
}

// simulated lists hints whose cause comes from a part of the test that settings do not change.
var simulated = map[string]string{
	"alb_access_token":    "the request of the case has no other header with a token",
	"certificate_unknown": "an error of the test's introspection; another test has a server with such a certificate",
}

// mendsOf returns the mends of the hint.
func mendsOf(d *decision.Decision, code string) []decision.Mend {
	i := slices.IndexFunc(d.Hints, func(h decision.Hint) bool { return h.Code == code })
	return d.Hints[i].Mends
}

// Each change of our settings, as Go and as a document, removes the finding with which it came.
func TestMendsRemoveTheirFinding(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "a secret of the test")
	offline := &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("offline") })}
	byEmail := oidcauth.ClaimRules{User: claims.Name("email")}
	asking := oidcauth.ClaimRules{UserInfo: infoAnswers(`{"sub":"alice"}`)}
	for name, iss := range map[string]oidcauth.Issuer{
		"audience":      {URL: corpIssuer, InsecureSkipAudience: true},
		"confirmation":  {URL: corpIssuer, InsecureIgnoreConfirmation: true},
		"ID token":      {URL: corpIssuer, InsecureIDTokenAsAccessToken: true},
		"look":          {URL: corpIssuer, InsecureSkipIDTokenCheck: true, Claims: asking},
		"account":       {URL: realm, Audience: []string{"account", audience}},
		"account alone": {URL: realm, Audience: []string{"account"}},
		"Okta":          {URL: oktaOrg},
		"Okta's sub":    {URL: oktaCustom, Claims: asking},
		"Entra":         {URL: entraV2, Claims: asking},
		"tenants":       {URL: entraV2Template},
		"common":        {URL: "https://login.microsoftonline.com/common/v2.0"},
		"Auth0":         {URL: strings.TrimSuffix(auth0Tenant, "/")},
		"e-mail":        {URL: corpIssuer, Claims: byEmail, Users: usermap.NewTable()},
	} {
		t.Run(name, func(t *testing.T) {
			if iss.Audience == nil && !iss.InsecureSkipAudience {
				iss.Audience = []string{audience}
			}
			iss.Keys, iss.HTTPClient = certsource.PEM(pemOf(certificate(rsaKey("RS256", rsa2048(), crypto.SHA256), "idp", -1, 1<<20))), offline
			diagnose := func(mend func(*oidcauth.Config)) []decision.Finding {
				c := oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.DiscardHandler)}
				mend(&c)
				auth, err := oidcauth.New(c)
				require.NoError(t, err)
				return auth.Diagnose(context.Background())
			}
			mended := 0
			for _, f := range diagnose(func(*oidcauth.Config) {}) {
				for _, m := range f.Mends {
					chosen := strings.NewReplacer("<api-identifier>", audience, "<authorization-server>", "aus1", "<tenant-id>", tenantID)
					for _, after := range [][]decision.Finding{
						diagnose(func(c *oidcauth.Config) { applyGo(t, chosen.Replace(m.Go), c) }),
						diagnose(func(c *oidcauth.Config) { applySettings(t, chosen.Replace(m.Settings), c) }),
					} {
						require.False(t, slices.ContainsFunc(after, func(a decision.Finding) bool { return a.Text == f.Text }), f.Text)
						mended++
					}
				}
			}
			require.Positive(t, mended)
		})
	}
}

// The settings of a mend replace the value of a preset too.
func TestMendReplacesAValueOfAPreset(t *testing.T) {
	document := map[string]any{"providers": map[string]any{"<name>": map[string]any{
		"preset": "dex", "parameters": map[string]any{"url": "https://dex.corp.example"}, "audience": []string{audience},
	}}}
	c := parsed(t, document)
	require.True(t, c.Issuers[0].InsecureIDTokenAsAccessToken)
	c.HTTPClient = &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("offline") })}
	c.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(c)
	require.NoError(t, err)
	mended := 0
	for _, f := range auth.Diagnose(t.Context()) {
		for _, m := range f.Mends {
			if !strings.Contains(m.Settings, "insecureIDTokenAsAccessToken") {
				continue
			}
			var patch any
			require.NoError(t, json.Unmarshal([]byte(m.Settings), &patch))
			require.False(t, parsed(t, patched(generic(t, document), patch)).Issuers[0].InsecureIDTokenAsAccessToken)
			mended++
		}
	}
	require.Positive(t, mended)
}

// A server whose certificate is of an unknown authority is reached after the mend, with the file of the authority.
func TestMendTrustsTheAuthorityOfAProvider(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("provider-ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	diagnose := func(mend func(*oidcauth.Config)) []decision.Finding {
		c := oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: server.URL, Audience: []string{audience}}}, Logger: slog.New(slog.DiscardHandler)}
		mend(&c)
		auth, err := oidcauth.New(c)
		require.NoError(t, err)
		return auth.Diagnose(context.Background())
	}
	untrusted := func(f decision.Finding) bool { return strings.Contains(f.Text, "provider.Trust{CAs") }
	found := diagnose(func(*oidcauth.Config) {})
	i := slices.IndexFunc(found, untrusted)
	require.GreaterOrEqual(t, i, 0)
	require.Len(t, found[i].Mends, 1)
	for _, apply := range []func(*oidcauth.Config){
		func(c *oidcauth.Config) { applyGo(t, found[i].Mends[0].Go, c) },
		func(c *oidcauth.Config) { applySettings(t, found[i].Mends[0].Settings, c) },
	} {
		require.False(t, slices.ContainsFunc(diagnose(apply), untrusted))
	}
}

// Each change of our settings, as Go and as a document, removes the hint with which it came.
func TestMendsRemoveTheirHint(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "a secret of the test")
	p := oidctest.New(t)
	applied := map[string]bool{}
	for _, c := range hintedCases() {
		t.Run(c.name, func(t *testing.T) {
			for _, m := range mendsOf(c.scene.decide(t, p), c.code) {
				requireQuoted(t, m)
				require.NotContains(t, strings.ToLower(m.Go+m.Settings), "insecure", "no mend of a refusal makes the service less strict so")
				if simulated[c.code] != "" {
					continue
				}
				for form, apply := range map[string]func(*oidcauth.Config){
					m.Go:       func(to *oidcauth.Config) { applyGo(t, c.scene.chosen().Replace(m.Go), to) },
					m.Settings: func(to *oidcauth.Config) { applySettings(t, c.scene.chosen().Replace(m.Settings), to) },
				} {
					if form == "" {
						continue
					}
					mended := c.scene
					mended.mend = apply
					require.NotContains(t, mended.decide(t, p).HintCodes(), c.code, form)
					applied[c.code] = true
				}
			}
		})
	}
	t.Logf("%d hints have a change of the settings that a case applies: %q", len(applied), slices.Sorted(maps.Keys(applied)))
	require.GreaterOrEqual(t, len(applied), 30)
}

// allMends returns the mends of all cases of hints.
func allMends(t *testing.T) []decision.Mend {
	p := oidctest.New(t)
	var out []decision.Mend
	for _, c := range hintedCases() {
		for _, h := range c.scene.decide(t, p).Hints {
			out = append(out, h.Mends...)
		}
	}
	return out
}

// The compiler accepts the Go of every mend.
func TestGoOfMendsCompiles(t *testing.T) {
	var b strings.Builder
	b.WriteString("package main\nimport (\n")
	for _, path := range []string{"net/netip", "os", "time"} {
		b.WriteString("\t" + `"` + path + `"` + "\n")
	}
	for _, path := range []string{"certsource", "claims", "oidcauth", "oidcauth/provider"} {
		b.WriteString("\t" + `"github.com/knownbearer/knownbearer/` + path + `"` + "\n")
	}
	b.WriteString(")\nvar ( _ netip.Prefix; _ = os.Args; _ time.Time; _ certsource.JWKS; _ claims.Path; _ provider.Config )\nfunc main() {}\n")
	for i, m := range allMends(t) {
		b.WriteString(mendFunc("mend"+string(rune('A'+i/26/26%26))+string(rune('A'+i/26%26))+string(rune('A'+i%26)), m.Go))
	}
	file := filepath.Join(t.TempDir(), "mends.go")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	out, err := exec.Command("go", "vet", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// A code of a mend that is no code of a rule would never be shown.
func TestEveryMendBelongsToAHint(t *testing.T) {
	for _, code := range hints.Mendable() {
		require.True(t, slices.ContainsFunc(hints.Rules(), func(r hints.Rule) bool { return r.Code == code }), code)
	}
}

// requireQuoted requires that JSON and the shell can parse a mend.
func requireQuoted(t *testing.T, m decision.Mend) {
	t.Helper()
	if m.Settings != "" {
		require.True(t, json.Valid([]byte(m.Settings)), m.Settings)
	}
	if m.Command != "" && m.Product != "ADFS" && m.Product != "SQL" {
		out, err := exec.Command("sh", "-n", "-c", m.Command).CombinedOutput()
		require.NoError(t, err, "%s: %s", m.Command, out)
	}
}
