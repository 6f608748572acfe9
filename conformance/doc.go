// Package conformance holds the SDK against what others have written down,
// through the exported names of packages tradepay and wallets only, as a
// stranger would:
//
//   - Wycheproof, RSASSA-PKCS1-v1_5 with SHA-256: signatures that must and
//     must not verify, keys that must be refused, signatures byte for byte;
//   - the vectors of this repository and of each wallet, in
//     ../testdata/vectors;
//   - hostile notifications, in testdata/hostile: none may be taken for a
//     payment;
//   - the test wallet, against a merchant of Antom in another language, in
//     testdata/antom: so the two sides of this repository do not only agree
//     with each other.
//
// It holds tests and nothing to import. See README.md.
package conformance
