package oidcauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The certificates of the client, of another client and of a proxy.
var (
	clientCert = sync.OnceValue(newClientCert)
	otherCert  = sync.OnceValue(newClientCert)
	proxyCert  = sync.OnceValue(newClientCert)
)

func newClientCert() *x509.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	// The bits of the serial number make slashes in base64, so that base64url always differs.
	template := &x509.Certificate{SerialNumber: big.NewInt(1<<47 - 1), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

// certRow is one row about a certificate-bound token. The address of a request is 192.0.2.1, which is that of a trusted proxy if
// the configuration has one.
type certRow struct {
	name   string
	cnf    any // default: the client's certificate
	send   func(r *http.Request)
	config func(*oidcauth.Config)
	want   reason.Reason
}

func (c certRow) verdict() verdict {
	if c.cnf == nil {
		c.cnf = obj{"x5t#S256": clientcert.Of(clientCert()).String()}
	}
	claims := obj{"cnf": c.cnf}
	if c.cnf == unbound {
		claims = nil
	}
	return verdict{name: c.name, claims: claims, config: c.config, want: c.want, send: func(r *http.Request, token string) {
		r.Header.Set("Authorization", "Bearer "+token)
		if c.send != nil {
			c.send(r)
		}
	}}
}

func shows(cert *x509.Certificate) func(*http.Request) {
	return func(r *http.Request) { r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}} }
}

func forwards(values ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(values); i += 2 {
			r.Header.Add(values[i], values[i+1])
		}
	}
}

func behindProxy(form oidcauth.CertificateForm, changes ...func(*oidcauth.ClientCertificate)) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.ClientCertificate = oidcauth.ClientCertificate{Form: form, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
		for _, change := range changes {
			change(&c.ClientCertificate)
		}
	}
}

func TestVerdictClientCertificate(t *testing.T) {
	cert, other, proxy := clientCert(), otherCert(), proxyCert()
	b64of := func(c *x509.Certificate) string { return base64.StdEncoding.EncodeToString(c.Raw) }
	pemOf := func(c *x509.Certificate) string {
		return url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	}
	hashOf := func(c *x509.Certificate) string {
		sum := clientcert.Of(c)
		return hex.EncodeToString(sum[:])
	}
	both := func(funcs ...func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			for _, f := range funcs {
				f(r)
			}
		}
	}
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	standard := func(c *x509.Certificate) func(*http.Request) { return forwards("Client-Cert", ":"+b64of(c)+":") }
	byCertificate := func(c *oidcauth.ClientCertificate) { c.Proxies, c.ProxyCertificates = nil, []string{hashOf(proxy)} }
	byBoth := func(c *oidcauth.ClientCertificate) { c.ProxyCertificates = []string{strings.ToUpper(hashOf(proxy))} }
	rfc, missing, mismatch := oidcauth.CertificateRFC9440, reason.ClientCertificateMissing, reason.ClientCertificateMismatch
	rows := []certRow{
		{name: "connection", send: shows(cert)},
		{name: "connection of another client", send: shows(other), want: mismatch},
		{name: "connection without certificate", send: func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, want: missing},
		{name: "no TLS", want: missing},
		{name: "no TLS, ignored by name", config: ignoreConfirmation},
		{name: "plain token over mutual TLS", cnf: unbound, send: shows(cert)},
		{name: "plain token where bound ones are required", cnf: unbound, send: shows(cert), config: requireBound, want: reason.TokenNotBound},
		{name: "bound token where bound ones are required", send: shows(cert), config: requireBound},
		{name: "intermediate certificate", send: func(r *http.Request) {
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{other, cert}}
		}, want: mismatch},
		{name: "thumbprint in hexadecimal", cnf: obj{"x5t#S256": hashOf(cert)}, send: shows(cert), want: mismatch},
		{name: "thumbprint with padding", cnf: obj{"x5t#S256": clientcert.Of(cert).String() + "="}, send: shows(cert), want: mismatch},
		{name: "thumbprint empty", cnf: obj{"x5t#S256": ""}, send: shows(cert), want: reason.SenderConstrained},
		{name: "thumbprint a list", cnf: obj{"x5t#S256": []string{clientcert.Of(cert).String()}}, send: shows(cert), want: reason.SenderConstrained},
		{name: "SHA-1 thumbprint", cnf: obj{"x5t": "x"}, send: shows(cert), want: reason.SenderConstrained},
		{name: "a further unknown member", cnf: obj{"x5t#S256": clientcert.Of(cert).String(), "jwk": obj{}}, send: shows(cert), want: reason.SenderConstrained},
		{name: "header without configuration", send: standard(cert), want: missing},
		{name: "header without configuration over another connection", send: both(standard(cert), shows(other)), want: mismatch},

		{name: "header of the proxy", config: behindProxy(rfc), send: standard(cert)},
		{name: "header of another client", config: behindProxy(rfc), send: standard(other), want: mismatch},
		{name: "header from elsewhere", config: behindProxy(rfc), send: both(standard(cert), from("198.51.100.7:1234")), want: missing},
		{name: "header from elsewhere with a connection", config: behindProxy(rfc), send: both(standard(other), from("198.51.100.7:1"), shows(cert))},
		{name: "header from a Unix socket", config: behindProxy(rfc), send: both(standard(cert), from("@")), want: missing},
		{name: "header without address", config: behindProxy(rfc), send: both(standard(cert), from("")), want: missing},
		{name: "header from a mapped IPv6 address", config: behindProxy(rfc), send: both(standard(cert), from("[::ffff:192.0.2.9]:1"))},
		{name: "proxy without header", config: behindProxy(rfc), want: missing},
		{name: "proxy without header, with its own certificate", config: behindProxy(rfc), send: shows(cert), want: missing},
		{name: "proxy with the certificate of the client as its own", config: behindProxy(rfc), send: both(standard(other), shows(cert)), want: mismatch},
		{name: "two headers", config: behindProxy(rfc), send: both(standard(cert), standard(cert)), want: missing},
		{name: "empty header", config: behindProxy(rfc), send: forwards("Client-Cert", ""), want: missing},
		{name: "header that is no certificate", config: behindProxy(rfc), send: forwards("Client-Cert", ":AAAA:"), want: missing},
		{name: "header of another form", config: behindProxy(rfc), send: forwards("Client-Cert", pemOf(cert)), want: missing},
		{name: "header of another name", config: behindProxy(rfc), send: forwards("X-Client-Cert", ":"+b64of(cert)+":"), want: missing},
		{name: "header of a chosen name", config: behindProxy(rfc, func(c *oidcauth.ClientCertificate) { c.Header = "x-client-cert" }), send: forwards("X-Client-Cert", ":"+b64of(cert)+":")},
		{name: "proxy by certificate", config: behindProxy(rfc, byCertificate), send: both(standard(cert), shows(proxy))},
		{name: "proxy by certificate, elsewhere", config: behindProxy(rfc, byCertificate), send: both(standard(cert), shows(proxy), from("198.51.100.7:1"))},
		{name: "client in the place of the proxy", config: behindProxy(rfc, byCertificate), send: both(standard(cert), shows(other)), want: mismatch},
		{name: "plain connection in the place of the proxy", config: behindProxy(rfc, byCertificate), send: standard(cert), want: missing},
		{name: "proxy by both", config: behindProxy(rfc, byBoth), send: both(standard(cert), shows(proxy))},
		{name: "proxy by both, address only", config: behindProxy(rfc, byBoth), send: standard(cert), want: missing},
		{name: "proxy by both, certificate only", config: behindProxy(rfc, byBoth), send: both(standard(cert), shows(proxy), from("198.51.100.7:1")), want: mismatch},

		{name: "nginx", config: behindProxy(oidcauth.CertificateNGINX), send: forwards("X-Ssl-Client-Cert", pemOf(cert))},
		{name: "nginx, another client", config: behindProxy(oidcauth.CertificateNGINX), send: forwards("X-Ssl-Client-Cert", pemOf(other)), want: mismatch},
		{name: "ALB", config: behindProxy(oidcauth.CertificateALB), send: forwards("X-Amzn-Mtls-Clientcert-Leaf", pemOf(cert))},
		{name: "ALB, another client", config: behindProxy(oidcauth.CertificateALB), send: forwards("X-Amzn-Mtls-Clientcert-Leaf", pemOf(other)+pemOf(cert)), want: mismatch},
		{name: "Traefik", config: behindProxy(oidcauth.CertificateTraefik), send: forwards("X-Forwarded-Tls-Client-Cert", b64of(cert)+","+b64of(other))},
		{name: "Traefik, another client", config: behindProxy(oidcauth.CertificateTraefik), send: forwards("X-Forwarded-Tls-Client-Cert", b64of(other)+","+b64of(cert)), want: mismatch},
		{name: "Azure", config: behindProxy(oidcauth.CertificateAzure), send: forwards("X-ARR-ClientCert", b64of(cert))},
		{name: "Azure, another client", config: behindProxy(oidcauth.CertificateAzure), send: forwards("X-ARR-ClientCert", b64of(other)), want: mismatch},
		{name: "Envoy with a hash", config: behindProxy(oidcauth.CertificateEnvoy), send: forwards("X-Forwarded-Client-Cert", "By=spiffe://a;Hash="+hashOf(cert)+`;Subject="CN=x"`)},
		{name: "Envoy with a certificate", config: behindProxy(oidcauth.CertificateEnvoy), send: forwards("X-Forwarded-Client-Cert", `Cert="`+pemOf(cert)+`"`)},
		{name: "Envoy, another client", config: behindProxy(oidcauth.CertificateEnvoy), send: forwards("X-Forwarded-Client-Cert", "Hash="+hashOf(other)), want: mismatch},
		{name: "Envoy, two elements", config: behindProxy(oidcauth.CertificateEnvoy), send: forwards("X-Forwarded-Client-Cert", "Hash="+hashOf(other)+",Hash="+hashOf(cert)), want: missing},
		{name: "Envoy, hash in a quoted subject", config: behindProxy(oidcauth.CertificateEnvoy), send: forwards("X-Forwarded-Client-Cert", `Subject="CN=x;Hash=`+hashOf(cert)+`"`), want: missing},
	}
	var all []verdict
	for _, c := range rows {
		all = append(all, c.verdict())
	}
	runVerdicts(t, all)
}

func thumbprintOf(c *x509.Certificate) string { return clientcert.Of(c).String() }
