package stage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/examples/merchant/stage"
)

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"localhost":                      true,
		"LocalHost:8080":                 true,
		"127.0.0.1":                      true,
		"127.9.9.9:80":                   true,
		"[::1]:80":                       true,
		"[::1]":                          true,
		"::1":                            true,
		"[::ffff:127.0.0.1]:80":          true,
		"http://localhost:8080":          true,
		"https://127.0.0.1/pay":          true,
		"http://[::1]:1":                 true,
		"":                               false,
		":8080":                          false,
		"0.0.0.0:80":                     false,
		"[::]:80":                        false,
		"10.0.0.1:80":                    false,
		"localhost.evil.example":         false,
		"127.0.0.1.evil.example":         false,
		"https://shop.example":           false,
		"http://localhost@evil.example":  false,
		"[::1%eth0]:80":                  false,
		"http://":                        false,
		"https://evil.example/localhost": false,
	} {
		require.Equal(t, want, stage.IsLoopback(text), text)
	}
}
