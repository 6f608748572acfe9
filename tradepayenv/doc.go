// Package tradepayenv reads a [tradepay.Config] from TRADEPAY_* variables, so that a
// program, the command tradepay and the example shop share one set of names:
//
//	cfg, err := tradepayenv.Read()
//	if err != nil {
//		log.Fatal(err) // names each variable that is missing or wrong, and what to do
//	}
//	client, err := tradepay.NewClient(cfg)
//
// [Read] reads the environment of the process. [ReadFrom] asks a function, such as one
// that looks into a secret store.
//
// # The variables
//
// Every program needs these:
//
//   - TRADEPAY_WALLET: the wallet by its name, such as VodaPay. Case, spaces, - and _
//     do not matter. platform-v1 and platform-v2 are the bare platform.
//   - TRADEPAY_BASE_URL: the gateway that the wallet gave you, or sandbox or production
//     where the profile has a published gateway of that name.
//   - TRADEPAY_CLIENT_ID: the Client-Id that the wallet issued.
//   - TRADEPAY_PRIVATE_KEY or TRADEPAY_PRIVATE_KEY_FILE: your private key.
//   - TRADEPAY_WALLET_KEY or TRADEPAY_WALLET_KEY_FILE: the wallet's public key. While
//     keys rotate, TRADEPAY_WALLET_KEYS (1=<key>,2=<key>) or TRADEPAY_WALLET_KEYS_FILE
//     (1=<file>,2=<file>) hold several by keyVersion, alone or beside the former.
//
// Some wallets demand TRADEPAY_APP_ID, TRADEPAY_PARTNER_ID, TRADEPAY_MERCHANT_ID,
// TRADEPAY_SITE_NAME or TRADEPAY_AGENT_TOKEN; the error names the one that is missing.
// TRADEPAY_KEY_VERSION and TRADEPAY_WALLET_KEY_VERSION default to 1.
// TRADEPAY_NOTIFY_URL belongs to an order and not to the client: [ReadNotifyURL]
// reads it. [Variables] returns the whole table.
//
// # The rules
//
// An empty variable counts as not set. White space around a value does not belong to
// it, nor do quotation marks or the carriage return of a Windows file. A key is read as
// [tradepay.ParsePrivateKey] reads it, so that \n in it may stand for a line break. A
// variable and its _FILE twin exclude each other: which of two keys signs is never a guess.
//
// The package sends nothing and writes nothing. It reads the environment, and the files
// that the variables name, which may hold at most 64 KiB each. Its functions may be
// called by several goroutines at once.
//
// # Errors
//
// Each mistake is an [Error] that names the variable and the remedy. The functions
// report all mistakes that they can see at once. [errors.Is] finds [tradepay.ErrInvalidConfig],
// [tradepay.ErrInvalidKey] or [os.ErrNotExist] behind them. No error contains a key or a
// token, even if it stands in the wrong variable.
//
// Whoever calls ReadFrom or Read gets a checked configuration: [tradepay.NewClient] accepts
// it as it is. Set HTTPClient, Logger and the other fields that no variable holds after that.
package tradepayenv
