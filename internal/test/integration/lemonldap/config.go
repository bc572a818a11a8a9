package lemonldap

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// Clients. They authenticate with [Secret], and may use every grant.
const (
	Shop   = "shop"   // JWT access tokens, RS256, with the user's claims in them; UserInfo is JSON
	RS384  = "rs384"  // JWT access tokens, RS384; UserInfo is a JWT
	RS512  = "rs512"  // likewise, RS512
	HS256  = "hs256"  // JWT access tokens signed with the client's secret
	Opaque = "opaque" // opaque access tokens; UserInfo is JSON
	Signed = "signed" // opaque access tokens; UserInfo is a JWT, RS256
	API    = "api"    // introspects

	Secret = "integration-test-client-secret-0123456789"

	// Audience is added to the aud of every client's tokens: the API.
	Audience = "urn:orders"
)

const redirectURI = "http://127.0.0.1:9/callback" // where nothing listens: the redirect is caught

// Options of a portal. The zero value is one that publishes its key with an id.
type Options struct {
	NoKeyID bool // neither the key set nor tokens have a kid
	Clients []Client
}

// Client is a client of a test, for logins in a browser. It is like [Shop].
type Client struct{ ID, RedirectURI, AfterLogout string }

// portal is the configuration, for a new key. The server's script puts in the port and the folder.
func portal(o Options) (map[string]any, error) {
	key, certificate, err := newKey()
	if err != nil {
		return nil, err
	}
	storage := func(name string) map[string]string {
		return map[string]string{
			"Directory": "@RUN@/" + name, "LockDirectory": "@RUN@/" + name + "/lock",
			"generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
		}
	}
	clients := map[string]map[string]any{}
	exported, scopes := map[string]any{}, map[string]any{}
	var known []string
	for id, more := range map[string]map[string]any{
		Shop:   {"AccessTokenJWT": 1, "AccessTokenClaims": 1},
		RS384:  {"AccessTokenJWT": 1, "AccessTokenSignAlg": "RS384", "IDTokenSignAlg": "RS384", "UserInfoSignAlg": "RS384"},
		RS512:  {"AccessTokenJWT": 1, "AccessTokenSignAlg": "RS512", "IDTokenSignAlg": "RS512", "UserInfoSignAlg": "RS512"},
		HS256:  {"AccessTokenJWT": 1, "AccessTokenSignAlg": "HS256", "IDTokenSignAlg": "HS256"},
		Opaque: {},
		Signed: {"UserInfoSignAlg": "RS256"},
		API:    {},
	} {
		clients[id] = client(id, more)
		known = append(known, id)
	}
	for _, c := range o.Clients {
		clients[c.ID] = client(c.ID, map[string]any{"AccessTokenJWT": 1, "RedirectUris": c.RedirectURI, "PostLogoutRedirectUris": c.AfterLogout})
		known = append(known, c.ID)
	}
	for _, id := range known {
		exported[id] = map[string]string{"name": "cn", "email": "mail"}
		scopes[id] = map[string]string{"api:read": "1"}
	}
	c := map[string]any{
		"cfgNum": 1, "cfgAuthor": "test", "cfgDate": 1, "cfgVersion": "2.16.1",
		"portal": "http://127.0.0.1:@PORT@/", "cookieName": "lemonldap", "securedCookie": 0, "timeout": 3600,
		"authentication": "Demo", "userDB": "Same", "passwordDB": "Demo", "registerDB": "Demo",
		"demoExportedVars": map[string]string{"cn": "cn", "mail": "mail", "uid": "uid"}, "exportedVars": map[string]string{},
		"macros": map[string]string{"_whatToTrace": "$_user"}, "whatToTrace": "_whatToTrace", "groups": map[string]string{},
		"locationRules": map[string]any{"127.0.0.1": map[string]string{"default": "accept"}},
		"checkXSS":      0, "requireToken": 0, "notification": 0, "loginHistoryEnabled": 0, "portalDisplayRegister": 0,
		"portalDisplayResetPassword": 0, "portalDisplayCertificateResetByMail": 0, "portalDisplayChangePassword": 0,
		"globalStorage": "Apache::Session::File", "globalStorageOptions": storage("sessions"),
		"persistentStorage": "Apache::Session::File", "persistentStorageOptions": storage("psessions"),
		"localSessionStorage":             "Cache::FileCache",
		"localSessionStorageOptions":      map[string]any{"namespace": "sessions", "default_expires_in": 600, "cache_root": "@RUN@/cache"},
		"issuerDBOpenIDConnectActivation": 1, "issuerDBOpenIDConnectPath": "^/oauth2/", "issuerDBOpenIDConnectRule": "1",
		"oidcServiceAllowAuthorizationCodeFlow": 1, "oidcServiceAllowImplicitFlow": 0, "oidcServiceAllowHybridFlow": 0,
		"oidcServiceIgnoreScopeForClaims": 0,
		"oidcServicePrivateKeySig":        key, "oidcServicePublicKeySig": certificate,
		"oidcRPMetaDataOptions": clients, "oidcRPMetaDataExportedVars": exported, "oidcRPMetaDataScopeRules": scopes,
	}
	if !o.NoKeyID {
		c["oidcServiceKeyIdSig"] = rand.Text()
	}
	return c, nil
}

func client(id string, more map[string]any) map[string]any {
	const option = "oidcRPMetaDataOptions"
	c := map[string]any{}
	for name, value := range map[string]any{
		"ClientID": id, "ClientSecret": Secret, "IDTokenSignAlg": "RS256", "AccessTokenSignAlg": "RS256", "AdditionalAudiences": Audience,
		"AllowClientCredentialsGrant": 1, "AllowPasswordGrant": 1, "RefreshToken": 1, "BypassConsent": 1, "LogoutBypassConfirm": 1,
		"RedirectUris": redirectURI, "UserIDAttr": "uid", "AccessTokenExpiration": 600, "IDTokenExpiration": 600,
	} {
		c[option+name] = value
	}
	for name, value := range more {
		c[option+name] = value
	}
	return c
}

// newKey returns a private key, and a certificate of it: the portal publishes both key and certificate.
func newKey() (private, certificate string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "portal"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), crypto.Signer(key))
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
