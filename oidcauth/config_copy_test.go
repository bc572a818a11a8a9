package oidcauth_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A caller that changes the slices of a Config after New does not change the Authenticator.
func TestSlicesOfTheConfigAreCopied(t *testing.T) {
	var issuers []oidcauth.Issuer
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		iss := &c.Issuers[0]
		iss.ClientIDs, iss.LogoutAudience = []string{"shop"}, []string{"orders-client"}
		iss.Algorithms, iss.AccessTokenTypes = []string{"RS256"}, []string{"service"}
		iss.Claims.Checks = []claims.Check{claims.Equals(claims.Name("level"), "high")}
		iss.Claims.Required = []claims.Path{claims.Name("department")}
		iss.HeaderChecks = []claims.Check{claims.Equals(claims.Name("typ"), "at+jwt")}
		issuers = c.Issuers
	})
	good := s.Token(audience, oidctest.Claims{"sub": "alice", "azp": "shop", "level": "high", "department": "sales", "typ": "service"})
	require.Empty(t, s.reason(t, good))
	fields := reflect.ValueOf(&issuers[0]).Elem()
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Kind() == reflect.Slice && f.Len() > 0 {
			f.Index(0).SetZero()
		}
	}
	issuers[0].URL = "https://other.example"
	another := s.Token(audience, oidctest.Claims{"sub": "bob", "azp": "shop", "level": "high", "department": "sales", "typ": "service"})
	require.Empty(t, s.reason(t, another))
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sub": "bob"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, another))
}

// New copies every slice of an Issuer. The test fails for a new field that is not copied.
func TestEverySliceOfAnIssuerIsCovered(t *testing.T) {
	covered := map[string]bool{
		"Tenants": true, "Audience": true, "ClientIDs": true, "Algorithms": true, "Checks": true, "HeaderChecks": true, "Claims": true, "LogoutAudience": true, "AccessTokenTypes": true,
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[oidcauth.Issuer]()) {
		if k := f.Type.Kind(); (k == reflect.Slice || k == reflect.Map) && f.PkgPath == "" {
			require.True(t, covered[f.Name], "copy %s in New, and add it here", f.Name)
		}
	}
}

func TestEmptyLogoutAudienceIsRefused(t *testing.T) {
	_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{
		URL: "https://idp.example", Audience: []string{audience}, LogoutAudience: []string{"orders-client", ""},
	}}})
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "Issuers[0].LogoutAudience", fault.Field)
}
