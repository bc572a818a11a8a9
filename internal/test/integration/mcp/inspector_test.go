package mcp

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
)

const (
	inspectorVersion = "2.12.0"
	inspectorNode    = 22
)

// inspector is the MCP inspector without a terminal, a browser and stored tokens. It calls a tool.
func inspector(t *testing.T, s *server, tool string, args ...string) *exec.Cmd {
	t.Helper()
	node, dir := oidcprovider.NPM(t, "@modelcontextprotocol/inspector", inspectorVersion, inspectorNode)
	launcher := filepath.Join(dir, "node_modules", "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js")
	ctx, cancel := context.WithTimeout(t.Context(), codeflow.Patience)
	t.Cleanup(cancel)
	all := []string{launcher, "--cli", "--format", "json", "--transport", "http", "--server-url", s.url, "--method", "tools/call", "--tool-name", tool}
	command := exec.CommandContext(ctx, node, append(all, args...)...)
	home := t.TempDir()
	command.Env = append(os.Environ(), "HOME="+home, "PATH="+home, "MCP_AUTO_OPEN_ENABLED=true", "MCP_INSPECTOR_SECRET_STORE=memory")
	return command
}

// The inspector reaches the server with a token of a real provider, and only with one for this server and this tool.
func TestInspectorWithToken(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	s := serve(t, op.Issuer)
	token := op.Login(t, "alice", s.url, "api:read").Access
	for _, c := range []struct {
		name, tool, token string
		ok                bool
	}{
		{"good", "whoami", token, true},
		{"for another API", "whoami", op.Login(t, "alice", oidcprovider.RS256, "api:read").Access, false},
		{"scope", "cancel", token, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := inspector(t, s, c.tool, "--stored-auth-only", "--header", "Authorization: Bearer "+c.token).Output()
			require.Equal(t, c.ok, err == nil, err)
			require.Equal(t, c.ok, bytes.Contains(out, []byte(`"alice"`)))
		})
	}
	require.Empty(t, s.callers)
}

// The inspector knows nothing but the URL of the server and its own client identifier: it finds the provider, prints the address
// of the login, and waits for its user.
func TestInspectorLogsIn(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	s := serve(t, op.Issuer)
	command := inspector(t, s, "whoami", "--client-id", oidcprovider.Native, "--callback-url", "http://"+freeAddress(t)+"/oauth/callback")
	var out bytes.Buffer
	command.Stdout = &out
	printed, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(printed)
	address := regexp.MustCompile(regexp.QuoteMeta(op.Issuer) + `/auth\?\S+`)
	for lines.Scan() {
		t.Log(lines.Text())
		if found := address.FindString(lines.Text()); found != "" {
			back := op.Browse(t, "alice", found)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, back.String(), nil)
			require.NoError(t, err)
			_, err = codeflow.Fetch(http.DefaultClient, r)
			require.NoError(t, err)
			break
		}
	}
	_, err = io.Copy(io.Discard, printed)
	require.NoError(t, err)
	require.NoError(t, command.Wait())
	require.Contains(t, out.String(), `"alice"`)
}

// freeAddress is of a port that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, socket.Close()) }()
	return socket.Addr().String()
}
