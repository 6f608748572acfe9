package redact_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/redact"
)

func TestValue(t *testing.T) {
	t.Parallel()
	v := redact.As("tradepay.Order", "PaymentRequestID", "order-1", "BaseURL", "a\nb", "PaymentID", "")
	require.Equal(t, `tradepay.Order{PaymentRequestID:order-1 BaseURL:"a\nb" PaymentID:""}`, v.String())
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "order", v, "empty", redact.As("tradepay.Token"))
	require.Contains(t, out.String(), `"order":{"payment_request_id":"order-1","base_url":"a\nb"},"empty":"tradepay.Token{}"`)
}

// TestWord: a stranger's text breaks no line, and fills none.
func TestWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"order-1": "order-1", "": `""`, "a b": `"a b"`, "é": `"\u00e9"`, "ab\xff": `"ab\xff"`, "\x1b[31m": `"\x1b[31m"`,
		strings.Repeat("x ", 100): `"` + strings.Repeat("x ", 32) + `"`,
	} {
		require.Equal(t, want, redact.Word(text))
	}
}
