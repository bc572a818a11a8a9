package fetch_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// A zone names an interface of the machine, which may lead to another machine.
func TestLoopbackHasNoZone(t *testing.T) {
	for url, ok := range map[string]bool{
		"http://[::1]:8080/keys": true, "http://127.0.0.2/keys": true, "http://LOCALHOST/keys": true,
		"http://[::1%25eth0]:8080/keys": false, "http://[::1%25lo]/keys": false, "http://[::ffff:127.0.0.1%25eth0]/keys": false,
		"http://[fe80::1%25lo]/keys": false, "http://[::2]/keys": false, "http://localhost.example/keys": false, "http://127.0.0.1.example/keys": false,
		"https://[fe80::1%25eth0]/keys": true,
	} {
		err := fetch.CheckURL(url)
		if ok {
			assert.NoError(t, err, url)
			continue
		}
		var e *fetch.Error
		assert.ErrorAs(t, err, &e, url)
	}
}

func TestQueryIsNotDisplayed(t *testing.T) {
	for url, want := range map[string]string{
		"https://idp.example/keys":                     "https://idp.example/keys",
		"https://idp.example/keys?key=hunter2":         "https://idp.example/keys?…",
		"https://alice:hunter2@idp.example/keys?a#b=c": "https://idp.example/keys?…",
		"%zz?hunter2": "no URL",
	} {
		require.Equal(t, want, fetch.Display(url))
	}
}
