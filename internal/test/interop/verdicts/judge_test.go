package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

const (
	issuer  = "https://idp.example"
	keysURL = issuer + "/jwks"
)

// rowWith is a good row whose token is signed by one key, while another may be published.
func rowWith(t *testing.T, signing, published *ecdsa.PrivateKey) row {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	payload := fmt.Sprintf(`{"iss":%q,"aud":"api://orders","sub":"alice","exp":%d}`, issuer, now.Unix()+300)
	token, err := jose.Sign("ES256", map[string]any{"kid": "k1", "typ": "at+jwt"}, []byte(payload), signing)
	require.NoError(t, err)
	jwk, err := jose.MarshalJWK("k1", "ES256", published.Public())
	require.NoError(t, err)
	document := fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, issuer, keysURL)
	return row{
		Now: now, Issuer: issuer, Audience: "api://orders", KeysURL: keysURL,
		Request: sent{Method: "GET", Header: map[string][][]byte{"Authorization": {[]byte("Bearer " + token)}}},
		Answers: map[string]answer{
			issuer + "/.well-known/openid-configuration": {Body: []byte(document)},
			keysURL: {Body: []byte(`{"keys":[` + string(jwk) + `]}`)},
		},
	}
}

// Judges that accept nothing, or everything, would measure nothing.
func TestJudges(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	good, forged, foreign, late := rowWith(t, key, key), rowWith(t, other, key), rowWith(t, key, key), rowWith(t, key, key)
	foreign.Audience = "api://other"
	late.Now = late.Now.Add(time.Hour)
	for _, j := range append([]judge{own}, peers...) {
		t.Run(j.name, func(t *testing.T) {
			for name, c := range map[string]struct {
				row      row
				accepted bool
			}{"good": {good, true}, "another's signature": {forged, false}, "another's audience": {foreign, false}, "expired": {late, false}} {
				v, err := j.try(t.Context(), c.row)
				require.NoError(t, err)
				require.Equal(t, verdict{accepted: c.accepted}, v, name)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	for fault, build := range map[string]func(*http.Client) error{
		"panic": func(*http.Client) error { panic("a fault of the judge") },
		"reads without end": func(client *http.Client) error {
			res, err := client.Get(keysURL)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, res.Body)
			return errors.Join(err, res.Body.Close())
		},
	} {
		j := judge{build: func(_ context.Context, _ row, client *http.Client, next http.Handler) (http.Handler, error) {
			return next, build(client)
		}}
		v, err := j.try(t.Context(), row{Answers: map[string]answer{keysURL: {Endless: true}}})
		require.NoError(t, err)
		require.Equal(t, verdict{fault: fault}, v)
	}
}
