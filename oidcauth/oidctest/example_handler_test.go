package oidctest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// The test of a handler alone needs neither a provider nor a token.
func ExampleIdentity() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintln(w, id.Name(), id.HasScopes("orders.read"), id.HasScopes("orders.write"))
	})
	id := oidctest.Identity(oidctest.Claims{"scope": "orders.read"}, usermap.User{ID: "7", Name: "Alice"})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(oidcauth.NewContext(context.Background(), id)))
	fmt.Print(w.Body)
	// Output: Alice true false
}

// A finder that ignores case would let ALICE in as alice.
func ExampleTestFinder() {
	finder := usermap.FinderFunc(func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
		if err := ctx.Err(); err != nil || !strings.EqualFold(q.Value, "alice") {
			return nil, err
		}
		return []usermap.User{{ID: "7", Enabled: true}}, nil
	})
	fmt.Println(oidctest.TestFinder(finder, usermap.Query{Value: "alice"}, "7"))
	// Output:
	// oidctest: 1 user(s) for the value "ALICE", want 0
	// oidctest: 1 user(s) for the value "Alice", want 0
}
