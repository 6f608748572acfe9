// Package ascii asks of which characters a text is made.
package ascii

// Digits reports whether a text is digits only, and at least one.
func Digits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

// Printable reports whether a text has nothing but printable characters, space
// included. The empty text has.
func Printable(text string) bool {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}
