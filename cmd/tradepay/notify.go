package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"encoding/json"

	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// runNotify sends a test notification to a merchant and checks what it answers.
func runNotify(ctx context.Context, c *cli, args []string) error {
	fs := c.newFlags("notify")
	id := fs.text("id")
	amount := fs.text("amount")
	currency := fs.text("currency")
	status := fs.text("status")
	tamper := fs.toggle("tamper")
	signWith := fs.text("sign-with")
	signVersion := fs.text("sign-version")
	merchantKey := fs.text("merchant-key")
	timeout := fs.duration("timeout")
	asJSON := fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	price, err := tradepay.ParseAmount(*amount, *currency)
	if err != nil {
		return err
	}
	if *status != string(tradepay.StatusSuccess) && *status != string(tradepay.StatusFailed) {
		return usage("-status %s: wallets notify SUCCESS or FAIL", printable(*status))
	}
	target, err := fs.notifyTarget()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	n := notification{
		cli: c, url: target, id: cmp.Or(*id, c.randomID("test-")), amount: price,
		status: tradepay.PaymentStatus(*status), tamper: *tamper,
	}
	if err := n.prepare(ctx, fs, *signWith, *signVersion, *merchantKey); err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "paymentRequestId %s\n", n.id)
	result, err := n.send(ctx)
	if err != nil {
		return err
	}
	if *asJSON {
		return n.reportJSON(result)
	}
	return n.reportText(result)
}

// notifyTarget returns the URL to notify: a merchant's, never a wallet's.
func (fs *flagSet) notifyTarget() (*url.URL, error) {
	text, err := tradepayenv.ReadNotifyURL(fs.getenv)
	if err != nil {
		return nil, fs.named(err)
	}
	if text == "" {
		return nil, usage("name the merchant's URL in -notify-url or %s", tradepayenv.NotifyURL)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, usage("-notify-url: %w", err)
	}
	if name := gatewayOf(u, ""); name != "" {
		return nil, usage("-notify-url %s is the gateway of %s: notifications go to a merchant", u.Host, name)
	}
	if u.Scheme == "http" && !loopback.Host(u.Hostname()) {
		return nil, usage("-notify-url: http is for loopback only; give the https URL that the wallet would call")
	}
	return u, nil
}

// gatewayOf returns the name of the wallet that publishes this gateway, for one environment
// or for any. Some wallets publish a sandbox that differs from production only in its path.
func gatewayOf(u *url.URL, environment string) string {
	for _, w := range wallets.All() {
		for name, base := range w.Routes.BaseURLs { // "production", "sandbox Europe"
			published, err := url.Parse(base)
			if err != nil || !strings.HasPrefix(name, environment) ||
				!strings.EqualFold(published.Hostname(), strings.TrimSuffix(u.Hostname(), ".")) {
				continue
			}
			if environment != "sandbox" || published.Path == "" || published.Path == strings.TrimSuffix(u.Path, "/") {
				return w.Name
			}
		}
	}
	return ""
}

// notification is a test notification and who signs and acknowledges it.
type notification struct {
	*cli
	url    *url.URL
	id     string
	amount tradepay.Amount
	status tradepay.PaymentStatus
	tamper bool

	wallet     wire.Profile
	clientID   string
	merchantID string
	signer     *rsa.PrivateKey
	version    string
	merchant   map[string]*rsa.PublicKey // the keys with which the wallet would verify
	own        *rsa.PublicKey            // of the private key in the settings
	body       []byte
}

// prepare finds the keys, and has the test wallet make the notification.
func (n *notification) prepare(ctx context.Context, fs *flagSet, signWith, signVersion, merchantKey string) error {
	cfg, err := fs.partial()
	if err != nil {
		return err
	}
	n.wallet = cfg.Wallet
	if n.wallet.Name == "" {
		n.wallet = wallets.PlatformV2()
	}
	wallet, err := tradepaytest.StartWallet(tradepaytest.As(n.wallet))
	if err != nil {
		return failed("%w", err)
	}
	defer wallet.Close()
	test := wallet.Config()
	n.clientID = cmp.Or(cfg.ClientID, test.ClientID)
	n.merchantID = cmp.Or(cfg.MerchantID, test.MerchantID)
	n.signer, n.version = wallet.SigningKey()
	if signWith != "" {
		if n.signer, err = tradepayenv.ReadPrivateKeyFile("-sign-with", signWith); err != nil {
			return err
		}
	}
	n.version = cmp.Or(signVersion, n.version)
	signer := test.PrivateKey
	if cfg.PrivateKey != nil {
		signer = cfg.PrivateKey
	}
	own, _ := signer.Public().(*rsa.PublicKey)
	n.own = own
	if merchantKey != "" {
		if own, err = tradepayenv.ReadPublicKeyFile("-merchant-key", merchantKey); err != nil {
			return err
		}
	}
	n.merchant = map[string]*rsa.PublicKey{cmp.Or(cfg.KeyVersion, "1"): own}
	n.body, err = n.compose(ctx, wallet)
	return err
}

// compose pays, or declines, an order at the test wallet and returns the body of
// its notification: what a wallet of this profile would send.
func (n *notification) compose(ctx context.Context, wallet *tradepaytest.Wallet) ([]byte, error) {
	client, err := tradepay.NewClient(wallet.Config())
	if err != nil {
		return nil, err
	}
	bodies := make(chan []byte, 16)
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, failed("%w", err)
	}
	handler := client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		if n.Kind == tradepay.NotificationPayment {
			select {
			case bodies <- bytes.Clone(n.Raw):
			default:
			}
		}
		return nil
	})
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: handler}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	_, err = client.CreateOrder(ctx, &tradepay.CreateOrderRequest{
		PaymentRequestID: n.id, Amount: n.amount, Title: "Test notification",
		NotifyURL: "http://" + listener.Addr().String() + "/", RedirectURL: "https://shop.example/",
		ExpiresAt: n.now().Add(time.Hour).Truncate(time.Second),
		Order:     tradepay.OrderDetails{Buyer: tradepay.Buyer{ID: "1"}},
	})
	if err != nil {
		return nil, err
	}
	press := wallet.Pay
	if n.status == tradepay.StatusFailed {
		press = wallet.Decline
	}
	if err := press(n.id); err != nil {
		return nil, failed("%w", err)
	}
	select {
	case body := <-bodies:
		return body, nil
	case <-ctx.Done():
		return nil, failed("making the notification: %w", ctx.Err())
	}
}

// notified is what the merchant answered.
type notified struct {
	status       int
	acknowledged bool // a signed S that verifies
	why          string
	diagnosis    *doctor.Diagnosis // of an acknowledgement that does not verify
	took         time.Duration
}

// send posts the notification once.
func (n *notification) send(ctx context.Context) (*notified, error) {
	m := wire.Message{
		Method: http.MethodPost, URI: n.url.RequestURI(), ClientID: n.clientID,
		Time: n.wallet.Signing.TimeFormat.Format(n.now()), Body: n.body, MerchantID: n.merchantID,
	}
	headers, err := n.seal(&n.wallet, m, n.signer, n.version)
	if err != nil {
		return nil, err
	}
	sent := n.body
	if n.tamper { // the smallest change of meaning: another id
		sent = bytes.Replace(sent, []byte(n.id), []byte(n.id[:len(n.id)-1]+"~"), 1)
		if bytes.Equal(sent, n.body) { // the id ends with ~, or the body has it in escapes
			sent = append(bytes.Clone(sent), '\n')
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url.String(), bytes.NewReader(sent))
	if err != nil {
		return nil, failed("%w", err)
	}
	for _, h := range headers {
		req.Header.Set(h[0], h[1])
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "tradepay-notify")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	start := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return nil, failed("no answer from the merchant: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
	if err != nil {
		return nil, failed("reading the acknowledgement: %w", err)
	}
	result := &notified{status: res.StatusCode, took: time.Since(start)}
	n.judge(result, res, body, m)
	return result, nil
}

// judge looks at the acknowledgement as a wallet does.
func (n *notification) judge(r *notified, res *http.Response, body []byte, m wire.Message) {
	if res.StatusCode != http.StatusOK {
		r.why = n.lang.say("HTTP status %d", res.StatusCode)
		return
	}
	d := doctor.Diagnose(doctor.Evidence{
		Kind: doctor.EvidenceAcknowledgement, Method: m.Method, URI: m.URI, Header: res.Header, Body: body,
		Keys: n.merchant, OwnKey: n.own,
		Wallet: n.wallet, ClientID: n.clientID, MerchantID: n.merchantID, Now: n.now(),
		RequestBody: m.Body, RequestTime: m.Time,
	})
	if !d.Valid {
		r.why, r.diagnosis = n.lang.say("the acknowledgement does not verify"), &d
		return
	}
	var ack struct {
		Result tradepay.Result `json:"result"`
	}
	switch err := json.Unmarshal(body, &ack); {
	case err != nil:
		r.why = n.lang.say("the acknowledgement is not JSON")
	case ack.Result.Status != tradepay.ResultSuccess:
		r.why = n.lang.say("the merchant did not store it: result %s %s", printable(string(ack.Result.Status)),
			printable(ack.Result.Code))
	default:
		r.acknowledged = true
	}
}

// verdict returns the exit code of a result, and what it means.
func (n *notification) verdict(r *notified) (code int, text string) {
	switch {
	case n.tamper && r.acknowledged:
		return exitFailed, n.lang.say("The merchant acknowledged a notification that this command had changed after " +
			"signing it. It believes what anybody sends.")
	case n.tamper && r.status == http.StatusUnauthorized:
		return exitOK, n.lang.say("The merchant rejected it with 401, as it must: this command changed it after " +
			"signing it.")
	case n.tamper:
		return exitFailed, n.lang.say("This command changed it after signing it, and the merchant should reject it "+
			"with 401: %s", r.why)
	case r.acknowledged:
		return exitOK, n.lang.say("The merchant acknowledged it with a signed S that verifies.")
	case r.diagnosis != nil:
		return exitNotVerified, n.lang.say("Not acknowledged: %s", r.why)
	}
	return exitFailed, n.lang.say("Not acknowledged: %s", r.why)
}

// reportJSON prints the result for programs.
func (n *notification) reportJSON(r *notified) error {
	code, _ := n.verdict(r)
	result := map[string]any{
		"url": n.url.Redacted(), "paymentRequestId": n.id, "status": n.status, "httpStatus": r.status,
		"acknowledged": r.acknowledged, "tampered": n.tamper, "milliseconds": r.took.Milliseconds(),
		"good": code == exitOK,
	}
	if r.why != "" {
		result["why"] = r.why
	}
	if r.diagnosis != nil {
		result["diagnosis"] = n.diagnosisJSON(doctor.EvidenceAcknowledgement, *r.diagnosis)
	}
	if err := printJSON(n.stdout, result); err != nil || code == exitOK {
		return err
	}
	return told(code)
}

// reportText prints the result, and what to do about it.
func (n *notification) reportText(r *notified) error {
	code, text := n.verdict(r)
	paint := n.out.good
	if code != exitOK {
		paint = n.out.bad
	}
	n.print(n.stdout, "HTTP %d in %s\n%s", r.status, r.took.Round(time.Millisecond), paint(text))
	switch {
	case r.diagnosis != nil:
		n.printDiagnosis(n.stdout, n.out, *r.diagnosis)
	case r.status == http.StatusUnauthorized && !n.tamper:
		n.print(n.stdout, "The key %s signed it as keyVersion %s, for Client-Id %s. Does the merchant have "+
			"this key as "+
			"the wallet's,\nand this Client-Id? Behind a proxy that changes the path, it must verify over the "+
			"public path.",
			doctor.Fingerprint(&n.signer.PublicKey), n.version, printable(n.clientID))
	}
	if code != exitOK {
		return told(code)
	}
	return nil
}
