package tradepay

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// lateURLs hands payment URLs that come by notification to the calls of
// CreateOrder that wait for them.
type lateURLs struct {
	mu      sync.Mutex
	waiting map[*lateURL]struct{}
}

// lateURL is one call that waits.
type lateURL struct {
	paymentRequestID string
	news             chan *Notification // holds the latest
}

// expect begins to listen. It comes before the request is sent: a notification
// may overtake the answer. End it with forget.
func (l *lateURLs) expect(paymentRequestID string) *lateURL {
	u := &lateURL{paymentRequestID, make(chan *Notification, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = make(map[*lateURL]struct{})
	}
	l.waiting[u] = struct{}{}
	return u
}

func (l *lateURLs) forget(u *lateURL) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, u)
}

// tell passes a verified notification on. It never waits.
func (l *lateURLs) tell(n *Notification) {
	if n.Kind != NotificationCashierURL || n.PaymentRequestID == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for u := range l.waiting {
		if u.paymentRequestID != n.PaymentRequestID {
			continue
		}
		select {
		case <-u.news: // an older one that nobody has taken
		default:
		}
		u.news <- n // nobody else sends: mu is held
	}
}

// complete gives the order the URL that came for it within d, if one did. A
// notification of this id about another payment of the wallet is passed over.
func (u *lateURL) complete(ctx context.Context, d time.Duration, order *Order) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for open := true; open; {
		select {
		case n := <-u.news:
			if order.PaymentID == "" || n.PaymentID == "" || n.PaymentID == order.PaymentID {
				order.PaymentURL, order.PaymentID = n.PaymentURL, cmp.Or(order.PaymentID, n.PaymentID)
				return
			}
		case <-ctx.Done():
			open = len(u.news) > 0 // it came with the deadline
		}
	}
}
