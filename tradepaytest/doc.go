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
// [tradepay.Config.Retry] with a BaseDelay of a millisecond makes tests quick.
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
// Cancel of a paid payment is refused, unless the fault [CancelRefunds] makes this
// a wallet that gives back with it what was paid. [Wallet.Refund] gives back money
// without the merchant.
//
// The same id with the same content gets the same answer; with other content
// REPEAT_REQ_INCONSISTENT. All members of the request are content but the payer's
// device (envInfo, order.env).
//
// # The cashier
//
// A payment URL leads to a page for people: payee, amount, the lines of the
// order, the time that is left, Pay and Cancel, and an account that is empty. It is
// in English or Spanish by Accept-Language, or by lang in the query, such as
// lang=es-MX; it works without script, with a keyboard and with a screen reader. Its
// amount is machine-readable as <data value="10.50 USD">, and its main element
// carries data-result-code: my.tradePay's result code, empty while the payer has not
// decided. A POST of action=pay, cancel or decline with the Accept header
// application/json is answered {"resultCode": "9000"} in place of a page.
//
// # The wallet app
//
// A page on this host can play the phone. Below /app/, which is no part of the
// wire, the wallet does what a wallet app does for a mini program. Pages of http
// origins on localhost and 127.0.0.1 may call it and frame the cashier, no others.
//
//	POST /app/tradePay {"paymentUrl": …} or {"tradeNO": …}, and "lang" if wanted
//	     → {"call": …, "cashierUrl": …, "resultCode": ""}
//	GET  /app/tradePay/{call}    → {"call", "paymentId", "resultCode"}
//	DELETE /app/tradePay/{call}  the payer closed the cashier: the same answer
//	POST /app/getAuthCode {"scopes": "auth_user" or a list}
//	     → {"authCode": …, "authSuccessScopes": […]}
//
// The page frames cashierUrl, in a sandbox with allow-scripts, allow-forms and
// allow-same-origin if in one. When the payer has decided, the cashier posts
//
//	{type: "tradepay.result", call, paymentId, resultCode}
//
// to the window that frames it, for the origin that started the call and no other; it
// offers no way back of its own. The page checks event.origin and event.source, removes
// the frame, and asks GET for the result code, which is step 18: 9000, 8000, 4000 or
// 6001, and where the call is my.pay also 4001 or 4002 (see [RiskDeclined]). Without script in the cashier, polling GET is enough. If the wallet
// cannot be reached, my.tradePay reports 6002. What names no payment is answered
// with resultCode 4000 and no call; /app/pay is the same for my.pay, with 8001.
// A trade number is the payment's paymentId here.
// None of these codes is the truth: the fault [LyingCallback] has them lie.
//
// # Faults
//
// [Wallet.Inject] makes the wallet fail: connections cut before or after the
// work was done, answers unsigned, forged, replayed or broken, notifications
// lost, doubled or tampered with, callbacks that lie. See [FaultKind].
// [Wallet.Suspend] stops it for a while, [Wallet.RotateKeys] changes its key, and
// [Wallet.SetBalance] leaves the payer too little.
//
// # Watching
//
// [WithObserver] shows each step as it happens, with the [Message] that was sent,
// what was signed, whether it verifies and, if not, why. Secrets and payers' data
// are left out. Without an observer none of it is done.
package tradepaytest
