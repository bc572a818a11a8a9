package grpcauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

type receiver interface {
	Recv() (*pb.StreamingOutputCallResponse, error)
	Trailer() metadata.MD
}

// A stream ends with its token, whether its handler waits for a message of the client or for the end of its context.
func TestStreamEndsWithItsToken(t *testing.T) {
	ends := map[reason.Reason]func(*service, string) error{
		reason.Expired: func(s *service, _ string) error { s.Advance(time.Hour); return nil },
		reason.TokenRevoked: func(s *service, token string) error {
			return s.auth.Revoke(context.Background(), token, "access_token")
		},
	}
	opens := map[string]func(context.Context, *service) (receiver, error){
		"waits for a message": func(ctx context.Context, s *service) (receiver, error) {
			stream, err := s.client.FullDuplexCall(ctx)
			if err == nil {
				err = stream.Send(&pb.StreamingOutputCallRequest{})
			}
			return stream, err
		},
		"waits for its context": func(ctx context.Context, s *service) (receiver, error) {
			return s.client.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{})
		},
	}
	for why, end := range ends {
		for name, open := range opens {
			t.Run(string(why)+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := start(t, withScope)
				token := s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "orders.read", "jti": "1"})
				stream, err := open(outgoing(t, []string{"Bearer " + token}), s)
				require.NoError(t, err)
				_, err = stream.Recv()
				require.NoError(t, err)

				require.NoError(t, end(s, token))
				_, err = stream.Recv()
				require.Equal(t, codes.Unauthenticated, status.Code(err), err)
				s.mu.Lock()
				defer s.mu.Unlock()
				last := s.decisions[len(s.decisions)-1]
				require.Equal(t, why, last.Reason)
				require.Equal(t, []string{last.ID}, stream.Trailer().Get("decision-id"))
				require.Len(t, stream.Trailer().Get("www-authenticate"), 1)
			})
		}
	}
}

// A call that the client cancels is no refusal.
func TestStreamThatTheClientCancels(t *testing.T) {
	s := start(t, withScope)
	ctx, cancel := context.WithCancel(outgoing(t, []string{s.bearer(reader())}))
	stream, err := s.client.FullDuplexCall(ctx, grpc.WaitForReady(true))
	require.NoError(t, err)
	require.NoError(t, stream.Send(&pb.StreamingOutputCallRequest{}))
	_, err = stream.Recv()
	require.NoError(t, err)
	cancel()
	_, err = stream.Recv()
	require.Equal(t, codes.Canceled, status.Code(err))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.decisions {
		require.True(t, d.Accepted, d)
	}
}
