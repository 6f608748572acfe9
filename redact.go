package tradepay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/tradepay/tradepay-go/internal/redact"
)

// The methods below keep secrets and payers' data out of logs, errors and %+v: the
// types that hold them print only their name and ids, with every verb. They do not
// change JSON: who marshals a Token means to store it. A slog handler that writes
// JSON calls LogValue of the value that it gets, not of the values within.

// shown returns the text of the amount, or "" for the zero value.
func (a Amount) shown() string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

func (cfg Config) redacted() redact.Value {
	return redact.As("tradepay.Config", "Wallet", cfg.Wallet.Name, "ClientID", cfg.ClientID,
		"KeyVersion", cfg.KeyVersion)
}

func (c Client) redacted() redact.Value {
	return redact.As("tradepay.Client", "Wallet", c.wallet.Name, "BaseURL", c.base+c.prefix, "ClientID", c.clientID)
}

func (r CreateOrderRequest) redacted() redact.Value {
	return redact.As("tradepay.CreateOrderRequest", "PaymentRequestID", r.PaymentRequestID, "Amount", r.Amount.shown())
}

func (o Order) redacted() redact.Value {
	return redact.As("tradepay.Order", "PaymentRequestID", o.PaymentRequestID, "PaymentID", o.PaymentID,
		"Status", string(o.Status), "Amount", o.Amount.shown())
}

func (n Notification) redacted() redact.Value {
	parts := []string{"Kind", string(n.Kind), "PaymentRequestID", n.PaymentRequestID, "PaymentID", n.PaymentID}
	for _, id := range [][2]string{
		{"RefundRequestID", n.RefundRequestID}, {"CaptureRequestID", n.CaptureRequestID}, {"DisputeID", n.DisputeID},
	} {
		if id[1] != "" {
			parts = append(parts, id[0], id[1])
		}
	}
	return redact.As("tradepay.Notification", append(parts, "Status", n.status(), "Amount", n.Amount.shown())...)
}

// status is that of what the notification is about, or "".
func (n *Notification) status() string {
	return cmp.Or(string(n.Status), string(n.RefundStatus), string(n.CaptureStatus), string(n.VoidStatus))
}

func (TradePayParams) redacted() redact.Value { return redact.As("tradepay.TradePayParams") }
func (p PrepareRequest) redacted() redact.Value {
	return redact.As("tradepay.PrepareRequest", "Scopes", p.Scopes)
}
func (OrderDetails) redacted() redact.Value      { return redact.As("tradepay.OrderDetails") }
func (m Merchant) redacted() redact.Value        { return redact.As("tradepay.Merchant", "ID", m.ID) }
func (g Goods) redacted() redact.Value           { return redact.As("tradepay.Goods", "ID", g.ID) }
func (Buyer) redacted() redact.Value             { return redact.As("tradepay.Buyer") }
func (Shipping) redacted() redact.Value          { return redact.As("tradepay.Shipping") }
func (Address) redacted() redact.Value           { return redact.As("tradepay.Address") }
func (PersonName) redacted() redact.Value        { return redact.As("tradepay.PersonName") }
func (Contact) redacted() redact.Value           { return redact.As("tradepay.Contact") }
func (Environment) redacted() redact.Value       { return redact.As("tradepay.Environment") }
func (ApplyTokenRequest) redacted() redact.Value { return redact.As("tradepay.ApplyTokenRequest") }
func (Token) redacted() redact.Value             { return redact.As("tradepay.Token") }
func (UserInfo) redacted() redact.Value          { return redact.As("tradepay.UserInfo") }

func (r Refund) redacted() redact.Value {
	return redact.As("tradepay.Refund", "RefundRequestID", r.RefundRequestID, "RefundID", r.RefundID,
		"Status", string(r.Status), "Amount", r.Amount.shown())
}

func (r RefundRequest) redacted() redact.Value {
	return redact.As("tradepay.RefundRequest", "RefundRequestID", r.RefundRequestID, "Amount", r.Amount.shown())
}

func (r CaptureRequest) redacted() redact.Value {
	return redact.As("tradepay.CaptureRequest", "CaptureRequestID", r.CaptureRequestID, "Amount", r.Amount.shown())
}

func (r VoidRequest) redacted() redact.Value {
	return redact.As("tradepay.VoidRequest", "VoidRequestID", r.VoidRequestID, "Amount", r.Amount.shown())
}

func (c Capture) redacted() redact.Value {
	return redact.As("tradepay.Capture", "CaptureRequestID", c.CaptureRequestID, "CaptureID", c.CaptureID,
		"Status", string(c.Status), "Amount", c.Amount.shown())
}

func (v Void) redacted() redact.Value {
	return redact.As("tradepay.Void", "VoidRequestID", v.VoidRequestID, "VoidID", v.VoidID, "Status", string(v.Status),
		"Amount", v.Amount.shown())
}

func (r ConfirmRequest) redacted() redact.Value {
	return redact.As("tradepay.ConfirmRequest", "ConfirmRequestID", r.ConfirmRequestID)
}

func (c Confirmation) redacted() redact.Value {
	return redact.As("tradepay.Confirmation", "ConfirmRequestID", c.ConfirmRequestID, "ConfirmID", c.ConfirmID,
		"Status", string(c.Status))
}

func (m MessageRequest) redacted() redact.Value {
	return redact.As("tradepay.MessageRequest", "RequestID", m.RequestID, "Channel", m.Channel,
		"TemplateCode", m.TemplateCode)
}

func (m SentMessage) redacted() redact.Value {
	return redact.As("tradepay.SentMessage", "RequestID", m.RequestID, "MessageID", m.MessageID)
}

func (a Authorization) redacted() redact.Value { return redact.As("tradepay.Authorization") }

func (t Transaction) redacted() redact.Value {
	return redact.As("tradepay.Transaction", "ID", t.ID, "RequestID", t.RequestID, "Type", t.Type,
		"Status", string(t.Status), "Amount", t.Amount.shown())
}

// The wallet's message may be about the payer.
func (r Result) redacted() redact.Value {
	return redact.As("tradepay.Result", "Status", string(r.Status), "Code", r.Code, "TraceID", r.TraceID)
}

// Format implements [fmt.Formatter] without secrets or payers' data.
func (cfg Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, cfg.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (cfg Config) LogValue() slog.Value { return cfg.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Client) LogValue() slog.Value { return c.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r CreateOrderRequest) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, r.redacted().String())
}

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r CreateOrderRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (d OrderDetails) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (d OrderDetails) LogValue() slog.Value { return d.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (m Merchant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (m Merchant) LogValue() slog.Value { return m.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (g Goods) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, g.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (g Goods) LogValue() slog.Value { return g.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (b Buyer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, b.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (b Buyer) LogValue() slog.Value { return b.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (s Shipping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (s Shipping) LogValue() slog.Value { return s.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (n PersonName) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (n PersonName) LogValue() slog.Value { return n.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (e Environment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (e Environment) LogValue() slog.Value { return e.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (o Order) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (o Order) LogValue() slog.Value { return o.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (n Notification) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (n Notification) LogValue() slog.Value { return n.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r ApplyTokenRequest) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, r.redacted().String())
}

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r ApplyTokenRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (t Token) LogValue() slog.Value { return t.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (u UserInfo) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (u UserInfo) LogValue() slog.Value { return u.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Contact) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Contact) LogValue() slog.Value { return c.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (a Authorization) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (a Authorization) LogValue() slog.Value { return a.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r Refund) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r Refund) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Capture) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Capture) LogValue() slog.Value { return c.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Void) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Void) LogValue() slog.Value { return v.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (a Address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (a Address) LogValue() slog.Value { return a.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (p TradePayParams) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (p TradePayParams) LogValue() slog.Value { return p.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (p PrepareRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (p PrepareRequest) LogValue() slog.Value { return p.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r RefundRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r RefundRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r CaptureRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r CaptureRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r VoidRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r VoidRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r ConfirmRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r ConfirmRequest) LogValue() slog.Value { return r.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Confirmation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Confirmation) LogValue() slog.Value { return c.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (m MessageRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (m MessageRequest) LogValue() slog.Value { return m.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (m SentMessage) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (m SentMessage) LogValue() slog.Value { return m.redacted().LogValue() }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (t Transaction) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.redacted().String()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (t Transaction) LogValue() slog.Value { return t.redacted().LogValue() }

// Format implements [fmt.Formatter] without the wallet's message.
func (r Result) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted().String()) }

// LogValue implements [slog.LogValuer] without the wallet's message.
func (r Result) LogValue() slog.Value { return r.redacted().LogValue() }

// MarshalJSON writes what Format prints: nobody stores a Config as JSON, and its
// private key must not get into JSON by accident.
func (cfg Config) MarshalJSON() ([]byte, error) { return encode(cfg.redacted()) }

// MarshalJSON writes what Error returns: nobody stores an APIError as JSON, and its
// Result holds the wallet's message.
func (e APIError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
