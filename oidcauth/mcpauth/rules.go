package mcpauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	panics "github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Rules are the requirements of tools, by the names of the tools. A function returns the error of a Require method of the
// [oidcauth.Identity]; another error is that of the application, and its status is 500. A nil function requires no more than an
// accepted token. With nil Rules, every tool requires only that; otherwise a tool that they do not name is refused, because a
// misspelled name would protect nothing.
type Rules map[string]func(*oidcauth.Identity) error

// Scopes returns a rule that requires all of the scopes. "a b" means two scopes.
func Scopes(all ...string) func(*oidcauth.Identity) error {
	return func(id *oidcauth.Identity) error { return id.RequireScopes(all...) }
}

const (
	callTool = "tools/call"
	listen   = "subscriptions/listen" // which lasts until the client ends it
)

func (r Rules) check(id *oidcauth.Identity, method, tool string) error {
	rule, known := r[tool]
	switch {
	case id == nil || r == nil || method != callTool:
		return id.RequireScopes() // the request has an identity
	case !known:
		return &oidcauth.Error{Reason: reason.AccessDenied, Detail: "mcpauth.Rules do not name the tool"}
	case rule == nil:
		return nil
	}
	// A panic on a goroutine of the go-sdk would end the process.
	_, err := panics.Call(func() (struct{}, error) { return struct{}{}, rule(id) })
	return err
}

// presented describes a request for the decision. A name that the rules do not have is the client's own text.
func (r Rules) presented(a *oidcauth.Authenticator, h http.Header, method, tool string) oidcauth.Presented {
	if _, ok := r[tool]; !ok {
		tool = ""
	}
	token, _ := a.BearerToken(&http.Request{Header: h}) // It may come in another header than Authorization.
	return oidcauth.Presented{Token: token, Method: method, Route: tool}
}

// Middleware puts the identity of each request into its context, and refuses requests without one, and calls of tools that the
// rules refuse. A refusal is a JSON-RPC error with fixed words, even if a handler returns it. [Handler] adds it to its server; a
// server behind [TokenVerifier] needs it too.
func Middleware(a *oidcauth.Authenticator, r Rules) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			id, header := caller(req)
			ctx = oidcauth.NewContext(ctx, id)
			tool := ""
			if call, ok := req.GetParams().(*mcp.CallToolParamsRaw); ok {
				tool = call.Name
			}
			refuse := func(err error) error { return rpcError(a.RefuseToken(ctx, r.presented(a, header, method, tool), err)) }
			if err := r.check(id, method, tool); err != nil {
				return nil, refuse(err)
			}
			if method == listen {
				watched, cancel := a.Watch((&http.Request{Header: header}).WithContext(ctx))
				defer cancel()
				ctx = watched
			}
			result, err := next(ctx, method, req)
			if cause := context.Cause(ctx); isRefusal(cause) {
				err = cause
			}
			if failed, ok := result.(*mcp.CallToolResult); ok && failed != nil && isRefusal(failed.GetError()) {
				return nil, refuse(failed.GetError()) // The result would hold its text.
			}
			if isRefusal(err) {
				return nil, refuse(err)
			}
			return result, err
		}
	}
}

func isRefusal(err error) bool {
	var e *oidcauth.Error
	return errors.As(err, &e)
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
