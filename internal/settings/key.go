package settings

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"os"
	"strconv"

	"github.com/tradepay/tradepay-go" //nolint:depguard // package tradepay does not import this one
)

// origin is where a key came from.
type origin struct{ variable, file string }

func (o origin) fail(rule, remedy string, cause error) error {
	return &Error{Variable: o.variable, File: o.file, Rule: rule, Remedy: remedy, Err: cause}
}

func parsePrivateKey(from origin, data []byte) (*rsa.PrivateKey, error) {
	return parseKey(from, PrivateKeyFile, data, tradepay.ParsePrivateKey)
}

func parsePublicKey(from origin, data []byte) (*rsa.PublicKey, error) {
	return parseKey(from, from.variable+"_FILE", data, tradepay.ParsePublicKey)
}

func parseKey[K any](from origin, fileVariable string, data []byte, parse func([]byte) (*K, error)) (*K, error) {
	if from.file == "" && isFile(data) {
		return nil, from.fail("holds the name of a file", "name it in "+fileVariable+" instead", tradepay.ErrInvalidKey)
	}
	key, err := parse(data)
	if err != nil {
		return nil, explained(from, err)
	}
	return key, nil
}

func explained(from origin, err error) error {
	var field *tradepay.FieldError
	if !errors.As(err, &field) {
		return from.fail(err.Error(), "", err)
	}
	return from.fail(field.Rule, field.Remedy, err)
}

// isFile reports whether a value names a file that is there.
func isFile(value []byte) bool {
	if len(value) > 255 || bytes.ContainsAny(value, "\n\r\x00") {
		return false
	}
	info, err := os.Stat(string(value))
	return err == nil && info.Mode().IsRegular()
}

// quoted shows a value that is no secret, on one line and not too long.
func quoted(text string) string {
	if len(text) > 64 {
		text = text[:64]
	}
	return strconv.QuoteToASCII(text)
}
