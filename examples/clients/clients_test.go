// Package clients_test runs tests of shops that are not written in Go against the
// sandbox, as docs/ci.md shows them.
package clients_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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
	node := program(t, "node")
	runClient(t, node, "--test", "payment.test.mjs")
	runAsComposed(t, node, "--test", "payment.test.mjs")
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
	runAsComposed(t, python, "-B", "-m", "unittest", "-v", "test_payment")
}

func TestJava(t *testing.T) {
	t.Parallel()
	java := program(t, "java")
	runClient(t, java, "PaymentTest.java")
	runAsComposed(t, java, "PaymentTest.java")
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

// runAsComposed runs a client's tests with the flags and the variables of compose.yaml, where names
// and folders of containers become those of this machine.
func runAsComposed(t *testing.T, name string, args ...string) {
	t.Helper()
	data, err := os.ReadFile("compose.yaml")
	require.NoError(t, err)
	dir := t.TempDir()
	wallet, shop := freePort(t), freePort(t)
	here := strings.NewReplacer(
		"0.0.0.0:8700", "127.0.0.1:"+wallet, "wallet:8700", "localhost:"+wallet,
		"http://shop:8080", "http://127.0.0.1:"+shop, "8080", shop, "-dir=/sandbox", "-dir="+dir, "/sandbox/", dir+"/",
	)
	var flags []string
	for _, flag := range regexp.MustCompile(`(?m)^ +- (-.*)$`).FindAllStringSubmatch(string(data), -1) {
		flags = append(flags, here.Replace(flag[1]))
	}
	require.Contains(t, flags, "-reachable-from-network")
	startSandbox(t, flags...)
	client := exec.CommandContext(t.Context(), name, args...)
	client.Env = os.Environ()
	variables := regexp.MustCompile(`(?m)^ +([A-Z_]+): (.*)$`).FindAllStringSubmatch(string(data), -1)
	require.NotEmpty(t, variables)
	for _, variable := range variables {
		client.Env = append(client.Env, variable[1]+"="+here.Replace(variable[2]))
	}
	client.Env = append(client.Env, "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStorePassword=changeit"+
		" -Djavax.net.ssl.trustStore="+javaTrust(t, filepath.Join(dir, "sandbox-ca.pem")))
	out, err := client.CombinedOutput()
	require.NoError(t, err, string(out))
}

// javaTrust puts a certificate where Java looks for it. Without a JDK, it is nowhere.
func javaTrust(t *testing.T, certificate string) string {
	t.Helper()
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		return ""
	}
	store := filepath.Join(t.TempDir(), "trust.p12")
	out, err := exec.CommandContext(t.Context(), keytool, "-importcert", "-noprompt", "-alias", "sandbox",
		"-file", certificate, "-keystore", store, "-storepass", "changeit").CombinedOutput()
	require.NoError(t, err, string(out))
	return store
}

// freePort returns a port at which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// startSandbox starts the command until the test ends, and returns its URL.
func startSandbox(t *testing.T, flags ...string) string {
	t.Helper()
	if len(flags) == 0 {
		flags = []string{"-address", "127.0.0.1:0"}
	}
	args := append([]string{"sandbox", "-json", "-quiet"}, flags...)
	sandbox := exec.CommandContext(t.Context(), command, args...)
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
