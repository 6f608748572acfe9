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
// An answer is believed only after its size, headers, algorithm, key version,
// time, signature, JSON and ids were checked. How a call ends says what to do:
//
//   - no error: the wallet said so, and the answer was verified. Go on.
//   - [ErrRejected]: a verified F, final for this id. A new attempt needs a new
//     id and a decision. If an earlier call with this id ended as unknown, its
//     request may still be under way: inquire until the order has expired, and
//     for a capture or void look at the order's transactions, before you decide.
//   - [ErrOutcomeUnknown]: no verified, definite answer came; it may have
//     happened. Ask about the reference in the [APIError], or make the same
//     call again. Where the wallet refuses repetitions (wire.Quirks.RefusesRepeats),
//     inquire instead. Never treat it as failed.
//   - [ErrUnauthorized]: the wallet refused the caller. Mend keys or access, and
//     make the same call again.
//   - [ErrIdempotencyMismatch]: the id was used with other content. The earlier
//     order stands; ask about it.
//   - [ErrOrderNotFound]: the wallet does not have it, or not yet.
//   - [ErrInvalidRequest], [ErrNotSupported]: this call sent nothing. Mend the
//     input; what earlier calls with this id did, a query tells.
//
// # Ids
//
// PaymentRequestID, RefundRequestID and their like are yours. Store them
// before the call: with the same id and the same content a call can be
// repeated for ever and charges once. Some wallets refuse the repetition
// (wire.Quirks.RefusesRepeats); the client then inquires.
//
// # Amounts
//
// An [Amount] counts the smallest unit of its ISO 4217 currency.
//
// # Wallets
//
// Config.Wallet is a [wire.Profile], one wallet as data. Package wallets has them,
// and the two dialects of the platform, PlatformV1 and PlatformV2. Dialects differ
// inside the profile, never in what the caller writes.
//
// Package doctor says why a signature does not verify. The client asks it by
// itself, now and then, for the hints in errors and in the log.
//
// # Secrets
//
// Keys, tokens and payers' data are in no error and no log line of this
// package, and its values passed to fmt or slog print without them.
//
// # Storing
//
// Requests, references, and what calls and notifications return marshal to JSON
// to be stored, with all their fields, secrets included. What one version
// writes, later versions read: names stay, fields are only added, and a field
// that is not set is left out. Amounts are {"currency":"USD","value":"1050"} in
// minor units, times RFC 3339, and Raw, the verified
// body as it came, is base64.
//
// # Testing
//
// Package tradepaytest is a test wallet on loopback: it verifies, signs,
// notifies, and fails on demand.
package tradepay
