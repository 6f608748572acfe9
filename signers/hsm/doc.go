// Package hsm shows that a key in a hardware security module signs for package tradepay.
// It has tests and no code, because none is needed: what opens a PKCS #11
// token for Go gives a [crypto.Signer], and Config.PrivateKey takes that.
//
// The tests make a key in a token of SoftHSM through github.com/ThalesGroup/crypto11, and
// take it through a payment with its notification, a refund, and the rotation of the wallet's and of the
// merchant's key. Run them by
//
//	script/softhsm go test ./signers/hsm
//
// and with a token of your own by setting TRADEPAY_TEST_PKCS11_MODULE, _TOKEN and _PIN: they
// make keys with labels that begin with "tradepay test", and delete them.
//
// The program examples/signers has the code to copy.
package hsm
