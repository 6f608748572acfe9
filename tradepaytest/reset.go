package tradepaytest

import (
	"context"
	"math/rand/v2"

	"github.com/tradepay/tradepay-go/wire"
)

// era is the time between two resets. What was under way ends with it.
type era struct {
	over context.Context
	end  context.CancelFunc
}

// begin empties the wallet. It runs with mu held, or before the wallet serves.
func (w *Wallet) begin() {
	if w.era != nil {
		w.era.end()
	}
	w.era = new(era)
	w.era.over, w.era.end = context.WithCancel(w.stopped)
	w.dice = rand.New(rand.NewPCG(w.seed, 0x7472616465706179)) //nolint:gosec // repeatable on purpose
	w.keyVersion = "1"
	w.ledger, w.tokens, w.answered = newLedger(), newTokens(), make(map[wire.Operation][]*sent)
	w.faults, w.outbox, w.rejections, w.deliveries, w.inbox = nil, nil, nil, nil, nil
	w.ahead.Store(0)
}

// Reset empties the wallet, as if it had just started: payments, refunds, tokens, faults,
// balances, deliveries and rejections are gone, notifications that were under way end, and
// clock and key are those of the beginning. A wallet that was suspended works again. Its
// address, its merchant and its keys stay.
func (w *Wallet) Reset() {
	w.Resume()
	w.ResumeDeliveries()
	w.mu.Lock()
	w.begin()
	w.mu.Unlock()
	w.journal.clear()
	w.emit(Event{Name: "Wallet reset"})
}
