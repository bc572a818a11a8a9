package oidcauth_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func resourceOf(id string) func(*oidctest.Provider, *oidcauth.Config) {
	return func(_ *oidctest.Provider, c *oidcauth.Config) { c.Resource.ID = id }
}

// The table contains the identifiers of RFC 9728 section 3.1, and limiting cases of its rule.
func TestMetadataIsAtTheInsertedPath(t *testing.T) {
	for id, want := range map[string]string{
		"https://resource.example.com":             "/.well-known/oauth-protected-resource",
		"https://resource.example.com/":            "/.well-known/oauth-protected-resource",
		"https://resource.example.com/resource1":   "/.well-known/oauth-protected-resource/resource1",
		"https://resource.example.com/a/b/":        "/.well-known/oauth-protected-resource/a/b/",
		"https://resource.example.com:8443/a%2Fb":  "/.well-known/oauth-protected-resource/a%2Fb",
		"http://127.0.0.1:8080/mcp":                "/.well-known/oauth-protected-resource/mcp",
		"https://RESOURCE.example.com/Case/of/You": "/.well-known/oauth-protected-resource/Case/of/You",
	} {
		t.Run(id, func(t *testing.T) {
			s := newService(t, resourceOf(id))
			path, handler := s.auth.ResourceMetadata()
			require.Equal(t, want, path)
			mux := http.NewServeMux()
			mux.Handle(path, handler)
			server := httptest.NewServer(mux)
			defer server.Close()
			res, err := server.Client().Get(server.URL + path) //nolint:noctx // a test
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, http.StatusOK, res.StatusCode)
			var document map[string]any
			require.NoError(t, json.NewDecoder(res.Body).Decode(&document))
			require.Equal(t, id, document["resource"], "a client compares it with the URL that it inserted the path into")
		})
	}
}

func TestMetadataDocument(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		entra := oidcauth.Issuer{URL: "https://login.example/{tenantid}/v2.0", Tenants: []string{"one"}, Audience: []string{audience}}
		adfs := oidcauth.Issuer{URL: "urn:STS/identity", Audience: []string{audience}, Keys: c.Issuers[0].Keys, DiscoveryURL: p.Issuer() + string(oidctest.Discovery)}
		machines := c.Issuers[0]
		machines.Audience = []string{"api://machines"}
		c.Issuers = append(c.Issuers, entra, adfs, machines)
		c.Resource = oidcauth.Resource{
			ID: "https://api.example.com/orders", Scopes: []string{"orders.read", "orders.write"}, Name: `Orders & <more>`,
			Documentation: "https://example.com/docs", Policy: "https://example.com/policy", TermsOfService: "https://example.com/tos",
		}
	})
	_, handler := s.auth.ResourceMetadata()
	r := httptest.NewRequest(http.MethodGet, "https://evil.example/", nil) //nolint:noctx // a test
	r.Host = "evil.example"
	res := serve(handler, r)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"resource": "https://api.example.com/orders", "authorization_servers": ["`+s.Issuer()+`"],
		"scopes_supported": ["orders.read", "orders.write"], "bearer_methods_supported": ["header"], "resource_name": "Orders & <more>",
		"resource_documentation": "https://example.com/docs", "resource_policy_uri": "https://example.com/policy", "resource_tos_uri": "https://example.com/tos"
	}`, string(body))
	require.NotContains(t, string(body), "evil")
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
	require.Equal(t, "public, max-age=3600", res.Header.Get("Cache-Control"))
	require.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, res.Header.Get("Access-Control-Allow-Credentials"))
}

func TestMetadataNamesConfiguredServers(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Resource = oidcauth.Resource{ID: "https://api.example.com", AuthorizationServers: []string{"https://login.example/organizations/v2.0"}}
	})
	_, handler := s.auth.ResourceMetadata()
	res := serve(handler, withHeaders())
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.JSONEq(t, `{"resource": "https://api.example.com", "authorization_servers": ["https://login.example/organizations/v2.0"],
		"bearer_methods_supported": ["header"]}`, string(body))
}

// A header of a proxy is not one of the methods of RFC 6750.
func TestMetadataNamesNoBearerMethodBehindAProxy(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Resource.ID, c.Credentials.Header = "https://api.example.com", "X-Token"
	})
	_, handler := s.auth.ResourceMetadata()
	body, err := io.ReadAll(serve(handler, withHeaders()).Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"bearer_methods_supported":[]`)
}

func TestMetadataMethods(t *testing.T) {
	s := newService(t, resourceOf("https://api.example.com"))
	_, handler := s.auth.ResourceMetadata()
	for method, want := range map[string]int{
		http.MethodGet: 200, http.MethodHead: 200, http.MethodOptions: 204, http.MethodPost: 405, http.MethodDelete: 405, "TRACE": 405,
	} {
		t.Run(method, func(t *testing.T) {
			r := withHeaders()
			r.Method = method
			r.Header.Set("Origin", "https://client.example")
			r.Header.Set("Access-Control-Request-Headers", "mcp-protocol-version")
			res := serve(handler, r)
			require.Equal(t, want, res.StatusCode)
			require.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, want == 204, res.Header.Get("Access-Control-Allow-Headers") == "*")
			require.Equal(t, want == 405, res.Header.Get("Allow") != "")
		})
	}
}

func TestNoResourceHasNoMetadata(t *testing.T) {
	s := newService(t, nil)
	path, handler := s.auth.ResourceMetadata()
	require.Equal(t, "/.well-known/oauth-protected-resource", path)
	require.Equal(t, http.StatusNotFound, serve(handler, withHeaders()).StatusCode)
	require.Empty(t, s.auth.ResourceMetadataURL())
}

func TestChallengesNameTheMetadata(t *testing.T) {
	const param = `, resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/orders"`
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Resource.ID = "https://api.example.com/orders"
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("sub"), "alice")}
	})
	answer := func(h ...string) *http.Response {
		guarded := s.auth.RequireScopes("read", "write")(http.NotFoundHandler())
		return serve(s.auth.Handler(guarded), withHeaders(h...))
	}
	for name, c := range map[string]struct {
		headers []string
		status  int
		want    string
	}{
		"no token":  {nil, 401, `Bearer realm="api"` + param},
		"bad token": {[]string{"Bearer x"}, 401, `Bearer realm="api", error="invalid_token", error_description="The access token is not valid for this resource"` + param},
		"one scope of two": {
			[]string{"Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "read"})},
			403,
			`Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a scope", scope="read write"` + param,
		},
		"another user": {[]string{"Bearer " + s.Token(audience, oidctest.Claims{"sub": "bob"})}, 403, `Bearer realm="api"` + param},
	} {
		t.Run(name, func(t *testing.T) {
			res := answer(c.headers...)
			require.Equal(t, c.status, res.StatusCode)
			require.Equal(t, c.want, res.Header.Get("WWW-Authenticate"))
		})
	}
}

// A transport without net/http sends the same challenge.
func TestAnswerNamesTheMetadata(t *testing.T) {
	s := newService(t, resourceOf("https://api.example.com"))
	token := oidcauth.Presented{Token: "x"}
	_, err := s.auth.CheckToken(t.Context(), token)
	want := serve(s.auth.Handler(http.NotFoundHandler()), withHeaders("Bearer x")).Header.Get("WWW-Authenticate")
	require.Contains(t, want, "resource_metadata")
	require.Equal(t, []string{want}, s.auth.RefuseToken(t.Context(), token, err).Challenges)
}

func TestResourceOfConfig(t *testing.T) {
	for name, c := range map[string]struct {
		resource oidcauth.Resource
		field    string
	}{
		"http":                   {oidcauth.Resource{ID: "http://api.example.com"}, "ID"},
		"no URL":                 {oidcauth.Resource{ID: "api://orders"}, "ID"},
		"relative":               {oidcauth.Resource{ID: "/orders"}, "ID"},
		"fragment":               {oidcauth.Resource{ID: "https://api.example.com/#a"}, "ID"},
		"empty fragment":         {oidcauth.Resource{ID: "https://api.example.com/#"}, "ID"},
		"query":                  {oidcauth.Resource{ID: "https://api.example.com/?a=b"}, "ID"},
		"empty query":            {oidcauth.Resource{ID: "https://api.example.com/?"}, "ID"},
		"userinfo":               {oidcauth.Resource{ID: "https://a:b@api.example.com/"}, "ID"},
		"placeholder":            {oidcauth.Resource{ID: "https://api.example.com/{id}"}, "ID"},
		"two slashes":            {oidcauth.Resource{ID: "https://api.example.com//orders"}, "ID"},
		"dots":                   {oidcauth.Resource{ID: "https://api.example.com/a/../orders"}, "ID"},
		"not ASCII":              {oidcauth.Resource{ID: "https://api.example.com/bücher"}, "ID"},
		"no ID":                  {oidcauth.Resource{Name: "Orders"}, "ID"},
		"no ID but scopes":       {oidcauth.Resource{Scopes: []string{"read"}}, "ID"},
		"two scopes in one":      {oidcauth.Resource{ID: "https://api.example.com", Scopes: []string{"read write"}}, "Scopes"},
		"empty scope":            {oidcauth.Resource{ID: "https://api.example.com", Scopes: []string{""}}, "Scopes"},
		"scope with a quote":     {oidcauth.Resource{ID: "https://api.example.com", Scopes: []string{`re"ad`}}, "Scopes"},
		"server by http":         {oidcauth.Resource{ID: "https://api.example.com", AuthorizationServers: []string{"http://login.example"}}, "AuthorizationServers"},
		"server with template":   {oidcauth.Resource{ID: "https://api.example.com", AuthorizationServers: []string{"https://login.example/{tenantid}"}}, "AuthorizationServers"},
		"documentation no URL":   {oidcauth.Resource{ID: "https://api.example.com", Documentation: "docs"}, "Documentation"},
		"policy of a script":     {oidcauth.Resource{ID: "https://api.example.com", Policy: "javascript://example.com/%0aalert(1)"}, "Policy"},
		"terms without a scheme": {oidcauth.Resource{ID: "https://api.example.com", TermsOfService: "example.com/tos"}, "TermsOfService"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oidcauth.New(oidcauth.Config{
				Issuers: []oidcauth.Issuer{{URL: "https://login.example", Audience: []string{audience}}}, Resource: c.resource,
			})
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, "Resource."+c.field, fault.Field)
		})
	}
}

// The metadata says which proofs of possession a client may use, and whether it must (RFC 9728 section 2).
func TestMetadataNamesProofsOfPossession(t *testing.T) {
	for name, c := range map[string]struct {
		change                   func(*oidcauth.Config)
		proofs, required, byCert bool
	}{
		"none":  {func(*oidcauth.Config) {}, false, false, false},
		"proof": {public(publicURL), true, false, false},
		"every token bound": {func(c *oidcauth.Config) {
			public(publicURL)(c)
			requireBound(c)
		}, true, true, false},
		"bound by certificates": {func(c *oidcauth.Config) {
			requireBound(c)
			c.Resource.CertificateBoundTokens = true
		}, false, false, true},
		"bound by either": {func(c *oidcauth.Config) {
			public(publicURL)(c)
			requireBound(c)
			behindProxy(oidcauth.CertificateNGINX)(c)
		}, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withConfig(func(config *oidcauth.Config) {
				config.Resource.ID = publicURL
				c.change(config)
			}))
			_, handler := s.auth.ResourceMetadata()
			var got struct {
				Proofs   []string `json:"dpop_signing_alg_values_supported"`
				Required bool     `json:"dpop_bound_access_tokens_required"`
				ByCert   bool     `json:"tls_client_certificate_bound_access_tokens"`
			}
			require.NoError(t, json.NewDecoder(serve(handler, withHeaders()).Body).Decode(&got))
			require.Equal(t, c.proofs, len(got.Proofs) > 0)
			require.NotContains(t, got.Proofs, "none")
			require.Equal(t, c.required, got.Required)
			require.Equal(t, c.byCert, got.ByCert)
		})
	}
}
