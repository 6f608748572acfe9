package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// The declarations below stand in docs/payment-guide.md, and in Spanish in
// docs/guia-de-pago.es.md. Tests keep all three in step.

// production is the configuration for a real wallet, from the environment.
func production() (tradepay.Config, error) {
	private, err := tradepay.ParsePrivateKey([]byte(os.Getenv("TRADEPAY_PRIVATE_KEY")))
	if err != nil {
		return tradepay.Config{}, fmt.Errorf("TRADEPAY_PRIVATE_KEY, your own: %w", err)
	}
	public, err := tradepay.ParsePublicKey([]byte(os.Getenv("TRADEPAY_WALLET_KEY")))
	if err != nil {
		return tradepay.Config{}, fmt.Errorf("TRADEPAY_WALLET_KEY, the wallet's: %w", err)
	}
	return tradepay.Config{
		Wallet:     wallets.PlatformV1(), // or PlatformV2, or your wallet's from package wallets
		BaseURL:    os.Getenv("TRADEPAY_BASE_URL"),
		ClientID:   os.Getenv("TRADEPAY_CLIENT_ID"),
		AppID:      os.Getenv("TRADEPAY_APP_ID"),
		PartnerID:  os.Getenv("TRADEPAY_PARTNER_ID"), // only v1 wallets want it
		PrivateKey: private,
		KeyVersion: "1",
		WalletKeys: map[string]*rsa.PublicKey{"1": public},
	}, nil
}

// order is one sale: a row of your database.
type order struct {
	Cart    string                      // unique: one cart, one order
	Buyer   string                      // whose it is
	Lines   []string                    // what is paid for, and so shipped: the cart may change
	Request tradepay.CreateOrderRequest // to be repeated unchanged; its PaymentRequestID is the key of the row
	Cashier tradepay.TradePayParams     // what opens the cashier; empty until the wallet has given it
	State   state
}

// state is what you know of the money.
type state string

const (
	open   state = "open"   // not known to be paid, and not known to have failed
	paid   state = "paid"   // proven: ship
	closed state = "closed" // proven: this id will not be paid
	held   state = "held"   // contradictory: for a person
)

// store is your database. Each method is one transaction.
type store interface {
	// Insert keeps a new order. If the cart has one already, it returns that.
	Insert(context.Context, order) (order, error)
	Find(ctx context.Context, id string) (order, error)
	Open(context.Context) ([]order, error)
	// Offer keeps what opens the cashier for an open order, and touches no other.
	Offer(ctx context.Context, id string, cashier tradepay.TradePayParams) error
	// Pay makes an open order paid and queues its Lines for shipping in the same
	// transaction. A paid order stays as it is; a closed one becomes held.
	Pay(ctx context.Context, id, paymentID string) error
	// Close makes an open order closed, and touches no other.
	Close(ctx context.Context, id string) error
	// Hold makes an open or a closed order held, and touches no other.
	Hold(ctx context.Context, id string, why error) error
}

// at is the client for the wallet that the mini program runs in. v1 wallets
// demand its name with every call, inquiries included.
func (s *shop) at(siteName string) *tradepay.Client {
	if siteName == "" {
		return s.client
	}
	return s.client.ForSite(siteName)
}

// login exchanges the code of my.getAuthCode for the user's id. The wallet's
// tokens stay here; the mini program gets a session of your own.
func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ AuthCode, SiteName string }
	if !decode(w, r, &in) {
		return
	}
	token, err := s.at(in.SiteName).ApplyToken(r.Context(), &tradepay.ApplyTokenRequest{AuthCode: in.AuthCode})
	if err != nil {
		http.Error(w, "ask for a new code", http.StatusUnauthorized) // a code is good for one use
		return
	}
	if token.UserID == "" { // your wallet may tell it by UserInfo only; without it, all would be one buyer
		http.Error(w, "the wallet does not say who this is", http.StatusBadGateway)
		return
	}
	answer(w, http.StatusOK, map[string]string{"session": s.sessions.start(token.UserID)})
}

// create turns a cart into a payment: steps 3 to 8.
func (s *shop) create(w http.ResponseWriter, r *http.Request) {
	buyer, ok := s.sessions.user(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if !ok {
		http.Error(w, "log in first", http.StatusUnauthorized)
		return
	}
	var in struct{ Cart, SiteName string }
	if !decode(w, r, &in) {
		return
	}
	lines, title, price, ok := s.price(buyer, in.Cart) // from your catalogue, never from the phone
	if !ok {
		http.Error(w, "no such cart", http.StatusNotFound)
		return
	}
	o, err := s.orders.Insert(r.Context(), order{ // step 3: stored before anything is sent
		Cart: in.Cart, Buyer: buyer, Lines: lines, State: open,
		Request: tradepay.CreateOrderRequest{
			PaymentRequestID: "order-" + rand.Text(), // new for a new cart only
			Amount:           price,
			Title:            title,
			SiteName:         in.SiteName, // v1 wallets demand it
			NotifyURL:        s.publicURL + "/notify",
			ExpiresAt:        time.Now().Add(15 * time.Minute).UTC().Truncate(time.Second),
			Order:            tradepay.OrderDetails{Buyer: tradepay.Buyer{ID: buyer}},
		},
	})
	if err != nil || o.Buyer != buyer {
		http.Error(w, "not stored, try again", http.StatusServiceUnavailable)
		return
	}
	id := o.Request.PaymentRequestID
	if o.State != open { // the phone asked twice, and it is decided
		answer(w, http.StatusOK, map[string]any{"order": id, "state": o.State})
		return
	}
	if o.Cashier != (tradepay.TradePayParams{}) { // asked twice: some wallets give out a URL only once
		answer(w, http.StatusOK, map[string]any{"order": id, "state": open, "tradePay": o.Cashier})
		return
	}
	// A phone that hangs up must not cut the call short, and my.request waits 30 s.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 20*time.Second)
	defer cancel()
	payment, err := s.at(o.Request.SiteName).CreateOrder(ctx, &o.Request) // steps 4 to 7
	if err == nil {
		err = s.orders.Offer(ctx, id, payment.TradePay()) // stored before anybody sees it
	}
	switch {
	case err == nil: // step 8
		answer(w, http.StatusOK, map[string]any{"order": id, "state": open, "tradePay": payment.TradePay()})
	case errors.Is(err, tradepay.ErrRejected): // final for this id
		if err := s.orders.Close(ctx, id); err != nil {
			slog.Error("not closed", "order", id, "error", err)
		}
		answer(w, http.StatusOK, map[string]any{"order": id, "state": closed})
	default: // unknown, or yours to fix: neither paid nor failed
		slog.Error("no payment URL yet", "order", id, "error", err)
		answer(w, http.StatusAccepted, map[string]any{"order": id, "state": open})
	}
}

// notified takes in step 19. The SDK has verified the signature.
func (s *shop) notified(ctx context.Context, n *tradepay.Notification) error {
	if n.Kind != tradepay.NotificationPayment {
		slog.Info("another kind of notification", "kind", n.Kind, "order", n.PaymentRequestID)
		return nil
	}
	o, err := s.orders.Find(ctx, n.PaymentRequestID)
	if err != nil {
		return err // answered with a signed U: the wallet sends it again
	}
	id := o.Request.PaymentRequestID
	return s.settle(ctx, id, n.PaymentID, n.Status, n.CheckPaid(id, o.Request.Amount))
}

// settle is the only way to paid. It returns nil once the outcome is stored.
func (s *shop) settle(ctx context.Context, id, paymentID string, seen tradepay.PaymentStatus, unpaid error) error {
	switch {
	case unpaid == nil: // SUCCESS, this order, this amount, and all of it stays
		return s.orders.Pay(ctx, id, paymentID)
	case seen == tradepay.StatusSuccess: // paid, but not what you sold, or given back since
		return s.orders.Hold(ctx, id, unpaid)
	case seen.Final(): // FAIL or CANCELLED
		return s.orders.Close(ctx, id)
	}
	return nil // not decided
}

// ask asks the wallet about an order that is still open.
func (s *shop) ask(ctx context.Context, o order) error {
	id := o.Request.PaymentRequestID
	seen, err := s.at(o.Request.SiteName).QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: id})
	switch {
	case err == nil:
		return s.settle(ctx, id, seen.PaymentID, seen.Status, seen.CheckPaid(id, o.Request.Amount))
	case errors.Is(err, tradepay.ErrOrderNotFound) && s.now().After(o.Request.ExpiresAt.Add(time.Hour)):
		return s.orders.Close(ctx, id) // it never got there, and cannot be paid anymore
	}
	return err // not known: the order stays open
}

// show answers step 20 with what the server knows.
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	buyer, ok := s.sessions.user(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	o, err := s.orders.Find(r.Context(), r.PathValue("id"))
	if !ok || err != nil || o.Buyer != buyer { // another buyer's order does not exist
		http.NotFound(w, r)
		return
	}
	if o.State == open {
		if err := s.ask(r.Context(), o); err != nil {
			slog.Warn("not known yet", "order", o.Request.PaymentRequestID, "error", err)
		}
		if again, err := s.orders.Find(r.Context(), o.Request.PaymentRequestID); err == nil {
			o = again
		}
	}
	answer(w, http.StatusOK, map[string]any{"order": o.Request.PaymentRequestID, "state": o.State})
}

// reconcile asks about everything that is still open. Run it every minute.
func (s *shop) reconcile(ctx context.Context) error {
	undecided, err := s.orders.Open(ctx)
	if err != nil {
		return err
	}
	for _, o := range undecided {
		if err := s.ask(ctx, o); err != nil {
			slog.Warn("not known yet", "order", o.Request.PaymentRequestID, "error", err)
		}
	}
	return ctx.Err()
}

// routes are the paths that the mini program and the wallet call.
func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /orders", s.create)
	mux.HandleFunc("GET /orders/{id}", s.show)
	mux.Handle("/notify", s.client.NotifyHandler(s.notified)) // nothing before it may touch the body
	return mux
}

// decode reads a small JSON body, or answers 400.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(into)
	if err != nil {
		http.Error(w, "the body is not what was expected", http.StatusBadRequest)
	}
	return err == nil
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.Warn("answer not written", "error", err)
	}
}
