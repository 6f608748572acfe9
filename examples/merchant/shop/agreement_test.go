package shop

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// consent is what the API says of an agreement.
type consent struct {
	Active       bool
	Ending       bool
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

// injects sets a fault that lasts until the wallet heals.
func (b *bench) injects(kind tradepaytest.FaultKind, op wire.Operation) {
	b.wallet.Inject(tradepaytest.Fault{Kind: kind, Op: op, Times: -1})
}

// token is the access token that the shop has stored of a customer.
func (b *bench) token(customer string) (token string) {
	b.t.Helper()
	a, err := b.shop.agreementOf(b.t.Context(), customer)
	require.NoError(b.t, err)
	return a.token
}

// validTokens are the access tokens that the wallet takes.
func (b *bench) validTokens() (tokens []string) {
	b.t.Helper()
	wallet := &phone{bench: &bench{t: b.t, base: b.wallet.URL()}}
	var out struct {
		Tokens []struct{ AccessToken string }
	}
	require.Equal(b.t, http.StatusOK, wallet.call("GET", "/__tradepay/tokens", nil, &out))
	for _, token := range out.Tokens {
		tokens = append(tokens, token.AccessToken)
	}
	return tokens
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
	token := b.token(ana)
	require.NoError(t, b.wallet.EndAgreement(token))
	var o answer
	require.Equal(t, http.StatusConflict, p.ordersAtOnce("ended-there", &o))
	require.Equal(t, "agreement", o.Error.Code)
	require.False(t, p.hasAgreed())
	require.Empty(t, b.wallet.Payments())
	require.NotContains(t, b.log.String(), token)
}

// TestAgreementWithoutAnswer: a lost answer to a charge is asked for again under the
// same key and charged once; a lost answer to the end is no end, and nothing more is
// charged.
func TestAgreementWithoutAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	p.agrees()
	b.injects(tradepaytest.NotifyLost, wire.OpNotifyPayment)
	b.injects(tradepaytest.DropAfter, wire.OpPay)
	b.injects(tradepaytest.DropAfter, wire.OpInquiryPayment)
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
	require.Equal(t, http.StatusOK, p.call("GET", "/api/agreement", nil, &ended))
	require.True(t, ended.Ending)
	require.Equal(t, http.StatusConflict, p.ordersAtOnce("after-the-end", &o))
	b.wallet.Heal()
	p.agrees() // ends the earlier one first
	require.Len(t, b.wallet.Payments(), 1)
}

// TestAgreementThatIsNotConfirmed: the wallet's answer to the code is lost. The same
// request cannot bring it back, so the shop asks the customer to agree once more.
func TestAgreementThatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	var page, answered consent
	require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/prepare", nil, &page))
	given := p.consents(page)
	b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpApplyToken, Times: -1})
	signs := func() int { return p.call("POST", "/api/agreement", given, &answered) }
	require.Equal(t, http.StatusConflict, signs())
	require.Equal(t, "agree_again", answered.Error.Code)
	b.wallet.Heal()
	require.Equal(t, http.StatusForbidden, signs(), "the page is used up")
	require.False(t, p.hasAgreed())
	p.agrees()
	require.True(t, p.hasAgreed())
}

// asksLate is a shop that asks the wallet by itself only after an hour.
func asksLate(c *Config) { c.Inquiries = orderflow.Inquiries{First: time.Hour, Longest: time.Hour} }

// TestRefusedWhileOpen: a pay is lost, and the wallet refuses the next one with a code
// that sounds final. The order may have been charged: no answer sends the phone to the
// cashier.
func TestRefusedWhileOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		charged bool   // by the pay that was lost
		code    string // of the next one
	}{
		"charged, and the consent ended":  {true, "INVALID_ACCESS_TOKEN"},
		"charged, and the token expired":  {true, "EXPIRED_ACCESS_TOKEN"},
		"charged, and a risk":             {true, "RISK_REJECT"},
		"lost, and the consent ended":     {false, "INVALID_ACCESS_TOKEN"},
		"lost, and a risk for the wallet": {false, "RISK_REJECT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sqliteSource(t), asksLate)
			p := b.phone(ana)
			p.agrees()
			lost := tradepaytest.DropBefore
			if c.charged {
				lost = tradepaytest.DropAfter
			}
			b.injects(tradepaytest.NotifyLost, wire.OpNotifyPayment)
			b.injects(lost, wire.OpPay)
			b.injects(tradepaytest.DropAfter, wire.OpInquiryPayment)
			var o answer
			require.Equal(t, http.StatusServiceUnavailable, p.ordersAtOnce("lost-charge", &o))
			b.wallet.Heal()

			b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpPay, Code: c.code, Times: -1})
			if c.charged { // an inquiry would find it
				b.injects(tradepaytest.DropAfter, wire.OpInquiryPayment)
			}
			require.Equal(t, http.StatusServiceUnavailable, p.ordersAtOnce("lost-charge", &o), "%+v", o)
			require.Equal(t, "try_again", o.Error.Code)
			b.wallet.Heal()

			ended := c.code != "RISK_REJECT"
			require.Equal(t, !ended, p.hasAgreed())
			var again answer
			require.Equal(t, http.StatusCreated, p.ordersAtOnce("lost-charge", &again), "%+v", again)
			if ended && !c.charged {
				require.True(t, again.Open, "nobody knows, until its time is over")
				require.Empty(t, again.TradePay)
				require.Empty(t, b.wallet.Payments())
				return
			}
			require.Len(t, b.wallet.Payments(), 1)
			if ended {
				require.NoError(t, b.wallet.Notify(again.ID))
			}
			p.until(again.ID, "fulfilled")
		})
	}
}

// placedByAgreement is an order of Ana's that is stored, and not charged yet.
func (b *bench) placedByAgreement(requestKey string) *placed {
	b.t.Helper()
	lines, err := b.shop.price([]wanted{{"coffee", 1}}, "en")
	require.NoError(b.t, err)
	kept, err := b.shop.place(b.t.Context(),
		placed{customer: ana, requestKey: requestKey, lines: lines, byAgreement: true})
	require.NoError(b.t, err)
	return kept
}

// TestEndWhileCharging: the agreement ends between two requests of one tap. The second
// one says that nothing is charged only once the first one cannot charge anymore.
func TestEndWhileCharging(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.clock.stop()
		p := b.phone(ana)
		p.agrees()
		kept := b.placedByAgreement("two-requests")
		token, err := b.shop.beginCharge(t.Context(), kept) // and the process pauses here
		require.NoError(t, err)
		require.Equal(t, b.token(ana), token)

		b.injects(tradepaytest.DropBefore, wire.OpCancelToken)
		var ended consent
		require.Equal(t, http.StatusServiceUnavailable, p.call("POST", "/api/agreement/end", nil, &ended))
		var o answer
		require.Equal(t, http.StatusServiceUnavailable, p.ordersAtOnce("two-requests", &o))
		require.Equal(t, "try_again", o.Error.Code)
		token, err = b.shop.beginCharge(t.Context(), kept)
		require.NoError(t, err)
		require.Empty(t, token, "nothing begins after the end")
		b.clock.advance(2 * callTime)
		require.Equal(t, http.StatusConflict, p.ordersAtOnce("two-requests", &o))
		require.Equal(t, "agreement", o.Error.Code)
		require.Empty(t, b.wallet.Payments())
	})
}

// TestSecondAgreement: two pages are signed at once. The consent that comes second ends
// at the wallet, and the first one stands.
func TestSecondAgreement(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p := b.phone(ana)
		var page, answered consent
		require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/prepare", nil, &page))
		second := p.consents(page)
		first, err := b.shop.client.ApplyToken(t.Context(),
			&tradepay.ApplyTokenRequest{AuthCode: b.wallet.AuthCode(ana)})
		require.NoError(t, err)
		// The first page's token is stored between the second page and its signature.
		_, err = b.db.SQL().ExecContext(t.Context(), `UPDATE shop_agreements SET access_token = $1`, first.AccessToken)
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/agreement", second, &answered))
		require.Equal(t, "agreed", answered.Error.Code)
		require.Equal(t, first.AccessToken, b.token(ana))
		valid := b.validTokens()
		require.Contains(t, valid, first.AccessToken)
		require.Len(t, valid, 2, "that of the login, and the first one: %v", valid)
		var o answer
		require.Equal(t, http.StatusCreated, p.ordersAtOnce("by-the-first", &o))
		p.until(o.ID, "fulfilled")
	})
}

// TestExpiredAgreement: before the customer agrees anew, the shop ends what has expired.
func TestExpiredAgreement(t *testing.T) {
	t.Parallel()
	b := newBench(t, sqliteSource(t), nil)
	p := b.phone(ana)
	p.agrees()
	expired := b.token(ana)
	_, err := b.db.SQL().ExecContext(t.Context(), `UPDATE shop_agreements SET expires_at = 1`)
	require.NoError(t, err)
	require.False(t, p.hasAgreed())
	p.agrees()
	require.NotEqual(t, expired, b.token(ana))
	require.ErrorIs(t, b.wallet.EndAgreement(expired), tradepaytest.ErrNoAgreement)
}

// TestAgreementLimit: a customer who prepares and ends without a pause waits, and locks
// out neither other customers nor logins. The wish to end is stored even then.
func TestAgreementLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.clock.stop()
		p := b.phone(ana)
		var c consent
		for range consentsAtOnce {
			require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/prepare", nil, &c))
		}
		page := c
		for range 100 {
			require.Equal(t, http.StatusTooManyRequests, p.call("POST", "/api/agreement/prepare", nil, &c))
			require.Equal(t, "too_many", c.Error.Code)
		}
		other := b.phone(bob) // logs in
		b.wallet.SetUser(bob)
		other.agrees()
		b.wallet.SetUser(ana)
		require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement", p.consents(page), &c))
		require.Equal(t, http.StatusTooManyRequests, p.call("POST", "/api/agreement/end", nil, &c))
		require.False(t, p.hasAgreed())
		var o answer
		require.Equal(t, http.StatusConflict, p.ordersAtOnce("after-the-end", &o))
		require.Equal(t, http.StatusTooManyRequests, p.call("POST", "/api/agreement/prepare", nil, &c),
			"it would end the earlier one at the wallet")
		b.clock.advance(time.Minute)
		require.Equal(t, http.StatusOK, p.call("POST", "/api/agreement/end", nil, &c))
		require.Empty(t, b.token(ana))
	})
}

// TestRefusedAndNotRecorded: a charge is under way for long, the wallet refuses the next try, and the
// database cannot record that. A phone that is told 422 or 409 orders the same basket again, under a new key.
func TestRefusedAndNotRecorded(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"RISK_REJECT", "INVALID_ACCESS_TOKEN"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sqliteSource(t), asksLate)
			p := b.phone(ana)
			p.agrees()
			b.injects(tradepaytest.NotifyLost, wire.OpNotifyPayment)
			b.injects(tradepaytest.DropBefore, wire.OpPay) // it arrives later
			var o answer
			require.Equal(t, http.StatusServiceUnavailable, p.ordersAtOnce("lost-charge", &o))
			b.wallet.Heal()
			kept, err := scanPlaced(b.db.SQL().QueryRowContext(t.Context(), selectPlaced, ana, "lost-charge"))
			require.NoError(t, err)
			underWay := b.shop.payment(kept)
			underWay.PaymentAuthCode = b.token(ana)

			_, err = b.db.SQL().ExecContext(t.Context(), `CREATE TRIGGER broken BEFORE UPDATE ON orderflow_orders
				WHEN NEW.last_error <> OLD.last_error BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
			require.NoError(t, err)
			b.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: wire.OpPay, Code: code, Times: -1})
			status := p.ordersAtOnce("lost-charge", &o)
			told := o.Error.Code
			b.wallet.Heal()
			_, err = b.db.SQL().ExecContext(t.Context(), `DROP TRIGGER broken`)
			require.NoError(t, err)
			_, err = b.shop.client.CreateOrder(t.Context(), underWay) // now it is there
			require.NoError(t, err)
			if status == http.StatusConflict || status == http.StatusUnprocessableEntity { // isRefused of server.js
				if !p.hasAgreed() {
					p.agrees()
				}
				require.Equal(t, http.StatusCreated, p.ordersAtOnce("a-new-key", &o))
			}
			require.Len(t, b.wallet.Payments(), 1, "one basket, after %d %s", status, told)
		})
	}
}

// TestTimeIsUpWhileCharging: the time to pay ends between two requests of one tap. The second one says
// that there will be no order only once the first one cannot charge anymore.
func TestTimeIsUpWhileCharging(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.clock.stop()
		p := b.phone(ana)
		p.agrees()
		kept := b.placedByAgreement("two-requests")
		b.clock.advance(timeToPay - time.Second)            // the first request finds that there is time,
		token, err := b.shop.beginCharge(t.Context(), kept) // and the process pauses here
		require.NoError(t, err)
		b.clock.advance(2 * time.Second)
		var o answer
		status := p.ordersAtOnce("two-requests", &o)
		if status == http.StatusConflict { // the phone orders the same basket under a new key
			require.Equal(t, http.StatusCreated, p.ordersAtOnce("a-new-key", &o))
		}
		request := b.shop.payment(kept) // and now the first goes on, as Shop.order does
		request.PaymentAuthCode = token
		_, _ = b.shop.flow.Create(t.Context(), request) // whatever it says
		require.LessOrEqual(t, len(b.wallet.Payments()), 1, "one basket, charged twice")
	})
}
