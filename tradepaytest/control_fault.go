package tradepaytest

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// faultBody is a [Fault] in the control API.
type faultBody struct {
	ID          int            `json:"id,omitempty"`
	Kind        FaultKind      `json:"kind"`
	Operation   wire.Operation `json:"operation,omitempty"`
	Code        string         `json:"code,omitempty"`
	Count       int            `json:"count,omitempty"` // -1 is until it is removed
	After       int            `json:"after,omitempty"`
	Probability float64        `json:"probability,omitempty"`
	Delay       string         `json:"delay,omitempty"`
}

// longestDelay is the longest Delay that the control API takes.
const longestDelay = 24 * time.Hour

// answer is the fault as it stands: what is left of count and after.
func (f activeFault) answer() faultBody {
	body := faultBody{ID: f.id, Kind: f.Kind, Operation: f.Op, Code: f.Code, Count: f.left, After: f.passes,
		Probability: f.Probability}
	if f.left == math.MaxInt || f.Times < 0 {
		body.Count = -1
	}
	if f.Delay > 0 {
		body.Delay = f.Delay.String()
	}
	return body
}

func controlListFaults(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]faultBody, len(w.faults))
	for i, f := range w.faults {
		list[i] = f.answer()
	}
	return map[string]any{"faults": list}, nil
}

func controlAddFault(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body faultBody
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	delay, err := readDuration("delay", body.Delay, longestDelay)
	switch {
	case err != nil:
		return nil, err
	case body.ID != 0:
		return nil, badRequest("the wallet chooses the id of a fault")
	case body.Count < -1:
		return nil, badRequest("count must be how many times, or -1 until it is removed")
	}
	added, err := w.inject(Fault{Kind: body.Kind, Op: body.Operation, Code: body.Code, Times: body.Count,
		After: body.After, Probability: body.Probability, Delay: delay})
	if err != nil {
		return nil, badRequest("%s", err)
	}
	return added.answer(), nil
}

func controlClearFaults(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	w.Heal()
	return controlListFaults(w, rw, r)
}

// controlRemoveFault removes a fault, and leaves in process what it keeps in process.
func controlRemoveFault(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	if !w.removeFault(r.PathValue("fault")) {
		return nil, &problem{http.StatusNotFound, "no such fault: it may have happened as often as it was to"}
	}
	return controlListFaults(w, rw, r)
}

// removeFault reports whether there was such a fault.
func (w *Wallet) removeFault(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, f := range w.faults {
		if strconv.Itoa(f.id) == id {
			w.faults = append(w.faults[:i:i], w.faults[i+1:]...)
			return true
		}
	}
	return false
}
