package redisstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// DefaultTimeout bounds a call by default: time for a new connection with TLS, and little enough for a request to wait.
	DefaultTimeout = 250 * time.Millisecond
	// DefaultPrefix begins all keys by default.
	DefaultPrefix = "knownbearer:deny:"

	maxTimeout = 10 * time.Second
)

// Config says where the list is. Client is required.
type Config struct {
	// Client is a *redis.Client or a *redis.ClusterClient, with ContextTimeoutEnabled, and without timeouts of -2 or
	// reading from replicas (of a failover client's ReplicaOnly, which does, [New] cannot know). It may be shared with others;
	// whoever made it closes it. With DialerRetries 1 an outage is reported by its cause, such as a refused
	// connection, and not as a timeout only.
	Client redis.UniversalClient
	// Prefix begins all keys. Services with one prefix share a list; "": DefaultPrefix.
	Prefix string
	// Timeout bounds each call, with all its retries; 0: DefaultTimeout; at most 10 s.
	Timeout time.Duration
}

// A ConfigError is one fault of a [Config]. [New] joins all it finds.
type ConfigError struct {
	Field   string // such as Client
	Problem string
}

func (e *ConfigError) Error() string { return fmt.Sprintf("redisstore: %s: %s", e.Field, e.Problem) }

func (c Config) validate() error {
	var faults []error
	add := func(bad bool, field, problem string) {
		if bad {
			faults = append(faults, &ConfigError{field, problem})
		}
	}
	add(c.Timeout < 0 || c.Timeout > maxTimeout, "Timeout", "is not between 0 and 10 s")
	switch client := c.Client.(type) {
	case nil:
		add(true, "Client", "is nil")
	case *redis.Client:
		if client == nil {
			add(true, "Client", "is a nil pointer")
			break
		}
		o := client.Options()
		add(!o.ContextTimeoutEnabled, "Client", unbounded)
		add(o.ReadTimeout < 0 || o.WriteTimeout < 0, "Client", endless)
	case *redis.ClusterClient:
		if client == nil {
			add(true, "Client", "is a nil pointer")
			break
		}
		o := client.Options()
		add(!o.ContextTimeoutEnabled, "Client", unbounded)
		add(o.ReadTimeout < 0 || o.WriteTimeout < 0, "Client", endless)
		add(o.ReadOnly, "Client", "reads from replicas (ReadOnly, RouteByLatency or RouteRandomly), which may not know yet what was revoked")
	case *redis.Ring:
		add(true, "Client", "is a Ring, which forgets what was revoked when it loses a server: use a ClusterClient")
	default:
		add(true, "Client", fmt.Sprintf("is a %T, not a *redis.Client or *redis.ClusterClient", client))
	}
	return errors.Join(faults...)
}

const (
	unbounded = "its option ContextTimeoutEnabled is not set: calls would go on after they were given up"
	endless   = "its ReadTimeout or WriteTimeout is -2: calls might never end"
)
