package interop

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// stage is where a token was refused.
type stage string

const (
	accepted       stage = "accepted"
	inParse        stage = "parse"
	inAlgorithm    stage = "algorithm"
	inKeySelection stage = "key selection"
	inSignature    stage = "signature"
)

// outcome is what became of one token.
type outcome struct {
	stage   stage
	code    jose.Code // of the refusal in Parse
	standIn bool      // the payload is no JSON object, which alone would have refused the token
}

// verified tells whether the mathematics of a signature decided.
func (o outcome) verified() bool { return o.stage == accepted || o.stage == inSignature }

// newSource serves a key set as a provider does, so that its keys are read and chosen by the code that does it for
// the middleware.
func newSource(t testing.TB, keySet []byte) certsource.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(keySet) }))
	defer server.Close()
	source, err := keybind.Bind(certsource.JWKS{URL: server.URL}, keybind.Binding{Issuer: "iss"})
	require.NoError(t, err)
	refresher, ok := source.(certsource.Refresher)
	require.True(t, ok)
	// A set without any usable key is an error here; that it then holds no key is what the tests look at.
	_ = refresher.Refresh(context.Background(), certsource.Query{})
	return source
}

// judge takes the steps of the middleware up to the signature.
func judge(t testing.TB, source certsource.Source, token string) outcome {
	t.Helper()
	parsed, err := parseAnyPayload(t, token)
	if err != nil {
		return outcome{stage: inParse, code: codeOf(err)}
	}
	if !jose.Allowed(parsed.Header.Algorithm) {
		return outcome{stage: inAlgorithm, standIn: parsed.standIn}
	}
	keys, _ := source.Keys(certsource.Query{
		Issuer: "iss", KeyID: parsed.Header.KeyID, X5T: parsed.Header.X5T, X5TS256: parsed.Header.X5TS256,
		Algorithm: parsed.Header.Algorithm,
	})
	if len(keys) == 0 {
		return outcome{stage: inKeySelection, standIn: parsed.standIn}
	}
	for _, k := range keys {
		if parsed.Verify(k.Public) == nil {
			return outcome{stage: accepted, standIn: parsed.standIn}
		}
	}
	return outcome{stage: inSignature, standIn: parsed.standIn}
}
