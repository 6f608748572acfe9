package tradepaytest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
)

// paymentAnswer is a [Payment] in the control API.
type paymentAnswer struct {
	PaymentID        string                 `json:"paymentId"`
	PaymentRequestID string                 `json:"paymentRequestId"`
	PaymentURL       string                 `json:"paymentUrl,omitempty"`
	Payee            string                 `json:"payee"`
	Title            string                 `json:"title,omitempty"`
	Amount           tradepay.Amount        `json:"amount"`
	Status           tradepay.PaymentStatus `json:"status"`
	FailReason       string                 `json:"failReason,omitempty"`
	Captured         tradepay.Amount        `json:"captured"`
	Voided           tradepay.Amount        `json:"voided"`
	Refunded         tradepay.Amount        `json:"refunded"`
	Charges          int                    `json:"charges"`
	CreatedAt        time.Time              `json:"createdAt"`
	ExpiresAt        time.Time              `json:"expiresAt"`
	PaidAt           time.Time              `json:"paidAt,omitzero"`
	AuthExpiresAt    time.Time              `json:"authExpiresAt,omitzero"`
	NotifyURL        string                 `json:"notifyUrl,omitempty"`
	Notified         bool                   `json:"notified"`
}

func (p Payment) answer() paymentAnswer {
	return paymentAnswer{
		PaymentID: p.PaymentID, PaymentRequestID: p.PaymentRequestID, PaymentURL: p.PaymentURL, Payee: p.Payee,
		Title: p.Title, Amount: p.Amount, Status: p.Status, FailReason: p.FailReason,
		Captured: p.Captured, Voided: p.Voided, Refunded: p.Refunded, Charges: p.Charges,
		CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt, PaidAt: p.PaidAt, AuthExpiresAt: p.AuthExpiresAt,
		NotifyURL: p.NotifyURL, Notified: p.Notified,
	}
}

func controlListPayments(w *Wallet, _ http.ResponseWriter, r *http.Request) (any, error) {
	status := tradepay.PaymentStatus(r.URL.Query().Get("status"))
	list := []paymentAnswer{}
	for _, p := range w.Payments() {
		if status == "" || p.Status == status {
			list = append(list, p.answer())
		}
	}
	return map[string]any{"payments": list}, nil
}

func controlGetPayment(w *Wallet, _ http.ResponseWriter, r *http.Request) (any, error) {
	p, ok := w.Payment(r.PathValue("payment"))
	if !ok {
		return nil, ErrNoPayment
	}
	return p.answer(), nil
}

// controlAct does to a payment what a payer, or time, does.
func controlAct(act func(*Wallet, string) error) controlCall {
	return func(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
		if err := act(w, r.PathValue("payment")); err != nil {
			return nil, err
		}
		return controlGetPayment(w, rw, r)
	}
}

// refundAnswer is money that went back to the payer.
type refundAnswer struct {
	RefundID         string                     `json:"refundId"`
	RefundRequestID  string                     `json:"refundRequestId,omitempty"`
	PaymentID        string                     `json:"paymentId"`
	PaymentRequestID string                     `json:"paymentRequestId"`
	Amount           tradepay.Amount            `json:"amount"`
	Status           tradepay.TransactionStatus `json:"status"`
	At               time.Time                  `json:"at"`
}

func controlListRefunds(w *Wallet, _ http.ResponseWriter, r *http.Request) (any, error) {
	list, name := []refundAnswer{}, r.URL.Query().Get("payment")
	w.post(w.locked(func() {
		for _, p := range w.payments {
			w.upToDate(p)
			if name != "" && name != p.id && name != p.requestID {
				continue
			}
			for _, m := range p.movements {
				if m.kind == "REFUND" {
					list = append(list, refundAnswer{m.id, m.requestID, p.id, p.requestID, m.amount, m.status, m.at})
				}
			}
		}
	}))
	slices.SortStableFunc(list, func(a, b refundAnswer) int { return a.At.Compare(b.At) })
	return map[string]any{"refunds": list}, nil
}

// controlGiveBack is the wallet's customer service.
func controlGiveBack(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Payment string          `json:"payment"`
		Amount  tradepay.Amount `json:"amount"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	if err := w.Refund(body.Payment, body.Amount); err != nil {
		return nil, err
	}
	p, _ := w.Payment(body.Payment)
	return p.answer(), nil
}

// tokenAnswer is an access token that a user's consent gave.
type tokenAnswer struct {
	AccessToken string    `json:"accessToken"`
	UserID      string    `json:"userId"`
	ExpiresAt   time.Time `json:"expiresAt"`
	Expired     bool      `json:"expired"`
}

func controlListTokens(w *Wallet, _ http.ResponseWriter, _ *http.Request) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []tokenAnswer{}
	for token, g := range w.access {
		list = append(list, tokenAnswer{token, g.user, g.accessUntil, !w.now().Before(g.accessUntil)})
	}
	slices.SortFunc(list, func(a, b tokenAnswer) int {
		if c := a.ExpiresAt.Compare(b.ExpiresAt); c != 0 {
			return c
		}
		return strings.Compare(a.AccessToken, b.AccessToken)
	})
	return map[string]any{"tokens": list}, nil
}

// controlEndToken is a user who ends an agreement.
func controlEndToken(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		AccessToken string `json:"accessToken"`
	}
	if err := readControl(rw, r, &body); err != nil {
		return nil, err
	}
	if err := w.EndAgreement(body.AccessToken); err != nil {
		return nil, err
	}
	return controlListTokens(w, rw, r)
}
