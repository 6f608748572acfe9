package wallets

import (
	"github.com/tradepay/tradepay-go/wire"
)

func init() { register(MPesa) }

// MPesa returns the profile of the M-Pesa mini-program platform, Lesotho,
// which pays in LSL, two decimals.
//
// Known: it is the platform's v2 API below /api, with its headers, paths and
// codes. This is not the payment API of other M-Pesa countries, which has
// nothing in common with it.
//
// Not documented in public: base URLs, and anything that differs from the
// platform. Only registered developers can read the portal.
//
// Source: https://portal.miniapps.ls.m-pesa.com. Evidence: from documents. Not tested live.
func MPesa() wire.Profile {
	w := PlatformV2()
	w.Name, w.Country = "M-Pesa", "LS"
	w.Sources = append([]string{"https://portal.miniapps.ls.m-pesa.com"}, w.Sources...)
	w.Evidence = evidence(w.Sources[0], wire.Fact{
		About: "shapes", Known: "inferred", Source: w.Sources[1],
		Says: "Nothing of the portal is public but that it is the platform; the shapes are those of its v2.",
	})
	return w
}
