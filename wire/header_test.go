package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestParseSignatureHeader: what is not strictly one is rejected.
func TestParseSignatureHeader(t *testing.T) {
	t.Parallel()
	for _, v := range vectortest.Read[*struct{ Name, Header, Reason string }](t, "invalid.json") {
		parsed, err := wire.ParseSignatureHeader(v.Header)
		if v.Reason == "malformed_header" || v.Reason == "encoding" {
			require.ErrorIs(t, err, wire.ErrSignature, v.Name)
			require.Zero(t, parsed, v.Name)
			continue
		}
		require.NoError(t, err, v.Name)
		require.Equal(t, v.Reason != "algorithm", parsed.Supported(), v.Name)
	}
}

// TestProfileWritesItsHeader: label, separator and encoding are the wallet's.
func TestProfileWritesItsHeader(t *testing.T) {
	t.Parallel()
	signature := []byte{0xfb, 0xef, 0xff, 0xfb}
	for want, signing := range map[string]wire.Signing{
		"algorithm=RSA256, keyVersion=1, signature=%2B%2B%2F%2F%2Bw%3D%3D": {},
		"algorithm=RSA256, keyVersion=1, signature=++//+w==":               {Encoding: wire.EncodingBase64},
		"algorithm=SHA256withRSA,keyVersion=1,signature=--__-w": {
			AlgorithmLabel: "SHA256withRSA", HeaderSeparator: ",", Encoding: wire.EncodingBase64URL,
		},
	} {
		profile := wire.Profile{Signing: signing}
		require.Equal(t, want, profile.SignatureHeader("1", signature))
	}
}

func FuzzSignatureHeader(f *testing.F) {
	for _, v := range vectortest.Signatures(f) {
		for _, header := range v.AllHeaders() {
			f.Add(header)
		}
	}
	for _, v := range vectortest.Read[*struct{ Header string }](f, "invalid.json") {
		f.Add(v.Header)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h, err := wire.ParseSignatureHeader(value)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrSignature)
			require.Zero(t, h)
			return
		}
		for _, enc := range []wire.SignatureEncoding{
			wire.EncodingPercent, wire.EncodingBase64, wire.EncodingBase64URL,
		} {
			text := h.Format(enc)
			if len(text) > 2048 { // percent-encoding makes it longer
				continue
			}
			again, err := wire.ParseSignatureHeader(text)
			require.NoError(t, err)
			require.Equal(t, h, again)
		}
	})
}
