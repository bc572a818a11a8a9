package resolve_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/resolve"
)

const (
	aliceMail = `"alice@corp.example"`
	aliceUUID = `"00000000-0000-4000-8000-0000000000aa"`
)

func resolveSubject(t *testing.T, token, info string, subject claims.Path) (claims.Set, error) {
	t.Helper()
	return resolve.Claims(context.Background(), resolve.Resolution{
		Token: parse(t, token), Subject: subject, Needed: []claims.Path{claims.Name("oid")},
		UserInfo: func(context.Context) (claims.Set, error) { return parse(t, info), nil },
	})
}

// Each way in which the subjects differ is a fault of its own, because each needs another remedy.
func TestUserInfoMustBeAboutTheTokensSubject(t *testing.T) {
	for name, c := range map[string]struct {
		token, info string
		subject     claims.Path
		want        resolve.SubjectFault // "" means that the subjects match
		same        claims.Path
	}{
		"same":                         {token: `{"sub":"a"}`, info: `{"sub":"a"}`},
		"no sub":                       {token: `{"sub":"a"}`, info: `{}`, want: resolve.NoUserInfoSubject},
		"sub null":                     {token: `{"sub":"a"}`, info: `{"sub":null}`, want: resolve.NoUserInfoSubject},
		"sub empty":                    {token: `{"sub":"a"}`, info: `{"sub":""}`, want: resolve.NoUserInfoSubject},
		"both empty":                   {token: `{"sub":""}`, info: `{"sub":""}`, want: resolve.NoUserInfoSubject},
		"no sub on either side":        {token: `{}`, info: `{}`, want: resolve.NoUserInfoSubject},
		"the token has none":           {token: `{}`, info: `{"sub":"a"}`, want: resolve.NoTokenSubject},
		"the token's is empty":         {token: `{"sub":""}`, info: `{"sub":"a"}`, want: resolve.NoTokenSubject},
		"another user":                 {token: `{"sub":"a"}`, info: `{"sub":"b"}`, want: resolve.OtherSubject},
		"another case":                 {token: `{"sub":"a"}`, info: `{"sub":"A"}`, want: resolve.OtherSubject},
		"another e-mail address":       {token: `{"sub":` + aliceMail + `}`, info: `{"sub":"bob@corp.example"}`, want: resolve.OtherSubject},
		"another UUID":                 {token: `{"sub":` + aliceUUID + `}`, info: `{"sub":"00000000-0000-4000-8000-0000000000ab"}`, want: resolve.OtherSubject},
		"another number":               {token: `{"sub":"4711"}`, info: `{"sub":"4712"}`, want: resolve.OtherSubject},
		"number of JSON":               {token: `{"sub":"4711"}`, info: `{"sub":4711}`, want: resolve.OtherKindOfSubject},
		"number of JSON on both sides": {token: `{"sub":4711}`, info: `{"sub":4711}`, want: resolve.OtherKindOfSubject},
		"list":                         {token: `{"sub":"a"}`, info: `{"sub":["a"]}`, want: resolve.OtherKindOfSubject},
		"number for an e-mail address": {token: `{"sub":` + aliceMail + `}`, info: `{"sub":"4711"}`, want: resolve.OtherKindOfSubject},
		"UUID for an e-mail address":   {token: `{"sub":` + aliceMail + `}`, info: `{"sub":` + aliceUUID + `}`, want: resolve.OtherKindOfSubject},
		"another claim of the token": {
			token: `{"sub":` + aliceMail + `,"uid":"00u1"}`, info: `{"sub":"00u1"}`, want: resolve.OtherKindOfSubject, same: claims.Name("uid"),
		},
		"a claim that names no user": {token: `{"sub":"a","azp":"shop","jti":"shop"}`, info: `{"sub":"shop"}`, want: resolve.OtherSubject},
		"configured":                 {token: `{"sub":` + aliceMail + `,"uid":"00u1"}`, info: `{"sub":"00u1"}`, subject: claims.Name("uid")},
		"configured by a pointer":    {token: `{"user":{"id":"00u1"}}`, info: `{"sub":"00u1"}`, subject: claims.Pointer("/user/id")},
		"configured, another user":   {token: `{"sub":"a","uid":"00u1"}`, info: `{"sub":"00u2"}`, subject: claims.Name("uid"), want: resolve.OtherSubject},
		"configured, but sub equals": {
			token: `{"sub":"a","uid":"00u1"}`, info: `{"sub":"a"}`, subject: claims.Name("uid"), want: resolve.OtherSubject, same: claims.Name("sub"),
		},
		"configured, and absent": {
			token: `{"sub":"a"}`, info: `{"sub":"a"}`, subject: claims.Name("uid"), want: resolve.NoTokenSubject, same: claims.Name("sub"),
		},
		"configured, of UserInfo itself": {token: `{"sub":"a"}`, info: `{"sub":"b","uid":"b"}`, subject: claims.Name("uid"), want: resolve.NoTokenSubject},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := resolveSubject(t, c.token, c.info, c.subject)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Empty(t, set.Names())
			require.ErrorIs(t, err, resolve.ErrSubjectMismatch)
			var fault *resolve.SubjectError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.want, fault.Fault)
			require.Equal(t, c.same, fault.Same)
			for _, value := range []string{"alice@", "00u1", "4711", "bob@"} {
				require.NotContains(t, err.Error(), value, "a subject may name a person")
			}
		})
	}
}
