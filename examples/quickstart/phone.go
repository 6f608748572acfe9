package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
)

// miniProgram is what runs in the wallet app: in life it is JavaScript, and my
// is the wallet's.
type miniProgram struct {
	server string
	app    *walletApp
	steps  *recorder
}

// buy is the user's tap on "Pay order", and all that follows on the phone.
func (p *miniProgram) buy(ctx context.Context, product string) (*order, error) {
	if err := p.steps.took(1, time.Now(), product, nil); err != nil {
		return nil, err
	}

	start := time.Now()
	var made created
	if err := p.request(ctx, http.MethodPost, "/orders", "product="+url.QueryEscape(product), &made); err != nil {
		return nil, err
	}
	var problem error
	if !strings.Contains(made.TradePay.PaymentURL, "://") {
		problem = errors.New("no payment URL")
	}
	if err := p.steps.took(8, start, fmt.Sprintf("%d characters", len(made.TradePay.PaymentURL)), problem); err != nil {
		return nil, err
	}

	start = time.Now()
	code, err := p.app.tradePay(ctx, made.TradePay, made.Order.Amount)
	if err != nil {
		return nil, err
	}
	if code != "9000" {
		problem = errors.New("result code " + code)
	}
	if err := p.steps.took(18, start, "resultCode "+code+": a hint for the screen", problem); err != nil {
		return nil, err
	}

	start = time.Now()
	var shown order
	if err := p.request(ctx, http.MethodGet, "/orders/"+url.PathEscape(made.Order.ID), "", &shown); err != nil {
		return nil, err
	}
	if shown.Status != tradepay.StatusSuccess || shown.Amount != made.Order.Amount {
		problem = fmt.Errorf("the server says %s, %s", shown.Status, shown.Amount)
	}
	return &shown, p.steps.took(20, start, "the server inquired: "+string(shown.Status), problem)
}

// request is my.request.
func (p *miniProgram) request(ctx context.Context, method, path, form string, into any) error {
	return call(ctx, method, p.server+path, form, func(res io.Reader) error {
		return json.NewDecoder(res).Decode(into)
	})
}

// walletApp is the wallet on the phone: it opens the cashier page of the
// payment URL and lets the user pay.
type walletApp struct{ steps *recorder }

// tradePay is my.tradePay. It returns the result code.
func (a *walletApp) tradePay(
	ctx context.Context, params tradepay.TradePayParams, expected tradepay.Amount,
) (string, error) {
	start := time.Now()
	argument, err := json.Marshal(params) // as JavaScript sees it
	if err == nil {
		err = json.Unmarshal(argument, &params)
	}
	if err := a.steps.took(9, start, "my.tradePay({paymentUrl})", err); err != nil {
		return "", err
	}

	start = time.Now()
	var page string
	err = call(ctx, http.MethodGet, params.PaymentURL, "", func(res io.Reader) error {
		data, err := io.ReadAll(res)
		page = string(data)
		return err
	})
	if err == nil && !strings.Contains(page, `<data value="`+expected.String()+`">`) {
		err = errors.New("the page does not show " + expected.String())
	}
	if err := a.steps.took(13, start, "the page shows "+expected.String(), err); err != nil {
		return "", err
	}
	if err := a.steps.took(14, time.Now(), "the amount is right, Pay pressed", nil); err != nil {
		return "", err
	}

	start = time.Now()
	var result struct {
		ResultCode string `json:"resultCode"`
	}
	err = call(ctx, http.MethodPost, params.PaymentURL, "action=pay",
		func(res io.Reader) error { return json.NewDecoder(res).Decode(&result) })
	if err == nil && result.ResultCode == "" {
		err = errors.New("no result code")
	}
	return result.ResultCode, a.steps.took(17, start, "resultCode "+result.ResultCode, err)
}

func call(ctx context.Context, method, target, form string, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if method == http.MethodGet { // the cashier is a page
		req.Header.Set("Accept", "text/html")
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: HTTP %d", method, res.StatusCode)
	}
	return read(res.Body)
}
