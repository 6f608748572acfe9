package doctor

// Cause names why a message does not verify. The names are stable; later
// versions may add some.
type Cause string

// Causes in the headers.
const (
	CauseNotTheWallet    Cause = "not_the_wallet"    // something before the wallet answered
	CauseMissingHeader   Cause = "missing_header"    // Signature, Client-Id or the time is absent
	CauseRepeatedHeader  Cause = "repeated_header"   // one of them appears twice
	CauseHeaderFormat    Cause = "header_format"     // Signature is not algorithm=…, keyVersion=…, signature=…
	CauseAlgorithmLabel  Cause = "algorithm_label"   // neither RSA256 nor SHA256withRSA, or not the wallet's label
	CausePlusToSpace     Cause = "plus_to_space"     // form decoding turned each + of the signature into a space
	CauseDoubleEncoding  Cause = "double_encoding"   // the signature was encoded twice
	CauseAlphabet        Cause = "alphabet"          // the signature mixes base64 and base64url
	CauseLineBreaks      Cause = "line_breaks"       // the signature has white space in it
	CauseBase64Padding   Cause = "base64_padding"    // the = at the end of the signature are missing or too many
	CauseEncoding        Cause = "encoding"          // the signature is written in another way
	CauseSignatureLength Cause = "signature_length"  // the signature has another length than the key
	CauseRequestAsAnswer Cause = "request_as_answer" // a request was verified as its answer, or an answer as a request
)

// Causes in the keys.
const (
	CauseOwnKeyLoaded Cause = "own_key_loaded" // the merchant's own public key is configured as the wallet's
	CauseOwnSignature Cause = "own_signature"  // the merchant's key signed what the wallet should have
	CauseKeyPair      Cause = "key_pair"       // the request is signed by a key that is not the registered one
	CauseKeyVersion   Cause = "key_version"    // another key version's key made the signature, or there is none for it
	CauseOtherKey     Cause = "other_key"      // one of OtherKeys made the signature
	CauseUnknownKey   Cause = "unknown_key"    // no available key made the signature
	CauseUnusableKey  Cause = "unusable_key"   // a key is absent or not one that wallets use
)

// Causes in how the content was signed.
const (
	CauseHashSigned Cause = "hash_signed" // a hash of the content was signed in place of the content
	CauseDigest     Cause = "digest"      // signed with SHA-1, SHA-512 or another hash
	CausePSS        Cause = "pss"         // signed with RSASSA-PSS
	CausePadding    Cause = "padding"     // the hash was signed without the DigestInfo that names it
	CauseLayout     Cause = "layout"      // the parts were joined in another way: line break, dots, order
)

// Causes in the first line: method and URI.
const (
	CauseMethod        Cause = "method"         // another method, or one in other capitals
	CausePathPrefix    Cause = "path_prefix"    // with or without the gateway prefix
	CausePathVersion   Cause = "path_version"   // with, without or with another version
	CauseTrailingSlash Cause = "trailing_slash" // with or without a slash at the end, or doubled ones
	CauseQuery         Cause = "query"          // with, without or with another query string
	CausePathEncoding  Cause = "path_encoding"  // percent-encoded in another way, or in other capitals
	CauseFullURL       Cause = "full_url"       // scheme and host beside the path
	CausePathRewritten Cause = "path_rewritten" // a proxy changed the public path
	CausePath          Cause = "path"           // another path altogether
)

// Causes in the second line: client, time and body.
const (
	CauseClientID     Cause = "client_id"      // of another app, or not the one in the header
	CauseMerchantID   Cause = "merchant_id"    // absent from the content, there without need, or another merchant's
	CauseTimeFormat   Cause = "time_format"    // the time is unreadable, or written in another way than it was signed
	CauseTimeHeader   Cause = "time_header"    // Request-Time was signed where Response-Time belongs, or the reverse
	CauseClock        Cause = "clock"          // the time is outside the window
	CauseBodySpaces   Cause = "body_spaces"    // pretty-printed or compacted
	CauseBodyOrder    Cause = "body_order"     // members in another order
	CauseBodyEscapes  Cause = "body_escapes"   // characters escaped in another way: / < é
	CauseBodyLineEnds Cause = "body_line_ends" // white space around it, or CR LF for LF
	CauseBodyBOM      Cause = "body_bom"       // with or without a byte order mark
	CauseBodyEmpty    Cause = "body_empty"     // signed or read without the body
	CauseBodyEncoded  Cause = "body_encoded"   // compressed, quoted, in base64 or in another character set
	CauseBodyForm     Cause = "body_form"      // as a form: percent-encoded, a space for +, = at its end
	CauseBodyReplaced Cause = "body_replaced"  // characters replaced by U+FFFD or ?
	CauseBodyNumbers  Cause = "body_numbers"   // numbers written in another way: 136 for 136.0
	CauseBodyEmptied  Cause = "body_emptied"   // {} became [], or [] became {}
	CauseBodyJSONB    Cause = "body_jsonb"     // stored as jsonb, which keeps neither order nor spaces
	CauseBody         Cause = "body"           // cut off, or changed in another way
	CauseBodyTooLarge Cause = "body_too_large" // over 1 MiB
	CauseReplay       Cause = "replay"         // an answer of the wallet's API, sent as a notification
	CauseContent      Cause = "content"        // the key is right and the content is not; the doctor does not find why
)

// remedies say what to change, for a program in any language. theirs is for a
// message that the program received, ours for one that it sent, if that differs.
var remedies = map[Cause]struct{ theirs, ours string }{
	CauseNotTheWallet: {
		"Check the host and the path of the gateway. If they are right, a firewall, a proxy or a login page answers " +
			"before the wallet: ask the wallet whether its allow-list has your server's addresses.",
		"",
	},
	CauseMissingHeader: {
		"Find the proxy or framework that drops it, and pass all headers on.",
		"Send Signature, Client-Id and the time with each message.",
	},
	CauseRepeatedHeader: {
		"Find the proxy that adds it a second time; exactly one may arrive.",
		"Set the header, do not add to it.",
	},
	CauseHeaderFormat: {
		"Find what rewrites the header; if it is the wallet, report it.",
		"Write it as algorithm=RSA256, keyVersion=1, signature=<value>.",
	},
	CauseAlgorithmLabel: {
		"Ask the wallet which algorithm it signs with; only RSA256 is accepted.",
		"Write the label that the wallet documents.",
	},
	CausePlusToSpace: {
		"Pass the raw header; do not decode it as a form or a query.",
		"Percent-encode the value once, or do not decode it before it is sent.",
	},
	CauseDoubleEncoding: {"Find what encodes the header again.", "Encode the signature once."},
	CauseAlphabet: {
		"Find what replaces characters in the header.",
		"Use one encoder for the whole value: base64 or base64url.",
	},
	CauseLineBreaks: {
		"Find what folds the header.",
		"Use an encoder that writes one line, such as openssl base64 -A or base64 -w0.",
	},
	CauseBase64Padding: {
		"Find what cuts off the =. A split at every = does, because only the first one ends the name.",
		"Keep the = of base64; only base64url is written without them.",
	},
	CauseEncoding: {
		"Find what rewrites the header; if it is the wallet, report it.",
		"Write the signature as the wallet documents it: base64, percent-encoded base64 or base64url.",
	},
	CauseSignatureLength: {
		"Find what cuts the header, and compare the key with the wallet's.",
		"Write all bytes of the signature, leading zeros included, and check which key signs.",
	},
	CauseRequestAsAnswer: {
		"Verify a request with Request-Time and its own body, an answer with Response-Time and its own.",
		"",
	},

	CauseOwnKeyLoaded: {"Load the wallet's public key from its console; your own goes to the wallet.", ""},
	CauseOwnSignature: {
		"Check what you received: it is a message of your own, or the wallet's side signs with your private key.",
		"",
	},
	CauseKeyPair: {
		"Register the public half of the private key that signs.",
		"Upload the public key with the fingerprint of the signer, or load the private key of the registered one.",
	},
	CauseKeyVersion: {
		"Load the wallet's keys under the versions that its console shows.",
		"Send the keyVersion under which the wallet has this key.",
	},
	CauseOtherKey: {
		"Load that key as the wallet's under this keyVersion, if its console confirms it.",
		"Sign with the key that is registered under this keyVersion.",
	},
	CauseUnknownKey: {
		"Fetch the wallet's public key again, from the console of this environment: " +
			"sandbox and production have different ones.",
		"Compare the fingerprint in the wallet's console with that of your key, and upload it again.",
	},
	CauseUnusableKey: {"Load an RSA public key of at least 2048 bits.", ""},

	CauseHashSigned: {
		"Report it to the wallet: it signs a hash of the content.",
		"Give the content itself to the signing function, which hashes it.",
	},
	CauseDigest: {
		"Report it to the wallet: only SHA-256 is accepted.",
		"Sign with SHA-256: SHA256withRSA, RSA-SHA256.",
	},
	CausePSS: {"Report it to the wallet: only PKCS#1 v1.5 is accepted.", "Sign with PKCS#1 v1.5 padding, not PSS."},
	CausePadding: {
		"Report it to the wallet.",
		"Use a signing function of RSASSA-PKCS1-v1_5, not raw RSA encryption with the private key.",
	},
	CauseLayout: {
		"Verify over the content that the wallet documents, with nothing before or after it.",
		"Put the content together as the wallet documents it, with nothing after the body.",
	},

	CauseMethod: {"Verify with the method of the request, in capitals.", "Send and sign POST, in capitals."},
	CausePathPrefix: {
		"Verify over the path as the wallet signs it, with or without its gateway prefix.",
		"Sign the path as the wallet wants it, with or without its gateway prefix.",
	},
	CausePathVersion: {
		"Verify with the version that the wallet uses.",
		"Sign the version that is in the request line.",
	},
	CauseTrailingSlash: {
		"Verify over the path as it was signed; a router or a proxy may clean it.",
		"Sign the path as it is in the request line, slash by slash.",
	},
	CauseQuery: {
		"Verify over path and query as they are in the request line.",
		"Sign path and query as they are in the request line.",
	},
	CausePathEncoding: {
		"Verify over the path as it is in the request line, not over a decoded one.",
		"Sign the path as it is in the request line, escapes and capitals included.",
	},
	CauseFullURL: {
		"Verify over path and query only; if the wallet signs the whole URL, report it.",
		"Sign path and query only, without scheme and host.",
	},
	CausePathRewritten: {
		"Verify over the public path of the notify URL, as the wallet knows it, not over the path behind a proxy.",
		"Sign the acknowledgement over the public path of the notify URL.",
	},
	CausePath: {
		"Verify over the path of the request that is answered.",
		"Sign the path that is in the request line.",
	},

	CauseClientID: {
		"Check which app's notifications come to this URL, and whether something changes the header.",
		"Send and sign the Client-Id of this app and environment.",
	},
	CauseMerchantID: {
		"Verify with the merchant id that the wallet gave you, between Client-Id and the time, or without one: " +
			"as the wallet signs.",
		"Sign the merchant id that the header has, between Client-Id and the time, if the wallet documents that; " +
			"otherwise sign none.",
	},
	CauseTimeFormat: {
		"Verify with the text of the header as it came, not with a parsed time.",
		"Write the time once, in the wallet's format, and sign exactly the text that you send.",
	},
	CauseTimeHeader: {
		"Verify an answer with Response-Time, a request with Request-Time.",
		"Sign Request-Time in requests and Response-Time in acknowledgements.",
	},
	CauseClock: {
		"Set the clock by NTP. If the clock is right, the message is old, sent again or kept: do not believe it now.",
		"Set the clock by NTP, and write the offset from UTC that belongs to the time.",
	},
	CauseBodySpaces: {
		"Verify the raw bytes before anything decodes them.",
		"Sign exactly the bytes that you send; encode once.",
	},
	CauseBodyOrder: {
		"Verify the raw bytes before anything decodes them: a map forgets the order of its members.",
		"Sign exactly the bytes that you send; encode once.",
	},
	CauseBodyEscapes: {
		"Verify the raw bytes before anything decodes them.",
		"Sign exactly the bytes that you send; encode once.",
	},
	CauseBodyLineEnds: {
		"Verify the raw bytes; find what trims the body or adds a line.",
		"Sign exactly the bytes that you send; look for a print that adds a line, or a file opened as text.",
	},
	CauseBodyBOM: {
		"Verify the raw bytes; find what adds or drops the byte order mark.",
		"Send without a byte order mark.",
	},
	CauseBodyEmpty: {
		"Read the body once, and verify its raw bytes before a framework, a logger or a body parser consumes it; " +
			"whatever must read it first has to put it back.",
		"Sign the body that you send, and send the body that you signed.",
	},
	CauseBodyEncoded: {
		"Verify the bytes in the form in which the wallet signed them, not a string that a framework decoded.",
		"Sign the body as it travels: UTF-8, not quoted, not compressed.",
	},
	CauseBodyForm: {
		"Read the raw bytes of the body; let no parser of forms read it, and decode no percent-escapes in it.",
		"Send the body as JSON, not as a form: sign and send the same bytes, which nothing percent-encodes.",
	},
	CauseBodyReplaced: {
		"Keep the body as bytes until it is verified: do not make it a string in another character set, and do not " +
			"decode it piece by piece.",
		"Encode the body once, as UTF-8, and sign and send these bytes.",
	},
	CauseBodyNumbers: {
		"Verify the raw bytes before anything decodes them: a number that was read is written in another way.",
		"Sign exactly the bytes that you send; encode once.",
	},
	CauseBodyEmptied: {
		"Verify the raw bytes before anything decodes them: an array of PHP does not know whether it was {} or [].",
		"Sign exactly the bytes that you send; encode once.",
	},
	CauseBodyJSONB: {
		"Verify the raw bytes before they are stored, and store them as bytes or text: jsonb of PostgreSQL keeps " +
			"neither the order of members nor spaces.",
		"Sign and send the bytes that you store, and store them as bytes or text, not as jsonb.",
	},
	CauseBody: {
		"Find what changes the body between the wallet and here; verify the raw bytes.",
		"Sign exactly the bytes that you send.",
	},
	CauseBodyTooLarge: {"Reject it.", "Send a smaller body."},
	CauseReplay:       {"Reject it, and give the notify URL a path that the wallet's API does not have.", ""},
	CauseContent: {
		"Verify over the public path of the notify URL and over the raw body: one of the two changed on its way here.",
		"Sign the bytes, the path and the time that you send: make each once, to sign it and to send it.",
	},
}

// inGo names what of this module, or of net/http, does what the remedy says.
var inGo = map[Cause]struct{ theirs, ours string }{
	CauseNotTheWallet: {"Config.BaseURL has host and path; APIError.Cause says more.", ""},
	CauseEncoding:     {"", "wire.Profile.SignatureHeader writes it."},
	CauseKeyVersion:   {"Config.WalletKeys has them, and SetKeys changes them.", "Config.KeyVersion has it."},
	CauseUnusableKey:  {"ParsePublicKey reads one.", "ParsePublicKey reads one."},
	CauseLayout: {
		"Message.Content puts it together; Wallet.Signing.Content says which content it is.",
		"Message.Content puts it together.",
	},

	CausePathPrefix: {
		"see Wallet.Routes.Prefix and Wallet.Signing.WithoutPrefix.",
		"see Wallet.Routes.Prefix, Wallet.Signing.WithoutPrefix and the path of Config.BaseURL.",
	},
	CausePathVersion: {"see Wallet.Routes.Version.", "see Wallet.Routes.Version."},
	CauseTrailingSlash: {
		"RequestURI has it; behind a proxy, set Config.NotifyPath to the public path of the notify URL.", "",
	},
	CausePathEncoding: {"RequestURI has it, URL.Path does not.", ""},
	CausePathRewritten: {
		"set Config.NotifyPath to the path, or give it to ParseNotification as its uri.",
		"set Config.NotifyPath to the path, or give it to Acknowledge as its uri.",
	},

	CauseMerchantID: {
		"Config.MerchantID has it; Wallet.Signing.Content says whether it is signed.",
		"Config.MerchantID has it; Wallet.Signing.Content says whether it is signed.",
	},
	CauseClock: {
		"Config.NotificationMaxAge accepts older notifications, for a wallet that sends them again unchanged.",
		"",
	},
	CauseBodyEmpty: {"r.Body = io.NopCloser(bytes.NewReader(body)) puts it back.", ""},
	CauseContent:   {"set Config.NotifyPath to the public path, or give it to ParseNotification as its uri.", ""},
}
