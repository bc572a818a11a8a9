package grpcauth_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/grpcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// newServer is a block of the README.
func newServer(auth *oidcauth.Authenticator, orders pb.TestServiceServer, options ...grpc.ServerOption) (*grpc.Server, error) {
	rules := grpcauth.Rules{
		pb.TestService_UnaryCall_FullMethodName: grpcauth.Scopes("orders.write"), // a constant that protoc-gen-go-grpc makes
		"/grpc.health.v1.Health/":               grpcauth.Public,
	}
	server := grpc.NewServer(append(grpcauth.ServerOptions(auth, rules), options...)...)
	pb.RegisterTestServiceServer(server, orders)
	healthpb.RegisterHealthServer(server, health.NewServer())
	return server, rules.Check(server) // a key that names no method is an error
}

var _ = newClient

// newClient is a block of the README.
func newClient(ctx context.Context, p *provider.Client, tls grpc.DialOption) (*grpc.ClientConn, error) {
	source := p.ClientCredentials(ctx, provider.TokenRequest{Scopes: []string{"orders.write"}})
	return grpc.NewClient("orders.example.com:443", tls, grpc.WithPerRPCCredentials(grpcauth.Credentials(source)))
}

func TestExample(t *testing.T) {
	s := serve(t, func(s *service, options ...grpc.ServerOption) *grpc.Server {
		server, err := newServer(s.auth, s, options...)
		require.NoError(t, err)
		return server
	})
	for _, c := range []struct {
		scope string
		code  codes.Code
	}{{"orders.write", codes.OK}, {"orders.read", codes.PermissionDenied}} {
		_, err := calls[unary](t, s, s.bearer(oidctest.Claims{"sub": "alice", "scope": c.scope}))
		require.Equal(t, c.code, status.Code(err))
	}
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway}) // health does not depend on the provider
	answer, err := healthpb.NewHealthClient(s.dial()).Check(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())
}

// A key that no method matches would protect nothing.
func TestCheckFindsKeysOfNoMethod(t *testing.T) {
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	require.NoError(t, grpcauth.Rules{"/": {}, "/grpc.health.v1.Health/": {}, "/grpc.health.v1.Health/Watch": {}}.Check(server))
	for _, key := range []string{"", "grpc.health.v1.Health/Watch", "/grpc.health.v1.Health", "/grpc.health.v1.Health/watch", "/orders.Orders/", "//"} {
		require.ErrorIs(t, grpcauth.Rules{"/": {}, key: {}}.Check(server), grpcauth.ErrUnknownMethod, key)
	}
}
