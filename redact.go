package tradepay

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// What follows keeps secrets and payers' data out of logs, errors and %+v: the
// types that hold them print their name and ids only, whatever the verb. JSON
// is another matter: whoever marshals a Token means to store it. A slog handler
// that writes JSON calls LogValue on what it is given, not on what that holds.

// redacted is the printable form of a value: its type and harmless parts.
func redacted(name string, parts ...string) string {
	text := "tradepay." + name + "{"
	for i := 0; i+1 < len(parts); i += 2 {
		if i > 0 {
			text += " "
		}
		text += parts[i] + ":" + printable(parts[i+1])
	}
	return text + "}"
}

func (cfg Config) redacted() string {
	return redacted("Config", "Wallet", cfg.Wallet.Name, "ClientID", cfg.ClientID, "KeyVersion", cfg.KeyVersion)
}

func (c Client) redacted() string {
	return redacted("Client", "Wallet", c.wallet.Name, "BaseURL", c.base+c.prefix, "ClientID", c.clientID)
}

func (r CreateOrderRequest) redacted() string {
	return redacted("CreateOrderRequest", "PaymentRequestID", r.PaymentRequestID, "Amount", r.Amount.String())
}

func (o Order) redacted() string {
	return redacted("Order", "PaymentRequestID", o.PaymentRequestID, "PaymentID", o.PaymentID, "Status", string(o.Status), "Amount", o.Amount.String())
}

func (n Notification) redacted() string {
	return redacted("Notification", "Kind", string(n.Kind), "PaymentRequestID", n.PaymentRequestID, "PaymentID", n.PaymentID,
		"Status", string(n.Status), "Amount", n.Amount.String())
}

func (TradePayParams) redacted() string   { return redacted("TradePayParams") }
func (p PrepareRequest) redacted() string { return redacted("PrepareRequest", "Scopes", p.Scopes) }
func (m Message) redacted() string {
	path, _, _ := strings.Cut(m.URI, "?") // a query may hold a secret
	return redacted("Message", "URI", path, "ClientID", m.ClientID, "Time", m.Time)
}
func (OrderDetails) redacted() string      { return redacted("OrderDetails") }
func (m Merchant) redacted() string        { return redacted("Merchant", "ID", m.ID) }
func (g Goods) redacted() string           { return redacted("Goods", "ID", g.ID) }
func (Buyer) redacted() string             { return redacted("Buyer") }
func (Shipping) redacted() string          { return redacted("Shipping") }
func (Address) redacted() string           { return redacted("Address") }
func (PersonName) redacted() string        { return redacted("PersonName") }
func (Contact) redacted() string           { return redacted("Contact") }
func (Environment) redacted() string       { return redacted("Environment") }
func (ApplyTokenRequest) redacted() string { return redacted("ApplyTokenRequest") }
func (Token) redacted() string             { return redacted("Token") }
func (UserInfo) redacted() string          { return redacted("UserInfo") }

func (r Refund) redacted() string {
	return redacted("Refund", "RefundRequestID", r.RefundRequestID, "RefundID", r.RefundID, "Status", string(r.Status), "Amount", r.Amount.String())
}

func (r RefundRequest) redacted() string {
	return redacted("RefundRequest", "RefundRequestID", r.RefundRequestID, "Amount", r.Amount.String())
}

func (r CaptureRequest) redacted() string {
	return redacted("CaptureRequest", "CaptureRequestID", r.CaptureRequestID, "Amount", r.Amount.String())
}

func (r VoidRequest) redacted() string {
	return redacted("VoidRequest", "VoidRequestID", r.VoidRequestID, "Amount", r.Amount.String())
}

func (c Capture) redacted() string {
	return redacted("Capture", "CaptureRequestID", c.CaptureRequestID, "CaptureID", c.CaptureID, "Status", string(c.Status), "Amount", c.Amount.String())
}

func (v Void) redacted() string {
	return redacted("Void", "VoidRequestID", v.VoidRequestID, "VoidID", v.VoidID, "Status", string(v.Status), "Amount", v.Amount.String())
}

func (a Authorization) redacted() string { return redacted("Authorization") }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (cfg Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, cfg.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r CreateOrderRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r CreateOrderRequest) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (d OrderDetails) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (d OrderDetails) LogValue() slog.Value { return slog.StringValue(d.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (m Merchant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (m Merchant) LogValue() slog.Value { return slog.StringValue(m.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (g Goods) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, g.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (g Goods) LogValue() slog.Value { return slog.StringValue(g.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (b Buyer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, b.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (b Buyer) LogValue() slog.Value { return slog.StringValue(b.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (s Shipping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (s Shipping) LogValue() slog.Value { return slog.StringValue(s.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (n PersonName) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (n PersonName) LogValue() slog.Value { return slog.StringValue(n.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (e Environment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (e Environment) LogValue() slog.Value { return slog.StringValue(e.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (o Order) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (o Order) LogValue() slog.Value { return slog.StringValue(o.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (n Notification) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, n.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (n Notification) LogValue() slog.Value { return slog.StringValue(n.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r ApplyTokenRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r ApplyTokenRequest) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (u UserInfo) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (u UserInfo) LogValue() slog.Value { return slog.StringValue(u.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Contact) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Contact) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (a Authorization) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (a Authorization) LogValue() slog.Value { return slog.StringValue(a.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r Refund) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r Refund) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (c Capture) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (c Capture) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Void) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Void) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (a Address) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (p TradePayParams) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (p TradePayParams) LogValue() slog.Value { return slog.StringValue(p.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (p PrepareRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (p PrepareRequest) LogValue() slog.Value { return slog.StringValue(p.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r RefundRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r RefundRequest) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r CaptureRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r CaptureRequest) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (r VoidRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (r VoidRequest) LogValue() slog.Value { return slog.StringValue(r.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.redacted()) }

// MarshalJSON writes what Format prints: a Config is not to be stored as JSON,
// and its private key must not get into one by accident.
func (cfg Config) MarshalJSON() ([]byte, error) { return encode(cfg.redacted()) }
