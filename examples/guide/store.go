package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
)

// errNoOrder says that the store has no such order.
var errNoOrder = errors.New("no such order")

// shop sells what its price function knows.
type shop struct {
	client    *tradepay.Client
	orders    store
	sessions  *sessions
	price     func(buyer, cart string) (lines []string, title string, price tradepay.Amount, ok bool)
	publicURL string // as the wallet reaches it
	now       func() time.Time
}

// memory is a store for a demonstration: it forgets everything when the
// process ends, which a shop must not. Its conditions are the WHERE clauses of
// a real one, its mutex is their transaction.
type memory struct {
	mu      sync.Mutex
	byID    map[string]order
	byCart  map[string]string
	shipped []order // as they were when they were queued for shipping
}

func newMemory() *memory {
	return &memory{byID: make(map[string]order), byCart: make(map[string]string)}
}

// Insert implements store.
func (m *memory) Insert(_ context.Context, o order) (order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, ok := m.byCart[o.Cart]; ok {
		return m.byID[id], nil
	}
	m.byCart[o.Cart] = o.Request.PaymentRequestID
	m.byID[o.Request.PaymentRequestID] = o
	return o, nil
}

// Find implements store.
func (m *memory) Find(_ context.Context, id string) (order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.byID[id]
	if !ok {
		return order{}, errNoOrder
	}
	return o, nil
}

// Open implements store.
func (m *memory) Open(context.Context) ([]order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []order
	for _, o := range m.byID {
		if o.State == open {
			found = append(found, o)
		}
	}
	return found, nil
}

// Offer implements store.
func (m *memory) Offer(_ context.Context, id string, cashier tradepay.TradePayParams) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.byID[id]; o.State == open {
		o.Cashier = cashier
		m.byID[id] = o
	}
	return nil
}

// Pay implements store.
func (m *memory) Pay(_ context.Context, id, paymentID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch m.byID[id].State {
	case open:
		m.set(id, paid)
		m.shipped = append(m.shipped, m.byID[id])
		slog.Info("paid", "order", id, "payment", paymentID)
	case closed: // the money came after all: ship or refund, a person decides
		m.set(id, held)
		slog.Error("paid after it was closed", "order", id, "payment", paymentID)
	case paid, held:
	}
	return nil
}

// Close implements store.
func (m *memory) Close(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byID[id].State == open {
		m.set(id, closed)
	}
	return nil
}

// Hold implements store.
func (m *memory) Hold(_ context.Context, id string, why error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.byID[id].State; s == open || s == closed { // closed: money came all the same
		m.set(id, held)
		slog.Error("held for a person", "order", id, "error", why)
	}
	return nil
}

// queue returns the orders that were queued for shipping.
func (m *memory) queue() []order {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.shipped)
}

func (m *memory) set(id string, to state) {
	o := m.byID[id]
	o.State = to
	m.byID[id] = o
}

// sessions are those of the mini program with this server.
type sessions struct {
	mu    sync.Mutex
	users map[string]string
}

// start begins a session of a user and returns its secret.
func (s *sessions) start(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil {
		s.users = make(map[string]string)
	}
	session := rand.Text()
	s.users[session] = user
	return session
}

// user returns whose session it is.
func (s *sessions) user(session string) (user string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, ok = s.users[session]
	return user, ok
}
