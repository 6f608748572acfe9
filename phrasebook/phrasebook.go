// Package phrasebook says in Spanish what the library, the doctor and the test wallet say in
// English, for programs that show it to people. Errors and log lines themselves stay English.
package phrasebook

import "github.com/tradepay/tradepay-go/internal/phrasebook"

// Spanish returns a text of this module in Spanish, such as the remedy of a
// [github.com/tradepay/tradepay-go/doctor.Finding]. Names, numbers and what no phrase is
// known for, such as a text of the operating system, stay as they are. The words may change
// with each version: decide nothing by them.
func Spanish(text string) string { return phrasebook.Spanish(text) }
