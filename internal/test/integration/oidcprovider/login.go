package oidcprovider

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Login logs a user in at the confidential client, by authorization code with PKCE, and asks for tokens for the resource.
// An account other than alice and bob fails the test. With the scope offline_access there is a refresh token.
func (p *Provider) Login(tb testing.TB, user, resource string, scopes ...string) Tokens {
	tb.Helper()
	return p.LoginAt(tb, Confidential, user, resource, scopes...)
}

// LoginAt is [Provider.Login] at a client of choice, [Confidential], [Signed] or [Public].
func (p *Provider) LoginAt(tb testing.TB, client, user, resource string, scopes ...string) Tokens {
	tb.Helper()
	login := codeflow.NewLogin(client, RedirectURI, scopes...)
	login.Query.Set("prompt", "consent") // offline_access needs it
	if !slices.Contains(scopes, "openid") {
		login.Query.Del("nonce")
	}
	if resource != None {
		login.Query.Set("resource", resource)
	}
	form, err := login.TokenRequest(p.Browse(tb, user, p.Issuer+"/auth?"+login.Query.Encode()).Query())
	if err != nil {
		tb.Fatalf("oidcprovider: login of %s: %v", user, err)
	}
	return p.token(tb, client, form, resource)
}

// Browse does what a browser does and a user types, until the provider redirects back to the client. It does not follow that.
func (p *Provider) Browse(tb testing.TB, user, address string) *url.URL {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	client := &http.Client{
		Jar: jar, Timeout: codeflow.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var form url.Values
	for range 20 {
		method := http.MethodGet
		if form != nil {
			method = http.MethodPost
		}
		answer := send(tb, client, method, address, form)
		switch {
		case answer.Location != nil && !strings.HasPrefix(answer.Location.String(), p.Issuer+"/"):
			return answer.Location
		case answer.Location != nil:
			address, form = answer.Location.String(), nil
		default:
			if address, form = inputs(answer.Body); form == nil {
				tb.Fatalf("oidcprovider: login stuck at %s: %s", address, answer)
			}
			if form.Has("login") {
				form.Set("login", user)
				form.Set("password", "any")
			}
		}
	}
	tb.Fatal("oidcprovider: login redirected too often")
	return nil
}

func send(tb testing.TB, client *http.Client, method, address string, form url.Values) codeflow.Answer {
	tb.Helper()
	req, err := codeflow.NewRequest(tb.Context(), method, address, form)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	answer, err := codeflow.Fetch(client, req)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	return answer
}

// The pages have one form each, with absolute addresses. A select is left as it is.
var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	nameAttr  = regexp.MustCompile(` name="([^"]*)"`)
	valueAttr = regexp.MustCompile(` value="([^"]*)"`)
)

// inputs returns where the form of a page goes and what it holds, or nil.
func inputs(page []byte) (string, url.Values) {
	m := formTag.FindStringSubmatch(string(page))
	if m == nil {
		return "", nil
	}
	fields := url.Values{}
	for _, input := range inputTag.FindAllString(m[2], -1) {
		value := ""
		if v := valueAttr.FindStringSubmatch(input); v != nil {
			value = html.UnescapeString(v[1])
		}
		if name := nameAttr.FindStringSubmatch(input); name != nil {
			fields.Set(name[1], value)
		}
	}
	return html.UnescapeString(m[1]), fields
}
