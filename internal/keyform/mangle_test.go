package keyform

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/internal/vectortest"
)

// mangles are what happens to a key on its way. at is between 0 and 255.
var mangles = []func(text string, at byte) string{
	func(s string, _ byte) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "\n", " ") },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "\n", "") },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "\n", `\n`) },
	func(s string, _ byte) string { return strings.ReplaceAll(s, `\`, `\\`) },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "\n", "\n    ") },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "/", `\/`) },
	func(s string, _ byte) string { return strings.ReplaceAll(s, `"`, `\"`) },
	func(s string, _ byte) string { return strings.ReplaceAll(s, "-----", "\u2014") },
	func(s string, _ byte) string { return "\ufeff" + s },
	func(s string, _ byte) string { return `"` + s + `"` },
	func(s string, _ byte) string { return "'" + s + "'" },
	func(s string, _ byte) string { return "TRADEPAY_PRIVATE_KEY=" + s },
	func(s string, _ byte) string { return "export KEY=" + s + "\n" },
	func(s string, _ byte) string { return "key: " + s },
	func(s string, _ byte) string { return "# a comment\n" + s },
	func(s string, _ byte) string { return s + "\n\nthe end" },
	func(s string, _ byte) string { return url.QueryEscape(s) },
	func(s string, _ byte) string { return encoded(s) },
	func(s string, _ byte) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	func(s string, at byte) string { return wrapped(encoded(s), 40+int(at), "\n") },
	func(s string, at byte) string { return inUTF16(s, at%2 == 0) },
	func(s string, _ byte) string { return s + s },
	func(s string, _ byte) string { return strings.ToUpper(s) },
	func(s string, _ byte) string { return strings.TrimSpace(s) },
}

// damages lose, add or move something. What they leave of a private key never is
// another: its numbers would not fit together.
var damages = []func(text string, at byte) string{
	func(s string, at byte) string { return s[:place(s, at)] },
	func(s string, at byte) string { return s[place(s, at):] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + s[min(i+4, len(s)):] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + s[min(i+64, len(s)):] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + "AAAA" + s[i:] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + s[i:min(i+65, len(s))] + s[i:] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + "\x00" + s[i:] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + "=" + s[i:] },
	func(s string, at byte) string { i := place(s, at); return s[:i] + "-" + s[i:] },
}

// changes put something else in a place. Whoever changes a letter of a modulus has a key of
// another modulus, which nobody can tell: public keys are spared.
var changes = []func(text string, at byte) string{
	func(s string, at byte) string { return substituted(s, at, "A") },
	func(s string, at byte) string { return substituted(s, at, "z") },
	func(s string, at byte) string { return substituted(s, at, "+") },
	func(s string, at byte) string { return substituted(s, at, "\x00") },
	func(s string, at byte) string { return substituted(s, at, "AAAABBBB") },
}

func place(s string, at byte) int { return len(s) * int(at) / 256 }

func substituted(s string, at byte, by string) string {
	i := place(s, at)
	if i+len(by) > len(s) {
		return s
	}
	return s[:i] + by + s[i+len(by):]
}

// sources are good keys, the private ones first.
func sources(t testing.TB) (texts []string, private int) {
	t.Helper()
	f := merchant(t)
	jwkPrivate, jwkPublic := jwk(vectortest.Key(t, "merchant"))
	xmlPrivate, xmlPublic := dotNet(vectortest.Key(t, "merchant"))
	p12 := testFile(t, "plain.p12.b64")
	texts = []string{f.pkcs8, f.pkcs1, f.bare, f.pkcs8DER, f.pkcs1DER, jwkPrivate, xmlPrivate, p12, unbase64(t, p12)}
	private = len(texts)
	return append(texts, f.pkix, f.public1, f.bareWallet, f.pkixDER, f.public1DER, f.certificate, jwkPublic, xmlPublic),
		private
}

// mangled does two bytes a step: what, and where. A public key is damaged once at most: two
// damages can make up for each other.
func mangled(text string, isPrivate bool, steps []byte) string {
	all := slices.Concat(mangles, damages)
	if isPrivate {
		all = slices.Concat(all, changes)
	}
	damaged := false
	for len(steps) >= 2 && len(text) < 32<<10 {
		what := int(steps[0]) % len(all)
		if what < len(mangles) || isPrivate || !damaged {
			text = all[what](text, steps[1])
			damaged = damaged || what >= len(mangles)
		}
		steps = steps[2:]
	}
	return text
}

// requireSameKeyOrError is the property: whatever has happened to a key, it is read as itself
// or refused, never as another, and never as the other half.
func requireSameKeyOrError(t *testing.T, text string, isPrivate bool) (read bool) {
	t.Helper()
	want := vectortest.Key(t, "merchant")
	key, err := Private([]byte(text))
	public, publicErr := Public([]byte(text))
	for _, err := range []error{err, publicErr} {
		if err != nil {
			var fault *rsakey.UnusableError
			require.ErrorAs(t, err, &fault)
			require.NotEmpty(t, fault.Remedy)
		}
	}
	if isPrivate {
		require.Error(t, publicErr, "a private key is no public one")
		require.Nil(t, public)
		if err == nil {
			require.True(t, want.PublicKey.Equal(&key.PublicKey), "another key")
			require.NoError(t, key.Validate())
		}
		return err == nil
	}
	require.Error(t, err, "a public key is no private one")
	require.Nil(t, key)
	if publicErr == nil {
		require.True(t, want.PublicKey.Equal(public), "another key")
	}
	return publicErr == nil
}

// TestMangledKeys composes mangles and damages at random.
func TestMangledKeys(t *testing.T) {
	t.Parallel()
	texts, privates := sources(t)
	random := rand.New(rand.NewPCG(1, 2))
	read, rounds := 0, testsize.Of(1000, 4000, 400_000)
	for range rounds {
		steps := make([]byte, 2*(1+random.IntN(5)))
		for i := range steps {
			steps[i] = byte(random.IntN(256))
		}
		which := random.IntN(len(texts))
		text := mangled(texts[which], which < privates, steps)
		ok := t.Run(fmt.Sprintf("%d %x", which, steps), func(t *testing.T) {
			if requireSameKeyOrError(t, text, which < privates) {
				read++
			}
		})
		require.True(t, ok)
	}
	t.Logf("measured: mangled keys: %d of %d read as the same key, the others refused", read, rounds)
	require.Greater(t, read, rounds/10)
	require.Less(t, read, rounds)
}

// TestEveryCharacterOfAPrivateKey: no single wrong, lost or doubled character makes another key.
func TestEveryCharacterOfAPrivateKey(t *testing.T) {
	t.Parallel()
	f := merchant(t)
	step := testsize.Of(41, 7, 1)
	for _, text := range []string{f.bare, f.pkcs1, f.pkcs1DER} {
		for i := 0; i < len(text); i += step {
			for _, by := range []string{"", text[i:i+1] + text[i:i+1], "Q", string(text[i] ^ 1)} {
				requireSameKeyOrError(t, text[:i]+by+text[i+1:], true)
			}
		}
	}
}

func FuzzMangledKey(f *testing.F) {
	texts, privates := sources(f)
	for which := range texts {
		for what := range len(mangles) + len(damages) + len(changes) {
			f.Add(byte(which), []byte{byte(what), byte(which * 16)})
		}
	}
	f.Add(byte(0), []byte{3, 0, 10, 0, 12, 0, 18, 0})
	f.Fuzz(func(t *testing.T, which byte, steps []byte) {
		if len(steps) > 16 {
			steps = steps[:16]
		}
		i := int(which) % len(texts)
		requireSameKeyOrError(t, mangled(texts[i], i < privates, steps), i < privates)
	})
}
