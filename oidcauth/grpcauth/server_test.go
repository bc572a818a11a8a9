package grpcauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/grpcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var withScope = grpcauth.Rules{"/": grpcauth.Scopes("orders.read")}

func (s *service) bearer(claims oidctest.Claims) string { return "Bearer " + s.Token(audience, claims) }

func reader() oidctest.Claims { return oidctest.Claims{"sub": "alice", "scope": "orders.read"} }

// forEach runs a test with a unary call and with a stream, each at a server of its own.
func forEach(t *testing.T, rules grpcauth.Rules, test func(t *testing.T, s *service, method string, call call)) {
	t.Helper()
	for method, call := range calls {
		t.Run(method, func(t *testing.T) { test(t, start(t, rules), method, call) })
	}
}

func TestAcceptedCallReachesTheHandlerWithItsIdentity(t *testing.T) {
	forEach(t, withScope, func(t *testing.T, s *service, _ string, call call) {
		for _, scheme := range []string{"Bearer ", "bearer "} {
			trailer, err := call(t, s, scheme+s.Token(audience, reader()))
			require.NoError(t, err)
			require.Empty(t, trailer)
		}
		require.Equal(t, []string{"alice", "alice"}, s.callers)
	})
}

func TestRefusedCallHasACodeAChallengeAndNoDetail(t *testing.T) {
	forEach(t, withScope, func(t *testing.T, s *service, method string, call call) {
		good := s.bearer(reader())
		revoked := s.Token(audience, oidctest.Claims{"sub": "mallory", "scope": "orders.read", "jti": "revoked"})
		require.NoError(t, s.auth.Revoke(t.Context(), revoked, "access_token"))
		expired := reader()
		expired["exp"] = s.Now().Add(-time.Hour).Unix()
		for _, c := range []struct {
			name          string
			authorization []string
			code          codes.Code
			reason        reason.Reason
		}{
			{"no token", nil, codes.Unauthenticated, reason.NoCredentials},
			{"another scheme", []string{"Basic YTpi"}, codes.Unauthenticated, reason.NoCredentials},
			{"no JWT", []string{"Bearer x"}, codes.Unauthenticated, reason.OpaqueToken},
			{"expired", []string{s.bearer(expired)}, codes.Unauthenticated, reason.Expired},
			{"revoked", []string{"Bearer " + revoked}, codes.Unauthenticated, reason.TokenRevoked},
			{"another audience", []string{"Bearer " + s.Token("api://other", reader())}, codes.Unauthenticated, reason.WrongAudience},
			{"two values", []string{good, good}, codes.Unauthenticated, reason.MalformedRequest},
			{"two values of two users", []string{good, s.bearer(oidctest.Claims{"sub": "mallory"})}, codes.Unauthenticated, reason.MalformedRequest},
			{"forbidden", []string{s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.write"})}, codes.PermissionDenied, reason.InsufficientScope},
		} {
			t.Run(c.name, func(t *testing.T) {
				trailer, err := call(t, s, c.authorization...)
				require.Equal(t, c.code, status.Code(err), err)
				last := s.decisions[len(s.decisions)-1]
				require.Equal(t, c.reason, last.Reason)
				require.Equal(t, method, last.Route)
				require.Equal(t, []string{last.ID}, trailer.Get("decision-id"))
				require.Len(t, trailer.Get("www-authenticate"), 1)
				require.Len(t, trailer, 2)
				for _, detail := range []string{string(c.reason), "alice", "mallory", "orders.write", "exp", s.Issuer()} {
					require.NotContains(t, status.Convert(err).Message(), detail)
				}
				require.Empty(t, status.Convert(err).Details())
			})
		}
		require.Empty(t, s.callers)
	})
}

func TestProviderThatIsDownIsUnavailable(t *testing.T) {
	forEach(t, withScope, func(t *testing.T, s *service, _ string, call call) {
		s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
		trailer, err := call(t, s, s.bearer(reader()))
		require.Equal(t, codes.Unavailable, status.Code(err))
		require.Equal(t, []string{s.decisions[0].ID}, trailer.Get("decision-id"))
		require.Empty(t, trailer.Get("www-authenticate"), "no other token would help")
		require.Empty(t, s.callers)
	})
}

// A handler may return a refusal as it is. gRPC would send its text.
func TestRefusalOfAHandler(t *testing.T) {
	forEach(t, withScope, func(t *testing.T, s *service, _ string, call call) {
		s.handle = func(ctx context.Context) error {
			id, _ := oidcauth.FromContext(ctx)
			return fmt.Errorf("order 7: %w", id.RequireScopes("orders.delete"))
		}
		trailer, err := call(t, s, s.bearer(reader()))
		require.Equal(t, codes.PermissionDenied, status.Code(err))
		require.NotContains(t, status.Convert(err).Message(), "order")
		require.Contains(t, trailer.Get("www-authenticate")[0], `scope="orders.delete"`)
		require.Equal(t, []string{s.decisions[len(s.decisions)-1].ID}, trailer.Get("decision-id"))
	})
}

func TestErrorOfAHandlerIsItsOwn(t *testing.T) {
	forEach(t, withScope, func(t *testing.T, s *service, _ string, call call) {
		s.handle = func(context.Context) error { return status.Error(codes.NotFound, "no such order") }
		trailer, err := call(t, s, s.bearer(reader()))
		require.Equal(t, codes.NotFound, status.Code(err))
		require.Empty(t, trailer)
	})
}

// The longest key of the rules applies, and only a public method is open to a call without a token.
func TestRules(t *testing.T) {
	const all = "/grpc.testing.TestService/"
	refuse := grpcauth.Require(func(*oidcauth.Identity) error { return &oidcauth.Error{Reason: reason.InsufficientScope} })
	for _, c := range []struct {
		name            string
		rules           func(method string) grpcauth.Rules
		anonymous, with codes.Code
	}{
		{"none", func(string) grpcauth.Rules { return nil }, codes.Unauthenticated, codes.OK},
		{"zero rule", func(m string) grpcauth.Rules { return grpcauth.Rules{m: {}} }, codes.Unauthenticated, codes.OK},
		{"public method", func(m string) grpcauth.Rules { return grpcauth.Rules{m: grpcauth.Public, all: refuse, "/": refuse} }, codes.OK, codes.OK},
		{"public service", func(string) grpcauth.Rules { return grpcauth.Rules{all: grpcauth.Public, "/": refuse} }, codes.OK, codes.OK},
		{"public, but this method", func(m string) grpcauth.Rules {
			return grpcauth.Rules{m: refuse, all: grpcauth.Public, "/": grpcauth.Public}
		}, codes.Unauthenticated, codes.PermissionDenied},
		{"another service is public", func(string) grpcauth.Rules {
			return grpcauth.Rules{"/grpc.testing.TestServic/": grpcauth.Public, "/grpc.testing.TestService": grpcauth.Public}
		}, codes.Unauthenticated, codes.OK},
		{"another method is public", func(m string) grpcauth.Rules {
			return grpcauth.Rules{m + "s": grpcauth.Public, m[:len(m)-1]: grpcauth.Public}
		}, codes.Unauthenticated, codes.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			for method, call := range calls {
				s := start(t, c.rules(method))
				_, err := call(t, s)
				require.Equal(t, c.anonymous, status.Code(err), method)
				_, err = call(t, s, s.bearer(reader()))
				require.Equal(t, c.with, status.Code(err), method)
			}
		})
	}
}

// A rule is a requirement of the identity, or a decision of the application.
func TestRequire(t *testing.T) {
	late := errors.New("too late for order 7")
	for name, c := range map[string]struct {
		require func(*oidcauth.Identity) error
		code    codes.Code
	}{
		"met":     {func(id *oidcauth.Identity) error { return id.RequireAnyScope("orders.write", "orders.read") }, codes.OK},
		"no user": {(*oidcauth.Identity).RequireUser, codes.PermissionDenied},
		"rule refuses": {func(id *oidcauth.Identity) error {
			return id.Require("before noon", func(*oidcauth.Identity) error { return late })
		}, codes.PermissionDenied},
		"authentication":   {func(id *oidcauth.Identity) error { return id.RequireAuthentication(time.Minute) }, codes.Unauthenticated},
		"no function":      {nil, codes.Internal},
		"an error instead": {func(*oidcauth.Identity) error { return late }, codes.Internal},
		"a panic":          {func(*oidcauth.Identity) error { panic("order 7") }, codes.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			forEach(t, grpcauth.Rules{"/": grpcauth.Require(c.require)}, func(t *testing.T, s *service, _ string, call call) {
				trailer, err := call(t, s, s.bearer(reader()))
				require.Equal(t, c.code, status.Code(err), err)
				require.NotContains(t, status.Convert(err).Message(), "order")
				require.Equal(t, c.code == codes.PermissionDenied || c.code == codes.Unauthenticated, len(trailer.Get("www-authenticate")) == 1)
				require.Equal(t, c.code == codes.OK, len(s.callers) == 1)
			})
		})
	}
}

func TestKeyWithoutASlashRefusesEveryCall(t *testing.T) {
	for _, key := range []string{unary[1:], "", "*"} {
		forEach(t, grpcauth.Rules{"/": grpcauth.Public, key: grpcauth.Scopes("orders.read")}, func(t *testing.T, s *service, _ string, call call) {
			_, err := call(t, s, s.bearer(reader()))
			require.Equal(t, codes.Internal, status.Code(err), err)
			require.Empty(t, s.callers)
		})
	}
}

// The caller's map may change after the server was made.
func TestRulesAreCopied(t *testing.T) {
	rules := grpcauth.Rules{}
	s := start(t, rules)
	rules["/"] = grpcauth.Public
	for _, call := range calls {
		_, err := call(t, s)
		require.Equal(t, codes.Unauthenticated, status.Code(err))
	}
}

// A path without its slash at the front, which some servers accept, has the same rule.
func TestMethodWithoutSlash(t *testing.T) {
	s := start(t, withScope)
	intercept := grpcauth.UnaryServerInterceptor(s.auth, grpcauth.Rules{
		"/": grpcauth.Public, unary: grpcauth.Scopes("orders.read"),
	})
	_, err := intercept(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: unary[1:]}, func(context.Context, any) (any, error) {
		return nil, errors.New("the handler ran")
	})
	require.Equal(t, codes.Unauthenticated, status.Code(err))
}
