// Package wallets has the wire profiles of the wallets that speak the
// mini-program payment protocol. Name another one, and the same code pays with it.
//
//	client, err := tradepay.NewClient(tradepay.Config{Wallet: wallets.VodaPay(), …})
//
// Each profile follows public documents, which its Sources and its comment name.
// None was tested live: ask the wallet for a sandbox before you go into
// production, and tell us what differs.
//
// If a wallet does not publish its base URL, it gives one to each merchant. A path
// in the base URL replaces the profile's gateway prefix.
package wallets
