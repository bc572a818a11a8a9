package oidcprovider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/needed"
)

const (
	providerVersion = "9.13.3"
	nodeMajor       = "22" // installed where the system has none, or one older than oldestNode
	oldestNode      = 20
	installWithin   = 5 * time.Minute
)

// install is where the parts are: the node program, and the folder whose node_modules holds oidc-provider.
type install struct{ node, dir string }

// NPM returns a node program of at least this major version, and the folder whose node_modules holds a package of npm. It installs
// both where that is allowed; otherwise it ends the test and says what to do.
func NPM(tb testing.TB, name, version string, oldest int) (node, dir string) {
	tb.Helper()
	in, err := findInstall(name, version, oldest)
	orEnd(tb, err)
	return in.node, in.dir
}

// orEnd ends the test if there is an error. What is missing skips it, unless it is required.
func orEnd(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, fs.ErrNotExist) {
		needed.Missing(tb, err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// findInstall returns what is there, and installs what is missing where that is allowed. It fails with fs.ErrNotExist for a part that
// is missing and may not be installed.
func findInstall(name, version string, oldest int) (install, error) {
	cache, err := cacheDir()
	if err != nil {
		return install{}, fmt.Errorf("%s: no cache directory: %v", name, err)
	}
	in, err := prepare(cache, name, version, oldest, os.Getenv("KNOWNBEARER_INSTALL") == "1")
	if err != nil {
		return install{}, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil { // no HOME, as in some containers
		base = os.TempDir()
	}
	dir := filepath.Join(base, "knownbearer-integration")
	return dir, os.MkdirAll(dir, 0o755)
}

// prepare fails with fs.ErrNotExist for a part that is missing and may not be installed.
func prepare(cache, name, version string, oldest int, mayInstall bool) (install, error) {
	if mayInstall { // test packages run in parallel; one of them installs
		unlock, err := lock(filepath.Join(cache, "lock"))
		if err != nil {
			return install{}, err
		}
		defer unlock()
	}
	dir, err := npmPackage(cache, name, version, mayInstall)
	if err != nil {
		return install{}, err
	}
	node, err := findNode(cache, oldest, mayInstall)
	return install{node: node, dir: dir}, err
}

func findNode(cache string, oldest int, mayInstall bool) (string, error) {
	if node, err := exec.LookPath("node"); err == nil {
		out, err := exec.Command(node, "--version").Output() // v22.1.0
		major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
		if n, convErr := strconv.Atoi(major); err == nil && convErr == nil && n >= oldest {
			return node, nil
		}
	}
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	name := "node-" + runtime.GOOS + "-" + arch
	dir, err := npmPackage(cache, name, nodeMajor, mayInstall)
	if err != nil {
		return "", fmt.Errorf("node %d or later is not on the PATH, and %w", oldest, err)
	}
	return filepath.Join(dir, "node_modules", name, "bin", "node"), nil
}

// npmPackage returns the folder that holds node_modules/name. The folder appears complete or not at all.
func npmPackage(cache, name, version string, mayInstall bool) (string, error) {
	dir := filepath.Join(cache, strings.ReplaceAll(name, "/", "-")+"-"+version)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", name, "package.json")); err == nil {
		return dir, nil
	}
	args := []string{"install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", name + "@" + version}
	if !mayInstall {
		return "", fmt.Errorf("%s %s is not installed (%w): run the tests with KNOWNBEARER_INSTALL=1, or run\n\tnpm %s",
			name, version, fs.ErrNotExist, strings.Join(args, " "))
	}
	tmp := dir + ".partial" // perhaps left by an install that was killed; the caller holds the lock
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(tmp), os.Mkdir(tmp, 0o755)); err != nil {
		return "", err
	}
	args[2] = tmp
	ctx, cancel := context.WithTimeout(context.Background(), installWithin)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", args...)
	npm.Dir = tmp
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return dir, os.Rename(tmp, dir)
}

func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { _ = f.Close() }, nil // which releases it
}
