package tradepay

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	maxComplaint = 200 // how many runes of a wallet's message an error's text shows
	leastSecret  = 4   // the shortest value that is hidden in it, in bytes
)

// complaintOf returns the wallet's message if it names the wrong field or path. It
// returns nothing for other codes, whose messages may be about the payer, nor for
// calls with a token, which the message may repeat. Wallets repeat the value that
// they reject: each text of the request becomes "…".
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
	case wire.OpApplyToken, wire.OpCancelToken, wire.OpUserInfo, wire.OpPrepare, wire.OpSendMessage, operation.SendPush,
		operation.UserCards, operation.UserAccounts:
		return true
	}
	return false
}

// sentTexts returns the texts within a request, the longest first, and the texts
// within those that are JSON themselves.
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
