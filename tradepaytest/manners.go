package tradepaytest

// manners are how one wallet behaves where the others are stricter, or differ, and
// where a client need not know: the client's side of a wallet is its profile. The
// zero value is the strictest.
type manners struct {
	// notifiesCaptures says that the wallet reports how a capture ended. The URL is one
	// of its console: here, that of the order.
	notifiesCaptures bool
}

// mannersOf has the wallets that differ from the strictest, by the name of their profile.
var mannersOf = map[string]manners{
	"Antom": {notifiesCaptures: true},
}
