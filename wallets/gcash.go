package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(GCash) }

// GCash returns the profile of GCash mini programs, Philippines, which pay in
// PHP, two decimals.
//
// Known: it is the platform's v2 API below /api, with percent-encoded base64
// signatures and times with milliseconds and an offset.
//
// Not documented in public: base URLs; GCash gives them to each merchant.
//
// Source: https://miniprogram.gcash.com/docs. Evidence: from documents. Not tested live.
func GCash() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "GCash", "PH"
	w.Sources = append([]string{"https://miniprogram.gcash.com/docs"}, w.Sources...)
	w.Evidence = evidence(w.Sources[0])
	return w
}
