// Package wire describes what travels between a merchant and a wallet: which
// paths, headers and words a wallet uses, and what its signatures cover. It has
// no client and sends nothing.
//
// A [Profile] describes one wallet as data. Package wallets has a profile for each
// known wallet, and PlatformV1 and PlatformV2 to start from for another one.
// Package tradepay reads the profile from Config.Wallet. A [Message] is what one
// signature covers, and a [SignatureHeader] is how that signature travels:
//
//	message := wire.Message{Method: "POST", URI: "/v1/payments/pay", ClientID: id, Time: at, Body: body}
//	signature, err := message.Sign(key)
//	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: signature}
//	request.Header.Set("Signature", header.Format(wire.EncodingPercent))
//
// Use this package for tools, tests and other kinds of servers. A merchant's
// program needs package tradepay alone, which signs, verifies and retries.
package wire
