package tradepaytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// transactions are what an inquiry tells of them, in short.
func transactions(o *tradepay.Order) []string {
	var list []string
	for _, t := range o.Transactions {
		list = append(list, t.Type+" "+string(t.Status)+" "+t.Amount.String())
	}
	return list
}

// TestCancelRefunds: the cancel of a paid payment gives it back, and takes its
// time by the wallet's clock.
func TestCancelRefunds(t *testing.T) {
	t.Parallel()
	const (
		paid      = "PAYMENT SUCCESS 10.50 USD"
		returning = "REFUND PROCESSING 10.50 USD"
		returned  = "REFUND SUCCESS 10.50 USD"
	)
	for name, test := range map[string]struct {
		fault     tradepaytest.Fault
		inProcess []string // what an inquiry tells
		after     tradepay.PaymentStatus
	}{
		"cancelled": {tradepaytest.Fault{Kind: tradepaytest.CancelRefunds}, []string{paid, returning},
			tradepay.StatusCancelled},
		"stays a success": {tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Code: "SUCCESS"},
			[]string{paid, returning}, tradepay.StatusSuccess},
		"unseen": {tradepaytest.Fault{Kind: tradepaytest.CancelRefundsUnseen, Code: "CANCELLED"},
			[]string{paid}, tradepay.StatusCancelled},
		"unseen, of cancel": {tradepaytest.Fault{Kind: tradepaytest.CancelRefundsUnseen, Op: wire.OpCancel,
			Times: -1}, []string{paid}, tradepay.StatusCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dialects(t, func(t *testing.T, profile wire.Profile) {
				now := newClock()
				w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithClock(now.Now))
				c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
				ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
				cancel := func() (*tradepay.Order, error) { return c.CancelOrder(t.Context(), ref) }
				query := func() *tradepay.Order {
					o, err := c.QueryOrder(t.Context(), ref)
					require.NoError(t, err)
					return o
				}
				w.SetBalance(price)
				create(t, c, "order-1", "")
				require.NoError(t, w.Pay("order-1"))
				_, err := cancel()
				require.ErrorIs(t, err, tradepay.ErrRejected, "without the fault it is rejected")

				fault := test.fault // the other dialect has one of its own
				fault.Delay = 3 * time.Second
				w.Inject(fault)
				_, err = cancel()
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "it is in process")
				for range 2 {
					now.Add(time.Second)
					_, err = cancel()
					require.ErrorIs(t, err, tradepay.ErrRejected, "a second cancel, while the first is in process")
					o := query()
					require.Equal(t, tradepay.StatusSuccess, o.Status)
					require.Equal(t, test.inProcess, transactions(o))
				}
				require.ErrorIs(t, w.Refund("order-1", usd(1)), tradepaytest.ErrNotRefundable,
					"what is in process counts")

				now.Add(time.Second)
				o := query()
				require.Equal(t, test.after, o.Status)
				require.Equal(t, []string{paid, returned}, transactions(o))
				o, err = cancel()
				require.NoError(t, err, "once more does nothing")
				require.Equal(t, tradepay.StatusCancelled, o.Status)
				p := payment(t, w, "order-1")
				require.Equal(t, test.after, p.Status)
				require.Equal(t, price, p.Refunded)
				require.Equal(t, 1, p.Charges)
				left, _ := w.Balance("USD")
				require.Equal(t, price, left, "the payer has it back, once")
			})
		})
	}
}

// TestCancelRefundsAtOnce: without a delay, and what is left of the payment.
func TestCancelRefundsAtOnce(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once)
		create(t, c, "order-1", "")
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Times: -1})
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.Refund("order-1", usd(1000)))
		o, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusCancelled, o.Status)
		p := payment(t, w, "order-1")
		require.Equal(t, tradepay.StatusCancelled, p.Status)
		require.Equal(t, price, p.Refunded)

		create(t, c, "order-2", "")
		require.NoError(t, w.Pay("order-2"))
		require.NoError(t, w.Refund("order-2", tradepay.Amount{}))
		_, err = c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-2"})
		require.ErrorIs(t, err, tradepay.ErrRejected, "nothing is left to give back")
	})
}

func TestHealCompletesCancel(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w, once)
	create(t, c, "order-1", "")
	require.NoError(t, w.Pay("order-1"))
	w.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefundsUnseen, Delay: time.Hour})
	_, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.Equal(t, tradepay.StatusSuccess, status(t, c, "order-1"))
	w.Heal()
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "order-1"))
}

// TestSlowCancelRefunds: the request for the cancel hangs until it is through,
// and is answered with the end.
func TestSlowCancelRefunds(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		now := newClock()
		var answers []string
		w := newWallet(
			t,
			tradepaytest.As(profile),
			tradepaytest.WithClock(now.Now),
			tradepaytest.WithObserver(func(e tradepaytest.Event) {
				switch {
				case e.Detail == string(tradepaytest.CancelRefunds): // it has begun, and the wait has not
					now.Add(3 * time.Second)
				case e.Name == "Request answered":
					answers = append(answers, string(e.Op)+" "+e.Detail)
				}
			}),
		)
		c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
		create(t, c, "order-1", "")
		require.NoError(t, w.Pay("order-1"))
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.Slow, Op: wire.OpCancel, Delay: time.Millisecond})
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.CancelRefunds, Delay: 3 * time.Second})
		o, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusCancelled, o.Status)
		require.Equal(t, []string{"cancel SUCCESS"}, answers, "no inquiry had to settle it")
		require.Equal(t, price, payment(t, w, "order-1").Refunded)
	})
}

// TestRefused: what is rejected was not done, and with Delay the wallet's clock
// ends it.
func TestRefused(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		now := newClock()
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithClock(now.Now))
		c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = now.Now })
		create(t, c, "order-1", "")
		cancel := func() error {
			_, err := c.CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			return err
		}
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpCancel, Delay: 5 * time.Second})
		for range 5 {
			require.ErrorIs(t, cancel(), tradepay.ErrRejected)
			require.Equal(t, tradepay.StatusProcessing, status(t, c, "order-1"), "another operation works")
			now.Add(time.Second)
		}
		require.NoError(t, cancel())
		require.Equal(t, tradepay.StatusCancelled, status(t, c, "order-1"))

		w.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpInquiryPayment})
		_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.Equal(t, tradepay.StatusCancelled, status(t, c, "order-1"), "without Delay it is once")
	})
}
