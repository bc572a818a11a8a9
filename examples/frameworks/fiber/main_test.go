package main

import (
	"net"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/examples/frameworks/internal/frametest"
	"github.com/knownbearer/knownbearer/oidcauth"
)

func TestRoutes(t *testing.T) {
	frametest.RunServed(t, func(t *testing.T, auth *oidcauth.Authenticator, visit func(who string)) string {
		t.Helper()
		socket, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		app, done := routes(auth, visit), make(chan error, 1)
		go func() { done <- app.Listener(socket, fiber.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() {
			require.NoError(t, app.Shutdown())
			require.NoError(t, <-done)
		})
		return "http://" + socket.Addr().String()
	})
}
