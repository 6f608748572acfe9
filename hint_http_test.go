package tradepay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// overHTTP sends a notification that the wallet signed over signedURI to the
// handler, as net/http has it: without Host among the headers.
func overHTTP(t *testing.T, w *scripted, signedURI, target string, handler http.HandlerFunc, header http.Header) {
	t.Helper()
	signed := w.notice("/notify", paidV2)
	m := wire.Message{
		Method:   http.MethodPost,
		URI:      signedURI,
		ClientID: clientID,
		Time:     signed.Header.Get("Request-Time"),
		Body:     []byte(paidV2),
	}
	sig, err := m.Sign(w.key)
	require.NoError(t, err)
	signed.Header.Set(
		"Signature",
		wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingBase64),
	)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+target, strings.NewReader(paidV2))
	require.NoError(t, err)
	for _, from := range []http.Header{signed.Header, header} {
		for name, values := range from {
			req.Header[name] = values
		}
	}
	req.Host = "shop.example"
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}

// TestFullURLThroughNetHTTP: the doctor finds a wallet that signs the whole notify
// URL, although net/http takes Host out of the headers.
func TestFullURLThroughNetHTTP(t *testing.T) {
	t.Parallel()
	const public = "https://shop.example/shop/notify"
	for name, tt := range map[string]struct {
		signed, target string
		header         http.Header
		sent           string // the NotifyURL that this client sent before
		host           bool   // the program sets Host from Request.Host
	}{
		"by the notify URL": {signed: public, target: "/shop/notify", sent: public},
		"by the notify URL, with a query": {signed: public + "?token=" + planted,
			target: "/shop/notify?token=" + planted, sent: public + "?token=" + planted},
		"by the notify URL, behind a proxy": {signed: public, target: "/notify", sent: public},
		"by its host alone": {signed: "shop.example/shop/notify",
			target: "/shop/notify", sent: public},
		"by X-Forwarded-Host": {signed: public, target: "/shop/notify",
			header: http.Header{"X-Forwarded-Host": {"shop.example"}}},
		"by X-Forwarded-Host of two proxies": {signed: public, target: "/shop/notify",
			header: http.Header{"X-Forwarded-Host": {"shop.example, inner"}}},
		"by X-Original-Host": {signed: public, target: "/shop/notify",
			header: http.Header{"X-Original-Host": {"shop.example"}}},
		"by Forwarded": {signed: public, target: "/shop/notify",
			header: http.Header{"Forwarded": {`for=10.0.0.1;proto=https;host="shop.example", for=10.0.0.2`}}},
		"by Host, which the program sets": {signed: public, target: "/shop/notify", host: true},
		"by Host, and the wallet signs http": {signed: "http://shop.example/shop/notify",
			target: "/shop/notify", host: true},
		"by the notify URL, its host upstream": {signed: "https://shop.example:8443/notify", target: "/notify",
			sent: "https://shop.example:8443/notify"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
			client := w.client()
			if tt.sent != "" {
				req := order()
				req.NotifyURL = tt.sent
				_, err := client.CreateOrder(t.Context(), req)
				require.NoError(t, err)
			}
			var d doctor.Diagnosis
			overHTTP(t, w, tt.signed, tt.target, func(rw http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				_, err := client.ParseNotification(r.Method, r.RequestURI, r.Header, body)
				if err == nil {
					return
				}
				if tt.host {
					r.Header.Set("Host", r.Host)
				}
				d = client.DiagnoseNotification(r.Method, r.RequestURI, r.Header, body)
				rw.WriteHeader(http.StatusUnauthorized)
			}, tt.header)
			require.Equal(t, doctor.CauseFullURL, d.Findings[0].Cause, d)
			require.True(t, d.Findings[0].Certain)
			require.NotContains(t, d.String(), planted)
		})
	}

	t.Run("in the log of NotifyHandler", func(t *testing.T) {
		t.Parallel()
		w := newScripted(t, wallets.PlatformV2())
		var log bytes.Buffer
		client := w.client(func(conf *tradepay.Config) { conf.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
		handler := client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
		overHTTP(t, w, public, "/shop/notify", handler.ServeHTTP, nil)
		require.Equal(t, "full_url", refusalIn(t, &log).Cause)
	})
}

type refusal struct{ Cause, Summary, Remedy string }

func refusalIn(t *testing.T, log *bytes.Buffer) (line refusal) {
	t.Helper()
	require.NoError(t, json.Unmarshal(log.Bytes(), &line), log.String())
	return line
}

// TestForgottenNotifyURL: a client warns once that the wallet will not notify an order,
// if the wallet needs the URL with each order.
func TestForgottenNotifyURL(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*wire.Profile, *tradepay.CreateOrderRequest)
		lines  int
	}{
		"forgotten": {func(*wire.Profile, *tradepay.CreateOrderRequest) {}, 1},
		"given": {func(_ *wire.Profile, r *tradepay.CreateOrderRequest) {
			r.NotifyURL = "https://shop.example/n"
		}, 0},
		"a reserve": {func(_ *wire.Profile, r *tradepay.CreateOrderRequest) { r.Authorize = true }, 0},
		"a console": {func(w *wire.Profile, _ *tradepay.CreateOrderRequest) {
			w.Quirks.NotifyURLOptional = true
		}, 0},
		"only checked": {func(_ *wire.Profile, r *tradepay.CreateOrderRequest) { r.PaymentRequestID = "" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			profile, req := wallets.PlatformV2(), order()
			req.NotifyURL = ""
			tt.change(&profile, req)
			w := newScripted(t, profile).on(payPath, signed(200, accepted))
			var log bytes.Buffer
			client := w.client(func(conf *tradepay.Config) { conf.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
			require.Equal(t, req.PaymentRequestID == "", client.CheckOrder(req) != nil)
			require.Empty(t, log.String())
			for i, c := range []*tradepay.Client{client, client, client.ForSite("OTHER")} {
				if req.PaymentRequestID != "" {
					req.PaymentRequestID = "order-" + strconv.Itoa(i)
				}
				_, _ = c.CreateOrder(t.Context(), req) // an answer without the id is taken for one request
			}
			require.Equal(t, tt.lines, strings.Count(log.String(), "order without NotifyURL"), log.String())
			if tt.lines == 0 {
				return
			}
			line, _, _ := strings.Cut(log.String(), "\n")
			require.Equal(t, "WARN", object(t, line)["level"])
			require.Equal(t, "order-0", object(t, line)["payment_request_id"])
			require.Contains(t, line, "set NotifyURL, or ask for the status with QueryOrder")
		})
	}
}

// TestNotifyURLsAreFewAndBare: however many notify URLs a client sends, it
// remembers the last few, and nothing of their queries.
func TestNotifyURLsAreFewAndBare(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
	client := w.client()
	for i := range 40 {
		req := order()
		req.PaymentRequestID = fmt.Sprintf("order-%d", i)
		req.NotifyURL = fmt.Sprintf("https://shop.example/tenant/%d?token=%s", i%20, planted)
		req.VoidNotifyURL = req.NotifyURL
		_, _ = client.CreateOrder(t.Context(), req)
	}
	known := tradepay.RememberedNotifyURLs(client)
	require.Len(t, known, 8)
	require.Equal(t, "https://shop.example/tenant/19", known[0], "the latest first")
	require.Equal(t, "https://shop.example/tenant/12", known[7])
	require.Equal(
		t,
		known,
		tradepay.RememberedNotifyURLs(client.ForSite("OTHER")),
		"a site's notifications come to the same handler",
	)
}

// TestEatenBody: the doctor says first that middleware has read the body.
func TestEatenBody(t *testing.T) {
	t.Parallel()
	eaten := func(next http.Handler) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			next.ServeHTTP(rw, r)
		}
	}
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.PlatformV2()} {
		w := newScripted(t, profile)
		var log bytes.Buffer
		client := w.client(func(conf *tradepay.Config) { conf.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
		overHTTP(
			t,
			w,
			"/notify",
			"/notify",
			eaten(client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })),
			nil,
		)
		require.Equal(t, "body_empty", refusalIn(t, &log).Cause)
		require.Contains(t, refusalIn(t, &log).Remedy, "before a framework, a logger or a body parser consumes it")
		require.Contains(t, refusalIn(t, &log).Remedy, "io.NopCloser")

		notice := w.notice("/notify", paidV2)
		for length, certain := range map[string]string{"400": "400", "": "no message of the protocol is",
			"0": "no message of the protocol is"} {
			notice.Header.Set("Content-Length", length)
			for _, uri := range []string{"/notify", "/behind/a/proxy"} {
				d := client.DiagnoseNotification(http.MethodPost, uri, notice.Header, nil)
				require.Len(t, d.Findings, 1, d)
				require.Equal(t, doctor.CauseBodyEmpty, d.Findings[0].Cause)
				require.True(t, d.Findings[0].Certain)
				require.Contains(t, d.String(), certain)
			}
		}
		notice.Header.Set("Content-Length", fmt.Sprint(len(paidV2)))
		d := client.DiagnoseNotification(http.MethodPost, "/notify", notice.Header, []byte(paidV2[:len(paidV2)-7]))
		require.Equal(t, doctor.CauseBody, d.Findings[0].Cause, d)
		require.True(t, d.Findings[0].Certain)
	}
}

// TestClockSkew: the diagnosis, the error of a call and the log of rejected
// notifications say how far the clock is off, which way, and what to do.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		off         time.Duration // of the wallet's clock from ours
		hint, seen  string
		notRefused  bool
		unconvinced bool // the signature of the answer does not verify
	}{
		{off: -10 * time.Minute, hint: "this clock is 10m0s ahead of the wallet's, by the Response-Time that it " +
			"signed: set it by NTP", seen: "is 10m0s older than the clock"},
		{off: 10 * time.Minute, hint: "this clock is 10m0s behind the wallet's, by the Response-Time that it signed: " +
			"set it by NTP", seen: "is 10m0s ahead of the clock"},
		{off: 8 * time.Hour, hint: "this clock is 8h0m0s behind the wallet's, by the Response-Time that it signed: " +
			"set it by NTP", seen: "the wrong time zone"},
		{off: -time.Hour, hint: "this clock is 1h0m0s ahead of the wallet's, by the Response-Time of its answer, " +
			"whose signature does not verify: set it by NTP", seen: "is 1h0m0s older than the clock",
			unconvinced: true},
		{off: 4 * time.Minute, notRefused: true},
		{off: -4 * time.Minute, notRefused: true},
	} {
		t.Run(tt.off.String(), func(t *testing.T) {
			t.Parallel()
			skewed := func(w *scripted, r *http.Request) (*http.Response, error) {
				theirs := &scripted{t: w.t, key: w.key, config: w.config, now: noon.Add(tt.off)}
				return theirs.sign(r, 200, accepted, func(h http.Header) {
					if tt.unconvinced {
						h.Set("Client-Id", "other")
					}
				}), nil
			}
			w := newScripted(t, wallets.PlatformV2()).on(payPath, skewed).on(inquiryPath, skewed)
			var log bytes.Buffer
			client := w.client(
				func(conf *tradepay.Config) { conf.Logger = slog.New(slog.NewJSONHandler(&log, nil)) },
				func(conf *tradepay.Config) { conf.Now = func() time.Time { return noon } },
			)
			for range 2 { // not once in ten seconds, as the doctor
				_, err := client.CreateOrder(t.Context(), order())
				if tt.notRefused {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
				var api *tradepay.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, tt.hint, api.Hint)
				require.Equal(t, 1, strings.Count(err.Error(), "hint: "), err.Error())
			}
			if tt.notRefused {
				return
			}
			theirs := &scripted{t: t, key: w.key, config: w.config, now: noon.Add(tt.off)}
			notice := theirs.notice("/notify", paidV2)
			log.Reset()
			client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil }).
				ServeHTTP(httptest.NewRecorder(), notice)
			line := refusalIn(t, &log)
			require.Equal(t, "clock", line.Cause)
			require.Contains(t, line.Summary, tt.seen)
			require.Contains(t, line.Remedy, "Set the clock by NTP")
			require.Contains(t, line.Remedy, "Config.NotificationMaxAge")

			d := client.DiagnoseNotification(http.MethodPost, "/notify", notice.Header, []byte(paidV2))
			require.Equal(t, doctor.CauseClock, d.Findings[0].Cause)
			require.Equal(t, refusal{string(d.Findings[0].Cause), d.Findings[0].Summary, d.Findings[0].Advice()}, line)
			require.Len(t, d.Findings, 1, "the signature is right")
		})
	}
}
