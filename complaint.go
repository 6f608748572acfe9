package tradepay

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	maxComplaint = 200 // runes of a wallet's message that an error's text shows
	leastSecret  = 4   // bytes of a value that is worth hiding
)

// complaintOf is the wallet's message where it names the field or the path that
// is wrong. Messages of other codes may be about the payer, and those to calls
// with a token about the token. Wallets also repeat the value that they refuse:
// what was sent is left out.
func complaintOf(out *outgoing, code, message string) string {
	named := code == "PARAM_ILLEGAL" || code == "INVALID_API"
	if message == "" || !named || out.holdsToken() {
		return ""
	}
	for _, value := range sentTexts(out.body) {
		message = strings.ReplaceAll(message, value, "…")
	}
	if text := []rune(message); len(text) > maxComplaint {
		return " " + strconv.Quote(string(text[:maxComplaint])) + "…"
	}
	return " " + strconv.Quote(message)
}

// holdsToken reports whether an operation is about a payer's token.
func (out *outgoing) holdsToken() bool {
	switch out.op {
	case wire.OpApplyToken, wire.OpCancelToken, wire.OpUserInfo, wire.OpPrepare:
		return true
	}
	return false
}

// sentTexts are the texts within a request, the longest first. Those that hold
// JSON are looked into.
func sentTexts(body map[string]any) []string {
	all := figuresOf(body).texts
	for text := range all {
		if inner, err := strictjson.Parse([]byte(text)); err == nil {
			for part := range figuresOf(inner).texts {
				all[part] = true
			}
		}
	}
	var texts []string
	for text := range all {
		if len(text) >= leastSecret {
			texts = append(texts, text)
		}
	}
	slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) })
	return texts
}
