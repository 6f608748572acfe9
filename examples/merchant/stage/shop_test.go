package stage_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// fakeShop is a shop with the same API as the real one, in this process and in
// memory: for what a test wants to see of the stage alone. Its memory outlives
// Kill, as a database does.
type fakeShop struct {
	t       testing.TB
	client  *tradepay.Client
	address string
	hold    chan struct{} // until it is closed, Start waits; nil for none

	mu     sync.Mutex
	server *http.Server
	orders map[string]*fakeOrder
	keys   map[string]string // requestKey → id
	starts int
}

type fakeOrder struct {
	ID        string                  `json:"id"`
	State     string                  `json:"state"`
	Amount    tradepay.Amount         `json:"amount"`
	Display   string                  `json:"display"`
	UpdatedAt time.Time               `json:"updatedAt"`
	TradePay  tradepay.TradePayParams `json:"tradePay"`
}

const fakeToken = "session-s3cret"

func newFakeShop(t testing.TB, wallet *tradepaytest.Wallet) *fakeShop {
	client, err := tradepay.NewClient(configtest.With(wallet.Config(), func(conf *tradepay.Config) {
		conf.Retry = tradepay.RetryPolicy{BaseDelay: time.Millisecond}
	}))
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &fakeShop{t: t, client: client, address: listener.Addr().String(), orders: make(map[string]*fakeOrder),
		keys: make(map[string]string)}
	s.serve(listener)
	t.Cleanup(func() { _ = s.Kill() })
	return s
}

func (s *fakeShop) URL() string { return "http://" + s.address }

func (s *fakeShop) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server != nil
}

func (s *fakeShop) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return errors.New("it does not run")
	}
	err := s.server.Close()
	s.server = nil
	return err
}

func (s *fakeShop) Start() error {
	if s.hold != nil {
		<-s.hold
	}
	listener, err := net.Listen("tcp", s.address)
	if err == nil {
		s.serve(listener)
	}
	return err
}

func (s *fakeShop) serve(listener net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/catalogue", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"items": []any{
			map[string]any{"id": "coffee", "name": "Coffee", "price": tradepay.Amount{Currency: "USD", Value: 350},
				"display": "3.50 USD"},
		}})
	})
	mux.HandleFunc("POST /api/login", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]string{"token": fakeToken})
	})
	mux.HandleFunc("POST /api/orders", s.authorized(s.create))
	mux.HandleFunc("GET /api/orders/{id}", s.authorized(s.show))
	mux.HandleFunc("POST /api/orders/{id}/cancel", s.authorized(s.cancel))
	mux.Handle("POST /notify", s.client.NotifyHandler(s.notified))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts++
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	server := s.server
	go func() { _ = server.Serve(listener) }()
}

func (s *fakeShop) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+fakeToken {
			reply(w, http.StatusUnauthorized, map[string]string{"error": "log in"})
			return
		}
		next(w, r)
	}
}

func (s *fakeShop) create(w http.ResponseWriter, r *http.Request) {
	var args struct {
		RequestKey string
		Items      []struct{ Quantity int64 }
	}
	if json.NewDecoder(r.Body).Decode(&args) != nil || len(args.Items) == 0 || args.RequestKey == "" {
		reply(w, http.StatusBadRequest, map[string]string{"error": "items and requestKey are required"})
		return
	}
	s.mu.Lock()
	o := s.orders[s.keys[args.RequestKey]]
	if o == nil {
		amount := tradepay.Amount{Currency: "USD", Value: 350 * args.Items[0].Quantity}
		o = &fakeOrder{ID: "order-" + rand.Text(), State: "created", Amount: amount,
			Display: amount.String(), UpdatedAt: time.Now()}
		s.orders[o.ID], s.keys[args.RequestKey] = o, o.ID
	}
	id, amount := o.ID, o.Amount
	s.mu.Unlock()
	made, err := s.client.CreateOrder(r.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: id, Amount: amount, Title: "Coffee", NotifyURL: s.URL() + "/notify",
	})
	if err != nil {
		reply(w, http.StatusServiceUnavailable, map[string]string{"error": "not known yet"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.State == "created" {
		o.State = "pending"
	}
	o.TradePay = made.TradePay()
	reply(w, http.StatusCreated, o)
}

func (s *fakeShop) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	o := s.orders[r.PathValue("id")]
	open := o != nil && (o.State == "created" || o.State == "pending")
	s.mu.Unlock()
	if o == nil {
		reply(w, http.StatusNotFound, map[string]string{"error": "no such order"})
		return
	}
	if open {
		s.inquire(r.Context(), o.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reply(w, http.StatusOK, o)
}

func (s *fakeShop) inquire(ctx context.Context, id string) {
	at, err := s.client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: id})
	if err == nil {
		s.settle(id, at.Status)
	}
}

func (s *fakeShop) cancel(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if at, err := s.client.CancelOrder(r.Context(), tradepay.OrderRef{PaymentRequestID: id}); err == nil {
		s.settle(id, at.Status)
	}
	s.show(w, r)
}

func (s *fakeShop) notified(_ context.Context, n *tradepay.Notification) error {
	s.mu.Lock()
	o := s.orders[n.PaymentRequestID]
	s.mu.Unlock()
	if o == nil {
		return errors.New("unknown order")
	}
	if err := n.Check(o.ID, o.Amount); err != nil {
		return err
	}
	s.settle(o.ID, n.Status)
	return nil
}

func (s *fakeShop) settle(id string, status tradepay.PaymentStatus) {
	states := map[tradepay.PaymentStatus]string{tradepay.StatusSuccess: "fulfilled", tradepay.StatusFailed: "failed",
		tradepay.StatusCancelled: "cancelled"}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.orders[id]; states[status] != "" && (o.State == "created" || o.State == "pending") {
		o.State, o.UpdatedAt = states[status], time.Now()
	}
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
