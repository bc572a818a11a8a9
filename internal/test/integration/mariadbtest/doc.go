// Package mariadbtest runs a real MariaDB for tests: a throw-away server on a loopback port.
//
//	server, err := mariadbtest.Start()
//	throwaway.Require(t, err)
//	defer server.Stop()
//	db, err := sql.Open("mysql", server.DSN("test"))
//
// It uses the binaries that are installed, on the PATH or where Debian keeps them. Without them a test is skipped, or
// fails when the environment says KNOWNBEARER_REQUIRE=1. As root it runs the server as the user mysql.
//
// The server's character set is utf8mb4; its default collation takes no notice of letter case, accents and trailing blanks.
//
// The server ends with the test's process, however that ends. The package needs a Unix.
package mariadbtest
