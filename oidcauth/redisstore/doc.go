// Package redisstore keeps revoked and logged-out tokens in Redis, so that every replica of a service refuses them, and the sessions of
// logins, so that every replica knows them.
//
//	list, err := redisstore.New(redisstore.Config{Client: redis.NewClient(&redis.Options{
//		Addr: "redis.corp.example:6379", ContextTimeoutEnabled: true,
//	})})
//	auth, err := oidcauth.New(oidcauth.Config{Revocation: oidcauth.Revocation{DenyList: list}, …})
//
//	sessions, err := redisstore.NewSessions(redisstore.Config{Client: …})
//	rp, err := login.New(login.Config{Sessions: login.Sessions{Store: sessions}, …})
//
// [New] and [NewSessions] take the client of a single server, of a server behind Sentinel, or of a Redis Cluster. Redis must be 5.0 or
// later. Besides the commands of the client itself, the user of Redis needs permission for EVAL, HMGET, HSET, PEXPIRE and PTTL for a list, for
// INFO if [List.Check] is used, and for EVAL, GET, SET and DEL for sessions.
//
// # When Redis cannot be reached
//
// Every call ends within [Config.Timeout]. If Redis does not answer, it is unknown whether a token was revoked, so
// requests are refused with 503 deny_list_unavailable. With oidcauth.Config.Revocation.InsecureFailOpen they are
// accepted. A service starts even if Redis is down, and recovers with it.
//
// A request with a session is then refused with 503 too: its user is not sent to a new login.
//
// # How entries can be lost
//
// Redis keeps an entry until the denied tokens have expired. Redis loses entries silently in these cases:
//   - If its maxmemory-policy is not noeviction, it drops entries when memory is short. [List.Check] reports such a
//     policy.
//   - A restart loses everything that is not on disk. With "appendonly yes", a crash of the machine loses up to the
//     last second; with "appendfsync always" it loses nothing.
//   - A failover loses the entries that the new master had not received. min-replicas-to-write limits the loss.
//   - FLUSHDB, FLUSHALL and DEL delete entries.
//
// It loses sessions in the same cases, and their users must sign in again.
//
// # What Redis stores
//
// In a list, keys are hashes and values are times: Redis stores neither tokens nor names. A user with write access to these keys
// can make revoked tokens valid again, and can lock users out. Package login hashes the ID of a session and seals its value. A user with
// write access to the values can end sessions, and can bring back a session that has ended before its absolute end.
package redisstore
