package tradepaytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MarshalJSON writes the step with its number.
func (e entry) MarshalJSON() ([]byte, error) {
	step, err := json.Marshal(e.Event)
	if err != nil {
		return nil, err
	}
	return append([]byte(`{"number":`+strconv.Itoa(e.number)+","), step[1:]...), nil
}

// controlGetJournal answers with steps in JSON or, where the Accept header names
// text/event-stream, with those and all further ones as server-sent events.
func controlGetJournal(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	if w.journal == nil {
		return nil, &problem{http.StatusConflict, "this wallet keeps no journal"}
	}
	after, err := readNumber(r, "after")
	if err != nil {
		return nil, err
	}
	payment := r.URL.Query().Get("payment")
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		if id, err := strconv.Atoi(r.Header.Get("Last-Event-ID")); err == nil {
			after = id
		}
		w.streamJournal(rw, r, after, payment)
		return nil, nil
	}
	list := []entry{}
	err = w.awaiting(rw, r, func() (bool, <-chan struct{}) {
		later, news := w.journal.after(after)
		list = ofPaymentNamed(later, payment)
		return len(list) > 0, news
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"events": list}, nil
}

func ofPaymentNamed(entries []entry, payment string) []entry {
	list := []entry{}
	for _, e := range entries {
		if payment == "" || payment == e.PaymentID || payment == e.PaymentRequestID {
			list = append(list, e)
		}
	}
	return list
}

// heartbeat is how often a stream without steps shows that it lives.
const heartbeat = 15 * time.Second

func (w *Wallet) streamJournal(rw http.ResponseWriter, r *http.Request, after int, payment string) {
	control := http.NewResponseController(rw)
	patient(rw, 24*time.Hour)
	noStore(rw)
	rw.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprint(rw, ": the journal of the test wallet\n\n")
	_ = control.Flush()
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		later, news := w.journal.after(after)
		for _, e := range later {
			after = e.number
		}
		for _, e := range ofPaymentNamed(later, payment) {
			data, err := json.Marshal(e)
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(rw, "id: %d\nevent: step\ndata: %s\n\n", e.number, data)
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-news:
		case <-alive.C:
			_, _ = fmt.Fprint(rw, ": alive\n\n")
		case <-r.Context().Done():
			return
		case <-w.stopped.Done():
			return
		}
	}
}
