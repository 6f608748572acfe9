package tradepaytest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// TestMerchant: the wallet knows the chosen merchant and no other, in both directions.
func TestMerchant(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, profile wire.Profile) {
		mine := tradepaytest.Merchant{ClientID: "MINE", AppID: "APP", PartnerID: "PARTNER", KeyVersion: "7"}
		w := newWallet(t, tradepaytest.As(profile), tradepaytest.WithMerchant(mine))
		cfg := w.Config()
		known := tradepaytest.Merchant{ClientID: cfg.ClientID, AppID: cfg.AppID, PartnerID: cfg.PartnerID,
			KeyVersion: cfg.KeyVersion}
		require.Equal(t, mine, known)
		c := newClient(t, w)
		s := newShop(t, c, nil)
		create(t, c, "order-1", s.url)
		require.NoError(t, w.Pay("order-1"))
		require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
		require.Empty(t, w.Rejections())

		usual := newWallet(t, tradepaytest.As(profile), tradepaytest.WithMerchant(tradepaytest.Merchant{})).Config()
		for _, change := range []func(*tradepay.Config){
			func(c *tradepay.Config) { c.ClientID = usual.ClientID },
			func(c *tradepay.Config) { c.KeyVersion = usual.KeyVersion },
		} {
			_, err := newClient(t, w, once, change).QueryOrder(t.Context(),
				tradepay.OrderRef{PaymentRequestID: "order-1"})
			require.Error(t, err)
		}
		require.Len(t, w.Rejections(), 2)
		require.Contains(t, w.Rejections()[1].Why, "keyVersion=7")
	})
}
