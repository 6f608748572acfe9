package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// intent is what a buyer is up to.
type intent string

const (
	intentPay     intent = "pay"
	intentTwice   intent = "pay twice"          // presses Pay on two screens at once
	intentLate    intent = "pay at the last"    // shortly before or after the expiry
	intentReturn  intent = "leave and return"   // presses Cancel, and pays later
	intentRefund  intent = "pay, then refund"   // the merchant gives all of it back
	intentPart    intent = "pay, partly refund" // the merchant gives a part back
	intentDecline intent = "decline"
	intentLeave   intent = "leave"
	intentAbsent  intent = "let expire"
	intentCancel  intent = "merchant cancels"
	intentRace    intent = "cancel against pay" // both at the same moment
	intentTwoTaps intent = "two cancels against pay"
	// The notification is lost, and before the merchant asks the wallet's own
	// service gives the money back.
	intentGivenBack intent = "given back by the wallet"
	// The wallet's own service gives a part back, at any time after the payment.
	intentPartBack intent = "a part given back by the wallet"
)

// What becomes of an order whose amount is only reserved.
const (
	intentCapture       intent = "reserve, capture all"
	intentCaptureLess   intent = "reserve, capture less"
	intentCaptureParts  intent = "reserve, capture in parts"
	intentCaptureRefund intent = "reserve, capture, then refund"
	intentVoid          intent = "reserve, void"
	intentPartVoid      intent = "reserve, capture a part, void"
	intentVoidRace      intent = "reserve, void against capture"
	intentCancelReserve intent = "cancel against reserve"
	intentLapse         intent = "reserve, let it end" // the wallet ends the reservation
	intentPartLapse     intent = "reserve, capture a part, let it end"
)

// deal is a share of 100 buyers.
type deal struct {
	intent intent
	share  int
}

// reservations are dealt out to 100 buyers who reserve like this.
var reservations = []deal{
	{intentCapture, 20}, {intentCaptureLess, 10}, {intentCaptureParts, 15}, {intentCaptureRefund, 8}, {intentVoid, 12},
	{intentPartVoid, 9}, {intentVoidRace, 8}, {intentCancelReserve, 6}, {intentLapse, 6}, {intentPartLapse, 6},
}

// intents are dealt out to 100 others like this.
var intents = []deal{
	{intentPay, 37}, {intentTwice, 6}, {intentLate, 5}, {intentReturn, 4}, {intentRefund, 7}, {intentPart, 6},
	{intentDecline, 6}, {intentLeave, 4}, {intentAbsent, 4}, {intentCancel, 4}, {intentRace, 4},
	{intentTwoTaps, 4}, {intentGivenBack, 4}, {intentPartBack, 5},
}

// buyer wants one order.
type buyer struct {
	wanted
	intent     intent
	impatient  bool          // asks for the order twice at once
	unnotified bool          // every notification about the order is lost
	back       int64         // what the wallet's service is to give back
	part       int64         // of a reservation, what is captured first
	expiry     time.Duration // 0 for the shop's own
	dice       *rand.Rand
}

// dice is one of a seed's independent sources of chance.
func dice(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // repeatable on purpose
}

// newBuyer makes the i-th buyer of a seed. reserved is the share of those who reserve.
func newBuyer(seed uint64, i int, reserved float64) *buyer {
	id := fmt.Sprintf("chaos-%d-%06d", seed, i)
	d := dice(seed, id)
	b := &buyer{wanted: wanted{id: id, amount: 100 + int64(i)}, dice: d, impatient: d.IntN(10) == 0}
	n := d.IntN(100)
	deals := intents
	if b.reserves = d.Float64() < reserved; b.reserves {
		deals = reservations
	}
	for _, deal := range deals {
		if n -= deal.share; n < 0 {
			b.intent = deal.intent
			break
		}
	}
	b.plan(d)
	return b
}

// plan decides on the sums and times of what the buyer is up to.
func (b *buyer) plan(d *rand.Rand) {
	b.part = 1 + d.Int64N(b.amount-1)
	switch b.intent {
	case intentCapture, intentCaptureParts:
		b.captures = b.amount
	case intentCaptureLess, intentPartVoid, intentVoidRace, intentPartLapse:
		b.captures = b.part
	case intentCaptureRefund:
		b.captures, b.refund = b.amount, b.part
	case intentCancel, intentRace, intentTwoTaps, intentCancelReserve:
		b.undone = true
	case intentLate, intentLeave, intentAbsent:
		b.expiry = time.Duration(8+d.IntN(8)) * time.Second
	case intentRefund:
		b.refund = b.amount
	case intentPart:
		b.refund = 1 + d.Int64N(b.amount-1)
	case intentGivenBack:
		b.back, b.unnotified = b.amount, true
	case intentPartBack:
		b.back, b.unnotified = b.part, d.IntN(2) == 0
	}
}

// crowd is all buyers.
type crowd struct {
	shop   string // URL of the balancer
	wallet *wallet
	http   *http.Client
	buyers []*buyer

	begun, open     atomic.Int64 // buyers who came, and who are at it
	asked, repeated atomic.Int64 // requests to the shop; orders asked for once more
	// Orders that could be paid, that had ended by then, and with another order's URL.
	opened, closed, wrong atomic.Int64
	paid                  atomic.Int64 // presses of Pay that the wallet took
	// Wishes of the merchant's staff that the shop has.
	cancelled, refunded, captured, voided atomic.Int64
}

func newCrowd(seed uint64, n int, reserved float64, shop string, w *wallet) *crowd {
	c := &crowd{shop: shop, wallet: w, http: &http.Client{Timeout: 15 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	for i := range n {
		c.buyers = append(c.buyers, newBuyer(seed, i, reserved))
	}
	return c
}

// progress is the share of buyers who have begun, and how many are at it.
func (c *crowd) progress() (float64, int) {
	return float64(c.begun.Load()) / float64(len(c.buyers)), int(c.open.Load())
}

// run lets the buyers in, so many that ask for an order at a time, and waits
// until all have done what they are up to.
func (c *crowd) run(ctx context.Context, atOnce int) {
	var all sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for _, b := range c.buyers {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			all.Wait()
			return
		}
		c.begun.Add(1)
		c.open.Add(1)
		all.Go(func() {
			defer c.open.Add(-1)
			url := c.order(ctx, b)
			<-places
			if url != "" {
				c.opened.Add(1)
				if p, _ := c.wallet.Payment(url); p.PaymentRequestID != b.id {
					c.wrong.Add(1)
				}
				c.act(ctx, b, url)
			}
		})
	}
	all.Wait()
}

// order asks the shop for the order until there is something to pay, or never
// will be, and returns the payment URL.
func (c *crowd) order(ctx context.Context, b *buyer) string {
	w := wish{ID: b.id, Amount: b.amount, Expiry: b.expiry, Unnotified: b.unnotified, Reserve: b.reserves}
	if b.impatient {
		var twin sync.WaitGroup
		defer twin.Wait()
		twin.Go(func() { _, _ = c.ask(ctx, "/orders", w) })
	}
	for try := 0; ; try++ {
		if try > 0 {
			c.repeated.Add(1)
		}
		answer, ok := c.ask(ctx, "/orders", w)
		switch {
		case ok && answer.State != orderflow.StateCreated && answer.State != orderflow.StatePending:
			c.closed.Add(1)
			return ""
		case ok && answer.URL != "":
			return answer.URL
		}
		if !sleep(ctx, b.within(300*time.Millisecond)) {
			return ""
		}
	}
}

// ask posts a wish to the shop. ok means that the shop has it for certain.
func (c *crowd) ask(ctx context.Context, path string, w wish) (answer reply, ok bool) {
	c.asked.Add(1)
	body, err := json.Marshal(w)
	if err != nil {
		return answer, false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.shop+path, bytes.NewReader(body))
	if err != nil {
		return answer, false
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer, false
	}
	defer res.Body.Close()
	ok = res.StatusCode == http.StatusOK && json.NewDecoder(res.Body).Decode(&answer) == nil
	return answer, ok
}

// within is a random part of d.
func (b *buyer) within(d time.Duration) time.Duration { return time.Duration(b.dice.Int64N(int64(d))) }

// act does what the buyer is up to.
func (c *crowd) act(ctx context.Context, b *buyer, url string) {
	if b.intent == intentAbsent {
		return
	}
	if b.intent == intentLate {
		sleep(ctx, b.expiry*3/4+b.within(b.expiry/2))
	} else if !sleep(ctx, b.within(2*time.Second)) {
		return
	}
	if b.reserves {
		c.reserve(ctx, b, url)
		return
	}
	switch b.intent {
	case intentDecline:
		_ = c.wallet.Decline(url)
	case intentLeave:
		_ = c.wallet.Cancel(url)
	case intentCancel:
		c.insist(ctx, b, cancelPath, wish{ID: b.id}, &c.cancelled)
	case intentRace:
		var race sync.WaitGroup
		race.Go(func() { c.insist(ctx, b, cancelPath, wish{ID: b.id}, &c.cancelled) })
		c.pay(url)
		race.Wait()
	case intentTwoTaps:
		var race sync.WaitGroup
		for range 2 {
			pause := 100*time.Millisecond + b.within(400*time.Millisecond) // the dice are not for two
			race.Go(func() { c.insistEach(ctx, pause, cancelPath, wish{ID: b.id}, &c.cancelled) })
		}
		c.pay(url)
		race.Wait()
	case intentGivenBack:
		c.giveBack(b, url)
	case intentPartBack:
		if b.dice.IntN(2) == 0 {
			c.pay(url)
			sleep(ctx, b.within(10*time.Second))
		}
		c.giveBack(b, url)
	case intentReturn:
		_ = c.wallet.Cancel(url)
		sleep(ctx, time.Second)
		c.pay(url)
	case intentTwice:
		var twin sync.WaitGroup
		twin.Go(func() { c.pay(url) })
		c.pay(url)
		twin.Wait()
	case intentRefund, intentPart:
		if !c.pay(url) {
			return
		}
		if b.dice.IntN(2) == 0 {
			sleep(ctx, b.within(10*time.Second))
		}
		c.insist(ctx, b, "/refund", wish{ID: b.id, Amount: b.refund, Refund: "refund-" + b.id}, &c.refunded)
	default:
		c.pay(url)
	}
}

// reserve has the payer reserve the amount, and the merchant's staff do with it what the
// buyer is up to.
func (c *crowd) reserve(ctx context.Context, b *buyer, url string) {
	if b.intent == intentCancelReserve {
		var race sync.WaitGroup
		race.Go(func() { c.insist(ctx, b, cancelPath, wish{ID: b.id}, &c.cancelled) })
		c.pay(url)
		race.Wait()
		return
	}
	if !c.pay(url) {
		return
	}
	capture := func(id string, value int64) wish {
		return wish{ID: b.id, Capture: id + b.id, Amount: value}
	}
	part := capture("part-", b.part)
	part.Partial = true
	captured := func(w wish) { c.insist(ctx, b, "/capture", w, &c.captured) }
	void := func() { c.insist(ctx, b, "/void", wish{ID: b.id}, &c.voided) }
	switch b.intent {
	case intentCapture:
		captured(capture("all-", 0))
	case intentCaptureLess:
		captured(capture("less-", b.part))
	case intentCaptureParts:
		captured(part)
		captured(capture("rest-", b.amount-b.part))
	case intentCaptureRefund:
		captured(capture("all-", 0))
		c.insist(ctx, b, "/refund", wish{ID: b.id, Amount: b.refund, Refund: "refund-" + b.id}, &c.refunded)
	case intentVoid:
		void()
	case intentPartVoid:
		captured(part)
		void()
	case intentVoidRace:
		pause := 100*time.Millisecond + b.within(400*time.Millisecond) // the dice are not for two
		var race sync.WaitGroup
		race.Go(func() { c.insistEach(ctx, pause, "/void", wish{ID: b.id}, &c.voided) })
		c.insistEach(ctx, pause, "/capture", capture("last-", b.part), &c.captured)
		race.Wait()
	case intentPartLapse:
		captured(part)
		c.lapse(ctx, b, url)
	case intentLapse:
		c.lapse(ctx, b, url)
	}
}

// lapse has the wallet end the reservation.
func (c *crowd) lapse(ctx context.Context, b *buyer, url string) {
	sleep(ctx, b.within(5*time.Second))
	_ = c.wallet.Expire(url)
}

// giveBack pays, if nobody has, and has the wallet's service give the money back.
func (c *crowd) giveBack(b *buyer, url string) {
	if c.pay(url) && c.wallet.Refund(url, tradepay.Amount{Currency: "USD", Value: b.back}) == nil {
		b.given = b.back
	}
}

// pay presses Pay. It reports whether the wallet took it.
func (c *crowd) pay(url string) bool {
	err := c.wallet.Pay(url)
	if err == nil {
		c.paid.Add(1)
	}
	return err == nil
}

// insist retries a wish of the merchant's staff until the shop has it; a
// refund, until the shop knows that the order is paid.
func (c *crowd) insist(ctx context.Context, b *buyer, path string, w wish, granted *atomic.Int64) {
	c.insistEach(ctx, 100*time.Millisecond+b.within(400*time.Millisecond), path, w, granted)
}

// cancelPath is where the merchant's staff cancels.
const cancelPath = "/cancel"

// insistEach insists with this pause.
func (c *crowd) insistEach(ctx context.Context, pause time.Duration, path string, w wish, granted *atomic.Int64) {
	for range 300 {
		answer, ok := c.ask(ctx, path, w)
		if ok && answer.Unknown {
			return
		}
		reserved := answer.State == orderflow.StateAuthorized || answer.State == orderflow.StateSettling
		open := answer.State.Open() || reserved || answer.State == ""
		if ok && !answer.Refused {
			granted.Add(1)
			return
		}
		if ok && (!open || path == cancelPath) { // a cancel that is rejected stays so
			return
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}
