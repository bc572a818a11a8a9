package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func explain(ctx context.Context, o options, in io.Reader, p printer) (int, error) {
	auth, err := o.authenticator()
	if err != nil {
		return usage, err
	}
	token, err := o.token(in)
	if err != nil {
		return usage, err
	}
	d := auth.Explain(ctx, token)
	if d.Accepted {
		return accepted, p.decision(d)
	}
	return refused, p.decision(d)
}

func diagnose(ctx context.Context, o options, p printer) (int, error) {
	auth, err := o.authenticator()
	if err != nil {
		return usage, err
	}
	status := accepted
	found := auth.Diagnose(ctx)
	for _, f := range found {
		if f.Outcome == decision.Failed {
			status = refused
		}
	}
	return status, p.findings(found)
}

// maxToken leaves room for white space around the longest token that is read.
const maxToken = 128 << 10

// token reads the token, which people paste with the scheme and line breaks around it.
func (o options) token(in io.Reader) (string, error) {
	if o.file != "" {
		f, err := os.Open(o.file)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(bufio.NewReader(in), maxToken))
	token := strings.TrimSpace(string(text))
	for _, before := range []string{"Authorization:", "Bearer "} {
		if len(token) > len(before) && strings.EqualFold(token[:len(before)], before) {
			token = strings.TrimSpace(token[len(before):])
		}
	}
	if err == nil && token == "" {
		err = errors.New("no token: give it on standard input, or by -file")
	}
	return token, err
}

func (o options) authenticator() (*oidcauth.Authenticator, error) {
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	iss := oidcauth.Issuer{
		URL: o.issuer, DiscoveryURL: o.discoveryURL, Audience: o.audience, HTTPClient: client, Claims: oidcauth.ClaimRules{User: claims.Name(o.search)},
	}
	for _, text := range o.checks {
		check, err := parseCheck(text)
		if err != nil {
			return nil, err
		}
		iss.Claims.Checks = append(iss.Claims.Checks, check.Check)
	}
	if o.key != "" {
		text, err := os.ReadFile(o.key)
		if err != nil {
			return nil, err
		}
		iss.Keys = certsource.Chain(certsource.PEM(string(text)), certsource.Discovered{})
	}
	if o.userInfo {
		info, err := provider.New(provider.Config{Issuer: o.issuer, DiscoveryURL: o.discoveryURL, HTTPClient: client})
		if err != nil {
			return nil, err
		}
		iss.Claims.UserInfo = info
	}
	return oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.DiscardHandler)})
}

func (o options) client() (*http.Client, error) {
	if o.ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	return provider.HTTPClient(provider.Trust{CAs: string(text)})
}
