package tradepay

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/loopback"
)

// validateID checks an id by the rule of the wallets' documents.
func validateID(field, id string) error {
	switch {
	case id == "":
		return invalidRequest(field, "is required", "")
	case utf8.RuneCountInString(id) > 64:
		return invalidRequest(field, "must have at most 64 characters", "shorten it, or use a UUID")
	case strings.ContainsAny(id, "@#?"):
		return invalidRequest(field, "must not contain @ # or ?", "use letters, digits, - and _")
	case strings.ContainsRune(id, utf8.RuneError): // strictjson makes it of half a character
		return invalidRequest(field, "must not contain U+FFFD", "use letters, digits, - and _")
	case !printableText(id) || strings.TrimSpace(id) != id:
		return invalidRequest(field, "must not contain control characters or begin or end with a space",
			"use letters, digits, - and _")
	}
	return nil
}

func validateContext(ctx context.Context) error {
	if ctx == nil {
		return invalidRequest("ctx", "is nil", "pass the request's context, or context.Background()")
	}
	return nil
}

func validateText(field, text string, most int) error {
	switch {
	case !utf8.ValidString(text):
		return invalidRequest(field, "must be valid UTF-8", "")
	case utf8.RuneCountInString(text) > most:
		return invalidRequest(field, "must have at most "+strconv.Itoa(most)+" characters", "shorten it")
	}
	return nil
}

func validateURL(field, text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > 1024:
		return invalidRequest(field, "must have at most 1,024 characters", "shorten it")
	case !ascii.Printable(text) || strings.Contains(text, " "):
		return invalidRequest(field, "must be printable ASCII without spaces", "percent-encode the other characters")
	case err != nil || !u.IsAbs() || u.Host == "":
		page := "/thanks"
		if strings.HasSuffix(field, "NotifyURL") {
			page = "/notify"
		}
		return invalidRequest(field, "must be an absolute URL", `give it like "https://shop.example.com`+page+`"`)
	case strings.HasSuffix(field, "NotifyURL") && u.Scheme != "https" && u.Scheme != "http":
		return invalidRequest(field, "must be an http or https URL", `give it like "https://shop.example.com/notify"`)
	case strings.HasSuffix(field, "NotifyURL") && u.Scheme == "http" && !loopback.Host(u.Hostname()):
		return invalidRequest(field, "must be https; http is for loopback only", "use https")
	case strings.HasSuffix(field, "NotifyURL") && (u.Fragment != "" || u.User != nil):
		return invalidRequest(field, "must have no user and no fragment", "")
	}
	return nil
}

// validateAmount checks an amount of a request.
func validateAmount(field string, a Amount) error {
	if a.IsZero() {
		missing := invalidAmount(field, "is required",
			"give it in the smallest unit, 100 for 1.00 USD, or with ParseAmount")
		return within(ErrInvalidRequest, missing)
	}
	return within(ErrInvalidRequest, a.validate(field))
}

func printableText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
