package claims_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
)

const (
	aliceMail = `"alice@corp.example"`
	aliceUUID = `"00000000-0000-4000-8000-0000000000aa"`
)

func resolveSubject(t *testing.T, token, info string, subject claims.Path) (claims.Set, error) {
	t.Helper()
	return claims.Resolve(context.Background(), claims.Resolution{
		Token: parse(t, token), Subject: subject, Needed: []claims.Path{claims.Name("oid")},
		UserInfo: func(context.Context) (claims.Set, error) { return parse(t, info), nil },
	})
}

// Each way in which the subjects differ is a fault of its own, because each needs another remedy.
func TestUserInfoMustBeAboutTheTokensSubject(t *testing.T) {
	for name, c := range map[string]struct {
		token, info string
		subject     claims.Path
		want        claims.SubjectFault // "" means that the subjects match
		same        claims.Path
	}{
		"same":                         {token: `{"sub":"a"}`, info: `{"sub":"a"}`},
		"no sub":                       {token: `{"sub":"a"}`, info: `{}`, want: claims.NoUserInfoSubject},
		"sub null":                     {token: `{"sub":"a"}`, info: `{"sub":null}`, want: claims.NoUserInfoSubject},
		"sub empty":                    {token: `{"sub":"a"}`, info: `{"sub":""}`, want: claims.NoUserInfoSubject},
		"both empty":                   {token: `{"sub":""}`, info: `{"sub":""}`, want: claims.NoUserInfoSubject},
		"no sub on either side":        {token: `{}`, info: `{}`, want: claims.NoUserInfoSubject},
		"the token has none":           {token: `{}`, info: `{"sub":"a"}`, want: claims.NoTokenSubject},
		"the token's is empty":         {token: `{"sub":""}`, info: `{"sub":"a"}`, want: claims.NoTokenSubject},
		"another user":                 {token: `{"sub":"a"}`, info: `{"sub":"b"}`, want: claims.OtherSubject},
		"another case":                 {token: `{"sub":"a"}`, info: `{"sub":"A"}`, want: claims.OtherSubject},
		"another e-mail address":       {token: `{"sub":` + aliceMail + `}`, info: `{"sub":"bob@corp.example"}`, want: claims.OtherSubject},
		"another UUID":                 {token: `{"sub":` + aliceUUID + `}`, info: `{"sub":"00000000-0000-4000-8000-0000000000ab"}`, want: claims.OtherSubject},
		"another number":               {token: `{"sub":"4711"}`, info: `{"sub":"4712"}`, want: claims.OtherSubject},
		"number of JSON":               {token: `{"sub":"4711"}`, info: `{"sub":4711}`, want: claims.OtherKindOfSubject},
		"number of JSON on both sides": {token: `{"sub":4711}`, info: `{"sub":4711}`, want: claims.OtherKindOfSubject},
		"list":                         {token: `{"sub":"a"}`, info: `{"sub":["a"]}`, want: claims.OtherKindOfSubject},
		"number for an e-mail address": {token: `{"sub":` + aliceMail + `}`, info: `{"sub":"4711"}`, want: claims.OtherKindOfSubject},
		"UUID for an e-mail address":   {token: `{"sub":` + aliceMail + `}`, info: `{"sub":` + aliceUUID + `}`, want: claims.OtherKindOfSubject},
		"another claim of the token": {
			token: `{"sub":` + aliceMail + `,"uid":"00u1"}`, info: `{"sub":"00u1"}`, want: claims.OtherKindOfSubject, same: claims.Name("uid"),
		},
		"a claim that names no user": {token: `{"sub":"a","azp":"shop","jti":"shop"}`, info: `{"sub":"shop"}`, want: claims.OtherSubject},
		"configured":                 {token: `{"sub":` + aliceMail + `,"uid":"00u1"}`, info: `{"sub":"00u1"}`, subject: claims.Name("uid")},
		"configured by a pointer":    {token: `{"user":{"id":"00u1"}}`, info: `{"sub":"00u1"}`, subject: claims.Pointer("/user/id")},
		"configured, another user":   {token: `{"sub":"a","uid":"00u1"}`, info: `{"sub":"00u2"}`, subject: claims.Name("uid"), want: claims.OtherSubject},
		"configured, but sub equals": {
			token: `{"sub":"a","uid":"00u1"}`, info: `{"sub":"a"}`, subject: claims.Name("uid"), want: claims.OtherSubject, same: claims.Name("sub"),
		},
		"configured, and absent":         {token: `{"sub":"a"}`, info: `{"sub":"a"}`, subject: claims.Name("uid"), want: claims.NoTokenSubject, same: claims.Name("sub")},
		"configured, of UserInfo itself": {token: `{"sub":"a"}`, info: `{"sub":"b","uid":"b"}`, subject: claims.Name("uid"), want: claims.NoTokenSubject},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := resolveSubject(t, c.token, c.info, c.subject)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Empty(t, set.Names())
			require.ErrorIs(t, err, claims.ErrSubjectMismatch)
			var fault *claims.SubjectError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.want, fault.Fault)
			require.Equal(t, c.same, fault.Same)
			for _, value := range []string{"alice@", "00u1", "4711", "bob@"} {
				require.NotContains(t, err.Error(), value, "a subject may name a person")
			}
		})
	}
}
