package oidcauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var silent = slog.New(slog.DiscardHandler)

// authority issues valid and invalid certificates for the provider's hosts.
type authority struct {
	text string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[leafKind]*tls.Certificate
}

type leafKind struct {
	host               string
	expired, otherHost bool
}

var socketCA = sync.OnceValue(func() *authority {
	a := &authority{key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), leaves: map[leafKind]*tls.Certificate{}}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key))))
	a.text = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
	return a
})

func (a *authority) leaf(host string, f fault) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kind := leafKind{host, f.expired, f.otherHost}
	if c := a.leaves[kind]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{host},
	}
	if f.expired {
		template.NotAfter = time.Now().Add(-time.Hour)
	}
	if f.otherHost {
		template.DNSNames = []string{"other.test"}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.key.Public(), a.key)
	a.leaves[kind] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
	return a.leaves[kind], err
}

// nameserver answers on UDP. It resolves the provider's hosts to this machine.
type nameserver struct {
	conn   net.PacketConn
	mu     sync.Mutex
	hidden map[string]bool
}

func newNameserver(t testing.TB) *nameserver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &nameserver{conn: conn, hidden: map[string]bool{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		query := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(n.answer(query[:size]), from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return n
}

func (n *nameserver) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", n.conn.LocalAddr().String())
	}}
}

func (n *nameserver) hide(host string, hidden bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hidden[host] = hidden
}

// answer writes a message of RFC 1035 section 4: the header, the question of the request, and one address.
func (n *nameserver) answer(query []byte) []byte {
	var labels []string
	at := 12
	for at < len(query) && query[at] != 0 {
		labels = append(labels, string(query[at+1:at+1+int(query[at])]))
		at += 1 + int(query[at])
	}
	question := query[12 : at+5]
	host, wantsIPv4 := strings.ToLower(strings.Join(labels, ".")), question[len(question)-3] == 1
	n.mu.Lock()
	known := slices.Contains(socketHosts, host) && !n.hidden[host]
	n.mu.Unlock()
	out := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	switch {
	case !known:
		out[3] |= 3 // NXDOMAIN: the name does not exist
	case wantsIPv4:
		out[7] = 1
		out = append(out, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return out
}
