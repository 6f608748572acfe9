package tradepay

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/tradepay/tradepay-go/internal/sigheader"
	"github.com/tradepay/tradepay-go/wire"
)

// checkProfile rejects a profile with which the client cannot sign, send or read
// messages.
func checkProfile(p *wire.Profile) error {
	routes, signing := &p.Routes, &p.Signing
	switch {
	case p.Name == "":
		return invalidConfig("Wallet", "is required", "use a profile of package wallets")
	case p.Dialect != "v1" && p.Dialect != "v2":
		return invalidConfig("Wallet.Dialect", `must be "v1" or "v2"`,
			"start from wallets.PlatformV1() or PlatformV2()")
	case !plainPath("/"+routes.Version) || strings.Contains(routes.Version, "/"):
		return invalidConfig("Wallet.Routes.Version", `must be one path element such as "v1"`, "")
	case routes.Prefix != "" && !plainPath(routes.Prefix):
		return invalidConfig("Wallet.Routes.Prefix",
			"must be a plain path that begins with a slash and does not end with one", "")
	case strings.ContainsFunc(routes.CashierJSAPI, notLetter):
		return invalidConfig("Wallet.Routes.CashierJSAPI", `must be the name alone, such as "pay" for my.pay`, "")
	case signing.Label() != "RSA256" && signing.Label() != "SHA256withRSA":
		return invalidConfig("Wallet.Signing.AlgorithmLabel", "must be RSA256 or SHA256withRSA", "")
	case signing.HeaderSeparator != "" && strings.Trim(signing.HeaderSeparator, " ") != ",":
		return invalidConfig("Wallet.Signing.HeaderSeparator", "must be a comma with optional spaces", "")
	}
	if err := checkSigning(p); err != nil {
		return err
	}
	if err := checkHeaders(p); err != nil {
		return err
	}
	if shaper := reflect.ValueOf(p.Shaper); shaper.Kind() == reflect.Pointer && shaper.IsNil() {
		return invalidConfig("Wallet.Shaper", "is a nil pointer", "leave it out, or give one")
	}
	for _, path := range routes.Paths {
		if !plainPath("/" + strings.TrimPrefix(path, "/")) {
			return invalidConfig("Wallet.Routes.Paths", "must be plain paths", "")
		}
	}
	return checkWords(&p.Words)
}

func checkSigning(p *wire.Profile) error {
	s := &p.Signing
	switch s.TimeFormat {
	case wire.TimeISO8601Millis, wire.TimeISO8601, wire.TimeUTC, wire.TimeUnixMillis, wire.TimeUnixSeconds:
	default:
		return invalidConfig("Wallet.Signing.TimeFormat", "must be one of the TimeFormat constants", "")
	}
	switch s.Encoding {
	case wire.EncodingPercent, wire.EncodingBase64, wire.EncodingBase64URL:
	default:
		return invalidConfig("Wallet.Signing.Encoding", "must be one of the SignatureEncoding constants", "")
	}
	switch s.Content {
	case "":
	case wire.ContentDotted:
		if s.RequestIDHeader == "" || s.TimeFormat != wire.TimeUnixMillis {
			return invalidConfig("Wallet.Signing.Content",
				"needs RequestIDHeader and TimeUnixMillis with ContentDotted", "")
		}
	case wire.ContentMerchant:
		if !p.Requirements.MerchantID {
			return invalidConfig("Wallet.Signing.Content", "needs Requirements.MerchantID with ContentMerchant", "")
		}
	default:
		return invalidConfig("Wallet.Signing.Content", "must be one of the SignedContent constants", "")
	}
	return nil
}

func checkHeaders(p *wire.Profile) error {
	for _, header := range []struct{ field, name string }{
		{"Wallet.Signing.MerchantIDHeader", p.Signing.MerchantIDHeader},
		{"Wallet.Signing.AgentTokenHeader", p.Signing.AgentTokenHeader},
		{"Wallet.Signing.RequestIDHeader", p.Signing.RequestIDHeader},
	} {
		switch http.CanonicalHeaderKey(header.name) {
		case "Signature", "Client-Id", "Request-Time", "Content-Type", "Accept-Encoding":
			return invalidConfig(header.field, "must not name a header of the protocol", "")
		}
		if header.name != "" && !sigheader.Token(header.name) {
			return invalidConfig(header.field, "must be the name of an HTTP header", "")
		}
	}
	return nil
}

// checkWords rejects translations that the client does not know: a typo in a profile
// must not decide an outcome.
func checkWords(w *wire.Words) error {
	for _, word := range w.Results {
		switch ResultStatus(word) {
		case ResultSuccess, ResultAccepted, ResultUnknown, ResultFailed:
		default:
			return invalidConfig("Wallet.Words.Results", "must translate into S, A, U or F", "")
		}
	}
	for _, word := range w.Statuses {
		if !PaymentStatus(word).known() {
			return invalidConfig("Wallet.Words.Statuses", "must translate into a status of the platform",
				"use a PaymentStatus, such as FAIL")
		}
	}
	return nil
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// plainPath reports whether a path has only one spelling to be signed and sent.
func plainPath(path string) bool {
	if len(path) < 2 || path[0] != '/' || path[len(path)-1] == '/' {
		return false
	}
	for _, c := range []byte(path) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && strings.IndexByte("/-._~", c) < 0 {
			return false
		}
	}
	return !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}

// resultStatus returns the verdict. A word that is none of the four counts as U.
func resultStatus(w *wire.Words, word string) ResultStatus {
	switch status := ResultStatus(w.Result(word)); status {
	case ResultSuccess, ResultAccepted, ResultFailed:
		return status
	default:
		return ResultUnknown
	}
}

// paymentStatus returns the status, or false for a word without a known meaning.
func paymentStatus(w *wire.Words, word string) (PaymentStatus, bool) {
	status := PaymentStatus(w.Status(word))
	return status, status.known()
}

func (s PaymentStatus) known() bool {
	switch s {
	case StatusProcessing, StatusAuthorized, StatusSuccess, StatusFailed, StatusCancelled:
		return true
	}
	return false
}

// transactionStatus is paymentStatus for refunds, captures and voids.
func transactionStatus(w *wire.Words, word string) (TransactionStatus, bool) {
	switch status := TransactionStatus(w.Status(word)); status {
	case TransactionSuccess, TransactionProcessing, TransactionFailed:
		return status, true
	}
	return "", false
}
