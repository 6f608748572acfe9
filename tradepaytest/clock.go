package tradepaytest

import (
	"sync/atomic"
	"time"
)

// clock is the wallet's time. Headers have the time of source alone: a merchant whose
// clock nobody moves would reject another, and be rejected.
type clock struct {
	source func() time.Time
	ahead  atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.source().Add(time.Duration(c.ahead.Load())) }

// Now returns the time by the wallet's clock.
func (w *Wallet) Now() time.Time { return w.now() }

// Advance moves the wallet's clock on. What is over by then ends: payments, reservations,
// codes, tokens, and cancels that give back. The Request-Time and Response-Time of
// messages and their checks stay as they are, so that the merchant's clock need not move;
// see [SkewedClock] for the opposite. Nothing moves the clock back but [Wallet.Reset].
func (w *Wallet) Advance(d time.Duration) {
	w.ahead.Add(int64(max(0, d)))
	w.Payments() // brings them up to date
}
