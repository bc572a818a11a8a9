package dpop_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// The example of RFC 9449 section 7.1.
const exampleProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik" +
	"VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
	"nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE" +
	"QSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj" +
	"oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z" +
	"WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF" +
	"c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E" +
	"OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"

func TestExampleOfRFC9449(t *testing.T) {
	p := parse(t, exampleProof)
	require.Equal(t, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", p.Thumbprint) // section 6.1
	require.Equal(t, "ES256", p.Algorithm)
	require.Equal(t, int64(1562262618), p.Issued.Unix())
	r := dpop.Request{
		Method: "GET", Target: target(t, "https://resource.example.org/protectedresource"), Token: accessToken,
		Thumbprint: p.Thumbprint, Now: p.Issued.Add(time.Second), Window: window,
	}
	require.Empty(t, p.Check(r))
	r.Method, r.Token, r.Thumbprint, r.Now = "POST", accessToken+"x", "other", now
	require.Equal(t, []dpop.Kind{dpop.OtherKey, dpop.OtherToken, dpop.OtherRequest, dpop.Clock}, kinds(p.Check(r)))
}

func TestProofsThatAreRefusedWithoutARequest(t *testing.T) {
	s, other := newSender(t), newSender(t)
	good := s.proof(nil, nil)
	parts := strings.Split(good, ".")
	foreign := strings.Split(other.proof(nil, map[string]any{"jti": "x"}), ".")
	jwk := func(change string) map[string]any { return map[string]any{"jwk": change} }
	for name, text := range map[string]string{
		"empty":                            "",
		"opaque":                           "abc",
		"five parts":                       good + ".a.b",
		"longer than the limit":            s.proof(nil, map[string]any{"pad": strings.Repeat("x", dpop.MaxBytes)}),
		"signature of another proof":       parts[0] + "." + parts[1] + "." + foreign[2],
		"signature by another key":         foreign[0] + "." + parts[1] + "." + parts[2],
		"no signature":                     parts[0] + "." + parts[1] + ".",
		"typ missing":                      s.proof(map[string]any{"typ": nil}, nil),
		"typ of a token":                   s.proof(map[string]any{"typ": "at+jwt"}, nil),
		"typ that is no string":            s.proof(map[string]any{"typ": 7}, nil),
		"alg none":                         s.proof(map[string]any{"alg": "none"}, nil),
		"alg HS256":                        s.proof(map[string]any{"alg": "HS256"}, nil),
		"alg that does not fit":            s.proof(map[string]any{"alg": "RS256"}, nil),
		"jwk missing":                      s.proof(map[string]any{"jwk": nil}, nil),
		"jwk that is no object":            s.proof(jwk("x"), nil),
		"jwk with a private member":        s.proof(map[string]any{"jwk": map[string]any{"kty": "EC", "crv": "P-256", "d": "AA"}}, nil),
		"jwk that is symmetric":            s.proof(map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AA"}}, nil),
		"crit":                             s.proof(map[string]any{"crit": []string{"x"}}, nil),
		"jti missing":                      s.proof(nil, map[string]any{"jti": nil}),
		"jti empty":                        s.proof(nil, map[string]any{"jti": ""}),
		"jti that is no string":            s.proof(nil, map[string]any{"jti": 7}),
		"htm missing":                      s.proof(nil, map[string]any{"htm": nil}),
		"htu missing":                      s.proof(nil, map[string]any{"htu": nil}),
		"iat missing":                      s.proof(nil, map[string]any{"iat": nil}),
		"iat that is a string":             s.proof(nil, map[string]any{"iat": "1790000000"}),
		"ath missing":                      s.proof(nil, map[string]any{"ath": nil}),
		"nonce that is no string":          s.proof(nil, map[string]any{"nonce": 7}),
		"claim that imitates a registered": s.proof(nil, map[string]any{"JTI": "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			p, fault := dpop.Parse(text, jose.Algorithms())
			require.NotNil(t, fault)
			require.Equal(t, dpop.Invalid, fault.Kind, fault.Detail)
			_ = p
		})
	}
	_, fault := dpop.Parse(good, []string{"ES384"})
	require.NotNil(t, fault, "the algorithm is not listed")
}

func TestProofsOfAnotherRequest(t *testing.T) {
	s := newSender(t)
	for name, c := range map[string]struct {
		change map[string]any
		want   []dpop.Kind
	}{
		"good":                     {nil, nil},
		"further claims":           {map[string]any{"foo": 1, "nonce": "from another server"}, nil},
		"query and fragment":       {map[string]any{"htu": "https://api.example.com/orders?page=2#top"}, nil},
		"case of scheme and host":  {map[string]any{"htu": "HTTPS://API.example.com/orders"}, nil},
		"default port":             {map[string]any{"htu": "https://api.example.com:443/orders"}, nil},
		"escape of a letter":       {map[string]any{"htu": "https://api.example.com/%6Frders"}, nil},
		"dot segments":             {map[string]any{"htu": "https://api.example.com/a/../orders"}, nil},
		"another method":           {map[string]any{"htm": "POST"}, []dpop.Kind{dpop.OtherRequest}},
		"case of the method":       {map[string]any{"htm": "get"}, []dpop.Kind{dpop.OtherRequest}},
		"another path":             {map[string]any{"htu": "https://api.example.com/order"}, []dpop.Kind{dpop.OtherRequest}},
		"case of the path":         {map[string]any{"htu": "https://api.example.com/Orders"}, []dpop.Kind{dpop.OtherRequest}},
		"a slash more":             {map[string]any{"htu": "https://api.example.com/orders/"}, []dpop.Kind{dpop.OtherRequest}},
		"another host":             {map[string]any{"htu": "https://api.example.org/orders"}, []dpop.Kind{dpop.OtherRequest}},
		"another port":             {map[string]any{"htu": "https://api.example.com:8443/orders"}, []dpop.Kind{dpop.OtherRequest}},
		"another scheme":           {map[string]any{"htu": "http://api.example.com/orders"}, []dpop.Kind{dpop.OtherRequest}},
		"userinfo in the URL":      {map[string]any{"htu": "https://api.example.com@evil.example/orders"}, []dpop.Kind{dpop.OtherRequest}},
		"no URL":                   {map[string]any{"htu": "/orders"}, []dpop.Kind{dpop.OtherRequest}},
		"a minute ahead":           {map[string]any{"iat": now.Unix() + 60}, nil},
		"more than a minute ahead": {map[string]any{"iat": now.Unix() + 61}, []dpop.Kind{dpop.Clock}},
		"a minute ago":             {map[string]any{"iat": now.Unix() - 60}, nil},
		"more than a minute ago":   {map[string]any{"iat": now.Unix() - 61}, []dpop.Kind{dpop.Clock}},
		"expired":                  {map[string]any{"exp": now.Unix() - 60}, []dpop.Kind{dpop.Clock}},
		"not yet valid":            {map[string]any{"nbf": now.Unix() + 61}, []dpop.Kind{dpop.Clock}},
		"another token":            {map[string]any{"ath": hashOf("other")}, []dpop.Kind{dpop.OtherToken}},
		"several":                  {map[string]any{"ath": "x", "htm": "PUT"}, []dpop.Kind{dpop.OtherToken, dpop.OtherRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, kinds(parse(t, s.proof(nil, c.change)).Check(s.request())))
		})
	}
	require.Equal(t, []dpop.Kind{dpop.OtherKey}, kinds(parse(t, newSender(t).proof(nil, nil)).Check(s.request())))
}

func TestProofIsRememberedForItsKeyAndURL(t *testing.T) {
	s, other := newSender(t), newSender(t)
	r := s.request()
	id := parse(t, s.proof(nil, nil)).ID(r.Target)
	require.Equal(t, id, parse(t, s.proof(nil, map[string]any{"htu": "https://API.example.com:443/orders?x"})).ID(r.Target))
	require.NotEqual(t, id, parse(t, s.proof(nil, map[string]any{"jti": "other"})).ID(r.Target))
	require.NotEqual(t, id, parse(t, other.proof(nil, nil)).ID(r.Target))
	require.NotEqual(t, id, parse(t, s.proof(nil, nil)).ID(target(t, "https://api.example.com/customers")))
	last := parse(t, s.proof(nil, nil))
	r.Now = window.Remember(last)
	require.NotEmpty(t, last.Check(r), "a proof that is forgotten is not accepted")
}

func TestNonces(t *testing.T) {
	s, n := newSender(t), dpop.NewNonces(nil)
	r := s.request()
	r.Nonces = n
	with := func(nonce string) []dpop.Kind {
		return kinds(parse(t, s.proof(nil, map[string]any{"nonce": nonce})).Check(r))
	}
	given := n.At(now)
	require.Equal(t, []dpop.Kind{dpop.Nonce}, kinds(parse(t, s.proof(nil, nil)).Check(r)))
	require.Empty(t, with(given))
	require.Equal(t, []dpop.Kind{dpop.Nonce}, with(dpop.NewNonces(nil).At(now)))
	require.Equal(t, []dpop.Kind{dpop.Nonce}, with(n.At(now.Add(-3*dpop.NonceLife))))
	require.True(t, n.Valid(given, now.Add(dpop.NonceLife)))
	require.True(t, dpop.NewNonces([]byte("shared")).Valid(dpop.NewNonces([]byte("shared")).At(now), now))
}
