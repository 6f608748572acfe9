// Package operation names the operations that only some wallets have: what package wire
// does not name, and more than one package must. Each is its name in Routes.Paths of a
// profile.
package operation

// The operations.
const (
	MerchantAccept = "merchantAccept"         // of an escrow
	Confirm        = "confirm"                // of an escrow
	SendPush       = "sendPush"               // of wallets whose push messages have a path of their own
	UserCards      = "inquiryUserCardList"    // what a user has linked
	UserAccounts   = "inquiryUserAccountList" // what a user has
	CreateQRCode   = "createQRCode"           // of the mini program
	Reconciliation = "reconciliation"         // the files about a day
)
