package grpcauth

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// Rules say which methods require more than an accepted token. A key is a method, "/orders.v1.Orders/Create", or all methods
// of a service, "/orders.v1.Orders/", or all methods, "/". The longest key that matches a method applies alone. A method
// that matches no key requires an accepted token. If a key does not begin with a slash, every call is refused with Internal,
// because the key would protect nothing.
type Rules map[string]Rule

// Rule is the requirement of a method. The zero Rule requires an accepted token.
type Rule struct {
	public bool
	check  func(*oidcauth.Identity) error
}

// Public admits every call, and reads no token: there is no [oidcauth.Identity] in the context. It is for health checks.
var Public = Rule{public: true}

// Require requires an accepted token that the function returns no error for. Return the error of a Require method of the
// [oidcauth.Identity]; another error is that of the application, and the code is Internal. If the function is
// nil, every call is refused with Internal.
func Require(check func(*oidcauth.Identity) error) Rule {
	if check == nil {
		check = func(*oidcauth.Identity) error { return errNoFunction }
	}
	return Rule{check: check}
}

var errNoFunction = errors.New("grpcauth: the function of Require is nil")

// Scopes returns a Rule that requires an accepted token with all of the scopes. "a b" means two scopes.
func Scopes(all ...string) Rule {
	return Require(func(id *oidcauth.Identity) error { return id.RequireScopes(all...) })
}

// fault returns an error if a key could match no method.
func (r Rules) fault() error {
	for key := range r {
		if !strings.HasPrefix(key, "/") {
			return fmt.Errorf("grpcauth: the key %q does not begin with a slash", key)
		}
	}
	return nil
}

// of returns the rule for a method.
func (r Rules) of(method string) Rule {
	method = "/" + strings.TrimPrefix(method, "/")
	for _, key := range []string{method, method[:strings.LastIndex(method, "/")+1], "/"} {
		if rule, ok := r[key]; ok {
			return rule
		}
	}
	return Rule{}
}

// ErrUnknownMethod means that the server has no method for a key of [Rules].
var ErrUnknownMethod = errors.New("grpcauth: the server has no such method")

// Check returns an error that joins an [ErrUnknownMethod] for each key that matches no method of the server, because a rule
// with a misspelled key protects nothing. Call it after all services are registered.
func (r Rules) Check(server *grpc.Server) error {
	known := map[string]bool{"/": true}
	for service, info := range server.GetServiceInfo() {
		known["/"+service+"/"] = true
		for _, method := range info.Methods {
			known["/"+service+"/"+method.Name] = true
		}
	}
	var faults []error
	for key := range r {
		if !known[key] {
			faults = append(faults, fmt.Errorf("%w: %q", ErrUnknownMethod, key))
		}
	}
	return errors.Join(faults...)
}
