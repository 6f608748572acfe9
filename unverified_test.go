package tradepay_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// TestStrangersCannotFillTheMemory opens 3,000 connections that send bodies which only
// the wallet's signature tells from a notification. It is not parallel: it measures
// the heap of all tests.
func TestStrangersCannotFillTheMemory(t *testing.T) {
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) { conf.NotificationLimit = 1 << 20 })
	server := httptest.NewServer(client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
		return nil
	}))
	defer server.Close()
	notice := w.notice("/notify", paidV2)
	head := fmt.Sprintf(
		"POST /notify HTTP/1.1\r\nHost: shop.example\r\nClient-Id: %s\r\nRequest-Time: %s\r\nSignature: "+
			"%s\r\nContent-Length: %d\r\n\r\n",
		clientID,
		notice.Header.Get("Request-Time"),
		notice.Header.Get("Signature"),
		1<<20,
	)
	sent := []byte(head + strings.Repeat(" ", 130<<10))
	conns := make([]net.Conn, 0, 3000)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	var writers sync.WaitGroup
	for i := range 3000 {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		conns = append(conns, conn)
		writers.Go(func() { _, _ = conn.Write(sent) }) // the server closes those that it rejects
		if i%100 == 99 {
			writers.Wait()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	grown := int64(peak) - int64(before.HeapAlloc)
	t.Logf("the heap grew by %d MiB", grown>>20)
	require.Less(t, grown, int64(400<<20))
}

// TestTooManyNotificationsAtOnce: the handler answers 503 to the first that finds no
// room, and the wallet sends it again. A body that leaves gives its room back.
func TestTooManyNotificationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) { conf.NotificationLimit = 1 << 20 })
	handler := client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	const held = 40 // of 1 MiB: more than there is room for
	gate, full := make(chan struct{}), make(chan struct{}, held)
	codes := make(chan *httptest.ResponseRecorder, held)
	for range held {
		r := w.notice("/notify", paidV2)
		r.ContentLength = -1
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat(" ", 900<<10)), &gated{full, gate}))
		go func() {
			res := httptest.NewRecorder()
			handler.ServeHTTP(res, r)
			codes <- res
		}()
	}
	busy, waiting := 0, 0
	for busy+waiting < held {
		select {
		case res := <-codes:
			require.Equal(t, http.StatusServiceUnavailable, res.Code)
			require.NotEmpty(t, res.Header().Get("Retry-After"))
			busy++
		case <-full:
			waiting++
		}
	}
	require.Positive(t, busy)
	require.Positive(t, waiting)
	res := httptest.NewRecorder()
	handler.ServeHTTP(res, w.notice("/notify", paidV2))
	require.Equal(t, "S", w.acknowledged("/notify", res), "large bodies do not keep out one of an honest size")
	close(gate)
	for range waiting {
		require.Equal(t, http.StatusUnauthorized, (<-codes).Code)
	}
	large := w.notice("/notify", paidV2+strings.Repeat(" ", 900<<10))
	_, err := client.VerifyNotification(large)
	require.NoError(t, err, "there is room again")
}

// gated says that it was reached, and ends once it may.
type gated struct {
	reached chan<- struct{}
	open    <-chan struct{}
}

func (g *gated) Read([]byte) (int, error) {
	g.reached <- struct{}{}
	<-g.open
	return 0, io.EOF
}

// TestNotificationLimit: the client accepts a body of exactly the limit, in one piece
// or in many.
func TestNotificationLimit(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	for _, limit := range []int{1 << 10, 5000, 64 << 10, 1 << 20} {
		client := w.client(func(conf *tradepay.Config) { conf.NotificationLimit = limit })
		for _, over := range []int{0, 1} {
			for name, arrives := range map[string]func(io.Reader) io.Reader{
				"whole": func(r io.Reader) io.Reader {
					return r
				}, "with its end": iotest.DataErrReader, "in halves": iotest.HalfReader,
			} {
				body := paidV2 + strings.Repeat(" ", limit+over-len(paidV2))
				r := w.notice("/notify", body)
				r.ContentLength, r.Body = -1, io.NopCloser(arrives(r.Body))
				_, err := client.VerifyNotification(r)
				if over == 0 {
					require.NoError(t, err, name)
					continue
				}
				var refused *tradepay.SignatureError
				require.ErrorAs(t, err, &refused, name)
				require.Equal(t, tradepay.ReasonTooLarge, refused.Reason, name)
			}
		}
	}
}
