// Package replicas tests five replicas of a service with a login, whose sessions are in one real Redis (package redisstore). Users have
// many tabs, and the provider rotates refresh tokens: it ends a session if a refresh token is used twice.
//
// Without Redis (Debian: redis-server) the tests are skipped, or fail if the environment says KNOWNBEARER_REQUIRE=1. They need a Unix.
package replicas
