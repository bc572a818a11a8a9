package service_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// explain runs the command as a person would, and returns its exit status and what it printed.
func explain(t *testing.T, token string, args ...string) (int, string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary(t), args...)
	c.Stdin = strings.NewReader(token + "\n")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	t.Log(args, out.String())
	return c.ProcessState.ExitCode(), out.String()
}

func binary(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/explain"
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/knownbearer/knownbearer/examples/explain").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

func TestExplainOnTokensOfOIDCProvider(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	tokens := op.Login(t, "alice", oidcprovider.ES256, "openid")
	base := []string{"-issuer", op.Issuer}
	status, _ := explain(t, tokens.Access, append(base, "-audience", oidcprovider.ES256, "-check", "tid=tenant-a")...)
	require.Equal(t, 0, status)
	status, text := explain(t, tokens.Access, append(base, "-audience", oidcprovider.RS256)...)
	require.Equal(t, 1, status)
	require.Contains(t, text, string(reason.WrongAudience))
	status, _ = explain(t, "", append(base, "-audience", oidcprovider.RS256, "-doctor")...)
	require.Equal(t, 0, status)
	status, text = explain(t, "", append(base, "-discover")...)
	require.Equal(t, 0, status)
	require.Contains(t, text, op.Issuer)
}

func TestExplainOnTokensOfZitadel(t *testing.T) {
	op := zitadel.Start(t)
	tokens := op.Login(t, zitadel.JWT, "alice", "openid")
	base := []string{"-issuer", op.Issuer(), "-audience", zitadel.API}
	status, _ := explain(t, tokens.Access, append(base, "-userinfo")...)
	require.Equal(t, 0, status)
	status, text := explain(t, tokens.Access, append(base, "-search-claim", "email")...)
	require.Equal(t, 1, status)
	require.Contains(t, text, "userinfo_not_configured")
	status, _ = explain(t, "", append(base, "-doctor", "-userinfo")...)
	require.Equal(t, 0, status)
}
