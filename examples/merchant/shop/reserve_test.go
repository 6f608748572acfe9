package shop

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	tradepay "github.com/tradepay/tradepay-go"
)

// TestReserve: what is reserved ships nothing and charges nothing, until the shopkeeper
// charges it, once, or releases it.
func TestReserve(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		p, w := b.phone(ana), b.shopkeeper()
		press := func(id, action string) int {
			t.Helper()
			_, page := w.get("/orders/" + id)
			status, _ := w.post("/orders/"+id+"/"+action, url.Values{"csrf": {field(t, page, "csrf")}}, nil)
			return status
		}
		reserves := func(key string) answer {
			t.Helper()
			body := basket(key, "coffee", 1)
			body["payBy"] = "reserve"
			var o answer
			require.Equal(t, http.StatusCreated, p.call("POST", "/api/orders", body, &o))
			require.NoError(t, b.wallet.Pay(o.TradePay.PaymentURL))
			o = p.until(o.ID, "authorized")
			rows, _ := b.shipped(o.ID)
			require.Zero(t, rows, "reserved is not paid")
			return o
		}

		o := reserves("reserve-1")
		_, anonymous := b.browser().get("/orders/" + o.ID)
		require.NotContains(t, anonymous, "/capture")
		require.NotEqual(t, http.StatusOK, first(b.browser().post("/orders/"+o.ID+"/capture", url.Values{}, nil)))
		paid, _ := b.wallet.Payment(o.ID)
		require.Zero(t, paid.Captured.Value)
		require.Less(t, press(o.ID, "capture"), http.StatusBadRequest)
		p.until(o.ID, "fulfilled")
		require.Equal(t, http.StatusConflict, press(o.ID, "capture"), "all was charged")
		require.Equal(t, http.StatusConflict, press(o.ID, "void"))
		paid, _ = b.wallet.Payment(o.ID)
		require.Equal(t, paid.Amount, paid.Captured)
		rows, _ := b.shipped(o.ID)
		require.Equal(t, 1, rows)

		o = reserves("reserve-2")
		require.Less(t, press(o.ID, "void"), http.StatusBadRequest)
		p.until(o.ID, "cancelled")
		paid, _ = b.wallet.Payment(o.ID)
		require.Zero(t, paid.Captured.Value)
		require.NotEqual(t, tradepay.StatusAuthorized, paid.Status)
		t.Logf("the wallet says %s, charges %d", paid.Status, paid.Charges)

		body := basket("reserve-2", "coffee", 1)
		require.Equal(t, http.StatusConflict, p.call("POST", "/api/orders", body, &o),
			"another way to pay, the same key")
		body["payBy"] = "later"
		require.Equal(t, http.StatusBadRequest, p.call("POST", "/api/orders", body, &o))
	})
}

func first(status int, _ string) int { return status }
