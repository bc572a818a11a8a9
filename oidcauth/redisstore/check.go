package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// ErrEvicts says that Redis drops entries when memory is short: its maxmemory-policy is not noeviction.
var ErrEvicts = errors.New("redisstore: revoked tokens may come back, since maxmemory-policy is not noeviction")

var errNoPolicy = errors.New("the server does not tell its maxmemory-policy")

// Check tells whether Redis can be asked, and keeps what it is told: [ErrEvicts] where the maxmemory-policy of a server, or of a
// master of the cluster, is not noeviction. It is for start-up and readiness; Add and Find do not look.
//
// Any other error leaves that open: Redis cannot be asked, or does not tell (INFO may be forbidden). Nil promises nothing for
// replicas and for later, and nothing about persistence.
func (l *List) Check(ctx context.Context) error {
	_, err := within(ctx, l.timeout, func(ctx context.Context) (struct{}, error) {
		switch client := l.client.(type) {
		case *redis.Client:
			return struct{}{}, checkServer(ctx, client)
		case *redis.ClusterClient:
			return struct{}{}, client.ForEachMaster(ctx, checkServer)
		}
		return struct{}{}, errNoPolicy
	})
	if err != nil {
		return fmt.Errorf("redisstore: check: %w", err)
	}
	return nil
}

// checkServer reads INFO, which hosted servers allow; most forbid CONFIG.
func checkServer(ctx context.Context, server *redis.Client) error {
	info, err := server.InfoMap(ctx, "memory").Result()
	if err != nil {
		return err
	}
	switch policy := info["Memory"]["maxmemory_policy"]; policy {
	case "noeviction":
		return nil
	case "":
		return errNoPolicy
	default:
		return fmt.Errorf("%w but %s", ErrEvicts, policy)
	}
}
