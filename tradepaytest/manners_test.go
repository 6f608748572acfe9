package tradepaytest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestEmptyIsUnset: SuperQi takes "" for a member that is left out; the platform does not.
func TestEmptyIsUnset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile wire.Profile
		path    string
		code    string
	}{
		"SuperQi":  {wallets.SuperQi(), "/v1/payments/inquiryPayment", "SUCCESS"},
		"platform": {wallets.PlatformV2(), "/api/v2/payments/inquiryPayment", "PARAM_ILLEGAL"},
	} {
		w := newWallet(t, tradepaytest.As(test.profile))
		_, err := newClient(t, w).CreateOrder(t.Context(), order("order-1", ""))
		require.NoError(t, err, name)
		_, _, result := raw{path: test.path, body: `{"paymentId":"","paymentRequestId":"order-1"}`}.do(t, w)
		require.Equal(t, test.code, result.Code, name)
		_, _, result = raw{path: test.path, body: `{"paymentId":"","paymentRequestId":""}`}.do(t, w)
		require.Equal(t, "PARAM_ILLEGAL", result.Code, name)
	}
}

// withoutType sends requests without a Content-Type.
type withoutType struct{}

func (withoutType) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Del("Content-Type")
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func TestContentTypeOptional(t *testing.T) {
	t.Parallel()
	for _, profile := range wallets.All() {
		w := newWallet(t, tradepaytest.As(profile))
		c := newClient(t, w, once, func(conf *tradepay.Config) { conf.HTTPClient = &http.Client{Transport: withoutType{}} })
		_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		if profile.Name == "Toka" {
			require.ErrorIs(t, err, tradepay.ErrOrderNotFound, "it was understood")
			continue
		}
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, profile.Name)
		require.Contains(t, w.Rejections()[0].Why, "Content-Type", profile.Name)
	}
}

// TestProductCodes: where the wallet knows all codes, no other is accepted; elsewhere
// merchants get codes of their own.
func TestProductCodes(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.SuperQi(), wallets.PlatformV2(), wallets.RebellV1()} {
		w := newWallet(t, tradepaytest.As(profile))
		req := order("order-1", "")
		req.ProductCode = "51051000101000100099"
		_, err := newClient(t, w, once).CreateOrder(t.Context(), req)
		if profile.Name == "SuperQi" {
			require.ErrorIs(t, err, tradepay.ErrRejected)
			require.Contains(t, w.Rejections()[0].Why, "productCode")
			require.Empty(t, w.Payments())
			continue
		}
		require.NoError(t, err, profile.Name)
	}
}
