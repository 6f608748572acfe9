package tradepay_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

var updateStored = flag.Bool("update-stored", false, "write testdata/stored anew; only to add a field")

// storedValues are what callers may store as JSON.
var storedValues = []any{
	tradepay.CreateOrderRequest{}, tradepay.RefundRequest{}, tradepay.CaptureRequest{}, tradepay.VoidRequest{},
	tradepay.OrderRef{}, tradepay.RefundRef{}, tradepay.ConfirmRequest{}, tradepay.Confirmation{},
	tradepay.Order{}, tradepay.Refund{}, tradepay.Capture{}, tradepay.Void{}, tradepay.Notification{},
	tradepay.ApplyTokenRequest{}, tradepay.Token{}, tradepay.PrepareRequest{},
	tradepay.Authorization{}, tradepay.UserInfo{}, tradepay.MessageRequest{}, tradepay.SentMessage{},
}

// TestStoredForm: testdata/stored shows what stored values look like. Later versions
// must read these files: do not change one, only add fields.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	for _, empty := range storedValues {
		kind := reflect.TypeOf(empty)
		t.Run(kind.Name(), func(t *testing.T) {
			t.Parallel()
			value := reflect.New(kind)
			fill(t, value.Elem())
			text, err := json.MarshalIndent(value.Interface(), "", "  ")
			require.NoError(t, err)
			path := filepath.Join("testdata", "stored", kind.Name()+".json")
			if *updateStored {
				require.NoError(t, os.WriteFile(path, append(text, '\n'), 0o600))
			}
			golden, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(golden), string(text)+"\n")

			read := reflect.New(kind)
			require.NoError(t, json.Unmarshal(golden, read.Interface()))
			require.Equal(t, value.Interface(), read.Interface())

			none, err := json.Marshal(empty)
			require.NoError(t, err)
			require.JSONEq(t, `{}`, string(none), "what is not set is left out")
		})
	}
}

// TestStoredNamesAreThoseOfFields: the first version stored the names of Go's
// fields, which are read where they differ in case alone.
func TestStoredNamesAreThoseOfFields(t *testing.T) {
	t.Parallel()
	var check func(kind reflect.Type)
	check = func(kind reflect.Type) {
		for kind.Kind() == reflect.Slice {
			kind = kind.Elem()
		}
		if kind.Kind() != reflect.Struct || kind.PkgPath() != reflect.TypeFor[tradepay.Order]().PkgPath() ||
			kind == reflect.TypeFor[tradepay.Amount]() || kind == reflect.TypeFor[tradepay.Result]() {
			return
		}
		for i := range kind.NumField() {
			field := kind.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			require.True(t, strings.EqualFold(field.Name, name), "%s.%s is stored as %q", kind, field.Name, name)
			check(field.Type)
		}
	}
	for _, value := range storedValues {
		check(reflect.TypeOf(value))
	}
	var req tradepay.CreateOrderRequest
	first := `{"PaymentRequestID":"order-1","Amount":{"currency":"USD","value":"1050"},` +
		`"NotifyURL":"https://shop.example/notify",
		"Order":{"Amount":null,"Goods":[{"UnitAmount":{"currency":"USD","value":"525"},"URL":"https://shop.example/g"}],
		"Environment":{"OSType":"IOS","ClientIP":"192.0.2.1"}},"ExpiresAt":"0001-01-01T00:00:00Z","Extra":null}`
	require.NoError(t, json.Unmarshal([]byte(first), &req))
	usd := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	require.Equal(t, tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: usd(1050), NotifyURL: "https://shop.example/notify",
		Order: tradepay.OrderDetails{
			Goods:       []tradepay.Goods{{UnitAmount: usd(525), URL: "https://shop.example/g"}},
			Environment: tradepay.Environment{OSType: "IOS", ClientIP: "192.0.2.1"},
		},
	}, req)
}

// fill sets each field to a value of its own.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	n := 0
	var set func(v reflect.Value, name string)
	set = func(v reflect.Value, name string) {
		n++
		switch v.Type() {
		case reflect.TypeFor[tradepay.Amount]():
			v.Set(reflect.ValueOf(tradepay.Amount{Currency: "USD", Value: int64(1000 + n)}))
			return
		case reflect.TypeFor[time.Time]():
			v.Set(reflect.ValueOf(time.Date(2026, 11, 29, 10, 0, n, 123_000_000, time.UTC)))
			return
		case reflect.TypeFor[[]byte]():
			v.SetBytes([]byte("{ \"as\" : \"it <came>\" }\n"))
			return
		case reflect.TypeFor[map[string]map[string]string]():
			v.Set(reflect.ValueOf(map[string]map[string]string{"en-US": {"name": "the value"},
				"": {"name": "another"}}))
			return
		}
		switch v.Kind() {
		case reflect.Map: // Extra
			extra := map[string]any{"number": json.Number("12345678901234567890"), "flag": true}
			v.Set(reflect.ValueOf(extra).Convert(v.Type()))
		case reflect.String:
			v.SetString("the " + name + " <" + string(rune('a'+n%26)) + ">")
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(n))
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			set(v.Index(0), name)
			set(v.Index(1), name)
		case reflect.Struct:
			for i := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				set(v.Field(i), name)
			}
		default:
			require.Fail(t, "what is stored of a "+v.Type().String()+"?")
		}
	}
	set(v, v.Type().Name())
}

// TestStoredRequestsSendTheSameBytes: whoever stores a request, alone or within a struct of
// his own, and sends it again, sends the numbers that it had.
func TestStoredRequestsSendTheSameBytes(t *testing.T) {
	t.Parallel()
	request := tradepay.RefundRequest{
		RefundRequestID: "refund-1", PaymentID: "P1", Amount: tradepay.Amount{Currency: "USD", Value: 1},
		Extra: map[string]any{
			"at": int64(20260115120000123), "in": map[string]any{"list": []any{0.1, uint64(1) << 63}},
		},
	}
	type job struct {
		tradepay.RefundRequest
		Attempt int
	}
	text, err := json.Marshal(job{request, 2})
	require.NoError(t, err)
	var read job
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, 2, read.Attempt, "which a method UnmarshalJSON of the request would lose")
	var sent []string
	for _, req := range []*tradepay.RefundRequest{&request, &read.RefundRequest} {
		w := newScripted(t, wallets.PlatformV2()).on("/api/v2/payments/refund", broken(errReset))
		_, err = w.client(func(conf *tradepay.Config) { conf.Retry.MaxAttempts = 1 }).Refund(t.Context(), req)
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		sent = append(sent, w.seenOn("/api/v2/payments/refund")[0].body)
	}
	require.Equal(t, sent[0], sent[1])
	require.Contains(t, sent[1], "20260115120000123")
}

// TestEarlierNamesAreRead: what this repository stored before a field got its
// name, or went.
func TestEarlierNamesAreRead(t *testing.T) {
	t.Parallel()
	var capture tradepay.CaptureRequest
	require.NoError(t, json.Unmarshal([]byte(`{"captureRequestId":"c","more":true,"extra":{"n":12345678901234567890}}`),
		&capture))
	require.True(t, capture.Partial, "the rest would be released")
	require.Equal(t, json.Number("12345678901234567890"), capture.Extra["n"])
	require.Error(t, json.Unmarshal([]byte(`{"more":"yes"}`), &capture))
	var order tradepay.Order
	require.NoError(t, json.Unmarshal([]byte(`{"transactions":[{"id":"r1","type":"REFUND","status":"SUCCESS",`+
		`"amount":{"currency":"USD","value":"5"}}]}`), &order), "before transactions had a RequestID")
	require.Equal(t, []tradepay.Transaction{{
		ID: "r1", Type: "REFUND", Status: tradepay.TransactionSuccess,
		Amount: tradepay.Amount{Currency: "USD", Value: 5},
	}}, order.Transactions)
	var req tradepay.CreateOrderRequest
	require.NoError(t, json.Unmarshal([]byte(`{"paymentRequestId":"order-1","urlWait":1000000000}`), &req))
	require.Equal(t, tradepay.CreateOrderRequest{PaymentRequestID: "order-1"}, req)
}
