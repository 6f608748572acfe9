package sigheader_test

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

func TestParseGrammar(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for name, tt := range map[string]struct {
		value string
		want  sigheader.Header
		err   error
	}{
		"the usual order": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA",
			want: header("RSA256", "1")},
		"without spaces": {value: "algorithm=RSA256,keyVersion=1,signature=AAAA",
			want: header("RSA256", "1")},
		"signature first": {value: "signature=AAAA, algorithm=RSA256, keyVersion=1",
			want: header("RSA256", "1")},
		"keyVersion first": {value: "keyVersion=1,signature=AAAA,algorithm=RSA256",
			want: header("RSA256", "1")},
		"several spaces after commas": {value: "algorithm=RSA256,   keyVersion=1,  signature=AAAA",
			want: header("RSA256", "1")},
		"algorithm in another case": {value: "algorithm=sha256withrsa, keyVersion=1, signature=AAAA",
			want: header("sha256withrsa", "1")},
		"a word as keyVersion": {value: "algorithm=RSA256, keyVersion=2026-01_b.3, signature=AAAA",
			want: header("RSA256", "2026-01_b.3")},
		"a keyVersion of 64": {value: "algorithm=RSA256, keyVersion=" + long + ", signature=AAAA",
			want: header("RSA256", long)},
		"exactly 2048 bytes": {value: padded(2048), want: header("RSA256", "1")},

		"2049 bytes":    {value: padded(2049), err: sigheader.ErrMalformed},
		"nothing":       {value: "", err: sigheader.ErrMalformed},
		"only a space":  {value: " ", err: sigheader.ErrMalformed},
		"only a comma":  {value: ",", err: sigheader.ErrMalformed},
		"only a value":  {value: "AAAA", err: sigheader.ErrMalformed},
		"no algorithm":  {value: "keyVersion=1, signature=AAAA", err: sigheader.ErrMalformed},
		"no keyVersion": {value: "algorithm=RSA256, signature=AAAA", err: sigheader.ErrMalformed},
		"no signature":  {value: "algorithm=RSA256, keyVersion=1", err: sigheader.ErrMalformed},
		"algorithm twice": {value: "algorithm=RSA256, algorithm=RSA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"keyVersion twice": {value: "algorithm=RSA256, keyVersion=1, keyVersion=2, signature=AAAA",
			err: sigheader.ErrMalformed},
		"signature twice": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA, signature=AAAB",
			err: sigheader.ErrMalformed},
		"the whole header twice": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA, " +
			"algorithm=RSA256, keyVersion=1, signature=AAAA", err: sigheader.ErrMalformed},
		"an unknown pair": {value: "algorithm=RSA256, keyVersion=1, nonce=7, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a name in another case": {value: "Algorithm=RSA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a pair without equals sign": {value: "algorithm=RSA256, keyVersion, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a pair without name": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA, =x",
			err: sigheader.ErrMalformed},
		"an empty algorithm": {value: "algorithm=, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"an empty keyVersion": {value: "algorithm=RSA256, keyVersion=, signature=AAAA",
			err: sigheader.ErrMalformed},
		"an empty signature": {value: "algorithm=RSA256, keyVersion=1, signature=",
			err: sigheader.ErrMalformed},
		"an empty one before a full one": {value: "algorithm=RSA256, keyVersion=1, signature=, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a comma at the end": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA,",
			err: sigheader.ErrMalformed},
		"a comma at the beginning": {value: ",algorithm=RSA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"two commas": {value: "algorithm=RSA256,, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"semicolons": {value: "algorithm=RSA256; keyVersion=1; signature=AAAA",
			err: sigheader.ErrMalformed},
		"quotes": {value: `algorithm="RSA256", keyVersion="1", signature="AAAA"`,
			err: sigheader.ErrMalformed},
		"a space before the equals sign": {value: "algorithm =RSA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a space after the equals sign": {value: "algorithm= RSA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a space inside the algorithm": {value: "algorithm=RSA 256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a space inside the signature": {value: "algorithm=RSA256, keyVersion=1, signature=AA AA",
			err: sigheader.ErrMalformed},
		"a tab instead of a space": {value: "algorithm=RSA256,\tkeyVersion=1,\tsignature=AAAA",
			err: sigheader.ErrMalformed},
		"a tab inside the signature": {value: "algorithm=RSA256, keyVersion=1, signature=AA\tAA",
			err: sigheader.ErrMalformed},
		"a line feed inside": {value: "algorithm=RSA256, keyVersion=1, signature=AA\nAA",
			err: sigheader.ErrMalformed},
		"a line feed at the end": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA\n",
			err: sigheader.ErrMalformed},
		"CR LF at the end": {value: "algorithm=RSA256, keyVersion=1, signature=AAAA\r\n",
			err: sigheader.ErrMalformed},
		"a folded line": {value: "algorithm=RSA256,\r\n keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a keyVersion of 65": {value: "algorithm=RSA256, keyVersion=a" + long + ", signature=AAAA",
			err: sigheader.ErrMalformed},
		"a slash in the keyVersion": {value: "algorithm=RSA256, keyVersion=1/2, signature=AAAA",
			err: sigheader.ErrMalformed},
		"an equals sign in keyVersion": {value: "algorithm=RSA256, keyVersion=1=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a zero byte in the keyVersion": {value: "algorithm=RSA256, keyVersion=1\x00, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a letter that folds to ASCII": {value: "algorithm=R\u017fA256, keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a no-break space": {value: "algorithm=RSA256,\u00a0keyVersion=1, signature=AAAA",
			err: sigheader.ErrMalformed},
		"a vertical tab in the signature": {value: "algorithm=RSA256, keyVersion=1, signature=AA\vAA",
			err: sigheader.ErrEncoding},
		"a zero byte in the signature": {value: "algorithm=RSA256, keyVersion=1, signature=AA\x00A",
			err: sigheader.ErrEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sigheader.Parse(tt.value)
			require.ErrorIs(t, err, tt.err)
			require.Equal(t, tt.want, got)
		})
	}
}

func header(algorithm, keyVersion string) sigheader.Header {
	return sigheader.Header{Algorithm: algorithm, KeyVersion: keyVersion, Signature: []byte{0, 0, 0}}
}

func padded(length int) string {
	const head, tail = "algorithm=RSA256,", "keyVersion=1, signature=AAAA"
	return head + strings.Repeat(" ", length-len(head)-len(tail)) + tail
}

func TestDecode(t *testing.T) {
	t.Parallel()
	bytes5 := []byte{0xfb, 0xff, 0xfe, 0xfb, 0xff} // +//++/8= in base64
	for name, tt := range map[string]struct {
		text string
		want []byte
		err  error
	}{
		"base64":                          {text: "+//++/8=", want: bytes5},
		"percent-encoded base64":          {text: "%2B%2F%2F%2B%2B%2F8%3D", want: bytes5},
		"percent-encoded in lower case":   {text: "%2b%2f%2f%2b%2b%2f8%3d", want: bytes5},
		"base64url":                       {text: "-__--_8", want: bytes5},
		"base64url with padding":          {text: "-__--_8=", want: bytes5},
		"text that is the same in all":    {text: "AAAA", want: []byte{0, 0, 0}},
		"two pads":                        {text: "AA==", want: []byte{0}},
		"two pads percent-encoded":        {text: "AA%3D%3D", want: []byte{0}},
		"unpadded without special letter": {text: "AA", want: []byte{0}},

		"nothing":                             {text: "", err: sigheader.ErrEncoding},
		"one letter":                          {text: "A", err: sigheader.ErrEncoding},
		"base64 without its padding":          {text: "+//++/8", err: sigheader.ErrEncoding},
		"one pad instead of two":              {text: "AA=", err: sigheader.ErrEncoding},
		"three pads":                          {text: "AA===", err: sigheader.ErrEncoding},
		"only padding":                        {text: "====", err: sigheader.ErrEncoding},
		"padding first":                       {text: "==AA", err: sigheader.ErrEncoding},
		"text after the padding":              {text: "AA==AAAA", err: sigheader.ErrEncoding},
		"both alphabets":                      {text: "+__+-/8=", err: sigheader.ErrEncoding},
		"both alphabets, unpadded":            {text: "+_//-/88", err: sigheader.ErrEncoding},
		"trailing bits in base64":             {text: "+//++/9=", err: sigheader.ErrEncoding},
		"trailing bits in percent":            {text: "%2B%2F%2F%2B%2B%2F9%3D", err: sigheader.ErrEncoding},
		"trailing bits in base64url":          {text: "-__--_9", err: sigheader.ErrEncoding},
		"trailing bits in padded base64url":   {text: "-__--_9=", err: sigheader.ErrEncoding},
		"trailing bits without special":       {text: "AB", err: sigheader.ErrEncoding},
		"only the padding percent-encoded":    {text: "+//++/8%3D", err: sigheader.ErrEncoding},
		"all but the padding percent-encoded": {text: "%2B%2F%2F%2B%2B%2F8=", err: sigheader.ErrEncoding},
		"only + percent-encoded":              {text: "%2B//%2B%2B/8%3D", err: sigheader.ErrEncoding},
		"only / percent-encoded":              {text: "+%2F%2F++%2F8%3D", err: sigheader.ErrEncoding},
		"the padding half percent-encoded":    {text: "AA%3D=", err: sigheader.ErrEncoding},
		"percent-encoded without padding":     {text: "%2B%2F%2F%2B%2B%2F8", err: sigheader.ErrEncoding},
		"both cases of percent-encoding":      {text: "%2B%2f%2F%2b%2B%2F8%3d", err: sigheader.ErrEncoding},
		"percent-encoded twice": {text: "%252B%252F%252F%252B%252B%252F8%253D",
			err: sigheader.ErrEncoding},
		"base64url percent-encoded":          {text: "%2D%5F%5F%2D%2D%5F8", err: sigheader.ErrEncoding},
		"base64url beside percent-encoding":  {text: "-__--_8%3D", err: sigheader.ErrEncoding},
		"a plain letter percent-encoded":     {text: "%41AAA", err: sigheader.ErrEncoding},
		"an escape that breaks off":          {text: "AAA%2", err: sigheader.ErrEncoding},
		"a lone percent sign":                {text: "%", err: sigheader.ErrEncoding},
		"an escape that is not hexadecimal":  {text: "AAA%2G", err: sigheader.ErrEncoding},
		"an escaped percent sign":            {text: "AAA%25", err: sigheader.ErrEncoding},
		"an escaped line feed":               {text: "AAAA%0A", err: sigheader.ErrEncoding},
		"an escaped zero byte":               {text: "AAAA%00", err: sigheader.ErrEncoding},
		"a line feed that base64 would skip": {text: "AA\nAA", err: sigheader.ErrEncoding},
		"CR that base64 would skip":          {text: "AAAA\r", err: sigheader.ErrEncoding},
		"a space where + was":                {text: " //++/8=", err: sigheader.ErrEncoding},
		"a letter of no alphabet":            {text: "*AAA", err: sigheader.ErrEncoding},
		"a letter beyond ASCII":              {text: "AAA\u00c4", err: sigheader.ErrEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sigheader.Decode(tt.text)
			require.ErrorIs(t, err, tt.err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestErrorsCarryNoText(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"sesame", "sesame=1", "algorithm=RSA256, keyVersion=1, signature=*sesame",
		"algorithm=ses@me, keyVersion=1, signature=AAAA"} {
		_, err := sigheader.Parse(value)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "ses")
	}
}

func TestFormatThenParse(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, enc := range map[string]sigheader.Encoding{
		"percent-encoded base64": sigheader.Percent, "base64": sigheader.Base64, "base64url": sigheader.URL,
	} {
		for _, size := range []int{256, 384, 512} {
			for range 50 {
				want := sigheader.Header{Algorithm: "RSA256", KeyVersion: "1", Signature: make([]byte, size)}
				for i := range want.Signature {
					want.Signature[i] = byte(random.Uint32())
				}
				for _, separator := range []string{", ", ","} {
					text := sigheader.Format(want, enc, separator)
					require.True(t, strings.HasPrefix(text,
						"algorithm=RSA256"+separator+"keyVersion=1"+separator+"signature="), name)
					got, err := sigheader.Parse(text)
					require.NoError(t, err, "%s of %d bytes: %s", name, size, text)
					require.Equal(t, want, got, name)
				}
			}
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1": true, "0": true, "RSA256": true, "a-b_c.d": true, strings.Repeat("9", 64): true,
		"": false, strings.Repeat("9", 65): false, " 1": false, "1 ": false, "a,b": false, "a=b": false, "a\nb": false,
		"\u00e4": false, "a%b": false,
	} {
		require.Equal(t, want, sigheader.Token(text), "%q", text)
	}
}

// spellings are all texts of the signature that Decode may accept: one for each
// encoding, and the two lenient forms that the document has.
func spellings(sig []byte) []string {
	percent := sigheader.Encode(sig, sigheader.Percent)
	return []string{
		percent, strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(percent),
		sigheader.Encode(sig, sigheader.Base64), sigheader.Encode(sig, sigheader.URL),
		base64.URLEncoding.EncodeToString(sig),
	}
}

func FuzzParse(f *testing.F) {
	sig := make([]byte, 256)
	for i := range sig {
		sig[i] = byte(7 * i)
	}
	for _, value := range spellings(sig) {
		f.Add("algorithm=RSA256, keyVersion=1, signature=" + value)
	}
	for _, value := range []string{
		"", "algorithm=RSA256", "signature=AA==,keyVersion=1,algorithm=RSA256",
		"algorithm=RSA256, keyVersion=1, signature=AB==",
		"algorithm=RSA256, keyVersion=1, signature=-_8=", "algorithm=RSA256, keyVersion=1, signature=%2b%2F8%3D",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h, err := sigheader.Parse(value)
		if err != nil {
			if h.Algorithm != "" || h.KeyVersion != "" || h.Signature != nil {
				t.Fatalf("refused and yet returned: %q", value)
			}
			return
		}
		if len(h.Signature) == 0 || !sigheader.Token(h.Algorithm) || !sigheader.Token(h.KeyVersion) {
			t.Fatalf("accepted with an empty part: %q", value)
		}
		// Read the value once more without the parser.
		var texts []string
		for pair := range strings.SplitSeq(value, ",") {
			if text, ok := strings.CutPrefix(strings.Trim(pair, " "), "signature="); ok {
				texts = append(texts, text)
			}
		}
		if len(texts) != 1 || !slices.Contains(spellings(h.Signature), texts[0]) {
			t.Fatalf("a second spelling was accepted: %q", value)
		}
		for _, enc := range []sigheader.Encoding{sigheader.Percent, sigheader.Base64, sigheader.URL} {
			text := sigheader.Format(h, enc, ", ")
			if len(text) > sigheader.MaxLen {
				continue
			}
			again, err := sigheader.Parse(text)
			if err != nil || again.Algorithm != h.Algorithm || again.KeyVersion != h.KeyVersion ||
				!slices.Equal(again.Signature, h.Signature) {
				t.Fatalf("%q was written as %q and not read again: %v", value, text, err)
			}
		}
	})
}
