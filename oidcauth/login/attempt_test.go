package login_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The cookie of a login with the longest return path fits into the 4096 bytes that browsers accept, also if JSON would escape each of its
// characters.
func TestLongestReturnPathFitsIntoACookie(t *testing.T) {
	w := newWorld(t, setup{})
	for _, char := range []string{"&", "<", ">", "a"} {
		path := "/?" + strings.Repeat(char, 1<<10-2)
		b := w.browser()
		v := b.step(http.MethodGet, w.app.URL+path, nil, navigation())
		require.Equal(t, http.StatusSeeOther, v.status)
		require.Less(t, len(v.header.Get("Set-Cookie")), 4096)
		require.Contains(t, b.open(w.app.URL+path).body, "GET "+path+" ")
	}
}
