package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
)

func clock(auth *oidcauth.Authenticator, every time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := auth.Watch(r) // ends when a new request with this token would be refused
		defer cancel()
		w.Header().Set("Content-Type", "text/event-stream")
		for tick := time.Tick(every); ; {
			select {
			case <-ctx.Done():
				fmt.Fprint(w, "event: end\ndata: a new token is needed\n\n")
				return
			case now := <-tick:
				fmt.Fprintf(w, "data: %s\n\n", now.Format(time.RFC3339))
				_ = http.NewResponseController(w).Flush() // a closed connection ends ctx
			}
		}
	}
}
