package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// maxLine is the largest length of a line in a log.
const maxLine = 1 << 20

var errNoRecords = errors.New("-replay: no line contains a record: set Log.RecordKey in your service, and log JSON")

// replay judges the records in a log by the configuration of the flags. Lines without a record are skipped. The exit status is
// refused if a decision would change.
func replay(ctx context.Context, o options, s streams) (int, error) {
	c, err := o.config()
	if err != nil {
		return usage, err
	}
	auth, err := oidcauth.New(c)
	if err != nil {
		return usage, err
	}
	log := s.in
	if o.replay != "-" {
		file, err := os.Open(o.replay)
		if err != nil {
			return usage, err
		}
		defer file.Close()
		log = file
	}
	return replayer{auth, o, s.out}.replay(ctx, log)
}

type replayer struct {
	auth *oidcauth.Authenticator
	o    options
	out  io.Writer
}

func (p replayer) replay(ctx context.Context, log io.Reader) (int, error) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, maxLine)
	counts := map[string]int{}
	total := 0
	for lines.Scan() {
		found, err := decision.ParseRecord(lines.Bytes())
		if err != nil {
			continue
		}
		r := p.auth.Replay(ctx, found)
		total++
		counts[effect(r)]++
		if err := p.print(r); err != nil {
			return usage, err
		}
	}
	if err := lines.Err(); err != nil {
		return usage, err
	}
	if total == 0 {
		return usage, errNoRecords
	}
	if !p.o.json {
		fmt.Fprintf(p.out, "%d records: %d unchanged, %d changed, %d unknown\n", total, counts[unchanged], counts[changed], counts[unknown])
	}
	if counts[changed] > 0 {
		return refused, nil
	}
	return accepted, nil
}

const (
	unchanged = "unchanged"
	changed   = "CHANGED"
	unknown   = "unknown"
)

// effect compares the verdicts. Another reason of a refusal is a change too.
func effect(r *decision.Replay) string {
	switch {
	case r.Outcome == decision.Skipped, r.Outcome == decision.Failed && r.Reason == "":
		return unknown
	case (r.Outcome == decision.Passed) == r.Record.Accepted && r.Reason == r.Record.Reason:
		return unchanged
	}
	return changed
}

func (p replayer) print(r *decision.Replay) error {
	if p.o.json {
		return json.NewEncoder(p.out).Encode(r)
	}
	now := map[decision.Outcome]string{decision.Passed: "accepted", decision.Failed: "refused " + string(r.Reason), decision.Skipped: "unknown"}[r.Outcome]
	if r.Outcome == decision.Failed && r.Reason == "" {
		now = "refused for an unknown reason"
	}
	recorded := "accepted"
	if !r.Record.Accepted {
		recorded = "refused " + string(r.Record.Reason)
	}
	lines := []string{fmt.Sprintf("%s: %s, %s: %s; now %s", effect(r), r.Record.ID, r.Record.Time.UTC().Format(time.RFC3339), recorded, now)}
	for _, change := range r.Changes {
		lines = append(lines, "  "+change)
	}
	decided := false
	for _, step := range r.Steps {
		for _, f := range step.Faults {
			lines = append(lines, fmt.Sprintf("  %s: %s: %s", step.Name, f.Reason, f.Detail))
		}
		decided = decided || step.Outcome == decision.Failed
		// A step before the one that refuses the token might refuse it for another reason.
		if step.Outcome == decision.Skipped && (p.o.verbose || r.Outcome == decision.Skipped || r.Outcome == decision.Failed && !decided) {
			lines = append(lines, "  "+step.Name+" is not judged: "+step.Detail)
		}
	}
	for _, line := range lines { // the log contains what senders wrote, which could control a terminal
		if _, err := fmt.Fprintln(p.out, record.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}
