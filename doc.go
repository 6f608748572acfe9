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
// time, signature, JSON and ids were checked, in this order. A call ends in
// one of four ways, which cannot be mixed up:
//
//   - a result and no error: the wallet said so, and the answer was verified;
//   - [ErrRejected]: a verified F, final for this id;
//   - [ErrOutcomeUnknown]: no verified, definite answer came. It may have
//     happened. The [APIError] carries the reference to ask about, and the
//     same call may be made again;
//   - [ErrInvalidRequest]: the input was wrong, and nothing was sent.
//
// [ErrOrderNotFound] and [ErrIdempotencyMismatch] have their own meaning and
// are neither failure nor success.
//
// # Ids
//
// PaymentRequestID, RefundRequestID and their like are yours. Store them
// before the call: with the same id and the same content a call can be
// repeated for ever and charges once.
//
// # Amounts
//
// An [Amount] counts the smallest unit of its ISO 4217 currency.
//
// # Wallets
//
// A [Wallet] is the wire profile of one wallet. [PlatformV1] and [PlatformV2]
// are the two dialects of the platform. Dialects differ inside the profile,
// never in what the caller writes.
//
// # Secrets
//
// Keys, tokens and payers' data are in no error, no log line and no %+v of
// this package. Raw fields hold verified bodies as they came: store them with
// care.
//
// # Testing
//
// Package tradepaytest is a test wallet on loopback: it verifies, signs,
// notifies, and fails on demand.
package tradepay
