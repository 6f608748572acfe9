// Package tradepay takes payments in mini programs: small apps inside a wallet
// app (VodaPay, GCash, Touch 'n Go, SuperQi, M-Pesa and others of one family
// of platforms). It wraps the wallet's server API for the merchant's backend.
//
// # A payment
//
// The backend calls [Client.CreateOrder] and hands [Order.TradePay] to its
// mini program, which passes it to my.tradePay. The payer confirms in the
// wallet. The wallet posts a signed notification to [Client.NotifyHandler],
// and the backend can ask with [Client.QueryOrder] at any time. What
// my.tradePay calls back is a hint for the screen, never the truth.
//
// # Outcomes
//
// The client checks size, headers, algorithm, key version, time, signature, JSON
// and ids of an answer before it believes it. How a call ends tells you what to do:
//
//   - no error: the answer is verified, and the returned value says what the
//     wallet did. Go on.
//   - [ErrRejected]: a verified F, final for this id. A new attempt needs a new
//     id and a decision. If an earlier call with this id ended as unknown, its
//     request may still be under way. Before you decide, inquire until the order
//     has expired; for a capture or void, look at the order's transactions.
//   - [ErrOutcomeUnknown]: no verified, definite answer came. The operation may
//     have happened, so never treat it as failed. Inquire about the reference in
//     the [APIError], or make the same call again. If the wallet rejects retries
//     (wire.Quirks.RefusesRepeats), inquire instead.
//   - [ErrUnauthorized]: the wallet does not accept the caller. Fix keys or
//     access, and make the same call again.
//   - [ErrIdempotencyMismatch]: an earlier request has this id and other content.
//     The earlier order is still valid; inquire about it.
//   - [ErrOrderNotFound]: the wallet does not have the order, or not yet.
//   - [ErrInvalidRequest], [ErrNotSupported]: this call sent nothing. Fix the
//     input. Earlier calls with this id may have done something; a query tells.
//
// # Ids
//
// You choose PaymentRequestID, RefundRequestID and their like. Store them before
// the call: with the same id and the same content you can make a call as often as
// you like, and the wallet charges once. Some wallets reject such a retry
// (wire.Quirks.RefusesRepeats); the client then inquires.
//
// # Amounts
//
// An [Amount] counts the smallest unit of its ISO 4217 currency.
//
// # Wallets
//
// Config.Wallet is a [wire.Profile], which describes one wallet as data. Package
// wallets has the profiles, among them the two dialects of the platform,
// PlatformV1 and PlatformV2. The profile knows the dialect: your code is the same
// for both.
//
// Package walletapi has what some wallets' servers have beside payments, and
// [Client.Call] any other operation.
//
// Package doctor says why a signature does not verify. The client asks it for the
// hints in errors and in the log, at most every 10 seconds.
//
// # Secrets
//
// No error and no log line of this package holds keys, tokens or payers' data. fmt
// and slog print the values of this package without them.
//
// # Storing
//
// Requests, references, notifications and what calls return marshal to JSON, so
// that you can store them. The JSON has all their fields, secrets included. Later
// versions read what an earlier version wrote: a field keeps its name, and new
// versions only add fields. A field that is not set is left out. Amounts are
// {"currency":"USD","value":"1050"} in minor units, times are RFC 3339, and Raw,
// the verified body as it came, is base64.
//
// # Testing
//
// Package tradepaytest is a test wallet on loopback: it verifies, signs,
// notifies, and fails on demand.
package tradepay
