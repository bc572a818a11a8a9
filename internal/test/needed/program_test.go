package needed_test

import (
	"cmp"
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/needed"
)

// outcome is a test that says how it ended first.
type outcome struct {
	testing.TB
	ended string
}

func (o *outcome) Helper()      {}
func (o *outcome) Skip(...any)  { o.ended = cmp.Or(o.ended, "skipped") }
func (o *outcome) Fatal(...any) { o.ended = cmp.Or(o.ended, "failed") }

func TestWhatIsMissingSkipsOrFails(t *testing.T) {
	for value, want := range map[string]string{"": "skipped", "0": "skipped", "1": "failed"} {
		t.Setenv("KNOWNBEARER_REQUIRE", value)
		for _, missing := range []func(testing.TB){
			func(tb testing.TB) { needed.Missing(tb, errors.New("no server")) },
			func(tb testing.TB) { needed.Program(tb, "no-such-program", "no-such-package") },
		} {
			o := &outcome{}
			missing(o)
			require.Equal(t, want, o.ended)
		}
	}
}

func TestProgramIsFound(t *testing.T) {
	want, err := exec.LookPath("go")
	require.NoError(t, err)
	require.Equal(t, want, needed.Program(t, "go", "golang-go"))
}
