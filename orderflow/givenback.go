package orderflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// returned is what of a payment is not the merchant's anymore, in minor units.
type returned struct {
	certain int64 // refunded, voided or never captured
	likely  int64 // the same, with what is in process
	unclear bool  // a movement is in another currency
}

// returned reads the movements of the payment.
func (v *verdict) returned() returned {
	payment := tradepay.Order{Amount: v.amount, Transactions: v.transactions}
	likely := v.amount.Value - payment.NetAmount().Value
	payment.Transactions = nil
	foreign := false
	for _, t := range v.transactions {
		foreign = foreign || !t.Amount.IsZero() && t.Amount.Currency != v.amount.Currency
		if t.Status == tradepay.TransactionSuccess {
			payment.Transactions = append(payment.Transactions, t)
		}
	}
	certain := v.amount.Value - payment.NetAmount().Value
	return returned{certain: min(certain, likely), likely: likely, unclear: foreign && likely > 0}
}

// returnedOf is what of a payment is not the merchant's anymore, of what was charged for
// the order: what of a reservation was never captured is nobody's loss.
func (v *verdict) returnedOf(o *Order) returned {
	if !o.Request.Authorize {
		return v.returned()
	}
	all := *v
	if _, named := v.captured(o); !named { // a void then takes what was never captured first
		all.transactions = append(slices.Clone(v.transactions), tradepay.Transaction{
			Type: "CAPTURE", Status: tradepay.TransactionSuccess, Amount: o.charged(),
		})
	}
	r, never := all.returned(), o.Amount.Value-o.charged().Value
	r.certain, r.likely = max(0, r.certain-never), max(0, r.likely-never)
	r.unclear = r.unclear && r.likely > 0
	return r
}

// captured is the sum of the captures that the message names, and whether it names any.
func (v *verdict) captured(o *Order) (sum int64, named bool) {
	captured, named := (&tradepay.Order{Amount: o.Amount, Transactions: v.transactions}).CapturedAmount()
	return captured.Value, named
}

// captures reports whether the message names a capture by our id, and it succeeded.
func (v *verdict) captures(o *Order, c *Capture) bool {
	return slices.ContainsFunc(v.transactions, func(t tradepay.Transaction) bool {
		one := verdict{transactions: []tradepay.Transaction{t}}
		sum, named := one.captured(o)
		return named && t.RequestID == c.ID && sum == c.Amount.Value
	})
}

// captureID is the wallet's id of a capture, if the message names it by ours.
func (v *verdict) captureID(c *Capture) string {
	for _, t := range v.transactions {
		if t.RequestID == c.ID {
			return t.ID
		}
	}
	return ""
}

// capturesNothing reports whether the message names captures of which none has succeeded.
func (v *verdict) capturesNothing(o *Order) bool {
	sum, named := v.captured(o)
	return named && sum == 0
}

// releasedRest reports whether the message names a void, or a last capture, that succeeded.
func (v *verdict) releasedRest() bool {
	return slices.ContainsFunc(v.transactions, func(t tradepay.Transaction) bool {
		ends := t.LastCapture || strings.Contains(strings.ToUpper(t.Type), "VOID")
		return ends && t.Status == tradepay.TransactionSuccess
	})
}

// describe says what the wallet has given back of an amount.
func (r returned) describe(of tradepay.Amount) string {
	amount := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: of.Currency, Value: value} }
	switch {
	case r.unclear:
		return fmt.Sprintf("the wallet has given back some of %s, in another currency", of)
	case r.certain < r.likely:
		return fmt.Sprintf("the wallet is giving back %s of %s", amount(r.likely), of)
	}
	return fmt.Sprintf("the wallet has given back %s of %s", amount(r.certain), of)
}

// raiseGivenBack tells a person that the wallet has given money back which
// nobody here asked for.
func (f *Flow) raiseGivenBack(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	r := v.returnedOf(o)
	alarm := Alarm{
		Kind: AlarmGivenBack, OrderID: o.ID, Reason: v.why + ": " + r.describe(o.charged()),
		about: digestOf(fmt.Append(nil, r.certain), fmt.Append(nil, r.likely)),
	}
	return f.raise(ctx, tx, alarm, v.raw)
}

// givenBack handles that the wallet has given back, by itself, what was paid,
// or a part of it. Nothing is fulfilled by that message: the whole ends the
// order, a part parks it for a person, and what is in process is asked about again.
func (f *Flow) givenBack(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	r, was, paid := v.returnedOf(o), o.State, o.charged()
	why := v.why + ": " + r.describe(paid)
	inProcess := r.certain < r.likely
	byCancel := o.cancels > 0 && r.likely == paid.Value // what was wanted
	if !byCancel {
		if err := f.raiseGivenBack(ctx, tx, o, v); err != nil {
			return err
		}
	}
	o.LastError = why
	if inProcess && !r.unclear {
		o.freshUntil, o.UpdatedAt = time.Time{}, f.now()
		f.save(tx, o, was)
		f.remember(tx, o.ID, was, was, v.actor, why, v.raw)
		return nil
	}
	if o.PaidAt.IsZero() {
		o.PaidAt = f.paidAt(v)
	}
	if !r.unclear {
		o.Refunded = tradepay.Amount{Currency: o.Amount.Currency, Value: r.certain}
	}
	switch {
	case r.certain == paid.Value && !r.unclear:
		return f.move(ctx, tx, o, StateRefunded, v.actor, why, v.raw)
	case was.Closed():
		f.save(tx, o, was)
		return f.late(ctx, tx, o, v)
	case was.Open():
		if err := f.move(ctx, tx, o, StatePaid, v.actor, why, v.raw); err != nil {
			return err
		}
	}
	return f.park(ctx, tx, o, why)
}
