// Command explain verifies a token as a service with this configuration does, and explains why it is refused. It reads
// the token from standard input or a file, never from an argument, because other processes can see arguments.
//
//	go run ./examples/explain -issuer URL -audience A < token     prints the cause, its fix and the steps
//	go run ./examples/explain -issuer URL -discover               prints the result of discovery, and a configuration as a Go file
//	go run ./examples/explain -issuer URL -audience A -doctor     examines provider, keys, clock and configuration
//
// The exit status is 0 if the token is accepted or the provider has no fault, 1 if the token is refused or the provider
// has a fault, and 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
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

// options are the command line.
type options struct {
	issuer, discoveryURL, search, file, key, ca string
	audience, checks                            list
	userInfo, discover, doctor, json, verbose   bool
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func parse(args []string, errs io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("explain", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.issuer, "issuer", "", "the issuer, exactly as in iss")
	f.StringVar(&o.discoveryURL, "discovery", "", "the discovery document; default: issuer + /.well-known/openid-configuration")
	f.Var(&o.audience, "audience", "an audience that is accepted; may be repeated")
	f.StringVar(&o.search, "search-claim", "", "the claim that finds the user")
	f.Var(&o.checks, "check", "a claim and its value, such as tid=8a7f; true, false and integers are not text unless quoted; may be repeated")
	f.BoolVar(&o.userInfo, "userinfo", false, "ask UserInfo for claims that the token lacks")
	f.StringVar(&o.key, "key", "", "a PEM file of certificates or public keys that come before the provider's")
	f.StringVar(&o.ca, "ca", "", "a PEM file of certificate authorities to trust besides the system's")
	f.StringVar(&o.file, "file", "", "the file with the token; default: standard input")
	f.BoolVar(&o.discover, "discover", false, "print the result of discovery, and a configuration as a Go file, which reads CLIENT_ID, CLIENT_SECRET and, without -audience, API_AUDIENCE from the environment")
	f.BoolVar(&o.doctor, "doctor", false, "examine provider, keys, clock and configuration")
	f.BoolVar(&o.verbose, "v", false, "print also the steps that did not run, and why")
	f.BoolVar(&o.json, "json", false, "print JSON")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, errors.New("a token is read from standard input or -file, never from an argument")
	case o.issuer == "":
		return o, errors.New("-issuer is required")
	case len(o.audience) == 0 && !o.discover:
		return o, errors.New("-audience is required")
	}
	return o, nil
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if errors.Is(err, flag.ErrHelp) {
		return usage
	}
	status := usage
	if err == nil {
		switch p := newPrinter(out, o); {
		case o.discover:
			status, err = discover(ctx, o, p)
		case o.doctor:
			status, err = diagnose(ctx, o, p)
		default:
			status, err = explain(ctx, o, in, p)
		}
	}
	if err != nil {
		fmt.Fprintln(errs, "explain:", err)
	}
	return status
}
