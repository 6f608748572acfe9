package wallets_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// vectorFile is testdata/vectors/wallets/<name>/vectors.json.
type vectorFile struct {
	Version       int      `json:"version"`
	Wallet        string   `json:"wallet"`
	Description   string   `json:"description"`
	SignedContent string   `json:"signedContent"`
	Vectors       []vector `json:"vectors"`
}

// vector is one signed message.
type vector struct {
	Name          string            `json:"name"`
	Note          string            `json:"note"`
	Kind          string            `json:"kind"`
	Dialect       string            `json:"dialect"`
	Operation     string            `json:"operation"`
	Method        string            `json:"method"`
	URI           string            `json:"uri"`
	ClientID      string            `json:"clientId"`
	Time          string            `json:"time"`
	Headers       map[string]string `json:"headers"`
	Body          string            `json:"body"`
	KeyVersion    string            `json:"keyVersion"`
	Signer        string            `json:"signer"`
	Content       string            `json:"content"`
	ContentSHA256 string            `json:"contentSha256"`
	SignatureHex  string            `json:"signatureHex"`
}

// The identity and the time of all vectors.
const (
	vectorClient    = "2026011500000000000001"
	vectorMerchant  = "M2026011500000001"
	vectorRequestID = "0123456789abcdef0123456789abcdef"
	vectorNotifyURI = "/notify?shop=1"
)

var (
	vectorNow  = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	vectorRoot = filepath.Join("..", "testdata", "vectors", "wallets")
)

// TestVectorsAreCurrent: every wallet has vectors, they are what the SDK sends
// and takes, and there are no others.
func TestVectorsAreCurrent(t *testing.T) {
	t.Parallel()
	folders := make(map[string]bool)
	for _, profile := range wallets.All() {
		folders[fold(profile.Name)] = true
	}
	entries, err := os.ReadDir(vectorRoot)
	require.NoError(t, err)
	for _, entry := range entries {
		require.True(t, !entry.IsDir() || folders[entry.Name()], "%s is the folder of no wallet", entry.Name())
	}
	each(t, func(t *testing.T, profile wire.Profile) {
		m := newMaker(t, profile)
		m.make()
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		require.NoError(t, enc.Encode(vectorFile{
			Version: 1, Wallet: profile.Name,
			Description: "Messages of " + profile.Name + " at 2026-01-15T12:00:00Z. " +
				sumOf(comments(t)[profile.Name]) + " Not tested live. TEST keys: never use them.",
			SignedContent: contents[profile.Signing.Content], Vectors: m.vectors,
		}))
		requireCurrent(t, filepath.Join(vectorRoot, fold(profile.Name), "vectors.json"), b.Bytes())
	})
}

// TestVectorsHold reads the files as another SDK would, and verifies each
// message with the keys and nothing else of this one.
func TestVectorsHold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if *update {
			return // they are being written
		}
		data, err := os.ReadFile(filepath.Join(vectorRoot, fold(profile.Name), "vectors.json"))
		require.NoError(t, err)
		var file vectorFile
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		require.NoError(t, dec.Decode(&file))
		require.Equal(t, profile.Name, file.Wallet)
		require.Equal(t, contents[profile.Signing.Content], file.SignedContent)
		kinds, names := make(map[string]int), make(map[string]bool)
		for _, v := range file.Vectors {
			require.False(t, names[v.Name], v.Name)
			kinds[v.Kind]++
			names[v.Name] = true
			require.Equal(t, v.content(profile), v.Content, v.Name)
			sum := sha256.Sum256([]byte(v.Content))
			require.Equal(t, hex.EncodeToString(sum[:]), v.ContentSHA256, v.Name)
			signature, err := hex.DecodeString(v.SignatureHex)
			require.NoError(t, err)
			key := &signer(t, v.Signer).PublicKey
			require.NoError(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature), v.Name)
			header, err := wire.ParseSignatureHeader(v.Headers["Signature"])
			require.NoError(t, err)
			require.Equal(t, signature, header.Signature, v.Name)
			require.Equal(t, v.SignatureHex, hex.EncodeToString(decoded(t, v.Headers["Signature"])), v.Name)
			require.Equal(t, v.KeyVersion, header.KeyVersion)
		}
		require.Equal(t, kinds["request"], kinds["response"])
		if pays := profile.Routes.Unsupported[wire.OpPay] == ""; pays {
			require.GreaterOrEqual(t, kinds["request"], 5)
			require.Positive(t, kinds["notification"])
		} else {
			require.GreaterOrEqual(t, kinds["request"], 2)
			require.Zero(t, kinds["notification"])
		}
		require.Equal(t, kinds["notification"], kinds["acknowledgement"])
	})
}

// decoded reads the value of a Signature header in whichever of the three
// encodings it is written, without the SDK's help.
func decoded(t *testing.T, header string) []byte {
	t.Helper()
	_, value, ok := strings.Cut(header, "signature=")
	require.True(t, ok)
	value, err := url.PathUnescape(value)
	require.NoError(t, err)
	value = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(value), "=")
	signature, err := base64.RawStdEncoding.Strict().DecodeString(value)
	require.NoError(t, err)
	return signature
}

// contents names what is signed.
var contents = map[wire.SignedContent]string{
	"": "platform", wire.ContentDotted: "dotted", wire.ContentMerchant: "merchant",
}

// content puts together what is signed, without the SDK's help.
func (v *vector) content(profile wire.Profile) string {
	answer := v.Kind == "response" || v.Kind == "acknowledgement"
	switch {
	case profile.Signing.Content == wire.ContentMerchant:
		id := v.ClientID + "." + vectorMerchant
		return v.Method + " " + v.URI + "\n" + id + "." + v.Time + "." + v.Body
	case profile.Signing.Content != wire.ContentDotted:
		return v.Method + " " + v.URI + "\n" + v.ClientID + "." + v.Time + "." + v.Body
	case answer:
		return v.ClientID + "." + v.Time + "." + v.Body
	}
	requestID := v.Headers[profile.Signing.RequestIDHeader]
	return strings.Join([]string{v.Method, v.URI, v.ClientID, requestID, v.Time, v.Body}, ".")
}

// TestSchemaNamesEveryField: the schema and the vectors have the same fields.
func TestSchemaNamesEveryField(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(vectorRoot, "schema.json"))
	require.NoError(t, err)
	type object struct {
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
		Closed     *bool                      `json:"additionalProperties"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(data, &schema))
	for kind, described := range map[reflect.Type]object{
		reflect.TypeFor[vectorFile](): schema.object, reflect.TypeFor[vector](): schema.Defs["vector"],
	} {
		var fields []string
		for i := range kind.NumField() {
			fields = append(fields, kind.Field(i).Tag.Get("json"))
		}
		require.ElementsMatch(t, fields, described.Required)
		require.ElementsMatch(t, fields, slices.Collect(maps.Keys(described.Properties)))
		require.NotNil(t, described.Closed)
		require.False(t, *described.Closed)
	}
}

// documented holds, by the wallet's name, what a wallet's documents show
// otherwise than those of its dialect. The wallets' own test files fill it, so
// that no wallet is named here.
var documented = make(map[string]func(wire.Operation, map[string]any))

// signer returns one of the published key pairs. It reads each once: most of the time of
// reading goes into its check.
func signer(t *testing.T, name string) *rsa.PrivateKey {
	t.Helper()
	if key, ok := signers.Load(name); ok {
		return key.(*rsa.PrivateKey)
	}
	data, err := os.ReadFile(filepath.Join("..", "testdata", "vectors", "keys", name+".private.pkcs8.pem"))
	require.NoError(t, err)
	key, err := tradepay.ParsePrivateKey(data)
	require.NoError(t, err)
	signers.Store(name, key)
	return key
}

var signers sync.Map // *rsa.PrivateKey by name

// maker records what a client sends, and answers as the wallet.
type maker struct {
	t        *testing.T
	profile  wire.Profile
	client   *tradepay.Client
	undo     func(wire.Operation, map[string]any) error // into the wallet's own shape
	attack   attack                                     // what is wrong with the answers; by default, nothing
	key      *rsa.PrivateKey
	amount   tradepay.Amount
	op       wire.Operation // of the call that is under way
	answer   map[string]any
	requests []*http.Request
	bodies   [][]byte
	vectors  []vector
}

func newMaker(t *testing.T, profile wire.Profile) *maker {
	t.Helper()
	m := &maker{t: t, profile: profile, key: signer(t, "wallet"),
		amount: tradepay.Amount{Currency: currencyOf(t, profile), Value: 12345}}
	m.undo = func(wire.Operation, map[string]any) error { return nil }
	if shaper, ok := profile.Shaper.(tradepaytest.Unshaper); ok {
		m.undo = shaper.UnshapeResponse
	}
	var err error
	cfg := tradepay.Config{
		Wallet: profile, BaseURL: "https://gateway.example", ClientID: vectorClient, AppID: "3333010000000001",
		PartnerID: "P2026011500000001", MerchantID: vectorMerchant, PrivateKey: signer(t, "merchant"),
		WalletKeys: map[string]*rsa.PublicKey{"1": &m.key.PublicKey},
		HTTPClient: &http.Client{Transport: m}, Now: func() time.Time { return vectorNow },
		Retry: tradepay.RetryPolicy{MaxAttempts: 1},
	}
	if profile.Requirements.SiteName {
		cfg.SiteName = "TNG"
	}
	if profile.Signing.AgentTokenHeader != "" {
		cfg.AgentToken = "test-agent-token"
	}
	m.client, err = tradepay.NewClient(cfg)
	require.NoError(t, err)
	return m
}

// RoundTrip answers a request with a message that the wallet signed.
func (m *maker) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	m.requests, m.bodies = append(m.requests, r), append(m.bodies, body)
	answer, header, err := m.forged(m.attack, m.op, r.URL.RequestURI(), "Response-Time", m.answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header,
		Body: io.NopCloser(bytes.NewReader(answer)), Request: r}, nil
}

// sealed writes a message of the wallet in its own shape, and signs it.
func (m *maker) sealed(op wire.Operation, uri, timeHeader string, fields map[string]any) ([]byte, http.Header, error) {
	return m.forged(attack{}, op, uri, timeHeader, fields)
}

// shaped writes the fields of a message in the wallet's own shape. says changes what they
// say; it may be nil.
func (m *maker) shaped(op wire.Operation, fields map[string]any, says func(map[string]any)) ([]byte, error) {
	fields = maps.Clone(fields)
	if change, ok := documented[m.profile.Name]; ok {
		change(op, fields)
	}
	if says != nil {
		says(fields)
	}
	plain, err := strictjson.Append(nil, fields)
	if err != nil {
		return nil, err
	}
	own, err := strictjson.Parse(plain)
	if err != nil {
		return nil, err
	}
	if err := m.undo(op, own); err != nil {
		return nil, err
	}
	return strictjson.Append(nil, own)
}

// message is what the wallet signs.
func (m *maker) message(uri, timeHeader string, body []byte) wire.Message {
	msg := wire.Message{
		Method: http.MethodPost, URI: uri, ClientID: vectorClient, Time: m.now(), Body: body,
		Layout: m.profile.Signing.Content, Answer: timeHeader == "Response-Time", MerchantID: vectorMerchant,
	}
	if m.profile.Signing.Content == wire.ContentDotted {
		msg.RequestID = vectorRequestID
	}
	return msg
}

// signed returns the headers of a message.
func (m *maker) signed(msg wire.Message, key *rsa.PrivateKey, version string) (http.Header, error) {
	signature, err := msg.Sign(key)
	if err != nil {
		return nil, err
	}
	label := cmp.Or(m.profile.Signing.AlgorithmLabel, "RSA256")
	signed := wire.SignatureHeader{Algorithm: label, KeyVersion: version, Signature: signature}
	text := signed.Format(m.profile.Signing.Encoding)
	if m.profile.Signing.HeaderSeparator != "" {
		text = strings.ReplaceAll(text, ", ", m.profile.Signing.HeaderSeparator)
	}
	timeHeader := "Request-Time"
	if msg.Answer {
		timeHeader = "Response-Time"
	}
	header := http.Header{
		"Client-Id": {msg.ClientID}, timeHeader: {msg.Time}, "Signature": {text},
		"Content-Type": {"application/json; charset=UTF-8"},
	}
	if msg.RequestID != "" && !msg.Answer {
		header.Set(m.profile.Signing.RequestIDHeader, msg.RequestID)
	}
	return header, nil
}

// now is the time in the wallet's format, written without the SDK's help.
func (m *maker) now() string {
	switch m.profile.Signing.TimeFormat {
	case wire.TimeISO8601:
		return "2026-01-15T12:00:00+00:00"
	case wire.TimeUTC:
		return "2026-01-15T12:00:00Z"
	case wire.TimeUnixMillis:
		return "1768478400000"
	case wire.TimeUnixSeconds:
		return "1768478400"
	default:
		return "2026-01-15T12:00:00.000+00:00"
	}
}

func (m *maker) money() map[string]any {
	if m.profile.Quirks.NumericAmounts {
		return map[string]any{"currency": m.amount.Currency, "value": json.Number("12345")}
	}
	return map[string]any{"currency": m.amount.Currency, "value": "12345"}
}

// exchange makes one call and records the request and the response.
func (m *maker) exchange(op wire.Operation, note string, answer map[string]any, call func() error) {
	m.t.Helper()
	m.op, m.answer = op, answer
	before := len(m.requests)
	require.NoError(m.t, call())
	require.Len(m.t, m.requests, before+1)
	request, body := m.requests[before], m.bodies[before]
	headers := make(map[string]string)
	for name := range request.Header {
		if name != "Accept-Encoding" && name != "User-Agent" {
			headers[name] = request.Header.Get(name)
		}
	}
	if name := http.CanonicalHeaderKey(m.profile.Signing.RequestIDHeader); name != "" {
		require.Len(m.t, headers[name], len(vectorRequestID))
		m.repeat(request, body, headers, name)
	}
	m.add("request", op, note, request.URL.RequestURI(), headers, body, "merchant")
	answered, header, err := m.sealed(op, request.URL.RequestURI(), "Response-Time", answer)
	require.NoError(m.t, err)
	m.add("response", op, "", request.URL.RequestURI(), flat(header), answered, "wallet")
}

// repeat puts a known id in the place of a random one, and signs anew what
// covers it.
func (m *maker) repeat(request *http.Request, body []byte, headers map[string]string, name string) {
	signed := wire.Message{
		Method: http.MethodPost, URI: request.URL.RequestURI(), ClientID: vectorClient,
		Time: headers["Request-Time"], Body: body,
		Layout: m.profile.Signing.Content, RequestID: headers[name],
	}
	header, err := wire.ParseSignatureHeader(headers["Signature"])
	require.NoError(m.t, err)
	require.NoError(m.t, signed.Verify(&m.signer("merchant").PublicKey, header.Signature))
	headers[name], signed.RequestID = vectorRequestID, vectorRequestID
	header.Signature, err = signed.Sign(m.signer("merchant"))
	require.NoError(m.t, err)
	headers["Signature"] = header.Format(m.profile.Signing.Encoding)
}

// notify records a notification that the client takes, and its answer.
func (m *maker) notify(op wire.Operation, note string, fields map[string]any, kind tradepay.NotificationKind) {
	m.t.Helper()
	body, header, err := m.sealed(wire.OpNotifyPayment, vectorNotifyURI, "Request-Time", fields)
	require.NoError(m.t, err)
	n, err := m.client.ParseNotification(http.MethodPost, vectorNotifyURI, header, body)
	require.NoError(m.t, err)
	require.Equal(m.t, kind, n.Kind)
	if kind == tradepay.NotificationPayment {
		require.NoError(m.t, n.CheckPaid("order-0001", m.amount))
	}
	m.add("notification", op, note, vectorNotifyURI, flat(header), body, "wallet")
	ack, err := m.client.Acknowledge(vectorNotifyURI, nil)
	require.NoError(m.t, err)
	m.add("acknowledgement", op, "", vectorNotifyURI, flat(ack.Header), ack.Body, "merchant")
}

func flat(header http.Header) map[string]string {
	one := make(map[string]string)
	for name := range header {
		one[name] = header.Get(name)
	}
	return one
}

func (m *maker) add(
	kind string, op wire.Operation, note, uri string, headers map[string]string, body []byte, signer string,
) {
	m.t.Helper()
	header, err := wire.ParseSignatureHeader(headers["Signature"])
	require.NoError(m.t, err)
	at := headers["Request-Time"] + headers["Response-Time"]
	signed := wire.Message{
		Method: http.MethodPost, URI: uri, ClientID: vectorClient, Time: at, Body: body,
		Layout: m.profile.Signing.Content, RequestID: headers[m.profile.Signing.RequestIDHeader],
		Answer: headers["Response-Time"] != "", MerchantID: vectorMerchant,
	}
	require.NoError(m.t, signed.Verify(&m.signer(signer).PublicKey, header.Signature))
	require.Equal(m.t, m.now(), at)
	sum := sha256.Sum256(signed.Content())
	m.vectors = append(m.vectors, vector{
		Name: string(op) + "-" + kind, Note: note, Kind: kind, Dialect: m.profile.Dialect,
		Operation: string(op), Method: http.MethodPost, URI: uri, ClientID: vectorClient, Time: at,
		Headers: headers, Body: string(body),
		KeyVersion: header.KeyVersion, Signer: signer, Content: string(signed.Content()),
		ContentSHA256: hex.EncodeToString(sum[:]),
		SignatureHex:  hex.EncodeToString(header.Signature),
	})
}

func (m *maker) signer(name string) *rsa.PrivateKey { return signer(m.t, name) }

func (m *maker) make() {
	const id, paymentID, at = "order-0001", "2026011519074101000700000077771", "2026-01-15T12:00:00+00:00"
	done := map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}
	ctx := m.t.Context()
	if m.profile.Routes.Unsupported[wire.OpPay] != "" {
		m.tokens(done)
		return
	}
	wallet := "https://wallet.example/cashier?bizNo=" + paymentID + "&sign=abc%2Bdef%3D"

	pay := map[string]any{
		"result":    map[string]any{"resultStatus": "A", "resultCode": "ACCEPT", "resultMessage": "accept"},
		"paymentId": paymentID,
	}
	if m.profile.Signing.Content == wire.ContentDotted {
		pay["paymentRequestId"] = id
	}
	if m.profile.Dialect == "v1" {
		pay["actionForm"] = map[string]any{"actionFormType": "REDIRECTION", "redirectionUrl": wallet}
	} else {
		pay["redirectActionForm"] = map[string]any{"method": "GET", "redirectUrl": wallet}
	}
	m.exchange(wire.OpPay, "text with characters that JSON writers like to escape", pay, func() error {
		order, err := m.client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
			PaymentRequestID: id, Amount: m.amount, Title: "Coffee & cake <2 pieces> / café",
			Order: tradepay.OrderDetails{
				Buyer: tradepay.Buyer{ID: "2188000000000001"}, CreatedAt: vectorNow,
				Goods:       []tradepay.Goods{{ID: "sku-1", Name: "Coffee", UnitAmount: m.amount, Quantity: 1}},
				Environment: tradepay.Environment{OSType: "ANDROID"},
			},
			NotifyURL: "https://shop.example" + vectorNotifyURI, RedirectURL: "https://shop.example/thanks",
			ExpiresAt: vectorNow.Add(15 * time.Minute),
		})
		if err == nil {
			require.Equal(m.t, wallet, order.PaymentURL)
		}
		return err
	})
	m.exchange(wire.OpInquiryPayment, "", map[string]any{
		"result": done, "paymentId": paymentID, "paymentRequestId": id, "paymentStatus": "SUCCESS",
		"paymentAmount": m.money(), "paymentTime": at,
	}, func() error {
		order, err := m.client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: id, PaymentID: paymentID})
		if err == nil {
			err = order.CheckPaid(id, m.amount)
		}
		return err
	})
	m.exchange(wire.OpCancel, "", map[string]any{
		"result": done, "paymentId": paymentID, "paymentRequestId": id, "cancelTime": at,
	}, func() error {
		_, err := m.client.CancelOrder(ctx, tradepay.OrderRef{PaymentRequestID: id, PaymentID: paymentID})
		return err
	})
	m.exchange(wire.OpRefund, "", map[string]any{"result": done, "refundId": "R20260115000001", "refundTime": at},
		func() error {
			_, err := m.client.Refund(ctx, &tradepay.RefundRequest{
				RefundRequestID: "refund-0001", PaymentID: paymentID, PaymentRequestID: id,
				Amount: m.amount, Reason: "returned",
			})
			return err
		})
	m.exchange(wire.OpInquiryRefund, "", map[string]any{
		"result": done, "refundId": "R20260115000001", "refundRequestId": "refund-0001", "refundStatus": "SUCCESS",
		"refundAmount": m.money(), "refundTime": at,
	}, func() error {
		_, err := m.client.QueryRefund(ctx, tradepay.RefundRef{RefundRequestID: "refund-0001",
			RefundID: "R20260115000001"})
		return err
	})

	m.notify(wire.OpNotifyPayment, "the signature covers the query string of the notify URL", m.paid(id, paymentID, at),
		tradepay.NotificationPayment)
	if m.profile.Quirks.LateURL {
		m.notify(wire.OpNotifyCashierURL, "the URL of an order whose answer had none", map[string]any{
			"paymentId": paymentID, "paymentRequestId": id, "cashierUrl": wallet, "status": "CREATED",
		}, tradepay.NotificationCashierURL)
	}
}

// paid is the notification of a payment.
func (m *maker) paid(id, paymentID, at string) map[string]any {
	fields := map[string]any{"paymentId": paymentID, "paymentRequestId": id,
		"paymentAmount": m.money(), "paymentTime": at}
	if m.profile.Dialect == "v1" {
		fields["partnerId"], fields["paymentStatus"] = "P2026011500000001", "SUCCESS"
	} else {
		fields["paymentResult"] = succeeded
	}
	return fields
}

// reply lets a client of this profile read an answer that the wallet signed, in the
// wallet's own shape.
func reply(t *testing.T, profile wire.Profile, op wire.Operation, answer map[string]any) *tradepay.Client {
	t.Helper()
	m := newMaker(t, profile)
	m.undo = func(wire.Operation, map[string]any) error { return nil }
	m.op, m.answer = op, answer
	return m.client
}

// userOf is what a client reads of the wallet's userInfo.
func userOf(t *testing.T, profile wire.Profile, user string) *tradepay.UserInfo {
	t.Helper()
	fields, err := strictjson.Parse([]byte(user))
	require.NoError(t, err)
	client := reply(t, profile, wire.OpUserInfo, map[string]any{"result": succeeded,
		"userInfo": map[string]any(fields)})
	info, err := client.UserInfo(t.Context(), "access-0001")
	require.NoError(t, err)
	return info
}

// tokenOf is what a client reads of an access token that is valid for so long.
func tokenOf(t *testing.T, profile wire.Profile, expiry any) *tradepay.Token {
	t.Helper()
	client := reply(t, profile, wire.OpApplyToken, map[string]any{
		"result": succeeded, "accessToken": "access-0001", "accessTokenExpiryTime": expiry,
		"refreshToken": "refresh-0001", "refreshTokenExpiryTime": expiry,
	})
	token, err := client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "auth-code-0001"})
	require.NoError(t, err)
	return token
}

// succeeded is the result of an answer without trouble.
var succeeded = map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}

// tokens records a payer's consent: for wallets of which nothing else is known.
func (m *maker) tokens(done map[string]any) {
	until := func(at time.Time) string { return wire.TimeISO8601.Format(at) }
	if m.profile.Quirks.TokenSeconds {
		until = func(at time.Time) string { return strconv.Itoa(int(at.Sub(vectorNow) / time.Second)) }
	}
	m.exchange(wire.OpApplyToken, "the code of my.getAuthCode", map[string]any{
		"result": done, "accessToken": "access-0001", "accessTokenExpiryTime": until(vectorNow.Add(time.Hour)),
		"refreshToken": "refresh-0001", "refreshTokenExpiryTime": until(vectorNow.Add(24 * time.Hour)),
		"customerId": "2188000000000001",
	}, func() error {
		token, err := m.client.ApplyToken(m.t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "auth-code-0001"})
		if err == nil {
			require.Equal(m.t, vectorNow.Add(time.Hour), token.AccessTokenExpiresAt)
		}
		return err
	})
	phone := map[string]any{"contactType": "MOBILE_PHONE", "contactNo": "+20-1000000000"}
	m.exchange(wire.OpUserInfo, "", map[string]any{
		"result": done, "userInfo": map[string]any{"userId": "2188000000000001", "contactInfos": []any{phone}},
	}, func() error {
		_, err := m.client.UserInfo(m.t.Context(), "access-0001")
		return err
	})
}
