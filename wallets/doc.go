// Package wallets holds the wire profiles of the wallets that speak the
// mini-program payment protocol: name one, and the same code pays with it.
//
//	client, err := tradepay.NewClient(tradepay.Config{Wallet: wallets.VodaPay(), …})
//
// Each profile is read from public documents, named in its Sources and in its
// comment. None was tested live: ask the wallet for a sandbox before you go
// into production, and tell us what differs.
//
// A base URL that a wallet does not publish is given to each merchant by the
// wallet. A path in it replaces the profile's gateway prefix.
package wallets
