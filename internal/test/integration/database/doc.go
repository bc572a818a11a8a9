// Package database tests usermap's finders against real databases: SQLite inside the process, and a PostgreSQL and a MariaDB that the
// tests start.
//
// Every test runs on all of them. A server is skipped where it is not installed, unless the environment says KNOWNBEARER_REQUIRE=1.
package database
