package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	u, _ := startSandbox(t)
	good := keptNotification(t, u, "/notify")
	for _, test := range []struct {
		name, message string
		args          []string
		code          int
		says          string
	}{
		{"good", good, nil, exitOK, " signed the notification"},
		{"good, now", good, []string{"-at", "now"}, exitOK, "verified"},
		{"good, but old", good, []string{"-at", "2099-01-01T00:00:00Z"}, exitNotVerified,
			"not verified: The message is"},
		{"changed", good + " ", nil, exitNotVerified, "not verified: "},
		{"as a request", good, []string{"-kind", "request"}, exitNotVerified, "not verified: "},
		{"for another client", good, []string{"-client-id", "X"}, exitNotVerified,
			"not verified: The message is for another client."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := u.with(nil)
			u.stdin = test.message
			got := u.run(append([]string{"verify", "-message", "-"}, test.args...)...)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Contains(t, got.out, test.says)
			machine := u.run(append([]string{"verify", "-json", "-message", "-"}, test.args...)...)
			require.Equal(t, test.code, machine.code)
			require.Contains(t, machine.out, map[int]string{exitOK: `"verified": true`,
				exitNotVerified: `"cause": "`}[test.code])
		})
	}
}
