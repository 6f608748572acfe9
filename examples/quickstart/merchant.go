package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
)

// merchant is the mini program's server: the part that you write. It keeps
// orders in memory; a real one keeps them in a database.
type merchant struct {
	url    string
	client *tradepay.Client
	http   *http.Server
	steps  *recorder

	mu     sync.Mutex
	orders map[string]*order
}

// order is what the mini program may see of an order.
type order struct {
	ID     string                 `json:"id"`
	Title  string                 `json:"title"`
	Amount tradepay.Amount        `json:"amount"`
	Status tradepay.PaymentStatus `json:"status"`
}

// created is the answer to the mini program: the order and what my.tradePay
// takes.
type created struct {
	Order    order                   `json:"order"`
	TradePay tradepay.TradePayParams `json:"tradePay"`
}

func newMerchant(ctx context.Context, config tradepay.Config, steps *recorder) (*merchant, error) {
	client, err := tradepay.NewClient(config)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &merchant{url: "http://" + listener.Addr().String(), client: client, steps: steps,
		orders: make(map[string]*order)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", m.create)
	mux.HandleFunc("GET /orders/{id}", m.show)
	mux.Handle("POST /notify", client.NotifyHandler(m.notified))
	m.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	go func() { _ = m.http.Serve(listener) }() // ends with close
	return m, nil
}

func (m *merchant) close() { _ = m.http.Close() }

// catalogue holds the prices. They come from here, never from the phone.
var catalogue = map[string]order{
	"coffee": {Title: "Two coffees", Amount: tradepay.Amount{Currency: "USD", Value: 1050}},
}

// create makes the order here, then at the wallet: steps 2 to 8.
func (m *merchant) create(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	o, ok := catalogue[r.FormValue("product")]
	if !ok {
		http.Error(w, "unknown product", http.StatusNotFound)
		return
	}
	o.ID, o.Status = "order-"+rand.Text(), tradepay.StatusProcessing
	_ = m.steps.took(2, start, o.Title+", "+o.Amount.String(), nil)

	start = time.Now()
	m.store(o) // before a byte goes to the wallet
	_ = m.steps.took(3, start, "stored before anything is sent", m.isStored(o.ID))

	start = time.Now()
	paid, err := m.client.CreateOrder(r.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: o.ID, Amount: o.Amount, Title: o.Title, NotifyURL: m.url + "/notify",
	})
	if err == nil && paid.PaymentURL == "" {
		err = errors.New("no payment URL")
	}
	err = m.steps.took(7, start, "signature verified by the SDK", err)
	switch {
	case errors.Is(err, tradepay.ErrOutcomeUnknown): // it may exist: the order stays, under its id
		http.Error(w, o.ID+" is not known yet, ask again", http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, o.ID+" was not taken", http.StatusBadGateway)
		return
	}
	answer(w, created{Order: o, TradePay: paid.TradePay()})
}

// notified takes in a verified notification: step 19. A real merchant commits
// it to its database before it returns nil.
func (m *merchant) notified(_ context.Context, n *tradepay.Notification) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.orders[n.PaymentRequestID]
	if !ok {
		return errors.New("unknown order")
	}
	if err := n.Check(o.ID, o.Amount); err != nil {
		return err // somebody paid one cent
	}
	if !o.Status.Final() { // it may come twice, or late
		o.Status = n.Status
	}
	m.steps.believe()
	return nil
}

// show answers the mini program with what the wallet says, never with what
// my.tradePay called back: step 20.
func (m *merchant) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if m.isStored(id) != nil {
		http.NotFound(w, r)
		return
	}
	at, err := m.client.QueryOrder(r.Context(), tradepay.OrderRef{PaymentRequestID: id})
	if err != nil {
		http.Error(w, "not known yet", http.StatusBadGateway)
		return
	}
	m.mu.Lock()
	o := *m.orders[id]
	m.mu.Unlock()
	if err := at.Check(o.ID, o.Amount); err != nil {
		http.Error(w, "does not match", http.StatusConflict)
		return
	}
	o.Status = at.Status
	answer(w, o)
}

func (m *merchant) store(o order) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders[o.ID] = &o
}

func (m *merchant) isStored(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.orders[id] == nil {
		return errors.New("order is not stored")
	}
	return nil
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
