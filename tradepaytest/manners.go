package tradepaytest

// manners are what a wallet does as a server, and what no client needs to know: so no
// profile has them. The zero value is the platform's way.
type manners struct {
	emptyIsUnset        bool // a member that is "" counts as left out
	offsetsOnly         bool // a Request-Time in UTC with Z is rejected
	contentTypeOptional bool
	closedProducts      bool // no productCode but those of the profile: no merchant gets one of its own
}

// mannersOf holds the manners by the name of the profile.
var mannersOf = map[string]manners{
	"SuperQi": {emptyIsUnset: true, offsetsOnly: true, closedProducts: true},
	"Toka":    {contentTypeOptional: true},
}
