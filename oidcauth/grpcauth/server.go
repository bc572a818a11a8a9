package grpcauth

import (
	"context"
	"crypto/x509"
	"errors"
	"maps"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	panics "github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// ServerOptions returns the options that put both interceptors before those of later options.
func ServerOptions(auth *oidcauth.Authenticator, r Rules) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(UnaryServerInterceptor(auth, r)), grpc.ChainStreamInterceptor(StreamServerInterceptor(auth, r)),
	}
}

// UnaryServerInterceptor returns an interceptor that refuses a call or puts its [oidcauth.Identity] into the context.
func UnaryServerInterceptor(auth *oidcauth.Authenticator, r Rules) grpc.UnaryServerInterceptor {
	g := guard{auth, maps.Clone(r), r.fault()}
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		ctx, err := g.admit(ctx, info.FullMethod)
		if err != nil {
			return nil, err
		}
		res, err := next(ctx, req)
		return res, g.answer(ctx, info.FullMethod, err)
	}
}

// StreamServerInterceptor is [UnaryServerInterceptor] for streams. It also ends a stream whose token expires or is revoked, as
// [oidcauth.Authenticator.WatchToken] notices it.
func StreamServerInterceptor(auth *oidcauth.Authenticator, r Rules) grpc.StreamServerInterceptor {
	g := guard{auth, maps.Clone(r), r.fault()}
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ctx, err := g.admit(ss.Context(), info.FullMethod)
		if err != nil {
			return err
		}
		if _, known := oidcauth.FromContext(ctx); known {
			watched, cancel := auth.WatchToken(ctx, presented(ctx, info.FullMethod))
			defer cancel()
			ctx = watched
		}
		err = next(srv, stream{ss, ctx})
		if refused := endOf(ctx); refused != nil {
			err = refused
		}
		return g.answer(ctx, info.FullMethod, err)
	}
}

type guard struct {
	auth  *oidcauth.Authenticator
	rules Rules
	fault error // of the rules, for which every call is refused
}

// presented reads the metadata of a call. Keys of metadata are lower-case (RFC 9113 section 8.2.1).
func presented(ctx context.Context, method string) oidcauth.Presented {
	return oidcauth.Presented{
		Authorization: metadata.ValueFromIncomingContext(ctx, "authorization"), Method: http.MethodPost, Route: method, Path: method,
		Proofs: metadata.ValueFromIncomingContext(ctx, "dpop"), Certificate: certificate(ctx),
	}
}

// certificate returns the certificate of the TLS client, or nil.
func certificate(ctx context.Context) *x509.Certificate {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return nil
	}
	if info, ok := p.AuthInfo.(credentials.TLSInfo); ok && len(info.State.PeerCertificates) > 0 {
		return info.State.PeerCertificates[0]
	}
	return nil
}

func (g guard) admit(ctx context.Context, method string) (context.Context, error) {
	if g.fault != nil {
		return nil, g.refuse(ctx, method, g.fault)
	}
	rule := g.rules.of(method)
	if rule.public {
		return ctx, nil
	}
	var id *oidcauth.Identity
	err := recovered(func() (err error) {
		id, err = g.auth.CheckToken(ctx, presented(ctx, method))
		return err
	})
	if err != nil {
		return nil, g.refuse(ctx, method, err)
	}
	ctx = oidcauth.NewContext(ctx, id)
	if rule.check != nil {
		if err := recovered(func() error { return rule.check(id) }); err != nil {
			return nil, g.refuse(ctx, method, err)
		}
	}
	return ctx, nil
}

// recovered returns a panic of the application's code as an error. Unlike net/http, gRPC does not recover it, and it would end the
// process.
func recovered(f func() error) (err error) {
	_, err = panics.Call(func() (struct{}, error) { return struct{}{}, f() })
	return err
}

// answer refuses a call if that is what the handler's error says. gRPC would send the error's text.
func (g guard) answer(ctx context.Context, method string, err error) error {
	var refused *oidcauth.Error
	if errors.As(err, &refused) {
		return g.refuse(ctx, method, err)
	}
	return err
}

func (g guard) refuse(ctx context.Context, method string, err error) error {
	answer := g.auth.RefuseToken(ctx, presented(ctx, method), err)
	trailer := metadata.Pairs("decision-id", answer.DecisionID)
	trailer.Set("www-authenticate", answer.Challenges...)
	if answer.Nonce != "" {
		trailer.Set("dpop-nonce", answer.Nonce)
	}
	_ = grpc.SetTrailer(ctx, trailer) // It fails only if no call belongs to the context.
	return status.Error(code(answer.Status), answer.Text)
}

func code(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusInternalServerError:
		return codes.Internal
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	}
	return codes.Unauthenticated // 400 and 401
}
