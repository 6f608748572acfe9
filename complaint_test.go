package tradepay_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestComplaintsHoldNothingThatWasSent: a wallet may repeat the value that it
// rejects, and programs log an error's text.
func TestComplaintsHoldNothingThatWasSent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ message, text string }{
		"a name only":         {"buyerPhoneNo is illegal", `"buyerPhoneNo is illegal"`},
		"the value":           {"buyerPhoneNo 57-3000000000 is illegal", `"buyerPhoneNo … is illegal"`},
		"a value within JSON": {"order: Ana Ruiz", `"order: …"`},
		"control characters":  {"title \"\u202ex\" is año\n", `"title \"\u202ex\" is año\n"`},
		"too long":            {strings.Repeat("é", 201), `"` + strings.Repeat("é", 200) + `"…`},
	} {
		for dialect, wallet := range map[string]wire.Profile{"v1": wallets.PlatformV1(), "v2": wallets.PlatformV2()} {
			t.Run(name+", "+dialect, func(t *testing.T) {
				t.Parallel()
				body := strings.Replace(result("F", "PARAM_ILLEGAL"), `"m"`, quote(tt.message), 1)
				w := newScripted(t, wallet)
				path := w.config.Wallet.Routes.Prefix + w.config.Wallet.Path(wire.OpPay)
				w.on(path, signed(200, body)).on(w.config.Wallet.Routes.Prefix+
					w.config.Wallet.Path(wire.OpInquiryPayment), signed(200, result("F", "ORDER_NOT_EXIST")))
				req := order()
				req.SiteName = "SITE"
				req.Order.Buyer = tradepay.Buyer{Name: tradepay.PersonName{Full: "Ana Ruiz"}, PhoneNo: "57-3000000000"}
				_, err := w.client().CreateOrder(t.Context(), req)
				require.ErrorIs(t, err, tradepay.ErrRejected)
				require.ErrorContains(t, err, "result F PARAM_ILLEGAL "+tt.text+" (HTTP")
			})
		}
	}
	t.Run("a call with a token", func(t *testing.T) {
		t.Parallel()
		body := strings.Replace(result("F", "PARAM_ILLEGAL"), `"m"`, `"authCode 2810 is illegal"`, 1)
		w := newScripted(t, wallets.PlatformV2())
		w.on(w.config.Wallet.Routes.Prefix+w.config.Wallet.Path(wire.OpApplyToken), signed(200, body))
		_, err := w.client().ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "2810"})
		require.ErrorIs(t, err, tradepay.ErrRejected)
		require.NotContains(t, err.Error(), "2810")
	})
}
