package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// A member of the provider replaces that of the preset, and null removes it.
func TestPresetIsBelowTheProvider(t *testing.T) {
	c := configured(t, nil, `{
		"providers": {
			"plain":   {"preset": "keycloak", "parameters": {"url": "https://sso.example", "realm": "x"}, "audience": ["a"]},
			"changed": {"preset": "keycloak", "parameters": {"url": "https://sso.example", "realm": "y"}, "audience": ["a"],
				"claims": {"name": null, "roles": {"paths": ["roles"]}}, "issuer": "https://other.example"}
		}
	}`)
	plain, changed := c.Config.Issuers[0], c.Config.Issuers[1]
	require.Equal(t, "https://sso.example/realms/x", plain.URL)
	require.Equal(t, claims.Name("preferred_username"), plain.Claims.Name)
	require.Equal(t, []claims.Path{claims.Pointer("/realm_access/roles")}, plain.Claims.Roles.Paths)
	require.Equal(t, "https://other.example", changed.URL)
	require.True(t, changed.Claims.Name.IsZero())
	require.Equal(t, []claims.Path{claims.Name("roles")}, changed.Claims.Roles.Paths)
}

// The value of a parameter is not searched for other parameters.
func TestParametersAreReplacedOnce(t *testing.T) {
	doc := parsed(t, nil, `{"providers": {"a": {"preset": "keycloak", "audience": ["x"],
		"parameters": {"url": "https://sso.example/${realm}/${url}", "realm": "${url}"}}}}`)
	require.Contains(t, string(doc.Effective()), `"https://sso.example/${realm}/${url}/realms/${url}"`)
}

func TestFaultsOfParameters(t *testing.T) {
	_, err := settings.Parse([]byte(`{"providers": {"a": {"preset": "keycloak", "parameters": {"relm": "x", "url": "https://u"}}}}`))
	require.Equal(t, []fault{{1, 32, "providers.a.preset", ""}, {1, 59, "providers.a.parameters", "realm"}}, positionsOf(all(t, err)))
}

// Each file of a preset is readable, and yields a provider with an issuer.
func TestPresetsAreReadable(t *testing.T) {
	require.Contains(t, settings.Presets(), "keycloak")
	for _, name := range settings.Presets() {
		p, err := settings.PresetOf(name)
		require.NoError(t, err, name)
		require.NotEmpty(t, p.Why, name)
		for parameter, about := range p.Parameters {
			require.NotEmpty(t, about, parameter)
		}
		require.NotEmpty(t, p.Issuer, name)
	}
}

// A preset says why it sets each member, and gives no reason for anything else.
func TestPresetsGiveReasons(t *testing.T) {
	for _, name := range settings.Presets() {
		p, err := settings.PresetOf(name)
		require.NoError(t, err, name)
		used := map[string]bool{}
		for _, path := range p.Members {
			reasoned := false
			for at := range p.Why {
				if path == at || strings.HasPrefix(path, at+".") {
					used[at], reasoned = true, true
				}
			}
			require.True(t, reasoned, "%s: %s", name, path)
		}
		require.Len(t, used, len(p.Why), name)
	}
}

func TestPresetNeedsMembers(t *testing.T) {
	const text = `{"providers": {"a": {"preset": "entra-multi-tenant", "audience": ["x"]TENANTS}}}`
	_, err := settings.Parse([]byte(strings.ReplaceAll(text, "TENANTS", "")))
	require.Equal(t, []fault{{1, 32, "providers.a.preset", ""}}, positionsOf(all(t, err)))
	for _, given := range []string{`, "tenants": ["8a7f"]`, `, "tenants": null`} {
		_, err := settings.Parse([]byte(strings.ReplaceAll(text, "TENANTS", given)))
		require.NoError(t, err)
	}
}

// The value of a parameter cannot change the check in which it stands.
func TestParameterCannotEndAText(t *testing.T) {
	for _, value := range []string{"1' or '2", "1'", `1\"`, `1\\`} {
		_, err := settings.Parse([]byte(`{"providers": {"a": {"preset": "gitlab-ci", "audience": ["x"], "parameters": {"projectID": "` + value + `"}}}}`))
		require.Equal(t, "providers.a.parameters.projectID", only(t, err).Path, value)
	}
}

// A fault that the value of a parameter causes is reported where the document has the value.
func TestFaultOfAParameterIsReportedAtTheParameter(t *testing.T) {
	found := 0
	for _, preset := range settings.Presets() {
		p, err := settings.PresetOf(preset)
		require.NoError(t, err)
		for parameter := range p.Parameters {
			values := map[string]string{}
			for other := range p.Parameters {
				values[other] = "x.example"
			}
			values[parameter] = "a b://{"
			text, err := json.Marshal(map[string]any{"providers": map[string]any{"a": map[string]any{
				"preset": preset, "audience": []string{"x"}, "parameters": values,
			}}})
			require.NoError(t, err)
			doc, err := settings.Parse(text)
			if err == nil {
				_, err = doc.Configuration(settings.Options{})
			}
			if err == nil {
				continue
			}
			for _, fault := range all(t, err) {
				at, column := "providers.a.parameters", strings.Index(string(text), `"a b`)+1
				switch fault.Path {
				case at + "." + parameter:
					require.Equal(t, column, fault.Column, "%s: %v", preset, fault)
					found++
				case at: // the value is made of several
				default:
					require.NotContains(t, fault.Path, "preset.", "%s: %v", preset, fault)
				}
			}
		}
	}
	require.Greater(t, found, 20)
}
