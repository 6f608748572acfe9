// Package ascii tells which characters a text has.
package ascii

// Digits reports whether a text has at least one digit and nothing else.
func Digits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

// Printable reports whether a text has only printable ASCII characters and spaces.
// It reports true for the empty text.
func Printable(text string) bool {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}
