package oidcauth_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// withShadow adds a shadow that differs from the configuration by a change. Use it as the last option.
func withShadow(change func(*oidcauth.Config)) option {
	return withConfig(func(c *oidcauth.Config) {
		other := *c
		other.Issuers = append([]oidcauth.Issuer(nil), c.Issuers...)
		change(&other)
		c.Shadow = &other
	})
}

// shadowed is a service with a shadow.
type shadowed struct {
	service
	told chan decision.Event // the differences
	sent int
}

func newShadowed(t *testing.T, options ...option) *shadowed {
	t.Helper()
	return shadowedOf(t, oidctest.New(t), options...)
}

func shadowedOf(t *testing.T, p *oidctest.Provider, options ...option) *shadowed {
	t.Helper()
	s := &shadowed{told: make(chan decision.Event, 10_000)}
	s.service = serviceOf(t, p, append(options, withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				s.told <- e
			}
		}
	}))...)
	return s
}

// judge sends a token, and waits until the shadow has judged it.
func (s *shadowed) judge(t *testing.T, token string) (reason.Reason, *decision.Shadow) {
	t.Helper()
	return s.judgeRequest(t, withHeaders("Bearer "+token))
}

func (s *shadowed) judgeRequest(t *testing.T, r *http.Request) (reason.Reason, *decision.Shadow) {
	t.Helper()
	why := reasonOf(t, s.auth, r)
	s.sent++
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged >= uint64(s.sent) }, 10*time.Second, time.Millisecond)
	var changes int
	for _, n := range s.auth.Status().Shadow.Changes {
		changes += int(n)
	}
	if changes == 0 {
		return why, nil
	}
	select {
	case e := <-s.told:
		require.Equal(t, why, e.Shadow.LiveReason)
		return why, e.Shadow
	case <-time.After(10 * time.Second):
		require.Fail(t, "no event")
		return why, nil
	}
}

// lockedRecorder is a recorder for records of several goroutines.
func lockedRecorder() (*slog.Logger, func() []map[string]any) {
	var mu sync.Mutex
	var lines []map[string]any
	write := writerFunc(func(p []byte) (int, error) {
		var r map[string]any
		err := json.Unmarshal(p, &r)
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, r)
		return len(p), err
	})
	return slog.New(slog.NewJSONHandler(write, nil)), func() []map[string]any {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(lines)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
