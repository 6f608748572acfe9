package tradepaytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func iqd(value int64) tradepay.Amount { return tradepay.Amount{Currency: "IQD", Value: value} }

// TestEscrow: what the wallet accepts in which state, and where the money is then.
func TestEscrow(t *testing.T) {
	t.Parallel()
	type call func(*tradepay.Client, tradepay.OrderRef) error
	accept := func(c *tradepay.Client, ref tradepay.OrderRef) error { return c.AcceptOrder(t.Context(), ref) }
	confirm := func(id string) call {
		return func(c *tradepay.Client, ref tradepay.OrderRef) error {
			_, err := c.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{ConfirmRequestID: id,
				PaymentID: ref.PaymentID})
			return err
		}
	}
	capture := func(c *tradepay.Client, ref tradepay.OrderRef) error {
		_, err := c.Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "x", PaymentID: ref.PaymentID})
		return err
	}
	void := func(amount tradepay.Amount) call {
		return func(c *tradepay.Client, ref tradepay.OrderRef) error {
			_, err := c.Void(t.Context(),
				&tradepay.VoidRequest{VoidRequestID: "v", PaymentID: ref.PaymentID, Amount: amount})
			return err
		}
	}
	cancel := func(c *tradepay.Client, ref tradepay.OrderRef) error {
		_, err := c.CancelOrder(t.Context(), ref)
		return err
	}
	refund := func(c *tradepay.Client, ref tradepay.OrderRef) error {
		_, err := c.Refund(t.Context(),
			&tradepay.RefundRequest{RefundRequestID: "r", PaymentID: ref.PaymentID, Amount: iqd(400)})
		return err
	}
	for name, test := range map[string]struct {
		product  string
		unpaid   bool
		done     []call
		last     call
		want     error // of the last
		code     string
		status   tradepay.PaymentStatus
		captured int64
		voided   int64
	}{
		"accepted": {last: accept, status: tradepay.StatusAuthorized},
		"twice":    {done: []call{accept}, last: accept, status: tradepay.StatusAuthorized},
		"not paid": {unpaid: true, last: accept, want: tradepay.ErrRejected, code: "ORDER_STATUS_INVALID",
			status: tradepay.StatusProcessing},
		"a purchase": {product: wallets.SuperQiPurchase, last: accept, want: tradepay.ErrRejected,
			code: "ORDER_UNSUPPORTED_OPERATION", status: tradepay.StatusSuccess, captured: 1000},
		"a reservation": {product: wallets.SuperQiAuthCapture, last: confirm("c"), want: tradepay.ErrRejected,
			code: "ORDER_UNSUPPORTED_OPERATION", status: tradepay.StatusAuthorized},
		"confirmed": {done: []call{accept}, last: confirm("c"), status: tradepay.StatusSuccess, captured: 1000},
		"not accepted": {last: confirm("c"), want: tradepay.ErrRejected, code: "ORDER_STATUS_INVALID",
			status: tradepay.StatusAuthorized},
		"confirmed again": {done: []call{accept, confirm("c")}, last: confirm("c"), status: tradepay.StatusSuccess,
			captured: 1000},
		"confirmed with another id": {done: []call{accept, confirm("c")}, last: confirm("d"),
			want: tradepay.ErrRejected,
			code: "ORDER_STATUS_INVALID", status: tradepay.StatusSuccess, captured: 1000},
		"captured": {done: []call{accept}, last: capture, want: tradepay.ErrRejected,
			code:   "ORDER_UNSUPPORTED_OPERATION",
			status: tradepay.StatusAuthorized},
		"given back": {done: []call{accept}, last: void(tradepay.Amount{}), status: tradepay.StatusCancelled,
			voided: 1000},
		"given back in part": {done: []call{accept, void(iqd(300))}, last: confirm("c"), status: tradepay.StatusSuccess,
			captured: 700, voided: 300},
		"cancelled": {last: cancel, status: tradepay.StatusCancelled, voided: 1000},
		"confirmed after a void": {done: []call{accept, void(tradepay.Amount{})}, last: confirm("c"),
			want: tradepay.ErrRejected, code: "ORDER_STATUS_INVALID", status: tradepay.StatusCancelled, voided: 1000},
		"void after it": {done: []call{accept, confirm("c")}, last: void(tradepay.Amount{}), want: tradepay.ErrRejected,
			code: "ORDER_STATUS_INVALID", status: tradepay.StatusSuccess, captured: 1000},
		"refunded": {done: []call{accept, confirm("c")}, last: refund, status: tradepay.StatusSuccess, captured: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWallet(t, tradepaytest.As(wallets.SuperQi()))
			c := newClient(t, w, once)
			req := order("order-1", "")
			req.Amount, req.ProductCode = iqd(1000), wallets.SuperQiEscrow
			if test.product != "" {
				req.ProductCode = test.product
			}
			o, err := c.CreateOrder(t.Context(), req)
			require.NoError(t, err)
			if !test.unpaid {
				require.NoError(t, w.Pay(o.PaymentURL))
			}
			ref := tradepay.OrderRef{PaymentID: o.PaymentID}
			for _, call := range test.done {
				require.NoError(t, call(c, ref))
			}
			err = test.last(c, ref)
			if test.want == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, test.want)
				var failed *tradepay.APIError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, test.code, failed.Result.Code)
			}
			p := payment(t, w, "order-1")
			require.Equal(t, test.status, p.Status)
			require.Equal(t, iqd(test.captured), p.Captured)
			require.Equal(t, iqd(test.voided), p.Voided)
		})
	}
}

// TestEscrowIsIdempotentByID: other content under a known id is told apart.
func TestEscrowIsIdempotentByID(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.As(wallets.SuperQi()))
	c := newClient(t, w, once)
	var refs []tradepay.OrderRef
	for _, id := range []string{"order-1", "order-2"} {
		req := order(id, "")
		req.Amount, req.ProductCode = iqd(1000), wallets.SuperQiEscrow
		o, err := c.CreateOrder(t.Context(), req)
		require.NoError(t, err)
		require.NoError(t, w.Pay(o.PaymentURL))
		refs = append(refs, tradepay.OrderRef{PaymentID: o.PaymentID})
	}
	confirm := func(ref tradepay.OrderRef) (*tradepay.Confirmation, error) {
		return c.ConfirmOrder(t.Context(), &tradepay.ConfirmRequest{ConfirmRequestID: "c", PaymentID: ref.PaymentID})
	}
	require.Eventually(t, func() bool { return c.AcceptOrder(t.Context(), refs[0]) == nil }, time.Minute,
		time.Millisecond)
	require.Eventually(t, func() bool { return c.AcceptOrder(t.Context(), refs[1]) == nil }, time.Minute,
		time.Millisecond)
	first, err := confirm(refs[0])
	require.NoError(t, err)
	again, err := confirm(refs[0])
	require.NoError(t, err)
	require.Equal(t, first.ConfirmID, again.ConfirmID)
	_, err = confirm(refs[1])
	require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
	require.Equal(t, tradepay.StatusAuthorized, payment(t, w, "order-2").Status)
}

// TestEscrowEndsInTime: what nobody confirms goes back.
func TestEscrowEndsInTime(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWallet(t, tradepaytest.As(wallets.SuperQi()), tradepaytest.WithClock(clock.Now))
	c := newClient(t, w, once, func(conf *tradepay.Config) { conf.Now = clock.Now })
	req := order("order-1", "")
	req.Amount, req.ProductCode = iqd(1000), wallets.SuperQiEscrow
	o, err := c.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.NoError(t, w.Pay(o.PaymentURL))
	clock.Add(8 * 24 * time.Hour)
	require.ErrorIs(t, c.AcceptOrder(t.Context(), tradepay.OrderRef{PaymentID: o.PaymentID}), tradepay.ErrRejected)
	require.Equal(t, tradepay.StatusCancelled, status(t, c, "order-1"))
}
