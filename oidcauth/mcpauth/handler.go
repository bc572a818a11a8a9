package mcpauth

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// Handler serves the MCP server over streamable HTTP to requests with an accepted token, and the metadata of the resource to
// everyone. It adds [Middleware] to the server. The options may be nil.
func Handler(a *oidcauth.Authenticator, server *mcp.Server, r Rules, options *mcp.StreamableHTTPOptions) http.Handler {
	server.AddReceivingMiddleware(Middleware(a, r))
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, options)
	protected := a.Handler(requireTool(a, r, withTokenInfo(a, h)))
	path, metadata := a.ResourceMetadata()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.EscapedPath() == path {
			metadata.ServeHTTP(w, req)
			return
		}
		protected.ServeHTTP(w, req)
	})
}

// maxPeek is the size up to which requireTool reads a message. [Middleware] sees longer ones too.
const maxPeek = 1 << 20

// requireTool answers a call that the rules refuse by its HTTP status, so that the client can ask for a scope (RFC 6750 section
// 3.1). It is for the answer alone: [Middleware] protects the tool, and knows what the go-sdk reads in the message.
func requireTool(a *oidcauth.Authenticator, r Rules, next http.Handler) http.Handler {
	if r == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		head, _ := io.ReadAll(io.LimitReader(req.Body, maxPeek)) // The next read returns the error again.
		var message struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params struct {
				Name string `json:"name"`
			} `json:"params"`
		}
		if json.Unmarshal(head, &message) == nil && message.Method == callTool {
			id, _ := oidcauth.FromContext(req.Context())
			if err := r.check(id, callTool, message.Params.Name); err != nil {
				answer := a.RefuseToken(req.Context(), r.presented(a, req.Header, callTool, message.Params.Name), err)
				write(w, answer, map[string]any{"jsonrpc": "2.0", "id": message.ID, "error": rpcError(answer)})
				return
			}
		}
		req.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), req.Body), req.Body}
		next.ServeHTTP(w, req)
	})
}

// write answers with the status and the header of the refusal, and with a JSON-RPC error as its body.
func write(w http.ResponseWriter, answer oidcauth.Answer, message any) {
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(answer.Status)
	_ = json.NewEncoder(w).Encode(message) // an error means that the client has closed the connection
}
