package orderflow

import (
	"context"
	"fmt"

	tradepay "github.com/tradepay/tradepay-go"
)

// returned is what of a payment is not the merchant's anymore, in minor units.
type returned struct {
	certain int64 // refunded, voided or never captured
	likely  int64 // the same, with what is in process
}

// returned reads the movements of the payment.
func (v *verdict) returned() returned {
	payment := tradepay.Order{Amount: v.amount, Transactions: v.transactions}
	likely := v.amount.Value - payment.NetAmount().Value
	payment.Transactions = nil
	for _, t := range v.transactions {
		if t.Status == tradepay.TransactionSuccess {
			payment.Transactions = append(payment.Transactions, t)
		}
	}
	certain := v.amount.Value - payment.NetAmount().Value
	return returned{certain: min(certain, likely), likely: likely}
}

// givenBack takes in that the wallet has given back, by itself, what was paid,
// or a part of it. Nothing is fulfilled by that message: the whole ends the
// order, a part parks it for a person, and what is in process is asked about again.
func (f *Flow) givenBack(ctx context.Context, tx *transaction, o *Order, v verdict) error {
	r, was := v.returned(), o.State
	amount := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: o.Amount.Currency, Value: value} }
	why := fmt.Sprintf("%s: the wallet has given back %s of %s", v.why, amount(r.certain), o.Amount)
	inProcess := r.certain < r.likely
	if inProcess {
		why = fmt.Sprintf("%s: the wallet is giving back %s of %s", v.why, amount(r.likely), o.Amount)
	}
	byCancel := o.cancels > 0 && r.likely == o.Amount.Value // what was wanted
	if !byCancel {
		if err := f.raise(ctx, tx, Alarm{Kind: AlarmGivenBack, OrderID: o.ID, Reason: why, about: fmt.Sprintf("%d of %d", r.certain, r.likely)}, v.raw); err != nil {
			return err
		}
	}
	o.LastError = why
	if inProcess {
		f.save(tx, o, was)
		f.remember(tx, o.ID, was, was, v.actor, why, v.raw)
		return nil
	}
	if o.PaidAt.IsZero() {
		o.PaidAt = f.paidAt(v)
	}
	o.Refunded = amount(r.certain)
	switch {
	case r.certain == o.Amount.Value:
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
