// Package portal makes the login of the example programs from their flags.
package portal

import (
	"crypto/rand"
	"flag"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Flags are the flags of a login. Without a ClientID, a program accepts bearer tokens only.
type Flags struct{ ClientID, SecretFile string }

// Register defines the flags.
func (f *Flags) Register() {
	flag.StringVar(&f.ClientID, "client-id", "", "the client with which users sign in at /account; without it, there is no login")
	flag.StringVar(&f.SecretFile, "secret-file", "", "the file with the client's secret; without it, the client is public")
}

// New returns the login of a service that browsers reach at publicURL.
func New(auth *oidcauth.Authenticator, issuer, publicURL string, f Flags) (*login.RelyingParty, error) {
	config := provider.Config{Issuer: issuer, ClientID: f.ClientID}
	if f.SecretFile != "" {
		secret, err := os.ReadFile(f.SecretFile)
		if err != nil {
			return nil, err
		}
		config.Auth.Secret = strings.TrimSpace(string(secret))
	}
	client, err := provider.New(config)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32) // a real service reads it from a secret store, so that sessions outlast a restart
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return login.New(login.Config{
		Authenticator: auth, Providers: []login.Provider{{Client: client}}, PublicURL: publicURL, Keys: [][]byte{key},
	})
}
