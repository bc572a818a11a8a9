// Command explain verifies a token as a service with this configuration does, and explains why it is refused. It reads
// the token, or a request or answer that contains one, from standard input or a file, never from an argument, because
// other processes can see arguments.
//
//	go run ./examples/explain -issuer URL -audience A < token     prints the cause, its fix and the steps
//	go run ./examples/explain -issuer URL -discover               prints the result of discovery, and a configuration as a Go file
//	go run ./examples/explain -issuer URL -audience A -doctor     examines provider, keys, clock and configuration
//	go run ./examples/explain -issuer URL -audience A -replay LOG judges the records in a log again, and tells which would change
//	go run ./examples/explain -issuer URL -audience A -serve      shows a page that explains what is pasted, on this machine only
//	go run ./examples/explain -settings FILE < token              does so with the configuration of a settings document
//	go run ./examples/explain -settings FILE -effective           prints the configuration of a settings document, with defaults, and its faults
//	go run ./examples/explain -h                                  lists the flags by subject
//
// The exit status is 0 if the token is accepted or the provider has no fault, 1 if the token is refused or the provider
// has a fault, and 2 if nothing was examined: wrong usage, a configuration that oidcauth.New refuses, or no token.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
)

const (
	accepted = 0
	refused  = 1
	usage    = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// streams are the input and the outputs of the command.
type streams struct {
	in        io.Reader
	out, errs io.Writer
}

// mode is one command. It returns the exit status.
type mode struct {
	chosen func(options) bool
	run    func(context.Context, options, streams) (int, error)
	// alone means that the command needs no configuration.
	alone bool
}

// modes lists the commands. The first one that is chosen runs.
var modes = []mode{
	{func(o options) bool { return o.help }, help, true},
	{func(o options) bool { return o.completion != "" }, complete, true},
	{func(o options) bool { return o.effective }, printEffective, true},
	{func(o options) bool { return o.discover }, discover, false},
	{func(o options) bool { return o.replay != "" }, replay, false},
	{func(o options) bool { return o.serve }, serve, false},
	{func(o options) bool { return o.doctor }, diagnose, false},
	{func(options) bool { return true }, explain, false},
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	status, err := command(ctx, args, streams{in, out, errs})
	if err != nil {
		fmt.Fprintln(errs, "explain:", err)
	}
	return status
}

func command(ctx context.Context, args []string, s streams) (int, error) {
	o, err := parse(args)
	if err != nil {
		return usage, err
	}
	for _, m := range modes {
		if !m.chosen(o) {
			continue
		}
		if !m.alone {
			if err := o.validate(); err != nil {
				return usage, err
			}
		}
		return m.run(ctx, o, s)
	}
	return usage, nil
}
