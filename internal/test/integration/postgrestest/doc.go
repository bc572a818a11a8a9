// Package postgrestest runs a real PostgreSQL for tests: a throw-away cluster on a loopback port.
//
//	server, err := postgrestest.Start()
//	throwaway.Require(t, err)
//	defer server.Stop()
//	db, err := sql.Open("pgx", server.URL())
//
// It uses the binaries that are installed, on the PATH or where Debian keeps them. Without them a test is skipped, or
// fails when the environment says KNOWNBEARER_REQUIRE=1. As root it runs the server as the user postgres. Kill needs flock.
//
// The server ends with the test's process, however that ends. The package needs a Unix.
package postgrestest
