package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// autoTime bounds the whole payment of -auto.
const autoTime = time.Minute

// driver is a user, the user's phone and the shopkeeper in one, without a
// browser: it sends what they would send.
type driver struct {
	out      io.Writer
	wallet   *tradepaytest.Wallet
	base     string // of the shop
	password string
	client   *http.Client
	token    string
	tap      string // requestKey of the one purchase
}

// order is what the driver reads of the shop's answers.
type order struct {
	ID       string                  `json:"id"`
	State    string                  `json:"state"`
	Amount   tradepay.Amount         `json:"amount"`
	Display  string                  `json:"display"`
	Refunded tradepay.Amount         `json:"refunded"`
	TradePay tradepay.TradePayParams `json:"tradePay"`
}

func newDriver(out io.Writer, wallet *tradepaytest.Wallet, base, password string) (*driver, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &driver{
		out: out, wallet: wallet, base: base, password: password,
		client: &http.Client{Jar: jar, Timeout: 30 * time.Second}, tap: rand.Text(),
	}, nil
}

// drive orders, pays, waits until the shop has fulfilled, refunds a part, and
// checks at the wallet that the payer was charged once.
func drive(ctx context.Context, out io.Writer, wallet *tradepaytest.Wallet, base, password string) error {
	ctx, cancel := context.WithTimeout(ctx, autoTime)
	defer cancel()
	d, err := newDriver(out, wallet, base, password)
	if err != nil {
		return err
	}
	o, err := d.buy(ctx)
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	// The user looks at the cashier and presses Pay.
	if err := wallet.Pay(o.TradePay.PaymentURL); err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	d.say("paid at the wallet")
	if o, err = d.until(ctx, o.ID, "fulfilled"); err != nil {
		return fmt.Errorf("wait for the shop: %w", err)
	}
	part := tradepay.Amount{Currency: o.Amount.Currency, Value: o.Amount.Value / 2}
	if err := d.refund(ctx, o.ID, part); err != nil {
		return fmt.Errorf("refund: %w", err)
	}
	if o, err = d.until(ctx, o.ID, "partly_refunded"); err != nil {
		return fmt.Errorf("wait for the refund: %w", err)
	}
	if o.Refunded != part {
		return fmt.Errorf("the shop says %s refunded, not %s", o.Refunded, part)
	}
	return d.audit(o.ID, o.Amount, part)
}

func (d *driver) say(format string, args ...any) { fmt.Fprintf(d.out, "  "+format+"\n", args...) }

// buy is the mini program: log in, show the catalogue, order.
func (d *driver) buy(ctx context.Context) (o order, err error) {
	var session struct {
		Token string `json:"token"`
	}
	code := map[string]string{"authCode": d.wallet.AuthCode(tradepaytest.DefaultUser)} // my.getAuthCode
	if err := d.call(ctx, http.MethodPost, "/api/login", code, &session); err != nil {
		return o, err
	}
	d.token = session.Token
	var catalogue struct {
		Items []struct {
			ID    string          `json:"id"`
			Price tradepay.Amount `json:"price"`
		} `json:"items"`
	}
	if err := d.call(ctx, http.MethodGet, "/api/catalogue", nil, &catalogue); err != nil {
		return o, err
	}
	if len(catalogue.Items) == 0 {
		return o, errors.New("the catalogue is empty")
	}
	item := catalogue.Items[0]
	err = d.call(ctx, http.MethodPost, "/api/orders", map[string]any{
		"items": []map[string]any{{"id": item.ID, "quantity": 2}}, "siteName": "", "requestKey": d.tap,
	}, &o)
	switch {
	case err != nil:
		return o, err
	case o.Amount.Value != 2*item.Price.Value || o.Amount.Currency != item.Price.Currency:
		return o, fmt.Errorf("2 × %s were ordered for %s, and it costs %s", item.ID, o.Amount, item.Price)
	case o.TradePay.PaymentURL == "":
		return o, fmt.Errorf("order %s is %s, without a payment URL", o.ID, o.State)
	}
	d.say("ordered 2 × %s for %s: %s", item.ID, o.Display, o.State)
	return o, nil
}

// until asks for the order until it is in a state, as the result page does.
func (d *driver) until(ctx context.Context, id, state string) (o order, err error) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if err := d.call(ctx, http.MethodGet, "/api/orders/"+url.PathEscape(id), nil, &o); err != nil {
			return o, err
		}
		if o.State == state {
			d.say("the shop says: %s", o.State)
			return o, nil
		}
		select {
		case <-ctx.Done():
			return o, fmt.Errorf("order %s is %s and does not become %s", id, o.State, state)
		case <-ticker.C:
		}
	}
}

var (
	csrfField   = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	refundField = regexp.MustCompile(`name="refund_id" value="([^"]+)"`)
)

// refund is the shopkeeper: log in, open the order, fill in its form.
func (d *driver) refund(ctx context.Context, id string, part tradepay.Amount) error {
	target := "/orders/" + url.PathEscape(id)
	page, err := d.submit(ctx, "/login", url.Values{"password": {d.password}, "next": {target}})
	if err != nil {
		return err
	}
	csrf, refundID := csrfField.FindStringSubmatch(page), refundField.FindStringSubmatch(page)
	if csrf == nil || refundID == nil {
		return errors.New("the order's page has no form for refunds")
	}
	page, err = d.submit(ctx, target+"/refund", url.Values{
		"csrf": {csrf[1]}, "refund_id": {refundID[1]}, "amount": {part.Decimal()}, "reason": {"one of two was cold"},
	})
	switch {
	case err != nil:
		return err
	case strings.Contains(page, `data-refund="`+refundID[1]+`" data-state="failed"`):
		return fmt.Errorf("the wallet refuses to refund %s of order %s; the order's history says why", part, id)
	}
	d.say("the shopkeeper refunds %s", part)
	return nil
}

// audit asks the wallet, which has the money.
func (d *driver) audit(id string, amount, refunded tradepay.Amount) error {
	p, ok := d.wallet.Payment(id)
	if !ok {
		return fmt.Errorf("the wallet knows no payment of order %s", id)
	}
	chargedOnce := p.Status == tradepay.StatusSuccess && p.Charges == 1 && p.Captured == amount
	if !chargedOnce || p.Refunded != refunded {
		return fmt.Errorf("the wallet says %s, %d charges, %s charged and %s refunded; expected SUCCESS, 1, %s and %s",
			p.Status, p.Charges, p.Captured, p.Refunded, amount, refunded)
	}
	d.say("the wallet says: %s, charged once %s, refunded %s", p.Status, p.Captured, p.Refunded)
	return nil
}

// call is my.request.
func (d *driver) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	to, content := d.base+path, bytes.NewReader(body)
	req, err := http.NewRequestWithContext(ctx, method, to, content) //nolint:gosec // the shop of this program
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	text, err := d.send(req)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), out)
}

// submit sends a form, follows the redirect and returns the page.
func (d *driver) submit(ctx context.Context, path string, form url.Values) (page string, err error) {
	to, body := d.base+path, strings.NewReader(form.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, body) //nolint:gosec // the shop of this program
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(req)
}

func (d *driver) send(req *http.Request) (string, error) {
	res, err := d.client.Do(req) //nolint:gosec // to the shop that this program started
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if res.StatusCode >= 400 {
		return "", fmt.Errorf("%s %s: HTTP %d: %.300s", req.Method, req.URL.Path, res.StatusCode, text)
	}
	return string(text), nil
}
