// Package stage shows a payment happening: a simulated phone that runs the
// shop as a mini program, beside the messages that the five parties of the
// platform's payment flow send each other. It is for demonstrations and tests
// on one machine: it answers on loopback only and needs the test wallet.
//
//	journal := stage.NewJournal()
//	wallet := tradepaytest.NewWallet(tradepaytest.WithObserver(journal.Observe))
//	page, err := stage.New(stage.Config{Wallet: wallet, Merchant: shop, Journal: journal})
//
// The [Journal] keeps what happened, payment by payment, without secrets and
// payers' data. What it shows of the signed messages is what the test wallet saw;
// what it shows of the mini program and its server went through the page's own
// proxy.
package stage
