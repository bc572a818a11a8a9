package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pasted"
)

// input is what is examined: a request, or a token alone.
type input struct {
	found   *pasted.Found
	request *http.Request // nil: only the token is examined
	header  string        // the header that is read of a request
	token   pasted.Token
}

// read reads the pasted text of standard input or of -file.
func (o options) read(ctx context.Context, s streams) (input, error) {
	text, err := o.text(s)
	if err != nil {
		return input{}, err
	}
	found, err := pasted.Read(text)
	if errors.Is(err, pasted.ErrEmpty) {
		return input{}, errors.New("no token: give it on standard input, or by -file")
	}
	if err != nil {
		return input{}, err
	}
	in := input{found: found, header: "Authorization"}
	if o.credentialsHeader != "" {
		in.header = http.CanonicalHeaderKey(o.credentialsHeader)
	}
	if o.pick != "" {
		token, ok := found.Named(o.pick)
		if !ok {
			return input{}, fmt.Errorf("-pick: the input is a %s, and its tokens are: %s", found.Kind, strings.Join(in.names(), ", "))
		}
		in.token = token
		return in, nil
	}
	if in.request = found.HTTPRequest(ctx); in.request == nil {
		in.token = found.Tokens[0]
	}
	return in, nil
}

// text returns at most one byte more than a pasted text may have.
func (o options) text(s streams) (string, error) {
	in := s.in
	if o.file != "" {
		f, err := os.Open(o.file)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	} else if f, ok := in.(*os.File); ok && isTerminal(f) {
		fmt.Fprintln(s.errs, "Paste a token or a request, then press Enter and Ctrl-D. Use -file if a line has more than 4000 characters, because a terminal cuts it.")
	}
	text, err := io.ReadAll(io.LimitReader(in, pasted.MaxText+1))
	return string(text), err
}

func (in input) names() []string {
	var out []string
	for _, t := range in.found.Tokens {
		out = append(out, t.Name)
	}
	return out
}

// summary describes how the input was read.
type summary struct {
	Kind     string   `json:"kind"`
	Examined string   `json:"examined"`
	Other    []string `json:"other_tokens,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

func (in input) summary() summary {
	s := summary{Kind: string(in.found.Kind), Examined: in.token.Name, Notes: in.found.Ignored}
	if in.request != nil {
		s.Examined = "the request"
	}
	for _, t := range in.found.Tokens {
		if t.Name != in.token.Name && (in.request == nil || t.Name != in.header) {
			s.Other = append(s.Other, t.Name)
		}
	}
	return s
}

// lines describes the input, unless it was a token alone.
func (s summary) lines() []string {
	if s.Kind == string(pasted.SingleToken) && len(s.Notes) == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("%s; examined: %s", s.Kind, s.Examined)}
	for _, name := range s.Other {
		out = append(out, "not examined: "+name+purpose(name)+fmt.Sprintf(" (-pick %q examines it)", name))
	}
	return append(out, s.Notes...)
}

// purpose says what a token is for that is sent to no API.
func purpose(name string) string {
	switch {
	case strings.HasSuffix(name, "id_token"):
		return ", which is for the client that logged the user in"
	case strings.HasSuffix(name, "refresh_token"):
		return ", which is for the token endpoint of the provider"
	}
	return ""
}
