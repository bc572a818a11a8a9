package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// ErrEvicts reports that Redis drops entries when memory is short, because its maxmemory-policy is not noeviction.
var ErrEvicts = errors.New("redisstore: Redis may drop entries, which makes revoked tokens valid again: maxmemory-policy must be noeviction")

var errNoPolicy = errors.New("the server does not report its maxmemory-policy")

// Check asks Redis for its maxmemory-policy. It returns [ErrEvicts] if the policy of the server, or of one master of
// the cluster, is not noeviction. Call it at start or for readiness; [List.Add] and [List.Find] do not check the
// policy.
//
// Any other error leaves the question open: Redis cannot be reached, or it does not report its policy, for example
// because INFO is forbidden. A nil error says nothing about replicas, later changes or persistence.
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

// checkServer reads INFO. Hosted servers usually allow it, but forbid CONFIG.
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
		return fmt.Errorf("%w, and is %s", ErrEvicts, policy)
	}
}
