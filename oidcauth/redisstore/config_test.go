package redisstore_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

func TestNewRefusesWhatCouldForgetOrHang(t *testing.T) {
	single := func(o redis.Options) redis.UniversalClient { return redis.NewClient(&o) }
	cluster := func(o redis.ClusterOptions) redis.UniversalClient { return redis.NewClusterClient(&o) }
	bounded := redis.Options{ContextTimeoutEnabled: true}
	for name, c := range map[string]struct {
		client  redis.UniversalClient
		timeout time.Duration
		fields  []string
	}{
		"defaults":               {single(bounded), 0, nil},
		"no timeout":             {single(redis.Options{ContextTimeoutEnabled: true, ReadTimeout: -1}), 0, nil},
		"longest":                {single(bounded), 10 * time.Second, nil},
		"cluster":                {cluster(redis.ClusterOptions{ContextTimeoutEnabled: true}), 0, nil},
		"no client":              {nil, 0, []string{"Client"}},
		"nil client":             {(*redis.Client)(nil), 0, []string{"Client"}},
		"nil cluster":            {(*redis.ClusterClient)(nil), 0, []string{"Client"}},
		"ring":                   {redis.NewRing(&redis.RingOptions{ContextTimeoutEnabled: true}), 0, []string{"Client"}},
		"unknown":                {struct{ redis.UniversalClient }{single(bounded)}, 0, []string{"Client"}},
		"unbounded":              {single(redis.Options{}), 0, []string{"Client"}},
		"unbounded cluster":      {cluster(redis.ClusterOptions{}), 0, []string{"Client"}},
		"endless reads":          {single(redis.Options{ContextTimeoutEnabled: true, ReadTimeout: -2}), 0, []string{"Client"}},
		"endless writes":         {single(redis.Options{ContextTimeoutEnabled: true, WriteTimeout: -2}), 0, []string{"Client"}},
		"endless cluster":        {cluster(redis.ClusterOptions{ContextTimeoutEnabled: true, ReadTimeout: -2}), 0, []string{"Client"}},
		"reads from replicas":    {cluster(redis.ClusterOptions{ContextTimeoutEnabled: true, ReadOnly: true}), 0, []string{"Client"}},
		"routes by latency":      {cluster(redis.ClusterOptions{ContextTimeoutEnabled: true, RouteByLatency: true}), 0, []string{"Client"}},
		"negative timeout":       {single(bounded), -1, []string{"Timeout"}},
		"timeout that is none":   {single(bounded), time.Minute, []string{"Timeout"}},
		"every fault is told of": {single(redis.Options{ReadTimeout: -2}), -1, []string{"Timeout", "Client", "Client"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.client != nil && c.fields == nil {
				t.Cleanup(func() { _ = c.client.Close() })
			}
			list, err := redisstore.New(redisstore.Config{Client: c.client, Timeout: c.timeout})
			if c.fields == nil {
				require.NoError(t, err)
				require.NotNil(t, list)
				return
			}
			require.Nil(t, list)
			joined, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok)
			var fields []string
			for _, e := range joined.Unwrap() {
				var fault *redisstore.ConfigError
				require.ErrorAs(t, e, &fault)
				fields = append(fields, fault.Field)
			}
			require.Equal(t, c.fields, fields)
		})
	}
}
