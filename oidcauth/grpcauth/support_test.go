package grpcauth_test

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/grpcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const (
	audience = "api://orders"
	unary    = "/grpc.testing.TestService/UnaryCall"
	streamed = "/grpc.testing.TestService/FullDuplexCall"
)

// service is a gRPC server behind TLS on a loopback socket, the provider that it trusts, and a client without a token.
type service struct {
	pb.UnimplementedTestServiceServer
	*oidctest.Provider
	auth   *oidcauth.Authenticator
	client pb.TestServiceClient
	dial   func(...grpc.DialOption) *grpc.ClientConn
	handle func(context.Context) error // replaces what both handlers do

	mu        sync.Mutex
	callers   []string // of the calls that reached a handler
	decisions []*decision.Decision
}

// start serves the calls behind the rules.
func start(t *testing.T, rules grpcauth.Rules) *service {
	t.Helper()
	return serve(t, func(s *service, options ...grpc.ServerOption) *grpc.Server {
		server := grpc.NewServer(append(grpcauth.ServerOptions(s.auth, rules), options...)...)
		pb.RegisterTestServiceServer(server, s)
		return server
	})
}

func serve(t *testing.T, build func(*service, ...grpc.ServerOption) *grpc.Server) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t)}
	config := s.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	config.WatchInterval = time.Second
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.decisions = append(s.decisions, e.Decision)
		}
	}
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	s.listen(t, build)
	return s
}

func (s *service) listen(t *testing.T, build func(*service, ...grpc.ServerOption) *grpc.Server) {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(web.Close)
	server := build(s, grpc.WaitForHandlers(true), grpc.Creds(credentials.NewServerTLSFromCert(&web.TLS.Certificates[0])))
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(socket) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	s.dial = func(options ...grpc.DialOption) *grpc.ClientConn {
		connection, err := grpc.NewClient(socket.Addr().String(),
			append([]grpc.DialOption{grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, ""))}, options...)...)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		return connection
	}
	s.client = pb.NewTestServiceClient(s.dial())
}

func (s *service) visit(ctx context.Context) error {
	id, _ := oidcauth.FromContext(ctx)
	s.mu.Lock()
	s.callers = append(s.callers, id.Subject())
	s.mu.Unlock()
	if s.handle != nil {
		return s.handle(ctx)
	}
	return nil
}

func (s *service) UnaryCall(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	return &pb.SimpleResponse{}, s.visit(ctx)
}

// StreamingOutputCall sends one message, and waits for the end of its context.
func (s *service) StreamingOutputCall(_ *pb.StreamingOutputCallRequest, calls pb.TestService_StreamingOutputCallServer) error {
	if err := calls.Send(&pb.StreamingOutputCallResponse{}); err != nil {
		return err
	}
	<-calls.Context().Done()
	return nil
}

// FullDuplexCall answers each message with one.
func (s *service) FullDuplexCall(calls pb.TestService_FullDuplexCallServer) error {
	if err := s.visit(calls.Context()); err != nil {
		return err
	}
	for {
		_, err := calls.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = calls.Send(&pb.StreamingOutputCallResponse{})
		}
		if err != nil {
			return err
		}
	}
}

// call is one of the two kinds of calls. It sends these values of authorization, and returns the trailer.
type call func(t *testing.T, s *service, authorization ...string) (metadata.MD, error)

var calls = map[string]call{
	unary: func(t *testing.T, s *service, authorization ...string) (trailer metadata.MD, err error) {
		_, err = s.client.UnaryCall(outgoing(t, authorization), &pb.SimpleRequest{}, grpc.Trailer(&trailer))
		return own(trailer), err
	},
	streamed: func(t *testing.T, s *service, authorization ...string) (metadata.MD, error) {
		stream, err := s.client.FullDuplexCall(outgoing(t, authorization))
		require.NoError(t, err)
		for range 2 {
			if err = stream.Send(&pb.StreamingOutputCallRequest{}); err != nil { // Recv then says why
				break
			}
		}
		require.NoError(t, stream.CloseSend())
		for err = nil; err == nil; {
			_, err = stream.Recv()
		}
		if err == io.EOF {
			err = nil
		}
		return own(stream.Trailer()), err
	},
}

// own is a trailer without the key that gRPC adds to a response without messages.
func own(trailer metadata.MD) metadata.MD {
	trailer.Delete("content-type")
	return trailer
}

func outgoing(t *testing.T, authorization []string) context.Context {
	t.Helper()
	return metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": authorization})
}
