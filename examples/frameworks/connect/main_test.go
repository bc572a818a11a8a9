package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const audience = "api://orders"

// service is the program on a loopback socket with TLS and HTTP/2.
type service struct {
	*oidctest.Provider
	*httptest.Server
	auth   *oidcauth.Authenticator
	visits atomic.Int64
	last   atomic.Pointer[decision.Decision]
}

func start(t *testing.T) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t)}
	config := s.Provider.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			s.last.Store(e.Decision)
		}
	}
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	s.Server = httptest.NewUnstartedServer(routes(s.auth, func(string) { s.visits.Add(1) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Server.Close)
	return s
}

var protocols = map[string][]connect.ClientOption{
	"Connect": nil, "Connect with JSON": {connect.WithProtoJSON()}, "gRPC": {connect.WithGRPC()}, "gRPC-Web": {connect.WithGRPCWeb()},
}

// call calls a procedure with these values of Authorization, and returns the text of the only message.
func (s *service) call(t *testing.T, options []connect.ClientOption, procedure string, authorization ...string) (string, error) {
	t.Helper()
	client := connect.NewClient[emptypb.Empty, wrapperspb.StringValue](s.Client(), s.URL+procedure, options...)
	req := connect.NewRequest(&emptypb.Empty{})
	req.Header()["Authorization"] = authorization
	if procedure != watch {
		res, err := client.CallUnary(t.Context(), req)
		if err != nil {
			return "", err
		}
		return res.Msg.GetValue(), nil
	}
	stream, err := client.CallServerStream(t.Context(), req)
	require.NoError(t, err)
	text := ""
	for stream.Receive() {
		text += stream.Msg().GetValue()
	}
	err = stream.Err()
	require.NoError(t, stream.Close())
	return text, err
}

func (s *service) bearer(claims oidctest.Claims) string { return "Bearer " + s.Token(audience, claims) }

func TestAccepted(t *testing.T) {
	s := start(t)
	token := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.read orders.write"})
	for name, options := range protocols {
		t.Run(name, func(t *testing.T) {
			for procedure, want := range map[string]string{whoami: "alice", watch: "orders of alice", cancel: "cancelled"} {
				got, err := s.call(t, options, procedure, token)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	s := start(t)
	good := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.read"})
	revoked := s.Token(audience, oidctest.Claims{"sub": "mallory", "scope": "orders.read orders.write", "jti": "revoked"})
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, "access_token"))
	all := []string{whoami, watch, cancel}
	for _, c := range []struct {
		name          string
		procedures    []string
		authorization []string
		code          connect.Code
		reason        reason.Reason
	}{
		{"no token", all, nil, connect.CodeUnauthenticated, reason.NoCredentials},
		{"expired", all, []string{s.bearer(oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-time.Hour).Unix()})}, connect.CodeUnauthenticated, reason.Expired},
		{"revoked", all, []string{"Bearer " + revoked}, connect.CodeUnauthenticated, reason.TokenRevoked},
		{"two values", all, []string{good, good}, connect.CodeUnauthenticated, reason.MalformedRequest},
		{"forbidden by a rule", []string{watch}, []string{s.bearer(oidctest.Claims{"sub": "alice"})}, connect.CodePermissionDenied, reason.InsufficientScope},
		{"forbidden by the handler", []string{cancel}, []string{good}, connect.CodePermissionDenied, reason.InsufficientScope},
	} {
		for name, options := range protocols {
			for _, procedure := range c.procedures {
				t.Run(c.name+"/"+name+procedure, func(t *testing.T) {
					_, err := s.call(t, options, procedure, c.authorization...)
					s.requireRefusal(t, err, c.code, c.reason, procedure, name)
				})
			}
		}
	}
	require.Zero(t, s.visits.Load())
}

func (s *service) requireRefusal(t *testing.T, err error, code connect.Code, why reason.Reason, procedure, protocol string) {
	t.Helper()
	var refused *connect.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code())
	last := s.last.Load()
	require.Equal(t, why, last.Reason)
	require.Equal(t, procedure, last.Route)
	require.Equal(t, last.ID, refused.Meta().Get("Decision-Id"))
	challenged := code != connect.CodeUnavailable && protocol != "gRPC" // net/http drops this field in trailers
	require.Equal(t, challenged, refused.Meta().Get("WWW-Authenticate") != "")
	require.Equal(t, code == connect.CodeUnavailable, refused.Meta().Get("Retry-After") != "")
	for _, detail := range []string{string(why), "alice", "mallory", "orders", "exp", s.Issuer()} {
		require.NotContains(t, refused.Message(), detail)
	}
}

func TestProviderThatIsDown(t *testing.T) {
	for name, options := range protocols {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
			for _, procedure := range []string{whoami, watch, cancel} {
				_, err := s.call(t, options, procedure, s.bearer(oidctest.Claims{"sub": "alice"}))
				s.requireRefusal(t, err, connect.CodeUnavailable, reason.KeysUnavailable, procedure, name)
			}
			require.Zero(t, s.visits.Load())
		})
	}
}
