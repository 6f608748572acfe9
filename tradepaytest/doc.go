// Package tradepaytest is a test wallet for programs that use package
// tradepay: an HTTP server on loopback that behaves like the wallet's own. It
// verifies and signs every message, keeps payments, shows a cashier page, sends
// notifications until the merchant acknowledges them, and fails on demand.
//
// It is for tests and demonstrations, never for production: its keys are
// published with its source, its ids are predictable, and no money moves.
// It sends nothing to any host but this one, unless [WithNotifyTo] says so.
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
// After a lost answer, the client retries and waits up to seconds in between. A
// [tradepay.Config.Retry] with a BaseDelay of a millisecond makes such tests quick.
//
// # What it is strict about
//
// The test wallet rejects what a real one rejects, and says why in
// [Wallet.Rejections]: a wrong signature, an unknown key version or client, a
// Request-Time more than five minutes off, repeated headers (but for Content-Type,
// which nobody signs), bodies over 1 MiB or with
// a member twice, ids over 64 characters or with @ # ?, empty strings, unknown
// currencies, and a request that lacks what the profile demands. Where the evidence about
// a wallet shows that it accepts more, or less, the test wallet does as that wallet.
//
// # Payments
//
// A payment is PROCESSING until the payer pays ([Wallet.Pay]; SUCCESS or, for an
// authorization, AUTH_SUCCESS), until it fails ([Wallet.Decline]; FAIL), or until the
// merchant cancels it (CANCELLED). One that expires is CANCELLED, too; at wallets of
// the v1 dialect, Antom and Rebell it is FAIL. A payment in escrow, by the profile's
// Products.Escrow, is AUTH_SUCCESS until the merchant accepts and confirms it. As the platform documents it, the
// wallet notifies SUCCESS and FAIL, but neither CANCELLED nor AUTH_SUCCESS. If the
// profile has LateURL and the request has a cashierNotifyUrl, the wallet sends the
// payment URL there and leaves it out of its answer. It reports a void to the
// voidNotifyUrl and a refund to the refundNotifyUrl of its request, and a capture if the
// profile's wallet does. [Wallet.NotifyDispute] and [Wallet.NotifyAuthorization] send
// what no request asks for. When the payer leaves the cashier
// ([Wallet.Cancel]), my.tradePay reports 6001 and the payment stays PROCESSING: the
// payer can pay until it expires.
//
// The wallet rejects the cancel of a paid payment. With the fault [CancelRefunds], it
// gives back what the payer paid instead. [Wallet.Refund] gives back money without the
// merchant.
//
// The wallet answers the same id with the same content as before, and the same id with
// other content with REPEAT_REQ_INCONSISTENT. All members of the request are content,
// but for the payer's device (envInfo, order.env).
//
// # Agreements and messages
//
// A payer agrees to later payments on the page of [tradepay.Client.Prepare], or with
// [Wallet.Agree], and ends the agreement with [Wallet.EndAgreement]. The wallet sends a
// message once for each requestId, if its template is known ([WithTemplates]); what it
// has sent is in [Wallet.Messages]. See [MessageRefused] and [MessageQueued].
//
// # The cashier
//
// A payment URL leads to a page for people: payee, amount, the lines of the order, the
// time that is left, Pay and Cancel, and an account without money. The page is in
// English or Spanish by Accept-Language, or by lang in the query, such as lang=es-MX. It
// works without script, with a keyboard and with a screen reader. It writes its amount
// for programs, too, as <data value="10.50 USD">. The attribute data-result-code of its
// main element is my.tradePay's result code, empty while the payer has not decided. The
// wallet answers a POST of action=pay, cancel or decline that has the Accept header
// application/json with {"resultCode": "9000"} instead of a page, and a GET with the
// payment and the result code. Errors are in JSON then, too.
//
// # The wallet app
//
// A page on this host can play the phone. Below /app/, which the wire does not have, the
// wallet does what a wallet app does for a mini program. Only pages of http origins on
// localhost and 127.0.0.1 may call it and frame the cashier.
//
//	POST /app/tradePay {"paymentUrl": …} or {"tradeNO": …}, and "lang" if wanted
//	     → {"call": …, "cashierUrl": …, "resultCode": ""}
//	GET  /app/tradePay/{call}    → {"call", "paymentId", "resultCode"}
//	DELETE /app/tradePay/{call}  the payer closed the cashier: the same answer
//	POST /app/getAuthCode {"scopes": "auth_user" or a list}
//	     → {"authCode": …, "authSuccessScopes": […]}
//	POST /app/signContract {"signStr": …}, and "lang" if wanted
//	     → {"call": …, "agreementUrl": …, "errorCode": ""}
//	GET  /app/signContract/{call}    → {"call", "authCode", "authState", "errorCode"}
//	DELETE /app/signContract/{call}  the payer closed the page: the same answer
//	GET  /app/inbox  → {"messages": [{"messageId", "title", …}]}, the latest 50 of the user
//
// The page frames cashierUrl. A sandbox around it needs allow-scripts, allow-forms and
// allow-same-origin. When the payer has decided, the cashier posts
//
//	{type: "tradepay.result", call, paymentId, resultCode}
//
// to the window that frames it, and only for the origin that started the call. It offers
// no other way back. The page checks event.origin and event.source, removes the frame,
// and asks GET for the result code, which is step 18: 9000, 8000, 4000 or 6001, and for
// my.pay also 4001 or 4002 (see [RiskDeclined]). Without script in the cashier, the page
// polls GET. If it does not reach the wallet, my.tradePay reports 6002. The wallet
// answers a request that names no payment with resultCode 4000 and no call. /app/pay is
// the same for my.pay, with 8001. A trade number is the payment's paymentId here.
//
// my.signContract goes the same way: the page frames agreementUrl, which posts the same
// message without paymentId and with the resultCode 9000 or 6001, and then asks GET for
// authCode and authState, or for the errorCode that my.signContract reports: 6001, or
// 7002 for a signStr of no agreement. Where the profile's SignJSAPI names another call,
// its argument authUrl works as signStr does.
//
// No result code proves anything about the money: the fault [LyingCallback] falsifies it.
//
// # Faults
//
// [Wallet.Inject] makes the wallet fail: it cuts connections before or after it does the
// work, sends unsigned, forged, replayed or broken answers, loses, doubles or tampers
// with notifications, and reports false result codes. See [FaultKind]. [Wallet.Suspend]
// stops it for a while, [Wallet.SuspendDeliveries] holds notifications back,
// [Wallet.RotateKeys] changes its key, [Wallet.SetBalance] leaves the payer too little
// money, [Wallet.Advance] moves its clock on, and [Wallet.Reset] empties it.
//
// # The control API
//
// Below /__tradepay/ the wallet does over HTTP what these methods do, for tests that are
// not written in Go: GET /__tradepay/openapi.json describes it, and docs/ci.md shows it.
// Web pages may not call it, and [WithNetwork] has it want a token.
//
// # Watching
//
// [WithObserver] sees each step as it happens: the [Message] that was sent, what its
// signature covers, whether it verifies and, if not, why. The messages leave out secrets
// and payers' data. Without an observer, the wallet does none of this.
package tradepaytest
