package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSpanishRuns: what goes wrong is told without English, with what the library and the
// doctor say.
func TestSpanishRuns(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-pay-after", "0s")
	pair := newPair(t)
	require.Equal(t, exitOK, create(u, "order-1").code)
	require.Equal(t, exitOK, u.run("order", "wait", "order-1", "-interval", "1s").code)
	question := write(t, "q.json", `{"paymentRequestId":"order-1"}`)
	curl := u.run("sign", "-uri", "/v2/payments/inquiryPayment", "-body", question, "-curl").out
	changed := func(from, to string) string {
		require.Contains(t, curl, from)
		return write(t, "request.sh", strings.Replace(curl, from, to, 1))
	}
	other := write(t, "other.json", "{\n  \"paymentRequestId\": \"order-1\"\n}\n")
	for _, args := range [][]string{
		{"doctor", "-curl", changed("inquiryPayment", "inquiryRefund")},
		{"doctor", "-curl", changed("/v2/", "/v1/")},
		{"doctor", "-curl", changed("keyVersion=1", "keyVersion=9")},
		{"doctor", "-curl", changed("algorithm=RSA256", "algorithm=ES256")},
		{"doctor", "-curl", changed("Client-Id: ", "Client-Id: x")},
		{"doctor", "-curl", changed(question, other)},
		{"doctor", "-curl", changed("-H 'Request-Time", "-H 'X-Time")},
		{"doctor", "-curl", changed("POST", "GET"), "-private-key-file", pair + "-private.pem"},
		{"doctor", "-curl", changed("POST", "POST"), "-at", "2020-01-15T12:00:00Z"},
		{"doctor", "-live", "-private-key-file", pair + "-private.pem"},
		{"doctor", "-live", "-wallet-key-file", pair + "-public.pem"},
		{"doctor", "-live", "-client-id", "nobody"},
		{"doctor", "-live", "-base-url", "http://127.0.0.1:1"},
		{"doctor", "-private-key-file", pair + "-public.pem"},
		{"doctor", "-wallet-key-file", pair + "-private.pem"},
		{"doctor", "-wallet-key-file", "nowhere.pem"},
		{"order", "query", "order-1", "-amount", "9.00", "-currency", "USD"},
		{"order", "query", "nobody-knows"},
		{"order", "cancel", "order-1"},
		{"order", "refund", "order-1", "-refund-id", "r", "-amount", "99.00", "-currency", "USD"},
		{"order", "create", "order-1", "-amount", "9.00", "-currency", "USD"},
		{"order", "create", "order-2", "-amount", "9.00", "-currency", "USD", "-wallet-key-file", pair + "-public.pem"},
		{"order", "create", "order-3", "-amount", "9.00", "-currency", "USD", "-base-url", "http://127.0.0.1:1"},
		{"order", "create", "a#b", "-amount", "9.00", "-currency", "USD"},
		{"order", "create", "-amount", "9.005", "-currency", "USD"},
		{"order", "create", "-amount", "9,00", "-currency", "USD"},
		{"order", "create", "-amount", "9.00", "-currency", "usd"},
		{"order", "create", "-amount", "9.00", "-currency", "USD", "-redirect-url", "/thanks"},
		{"order", "create", "-amount", "9.00", "-currency", "USD", "-wallet", "VodaPay", "-base-url", "production"},
		{"order", "capture", "order-1", "-capture-id", "c", "-wallet", "Toka"},
		{"order", "create", "-amount", "9.00", "-currency", "MXN", "-wallet", "Toka"},
		{"order", "create", "-amount", "9.00", "-currency", "MXN", "-wallet", "Toka", "-buyer-id", "b"},
		{"order", "create", "-amount", "9.00", "-currency", "MXN", "-wallet", "Toka", "-authorize"},
		{"order", "refund", "order-1", "-refund-id", "r", "-amount", "9.00", "-currency", "EUR", "-wallet",
			"Rebell v2"},
		{"sandbox", "-address", "0.0.0.0:1"},
		{"sandbox", "-address", "nowhere"},
		{"notify", "-notify-url", "http://127.0.0.1:1/n"},
		{"call", "nothing", "-body", question},
	} {
		got := u.run(append(args, "-lang", "es")...)
		require.NotEqual(t, exitOK, got.code, "%q", args)
		require.NotRegexp(t, `\b(the|is|are|not|this|that|with|what|which|your|wallet's|has|and|of|it|was)\b`,
			regexp.MustCompile(`tradepay [a-z]+|\S*[/_.]\S*`).ReplaceAllString(got.out+got.stderr, ""), "%q", args)
	}
}
