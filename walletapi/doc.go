// Package walletapi is what some wallets' servers have beside payments: the cards and
// accounts of a user, the QR code of a mini program, and the files for reconciliation.
//
// Each function calls the wallet of a [tradepay.Client] once, with its keys and its
// profile. It ends in [tradepay.ErrNotSupported] where the wallet's profile has no path
// for it, and sends nothing then. Nothing here moves money. If an answer is lost, the error
// matches [tradepay.ErrOutcomeUnknown], and you can call again.
package walletapi
