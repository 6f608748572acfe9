package tradepay_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// dotted is a wallet that signs no reference to the request into its answers.
func dotted() wire.Profile {
	w := wallets.PlatformV2()
	w.Signing.Content, w.Signing.TimeFormat, w.Signing.RequestIDHeader = wire.ContentDotted,
		wire.TimeUnixMillis, "Request-Id"
	return w
}

func TestSignedContentIsChecked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*wire.Profile){
		"unknown":            func(w *wire.Profile) { w.Signing.Content = "dots" },
		"without Request-Id": func(w *wire.Profile) { w.Signing.RequestIDHeader = "" },
		"times with dots":    func(w *wire.Profile) { w.Signing.TimeFormat = wire.TimeISO8601Millis },
	} {
		w := newScripted(t, dotted())
		change(&w.config.Wallet)
		_, err := tradepay.NewClient(w.config)
		require.ErrorIs(t, err, tradepay.ErrInvalidConfig, name)
		require.ErrorContains(t, err, "Signing.Content", name)
	}
}

// TestCashierJSAPI: a mini program would look for my["my.pay"] in vain.
func TestCashierJSAPI(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"": nil, "tradePay": nil, "pay": nil, "my.pay": tradepay.ErrInvalidConfig, "pay()": tradepay.ErrInvalidConfig,
		"pay ": tradepay.ErrInvalidConfig,
	} {
		w := newScripted(t, wallets.PlatformV2())
		w.config.Wallet.Routes.CashierJSAPI = name
		_, got := tradepay.NewClient(w.config)
		require.ErrorIs(t, got, err, name)
	}
}

// TestDottedRequest: what is sent is signed with its own Request-Id.
func TestDottedRequest(t *testing.T) {
	t.Parallel()
	named := strings.Replace(accepted, `"paymentId"`, `"paymentRequestId":"order-1","paymentId"`, 1)
	w := newScripted(t, dotted()).on(payPath, broken(errReset), signed(200, named))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.NoError(t, err)
	sent := w.seenOn(payPath)
	require.Len(t, sent, 2)
	require.NotEqual(t, sent[0].header.Get("Request-Id"), sent[1].header.Get("Request-Id"))
	for _, s := range sent {
		h, err := wire.ParseSignatureHeader(s.header.Get("Signature"))
		require.NoError(t, err)
		content := strings.Join([]string{"POST", payPath, clientID, s.header.Get("Request-Id"),
			s.header.Get("Request-Time"), s.body}, ".")
		require.True(t, rsakey.Verifies(&vectorKey(t, "merchant").PublicKey, []byte(content), h.Signature))
	}
}

// TestDottedAnswersAreOfTheirOperation: a gateway that mixes up responses may send each
// verified answer for each operation. The client believes it only for its own.
func TestDottedAnswersAreOfTheirOperation(t *testing.T) {
	t.Parallel()
	const refundBody = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},"refundId":"R1"}`
	usd := order().Amount
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	operations := map[string]func(*testing.T, *tradepay.Client) error{
		"pay": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.CreateOrder(t.Context(), order())
			return err
		},
		"query": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.QueryOrder(t.Context(), ref)
			return err
		},
		"cancel": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.CancelOrder(t.Context(), ref)
			return err
		},
		"refund": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.Refund(t.Context(), &tradepay.RefundRequest{RefundRequestID: "refund-1",
				PaymentRequestID: "order-1", Amount: usd})
			return err
		},
		"query refund": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.QueryRefund(t.Context(), tradepay.RefundRef{RefundRequestID: "refund-1"})
			return err
		},
		"capture": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.Capture(t.Context(),
				&tradepay.CaptureRequest{CaptureRequestID: "capture-1", PaymentRequestID: "order-1"})
			return err
		},
		"void": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "void-1", PaymentRequestID: "order-1"})
			return err
		},
		"token": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			return err
		},
		"user": func(t *testing.T, c *tradepay.Client) error {
			t.Helper()
			_, err := c.UserInfo(t.Context(), "token")
			return err
		},
	}
	paths := map[string]string{
		"pay": "payments/pay", "query": "payments/inquiryPayment", "cancel": "payments/cancel",
		"refund":       "payments/refund",
		"query refund": "payments/inquiryRefund", "capture": "payments/capture", "void": "payments/void",
		"token": "authorizations/applyToken", "user": "users/inquiryUserInfo",
	}
	bodies := map[string]string{
		"pay":   strings.Replace(accepted, `"paymentId"`, `"paymentRequestId":"order-1","paymentId"`, 1),
		"query": inquired("SUCCESS"),
		"cancel": `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},` +
			`"paymentRequestId":"order-1","paymentId":"P1","cancelTime":"2026-01-15T12:00:00Z"}`,
		"refund": refundBody,
		"query refund": strings.Replace(refundBody, `"refundId"`,
			`"refundRequestId":"refund-1","refundStatus":"SUCCESS","refundId"`, 1),
		"capture": strings.Replace(refundBody, "refundId", "captureId", 1),
		"void":    strings.Replace(refundBody, "refundId", "voidId", 1),
		"token":   strings.Replace(refundBody, "refundId", "accessToken", 1),
		"user":    strings.Replace(refundBody, `"refundId":"R1"`, `"userInfo":{"userId":"U1"}`, 1),
		"nobody":  success,
	}
	for of, body := range bodies {
		for name, call := range operations {
			t.Run(of+" for "+name, func(t *testing.T) {
				t.Parallel()
				w := newScripted(t, dotted())
				for operation, path := range paths { // an inquiry that follows is lost
					w.on("/api/v2/"+path, map[bool]answerFunc{true: signed(http.StatusOK, body),
						false: broken(errReset)}[operation == name])
				}
				err := call(t, w.client())
				if of == name {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			})
		}
	}
}

// TestDottedAnswersServeOnce: an answer that the client has seen, even a rejection, is no
// answer to another request.
func TestDottedAnswersServeOnce(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"refused": result("F", "ORDER_NOT_EXIST"),
		"paid": strings.Replace(inquired("SUCCESS"), `"paymentRequestId":"order-1",`, "", 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first *http.Response
			w := newScripted(t, dotted()).on(inquiryPath, func(w *scripted, r *http.Request) (*http.Response, error) {
				if first == nil {
					first = w.sign(r, http.StatusOK, body, func(http.Header) {})
				}
				return w.sign(r, http.StatusOK, body, func(h http.Header) {
					for name := range h {
						h[name] = first.Header[name]
					}
				}), nil
			})
			c := w.client()
			ref := tradepay.OrderRef{PaymentID: "P1"}
			_, own := c.QueryOrder(t.Context(), ref)
			require.NotErrorIs(t, own, tradepay.ErrSignature)
			_, same := c.QueryOrder(t.Context(), ref)
			require.NotErrorIs(t, same, tradepay.ErrSignature, "the same question may get the same answer")
			_, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentID: "P1", PaymentRequestID: "order-2"})
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			var refused *tradepay.SignatureError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, []tradepay.SignatureReason{tradepay.ReasonReplay, tradepay.ReasonReferenceMissing},
				refused.Reason)
		})
	}
}

// TestDottedCancelIsConfirmed: an answer that does not name the order says
// nothing about it.
func TestDottedCancelIsConfirmed(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/payments/cancel"
	for status, want := range map[string]error{"CANCELLED": nil, "SUCCESS": tradepay.ErrOutcomeUnknown,
		"PROCESSING": tradepay.ErrOutcomeUnknown} {
		w := newScripted(t, dotted()).on(path, signed(http.StatusOK, success)).on(inquiryPath,
			signed(http.StatusOK, inquired(status)))
		got, err := w.client().CancelOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.ErrorIs(t, err, want, status)
		if want == nil {
			require.Equal(t, tradepay.StatusCancelled, got.Status)
		}
		require.Len(t, w.seenOn(inquiryPath), 1, status)
	}
}

// TestDottedNotFoundIsInquired: "not found" may be the answer to an inquiry,
// and must not end a pay.
func TestDottedNotFoundIsInquired(t *testing.T) {
	t.Parallel()
	w := newScripted(t, dotted()).on(payPath, signed(http.StatusOK, result("F", "ORDER_NOT_EXIST"))).on(inquiryPath,
		signed(http.StatusOK, inquired("PROCESSING")))
	_, err := w.client().CreateOrder(t.Context(), order())
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	require.NotErrorIs(t, err, tradepay.ErrRejected)
}

// TestDottedNotification: only dots separate the parts, so no part may hold what a reader
// can take for its end.
func TestDottedNotification(t *testing.T) {
	t.Parallel()
	w := newScripted(t, dotted())
	c := w.client()
	when := strconv.FormatInt(noon.UnixMilli(), 10)
	base := wire.Message{
		Method: "POST", URI: "/notify?shop=1.2", ClientID: clientID, Time: when, Body: []byte(paidV2),
		Layout: wire.ContentDotted, RequestID: "r-1",
	}
	for name, tt := range map[string]struct {
		change func(*wire.Message)
		want   tradepay.SignatureReason
	}{
		"good":                {func(*wire.Message) {}, ""},
		"a dot in Request-Id": {func(m *wire.Message) { m.RequestID = "r.1" }, tradepay.ReasonMalformedHeader},
		"no Request-Id":       {func(m *wire.Message) { m.RequestID = "" }, tradepay.ReasonMissingHeader},
		"a time with a dot": {func(m *wire.Message) {
			m.Time = "2026-01-15T12:00:00.000Z"
		}, tradepay.ReasonMalformedHeader},
		"a brace in the URI": {func(m *wire.Message) { m.URI = `/notify?x={"a":1}` }, tradepay.ReasonURI},
		"another method":     {func(m *wire.Message) { m.Method = "PUT" }, tradepay.ReasonURI},
		"an answer":          {func(m *wire.Message) { m.Answer = true }, tradepay.ReasonMismatch},
		"the content of the others": {func(m *wire.Message) {
			m.Layout = ""
		}, tradepay.ReasonMismatch},
		"another client":             {func(m *wire.Message) { m.ClientID = "other" }, tradepay.ReasonClientID},
		"a client that holds a body": {func(m *wire.Message) { m.ClientID = `c.{` }, tradepay.ReasonMalformedHeader},
	} {
		m := base
		tt.change(&m)
		sig, err := m.Sign(w.key)
		require.NoError(t, err)
		header := http.Header{
			"Client-Id": {m.ClientID}, "Request-Time": {m.Time}, "Request-Id": {m.RequestID},
			"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
				Signature: sig}.Format(wire.EncodingPercent)},
		}
		n, err := c.ParseNotification(m.Method, m.URI, header, m.Body)
		if tt.want == "" {
			require.NoError(t, err)
			require.NoError(t, n.CheckPaid("order-1", order().Amount))
			continue
		}
		var refused *tradepay.SignatureError
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, tt.want, refused.Reason, name)
	}

	ack, err := c.Acknowledge("/notify", nil)
	require.NoError(t, err)
	h, err := wire.ParseSignatureHeader(ack.Header.Get("Signature"))
	require.NoError(t, err)
	content := clientID + "." + ack.Header.Get("Response-Time") + "." + string(ack.Body)
	require.True(t, rsakey.Verifies(&vectorKey(t, "merchant").PublicKey, []byte(content), h.Signature))

	// The same message in an HTTP request, with the id moved into the URI.
	r := httptest.NewRequest(http.MethodPost, base.URI+"."+clientID+".r-1", strings.NewReader(paidV2))
	sig, err := base.Sign(w.key)
	require.NoError(t, err)
	r.Header = http.Header{
		"Client-Id": {clientID}, "Request-Time": {when}, "Request-Id": {"r-2"},
		"Signature": {wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
			Signature: sig}.Format(wire.EncodingPercent)},
	}
	_, err = c.VerifyNotification(r)
	require.ErrorIs(t, err, tradepay.ErrSignature)
}

// TestRefundsByRefundID: the wallet's own id ties the answer to the question,
// and another refund's answer is not believed.
func TestRefundsByRefundID(t *testing.T) {
	t.Parallel()
	const path = "/api/v2/payments/inquiryRefund"
	const told = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"m"},"refundId":"R1",` +
		`"refundStatus":"SUCCESS","refundAmount":{"currency":"USD","value":"1050"}}`
	both := tradepay.RefundRef{RefundRequestID: "refund-1", RefundID: "R1"}
	for name, tt := range map[string]struct {
		byRefundID bool
		ref        tradepay.RefundRef
		body       string
		want       tradepay.SignatureReason
	}{
		"the profile does not say so": {false, both, told, tradepay.ReasonReferenceMissing},
		"named by the wallet's id":    {true, both, told, ""},
		"named by both": {true, both,
			strings.Replace(told, `"refundId"`, `"refundRequestId":"refund-1","refundId"`, 1), ""},
		"another refund's": {true, both, strings.Replace(told, "R1", "R2", 1),
			tradepay.ReasonOtherReference},
		"another refund's, by our id": {true, both,
			strings.Replace(told, `"refundId"`, `"refundRequestId":"refund-2","refundId"`, 1),
			tradepay.ReasonOtherReference},
		"nobody's": {true, both, strings.Replace(told, `"refundId":"R1",`, "", 1),
			tradepay.ReasonReferenceMissing},
		"ours, without the wallet's id": {true, tradepay.RefundRef{RefundRequestID: "refund-1"}, told,
			tradepay.ReasonReferenceMissing},
		"asked for by our id alone": {
			true, tradepay.RefundRef{RefundRequestID: "refund-1"},
			strings.Replace(told, `"refundId"`, `"refundRequestId":"refund-1","refundId"`, 1), "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Quirks.RefundsByRefundID = tt.byRefundID
			w := newScripted(t, wallet).on(path, signed(http.StatusOK, tt.body))
			got, err := w.client().QueryRefund(t.Context(), tt.ref)
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, tradepay.TransactionSuccess, got.Status)
				return
			}
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			var refused *tradepay.SignatureError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.want, refused.Reason)
		})
	}
}

// TestMembersByProfile pins where a profile puts appId, authClientId and voidNotifyUrl.
func TestMembersByProfile(t *testing.T) {
	t.Parallel()
	const tokens, users, voids = "/api/v2/authorizations/applyToken", "/api/v2/users/inquiryUserInfo",
		"/api/v2/payments/void"
	for _, on := range []bool{false, true} {
		wallet := wallets.PlatformV2()
		wallet.Quirks.AppIDWithTokens, wallet.Quirks.ClientIDWithTokens = on, on
		wallet.Quirks.VoidURLWithOrder = on
		w := newScripted(t, wallet).
			on(tokens, signed(200, strings.Replace(success, `}}`, `},"accessToken":"A"}`, 1))).
			on(users, signed(200, strings.Replace(success, `}}`, `},"userInfo":{"userId":"U"}}`, 1))).
			on(payPath, signed(200, accepted)).on(voids,
			signed(200, strings.Replace(success, `}}`, `},"voidId":"V"}`, 1)))
		c := w.client()
		_, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
		require.NoError(t, err)
		_, err = c.UserInfo(t.Context(), "token")
		require.NoError(t, err)
		req := order()
		req.VoidNotifyURL = "https://shop.example/void"
		_, err = c.CreateOrder(t.Context(), req)
		require.NoError(t, err)
		_, err = c.Void(t.Context(), &tradepay.VoidRequest{VoidRequestID: "v", PaymentID: "P1",
			NotifyURL: "https://shop.example/void"})
		require.NoError(t, err)
		has := func(path, member string) bool { return object(t, w.seenOn(path)[0].body)[member] != nil }
		require.Equal(t, on, has(tokens, "appId"))
		require.Equal(t, on, has(users, "appId"))
		require.Equal(t, on, has(tokens, "authClientId"))
		require.Equal(t, on, has(users, "authClientId"))
		require.True(t, has(payPath, "voidNotifyUrl"))
		require.Equal(t, !on, has(voids, "voidNotifyUrl"))
	}
	w := newScripted(t, wallets.PlatformV2())
	req := order()
	req.VoidNotifyURL = "ftp://shop.example/void"
	_, err := w.client().CreateOrder(t.Context(), req)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
	require.ErrorContains(t, err, "VoidNotifyURL")
}

// TestDottedDiagnosis: the doctor knows what such a wallet signs and what others sign,
// and believes no more than a client does.
func TestDottedDiagnosis(t *testing.T) {
	t.Parallel()
	const request, response, notification = doctor.EvidenceRequest, doctor.EvidenceResponse, doctor.EvidenceNotification
	for name, tt := range map[string]struct {
		kind   doctor.EvidenceKind
		signed func(*wire.Message)    // otherwise than it came
		came   func(*doctor.Evidence) // otherwise than it was signed
		want   doctor.Cause           // of the first finding
		says   string
	}{
		"a good request":      {kind: request},
		"a good response":     {kind: response},
		"a good notification": {kind: notification},
		"a response's body": {kind: response, came: func(e *doctor.Evidence) {
			e.Body = append([]byte(paidV2), '\n')
		}, want: doctor.CauseBodyLineEnds},
		"a notification's body": {kind: notification, came: func(e *doctor.Evidence) {
			e.Body = append([]byte(paidV2), '\n')
		}, want: doctor.CauseBodyLineEnds},
		"the platform's content": {kind: request, signed: func(m *wire.Message) {
			m.Layout = ""
		}, want: doctor.CauseLayout, says: `the platform's content, not that of "Platform v2"`},
		"the platform's, answered": {kind: response, signed: func(m *wire.Message) {
			m.Layout = ""
		}, want: doctor.CauseLayout, says: `the platform's content, not that of "Platform v2"`},
		"the platform's, and a path": {kind: request, signed: func(m *wire.Message) {
			m.Layout, m.URI = "", m.URI+"/"
		}, want: doctor.CauseTrailingSlash},
		"the form of a request": {kind: response, signed: func(m *wire.Message) {
			m.Answer = false
		}, want: doctor.CauseLayout, says: "has for a request, not the one for an answer"},
		"a request without its id": {kind: response, signed: func(m *wire.Message) {
			m.Answer, m.RequestID = false, ""
		}, want: doctor.CauseContent},
		"the form of an answer": {kind: notification, signed: func(m *wire.Message) {
			m.Answer = true
		}, want: doctor.CauseLayout, says: "has for an answer, not the one for a request"},
		"no Request-Id": {kind: notification, came: func(e *doctor.Evidence) {
			e.Header.Del("Request-Id")
		}, want: doctor.CauseMissingHeader, says: "Request-Id"},
		"two of Request-Id": {kind: notification, came: func(e *doctor.Evidence) {
			e.Header.Add("Request-Id", "r-2")
		}, want: doctor.CauseRepeatedHeader},
		"a dot in Request-Id": {kind: notification, signed: func(m *wire.Message) {
			m.RequestID = "r.1"
		}, came: func(e *doctor.Evidence) { e.Header.Set("Request-Id", "r.1") },
			want: doctor.CauseLayout, says: "Request-Id may hold the end of another part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, dotted())
			m := wire.Message{
				Method: "POST", URI: "/notify", ClientID: clientID,
				Time: strconv.FormatInt(noon.UnixMilli(), 10), Body: []byte(paidV2),
				Layout: wire.ContentDotted, RequestID: "r-1", Answer: tt.kind == response,
			}
			header := http.Header{"Client-Id": {clientID}, "Request-Id": {m.RequestID}}
			header.Set(map[bool]string{false: "Request-Time", true: "Response-Time"}[m.Answer], m.Time)
			e := doctor.Evidence{
				Kind: tt.kind, Method: m.Method, URI: m.URI, Header: header, Body: m.Body, Wallet: dotted(),
				Keys: w.config.WalletKeys, ClientID: clientID,
			}
			if tt.signed != nil {
				tt.signed(&m)
			}
			sig, err := m.Sign(w.key)
			require.NoError(t, err)
			profile := dotted()
			header.Set("Signature", profile.SignatureHeader("1", sig))
			if tt.came != nil {
				tt.came(&e)
			}
			d := doctor.Diagnose(e)
			require.Equal(t, tt.want == "", d.Valid, d.String())
			if tt.want != "" {
				require.Equal(t, tt.want, d.Findings[0].Cause, d.String())
				require.True(t, d.Findings[0].Certain)
				require.Contains(t, d.Findings[0].Summary, tt.says)
			}
		})
	}
}

// TestDiagnoseWithoutClientID: some wallets leave it out of notifications, and
// the doctor takes the merchant's own as the client does.
func TestDiagnoseWithoutClientID(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2())
	m := wire.Message{Method: "POST", URI: "/notify", ClientID: clientID,
		Time: noon.Format(time.RFC3339), Body: []byte(paidV2)}
	sig, err := m.Sign(w.key)
	require.NoError(t, err)
	profile := wallets.PlatformV2()
	e := doctor.Evidence{
		Kind: doctor.EvidenceNotification, Method: m.Method, URI: m.URI, Body: m.Body, Keys: w.config.WalletKeys,
		Wallet: profile, ClientID: clientID,
		Header: http.Header{"Request-Time": {m.Time}, "Signature": {profile.SignatureHeader("1", sig)}},
	}
	require.Equal(t, doctor.CauseMissingHeader, doctor.Diagnose(e).Findings[0].Cause)
	e.Wallet.Signing.NotifiesWithoutClientID = true
	require.True(t, doctor.Diagnose(e).Valid)
	e.Body = []byte("{}")
	require.Equal(t, doctor.CauseContent, doctor.Diagnose(e).Findings[0].Cause)
	e.Kind = doctor.EvidenceRequest
	require.Equal(t, doctor.CauseMissingHeader, doctor.Diagnose(e).Findings[0].Cause, "of a notification only")
}

// TestDottedContentHasOneReading splits a signed notification at every choice of its
// dots, with a body that fits, and finds one that the client believes: the one that the
// wallet signed.
func TestDottedContentHasOneReading(t *testing.T) {
	t.Parallel()
	w := newScripted(t, dotted())
	c := w.client()
	when := strconv.FormatInt(noon.UnixMilli(), 10)
	trap := "." + clientID + ".r-2." + when + "."
	body := strings.Replace(paidV2, `{"paymentId"`,
		`{"x":"`+trap+`{}","`+trap+`{":0,"extendInfo":"`+trap+`","paymentId"`, 1)
	m := wire.Message{
		Method: "POST", URI: "/a." + clientID + ".r-0", ClientID: clientID, Time: when, Body: []byte(body),
		Layout: wire.ContentDotted, RequestID: "r-1",
	}
	sig, err := m.Sign(w.key)
	require.NoError(t, err)
	signature := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingPercent)
	parts := strings.Split(string(m.Content()), ".")
	tried, believed := 0, 0
	part := func(from, to int) string { return strings.Join(parts[from:to], ".") }
	for uri := 1; uri < len(parts); uri++ {
		for client := uri + 1; client < len(parts); client++ {
			for id := client + 1; id < len(parts); id++ {
				for at := id + 1; at < len(parts); at++ {
					tried++
					_, err := c.ParseNotification(parts[0], part(1, uri+1), http.Header{
						"Client-Id": {part(uri+1, client+1)}, "Request-Id": {part(client+1, id+1)},
						"Request-Time": {part(id+1, at+1)}, "Signature": {signature},
					}, []byte(part(at+1, len(parts))))
					if err != nil {
						require.ErrorIs(t, err, tradepay.ErrSignature)
						continue
					}
					believed++
					require.Equal(t, m.URI, part(1, uri+1))
					require.Equal(t, body, part(at+1, len(parts)))
				}
			}
		}
	}
	require.Greater(t, tried, 1000)
	require.Equal(t, 1, believed)
}

// TestNotificationWithoutClientID: if the profile says so, the client takes the
// merchant's own id for a missing one, but never for another.
func TestNotificationWithoutClientID(t *testing.T) {
	t.Parallel()
	without := func(r *http.Request) { r.Header.Del("Client-Id") }
	for name, tt := range map[string]struct {
		allowed bool
		signed  string
		spoil   func(*http.Request)
		want    tradepay.SignatureReason
	}{
		"not allowed":        {false, clientID, without, tradepay.ReasonMissingHeader},
		"missing":            {true, clientID, without, ""},
		"present":            {true, clientID, func(*http.Request) {}, ""},
		"signed for another": {true, "OTHER", without, tradepay.ReasonMismatch},
		"another": {true, "OTHER", func(r *http.Request) {
			r.Header.Set("Client-Id", "OTHER")
		}, tradepay.ReasonClientID},
		"twice": {true, clientID, func(r *http.Request) {
			r.Header.Add("Client-Id", clientID)
		}, tradepay.ReasonRepeatedHeader},
		"without a time": {true, clientID, func(r *http.Request) {
			r.Header.Del("Request-Time")
		}, tradepay.ReasonMissingHeader},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := wallets.PlatformV2()
			wallet.Signing.NotifiesWithoutClientID = tt.allowed
			w := newScripted(t, wallet)
			failed := strings.TrimSuffix(strings.Replace(paidV2, `"S"`, `"F"`, 1), "}") +
				`,"failureReason":"no balance"}`
			r := w.notice("/notify", failed)
			m := wire.Message{Method: "POST", URI: "/notify", ClientID: tt.signed,
				Time: r.Header.Get("Request-Time"), Body: []byte(failed)}
			sig, err := m.Sign(w.key)
			require.NoError(t, err)
			r.Header.Set("Signature", wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
				Signature: sig}.Format(wire.EncodingBase64URL))
			tt.spoil(r)
			n, err := w.client().VerifyNotification(r)
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, tradepay.StatusFailed, n.Status)
				require.Equal(t, "no balance", n.FailReason)
				return
			}
			var refused *tradepay.SignatureError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.want, refused.Reason)
		})
	}

	// An answer needs the header always.
	wallet := wallets.PlatformV2()
	wallet.Signing.NotifiesWithoutClientID = true
	w := newScripted(t, wallet).on(inquiryPath, spoiled(inquired("SUCCESS"), func(h http.Header) {
		h.Del("Client-Id")
	}))
	_, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.ErrorIs(t, err, tradepay.ErrSignature)
}
