package redisstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// DefaultTimeout is the default of [Config.Timeout]. It allows for a new TLS connection, and is short enough for
	// a waiting request.
	DefaultTimeout = 250 * time.Millisecond
	// DefaultPrefix is the default of [Config.Prefix].
	DefaultPrefix = "knownbearer:deny:"

	maxTimeout = 10 * time.Second
)

// Config says where the list or the sessions are kept. Client is required.
type Config struct {
	// Client is a *redis.Client or a *redis.ClusterClient. Its option ContextTimeoutEnabled must be set. Its
	// ReadTimeout and WriteTimeout must not be -2, and it must not read from replicas. [New] checks all this, but
	// cannot see the ReplicaOnly of a failover client.
	//
	// Client may be shared with other users; the caller closes it. Set DialerRetries to 1, so that an outage is
	// reported with its cause, such as a refused connection, instead of a timeout.
	Client redis.UniversalClient
	// Prefix is the beginning of every key. Services with the same prefix share a list, or sessions. A list and sessions need different
	// prefixes. If empty, it is [DefaultPrefix] for a list, and [DefaultSessionPrefix] for sessions.
	Prefix string
	// Timeout limits each call together with its retries, up to 10 s. If 0, it is [DefaultTimeout].
	Timeout time.Duration
}

// A ConfigError reports one fault of a [Config]. [New] joins one for each fault.
type ConfigError struct {
	// Field is the name of the field, such as Client.
	Field string
	// Problem says what is wrong with the field.
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
		add(o.ReadOnly, "Client", "reads from replicas (ReadOnly, RouteByLatency or RouteRandomly), which may not have received the newest entries")
	case *redis.Ring:
		add(true, "Client", "is a Ring, which loses the entries of a server that fails: use a ClusterClient")
	default:
		add(true, "Client", fmt.Sprintf("is a %T, not a *redis.Client or *redis.ClusterClient", client))
	}
	return errors.Join(faults...)
}

const (
	unbounded = "its option ContextTimeoutEnabled is not set: calls would continue after their timeout"
	endless   = "its ReadTimeout or WriteTimeout is -2: calls might never end"
)
