package trace_test

import (
	"crypto/rand"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/trace"
)

// Concurrent requests get different IDs, in the format of rand.Text.
func TestIDsDiffer(t *testing.T) {
	var seen sync.Map
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				id := trace.NewID()
				_, again := seen.LoadOrStore(id, true)
				if again || len(id) != len(rand.Text()) || !idFormat.MatchString(id) {
					t.Errorf("%q, seen before: %t", id, again)
				}
			}
		})
	}
	wg.Wait()
	count := 0
	seen.Range(func(any, any) bool { count++; return true })
	require.Equal(t, 8000, count)
}

var idFormat = regexp.MustCompile(`^[A-Z2-7]+$`)
