package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// config returns the configuration of the service that the options describe.
func (o options) config() (oidcauth.Config, error) {
	if o.settings != "" {
		return o.documentConfig()
	}
	iss := oidcauth.Issuer{
		URL: o.issuer, Tenants: o.tenants, DiscoveryURL: o.discoveryURL, Audience: o.audience, ClientIDs: o.parties, Algorithms: o.algorithms,
		ClientIDInsteadOfAudience: o.clientInsteadOfAudience, InsecureSkipAudience: o.skipAudience, InsecureIDTokenAsAccessToken: o.takeIDToken,
	}
	if o.leeway != 0 {
		iss.Leeway = oidcauth.Exactly(o.leeway)
	}
	var err error
	if iss.HTTPClient, err = o.httpClient(); err != nil {
		return oidcauth.Config{}, err
	}
	if iss.Keys, err = o.keySource(); err != nil {
		return oidcauth.Config{}, err
	}
	if iss.Claims, err = o.claimRules(); err != nil {
		return oidcauth.Config{}, err
	}
	c := oidcauth.Config{
		Logger: slog.New(slog.DiscardHandler), ShowClaimValues: o.showValues,
		Credentials: oidcauth.Credentials{Header: o.credentialsHeader, WebSocketProtocol: o.protocol},
	}
	if c.Now, err = o.now(); err != nil {
		return oidcauth.Config{}, err
	}
	if err := o.addProvider(&iss, c); err != nil {
		return oidcauth.Config{}, err
	}
	if o.users != "" {
		if c.Users, err = o.userTable(); err != nil {
			return oidcauth.Config{}, err
		}
	}
	c.Issuers = []oidcauth.Issuer{iss}
	return c, nil
}

// errOffline is the answer to every request with -offline.
var errOffline = errors.New("-offline: no request is sent")

type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOffline }

// httpClient returns the client of the requests to the provider, or nil for the default.
func (o options) httpClient() (*http.Client, error) {
	if o.offline {
		return &http.Client{Transport: noNetwork{}}, nil
	}
	if o.ca == "" && o.tlsThumbprint == "" && o.tlsCertificate == "" {
		return nil, nil
	}
	trust := provider.Trust{Thumbprint: o.tlsThumbprint}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		trust.CAs = string(text)
	}
	client, err := provider.HTTPClient(trust)
	if err == nil && o.tlsCertificate != "" {
		err = presentCertificate(client, o.tlsCertificate)
	}
	return client, err
}

// keySource returns the sources of keys in the order of the README, or nil for discovery alone.
func (o options) keySource() (certsource.Source, error) {
	var sources []certsource.Source
	for _, file := range o.keys {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sources = append(sources, certsource.PEM(string(text)))
	}
	if o.keyDir != "" {
		sources = append(sources, certsource.Dir{FS: os.DirFS(o.keyDir), Subject: o.keySubject, Thumbprint: o.keyThumbprint})
	}
	if o.keyURL != "" {
		sources = append(sources, certsource.Endpoint{URL: o.keyURL, Subject: o.keySubject, Thumbprint: o.keyThumbprint})
	}
	if o.jwks != "" {
		sources = append(sources, certsource.JWKS{URL: o.jwks})
	}
	if len(sources) == 0 {
		return nil, nil
	}
	if !o.noDiscovery && !o.offline {
		sources = append(sources, certsource.Discovered{})
	}
	return certsource.Chain(sources...), nil
}

func (o options) claimRules() (oidcauth.ClaimRules, error) {
	rules := oidcauth.ClaimRules{User: path(o.search), UserInfoOnly: o.userInfoOnly, UserInfoSubject: path(o.userInfoSubject)}
	for _, name := range o.required {
		rules.Required = append(rules.Required, path(name))
	}
	for _, text := range o.checks {
		check, err := parseCheck(text)
		if err != nil {
			return rules, err
		}
		rules.Checks = append(rules.Checks, check.Check)
	}
	return rules, nil
}

// addProvider adds the client of introspection and UserInfo.
func (o options) addProvider(iss *oidcauth.Issuer, c oidcauth.Config) error {
	if !o.introspects() && !o.asksUserInfo() {
		return nil
	}
	pc := provider.Config{
		Issuer: o.issuer, DiscoveryURL: o.discoveryURL, HTTPClient: iss.HTTPClient, Now: c.Now,
		UserInfoURL: o.userInfoURL, IntrospectionURL: o.introspectionURL,
	}
	if o.introspects() {
		if err := o.addCredentials(&pc); err != nil {
			return err
		}
	}
	client, err := provider.New(pc)
	if err != nil {
		return fmt.Errorf("the client is not usable: %w", err)
	}
	if o.asksUserInfo() {
		iss.Claims.UserInfo = client
	}
	iss.Introspection = oidcauth.Introspection{
		JWTs: o.introspectJWTs, InsecureByUserInfo: o.byUserInfo, InsecureWithoutAudience: o.withoutAudience, InsecureWithoutTokenType: o.withoutTokenType,
	}
	if o.introspects() {
		iss.Introspection.Client = client
	}
	return nil
}
