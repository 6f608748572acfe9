package tradepay_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wallets"
)

// TestHints: the error of a call says what to change.
func TestHints(t *testing.T) {
	t.Parallel()
	own := doctor.Fingerprint(&vectorKey(t, "merchant").PublicKey)
	console := "the wallet's console must show the key " + own + " for keyVersion 1 of Client-Id " + clientID
	dated := func(answer answerFunc, by time.Duration) answerFunc {
		return func(w *scripted, r *http.Request) (*http.Response, error) {
			res, err := answer(w, r)
			if err == nil {
				res.Header.Set("Date", noon.Add(by).Format(http.TimeFormat))
			}
			return res, err
		}
	}
	otherKey := func(w *scripted, r *http.Request) (*http.Response, error) {
		return (&scripted{t: w.t, key: vectorKey(w.t, "wallet-v2"), now: w.clock()}).sign(r, 200, accepted,
			func(http.Header) {}), nil
	}
	for name, tt := range map[string]struct {
		answer answerFunc
		err    error
		want   string
	}{
		"refused in a signed answer": {signed(200, result("F", "INVALID_SIGNATURE")),
			tradepay.ErrUnauthorized, console},
		"refused in an unsigned one": {unsigned(401, result("F", "INVALID_SIGNATURE")),
			tradepay.ErrOutcomeUnknown, console},
		"key not found": {unsigned(200, result("F", "KEY_NOT_FOUND")),
			tradepay.ErrOutcomeUnknown, console},
		"our clock is behind": {dated(unsigned(200, result("F", "INVALID_SIGNATURE")), 9*time.Minute),
			tradepay.ErrOutcomeUnknown, console + "; this clock is 9m0s behind the wallet's, by its Date header"},
		"our clock is ahead": {dated(unsigned(200, result("F", "INVALID_SIGNATURE")), -9*time.Minute),
			tradepay.ErrOutcomeUnknown, console + "; this clock is 9m0s ahead of the wallet's, by its Date header"},
		"the clocks agree": {dated(unsigned(200, result("F", "INVALID_SIGNATURE")), time.Second),
			tradepay.ErrOutcomeUnknown, console},
		"the wallet's key is another": {otherKey, tradepay.ErrSignature,
			"unknown_key: Fetch the wallet's public key again, from the console of this environment: sandbox and " +
				"production have different ones."},
		"body rewritten on the way": {func(w *scripted, r *http.Request) (*http.Response, error) {
			res := w.sign(r, 200, accepted, func(http.Header) {})
			res.Body = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(accepted+"\n")).Body
			res.ContentLength = -1
			return res, nil
		}, tradepay.ErrSignature, "body_line_ends: Verify the raw bytes; find what trims the body or adds a line."},
		"refused for another reason":   {signed(200, result("F", "ACCESS_DENIED")), tradepay.ErrUnauthorized, ""},
		"a page answers": {unsigned(200, "<html>"), tradepay.ErrSignature,
			"not_the_wallet: check host and path of Config.BaseURL: a web site, a proxy or another service answers " +
				"there"},
		"a code that imitates another": {unsigned(200, result("F", "invalid_signature")), tradepay.ErrSignature,
			"unsigned: no Signature header came: check Config.BaseURL, since another API or a mock may answer, and " +
				"look for a proxy that drops the header"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(payPath, tt.answer).on(inquiryPath, tt.answer)
			_, err := w.client().CreateOrder(t.Context(), order())
			require.ErrorIs(t, err, tt.err)
			var api *tradepay.APIError
			require.ErrorAs(t, err, &api)
			if strings.HasPrefix(tt.want, console) { // the clock of this test moves on
				require.Truef(t, strings.HasPrefix(strings.ReplaceAll(api.Hint, "8m59s", "9m0s"), tt.want), "%q",
					api.Hint)
			} else {
				require.Equal(t, tt.want, api.Hint)
			}
			if tt.want != "" {
				require.Equal(t, 1, strings.Count(err.Error(), "hint: "), err.Error())
			}
		})
	}
}

// TestHintIsGoneWhenSettled: once an inquiry tells the outcome, nothing needs a fix.
func TestHintIsGoneWhenSettled(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(payPath,
		unsigned(200, result("F", "INVALID_SIGNATURE"))).on(inquiryPath, signed(200, inquired("FAIL")))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.ErrorIs(t, err, tradepay.ErrRejected)
	require.NotContains(t, err.Error(), "hint")
}

// TestRefusalsAreLoggedWithTheirCause: but forgeries do not keep the doctor busy, and
// without a logger the client does not ask.
func TestRefusalsAreLoggedWithTheirCause(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newScripted(t, wallets.PlatformV2())
	client := w.client(func(conf *tradepay.Config) {
		conf.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	}, func(conf *tradepay.Config) { conf.NotifyPath = "/public/notify" })
	handler := client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	refuse := func(r *http.Request) (cause, remedy string) {
		t.Helper()
		log.Reset()
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, r)
		require.Equal(t, http.StatusUnauthorized, res.Code)
		var line struct{ Msg, Reason, Cause, Remedy string }
		require.NoError(t, json.Unmarshal(log.Bytes(), &line))
		require.Equal(t, "tradepay: notification rejected", line.Msg)
		require.NotEmpty(t, line.Reason)
		require.NotContains(t, log.String(), "order-1")
		return line.Cause, line.Remedy
	}
	pass := func(d time.Duration) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now = w.now.Add(d)
	}
	damaged := func() *http.Request { // signed over another path than the public one
		return w.notice("/notify", paidV2)
	}
	cause, remedy := refuse(damaged())
	require.Equal(t, "path_rewritten", cause)
	require.Contains(t, remedy, "Config.NotifyPath")
	for range 100 {
		cause, _ = refuse(damaged())
		require.Empty(t, cause, "within the same seconds")
	}
	cause, _ = refuse(damagedHeader(w.notice("/public/notify", paidV2)))
	require.Empty(t, cause)
	pass(10 * time.Second)
	cause, remedy = refuse(damagedHeader(w.notice("/public/notify", paidV2)))
	require.Equal(t, "plus_to_space", cause, "although the body was not read")
	require.NotEmpty(t, remedy)
	pass(-time.Hour) // the clock was set back
	cause, _ = refuse(damaged())
	require.Equal(t, "path_rewritten", cause)

	pass(time.Minute)
	early := w.notice("/public/notify", paidV2)
	early.Header.Set("Request-Time", "2020-01-15T12:00:00Z")
	cause, _ = refuse(early)
	require.Equal(t, "clock", cause)

	silent := w.client()
	res := httptest.NewRecorder()
	silent.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil }).ServeHTTP(res, damaged())
	require.Equal(t, http.StatusOK, res.Code, "for this client it is good")
}

// damagedHeader turns each + of the signature into a space.
func damagedHeader(r *http.Request) *http.Request {
	r.Header.Set("Signature", strings.ReplaceAll(r.Header.Get("Signature"), "+", " "))
	return r
}

// TestDiagnosisWhileKeysChange: if the new keys would verify a notification that the
// client has just rejected, the log has no cause, and nothing panics.
func TestDiagnosisWhileKeysChange(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	other := map[string]*rsa.PublicKey{"1": &vectorKey(t, "wallet-v2").PublicKey}
	good := w.config.WalletKeys
	swap := &swapper{}
	client := w.client(func(conf *tradepay.Config) { conf.Logger = slog.New(swap) })
	swap.do = func() { require.NoError(t, client.SetKeys(vectorKey(t, "merchant"), "1", good)) }
	require.NoError(t, client.SetKeys(vectorKey(t, "merchant"), "1", other))
	res := httptest.NewRecorder()
	client.NotifyHandler(func(context.Context, *tradepay.Notification) error {
		return nil
	}).ServeHTTP(res, w.notice("/notify", paidV2))
	require.Equal(t, http.StatusUnauthorized, res.Code)
	require.Equal(t, 1, swap.lines)
}

// swapper is a slog handler that acts between a rejection and its diagnosis.
type swapper struct {
	do    func()
	lines int
}

func (s *swapper) Enabled(context.Context, slog.Level) bool  { s.do(); return true }
func (s *swapper) Handle(context.Context, slog.Record) error { s.lines++; return nil }
func (s *swapper) WithAttrs([]slog.Attr) slog.Handler        { return s }
func (s *swapper) WithGroup(string) slog.Handler             { return s }
