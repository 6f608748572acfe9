package tradepaytest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// TestNotifyTo: the notification for the shop's own host comes to another one, with the
// path of the notify URL signed.
func TestNotifyTo(t *testing.T) {
	t.Parallel()
	var hosts, paths []string
	var shop http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		hosts, paths = append(hosts, r.Host), append(paths, r.RequestURI)
		r.RequestURI = r.RequestURI[len("/behind"):]
		shop.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w := newWallet(t, tradepaytest.WithNotifyTo("Shop.example", server.URL+"/behind/"),
		tradepaytest.WithNotifyTo("other.example:8443", server.URL))
	c := newClient(t, w)
	shop = c.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	create(t, c, "order-1", "https://shop.example/pay%20here/notify?shop=1")
	require.NoError(t, w.Pay("order-1"))
	require.NoError(t, w.WaitNotified(t.Context(), "order-1"))
	require.Equal(t, []string{"shop.example"}, hosts)
	require.Equal(t, []string{"/behind/pay%20here/notify?shop=1"}, paths)
	create(t, c, "order-2", "https://other.example:8443/notify")
	_, err := c.CreateOrder(t.Context(), order("order-3", "https://other.example/notify"))
	require.Error(t, err, "another port is another host")
	require.Contains(t, w.Rejections()[0].Why, "loopback")
}

func TestNotifyToRejects(t *testing.T) {
	t.Parallel()
	for _, route := range [][2]string{
		{"", "http://127.0.0.1:1"}, {"https://shop.example", "http://127.0.0.1:1"}, {"shop.example", ""},
		{"shop.example", "127.0.0.1:1"}, {"shop.example", "ftp://127.0.0.1"}, {"shop.example", "http://a@127.0.0.1"},
		{"shop.example", "http://127.0.0.1/?a=b"}, {"shop.example", "http:///x"},
	} {
		_, err := tradepaytest.StartWallet(tradepaytest.WithNotifyTo(route[0], route[1]))
		require.Error(t, err, route)
	}
}

// TestNotifyToStaysPrivate: a route leads to this machine or a private network.
func TestNotifyToStaysPrivate(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.WithNotifyTo("shop.example", "http://192.0.2.1:80"),
		tradepaytest.WithNotifyBackoff(1, 1))
	create(t, newClient(t, w), "order-1", "https://shop.example/notify")
	require.NoError(t, w.Pay("order-1"))
	require.ErrorContains(t, w.Notify("order-1"), "private network")
}
