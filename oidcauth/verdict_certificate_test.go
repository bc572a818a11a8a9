package oidcauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// certificate returns a certificate for the key. Its times are hours relative to now.
func certificate(key *signingKey, name string, from, until time.Duration) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore: verdictTime.Add(from * time.Hour), NotAfter: verdictTime.Add(until * time.Hour),
	}
	ca := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, key.public, ca))))
}

func pemOf(certs ...*x509.Certificate) string {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return string(out)
}

func keys(s certsource.Source) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Issuers[0].Keys = s }
}

func text(certs ...*x509.Certificate) func(*oidcauth.Config) {
	return keys(certsource.PEM(pemOf(certs...)))
}

func TestVerdictCertificateText(t *testing.T) {
	good, other := certificate(es256(), "good", -1, 1), certificate(attacker(), "other", -1, 1)
	old, early := certificate(es256(), "old", -2, -1), certificate(es256(), "early", 1, 2)
	x5t, x5t256 := thumbprint.X5T(good)
	otherX5T, otherX5T256 := thumbprint.X5T(other)
	app := func(certs ...*x509.Certificate) func(*oidcauth.Config) {
		return keys(certsource.Chain(certsource.PEM(pemOf(certs...)), certsource.Discovered{}))
	}
	levels := func(certs ...*x509.Certificate) func(*oidcauth.Config) {
		return keys(certsource.Chain(certsource.Chain(certsource.PEM(pemOf(certs...))), certsource.Chain(certsource.Discovered{})))
	}
	runVerdicts(t, []verdict{
		{name: "good", config: text(good)},
		{name: "good without kid", header: obj{"kid": nil}, config: text(good)},
		{name: "bare base64", config: keys(certsource.PEM(base64.StdEncoding.EncodeToString(good.Raw)))},
		{
			name:   "bare base64 on many lines",
			config: keys(certsource.PEM(" " + strings.Join(strings.SplitAfter(base64.StdEncoding.EncodeToString(good.Raw), "A"), "\r\n"))),
		},
		{name: "text round the block", config: keys(certsource.PEM("subject=CN = good\n" + pemOf(good) + "\n\n"))},
		{name: "another's", config: text(other), want: reason.InvalidSignature},
		{name: "ended", config: text(old), want: reason.KeyNotFound},
		{name: "not yet", config: text(early), want: reason.KeyNotFound},
		{name: "ends now", config: text(certificate(es256(), "x", -1, 0))},
		{name: "begins now", config: text(certificate(es256(), "x", 0, 1))},
		{name: "ended, beside another's", config: text(old, other), want: reason.InvalidSignature},
		{
			name: "ended while running", world: func(w *world) { w.advance(2 * time.Hour) }, claims: obj{"exp": inSeconds(90000)},
			config: text(good), want: reason.KeyNotFound,
		},
		{name: "of another key type", config: text(certificate(edDSA(), "x", -1, 1)), want: reason.KeyNotFound},
		{name: "of another curve", config: text(certificate(es384(), "x", -1, 1)), want: reason.KeyNotFound},
		{name: "x5t", header: obj{"x5t": x5t}, config: text(other, good)},
		{name: "x5t#S256", header: obj{"kid": nil, "x5t#S256": x5t256}, config: text(other, good)},
		{name: "x5t of another's", header: obj{"x5t": otherX5T}, config: text(other, good), want: reason.InvalidSignature},
		{name: "unknown x5t", header: obj{"x5t": strings.Repeat("A", 27)}, config: text(other, good), want: reason.KeyNotFound},
		{name: "x5t of odd length says nothing", header: obj{"x5t": "AAAA"}, config: text(other, good)},
		{name: "x5t and x5t#S256 of two", header: obj{"x5t": x5t, "x5t#S256": otherX5T256}, config: text(other, good), want: reason.KeyNotFound},
		{name: "kid is the thumbprint of another's", header: obj{"kid": otherX5T256}, config: text(other, good), want: reason.InvalidSignature},
		{name: "HMAC with the certificate", key: hmacKey([]byte(pemOf(good))), config: text(good), want: reason.AlgorithmRefused},
		{
			name: "own certificate in x5c", key: attacker(), header: obj{"x5c": []string{base64.StdEncoding.EncodeToString(other.Raw)}},
			config: text(good), want: reason.InvalidSignature,
		},
		{name: "application's before the provider's", config: levels(other), want: reason.InvalidSignature},
		{name: "application's ended, on a level of its own", config: levels(old)},
		{name: "text beside the provider's set", config: app(other)},
		{name: "text beside the provider's set, a token of the text", key: attacker(), header: obj{"kid": "of the text"}, config: app(other)},
		{name: "text beside the provider's set, no kid", header: obj{"kid": nil}, config: app(other)},
		{name: "text beside the provider's set, no kid, a token of the text", key: attacker(), header: obj{"kid": nil}, config: app(other)},
		{name: "text beside the provider's set, named by x5t", key: attacker(), header: obj{"kid": nil, "x5t": otherX5T}, config: app(other)},
		{
			name: "text beside the provider's set, named by x5t, another's signature", header: obj{"kid": nil, "x5t": otherX5T}, config: app(other),
			want: reason.InvalidSignature,
		},
		{
			name: "text beside the provider's set, named by kid, another's signature", header: obj{"kid": otherX5T256}, config: app(other),
			want: reason.InvalidSignature,
		},
		{
			name: "text beside the provider's set, a token of neither", key: newEC("ES256", elliptic.P256(), crypto.SHA256), config: app(other),
			want: reason.InvalidSignature,
		},
		{name: "text beside the provider's set, under the set's kid", key: attacker(), config: app(other)},
		{
			name: "text beside the provider's set, which is down", header: obj{"kid": "k1"}, config: app(other),
			world: func(w *world) { w.set(idpDiscovery, answer{status: 500}) }, want: reason.KeysUnavailable,
		},
		{name: "application's ended: the provider's", config: app(old)},
		{name: "application's of another type: the provider's", config: app(certificate(edDSA(), "x", -1, 1))},
		{name: "application's good, provider down", config: app(good), world: func(w *world) { w.set(idpDiscovery, answer{status: 500}) }},
		{
			name: "application's unfit, provider down", config: app(old), world: func(w *world) { w.set(idpDiscovery, answer{status: 500}) },
			want: reason.KeysUnavailable,
		},
	})
}

const idpCertificates = idp + "/certificates"

func TestVerdictCertificateEndpointAndFolder(t *testing.T) {
	good, other := certificate(es256(), "good", -1, 1), certificate(attacker(), "other", -1, 1)
	sum := sha256.Sum256(good.Raw)
	pin := strings.ToUpper(hex.EncodeToString(sum[:4])) + ":" + hex.EncodeToString(sum[4:])
	serving := func(a answer) func(*world) { return func(w *world) { w.set(idpCertificates, a) } }
	at := func(e certsource.Endpoint) func(*oidcauth.Config) { e.URL = idpCertificates; return keys(e) }
	pinned, named := at(certsource.Endpoint{Thumbprint: pin}), at(certsource.Endpoint{Subject: "CN=good,O=Example"})
	folder := func(subject string, files map[string]string) func(*oidcauth.Config) {
		fs := fstest.MapFS{}
		for name, data := range files {
			fs[name] = &fstest.MapFile{Data: []byte(data)}
		}
		return keys(certsource.Dir{FS: fs, Subject: subject})
	}
	same := certificate(attacker(), "good", -1, 1)
	runVerdicts(t, []verdict{
		{name: "pinned", config: pinned, world: serving(answer{body: pemOf(other, good)})},
		{name: "pinned, DER", config: pinned, world: serving(answer{body: string(good.Raw)})},
		{
			name: "pinned, another of the same subject", key: attacker(), config: pinned, world: serving(answer{body: pemOf(same, good)}),
			want: reason.InvalidSignature,
		},
		{name: "pinned, only another served", config: pinned, world: serving(answer{body: pemOf(other)}), want: reason.KeyNotFound},
		{name: "named", config: named, world: serving(answer{body: pemOf(other, good)})},
		{name: "named, in the other order", config: at(certsource.Endpoint{Subject: "O=Example, CN=good"}), world: serving(answer{body: pemOf(good)})},
		{
			name: "named in another case", config: at(certsource.Endpoint{Subject: "CN=Good,O=Example"}), world: serving(answer{body: pemOf(good)}),
			want: reason.KeyNotFound,
		},
		{name: "named in part", config: at(certsource.Endpoint{Subject: "CN=good"}), world: serving(answer{body: pemOf(good)}), want: reason.KeyNotFound},
		{
			name: "a subject that holds the name", key: attacker(), config: named,
			world: serving(answer{body: pemOf(certificate(attacker(), "good,O=Example", -1, 1))}), want: reason.KeyNotFound,
		},
		{
			name: "named and pinned, another of the name", key: attacker(),
			config: at(certsource.Endpoint{Subject: "CN=good,O=Example", Thumbprint: pin}), world: serving(answer{body: pemOf(same)}),
			want: reason.KeyNotFound,
		},
		{name: "HTML", config: pinned, world: serving(answer{body: "<html>"}), want: reason.KeysUnavailable},
		{name: "more than 1 MiB", config: pinned, world: serving(answer{body: pemOf(good) + strings.Repeat("\n", 1<<20)}), want: reason.KeysUnavailable},
		{name: "endless", config: pinned, world: serving(answer{endless: true}), want: reason.KeysUnavailable},
		{
			name: "one that does not parse", config: pinned,
			world: serving(answer{body: pemOf(good) + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}),
			want:  reason.KeysUnavailable,
		},
		{name: "redirect to another origin", config: pinned, world: serving(answer{status: 302, location: "https://evil.example/"}), want: reason.KeysUnavailable},
		{name: "no answer", config: pinned, world: serving(answer{err: errors.New("refused")}), want: reason.KeysUnavailable},
		{
			name:   "folder",
			config: folder("CN=good,O=Example", map[string]string{"a.pem": pemOf(other), "b.der": string(good.Raw), "c.crt": "garbage", "d.txt": pemOf(other)}),
		},
		{name: "folder, file of no certificate's name", config: folder("CN=good,O=Example", map[string]string{"good.bak": pemOf(good)}), want: reason.KeyNotFound},
		{name: "folder without it", config: folder("CN=good,O=Example", map[string]string{"a.pem": pemOf(other)}), want: reason.KeyNotFound},
	})
}

// New refuses a text with other content than certificates and public keys.
func TestVerdictCertificateTextThatDoesNotParse(t *testing.T) {
	good := pemOf(certificate(es256(), "good", -1, 1))
	broken := strings.Replace(pemOf(certificate(attacker(), "x", -1, 1)), "\nMII", "\nM!I", 1)
	truncated := good[:len(good)/2]
	private := string(pem.EncodeToMemory(&pem.Block{
		Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))),
	}))
	weak := rsaKey("RS256", rsa1024(), crypto.SHA256)
	for name, text := range map[string]string{
		"empty": "", "blank": " \n", "garbage": "garbage", "HTML": "<html>", "token": verdict{}.token(), "broken": broken, "truncated": truncated,
		"broken before a good one": broken + good, "broken after a good one": good + broken, "truncated before a good one": truncated + "\n" + good,
		"truncated after a good one": good + truncated, "broken between good ones": good + broken + good, "garbage after a good one": good + "x",
		"private key": private, "private key after a good one": good + private, "RSA-1024": pemOf(certificate(weak, "weak", -1, 1)),
		"RSA-1024 after a good one": good + pemOf(certificate(weak, "weak", -1, 1)),
		"P-224":                     pemOf(certificate(newEC("", elliptic.P224(), crypto.SHA256), "x", -1, 1)), "base64 of nothing": "AAAA",
		"another type": strings.ReplaceAll(good, "CERTIFICATE", "X509 CRL"), "no end": strings.Replace(good, "-----END CERTIFICATE-----\n", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			config := oidcauth.Config{
				Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}, Keys: certsource.PEM(text)}}, Logger: slog.New(slog.DiscardHandler),
			}
			_, err := oidcauth.New(config)
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
		})
	}
}
