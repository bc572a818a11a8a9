package database_test

import (
	"database/sql"
	"fmt"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/mariadbtest"
	"github.com/knownbearer/knownbearer/internal/test/integration/postgrestest"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/usermap"
)

// Each server starts when the first test needs it.
var (
	sharedPostgres = throwaway.Share(postgrestest.Start)
	sharedMariaDB  = throwaway.Share(mariadbtest.Start)
)

func openPostgres(t *testing.T) backend {
	return openSchema(t, sharedPostgres.Get(t))
}

// openSchema gives each test a schema of its own.
func openSchema(t *testing.T, server *postgrestest.Server) backend {
	schema := fmt.Sprintf("test_%d", schemas.Add(1))
	db, err := sql.Open("pgx", server.URL()+"&search_path="+schema+",public")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	b := backend{db, usermap.PostgreSQL, schema}
	b.exec(t, "CREATE SCHEMA "+schema)
	return b
}

func openMariaDB(t *testing.T, parameters string) backend {
	return openDatabase(t, sharedMariaDB.Get(t), parameters)
}

// openDatabase gives each test a database of its own.
func openDatabase(t *testing.T, server *mariadbtest.Server, parameters string) backend {
	name := fmt.Sprintf("test_%d", schemas.Add(1))
	first, err := sql.Open("mysql", server.DSN(""))
	require.NoError(t, err)
	backend{DB: first}.exec(t, "CREATE DATABASE "+name)
	require.NoError(t, first.Close())
	db, err := sql.Open("mysql", server.DSN(name)+"?parseTime=true"+parameters)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return backend{db, usermap.MySQL, name}
}
