package tradepaytest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wire"
)

// deliveryAnswer is a [Delivery] in the control API.
type deliveryAnswer struct {
	Number           int            `json:"number"`
	At               time.Time      `json:"at"`
	Operation        wire.Operation `json:"operation"`
	PaymentID        string         `json:"paymentId"`
	PaymentRequestID string         `json:"paymentRequestId"`
	Attempt          int            `json:"attempt"`
	HTTPStatus       int            `json:"httpStatus,omitempty"`
	Acknowledged     bool           `json:"acknowledged"`
	Error            string         `json:"error,omitempty"`
}

func (d Delivery) answer(number int) deliveryAnswer {
	return deliveryAnswer{number, d.At, d.Op, d.PaymentID, d.PaymentRequestID, d.Attempt, d.HTTPStatus,
		d.Acknowledged, d.Error}
}

func controlListDeliveries(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	query := r.URL.Query()
	after, err := readNumber(r, "after")
	if err != nil {
		return nil, err
	}
	name, acknowledged := query.Get("payment"), query.Get("acknowledged")
	if _, err := strconv.ParseBool(acknowledged); acknowledged != "" && err != nil {
		return nil, badRequest("acknowledged must be true or false")
	}
	wanted := func(d Delivery) bool {
		named := name == "" || name == d.PaymentID || name == d.PaymentRequestID
		return named && (acknowledged == "" || acknowledged == strconv.FormatBool(d.Acknowledged))
	}
	list := []deliveryAnswer{}
	err = w.awaiting(rw, r, func() (bool, <-chan struct{}) {
		w.mu.Lock()
		defer w.mu.Unlock()
		first := w.delivered - len(w.deliveries) + 1
		list = list[:0]
		for i, d := range w.deliveries {
			if number := first + i; number > after && wanted(d) {
				list = append(list, d.answer(number))
			}
		}
		return len(list) > 0, w.news
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"deliveries": list}, nil
}

// controlResend sends the notification of a payment once more, and answers with how that
// went.
func controlResend(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Payment string `json:"payment"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	patient(rw, time.Minute)
	n, err := w.finalNotice(body.Payment)
	if err != nil {
		return nil, err
	}
	err = w.sendNow(n)
	d, number := w.latestDelivery(n)
	if number == 0 { // suspended, or reset meanwhile
		return nil, &problem{http.StatusConflict, said(err)}
	}
	return d.answer(number), nil
}

// latestDelivery returns the latest attempt to deliver n, with its number; 0 if there is
// none.
func (w *Wallet) latestDelivery(n *notice) (d Delivery, number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.deliveries) - 1; i >= 0; i-- {
		if d = w.deliveries[i]; d.PaymentID == n.of.id && d.Attempt == n.attempt {
			return d, w.delivered - len(w.deliveries) + 1 + i
		}
	}
	return d, 0
}

func controlSuspendDeliveries(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	w.SuspendDeliveries()
	return map[string]bool{"suspended": true}, nil
}

func controlResumeDeliveries(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	w.ResumeDeliveries()
	return map[string]bool{"suspended": false}, nil
}

// refusalAnswer is a [Rejection] in the control API.
type refusalAnswer struct {
	At        time.Time       `json:"at"`
	Operation wire.Operation  `json:"operation,omitempty"`
	Code      string          `json:"code"`
	Why       string          `json:"why"`
	Diagnosis *doctor.Finding `json:"diagnosis,omitempty"`
}

func controlListRefusals(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	list := []refusalAnswer{}
	for _, r := range w.Rejections() {
		list = append(list, refusalAnswer{r.At, r.Op, r.Code, r.Why, r.Diagnosis})
	}
	return map[string]any{"refusals": list}, nil
}
