package oidcauth

import (
	"context"
	"fmt"
	"net/http"
)

// identityKey is the key of the Identity in a context. Because the type is private, keys of other packages never equal it.
type identityKey struct{}

// identityContext is a context that carries an Identity. Unlike the context of context.WithValue, it can be a part of another struct.
type identityContext struct {
	context.Context
	identity *Identity
}

// Value returns the Identity, or a value of the parent context.
func (c *identityContext) Value(key any) any {
	if key == (identityKey{}) {
		return c.identity
	}
	return c.Context.Value(key)
}

// String returns the text that context.WithValue gives to its contexts.
func (c *identityContext) String() string {
	return fmt.Sprint(context.WithValue(c.Context, identityKey{}, c.identity))
}

// NewContext returns a context that carries the identity.
func NewContext(ctx context.Context, id *Identity) context.Context {
	return &identityContext{ctx, id}
}

// withIdentity returns a shallow copy of the request. Its context carries the identity, and both are one allocation.
func withIdentity(r *http.Request, id *Identity) *http.Request {
	out := &struct {
		http.Request
		context identityContext
	}{context: identityContext{r.Context(), id}}
	out.Request = *r.WithContext(&out.context)
	return &out.Request
}

// FromContext returns the identity that [Authenticator.Handler] put into the request's context. The second result is false for
// an anonymous request.
func FromContext(ctx context.Context) (*Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(*Identity)
	return id, ok && id != nil
}
