package fetch_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A shorter timeout of the caller applies. A longer one does not, because a slow provider could then hold requests.
func TestTimeoutOfTheCaller(t *testing.T) {
	for own, want := range map[time.Duration]time.Duration{
		0: fetch.Timeout, -1: fetch.Timeout, time.Second: time.Second, fetch.Timeout: fetch.Timeout, time.Minute: fetch.Timeout,
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			base := &http.Client{Timeout: own, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, errors.New("too late")
			})}
			_, err := fetch.NewClient(base).Get(t.Context(), "https://idp.example", 0, nil)
			require.Error(t, err)
			require.Equal(t, want, time.Since(begun)) // of the bubble
			require.Equal(t, own, base.Timeout)
		})
	}
}
