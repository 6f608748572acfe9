package wallets_test

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// attack is what is wrong with a message that says it comes from the wallet: an answer,
// or a notification.
type attack struct {
	name    string
	says    func(fields map[string]any)       // what the wallet itself is made to say
	signs   func(m *maker, msg *wire.Message) // what is signed
	key     string                            // whose key signs; default: the wallet's
	version string                            // its keyVersion; default: "1"
	onWay   func(m *maker, header http.Header, body []byte) []byte

	// reason says why nobody believes the message. Without one it is the wallet's own
	// word, and want is what holds it against the order.
	reason tradepay.SignatureReason
	want   error
}

// attacks is the list. The first is none: it shows that all else about the message is
// right.
func attacks() []attack {
	headers := func(change func(m *maker, h http.Header)) func(*maker, http.Header, []byte) []byte {
		return func(m *maker, h http.Header, body []byte) []byte {
			change(m, h)
			return body
		}
	}
	at := func(offset time.Duration) func(*maker, *wire.Message) {
		return func(m *maker, msg *wire.Message) {
			msg.Time = m.profile.Signing.TimeFormat.Format(vectorNow.Add(offset))
		}
	}
	otherClient := func(_ *maker, msg *wire.Message) { msg.ClientID = "2026011500000000000009" }
	return []attack{
		{name: "none"},

		{name: "forged", key: "merchant", reason: tradepay.ReasonMismatch},
		{name: "unsigned", reason: tradepay.ReasonMissingHeader,
			onWay: headers(func(_ *maker, h http.Header) { h.Del("Signature") })},
		{name: "signed twice", reason: tradepay.ReasonRepeatedHeader,
			onWay: headers(func(_ *maker, h http.Header) { h.Add("Signature", h.Get("Signature")) })},
		{name: "another algorithm", reason: tradepay.ReasonAlgorithm,
			onWay: headers(func(m *maker, h http.Header) {
				label := cmp.Or(m.profile.Signing.AlgorithmLabel, "RSA256")
				h.Set("Signature", strings.Replace(h.Get("Signature"), label, "none", 1))
			})},
		{name: "wrong key, of no known version", key: "wallet-v2", version: "2", reason: tradepay.ReasonKeyVersion},
		{name: "wrong key, under the version of the right one", key: "wallet-v2", reason: tradepay.ReasonMismatch},
		{name: "wrong client", signs: otherClient, reason: tradepay.ReasonClientID},
		{name: "wrong client, renamed on the way", signs: otherClient, reason: tradepay.ReasonMismatch,
			onWay: headers(func(_ *maker, h http.Header) { h.Set("Client-Id", vectorClient) })},
		{name: "other URI", signs: func(_ *maker, msg *wire.Message) { msg.URI += "&other=1" },
			reason: tradepay.ReasonMismatch},
		{name: "changed body", reason: tradepay.ReasonMismatch,
			onWay: func(_ *maker, _ http.Header, body []byte) []byte {
				body[len(body)/2] ^= 1
				return body
			}},
		{name: "longer body", reason: tradepay.ReasonMismatch,
			onWay: func(_ *maker, _ http.Header, body []byte) []byte { return append(body, ' ') }},
		{name: "stale: replayed an hour later", signs: at(-time.Hour), reason: tradepay.ReasonTime},
		{name: "of the future", signs: at(time.Hour), reason: tradepay.ReasonTime},
		{name: "stale, with a new time on the way", signs: at(-time.Hour), reason: tradepay.ReasonMismatch,
			onWay: headers(func(m *maker, h http.Header) {
				for _, name := range []string{"Request-Time", "Response-Time"} {
					if h.Get(name) != "" {
						h.Set(name, m.now())
					}
				}
			})},

		{name: "wrong amount", want: tradepay.ErrAmountMismatch, says: func(fields map[string]any) {
			fields["paymentAmount"] = map[string]any{
				"currency": fields["paymentAmount"].(map[string]any)["currency"], "value": "1",
			}
		}},
		{name: "wrong currency", want: tradepay.ErrAmountMismatch, says: func(fields map[string]any) {
			fields["paymentAmount"].(map[string]any)["currency"] = "XTS"
		}},
		{name: "wrong order", want: tradepay.ErrReferenceMismatch, says: func(fields map[string]any) {
			fields["paymentRequestId"] = "order-0002"
		}},
		{name: "not paid", want: tradepay.ErrNotPaid, says: func(fields map[string]any) {
			for member, failed := range map[string]any{
				"paymentStatus": "FAIL",
				"paymentResult": map[string]any{
					"resultStatus": "F", "resultCode": "PROCESS_FAIL", "resultMessage": "failed",
				},
			} {
				if fields[member] != nil {
					fields[member] = failed
				}
			}
		}},
	}
}

// forged is the message of an attack.
func (m *maker) forged(
	a attack, op wire.Operation, uri, timeHeader string, fields map[string]any,
) ([]byte, http.Header, error) {
	body, err := m.shaped(op, fields, a.says)
	if err != nil {
		return nil, nil, err
	}
	msg := m.message(uri, timeHeader, body)
	if a.signs != nil {
		a.signs(m, &msg)
	}
	header, err := m.signed(msg, m.signer(cmp.Or(a.key, "wallet")), cmp.Or(a.version, "1"))
	if err == nil && a.onWay != nil {
		body = a.onWay(m, header, body)
	}
	return body, header, err
}

// TestEveryAttackIsRefused: whatever is wrong with a message, and whichever the wallet is,
// nobody takes it for a payment. What is not the wallet's is not believed, and does not
// reach the merchant's function; what is the wallet's own word is held against the order.
func TestEveryAttackIsRefused(t *testing.T) {
	t.Parallel()
	for _, profile := range profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			for _, a := range attacks() {
				t.Run("notification/"+a.name, func(t *testing.T) { attackByNotification(t, profile, a) })
				t.Run("answer/"+a.name, func(t *testing.T) { attackByAnswer(t, profile, a) })
			}
			t.Run("answer/replayed to another request", func(t *testing.T) { attackByReplay(t, profile) })
		})
	}
}

const (
	attackedOrder   = "order-0001"
	attackedPayment = "2026011519074101000700000077771"
	attackTime      = "2026-01-15T12:00:00+00:00"
)

func attackByNotification(t *testing.T, profile wire.Profile, a attack) {
	m := newMaker(t, profile)
	body, header, err := m.forged(a, wire.OpNotifyPayment, vectorNotifyURI, "Request-Time",
		m.paid(attackedOrder, attackedPayment, attackTime))
	require.NoError(t, err)
	n, err := m.client.ParseNotification(http.MethodPost, vectorNotifyURI, header, body)

	var reached []*tradepay.Notification
	handler := m.client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		reached = append(reached, n)
		return nil
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, vectorNotifyURI, bytes.NewReader(body))
	r.Header = header
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)

	if a.reason != "" {
		requireNotBelieved(t, err, a.reason)
		require.Nil(t, n)
		require.Empty(t, reached)
		require.Equal(t, http.StatusUnauthorized, answer.Code)
		return
	}
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.Code)
	require.Len(t, reached, 1)
	for _, n := range append(reached, n) {
		require.ErrorIs(t, n.CheckPaid(attackedOrder, m.amount), a.want)
	}
}

func requireNotBelieved(t *testing.T, err error, reason tradepay.SignatureReason) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrSignature)
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, reason, refused.Reason)
}

func attackByAnswer(t *testing.T, profile wire.Profile, a attack) {
	signsNoURI := profile.Signing.Content == wire.ContentDotted
	if signsNoURI && a.name == "other URI" {
		return // the members of the answer say which operation it is of
	}
	m := newMaker(t, profile)
	m.attack = a
	ref := tradepay.OrderRef{PaymentRequestID: attackedOrder, PaymentID: attackedPayment}
	ask := func() error {
		order, err := m.client.QueryOrder(t.Context(), ref)
		if err == nil {
			err = order.CheckPaid(attackedOrder, m.amount)
		}
		return err
	}
	m.op, m.answer = wire.OpInquiryPayment, map[string]any{
		"result": succeeded, "paymentId": attackedPayment, "paymentRequestId": attackedOrder,
		"paymentStatus": "SUCCESS", "paymentAmount": m.money(), "paymentTime": attackTime,
	}
	if profile.Path(wire.OpInquiryPayment) == "" {
		if a.says != nil {
			return // it has no payments to lie about
		}
		m.op, m.answer = wire.OpUserInfo, map[string]any{
			"result": succeeded, "userInfo": map[string]any{"userId": "user-0001"},
		}
		ask = func() error {
			_, err := m.client.UserInfo(t.Context(), "access-0001")
			return err
		}
	}
	err := ask()
	if a.reason != "" {
		requireNotBelieved(t, err, a.reason)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, tradepay.ErrRejected)
		return
	}
	require.ErrorIs(t, err, a.want)
}

// attackByReplay gives the signed answer to one request to another one: another inquiry,
// and another pay.
func attackByReplay(t *testing.T, profile wire.Profile) {
	if profile.Path(wire.OpInquiryPayment) == "" {
		return
	}
	m := newMaker(t, profile)
	m.op, m.answer = wire.OpInquiryPayment, map[string]any{
		"result": succeeded, "paymentId": attackedPayment, "paymentRequestId": attackedOrder,
		"paymentStatus": "SUCCESS", "paymentAmount": m.money(), "paymentTime": attackTime,
	}
	_, err := m.client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: attackedOrder})
	require.NoError(t, err)
	for _, other := range []tradepay.OrderRef{
		{PaymentRequestID: "order-0002"}, {PaymentID: "2026011519074101000700000077772"},
	} {
		_, err = m.client.QueryOrder(t.Context(), other)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.ErrorIs(t, err, tradepay.ErrSignature)
	}
}
