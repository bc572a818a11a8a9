package oidcauth_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// membersOfLogins lists the members of a settings document that the mends of a hint on logins name.
var membersOfLogins = map[string][]string{
	"id_token_client_id":   {"client.clientID"},
	"login_client_refused": {"client.clientID", "client.auth.secret.env", "client.auth.rawBasic"},
	"id_token_acr":         {"claims.acr"},
	"id_token_auth_time":   {"claims.authTime"},
	"id_token_max_age":     {"login.prompt"},

	"session_acr_not_stated":       {"claims.acr"},
	"session_auth_time_not_stated": {"claims.authTime"},

	"id_token_clock":        {"leeway"},
	"issuer_slash":          {"issuer"},
	"login_issuer_mismatch": {"issuer"},
	"claim_not_in_id_token": {"claims.userInfo"},
	"attempt_unknown":       {"login.publicURL of the document"},
	"state_mismatch":        {"login.keys of the document"},
	"session_too_large":     {"login.sessions.inCookie of the document"},
}

// membersIn returns the paths of the values in a patch.
func membersIn(t *testing.T, patch string) (out []string) {
	t.Helper()
	var walk func(path, of string, v any)
	walk = func(path, of string, v any) {
		o, ok := v.(map[string]any)
		if !ok {
			out = append(out, path+of)
			return
		}
		for name, value := range o {
			walk(strings.TrimPrefix(path+"."+name, "."), of, value)
		}
	}
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(patch), &members), patch)
	for name, value := range members {
		if name != "providers" {
			walk(name, " of the document", value)
			continue
		}
		for _, provider := range value.(map[string]any) {
			walk("", "", provider)
		}
	}
	return out
}

// An administrator who reads a hint on a login finds the member to change.
func TestMendsOfLoginsNameTheMember(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "a secret of the test")
	t.Setenv("SESSION_KEY", "NlnQwUQNWMPJqgrFmTQZfs3xa5gTQcUN8Rmi8qXH6iQ")
	const document = `{"providers": {"<name>": {"issuer": "https://id.corp.example", "audience": ["x"], "client": {"clientID": "y", "auth": {"secret": {"env": "CLIENT_SECRET"}}}}},
		"login": {"publicURL": "https://app.example", "keys": [{"env": "SESSION_KEY"}]}}`
	chosen := strings.NewReplacer(
		"<public-url>", "https://other.example", "<issuer>", "https://other.example", "<claim>", "level",
		`{"file":"<file-that-all-replicas-have>"}`, `{"env":"SESSION_KEY"}`,
	)
	for code, want := range membersOfLogins {
		t.Run(code, func(t *testing.T) {
			i := slices.IndexFunc(hintedLogins(), func(h hintedLogin) bool { return h.code == code })
			var named []string
			for _, m := range mendsOf(decideLogin(t, hintedLogins()[i].shown), code) {
				requireQuoted(t, m)
				if m.Settings == "" {
					continue
				}
				named = append(named, membersIn(t, m.Settings)...)
				var base, patch any
				require.NoError(t, json.Unmarshal([]byte(document), &base))
				require.NoError(t, json.Unmarshal([]byte(chosen.Replace(m.Settings)), &patch))
				text, err := json.Marshal(patched(base, patch))
				require.NoError(t, err)
				doc, err := settings.Parse(text)
				require.NoError(t, err, "%s", text)
				_, err = doc.Configuration(settings.Options{})
				require.NoError(t, err, "%s", text)
			}
			for _, member := range want {
				require.Contains(t, named, member)
			}
		})
	}
}

// Each change of an Issuer, as Go and as a document, removes the hint on the login with which it came.
func TestMendsOfLoginsRemoveTheirHint(t *testing.T) {
	for code, has := range map[string]obj{
		"id_token_acr": {"acr": "pwd", "level": "mfa"}, "id_token_auth_time": {"auth_time": nil, "level": inSeconds(-10)}, "id_token_clock": {"iat": inSeconds(100)},
	} {
		t.Run(code, func(t *testing.T) {
			i := slices.IndexFunc(hintedLogins(), func(h hintedLogin) bool { return h.code == code })
			shown := hintedLogins()[i].shown.(loginVerdict)
			shown.claims = has
			mended := 0
			for _, m := range mendsOf(decideLogin(t, shown), code) {
				for _, apply := range []func(*oidcauth.Config){
					func(c *oidcauth.Config) { applyGo(t, strings.ReplaceAll(m.Go, "<claim>", "level"), c) },
					func(c *oidcauth.Config) { applySettings(t, strings.ReplaceAll(m.Settings, "<claim>", "level"), c) },
				} {
					if m.Go == "" { // a command
						continue
					}
					after := shown
					after.config, after.want = apply, ""
					require.Nil(t, decideLogin(t, after))
					mended++
				}
			}
			require.Equal(t, 2, mended)
		})
	}
}

// A hint on the header of a token or on a JWT-SVID names the member to change.
func TestMendsOfHeadersAndWorkloadsNameTheMember(t *testing.T) {
	p := oidctest.New(t)
	want := map[string][]string{
		"alb_data": {"credentials.header of the document", "preset"}, "alb_access_token": {"credentials.header of the document"},
		"alb_other_signer": {"headerChecks"}, "alb_other_client": {"headerChecks"}, "header_refused": {"headerChecks"},
		"spiffe_not_configured": {"issuer", "jwtSVID", "keys"}, "spiffe_jwt_issuer": {"issuer", "jwtSVID"}, "keys_spiffe": {"keys"},
	}
	seen := map[string]bool{}
	for _, c := range hintedCases() {
		if want[c.code] == nil {
			continue
		}
		var named []string
		for _, m := range mendsOf(c.scene.decide(t, p), c.code) {
			named = append(named, membersIn(t, m.Settings)...)
		}
		for _, member := range want[c.code] {
			require.Contains(t, named, member, c.code)
		}
		seen[c.code] = true
	}
	require.Len(t, seen, len(want))
}
