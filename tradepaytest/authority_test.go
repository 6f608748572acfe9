package tradepaytest_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithTLS())
	require.Contains(t, w.URL(), "https://127.0.0.1:")
	block, _ := pem.Decode(w.Authority())
	ca, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.True(t, ca.IsCA)
	c := newClient(t, w)
	s := newShop(t, c, nil)
	o := create(t, c, "order-1", s.url)
	require.Contains(t, o.PaymentURL, w.URL())
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))

	_, err = newClient(t, w, once, func(c *tradepay.Config) { c.HTTPClient = nil }).QueryOrder(t.Context(),
		tradepay.OrderRef{PaymentRequestID: "order-1"})
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown, "whoever does not know the CA")
	api := control(t, w)
	api.client = w.Config().HTTPClient
	require.Equal(t, "ok", api.ok(http.MethodGet, "/health", "")["status"])
	require.Nil(t, newWallet(t).Authority())
}
