package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
)

// user is somebody at a terminal, in process.
type user struct {
	t     *testing.T
	env   map[string]string
	stdin string
}

// result is what a run came to.
type result struct {
	code        int
	out, stderr string
}

func newUser(t *testing.T, env map[string]string) *user {
	t.Helper()
	return &user{t: t, env: maps.Clone(env)}
}

func (u *user) run(args ...string) result {
	u.t.Helper()
	var out, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(u.t.Context(), time.Minute)
	defer cancel()
	code := run(ctx, args, func(name string) string { return u.env[name] }, strings.NewReader(u.stdin), &out, &stderr)
	return result{code, out.String(), stderr.String()}
}

// with is the user with another environment.
func (u *user) with(env map[string]string) *user {
	changed := newUser(u.t, u.env)
	if changed.env == nil {
		changed.env = make(map[string]string)
	}
	maps.Copy(changed.env, env)
	return changed
}

// write writes a file in a directory of its own.
func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "keygen"},
		{[]string{"snadbox"}, exitUsage, "no such command: snadbox; did you mean sandbox?"},
		{[]string{"xyzzyplugh"}, exitUsage, "no such command: xyzzyplugh\nSee tradepay help"},
		{[]string{"order"}, exitUsage,
			"tradepay: order is followed by one of create, query, wait, cancel, refund, capture, void\n" +
				"See tradepay help order"},
		{[]string{"order", "-id", "3"}, exitUsage,
			"tradepay: order is followed by one of create, query, wait, cancel, refund, capture, void\n" +
				"See tradepay help order"},
		{[]string{"-id", "3"}, exitUsage, "no such command: -id; flags come after the command\nSee tradepay help"},
		{[]string{"-lang", "es"}, exitUsage, "tradepay: pagos en miniprogramas"},
		{[]string{"-lang"}, exitUsage, "flag -lang needs a value"},
		{[]string{"-lang", "fr", "version"}, exitUsage, "-lang fr: give en or es"},
		{[]string{"order", "get"}, exitUsage, "no such command: order get; did you mean order query?\n" +
			"See tradepay help order"},
		{[]string{"order", "status", "order-1"}, exitUsage, "did you mean order query?"},
		{[]string{"capture"}, exitUsage, "no such command: capture; did you mean order capture?"},
		{[]string{"cancel", "order-1"}, exitUsage, "did you mean order cancel or token cancel?"},
		{[]string{"token", "revoke"}, exitUsage, "did you mean token cancel?"},
		{[]string{"order", "query", "order-1", "order-2"}, exitUsage,
			"unexpected argument order-2: this command takes one, ID, and flags"},
		{[]string{"order", "query", "order-1", "-id", "order-2"}, exitUsage,
			"unexpected argument order-1: -id is given, too"},
		{[]string{"order", "query", "-id"}, exitUsage, "flag -id needs a value"},
		{[]string{"order", "query", "-live=perhaps"}, exitUsage, "no such flag: -live"},
		{[]string{"order", "cancel", "-live=perhaps"}, exitUsage, "give true or false, or the flag alone"},
		{[]string{"completion", "tcsh"}, exitUsage, "name the shell: bash, zsh or fish"},
		{[]string{"order", "crate"}, exitUsage, "did you mean order create?"},
		{[]string{"keygen", "-bist", "3072"}, exitUsage,
			"no such flag: -bist; did you mean -bits?\nSee tradepay help keygen"},
		{[]string{"keygen", "3072"}, exitUsage, "unexpected argument 3072"},
		{[]string{"sign", "-private-key", "MIIE"}, exitUsage,
			"others can read a command line; set TRADEPAY_PRIVATE_KEY"},
		{[]string{"order", "create", "-agent-token", "x"}, exitUsage, "others can read a command line"},
		{[]string{"\x1b[2J"}, exitUsage, `"\x1b[2J"`},
		{[]string{"doctor", "-timeout", "soon"}, exitUsage, `invalid value`},
		{[]string{"help", "snadbox"}, exitUsage, "Did you mean tradepay help sandbox"},
	} {
		got := newUser(t, nil).run(test.args...)
		require.Equal(t, test.code, got.code, "%q", test.args)
		require.Contains(t, got.stderr, test.says)
		require.Empty(t, got.out)
		require.NotContains(t, got.stderr, "\x1b")
	}
	got := newUser(t, nil).run("order", "-h")
	require.Equal(t, exitOK, got.code)
	require.Contains(t, got.out, "order refund  give a payment")
	for _, version := range []string{"version", "-version", "--version"} {
		got = newUser(t, nil).run(version)
		require.Equal(t, exitOK, got.code)
		require.Regexp(t, `^tradepay \S+ go1`, got.out)
	}
	for _, topic := range []string{"settings", "codes"} { // the overview lists them
		got = newUser(t, nil).run(topic)
		require.Equal(t, exitOK, got.code)
		require.Equal(t, newUser(t, nil).run("help", topic).out, got.out)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		code int
	}{
		{nil, exitOK},
		{errors.New("no space left"), exitFailed},
		{tradepay.ErrAmountMismatch, exitNotPaid},
		{tradepay.ErrNotPaid, exitNotPaid},
		{tradepay.ErrRefunded, exitNotPaid},
		{tradepay.ErrReferenceMismatch, exitNotPaid},
		{fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, tradepay.ErrAmountMismatch), exitUnknown},
		{tradepay.ErrInvalidRequest, exitUsage},
		{tradepay.ErrNotSupported, exitUsage},
		{tradepay.ErrInvalidKey, exitUsage},
		{tradepay.ErrOutcomeUnknown, exitUnknown},
		{fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, tradepay.ErrSignature), exitUnknown},
		{fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, tradepay.ErrRejected), exitUnknown},
		{tradepay.ErrIdempotencyMismatch, exitUnknown}, // the earlier order stands
		{&tradepay.SignatureError{}, exitNotVerified},
		{tradepay.ErrRejected, exitRejected},
		{fmt.Errorf("%w: %w", tradepay.ErrRejected, tradepay.ErrOrderNotFound), exitRejected},
		{tradepay.ErrUnauthorized, exitCaller},
		{tradepay.ErrOrderNotFound, exitNotFound},
	} {
		require.Equal(t, test.code, exitCode(test.err), "%v", test.err)
	}
}

// binary is the command as go install builds it, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tradepay-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "tradepay")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", file, ".").CombinedOutput()
	builtIn = dir
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

var builtIn string // where the binary is to be removed from

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// TestBinary: the real command, its exit codes, its pipes, and its end by a signal.
func TestBinary(t *testing.T) {
	t.Parallel()
	file, err := binary()
	require.NoError(t, err)
	dir := t.TempDir()

	keygen := exec.CommandContext(t.Context(), file, "keygen", "-name", filepath.Join(dir, "shop"))
	out, err := keygen.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "PRIVATE KEY", "only into the file")
	require.NotContains(t, string(out), "\x1b", "no colours in a pipe")
	info, err := os.Stat(filepath.Join(dir, "shop-private.pem"))
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	help := exec.CommandContext(t.Context(), file, "help", "order", "create")
	help.Env = append(os.Environ(), "LC_ALL=es_MX.UTF-8")
	out, err = help.Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "Opciones")

	misspelt := exec.CommandContext(t.Context(), file, "version")
	misspelt.Env = append(os.Environ(), "TRADEPAY_KEYVERSION=2")
	out, err = misspelt.CombinedOutput()
	require.NoError(t, err)
	require.Contains(t, string(out), "did you mean TRADEPAY_KEY_VERSION?")

	wrong := exec.CommandContext(t.Context(), file, "keygen", "-bits", "1024")
	require.Error(t, wrong.Run())
	require.Equal(t, exitUsage, wrong.ProcessState.ExitCode())
	if runtime.GOOS == "windows" {
		return // it has no SIGTERM
	}

	sandbox := exec.CommandContext(t.Context(), file, "sandbox", "-address", "127.0.0.1:0", "-dir", dir, "-quiet",
		"-merchant-key", filepath.Join(dir, "shop-public.pem"))
	require.NoError(t, sandbox.Start())
	env := filepath.Join(dir, "sandbox.env")
	require.Eventually(t, func() bool { _, err := os.Stat(env); return err == nil }, 2*time.Minute, 5*time.Millisecond)
	live := exec.CommandContext(t.Context(), "sh", "-c", `. "$1" && TRADEPAY_PRIVATE_KEY_FILE="$2" "$3" doctor -live`,
		"sh", env,
		filepath.Join(dir, "shop-private.pem"), file)
	out, err = live.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "The wallet verified your signature")
	for redirection, times := range map[string]int{"2>&1": 1, "2>" + filepath.Join(dir, "stderr"): 1} {
		order := exec.CommandContext(t.Context(), "sh", "-c",
			`. "$1" && TRADEPAY_PRIVATE_KEY_FILE="$2" "$3" order create `+
				`order-1 -amount 1.00 -currency USD `+redirection, "sh", env,
			filepath.Join(dir, "shop-private.pem"), file)
		out, err = order.Output()
		require.NoError(t, err)
		require.Equal(t, times, strings.Count(string(out), "paymentRequestId"),
			"once, wherever the user reads: %s", out)
	}
	require.NoError(t, sandbox.Process.Signal(syscall.SIGTERM))
	require.NoError(t, sandbox.Wait(), "it ends with 0")
}
