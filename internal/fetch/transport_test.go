package fetch_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
)

type reading func([]byte) (int, error)

func (f reading) Read(p []byte) (int, error) { return f(p) }

// The request ends with its context even if the service's own transport ignores that.
func TestTransportThatIgnoresItsContextIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hang := func() { <-release }
		for name, transport := range map[string]roundTrip{
			"request": func(*http.Request) (*http.Response, error) { hang(); return nil, io.EOF },
			"body": func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(reading(func([]byte) (int, error) { hang(); return 0, io.EOF }))}, nil
			},
		} {
			_, err := fetch.NewClient(&http.Client{Transport: transport}).Get(t.Context(), "https://idp.example/keys", 0, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
		}
		close(release)
		<-time.After(time.Minute)
	})
}

func TestTransportOfTheServiceIsUsed(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	resp, err := fetch.NewClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, nil
	})}).Get(t.Context(), "https://idp.example/keys", 0, nil)
	require.NoError(t, err)
	require.Equal(t, text, string(resp.Body))

	_, err = fetch.NewClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("broken") })}).
		Get(t.Context(), "https://idp.example/keys", 0, nil)
	var p *guard.Panic
	require.ErrorAs(t, err, &p)
	assert.Contains(t, p.Stack, byte('\n'))
}
