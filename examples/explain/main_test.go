package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestExitStatusIsTheVerdict(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	good := p.Token(audience, oidctest.Claims{"sub": "alice", "level": 2, "staff": true, "tid": "8"})
	scoped := p.Token(audience, oidctest.Claims{"scope": "openid orders.read"})
	base := []string{"-issuer", p.Issuer(), "-audience", audience}
	for name, c := range map[string]struct {
		in     string
		args   []string
		status int
	}{
		"accepted":           {good, base, accepted},
		"pasted with scheme": {"\nbearer " + good + "\n", base, accepted},
		"pasted header":      {"Authorization: Bearer " + good, base, accepted},
		"scheme twice":       {"Bearer Bearer " + good, base, refused},
		"scope granted":      {scoped, append([]string{"-scope", "orders.read"}, base...), accepted},
		"scope missing":      {scoped, append([]string{"-scope", "orders.write"}, base...), refused},
		"judged before":      {good, append([]string{"-at", "2020-01-01T00:00:00Z", "-leeway", "0s"}, base...), accepted},
		"judged later":       {good, append([]string{"-at", "2099-01-01T00:00:00Z"}, base...), refused},
		"required claim":     {good, append([]string{"-require", "tid"}, base...), accepted},
		"claim required":     {good, append([]string{"-require", "/realm/id"}, base...), refused},
		"unusable leeway":    {good, append([]string{"-leeway", "1h"}, base...), usage},
		"unusable time":      {good, append([]string{"-at", "yesterday"}, base...), usage},
		"help":               {"", []string{"-h"}, accepted},
		"long help":          {"", []string{"--help"}, accepted},
		"another audience":   {good, []string{"-issuer", p.Issuer(), "-audience", "other"}, refused},
		"one of two":         {good, append([]string{"-audience", "other"}, base...), accepted},
		"claim in UserInfo":  {good, append([]string{"-userinfo", "-search-claim", "email"}, base...), accepted},
		"claim nowhere":      {good, append([]string{"-userinfo", "-search-claim", "upn"}, base...), refused},
		"checks hold":        {good, append([]string{"-check", "level=2", "-check", "staff=true", "-check", `tid="8"`}, base...), accepted},
		"check of text":      {good, append([]string{"-check", "tid=8"}, base...), refused},
		"token as argument":  {"", append(base, good), usage},
		"no token":           {" \n", base, usage},
		"no issuer":          {good, []string{"-audience", audience}, usage},
		"no audience":        {good, []string{"-issuer", p.Issuer()}, usage},
		"unknown flag":       {good, append([]string{"-x"}, base...), usage},
		"not a check":        {good, append([]string{"-check", "tid"}, base...), usage},
		"no such key file":   {good, append([]string{"-key", "/nowhere.pem"}, base...), usage},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, c.in, c.args...)
			require.Equal(t, c.status, got.status, got)
			require.Equal(t, c.status == usage, got.err != "")
			require.NotContains(t, got.out+got.err, good)
		})
	}
}

func TestDecisionAsJSON(t *testing.T) {
	p := oidctest.New(t)
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(p.Token("api://default", nil)), 0o600))
	got := runWith(t, "", "-json", "-file", file, "-issuer", p.Issuer(), "-audience", audience)
	require.Equal(t, refused, got.status)
	var d decision.Decision
	require.NoError(t, json.Unmarshal([]byte(got.out), &d))
	require.Equal(t, reason.WrongAudience, d.Reason)
	require.Equal(t, "okta_audience", d.Hints[0].Code)
}

func TestProviderThatIsDownStillGetsTheLocalExamination(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token("api://invoices", nil)
	p.Close()
	got := runWith(t, token, "-json", "-issuer", p.Issuer(), "-audience", audience)
	require.Equal(t, refused, got.status)
	var d decision.Decision
	require.NoError(t, json.Unmarshal([]byte(got.out), &d))
	require.Equal(t, reason.KeysUnavailable, d.Reason)
	require.Equal(t, reason.WrongAudience, d.Faults()[1].Reason)
}

func TestDiscoverPrintsTheConfiguration(t *testing.T) {
	p := oidctest.New(t)
	got := runWith(t, "", "-discover", "-issuer", p.Issuer())
	require.Equal(t, accepted, got.status, got)
	require.Contains(t, got.out, p.Issuer()+string(oidctest.JWKS))
	require.Contains(t, got.out, "oidcauth.Issuer{")
	p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"https://other.example"}`})
	require.Equal(t, refused, runWith(t, "", "-discover", "-issuer", p.Issuer()).status)
}

func TestDoctor(t *testing.T) {
	p := oidctest.New(t)
	args := []string{"-doctor", "-issuer", p.Issuer(), "-audience", audience}
	require.Equal(t, accepted, runWith(t, "", args...).status)
	p.Close()
	got := runWith(t, "", args...)
	require.Equal(t, refused, got.status)
	require.Contains(t, got.out, "failed: ")
}
