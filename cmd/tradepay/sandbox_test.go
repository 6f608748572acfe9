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
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// lines collects the JSON lines of a sandbox.
type lines struct {
	mu  sync.Mutex
	all []map[string]any
}

func (l *lines) read(r io.Reader, first chan<- map[string]any) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line map[string]any
		if json.Unmarshal(scanner.Bytes(), &line) != nil {
			line = map[string]any{"unreadable": scanner.Text()}
		}
		l.mu.Lock()
		l.all = append(l.all, line)
		if len(l.all) == 1 {
			first <- line
		}
		l.mu.Unlock()
	}
}

func (l *lines) has(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.all {
		if line["name"] == name {
			return true
		}
	}
	return false
}

// startSandbox runs the sandbox until the test ends and returns a user with its
// variables.
func startSandbox(t *testing.T, args ...string) (*user, *lines) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"sandbox", "-address", "127.0.0.1:0", "-dir", t.TempDir(), "-json"}, args...),
			func(string) string { return "" }, strings.NewReader(""), writer, &stderr)
		_ = writer.Close()
	}()
	seen, first := new(lines), make(chan map[string]any, 1)
	go seen.read(reader, first)
	t.Cleanup(func() {
		cancel()
		require.Equal(t, exitOK, <-ended, stderr.String())
	})
	var ready map[string]any
	select {
	case ready = <-first:
	case code := <-ended:
		ended <- code
		t.Fatalf("the sandbox ended with %d: %s", code, stderr.String())
	}
	require.Equal(t, "ready", ready["event"])
	env := make(map[string]string)
	for name, value := range ready["env"].(map[string]any) {
		env[name] = value.(string)
	}
	return newUser(t, env), seen
}

func TestSandboxServesEveryWallet(t *testing.T) {
	t.Parallel()
	names := []string{"platform-v1", "platform-v2"}
	for _, w := range wallets.All() {
		if w.Path(wire.OpPay) != "" {
			names = append(names, w.Name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, _ := startSandbox(t, "-wallet", name, "-pay-after", "0s")
			require.Equal(t, name, u.env[tradepayenv.Wallet], "the variable is understood where it is read")
			created := u.run("order", "create", "-id", "order-1", "-amount", "12", "-currency", "USD", "-buyer-id", "1",
				"-redirect-url", "https://shop.example/", "-expires", "10m")
			require.Equal(t, exitOK, created.code, created.stderr)
			require.Contains(t, created.stderr, "paymentRequestId order-1\n")
			waited := u.run("order", "wait", "-id", "order-1", "-interval", "1s", "-amount", "12", "-currency", "USD")
			require.Equal(t, exitOK, waited.code, waited.stderr)
			require.Contains(t, waited.out, "SUCCESS")
			live := u.run("doctor", "-live")
			require.Equal(t, exitOK, live.code, live.out+live.stderr)
		})
	}
}

// TestSandboxWithoutPayments: a wallet that takes no payments says so to order and
// notify, and where to read why.
func TestSandboxWithoutPayments(t *testing.T) {
	t.Parallel()
	for _, w := range wallets.All() {
		document := w.Routes.Unsupported[wire.OpPay]
		if document == "" {
			continue
		}
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			u, _ := startSandbox(t, "-wallet", w.Name)
			for _, args := range [][]string{
				{"order", "create", "-id", "order-1", "-amount", "12", "-currency", "USD"},
				{"notify", "-notify-url", "http://127.0.0.1:1/notify", "-id", "order-1"},
			} {
				got := u.run(args...)
				require.Equal(t, exitUsage, got.code, got.stderr)
				require.Contains(t, got.stderr, w.Name+" has no pay, see "+document)
			}
		})
	}
}

// TestSandboxWithoutMerchant: a notification that nobody took is no good news.
func TestSandboxWithoutMerchant(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	s := &sandbox{cli: &cli{stderr: &stderr}, ready: make(chan struct{})}
	close(s.ready)
	s.observe(tradepaytest.Event{Step: 19, Name: "Notification not acknowledged", Err: io.ErrUnexpectedEOF})
	require.Contains(t, stderr.String(), "failed: Notification not acknowledged: unexpected EOF\n")
	stderr.Reset()
	s.observe(tradepaytest.Event{Step: 19, Name: "Pay result notified and acknowledged"})
	require.NotContains(t, stderr.String(), "failed")
}

// TestSandboxSpeaksNoGo: its merchant may be written in any language.
func TestSandboxSpeaksNoGo(t *testing.T) {
	t.Parallel()
	for name, asJSON := range map[string]bool{"text": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := &sandbox{cli: &cli{stdout: &out, stderr: &out}, asJSON: asJSON, ready: make(chan struct{})}
			close(s.ready)
			for _, err := range []error{
				fmt.Errorf("%w: it is CANCELLED", tradepaytest.ErrNotOpen),
				fmt.Errorf("the signature does not fit: %w: it is over another path", tradepay.ErrSignature),
			} {
				s.observe(tradepaytest.Event{Step: 16, Name: "Pay handled", Err: err})
			}
			require.Contains(t, out.String(), "the payment is not open: it is CANCELLED")
			require.Contains(t, out.String(),
				"the signature does not fit: message not verified: it is over another path")
			require.NotContains(t, out.String(), "tradepay")
		})
	}
}

// TestSandboxKeepsKeysOutOfGit: the directory of the keys ignores them, and
// rules that are there stay.
func TestSandboxKeepsKeysOutOfGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, ".gitignore")
	_, _, err := sandboxDir(dir)
	require.NoError(t, err)
	rules, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(rules), "/sandbox-*.pem\n")
	require.Contains(t, string(rules), "/sandbox.env\n")
	require.NoError(t, os.WriteFile(file, []byte("mine\n"), 0o600))
	_, _, err = sandboxDir(dir)
	require.NoError(t, err)
	rules, err = os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "mine\n", string(rules))
}

func TestSandboxWithoutBrowser(t *testing.T) {
	t.Parallel()
	u, seen := startSandbox(t)
	created := u.run("order", "create", "-id", "order-1", "-amount", "10.50", "-currency", "USD", "-json")
	require.Equal(t, exitOK, created.code, created.stderr)
	var order struct {
		TradePay struct {
			PaymentURL string `json:"paymentUrl"`
		} `json:"tradePay"`
	}
	require.NoError(t, json.Unmarshal([]byte(created.out), &order))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, order.TradePay.PaymentURL,
		strings.NewReader(url.Values{"action": {"pay"}}.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, exitOK, u.run("order", "query", "-id", "order-1", "-amount", "10.50", "-currency", "USD").code)
	require.Eventually(t, func() bool { return seen.has("Pay handled") }, 2*time.Minute, time.Millisecond)
}

func TestSandboxDeclines(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-decline-after", "0s", "-quiet")
	require.Equal(t, exitOK, u.run("order", "create", "-id", "order-1", "-amount", "10.50", "-currency", "USD").code)
	got := u.run("order", "wait", "-id", "order-1", "-interval", "1s")
	require.Equal(t, exitRejected, got.code)
	require.Contains(t, got.out, "USER_BALANCE_NOT_ENOUGH")
}

func TestSandboxFaults(t *testing.T) {
	t.Parallel()
	u, seen := startSandbox(t, "-fault", "DropAfter@pay:1")
	got := u.run("order", "create", "-id", "order-1", "-amount", "10.50", "-currency", "USD")
	require.Equal(t, exitOK, got.code, "the lost answer is asked for again: %s", got.stderr)
	require.True(t, seen.has("Fault injected"))
}

// TestSandboxWritesForShells: sandbox.env is what a shell reads, and the keys are
// there before it.
func TestSandboxWritesForShells(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's here")
	ctx, cancel := context.WithCancel(t.Context())
	var out, stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"sandbox", "-address", "127.0.0.1:0", "-dir", dir, "-quiet"},
			func(string) string { return "" }, strings.NewReader(""), &out, &stderr)
	}()
	var env []byte
	require.Eventually(t, func() bool {
		var err error
		env, err = os.ReadFile(filepath.Join(dir, "sandbox.env"))
		return err == nil
	}, 2*time.Minute, time.Millisecond)
	cancel()
	require.Equal(t, exitOK, <-ended)
	require.Contains(t, string(env), `export TRADEPAY_PRIVATE_KEY_FILE='`+strings.ReplaceAll(dir, "'",
		`'\''`)+`/sandbox-merchant-private.pem'`)
	require.Contains(t, out.String(), string(env))
	require.NotContains(t, out.String(), "PRIVATE KEY-----")
	require.Contains(t, out.String(), "# ready on http://127.0.0.1:")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 4, "the keys, and what keeps them out of git; the file that told it was ready is gone")
}

func TestSandboxRejects(t *testing.T) {
	t.Parallel()
	taken := tradepaytest.NewWallet()
	t.Cleanup(taken.Close)
	dir := t.TempDir()
	other := filepath.Join(dir, "sandbox-merchant-private.pem")
	require.NoError(t, os.WriteFile(other, []byte("somebody's"), 0o600))
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-address", "0.0.0.0:8700"}, exitUsage, "not on loopback"},
		{[]string{"-public-url", "https://wallet.example"}, exitUsage, "not on loopback"},
		{[]string{"-reachable-from-network", "-public-url", "https://vodapay-gateway.sandbox.vfs.africa"}, exitUsage,
			"is the gateway of VodaPay"},
		{[]string{"-reachable-from-network", "-public-url", "wallet.example"}, exitFailed, "must be http or https"},
		{[]string{"-control-token-file", other}, exitUsage, "the control API wants no token"},
		{[]string{"-reachable-from-network", "-control-token-file", "nowhere"}, exitFailed, "no such file"},
		{[]string{"-reachable-from-network", "-control-token-file", other}, exitFailed, "at least 16 characters"},
		{[]string{"-notify-to", "shop.example"}, exitUsage, "is not like shop.example=http://127.0.0.1:8080"},
		{[]string{"-notify-to", "shop.example=https://vodapay-gateway.sandbox.vfs.africa"}, exitUsage,
			"notifications go to a merchant"},
		{[]string{"-prefix", "api"}, exitUsage, "give a plain path such as /api"},
		{[]string{"-prefix", "/"}, exitUsage, "give a plain path such as /api"},
		{[]string{"-notify-attempts", "0"}, exitUsage, "must be positive"},
		{[]string{"-address", strings.TrimPrefix(taken.URL(), "http://")}, exitFailed, "port 0 takes a free one"},
		{[]string{"-wallet", "gcsh"}, exitUsage, `-wallet: no wallet is called "gcsh"; did you mean GCash?`},
		{[]string{"-fault", "NotifyDuplicat"}, exitUsage, "did you mean NotifyDuplicate?"},
		{[]string{"-fault", "DropAfter@pya"}, exitUsage, "there is no operation pya"},
		{[]string{"-pay-after", "1s", "-decline-after", "1s"}, exitUsage, "keep one of them"},
		{[]string{"-pay-after", "-1s"}, exitUsage, "give a duration such as 1s"},
		{[]string{"-pay-after", "3"}, exitUsage,
			`invalid value "3" for flag -pay-after: give a duration such as 1s or 15m`},
		{[]string{"-seed", "x"}, exitUsage, `invalid value "x" for flag -seed: give a whole number`},
		{[]string{"-expiry", "0s"}, exitUsage, "-expiry must be positive"},
		{[]string{"-merchant-key", "nowhere.pem"}, exitUsage, "-merchant-key (nowhere.pem): there is no such file"},
		{[]string{"-address", "127.0.0.1:0", "-dir", "a,b"}, exitUsage, "-dir must have no comma"},
		{[]string{"-address", "127.0.0.1:0", "-dir", dir}, exitFailed, "exists and holds another key"},
	} {
		got := newUser(t, nil).run(append([]string{"sandbox"}, test.args...)...)
		require.Equal(t, test.code, got.code, "%q %s", test.args, got.stderr)
		require.Contains(t, got.stderr, test.says)
	}
	kept, err := os.ReadFile(other)
	require.NoError(t, err)
	require.Equal(t, "somebody's", string(kept))
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tradepaytest.Fault{
		"NotifyDuplicate:0.3": {Kind: tradepaytest.NotifyDuplicate, Times: -1, Probability: 0.3},
		"DropAfter":           {Kind: tradepaytest.DropAfter, Times: -1},
		"DropAfter@pay:2":     {Kind: tradepaytest.DropAfter, Op: wire.OpPay, Times: 2},
		"DropAfter:1.0":       {Kind: tradepaytest.DropAfter, Times: -1, Probability: 1},
		"Slow@inquiryPayment,500ms": {Kind: tradepaytest.Slow, Op: wire.OpInquiryPayment, Times: -1,
			Delay: 500 * time.Millisecond},
		"DropAfter@pay+1:1": {Kind: tradepaytest.DropAfter, Op: wire.OpPay, Times: 1, After: 1},
		"Refused@pay=RISK_REJECT+2": {Kind: tradepaytest.Refused, Op: wire.OpPay, Times: -1, After: 2,
			Code: "RISK_REJECT"},
		"LyingCallback=9000": {Kind: tradepaytest.LyingCallback, Times: -1, Code: "9000"},
		"Slow:1,2s":          {Kind: tradepaytest.Slow, Times: 1, Delay: 2 * time.Second},
	} {
		got, err := parseFault(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, says := range map[string]string{
		"": "there is no fault", "Slow:x": "neither a probability", "Slow:0": "neither a probability",
		"Slow:-1": "neither a probability", "Slow:1.5": "neither a probability",
		"Slow:NaN": "neither a probability", "Slow,x": "not a duration", "Slow,-1s": "not a duration",
		"Slow+": "how many pass before", "Slow+-1": "how many pass before", "Slow=X": "cannot have the code",
		"Refused=": "the code is missing", "LyingCallback=1": "cannot have the code",
		"Slow@": "there is no operation", "Zzzzzzzzzzz": "the faults are DropBefore, ",
	} {
		_, err := parseFault(text)
		require.ErrorContains(t, err, says, text)
	}
}

// TestSandboxFollowsNoLink: in a directory where others write, its files go
// nowhere else.
func TestSandboxFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := write(t, "mine", "precious")
	for _, name := range []string{"sandbox.env", "sandbox.env.new", "sandbox-merchant-private.pem.new"} {
		require.NoError(t, os.Symlink(mine, filepath.Join(dir, name)))
	}
	startSandbox(t, "-dir", dir)
	kept, err := os.ReadFile(mine)
	require.NoError(t, err)
	require.Equal(t, "precious", string(kept))
	for _, name := range []string{"sandbox.env", "sandbox-merchant-private.pem"} {
		info, err := os.Lstat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
}

// TestSandboxLog: an arrow, what happened, and the status of the payment in its colour.
func TestSandboxLog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	sent := new(tradepaytest.Message)
	for want, event := range map[string]tradepaytest.Event{
		"12:00:00.000 → Pay order request received and verified pay order-1": {
			Step: 4, Name: "Pay order request received and verified", Op: wire.OpPay, PaymentRequestID: "order-1",
			Message: sent,
		},
		"12:00:00.000 ← Payment URL returned, signed pay order-1 {33:ACCEPT}": {
			Step: 7, Name: "Payment URL returned, signed", Op: wire.OpPay, PaymentRequestID: "order-1",
			Detail: "ACCEPT",
		},
		"12:00:00.000 ⇄ Request answered inquiryPayment order-1 {33:PROCESSING}": {
			Name: "Request answered", Op: wire.OpInquiryPayment, PaymentRequestID: "order-1", Detail: "PROCESSING",
			Message: sent,
		},
		"12:00:00.000 ⇄ Request answered inquiryPayment order-1 {32:SUCCESS}": {
			Name: "Request answered", Op: wire.OpInquiryPayment, PaymentRequestID: "order-1", Detail: "SUCCESS",
			Message: sent,
		},
		"12:00:00.000 ⇄ Request answered inquiryPayment order-1 {31:CANCELLED}": {
			Name: "Request answered", Op: wire.OpInquiryPayment, PaymentRequestID: "order-1", Detail: "CANCELLED",
			Message: sent,
		},
		"12:00:00.000 {31:✗} {31:failed:} Request rejected refund: {31:REFUND_AMOUNT_EXCEED: the amount is " +
			"more than what " +
			"is left of the payment}": {
			Name: "Request rejected", Op: wire.OpRefund, Message: sent,
			Err: errors.New("REFUND_AMOUNT_EXCEED: the amount is more than what is left of the payment"),
		},
		"12:00:00.000 · Pay handled order-1 {32:9000}": {Step: 16, Name: "Pay handled",
			PaymentRequestID: "order-1", Detail: "9000"},
	} {
		event.At = at
		plain := &sandbox{cli: &cli{}}
		require.Equal(t, regexp.MustCompile(`\{\d+:([^}]*)\}`).ReplaceAllString(want, "$1"), plain.line(event))
		coloured := &sandbox{cli: &cli{err: true}}
		want = regexp.MustCompile(`\{(\d+):([^}]*)\}`).ReplaceAllString(want, "\x1b[${1}m$2\x1b[0m")
		require.Equal(t, "\x1b[2m12:00:00.000\x1b[0m"+strings.TrimPrefix(want, "12:00:00.000"), coloured.line(event))
	}
	spanishLog := &sandbox{cli: &cli{lang: spanish}}
	require.Equal(t, "12:00:00.000 ✗ falló: solicitud rechazada pay order-1: ORDER_NOT_EXIST: la billetera no "+
		"tiene ese pago",
		spanishLog.line(tradepaytest.Event{At: at, Name: "Request rejected", Op: wire.OpPay,
			PaymentRequestID: "order-1",
			Err:              errors.New("ORDER_NOT_EXIST: the wallet has no such payment")}))
}
