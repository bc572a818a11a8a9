package mcpauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Rules say what the tools require, by their names. The function returns the error of the refusal, such as that of
// [oidcauth.Identity.RequireScopes]. A nil function requires no more than an accepted token. With nil Rules, every tool
// requires only that; otherwise a tool that they do not name is refused, because a misspelled name would protect nothing.
type Rules map[string]func(*oidcauth.Identity) error

// Scopes requires all of the scopes.
func Scopes(all ...string) func(*oidcauth.Identity) error {
	return func(id *oidcauth.Identity) error { return id.RequireScopes(all...) }
}

const callTool = "tools/call"

func (r Rules) check(id *oidcauth.Identity, tool string) error {
	if r == nil {
		return nil
	}
	check, ok := r[tool]
	switch {
	case !ok:
		return &oidcauth.Error{Reason: reason.InsufficientScope, Detail: "mcpauth.Rules do not name the tool"}
	case check == nil:
		return nil
	}
	return check(id)
}

// presented describes a call for the decision. A name that the rules do not have is the client's own text.
func (r Rules) presented(h http.Header, tool string) oidcauth.Presented {
	if _, ok := r[tool]; !ok {
		tool = ""
	}
	return oidcauth.Presented{Authorization: h["Authorization"], Method: callTool, Route: tool}
}

// Middleware puts the identity of each request into its context, and refuses requests without one, and calls of tools that the
// rules refuse. A refusal is a JSON-RPC error with fixed words, even if a handler returns it. [Handler] adds it to its server; a
// server behind [TokenVerifier] needs it too.
func Middleware(a *oidcauth.Authenticator, r Rules) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			id, header := caller(req)
			ctx = oidcauth.NewContext(ctx, id)
			err := id.RequireScopes() // the request has an identity
			tool := ""
			if call, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok && err == nil {
				tool = call.Name
				err = r.check(id, tool)
			}
			var result mcp.Result
			if err == nil {
				result, err = next(ctx, method, req)
			}
			if failed, ok := result.(*mcp.CallToolResult); ok && err == nil && failed != nil {
				err = refusalIn(failed.GetError()) // else the tool's result would hold its text
			}
			if refusalIn(err) == nil {
				return result, err
			}
			return nil, rpcError(a.RefuseToken(ctx, r.presented(header, tool), err))
		}
	}
}

// refusalIn returns err if it is a refusal.
func refusalIn(err error) error {
	var e *oidcauth.Error
	if errors.As(err, &e) {
		return err
	}
	return nil
}

// caller returns the identity that the token information holds, and the header of the request.
func caller(req mcp.Request) (*oidcauth.Identity, http.Header) {
	extra := req.GetExtra()
	if extra == nil || extra.TokenInfo == nil {
		return nil, nil
	}
	id, _ := extra.TokenInfo.Extra[identityKey].(*oidcauth.Identity)
	return id, extra.Header
}

// rpcError has the HTTP status as its code, which JSON-RPC leaves to applications.
func rpcError(answer oidcauth.Answer) *jsonrpc.Error {
	data, _ := json.Marshal(map[string]string{"decision_id": answer.DecisionID})
	return &jsonrpc.Error{Code: int64(answer.Status), Message: answer.Text, Data: data}
}
