package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/orderflow/internal/clock"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// merchantEnv makes a process of this program a merchant. Its configuration
// is the first line of its standard input, whose end ends it.
const merchantEnv = "TRADEPAY_CHAOS_MERCHANT"

// merchantConfig is what a merchant process is told.
type merchantConfig struct {
	Index     int
	Databases []string
	AddAt     time.Time // when the last of several is added
	Wallet    string    // URL
	Notify    string    // URL of the balancer, as the wallet is to call it
	Warehouse string    // URL
	Expiry    time.Duration
	Restored  time.Time     // of the database; zero for never
	Skew      time.Duration // how far the clock of a process other than the first is off
}

// fulfilTimeout is the merchants' Config.FulfilTimeout.
const fulfilTimeout = 5 * time.Second

// lostNotices is a path where notifications are lost.
const lostNotices = "/lost"

// jumps is how often a wrong clock jumps.
const jumps = 7 * time.Second

// machine is the clock of the machine that the process runs on: nil, for a right
// one, in the first process and without Skew; or ahead, behind or right, in turn.
func (m *merchant) machine() func() time.Time {
	if m.Skew == 0 || m.Index == 0 {
		return nil
	}
	return func() time.Time {
		now := time.Now()
		turn := now.UnixMilli()/jumps.Milliseconds() + int64(m.Index)
		return now.Add(time.Duration(turn%3-1) * m.Skew)
	}
}

// flow is what a merchant's server calls.
type flow interface {
	Create(context.Context, *tradepay.CreateOrderRequest) (*orderflow.Order, error)
	Get(ctx context.Context, id string) (*orderflow.Order, error)
	Cancel(ctx context.Context, id string) (*orderflow.Order, error)
	Refund(ctx context.Context, orderID string, req orderflow.RefundRequest) (*orderflow.Refund, error)
	Capture(ctx context.Context, orderID string, req orderflow.CaptureRequest) (*orderflow.Capture, error)
	Void(ctx context.Context, id string) (*orderflow.Order, error)
	NotifyHandler() http.Handler
	Run(context.Context) error
}

// merchant is one process: a shop's server with a flow.
type merchant struct {
	merchantConfig
	flow flow
	http *http.Client
}

// serveMerchant is the main function of a merchant process.
func serveMerchant() error {
	stdin := bufio.NewReader(os.Stdin)
	line, err := stdin.ReadBytes('\n')
	if err != nil {
		return err
	}
	m := &merchant{http: &http.Client{Timeout: 5 * time.Second}}
	if err := json.Unmarshal(line, &m.merchantConfig); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		stop()
	}()
	return m.run(ctx)
}

func (m *merchant) run(ctx context.Context) error {
	client, err := m.client()
	if err != nil {
		return err
	}
	if machine := m.machine(); machine != nil {
		clock.Process = machine
	}
	open := func(ctx context.Context, source string) (*orderflow.Flow, error) { return m.open(ctx, client, source) }
	if len(m.Databases) > 1 {
		m.flow, err = m.shards(ctx, open)
	} else {
		m.flow, err = open(ctx, m.Databases[0])
	}
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /notify", m.flow.NotifyHandler())
	mux.HandleFunc("POST /orders", m.create)
	mux.HandleFunc("POST /cancel", m.cancel)
	mux.HandleFunc("POST /refund", m.refund)
	mux.HandleFunc("POST /capture", m.capture)
	mux.HandleFunc("POST /void", m.void)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with Shutdown
	fmt.Println("ready", listener.Addr())
	err = m.flow.Run(ctx)
	// A connection without a request counts as idle after 5.
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(shutdown))
}

// open makes a flow on a database, whose connections end with the process.
func (m *merchant) open(ctx context.Context, client *tradepay.Client, source string) (*orderflow.Flow, error) {
	db, err := orderflow.Open(ctx, source)
	if err != nil {
		return nil, err
	}
	f, err := orderflow.New(ctx, orderflow.Config{
		Client: client, DB: db, Fulfil: m.fulfil, Fulfilled: m.fulfilled, Restored: m.Restored,
		Expiry: m.Expiry, Late: orderflow.LateRefund,
		// Short, so that orders whose notification was lost come to their end
		// while the chaos lasts.
		Inquiries: orderflow.Inquiries{First: 2 * time.Second, Longest: 10 * time.Second, Grace: 3 * time.Second,
			Reserved: 5 * time.Second, LastLook: 15 * time.Second},
		FulfilTimeout: fulfilTimeout, StopTimeout: 3 * time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return f, nil
}

// client is the SDK's client. Every test wallet knows the same merchant and
// has the same keys: one that is closed at once tells them.
func (m *merchant) client() (*tradepay.Client, error) {
	w := tradepaytest.NewWallet()
	config := w.Config()
	w.Close()
	config.BaseURL = m.Wallet
	config.ConfirmOrders = true // one process cannot know which answers another has seen
	config.Retry = tradepay.RetryPolicy{
		BaseDelay: 20 * time.Millisecond, MaxDelay: 500 * time.Millisecond, AttemptTimeout: attemptTimeout,
		MaxRetryAfter: time.Second,
	}
	return tradepay.NewClient(config)
}

// fulfil writes the shipment, without a constraint that would hide a second
// one, and tells the warehouse.
func (m *merchant) fulfil(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id, process, attempt, amount)
		VALUES ($1, $2, $3, $4)`, f.Order.ID, m.Index, f.Attempt, f.Amount.Value)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Warehouse, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Idempotency-Key", f.Key)
	req.Header.Set("Order", f.Order.ID)
	req.Header.Set("Process", strconv.Itoa(m.Index))
	res, err := m.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the warehouse answered %s", res.Status)
	}
	if res.Header.Get(hangHeader) != "" {
		time.Sleep(fulfilTimeout + 2*time.Second) // heeds no context, and ends well
	}
	return nil
}

// fulfilled asks the warehouse, which no restore of the database touches.
func (m *merchant) fulfilled(ctx context.Context, f orderflow.Fulfilment) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.Warehouse, http.NoBody)
	if err != nil {
		return false, err
	}
	req.Header.Set("Idempotency-Key", f.Key)
	res, err := m.http.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound:
		return false, nil
	}
	return false, fmt.Errorf("the warehouse answered %s", res.Status)
}

// wish is what a buyer, or the merchant's own staff, asks of the shop.
type wish struct {
	ID      string        `json:"id"`
	Amount  int64         `json:"amount,omitempty"`  // of the order or the refund
	Expiry  time.Duration `json:"expiry,omitempty"`  // 0 for the shop's own
	Refund  string        `json:"refund,omitempty"`  // the refund's id
	Reserve bool          `json:"reserve,omitempty"` // the amount, instead of charging it
	Capture string        `json:"capture,omitempty"` // the capture's id
	Partial bool          `json:"partial,omitempty"` // more captures follow
	// Unnotified: every notification about the order is lost.
	Unnotified bool `json:"unnotified,omitempty"`
}

// reply is how an order stands.
type reply struct {
	State orderflow.State `json:"state"`
	URL   string          `json:"url,omitempty"`
	// Refused: the order's state, or what the wallet said, does not allow it.
	Refused bool `json:"refused,omitempty"`
	// Unknown: there is no such order, because a restore has lost it.
	Unknown bool   `json:"unknown,omitempty"`
	Error   string `json:"error,omitempty"`
}

func (m *merchant) create(w http.ResponseWriter, r *http.Request) {
	var wish wish
	if !read(w, r, &wish) {
		return
	}
	req := &tradepay.CreateOrderRequest{PaymentRequestID: wish.ID, Title: "Chaos", NotifyURL: m.Notify,
		Authorize: wish.Reserve, Amount: tradepay.Amount{Currency: "USD", Value: wish.Amount}}
	if wish.Unnotified {
		req.NotifyURL += lostNotices
	}
	if wish.Expiry > 0 {
		req.ExpiresAt = time.Now().Add(wish.Expiry)
	}
	o, err := m.flow.Create(r.Context(), req)
	m.reply(w, o, err)
}

func (m *merchant) cancel(w http.ResponseWriter, r *http.Request) {
	var wish wish
	if read(w, r, &wish) {
		o, err := m.flow.Cancel(r.Context(), wish.ID)
		m.reply(w, o, err)
	}
}

func (m *merchant) refund(w http.ResponseWriter, r *http.Request) {
	var wish wish
	if !read(w, r, &wish) {
		return
	}
	amount := tradepay.Amount{Currency: "USD", Value: wish.Amount}
	_, err := m.flow.Refund(r.Context(), wish.ID,
		orderflow.RefundRequest{ID: wish.Refund, Amount: amount, Reason: "chaos"})
	m.replyWith(w, r, wish.ID, err)
}

func (m *merchant) capture(w http.ResponseWriter, r *http.Request) {
	var wish wish
	if !read(w, r, &wish) {
		return
	}
	req := orderflow.CaptureRequest{ID: wish.Capture, Partial: wish.Partial}
	if wish.Amount > 0 { // otherwise all that is reserved
		req.Amount = tradepay.Amount{Currency: "USD", Value: wish.Amount}
	}
	_, err := m.flow.Capture(r.Context(), wish.ID, req)
	m.replyWith(w, r, wish.ID, err)
}

func (m *merchant) void(w http.ResponseWriter, r *http.Request) {
	var wish wish
	if read(w, r, &wish) {
		o, err := m.flow.Void(r.Context(), wish.ID)
		m.reply(w, o, err)
	}
}

// replyWith is reply with the order as it is now.
func (m *merchant) replyWith(w http.ResponseWriter, r *http.Request, id string, err error) {
	o, getErr := m.flow.Get(r.Context(), id)
	if getErr != nil {
		o, err = nil, errors.Join(err, getErr)
	}
	m.reply(w, o, err)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(into)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

// reply answers 503 if it is not certain that the wish was stored: whoever
// asked has to ask again.
func (m *merchant) reply(w http.ResponseWriter, o *orderflow.Order, err error) {
	var answer reply
	if err != nil {
		answer.Error = err.Error()
	}
	answer.Unknown = errors.Is(err, orderflow.ErrNotFound)
	known := o != nil || answer.Unknown || errors.Is(err, orderflow.ErrTransition)
	if !known || errors.Is(err, orderflow.ErrDatabase) {
		w.WriteHeader(http.StatusServiceUnavailable)
	} else if o != nil {
		answer.State, answer.URL = o.State, o.PaymentURL
	}
	answer.Refused = errors.Is(err, orderflow.ErrTransition)
	_ = json.NewEncoder(w).Encode(answer)
}
