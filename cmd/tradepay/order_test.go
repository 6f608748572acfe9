package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// create is an order of 10.50 USD.
func create(u *user, id string, more ...string) result {
	u.t.Helper()
	return u.run(append([]string{"order", "create", "-id", id, "-amount", "10.50", "-currency", "USD"}, more...)...)
}

func TestOrderFromCreateToRefund(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "50ms")
	got := create(u, "order-1", "-title", "Two coffees", "-expires", "15m", "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `^paymentRequestId order-1\nexpires 20\d\d-`, got.stderr)
	var order struct {
		PaymentRequestID, PaymentID, Status string
		TradePay                            struct {
			PaymentURL string `json:"paymentUrl"`
		}
		Amount struct{ Currency, Value string }
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &order))
	require.Equal(t, "PROCESSING", order.Status)
	require.NotEmpty(t, order.PaymentID)
	require.Contains(t, order.TradePay.PaymentURL, u.env[tradepayenv.BaseURL])
	require.Equal(t, "1050", order.Amount.Value)

	got = u.run("order", "wait", "-payment-id", order.PaymentID, "-interval", "1s")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "paid at")
	for _, test := range []struct {
		amount, currency string
		code             int
		says             string
	}{
		{"10.50", "USD", exitOK, ""}, {"10.51", "USD", exitNotPaid, "amount mismatch"},
		{"10.50", "EUR", exitNotPaid, "amount mismatch"},
		{"10.505", "USD", exitUsage, "round it first"}, {"10.50", "", exitUsage, "ISO 4217"},
	} {
		got = u.run("order", "query", "-id", "order-1", "-amount", test.amount, "-currency", test.currency)
		require.Equal(t, test.code, got.code, test)
		require.Contains(t, got.stderr, test.says)
	}
	got = u.run("order", "query", "-payment-id", order.PaymentID, "-amount", "10.50", "-currency", "USD")
	require.Equal(t, exitUsage, got.code, "the wallet's id proves nothing about the order that is meant")

	got = u.run("order", "refund", "-id", "order-1", "-refund-id", "refund-1", "-amount", "4.00", "-currency", "USD",
		"-reason", "cold")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "refundRequestId refund-1\n", got.stderr)
	require.Contains(t, got.out, "4.00 USD")
	got = u.run("order", "refund", "-id", "order-1", "-refund-id", "refund-1", "-amount", "4.00", "-currency", "USD",
		"-reason", "cold", "-json")
	require.Equal(t, exitOK, got.code, "repeated, it refunds once")
	require.Contains(t, got.out, `"status": "SUCCESS"`)
	got = u.run("order", "refund", "-id", "order-1", "-refund-id", "refund-1", "-amount", "5.00", "-currency", "USD")
	require.Equal(t, exitUnknown, got.code, "the earlier refund stands")
	require.Contains(t, got.stderr, "tradepay order query -refund-id refund-1\n")
	got = u.run("order", "query", "-refund-id", "refund-1")
	require.Equal(t, exitOK, got.code)
	require.Contains(t, got.out, "refund-1")
	got = u.run("order", "refund", "-id", "order-1", "-refund-id", "refund-too-much", "-amount", "6.51", "-currency",
		"USD")
	require.Equal(t, exitRejected, got.code)
	require.Regexp(t, `^refundRequestId refund-too-much\n`, got.stderr)
	got = u.run("order", "cancel", "-id", "order-1")
	require.Equal(t, exitRejected, got.code, "it is paid")
	got = u.run("order", "query", "-id", "order-2")
	require.Equal(t, exitNotFound, got.code)
	got = u.run("order", "query", "-refund-id", "refund-2", "-json")
	require.Equal(t, exitNotFound, got.code)
	require.Contains(t, got.out, `"exitCode": 7`)
}

func TestOrderCancel(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	require.Equal(t, exitOK, create(u, "order-1").code)
	got := u.run("order", "wait", "-id", "order-1", "-timeout", "3s")
	require.Equal(t, exitUnknown, got.code, "still open")
	require.Contains(t, got.stderr, "The order is still PROCESSING: it is not paid yet")
	require.NotContains(t, got.stderr, "unknown")
	require.Contains(t, got.stderr, "\n  tradepay order query -id order-1\n")
	got = u.run("order", "cancel", "-id", "order-1")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "CANCELLED")
	require.Equal(t, exitRejected, u.run("order", "wait", "-id", "order-1").code)
	require.Equal(t, exitUnknown, create(u, "order-1", "-title", "Other").code, "the id has other content")
}

// TestOrderNotYet: what the wallet is still working at is not done.
func TestOrderNotYet(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "0s", "-fault", "RefundProcessing")
	require.Equal(t, exitOK, create(u, "order-1").code)
	require.Equal(t, exitOK, u.run("order", "wait", "-id", "order-1", "-interval", "1s").code)
	for id, more := range map[string][]string{"refund-1": nil, "refund-2": {"-json"}} {
		got := u.run(append([]string{"order", "refund", "-id", "order-1", "-refund-id", id, "-amount", "4.00",
			"-currency", "USD"}, more...)...)
		require.Equal(t, exitUnknown, got.code, got.out+got.stderr)
		require.Contains(t, got.out, "PROCESSING")
		require.Contains(t, got.stderr,
			"still processing the refund. Ask again:\n  tradepay order query -refund-id "+id+"\n")
	}
	require.Equal(t, exitOK, u.run("order", "query", "-refund-id", "refund-1").code,
		"an answer is all that was asked for")

	profile := wallets.PlatformV2()
	profile.Shaper = shaper.Hooks{UndoResponse: func(op wire.Operation, body map[string]any) error {
		if op == wire.OpCancel {
			body["result"] = map[string]any{"resultStatus": "A", "resultCode": "ACCEPT", "resultMessage": "accepted"}
		}
		return nil
	}}
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
	defer wallet.Close()
	variables, err := writeSandbox(wallet.Config(), t.TempDir(), publishedKeys)
	require.NoError(t, err)
	env := make(map[string]string)
	for _, v := range variables {
		env[v.name] = v.value
	}
	u = newUser(t, env)
	require.Equal(t, exitOK, create(u, "order-2").code)
	got := u.run("order", "cancel", "-id", "order-2")
	require.Equal(t, exitUnknown, got.code, got.out+got.stderr)
	require.Equal(t,
		"The order is not closed yet, and the payer may still pay. Ask:\n  tradepay order query -id order-2\n",
		got.stderr)
}

// TestOrderIDFirst: the id is on the screen before the wallet hears of it, and
// nothing is sent if it cannot be shown.
func TestOrderIDFirst(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	var shown strings.Builder
	asked := 0
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		//nolint:testifylint // its failure ends the request, and the test
		require.Contains(t, shown.String(), "RequestId ")
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer wallet.Close()
	env := func(name string) string {
		if name == tradepayenv.BaseURL {
			return wallet.URL
		}
		return u.env[name]
	}
	for _, args := range [][]string{
		{"order", "create", "-amount", "1.00", "-currency", "USD"},
		{"order", "refund", "-id", "order-1", "-refund-id", "refund-1", "-amount", "1.00", "-currency", "USD"},
	} {
		shown.Reset()
		asked = 0
		require.Equal(t, exitUnknown, run(t.Context(), args, env, strings.NewReader(""), new(strings.Builder), &shown))
		require.NotZero(t, asked)
		asked = 0
		require.Equal(t, exitFailed, run(t.Context(), args, env, strings.NewReader(""), new(strings.Builder), closed{}))
		require.Zero(t, asked)
	}
}

// closed is a pipe that nobody reads.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestOrderOutcomeUnknown: the exact command that asks again, with the flags that
// led here, and the doctor's word.
func TestOrderOutcomeUnknown(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	pair := newPair(t)
	got := create(u, "order 1", "-wallet-key-file", pair+"-public.pem", "-notify-url", "http://127.0.0.1:1/n")
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr, "Do not try again with another id.")
	require.Contains(t, got.stderr, "The doctor on the wallet's answer:")
	require.Contains(t, got.stderr, "(unknown_key, certain)")
	_, after, _ := strings.Cut(got.stderr, "\n  tradepay ")
	again, _, _ := strings.Cut(after, "\n")
	words, err := shellWords(again)
	require.NoError(t, err)
	require.Equal(t, []string{"order", "query", "-id", "order 1", "-wallet-key-file", pair + "-public.pem"}, words)
	got = u.run("order", "query", "-id", "order 1")
	require.Equal(t, exitOK, got.code, "it did happen")

	got = create(u, "order-2", "-base-url", "http://127.0.0.1:1", "-json")
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr, "Nothing reached http://127.0.0.1:1, the address of TRADEPAY_BASE_URL or -base-url")
	require.Contains(t, got.stderr, "This call sent nothing: retry it with the same id.")
	require.Contains(t, got.out, `"notSent": true`)
	require.Contains(t, got.out, `"askAgain": "tradepay order query -id order-2 -base-url http://127.0.0.1:1"`)
}

// TestOrderRefusesRepeats: who repeats a create at a wallet that gives out a URL only once is
// shown how to cancel, and not how to ask for what the wallet never says again.
func TestOrderRefusesRepeats(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-wallet", "VodaPay")
	order := []string{"order", "create", "-id", "order-1", "-amount", "9.00", "-currency", "ZAR"}
	require.Equal(t, exitOK, u.run(order...).code)
	got := u.run(order...)
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr, "cancel the order:\n  tradepay order cancel -id order-1\nCreate another order, "+
		"with a new -id, only after the wallet has confirmed the cancellation.\n")
	require.NotContains(t, got.stderr, "Do not try again with another id")
	got = u.run(append(order, "-lang", "es", "-json")...)
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr, "\n  tradepay order cancel -id order-1\n")
	require.NotContains(t, got.stderr, "No lo intentes de nuevo")
	require.Contains(t, got.out, `"cancel": "tradepay order cancel -id order-1"`)
	require.Equal(t, exitOK, u.run("order", "cancel", "-id", "order-1").code)

	got = u.run(append(order, "-id", "order-2", "-wallet-key-file", newPair(t)+"-public.pem")...)
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr, "Do not try again with another id", "nothing is verified")
}

// TestOrderOnlyAsked: who asked in vain is not told to repeat a payment.
func TestOrderOnlyAsked(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	got := u.run("order", "query", "-id", "order-1", "-base-url", "http://127.0.0.1:1")
	require.Equal(t, exitUnknown, got.code)
	require.Contains(t, got.stderr,
		"The command sent nothing, and learned nothing. Ask again:\n  tradepay order query -id order-1 -base-url "+
			"http://127.0.0.1:1\n")
	require.NotContains(t, got.stderr, "retry it with the same id")
}

// TestOrderNotifyElsewhere: the test wallet's own screen says why it refuses a
// public notify URL, and so does the command.
func TestOrderNotifyElsewhere(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	got := create(u, "order-1", "-notify-url", "https://tunnel.example/notify")
	require.Equal(t, exitRejected, got.code, got.stderr)
	require.Contains(t, got.stderr,
		"The test wallet notifies merchants on loopback only: leave TRADEPAY_NOTIFY_URL and -notify-url out, or give "+
			"one like http://127.0.0.1:8080/notify.")
	require.NotContains(t, create(u, "order-2", "-notify-url", "http://127.0.0.1:1/n", "-amount", "0.00").stderr,
		"on loopback only")
}

// TestOrderIDOfNothing: what cannot be sent is refused before its id looks like
// something begun.
func TestOrderIDOfNothing(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	for _, args := range [][]string{
		{"create", "-id", "a#b"},
		{"create", "-id", "order-1", "-redirect-url", "/thanks"},
		{"create", "-id", "order-1", "-notify-url", "http://shop.example/notify"},
		{"refund", "-id", "order-1", "-refund-id", "a#b"},
	} {
		got := u.run(append(append([]string{"order"}, args...), "-amount", "1.00", "-currency", "USD")...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.NotContains(t, got.stderr, "RequestId ")
		require.Equal(t, slices.Contains(args, "-redirect-url"),
			strings.Contains(got.stderr, `give it like "https://shop.example.com/thanks"`), got.stderr)
	}
}

// TestOrderInterrupted: who presses Ctrl-C is told how to ask.
func TestOrderInterrupted(t *testing.T) {
	t.Parallel()
	u, seen := startSandbox(t, "-fault", "Slow,1h")
	ctx, cancel := context.WithCancel(t.Context())
	var stderr strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"order", "create", "-id", "order-1", "-amount", "1.00", "-currency", "USD"},
			func(name string) string { return u.env[name] }, strings.NewReader(""), new(strings.Builder), &stderr)
	}()
	require.Eventually(t, func() bool { return seen.has("Fault injected") }, 2*time.Minute, time.Millisecond)
	cancel()
	require.Equal(t, exitUnknown, <-ended)
	require.Contains(t, stderr.String(), "tradepay order query -id order-1")
}

// TestOrderInvalidSignature: the wallet refuses the caller, and the doctor speaks
// without being asked.
func TestOrderInvalidSignature(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	pair := newPair(t)
	got := create(u, "order-1", "-private-key-file", pair+"-private.pem")
	require.Equal(t, exitCaller, got.code)
	for _, says := range []string{
		"INVALID_SIGNATURE", "This says nothing about the payment.", "tradepay doctor -live",
		"The signature is right: your key ", "Upload the public half",
	} {
		require.Contains(t, got.stderr, says)
	}
	require.NotContains(t, got.stderr, "PRIVATE")
}

// TestOrderWithAnotherClock: wallets refuse a time that is far from theirs, some
// of them as a wrong parameter.
func TestOrderWithAnotherClock(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer wallet.Close()
	got := u.run("order", "query", "-id", "order-1", "-base-url", wallet.URL)
	require.Equal(t, exitUnknown, got.code)
	require.Regexp(t, `The doctor on the clock: Yours is (1h0m|59m5)\d?s? ?\S* behind the wallet's`, got.stderr)
}

func TestOrderRejects(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	production := map[string]string{tradepayenv.Wallet: "VodaPay", tradepayenv.BaseURL: "production"}
	for _, test := range []struct {
		env  map[string]string
		args []string
		says string
	}{
		{nil, []string{"create"}, "give -amount and -currency, such as -amount 10.50 -currency ZAR"},
		{nil, []string{"create", "-amount", "ten", "-currency", "USD"}, "must be digits"},
		{nil, []string{"create", "-amount", "1", "-currency", "usd"}, "ISO 4217"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-id", "a#b"}, "must not contain @ # or ?"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-expires", "soon"},
			"-expires soon: give a duration such as 15m"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-notify-url", "shop"},
			"-notify-url: must be an absolute"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-extra", write(t, "x", "[]")},
			"must hold a JSON object"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-id", "1", "-auth-code-file", "nowhere"},
			"-auth-code-file: open nowhere"},
		{nil, []string{"create", "-amount", "1", "-currency", "USD", "-auth-code-file", write(t, "token", "secret")},
			"give -id, your id of this payment, such as order-1"},
		{nil, []string{"query"}, "name the payment: -id with your id"},
		{nil, []string{"wait"}, "name the payment"},
		{nil, []string{"wait", "-id", "1", "-interval", "10ms"}, "give at least 1s"},
		{nil, []string{"cancel"}, "name the payment"},
		{nil, []string{"refund", "-amount", "1", "-currency", "USD"}, "name the payment"},
		{nil, []string{"refund", "-id", "1", "-amount", "1", "-currency", "USD"}, "give -refund-id"},
		{nil, []string{"refund", "-id", "1"}, "give -amount and -currency of the refund"},
		{map[string]string{tradepayenv.BaseURL: "/x"}, []string{"create", "-amount", "1", "-currency", "USD"},
			"TRADEPAY_BASE_URL: must be an absolute URL; give it like \"https://gateway.example.com\""},
		{nil, []string{"cancel", "-id", "1", "-base-url", "gateway.example.com"}, "-base-url: must be an absolute URL"},
		{map[string]string{tradepayenv.ClientID: ""}, []string{"query", "-id", "1"},
			"TRADEPAY_CLIENT_ID or -client-id: is not set"},
		{production, []string{"create", "-amount", "1", "-currency", "ZAR"},
			"is the production gateway of VodaPay, where this moves real money: say -live"},
		{production, []string{"refund", "-id", "1", "-refund-id", "r-1", "-amount", "1", "-currency", "ZAR"},
			"say -live if you mean it"},
		{production, []string{"cancel", "-id", "1"}, "say -live if you mean it"},
		{map[string]string{tradepayenv.Wallet: "VodaPay",
			tradepayenv.BaseURL: "https://Gateway.VodaPay.vodacom.co.za.:443"}, []string{"cancel", "-id", "1"},
			"is the production gateway of VodaPay"},
		{map[string]string{tradepayenv.BaseURL: "https://gateway.wallet.example"}, []string{"cancel", "-id", "1"},
			"gateway.wallet.example is not known to be a sandbox, and this may move real money"},
	} {
		got := u.with(test.env).run(append([]string{"order"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, "%q %s", test.args, got.stderr)
		require.Contains(t, got.stderr, test.says)
		require.Empty(t, got.out)
	}
}

// TestOrderExtra: further fields reach the wallet, and agreement payments are paid
// by the token in a file.
func TestOrderExtra(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	got := create(u, "order-1", "-extra", write(t, "x", `{"mcc":"5814"}`))
	require.Equal(t, exitOK, got.code, got.stderr)
	got = create(u, "order-2", "-auth-code-file", write(t, "token", "no-such-token\n"))
	require.Equal(t, exitRejected, got.code, got.stderr)
	require.Contains(t, got.stderr, "INVALID_ACCESS_TOKEN")
	require.NotContains(t, got.stderr, "no-such-token")
}

// TestOrderExtraNumbers: a number reaches the wallet as it is written.
func TestOrderExtraNumbers(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	bodies := make(chan string, 1)
	wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case bodies <- string(body):
		default:
		}
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer wallet.Close()
	got := create(u, "order-1", "-base-url", wallet.URL, "-extra",
		write(t, "x", `{"points":9007199254740993,"list":[{"rate":1.10}]}`))
	require.Equal(t, exitUnknown, got.code, got.stderr)
	body := <-bodies
	require.Contains(t, body, `"points":9007199254740993`)
	require.Contains(t, body, `"rate":1.10`)
}

// TestOrderNamesTheFlag: what the library calls a field is a flag here, and each
// that is named is one.
func TestOrderNamesTheFlag(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-wallet", "Toka")
	got := u.run("order", "create", "-id", "order-1", "-amount", "1", "-currency", "MXN")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, "See tradepay help order create: -buyer-id\n")
	help := u.run("help", "settings").out
	for _, name := range topicOrder {
		help += u.run(append([]string{"help"}, strings.Fields(name)...)...).out
	}
	for field, flags := range fieldFlags {
		for name := range strings.SplitSeq(flags, ", ") {
			require.Regexp(t, `(?m)`+name+`\b`, help, field)
		}
	}
}

// TestMayMoveMoney: at each published gateway, and elsewhere.
func TestMayMoveMoney(t *testing.T) {
	t.Parallel()
	for _, w := range wallets.All() {
		for environment, base := range w.Routes.BaseURLs {
			err := mayMoveMoney(base)
			if strings.HasPrefix(environment, "sandbox") {
				require.NoError(t, err, base)
				continue
			}
			require.ErrorContains(t, err, "is the production gateway of ", base)
			require.ErrorContains(t, mayMoveMoney(base+"/ams/sandbox"), "say -live", "nearly the path of a sandbox")
		}
	}
	for base, says := range map[string]string{
		"http://127.0.0.1:8700": "", "http://localhost": "", "http://[::1]:1/api": "",
		"https://127.0.0.1.example":      "not known to be a sandbox",
		"https://gateway.wallet.example": "not known to be a sandbox", "%": "TRADEPAY_BASE_URL",
	} {
		if err := mayMoveMoney(base); says != "" {
			require.ErrorContains(t, err, says, base)
		} else {
			require.NoError(t, err, base)
		}
	}
}
