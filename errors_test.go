package tradepay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// sentinels are all errors that callers match.
var sentinels = []error{
	tradepay.ErrOutcomeUnknown, tradepay.ErrRejected, tradepay.ErrSignature, tradepay.ErrOrderNotFound,
	tradepay.ErrIdempotencyMismatch,
	tradepay.ErrAmountMismatch, tradepay.ErrReferenceMismatch, tradepay.ErrMalformed, tradepay.ErrNotSupported,
	tradepay.ErrInvalidConfig,
	tradepay.ErrInvalidRequest, tradepay.ErrInvalidAmount, tradepay.ErrInvalidKey,
}

// requireMatches checks that err is these sentinels and no other.
func requireMatches(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, sentinel := range sentinels {
		require.Equal(t, slices.Contains(want, sentinel), errors.Is(err, sentinel), "%v as %v", err, sentinel)
	}
}

func TestSentinelsAreDistinct(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	for _, sentinel := range sentinels {
		requireMatches(t, sentinel, sentinel)
		require.True(t, strings.HasPrefix(sentinel.Error(), "tradepay: "), "%v", sentinel)
		texts[sentinel.Error()] = true
	}
	require.Len(t, texts, len(sentinels))
}

func TestFieldErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]tradepay.FieldError{
		"tradepay: invalid request: Title: is required; say what for": {Field: "Title", Rule: "is required",
			Remedy: "say what for", Err: tradepay.ErrInvalidRequest},
		"tradepay: invalid configuration: BaseURL: must be https": {Field: "BaseURL", Rule: "must be https",
			Err: tradepay.ErrInvalidConfig},
		"Title: is required; say what for": {Field: "Title", Rule: "is required", Remedy: "say what for"},
		"Title: is required":               {Field: "Title", Rule: "is required"},
	} {
		require.Equal(t, want, err.Error())
		if err.Err != nil {
			requireMatches(t, &err, err.Err)
		} else {
			requireMatches(t, &err)
		}
		var field *tradepay.FieldError
		require.ErrorAs(t, fmt.Errorf("wrapped: %w", &err), &field)
		require.Equal(t, err, *field)
	}
}

func TestSignatureErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]tradepay.SignatureError{
		"tradepay: message not verified: too_large": {Reason: tradepay.ReasonTooLarge},
		"tradepay: message not verified: missing_header (Client-Id)": {Reason: tradepay.ReasonMissingHeader,
			Header: "Client-Id"},
		"tradepay: message not verified: mismatch (Signature), keyVersion 1": {Reason: tradepay.ReasonMismatch,
			Header: "Signature", KeyVersion: "1"},
		"tradepay: message not verified: key_version, keyVersion 2026-01": {Reason: tradepay.ReasonKeyVersion,
			KeyVersion: "2026-01"},
		`tradepay: message not verified: key_version, keyVersion "1\nforged line"`: {Reason: tradepay.ReasonKeyVersion,
			KeyVersion: "1\nforged line"},
	} {
		require.Equal(t, want, err.Error())
		requireMatches(t, &err, tradepay.ErrSignature)
		var refused *tradepay.SignatureError
		require.ErrorAs(t, fmt.Errorf("wrapped: %w", &err), &refused)
		require.Equal(t, err, *refused)
	}
}

func TestAPIErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]tradepay.APIError{
		"tradepay: pay":                    {Op: "pay"},
		"tradepay: pay (HTTP 502)":         {Op: "pay", HTTPStatus: 502, Attempts: 1},
		"tradepay: pay after 3 attempts":   {Op: "pay", Attempts: 3},
		"tradepay: pay, nothing was sent":  {Op: "pay", NotSent: true},
		"tradepay: pay: unexpected EOF":    {Op: "pay", Err: io.ErrUnexpectedEOF},
		"tradepay: pay: malformed message": {Op: "pay", Err: tradepay.ErrMalformed},
		"tradepay: refund: result F SOME_CODE": {Op: "refund",
			Result: tradepay.Result{Status: tradepay.ResultFailed, Code: "SOME_CODE", Message: "not printed"}},
		`tradepay: pay: result F "A\nB"`: {Op: "pay",
			Result: tradepay.Result{Status: tradepay.ResultFailed, Code: "A\nB"}},
		`tradepay: pay: result F "\u202eB"`: {Op: "pay",
			Result: tradepay.Result{Status: tradepay.ResultFailed, Code: "\u202eB"}},
		`tradepay: pay, paymentRequestId "a b"`: {Op: "pay",
			OrderRef: tradepay.OrderRef{PaymentRequestID: "a b"}},
		"tradepay: pay: the unverified answer said KEY_NOT_FOUND (HTTP 401)": {Op: "pay", HTTPStatus: 401,
			UnverifiedCode: "KEY_NOT_FOUND"},
		"tradepay: refund: result U REFUND_IN_PROCESS (HTTP 200) after 2 attempts, paymentRequestId o, paymentId p, " +
			"refundRequestId r, refundId s: EOF": {
			Op: "refund", HTTPStatus: 200, Result: tradepay.Result{Status: tradepay.ResultUnknown,
				Code: "REFUND_IN_PROCESS"}, Attempts: 2,
			OrderRef:  tradepay.OrderRef{PaymentRequestID: "o", PaymentID: "p"},
			RefundRef: tradepay.RefundRef{RefundRequestID: "r", RefundID: "s"}, Err: io.EOF,
		},
	} {
		require.Equal(t, want, err.Error())
		if err.Err != nil {
			require.ErrorIs(t, &err, err.Err)
		}
		var failed *tradepay.APIError
		require.ErrorAs(t, fmt.Errorf("wrapped: %w", &err), &failed)
		require.Equal(t, err.Op, failed.Op)
	}
	long := tradepay.APIError{Op: "pay", Result: tradepay.Result{Status: tradepay.ResultFailed,
		Code: strings.Repeat("x", 1<<16)}}
	require.Less(t, len(long.Error()), 200, "a long code does not flood a log")
}

func TestAPIErrorsOfRealCalls(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx     context.Context
		pay     []answerFunc
		inquiry answerFunc
		want    []error // all sentinels that must match
		cause   error
		text    string
		error   tradepay.APIError // fields that decide
	}{
		"a refusal": {
			pay:     []answerFunc{signed(200, result("F", "RISK_REJECT"))},
			inquiry: signed(200, result("F", "ORDER_NOT_EXIST")), want: []error{tradepay.ErrRejected},
			text: "tradepay: pay: rejected by the wallet: result F RISK_REJECT (HTTP 200), paymentRequestId order-1",
			error: tradepay.APIError{
				HTTPStatus: 200, Result: tradepay.Result{Status: tradepay.ResultFailed, Code: "RISK_REJECT",
					Message: "m"}, Attempts: 1,
			},
		},
		"an id used before": {
			pay:  []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))},
			want: []error{tradepay.ErrIdempotencyMismatch},
			text: "tradepay: pay: id already used with other content: result F REPEAT_REQ_INCONSISTENT (HTTP 200), " +
				"paymentRequestId order-1",
			error: tradepay.APIError{
				HTTPStatus: 200, Result: tradepay.Result{Status: tradepay.ResultFailed, Code: "REPEAT_REQ_INCONSISTENT",
					Message: "m"}, Attempts: 1,
			},
		},
		"a page of HTML": {
			pay: []answerFunc{unsigned(502, "<html>sesame</html>")}, inquiry: unsigned(502, "<html>sesame</html>"),
			want: []error{tradepay.ErrOutcomeUnknown, tradepay.ErrSignature},
			text: "tradepay: pay: outcome unknown (HTTP 502) after 3 attempts, paymentRequestId order-1: got an HTML " +
				"page, not a signed answer: message not verified: missing_header (Signature); the inquiry ended with: ",
			error: tradepay.APIError{HTTPStatus: 502, Attempts: 3},
		},
		"a context that had ended": {
			ctx: ended, pay: []answerFunc{signed(200, accepted)}, want: []error{tradepay.ErrOutcomeUnknown},
			cause: context.Canceled,
			text:  "tradepay: pay: outcome unknown, nothing was sent, paymentRequestId order-1: context canceled",
			error: tradepay.APIError{NotSent: true},
		},
		"a caller that is not known": {
			pay:     []answerFunc{unsigned(401, result("F", "KEY_NOT_FOUND"))},
			inquiry: unsigned(401, result("F", "KEY_NOT_FOUND")),
			want:    []error{tradepay.ErrOutcomeUnknown, tradepay.ErrSignature},
			text: "tradepay: pay: outcome unknown: the unverified answer said KEY_NOT_FOUND (HTTP 401), " +
				"paymentRequestId order-1: ",
			error: tradepay.APIError{HTTPStatus: 401, UnverifiedCode: "KEY_NOT_FOUND", Attempts: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, tt.pay...)
			if tt.inquiry != nil {
				w.on(inquiryPath, tt.inquiry)
			}
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			got, err := w.client().CreateOrder(ctx, order())
			require.Nil(t, got)
			requireMatches(t, err, tt.want...)
			if tt.cause != nil {
				require.ErrorIs(t, err, tt.cause)
			}
			require.True(t, strings.HasPrefix(err.Error(), tt.text), "%v", err)
			require.NotContains(t, err.Error(), "sesame")
			require.NotContains(t, err.Error(), "\n")
			var failed *tradepay.APIError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, wire.OpPay, failed.Op)
			require.Equal(t, tradepay.OrderRef{PaymentRequestID: "order-1"}, failed.OrderRef)
			require.Equal(t, tt.error.HTTPStatus, failed.HTTPStatus)
			require.Equal(t, tt.error.Result, failed.Result)
			require.Equal(t, tt.error.UnverifiedCode, failed.UnverifiedCode)
			require.Equal(t, tt.error.Attempts, failed.Attempts)
			require.Equal(t, tt.error.NotSent, failed.NotSent)
		})
	}
}

// TestAPIErrorSaysWhatTheWalletComplainsAbout: only if the message names what is
// wrong with the request, also with the wallet's own word for the code.
func TestAPIErrorSaysWhatTheWalletComplainsAbout(t *testing.T) {
	t.Parallel()
	const says = `"orderAmount is missing"`
	for _, tt := range []struct {
		name, status, code, text string
		http                     int
		want                     error
	}{
		{"parameter", "F", "PARAM_ILLEGAL", "result F PARAM_ILLEGAL " + says, 200, tradepay.ErrRejected},
		{"path", "F", "INVALID_API", "result F INVALID_API " + says, 200, tradepay.ErrUnauthorized},
		{"the wallet's own word", "F", "20000002", "result F 20000002 (PARAM_ILLEGAL) " + says, 200,
			tradepay.ErrRejected},
		{"contradicted by the transport", "F", "20000002", "result U 20000002 (PARAM_ILLEGAL) " + says, 500,
			tradepay.ErrOutcomeUnknown},
		{"about the payer", "F", "USER_STATUS_ABNORMAL",
			"result F USER_STATUS_ABNORMAL (HTTP 200), paymentRequestId order-1", 200, tradepay.ErrRejected},
		{"the wallet's own word about the payer", "F", "20030018",
			"result F 20030018 (USER_STATUS_ABNORMAL) (HTTP 200), paymentRequestId order-1", 200, tradepay.ErrRejected},
		{"not the platform's word", "F", "PARAM", "result F PARAM (HTTP 200), paymentRequestId order-1",
			200, tradepay.ErrRejected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Words.Codes = map[string]string{"20000002": "PARAM_ILLEGAL", "20030018": "USER_STATUS_ABNORMAL"}
			body := strings.Replace(result(tt.status, tt.code), `"m"`, `"orderAmount is missing"`, 1)
			gone := signed(200, result("F", "ORDER_NOT_EXIST"))
			w := newScripted(t, wallet).on(payPath, signed(tt.http, body)).on(inquiryPath, gone)
			_, err := w.client().CreateOrder(t.Context(), order())
			require.ErrorIs(t, err, tt.want)
			require.ErrorContains(t, err, tt.text)
			require.Equal(t, strings.Contains(tt.text, says), strings.Contains(err.Error(), "orderAmount"))
		})
	}
}

// TestRefusedInquiryHasAHint: the payment stays unknown, and the error says what
// to check about the inquiry.
func TestRefusedInquiryHasAHint(t *testing.T) {
	t.Parallel()
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	const refund = "/api/v2/payments/inquiryRefund"
	for _, tt := range []struct {
		name, path, code string
		call             func(context.Context, *tradepay.Client) error
		want             error
		hints            int
	}{
		{"payment", inquiryPath, "PARAM_ILLEGAL", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryOrder(ctx, ref)
			return err
		}, tradepay.ErrOutcomeUnknown, 1},
		{"in the wallet's words", inquiryPath, "20000002", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryOrder(ctx, ref)
			return err
		}, tradepay.ErrOutcomeUnknown, 1},
		{"refund", refund, "PARAM_ILLEGAL", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: "refund-1"})
			return err
		}, tradepay.ErrOutcomeUnknown, 1},
		{"after a lost pay", inquiryPath, "PARAM_ILLEGAL", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.CreateOrder(ctx, order())
			return err
		}, tradepay.ErrOutcomeUnknown, 1},
		{"another code", inquiryPath, "ACCESS_DENIED", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryOrder(ctx, ref)
			return err
		}, tradepay.ErrOutcomeUnknown, 0},
		{"not found", inquiryPath, "ORDER_NOT_EXIST", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.QueryOrder(ctx, ref)
			return err
		}, tradepay.ErrOrderNotFound, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Words.Codes = map[string]string{"20000002": "PARAM_ILLEGAL"}
			w := newScripted(t, wallet).on(tt.path, signed(200, result("F", tt.code))).on(payPath, broken(errReset))
			err := tt.call(t.Context(), w.client())
			require.ErrorIs(t, err, tt.want)
			require.NotErrorIs(t, err, tradepay.ErrRejected)
			var failed *tradepay.APIError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, tt.hints, strings.Count(err.Error(),
				"; hint: the wallet rejects the inquiry, not the payment"), err)
			require.Equal(t, tt.hints > 0, strings.Contains(failed.Hint, "Config.SiteName"))
		})
	}
}

// TestKindIsASentinel: programs may switch over Kind.
func TestKindIsASentinel(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/capture",
		signed(200, result("F", "ORDER_NOT_EXIST")))
	_, err := w.client().Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1"})
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, tradepay.ErrRejected, failed.Kind)
	require.ErrorIs(t, err, tradepay.ErrOrderNotFound, "too")
	require.ErrorIs(t, fmt.Errorf("%w: x", tradepay.ErrNotSupported), errors.ErrUnsupported)
	require.NotErrorIs(t, tradepay.ErrNotSupported, tradepay.ErrRejected)
}

// TestQueriesAreNotPrinted: the query of a Call may hold a secret.
func TestQueriesAreNotPrinted(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var seen []tradepay.CallInfo
	w := newScripted(t, wallets.PlatformV2())
	w.config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.config.Observe = func(_ context.Context, info tradepay.CallInfo) { seen = append(seen, info) }
	_, err := w.client().Call(t.Context(), "payments/confirm?token="+planted, map[string]any{}, nil)
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.NotContains(t, err.Error(), planted)
	require.NotContains(t, log.String(), planted)
	require.Contains(t, log.String(), `"op":"/v2/payments/confirm"`)
	require.NotEmpty(t, seen)
	for _, info := range seen {
		require.Equal(t, wire.Operation("/v2/payments/confirm"), info.Op)
	}
}

// TestCodes: what a wallet's F means, in all the spellings of the platform's pages.
func TestCodes(t *testing.T) {
	t.Parallel()
	const capturePath, tokenPath = "/api/v2/payments/capture", "/api/v2/authorizations/applyToken"
	for code, want := range map[string]error{
		"INVALID_SIGNATURE": tradepay.ErrUnauthorized, "SIGNATURE_INVALID": tradepay.ErrUnauthorized,
		"INVALID_CLIENT": tradepay.ErrUnauthorized, "CLIENT_INVALID": tradepay.ErrUnauthorized,
		"KEY_NOT_FOUND": tradepay.ErrUnauthorized, "INVALID_API": tradepay.ErrUnauthorized,
		"ACCESS_DENIED": tradepay.ErrUnauthorized, "INVALID_AGENT_TOKEN": tradepay.ErrUnauthorized,
		"EXPIRED_AGENT_TOKEN": tradepay.ErrUnauthorized, "PARTNER_NOT_EXIST": tradepay.ErrUnauthorized,
		"TIMESTAMP_INVALID": tradepay.ErrUnauthorized, "INVALID_AUTH_CLIENT": tradepay.ErrUnauthorized,
		"INVALID_AUTH_CLIENT_STATUS": tradepay.ErrUnauthorized,

		"PARTNER_STATUS_ABNORMAL": tradepay.ErrRejected, "PROCESS_FAIL": tradepay.ErrRejected,
		"USER_BALANCE_NOT_ENOUGH": tradepay.ErrRejected, "AUTH_CANCELLED": tradepay.ErrRejected,
		"AUTH_EXPIRED": tradepay.ErrRejected, "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT": tradepay.ErrRejected,
		"PAYMENT_COUNT_EXCEED_LIMIT": tradepay.ErrRejected, "OF_NO_DOCUMENT": tradepay.ErrRejected,
		"AUTH_NOT_FOUND": tradepay.ErrOrderNotFound, "ORDER_NOT_EXIST": tradepay.ErrOrderNotFound,
		"REPEAT_REQ_INCONSISTENT": tradepay.ErrIdempotencyMismatch,

		// The wallet says F, and the code says that nothing has ended.
		"REQUEST_TRAFFIC_EXCEED_LIMIT": tradepay.ErrOutcomeUnknown, "UNKNOWN_EXCEPTION": tradepay.ErrOutcomeUnknown,
		"CAPTURE_IN_PROCESS": tradepay.ErrOutcomeUnknown, "PAYMENT_IN_PROCESS": tradepay.ErrOutcomeUnknown,
		"REFUND_IN_PROCESS": tradepay.ErrOutcomeUnknown,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			refused := signed(200, result("F", code))
			w := newScripted(t, wallets.PlatformV2()).on(capturePath, refused).on(tokenPath, refused).
				on(payPath, refused).
				on(inquiryPath, signed(200, result("F", "ORDER_NOT_EXIST")))
			c := w.client()
			_, err := c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c1", PaymentID: "P1"})
			require.ErrorIs(t, err, want)
			_, err = c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			require.ErrorIs(t, err, want)
			_, err = c.CreateOrder(t.Context(), order())
			require.ErrorIs(t, err, want)
			if errors.Is(want, tradepay.ErrOutcomeUnknown) {
				require.NotErrorIs(t, err, tradepay.ErrRejected, "unknown is never failed")
			}
		})
	}
}

// TestTrafficLimitIsRetried: v2 wallets say F to what they did not process for now.
func TestTrafficLimitIsRetried(t *testing.T) {
	t.Parallel()
	busy := signed(200, result("F", "REQUEST_TRAFFIC_EXCEED_LIMIT"))
	w := newScripted(t, wallets.PlatformV2()).on(payPath, busy, signed(200, accepted)).
		on(inquiryPath, busy, signed(200, inquired("SUCCESS")))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.NoError(t, err)
	pays := w.seenOn(payPath)
	require.Len(t, pays, 2)
	require.Equal(t, pays[0].body, pays[1].body)
	_, err = w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
}
