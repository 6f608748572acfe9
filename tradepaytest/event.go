package tradepaytest

import (
	"encoding/json"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// Event is one step that the wallet took.
type Event struct {
	At   time.Time     // by the wallet's clock
	Took time.Duration // in real time
	// Step is the number in the figure of the platform's payment flow, 4 to 19. It is 0 for
	// what the figure does not have: other operations, rejections and faults. Steps 9 and
	// 18 happen if a page uses the wallet app, see the package's documentation. Step 8 is
	// the merchant's.
	Step             int
	Name             string
	Op               wire.Operation // "" for a step without a message
	PaymentRequestID string
	PaymentID        string
	Err              error // why the step failed
	Detail           string
	// Message is what the step sent over HTTP, if it did. Answer is what came back, if one
	// step has both: a notification and its acknowledgement, or a request outside the
	// figure and its response.
	Message *Message
	Answer  *Message
}

// MarshalJSON writes at (RFC 3339 with nanoseconds), tookMs (milliseconds), step, name, op,
// paymentRequestId, paymentId, error (a text), detail, message and answer. It leaves out
// what is empty, but for the first four.
func (e Event) MarshalJSON() ([]byte, error) {
	form := struct {
		At               string         `json:"at"`
		TookMs           float64        `json:"tookMs"`
		Step             int            `json:"step"`
		Name             string         `json:"name"`
		Op               wire.Operation `json:"op,omitempty"`
		PaymentRequestID string         `json:"paymentRequestId,omitempty"`
		PaymentID        string         `json:"paymentId,omitempty"`
		Error            string         `json:"error,omitempty"`
		Detail           string         `json:"detail,omitempty"`
		Message          *Message       `json:"message,omitempty"`
		Answer           *Message       `json:"answer,omitempty"`
	}{
		At: e.At.Format(time.RFC3339Nano), TookMs: float64(e.Took.Microseconds()) / 1000, Step: e.Step, Name: e.Name,
		Op:               e.Op,
		PaymentRequestID: e.PaymentRequestID, PaymentID: e.PaymentID, Detail: e.Detail, Message: e.Message,
		Answer: e.Answer,
	}
	if e.Err != nil {
		form.Error = said(e.Err)
	}
	return json.Marshal(form)
}

// steps names the steps that the wallet takes.
var steps = map[int]string{
	4:  "Pay order request received and verified",
	5:  "Pay order created",
	6:  "Payment URL generated",
	7:  "Payment URL returned, signed",
	9:  "my.tradePay or my.pay invoked",
	10: "Cashier invoked",
	11: "Pay order information queried",
	12: "Pay order information returned",
	13: "Pay order information shown",
	15: "Pay bill received",
	16: "Pay handled",
	17: "Pay result returned",
	18: "Result called back",
	19: "Pay result notified and acknowledged",
}

// undelivered is the name of a notification that the merchant did not acknowledge.
const undelivered = "Notification not acknowledged"

func (w *Wallet) emit(e Event) {
	if !w.watched() {
		return
	}
	e.At = w.now()
	if e.Name == "" {
		e.Name = steps[e.Step]
	}
	w.observing.Lock()
	defer w.observing.Unlock()
	w.journal.add(e)
	if w.observer != nil {
		w.observer(e)
	}
}

// took sets how long the step took, unless that is known.
func (e *Event) took(start time.Time) {
	if e.Took == 0 {
		e.Took = time.Since(start)
	}
}

// step is the event of a step that concerns p and began at start.
func (p *payment) step(number int, start time.Time) Event {
	return Event{Step: number, Took: time.Since(start), PaymentRequestID: p.requestID, PaymentID: p.id}
}
