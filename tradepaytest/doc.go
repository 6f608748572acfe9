// Package tradepaytest is a test wallet for programs that use package
// tradepay: an HTTP server on loopback that behaves like the wallet's own. It
// verifies and signs every message, keeps payments, shows a cashier page, sends
// notifications until they are acknowledged, and fails on demand.
//
// It is for tests and demonstrations, never for production: its keys are
// published with its source, its ids are predictable, and no money moves.
// It sends nothing to any host but this one.
//
//	wallet := tradepaytest.NewWallet()
//	defer wallet.Close()
//
//	client, err := tradepay.NewClient(wallet.Config())
//
// With the client, create an order as in production, then be the payer:
//
//	order, err := client.CreateOrder(ctx, &tradepay.CreateOrderRequest{…})
//	err = wallet.Pay(order.PaymentURL)
//
// An answer that is lost takes the client's retries, which wait up to seconds:
// [tradepay.WithRetry] with a BaseDelay of a millisecond makes tests quick.
//
// # What it is strict about
//
// The test wallet refuses what a real one refuses, and says why in
// [Wallet.Rejections]: a signature that does not fit, an unknown key version
// or client, a Request-Time more than five minutes off, repeated headers,
// bodies over 1 MiB or with a member twice, ids over 64 characters or with
// @ # ?, empty strings, unknown currencies, and what its profile demands.
//
// # Payments
//
// A payment is PROCESSING until the payer pays ([Wallet.Pay], SUCCESS or, for
// an authorization, AUTH_SUCCESS), the payment fails ([Wallet.Decline], FAIL),
// or it is cancelled by the merchant or by time (CANCELLED). SUCCESS and FAIL
// are notified, CANCELLED and AUTH_SUCCESS are not, as the platform documents it.
// A profile with LateURL that is asked with cashierNotifyUrl sends the payment URL
// there instead of answering with it.
// When the payer leaves the cashier ([Wallet.Cancel]), my.tradePay reports 6001 and
// the payment stays PROCESSING: it can be paid until it expires.
//
// The same id with the same content gets the same answer; with other content
// REPEAT_REQ_INCONSISTENT. All members of the request are content but the payer's
// device (envInfo, order.env).
//
// # Faults
//
// [Wallet.Inject] makes the wallet fail: connections cut before or after the
// work was done, answers unsigned, forged, replayed or broken, notifications
// lost, doubled or tampered with. See [FaultKind].
package tradepaytest
