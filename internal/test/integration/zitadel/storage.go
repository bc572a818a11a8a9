package zitadel

import (
	"context"
	"crypto"
	"fmt"
	"strings"
	"sync"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// store is the example's storage with clients, an audience and keys of its own.
type store struct {
	*storage.Storage
	clients map[string]client
	known   map[string]*storage.Client // those of Storage

	mu         sync.Mutex
	keys       []key                       // the first signs
	clientKeys map[string]crypto.PublicKey // by client and kid
}

func newStore(k key) *store {
	s := &store{
		clients: map[string]client{}, known: map[string]*storage.Client{}, keys: []key{k}, clientKeys: map[string]crypto.PublicKey{},
	}
	s.Storage = storage.NewStorageWithClients(accounts, s.known)
	s.register(JWT, op.AccessTokenTypeJWT, redirectURI, "")
	s.register(Opaque, op.AccessTokenTypeBearer, redirectURI, "")
	return s
}

// register adds a client before the first request.
func (s *store) register(id string, kind op.AccessTokenType, redirectURI, afterLogout string) {
	s.known[id] = storage.WebClient(id, ClientSecret, redirectURI)
	s.clients[id] = client{Client: s.known[id], kind: kind, afterLogout: afterLogout}
}

// client is one of the example's, with the choice of access token that the example keeps to itself.
type client struct {
	*storage.Client
	kind        op.AccessTokenType
	afterLogout string
}

func (c client) PostLogoutRedirectURIs() []string { return []string{c.afterLogout} }

func (c client) AccessTokenType() op.AccessTokenType { return c.kind }

func (c client) GrantTypes() []oidc.GrantType {
	return append(c.Client.GrantTypes(), oidc.GrantTypeClientCredentials)
}

func (c client) IsScopeAllowed(scope string) bool { return strings.HasPrefix(scope, "api:") }

func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	c, ok := s.clients[id]
	if !ok {
		return nil, fmt.Errorf("no client %q", id)
	}
	return c, nil
}

// ClientCredentials replaces the example's only service user, whose access tokens are opaque.
func (s *store) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

func (s *store) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: audience(id), Scopes: scopes}, nil
}

func audience(client string) []string { return []string{client, API} }

// The example's requests name the client alone as audience; these add the API.
type (
	authRequest    struct{ *storage.AuthRequest }
	refreshRequest struct{ *storage.RefreshTokenRequest }
)

func (r authRequest) GetAudience() []string    { return audience(r.ApplicationID) }
func (r refreshRequest) GetAudience() []string { return audience(r.ApplicationID) }

func (s *store) AuthRequestByID(ctx context.Context, id string) (op.AuthRequest, error) {
	return withAPI(s.Storage.AuthRequestByID(ctx, id))
}

func (s *store) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	return withAPI(s.Storage.AuthRequestByCode(ctx, code))
}

func withAPI(r op.AuthRequest, err error) (op.AuthRequest, error) {
	if err != nil {
		return nil, err
	}
	return authRequest{r.(*storage.AuthRequest)}, nil
}

func (s *store) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	r, err := s.Storage.TokenRequestByRefreshToken(ctx, token)
	if err != nil {
		return nil, err
	}
	return refreshRequest{r.(*storage.RefreshTokenRequest)}, nil
}
