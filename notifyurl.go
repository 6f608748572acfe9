package tradepay

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	maxNotifyURLs = 8       // how many a client remembers
	maxNotifyURL  = 4 << 10 // the longest that it remembers, in bytes
)

// notifyURLs remembers the last notify URLs that the client sent. The wallet signs
// the public path, which a proxy may change on the way here. Only the doctor reads
// them. Queries are left out, for they may hold secrets.
type notifyURLs struct {
	mu     sync.Mutex
	last   []string // the latest first, each once
	warned atomic.Bool
}

// warnUnnotified logs once that an order has no notify URL. An authorized payment
// needs none: wallets do not notify it.
func (c *Client) warnUnnotified(ctx context.Context, req *CreateOrderRequest) {
	needsNone := req.Authorize || c.wallet.Quirks.NotifyURLOptional
	if req.NotifyURL != "" || needsNone || !c.notify.warned.CompareAndSwap(false, true) {
		return
	}
	c.log.LogAttrs(ctx, slog.LevelWarn,
		"tradepay: order without NotifyURL: the wallet will not notify, unless its console has the URL; "+
			"set NotifyURL, or ask for the status with QueryOrder or WaitOrder",
		slog.String("wallet", c.wallet.Name), slog.String("payment_request_id", req.PaymentRequestID))
}

// remember keeps the notify URLs of a request in the platform's shape.
func (n *notifyURLs) remember(body map[string]any) {
	for _, member := range []string{"paymentNotifyUrl", "voidNotifyUrl", "refundNotifyUrl"} {
		text, _ := body[member].(string)
		if text == "" || len(text) > maxNotifyURL {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			continue
		}
		public := u.Scheme + "://" + u.Host + cmp.Or(u.EscapedPath(), "/")
		n.mu.Lock()
		others := slices.DeleteFunc(n.last, func(known string) bool { return known == public })
		n.last = slices.Insert(others, 0, public)
		n.last = n.last[:min(len(n.last), maxNotifyURLs)]
		n.mu.Unlock()
	}
}

func (n *notifyURLs) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.last)
}
