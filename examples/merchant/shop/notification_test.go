package shop

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
)

// TestConsentEndsInTheWallet: the wallet reports it, and the shop knows before the next
// order. The notification is taken in, and nobody is called.
func TestConsentEndsInTheWallet(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p, other := b.phone(ana), b.phone(bob)
		notify := b.base + "/notify"
		for _, event := range []string{"TOKEN_CANCELED", "CONTRACT_ENDED"} {
			b.wallet.SetUser(ana)
			p.agrees()
			b.wallet.SetUser(bob)
			if !other.hasAgreed() {
				other.agrees()
			}
			token := b.token(ana)
			require.NoError(t, b.wallet.EndAgreement(token))
			require.NoError(t, b.wallet.NotifyAuthorization(notify, event, token), "acknowledged")
			require.False(t, p.hasAgreed())
			require.True(t, other.hasAgreed())
			require.NoError(t, b.wallet.NotifyAuthorization(notify, event, token), "twice")
			require.NotContains(t, b.log.String(), token)
		}
		token := b.token(bob)
		require.NoError(t, b.wallet.NotifyAuthorization(notify, "AUTHCODE_CREATED", b.wallet.AuthCode(bob)))
		require.NoError(t, b.wallet.NotifyAuthorization(notify, "TOKEN_CREATED", token))
		require.NoError(t, b.wallet.NotifyAuthorization(notify, "TOKEN_CANCELED", "a token of another shop"))
		require.True(t, other.hasAgreed())

		for alarm, err := range b.shop.flow.Alarms(t.Context(), time.Time{}, b.clock.now().Add(time.Hour)) {
			require.NoError(t, err)
			require.Fail(t, "an alarm", "%+v", alarm)
		}
		require.NotContains(t, b.log.String(), "level=ERROR")
	})
}

// TestDisputeNeedsAPerson: the shop logs it as orderflow logs an alarm.
func TestDisputeNeedsAPerson(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	o := p.orders("disputed", "coffee", 1)
	require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
	p.until(o.ID, "fulfilled")
	require.NotContains(t, b.log.String(), "level=ERROR")
	require.NoError(t, b.wallet.NotifyDispute(o.ID, "DISPUTE_CREATED"), "acknowledged")
	require.Contains(t, b.log.String(), `level=ERROR msg="a notification that the shop does not expect`)
	require.Contains(t, b.log.String(), "kind="+string(tradepay.NotificationDispute)+" order_id="+o.ID)
	require.Contains(t, b.log.String(), "dispute_event=DISPUTE_CREATED")
}
