package possession_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/needed"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const audience = "api://orders"

// proxy is a server in front of the API. It serves https, removes the prefix /shop, and passes the client's certificate on.
type proxy struct {
	program, pkg string
	form         oidcauth.CertificateForm
	header       string // the header with the certificate
	args         []string
	config       string // ADDRESS, API and DIR are replaced
	value        func(*x509.Certificate) string
}

var proxies = map[string]proxy{
	"nginx": {
		program: "nginx", pkg: "nginx-light", form: oidcauth.CertificateNGINX, header: "X-Ssl-Client-Cert",
		args: []string{"-p", "DIR", "-e", "stderr", "-c", "DIR/proxy.conf"},
		config: `daemon off; master_process off; pid DIR/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi; uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	server {
		listen ADDRESS ssl;
		ssl_certificate DIR/server.pem; ssl_certificate_key DIR/server.pem;
		ssl_verify_client optional_no_ca;
		location /shop/ {
			proxy_pass http://API/;
			proxy_set_header X-Ssl-Client-Cert $ssl_client_escaped_cert;
		}
	}
}
`,
		value: func(c *x509.Certificate) string {
			return url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
		},
	},
	"HAProxy": {
		program: "haproxy", pkg: "haproxy", form: oidcauth.CertificateRFC9440, header: "Client-Cert",
		args: []string{"-db", "-f", "DIR/proxy.conf"},
		config: `defaults
	mode http
	timeout connect 5s
	timeout client 5s
	timeout server 5s
frontend clients
	bind ADDRESS ssl crt DIR/server.pem verify optional ca-file DIR/clients.pem
	http-request del-header Client-Cert
	http-request set-header Client-Cert :%[ssl_c_der,base64]: if { ssl_c_used }
	default_backend api
backend api
	http-request replace-path /shop(/.*) \1
	server one API
`,
		value: func(c *x509.Certificate) string { return ":" + base64.StdEncoding.EncodeToString(c.Raw) + ":" },
	},
}

const attempts = 3 // another process may take the port that was free

// start starts the proxy before the API, and returns the URL below which clients call the API. It ends with the test.
func (p proxy) start(t *testing.T, api string, server tls.Certificate, clients ...tls.Certificate) string {
	t.Helper()
	program, dir := needed.Program(t, p.program, p.pkg), t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), pemOf(server)...)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "server.pem"), text, 0o600))
	var trusted []byte
	for _, c := range clients {
		trusted = append(trusted, pemOf(c)...)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "clients.pem"), trusted, 0o600))
	for range attempts {
		if url, ok := p.startIn(t, program, dir, api, server); ok {
			return url
		}
	}
	require.Fail(t, "the proxy does not start")
	return ""
}

// startIn reports whether the proxy serves, with its certificate, before it ends.
func (p proxy) startIn(t *testing.T, program, dir, api string, server tls.Certificate) (url string, ok bool) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	fill := strings.NewReplacer("ADDRESS", address, "API", api, "DIR", dir).Replace
	require.NoError(t, os.WriteFile(filepath.Join(dir, "proxy.conf"), []byte(fill(p.config)), 0o600))
	var args []string
	for _, a := range p.args {
		args = append(args, fill(a))
	}
	run := exec.Command(program, args...)
	var said strings.Builder
	run.Stderr = &said
	require.NoError(t, run.Start())
	ended := make(chan struct{})
	go func() {
		_ = run.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = run.Process.Kill()
		<-ended
		if t.Failed() {
			t.Log(said.String())
		}
	})
	for {
		select {
		case <-ended:
			return "", false
		case <-time.After(20 * time.Millisecond):
		}
		if c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil { //nolint:gosec // compared below
			shown := c.ConnectionState().PeerCertificates[0].Raw
			require.NoError(t, c.Close())
			if bytes.Equal(shown, server.Certificate[0]) {
				return "https://" + address + "/shop", true
			}
		}
	}
}

func pemOf(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}

func newCertificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	template.Subject.CommonName = name
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// late is a handler that is set after its server has started.
type late struct{ http.Handler }

func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.Handler.ServeHTTP(w, r) }

func TestBehindAProxy(t *testing.T) {
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			issuer := oidctest.New(t)
			server, holder, thief := newCertificate(t, "proxy"), newCertificate(t, "holder"), newCertificate(t, "thief")
			handler := &late{}
			api := httptest.NewServer(handler)
			t.Cleanup(api.Close)
			public := p.start(t, api.Listener.Addr().String(), server, holder, thief)
			config := issuer.Config(audience)
			config.PublicURL, config.Issuers[0].RequireBoundTokens = public, true
			config.ClientCertificate = oidcauth.ClientCertificate{Form: p.form, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
			config.Logger = slog.New(slog.DiscardHandler)
			var refused reason.Reason
			plain, err := oidcauth.New(config)
			require.NoError(t, err)
			config.Response.Refuse = func(w http.ResponseWriter, r *http.Request, e *oidcauth.Error) {
				refused = e.Reason
				plain.Refuse(w, r, e)
			}
			auth, err := oidcauth.New(config)
			require.NoError(t, err)
			handler.Handler = auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))

			roots := x509.NewCertPool()
			roots.AddCert(server.Leaf)
			send := func(r *http.Request, certs ...tls.Certificate) reason.Reason {
				t.Helper()
				transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs}}
				defer transport.CloseIdleConnections()
				refused = ""
				res, err := transport.RoundTrip(r)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				require.Equal(t, refused == "", res.StatusCode == http.StatusOK, res.Status)
				return refused
			}
			request := func(path string) *http.Request {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, public+path, nil)
				require.NoError(t, err)
				return r
			}

			prover := issuer.NewProver(public)
			bound := prover.Token(audience, oidctest.Claims{"sub": "alice"})
			proven := func(path string, changes oidctest.Claims) *http.Request {
				r := request(path)
				htu, _, _ := strings.Cut(public+path, "?")
				all := oidctest.Claims{"htu": htu}
				for name, v := range changes {
					all[name] = v
				}
				prover.Prove(r, bound, all)
				return r
			}
			r := proven("/orders?page=2", nil)
			require.Empty(t, send(r), "the proof names the URL of the proxy")
			require.Equal(t, reason.ProofReplayed, send(r.Clone(r.Context())))
			require.Empty(t, send(proven("/orders/%7Ealice;v=1", nil)))
			require.Equal(t, reason.ProofOtherRequest, send(proven("/orders", oidctest.Claims{"htu": api.URL + "/orders"})), "the proof names the URL behind the proxy")
			r = proven("/orders", oidctest.Claims{"htu": "https://evil.example/shop/orders"})
			r.Header.Set("X-Forwarded-Host", "evil.example")
			require.Equal(t, reason.ProofOtherRequest, send(r))

			sum := sha256.Sum256(holder.Certificate[0])
			onCert := issuer.Token(audience, oidctest.Claims{"sub": "alice", "cnf": oidctest.Claims{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}})
			bearer := func() *http.Request {
				r := request("/orders")
				r.Header.Set("Authorization", "Bearer "+onCert)
				return r
			}
			require.Empty(t, send(bearer(), holder))
			require.Equal(t, reason.ClientCertificateMismatch, send(bearer(), thief))
			require.Equal(t, reason.ClientCertificateMissing, send(bearer()))
			forged := bearer()
			forged.Header.Set(p.header, p.value(holder.Leaf))
			require.Equal(t, reason.ClientCertificateMismatch, send(forged, thief), "the proxy replaces the header of a client")
			forged = bearer()
			forged.Header.Set(p.header, p.value(holder.Leaf))
			require.Equal(t, reason.ClientCertificateMissing, send(forged))
		})
	}
}
