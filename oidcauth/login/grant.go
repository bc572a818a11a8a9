package login

import (
	"strings"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/signin"
)

// grant returns the token response in the form in which it is verified.
func (p Provider) grant(answer *oauth2.Token) signin.Grant {
	g := signin.Grant{
		Issuer: p.Client.Issuer(), ClientID: p.Client.ClientID(), OpenID: p.openID(), AccessToken: answer.AccessToken,
		Scopes: p.Scopes, MaxAge: -1, InsecureSkipIDToken: p.InsecureSkipIDToken, Client: p.Client,
	}
	g.IDToken, _ = answer.Extra("id_token").(string)
	if scope, ok := answer.Extra("scope").(string); ok && scope != "" {
		g.Scopes = strings.Fields(scope)
	}
	return g
}
