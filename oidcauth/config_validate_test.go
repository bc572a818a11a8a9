package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// Validate finds the faults that New finds, and makes nothing.
func TestValidateRefusesWhatNewRefuses(t *testing.T) {
	good := oidctest.New(t).Config(audience)
	require.NoError(t, good.Validate())
	for name, change := range map[string]func(*oidcauth.Config){
		"no issuer":   func(c *oidcauth.Config) { c.Issuers = nil },
		"no audience": func(c *oidcauth.Config) { c.Issuers[0].Audience = nil },
		"bad keys":    func(c *oidcauth.Config) { c.Issuers[0].Keys = certsource.PEM("none") },
	} {
		c := oidctest.New(t).Config(audience)
		change(&c)
		_, want := oidcauth.New(c)
		var fault, same *oidcauth.ConfigError
		require.ErrorAs(t, want, &fault, name)
		require.ErrorAs(t, c.Validate(), &same, name)
		require.Equal(t, fault.Field, same.Field)
	}
}
