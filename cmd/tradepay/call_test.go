package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

// refundBody is a refund as the platform's v2 has it.
const refundBody = `{"refundRequestId":"refund-1","paymentRequestId":"order-1",` +
	`"refundAmount":{"currency":"USD","value":"400"}}`

func TestCall(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "0s")
	require.Equal(t, exitOK, create(u, "order-1").code)
	require.Equal(t, exitOK, u.run("order", "wait", "order-1", "-interval", "1s").code)
	question := write(t, "q", `{"paymentRequestId":"order-1"}`)
	for _, name := range []string{"inquiryPayment", "payments/inquiryPayment", "/v2/payments/inquiryPayment"} {
		got := u.run("call", name, "-body", question)
		require.Equal(t, exitOK, got.code, got.stderr)
		require.Equal(t, "paymentRequestId order-1\nThis does not say that your order is paid with its amount. "+
			"Before you ship, ask:\n  tradepay order query -id order-1 -amount AMOUNT -currency CODE\n", got.stderr)
		require.Contains(t, got.out, "verdict        S: the wallet answered; this is the verdict of the question, "+
			"not of the payment\npaymentStatus  SUCCESS\n")
		require.NotContains(t, got.out, "done")
		require.Contains(t, got.out, `"paymentStatus": "SUCCESS"`)
	}
	u.stdin = `{"paymentRequestId":"order-1"}`
	got := u.run("call", "-operation", "inquiryPayment", "-body", "-", "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var answer struct {
		Operation, Path string
		HTTPStatus      int
		ExitCode        int
		Answer          map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &answer))
	require.Equal(t, "inquiryPayment", answer.Operation)
	require.Equal(t, http.StatusOK, answer.HTTPStatus)
	require.Equal(t, "SUCCESS", answer.Answer["paymentStatus"])

	got = u.run("call", "refund", "-body", write(t, "r", refundBody))
	require.Equal(t, exitOK, got.code, got.stderr)
	got = u.run("call", "refund", "-body", write(t, "r", strings.Replace(refundBody, "refund-1", "refund-2", 1)),
		"-lang", "es")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "S: hecho")
	got = u.run("call", "refund", "-body", write(t, "r", strings.Replace(refundBody, "refund-1", "refund-3", 1)))
	require.Equal(t, exitRejected, got.code, got.stderr)
	require.Contains(t, got.stderr, "This says nothing about an earlier call with the same id. Ask:\n"+
		"  tradepay order query -refund-id refund-3\n")
}

// TestCallOfInquiry: the verdict of a question is not taken for that of the payment or refund.
func TestCallOfInquiry(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	require.Equal(t, exitOK, create(u, "order-1").code)
	question := write(t, "q", `{"paymentRequestId":"order-1"}`)
	inquire := func(status string) {
		got := u.run("call", "inquiryPayment", "-body", question)
		require.Equal(t, exitOK, got.code, got.stderr)
		require.Contains(t, got.out, "of the question, not of the payment\npaymentStatus  "+status+"\n")
		require.Contains(t, got.stderr, "tradepay order query -id order-1 -amount AMOUNT -currency CODE\n")
		got = u.run("call", "inquiryPayment", "-body", question, "-json")
		var answer struct{ PaymentStatus string }
		require.NoError(t, json.Unmarshal([]byte(got.out), &answer))
		require.Equal(t, status, answer.PaymentStatus)
		got = u.run("call", "inquiryPayment", "-body", question, "-lang", "es")
		require.Contains(t, got.out, "el veredicto de la consulta, no del pago")
		require.Contains(t, got.stderr, "Antes de entregar, consulta:")
	}
	inquire("PROCESSING")
	require.Equal(t, exitOK, u.run("order", "cancel", "order-1").code)
	inquire("CANCELLED")

	paid, _ := startSandbox(t, "-pay-after", "0s")
	require.Equal(t, exitOK, create(paid, "order-1").code)
	require.Equal(t, exitOK, paid.run("order", "wait", "order-1", "-interval", "1s").code)
	require.Equal(t, exitOK, paid.run("call", "refund", "-body", write(t, "r", refundBody)).code)
	got := paid.run("call", "inquiryRefund", "-body", write(t, "q", `{"refundRequestId":"refund-1"}`))
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `of the question, not of the refund\nrefundStatus +SUCCESS\n`, got.out)
}

// TestCallUnknown: what may have happened ends with that code and the reference, and is sent
// once.
func TestCallUnknown(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	for name, answer := range map[string]http.HandlerFunc{
		"bad gateway": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"cut off":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"not signed": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"result":{"resultStatus":"S"}}`))
		},
		"too many": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	} {
		var sent atomic.Int32
		wallet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent.Add(1)
			answer(w, r)
		}))
		for operation, body := range map[string]string{
			"refund":               refundBody,
			"/v2/payments/refund":  refundBody,
			"pay":                  `{"paymentRequestId":"order-1"}`,
			"/v2/payments/confirm": `{"paymentRequestId":"order-1"}`,
		} {
			sent.Store(0)
			got := u.run("call", operation, "-body", write(t, "b", body), "-base-url", wallet.URL)
			require.Equal(t, exitUnknown, got.code, "%s: %s", name, got.stderr)
			require.EqualValues(t, 1, sent.Load(), "%s %s", name, operation)
			require.Contains(t, got.stderr, "order-1\n")
			again := "tradepay order query -id order-1 -base-url " + wallet.URL
			if body == refundBody {
				again = "tradepay order query -refund-id refund-1 -base-url " + wallet.URL
			}
			require.Contains(t, got.stderr, "Do not try again with another id. Ask:\n  "+again+
				"\nOr send the very same body again; never one with a new id.\n")
			got = u.run("call", operation, "-body", write(t, "b", body), "-base-url", wallet.URL, "-json")
			require.Contains(t, got.out, `"askAgain": "`+again)
			require.Contains(t, got.out, `"exitCode": 3`)
		}
		wallet.Close()
	}
}

// TestCallOfOpenVerdicts: U and A are not done, and an F of an inquiry says nothing about the
// payment.
func TestCallOfOpenVerdicts(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-fault", "UnknownAfter@refund:1",
		"-fault", "Refused@inquiryPayment=PARAM_ILLEGAL:1")
	require.Equal(t, exitOK, create(u, "order-1").code)
	got := u.run("call", "inquiryPayment", "-body", write(t, "q", `{"paymentRequestId":"order-1"}`))
	require.Equal(t, exitUnknown, got.code, got.stderr)
	require.Contains(t, got.stderr, "The command only asked, and learned nothing for certain")
	got = u.run("call", "refund", "-body", write(t, "r", refundBody))
	require.Equal(t, exitUnknown, got.code, got.out+got.stderr)
}

// TestCallBinds: the signed answer about another payment is no answer.
func TestCallBinds(t *testing.T) {
	t.Parallel()
	body := map[string]any{"paymentRequestId": "order-1", "refundRequestId": "refund-1"}
	r := &call{body: body}
	require.NoError(t, r.binds(json.RawMessage(`{"paymentRequestId":"order-1","paymentId":"7"}`)))
	for _, other := range []string{`{"paymentRequestId":"order-2"}`, `{"refundRequestId":"refund-2"}`, `[]`} {
		require.Equal(t, exitUnknown, exitCode(r.binds(json.RawMessage(other))), other)
	}
}

func TestCallRejects(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	body := write(t, "b", `{"paymentRequestId":"order-1"}`)
	for says, args := range map[string][]string{
		"name the operation":            {"-body", body},
		"-body is missing":              {"pay"},
		"did you mean inquiryPayment?":  {"inquirypayment", "-body", body},
		"it has applyToken, cancel":     {"xyzzyplugh", "-body", body},
		"Toka has no operation capture": {"capture", "-body", body, "-wallet", "Toka"},
		"must hold a JSON object":       {"pay", "-body", write(t, "b", `[1]`)},
		"a member appears twice":        {"pay", "-body", write(t, "b", `{"a":1,"a":2}`)},
		"say -live if you mean it":      {"pay", "-body", body, "-base-url", "https://gateway.example"},
		"must be the plain path":        {"/v2/../x", "-body", body},
	} {
		got := u.run(append([]string{"call"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
		require.Empty(t, got.out)
	}
	got := u.run("call", "inquiryPayment", "-body", body, "-base-url", "https://127.0.0.1:1")
	require.Equal(t, exitUnknown, got.code, "a question needs no -live")
	require.NotContains(t, got.stderr, "-live")
	delete(u.env, tradepayenv.Wallet)
	require.Contains(t, u.run("call", "pay", "-body", body).stderr, "TRADEPAY_WALLET or -wallet: is not set")
}
