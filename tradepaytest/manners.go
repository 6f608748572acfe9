package tradepaytest

// manners are how one wallet behaves as a server where the others differ, and where no
// client need know: the client's side of a wallet is its profile. The zero value is the
// platform's way.
type manners struct {
	// resultNotices says that a notification of a wallet of v1 has the outcome in
	// paymentResult, as those of v2 have, and neither paymentStatus nor partnerId.
	resultNotices bool
}

// mannersOf holds the manners by the name of the profile.
var mannersOf = map[string]manners{
	"Touch 'n Go": {resultNotices: true},
}

// noticesHaveStatus reports whether notifications have the outcome in paymentStatus.
func (w *Wallet) noticesHaveStatus() bool {
	return w.profile.Dialect == "v1" && !w.manners.resultNotices
}
