package conformance_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// The order that the hostile notifications want to have paid, and the merchant.
const (
	hostile      = "testdata/hostile"
	hostileOrder = "order-1"
	hostileID    = "2026011500000000000001"
	hostileTime  = "2026-01-15T12:00:31.000+00:00"
	hostileLimit = time.Second // of a processor, for one notification
)

var hostileAmount = tradepay.Amount{Currency: "USD", Value: 1250}

// outcome is what must become of a notification. Each begins where the one
// before ends: believed, understood, about a payment, paid as wanted.
type outcome struct {
	reason tradepay.SignatureReason // not believed, for this reason
	// [tradepay.ErrMalformed]: believed and not understood; others: refused by CheckPaid.
	err  error
	kind tradepay.NotificationKind
}

var (
	malformed = outcome{err: tradepay.ErrMalformed}
	paid      = outcome{kind: tradepay.NotificationPayment} // the controls: without them nothing is shown
)

func unpaid(err error) outcome { return outcome{err: err, kind: tradepay.NotificationPayment} }
func noPayment(kind tradepay.NotificationKind) outcome {
	return outcome{err: tradepay.ErrNotPaid, kind: kind}
}
func refused(reason tradepay.SignatureReason) outcome { return outcome{reason: reason} }

// delivery is a notification as it arrives.
type delivery struct {
	method, uri string
	header      http.Header
	body        []byte
}

// slowest is the longest that one delivery took, in nanoseconds.
type slowest struct{ atomic.Int64 }

func (s *slowest) add(d time.Duration) {
	for {
		old := s.Load()
		if int64(d) <= old || s.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// deliver hands the notification over in parts and through the handler, and
// checks what became of it.
func deliver(t *testing.T, client *tradepay.Client, d delivery, want outcome, slow *slowest) {
	t.Helper()
	var n *tradepay.Notification
	var err error
	parse := func() time.Duration {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		start := cpuTime()
		require.NotPanics(t, func() {
			n, err = client.ParseNotification(d.method, d.uri, d.header.Clone(), bytes.Clone(d.body))
		})
		return cpuTime() - start
	}
	took := parse()
	for range 4 { // a processor that others use is slower, now and then
		if took >= hostileLimit {
			took = min(took, parse())
		}
	}
	slow.add(took)
	require.Less(t, took, hostileLimit)

	switch {
	case want.reason != "":
		require.Nil(t, n)
		requireReason(t, err, want.reason)
	case want.kind == "":
		require.Nil(t, n)
		require.ErrorIs(t, err, want.err)
		require.NotErrorIs(t, err, tradepay.ErrSignature)
	default:
		require.NoError(t, err)
		require.Equal(t, want.kind, n.Kind)
		require.Equal(t, string(d.body), string(n.Raw))
		if err := n.CheckPaid(hostileOrder, hostileAmount); want.err == nil {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, want.err)
		}
	}
	if err != nil && len(d.body) > 0 {
		require.NotContains(t, err.Error(), string(d.body), "the error holds the body")
	}
	throughHandler(t, client, d, want)
}

// throughHandler is the same with [tradepay.Client.NotifyHandler]. The request
// is built by hand: no server would let some of these through, and a router or
// a function runtime might.
func throughHandler(t *testing.T, client *tradepay.Client, d delivery, want outcome) {
	t.Helper()
	called, shipped := false, false
	handler := client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		called = true
		shipped = n.CheckPaid(hostileOrder, hostileAmount) == nil
		return nil
	})
	r := (&http.Request{
		Method: d.method, RequestURI: d.uri, URL: &url.URL{Path: "/"}, Header: d.header.Clone(),
		Body: io.NopCloser(bytes.NewReader(d.body)), ContentLength: int64(len(d.body)),
	}).WithContext(t.Context())
	w := httptest.NewRecorder()
	require.NotPanics(t, func() { handler.ServeHTTP(w, r) })
	require.Equal(t, want == paid, shipped)
	require.Equal(t, want.kind != "", called)
	switch {
	case want.reason != "":
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusMethodNotAllowed,
			http.StatusRequestEntityTooLarge}, w.Code)
		require.Empty(t, w.Header().Get("Signature"), "an answer was signed for a stranger")
	case want.kind == "":
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Body.String(), `"resultStatus":"U"`, "the wallet must not take it for stored")
	default:
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Body.String(), `"resultStatus":"S"`)
	}
}

// requireListed checks that every file has its row in a table.
func requireListed(t *testing.T, dir string, rows map[string]outcome) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(hostile, dir))
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, e := range entries {
		require.Contains(t, rows, e.Name(), "add a row to the table")
	}
	require.Len(t, rows, len(entries), "a row of the table has no file")
}

func signedHeader(t testing.TB, m wire.Message) http.Header {
	t.Helper()
	sig, err := m.Sign(privateKey(t, "wallet"))
	require.NoError(t, err)
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
		Signature: sig}.Format(wire.EncodingBase64)
	return http.Header{"Client-Id": {m.ClientID}, "Request-Time": {m.Time}, "Signature": {header}}
}

func hostileClients(t testing.TB) map[string]*tradepay.Client {
	t.Helper()
	keys := map[string]*rsa.PublicKey{"1": publicKey(t, "wallet")}
	return map[string]*tradepay.Client{
		"v1": merchant(t, wallets.PlatformV1(), hostileID, keys),
		"v2": merchant(t, wallets.PlatformV2(), hostileID, keys),
	}
}

// sign makes a delivery of a body that the wallet signed as it is.
func sign(t testing.TB, body []byte) delivery {
	t.Helper()
	return signAs(t, wallets.PlatformV2(), body)
}

// signAs is sign by a wallet that may sign another content.
func signAs(t testing.TB, wallet wire.Profile, body []byte) delivery {
	t.Helper()
	m := wire.Message{
		Method: http.MethodPost, URI: "/notify", ClientID: hostileID, Time: hostileTime, Body: body,
		Layout: wallet.Signing.Content, RequestID: "r-1", MerchantID: "M2026011500000001",
	}
	switch wallet.Signing.TimeFormat {
	case wire.TimeUnixMillis:
		m.Time = "1768478431000"
	case wire.TimeUnixSeconds:
		m.Time = "1768478431"
	}
	header := signedHeader(t, m)
	if wallet.Signing.RequestIDHeader != "" {
		header.Set(wallet.Signing.RequestIDHeader, m.RequestID)
	}
	return delivery{m.Method, m.URI, header, body}
}

// hostileBodies says what must become of each file of testdata/hostile/bodies.
var hostileBodies = map[string]outcome{
	"paid-v1.json":                  paid,
	"paid-v2.json":                  paid,
	"empty.json":                    malformed,
	"white-space.json":              malformed,
	"null.json":                     malformed,
	"true.json":                     malformed,
	"number.json":                   malformed,
	"string-with-json.json":         malformed,
	"list.json":                     malformed,
	"two-objects.json":              malformed,
	"two-lines.json":                malformed,
	"brace-after.json":              malformed,
	"zero-after.json":               malformed,
	"zero-before.json":              malformed,
	"truncated.json":                malformed,
	"truncated-in-escape.json":      malformed,
	"comma-after.json":              malformed,
	"comma-before.json":             malformed,
	"single-quotes.json":            malformed,
	"bare-names.json":               malformed,
	"comment.json":                  malformed,
	"line-comment.json":             malformed,
	"form.txt":                      malformed,
	"xml.xml":                       malformed,
	"jsonp.txt":                     malformed,
	"prefix-guard.txt":              malformed,
	"bom.json":                      malformed,
	"utf-16.bin":                    malformed,
	"utf-16-no-bom.bin":             malformed,
	"gzip.bin":                      malformed,
	"invalid-utf8.json":             malformed,
	"overlong-utf8.json":            malformed,
	"surrogate-utf8.json":           malformed,
	"control-character.json":        malformed,
	"bad-escape.json":               malformed,
	"short-escape.json":             malformed,
	"no-break-space.json":           malformed,
	"line-separator.json":           malformed,
	"vertical-tab.json":             malformed,
	"number-nan.json":               malformed,
	"number-infinity.json":          malformed,
	"number-hexadecimal.json":       malformed,
	"number-plus-sign.json":         malformed,
	"number-leading-zeros.json":     malformed,
	"number-bare-point.json":        malformed,
	"number-undefined.json":         malformed,
	"deep-objects.json":             malformed,
	"deep-lists.json":               malformed,
	"open-lists.json":               malformed,
	"status-twice.json":             malformed,
	"status-twice-escaped.json":     malformed,
	"amount-twice.json":             malformed,
	"value-twice.json":              malformed,
	"verdict-twice.json":            malformed,
	"id-twice.json":                 malformed,
	"twice-in-unknown-member.json":  malformed,
	"name-capital.json":             malformed,
	"name-upper.json":               malformed,
	"name-snake.json":               malformed,
	"name-zero.json":                malformed,
	"name-space.json":               malformed,
	"name-cyrillic.json":            malformed,
	"name-zero-width.json":          malformed,
	"name-long-s.json":              malformed,
	"name-capital-beside.json":      unpaid(tradepay.ErrNotPaid),
	"name-dotted.json":              malformed,
	"name-proto.json":               malformed,
	"nested-notification.json":      noPayment(tradepay.NotificationOther), // it says nothing of a payment
	"json-in-string-member.json":    malformed,
	"status-lower.json":             malformed,
	"status-space-after.json":       malformed,
	"status-space-before.json":      malformed,
	"status-zero.json":              malformed,
	"status-line-break.json":        malformed,
	"status-full-width.json":        malformed,
	"status-cyrillic.json":          malformed,
	"status-list.json":              malformed,
	"status-query-operator.json":    malformed,
	"status-true.json":              malformed,
	"status-number.json":            malformed,
	"status-null.json":              malformed,
	"status-empty.json":             malformed,
	"status-paid.json":              malformed,
	"status-code.json":              malformed,
	"status-processing.json":        unpaid(tradepay.ErrNotPaid),
	"status-authorized.json":        unpaid(tradepay.ErrNotPaid),
	"status-failed.json":            unpaid(tradepay.ErrNotPaid),
	"status-cancelled.json":         unpaid(tradepay.ErrNotPaid),
	"status-missing.json":           malformed,
	"verdict-lower.json":            unpaid(tradepay.ErrNotPaid),
	"verdict-word.json":             unpaid(tradepay.ErrNotPaid),
	"verdict-accepted.json":         unpaid(tradepay.ErrNotPaid),
	"verdict-unknown.json":          unpaid(tradepay.ErrNotPaid),
	"verdict-failed.json":           unpaid(tradepay.ErrNotPaid),
	"verdict-empty.json":            unpaid(tradepay.ErrNotPaid),
	"verdict-true.json":             malformed,
	"verdict-list.json":             malformed,
	"verdict-object.json":           malformed,
	"verdict-space.json":            unpaid(tradepay.ErrNotPaid),
	"verdict-missing.json":          unpaid(tradepay.ErrNotPaid),
	"result-text.json":              malformed,
	"result-list.json":              malformed,
	"contradiction.json":            malformed,
	"contradicting-verdicts.json":   malformed,
	"paid-with-fail-reason.json":    malformed,
	"answer-of-pay.json":            malformed,
	"answer-of-inquiry.json":        malformed,
	"url-beside-outcome.json":       malformed,
	"reserved.json":                 unpaid(tradepay.ErrNotPaid),
	"refund.json":                   noPayment(tradepay.NotificationRefund),
	"capture.json":                  noPayment(tradepay.NotificationOther),
	"void.json":                     noPayment(tradepay.NotificationVoid),
	"cashier-url.json":              noPayment(tradepay.NotificationCashierURL),
	"amount-missing.json":           malformed,
	"amount-null.json":              malformed,
	"amount-text.json":              malformed,
	"amount-json-in-string.json":    malformed,
	"amount-list.json":              malformed,
	"amount-number.json":            malformed,
	"amount-empty.json":             malformed,
	"amount-decimals.json":          malformed,
	"amount-negative.json":          malformed,
	"amount-plus.json":              malformed,
	"amount-exponent.json":          malformed,
	"amount-exponent-number.json":   malformed,
	"amount-decimals-number.json":   malformed,
	"amount-negative-zero.json":     malformed,
	"amount-17-digits.json":         malformed,
	"amount-overflow.json":          malformed,
	"amount-huge-number.json":       malformed,
	"amount-leading-zero.json":      malformed,
	"amount-space.json":             malformed,
	"amount-line-break.json":        malformed,
	"amount-comma.json":             malformed,
	"amount-hexadecimal.json":       malformed,
	"amount-arabic-digits.json":     malformed,
	"amount-full-width.json":        malformed,
	"amount-underscore.json":        malformed,
	"amount-value-list.json":        malformed,
	"amount-value-true.json":        malformed,
	"amount-value-null.json":        malformed,
	"amount-value-empty.json":       malformed,
	"amount-currency-lower.json":    malformed,
	"amount-currency-two.json":      malformed,
	"amount-currency-space.json":    malformed,
	"amount-currency-number.json":   malformed,
	"amount-currency-null.json":     malformed,
	"amount-currency-list.json":     malformed,
	"amount-currency-cyrillic.json": malformed,
	"amount-currency-dotless.json":  malformed,
	"amount-no-value.json":          malformed,
	"amount-no-currency.json":       malformed,
	"amount-zero.json":              unpaid(tradepay.ErrAmountMismatch),
	"amount-one-cent.json":          unpaid(tradepay.ErrAmountMismatch),
	"amount-one-less.json":          unpaid(tradepay.ErrAmountMismatch),
	"amount-one-more.json":          unpaid(tradepay.ErrAmountMismatch),
	"amount-largest.json":           unpaid(tradepay.ErrAmountMismatch),
	"amount-other-currency.json":    unpaid(tradepay.ErrAmountMismatch),
	"amount-no-such-currency.json":  unpaid(tradepay.ErrAmountMismatch),
	"ids-missing.json":              malformed,
	"ids-empty.json":                malformed,
	"ids-null.json":                 malformed,
	"id-object.json":                malformed,
	"id-list.json":                  malformed,
	"id-true.json":                  malformed,
	"id-other.json":                 unpaid(tradepay.ErrReferenceMismatch),
	"id-upper.json":                 unpaid(tradepay.ErrReferenceMismatch),
	"id-space.json":                 unpaid(tradepay.ErrReferenceMismatch),
	"id-zero.json":                  unpaid(tradepay.ErrReferenceMismatch),
	"id-line-break.json":            unpaid(tradepay.ErrReferenceMismatch),
	"id-full-width.json":            unpaid(tradepay.ErrReferenceMismatch),
	"id-soft-hyphen.json":           unpaid(tradepay.ErrReferenceMismatch),
	"id-path.json":                  unpaid(tradepay.ErrReferenceMismatch),
	"id-sql.json":                   unpaid(tradepay.ErrReferenceMismatch),
	"id-log-line.json":              unpaid(tradepay.ErrReferenceMismatch),
	"id-bidi.json":                  unpaid(tradepay.ErrReferenceMismatch),
	"id-escaped-surrogate.json":     unpaid(tradepay.ErrReferenceMismatch),
	"id-missing.json":               unpaid(tradepay.ErrReferenceMismatch),
}

// hostileHeaders says what must become of each file of testdata/hostile/headers.
var hostileHeaders = map[string]outcome{
	"good.http":                         paid,
	"good-percent.http":                 paid,
	"good-base64url.http":               paid,
	"good-own-time.http":                paid,
	"no-headers.http":                   refused(tradepay.ReasonMissingHeader),
	"no-signature.http":                 refused(tradepay.ReasonMissingHeader),
	"no-client-id.http":                 refused(tradepay.ReasonMissingHeader),
	"no-time.http":                      refused(tradepay.ReasonMissingHeader),
	"empty-signature-header.http":       refused(tradepay.ReasonMissingHeader),
	"empty-client-id.http":              refused(tradepay.ReasonMissingHeader),
	"response-time.http":                refused(tradepay.ReasonMissingHeader),
	"underscores.http":                  refused(tradepay.ReasonMissingHeader),
	"name-with-space.http":              refused(tradepay.ReasonMissingHeader),
	"long-s-name.http":                  refused(tradepay.ReasonMissingHeader),
	"forwarded-name.http":               refused(tradepay.ReasonMissingHeader),
	"signature-twice.http":              refused(tradepay.ReasonRepeatedHeader),
	"signature-twice-first-forged.http": refused(tradepay.ReasonRepeatedHeader),
	"signature-in-two-cases.http":       refused(tradepay.ReasonRepeatedHeader),
	"client-id-twice.http":              refused(tradepay.ReasonRepeatedHeader),
	"time-twice.http":                   refused(tradepay.ReasonRepeatedHeader),
	"algorithm-none.http":               refused(tradepay.ReasonAlgorithm),
	"algorithm-ecc224.http":             refused(tradepay.ReasonAlgorithm),
	"algorithm-rsa512.http":             refused(tradepay.ReasonAlgorithm),
	"algorithm-rsa1.http":               refused(tradepay.ReasonAlgorithm),
	"algorithm-sha1.http":               refused(tradepay.ReasonAlgorithm),
	"algorithm-hmac.http":               refused(tradepay.ReasonAlgorithm),
	"algorithm-jwt-name.http":           refused(tradepay.ReasonAlgorithm),
	"algorithm-pss.http":                refused(tradepay.ReasonMalformedHeader),
	"algorithm-prefix.http":             refused(tradepay.ReasonAlgorithm),
	"algorithm-short.http":              refused(tradepay.ReasonAlgorithm),
	"algorithm-empty-quotes.http":       refused(tradepay.ReasonMalformedHeader),
	"algorithm-zero.http":               refused(tradepay.ReasonMalformedHeader),
	"algorithm-missing.http":            refused(tradepay.ReasonMalformedHeader),
	"algorithm-twice.http":              refused(tradepay.ReasonMalformedHeader),
	"key-version-unknown.http":          refused(tradepay.ReasonKeyVersion),
	"key-version-zero.http":             refused(tradepay.ReasonKeyVersion),
	"key-version-padded.http":           refused(tradepay.ReasonKeyVersion),
	"key-version-negative.http":         refused(tradepay.ReasonKeyVersion),
	"key-version-path.http":             refused(tradepay.ReasonMalformedHeader),
	"key-version-decimal.http":          refused(tradepay.ReasonKeyVersion),
	"key-version-long.http":             refused(tradepay.ReasonMalformedHeader),
	"key-version-encoded.http":          refused(tradepay.ReasonMalformedHeader),
	"key-version-full-width.http":       refused(tradepay.ReasonMalformedHeader),
	"key-version-prototype.http":        refused(tradepay.ReasonKeyVersion),
	"key-version-missing.http":          refused(tradepay.ReasonMalformedHeader),
	"key-version-twice.http":            refused(tradepay.ReasonMalformedHeader),
	"header-unknown-pair.http":          refused(tradepay.ReasonMalformedHeader),
	"header-unknown-url.http":           refused(tradepay.ReasonMalformedHeader),
	"header-semicolons.http":            refused(tradepay.ReasonMalformedHeader),
	"header-no-pairs.http":              refused(tradepay.ReasonMalformedHeader),
	"header-bearer.http":                refused(tradepay.ReasonMalformedHeader),
	"header-json.http":                  refused(tradepay.ReasonMalformedHeader),
	"header-two-signatures.http":        refused(tradepay.ReasonMalformedHeader),
	"header-signature-empty.http":       refused(tradepay.ReasonMalformedHeader),
	"header-signature-missing.http":     refused(tradepay.ReasonMalformedHeader),
	"header-upper-names.http":           refused(tradepay.ReasonMalformedHeader),
	"header-space-around-equals.http":   refused(tradepay.ReasonMalformedHeader),
	"header-comma-only.http":            refused(tradepay.ReasonMalformedHeader),
	"header-equals-only.http":           refused(tradepay.ReasonMalformedHeader),
	"header-commas.http":                refused(tradepay.ReasonMalformedHeader),
	"header-folded.http":                refused(tradepay.ReasonMalformedHeader),
	"header-line-break.http":            refused(tradepay.ReasonMalformedHeader),
	"header-zero-after.http":            refused(tradepay.ReasonEncoding),
	"header-too-long.http":              refused(tradepay.ReasonMalformedHeader),
	"value-quoted.http":                 refused(tradepay.ReasonEncoding),
	"value-hexadecimal.http":            refused(tradepay.ReasonMismatch),
	"value-double-percent.http":         refused(tradepay.ReasonEncoding),
	"value-base64-of-base64.http":       refused(tradepay.ReasonMismatch),
	"value-unpadded.http":               refused(tradepay.ReasonEncoding),
	"value-bits-left.http":              refused(tradepay.ReasonEncoding),
	"value-zeros.http":                  refused(tradepay.ReasonMismatch),
	"value-one-byte.http":               refused(tradepay.ReasonMismatch),
	"value-512-bytes.http":              refused(tradepay.ReasonMismatch),
	"value-equals.http":                 refused(tradepay.ReasonEncoding),
	"value-percent-signs.http":          refused(tradepay.ReasonEncoding),
	"value-emoji.http":                  refused(tradepay.ReasonEncoding),
	"value-invalid-utf8.http":           refused(tradepay.ReasonEncoding),
	"value-truncated.http":              refused(tradepay.ReasonMismatch),
	"value-of-merchant.http":            refused(tradepay.ReasonMismatch),
	"value-of-other-body.http":          refused(tradepay.ReasonMismatch),
	"value-pss.http":                    refused(tradepay.ReasonMismatch),
	"value-sha1.http":                   refused(tradepay.ReasonMismatch),
	"value-of-hash.http":                refused(tradepay.ReasonMismatch),
	"time-past.http":                    refused(tradepay.ReasonTime),
	"time-future.http":                  refused(tradepay.ReasonTime),
	"time-year-0.http":                  refused(tradepay.ReasonTime),
	"time-year-9999.http":               refused(tradepay.ReasonTime),
	"time-year-10000.http":              refused(tradepay.ReasonTime),
	"time-unix-seconds.http":            refused(tradepay.ReasonTime),
	"time-unix-nanoseconds.http":        refused(tradepay.ReasonTime),
	"time-unix-negative.http":           refused(tradepay.ReasonTime),
	"time-unix-largest.http":            refused(tradepay.ReasonTime),
	"time-digits.http":                  refused(tradepay.ReasonTime),
	"time-epoch.http":                   refused(tradepay.ReasonTime),
	"time-words.http":                   refused(tradepay.ReasonTime),
	"time-no-zone.http":                 refused(tradepay.ReasonTime),
	"time-http-date.http":               refused(tradepay.ReasonTime),
	"time-month-13.http":                refused(tradepay.ReasonTime),
	"time-second-60.http":               refused(tradepay.ReasonTime),
	"time-february-30.http":             refused(tradepay.ReasonTime),
	"time-offset-too-far.http":          refused(tradepay.ReasonTime),
	"time-space-after.http":             refused(tradepay.ReasonTime),
	"time-list.http":                    refused(tradepay.ReasonTime),
	"time-arabic-digits.http":           refused(tradepay.ReasonTime),
	"time-zero-after.http":              refused(tradepay.ReasonTime),
	"time-changed.http":                 refused(tradepay.ReasonMismatch),
	"time-same-instant.http":            refused(tradepay.ReasonMismatch),
	"client-other.http":                 refused(tradepay.ReasonClientID),
	"client-changed.http":               refused(tradepay.ReasonMismatch),
	"client-space.http":                 refused(tradepay.ReasonClientID),
	"client-zero.http":                  refused(tradepay.ReasonClientID),
	"client-long.http":                  refused(tradepay.ReasonClientID),
	"client-list.http":                  refused(tradepay.ReasonClientID),
	"client-pattern.http":               refused(tradepay.ReasonClientID),
	"method-get.http":                   refused(tradepay.ReasonMismatch),
	"method-lower.http":                 refused(tradepay.ReasonMismatch),
	"method-none.http":                  refused(tradepay.ReasonURI),
	"uri-none.http":                     refused(tradepay.ReasonURI),
	"uri-absolute.http":                 refused(tradepay.ReasonURI),
	"uri-relative.http":                 refused(tradepay.ReasonURI),
	"uri-asterisk.http":                 refused(tradepay.ReasonURI),
	"uri-other.http":                    refused(tradepay.ReasonMismatch),
	"uri-query.http":                    refused(tradepay.ReasonMismatch),
	"uri-empty-query.http":              refused(tradepay.ReasonMismatch),
	"uri-slash.http":                    refused(tradepay.ReasonMismatch),
	"uri-two-slashes.http":              refused(tradepay.ReasonMismatch),
	"uri-escaped.http":                  refused(tradepay.ReasonMismatch),
	"uri-dots.http":                     refused(tradepay.ReasonMismatch),
	"uri-fragment.http":                 refused(tradepay.ReasonMismatch),
	"uri-upper.http":                    refused(tradepay.ReasonMismatch),
	"uri-long.http":                     refused(tradepay.ReasonMismatch),
	"uri-own-api-v1.http":               refused(tradepay.ReasonReplay),
	"cut-time-into-body.http":           refused(tradepay.ReasonTime),
	"cut-body-into-time.http":           refused(tradepay.ReasonTime),
	"cut-time-into-client.http":         refused(tradepay.ReasonTime),
	"cut-client-into-time.http":         refused(tradepay.ReasonTime),
	"cut-client-into-uri.http":          refused(tradepay.ReasonMismatch),
	"cut-uri-into-method.http":          refused(tradepay.ReasonURI),
	"body-of-another.http":              refused(tradepay.ReasonMismatch),
	"body-space-after.http":             refused(tradepay.ReasonMismatch),
	"body-line-after.http":              refused(tradepay.ReasonMismatch),
	"body-bom.http":                     refused(tradepay.ReasonMismatch),
	"body-none.http":                    refused(tradepay.ReasonMismatch),
}

// TestHostileBodies: bodies that are signed by the wallet, so that nothing but
// reading them strictly stands between them and a shipped order. Each differs
// from paid-v1.json or paid-v2.json in one thing.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	requireListed(t, "bodies", hostileBodies)
	slow := new(slowest)
	clients := hostileClients(t)
	for name, want := range hostileBodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sign(t, readFile(t, hostile, "bodies", name))
			for _, client := range clients {
				deliver(t, client, d, want, slow)
			}
		})
	}
	measured(t, "hostile bodies, signed by the wallet: %d in 2 dialects, 0 taken for a payment; slowest %s",
		func() any {
			return len(hostileBodies) - 2
		}, func() any { return time.Duration(slow.Load()).Round(time.Microsecond) })
}

// TestHostileBodiesEveryWallet: what a wallet's profile translates must not make
// a payment of what is none.
func TestHostileBodiesEveryWallet(t *testing.T) {
	t.Parallel()
	all := wallets.All()
	require.NotEmpty(t, all)
	for _, wallet := range all {
		t.Run(wallet.Name, func(t *testing.T) {
			t.Parallel()
			client := merchant(t, wallet, hostileID, map[string]*rsa.PublicKey{"1": publicKey(t, "wallet")})
			for name, want := range hostileBodies {
				if want == paid {
					continue // the shape of another wallet, perhaps
				}
				d := signAs(t, wallet, readFile(t, hostile, "bodies", name))
				n, err := client.ParseNotification(d.method, d.uri, d.header, d.body)
				if err != nil {
					require.Nil(t, n, name)
					require.ErrorIs(t, err, tradepay.ErrMalformed, name)
					continue
				}
				require.Error(t, n.CheckPaid(hostileOrder, hostileAmount), name)
			}
		})
	}
	measured(t, "hostile bodies through the profiles: %d wallets, 0 taken for a payment", func() any {
		return len(all)
	})
}

// TestHostileSizes: bodies that are too large to be files, signed as well.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	paidBody := readFile(t, hostile, "bodies", "paid-v1.json")
	open := string(paidBody[:len(paidBody)-1]) + `,"x":`
	fill := func(before, unit, after string) []byte {
		return []byte(before + strings.Repeat(unit, (limit-len(before)-len(after))/len(unit)) + after)
	}
	var members strings.Builder
	for i := 0; members.Len() < limit-1000; i++ {
		members.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	tests := []struct {
		name string
		body []byte
		want outcome
	}{
		{"control: 1 MiB of white space after", fill(string(paidBody), " ", ""), paid},
		{"control: 1 MiB of text", fill(open+`"`, "a", `"}`), paid},
		{"control: 1 MiB of members", []byte(string(paidBody[:len(paidBody)-1]) + members.String() + "}"), paid},
		{"one byte too many", append(fill(string(paidBody), " ", ""), ' ', ' '), refused(tradepay.ReasonTooLarge)},
		{"1 MiB of white space", fill("", " ", ""), malformed},
		{"1 MiB of open lists", fill("", "[", ""), malformed},
		{"1 MiB of open lists in a member", fill(open, "[", ""), malformed},
		{"1 MiB of nested objects", fill(open, `{"x":`, ""), malformed},
		{"1 MiB of one string", fill(`{"paymentStatus":"`, "A", ""), malformed},
		{"1 MiB of escapes", fill(open+`"`, `\u0000`, ""), malformed},
		{"1 MiB of digits", fill(`{"paymentAmount":{"currency":"USD","value":`, "9",
			`},"paymentId":"P1","paymentStatus":"SUCCESS"}`), malformed},
		{"1 MiB of the same member", fill("{", `"a":0,`, `"b":0}`), malformed},
		{"1 MiB of commas", fill("{", ",", "}"), malformed},
		{"1 MiB of minus signs", fill(open, "-", "}"), malformed},
		{"1 MiB of quotes", fill(open, `"`, "}"), malformed},
		{"1 MiB of backslashes", fill(open+`"\`, `\\`, `"}`), malformed},
		{"1 MiB of zero bytes", fill("", "\x00", ""), malformed},
		{"1 MiB of bytes that are no UTF-8", fill("", "\xff", ""), malformed},
	}
	slow := new(slowest)
	clients := hostileClients(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { // not parallel: each is timed
			d := sign(t, tt.body)
			for _, client := range clients {
				deliver(t, client, d, tt.want, slow)
			}
		})
	}
	measured(t, "hostile bodies of 1 MiB: %d in 2 dialects, 0 taken for a payment; slowest %s",
		func() any { return len(tests) - 3 }, func() any { return time.Duration(slow.Load()).Round(time.Microsecond) })
}

// TestHostileHeaders: a body that would be a payment, under headers and request
// lines of which none may carry it.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	requireListed(t, "headers", hostileHeaders)
	slow := new(slowest)
	good := 0
	client := hostileClients(t)["v1"]
	for name, want := range hostileHeaders {
		if want == paid {
			good++
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deliver(t, client, readDelivery(t, name), want, slow)
		})
	}
	measured(t, "hostile headers and request lines: %d, 0 taken for a payment; slowest %s",
		func() any {
			return len(hostileHeaders) - good
		}, func() any { return time.Duration(slow.Load()).Round(time.Microsecond) })
}

// readDelivery reads a file of testdata/hostile/headers; README.md there says
// how they are written.
func readDelivery(t *testing.T, name string) delivery {
	t.Helper()
	payment := readFile(t, hostile, "bodies", "paid-v1.json")
	head, body, whole := strings.Cut(string(readFile(t, hostile, "headers", name)), "\n\n")
	if !whole {
		body = "{{body}}"
	}
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	method, uri := cutRequestLine(t, lines[0])
	d := delivery{method, uri, http.Header{}, []byte(strings.ReplaceAll(body, "{{body}}", string(payment)))}
	for _, line := range lines[1:] {
		field, value, found := strings.Cut(line, ": ")
		require.True(t, found, line)
		field = unquote(t, field)
		d.header[field] = append(d.header[field], unquote(t, value))
	}
	first := func(field string) string { return append(d.header[field], "")[0] }
	replace := signatures(t, payment, wire.Message{
		Method: method, URI: uri, ClientID: first("Client-Id"), Time: first("Request-Time"), Body: d.body,
	})
	for _, values := range d.header {
		for i := range values {
			values[i] = replace.Replace(values[i])
			require.NotContains(t, values[i], "{{", "unknown placeholder")
		}
	}
	return d
}

func cutRequestLine(t *testing.T, line string) (method, uri string) {
	t.Helper()
	if quoted, err := strconv.QuotedPrefix(line); err == nil {
		return unquote(t, quoted), unquote(t, strings.TrimPrefix(line[len(quoted):], " "))
	}
	method, uri, found := strings.Cut(line, " ")
	require.True(t, found, line)
	return method, unquote(t, uri)
}

func unquote(t *testing.T, text string) string {
	t.Helper()
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	plain, err := strconv.Unquote(text)
	require.NoError(t, err, text)
	return plain
}

// signatures are the texts that the placeholders stand for. stated is the
// message as the file has it, the others are over the genuine one.
func signatures(t *testing.T, body []byte, stated wire.Message) *strings.Replacer {
	t.Helper()
	wallet := privateKey(t, "wallet")
	genuine := wire.Message{Method: http.MethodPost, URI: "/notify", ClientID: hostileID,
		Time: hostileTime, Body: body}
	other := genuine
	other.Body = bytes.Replace(body, []byte("1250"), []byte("1"), 1)
	with := func(key crypto.Signer, content []byte) []byte {
		sig, err := rsakey.Sign(key, content)
		require.NoError(t, err)
		return sig
	}
	text := base64.StdEncoding.EncodeToString
	sig := with(wallet, genuine.Content())
	digest := sha256.Sum256(genuine.Content())
	short := sha1.Sum(genuine.Content())
	weak, err := rsa.SignPKCS1v15(nil, wallet, crypto.SHA1, short[:])
	require.NoError(t, err)
	pss, err := rsa.SignPSS(rand.Reader, wallet, crypto.SHA256, digest[:], nil)
	require.NoError(t, err)
	// 256 bytes leave four unused bits in the last letter before the padding.
	require.Len(t, sig, 256)
	stem := strings.TrimRight(text(sig), "=")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, stem[len(stem)-1])
	return strings.NewReplacer(
		"{{base64}}", text(sig),
		"{{percent}}", url.QueryEscape(text(sig)),
		"{{base64url}}", base64.RawURLEncoding.EncodeToString(sig),
		"{{base64unpadded}}", stem,
		"{{bitsleft}}", stem[:len(stem)-1]+alphabet[last|1:last|1+1]+"==",
		"{{base64of}}", text([]byte(text(sig))),
		"{{hex}}", hex.EncodeToString(sig),
		"{{truncated}}", text(sig[:255]),
		"{{own}}", text(with(wallet, stated.Content())),
		"{{merchant}}", text(with(privateKey(t, "merchant"), genuine.Content())),
		"{{otherbody}}", text(with(wallet, other.Content())),
		"{{hashed}}", text(with(wallet, digest[:])),
		"{{sha1}}", text(weak),
		"{{pss}}", text(pss),
	)
}

// TestHostileHeaderBytes puts every byte at the end, at the beginning and in
// the middle of each header that is read. A space before or after a Signature header
// means nothing; everything else changes it.
func TestHostileHeaderBytes(t *testing.T) {
	t.Parallel()
	client := hostileClients(t)["v1"]
	d := sign(t, readFile(t, hostile, "bodies", "paid-v1.json"))
	tried, accepted := 0, 0
	for name := range d.header {
		genuine := d.header.Get(name)
		for b := range 256 {
			for _, at := range []int{0, len(genuine) / 2, len(genuine)} {
				header := d.header.Clone()
				header[name] = []string{genuine[:at] + string([]byte{byte(b)}) + genuine[at:]}
				n, err := client.ParseNotification(d.method, d.uri, header, d.body)
				tried++
				if err == nil {
					accepted++
					assert.Equal(t, "Signature", name)
					assert.Equal(t, byte(' '), byte(b), "%q", b)
					assert.NotEqual(t, len(genuine)/2, at)
					continue
				}
				require.ErrorIs(t, err, tradepay.ErrSignature)
				require.Nil(t, n)
			}
		}
	}
	require.Equal(t, 2, accepted)
	t.Logf("measured: headers with one more byte: %d tried, %d read as before (a space around a Signature)", tried,
		accepted)
}
