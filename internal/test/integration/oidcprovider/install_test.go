package oidcprovider

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestNothingIsInstalledUnasked(t *testing.T) {
	cache := t.TempDir()
	_, err := prepare(cache, "oidc-provider", providerVersion, oldestNode, false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "KNOWNBEARER_INSTALL=1") ||
		!strings.Contains(err.Error(), "oidc-provider@"+providerVersion) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(cache); len(left) != 0 {
		t.Errorf("wrote %v", left)
	}
}
