package tradepay

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// TransactionStatus is the state of a refund, capture or void.
type TransactionStatus string

// The states of a refund, capture or void.
const (
	TransactionSuccess    TransactionStatus = "SUCCESS"
	TransactionProcessing TransactionStatus = "PROCESSING" // not failed: do not try it with a new id
	TransactionFailed     TransactionStatus = "FAIL"
)

// Transaction is one movement of money within a payment.
type Transaction struct {
	ID string `json:"id,omitzero"` // the wallet's id: of a refund its refundId, of a capture its captureId
	// RequestID is the merchant's id of a refund or capture: your refundRequestId or
	// captureRequestId. Wallets of v2 send it, and by it you find your own.
	RequestID string `json:"requestId,omitzero"`
	Type      string `json:"type,omitzero"` // the wallet's word, such as "PAYMENT", "REFUND" or "CAPTURE"
	// Status is PROCESSING if the wallet's status and its result contradict each
	// other.
	Status TransactionStatus `json:"status,omitzero"`
	Result Result            `json:"result,omitzero"` // how it ended, in the wallet's words; of v2 wallets
	Amount Amount            `json:"amount,omitzero"`
	Time   time.Time         `json:"time,omitzero"`
	// LastCapture says of a capture that the wallet released the rest.
	LastCapture bool   `json:"lastCapture,omitzero"`
	VoidSource  string `json:"voidSource,omitzero"` // of a void, if the wallet says who or what caused it
}

// NetAmount returns how much of a paid payment the merchant keeps: Amount, less what
// its Transactions give back. Refunds, voids, cancels, reversals and chargebacks
// give back, also while they are in process, unless they failed. If there are
// captures, NetAmount begins with their sum instead of Amount, and a void of the
// rest takes nothing from it. A transaction whose amount is unreadable, such as in
// another currency, counts against the merchant: as a capture of nothing, or as
// giving back everything. The result is never negative. NetAmount does not look at
// Status, and is zero if Amount is.
func (o *Order) NetAmount() Amount { return netAmount(o.Amount, o.Transactions) }

// The ways in which a transaction moves money.
const (
	moveOther = iota
	moveCapture
	moveVoid
	moveBack
)

// movement returns what the wallet's word for a transaction means. A word with
// several meanings, such as CAPTURE_REVERSAL, means that money goes back.
func (t Transaction) movement() int {
	word := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToUpper(t.Type))
	for _, back := range []string{"REFUND", "CANCEL", "REVERS", "REVERT", "RETURN", "CHARGEBACK", "DISPUTE"} {
		if strings.Contains(word, back) {
			return moveBack
		}
	}
	switch {
	case strings.Contains(word, "VOID"):
		return moveVoid
	case strings.Contains(word, "CAPTURE"):
		return moveCapture
	}
	return moveOther
}

// seenTransactions are the ids of the transactions that were counted.
type seenTransactions map[[2]string]bool

// again notes a transaction, and reports whether it was noted before: the wallet's id
// names it, and the merchant's id, which moves money once.
func (s seenTransactions) again(t Transaction) bool {
	byID, byRequest := [2]string{"id", t.ID}, [2]string{"request", t.RequestID}
	known := t.ID != "" && s[byID] || t.RequestID != "" && s[byRequest]
	s[byID], s[byRequest] = true, true
	return known
}

func netAmount(paid Amount, transactions []Transaction) Amount {
	if paid.Value <= 0 {
		return paid
	}
	// Each sum stops at the amount of the payment, so that nothing overflows.
	var captured, voided, back int64
	var hasCaptures bool
	seen := make(seenTransactions)
	for _, t := range transactions {
		trusted := t.Amount.Currency == paid.Currency && t.Amount.Value >= 0
		value := paid.Value
		if trusted {
			value = min(t.Amount.Value, paid.Value)
		}
		failed := strings.EqualFold(string(t.Status), string(TransactionFailed))
		switch move := t.movement(); {
		case move == moveCapture:
			hasCaptures = true
			succeeded := strings.EqualFold(string(t.Status), string(TransactionSuccess))
			if !succeeded || !trusted || seen.again(t) {
				continue
			}
			captured = min(captured+value, paid.Value)
		case failed:
		case move == moveVoid:
			voided = min(voided+value, paid.Value)
		case move == moveBack:
			back = min(back+value, paid.Value)
		}
	}
	kept := paid.Value
	if hasCaptures {
		kept = captured
		voided -= min(voided, paid.Value-captured) // a void first takes the rest that was never charged
	}
	return Amount{Currency: paid.Currency, Value: max(kept-voided-back, 0)}
}

// kept returns an error if the merchant keeps less than the whole payment.
func kept(paid Amount, transactions []Transaction) error {
	if net := netAmount(paid, transactions); net != paid {
		return fmt.Errorf("%w: paid %s, of which %s is left", ErrRefunded, paid, net)
	}
	return nil
}

// transaction is what a verdict means for a transaction. One that is neither S nor
// F is in process.
func (s ResultStatus) transaction() TransactionStatus {
	switch s {
	case ResultSuccess:
		return TransactionSuccess
	case ResultFailed:
		return TransactionFailed
	}
	return TransactionProcessing
}

// settledRefund returns the transaction of the refund with this refundRequestId, or
// nil. If there are several, that which moved money counts, then that which may.
func settledRefund(transactions []Transaction, refundRequestID string) *Transaction {
	var found *Transaction
	rank := map[TransactionStatus]int{TransactionFailed: 1, TransactionSuccess: 3}
	for i := range transactions {
		t := &transactions[i]
		if t.RequestID != refundRequestID || t.movement() != moveBack {
			continue
		}
		if found == nil || cmp.Or(rank[t.Status], 2) > cmp.Or(rank[found.Status], 2) {
			found = t
		}
	}
	return found
}

// transactions reads the movements of a payment.
func (c *Client) transactions(r *reader) []Transaction {
	var all []Transaction
	r.each("transactions", func(in *reader) {
		t := Transaction{
			ID: in.text("transactionId"), RequestID: in.text("transactionRequestId"), Type: in.text("transactionType"),
			Status: TransactionStatus(in.text("transactionStatus")),
			Amount: in.amount("transactionAmount"), Time: in.time("transactionTime"),
			LastCapture: in.flag("isLastCapture"), VoidSource: in.text("voidSource"),
		}
		if known, ok := transactionStatus(&c.wallet.Words, string(t.Status)); ok {
			t.Status = known
		}
		if member, ok := in.from["transactionResult"].(map[string]any); ok {
			var err error
			t.Result, err = c.result(member)
			in.keep(err)
			told := t.Result.Status.transaction()
			contradicts := t.Status == TransactionSuccess && told == TransactionFailed ||
				t.Status == TransactionFailed && told == TransactionSuccess
			switch {
			case t.Status == "":
				t.Status = told
			case contradicts:
				t.Status = TransactionProcessing
			}
		}
		all = append(all, t)
	})
	return all
}
