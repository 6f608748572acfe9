package tradepaytest

import (
	"time"

	"github.com/tradepay/tradepay-go"
)

// Event is one step the wallet took.
type Event struct {
	At   time.Time     // by the wallet's clock
	Took time.Duration // in real time
	// Step is the number in the figure of the platform's payment flow, 4 to 19,
	// or 0 for what is not in it: other operations, refusals and faults.
	Step             int
	Name             string
	Op               tradepay.Operation // if a message was concerned
	PaymentRequestID string
	PaymentID        string
	Err              error // why the step failed
	Detail           string
}

// steps names the steps that the wallet takes.
var steps = map[int]string{
	4:  "Pay order request received and verified",
	5:  "Pay order created",
	6:  "Payment URL generated",
	7:  "Payment URL returned, signed",
	10: "Cashier invoked",
	11: "Pay order information queried",
	12: "Pay order information returned",
	13: "Pay order information shown",
	15: "Pay bill received",
	16: "Pay handled",
	17: "Pay result returned",
	19: "Pay result notified and acknowledged",
}

func (w *Wallet) emit(e Event) {
	if w.observer == nil {
		return
	}
	e.At = w.now()
	if e.Name == "" {
		e.Name = steps[e.Step]
	}
	w.observing.Lock()
	defer w.observing.Unlock()
	w.observer(e)
}

// step is the event of a step that concerns p and began at start.
func (p *payment) step(number int, start time.Time) Event {
	return Event{Step: number, Took: time.Since(start), PaymentRequestID: p.requestID, PaymentID: p.id}
}
