package tradepaytest

import (
	"strconv"

	"github.com/tradepay/tradepay-go"
)

// SetBalance sets how much money the payer has in the currency of balance. Payments and
// reservations take from it, refunds and releases return to it, and the cashier shows it.
// A payment of more fails: FAIL, USER_BALANCE_NOT_ENOUGH, and my.tradePay's result code
// 4000. In a currency without a balance, the payer always has enough. SetBalance panics
// on a currency that is not in ISO 4217 and on a negative value.
func (w *Wallet) SetBalance(balance tradepay.Amount) {
	if _, known := tradepay.MinorDigits(balance.Currency); !known || balance.Value < 0 {
		panic("tradepaytest: cannot set the balance to " + strconv.Quote(balance.String()))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.balances[balance.Currency] = balance.Value
}

// Balance returns how much money the payer has in a currency. It reports false if no
// balance was set: the payer always has enough.
func (w *Wallet) Balance(currency string) (tradepay.Amount, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	value, set := w.balances[currency]
	return tradepay.Amount{Currency: currency, Value: value}, set
}

// debit takes the payment from the balance. It reports false if there is not
// enough. It runs with mu held.
func (w *Wallet) debit(p *payment) bool {
	left, set := w.balances[p.amount.Currency]
	if !set {
		return true
	}
	if left < p.amount.Value {
		return false
	}
	w.balances[p.amount.Currency] = left - p.amount.Value
	return true
}

// credit returns part of a payment to the balance. It runs with mu held.
func (w *Wallet) credit(p *payment, value int64) {
	if _, set := w.balances[p.amount.Currency]; set {
		w.balances[p.amount.Currency] += value
	}
}
