// Package clients_test runs tests of shops that are not written in Go against the
// sandbox, as docs/ci.md shows them.
package clients_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// command is the program tradepay, built once.
var command string

func TestMain(m *testing.M) {
	os.Exit(withCommand(m.Run))
}

// withCommand builds the program and returns what run does.
func withCommand(run func() int) int {
	dir, err := os.MkdirTemp("", "tradepay-clients-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	command = filepath.Join(dir, "tradepay")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", command, "../../cmd/tradepay")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintln(os.Stderr, err, string(out))
		return 1
	}
	return run()
}

func TestNode(t *testing.T) {
	t.Parallel()
	runClient(t, program(t, "node"), "--test", "payment.test.mjs")
}

func TestPython(t *testing.T) {
	t.Parallel()
	name := os.Getenv("TRADEPAY_PYTHON")
	if name == "" {
		name = "python3"
	}
	python := program(t, name)
	if exec.CommandContext(t.Context(), python, "-c", "import cryptography").Run() != nil {
		t.Skip("Python has no package cryptography; run this with script/clients")
	}
	runClient(t, python, "-B", "-m", "unittest", "-v", "test_payment")
}

func TestJava(t *testing.T) {
	t.Parallel()
	runClient(t, program(t, "java"), "PaymentTest.java")
}

// program finds a program that a developer's machine may lack.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed; run this with script/clients", name)
	}
	return path
}

// runClient runs a client's tests against a sandbox of its own.
func runClient(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	client := exec.CommandContext(ctx, name, args...)
	client.Env = append(os.Environ(), "SANDBOX_URL="+startSandbox(t))
	out, err := client.CombinedOutput()
	require.NoError(t, err, string(out))
}

// startSandbox starts the command until the test ends, and returns its URL.
func startSandbox(t *testing.T) string {
	t.Helper()
	sandbox := exec.CommandContext(t.Context(), command, "sandbox", "-address", "127.0.0.1:0", "-json", "-quiet")
	sandbox.Stderr = os.Stderr
	lines, err := sandbox.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, sandbox.Start())
	t.Cleanup(func() {
		_ = sandbox.Process.Signal(syscall.SIGTERM)
		_ = sandbox.Wait()
	})
	first, err := bufio.NewReader(lines).ReadBytes('\n')
	require.NoError(t, err)
	var ready struct{ URL string }
	require.NoError(t, json.Unmarshal(first, &ready))
	return ready.URL
}
