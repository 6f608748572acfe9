package shop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

const (
	ana = tradepaytest.DefaultUser
	bob = "2188000000000002"
)

func TestWholePayment(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		var catalogue answer
		require.Equal(t, http.StatusOK, p.call("GET", "/api/catalogue", nil, &catalogue))
		require.Equal(t, "coffee", catalogue.Items[0].ID)
		require.Equal(t, "3.50 USD", catalogue.Items[0].Display)
		before := b.left("coffee")

		o := p.orders("first-tap-1", "coffee", 3)
		require.Equal(t, "10.50 USD", o.Display)
		require.True(t, o.Open)
		require.Equal(t, "Waiting for payment", o.Text)
		require.Equal(t, "tradePay", o.Cashier)
		rows, _ := b.shipped(o.ID)
		require.Zero(t, rows, "shipped before it was paid")

		require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
		done := p.until(o.ID, "fulfilled")
		require.False(t, done.Open)
		require.Empty(t, done.TradePay, "it cannot be paid again")
		rows, quantity := b.shipped(o.ID)
		require.Equal(t, []int{1, 3}, []int{rows, quantity})
		require.Equal(t, before-3, b.left("coffee"))

		var history answer
		require.Equal(t, http.StatusOK, p.call("GET", "/api/orders", nil, &history))
		require.Len(t, history.Orders, 1)
		require.Equal(t, o.ID, history.Orders[0].ID)
		require.Empty(t, b.wallet.Rejections())
	})
}

// TestPriceIsOurs: whatever the phone says about money is not even read.
func TestPriceIsOurs(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		body := map[string]any{
			"items": []map[string]any{{
				"id": "cake", "quantity": 1, "price": map[string]string{"currency": "USD", "value": "1"},
				"unit": map[string]string{"currency": "USD", "value": "1"},
			}},
			"requestKey": "cheap-cake", "amount": map[string]string{"currency": "USD", "value": "1"}, "siteName": "",
		}
		var o answer
		require.Equal(t, http.StatusCreated, p.call("POST", "/api/orders", body, &o))
		require.Equal(t, tradepay.Amount{Currency: "USD", Value: 590}, o.Amount)
		payment, ok := b.wallet.Payment(o.ID)
		require.True(t, ok)
		require.Equal(t, tradepay.Amount{Currency: "USD", Value: 590}, payment.Amount)
	})
}

// TestDoubleTap: one request key is one order and one payment, however often
// and however close together it comes.
func TestDoubleTap(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		var group sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			group.Go(func() {
				var o answer
				status := p.call("POST", "/api/orders", basket("double-tap", "coffee", 1), &o)
				assert.Equal(t, http.StatusCreated, status, "%+v", o)
				ids[i] = o.ID
			})
		}
		group.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.Len(t, b.wallet.Payments(), 1)

		var other answer
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders", basket("double-tap", "cake", 1), &other))
		require.Equal(t, "request_key", other.Error.Code)
		require.NotEqual(t, ids[0], b.phone(bob).orders("double-tap", "coffee", 1).ID, "the key is the customer's own")
	})
}

// TestRepeatAfterTheCatalogueChanged: the answer to an order is lost, and the item is
// not sold anymore, or costs more. The repeat finds its order, at its price.
func TestRepeatAfterTheCatalogueChanged(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		body := map[string]any{"requestKey": "lost-answer", "siteName": "",
			"items": []map[string]any{{"id": "coffee", "quantity": 1}, {"id": "cake", "quantity": 2}}}
		var first, again answer
		require.Equal(t, http.StatusCreated, p.call("POST", "/api/orders", body, &first))
		for name, change := range map[string]func(*Item){
			"gone":   func(i *Item) { i.ID = "no-" + i.ID },
			"dearer": func(i *Item) { i.Price.Value *= 2 },
		} {
			b.stop()
			b.change = func(c *Config) {
				for i := range c.Catalogue {
					change(&c.Catalogue[i])
				}
			}
			b.start()
			again = answer{}
			require.Equal(t, http.StatusCreated, p.call("POST", "/api/orders", body, &again), "%s: %+v", name, again)
			require.Equal(t, first.ID, again.ID, name)
			require.Equal(t, first.Amount, again.Amount, name)
		}
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders", basket("lost-answer", "cake", 2), &again))
		require.Equal(t, "request_key", again.Error.Code)
		require.Len(t, b.wallet.Payments(), 1)
	})
}

// TestReadersDoNotWait: while somebody writes, a Fulfil that takes its time say,
// everybody can look. On SQLite there is one connection that writes.
func TestReadersDoNotWait(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		o := p.orders("looked-at", "coffee", 1)
		w := b.shopkeeper()
		tx, err := b.db.SQL().BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(t.Context(), `UPDATE shop_stock SET quantity = 1 WHERE item_id = 'coffee'`)
		require.NoError(t, err)
		seen := make(chan struct{})
		go func() {
			defer close(seen)
			for _, path := range []string{"/", "/orders", "/orders/" + o.ID, o.Page} {
				w.get(path)
			}
			p.call("GET", "/api/orders", nil, nil)
			p.sees(o.ID)
		}()
		select {
		case <-seen:
		case <-time.After(20 * time.Second): // less than a call may wait
			assert.Fail(t, "who looks waits for who writes")
		}
		require.NoError(t, tx.Rollback())
		<-seen
	})
}

// TestForeignOrders: an order of somebody else and one that does not exist
// look the same, and nothing works without a session.
func TestForeignOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	o := b.phone(ana).orders("anas-order", "coffee", 1)
	stranger := b.phone(bob)
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/orders/" + o.ID}, {"POST", "/api/orders/" + o.ID + "/cancel"}, {"GET", "/api/orders/nothing"},
	} {
		var a answer
		require.Equal(t, http.StatusNotFound, stranger.call(c.method, c.path, nil, &a), c.path)
		require.Equal(t, "not_found", a.Error.Code)
		require.NotEmpty(t, a.Error.Message)
	}
	var none answer
	require.Equal(t, http.StatusOK, stranger.call("GET", "/api/orders", nil, &none))
	require.Empty(t, none.Orders)
	require.Equal(t, http.StatusOK, stranger.call("GET", "/api/orders?after="+o.ID, nil, &none))
	require.Empty(t, none.Orders, "a cursor of somebody else")

	keeper, err := b.shop.openSession(t.Context(), roleShopkeeper, "")
	require.NoError(t, err)
	for name, token := range map[string]string{"none": "", "made up": "AAAA", "the shopkeeper's": keeper} {
		nobody := &phone{bench: b, token: token}
		for _, c := range []struct{ method, path string }{
			{"POST", "/api/orders"}, {"GET", "/api/orders"}, {"GET", "/api/orders/" + o.ID},
			{"POST", "/api/orders/" + o.ID + "/cancel"},
		} {
			var a answer
			require.Equal(t, http.StatusUnauthorized,
				nobody.call(c.method, c.path, basket("some-key", "coffee", 1), &a), name+c.path)
			require.Equal(t, "unauthorized", a.Error.Code)
		}
	}
	b.clock.advance(sessionTime)
	require.Equal(t, http.StatusUnauthorized, stranger.call("GET", "/api/orders", nil, nil), "the session has ended")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := &phone{bench: b}
	var a answer
	require.Equal(t, http.StatusUnauthorized,
		p.call("POST", "/api/login", map[string]string{"authCode": "made-up"}, &a))
	require.Equal(t, "unauthorized", a.Error.Code)
	require.Equal(t, http.StatusBadRequest, p.call("POST", "/api/login", map[string]string{}, &a))
	code := b.wallet.AuthCode(ana)
	var session struct{ Token string }
	require.Equal(t, http.StatusOK, p.call("POST", "/api/login", map[string]string{"authCode": code}, &session))
	require.Equal(t, http.StatusUnauthorized, p.call("POST", "/api/login", map[string]string{"authCode": code}, &a),
		"a code is good for one use")

	var stored string
	require.NoError(t, b.db.SQL().QueryRowContext(t.Context(), `SELECT token_hash FROM shop_sessions`).Scan(&stored))
	require.NotContains(t, stored, session.Token)

	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpApplyToken, Times: -1})
	status, header := p.callWith("POST", "/api/login", map[string]string{"authCode": b.wallet.AuthCode(ana)}, &a, nil)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "try_again", a.Error.Code)
	require.Equal(t, "2", header.Get("Retry-After"))
}

// TestEndedSessions: a login deletes what has ended, without reading the sessions
// that go on.
func TestEndedSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	b.phone(ana)
	b.clock.advance(2 * sessionTime)
	b.phone(bob)
	var kept int
	require.NoError(t, b.db.SQL().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM shop_sessions`).Scan(&kept))
	require.Equal(t, 1, kept)
	var id, parent, unused int
	var plan string
	require.NoError(t, b.db.ReadSQL().QueryRowContext(t.Context(),
		`EXPLAIN QUERY PLAN DELETE FROM shop_sessions WHERE expires_at < 1`).Scan(&id, &parent, &unused, &plan))
	require.Contains(t, plan, "shop_sessions_ended")
}

func TestBadOrders(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	lines := func(n int) (items []map[string]any) {
		for range n {
			items = append(items, map[string]any{"id": "coffee", "quantity": 1})
		}
		return items
	}
	for name, c := range map[string]struct {
		body any
		code string
	}{
		"no JSON":     {"text", "bad_request"},
		"no key":      {basket("", "coffee", 1), "bad_request"},
		"short key":   {basket("short", "coffee", 1), "bad_request"},
		"strange key": {basket("key with spaces", "coffee", 1), "bad_request"},
		"strange site": {map[string]any{"items": lines(1), "requestKey": "a-good-key", "siteName": "<b>"},
			"bad_request"},
		"text for a number": {map[string]any{"items": []map[string]any{{"id": "coffee", "quantity": "1"}},
			"requestKey": "a-good-key"}, "bad_request"},
		"huge body":       {map[string]any{"requestKey": strings.Repeat("x", maxBody)}, "bad_request"},
		"nothing":         {map[string]any{"requestKey": "a-good-key"}, "items"},
		"unknown item":    {basket("a-good-key", "gold", 1), "items"},
		"none of it":      {basket("a-good-key", "coffee", 0), "items"},
		"less than none":  {basket("a-good-key", "coffee", -1), "items"},
		"too many of it":  {basket("a-good-key", "coffee", 100), "items"},
		"twice":           {map[string]any{"items": lines(2), "requestKey": "a-good-key"}, "items"},
		"too many lines":  {map[string]any{"items": lines(21), "requestKey": "a-good-key"}, "items"},
		"more than there": {basket("a-good-key", "beans", 41), "sold_out"},
	} {
		var a answer
		status := p.call("POST", "/api/orders", c.body, &a)
		require.Equal(t, c.code, a.Error.Code, name)
		require.Contains(t, []int{http.StatusBadRequest, http.StatusConflict}, status, name)
	}
	require.Empty(t, b.wallet.Payments())
	p.orders("a-good-key", "coffee", 1) // what was refused has not used up the key
}

func TestRateOfOrders(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.clock.stop()
		p := b.phone(ana)
		for i := range ordersPerMinute {
			p.orders("order-number-"+string(rune('a'+i)), "coffee", 1)
		}
		var a answer
		status, header := p.callWith("POST", "/api/orders", basket("one-too-many", "coffee", 1), &a, nil)
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Equal(t, "too_many", a.Error.Code)
		require.Equal(t, "60", header.Get("Retry-After"))
		require.Len(t, b.wallet.Payments(), ordersPerMinute)
		p.orders("order-number-a", "coffee", 1) // a repeated tap is no new order
		b.phone(bob).orders("bobs-order", "coffee", 1)

		var first, second, third answer
		p.call("GET", "/api/orders", nil, &first)
		require.Len(t, first.Orders, ordersPerMinute)
		b.clock.advance(time.Minute)
		for i := range 10 {
			p.orders("later-number-"+string(rune('a'+i)), "coffee", 1)
		}
		p.call("GET", "/api/orders", nil, &second)
		require.Len(t, second.Orders, historyPage)
		p.call("GET", "/api/orders?after="+second.Next, nil, &third)
		require.Len(t, third.Orders, 30-historyPage)
		require.Equal(t, first.Orders[len(first.Orders)-1].ID, third.Orders[len(third.Orders)-1].ID,
			"the oldest comes last")
	})
}

func TestCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		o := p.orders("changed-mind", "coffee", 1)
		var a answer
		require.Equal(t, http.StatusOK, p.call("POST", "/api/orders/"+o.ID+"/cancel", nil, &a))
		require.Equal(t, "cancelled", a.State)
		require.Empty(t, a.TradePay)
		require.ErrorIs(t, b.wallet.Pay(o.TradePay.PaymentURL), tradepaytest.ErrNotOpen)

		paid := p.orders("too-late", "coffee", 1)
		require.NoError(t, b.wallet.Pay(paid.TradePay.PaymentURL))
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders/"+paid.ID+"/cancel", nil, &a))
		require.Equal(t, "already_paid", a.Error.Code)
		p.until(paid.ID, "fulfilled")

		// An unknown outcome is not a failure: the wish is kept, and repeated.
		lost := p.orders("lost-cancel", "coffee", 1)
		b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCancel, Times: -1})
		require.Equal(t, http.StatusOK, p.call("POST", "/api/orders/"+lost.ID+"/cancel", nil, &a))
		require.Equal(t, "pending", a.State)
		b.wallet.Heal()
		p.until(lost.ID, "cancelled")
	})
}

// TestRefusedByTheWallet: the order has failed, and another attempt is another
// order.
func TestRefusedByTheWallet(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.orders("no-money", "coffee", 1)
	require.NoError(t, b.wallet.Decline(o.TradePay.PaymentURL))
	failed := p.until(o.ID, "failed")
	require.Equal(t, "Payment failed", failed.Text)
	require.False(t, failed.Open)
	rows, _ := b.shipped(o.ID)
	require.Zero(t, rows)
}

// TestKilledBetweenStoreAndSend: the order was stored, by the shop alone or by
// orderflow as well, and nobody knows whether the wallet heard of it. The
// phone's next try goes on with it, in the next process.
func TestKilledBetweenStoreAndSend(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.change = func(c *Config) { c.NotifyURL = "http://127.0.0.1:9/notify" } // the next process says the same
		b.stop()
		b.start()
		p := b.phone(ana)
		lines, err := b.shop.price([]wanted{{"cake", 2}}, "en")
		require.NoError(t, err)
		stored, err := b.shop.place(t.Context(), placed{customer: ana, requestKey: "stored-here", lines: lines})
		require.NoError(t, err)
		var nowhere answer
		require.Equal(t, http.StatusNotFound, p.call("GET", "/api/orders/"+stored.id, nil, &nowhere))
		require.Equal(t, http.StatusOK, p.call("GET", "/api/orders", nil, &nowhere))

		b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay, Times: -1})
		b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpInquiryPayment, Times: -1})
		var lost answer
		require.Equal(t, http.StatusServiceUnavailable,
			p.call("POST", "/api/orders", basket("sent-and-lost", "cake", 1), &lost))
		require.Equal(t, "try_again", lost.Error.Code)
		require.Len(t, b.wallet.Payments(), 1)

		b.stop()
		b.wallet.Heal()
		b.start() // the session outlives the process, too

		first := p.orders("stored-here", "cake", 2)
		require.Equal(t, stored.id, first.ID)
		second := p.orders("sent-and-lost", "cake", 1)
		require.Equal(t, b.wallet.Payments()[0].PaymentRequestID, second.ID)
		require.Len(t, b.wallet.Payments(), 2, "each of them once")
		for _, o := range []answer{first, second} {
			require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
			p.until(o.ID, "fulfilled") // by inquiry: the notifications go nowhere
		}
	})
}

// TestOldPrices: an order that was placed and never begun, for its request was
// cut off, keeps no price for later.
func TestOldPrices(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		lines, err := b.shop.price([]wanted{{"cake", 1}}, "en")
		require.NoError(t, err)
		_, err = b.shop.place(t.Context(), placed{customer: ana, requestKey: "cut-off-1", lines: lines})
		require.NoError(t, err)
		begun := p.orders("begun-in-time", "cake", 1)

		b.clock.advance(time.Hour)
		var late answer
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders", basket("cut-off-1", "cake", 1), &late))
		require.Equal(t, "request_key", late.Error.Code)
		require.Len(t, b.wallet.Payments(), 1)
		require.Equal(t, http.StatusCreated, p.call("POST", "/api/orders", basket("begun-in-time", "cake", 1), &late))
		require.Equal(t, begun.ID, late.ID, "what was begun is shown as it stands")
		require.Empty(t, late.TradePay)
	})
}

// TestAddressChanges: the shop moved between two tries of one tap. The order
// stands as the wallet heard of it; it is not another one.
func TestAddressChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	first := p.orders("moving-house", "cake", 1)
	b.stop()
	b.start() // on another port
	again := p.orders("moving-house", "cake", 1)
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, first.TradePay, again.TradePay)
	require.Len(t, b.wallet.Payments(), 1)
	require.NoError(t, b.wallet.Pay(again.TradePay.PaymentURL))
	p.until(again.ID, "fulfilled")
}

// TestStopWhileTheWalletIsSlow: the request under way is cut off in the end, and
// the stop is none the worse for it. The next process has the order.
func TestStopWhileTheWalletIsSlow(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), func(c *Config) { c.NotifyURL = "http://127.0.0.1:9/notify" })
	p := b.phone(ana)
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Op: wire.OpPay, Delay: 4 * stopTime, Times: -1})
	body, err := json.Marshal(basket("at-closing-time", "cake", 1))
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/api/orders", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	cut := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		cut <- err
	}()
	require.Eventually(t, func() bool { return len(b.wallet.Payments()) == 1 }, 2*time.Minute, 10*time.Millisecond)
	b.stop() // requires no error
	require.Error(t, <-cut)
	b.wallet.Heal()
	b.start()
	require.Equal(t, b.wallet.Payments()[0].PaymentRequestID, p.orders("at-closing-time", "cake", 1).ID)
	require.Len(t, b.wallet.Payments(), 1)
}

// TestCallbackSays9000: the phone is told that it is paid, and it is not. No
// address of the shop takes its word, and nothing is shipped.
func TestCallbackSays9000(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		o := p.orders("lying-phone", "coffee", 1)
		lie := map[string]any{"resultCode": "9000", "state": "paid", "paymentStatus": "SUCCESS"}
		var a answer
		require.Equal(t, http.StatusOK, p.call("GET", "/api/orders/"+o.ID+"?resultCode=9000&state=fulfilled", nil, &a))
		require.Equal(t, "pending", a.State)
		for _, c := range []struct{ method, path string }{
			{"POST", "/api/orders/" + o.ID}, {"PUT", "/api/orders/" + o.ID},
			{"POST", "/api/orders/" + o.ID + "/result"}, {"PATCH", "/api/orders/" + o.ID},
		} {
			require.Equal(t, http.StatusNotFound, p.call(c.method, c.path, lie, &a), c)
		}
		forged := map[string]any{"paymentRequestId": o.ID, "paymentAmount": o.Amount,
			"paymentResult": map[string]string{"resultStatus": "S", "resultCode": "SUCCESS"}}
		require.Equal(t, http.StatusUnauthorized, p.call("POST", "/notify", forged, nil), "unsigned")
		status, page := b.browser().get(o.Page + "&resultCode=9000")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, `data-state="pending"`)
		require.Contains(t, page, "The wallet says that this is not paid yet.")

		require.Equal(t, "pending", p.sees(o.ID).State)
		rows, _ := b.shipped(o.ID)
		require.Zero(t, rows)
		require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL), "it can still be paid")
		p.until(o.ID, "fulfilled")
	})
}

// TestCallbackSays6001: the phone is told that the user cancelled, and it is
// paid: the order is fulfilled, once, whatever the phone does next.
func TestCallbackSays6001(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		o := p.orders("unlucky-phone", "coffee", 1)
		// The shop has to ask.
		b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Op: wire.OpNotifyPayment})
		require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
		var a answer
		status := p.call("POST", "/api/orders/"+o.ID+"/cancel", nil, &a) // a phone that believes 6001
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "already_paid", a.Error.Code)
		done := p.until(o.ID, "fulfilled")
		require.Equal(t, "Paid and fulfilled", done.Text)
		_, page := b.browser().get(o.Page + "&resultCode=6001")
		require.Contains(t, page, `data-state="fulfilled"`)
		rows, _ := b.shipped(o.ID)
		require.Equal(t, 1, rows)
		payment, _ := b.wallet.Payment(o.ID)
		require.Equal(t, 1, payment.Charges)
	})
}

// TestLostNotification: nobody tells the shop; it asks.
func TestLostNotification(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.orders("unheard-of", "coffee", 1)
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Op: wire.OpNotifyPayment})
	require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
	p.until(o.ID, "fulfilled")
}

// TestSoldOutAfterPayment: the money came, the last piece is gone. The order is
// parked, not lost, and the shopkeeper's restocking ends it well.
func TestSoldOutAfterPayment(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		first, second := p.orders("the-last-ones", "beans", 40), p.orders("nothing-left", "beans", 1)
		require.NoError(t, b.wallet.Pay(first.TradePay.PaymentURL))
		p.until(first.ID, "fulfilled")
		require.NoError(t, b.wallet.Pay(second.TradePay.PaymentURL))
		p.until(second.ID, "paid")
		require.Eventually(t, func() bool {
			b.clock.advance(time.Minute)
			parked, err := b.shop.flow.List(t.Context(), orderflow.ListOptions{Parked: true})
			require.NoError(t, err)
			return len(parked) == 1 && parked[0].ID == second.ID
		}, 2*time.Minute, 300*time.Millisecond, "not parked")
		require.Zero(t, b.left("beans"))

		w := b.shopkeeper()
		_, list := w.get("/orders")
		require.Contains(t, list, "Paid, but not fulfilled; somebody has to look: 1")
		status, page := w.get("/orders/" + second.ID)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, "It could not be fulfilled")
		csrf := field(t, page, "csrf")
		status, _ = w.post("/stock/beans", map[string][]string{"csrf": {csrf}, "quantity": {"5"}}, nil)
		require.Equal(t, http.StatusOK, status)
		status, _ = w.post("/orders/"+second.ID+"/retry", map[string][]string{"csrf": {csrf}}, nil)
		require.Equal(t, http.StatusOK, status)
		p.until(second.ID, "fulfilled")
		require.EqualValues(t, 4, b.left("beans"))
		status, _ = w.post("/orders/"+second.ID+"/retry", map[string][]string{"csrf": {csrf}}, nil)
		require.Equal(t, http.StatusConflict, status, "there is nothing to retry")
	})
}
