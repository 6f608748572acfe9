package tradepay_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/networktest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	payPath     = "/api/v2/payments/pay"
	inquiryPath = "/api/v2/payments/inquiryPayment"
)

var (
	errReset   = &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	errRefused = &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	errNoHost  = &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host",
		Name: "wallet.example", IsNotFound: true}}
)

// TestCreateOrderOutcomes tries the answers to a pay, and to the inquiry that follows
// if the outcome is in doubt.
func TestCreateOrderOutcomes(t *testing.T) {
	t.Parallel()
	gone := signed(200, result("F", "ORDER_NOT_EXIST"))
	redirect := func(_ *scripted, r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"https://elsewhere.example/"}},
			Body: http.NoBody, Request: r}, nil
	}
	repeats := func(w *wire.Profile) { w.Quirks.RefusesRepeats = true }
	tests := []struct {
		name      string
		wallet    func(*wire.Profile)
		pay       []answerFunc
		inquiry   []answerFunc
		want      error // nil: an order comes back
		also      error // what the error must match, too
		not       error // what the error must not match
		status    tradepay.PaymentStatus
		pays      int
		inquiries int
		notSent   bool
		http      int
	}{
		{name: "accepted", pay: []answerFunc{signed(200, accepted)}, status: tradepay.StatusProcessing, pays: 1},
		{
			name: "lost once, then accepted", pay: []answerFunc{broken(errReset), signed(200, accepted)},
			status: tradepay.StatusProcessing, pays: 2,
		},
		{
			name: "U once, then accepted", pay: []answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION")),
				signed(200, accepted)},
			status: tradepay.StatusProcessing, pays: 2,
		},
		{
			name: "unsigned once, then accepted", pay: []answerFunc{unsigned(200, accepted), signed(200, accepted)},
			status: tradepay.StatusProcessing, pays: 2,
		},
		{
			name: "429 once, then accepted", pay: []answerFunc{unsigned(429, "slow down"), signed(200, accepted)},
			status: tradepay.StatusProcessing, pays: 2,
		},
		{
			name: "lost, and the inquiry finds it paid", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 3, inquiries: 1,
		},
		{
			name: "lost, and the inquiry finds it open without its URL", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))},
			want:    tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, pays: 3, inquiries: 1,
		},
		{
			name: "lost, and the inquiry finds it failed", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("FAIL"))},
			want:    tradepay.ErrRejected, not: tradepay.ErrOutcomeUnknown, pays: 3, inquiries: 1,
		},
		{
			name: "lost, and the inquiry finds it cancelled", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, inquired("CANCELLED"))},
			want:    tradepay.ErrRejected, not: tradepay.ErrOutcomeUnknown, pays: 3, inquiries: 1,
		},
		{
			name: "a signed redirect is no answer", pay: []answerFunc{signed(307, accepted)},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrOutcomeUnknown, pays: 3, inquiries: 1, http: 307,
		},
		{
			name: "lost, and the inquiry does not know it yet", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrOutcomeUnknown, not: tradepay.ErrOrderNotFound, pays: 3, inquiries: 1,
		},
		{
			name: "lost, and the inquiry finds another amount", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{signed(200, strings.Replace(inquired("SUCCESS"), "1050", "1", 1))},
			want:    tradepay.ErrIdempotencyMismatch, also: tradepay.ErrAmountMismatch, pays: 3, inquiries: 1,
		},
		{
			name: "lost, and the inquiry lost too", pay: []answerFunc{broken(errReset)},
			inquiry: []answerFunc{broken(errReset)},
			want:    tradepay.ErrOutcomeUnknown, also: syscall.ECONNRESET, pays: 3, inquiries: 3,
		},
		{
			name: "500 for ever", pay: []answerFunc{unsigned(500, "<html>")},
			inquiry: []answerFunc{unsigned(500, "<html>")},
			want:    tradepay.ErrOutcomeUnknown, also: tradepay.ErrSignature, pays: 3, inquiries: 3, http: 500,
		},
		{
			name: "500 although signed S", pay: []answerFunc{signed(500, success)}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, pays: 3, inquiries: 1, http: 500,
		},
		{
			name: "404 is not repeated", pay: []answerFunc{unsigned(404, "not here")},
			inquiry: []answerFunc{unsigned(404, "not here")},
			want:    tradepay.ErrOutcomeUnknown, also: tradepay.ErrSignature, pays: 1, inquiries: 1, http: 404,
		},
		{
			name: "a redirect is not followed", pay: []answerFunc{redirect}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrSignature, pays: 3, inquiries: 1, http: 302,
		},
		{
			name: "unknown status counts as U", pay: []answerFunc{signed(200, result("X", "WHAT"))},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrOutcomeUnknown, pays: 3, inquiries: 1, http: 200,
		},
		{
			name:    "payment in process is inquired, not repeated",
			pay:     []answerFunc{signed(200, result("U", "PAYMENT_IN_PROCESS"))},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 1, inquiries: 1,
		},
		{name: "no result", pay: []answerFunc{signed(200, `{}`)}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 3, inquiries: 1, http: 200},
		{name: "not JSON", pay: []answerFunc{signed(200, `<html>`)}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 3, inquiries: 1, http: 200},
		{name: "a member twice", pay: []answerFunc{signed(200, `{"result":{"resultStatus":"S","resultStatus":"A"}}`)},
			inquiry: []answerFunc{gone}, want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 3,
			inquiries: 1, http: 200},
		{
			name: "accepted without a URL", pay: []answerFunc{signed(200, result("A", "ACCEPT"))},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))},
			want:    tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 1, inquiries: 1, http: 200,
		},
		{
			name: "S without a URL is not paid by that: the inquiry says open", pay: []answerFunc{signed(200, success)},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))},
			want:    tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 1, inquiries: 1, http: 200,
		},
		{
			name: "S without a URL, and the inquiry says paid", pay: []answerFunc{signed(200, success)},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 1, inquiries: 1,
		},
		{
			name: "a status of no meaning", pay: []answerFunc{signed(200,
				strings.Replace(success, `{"result"`, `{"paymentStatus":"DONE","result"`, 1))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrMalformed, pays: 1, http: 200,
		},
		{
			name: "another amount", pay: []answerFunc{signed(200,
				strings.Replace(accepted, `"paymentId"`,
					`"paymentAmount":{"currency":"USD","value":"1"},"paymentId"`, 1))},
			want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrAmountMismatch, pays: 1, http: 200,
		},
		{
			name: "about another order", pay: []answerFunc{signed(200,
				strings.Replace(accepted, `"paymentId"`, `"paymentRequestId":"order-2","paymentId"`, 1))},
			inquiry: []answerFunc{gone}, want: tradepay.ErrOutcomeUnknown, also: tradepay.ErrReferenceMismatch, pays: 3,
			inquiries: 1, http: 200,
		},
		{
			name:   "S with a URL still needs the payer",
			pay:    []answerFunc{signed(200, strings.Replace(accepted, `"A"`, `"S"`, 1))},
			status: tradepay.StatusProcessing, pays: 1,
		},
		{
			name: "refused, and there is nothing under the id",
			pay:  []answerFunc{signed(200, result("F", "RISK_REJECT"))}, inquiry: []answerFunc{gone},
			want: tradepay.ErrRejected, not: tradepay.ErrOutcomeUnknown, pays: 1, inquiries: 1, http: 200,
		},
		{
			name: "refused with 400", pay: []answerFunc{signed(400, result("F", "PARAM_ILLEGAL"))},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrRejected, pays: 1, inquiries: 1, http: 400,
		},
		{
			name:    "refused, but an earlier call had come through",
			pay:     []answerFunc{signed(200, result("F", "EXPIRED_ACCESS_TOKEN"))},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 1, inquiries: 1,
		},
		{
			name: "refused, and nobody can say whether an earlier call came through",
			pay:  []answerFunc{signed(200, result("F", "RISK_REJECT"))}, inquiry: []answerFunc{broken(errReset)},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, pays: 1, inquiries: 3, http: 200,
		},
		{
			name: "the caller refused", pay: []answerFunc{signed(200, result("F", "KEY_NOT_FOUND"))},
			want: tradepay.ErrUnauthorized, not: tradepay.ErrRejected, pays: 1, http: 200,
		},
		{name: "id used with other content", pay: []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			want: tradepay.ErrIdempotencyMismatch, not: tradepay.ErrRejected, pays: 1, http: 200},
		{
			name: "lost, then refused, and the wallet does not have it yet",
			pay:  []answerFunc{broken(errReset), signed(200, result("F", "RISK_REJECT"))}, inquiry: []answerFunc{gone},
			want: tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, pays: 2, inquiries: 1, http: 200,
		},
		{
			name:    "lost, then the caller refused: the first may still arrive",
			pay:     []answerFunc{broken(errReset), signed(200, result("F", "KEY_NOT_FOUND"))},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, pays: 2, inquiries: 1, http: 200,
		},
		{
			name:    "lost, then refused, but it was paid",
			pay:     []answerFunc{broken(errReset), signed(200, result("F", "ACCESS_DENIED"))},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 2, inquiries: 1,
		},
		{
			name:    "connection refused, then refused by the wallet: nothing was lost",
			pay:     []answerFunc{broken(errRefused), signed(200, result("F", "RISK_REJECT"))},
			inquiry: []answerFunc{gone},
			want:    tradepay.ErrRejected, pays: 2, inquiries: 1, http: 200,
		},
		{
			name: "connection refused for ever", pay: []answerFunc{broken(errRefused)},
			want: tradepay.ErrOutcomeUnknown, also: syscall.ECONNREFUSED, pays: 3, notSent: true,
		},
		{name: "no such host is not repeated", pay: []answerFunc{broken(errNoHost)}, want: tradepay.ErrOutcomeUnknown,
			pays: 1, notSent: true},
		{name: "untrusted certificate is not repeated", pay: []answerFunc{broken(x509.UnknownAuthorityError{})},
			want: tradepay.ErrOutcomeUnknown, pays: 1, notSent: true},
		{
			name: "wallet that refuses repeats: lost, refused, found paid", wallet: repeats,
			pay:     []answerFunc{broken(errReset), signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			inquiry: []answerFunc{signed(200, inquired("SUCCESS"))},
			status:  tradepay.StatusSuccess, pays: 2, inquiries: 1,
		},
		{
			name: "wallet that refuses repeats: refused at once, found open", wallet: repeats,
			pay:     []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			inquiry: []answerFunc{signed(200, inquired("PROCESSING"))},
			want:    tradepay.ErrOutcomeUnknown, not: tradepay.ErrRejected, pays: 1, inquiries: 1, http: 200,
		},
		{
			name: "wallet that refuses repeats: refused at once, and unknown there", wallet: repeats,
			pay: []answerFunc{signed(200, result("F", "RISK_REJECT"))}, inquiry: []answerFunc{gone},
			want: tradepay.ErrRejected, pays: 1, inquiries: 1, http: 200,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			if tt.wallet != nil {
				tt.wallet(&wallet)
			}
			w := newScripted(t, wallet).on(payPath, tt.pay...)
			if tt.inquiry != nil {
				w.on(inquiryPath, tt.inquiry...)
			}
			got, err := w.client().CreateOrder(t.Context(), order())
			require.Len(t, w.seenOn(payPath), tt.pays)
			require.Len(t, w.seenOn(inquiryPath), tt.inquiries)
			if tt.want == nil {
				require.NoError(t, err)
				require.Equal(t, tt.status, got.Status)
				require.Equal(t, "order-1", got.PaymentRequestID)
				require.Equal(t, tt.status == tradepay.StatusProcessing, got.PaymentURL != "")
				return
			}
			require.Nil(t, got)
			require.ErrorIs(t, err, tt.want)
			if tt.also != nil {
				require.ErrorIs(t, err, tt.also)
			}
			if tt.not != nil {
				require.NotErrorIs(t, err, tt.not)
			}
			var api *tradepay.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, wire.OpPay, api.Op)
			require.Equal(t, tradepay.OrderRef{PaymentRequestID: "order-1"}, api.OrderRef)
			require.Equal(t, tt.pays, api.Attempts)
			require.Equal(t, tt.notSent, api.NotSent)
			require.Equal(t, tt.http, api.HTTPStatus)
		})
	}
}

// TestPaymentsWithoutThePayer: with an access token the answer itself may say
// that the payer was charged.
func TestPaymentsWithoutThePayer(t *testing.T) {
	t.Parallel()
	charged := strings.Replace(success, `{"result"`, `{"paymentId":"P1","result"`, 1)
	with := func(members string) string { return strings.Replace(charged, `{`, `{`+members+`,`, 1) }
	for name, tt := range map[string]struct {
		answer    string
		authorize bool
		status    tradepay.PaymentStatus
	}{
		"charged":                   {answer: charged, status: tradepay.StatusSuccess},
		"charged, in so many words": {answer: with(`"paymentStatus":"SUCCESS"`), status: tradepay.StatusSuccess},
		"not yet": {answer: with(`"paymentStatus":"PROCESSING","paymentTime":"2026-01-15T12:00:00Z"`),
			status: tradepay.StatusProcessing},
		"accepted": {answer: result("A", "ACCEPT"), status: tradepay.StatusProcessing},
		"reserved": {answer: with(`"authExpiryTime":"2026-01-16T12:00:00Z"`),
			status: tradepay.StatusAuthorized},
		"reserved as asked":    {answer: charged, authorize: true, status: tradepay.StatusAuthorized},
		"with a URL after all": {answer: accepted, status: tradepay.StatusProcessing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, tt.answer))
			req := order()
			req.PaymentAuthCode, req.Authorize = "token", tt.authorize
			got, err := w.client().CreateOrder(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			if tt.status == tradepay.StatusProcessing {
				require.True(t, got.PaidAt.IsZero())
			}
		})
	}
}

// TestPaymentsWithoutThePayerInDoubt: an answer that contradicts itself is no charge.
func TestPaymentsWithoutThePayerInDoubt(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"without a payment":        success,
		"with a reason why not":    `{"paymentId":"P1","paymentFailReason":"no balance",` + success[1:],
		"failed, in so many words": `{"paymentId":"P1","paymentStatus":"FAIL",` + success[1:],
		"paid, with a reason": `{"paymentId":"P1","paymentStatus":"SUCCESS","paymentFailReason":"x",` +
			success[1:],
		"accepted, and paid":         `{"paymentId":"P1","paymentStatus":"SUCCESS",` + result("A", "ACCEPT")[1:],
		"an empty status":            `{"paymentId":"P1","paymentStatus":"",` + success[1:],
		"done, and still in process": `{"paymentId":"P1",` + result("S", "PAYMENT_IN_PROCESS")[1:],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, answer)).on(inquiryPath,
				signed(200, result("F", "ORDER_NOT_EXIST")))
			req := order()
			req.PaymentAuthCode = "token"
			_, err := w.client().CreateOrder(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, tradepay.ErrRejected)
			require.Len(t, w.seenOn(payPath), 1)
		})
	}
}

// TestLateURL: some wallets send the payment URL by notification.
func TestLateURL(t *testing.T) {
	t.Parallel()
	wallet := wallets.PlatformV2()
	wallet.Quirks.LateURL = true
	w := newScripted(t, wallet).on(payPath, signed(200, result("A", "ACCEPT")))
	got, err := w.client().CreateOrder(t.Context(), order())
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusProcessing, got.Status)
	require.Empty(t, got.PaymentURL)
}

// TestOrderConfirmation asks which payment the wallet has for the request.
func TestOrderConfirmation(t *testing.T) {
	t.Parallel()
	named := strings.Replace(accepted, `"paymentId"`, `"paymentRequestId":"order-1","paymentId"`, 1)
	for name, tt := range map[string]struct {
		pay, inquiry string
		want         error
		status       tradepay.PaymentStatus
		inquiries    int
	}{
		"the same": {pay: accepted, inquiry: inquired("PROCESSING"),
			status: tradepay.StatusProcessing, inquiries: 1},
		"paid meanwhile": {pay: accepted, inquiry: inquired("SUCCESS"), status: tradepay.StatusSuccess, inquiries: 1},
		"paid and given back": {pay: accepted, inquiry: strings.TrimSuffix(inquired("SUCCESS"), "}") +
			`,"transactions":[{"transactionId":"r","transactionType":"REFUND","transactionStatus":"SUCCESS",` +
			`"transactionAmount":{"currency":"USD","value":"1050"}}]}`, status: tradepay.StatusSuccess, inquiries: 1},
		"over another amount": {pay: accepted, inquiry: strings.Replace(inquired("SUCCESS"), "1050", "1", 1),
			want: tradepay.ErrIdempotencyMismatch, inquiries: 1},
		"cancelled": {pay: accepted, inquiry: inquired("CANCELLED"),
			want: tradepay.ErrRejected, inquiries: 1},
		"another": {pay: strings.Replace(accepted, "P1", "P2", 1), inquiry: inquired("PROCESSING"),
			want: tradepay.ErrReferenceMismatch, inquiries: 1},
		"without the wallet's id": {pay: strings.Replace(accepted, `"paymentId":"P1",`, "", 1),
			inquiry: strings.Replace(inquired("PROCESSING"), `"paymentId":"P1",`, "", 1),
			want:    tradepay.ErrReferenceMismatch, inquiries: 1},
		"not known": {pay: accepted, inquiry: result("F", "ORDER_NOT_EXIST"),
			want: tradepay.ErrOutcomeUnknown, inquiries: 1},
		"named in the answer": {pay: named, status: tradepay.StatusProcessing},
		"named with null": {pay: strings.Replace(named, `"order-1"`, "null", 1),
			inquiry: inquired("PROCESSING"), status: tradepay.StatusProcessing, inquiries: 1},
		"named with empty string": {pay: strings.Replace(named, `"order-1"`, `""`, 1), inquiry: inquired("PROCESSING"),
			status: tradepay.StatusProcessing, inquiries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, tt.pay)).on(inquiryPath,
				signed(200, tt.inquiry))
			got, err := w.client(func(conf *tradepay.Config) {
				conf.ConfirmOrders = true
			}).CreateOrder(t.Context(), order())
			require.Len(t, w.seenOn(inquiryPath), tt.inquiries)
			if tt.want != nil {
				require.Nil(t, got)
				require.ErrorIs(t, err, tt.want)
				require.NotErrorIs(t, err, tradepay.ErrOrderNotFound)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, got.Status)
			if strings.Contains(tt.inquiry, "REFUND") {
				require.ErrorIs(t, got.CheckPaid("order-1", order().Amount), tradepay.ErrRefunded)
			}
		})
	}
}

// TestAnswersThatAreNotBelieved changes one thing about a good answer.
func TestAnswersThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	stranger := func(w *scripted, r *http.Request) (*http.Response, error) {
		other := &scripted{t: w.t, key: vectorKey(w.t, "merchant"), now: w.clock()}
		return other.sign(r, 200, accepted, func(http.Header) {}), nil
	}
	late := func(by time.Duration) answerFunc {
		return func(w *scripted, r *http.Request) (*http.Response, error) {
			skewed := &scripted{t: w.t, key: w.key, now: w.clock().Add(by)}
			return skewed.sign(r, 200, accepted, func(http.Header) {}), nil
		}
	}
	tests := []struct {
		name   string
		answer answerFunc
		reason tradepay.SignatureReason
	}{
		{"no signature", spoiled(accepted, func(h http.Header) { h.Del("Signature") }), tradepay.ReasonMissingHeader},
		{"two signatures", spoiled(accepted, func(h http.Header) {
			h.Add("Signature", h.Get("Signature"))
		}), tradepay.ReasonRepeatedHeader},
		{"two client ids", spoiled(accepted, func(h http.Header) {
			h.Add("Client-Id", clientID)
		}), tradepay.ReasonRepeatedHeader},
		{"no time", spoiled(accepted, func(h http.Header) { h.Del("Response-Time") }), tradepay.ReasonMissingHeader},
		{"damaged header", spoiled(accepted, set("Signature", "signature=x")), tradepay.ReasonMalformedHeader},
		{"damaged value", spoiled(accepted, set("Signature", "algorithm=RSA256, keyVersion=1, signature=%41")),
			tradepay.ReasonEncoding},
		{"other algorithm", spoiled(accepted, func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "ECC224", 1))
		}), tradepay.ReasonAlgorithm},
		{"other key version", spoiled(accepted, func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "keyVersion=1", "keyVersion=2", 1))
		}), tradepay.ReasonKeyVersion},
		{"other key", stranger, tradepay.ReasonMismatch},
		{"other client", spoiled(accepted, set("Client-Id", "OTHER")), tradepay.ReasonMismatch},
		{"too old", late(-6 * time.Minute), tradepay.ReasonTime},
		{"too new", late(6 * time.Minute), tradepay.ReasonTime},
		{"compressed", spoiled(accepted, set("Content-Encoding", "gzip")), tradepay.ReasonContentEncoding},
		{"too large", signed(200, `{"result":{"resultStatus":"A"},"x":"`+strings.Repeat("x", 1<<20)+`"}`),
			tradepay.ReasonTooLarge},
		{"unsigned refusal", unsigned(200, result("F", "INVALID_SIGNATURE")), tradepay.ReasonMissingHeader},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, tt.answer).on(inquiryPath, tt.answer)
			_, err := w.client(func(conf *tradepay.Config) {
				conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1}
			}).CreateOrder(t.Context(), order())
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.ErrorIs(t, err, tradepay.ErrSignature)
			require.NotErrorIs(t, err, tradepay.ErrRejected)
			var refused *tradepay.SignatureError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.reason, refused.Reason)
			var api *tradepay.APIError
			require.ErrorAs(t, err, &api)
			require.Empty(t, api.Result, "an unverified result must not show")
			if tt.name == "unsigned refusal" {
				require.Equal(t, "INVALID_SIGNATURE", api.UnverifiedCode)
			}
		})
	}
}

func TestReplayedAnswerIsRefused(t *testing.T) {
	t.Parallel()
	var first *http.Response
	replay := func(w *scripted, r *http.Request) (*http.Response, error) {
		if first == nil {
			first = w.sign(r, 200, accepted, func(http.Header) {})
			first.Body = nil
		}
		res := *first
		fresh := w.sign(r, 200, accepted, func(http.Header) {})
		res.Body = fresh.Body
		return &res, nil
	}
	w := newScripted(t, wallets.PlatformV2()).on(payPath, replay).on(inquiryPath,
		signed(200, result("F", "ORDER_NOT_EXIST")))
	client := w.client()
	_, err := client.CreateOrder(t.Context(), order())
	require.NoError(t, err)
	_, err = client.CreateOrder(t.Context(), order())
	require.NoError(t, err, "the same request may get the same answer")
	other := order()
	other.PaymentRequestID = "order-2"
	_, err = client.CreateOrder(t.Context(), other)
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, tradepay.ReasonReplay, refused.Reason)
}

// TestEqualAnswersAreNoReplay: rejections of one moment are the same bytes and, with
// this scheme, have the same signature.
func TestEqualAnswersAreNoReplay(t *testing.T) {
	t.Parallel()
	same := func(w *scripted, r *http.Request) (*http.Response, error) {
		frozen := &scripted{t: w.t, key: w.key, now: noon}
		return frozen.sign(r, 200, result("F", "ORDER_NOT_EXIST"), func(http.Header) {}), nil
	}
	w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, same)
	client := w.client()
	for _, id := range []string{"a", "b", "c"} {
		_, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: id})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
	}
	require.Len(t, w.seenOn(inquiryPath), 3)
}

// TestPayOnAnIdleConnection: a wallet, or a firewall before it, closes an idle connection
// at the moment in which the client uses it for a pay. Nobody knows whether the pay
// arrived, so the client sends it again on a new connection: the same id and bytes, with a
// new time and signature.
func TestPayOnAnIdleConnection(t *testing.T) {
	t.Parallel()
	for name, process := range map[string]bool{"before it was processed": false, "after it was processed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2())
			var mu sync.Mutex
			var sent []seen
			var connections []string // of each request
			processed := map[string]int{}
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				connections = append(connections, r.RemoteAddr)
				answer := inquired("PROCESSING")
				if r.URL.Path == payPath {
					sent, answer = append(sent, seen{r.URL.Path, string(body), r.Header.Clone()}), accepted
					breaks := len(sent) == 1
					if !breaks || process {
						processed[string(body)]++
					}
					if breaks {
						conn, _, _ := rw.(http.Hijacker).Hijack()
						_ = conn.(*net.TCPConn).SetLinger(0)
						_ = conn.Close()
						return
					}
				}
				res := w.sign(r, http.StatusOK, answer, func(http.Header) {}) //nolint:bodyclose // of a string
				maps.Copy(rw.Header(), res.Header)
				_, _ = io.WriteString(rw, answer)
			}))
			t.Cleanup(server.Close)
			w.config.BaseURL = server.URL
			client := w.client(func(conf *tradepay.Config) { conf.HTTPClient = server.Client() })
			_, err := client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			require.NoError(t, err) // its connection is idle now
			got, err := client.CreateOrder(t.Context(), order())
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusProcessing, got.Status)
			require.Len(t, sent, 2)
			require.Equal(t, sent[0].body, sent[1].body)
			require.Equal(t, connections[0], connections[1], "the first pay met the idle connection")
			require.NotEqual(t, connections[1], connections[2])
			require.Len(t, processed, 1, "both are one payment to a wallet that looks at the id")
		})
	}
}

// TestCallIsSentOnce: an HTTP/2 server that breaks a stream may have read the request. The
// client does not let net/http send it again, since only the caller of Call knows whether
// that is safe.
func TestCallIsSentOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	for _, tt := range networktest.Cases(t) {
		if tt.Arrived == nil {
			continue
		}
		calls++
		w := newScripted(t, wallets.PlatformV2())
		client := w.client(func(conf *tradepay.Config) { conf.HTTPClient, conf.BaseURL = tt.Client, tt.BaseURL })
		_, err := client.Call(t.Context(), "payments/confirm", map[string]any{"paymentId": "P1"}, nil)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, tt.Name)
		var failed *tradepay.APIError
		require.ErrorAs(t, err, &failed)
		require.False(t, failed.NotSent, tt.Name)
		require.Equal(t, 1, tt.Arrived(), tt.Name)
	}
	require.Equal(t, 5, calls)
}

// TestRepeatsSendTheSameBusiness: a retry changes the time and the signature, and
// nothing else.
func TestRepeatsSendTheSameBusiness(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(payPath, broken(errReset), unsigned(502, ""), signed(200, accepted))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.NoError(t, err)
	sent := w.seenOn(payPath)
	require.Len(t, sent, 3)
	for i, s := range sent {
		require.Equal(t, sent[0].body, s.body)
		m := wire.Message{Method: "POST", URI: s.path, ClientID: clientID,
			Time: s.header.Get("Request-Time"), Body: []byte(s.body)}
		h, err := wire.ParseSignatureHeader(s.header.Get("Signature"))
		require.NoError(t, err)
		require.NoError(t, m.Verify(&vectorKey(t, "merchant").PublicKey, h.Signature))
		if i > 0 {
			require.NotEqual(t, sent[i-1].header.Get("Request-Time"), s.header.Get("Request-Time"))
		}
	}
}

func TestContextEndsTheCall(t *testing.T) {
	t.Parallel()
	t.Run("before it began", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.client().CreateOrder(ctx, order())
		require.ErrorIs(t, err, context.Canceled)
		var api *tradepay.APIError
		require.ErrorAs(t, err, &api)
		require.True(t, api.NotSent)
		require.Empty(t, w.seenOn(payPath))
	})
	t.Run("while it waits for the answer", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		hang := func(_ *scripted, r *http.Request) (*http.Response, error) {
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		w := newScripted(t, wallets.PlatformV2()).on(payPath, hang)
		_, err := w.client().CreateOrder(ctx, order())
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Len(t, w.seenOn(payPath), 1)
	})
	t.Run("no retry when the deadline is nearer than the wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { // its time stands still while a goroutine works
			w := newScripted(t, wallets.PlatformV2()).on(payPath, broken(errReset)).on(inquiryPath, broken(errReset))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, err := w.client(func(conf *tradepay.Config) {
				conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Minute, MaxDelay: time.Hour}
			}).CreateOrder(ctx, order())
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.Zero(t, time.Since(start))
			require.Len(t, w.seenOn(payPath), 1)
		})
	})
	t.Run("one attempt has its own limit", func(t *testing.T) {
		t.Parallel()
		hang := func(_ *scripted, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		synctest.Test(t, func(t *testing.T) { // its time stands still while a goroutine works
			w := newScripted(t, wallets.PlatformV2()).on(payPath, hang, signed(200, accepted))
			_, err := w.client(func(conf *tradepay.Config) {
				conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, AttemptTimeout: 20 * time.Millisecond}
			}).CreateOrder(t.Context(), order())
			require.NoError(t, err)
			require.Len(t, w.seenOn(payPath), 2)
		})
	})
}

func TestRetryAfterIsHonouredAndCapped(t *testing.T) {
	t.Parallel()
	busy := func(_ *scripted, r *http.Request) (*http.Response, error) {
		res := &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"3600"}},
			Body: http.NoBody, Request: r}
		return res, nil
	}
	synctest.Test(t, func(t *testing.T) { // its time stands still while a goroutine works
		w := newScripted(t, wallets.PlatformV2()).on(payPath, busy, signed(200, accepted))
		start := time.Now()
		_, err := w.client(func(conf *tradepay.Config) {
			conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond, MaxRetryAfter: 50 * time.Millisecond}
		}).
			CreateOrder(t.Context(), order())
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)
		require.Less(t, time.Since(start), time.Second)
	})
}

// TestDeadWalletIsNotBuried is the retry budget: 1,000 calls to a wallet that
// never answers cost it at most 100 more.
func TestDeadWalletIsNotBuried(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	dead := roundTrip(func(*http.Request) (*http.Response, error) {
		requests.Add(1)
		return nil, errReset
	})
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) {
		conf.HTTPClient = &http.Client{Transport: dead}
	}, func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Microsecond, MaxDelay: 2 * time.Microsecond}
	})
	const calls = 1000
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range calls / 4 {
				_, err := client.CreateOrder(t.Context(), order())
				if !errors.Is(err, tradepay.ErrOutcomeUnknown) {
					t.Errorf("want unknown, got %v", err)
				}
			}
		})
	}
	wg.Wait()
	extra := requests.Load() - calls
	t.Logf("measured: dead wallet, %d calls, %d extra requests", calls, extra)
	require.LessOrEqual(t, extra, int64(100))
	require.Positive(t, extra)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := newScripted(t, wallets.PlatformV2()).on(payPath, broken(errReset), signed(200, accepted))
	req := order()
	req.PaymentAuthCode = "token-secret"
	req.Order.Buyer = tradepay.Buyer{ID: "buyer-secret",
		Name: tradepay.PersonName{Full: "Ana Secret"}, PhoneNo: "555-secret"}
	_, err := w.client(func(conf *tradepay.Config) { conf.Logger = logger }).CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.Contains(t, log.String(), `"payment_request_id":"order-1"`)
	require.Contains(t, log.String(), "retrying")
	require.NotContains(t, strings.ToLower(log.String()), "secret")
}

func TestCallsOutsideTheList(t *testing.T) {
	t.Parallel()
	const path, absolute = "/api/v2/payments/confirm", "/api/confirm"
	type answer struct {
		PaymentID string `json:"paymentId"`
	}
	request := map[string]any{"paymentId": "P1"}
	tests := []struct {
		name    string
		path    string
		request any
		answer  answerFunc
		want    error
	}{
		{"done", "payments/confirm", request, signed(200, accepted), nil},
		{"with its own version", "/v2/payments/confirm", request, signed(200, accepted), nil},
		{"without a version", "/confirm", request, signed(200, accepted), nil},
		{"with a version and no slash", "v2/payments/confirm", request, signed(200, accepted),
			tradepay.ErrInvalidRequest},
		{"refused", "payments/confirm", request, signed(200, result("F", "PROCESS_FAIL")), tradepay.ErrRejected},
		{"caller refused", "payments/confirm", request, signed(200, result("F", "INVALID_API")),
			tradepay.ErrUnauthorized},
		{"unknown, and not repeated", "payments/confirm", request, signed(200, result("U", "UNKNOWN_EXCEPTION")),
			tradepay.ErrOutcomeUnknown},
		{"lost, and not repeated", "payments/confirm", request, broken(errReset), tradepay.ErrOutcomeUnknown},
		{"no path", "", request, signed(200, accepted), tradepay.ErrInvalidRequest},
		{"a path with a fragment", "payments/confirm#x", request, signed(200, accepted), tradepay.ErrInvalidRequest},
		{"not an object", "payments/confirm", []int{1}, signed(200, accepted), tradepay.ErrInvalidRequest},
		{"a path that is escaped on its way", "payments/{id}", request, signed(200, accepted),
			tradepay.ErrInvalidRequest},
		{"a path with dots", "payments/../confirm", request, signed(200, accepted), tradepay.ErrInvalidRequest},
		{"not JSON", "payments/confirm", func() {}, signed(200, accepted), tradepay.ErrInvalidRequest},
		{"an answer of another type", "payments/confirm", request,
			signed(200, strings.Replace(accepted, `"P1"`, `[1]`, 1)), tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(path, tt.answer).on(absolute, tt.answer)
			var got answer
			_, err := w.client().Call(t.Context(), tt.path, tt.request, &got)
			require.LessOrEqual(t, len(w.seenOn(path))+len(w.seenOn(absolute)), 1)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "P1", got.PaymentID)
			told, err := w.client().Call(t.Context(), tt.path, tt.request, nil)
			require.NoError(t, err)
			require.Equal(t, tradepay.ResultAccepted, told.Status)
			for _, response := range []any{got, (*answer)(nil)} {
				_, err := w.client().Call(t.Context(), tt.path, tt.request, response)
				require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			}
		})
	}
}

// TestTooLargeIsNotSent: a body over 1 MiB is neither signed nor sent, and the
// error names what makes it large.
func TestTooLargeIsNotSent(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	large := map[string]any{"memo": strings.Repeat("x", limit)}
	goods := []tradepay.Goods{{ID: "1", Name: strings.Repeat("x", limit)}}
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	price := tradepay.Amount{Currency: "USD", Value: 1}
	for name, tt := range map[string]struct {
		field string
		call  func(context.Context, *tradepay.Client) error
	}{
		"extra of a pay": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			req := order()
			req.Extra = large
			require.ErrorIs(t, c.CheckOrder(req), tradepay.ErrInvalidRequest)
			_, err := c.CreateOrder(ctx, req)
			return err
		}},
		"goods": {"CreateOrderRequest", func(ctx context.Context, c *tradepay.Client) error {
			req := order()
			req.Order.Goods, req.Extra = goods, map[string]any{"memo": "x"}
			_, err := c.CreateOrder(ctx, req)
			return err
		}},
		"extra of a refund": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			req := &tradepay.RefundRequest{RefundRequestID: "r", PaymentID: "P1", Amount: price, Extra: large}
			require.ErrorIs(t, c.CheckRefund(req), tradepay.ErrInvalidRequest)
			_, err := c.Refund(ctx, req)
			return err
		}},
		"extra of a capture": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Capture(ctx, &tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1", Extra: large})
			return err
		}},
		"extra of a void": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Void(ctx, &tradepay.VoidRequest{VoidRequestID: "v", PaymentID: "P1", Extra: large})
			return err
		}},
		"extra of a token": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: "a", Extra: large})
			return err
		}},
		"extra of a preparation": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Prepare(ctx, &tradepay.PrepareRequest{Scopes: "AGREEMENT_PAY", Extra: large})
			return err
		}},
		"scopes": {"PrepareRequest", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Prepare(ctx, &tradepay.PrepareRequest{Scopes: strings.Repeat("x", limit)})
			return err
		}},
		"extra of a message": {"Extra", func(ctx context.Context, c *tradepay.Client) error {
			req := shipped()
			req.Extra = large
			_, err := c.SendMessage(ctx, req)
			return err
		}},
		"another call": {"request", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.Call(ctx, "payments/confirm", large, nil)
			return err
		}},
		"the site of an inquiry": {"SiteName", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ForSite(strings.Repeat("x", limit)).QueryOrder(ctx, ref)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()) // no responder: anything sent would be unknown
			w.config.PrivateKey = unusedSigner{w.config.PrivateKey, t}
			err := tt.call(t.Context(), w.client())
			require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			require.NotErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
			require.Less(t, len(err.Error()), 200)
			require.Zero(t, w.mock.GetTotalCallCount())
		})
	}
	t.Run("exactly 1 MiB", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/confirm", signed(200, success))
		text := strings.Repeat("x", limit-len(`{"a":""}`))
		_, err := w.client().Call(t.Context(), "payments/confirm", map[string]any{"a": text}, nil)
		require.NoError(t, err)
		_, err = w.client().Call(t.Context(), "payments/confirm", map[string]any{"a": text + "x"}, nil)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		require.Equal(t, 1, w.mock.GetTotalCallCount())
	})
}

// unusedSigner fails the test that signs with it.
type unusedSigner struct {
	crypto.Signer
	t *testing.T
}

func (s unusedSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	s.t.Error("nothing is to be signed")
	return nil, errors.New("unused")
}
