package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

// authCode is what a mini program gets from my.getAuthCode, in a file.
func authCode(t *testing.T, u *user) string {
	t.Helper()
	base := strings.TrimSuffix(u.env[tradepayenv.BaseURL], "/")
	for strings.Count(base, "/") > 2 {
		base = base[:strings.LastIndex(base, "/")]
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/__tradepay/auth-codes",
		strings.NewReader(`{"userId":"user-1"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var answer struct{ AuthCode string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
	require.NotEmpty(t, answer.AuthCode)
	return write(t, "code", answer.AuthCode+"\n")
}

// TestTokens: from the code to the end of the consent. No secret is on the screen.
func TestTokens(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	code, folder := authCode(t, u), t.TempDir()
	payer, fresh := filepath.Join(folder, "payer.json"), filepath.Join(folder, "fresh.json")
	got := u.run("token", "apply", "-auth-code-file", code, "-out", payer)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "user-1")
	var stored storedToken
	require.NoError(t, json.Unmarshal(mustReadFile(t, payer), &stored))
	require.NotEmpty(t, stored.AccessToken)
	require.NotContains(t, got.out+got.stderr, stored.AccessToken)
	require.NotContains(t, got.out+got.stderr, stored.RefreshToken)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(payer)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	got = u.run("user", "-token-file", payer)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, "user-1")
	got = u.run("user", "-token-file", write(t, "bare", stored.AccessToken), "-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, `"userId": "user-1"`)
	require.NotContains(t, got.out, "resultStatus")

	got = u.run("token", "refresh", "-token-file", payer, "-out", payer)
	require.Equal(t, exitUsage, got.code, "it may still be good")
	require.Contains(t, got.stderr, "exists, and may hold a token that is still good")
	got = u.run("token", "refresh", "-token-file", payer, "-out", fresh)
	require.Equal(t, exitOK, got.code, got.stderr)
	got = u.run("token", "cancel", "-token-file", fresh)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Equal(t, "The token is cancelled.\n", got.out)
	require.Equal(t, exitRejected, u.run("user", "-token-file", fresh).code)

	lost := filepath.Join(folder, "lost.json")
	got = u.run("token", "apply", "-auth-code-file", code, "-out", lost)
	require.Equal(t, exitRejected, got.code, "a code is good for one use")
	require.NoFileExists(t, lost)
}

func mustReadFile(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// TestTokenOutcomeUnknown: the code is sent once.
func TestTokenOutcomeUnknown(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t, "-fault", "DropAfter@applyToken")
	got := u.run("token", "apply", "-auth-code-file", authCode(t, u), "-json")
	require.Equal(t, exitUnknown, got.code, got.stderr)
	require.Contains(t, got.stderr, "the mini program must ask for a new one")
	require.NotContains(t, got.stderr, "attempts")
}

// TestTokenFiles: what is no token is refused, and never repeated.
func TestTokenFiles(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	for content, says := range map[string]string{
		"":                          "is empty",
		`{"accessToken":"secret`:    "is no whole JSON object",
		`{"refreshToken":"secret"}`: "has no accessToken",
		`{"accessToken":7}`:         "has no accessToken",
	} {
		got := u.run("user", "-token-file", write(t, "token", content))
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
		require.NotContains(t, got.stderr, "secret")
	}
	require.Contains(t, u.run("user").stderr, "give -token-file")
	require.Contains(t, u.run("token", "apply", "-auth-code-file", "x").stderr, "give -out")
}

func TestMessageSend(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	payer := filepath.Join(t.TempDir(), "payer.json")
	require.Equal(t, exitOK, u.run("token", "apply", "-auth-code-file", authCode(t, u), "-out", payer).code)
	parameters := write(t, "parameters", `{"en-US":{"name":"Ana"}}`)
	got := u.run("message", "send", "shipped-1", "-token-file", payer, "-template", "TP_TEST_0001", "-parameters",
		parameters)
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Regexp(t, `status +sent`, got.out)
	got = u.run("message", "send", "-id", "shipped-2", "-token-file", payer, "-template", "TP_TEST_0001",
		"-parameters", parameters,
		"-json")
	require.Equal(t, exitOK, got.code, got.stderr)
	require.Contains(t, got.out, `"requestId": "shipped-2"`)
	for says, args := range map[string][]string{
		"give -id, your id of the message":            {"-token-file", payer},
		"must be like":                                {"m", "-parameters", write(t, "p", "[]")},
		"See tradepay help message send: -token-file": {"m", "-template", "TP_TEST_0001"},
		"must be \"inbox\" or \"push\"":               {"m", "-channel", "sms", "-token-file", payer},
	} {
		got := u.run(append([]string{"message", "send"}, args...)...)
		require.Equal(t, exitUsage, got.code, got.stderr)
		require.Contains(t, got.stderr, says)
	}
}
