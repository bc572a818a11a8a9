// Package grpc tests oidcauth/grpcauth with the tokens of a real provider: a service calls another one with tokens of its own.
package grpc
