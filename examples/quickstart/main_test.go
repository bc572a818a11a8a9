package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The terminal shows who was let in, and the record that tells the operator why a request was refused.
func TestRecordOfARefusalIsShown(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, show(t.Context(), &out, true))
	_, record, found := strings.Cut(out.String(), "\ntime=")
	require.True(t, found, "%s", out.String())
	shown := map[string]string{}
	for _, attr := range split(strings.ReplaceAll(strings.TrimSpace(record), "\n", "")) {
		name, value, _ := strings.Cut(attr, "=")
		shown[name] = value
	}
	require.Equal(t, "wrong_audience", shown["reason"])
	require.NotEmpty(t, shown["decision_id"])
	require.Contains(t, shown["hints"], "wrong_audience: ")
	require.Contains(t, shown["hints"], " Fix: ")
	require.Contains(t, shown["hints"], " Actual: aud api://other.")
	require.Contains(t, shown["hints"], " Expected: aud "+audience+".")
}

// Who does not know the record yet reads the cause and the fix before it.
func TestCauseAndFixAreReadBeforeTheRecord(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, show(t.Context(), &out, true))
	why, record, found := strings.Cut(out.String(), "\ntime=")
	require.True(t, found, "%s", out.String())
	require.Contains(t, lines(why), "  reason    wrong_audience")
	require.Contains(t, lines(why), "  actual    aud api://other")
	require.Contains(t, lines(why), "  expected  aud "+audience)
	for _, name := range []string{"  cause     ", "  fix       "} {
		at := strings.Index(why, "\n"+name)
		require.Positive(t, at, name)
		first, _, _ := strings.Cut(why[at+1+len(name):], "\n")
		require.Contains(t, record, first, "in the words of the record")
	}
	for _, line := range lines(why) {
		require.LessOrEqual(t, len(line), width)
	}
}

// The lines to try end in a refusal, too. Its cause is told in the terminal and not only to the client.
func TestRefusalWhileServingIsExplained(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- show(ctx, write, false)
		_ = write.Close()
	}()
	out := bufio.NewScanner(read)
	out.Buffer(nil, 1<<16)
	var tries []string
	for len(tries) < 2 && out.Scan() {
		if strings.Contains(out.Text(), "curl ") {
			tries = append(tries, out.Text())
		}
	}
	require.Len(t, tries, 2)
	answered := make(chan int, 1)
	go func() { answered <- curl(tries[1]) }()
	explained := false
	for !explained && out.Scan() {
		explained = out.Text() == "  reason    wrong_audience"
	}
	require.True(t, explained, "the output ends without it")
	go func() { _, _ = io.Copy(io.Discard, read) }()
	require.Equal(t, http.StatusUnauthorized, <-answered)
	stop()
	require.NoError(t, <-ended)
}

// curl sends the request of a line, and returns the status.
func curl(line string) int {
	_, line, _ = strings.Cut(line, "curl -i ")
	url, header, _ := strings.Cut(line, " -H ")
	name, value, _ := strings.Cut(strings.Trim(header, "'"), ": ")
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	r.Header.Set(name, value)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func lines(text string) []string { return strings.Split(text, "\n") }
