package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestSignAsEveryWallet: what sign writes, verify and the doctor take, and the
// wallet's own style with it.
func TestSignAsEveryWallet(t *testing.T) {
	t.Parallel()
	for _, w := range append(wallets.All(), wallets.PlatformV1()) {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			u, _ := startSandbox(t, "-wallet", w.Name)
			path := w.Path(wire.OpInquiryPayment)
			if path == "" { // it takes no payments
				path = w.Path(wire.OpApplyToken)
			}
			uri := w.Routes.Prefix + path
			signed := u.run("sign", "-uri", uri, "-body", write(t, "b", "{\"é\":1}\n"))
			require.Equal(t, exitOK, signed.code, signed.stderr)
			file := write(t, "m", "POST "+uri+" HTTP/1.1\n"+signed.out+"\n{\"é\":1}\n")
			got := u.run("verify", "-message", file, "-at", "now")
			require.Equal(t, exitOK, got.code, got.out)
			got = u.run("doctor", "-message", file)
			require.Contains(t, got.out, "Nothing to change: the message is good", "and as the wallet documents it")
			require.Equal(t, w.Signing.RequestIDHeader != "", strings.Contains(signed.out, "Request-Id: "))
			if w.Signing.AgentTokenHeader != "" {
				require.Contains(t, signed.stderr, "Add the header ")
			}
			require.NotContains(t, signed.out+signed.stderr, "test-agent-token")
			if w.Signing.MerchantIDHeader != "" {
				require.Contains(t, signed.out, w.Signing.MerchantIDHeader+": M0000000001")
			}
		})
	}
}

// TestSignMerchantID: where the merchant's id is signed, sign, verify and the doctor need
// it, from the environment or a flag, and say so.
func TestSignMerchantID(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-wallet", "Claro")
	body := write(t, "b", "{}")
	with := func(kind, id string) string {
		t.Helper()
		got := u.run("sign", "-kind", kind, "-uri", "/notify", "-body", body, "-merchant-id", id)
		require.Equal(t, exitOK, got.code, got.stderr)
		return got.out
	}
	verified := func(id, first, headers string) result {
		t.Helper()
		file := write(t, "m", first+"\n"+headers+"\n{}")
		return u.run("verify", "-kind", "acknowledgement", "-uri", "/notify", "-message", file, "-merchant-id", id)
	}
	ack := with("acknowledgement", "M8")
	require.Equal(t, exitOK, verified("M8", "HTTP/1.1 200 OK", ack).code)
	require.Equal(t, exitNotVerified, verified("M9", "HTTP/1.1 200 OK", ack).code)
	require.Contains(t, with("request", "M8"), "Merchant-Id: M8")

	delete(u.env, tradepayenv.MerchantID)
	got := u.run("sign", "-uri", "/notify", "-body", body)
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.stderr, tradepayenv.MerchantID+" or -merchant-id")
	file := write(t, "m", "HTTP/1.1 200 OK\n"+ack+"\n{}")
	for _, command := range []string{"verify", "doctor"} {
		got = u.run(command, "-kind", "acknowledgement", "-uri", "/notify", "-message", file)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, tradepayenv.MerchantID+" or -merchant-id")
	}
}

func TestSignForPrograms(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	u.stdin = "{}"
	got := u.run("sign", "-kind", "acknowledgement", "-uri", "/notify", "-body", "-", "-time",
		"2026-01-15T12:00:00.000+00:00", "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	var out struct{ Headers map[string]string }
	require.NoError(t, json.Unmarshal([]byte(got.out), &out))
	require.Equal(t, "2026-01-15T12:00:00.000+00:00", out.Headers["Response-Time"])
	require.NotContains(t, out.Headers, "Request-Time")

	u.stdin = "{}"
	got = u.run("sign", "-wallet", "Toka", "-uri", "/v1/p", "-body", "-", "-time", "1768471200005", "-request-id",
		"r-1", "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.NoError(t, json.Unmarshal([]byte(got.out), &out))
	require.Equal(t, "r-1", out.Headers["Request-Id"])
}

func TestSignRejects(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	body := write(t, "b", "{}")
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"-body", body},
			"-uri must be the path and query of the request, such as /api/v2/payments/inquiryPayment"},
		{[]string{"-uri", "https://h/p", "-body", body}, "-uri must be the path"},
		{[]string{"-uri", "/p"}, "-body is missing"},
		{[]string{"-uri", "/p", "-body", "nowhere"}, "-body: open nowhere"},
		{[]string{"-uri", "/p", "-body", body, "-kind", "x"}, "-kind x"},
		{[]string{"-uri", "/p", "-body", "-", "-curl"}, "-curl writes a request"},
		{[]string{"-uri", "/p", "-body", body, "-curl", "-base-url", ""}, "-curl needs TRADEPAY_BASE_URL"},
		{[]string{"-uri", "/p", "-body", body, "-request-id", "1"},
			"-request-id: Platform v2 has no such header on a request"},
		{[]string{"-uri", "/p", "-body", body, "-client-id", ""}, "-client-id: is not set"},
	} {
		got := u.run(append([]string{"sign"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, "%q", test.args)
		require.Contains(t, got.stderr, test.says)
	}
	require.NotEmpty(t, u.env[tradepayenv.PrivateKeyFile])
	number, toolchain := version()
	require.NotEmpty(t, number)
	require.True(t, strings.HasPrefix(toolchain, "go"))
	require.Equal(t, "v1.2.3", versionOf("(devel)", "v1.2.3"), "what the linker was told")
	require.Equal(t, "v1.2.3", versionOf("v1.2.3", "v9.9.9"), "go install knows better")
	require.Equal(t, "(devel)", versionOf("(devel)", ""))
}
