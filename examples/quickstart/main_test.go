package main

import (
	"bytes"
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
	require.NotEmpty(t, shown["wrong_audience.cause"])
	require.NotEmpty(t, shown["wrong_audience.fix"])
	require.Equal(t, `"aud api://other"`, shown["wrong_audience.actual"])
	require.Equal(t, `"aud `+audience+`"`, shown["wrong_audience.expected"])
}
