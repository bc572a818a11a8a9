package oidcauth_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// askingUserInfo needs the claim oid, which the good token lacks.
func (*world) askingUserInfo(c *oidcauth.Config) {
	c.Issuers[0].Claims.UserInfo = must(provider.New(provider.Config{Issuer: idp, ClientID: "orders"}))
	c.Issuers[0].Claims.Required = []claims.Path{claims.Name("oid")}
}

// userInfo returns a row in which UserInfo gives this answer.
func userInfo(name string, want reason.Reason, a answer) verdict {
	v := verdict{name: name, want: want}
	var here *world
	v.world = func(w *world) {
		here = w
		w.set(idpUserInfo, a)
	}
	v.config = func(c *oidcauth.Config) { here.askingUserInfo(c) }
	return v
}

func TestVerdictUserInfoAnswers(t *testing.T) {
	out := []verdict{
		userInfo("good", "", answer{body: `{"sub":"` + holder + `","oid":"o"}`}),
		userInfo("good with white space", "", answer{body: "\n {\"oid\" : 1, \"sub\" : \"" + holder + "\"}\n"}),
		userInfo("claim missing there too", reason.ClaimMissing, answer{body: `{"sub":"` + holder + `"}`}),
		userInfo("claim null there", reason.ClaimMissing, answer{body: `{"sub":"` + holder + `","oid":null}`}),
		userInfo("claim in another case", reason.ClaimMissing, answer{body: `{"sub":"` + holder + `","OID":"o"}`}),
		userInfo("endless", reason.UserInfoUnavailable, answer{endless: true}),
		userInfo("no answer", reason.UserInfoUnavailable, answer{err: errors.New("refused")}),
		userInfo("redirect to another origin", reason.UserInfoUnavailable, answer{status: 302, location: "https://evil.example/userinfo"}),
		userInfo("redirect to http", reason.UserInfoUnavailable, answer{status: 307, location: "http://idp.example/userinfo"}),
		userInfo("redirect within the origin", reason.UserInfoUnavailable, answer{status: 308, location: idp + "/other"}),
		userInfo("redirect to the metadata service", reason.UserInfoUnavailable, answer{status: 303, location: "http://169.254.169.254/"}),
		userInfo("redirect to itself", reason.UserInfoUnavailable, answer{status: 302, location: idpUserInfo}),
	}
	for _, sub := range []string{
		`"root"`, `""`, "null", "1", "true", `["` + holder + `"]`, `{"sub":"` + holder + `"}`, `"` + strings.ToUpper(holder) + `"`,
		`"` + holder + ` "`, `"` + holder + `\u0000"`,
		`"` + holder[:len(holder)-1] + `"`,
	} {
		out = append(out, userInfo("sub "+sub, reason.UserInfoSubjectMismatch, answer{body: `{"oid":"o","sub":` + sub + `}`}))
	}
	for _, name := range []string{"SUB", "Sub", `\u017fub`, "subject", "id"} {
		out = append(out, userInfo("sub named "+name, reason.UserInfoSubjectMismatch, answer{body: `{"oid":"o","` + name + `":"` + holder + `"}`}))
	}
	for _, status := range []int{400, 401, 403} {
		out = append(out, userInfo(http.StatusText(status), reason.UserInfoRefused, answer{status: status, body: `{"sub":"` + holder + `","oid":"o"}`}))
	}
	for _, status := range []int{201, 202, 204, 206, 304, 404, 405, 429, 500, 502, 503} {
		out = append(out, userInfo(http.StatusText(status), reason.UserInfoUnavailable, answer{status: status, body: `{"sub":"` + holder + `","oid":"o"}`}))
	}
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html>", "list": "[]", "null": "null", "JWT": verdict{claims: obj{"oid": "o"}}.token(), "BOM": "\ufeff{}",
		"sub twice": `{"sub":"` + holder + `","sub":"root","oid":"o"}`, "oid twice": `{"sub":"` + holder + `","oid":"o","oid":"p"}`,
		"two objects": `{"sub":"` + holder + `","oid":"o"}{}`, "truncated": `{"sub":"` + holder + `","oid":"o"`,
		"invalid UTF-8": "{\"sub\":\"" + holder + "\",\"oid\":\"\xff\"}",
		"too deep":      `{"sub":"` + holder + `","oid":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + "}", "far too deep": strings.Repeat(`{"a":`, 100000),
		"more than 1 MiB": `{"sub":"` + holder + `","oid":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		out = append(out, userInfo(name, reason.UserInfoUnavailable, answer{body: body}))
	}
	runVerdicts(t, out)
}

// If a client has requested a token for itself, Glewlwyd answers 404. This is not an outage, because a client can cause it at
// will.
func TestVerdictUserInfoKnowsNoMachine(t *testing.T) {
	row := func(name string, want reason.Reason, status int, changes obj) verdict {
		v := userInfo(name, want, answer{status: status})
		v.claims = changes
		return v
	}
	null := json.RawMessage("null")
	runVerdicts(t, []verdict{
		row("sub is the client", reason.UserInfoRefused, http.StatusNotFound, obj{"sub": "shop", "client_id": "shop"}),
		row("sub is the client, named azp", reason.UserInfoRefused, http.StatusNotFound, obj{"sub": "shop", "azp": "shop"}),
		row("no sub", reason.UserInfoRefused, http.StatusNotFound, obj{"sub": nil, "client_id": "shop"}),
		row("sub null", reason.UserInfoRefused, http.StatusNotFound, obj{"sub": null, "client_id": "shop"}),
		row("a user's", reason.UserInfoUnavailable, http.StatusNotFound, obj{"client_id": "shop"}),
		row("500", reason.UserInfoUnavailable, http.StatusInternalServerError, obj{"sub": "shop", "client_id": "shop"}),
	})
}

// UserInfo adds claims. It never replaces claims of the token or the checks of the token itself.
func TestVerdictUserInfoAndToken(t *testing.T) {
	generous := answer{body: `{"sub":"` + holder + `","oid":"o","aud":"` + audience + `","iss":"` + idp + `","exp":1900000000,"role":"admin","scope":"all"}`}
	row := func(name string, want reason.Reason, change func(*verdict)) verdict {
		v := userInfo(name, want, generous)
		change(&v)
		return v
	}
	admin := claims.Equals(claims.Name("role"), "admin")
	also := func(v *verdict, change func(*oidcauth.Issuer)) {
		before := v.config
		v.config = func(c *oidcauth.Config) { before(c); change(&c.Issuers[0]) }
	}
	checkRole := func(v *verdict) { also(v, func(iss *oidcauth.Issuer) { iss.Claims.Checks = []claims.Check{admin} }) }
	only := func(v *verdict) { also(v, func(iss *oidcauth.Issuer) { iss.Claims.UserInfoOnly = true }) }
	runVerdicts(t, []verdict{
		row("role of UserInfo", "", checkRole),
		row("role of the token wins", reason.CheckFailed, func(v *verdict) { checkRole(v); v.claims = obj{"role": "guest"} }),
		row("a role of the token that is no text wins", reason.CheckFailed, func(v *verdict) { checkRole(v); v.claims = obj{"role": []string{}} }),
		row("UserInfo only: the token's role is nothing", "", func(v *verdict) { checkRole(v); only(v); v.claims = obj{"role": "guest"} }),
		row("UserInfo only: the token's claim is nothing", reason.ClaimMissing, func(v *verdict) {
			only(v)
			v.claims = obj{"tokens": "own"}
			also(v, func(iss *oidcauth.Issuer) { iss.Claims.Required = []claims.Path{claims.Name("tokens")} })
		}),
		row("aud of UserInfo", reason.WrongAudience, func(v *verdict) { v.claims = obj{"aud": nil} }),
		row("exp of UserInfo", reason.InvalidClaims, func(v *verdict) { v.claims = obj{"exp": nil} }),
		row("iss of UserInfo", reason.UnknownIssuer, func(v *verdict) { v.claims = obj{"iss": nil} }),
		row("sub of UserInfo", reason.UserInfoSubjectMismatch, func(v *verdict) { v.claims = obj{"sub": nil} }),
		row("empty sub on both sides", reason.UserInfoSubjectMismatch, func(v *verdict) {
			v.claims = obj{"sub": ""}
			w := v.world
			v.world = func(here *world) { w(here); here.set(idpUserInfo, answer{body: `{"sub":"","oid":"o"}`}) }
		}),
		row("sub no string on both sides", reason.InvalidClaims, func(v *verdict) {
			v.claims = obj{"sub": json.RawMessage("1")}
			w := v.world
			v.world = func(here *world) { w(here); here.set(idpUserInfo, answer{body: `{"sub":1,"oid":"o"}`}) }
		}),
		row("expired", reason.Expired, func(v *verdict) { v.claims = obj{"exp": inSeconds(-61)} }),
		row("forged", reason.InvalidSignature, func(v *verdict) { v.key = attacker() }),
		row("the token has all that is needed", "", func(v *verdict) {
			v.claims = obj{"oid": "o"}
			w := v.world
			v.world = func(here *world) { w(here); here.set(idpUserInfo, answer{status: 500}) }
		}),
	})
}

// The sub of UserInfo equals the sub of the ID token. Some products put it into another claim of the access token (Okta: uid).
func TestVerdictUserInfoSubject(t *testing.T) {
	row := func(name string, want reason.Reason, token obj, sub string, subject claims.Path) verdict {
		v := userInfo(name, want, answer{body: `{"oid":"o","sub":` + sub + `}`})
		before := v.config
		v.config = func(c *oidcauth.Config) { before(c); c.Issuers[0].Claims.UserInfoSubject = subject }
		v.claims = token
		return v
	}
	uid, same := claims.Name("uid"), `"`+holder+`"`
	runVerdicts(t, []verdict{
		row("uid", "", obj{"uid": "00u1"}, `"00u1"`, uid),
		row("uid by a pointer", "", obj{"user": obj{"id": "00u1"}}, `"00u1"`, claims.Pointer("/user/id")),
		row("sub, named", "", nil, same, claims.Name("sub")),
		row("uid, by default", reason.UserInfoSubjectMismatch, obj{"uid": "00u1"}, `"00u1"`, claims.Path{}),
		row("uid of another", reason.UserInfoSubjectMismatch, obj{"uid": "00u1"}, `"00u2"`, uid),
		row("uid in another case", reason.UserInfoSubjectMismatch, obj{"uid": "00u1"}, `"00U1"`, uid),
		row("sub in place of uid", reason.UserInfoSubjectMismatch, obj{"uid": "00u1"}, same, uid),
		row("uid absent", reason.UserInfoSubjectMismatch, nil, same, uid),
		row("uid null", reason.UserInfoSubjectMismatch, obj{"uid": json.RawMessage("null")}, "null", uid),
		row("uid empty on both sides", reason.UserInfoSubjectMismatch, obj{"uid": ""}, `""`, uid),
		row("uid no string on both sides", reason.UserInfoSubjectMismatch, obj{"uid": 1}, "1", uid),
		row("uid a list that holds it", reason.UserInfoSubjectMismatch, obj{"uid": []string{"00u1"}}, `"00u1"`, uid),
	})
}

func TestVerdictUserInfoIsRequestedOncePerToken(t *testing.T) {
	w := newWorld(t)
	w.set(idpUserInfo, answer{body: `{"sub":"` + holder + `","oid":"o"}`})
	w.start(t, w.askingUserInfo)
	token := verdict{claims: obj{"exp": inSeconds(100)}}.token()
	send := verdict{}.request()
	for range 5 {
		require.Empty(t, w.judge(t, send, token))
	}
	require.Equal(t, 1, w.count(idpUserInfo))
	w.set(idpUserInfo, answer{body: `{"sub":"root","oid":"o"}`})
	require.Equal(t, reason.UserInfoSubjectMismatch, w.reason(t, verdict{claims: obj{"jti": "other"}}), "an answer is for its token alone")
	w.advance(100 * time.Second)
	require.Equal(t, reason.UserInfoSubjectMismatch, w.judge(t, send, token), "no answer outlives the token's exp")
	w.advance(60 * time.Second)
	require.Equal(t, reason.Expired, w.judge(t, send, token))
}

// A fault of UserInfo names the claim for which UserInfo was needed.
func TestUserInfosFaultsNameTheClaimThatWasNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		only   bool
		want   reason.Reason
	}{
		"refused":                {answer{status: 401}, false, reason.UserInfoRefused},
		"refused, UserInfo only": {answer{status: 401}, true, reason.UserInfoRefused},
		"down":                   {answer{status: 500}, false, reason.UserInfoUnavailable},
		"another user":           {answer{body: `{"sub":"root","oid":"o"}`}, false, reason.UserInfoSubjectMismatch},
		"no sub":                 {answer{body: `{"oid":"o"}`}, false, reason.UserInfoSubjectMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			v := userInfo(name, c.want, c.answer)
			w := v.begin(t, func(config *oidcauth.Config) { config.Issuers[0].Claims.UserInfoOnly = c.only })
			require.Equal(t, c.want, w.reason(t, v))
			require.Contains(t, w.refused.Detail, "oid")
			for _, h := range w.refused.Decision().Hints {
				if h.Code == "userinfo_refuses_token" {
					require.Contains(t, h.Expected, "oid")
				}
			}
		})
	}
}

func overlay(base, changes obj) obj {
	maps.Copy(base, changes)
	return base
}
