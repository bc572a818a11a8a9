package oidcauth_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// TestVerdictClientCertificateAttack contains the ways of a thief who has a bound token and the public certificate of its holder.
func TestVerdictClientCertificateAttack(t *testing.T) {
	cert, other := clientCert(), otherCert()
	b64of := func(c *x509.Certificate) string { return base64.StdEncoding.EncodeToString(c.Raw) }
	pemOf := func(c *x509.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	hashOf := func(c *x509.Certificate) string {
		sum := clientcert.Of(c)
		return hex.EncodeToString(sum[:])
	}
	nginx := func(text string) func(*http.Request) { return forwards("X-Ssl-Client-Cert", url.PathEscape(text)) }
	xfcc := func(text string) func(*http.Request) { return forwards("X-Forwarded-Client-Cert", text) }
	headers := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"X": "y"}, Bytes: cert.Raw})
	missing, mismatch := reason.ClientCertificateMissing, reason.ClientCertificateMismatch
	onNGINX, onEnvoy, standard := behindProxy(oidcauth.CertificateNGINX), behindProxy(oidcauth.CertificateEnvoy), behindProxy(oidcauth.CertificateRFC9440)
	rows := []certRow{
		{name: "certificate of the holder behind the thief's", send: func(r *http.Request) {
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{other}, VerifiedChains: [][]*x509.Certificate{{other, cert}}}
		}, want: mismatch},
		{name: "every header without configuration", send: func(r *http.Request) {
			forwards("Client-Cert", ":"+b64of(cert)+":", "X-Ssl-Client-Cert", url.PathEscape(pemOf(cert)), "X-Forwarded-Client-Cert", "Hash="+hashOf(cert),
				"X-Arr-Clientcert", b64of(cert), "X-Forwarded-For", "192.0.2.1", "Forwarded", "for=192.0.2.1")(r)
		}, want: missing},
		{name: "X-Forwarded-For names the proxy", config: standard, send: func(r *http.Request) {
			forwards("Client-Cert", ":"+b64of(cert)+":", "X-Forwarded-For", "192.0.2.1", "X-Real-Ip", "192.0.2.1")(r)
			r.RemoteAddr = "198.51.100.7:1"
		}, want: missing},
		{name: "address without port, as a middleware leaves it", config: standard, send: func(r *http.Request) {
			forwards("Client-Cert", ":"+b64of(cert)+":")(r)
			r.RemoteAddr = "192.0.2.1"
		}, want: missing},
		{name: "header with an underscore", config: standard, send: func(r *http.Request) { r.Header["Client_cert"] = []string{":" + b64of(cert) + ":"} }, want: missing},
		{name: "header of the client, then that of the proxy", config: standard, send: forwards("Client-Cert", ":"+b64of(cert)+":", "Client-Cert", ":"+b64of(other)+":"), want: missing},
		{name: "both in one header", config: standard, send: forwards("Client-Cert", ":"+b64of(cert)+":, :"+b64of(other)+":"), want: missing},
		{name: "chain instead of the certificate", config: standard, send: forwards("Client-Cert-Chain", ":"+b64of(cert)+":"), want: missing},
		{name: "byte sequence with parameters", config: standard, send: forwards("Client-Cert", ":"+b64of(cert)+":;a=1"), want: missing},
		{name: "byte sequence in base64url", config: standard, send: forwards("Client-Cert", ":"+base64.RawURLEncoding.EncodeToString(cert.Raw)+":"), want: missing},
		{name: "text after the DER", config: standard, send: forwards("Client-Cert", ":"+base64.StdEncoding.EncodeToString(append(append([]byte{}, cert.Raw...), 0))+":"), want: missing},
		{name: "header of 100 KiB", config: standard, send: forwards("Client-Cert", ":"+strings.Repeat("A", 100<<10)+":"), want: missing},
		{name: "PEM of the client, then that of the proxy, with a comma", config: onNGINX, send: forwards("X-Ssl-Client-Cert", url.PathEscape(pemOf(cert))+","+url.PathEscape(pemOf(other))), want: missing},
		{name: "text before the PEM", config: onNGINX, send: nginx("x\n" + pemOf(cert)), want: missing},
		{name: "PEM with headers", config: onNGINX, send: nginx(string(headers)), want: missing},
		{name: "PEM of a public key", config: onNGINX, send: nginx(strings.ReplaceAll(pemOf(cert), "CERTIFICATE", "PUBLIC KEY")), want: missing},
		{name: "PEM with a bad escape", config: onNGINX, send: forwards("X-Ssl-Client-Cert", "%ZZ"), want: missing},
		{name: "no client certificate, as nginx says it", config: onNGINX, send: forwards("X-Ssl-Client-Cert", ""), want: missing},
		{name: "hash of the holder with the certificate of the thief", config: onEnvoy, send: xfcc("Hash=" + hashOf(cert) + `;Cert="` + url.PathEscape(pemOf(other)) + `"`), want: missing},
		{name: "two hashes", config: onEnvoy, send: xfcc("Hash=" + hashOf(other) + ";Hash=" + hashOf(cert)), want: missing},
		{name: "empty hash, then another", config: onEnvoy, send: xfcc("Hash=;Hash=" + hashOf(cert)), want: missing},
		{name: "hash in another case of the key twice", config: onEnvoy, send: xfcc("hash=" + hashOf(cert) + ";HASH=" + hashOf(cert)), want: missing},
		{name: "hash cut short", config: onEnvoy, send: xfcc("Hash=" + hashOf(cert)[:62]), want: missing},
		{name: "escaped quote in the subject", config: onEnvoy, send: xfcc(`Subject="CN=\";Hash=` + hashOf(cert) + `;X=\"";Hash=` + hashOf(other)), want: mismatch},
		{name: "quote that does not end", config: onEnvoy, send: xfcc(`Subject="CN=x;Hash=` + hashOf(cert)), want: missing},
		{name: "chain of Envoy", config: onEnvoy, send: xfcc(`Chain="` + url.PathEscape(pemOf(cert)) + `"`), want: missing},
		{name: "WebSocket subprotocol with the certificate of another", config: func(c *oidcauth.Config) { c.Credentials.WebSocketProtocol = "bearer" }, send: shows(other), want: mismatch},
	}
	var all []verdict
	for _, c := range rows {
		all = append(all, c.verdict())
	}
	runVerdicts(t, all)
}
