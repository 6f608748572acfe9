package wire

import (
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/internal/ascii"
)

// TimeFormat is how a wallet wants Request-Time written.
type TimeFormat string

// The formats that wallets document. [TimeFormat.Parse] reads them.
const (
	TimeISO8601Millis TimeFormat = ""            // 2019-04-04T12:08:56.253+05:30; the default
	TimeISO8601       TimeFormat = "iso8601"     // 2019-04-04T12:08:56+05:30
	TimeUTC           TimeFormat = "utc"         // 2019-04-04T06:38:56Z
	TimeUnixMillis    TimeFormat = "unix_millis" // 1554359936253
	TimeUnixSeconds   TimeFormat = "unix"        // 1554359936
)

// Format writes a time as Request-Time and Response-Time have it.
func (f TimeFormat) Format(t time.Time) string {
	switch f {
	case TimeISO8601:
		return t.Format("2006-01-02T15:04:05-07:00")
	case TimeUTC:
		return t.UTC().Format("2006-01-02T15:04:05Z")
	case TimeUnixMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case TimeUnixSeconds:
		return strconv.FormatInt(t.Unix(), 10)
	default:
		return t.Format("2006-01-02T15:04:05.000-07:00")
	}
}

// Parse reads the time of a header or a body. It reads all formats that wallets
// document, because wallets do not always use their own; Unix seconds only where
// the wallet writes them. It reports false for a text in none of them.
func (f TimeFormat) Parse(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	if len(text) == 13 && ascii.Digits(text) { // milliseconds from 2001 to 2286
		ms, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(ms), err == nil
	}
	if f == TimeUnixSeconds && len(text) == 10 && ascii.Digits(text) { // of the same years
		s, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(s, 0), err == nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z0700", text)
	}
	return t, err == nil
}
