package grpc

import (
	"context"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/grpcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// api answers health checks, and tells who called.
type api struct {
	healthpb.HealthServer
	callers []string
}

func (a *api) Check(ctx context.Context, req *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	id, _ := oidcauth.FromContext(ctx)
	a.callers = append(a.callers, id.ClientID())
	return a.HealthServer.Check(ctx, req)
}

// start returns a dialer of a server that requires a scope.
func start(t *testing.T, issuer string, a *api) func(*testing.T, credentials.PerRPCCredentials) healthpb.HealthClient {
	t.Helper()
	auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: issuer, Audience: []string{oidcprovider.ES256}}}})
	require.NoError(t, err)
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	rules := grpcauth.Rules{"/": grpcauth.Scopes("api:read")}
	server := grpc.NewServer(append(grpcauth.ServerOptions(auth, rules), grpc.Creds(credentials.NewServerTLSFromCert(&web.TLS.Certificates[0])))...)
	healthpb.RegisterHealthServer(server, a)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(socket) }() // it fails only after Stop
	t.Cleanup(server.Stop)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return func(t *testing.T, token credentials.PerRPCCredentials) healthpb.HealthClient {
		t.Helper()
		connection, err := grpc.NewClient(socket.Addr().String(), grpc.WithPerRPCCredentials(token), grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, "")))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		return healthpb.NewHealthClient(connection)
	}
}

func TestServiceCallsServiceWithTokensOfItsOwn(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	a := &api{HealthServer: health.NewServer()}
	dial := start(t, op.Issuer, a)
	source := func(secret, resource, scope string) credentials.PerRPCCredentials {
		client, err := provider.New(provider.Config{Issuer: op.Issuer, ClientID: oidcprovider.ResourceServer, Auth: provider.Auth{Secret: secret}})
		require.NoError(t, err)
		return grpcauth.Credentials(client.ClientCredentials(t.Context(), provider.TokenRequest{Resources: []string{resource}, Scopes: []string{scope}}))
	}
	for _, c := range []struct {
		name                    string
		secret, resource, scope string
		code                    codes.Code
	}{
		{"good", oidcprovider.ClientSecret, oidcprovider.ES256, "api:read", codes.OK},
		{"another scope", oidcprovider.ClientSecret, oidcprovider.ES256, "api:write", codes.PermissionDenied},
		{"another API", oidcprovider.ClientSecret, oidcprovider.RS256, "api:read", codes.Unauthenticated},
		{"no such API", oidcprovider.ClientSecret, "https://nowhere.example.test", "api:read", codes.Unauthenticated},
		{"wrong secret", "wrong", oidcprovider.ES256, "api:read", codes.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := dial(t, source(c.secret, c.resource, c.scope)).Check(t.Context(), &healthpb.HealthCheckRequest{})
			require.Equal(t, c.code, status.Code(err), err)
		})
	}
	require.Equal(t, []string{oidcprovider.ResourceServer}, a.callers)

	op.Kill(t)
	_, err := dial(t, source(oidcprovider.ClientSecret, oidcprovider.ES256, "api:read")).Check(t.Context(), &healthpb.HealthCheckRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err), "the provider gives no token")
}
