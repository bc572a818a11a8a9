// Package service_test drives the whole way of a request with real parts: oidc-provider issues the tokens, the users
// are in SQLite, PostgreSQL and MariaDB.
package service_test

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/mariadbtest"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/internal/test/integration/postgrestest"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func sqlite(t *testing.T) *usermap.SQL {
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/users.db")
	return users(t, db, err, usermap.SQLite)
}

func postgres(t *testing.T) *usermap.SQL {
	server, err := postgrestest.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	db, err := sql.Open("pgx", server.URL())
	return users(t, db, err, usermap.PostgreSQL)
}

func mariaDB(t *testing.T) *usermap.SQL {
	server, err := mariadbtest.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	db, err := sql.Open("mysql", server.DSN("test"))
	return users(t, db, err, usermap.MySQL)
}

func users(t *testing.T, db *sql.DB, err error, dialect usermap.Dialect) *usermap.SQL {
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		`CREATE TABLE account (id text, login text, mail text, deleted integer)`,
		`INSERT INTO account VALUES ('1', 'alice', 'alice@example.test', 0), ('2', 'bob', 'bob@example.test', 1)`,
	} {
		_, err := db.ExecContext(context.Background(), statement)
		require.NoError(t, err)
	}
	finder, err := usermap.NewSQL(usermap.SQLConfig{
		DB: db, Dialect: dialect, Table: "account", ValueColumn: "mail", IDColumn: "id", NameColumn: "login",
		Disabling: []usermap.Flag{{Column: "deleted"}},
	})
	require.NoError(t, err)
	return finder
}

func newAuth(t *testing.T, issuer oidcauth.Issuer, finder usermap.Finder) *oidcauth.Authenticator {
	auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{issuer}, Users: finder})
	require.NoError(t, err)
	return auth
}

func TestRealProviderEveryAlgorithm(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for _, resource := range []string{oidcprovider.RS256, oidcprovider.PS256, oidcprovider.ES256, oidcprovider.EdDSA} {
		t.Run(resource, func(t *testing.T) {
			auth := newAuth(t, oidcauth.Issuer{
				URL: op.Issuer, Audience: []string{resource},
				Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("tid"), "tenant-a")}},
			}, nil)
			tokens := op.Login(t, "alice", resource, "openid", "api:read")
			id, refusal := verdict.Of(t, auth, tokens.Access)
			require.Empty(t, refusal)
			require.Equal(t, "alice", id.Subject())
			require.True(t, id.HasScopes("api:read"))

			_, refusal = verdict.Of(t, auth, op.Login(t, "bob", resource, "openid", "api:read").Access)
			require.Equal(t, reason.CheckFailed, refusal)
			_, refusal = verdict.Of(t, auth, tokens.ID)
			require.NotEmpty(t, refusal)
		})
	}
}

// The e-mail address is in UserInfo only, and finds the user in the database.
func TestRealProviderUserInfoAndDatabase(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for name, open := range map[string]func(*testing.T) *usermap.SQL{"SQLite": sqlite, "PostgreSQL": postgres, "MariaDB": mariaDB} {
		t.Run(name, func(t *testing.T) {
			userInfo, err := provider.New(provider.Config{Issuer: op.Issuer})
			require.NoError(t, err)
			auth := newAuth(t, oidcauth.Issuer{
				URL: op.Issuer, Audience: []string{oidcprovider.UserInfo}, Claims: oidcauth.ClaimRules{UserInfo: userInfo, User: claims.Name("email")},
			}, open(t))
			id, refusal := verdict.Of(t, auth, op.Login(t, "alice", oidcprovider.UserInfo, "openid", "email", "api:read").Access)
			require.Empty(t, refusal)
			require.Equal(t, "1", id.User().ID)
			_, refusal = verdict.Of(t, auth, op.Login(t, "bob", oidcprovider.UserInfo, "openid", "email", "api:read").Access)
			require.Equal(t, reason.UserDisabled, refusal)
		})
	}
}

func TestRealProviderRotatesAndHangs(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	auth := newAuth(t, oidcauth.Issuer{URL: op.Issuer, Audience: []string{oidcprovider.ES256}}, nil)
	_, refusal := verdict.Of(t, auth, op.Login(t, "alice", oidcprovider.ES256, "openid").Access)
	require.Empty(t, refusal)
	op.Rotate(t)
	token := op.Login(t, "alice", oidcprovider.ES256, "openid").Access
	_, refusal = verdict.Of(t, auth, token)
	require.Empty(t, refusal, "the first token of the new key is served")
	op.Stop(t)
	_, refusal = verdict.Of(t, auth, token)
	require.Empty(t, refusal, "held keys serve while the provider hangs")
	op.Continue(t)
}
