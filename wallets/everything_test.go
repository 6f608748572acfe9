package wallets_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// TestEveryWalletDoesEverything is one merchant's code with every wallet and both dialects: a
// payment, a refund, an agreement, a message, and a change of the wallet's keys. Each
// works to its end, or is ErrNotSupported because the profile has no path for it.
func TestEveryWalletDoesEverything(t *testing.T) {
	t.Parallel()
	parts := []struct {
		name string
		op   wire.Operation
		do   func(s *shop, t *testing.T, profile wire.Profile) error
	}{
		{"payment", wire.OpPay, (*shop).onePayment},
		{"refund", wire.OpRefund, (*shop).oneRefund},
		{"agreement", wire.OpPrepare, (*shop).oneAgreement},
		{"message", wire.OpSendMessage, (*shop).oneMessage},
		{"change of keys", wire.OpApplyToken, (*shop).oneRotation},
	}
	var worked, unsupported atomic.Int64
	all := profiles()
	t.Cleanup(func() {
		t.Logf("measured: %d wallets and dialects: %d of their %d parts work, %d are not supported",
			len(all), worked.Load(), len(all)*len(parts), unsupported.Load())
	})
	for _, profile := range all {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, profile)
			for _, part := range parts {
				t.Run(part.name, func(t *testing.T) {
					err := part.do(s, t, profile)
					if profile.Path(part.op) != "" {
						require.NoError(t, err)
						worked.Add(1)
						return
					}
					unsupported.Add(1)
					require.ErrorIs(t, err, tradepay.ErrNotSupported)
					require.ErrorContains(t, err, profile.Name)
				})
			}
			require.Empty(t, s.wallet.Rejections())
			for _, p := range s.wallet.Payments() {
				require.Equal(t, 1, p.Charges, p.PaymentRequestID)
			}
		})
	}
}

// paid pays an order in the cashier, and returns once the notification and the inquiry
// say so.
func (s *shop) paid(t *testing.T, id string) (*tradepay.Order, error) {
	t.Helper()
	order, err := s.client.CreateOrder(t.Context(), s.order(id))
	if err != nil {
		return nil, err
	}
	if order.PaymentURL == "" {
		order.PaymentURL = s.notified(t, tradepay.NotificationCashierURL, id).PaymentURL
	}
	s.pay(t, order)
	require.NoError(t, s.notified(t, tradepay.NotificationPayment, id).CheckPaid(id, s.price))
	known, err := s.client.WaitOrder(t.Context(), ref(order))
	require.NoError(t, err)
	return known, known.CheckPaid(id, s.price)
}

func (s *shop) onePayment(t *testing.T, _ wire.Profile) error {
	_, err := s.paid(t, "order-paid")
	return err
}

// oneRefund gives back what was paid. Without payments, it asks for one all the same.
func (s *shop) oneRefund(t *testing.T, profile wire.Profile) error {
	request := &tradepay.RefundRequest{
		RefundRequestID: "refund-1", PaymentRequestID: "order-refunded", PaymentID: "p1", Amount: s.price,
	}
	if profile.Path(wire.OpPay) != "" {
		order, err := s.paid(t, "order-refunded")
		require.NoError(t, err)
		request.PaymentID = order.PaymentID
	}
	refund, err := s.client.Refund(t.Context(), request)
	if request.PaymentID == "p1" && profile.Path(wire.OpRefund) != "" {
		require.ErrorIs(t, err, tradepay.ErrRejected, "there is nothing to give back")
		return nil
	}
	if err != nil {
		return err
	}
	require.Equal(t, tradepay.TransactionSuccess, refund.Status)
	known, err := s.client.QueryRefund(t.Context(),
		tradepay.RefundRef{RefundRequestID: "refund-1", RefundID: refund.RefundID})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, known.Status)
	order, err := s.client.QueryOrder(t.Context(),
		tradepay.OrderRef{PaymentRequestID: "order-refunded", PaymentID: request.PaymentID})
	require.NoError(t, err)
	require.ErrorIs(t, order.CheckPaid("order-refunded", s.price), tradepay.ErrRefunded)
	return nil
}

// oneAgreement has a payer agree once, and charges without the payer.
func (s *shop) oneAgreement(t *testing.T, profile wire.Profile) error {
	page, err := s.client.Prepare(t.Context(), club())
	if err != nil {
		return err
	}
	code, state := s.sign(t, page)
	require.Equal(t, "s1", state)
	token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: code})
	require.NoError(t, err)
	order, err := s.client.CreateOrder(t.Context(), s.monthly(profile, "order-agreed", token.AccessToken))
	if profile.Path(wire.OpPay) == "" {
		require.ErrorIs(t, err, tradepay.ErrNotSupported)
		return nil
	}
	require.NoError(t, err)
	require.NoError(t, s.notified(t, tradepay.NotificationPayment, "order-agreed").CheckPaid("order-agreed", s.price))
	return order.CheckPaid("order-agreed", s.price)
}

func (s *shop) oneMessage(t *testing.T, profile wire.Profile) error {
	token := "no wallet to ask for one"
	if profile.Path(wire.OpSendMessage) != "" {
		token = s.consent(t)
	}
	_, err := s.client.SendMessage(t.Context(), news(token))
	if err == nil {
		require.Len(t, s.wallet.Messages(), 1)
	}
	return err
}

// oneRotation changes the wallet's key twice. What is signed with either is believed.
func (s *shop) oneRotation(t *testing.T, profile wire.Profile) error {
	for _, id := range []string{"order-rotated", "order-rotated-back"} {
		s.wallet.RotateKeys()
		_, err := s.client.ApplyToken(t.Context(),
			&tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode("2188000000000001")})
		if err != nil {
			return err
		}
		if profile.Path(wire.OpPay) != "" {
			_, err = s.paid(t, id)
			require.NoError(t, err)
		}
	}
	return nil
}
