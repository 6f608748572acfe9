package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// crossing answers without a network.
type crossing func(*http.Request) (*http.Response, error)

func (w crossing) RoundTrip(req *http.Request) (*http.Response, error) { return w(req) }

func TestRecorderKeepsAndPassesOn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxRecorded+10)
	r := &recorder{now: time.Now, next: crossing(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		require.Equal(t, "sent", string(body))
		require.Equal(t, int64(4), req.ContentLength)
		return &http.Response{StatusCode: 200, Header: http.Header{"A": {"1"}},
			Body: io.NopCloser(strings.NewReader(long))}, nil
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/p?q=1",
		strings.NewReader("sent"))
	require.NoError(t, err)
	res, err := r.RoundTrip(req)
	require.NoError(t, err)
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, long, string(got), "the SDK sees all of it, and refuses it itself")
	x := r.exchange()
	require.Equal(t, "/p?q=1", x.uri)
	require.Equal(t, "sent", string(x.body))
	require.Len(t, x.answer, maxRecorded+1)
}

func TestRecorderPassesFailuresOn(t *testing.T) {
	t.Parallel()
	cut := errors.New("cut")
	for _, test := range []struct {
		name string
		next crossing
	}{
		{"no answer", func(*http.Request) (*http.Response, error) { return nil, cut }},
		{"half an answer", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200,
				Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), failing{cut}))}, nil
		}},
	} {
		r := &recorder{now: time.Now, next: test.next}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
		require.NoError(t, err)
		res, err := r.RoundTrip(req)
		if res != nil {
			_, err = io.ReadAll(res.Body)
			require.NoError(t, res.Body.Close())
		}
		require.ErrorIs(t, err, cut, test.name)
		require.NotNil(t, r.exchange())
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		date string
		off  bool
	}{
		{"Thu, 15 Jan 2026 12:00:30 GMT", false}, {"Thu, 15 Jan 2026 12:10:00 GMT", true},
		{"Thu, 15 Jan 2026 10:00:00 GMT", true}, {"", false}, {"soon", false},
	} {
		x := &recorded{answeredAt: now, response: http.Header{"Date": {test.date}}}
		_, off := x.skew()
		require.Equal(t, test.off, off, test.date)
	}
}

// TestAdviceForEveryRefusalOfTheCaller: whatever the spelling in which a wallet says that it
// does not accept the caller, the command says what to look at.
func TestAdviceForEveryRefusalOfTheCaller(t *testing.T) {
	t.Parallel()
	toka, ok := wallets.ByName("Toka")
	require.True(t, ok)
	for code, test := range map[string]struct {
		wallet wire.Profile
		says   string
	}{
		"INVALID_SIGNATURE":          {says: "Compare that fingerprint"},
		"SIGNATURE_INVALID":          {says: "Compare that fingerprint"},
		"KEY_NOT_FOUND":              {says: "TRADEPAY_KEY_VERSION"},
		"INVALID_CLIENT":             {says: "does not know this Client-Id"},
		"CLIENT_INVALID":             {says: "does not know this Client-Id"},
		"INVALID_AUTH_CLIENT":        {says: "authClientId"},
		"INVALID_AUTH_CLIENT_STATUS": {says: "authClientId"},
		"PARTNER_NOT_EXIST":          {says: "TRADEPAY_PARTNER_ID"},
		"TIMESTAMP_INVALID":          {says: "NTP"},
		"ACCESS_DENIED":              {says: "does not permit this"},
		"INVALID_API":                {says: "TRADEPAY_BASE_URL"},
		"INVALID_AGENT_TOKEN":        {says: "agent token"},
		"EXPIRED_AGENT_TOKEN":        {says: "agent token"},
		"20000004":                   {wallet: toka, says: "Compare that fingerprint"},
		"20030007":                   {wallet: toka, says: "TRADEPAY_PARTNER_ID"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			if test.wallet.Name == "" {
				test.wallet = wallets.PlatformV2()
			}
			w := tradepaytest.NewWallet(tradepaytest.As(test.wallet))
			t.Cleanup(w.Close)
			cfg := w.Config()
			gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				body := `{"result":{"resultStatus":"F","resultCode":"` + code + `","resultMessage":"no"}}`
				m := wire.Message{
					Method: r.Method, URI: r.RequestURI, ClientID: cfg.ClientID, Body: []byte(body), Answer: true,
					Time: cfg.Wallet.Signing.TimeFormat.Format(time.Now()), Layout: cfg.Wallet.Signing.Content,
				}
				key, version := w.SigningKey()
				signature, err := m.Sign(key)
				if err != nil {
					rw.WriteHeader(http.StatusInternalServerError)
					return
				}
				rw.Header().Set("Client-Id", m.ClientID)
				rw.Header().Set("Response-Time", m.Time)
				rw.Header().Set("Signature", cfg.Wallet.SignatureHeader(version, signature))
				_, _ = io.WriteString(rw, body)
			}))
			t.Cleanup(gateway.Close)
			cfg.BaseURL = gateway.URL
			c := &cli{now: time.Now}
			client, rec, err := c.newClient(cfg)
			require.NoError(t, err)
			_, err = client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			require.ErrorIs(t, err, tradepay.ErrUnauthorized)
			require.Equal(t, exitCaller, liveCode(&cfg.Wallet, err))
			var out strings.Builder
			c.explain(&out, c.out, "Not good:", err, cfg, rec.exchange())
			require.Contains(t, out.String(), test.says)
		})
	}
}
