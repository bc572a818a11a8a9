package zitadel

import (
	"context"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// unwrapped is the example's own request: it finds the client by the request's concrete type.
func unwrapped(r op.TokenRequest) op.TokenRequest {
	switch r := r.(type) {
	case authRequest:
		return r.AuthRequest
	case refreshRequest:
		return r.RefreshTokenRequest
	}
	return r
}

func (s *store) CreateAccessToken(ctx context.Context, r op.TokenRequest) (id string, expires time.Time, err error) {
	return s.Storage.CreateAccessToken(ctx, unwrapped(r))
}

func (s *store) CreateAccessAndRefreshTokens(
	ctx context.Context, r op.TokenRequest, current string,
) (id, refresh string, expires time.Time, err error) {
	return s.Storage.CreateAccessAndRefreshTokens(ctx, unwrapped(r), current)
}

// people are the accounts, by sub. A sub is not a user name, as with most products.
type people map[string]*storage.User

var accounts = people{
	"900001": {
		ID: "900001", Username: "alice", Password: Password, FirstName: "Alice", LastName: "Müller",
		Email: "alice@example.test", EmailVerified: true,
	},
	"900002": {
		ID: "900002", Username: "bob", Password: Password, FirstName: "Bob", LastName: "Bauer",
		Email: "bob@example.test", EmailVerified: false,
	},
}

func (p people) GetUserByID(id string) *storage.User { return p[id] }

func (p people) GetUserByUsername(name string) *storage.User {
	for _, u := range p {
		if u.Username == name {
			return u
		}
	}
	return nil
}

func (people) ExampleClientID() string { return storage.ServiceUserID }
