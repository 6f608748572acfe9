package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/saved"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestKindAsItLooks(t *testing.T) {
	t.Parallel()
	wallet := wallets.PlatformV2()
	for _, test := range []struct {
		first, header string
		uri           string
		want          doctor.EvidenceKind
	}{
		{"POST /api/v2/payments/pay HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceRequest},
		{"POST /v2/payments/pay/ HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceRequest},
		{"POST /shop/notify HTTP/1.1", "Request-Time: 1", "", doctor.EvidenceNotification},
		{"HTTP/1.1 200 OK", "Response-Time: 1", "/api/v2/payments/pay", doctor.EvidenceResponse},
		{"HTTP/1.1 200 OK", "Response-Time: 1", "/shop/notify", doctor.EvidenceAcknowledgement},
	} {
		x, err := saved.Read([]byte(test.first + "\n" + test.header + "\n\n{}"))
		require.NoError(t, err)
		kind := ""
		f := &messageFlags{kind: &kind, uri: &test.uri}
		got, err := f.kindOf(x, &wallet)
		require.NoError(t, err)
		require.Equal(t, test.want, got, test.first)
		require.True(t, f.assumed)
	}
}

func TestMessageFlagsReject(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	file := write(t, "m.http", "POST /notify HTTP/1.1\nA: b\n\n{}")
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{}, "give the message one way"},
		{[]string{"-message", file, "-curl", file}, "give the message one way"},
		{[]string{"-message", file, "-body", file}, "-body goes with -headers"},
		{[]string{"-message", "nowhere.http"}, "-message: open nowhere.http"},
		{[]string{"-curl", file}, "does not begin with curl"},
		{[]string{"-message", write(t, "x", "{}")}, "none of the headers that are signed"},
		{[]string{"-message", write(t, "x", "POST /notify")}, "only one line"},
		{[]string{"-headers", write(t, "h", "no colon at all\n")}, "a line has no colon"},
		{[]string{"-headers", write(t, "h", "Response-Time: 1\n")}, "-uri is missing"},
		{[]string{"-message", file, "-kind", "letter"}, "-kind letter: give request, response"},
		{[]string{"-message", file, "-at", "yesterday"}, "-at yesterday: write it like"},
		{[]string{"-message", file, "-public-key", file}, "-public-key (" + file + "): "},
		{[]string{"-curl", write(t, "c", "curl h/p -d @-")}, "name a file instead"},
		{[]string{"-message", file, "-wallet-keys", ""},
			"the wallet signs a notification: name its public key in TRADEPAY_WALLET_KEY_FILE"},
		{[]string{"-message", file, "-kind", "request", "-private-key-file", ""},
			"the merchant signs a request: name the private key in TRADEPAY_PRIVATE_KEY_FILE"},
	} {
		got := u.run(append([]string{"verify"}, test.args...)...)
		require.Equal(t, exitUsage, got.code, "%q %s", test.args, got.stderr)
		require.Contains(t, got.stderr, test.says)
	}
	big := write(t, "big", strings.Repeat("a", 4<<20+1))
	require.Contains(t, u.run("verify", "-message", big).stderr, "over 4 MiB")
}
