package tradepay_test

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// The examples run against the test wallet. Against a real one only the
// Config differs.

func Example() {
	ctx := context.Background()
	wallet := tradepaytest.NewWallet() // in production: the wallet itself
	defer wallet.Close()

	client, err := tradepay.NewClient(wallet.Config()) // its gateway, your ids and keys
	if err != nil {
		log.Fatal(err)
	}
	stored := make(chan *tradepay.Notification, 1)
	shop := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		stored <- n // commit it to your database, then return nil
		return nil
	}))
	defer shop.Close()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", // yours: store it before this call
		Amount:           tradepay.Amount{Currency: "USD", Value: 1050},
		Title:            "Two coffees",
		NotifyURL:        shop.URL + "/notify",
	})
	if err != nil {
		log.Fatal(err)
	}
	// Send order.TradePay() to the mini program, which calls my.tradePay with it.
	_ = wallet.Pay(order.PaymentURL) // the payer confirms
	fmt.Println((<-stored).Status)
	paid, err := client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1001"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(paid.Status, paid.Amount)
	// Output:
	// SUCCESS
	// SUCCESS 10.50 USD
}

// exampleClient is a client of a test wallet that ends with the example.
func exampleClient(profile wire.Profile) (*tradepay.Client, *tradepaytest.Wallet) {
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		log.Fatal(err)
	}
	return client, wallet
}

// paidOrder is an order that was paid.
func paidOrder(client *tradepay.Client, wallet *tradepaytest.Wallet) *tradepay.Order {
	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Two coffees",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	return order
}

// What to do with each outcome: only a success goes on, only a rejection ends the
// order, and you inquire about everything else.
func ExampleClient_CreateOrder() {
	client, wallet := exampleClient(wallets.PlatformV1())
	defer wallet.Close()
	wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter}) // the first answer is lost
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()

	request := &tradepay.CreateOrderRequest{ // store it: a retry must send the same
		PaymentRequestID: "order-1001",
		Amount:           tradepay.Amount{Currency: "ZAR", Value: 19900},
		Title:            "Running shoes",
		SiteName:         "TEST_WALLET", // from my.getSiteInfo
		NotifyURL:        "http://127.0.0.1:8080/notify",
		ExpiresAt:        time.Now().Add(15 * time.Minute),
	}
	order, err := client.CreateOrder(ctx, request)
	var api *tradepay.APIError
	switch {
	case err == nil:
		fmt.Println("send it to the mini program:", order.Status)
	case errors.Is(err, tradepay.ErrRejected) && errors.As(err, &api):
		fmt.Println("final for this id:", api.Result.Code)
	case errors.Is(err, tradepay.ErrOutcomeUnknown) && errors.As(err, &api):
		fmt.Println("call again with the same request, or ask about", api.OrderRef.PaymentRequestID)
	case errors.Is(err, tradepay.ErrUnauthorized):
		fmt.Println("fix keys and ids, then call again with the same request:", err)
	case errors.Is(err, tradepay.ErrIdempotencyMismatch):
		fmt.Println("the id stands for an earlier order: ask about that with QueryOrder")
	default:
		fmt.Println("this call sent nothing, fix the input:", err)
	}
	// Output: send it to the mini program: PROCESSING
}

func ExampleClient_QueryOrder() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	paidOrder(client, wallet)

	order, err := client.QueryOrder(context.Background(), tradepay.OrderRef{PaymentRequestID: "order-1001"})
	if err != nil {
		log.Fatal(err)
	}
	err = order.CheckPaid("order-1001", tradepay.Amount{Currency: "USD", Value: 1050})
	fmt.Println(order.Status, err) // nil: paid, and what you sold

	_, err = client.QueryOrder(context.Background(), tradepay.OrderRef{PaymentRequestID: "order-9999"})
	fmt.Println(errors.Is(err, tradepay.ErrOrderNotFound))
	// Output:
	// SUCCESS <nil>
	// true
}

func ExampleClient_WaitOrder() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	paidOrder(client, wallet)

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	order, err := client.WaitOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1001"})
	if err != nil {
		log.Fatal(err) // still open after a minute: leave it to the notification
	}
	fmt.Println(order.Status)
	// Output: SUCCESS
}

func ExampleClient_CancelOrder() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	paidOrder(client, wallet)

	_, err := client.CancelOrder(context.Background(), tradepay.OrderRef{PaymentRequestID: "order-1001"})
	fmt.Println("paid already, refund it:", errors.Is(err, tradepay.ErrRejected))
	// Output: paid already, refund it: true
}

// Whether an order is paid: the wallet says it by an inquiry, and CheckPaid compares.
func ExampleOrder_CheckPaid() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	paidOrder(client, wallet)
	ctx, price := context.Background(), tradepay.Amount{Currency: "USD", Value: 1050}
	do := func(what string) { fmt.Println(what) }

	order, err := client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: "order-1001"})
	switch {
	case errors.Is(err, tradepay.ErrOrderNotFound): // it may be on its way
		do("ask again until it has expired")
	case err != nil: // unknown: the order stays open
		do("ask again")
	case order.CheckPaid("order-1001", price) == nil:
		do("ship, once")
	case order.Status == tradepay.StatusSuccess: // another amount, or money went back
		do("let a person look")
	case order.Status.Final(): // FAIL or CANCELLED
		do("close the order")
	default: // the payer has not paid yet
		do("ask later")
	}
	// Output: ship, once
}

func ExampleClient_Refund() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	order := paidOrder(client, wallet)

	refund, err := client.Refund(context.Background(), &tradepay.RefundRequest{
		RefundRequestID: "refund-1001-1", // yours: store it before this call
		PaymentID:       order.PaymentID,
		Amount:          tradepay.Amount{Currency: "USD", Value: 500},
		Reason:          "one coffee was cold",
	})
	if err != nil {
		log.Fatal(err) // ErrOutcomeUnknown: ask with QueryRefund, never refund by hand
	}
	if refund.Status == tradepay.TransactionSuccess { // PROCESSING: ask with QueryRefund until it is something else
		fmt.Println("given back:", refund.Amount)
	}
	again, err := client.QueryRefund(context.Background(), tradepay.RefundRef{RefundRequestID: "refund-1001-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Status)
	// Output:
	// given back: 5.00 USD
	// SUCCESS
}

func ExampleClient_Capture() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 10000}, Title: "Hotel deposit",
		Authorize: true, // reserve now, charge later
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	capture, err := client.Capture(ctx, &tradepay.CaptureRequest{
		CaptureRequestID: "capture-1001", PaymentID: order.PaymentID,
		Amount: tradepay.Amount{Currency: "USD", Value: 8000},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(capture.Status, capture.Amount)
	// Output: SUCCESS 80.00 USD
}

func ExampleClient_Void() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "USD", Value: 10000},
		Title: "Hotel deposit", Authorize: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	void, err := client.Void(ctx, &tradepay.VoidRequest{VoidRequestID: "void-1001", PaymentID: order.PaymentID})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(void.Status)
	// Output: SUCCESS
}

func ExampleClient_ConfirmOrder() {
	client, wallet := exampleClient(wallets.SuperQi())
	defer wallet.Close()
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "IQD", Value: 25_000_000}, Title: "Bicycle",
		ProductCode: wallets.SuperQiEscrow, // the wallet holds the money
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	ref := tradepay.OrderRef{PaymentID: order.PaymentID}
	if err := client.AcceptOrder(ctx, ref); err != nil { // it is in stock
		log.Fatal(err)
	}
	held, err := client.QueryOrder(ctx, ref)
	if err != nil {
		log.Fatal(err)
	}
	confirmation, err := client.ConfirmOrder(ctx, &tradepay.ConfirmRequest{ // it was delivered
		ConfirmRequestID: "confirm-1001", PaymentID: order.PaymentID,
	})
	if err != nil {
		log.Fatal(err)
	}
	paid, err := client.QueryOrder(ctx, ref)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(held.Status, confirmation.Status, paid.Status)
	// Output: AUTH_SUCCESS SUCCESS SUCCESS
}

func ExampleClient_AcceptOrder() {
	client, wallet := exampleClient(wallets.SuperQi())
	defer wallet.Close()
	ctx := context.Background()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "IQD", Value: 25_000_000}, Title: "Bicycle",
		ProductCode: wallets.SuperQiEscrow,
	})
	if err != nil {
		log.Fatal(err)
	}
	ref := tradepay.OrderRef{PaymentID: order.PaymentID}
	fmt.Println(errors.Is(client.AcceptOrder(ctx, ref), tradepay.ErrRejected)) // nobody has paid yet
	if err := wallet.Pay(order.PaymentURL); err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.AcceptOrder(ctx, ref))
	fmt.Println(client.AcceptOrder(ctx, ref)) // again, after a lost answer
	// Output:
	// true
	// <nil>
	// <nil>
}

func ExampleClient_NotifyHandler() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()

	sold := map[string]tradepay.Amount{"order-1001": {Currency: "USD", Value: 1050}}
	var mu sync.Mutex // calls run at the same time; in your database it is one transaction
	shipped := map[string]bool{}
	mux := http.NewServeMux()
	mux.Handle("POST /notify", client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		if n.Kind != tradepay.NotificationPayment || n.Status != tradepay.StatusSuccess {
			return nil // store what you need of it; nothing to ship
		}
		if err := n.CheckPaid(n.PaymentRequestID, sold[n.PaymentRequestID]); err != nil {
			return err // somebody paid one cent, or for an order that is not yours
		}
		mu.Lock()
		defer mu.Unlock()
		if !shipped[n.PaymentRequestID] { // it may come twice
			shipped[n.PaymentRequestID] = true
			fmt.Println("ship", n.PaymentRequestID)
		}
		return nil // stored: the wallet gets its signed S and stops sending
	}))
	shop := httptest.NewServer(mux)
	defer shop.Close()

	order, err := client.CreateOrder(context.Background(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: sold["order-1001"], Title: "Two coffees",
		NotifyURL: shop.URL + "/notify",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(wallet.Pay(order.PaymentURL), wallet.WaitNotified(context.Background(), order.PaymentURL),
		wallet.Notify(order.PaymentURL)); err != nil {
		log.Fatal(err)
	}
	// Output: ship order-1001
}

// A queue, a function runtime or a framework without *http.Request hands the
// parts over.
func ExampleClient_NotifyHandler_kinds() {
	ctx := context.Background()
	client, wallet := exampleClient(wallets.RebellV2()) // whose refunds may name a URL
	defer wallet.Close()

	told := make(chan string, 3)
	shop := httptest.NewServer(client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		switch n.Kind { // store what you need of it, then return nil
		case tradepay.NotificationPayment:
			told <- fmt.Sprint("payment ", n.PaymentRequestID, " ", n.Status)
		case tradepay.NotificationRefund:
			told <- fmt.Sprint("refund ", n.RefundRequestID, " ", n.RefundStatus, " ", n.Amount)
		case tradepay.NotificationAuthorization:
			told <- fmt.Sprint("consent ended: ", n.AuthorizationEnded())
		}
		return nil
	}))
	defer shop.Close()
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1001", Amount: tradepay.Amount{Currency: "EUR", Value: 1050}, Title: "Two coffees",
		NotifyURL: shop.URL + "/notify",
	})
	if err != nil {
		log.Fatal(err)
	}
	_ = wallet.Pay(order.PaymentURL)
	fmt.Println(<-told)
	if _, err := client.Refund(ctx, &tradepay.RefundRequest{
		RefundRequestID: "refund-1001-1", PaymentID: order.PaymentID,
		Amount:    tradepay.Amount{Currency: "EUR", Value: 500},
		NotifyURL: shop.URL + "/notify",
	}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(<-told)
	_ = wallet.NotifyAuthorization(shop.URL+"/notify", "CONTRACT_ENDED", "the payer's token")
	fmt.Println(<-told)
	// Output:
	// payment order-1001 SUCCESS
	// refund refund-1001-1 SUCCESS 5.00 EUR
	// consent ended: true
}

func ExampleClient_ParseNotification() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()

	store := func(*tradepay.Notification) error { return nil } // commit it to your database
	receive := func(method, uri string, header http.Header, body []byte) (status int, ack *tradepay.Acknowledgement) {
		n, err := client.ParseNotification(method, uri, header, body)
		if errors.Is(err, tradepay.ErrSignature) {
			return http.StatusUnauthorized, nil
		}
		if err == nil {
			err = store(n)
		}
		ack, unsigned := client.Acknowledge(uri, err) // with an error, the wallet sends it again
		if unsigned != nil {
			return http.StatusInternalServerError, nil
		}
		return http.StatusOK, ack
	}
	forged := http.Header{"signature": {"algorithm=RSA256, keyVersion=1, signature=AAAA"}}
	status, _ := receive("POST", "/notify", forged, []byte(`{"paymentStatus":"SUCCESS"}`))
	fmt.Println(status)
	// Output: 401
}

func ExampleClient_ApplyToken() {
	client, wallet := exampleClient(wallets.PlatformV1())
	defer wallet.Close()
	ctx := context.Background()

	// The AuthCode comes from my.getAuthCode.
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("user-7")})
	if err != nil {
		log.Fatal(err)
	}
	info, err := client.UserInfo(ctx, token.AccessToken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.UserID == info.UserID, token) // secrets are not printed
	fmt.Println(client.CancelToken(ctx, token.AccessToken))
	// Output:
	// true tradepay.Token{}
	// <nil>
}

// An agreement: the payer agrees once, and pays every month without the cashier.
func ExampleClient_Prepare() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	ctx := context.Background()

	page, err := client.Prepare(ctx, &tradepay.PrepareRequest{
		State: "state-of-this-payer", ExtendInfo: `{"contractDesc":"Coffee club, 10.50 USD a month"}`,
	})
	if err != nil {
		log.Fatal(err)
	}
	forMiniProgram, err := json.Marshal(page.SignContract()) // for my.signContract
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(forMiniProgram) > 0)

	authCode, state, err := wallet.Agree(page.AuthURL) // the payer; my.signContract reports both
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(state == "state-of-this-payer")
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: authCode})
	if err != nil {
		log.Fatal(err)
	}
	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: "club-2026-01", Amount: tradepay.Amount{Currency: "USD", Value: 1050}, Title: "Coffee club",
		PaymentAuthCode: token.AccessToken,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Status)
	fmt.Println(client.CancelToken(ctx, token.AccessToken)) // the end of the agreement
	// Output:
	// true
	// true
	// SUCCESS
	// <nil>
}

func ExampleClient_SendMessage() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	ctx := context.Background()

	// The payer has agreed to messages: my.getAuthCode with the wallet's scope for them.
	token, err := client.ApplyToken(ctx, &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("user-7")})
	if err != nil {
		log.Fatal(err)
	}
	message := &tradepay.MessageRequest{
		RequestID: "order-1001-shipped", AccessToken: token.AccessToken, UserID: token.UserID,
		TemplateCode: tradepaytest.DefaultTemplate, // of the wallet's console
		Parameters:   map[string]map[string]string{"en-US": {"order": "1001"}},
		Title:        "Your order", Body: "Order 1001 is on its way", // for wallets without templates
	}
	for range 2 { // the second call sends nothing
		sent, err := client.SendMessage(ctx, message)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(sent.RequestID, sent.Result.Status)
	}
	fmt.Println(len(wallet.Messages()))

	_, err = client.SendMessage(ctx, &tradepay.MessageRequest{RequestID: "order-1002-shipped"})
	var needed *tradepay.FieldError
	fmt.Println(errors.As(err, &needed), needed.Field)
	// Output:
	// order-1001-shipped S
	// order-1001-shipped S
	// 1
	// true AccessToken
}

func ExampleClient_Call() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()

	var answer struct {
		Result tradepay.Result `json:"result"`
	}
	_, err := client.Call(context.Background(), "payments/confirm", map[string]string{"paymentId": "P1"}, &answer)
	var api *tradepay.APIError
	if errors.As(err, &api) {
		fmt.Println(errors.Is(err, tradepay.ErrUnauthorized), api.Result.Code)
	}
	// Output: true INVALID_API
}

func ExampleClient_SetKeys() {
	client, wallet := exampleClient(wallets.PlatformV2())
	defer wallet.Close()
	config := wallet.Config() // WalletKeys lists the keys "1" and "2"

	if err := client.SetKeys(config.PrivateKey, config.KeyVersion, config.WalletKeys); err != nil {
		log.Fatal(err) // the old keys stay in force
	}
	wallet.RotateKeys() // the wallet now signs with "2"
	fmt.Println(paidOrder(client, wallet).Status)
	// Output: PROCESSING
}

func ExampleOrder_TradePay() {
	order := tradepay.Order{PaymentURL: "https://wallet.example/cashier/1"}
	data, err := json.Marshal(order.TradePay())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(data))
	// Output: {"paymentUrl":"https://wallet.example/cashier/1"}
}

func ExampleNotification_Check() {
	n := tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1001",
		Amount: tradepay.Amount{Currency: "USD", Value: 1}}
	err := n.Check("order-1001", tradepay.Amount{Currency: "USD", Value: 1050})
	fmt.Println(err)
	fmt.Println(errors.Is(err, tradepay.ErrAmountMismatch))
	// Output:
	// tradepay: amount mismatch: want 10.50 USD, got 0.01 USD
	// true
}

func ExampleParseAmount() {
	for _, price := range []struct{ decimal, currency string }{{"10.50", "USD"}, {"1050", "JPY"},
		{"1.050", "IQD"}, {"10.50", "CLP"}} {
		amount, err := tradepay.ParseAmount(price.decimal, price.currency)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(amount.Value, amount)
	}
	// Output:
	// 1050 10.50 USD
	// 1050 1050 JPY
	// 1050 1.050 IQD
	// tradepay: invalid amount: decimal: CLP has 0 decimals, the text has 2; round it first
}

func ExampleNewClient() {
	read := func(name string) []byte {
		data, err := os.ReadFile("testdata/vectors/keys/" + name)
		if err != nil {
			log.Fatal(err)
		}
		return data
	}
	private, err := tradepay.ParsePrivateKey(read("merchant.private.pkcs8.pem"))
	if err != nil {
		log.Fatal(err)
	}
	public, err := tradepay.ParsePublicKey(read("wallet.pkix.b64")) // as the wallet's console shows it
	if err != nil {
		log.Fatal(err)
	}
	client, err := tradepay.NewClient(tradepay.Config{
		Wallet:     wallets.PlatformV2(),             // or your wallet's own profile: wallets.VodaPay()
		BaseURL:    "https://gateway.wallet.example", // from the wallet
		ClientID:   "2020081513180008900",
		AppID:      "3333010071465913",
		PrivateKey: private,
		KeyVersion: "1",
		WalletKeys: map[string]*rsa.PublicKey{"1": public},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)
	// Output: tradepay.Client{Wallet:"Platform v2" BaseURL:"https://gateway.wallet.example/api" ClientID:2020081513180008900}
}

func ExampleNotification_CheckPaid() {
	n := tradepay.Notification{
		Kind: tradepay.NotificationPayment, PaymentRequestID: "order-1001",
		Amount: tradepay.Amount{Currency: "USD", Value: 1050},
		Status: tradepay.StatusFailed,
	}
	fmt.Println(n.CheckPaid("order-1001", tradepay.Amount{Currency: "USD", Value: 1050}))
	// Output: tradepay: not paid: it is FAIL
}
