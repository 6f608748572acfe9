package tradepaytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// ErrNotNotified says that the wallet does not notify this payment, because it is not final
// or has no notify URL.
var ErrNotNotified = errors.New("tradepaytest: nothing to notify")

// Delivery is one attempt to deliver a notification.
type Delivery struct {
	At time.Time
	// Op is OpNotifyPayment, OpNotifyVoid, OpNotifyCashierURL, or one that only some
	// wallets send: "notifyRefund", "notifyCapture", "notifyAuthorization" or
	// "notifyDispute".
	Op               wire.Operation
	PaymentID        string
	PaymentRequestID string
	Attempt          int    // of this payment, from 1
	HTTPStatus       int    // 0 if no answer came
	Acknowledged     bool   // a valid, signed S came back
	Error            string // why not
}

// notice is a notification that the wallet is to send.
type notice struct {
	op      wire.Operation
	of      *payment
	url     string
	body    map[string]any
	end     bool // tells the end of the payment
	done    atomic.Bool
	attempt int // the latest
	era     *era
}

// paymentNotice says how p ended, in the dialect of the profile. It runs with
// mu held.
func (w *Wallet) paymentNotice(p *payment) *notice {
	body := map[string]any{
		"paymentId": p.id, "paymentRequestId": p.requestID,
		"paymentAmount": w.amountFields(p.amount.Currency, p.amount.Value),
	}
	if !p.paidAt.IsZero() {
		body["paymentTime"] = p.paidAt.Format(bodyTime)
	} else {
		body["paymentCreateTime"] = p.createdAt.Format(bodyTime)
	}
	if p.extendInfo != "" {
		body["extendInfo"] = p.extendInfo
	}
	result, code := tradepay.ResultUnknown, "PAYMENT_IN_PROCESS"
	switch p.status {
	case tradepay.StatusSuccess:
		result, code = tradepay.ResultSuccess, "SUCCESS"
	case tradepay.StatusFailed:
		result, code = tradepay.ResultFailed, p.failReason
	}
	if w.profile.Dialect == "v1" && p.failReason != "" {
		body["paymentFailReason"] = p.failReason
	}
	if w.noticesHaveStatus() {
		body["partnerId"] = w.partnerID
		body["paymentStatus"] = string(p.status)
	} else {
		body["paymentResult"] = map[string]any{"resultStatus": string(result), "resultCode": code,
			"resultMessage": strings.ToLower(code)}
	}
	return &notice{op: wire.OpNotifyPayment, of: p, url: p.notifyURL, body: body, end: true}
}

// earlierNotice is the notice as it would have been before the payment was final.
func (w *Wallet) earlierNotice(n *notice) *notice {
	body := maps.Clone(n.body)
	delete(body, "paymentTime")
	delete(body, "paymentFailReason")
	if w.noticesHaveStatus() {
		body["paymentStatus"] = string(tradepay.StatusProcessing)
	} else {
		body["paymentResult"] = map[string]any{"resultStatus": "U", "resultCode": "PAYMENT_IN_PROCESS",
			"resultMessage": "in process"}
	}
	return &notice{op: n.op, of: n.of, url: n.url, body: body, era: n.era}
}

func (w *Wallet) voidNotice(p *payment, notifyURL string, answer map[string]any) *notice {
	body := maps.Clone(answer)
	body["paymentRequestId"] = p.requestID
	body["voidResult"] = map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}
	return &notice{op: wire.OpNotifyVoid, of: p, url: notifyURL, body: body}
}

func (w *Wallet) cashierURLNotice(p *payment, notifyURL string) *notice {
	return &notice{op: wire.OpNotifyCashierURL, of: p, url: notifyURL, body: map[string]any{
		"paymentId": p.id, "paymentRequestId": p.requestID, "cashierUrl": p.url, "status": "CREATED",
	}}
}

// post starts the notifications in the background.
func (w *Wallet) post(notices []*notice) {
	for _, n := range notices {
		w.spawn(func() { w.deliver(n) })
	}
}

// deliver sends a notification until the merchant acknowledges it, with doubling pauses.
func (w *Wallet) deliver(n *notice) {
	w.mu.Lock()
	f := w.meet(n.op, noticeFaults, func(f Fault) bool { return f.Kind != NotifyReordered || n.end })
	w.mu.Unlock()
	w.emitFault(f, n.op)
	switch f.Kind {
	case NotifyLost:
		return
	case NotifyDelayed:
		if !n.era.pause(f.Delay) {
			return
		}
	case NotifyReordered:
		defer func() { // the stale one comes last
			if w.working(n.era) {
				_ = w.send(n.era.over, w.earlierNotice(n))
			}
		}()
	case NotifyDuplicate:
		w.spawn(func() {
			if w.working(n.era) {
				_ = w.send(n.era.over, n)
			}
		})
	}
	for attempt, wait := 1, w.firstPause; ; attempt, wait = attempt+1, 2*wait {
		if !w.working(n.era) || n.done.Load() || w.send(n.era.over, n) == nil || attempt >= w.attempts ||
			!n.era.pause(wait) {
			return
		}
	}
}

// pause waits in real time. It reports false once the era is over.
func (e *era) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.over.Done():
		return false
	}
}

// Notify sends the notification of a final payment once more, now. payment names it as in
// [Wallet.Pay]. It returns an error if no valid, signed S comes back, or if the wallet is
// suspended.
func (w *Wallet) Notify(payment string) error {
	n, err := w.finalNotice(payment)
	if err != nil {
		return err
	}
	return w.sendNow(n)
}

// finalNotice is the notification of a final payment.
func (w *Wallet) finalNotice(payment string) (n *notice, err error) {
	err = ErrNoPayment
	w.post(w.locked(func() {
		p := w.find(payment)
		if p == nil {
			return
		}
		if err = ErrNotNotified; p.notifyURL != "" && (p.status == tradepay.StatusSuccess ||
			p.status == tradepay.StatusFailed) {
			n, err = w.paymentNotice(p), nil
		}
	}))
	return n, err
}

// WaitNotified waits until the merchant has acknowledged the end of a payment with a valid,
// signed S. payment names it as in [Wallet.Pay]. If the wallet never notifies the payment,
// because it has no notify URL or was cancelled, WaitNotified returns [ErrNotNotified] at
// once.
func (w *Wallet) WaitNotified(ctx context.Context, payment string) error {
	var notified chan struct{}
	var of *era
	err := ErrNoPayment
	w.post(w.locked(func() {
		p := w.find(payment)
		of = w.era
		switch {
		case p == nil:
		case p.notifyURL == "" || p.status == tradepay.StatusCancelled:
			err = ErrNotNotified
		default:
			notified = p.notified
		}
	}))
	if notified == nil {
		return err
	}
	select {
	case <-notified:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-of.over.Done():
		if w.stopped.Err() == nil {
			return ErrNoPayment
		}
		return http.ErrServerClosed
	}
}

// Deliveries returns all attempts to deliver notifications, oldest first.
func (w *Wallet) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.deliveries)
}

// send makes one attempt to deliver n and records it.
func (w *Wallet) send(ctx context.Context, n *notice) error {
	if ctx.Err() != nil {
		return http.ErrServerClosed
	}
	start := time.Now()
	w.mu.Lock()
	f := w.meet(n.op, attemptFaults, func(Fault) bool { return amountOf(n.body) != "" })
	if f.Kind == "" {
		f = w.meet(n.op, sealFaults, func(f Fault) bool { return f.Op == n.op })
	}
	n.of.attempts++
	n.attempt = n.of.attempts
	d := Delivery{At: w.now(), Op: n.op, PaymentID: n.of.id, PaymentRequestID: n.of.requestID, Attempt: n.of.attempts}
	w.mu.Unlock()
	w.emitFault(f, n.op)

	e := n.of.step(19, start)
	e.Took = 0 // until it is over
	status, err := w.attempt(ctx, n, f, &e)
	d.HTTPStatus, d.Acknowledged = status, err == nil
	if err != nil {
		d.Error = said(err)
	} else {
		n.done.Store(true)
	}
	e.took(start)
	e.Op, e.Err, e.Detail = n.op, err, fmt.Sprintf("attempt %d", d.Attempt)
	if n.op != wire.OpNotifyPayment {
		e.Step, e.Name = 0, "Notified and acknowledged"
	}
	if err != nil {
		e.Name = undelivered
	}
	w.emit(e)
	w.record(n, d) // last: who waits for it has seen the event
	return err
}

func (w *Wallet) record(n *notice, d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.era != w.era {
		return
	}
	w.deliveries = append(bounded(w.deliveries), d)
	w.delivered++
	close(w.news)
	w.news = make(chan struct{})
	p := n.of
	if len(p.deliveries) == 100 {
		p.deliveries = p.deliveries[1:]
	}
	p.deliveries = append(p.deliveries, d)
	if d.Acknowledged && n.end && !p.acknowledged {
		p.acknowledged = true
		close(p.notified)
	}
}

// attempt signs and sends the notification, and checks the acknowledgement.
// The messages of both go into e, for the observer.
func (w *Wallet) attempt(ctx context.Context, n *notice, f Fault, e *Event) (status int, err error) {
	start := time.Now()
	u, err := url.Parse(n.url)
	if err != nil {
		return 0, err
	}
	fields := n.body
	if f.Kind == NotifyWrongAmount {
		fields = otherAmount(fields)
	}
	body, err := w.encodeFields(n.op, fields)
	if err != nil {
		return 0, err
	}
	m := wire.Message{Method: http.MethodPost, URI: u.RequestURI(), ClientID: w.clientID, Body: body}
	header, err := w.seal(m, "Request-Time", f)
	if err != nil {
		return 0, err
	}
	if f.Kind == NotifyTampered {
		if body, err = w.encodeFields(n.op, otherAmount(fields)); err != nil {
			return 0, err
		}
	}
	to, client := w.destination(u)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(string(body)))
	if err != nil {
		return 0, err
	}
	req.Host = u.Host
	req.Header = header
	req.Header.Set("User-Agent", "tradepaytest")
	req.Header.Set("Accept-Encoding", "identity")
	if w.watched() { // afterwards: it takes its time
		defer func() {
			e.took(start)
			e.Message = w.signedMessage(doctor.Evidence{
				Kind: doctor.EvidenceNotification, Method: m.Method, URI: m.URI, Header: header, Body: body,
				SentBody: m.Body,
			}, 0, nil)
		}()
	}
	res, err := client.Do(req)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the URL, whose query may hold a secret
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	ack, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return res.StatusCode, fmt.Errorf("reading the acknowledgement: %w", err)
	}
	answer := doctor.Evidence{
		Kind: doctor.EvidenceAcknowledgement, Method: m.Method, URI: m.URI, Header: res.Header, Body: ack,
		RequestBody: body, RequestTime: header.Get("Request-Time"),
	}
	err = w.checkAcknowledgement(res.StatusCode, answer)
	if w.watched() {
		e.took(start)
		e.Answer = w.signedMessage(answer, res.StatusCode, func() error { return err })
	}
	return res.StatusCode, err
}

// signatureForm is what a merchant's Signature header must be like, in any language.
func (w *Wallet) signatureForm() string {
	return "algorithm=RSA256, keyVersion=" + w.merchantKeyVersion + ", signature=<base64>"
}

// goodAcknowledgement is what its server must answer.
const goodAcknowledgement = `{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}`

// said returns an error without the names of Go packages.
func said(err error) string { return goNames.Replace(err.Error()) }

var goNames = strings.NewReplacer("tradepaytest: ", "", "tradepay: ", "")

// checkAcknowledgement says why an answer to a notification is not a signed S.
func (w *Wallet) checkAcknowledgement(status int, e doctor.Evidence) error {
	if status != http.StatusOK {
		return fmt.Errorf("the acknowledgement has HTTP status %d: it must be 200", status)
	}
	if len(e.Body) > maxBody {
		return errors.New("the acknowledgement is over 1 MiB")
	}
	if w.mayBeUnsigned(e) {
		return acknowledged(e.Body)
	}
	for _, name := range []string{"Signature", "Client-Id", "Response-Time"} {
		if n := len(e.Header.Values(name)); n != 1 {
			return fmt.Errorf("the acknowledgement has %d %s headers: send it once", n, name)
		}
	}
	m := wire.Message{
		Method: e.Method, URI: e.URI, ClientID: e.Header.Get("Client-Id"), Time: e.Header.Get("Response-Time"),
		Body:   e.Body,
		Layout: w.profile.Signing.Content, Answer: true, MerchantID: merchantID,
	}
	h, err := wire.ParseSignatureHeader(e.Header.Get("Signature"))
	at, ok := w.parseTime(m.Time)
	age := w.source().Sub(at)
	switch {
	case err != nil:
		return fmt.Errorf("the header Signature of the acknowledgement must be %s: %w", w.signatureForm(), err)
	case !strings.EqualFold(h.Algorithm, "RSA256") && !strings.EqualFold(h.Algorithm, "SHA256withRSA"):
		return errors.New("the header Signature of the acknowledgement must have algorithm=RSA256 or SHA256withRSA")
	case h.KeyVersion != w.merchantKeyVersion:
		return errors.New("the header Signature of the acknowledgement must have keyVersion=" + w.merchantKeyVersion)
	case m.ClientID != w.clientID:
		return errors.New("the header Client-Id of the acknowledgement must be the merchant's, " + w.clientID)
	case !ok || age > timeWindow || age < -timeWindow:
		return errors.New("the header Response-Time of the acknowledgement is not readable, or more than 5 minutes " +
			"from the wallet's clock")
	}
	if err := m.Verify(&w.keys.merchant.PublicKey, h.Signature); err != nil {
		return fmt.Errorf("the signature of the acknowledgement does not verify: %w: %s", err, inWords(w.finding(e)))
	}
	return acknowledged(m.Body)
}

// mayBeUnsigned reports whether this wallet takes an acknowledgement without a signature.
func (w *Wallet) mayBeUnsigned(e doctor.Evidence) bool {
	return w.manners.unsignedAcknowledgements && len(e.Header.Values("Signature")) == 0
}

func acknowledged(body []byte) error {
	object, err := strictjson.Parse(body)
	if err != nil {
		return fmt.Errorf("the acknowledgement is %w", err)
	}
	result, err := object.Object("result")
	if err != nil || result == nil {
		return errors.New("the acknowledgement has no object result: its body must be " + goodAcknowledgement)
	}
	if status, err := result.Text("resultStatus"); err != nil || status != string(tradepay.ResultSuccess) {
		return errors.New("the acknowledgement is not S: only result.resultStatus S ends the notifications")
	}
	return nil
}

// amountOf returns the member of a notification that is an amount, or "".
func amountOf(body map[string]any) string {
	for _, name := range []string{"paymentAmount", "voidAmount", "refundAmount", "captureAmount", "disputeAmount"} {
		if _, there := body[name]; there {
			return name
		}
	}
	return ""
}

// otherAmount is the notification over one cent, or two if it was one.
func otherAmount(body map[string]any) map[string]any {
	changed := maps.Clone(body)
	name := amountOf(body)
	amount := maps.Clone(body[name].(map[string]any))
	switch amount["value"] {
	case "1":
		amount["value"] = "2"
	case int64(1):
		amount["value"] = int64(2)
	default:
		if _, number := amount["value"].(int64); number {
			amount["value"] = int64(1)
		} else {
			amount["value"] = "1"
		}
	}
	changed[name] = amount
	return changed
}

// notifyClient calls the addresses only that allowed reports. why is said of others.
func notifyClient(allowed func(address string) bool, why string) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		if !allowed(address) {
			return errors.New("tradepaytest: " + why)
		}
		return nil
	}}
	return &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableCompression: true, MaxIdleConnsPerHost: 16,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
