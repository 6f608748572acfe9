package doctor

import (
	"fmt"
	"net/http"

	"github.com/tradepay/tradepay-go/internal/stranger"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// judgeStranger says what answered in place of the wallet. It reports whether the
// response has nothing of the wallet's: none of its headers, and no result.
func (d *doctor) judgeStranger() bool {
	if d.e.Kind != EvidenceResponse || d.e.HeadersOnly || len(d.e.Body) > strictjson.MaxSize {
		return false
	}
	d.indexHeaders()
	for _, name := range []string{"Signature", "Response-Time", "Client-Id"} {
		if d.first(name) != "" {
			return false
		}
	}
	body, err := strictjson.Parse(d.e.Body)
	if err == nil && body["result"] != nil {
		return false
	}
	seen := http.Header{}
	for _, name := range []string{"Content-Type", "Content-Encoding"} {
		seen.Set(name, d.first(name))
	}
	d.certain(CauseNotTheWallet, "None of the wallet's headers came, and the body is "+
		stranger.Look(0, seen, d.e.Body).What+" without a result: the wallet's API does not answer like this.",
		fmt.Sprintf("body of %d bytes", len(d.e.Body)))
	return true
}
