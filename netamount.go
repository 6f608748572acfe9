package tradepay

import "strings"

// NetAmount is what stays with the merchant of a payment that is SUCCESS: its
// Amount without what its Transactions gave back. Refunds, voids and their like
// count from when they are in process, and unless they have failed. Of an authorized payment
// it is what was captured, without refunds. It is never negative. What cannot
// be read, such as a movement in another currency, leaves nothing.
//
// It says nothing about Status: ask [Order.CheckPaid].
func (o *Order) NetAmount() Amount {
	var captured, refunded, voided int64
	captures := false
	for _, t := range o.Transactions {
		kind := movementOf(t.Type)
		taking := kind == movementCapture
		counts := t.Status == TransactionSuccess || !taking && t.Status != TransactionFail
		if kind == movementOther || !counts {
			continue
		}
		if t.Amount.Currency != o.Amount.Currency || t.Amount.Value < 0 || t.Amount.Value > o.Amount.Value {
			return Amount{Currency: o.Amount.Currency}
		}
		switch kind {
		case movementCapture:
			captured, captures = addAtMost(captured, t.Amount.Value, o.Amount.Value), true
		case movementVoid:
			voided = addAtMost(voided, t.Amount.Value, o.Amount.Value)
		default:
			refunded = addAtMost(refunded, t.Amount.Value, o.Amount.Value)
		}
	}
	net := o.Amount
	if captures { // a void released what was not captured
		net.Value, voided = captured, 0
	}
	net.Value = max(0, max(0, net.Value-refunded)-voided)
	return net
}

// addAtMost adds what is not negative, up to a limit.
func addAtMost(sum, value, most int64) int64 {
	if value > most-sum {
		return most
	}
	return sum + value
}

type movementKind int

const (
	movementOther   movementKind = iota // such as the payment itself
	movementCapture                     // takes what was reserved
	movementRefund                      // gives back what was paid
	movementVoid                        // releases what was reserved, or undoes the payment
)

// movementOf reads a wallet's word for a transaction. The protocol lists none;
// wallets write REFUND, CAPTURE, VOID, CANCEL and words made of these.
func movementOf(word string) movementKind {
	word = strings.ToUpper(word)
	for _, known := range []struct {
		part string
		kind movementKind
	}{
		{"REFUND", movementRefund}, {"CHARGEBACK", movementRefund}, {"RETURN", movementRefund},
		{"VOID", movementVoid}, {"CANCEL", movementVoid}, {"REVERS", movementVoid}, {"RELEASE", movementVoid},
		{"CAPTURE", movementCapture},
	} {
		if strings.Contains(word, known.part) {
			return known.kind
		}
	}
	return movementOther
}
