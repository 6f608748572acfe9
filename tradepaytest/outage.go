package tradepaytest

import "time"

// outage is a time in which the wallet does not work, or delivers nothing.
type outage struct{ over chan struct{} }

// Suspend stops the wallet as if it had gone down: it cuts every connection before it
// reads the request, also those of the cashier, and sends no notification. The wallet
// works again after d of real time or, if d is 0, after [Wallet.Resume]. It loses
// nothing: it sends the notifications of the meantime afterwards. Another call replaces
// the first.
func (w *Wallet) Suspend(d time.Duration) {
	o := &outage{over: make(chan struct{})}
	w.mu.Lock()
	before := w.outage
	w.outage = o
	w.mu.Unlock()
	w.emit(Event{Name: "Wallet suspended"})
	if before != nil {
		close(before.over) // whoever waits checks again
	}
	if d > 0 {
		w.spawn(func() {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
				w.end(o)
			case <-o.over:
			case <-w.stopped.Done():
			}
		})
	}
}

// Resume ends what [Wallet.Suspend] began. It does nothing to a wallet that works.
func (w *Wallet) Resume() {
	w.mu.Lock()
	o := w.outage
	w.mu.Unlock()
	if o != nil {
		w.end(o)
	}
}

// end ends an outage, unless another took its place.
func (w *Wallet) end(o *outage) {
	w.mu.Lock()
	current := w.outage == o
	if current {
		w.outage = nil
		close(o.over)
	}
	w.mu.Unlock()
	if current {
		w.emit(Event{Name: "Wallet resumed"})
	}
}

// Suspended reports whether the wallet is down.
func (w *Wallet) Suspended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outage != nil
}

// SuspendDeliveries holds back all notifications until [Wallet.ResumeDeliveries], but for
// those that [Wallet.Notify] sends. The wallet works all the same.
func (w *Wallet) SuspendDeliveries() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold == nil {
		w.hold = &outage{over: make(chan struct{})}
	}
}

// ResumeDeliveries ends what [Wallet.SuspendDeliveries] began. It does nothing otherwise.
func (w *Wallet) ResumeDeliveries() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold != nil {
		close(w.hold.over)
		w.hold = nil
	}
}

// working waits until the wallet works and delivers. It reports false once the era is over.
func (w *Wallet) working(e *era) bool {
	for {
		w.mu.Lock()
		o := w.outage
		if o == nil {
			o = w.hold
		}
		w.mu.Unlock()
		if o == nil {
			return e.over.Err() == nil
		}
		select {
		case <-o.over:
		case <-e.over.Done():
			return false
		}
	}
}
