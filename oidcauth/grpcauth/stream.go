package grpcauth

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// stream is a ServerStream that ends with its context.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }

// RecvMsg also returns when the token has ended, although no message came. Its goroutine ends with the stream, which ends when the
// handler returns.
func (s stream) RecvMsg(m any) error {
	if refused := endOf(s.ctx); refused != nil {
		return refused
	}
	received := make(chan error, 1)
	go func() { received <- s.ServerStream.RecvMsg(m) }()
	select {
	case err := <-received:
		return err
	case <-s.ctx.Done():
	}
	if refused := endOf(s.ctx); refused != nil {
		return refused
	}
	return <-received // the client has cancelled the call
}

// SendMsg sends nothing once the token has ended.
func (s stream) SendMsg(m any) error {
	if refused := endOf(s.ctx); refused != nil {
		return refused
	}
	return s.ServerStream.SendMsg(m)
}

// endOf returns the refusal that ended the context, or nil.
func endOf(ctx context.Context) error {
	var refused *oidcauth.Error
	if errors.As(context.Cause(ctx), &refused) {
		return refused
	}
	return nil
}
