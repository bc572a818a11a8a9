package oidcprovider_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// expired is what is left of a login after a while.
func expired(refreshToken string) *oauth2.Token { return &oauth2.Token{RefreshToken: refreshToken} }

func retrieveError(t *testing.T, err error) *oauth2.RetrieveError {
	t.Helper()
	var refused *oauth2.RetrieveError
	require.ErrorAs(t, err, &refused)
	return refused
}
