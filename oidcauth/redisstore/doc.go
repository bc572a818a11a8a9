// Package redisstore keeps in Redis what was revoked or logged out, so that what one replica of a service was told, all refuse.
//
//	list, err := redisstore.New(redisstore.Config{Client: redis.NewClient(&redis.Options{
//		Addr: "redis.corp.example:6379", ContextTimeoutEnabled: true,
//	})})
//	auth, err := oidcauth.New(oidcauth.Config{DenyList: list, …})
//
// [New] takes a single server, one behind Sentinel, or a Redis Cluster, of Redis 5.0 or later. Besides what the client needs for
// itself, its user needs the commands EVAL, HMGET, HSET, PEXPIRE and PTTL, and INFO for [List.Check].
//
// # When Redis cannot be asked
//
// A call ends within Config.Timeout, whatever Redis does. Then nobody knows whether a token was revoked, so requests are answered with
// 503 deny_list_unavailable, or, with oidcauth.Config.InsecureDenyListFailsOpen, as if it was not. A service starts while Redis is
// down, and recovers with it.
//
// # What Redis forgets
//
// An entry lasts until what it denies has expired by itself, unless Redis forgets it; nobody is told:
//   - A maxmemory-policy other than noeviction drops entries when memory is short. [List.Check] reports it.
//   - A restart drops all that is not on disk. "appendonly yes" keeps what was added up to a second before a crash of
//     the machine, "appendfsync always" all of it.
//   - A failover drops what the new master had not received yet; min-replicas-to-write narrows that.
//   - FLUSHDB, FLUSHALL and DEL do what they say.
//
// # What Redis learns
//
// Keys are hashes, and values are times: Redis holds neither tokens nor names. Whoever may write there can bring revoked
// tokens back, and lock users out.
package redisstore
