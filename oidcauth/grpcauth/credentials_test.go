package grpcauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/credentials/local"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/oidcauth/grpcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

func TestCredentialsSendTheTokenOfTheSource(t *testing.T) {
	s := start(t, withScope)
	connection := s.dial(grpc.WithPerRPCCredentials(grpcauth.Credentials(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.Token(audience, reader())}))))
	_, err := pb.NewTestServiceClient(connection).UnaryCall(t.Context(), &pb.SimpleRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"alice"}, s.callers)
}

// No token leaves, and none is fetched, for a connection that others can read.
func TestCredentialsNeedTransportSecurity(t *testing.T) {
	fetched := 0
	credentials := grpcauth.Credentials(sourceFunc(func() (*oauth2.Token, error) {
		fetched++
		return &oauth2.Token{AccessToken: "x"}, nil
	}))
	_, err := grpc.NewClient("127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(credentials))
	require.Error(t, err)

	_, err = credentials.GetRequestMetadata(t.Context())
	require.Error(t, err, "the security of the connection is unknown")
	connection := start(t, withScope).dial(grpc.WithTransportCredentials(local.NewCredentials()), grpc.WithPerRPCCredentials(credentials))
	_, err = pb.NewTestServiceClient(connection).UnaryCall(t.Context(), &pb.SimpleRequest{})
	require.Error(t, err)
	require.Zero(t, fetched)
}

func TestCredentialsWithoutToken(t *testing.T) {
	answer := func(status int, body string) oauth2.TokenSource {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		return (&clientcredentials.Config{ClientID: "orders", TokenURL: server.URL}).TokenSource(t.Context())
	}
	s := start(t, withScope)
	for name, c := range map[string]struct {
		source oauth2.TokenSource
		code   codes.Code
	}{
		"scope refused":  {answer(http.StatusBadRequest, `{"error":"invalid_scope"}`), codes.Unauthenticated},
		"client refused": {sourceFunc(func() (*oauth2.Token, error) { return nil, &provider.ClientRefusedError{Status: 401} }), codes.Unauthenticated},
		"bad gateway":    {answer(http.StatusBadGateway, "down"), codes.Unavailable},
		"network":        {sourceFunc(func() (*oauth2.Token, error) { return nil, errors.New("connection refused") }), codes.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			connection := s.dial(grpc.WithPerRPCCredentials(grpcauth.Credentials(c.source)))
			_, err := pb.NewTestServiceClient(connection).UnaryCall(t.Context(), &pb.SimpleRequest{})
			require.Equal(t, c.code, status.Code(err), err)
		})
	}
	require.Empty(t, s.callers)
}
