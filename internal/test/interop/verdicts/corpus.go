package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const library = "github.com/knownbearer/knownbearer"

// row is a line that the tests of oidcauth write; verdict_corpus_test.go there has its other side.
type row struct {
	Test, Name string
	LeftOut    string // why it is nothing for a library that verifies tokens, and no more

	Want             string // "": accepted
	Now              time.Time
	Issuer, Audience string
	KeysURL          string // for libraries without discovery
	Discovery        bool   // the discovery document makes the row what it is
	Algorithms       []string
	Leeway           time.Duration
	Request          sent
	Answers          map[string]answer // by URL
}

type sent struct {
	Method, Host, Query string
	Header, Trailer     map[string][][]byte
	Body                []byte
}

type answer struct {
	Status   int // 0: 200
	Body     []byte
	Endless  bool
	Location string
	Fails    bool
}

// written has the rows written by the tests, which find out at the same time whether the library agrees with them.
func written(ctx context.Context) (rows []row, left map[string]int, err error) {
	dir, err := os.MkdirTemp("", "verdicts")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", library).Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	file := filepath.Join(dir, "rows")
	tests := exec.CommandContext(ctx, "go", "test", "-count=1", "./oidcauth", "-run", "Verdict", "-args", "-corpus", file)
	tests.Dir = strings.TrimSpace(string(root))
	if said, err := tests.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("the tests that write the rows: %w\n%s", err, said)
	}
	return read(file)
}

// read returns the rows for others, and how many are left out for each cause.
func read(file string) (rows []row, left map[string]int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	left = map[string]int{}
	for lines := json.NewDecoder(bufio.NewReader(bytes.NewReader(data))); ; {
		var r row
		switch err := lines.Decode(&r); {
		case errors.Is(err, io.EOF):
			return rows, left, nil
		case err != nil:
			return nil, nil, err
		case r.LeftOut != "":
			left[r.LeftOut]++
		default:
			rows = append(rows, r)
		}
	}
}

var everyAlgorithm = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

func (r row) algorithms() []string {
	if r.Algorithms == nil {
		return everyAlgorithm
	}
	return r.Algorithms
}

func (r row) now() time.Time { return r.Now }

func (r row) request() *http.Request {
	out := httptest.NewRequest(http.MethodGet, "/orders", bytes.NewReader(r.Request.Body))
	out.Method, out.URL.Host, out.URL.RawQuery = r.Request.Method, r.Request.Host, r.Request.Query
	out.Header, out.Trailer = inText(r.Request.Header), inText(r.Request.Trailer)
	return out
}

func inText(h map[string][][]byte) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], string(v))
		}
	}
	return out
}
