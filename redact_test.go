package tradepay_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wallets"
)

// The texts that must never be printed. Each holds a word by which the tests find it
// in every form.
const planted = "open-sesame-to-all"

// holders are the types that hold secrets or payers' data, filled with them.
func holders(t *testing.T) map[string]any {
	t.Helper()
	w := newScripted(t, wallets.PlatformV2())
	w.config.AgentToken = "agent-token-" + planted
	client := w.client()
	raw := json.RawMessage(`{"accessToken":"` + planted + `"}`)
	name := tradepay.PersonName{Full: planted + " full", First: planted + " first", Middle: planted + " middle",
		Last: planted + " last"}
	address := tradepay.Address{Region: planted, State: planted, City: planted, Address1: planted,
		Address2: planted, ZipCode: planted}
	buyer := tradepay.Buyer{ID: "id-" + planted, Name: name, PhoneNo: "555-" + planted}
	shipping := tradepay.Shipping{Name: name, Address: address, Carrier: planted, PhoneNo: planted}
	env := tradepay.Environment{UserAgent: planted, DeviceTokenID: planted, ClientIP: planted, CookieID: planted}
	details := tradepay.OrderDetails{
		ReferenceOrderID: planted, Description: planted, Buyer: buyer, Shipping: shipping,
		Environment: env, ExtendInfo: planted,
		Goods: []tradepay.Goods{{ID: planted, Name: planted, URL: planted}},
	}
	result := tradepay.Result{Status: tradepay.ResultSuccess, Code: planted, Message: planted}
	contact := tradepay.Contact{Type: "EMAIL", No: planted}
	return map[string]any{
		"Config": w.config, "Client": client,
		"Evidence": doctor.Evidence{URI: "/" + planted, Header: http.Header{"Signature": {planted}},
			Body: []byte(planted), SentBody: []byte(planted), Wallet: wallets.PlatformV2()},
		"CreateOrderRequest": tradepay.CreateOrderRequest{
			PaymentRequestID: "order-1", Title: planted, Order: details, NotifyURL: planted, RedirectURL: planted,
			PaymentAuthCode: "auth-code-" + planted,
			ExtendInfo:      planted, Extra: map[string]any{planted: planted},
		},
		"OrderDetails": details, "Buyer": buyer, "Shipping": shipping, "PersonName": name, "Environment": env,
		"Contact": contact, "Address": address,
		"Order": tradepay.Order{
			PaymentRequestID: "order-1", PaymentURL: "https://wallet.example/" + planted, TradeNo: planted,
			OrderCode: planted, FailReason: planted, Result: result,
			Transactions: []tradepay.Transaction{{ID: planted}}, Raw: raw,
		},
		"Notification": tradepay.Notification{PaymentRequestID: "order-1", Result: result, FailReason: planted,
			PaymentURL: planted, Raw: raw},
		"ApplyTokenRequest": tradepay.ApplyTokenRequest{AuthCode: "auth-code-" + planted,
			RefreshToken: "refresh-token-" + planted, ReferenceClientID: planted,
			Extra: map[string]any{planted: planted}},
		"Token": tradepay.Token{AccessToken: "access-token-" + planted, RefreshToken: "refresh-token-" + planted,
			UserID: planted, Result: result, Raw: raw},
		"UserInfo": tradepay.UserInfo{
			UserID: planted, Name: name, Nickname: planted, Avatar: planted, Birthday: planted,
			LoginIDs: []tradepay.Contact{contact}, Contacts: []tradepay.Contact{contact},
			Result: result, Raw: raw,
		},
		"Authorization": tradepay.Authorization{AuthURL: planted, Result: result, Raw: raw},
		"Refund":        tradepay.Refund{RefundRequestID: "refund-1", FailReason: planted, Result: result, Raw: raw},
		"Capture":       tradepay.Capture{CaptureRequestID: "capture-1", Result: result, Raw: raw},
		"Void":          tradepay.Void{VoidRequestID: "void-1", Result: result, Raw: raw},
	}
}

// forms are the ways in which a value comes to be printed.
func forms(v any) map[string]any {
	type envelope struct {
		ID      string
		Payload any
		List    []any
		ByName  map[string]any
	}
	all := map[string]any{
		"bare": v, "in a struct": envelope{ID: "1", Payload: v}, "in a pointer to a struct": &envelope{Payload: v},
		"in a list": []any{v}, "in a list of a struct": envelope{List: []any{v}}, "in a map": map[string]any{"v": v},
		"in a map of a struct": envelope{ByName: map[string]any{"v": v}},
	}
	for name, typed := range typedForms(v) {
		all[name] = typed
	}
	return all
}

// typedForms are forms without an interface between.
func typedForms(v any) map[string]any {
	switch v := v.(type) {
	case *tradepay.Client:
		return map[string]any{
			"as a value": *v,
			"as a field": struct{ V *tradepay.Client }{v}, "as a field by value": struct{ V tradepay.Client }{*v},
		}
	case tradepay.Config:
		return typed(v)
	case tradepay.CreateOrderRequest:
		return typed(v)
	case tradepay.OrderDetails:
		return typed(v)
	case tradepay.Buyer:
		return typed(v)
	case tradepay.Shipping:
		return typed(v)
	case tradepay.PersonName:
		return typed(v)
	case tradepay.Environment:
		return typed(v)
	case tradepay.Contact:
		return typed(v)
	case tradepay.Address:
		return typed(v)
	case tradepay.Order:
		return typed(v)
	case tradepay.Notification:
		return typed(v)
	case tradepay.ApplyTokenRequest:
		return typed(v)
	case tradepay.Token:
		return typed(v)
	case tradepay.UserInfo:
		return typed(v)
	case tradepay.Authorization:
		return typed(v)
	case tradepay.Refund:
		return typed(v)
	case tradepay.Capture:
		return typed(v)
	case tradepay.Void:
		return typed(v)
	}
	return nil
}

func typed[V any](v V) map[string]any {
	type embedded struct {
		ID string
		V  V
	}
	p := &v
	return map[string]any{
		"behind a pointer": p, "behind two pointers": &p, "as a field": embedded{V: v},
		"as a field behind a pointer": struct{ V *V }{p},
		"as elements":                 []V{v}, "as elements behind pointers": []*V{p}, "as an array": [1]V{v},
		"as map values":     map[string]V{"v": v},
		"as a nested field": struct{ Outer embedded }{embedded{V: v}},
	}
}

// leak looks for the planted word and the private key in every form in which they may
// be printed, and returns what it finds.
func leak(t *testing.T, text string) string {
	t.Helper()
	word := []byte(planted)
	secrets := []string{
		planted, hex.EncodeToString(word), fmt.Sprintf("% x", word), strings.Trim(fmt.Sprintf("%d", word), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", word), "[]byte{"), "}"),
	}
	for shift := range 3 { // base64 depends on the position of the word
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), word...))
		secrets = append(secrets, encoded[4:len(encoded)-4])
	}
	key := vectorKey(t, "merchant")
	for _, n := range append([]*big.Int{key.D}, key.Primes...) {
		limb := uint64(n.Bits()[0])
		secrets = append(secrets, n.String(), n.Text(16), strconv.FormatUint(limb, 16), strconv.FormatUint(limb, 10))
	}
	lower := strings.ToLower(text)
	for _, secret := range secrets {
		if strings.Contains(lower, strings.ToLower(secret)) {
			return secret
		}
	}
	return ""
}

func requireNothingPlanted(t *testing.T, text, how string) {
	t.Helper()
	require.Empty(t, leak(t, text), "%s: %.300q", how, text)
}

func TestThePlantedWordIsFound(t *testing.T) {
	t.Parallel()
	type naked struct{ Token string }
	key := vectorKey(t, "merchant")
	for name, text := range map[string]string{
		"plain": fmt.Sprintf("%+v", naked{"x" + planted}), "quoted": fmt.Sprintf("%#v", naked{"x" + planted}),
		"hexadecimal": fmt.Sprintf("%x", "xy"+planted), "capital": fmt.Sprintf("%X", "xy"+planted),
		"spaced": fmt.Sprintf("% x", "xy"+planted),
		"bytes":  fmt.Sprintf("%d", []byte("x"+planted)), "bytes in Go": fmt.Sprintf("%#v", []byte("x"+planted)),
		"base64":       base64.StdEncoding.EncodeToString([]byte("xyz" + planted + "zz")),
		"base64 moved": base64.StdEncoding.EncodeToString([]byte("xy" + planted)),
		"D":            fmt.Sprint(key.D), "D in hexadecimal": fmt.Sprintf("%x", key.D),
		"D in Go": fmt.Sprintf("%#v", *key.D), "a prime": fmt.Sprint(key.Primes),
		"the key": fmt.Sprintf("%+v", key),
	} {
		require.NotEmpty(t, leak(t, text), name)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	for name, v := range holders(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for form, value := range forms(v) {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "% x", "%t", "%T"} {
					requireNothingPlanted(t, fmt.Sprintf(verb, value), form+" with "+verb)
				}
				requireNothingPlanted(t, fmt.Sprint(value), form)
				requireNothingPlanted(t, fmt.Sprintln(value), form)
				requireNothingPlanted(t, fmt.Errorf("failed: %v", value).Error(), form)
			}
			text := fmt.Sprintf("%+v", v)
			require.Regexp(t, `^(tradepay|wire|doctor)\.`+name+`\{`, text)
			require.Equal(t, text, fmt.Sprintf("%x", v), "the verb does not matter")
		})
	}
}

// logged is what a logger writes when it is handed the value, in three ways.
func logged(t *testing.T, newHandler func(*bytes.Buffer) slog.Handler, value any) string {
	t.Helper()
	var out bytes.Buffer
	log := slog.New(newHandler(&out))
	log.Info("message", "value", value)
	log.Info("message", slog.Group("group", slog.Any("value", value)))
	log.With("value", value).WithGroup("group").Info("message")
	require.Equal(t, 3, strings.Count(out.String(), "\n"))
	return out.String()
}

func textHandler(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }
func jsonHandler(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }

func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	for name, v := range holders(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for form, value := range forms(v) {
				requireNothingPlanted(t, logged(t, textHandler, value), "text log, "+form)
			}
			requireNothingPlanted(t, logged(t, jsonHandler, v), "JSON log")
			if pointer, ok := typedForms(v)["behind a pointer"]; ok {
				requireNothingPlanted(t, logged(t, jsonHandler, pointer), "JSON log, behind a pointer")
			}
		})
	}
}

// TestConfigIsNotMarshaled: nobody stores one as JSON, and slog's JSON handler
// marshals what holds it.
func TestConfigIsNotMarshaled(t *testing.T) {
	t.Parallel()
	for name, v := range holders(t) {
		if name != "Config" && name != "Client" {
			continue
		}
		for form, value := range forms(v) {
			requireNothingPlanted(t, logged(t, jsonHandler, value), "JSON log, "+form)
		}
	}
}

func TestPrintingKeepsWhatHelps(t *testing.T) {
	t.Parallel()
	amount := tradepay.Amount{Currency: "USD", Value: 1050}
	logged := map[string]string{
		"tradepay.Order{PaymentRequestID:order-1 PaymentID:P1 Status:SUCCESS Amount:\"10.50 USD\"}": "" +
			`"value":{"payment_request_id":"order-1","payment_id":"P1","status":"SUCCESS","amount":"10.50 USD"}`,
		"tradepay.Notification{Kind:payment PaymentRequestID:order-1 PaymentID:P1 " +
			"Status:SUCCESS Amount:\"10.50 USD\"}": `"value":{"kind":"payment","payment_request_id":"order-1",` +
			`"payment_id":"P1","status":"SUCCESS","amount":"10.50 USD"}`,
		"tradepay.Token{}": `"value":"tradepay.Token{}"`,
		"tradepay.CreateOrderRequest{PaymentRequestID:order-1 Amount:\"10.50 USD\"}": "" +
			`"value":{"payment_request_id":"order-1","amount":"10.50 USD"}`,
	}
	for want, v := range map[string]any{
		"tradepay.Order{PaymentRequestID:order-1 PaymentID:P1 Status:SUCCESS Amount:\"10.50 USD\"}": tradepay.Order{
			PaymentRequestID: "order-1", PaymentID: "P1", Status: tradepay.StatusSuccess, Amount: amount,
		},
		"tradepay.Notification{Kind:payment PaymentRequestID:order-1 PaymentID:P1 Status:SUCCESS " +
			"Amount:\"10.50 USD\"}": tradepay.Notification{
			Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1", PaymentID: "P1",
			Status: tradepay.StatusSuccess, Amount: amount,
		},
		"tradepay.CreateOrderRequest{PaymentRequestID:order-1 Amount:\"10.50 USD\"}": tradepay.CreateOrderRequest{
			PaymentRequestID: "order-1", Amount: amount,
		},
		"tradepay.Token{}": tradepay.Token{AccessToken: planted},
	} {
		require.Equal(t, want, fmt.Sprintf("%+v", v))
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("message", "value", v)
		require.NotContains(t, out.String(), planted)
		require.NotEmpty(t, logged[want], want)
		require.Contains(t, out.String(), logged[want])
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("",
		"order", tradepay.Order{PaymentRequestID: "order-1", Status: tradepay.StatusSuccess, Amount: amount})
	require.Contains(t, out.String(), `"order":{"payment_request_id":"order-1","status":"SUCCESS","amount":"10.50 `+
		`USD"}`)
	forged := fmt.Sprint(tradepay.Order{PaymentRequestID: "a\nlevel=INFO msg=paid"})
	require.NotContains(t, forged, "\n", "an id cannot begin a line of its own")
}

func TestErrorsOfCallsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path string
		call func(context.Context, *tradepay.Client) error
	}{
		"CreateOrder": {payPath, func(ctx context.Context, c *tradepay.Client) error {
			req := order()
			req.PaymentAuthCode, req.Order.Buyer = planted,
				tradepay.Buyer{ID: planted, PhoneNo: planted, Name: tradepay.PersonName{Full: planted}}
			_, err := c.CreateOrder(ctx, req)
			return err
		}},
		"ApplyToken": {"/api/v2/authorizations/applyToken", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: planted})
			return err
		}},
		"CancelToken": {"/api/v2/authorizations/cancelToken", func(ctx context.Context, c *tradepay.Client) error {
			return c.CancelToken(ctx, planted)
		}},
		"UserInfo": {"/api/v2/users/inquiryUserInfo", func(ctx context.Context, c *tradepay.Client) error {
			_, err := c.UserInfo(ctx, planted)
			return err
		}},
	} {
		for how, answer := range map[string]answerFunc{
			"refused": signed(200, `{"result":{"resultStatus":"F","resultCode":"PROCESS_FAIL","resultMessage":"`+
				planted+`"},"accessToken":"`+planted+`"}`),
			"unknown": signed(200, `{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION",`+
				`"resultMessage":"`+planted+`"}}`),
			"incomplete": signed(200, `{"result":{"resultStatus":"S","resultMessage":"`+planted+
				`"},"refreshToken":"`+planted+`","userInfo":"`+planted+`","paymentAmount":"`+planted+`"}`),
			"not an object":  signed(200, `["`+planted+`"]`),
			"twice the same": signed(200, `{"`+planted+`":"`+planted+`","`+planted+`":"`+planted+`"}`),
			"not JSON":       signed(200, planted),
			"not signed":     unsigned(500, planted),
			"spoiled": spoiled(`{"result":{"resultStatus":"S"},"accessToken":"`+planted+`"}`, func(h http.Header) {
				h.Set("Signature", planted)
			}),
			"another client": spoiled(`{"result":{"resultStatus":"S"},"accessToken":"`+planted+
				`"}`, func(h http.Header) {
				h.Set("Client-Id", planted)
			}),
			"reset": broken(errReset),
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				w := newScripted(t, wallets.PlatformV2()).on(tt.path, answer).on(inquiryPath, answer)
				err := tt.call(t.Context(), w.client(func(conf *tradepay.Config) { conf.Logger = logger }))
				if err != nil {
					requireNothingPlanted(t, err.Error(), "the error")
					requireNothingPlanted(t, fmt.Sprintf("%+v %s %x", err, err, err), "the error")
				}
				requireNothingPlanted(t, out.String(), "the log")
			})
		}
	}
}
