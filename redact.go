package tradepay

import (
	"fmt"
	"io"
	"log/slog"
)

// What follows keeps secrets and payers' data out of logs, errors and %+v: the
// types that hold them print their name and ids only, whatever the verb.

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

func (c *Client) redacted() string {
	if c == nil {
		return "tradepay.Client(nil)"
	}
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

func (OrderDetails) redacted() string      { return redacted("OrderDetails") }
func (Buyer) redacted() string             { return redacted("Buyer") }
func (Shipping) redacted() string          { return redacted("Shipping") }
func (PersonName) redacted() string        { return redacted("PersonName") }
func (Contact) redacted() string           { return redacted("Contact") }
func (Environment) redacted() string       { return redacted("Environment") }
func (ApplyTokenRequest) redacted() string { return redacted("ApplyTokenRequest") }
func (Token) redacted() string             { return redacted("Token") }
func (UserInfo) redacted() string          { return redacted("UserInfo") }

func (r Refund) redacted() string {
	return redacted("Refund", "RefundRequestID", r.RefundRequestID, "RefundID", r.RefundID, "Status", string(r.Status), "Amount", r.Amount.String())
}

func (c Capture) redacted() string {
	return redacted("Capture", "CaptureRequestID", c.CaptureRequestID, "CaptureID", c.CaptureID, "Status", string(c.Status), "Amount", c.Amount.String())
}

func (v Void) redacted() string {
	return redacted("Void", "VoidRequestID", v.VoidRequestID, "VoidID", v.VoidID, "Status", string(v.Status), "Amount", v.Amount.String())
}

func (a Authorization) redacted() string { return redacted("Authorization") }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Config) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v *Client) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v CreateOrderRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v CreateOrderRequest) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v OrderDetails) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v OrderDetails) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Buyer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Buyer) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Shipping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Shipping) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v PersonName) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v PersonName) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Environment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Environment) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Order) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Order) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Notification) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Notification) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v ApplyTokenRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v ApplyTokenRequest) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Token) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v UserInfo) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v UserInfo) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Contact) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Contact) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Authorization) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Authorization) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Refund) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Refund) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Capture) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Capture) LogValue() slog.Value { return slog.StringValue(v.redacted()) }

// Format implements [fmt.Formatter] without secrets or payers' data.
func (v Void) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.redacted()) }

// LogValue implements [slog.LogValuer] without secrets or payers' data.
func (v Void) LogValue() slog.Value { return slog.StringValue(v.redacted()) }
