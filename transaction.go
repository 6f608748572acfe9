package tradepay

import (
	"fmt"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/strictjson"
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
	ID     string            `json:"id,omitzero"`
	Type   string            `json:"type,omitzero"` // the wallet's word, such as "PAYMENT", "REFUND" or "CAPTURE"
	Status TransactionStatus `json:"status,omitzero"`
	Amount Amount            `json:"amount,omitzero"`
	Time   time.Time         `json:"time,omitzero"`
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

func netAmount(paid Amount, transactions []Transaction) Amount {
	if paid.Value <= 0 {
		return paid
	}
	// Each sum stops at the amount of the payment, so that nothing overflows.
	var captured, voided, back int64
	var hasCaptures bool
	seen := make(map[string]bool)
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
			duplicate := t.ID != "" && seen[t.ID]
			if !succeeded || !trusted || duplicate {
				continue
			}
			seen[t.ID] = true
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

// statusOf reads the transactionResult of wallets that send no transactionStatus. A
// result that is neither S nor F is in process.
func statusOf(result any) TransactionStatus {
	members, ok := result.(map[string]any)
	if !ok {
		return ""
	}
	switch members["resultStatus"] {
	case "S":
		return TransactionSuccess
	case "F":
		return TransactionFailed
	}
	return TransactionProcessing
}

// transactions reads the movements of a payment.
func (c *Client) transactions(r *reader) []Transaction {
	list, err := r.from.List("transactions")
	r.keep(err)
	var all []Transaction
	for _, item := range list {
		fields, ok := item.(map[string]any)
		if !ok {
			r.keep(&strictjson.TypeError{Member: "transactions", Want: "a list of objects"})
			continue
		}
		inner := reader{from: fields}
		t := Transaction{
			ID: inner.text("transactionId"), Type: inner.text("transactionType"),
			Status: TransactionStatus(inner.text("transactionStatus")),
			Amount: inner.amount("transactionAmount"), Time: inner.time("transactionTime"),
		}
		if known, ok := transactionStatus(&c.wallet.Words, string(t.Status)); ok {
			t.Status = known
		}
		if fields["transactionStatus"] == nil {
			t.Status = statusOf(fields["transactionResult"])
		}
		all = append(all, t)
		r.keep(inner.err)
	}
	return all
}
