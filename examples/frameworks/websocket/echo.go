package main

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"github.com/knownbearer/knownbearer/oidcauth"
)

func echo(auth *oidcauth.Authenticator) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}}) // never the token's
		if err != nil {
			return
		}
		ctx, cancel := auth.Watch(r) // ends when a new request with this token would be refused
		defer cancel()
		context.AfterFunc(ctx, func() { _ = conn.Close(websocket.StatusPolicyViolation, "a new token is needed") })
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	}
}
