package tradepayenv

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/sigheader"
)

// maxKeyFile is more than any key or certificate needs.
const maxKeyFile = 64 << 10

// ReadPrivateKeyFile reads a private key from a file, for a program that takes such files
// by further variables or flags. name is the variable or flag that names the file; errors
// begin with it.
func ReadPrivateKeyFile(name, file string) (*rsa.PrivateKey, error) {
	data, err := readFile(name, file)
	if err != nil {
		return nil, err
	}
	return parsePrivateKey(origin{name, file}, data)
}

// ReadPublicKeyFile reads a public key from a file. See [ReadPrivateKeyFile].
func ReadPublicKeyFile(name, file string) (*rsa.PublicKey, error) {
	data, err := readFile(name, file)
	if err != nil {
		return nil, err
	}
	return parsePublicKey(origin{name, file}, data)
}

func readPrivateKey(getenv func(string) string) (*rsa.PrivateKey, error) {
	k, err := keyOrFile(getenv, PrivateKey, PrivateKeyFile)
	switch {
	case err != nil || k.value == "":
		return nil, err
	case k.variable == PrivateKeyFile:
		return ReadPrivateKeyFile(k.variable, k.value)
	}
	return parsePrivateKey(origin{variable: k.variable}, []byte(k.value))
}

// readWalletKeys reads the wallet's keys by keyVersion, or nil if there is none.
func readWalletKeys(getenv func(string) string) (map[string]*rsa.PublicKey, error) {
	keys := make(map[string]*rsa.PublicKey)
	one, err := keyOrFile(getenv, WalletKey, WalletKeyFile)
	if err != nil {
		return nil, err
	}
	if one.value != "" {
		version := getenv(WalletKeyVersion)
		if version == "" {
			version = "1"
		}
		if keys[version], err = readPublicKey(one); err != nil {
			return nil, err
		}
	}
	list, err := keyOrFile(getenv, WalletKeys, WalletKeysFile)
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(list.value, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		version, value, err := splitEntry(list.variable, entry)
		if err != nil {
			return nil, err
		}
		if keys[version] != nil {
			return nil, &Error{
				Variable: list.variable, Rule: "has keyVersion " + quoted(version) +
					" twice", Remedy: "keep one of them",
				Err: tradepay.ErrInvalidConfig,
			}
		}
		if keys[version], err = readPublicKey(setting{list.variable, value}); err != nil {
			return nil, err
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return keys, nil
}

// splitEntry reads 1=<key>. A bare key has = at its end, too: what stands before it is too
// long for a version.
func splitEntry(variable, entry string) (version, value string, err error) {
	version, value, ok := strings.Cut(entry, "=")
	version = strings.TrimSpace(version)
	isPadding := value != "" && strings.Trim(value, "= ") == ""
	if !ok || isPadding || !sigheader.Token(version) {
		return "", "", &Error{
			Variable: variable, Rule: "has an entry without its keyVersion", Remedy: "write 1=<key>,2=<key>",
			Err: tradepay.ErrInvalidConfig,
		}
	}
	return version, strings.TrimSpace(value), nil
}

// setting is a variable with its value.
type setting struct{ variable, value string }

// keyOrFile returns the one of two variables that is set.
func keyOrFile(getenv func(string) string, value, file string) (setting, error) {
	text, name := getenv(value), getenv(file)
	switch {
	case text != "" && name != "":
		return setting{}, &Error{
			Variable: value, Rule: "is set together with " +
				file, Remedy: "keep one of them", Err: tradepay.ErrInvalidConfig,
		}
	case name != "":
		return setting{file, name}, nil
	}
	return setting{value, text}, nil
}

func readPublicKey(k setting) (*rsa.PublicKey, error) {
	if strings.HasSuffix(k.variable, "_FILE") {
		return ReadPublicKeyFile(k.variable, k.value)
	}
	return parsePublicKey(origin{variable: k.variable}, []byte(k.value))
}

// origin is the place that a key comes from.
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
	if err == nil {
		return key, nil
	}
	var field *tradepay.FieldError
	if errors.As(err, &field) {
		return nil, from.fail(field.Rule, field.Remedy, err)
	}
	return nil, from.fail(err.Error(), "", err)
}

// isFile reports whether a value is the name of an existing file.
func isFile(value []byte) bool {
	if len(value) > 255 || bytes.ContainsAny(value, "\n\r\x00") {
		return false
	}
	info, err := os.Stat(string(value))
	return err == nil && info.Mode().IsRegular()
}

func readFile(variable, file string) ([]byte, error) {
	file = unquoted(file)
	from := origin{variable, file}
	const (
		look     = "check the path and who may read it"
		tooLarge = "is far too large for a key"
		nameKey  = "name the file of the key"
	)
	info, err := os.Stat(file)
	switch {
	case err != nil && looksLikeKey(file):
		// The error shows neither the text nor what os says about it: it is a key.
		remedy := "write it to a file and name that"
		if value, ok := strings.CutSuffix(variable, "_FILE"); ok {
			remedy += ", or set " + value + " to it"
		}
		return nil, origin{variable: variable}.fail("holds a key where the name of a file belongs", remedy,
			tradepay.ErrInvalidKey)
	case errors.Is(err, os.ErrNotExist):
		return nil, from.fail("there is no such file", look, err)
	case err != nil:
		return nil, from.fail("cannot be read", look, err)
	case info.IsDir():
		return nil, from.fail("is a directory", "name the file in it", tradepay.ErrInvalidKey)
	case info.Size() > maxKeyFile:
		return nil, from.fail(tooLarge, nameKey, tradepay.ErrInvalidKey)
	}
	f, err := os.Open(file) //nolint:gosec // the file that the user names
	if err != nil {
		return nil, from.fail("cannot be read", look, err)
	}
	defer func() { _ = f.Close() }()                         // read only
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1)) // a device or pipe has no size
	switch {
	case err != nil:
		return nil, from.fail("cannot be read", look, err)
	case len(data) > maxKeyFile:
		return nil, from.fail(tooLarge, nameKey, tradepay.ErrInvalidKey)
	}
	return data, nil
}

// looksLikeKey reports whether the name of a file is rather the text of a key.
func looksLikeKey(file string) bool {
	return len(file) > 255 || strings.Contains(file, "-----") || strings.ContainsAny(file, "\n\r")
}
