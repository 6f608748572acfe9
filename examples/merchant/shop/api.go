package shop

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// The mini program's API: what my.request calls. There is no way to tell the
// server that something was paid.

// orderJSON is what the phone may know about an order.
type orderJSON struct {
	ID       string           `json:"id"`
	State    orderflow.State  `json:"state"`
	Text     string           `json:"text"` // the state, in the user's language
	Open     bool             `json:"open"` // ask again: something is still to come
	Title    string           `json:"title"`
	Amount   tradepay.Amount  `json:"amount"`
	Display  string           `json:"display"`
	Refunded *tradepay.Amount `json:"refunded,omitempty"`
	// TradePay is there while the order can be paid in the cashier, which the call
	// of my that is named Cashier opens with it.
	TradePay  *tradepay.TradePayParams `json:"tradePay,omitempty"`
	Cashier   string                   `json:"cashier,omitempty"`
	CreatedAt time.Time                `json:"createdAt"`
	UpdatedAt time.Time                `json:"updatedAt"`
	ExpiresAt time.Time                `json:"expiresAt"`
	Page      string                   `json:"page"` // the result page, for a web view
}

func (s *Shop) orderJSON(kept *placed, o *orderflow.Order, lang string) orderJSON {
	j := orderJSON{
		ID: o.ID, State: o.State, Text: texts[lang]["state."+string(o.State)], Open: unfinished(o.State),
		Title: o.Title, Amount: o.Amount, Display: o.Amount.String(),
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, ExpiresAt: o.ExpiresAt, Page: kept.page(),
	}
	if o.Refunded.Value > 0 {
		j.Refunded = &o.Refunded
	}
	params := o.TradePay()
	payable := o.State == orderflow.StatePending && s.now().Before(o.ExpiresAt)
	if payable && params != (tradepay.TradePayParams{}) {
		j.TradePay = &params
		j.Cashier = cmp.Or(s.client.Wallet().Routes.CashierJSAPI, "tradePay")
	}
	return j
}

// unfinished reports whether the state is about to change by itself.
func unfinished(s orderflow.State) bool {
	return s.Open() || s == orderflow.StateSettling || s == orderflow.StatePaid ||
		s == orderflow.StateRefunding
}

func (s *Shop) apiCatalogue(w http.ResponseWriter, r *http.Request) error {
	type itemJSON struct {
		ID      string          `json:"id"`
		Name    string          `json:"name"`
		Price   tradepay.Amount `json:"price"`
		Display string          `json:"display"`
	}
	items := make([]itemJSON, len(s.catalogue))
	for i, item := range s.catalogue {
		items[i] = itemJSON{item.ID, item.Name(s.languageOf(r)), item.Price, item.Price.String()}
	}
	return writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

func (s *Shop) apiLogin(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		AuthCode string `json:"authCode"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.AuthCode == "" {
		return errBadRequest
	}
	from := s.caller(r)
	if !s.logins.take(s.now(), from) {
		return errTooMany
	}
	token, err := s.loginCustomer(r.Context(), in.AuthCode)
	if errors.Is(err, tradepay.ErrRejected) || errors.Is(err, tradepay.ErrInvalidRequest) {
		return errUnauthorized // the code is wrong, or used up
	}
	s.logins.giveBack(from)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]string{"token": token})
}

// Names that a phone gives. They are stored, and the site name is sent on.
var (
	isRequestKey = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`).MatchString
	isSiteName   = regexp.MustCompile(`^[A-Za-z0-9_. -]{0,64}$`).MatchString
)

func (s *Shop) apiCreate(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	var in struct {
		Items      []wanted `json:"items"`
		SiteName   string   `json:"siteName"`
		RequestKey string   `json:"requestKey"`
		PayBy      string   `json:"payBy"` // "agreement", "reserve", or "" for the cashier
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	byAgreement, reserved := in.PayBy == "agreement", in.PayBy == "reserve"
	isKnownWay := in.PayBy == "" || byAgreement || reserved
	if !isRequestKey(in.RequestKey) || !isSiteName(in.SiteName) || !isKnownWay {
		return errBadRequest
	}
	kept, o, err := s.order(r.Context(), placed{customer: customer, requestKey: in.RequestKey,
		siteName: in.SiteName, byAgreement: byAgreement, reserved: reserved}, in.Items, s.languageOf(r))
	if err != nil { // the order may be stored: the same request key finds it again
		return err
	}
	return writeJSON(w, http.StatusCreated, s.orderJSON(kept, o, s.languageOf(r)))
}

func (s *Shop) apiGet(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.own(r)
	if err != nil {
		return err
	}
	o, err := s.flow.Get(r.Context(), kept.id)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, s.orderJSON(kept, o, s.languageOf(r)))
}

func (s *Shop) apiCancel(w http.ResponseWriter, r *http.Request) error {
	kept, err := s.own(r)
	if err != nil {
		return err
	}
	o, err := s.flow.Cancel(r.Context(), kept.id)
	if err != nil && (o == nil || !undecided(err)) {
		return err
	}
	// Undecided: the wish is stored and repeated until the wallet answers.
	return writeJSON(w, http.StatusOK, s.orderJSON(kept, o, s.languageOf(r)))
}

// undecided reports whether the wallet has not said its final word. orderflow
// goes on asking; nothing is to be repeated or made good by hand.
func undecided(err error) bool {
	return errors.Is(err, tradepay.ErrOutcomeUnknown) || errors.Is(err, tradepay.ErrOrderNotFound)
}

func (s *Shop) apiList(w http.ResponseWriter, r *http.Request) error {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return err
	}
	history, err := s.ordersOf(r.Context(), customer, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	out := struct {
		Orders []orderJSON `json:"orders"`
		Next   string      `json:"next,omitempty"` // for ?after=
	}{Orders: []orderJSON{}}
	for _, kept := range history {
		o, err := s.flow.Get(r.Context(), kept.id)
		if errors.Is(err, orderflow.ErrNotFound) {
			continue // this process died between the two; nothing was sent
		}
		if err != nil {
			return err
		}
		out.Orders = append(out.Orders, s.orderJSON(kept, o, s.languageOf(r)))
	}
	if len(history) == historyPage {
		out.Next = history[len(history)-1].id
	}
	return writeJSON(w, http.StatusOK, out)
}

// own returns the order of the path, if it is the caller's.
func (s *Shop) own(r *http.Request) (*placed, error) {
	customer, err := s.session(r.Context(), roleCustomer, bearer(r))
	if err != nil {
		return nil, err
	}
	return s.find(r.Context(), r.PathValue("id"), customer)
}

// api turns a handler's error into {"error": {"code", "message"}}.
func (s *Shop) api(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if err == nil {
			return
		}
		p := s.problem(r, err)
		if p.retryAfter != "" {
			w.Header().Set("Retry-After", p.retryAfter)
		}
		if p.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		_ = writeJSON(w, p.status, map[string]any{"error": map[string]string{
			"code": p.code, "message": texts[s.languageOf(r)]["error."+p.code],
		}})
	})
}

// readJSON reads a body of ours. Members that are not known are ignored: a
// price, say.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into); err != nil {
		return errBadRequest
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // who is gone does not read it
	return nil
}
