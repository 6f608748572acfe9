package shop

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// consent is what the API says of an agreement.
type consent struct {
	Active       bool
	Call         string
	SignContract map[string]string
	Error        struct{ Code, Message string }
}

// agrees opens the wallet's page, agrees there, and hands the code in.
func (p *phone) agrees() {
	p.t.Helper()
	var page, signed consent
	require.Equal(p.t, http.StatusOK, p.call("POST", "/api/agreement/prepare", nil, &page), "%+v", page)
	require.Equal(p.t, http.StatusOK, p.call("POST", "/api/agreement", p.consents(page), &signed), "%+v", signed)
	require.True(p.t, signed.Active)
}

// consents is what the wallet's page calls back.
func (p *phone) consents(page consent) map[string]string {
	p.t.Helper()
	code, state, err := p.wallet.Agree(page.SignContract["signStr"])
	require.NoError(p.t, err)
	return map[string]string{"authCode": code, "authState": state}
}

func (p *phone) hasAgreed() bool {
	p.t.Helper()
	var c consent
	require.Equal(p.t, http.StatusOK, p.call("GET", "/api/agreement", nil, &c))
	return c.Active
}

// ordersAtOnce places an order of one coffee that is charged by the agreement.
func (p *phone) ordersAtOnce(key string, out *answer) (status int) {
	p.t.Helper()
	body := basket(key, "coffee", 1)
	body["payBy"] = "agreement"
	return p.call("POST", "/api/orders", body, out)
}

// TestAgreement: the customer agrees once, is then charged without the cashier,
// once for each order, and ends it.
func TestAgreement(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		require.False(t, p.hasAgreed())
		var o answer
		require.Equal(t, http.StatusConflict, p.ordersAtOnce("too-early", &o))
		require.Equal(t, "agreement", o.Error.Code)
		require.Empty(t, b.wallet.Payments())

		p.agrees()
		require.True(t, p.hasAgreed())
		require.False(t, b.phone(bob).hasAgreed())
		var again consent
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/agreement/prepare", nil, &again))
		require.Equal(t, "agreed", again.Error.Code)

		require.Equal(t, http.StatusCreated, p.ordersAtOnce("at-once-1", &o))
		require.Empty(t, o.TradePay)
		require.Empty(t, o.Cashier)
		var twice answer
		require.Equal(t, http.StatusCreated, p.ordersAtOnce("at-once-1", &twice))
		require.Equal(t, o.ID, twice.ID)
		p.until(o.ID, "fulfilled")
		require.Len(t, b.wallet.Payments(), 1)
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders", basket("at-once-1", "coffee", 1), &twice),
			"the same key, paid another way")

		var ended consent
		require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/end", nil, &ended))
		require.False(t, ended.Active)
		require.Equal(t, http.StatusCreated, p.ordersAtOnce("at-once-1", &twice), "it stands as it is")
		require.Equal(t, "fulfilled", twice.State)
		require.Equal(t, http.StatusConflict, p.ordersAtOnce("at-once-2", &o))
		require.Len(t, b.wallet.Payments(), 1)
		p.agrees()
		require.Empty(t, b.wallet.Rejections())
	})
}

// TestAgreementNeedsItsOwnPage: a code is taken once, and only from the page that was
// made for the same customer.
func TestAgreementNeedsItsOwnPage(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p, other := b.phone(ana), b.phone(bob)
	var page, answered consent
	require.Equal(t, http.StatusForbidden, p.call("POST", "/api/agreement",
		map[string]string{"authCode": b.wallet.AuthCode(ana), "authState": "guessed"}, &answered))
	require.Equal(t, http.StatusBadRequest, p.call("POST", "/api/agreement",
		map[string]string{"authCode": b.wallet.AuthCode(ana)}, &answered))

	require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/prepare", nil, &page))
	code := p.consents(page)
	require.Equal(t, http.StatusForbidden, other.call("POST", "/api/agreement", code, &answered))
	require.Equal(t, "forged", answered.Error.Code)
	require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement", code, &answered))
	require.Equal(t, http.StatusForbidden, p.call("POST", "/api/agreement", code, &answered), "once")
	require.True(t, p.hasAgreed())

	// Somebody else pays on the page that was made for Bob.
	require.Equal(t, http.StatusOK, other.call("POST", "/api/agreement/prepare", nil, &page))
	code = p.consents(page)
	code["authCode"] = b.wallet.AuthCode(ana)
	require.Equal(t, http.StatusConflict, other.call("POST", "/api/agreement", code, &answered))
	require.Equal(t, "agreement", answered.Error.Code)
	require.False(t, other.hasAgreed())

	require.Equal(t, http.StatusOK, other.call("POST", "/api/agreement/prepare", nil, &page))
	code = map[string]string{"authCode": "made-up", "authState": p.consents(page)["authState"]}
	require.Equal(t, http.StatusConflict, other.call("POST", "/api/agreement", code, &answered))
	require.Equal(t, http.StatusUnauthorized, (&phone{bench: b}).call("GET", "/api/agreement", nil, &answered))
}

// TestAgreementEndedInTheWallet: the next order is refused, is not charged, and the
// shop knows from then on.
func TestAgreementEndedInTheWallet(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	p.agrees()
	var token string
	require.NoError(t, b.db.SQL().QueryRowContext(t.Context(), `SELECT access_token FROM shop_agreements`).Scan(&token))
	require.NoError(t, b.wallet.EndAgreement(token))
	var o answer
	require.Equal(t, http.StatusConflict, p.ordersAtOnce("ended-there", &o))
	require.Equal(t, "agreement", o.Error.Code)
	require.False(t, p.hasAgreed())
	require.Empty(t, b.wallet.Payments())
	require.NotContains(t, b.log.String(), token)
}

// TestAgreementWithoutAnswer: a lost answer to a charge is asked for again under the
// same key and charged once; a lost answer to the end is no end, and charges nothing.
func TestAgreementWithoutAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	p.agrees()
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay, Times: -1})
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpInquiryPayment, Times: -1})
	var o answer
	require.Equal(t, http.StatusServiceUnavailable, p.ordersAtOnce("lost-answer", &o))
	require.Equal(t, "try_again", o.Error.Code)
	b.wallet.Heal()
	status := 0
	for tries := 0; tries < 100 && status != http.StatusCreated; tries++ {
		status = p.ordersAtOnce("lost-answer", &o)
	}
	require.Equal(t, http.StatusCreated, status, "%+v", o)
	p.until(o.ID, "fulfilled")
	require.Len(t, b.wallet.Payments(), 1)

	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpCancelToken, Times: -1})
	var ended consent
	require.Equal(t, http.StatusServiceUnavailable, p.call("POST", "/api/agreement/end", nil, &ended))
	require.False(t, p.hasAgreed())
	require.Equal(t, http.StatusConflict, p.ordersAtOnce("after-the-end", &o))
	b.wallet.Heal()
	p.agrees() // ends the earlier one first
	require.Len(t, b.wallet.Payments(), 1)
}
