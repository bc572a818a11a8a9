package discovery_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

func get(t *testing.T, doc string) (discovery.Metadata, error) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/.well-known/openid-configuration", r.URL.Path)
		_, _ = io.WriteString(w, doc)
	}))
	defer s.Close()
	return discovery.Fetch(context.Background(), fetch.NewClient(s.Client()), discovery.URL(s.URL+"/"), "https://i.example")
}

func TestFetch(t *testing.T) {
	m, err := get(t, `{"issuer":"https://i.example","jwks_uri":"https://i.example/k","userinfo_endpoint":"https://i.example/u"}`)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), m.Date, time.Minute)
	m.Date = time.Time{}
	assert.Equal(t, discovery.Metadata{Issuer: "https://i.example", JWKSURI: "https://i.example/k", UserInfoEndpoint: "https://i.example/u"}, m)
}

func TestIssuerOfAccessTokensMayDiffer(t *testing.T) {
	const adfs = `{"issuer":"https://fs.example/adfs","access_token_issuer":"%s","jwks_uri":"https://fs.example/adfs/k"}`
	m, err := get(t, fmt.Sprintf(adfs, "https://i.example"))
	require.NoError(t, err)
	assert.Equal(t, "https://fs.example/adfs", m.Issuer)
	_, err = get(t, fmt.Sprintf(adfs, "https://i.example/"))
	assert.ErrorIs(t, err, discovery.ErrIssuer)
}

// A document from another machine must not lead to a service that listens on this machine only.
func TestDocumentOverTLSNamesNoPlainEndpoint(t *testing.T) {
	for _, member := range []string{"jwks_uri", "userinfo_endpoint"} {
		for _, plain := range []string{"http://127.0.0.1:8080/admin", "http://localhost/k", "http://[::1]/k"} {
			_, err := get(t, `{"issuer":"https://i.example","`+member+`":"`+plain+`"}`)
			assert.ErrorIs(t, err, discovery.ErrMember, plain)
		}
	}
}

func TestIssuerMismatch(t *testing.T) {
	for _, other := range []string{"https://i.example/", "https://I.example", "https://evil.example", ""} {
		_, err := get(t, `{"issuer":"`+other+`","jwks_uri":"https://i.example/k"}`)
		assert.ErrorIs(t, err, discovery.ErrIssuer, other)
	}
}

func TestUnusable(t *testing.T) {
	for _, doc := range []string{
		`{}`, `{"issuer":1}`, `{"issuer":"https://i.example","jwks_uri":"http://i.example/k"}`,
		`{"issuer":"https://i.example","userinfo_endpoint":null}`,
	} {
		_, err := get(t, doc)
		assert.ErrorIs(t, err, discovery.ErrMember, doc)
	}
	_, err := get(t, `{"issuer":"https://i.example","issuer":"https://i.example"}`)
	var e *strictjson.Error
	assert.ErrorAs(t, err, &e)
}

func TestEndpointsOfOAuth(t *testing.T) {
	m, err := get(t, `{"issuer":"https://i.example","token_endpoint":"https://i.example/t","introspection_endpoint":"https://i.example/i",
		"revocation_endpoint":"https://i.example/r","end_session_endpoint":"https://i.example/e"}`)
	require.NoError(t, err)
	m.Date = time.Time{}
	assert.Equal(t, discovery.Metadata{
		Issuer: "https://i.example", TokenEndpoint: "https://i.example/t", IntrospectionEndpoint: "https://i.example/i",
		RevocationEndpoint: "https://i.example/r", EndSessionEndpoint: "https://i.example/e",
	}, m)
}

func TestAnOddEndpointDoesNotSpoilTheOthers(t *testing.T) {
	m, err := get(t, `{"issuer":"https://i.example","jwks_uri":"https://i.example/k","token_endpoint":"https://i.example/t",
		"introspection_endpoint":"http://i.example/i","revocation_endpoint":1,"end_session_endpoint":null}`)
	require.NoError(t, err)
	assert.Equal(t, "https://i.example/k", m.JWKSURI)
	assert.Equal(t, "https://i.example/t", m.TokenEndpoint)
	assert.Empty(t, m.IntrospectionEndpoint)
	assert.Equal(t, []string{"introspection_endpoint", "revocation_endpoint", "end_session_endpoint"}, m.Unusable)
	m, err = get(t, `{"issuer":"https://i.example","authorization_endpoint":"javascript:alert(1)","pushed_authorization_request_endpoint":"http://127.0.0.1/",
		"authorization_response_iss_parameter_supported":"true","response_modes_supported":[1],"acr_values_supported":{},"prompt_values_supported":["none"]}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"authorization_endpoint", "pushed_authorization_request_endpoint"}, m.Unusable)
	assert.Equal(t, discovery.Authorization{PromptValuesSupported: []string{"none"}}, m.Authorization)
}

func TestOAuthURLStandsBetweenHostAndPath(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://i.example":               "https://i.example/.well-known/oauth-authorization-server",
		"https://i.example/":              "https://i.example/.well-known/oauth-authorization-server",
		"https://i.example:8443/a%2Fb/c/": "https://i.example:8443/.well-known/oauth-authorization-server/a%2Fb/c",
		"https://i.example/{tenantid}/v2": "https://i.example/.well-known/oauth-authorization-server/common/v2",
		"urn:STS/identity":                "",
	} {
		assert.Equal(t, want, discovery.OAuthURL(issuer), issuer)
	}
}
