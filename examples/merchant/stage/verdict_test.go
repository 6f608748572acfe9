package stage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	usd := func(cents int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: cents} }
	paid := tradepaytest.Payment{Status: tradepay.StatusSuccess, Amount: usd(1050), Charges: 1}
	with := func(change func(*tradepaytest.Payment)) *tradepaytest.Payment {
		p := paid
		change(&p)
		return &p
	}
	open := &tradepaytest.Payment{Status: tradepay.StatusProcessing, Amount: usd(1050)}
	failed := &tradepaytest.Payment{Status: tradepay.StatusFailed, Amount: usd(1050)}
	reserved := with(func(p *tradepaytest.Payment) { p.Status = tradepay.StatusAuthorized })
	refunded := with(func(p *tradepaytest.Payment) { p.Refunded = usd(1050) })
	for _, tt := range []struct {
		name   string
		wallet *tradepaytest.Payment // nil: it has none
		shop   string
		order  tradepay.Amount
		level  Level
		key    string
	}{
		{"nothing yet", nil, "", tradepay.Amount{}, LevelWait, "verdict.nothing"},
		{"not sent", nil, "created", usd(1050), LevelWait, "verdict.unsent"},
		{"given up before it was sent", nil, "failed", usd(1050), LevelAgree, "verdict.agreeNothing"},
		{"open", open, "pending", usd(1050), LevelWait, "verdict.open"},
		{"paid and delivered", &paid, "fulfilled", usd(1050), LevelAgree, "verdict.agreePaid"},
		{"paid", &paid, "paid", usd(1050), LevelAgree, "verdict.agreePaid"},
		{"not heard of yet", &paid, "pending", usd(1050), LevelWait, "verdict.pending"},
		{"another payer's", &paid, "", tradepay.Amount{}, LevelWait, "verdict.unseen"},
		{"charged, and closed", &paid, "cancelled", usd(1050), LevelDiffer, "verdict.chargedButClosed"},
		{"another amount", &paid, "fulfilled", usd(1), LevelDiffer, "verdict.amount"},
		{"charged twice", with(func(p *tradepaytest.Payment) {
			p.Charges = 2
		}), "fulfilled", usd(1050), LevelDiffer, "verdict.twice"},
		{"delivered for nothing", open, "fulfilled", usd(1050), LevelDiffer, "verdict.paidButNot"},
		{"delivered after it failed", failed, "paid", usd(1050), LevelDiffer, "verdict.paidButNot"},
		{"failed, not heard of", failed, "pending", usd(1050), LevelWait, "verdict.closing"},
		{"failed", failed, "failed", usd(1050), LevelAgree, "verdict.agreeNothing"},
		{"refunded", refunded, "refunded", usd(1050), LevelAgree, "verdict.agreeRefunded"},
		{"refund under way", &paid, "refunding", usd(1050), LevelWait, "verdict.refunding"},
		{"refunded, not heard of", refunded, "fulfilled", usd(1050), LevelWait, "verdict.refunding"},
		{"partly", with(func(p *tradepaytest.Payment) {
			p.Refunded = usd(50)
		}), "partly_refunded", usd(1050), LevelAgree, "verdict.agreeRefunded"},
		{"reserved", reserved, "authorized", usd(1050), LevelAgree, "verdict.agreeReserved"},
		{"reserved, not heard of", reserved, "pending", usd(1050), LevelWait, "verdict.reserved"},
		{"reserved, and given up", reserved, "cancelled", usd(1050), LevelWait, "verdict.reserved"},
		{"delivered, and only reserved", reserved, "fulfilled", usd(1050), LevelDiffer, "verdict.paidButNot"},
		{"captured, not heard of", &paid, "authorized", usd(1050), LevelWait, "verdict.settling"},
		{"refunded, says the shop alone", &paid, "refunded", usd(1050), LevelDiffer, "verdict.differ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := judge(tt.wallet, tt.shop, tt.order)
			require.Equal(t, tt.level, v.Level)
			require.Equal(t, tt.key, v.Key)
			require.Contains(t, texts, v.Key)
		})
	}
}
