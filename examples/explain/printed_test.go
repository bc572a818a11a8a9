package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// asks runs beside a printed configuration: it judges each line of its input, and then revokes it.
const asks = `package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/knownbearer/knownbearer/oidcauth"
)

func main() {
	auth, err := newAuthenticator()
	if err != nil {
		panic(err)
	}
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+lines.Text())
		_, err := auth.Check(r)
		var refused *oidcauth.Error
		if errors.As(err, &refused) {
			_ = out.Encode(string(refused.Reason))
			continue
		}
		_ = out.Encode("")
		if err := auth.Revoke(context.Background(), lines.Text(), ""); err != nil {
			panic(err)
		}
	}
}
`

// reasonsBy compiles a printed configuration, as a package of this module that is nowhere on disk, and runs it on tokens.
func reasonsBy(t *testing.T, printed string, env []string, tokens ...string) []string {
	t.Helper()
	dir := t.TempDir()
	here, err := os.Getwd()
	require.NoError(t, err)
	overlay := map[string]map[string]string{"Replace": {}}
	for name, text := range map[string]string{"configuration.go": printed, "asks.go": asks} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		overlay["Replace"][filepath.Join(here, "printed", name)] = path
	}
	data, err := json.Marshal(overlay)
	require.NoError(t, err)
	file, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	built, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, "-o", program, "./printed").CombinedOutput()
	require.NoError(t, err, "%s\n%s", built, printed)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(tokens, "\n")+"\n"), &out, &errs
	require.NoError(t, cmd.Run(), "%s", errs.String())
	var reasons []string
	for decoder := json.NewDecoder(&out); ; {
		var reason string
		if err := decoder.Decode(&reason); err == io.EOF {
			return reasons
		}
		require.NoError(t, err)
		reasons = append(reasons, reason)
	}
}

// front is the provider over TLS, under an issuer of its own, whose document has what is added to it.
func front(t *testing.T, p *oidctest.Provider, named map[string]any) (issuer, ca string) {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != string(oidctest.Discovery) {
			p.ServeHTTP(w, r)
			return
		}
		doc := map[string]any{"issuer": s.URL, "jwks_uri": s.URL + string(oidctest.JWKS)}
		for name, v := range named {
			if path, ok := v.(oidctest.Endpoint); ok {
				v = s.URL + string(path)
			}
			doc[name] = v
		}
		_ = json.NewEncoder(w).Encode(doc)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that fails on purpose
	s.StartTLS()
	t.Cleanup(s.Close)
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return s.URL, path
}

// ecKey is a file with a public key that no token here names.
func ecKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	return path
}

func TestPrintedConfigurationWorks(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	issuer := p.Issuer()
	got := runWith(t, "", "-discover", "-issuer", issuer, "-audience", "other", "-audience", audience, "-search-claim", "email",
		"-check", "level=2", "-check", "staff=true", "-check", `tid="8"`, "-check", "/realm/roles=clerk")
	require.Equal(t, accepted, got.status, got)
	all := oidctest.Claims{"sub": "alice", "level": 2, "staff": true, "tid": "8", "realm": oidctest.Claims{"roles": []string{"clerk"}}}
	signed, opaque := p.Token(audience, all), p.Opaque(audience, all)
	env := []string{"CLIENT_ID=" + oidctest.ClientID, "CLIENT_SECRET=" + oidctest.ClientSecret}
	require.Equal(t,
		[]string{"", "token_revoked", "", "token_revoked", "wrong_audience", "check_claim_missing"},
		reasonsBy(t, got.out, env, signed, signed, opaque, opaque, p.Token("api://invoices", all), p.Token(audience, oidctest.Claims{"sub": "alice"})))
	require.Equal(t, 2, p.Requests(oidctest.Revocation))
}

func TestPrintedConfigurationWorksOverTLS(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	issuer, ca := front(t, p, map[string]any{
		"introspection_endpoint": oidctest.Introspection, "revocation_endpoint": oidctest.Revocation, "userinfo_endpoint": oidctest.UserInfo,
		"token_endpoint_auth_methods_supported": []string{"private_key_jwt", "client_secret_post"},
	})
	untrusted := runWith(t, "", "-discover", "-issuer", issuer)
	require.Equal(t, refused, untrusted.status)
	require.Contains(t, untrusted.err, "-ca ")
	require.Contains(t, untrusted.err, "provider.HTTPClient(provider.Trust{")
	got := runWith(t, "", "-discover", "-issuer", issuer, "-ca", ca, "-key", ecKey(t), "-search-claim", "email")
	require.Equal(t, accepted, got.status, got)
	require.Contains(t, got.out, "provider.ClientSecretPost")
	of := oidctest.Claims{"iss": issuer, "sub": "alice"}
	env := []string{"CLIENT_ID=" + oidctest.ClientID, "CLIENT_SECRET=" + oidctest.ClientSecret, "API_AUDIENCE=" + audience}
	require.Equal(t, []string{"", "", "wrong_audience"},
		reasonsBy(t, got.out, env, p.Token(audience, of), p.Opaque(audience, of), p.Token("api://invoices", of)))
}

func TestPrintedConfigurationAsksForNoEndpointThatIsNotThere(t *testing.T) {
	p := oidctest.New(t)
	document := p.Issuer() + string(oidctest.Discovery)
	p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `","jwks_uri":"` + p.Issuer() + string(oidctest.JWKS) + `"}`})
	got := runWith(t, "", "-discover", "-issuer", p.Issuer(), "-audience", audience, "-discovery", document)
	require.Equal(t, accepted, got.status, got)
	for _, field := range []string{"Introspector:", "Revoker:", "UserInfo:", "ClientID:"} {
		require.NotContains(t, got.out, field)
	}
	require.Equal(t, []string{"", "opaque_token"},
		reasonsBy(t, got.out, nil, p.Token(audience, nil), p.Opaque(audience, nil)))
}
