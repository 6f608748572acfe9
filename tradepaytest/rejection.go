package tradepaytest

import (
	"slices"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wire"
)

// Rejection is a request that the wallet rejected for its form: signature, headers, path
// or fields. It holds no body and no key.
type Rejection struct {
	At   time.Time
	Op   wire.Operation // "" for an unknown path
	Code string         // the result code of the answer
	Why  string
	// Diagnosis is the doctor's word on a signature that does not verify; otherwise nil.
	Diagnosis *doctor.Finding
}

// keepMost is how many rejections and deliveries the wallet keeps at least.
const keepMost = 50_000

// Rejections returns the requests that the wallet rejected for their form, oldest first.
// It does not contain requests that failed for the state of a payment, such as
// ORDER_NOT_EXIST.
func (w *Wallet) Rejections() []Rejection {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.rejections)
}

func (w *Wallet) rejected(x *exchange, a *answer) {
	switch a.code {
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND", "INVALID_CLIENT", "INVALID_API", "PARAM_ILLEGAL", "ACCESS_DENIED",
		"METHOD_NOT_SUPPORTED":
	default:
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rejections = append(bounded(w.rejections), Rejection{At: w.now(), Op: x.op, Code: a.code, Why: a.text,
		Diagnosis: a.finding})
}

// bounded drops the older half of a list that has grown too long.
func bounded[T any](list []T) []T {
	if len(list) >= 2*keepMost {
		return append([]T(nil), list[keepMost:]...)
	}
	return list
}
