package oidcauth_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/usermap"
)

// hostileTexts break out of a language if they are not quoted for it. Each of them contains the word canary.
var hostileTexts = []string{
	`'; touch canary; '`, `$(touch canary)`, "`touch canary`", `"; panic("canary"); "`, `canary"}, "insecureSkipAudience": true, "x": {"y": "`, `\'; touch canary #`,
	"canary\ntouch canary", "-canary", "@canary", "canary\u2019; touch canary; \u2019", "x' ; Remove-Item canary ; '", "canary", "a/canary/../b", "canary&touch canary",
}

// hostileScenes are tokens for the issuers of several products in which the sender chose every text, and that are refused for several reasons.
func hostileScenes(text string) []scene {
	base := oidctest.Claims{
		"aud": text, "azp": text, "client_id": text, "cid": text, "sub": "system:serviceaccount:" + text, "scope": text, "roles": []string{text + "/admin"},
		text: oidctest.Claims{"role": "x"}, text + "/role": "x", "ROLE": "x", "tid": text, "realm_access": oidctest.Claims{"roles": []string{text}},
	}
	var out []scene
	for _, iss := range []string{corpIssuer, realm, oktaCustom, auth0Tenant, entraV2, cognitoPool, "https://adfs.corp.example/adfs", "https://hydra.corp.example"} {
		of := oidcauth.Issuer{URL: iss, Algorithms: []string{"RS256"}}
		named := merged(base, oidctest.Claims{"iss": iss})
		theirs := func(change func(*scene)) {
			s := scene{issuer: of, claims: named}
			change(&s)
			out = append(out, s)
		}
		theirs(func(*scene) {})
		theirs(func(s *scene) { s.claims = merged(named, oidctest.Claims{"aud": nil}) })
		theirs(func(s *scene) { s.claims = merged(named, oidctest.Claims{"aud": nil, "iss": text}) })
		theirs(func(s *scene) {
			s.issuer.ClientIDs, s.claims = []string{"web"}, merged(named, oidctest.Claims{"aud": audience})
		})
		theirs(func(s *scene) { s.issuer.InsecureSkipAudience, s.scopes = true, []string{"orders.read"} })
		theirs(func(s *scene) {
			s.issuer.InsecureSkipAudience, s.issuer.Claims.Roles.Paths, s.roles = true, []claims.Path{claims.Name("roles")}, []string{"admin"}
		})
		theirs(func(s *scene) {
			s.issuer.InsecureSkipAudience, s.issuer.Claims.User, s.users = true, claims.Name("role"), usermap.NewTable()
		})
	}
	return out
}

// No text of a token that is not verified is part of a mend. Text of a verified token is only ever a value.
func TestTextOfTokensIsNeverACommand(t *testing.T) {
	p := oidctest.New(t)
	tools := t.TempDir()
	for _, name := range []string{"az", "kcadm.sh", "curl", "auth0", "aws", "kubectl", "timedatectl", "chronyc", "grep", "cut", "bin"} {
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"), 0o700))
	}
	seen, repeated := 0, 0
	for _, text := range hostileTexts {
		for _, s := range hostileScenes(text) {
			forged := s
			forged.key = rsa2048()
			for _, m := range everyMend(forged.decide(t, p)) {
				require.NotContains(t, m.Go+m.Settings+m.Command, "canary")
			}
			for _, m := range everyMend(s.decide(t, p)) {
				seen++
				if strings.Contains(m.Go+m.Settings+m.Command, "canary") {
					repeated++
				}
				requireHarmless(t, m, tools)
			}
		}
	}
	require.Greater(t, seen, 500)
	require.Positive(t, repeated, "a verified token fills in parameters")
}

func everyMend(d *decision.Decision) []decision.Mend {
	var out []decision.Mend
	for _, h := range d.Hints {
		out = append(out, h.Mends...)
	}
	return out
}

func requireHarmless(t *testing.T, m decision.Mend, tools string) {
	t.Helper()
	requireQuoted(t, m)
	if m.Go != "" {
		require.NotContains(t, withoutStrings(m.Go, '"', true), "canary")
	}
	if m.Settings != "" {
		var members map[string]any
		require.NoError(t, json.Unmarshal([]byte(m.Settings), &members))
		require.NotContains(t, m.Settings, `"insecureSkipAudience":`)
		_, err := settings.Parse([]byte(m.Settings))
		require.NoError(t, err, "%s", m.Settings)
	}
	switch m.Product {
	case "ADFS":
		require.NotContains(t, withoutStrings(m.Command, '\'', false), "canary", m.Command)
	case "SQL":
		require.NotContains(t, m.Command, "canary")
	default:
		dir := t.TempDir()
		cmd := exec.Command("/bin/sh", "-c", m.Command)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + tools}
		_, _ = cmd.CombinedOutput() // the tools do nothing, so that a command may fail
		require.NoFileExists(t, filepath.Join(dir, "canary"), m.Command)
	}
}

// withoutStrings returns a text without its quoted strings.
func withoutStrings(text string, quote byte, escapes bool) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(text); i++ {
		switch {
		case inside && escapes && text[i] == '\\':
			i++
		case text[i] == quote:
			inside = !inside
		case !inside:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
