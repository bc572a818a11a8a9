// Command verdicts puts the verdict table of package oidcauth to other libraries that verify tokens:
//
//	go -C internal/test/interop run ./verdicts
//	go -C internal/test/interop run ./verdicts -update README.md
//
// It has the tests of oidcauth write down their rows, and lets each library judge them, set up as its documentation says
// and as a careful user would, behind the least middleware. What is counted is an acceptance where the table wants a
// refusal, a refusal where it wants an acceptance, and a panic, a hang or a body that is read without end; why a token was
// refused does not count. Knownbearer judges what was written down as well: a row that it gets wrong was written down
// wrong, and the program fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/knownbearer/knownbearer/internal/test/readme"
)

func main() {
	markdown := flag.Bool("markdown", false, "print Markdown")
	each := flag.Bool("each", false, "name each row that is judged otherwise")
	page := flag.String("update", "", "write table and notes into this page of Markdown as well, where it marks them")
	from := flag.String("corpus", "", "file of rows written before; the default is to have them written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *from, *page, *markdown, *each); err != nil {
		fmt.Fprintln(os.Stderr, "verdicts:", err)
		os.Exit(1)
	}
}

var errOwn = errors.New("knownbearer gets rows of its own table wrong")

func run(ctx context.Context, out io.Writer, from, page string, markdown, each bool) error {
	get := func() ([]row, map[string]int, error) { return read(from) }
	if from == "" {
		get = func() ([]row, map[string]int, error) { return written(ctx) }
	}
	rows, left, err := get()
	if err != nil {
		return err
	}
	t := newTable(left)
	for _, r := range rows {
		for _, j := range append([]judge{own}, peers...) {
			if r.Discovery && !j.discovers {
				continue
			}
			verdict, err := j.try(ctx, r)
			if err != nil {
				return err
			}
			t.count(r, j, verdict)
			if how := verdict.against(r); each && how != "" {
				fmt.Fprintf(out, "%s %s: %s/%s, wanted %q\n", j.name, how, r.Test, r.Name, r.Want)
			}
		}
	}
	if !t.faultless(own) {
		return errOwn
	}
	if err := t.write(out, markdown); err != nil || page == "" {
		return err
	}
	return errors.Join(readme.WriteTable(page, "verdicts", t.markdown()), readme.WriteTable(page, "notes", t.list()))
}
