package tradepay_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestAdviceInDocumentsFitsTheWallet: where a document says that you may make the
// same call again, it says beside it that some wallets reject that.
func TestAdviceInDocumentsFitsTheWallet(t *testing.T) {
	t.Parallel()
	for _, passage := range []struct{ file, from, to, says string }{
		{"errors.go", "// ErrOutcomeUnknown: ", "ErrOutcomeUnknown = ", "inquire instead"},
		{"doc.go", "[ErrOutcomeUnknown]: ", "[ErrUnauthorized]", "inquire instead"},
		{"doc.go", "the same id and the same content", "# Amounts", "reject such a retry"},
		{"capture.go", "// Capture charges what", "func (c *Client) Capture", "inquire instead"},
		{"order.go", "// If you call again with the same request", "func (c *Client) CreateOrder", "inquire instead"},
		{"wire/profile.go", "LateURL bool", "\n}", "inquire; do not call"},
		{"docs/payment-guide.md", "| `ErrOutcomeUnknown` | it may", "\n", "inquire instead"},
		{"docs/payment-guide.md", "**The call timed out.", "\n\n", "inquire instead"},
		{"docs/guia-de-pago.es.md", "| `ErrOutcomeUnknown` | puede", "\n", "solo consulta"},
		{"docs/guia-de-pago.es.md", "**La llamada dio timeout.", "\n\n", "solo consulta"},
	} {
		data, err := os.ReadFile(passage.file)
		require.NoError(t, err)
		_, after, found := strings.Cut(string(data), passage.from)
		require.True(t, found, passage)
		text, _, found := strings.Cut(after, passage.to)
		require.True(t, found, passage)
		require.Contains(t, text, passage.says, "%s: %s", passage.file, passage.from)
		require.Contains(t, text, "RefusesRepeats", "%s: %s", passage.file, passage.from)
	}
	var refuse []string
	for _, w := range wallets.All() {
		if w.Quirks.RefusesRepeats {
			refuse = append(refuse, w.Name)
		}
	}
	require.ElementsMatch(t, []string{"VodaPay", "Toka"}, refuse, "the guides name those that do")
}

// TestTroubleshootingHasWhatPeoplePaste: who looks for a pasted text on the page finds it, in
// both languages.
func TestTroubleshootingHasWhatPeoplePaste(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"docs/troubleshooting.md", "docs/troubleshooting.es.md"} {
		data, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, pasted := range []string{
			`prepared statement "stmtcache_1" already exists`, "PEM_read_bio", "asn1: syntax error", "pgbouncer",
			"context deadline exceeded", "KEY_NOT_FOUND", "PROCESS_FAIL", "ORDER_NOT_EXIST", "USER_NOT_EXIST",
			"PARAM_ILLEGAL", "20030017", "EADDRINUSE", "is replaced but not required",
			"database is locked (5) (SQLITE_BUSY)", "server refused TLS connection", `role "shop" does not exist`,
			"hostname resolving error", "permission denied for schema public",
			"attempt to write a readonly database (8)",
		} {
			require.Contains(t, string(data), pasted, page)
		}
	}
}

// TestResultCodesInTroubleshooting: the table of result codes says what the client makes of them,
// and what Toka writes for them.
func TestResultCodesInTroubleshooting(t *testing.T) {
	t.Parallel()
	const tokenPath = "/api/v2/authorizations/applyToken"
	toka := wallets.Toka().Words
	sentinels := map[string]error{
		"ErrUnauthorized": tradepay.ErrUnauthorized, "ErrOrderNotFound": tradepay.ErrOrderNotFound,
		"ErrRejected": tradepay.ErrRejected, "ErrIdempotencyMismatch": tradepay.ErrIdempotencyMismatch,
		"ErrOutcomeUnknown": tradepay.ErrOutcomeUnknown,
	}
	span := regexp.MustCompile("`(\\w+)`")
	spans := func(cell string) (found []string) {
		for _, match := range span.FindAllStringSubmatch(cell, -1) {
			found = append(found, match[1])
		}
		return found
	}
	for page, heading := range map[string]string{
		"docs/troubleshooting.md":    "## Result codes of the wallet\n",
		"docs/troubleshooting.es.md": "## Códigos de resultado de la billetera\n",
	} {
		data, err := os.ReadFile(page)
		require.NoError(t, err)
		_, section, found := strings.Cut(string(data), heading)
		require.True(t, found, page)
		section, _, _ = strings.Cut(section, "\n## ")
		numbers, kinds := make(map[string][]string), make(map[string][]string) // by code
		for _, row := range regexp.MustCompile("(?m)^\\| `.*$").FindAllString(section, -1) {
			cells := strings.Split(row, "|")
			require.Len(t, cells, 6, row)
			for _, code := range spans(cells[1]) {
				numbers[code] = append(numbers[code], spans(cells[2])...)
				kinds[code] = append(kinds[code], spans(cells[3])...)
			}
		}
		require.Greater(t, len(kinds), 10, page)

		written := make(map[string]bool)
		for number, code := range toka.Codes {
			if kinds[code] != nil {
				require.Contains(t, numbers[code], number, "%s: %s", page, code)
				written[number] = true
			}
		}
		for code, all := range numbers {
			for _, number := range all {
				require.True(t, written[number], "%s: Toka has no %s for %s", page, number, code)
			}
		}

		for code, said := range kinds {
			said = slices.DeleteFunc(said, func(name string) bool { return sentinels[name] == nil })
			require.NotEmpty(t, said, "%s: %s", page, code)
			profile := wallets.PlatformV2()
			profile.Words.Codes = toka.Codes
			refused := signed(200, result("F", code))
			w := newScripted(t, profile).on(payPath, refused).on(tokenPath, refused).
				on(inquiryPath, signed(200, result("F", "ORDER_NOT_EXIST")))
			_, byToken := w.client().ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			_, byPay := w.client().CreateOrder(t.Context(), order())
			for _, name := range said {
				require.ErrorIs(t, byToken, sentinels[name], "%s: %s", page, code)
				require.ErrorIs(t, byPay, sentinels[name], "%s: %s", page, code)
			}
			if !slices.Contains(said, "ErrOutcomeUnknown") {
				require.NotErrorIs(t, byPay, tradepay.ErrOutcomeUnknown, "%s: %s", page, code)
			}

			w.on(inquiryPath, refused)
			_, byInquiry := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			want := tradepay.ErrOutcomeUnknown
			if code == "ORDER_NOT_EXIST" {
				want = tradepay.ErrOrderNotFound
			}
			require.ErrorIs(t, byInquiry, want, "%s: an inquiry with %s", page, code)
		}

		profile := wallets.PlatformV2()
		profile.Words.Codes = toka.Codes
		w := newScripted(t, profile).on(payPath, signed(200, result("F", "20030017"))).
			on(inquiryPath, signed(200, result("F", "ORDER_NOT_EXIST")))
		_, err = w.client().CreateOrder(t.Context(), order())
		require.Contains(t, section, "\n"+err.Error()+"\n", "the error as it reads")
	}
}

// TestSignatureDocument: docs/signature.md says what the code does.
func TestSignatureDocument(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("docs/signature.md")
	require.NoError(t, err)
	document := string(data)

	t.Run("the example is the vector", func(t *testing.T) {
		t.Parallel()
		v := vectortest.Named(t, "v2-inquiry-payment-request")
		require.Contains(t, document, "Vector `"+v.Name+"`")
		require.Contains(t, document, "published test key\n["+v.Signer+"]")
		require.Contains(t, document, "```\n"+v.Content+"\n```\n\nIts SHA-256 is `"+v.ContentSHA256+"`.")
		require.Contains(t, document, fmt.Sprintf("```\n%s %s\nClient-Id: %s\nRequest-Time: %s\nSignature: "+
			"%s\nContent-Type: application/json; charset=UTF-8\n\n%s\n```\n",
			v.Method, v.URI, v.ClientID, v.Time, v.Headers.Percent, v.Body))
	})

	t.Run("the tables of encodings and times", func(t *testing.T) {
		t.Parallel()
		for name, encoding := range map[string]wire.SignatureEncoding{
			"EncodingPercent": wire.EncodingPercent, "EncodingBase64": wire.EncodingBase64,
			"EncodingBase64URL": wire.EncodingBase64URL,
		} {
			header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
				Signature: []byte{0xfb, 0xef, 0xff, 0xfb}}.Format(encoding)
			value, ok := strings.CutPrefix(header, "algorithm=RSA256, keyVersion=1, signature=")
			require.True(t, ok)
			require.Contains(t, document, "| `"+name+"` | `"+value+"` |\n")
		}
		at := time.Date(2026, 1, 15, 12, 0, 0, 253_000_000, time.FixedZone("", 5*3600+1800))
		for name, format := range map[string]wire.TimeFormat{
			"TimeISO8601Millis": wire.TimeISO8601Millis, "TimeISO8601": wire.TimeISO8601,
			"TimeUTC": wire.TimeUTC, "TimeUnixMillis": wire.TimeUnixMillis,
		} {
			require.Contains(t, document, "| `"+name+"` | `"+format.Format(at)+"` |\n")
		}
	})

	t.Run("the order of the checks", func(t *testing.T) {
		t.Parallel()
		var order [][]tradepay.SignatureReason
		for i, row := range regexp.MustCompile("(?m)^\\| (\\d+) \\| (`[^|]+`) \\|").FindAllStringSubmatch(document,
			-1) {
			require.Equal(t, fmt.Sprint(i+1), row[1])
			var reasons []tradepay.SignatureReason
			for reason := range strings.SplitSeq(row[2], ", ") {
				reasons = append(reasons, tradepay.SignatureReason(strings.Trim(reason, "`")))
			}
			order = append(order, reasons)
		}
		require.Len(t, slices.Concat(order...), len(faults()))
		requireReason(t, "", nil)
		for i, row := range order {
			for _, reason := range row {
				requireReason(t, reason, []tradepay.SignatureReason{reason})
				for _, later := range slices.Concat(order[i+1:]...) {
					requireReason(t, reason, []tradepay.SignatureReason{later, reason})
				}
			}
		}
	})
}

// fault is one thing that is wrong with a notification, before or after it is
// signed.
type fault struct {
	before func(m *wire.Message)
	after  func(m *wire.Message, h http.Header)
}

// faults are the reasons for which the client rejects a notification.
func faults() map[tradepay.SignatureReason]fault {
	header := func(old, instead string) func(*wire.Message, http.Header) {
		return func(_ *wire.Message, h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), old, instead, 1))
		}
	}
	return map[tradepay.SignatureReason]fault{
		tradepay.ReasonTooLarge:      {before: func(m *wire.Message) { m.Body = make([]byte, 1<<20+1) }},
		tradepay.ReasonURI:           {before: func(m *wire.Message) { m.URI = "notify" }},
		tradepay.ReasonMissingHeader: {after: func(_ *wire.Message, h http.Header) { h.Del("Client-Id") }},
		tradepay.ReasonRepeatedHeader: {after: func(_ *wire.Message, h http.Header) {
			h.Add("Request-Time", h.Get("Request-Time"))
		}},
		tradepay.ReasonMalformedHeader: {after: header("keyVersion=", "key-version=")},
		tradepay.ReasonEncoding:        {after: header("signature=", "signature=*")},
		tradepay.ReasonAlgorithm:       {after: header("RSA256", "RSA512")},
		tradepay.ReasonKeyVersion:      {after: header("Version=1", "Version=9")},
		tradepay.ReasonTime:            {before: func(m *wire.Message) { m.Time = "2026-01-15T11:54:59+00:00" }},
		tradepay.ReasonReplay:          {before: func(m *wire.Message) { m.URI = "/api/v2/payments/pay" }},
		tradepay.ReasonMismatch: {after: func(m *wire.Message, _ http.Header) {
			m.Body = append(slices.Clone(m.Body), '\n')
		}},
		tradepay.ReasonClientID: {before: func(m *wire.Message) { m.ClientID = "another" }},
	}
}

// requireReason makes a notification with these faults, the last one last, and
// checks why the client rejects it.
func requireReason(t *testing.T, want tradepay.SignatureReason, has []tradepay.SignatureReason) {
	t.Helper()
	v := vectortest.Named(t, "v2-notification")
	client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t))
	m := v.Message()
	all := faults()
	for _, reason := range has {
		require.Contains(t, all, reason)
		if change := all[reason].before; change != nil {
			change(&m)
		}
	}
	signature, err := m.Sign(vectorKey(t, "wallet"))
	require.NoError(t, err)
	h := notifyHeader(m.ClientID, m.Time, wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
		Signature: signature}.Format(wire.EncodingPercent))
	for _, reason := range has {
		if change := all[reason].after; change != nil {
			change(&m, h)
		}
	}
	_, err = client.ParseNotification(m.Method, m.URI, h, m.Body)
	if want == "" {
		require.NoError(t, err)
		return
	}
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, want, refused.Reason, "%q", has)
}
