package tradepaytest

// manners are how one wallet behaves where the others are stricter, or differ, and
// where a client need not know: the client's side of a wallet is its profile. The
// zero value is the strictest.
type manners struct {
	// unsignedAcknowledgements says that an acknowledgement without a Signature header
	// is enough. One with the header must verify all the same.
	unsignedAcknowledgements bool
	// lowerCaseHeaders says that the names of the signed headers of an answer travel in
	// lower case, as behind a gateway that speaks HTTP/2.
	lowerCaseHeaders bool
	// isoTimes says that Request-Time may be in ISO 8601, whatever the profile's format.
	isoTimes bool
	// emptyIsUnset says that a member with "" counts as one that is not there.
	emptyIsUnset bool
	// notifiesExpiry says that a payment that nobody paid in time is FAIL, with a
	// notification, instead of CANCELLED without. Wallets of the v1 dialect are like
	// that without being listed.
	notifiesExpiry bool
	// awaited is the status of a payment that the payer has made and the wallet is still
	// working on; "" is PROCESSING.
	awaited string
	// offsetsOnly says that the wallet rejects a Request-Time in UTC with Z.
	offsetsOnly bool
	// contentTypeOptional says that a request needs no Content-Type.
	contentTypeOptional bool
	// closedProducts says that no merchant gets a product code of its own: the wallet
	// knows those of the profile.
	closedProducts bool
	// notifiesCaptures says that the wallet reports how a capture ended. The URL is one
	// of its console: here, that of the order.
	notifiesCaptures bool
	// resultNotices says that a notification of a wallet of v1 has the outcome in
	// paymentResult, as those of v2 have, and neither paymentStatus nor partnerId.
	resultNotices bool
	// repeatsRequests says that the answers to pay and refund repeat the ids and the amount of
	// their requests.
	repeatsRequests bool
}

// mannersOf has the wallets that differ from the strictest, by the name of their profile.
var mannersOf = map[string]manners{
	"Antom": {
		unsignedAcknowledgements: true, lowerCaseHeaders: true, isoTimes: true, notifiesExpiry: true,
		awaited:          "PENDING",
		notifiesCaptures: true, repeatsRequests: true,
	},
	"Rebell v1":   {notifiesExpiry: true},
	"Rebell v2":   {notifiesExpiry: true},
	"SuperQi":     {emptyIsUnset: true, offsetsOnly: true, closedProducts: true},
	"Toka":        {contentTypeOptional: true},
	"Touch 'n Go": {resultNotices: true},
}

// noticesHaveStatus reports whether notifications have the outcome in paymentStatus.
func (w *Wallet) noticesHaveStatus() bool {
	return w.profile.Dialect == "v1" && !w.manners.resultNotices
}
