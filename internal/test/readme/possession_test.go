package readme_test

import (
	"context"
	"crypto"
	"net/http"
	"net/netip"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Each of these functions holds one block of a page. They are compiled and not called.
var (
	_ = possession
	_ = proving
)

func possession(proofs denylist.List, secret []byte) (*oidcauth.Authenticator, error) {
	return oidcauth.New(oidcauth.Config{
		Issuers:   []oidcauth.Issuer{{URL: "https://login.example.com", Audience: []string{"api://orders"}, RequireBoundTokens: true}},
		PublicURL: "https://api.example.com", // the URL below which clients call this service
		DPoP:      oidcauth.DPoP{Replays: proofs, RequireNonce: true, NonceSecret: secret},
		ClientCertificate: oidcauth.ClientCertificate{ // nginx: proxy_set_header X-Ssl-Client-Cert $ssl_client_escaped_cert;
			Form: oidcauth.CertificateNGINX, Proxies: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/32")},
		},
	})
}

func proving(ctx context.Context, key crypto.Signer, auth provider.Auth) (*http.Client, error) {
	prover, err := provider.NewProver(key)
	if err != nil {
		return nil, err
	}
	client, err := provider.New(provider.Config{Issuer: "https://login.example.com", ClientID: "shop", Auth: auth, DPoP: prover})
	if err != nil {
		return nil, err
	}
	tokens := client.ClientCredentials(ctx, provider.TokenRequest{Audience: "api://orders"})
	return &http.Client{Transport: prover.Transport(nil, tokens)}, nil
}
