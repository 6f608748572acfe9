package main

import (
	"context"
	"errors"
	"io"
	"net/url"
	"regexp"

	"github.com/tradepay/tradepay-go/tradepaytest"
)

// desk is the shopkeeper, whose buttons the page has: it fills in the shop's own forms.
type desk struct {
	wallet   *tradepaytest.Wallet
	shop     *merchantProcess
	password string
}

// errNoForm says that the order's page has no such form: the order is not in that state.
var errNoForm = errors.New("the order's page has no such form")

var wholeField = regexp.MustCompile(`name="whole" value="([^"]+)"`)

// open logs in and opens the page of an order.
func (d desk) open(ctx context.Context, id string) (shopkeeper *driver, page string, err error) {
	if shopkeeper, err = newDriver(io.Discard, d.wallet, d.shop.URL(), d.password); err != nil {
		return nil, "", err
	}
	next := "/orders/" + url.PathEscape(id)
	page, err = shopkeeper.submit(ctx, "/login", url.Values{"password": {d.password}, "next": {next}})
	return shopkeeper, page, err
}

// press presses a button of an order's page that needs nothing filled in.
func (d desk) press(ctx context.Context, id, action string) error {
	shopkeeper, page, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	csrf := csrfField.FindStringSubmatch(page)
	if csrf == nil {
		return errNoForm
	}
	_, err = shopkeeper.submit(ctx, "/orders/"+url.PathEscape(id)+"/"+action, url.Values{"csrf": {csrf[1]}})
	return err
}

// Capture charges all that is reserved.
func (d desk) Capture(ctx context.Context, id string) error { return d.press(ctx, id, "capture") }

// Void releases all that is reserved.
func (d desk) Void(ctx context.Context, id string) error { return d.press(ctx, id, "void") }

// Refund gives back all that was charged, and confirms it when the shop asks.
func (d desk) Refund(ctx context.Context, id string) error {
	shopkeeper, page, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	csrf, refundID := csrfField.FindStringSubmatch(page), refundField.FindStringSubmatch(page)
	if csrf == nil || refundID == nil {
		return errNoForm
	}
	form, target := url.Values{"csrf": {csrf[1]}, "refund_id": {refundID[1]}}, "/orders/"+url.PathEscape(id)+"/refund"
	if page, err = shopkeeper.submit(ctx, target, form); err != nil {
		return err
	}
	whole := wholeField.FindStringSubmatch(page)
	if whole == nil {
		return errNoForm
	}
	form.Set("whole", whole[1])
	_, err = shopkeeper.submit(ctx, target, form)
	return err
}
