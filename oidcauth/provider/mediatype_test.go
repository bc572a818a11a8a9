package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// forged holds changes that turn a good signed answer into a JWT that must be refused.
func forged(p *oidctest.Provider) map[string]func(*oidctest.Forgery) {
	claim := func(name string, v any) func(*oidctest.Forgery) {
		return func(f *oidctest.Forgery) { f.Claims[name] = v }
	}
	header := func(name string, v any) func(*oidctest.Forgery) {
		return func(f *oidctest.Forgery) { f.Header[name] = v }
	}
	now := p.Now()
	stranger := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return map[string]func(*oidctest.Forgery){
		"iss with slash": claim("iss", p.Issuer()+"/"),
		"iss null":       func(f *oidctest.Forgery) { f.Payload = []byte(`{"iss":null,"aud":"` + oidctest.ClientID + `"}`) },
		"aud null":       func(f *oidctest.Forgery) { f.Payload = []byte(`{"iss":"` + p.Issuer() + `","aud":null}`) },
		"iss list":       claim("iss", []string{p.Issuer()}),
		"another aud":    claim("aud", "another"),
		"aud with slash": claim("aud", oidctest.ClientID+"/"),
		"aud empty":      claim("aud", []string{}),
		"aud of numbers": claim("aud", []any{oidctest.ClientID, 1}),
		"expired":        claim("exp", now.Add(-time.Minute).Unix()),
		"exp text":       claim("exp", "2099-01-01"),
		"exp null":       func(f *oidctest.Forgery) { f.Payload = []byte(`{"iss":"` + p.Issuer() + `","exp":null}`) },
		"not yet":        claim("nbf", now.Add(2*time.Minute).Unix()),
		"old":            claim("iat", now.Add(-6*time.Minute).Unix()),
		"of the future":  claim("iat", now.Add(6*time.Minute).Unix()),
		"imitated name":  claim("ISS", p.Issuer()),
		"another's key":  func(f *oidctest.Forgery) { f.Algorithm, f.Key = "ES256", stranger },
		"another kid":    header("kid", "unknown"),
		"secret": func(f *oidctest.Forgery) {
			f.Algorithm, f.Key = "HS256", []byte(oidctest.ClientSecret+oidctest.ClientSecret)
		},
		"critical":           header("crit", []string{"exp"}),
		"access token":       header("typ", "at+jwt"),
		"logout token":       header("typ", "logout+jwt"),
		"security event":     header("typ", "secevent+jwt"),
		"DPoP":               header("typ", "dpop+jwt"),
		"client assertion":   header("typ", "client-authentication+jwt"),
		"algorithm not ours": func(f *oidctest.Forgery) { f.Algorithm, f.Key = "RS384", nil },
	}
}

func TestUserInfoIsNoOtherToken(t *testing.T) {
	p := oidctest.New(t)
	ctx := context.Background()
	client := newClient(t, p, func(c *provider.Config) { c.Algorithms = []string{"RS256", "ES256"} })
	ask := func(f oidctest.Forgery) error {
		p.Fail(oidctest.UserInfo, oidctest.Fault{Body: p.Forge(f), Type: "application/jwt; charset=utf-8"})
		_, err := client.UserInfo(ctx, "t")
		return err
	}
	good := func() oidctest.Forgery {
		return oidctest.Forgery{
			Header: map[string]any{"typ": nil},
			Claims: oidctest.Claims{"sub": "alice", "aud": oidctest.ClientID, "exp": nil, "iat": nil},
		}
	}
	dated := func(f *oidctest.Forgery) { delete(f.Claims, "exp"); delete(f.Claims, "iat") } // which fills them in
	typed := func(typ string) func(*oidctest.Forgery) {
		return func(f *oidctest.Forgery) { f.Header["typ"] = typ }
	}
	without := func(names ...string) func(*oidctest.Forgery) {
		return func(f *oidctest.Forgery) {
			for _, n := range names {
				f.Claims[n] = nil
			}
		}
	}
	for name, change := range map[string]func(*oidctest.Forgery){
		"plain": func(*oidctest.Forgery) {}, "dated": dated,
		"typ JWT":                             func(f *oidctest.Forgery) { f.Header["typ"] = "jWt" },
		"one of two aud":                      func(f *oidctest.Forgery) { f.Claims["aud"] = []string{"x", oidctest.ClientID} },
		"just expired":                        func(f *oidctest.Forgery) { f.Claims["exp"] = p.Now().Add(-30 * time.Second).Unix() },
		"acr":                                 func(f *oidctest.Forgery) { f.Claims["acr"] = "2" },
		"iss missing":                         without("iss"),
		"aud missing":                         without("aud"),        // as Glewlwyd's is
		"both missing":                        without("iss", "aud"), // as LemonLDAP::NG's are
		"typ of RFC 7515":                     typed("application/JWT"),
		"typ of UserInfo":                     typed("userinfo+jwt"),
		"typ of Glewlwyd":                     typed("token-userinfo+jwt"),
		"typ of UserInfo, dated, aud missing": func(f *oidctest.Forgery) { typed("userinfo+jwt")(f); dated(f); f.Claims["aud"] = nil },
		"exp without iat, and acr":            func(f *oidctest.Forgery) { delete(f.Claims, "exp"); f.Claims["acr"] = "2" },
	} {
		f := good()
		change(&f)
		assert.NoError(t, ask(f), name)
	}
	bad := forged(p)
	bad["introspection"] = func(f *oidctest.Forgery) { f.Header["typ"] = "token-introspection+jwt" }
	for _, name := range []string{"nonce", "at_hash", "c_hash", "s_hash", "events", "token_introspection", "token_use", "typ"} {
		bad["with "+name] = func(f *oidctest.Forgery) { f.Claims[name] = "x" }
	}
	for _, name := range []string{"auth_time", "azp", "amr", "acr", "sid", "scope", "scp", "client_id", "cnf"} {
		bad["dated, with "+name] = func(f *oidctest.Forgery) { dated(f); f.Claims[name] = "x" }
	}
	bad["unknown typ"] = typed("x+jwt")
	bad["typ of nothing"] = typed("application/")
	bad["typ of an ID token"] = typed("id+jwt")
	bad["typ that ends alike"] = typed("xuserinfo+jwt")
	bad["typ of JWT with a suffix"] = typed("JWT+x")
	for _, name := range []string{"iss", "aud"} { // an access token may lack them, and all tokens have exp
		bad["dated, "+name+" missing"] = func(f *oidctest.Forgery) { dated(f); f.Claims[name] = nil }
		bad["with exp, "+name+" missing"] = func(f *oidctest.Forgery) { delete(f.Claims, "exp"); f.Claims[name] = nil }
	}
	for name, change := range bad {
		t.Run(name, func(t *testing.T) {
			f := good()
			change(&f)
			assertUnverified(t, ask(f), provider.ErrUnverified)
		})
	}
	for name, body := range map[string]string{"JSON": `{"sub":"alice"}`, "empty": "", "opaque": "x", "five parts": "a.b.c.d.e"} {
		p.Fail(oidctest.UserInfo, oidctest.Fault{Body: body, Type: "application/jwt", Status: http.StatusOK})
		_, err := client.UserInfo(ctx, "t")
		require.ErrorIs(t, err, provider.ErrUnverified, name)
	}
	p.Fail(oidctest.UserInfo, oidctest.Fault{Body: p.Forge(good())})
	_, err := client.UserInfo(ctx, "t")
	require.Error(t, err, "a JWT is not taken for JSON")
}

// Everything laxer than OpenID Connect Core 1.0 section 5.3.2 needs a setting.
func TestUserInfoByLaxerRules(t *testing.T) {
	p := oidctest.New(t)
	dated := map[string]any{"typ": nil}
	for name, c := range map[string]struct {
		change func(*provider.Config)
		header map[string]any
		claims oidctest.Claims
		good   bool
	}{
		"a typ of its own": {
			func(c *provider.Config) { c.UserInfoTypes = []string{"Profile+JWT"} },
			map[string]any{"typ": "profile+jwt"},
			oidctest.Claims{"exp": nil},
			true,
		},
		"that typ, long": {
			func(c *provider.Config) { c.UserInfoTypes = []string{"application/profile+jwt"} },
			map[string]any{"typ": "profile+jwt"},
			oidctest.Claims{"exp": nil},
			true,
		},
		"another typ": {
			func(c *provider.Config) { c.UserInfoTypes = []string{"profile+jwt"} },
			map[string]any{"typ": "at+jwt"},
			oidctest.Claims{"exp": nil},
			false,
		},
		"for another":          {insecure, dated, oidctest.Claims{"aud": "another"}, true},
		"for another, no list": {insecure, dated, oidctest.Claims{"aud": 1}, true},
		"aud missing":          {insecure, dated, oidctest.Claims{"aud": nil}, true},
		"iss missing":          {insecure, dated, oidctest.Claims{"iss": nil}, true},
		"like an access token": {insecure, dated, oidctest.Claims{"scope": "openid", "auth_time": 1}, true},
		"with a nonce":         {insecure, dated, oidctest.Claims{"nonce": "x"}, true},
		"typ of another token": {insecure, map[string]any{"typ": "at+jwt"}, nil, false},
		"another issuer":       {insecure, dated, oidctest.Claims{"iss": "https://other.example"}, false},
		"expired":              {insecure, dated, oidctest.Claims{"exp": p.Now().Add(-time.Hour).Unix()}, false},
		"key of another":       {insecure, map[string]any{"typ": nil, "kid": "unknown"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, p, func(config *provider.Config) {
				config.RequireSignedUserInfo = true
				c.change(config)
			})
			body := p.Forge(oidctest.Forgery{Header: c.header, Claims: overlaid(oidctest.Claims{"sub": "alice", "aud": oidctest.ClientID}, c.claims)})
			p.Fail(oidctest.UserInfo, oidctest.Fault{Body: body, Type: "application/jwt"})
			set, err := client.UserInfo(context.Background(), "t")
			if !c.good {
				assertUnverified(t, err, provider.ErrUnverified)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "alice", must(claims.Decode[string](set, claims.Name("sub"))))
		})
	}
	for _, typ := range []string{"", "at+jwt", "application/AT+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "token-introspection+jwt"} {
		config := p.ClientConfig()
		config.UserInfoTypes = []string{typ}
		_, err := provider.New(config)
		require.Error(t, err, typ)
	}
}

func TestSignedAnswersNeedAnAddressee(t *testing.T) {
	p := oidctest.New(t)
	base := provider.Config{Issuer: p.Issuer()}
	for name, c := range map[string]struct {
		change func(*provider.Config)
		good   bool
	}{
		"UserInfo":                   {func(c *provider.Config) { c.RequireSignedUserInfo = true }, false},
		"UserInfo for some":          {func(c *provider.Config) { c.RequireSignedUserInfo, c.SignedFor = true, []string{"a"} }, true},
		"UserInfo for anyone":        {func(c *provider.Config) { c.RequireSignedUserInfo, c.InsecureAnySignedUserInfo = true, true }, true},
		"introspection":              {func(c *provider.Config) { c.RequireSignedIntrospection = true }, false},
		"introspection all the same": {func(c *provider.Config) { c.RequireSignedIntrospection, c.InsecureAnySignedUserInfo = true, true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			config := base
			c.change(&config)
			_, err := provider.New(config)
			require.Equal(t, c.good, err == nil)
		})
	}
}

// The algorithms that may sign answers do not depend on the keys' own alg.
func TestAnswersByAnAlgorithmThatIsNotAllowed(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", nil)
	p.SignUserInfo(oidctest.ClientID)
	require.NoError(t, p.Rotate("PS256"))
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	_, err := newClient(t, p, nil).UserInfo(context.Background(), token)
	require.NoError(t, err)
	_, err = newClient(t, p, func(c *provider.Config) { c.Algorithms = []string{"RS256"} }).UserInfo(context.Background(), token)
	assertUnverified(t, err, provider.ErrUnverified)
}

func insecure(c *provider.Config) { c.InsecureAnySignedUserInfo = true }

func overlaid(base, changes oidctest.Claims) oidctest.Claims {
	maps.Copy(base, changes)
	return base
}

func TestIntrospectionIsNoOtherToken(t *testing.T) {
	p := oidctest.New(t)
	client := newClient(t, p, func(c *provider.Config) { c.Algorithms = []string{"RS256", "ES256"} })
	ask := func(f oidctest.Forgery) error {
		p.Fail(oidctest.Introspection, oidctest.Fault{Body: p.Forge(f), Type: "application/token-introspection+jwt; charset=utf-8"})
		_, err := client.Introspect(context.Background(), "t")
		return err
	}
	answer := oidctest.Claims{"active": true, "sub": "alice"}
	good := func() oidctest.Forgery {
		return oidctest.Forgery{
			Header: map[string]any{"typ": "token-introspection+jwt"},
			Claims: oidctest.Claims{"aud": oidctest.ClientID, "exp": nil, "token_introspection": maps.Clone(answer)},
		}
	}
	require.NoError(t, ask(good()))
	long := good()
	long.Header["typ"] = "application/Token-Introspection+JWT"
	require.NoError(t, ask(long))

	bad := forged(p)
	for _, name := range []string{"iss", "aud"} { // RFC 9701 section 5 wants them, OpenID Connect Core 1.0 does not
		bad[name+" missing"] = func(f *oidctest.Forgery) { f.Claims[name] = nil }
	}
	bad["typ missing"] = func(f *oidctest.Forgery) { f.Header["typ"] = nil }
	bad["typ JWT"] = func(f *oidctest.Forgery) { f.Header["typ"] = "JWT" }
	bad["iat missing"] = func(f *oidctest.Forgery) { f.Claims["iat"] = nil }
	bad["no answer"] = func(f *oidctest.Forgery) { f.Claims["token_introspection"] = nil }
	bad["answer at the top"] = func(f *oidctest.Forgery) { f.Claims["token_introspection"] = nil; f.Claims["active"] = true }
	bad["answer as text"] = func(f *oidctest.Forgery) { f.Claims["token_introspection"] = `{"active":true}` }
	bad["expired, inactive"] = func(f *oidctest.Forgery) {
		f.Claims["exp"] = p.Now().Add(-time.Hour).Unix()
		f.Claims["token_introspection"] = oidctest.Claims{"active": false}
	}
	for name, change := range bad {
		t.Run(name, func(t *testing.T) {
			f := good()
			change(&f)
			assertUnverified(t, ask(f), provider.ErrUnverified)
		})
	}
	for _, active := range []any{"true", 1, nil} {
		f := good()
		f.Claims["token_introspection"] = map[string]any{"active": active}
		err := ask(f)
		require.Error(t, err)
		require.NotErrorIs(t, err, claims.ErrInactive)
	}
	f := good()
	f.Claims["token_introspection"] = map[string]any{"active": false}
	require.ErrorIs(t, ask(f), claims.ErrInactive)
	p.Fail(oidctest.Introspection, oidctest.Fault{Body: p.Forge(good()), Type: "application/jwt"})
	_, err := client.Introspect(context.Background(), "t")
	require.Error(t, err)
	require.NotErrorIs(t, err, claims.ErrInactive)
}

func TestAFloodOfUnknownKidsCausesFewFetches(t *testing.T) {
	p := oidctest.New(t)
	client := newClient(t, p, nil)
	for range 3 {
		p.Fail(oidctest.Introspection, oidctest.Fault{
			Body: p.Forge(oidctest.Forgery{
				Header: map[string]any{"typ": "token-introspection+jwt", "kid": "unknown"},
				Claims: oidctest.Claims{"aud": oidctest.ClientID, "token_introspection": oidctest.Claims{"active": true}},
			}),
			Type: "application/token-introspection+jwt",
		})
		_, err := client.Introspect(context.Background(), "t")
		assertUnverified(t, err, provider.ErrUnverified)
	}
	require.Equal(t, 1, p.Requests(oidctest.JWKS))
}
