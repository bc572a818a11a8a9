package fetch_test

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

func TestPostSendsTheFormInTheBody(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, "q=1", r.URL.RawQuery)
		assert.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		assert.Equal(t, "x", r.Header.Get("Accept"))
		assert.NoError(t, r.ParseForm())
		assert.Equal(t, url.Values{"token": {"a b&c"}}, r.PostForm)
		_, _ = w.Write([]byte("12345"))
	})
	header := http.Header{"Accept": {"x"}}
	resp, err := c.Post(context.Background(), s.URL+"?q=1", url.Values{"token": {"a b&c"}}, 5, header)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(resp.Body))
	assert.Equal(t, http.Header{"Accept": {"x"}}, header)
	_, err = c.Post(context.Background(), s.URL+"?q=1", url.Values{"token": {"a b&c"}}, 4, header)
	assert.ErrorIs(t, err, fetch.ErrTooLarge)
}

func TestPostFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var hits atomic.Int32
		s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			hits.Add(1)
			http.Redirect(w, r, "/end", status)
		})
		_, err := c.Post(context.Background(), s.URL, url.Values{"token": {"x"}}, 0, nil)
		assert.ErrorIs(t, err, fetch.ErrRedirect, status)
		assert.EqualValues(t, 1, hits.Load())
	}
}
