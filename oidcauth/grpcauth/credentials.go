package grpcauth

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/oauth2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Credentials sends a token of the source with each call, for grpc.WithPerRPCCredentials or grpc.PerRPCCredentials. The source
// should keep its token, as that of [provider.Client.ClientCredentials] does. No token is fetched or sent unless the connection
// is encrypted and authenticated.
//
// A call that gets no token ends with Unauthenticated if the provider refused the request, else with Unavailable. It waits
// for the source, even beyond its own deadline, because an oauth2.TokenSource knows no context.
func Credentials(source oauth2.TokenSource) credentials.PerRPCCredentials { return perRPC{source} }

type perRPC struct{ source oauth2.TokenSource }

func (p perRPC) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	info, _ := credentials.RequestInfoFromContext(ctx)
	if err := credentials.CheckSecurityLevel(info.AuthInfo, credentials.PrivacyAndIntegrity); err != nil {
		return nil, fmt.Errorf("grpcauth: no token is sent: %w", err)
	}
	token, err := p.source.Token()
	if err != nil {
		return nil, status.Error(codeOf(err), "grpcauth: no token: "+err.Error())
	}
	return map[string]string{"authorization": token.Type() + " " + token.AccessToken}, nil
}

func (p perRPC) RequireTransportSecurity() bool { return true }

// codeOf distinguishes a provider that refuses from one that does not answer.
func codeOf(err error) codes.Code {
	var client *provider.ClientRefusedError
	var request *oauth2.RetrieveError
	if errors.As(err, &client) || errors.As(err, &request) && request.ErrorCode != "" {
		return codes.Unauthenticated
	}
	return codes.Unavailable
}
