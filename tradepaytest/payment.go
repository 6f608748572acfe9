package tradepaytest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// Errors of the methods that pay, decline, cancel or refund a payment.
var (
	// ErrNoPayment: the wallet has no such payment.
	ErrNoPayment = errors.New("tradepaytest: no such payment")
	// ErrNotOpen: the payment is final; nobody can pay or decline it anymore.
	ErrNotOpen = errors.New("tradepaytest: the payment is not open")
	// ErrNotRefundable: the payment is not SUCCESS, or the refund is more than what is left.
	ErrNotRefundable = errors.New("tradepaytest: the payment cannot be given back")
)

// Payment is a copy of the wallet's record of a payment.
type Payment struct {
	PaymentID        string
	PaymentRequestID string
	PaymentURL       string
	Payee            string
	Title            string
	Amount           tradepay.Amount
	Status           tradepay.PaymentStatus
	FailReason       string
	Captured         tradepay.Amount // charged: all of a plain payment, the captures of an authorized one
	Voided           tradepay.Amount // released from an authorized one
	Refunded         tradepay.Amount // includes refunds in process
	// Charges is how many times the wallet charged the payer or reserved the amount. More
	// than 1 would be a defect of the wallet.
	Charges       int
	CreatedAt     time.Time
	ExpiresAt     time.Time // until when the payer can pay
	PaidAt        time.Time
	AuthExpiresAt time.Time // when the wallet releases what is reserved
	NotifyURL     string
	Notified      bool       // the merchant acknowledged its end
	Deliveries    []Delivery // the latest 100
}

// Format implements [fmt.Formatter] with ids, status, amount and charges only: the
// URLs may hold tokens.
func (p Payment) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.redacted()) }

// LogValue implements [slog.LogValuer] with what Format prints.
func (p Payment) LogValue() slog.Value { return slog.StringValue(p.redacted()) }

func (p Payment) redacted() string {
	return fmt.Sprintf("tradepaytest.Payment{PaymentRequestID:%q PaymentID:%q Status:%s Amount:%s Charges:%d}",
		p.PaymentRequestID, p.PaymentID, p.Status, p.Amount, p.Charges)
}

// authorizedFor is how long an amount stays reserved.
const authorizedFor = 7 * 24 * time.Hour

// payment is the wallet's own record. Wallet.mu guards it.
type payment struct {
	id, requestID, url, token string
	payee, title              string
	lines                     []line
	moreLines                 int // lines that are not kept
	amount                    tradepay.Amount
	status                    tradepay.PaymentStatus
	failReason                string
	authorize                 bool
	escrow, accepted          bool // held until the merchant confirms; the merchant can deliver
	captured, voided          int64
	refunded                  int64
	reversal                  *reversal // by a cancel, of what was paid
	charges                   int
	inProcess                 int // inquiries until a payment in process is through
	createdAt, expiresAt      time.Time
	paidAt, authExpiresAt     time.Time
	returnURL, notifyURL      string
	voidURL                   string // where its voids are reported, if the order said so
	extendInfo                string
	movements                 []*movement
	deliveries                []Delivery
	attempts                  int
	notified                  chan struct{} // closed once its end was acknowledged
	acknowledged              bool
}

// movement is one entry of a payment's transactions.
type movement struct {
	id, requestID string // requestID is the merchant's id; "" without a request of the merchant
	kind          string
	status        tradepay.TransactionStatus
	amount        tradepay.Amount
	at            time.Time
	last          bool // of a capture: it released the rest
}

// ledger is what the wallet keeps. Wallet.mu guards it.
type ledger struct {
	payments  []*payment
	byID      map[string]*payment
	byRequest map[string]*payment
	byURL     map[string]*payment
	refunds   map[string]*refund // by refundRequestId
	refundIDs map[string]*refund
	inProcess map[*refund]bool
	waiting   map[*payment]bool
	captures  map[string]*captured // by captureId
	replies   map[replyKey]*reply
	calls     map[string]*call
	balances  map[string]int64 // by currency, of those that were set
}

// replyKey names a request: an operation is idempotent by it.
type replyKey struct {
	op wire.Operation
	id string
}

// reply is the answer to an id, and the content of the request.
type reply struct {
	content [32]byte
	answer  func() *answer
}

func newLedger() ledger {
	return ledger{
		byID: make(map[string]*payment), byRequest: make(map[string]*payment), byURL: make(map[string]*payment),
		refunds: make(map[string]*refund), refundIDs: make(map[string]*refund), inProcess: make(map[*refund]bool),
		waiting: make(map[*payment]bool), captures: make(map[string]*captured), replies: make(map[replyKey]*reply),
		calls: make(map[string]*call), balances: make(map[string]int64),
	}
}

// find returns the payment of an id or a URL, brought up to date. It runs with
// mu held.
func (w *Wallet) find(name string) *payment {
	for _, index := range []map[string]*payment{w.byID, w.byRequest, w.byURL} {
		if p := index[name]; p != nil {
			return w.upToDate(p)
		}
	}
	return nil
}

// upToDate expires p, or releases what it reserves, if its time is over.
func (w *Wallet) upToDate(p *payment) *payment {
	now := w.now()
	switch {
	case p.status == tradepay.StatusProcessing && p.inProcess == 0 && !now.Before(p.expiresAt):
		w.expire(p)
	case p.status == tradepay.StatusAuthorized && !now.Before(p.authExpiresAt):
		w.release(p)
	case p.reversal.inProcess() && !now.Before(p.reversal.due):
		w.completeReversal(p)
	}
	return p
}

// remaining is what is still reserved of an authorized payment.
func (p *payment) remaining() int64 { return p.amount.Value - p.captured - p.voided }

// release ends an authorized payment: what is not captured goes back.
func (w *Wallet) release(p *payment) {
	w.credit(p, p.remaining())
	p.voided += p.remaining()
	if p.captured > 0 {
		w.finish(p, tradepay.StatusSuccess)
	} else {
		w.finish(p, tradepay.StatusCancelled)
	}
}

// expire ends a payment that nobody paid in time.
func (w *Wallet) expire(p *payment) {
	switch {
	case w.profile.Dialect == "v1":
		w.decline(p, expiredV1)
	case w.manners.notifiesExpiry:
		w.decline(p, expiredV2)
	default:
		w.finish(p, tradepay.StatusCancelled)
	}
}

// finish gives p its final status. The wallet notifies SUCCESS and FAIL.
func (w *Wallet) finish(p *payment, status tradepay.PaymentStatus) {
	p.status = status
	delete(w.waiting, p)
	if status != tradepay.StatusCancelled && p.notifyURL != "" {
		w.outbox = append(w.outbox, w.paymentNotice(p))
	}
}

// charge moves the payer's money, or reserves it. If the payer has not enough, the payment
// fails, and charge reports false.
func (w *Wallet) charge(p *payment) bool {
	p.inProcess = 0
	if !w.debit(p) {
		w.decline(p, noBalance)
		return false
	}
	p.charges++
	p.paidAt = w.now()
	if p.authorize {
		p.status = tradepay.StatusAuthorized
		p.authExpiresAt = p.paidAt.Add(authorizedFor)
		w.move(p, "AUTHORIZATION", p.amount.Value, w.id("authorization", p.requestID))
		delete(w.waiting, p)
		return true
	}
	p.captured = p.amount.Value
	w.move(p, "PAYMENT", p.amount.Value, w.id("transaction", p.requestID))
	w.finish(p, tradepay.StatusSuccess)
	return true
}

// Why a payment fails.
const (
	noBalance    = "USER_BALANCE_NOT_ENOUGH"
	riskRejected = "RISK_REJECT"
	expiredV1    = "Order payment expired." // the reason is a sentence in v1, and a result code in v2
	expiredV2    = "ORDER_IS_CLOSED"
)

// decline ends p for a reason.
func (w *Wallet) decline(p *payment, reason string) {
	p.failReason = reason
	w.finish(p, tradepay.StatusFailed)
}

func (w *Wallet) move(p *payment, kind string, value int64, id string) *movement {
	m := &movement{
		id: id, kind: kind, status: tradepay.TransactionSuccess,
		amount: tradepay.Amount{Currency: p.amount.Currency, Value: value}, at: w.now(),
	}
	p.movements = append(p.movements, m)
	return m
}

// completeAll completes what faults keep in process.
func (w *Wallet) completeAll() {
	for _, p := range w.payments { // in order, so that it is repeatable
		if w.waiting[p] {
			w.charge(p)
		}
		if p.reversal.inProcess() {
			w.completeReversal(p)
		}
	}
	for r := range w.inProcess {
		w.completeRefund(r)
	}
}

// button is what the payer presses on the cashier page.
type button string

const (
	buttonPay     button = "pay"
	buttonCancel  button = "cancel"
	buttonDecline button = "decline" // pays, but cannot
)

// The result codes of my.tradePay and, at the end, those that only my.pay has.
const (
	codePaid       = "9000"
	codeProcessing = "8000"
	codeFailed     = "4000"
	codeCancelled  = "6001"
	codeOffline    = "6002" // network error
	codeUnknown    = "6004" // may have succeeded

	codeBadParameter = "8001"
	codeRiskDeclined = "4001" // by risk control
	codeRiskUser     = "4002" // by the check of the user that risk control asked for
)

var (
	riskCodes = []string{codeRiskDeclined, codeRiskUser}
	// resultCodes are those that LyingCallback can report.
	resultCodes = slices.Concat([]string{codePaid, codeProcessing, codeFailed, codeCancelled, codeOffline, codeUnknown},
		riskCodes)
)

// press does what the payer wants. It returns my.tradePay's result code and
// the notifications that it caused. sent is the message of the page for the
// observer; nil if there is no page.
func (w *Wallet) press(p *payment, b button, sent func() *Message) (code string, caused []*notice, err error) {
	start := time.Now()
	var e Event
	w.mu.Lock()
	e = p.step(15, start)
	w.mu.Unlock()
	e.Detail = string(b)
	if sent != nil && w.watched() {
		e.Message = sent()
	}
	w.emit(e)
	e.Message = nil
	var fault Fault
	caused = w.locked(func() { code, fault, err = w.handle(w.upToDate(p), b) })
	w.emitFault(fault, wire.OpPay)
	e.Step, e.Name, e.Took, e.Err, e.Detail = 16, "", time.Since(start), err, code
	w.emit(e)
	return code, caused, err
}

// handle runs with mu held.
func (w *Wallet) handle(p *payment, b button) (code string, fault Fault, err error) {
	switch {
	case p.charges > 0 && p.status != tradepay.StatusCancelled && b == buttonPay:
		return codePaid, fault, nil // once only
	case p.charges > 0 && p.status != tradepay.StatusCancelled:
		return codePaid, fault, fmt.Errorf("%w: it is %s", ErrNotOpen, p.status)
	case p.inProcess > 0 && b == buttonPay:
		return codeProcessing, fault, nil
	case p.status != tradepay.StatusProcessing || p.inProcess > 0:
		return codeFailed, fault, fmt.Errorf("%w: it is %s", ErrNotOpen, p.status)
	}
	switch b {
	case buttonCancel:
		return codeCancelled, fault, nil
	case buttonDecline:
		w.decline(p, noBalance)
		return codeFailed, fault, nil
	}
	switch fault = w.meet(wire.OpPay, []FaultKind{PaymentProcessing, RiskDeclined}, nil); fault.Kind {
	case RiskDeclined:
		w.decline(p, riskRejected)
		if w.profile.Routes.CashierJSAPI != "pay" {
			return codeFailed, fault, nil
		}
		return cmp.Or(fault.Code, codeRiskDeclined), fault, nil
	case PaymentProcessing:
		p.inProcess = 2
		w.waiting[p] = true
		return codeProcessing, fault, nil
	}
	if !w.charge(p) {
		return codeFailed, fault, nil
	}
	return codePaid, fault, nil
}

// act presses a button without a page.
func (w *Wallet) act(name string, b button) error {
	start := time.Now()
	var p *payment
	w.post(w.locked(func() { p = w.find(name) }))
	if p == nil {
		return ErrNoPayment
	}
	code, caused, err := w.press(p, b, nil)
	e := p.result(code, start)
	e.Err = err
	w.emit(e)
	w.post(caused)
	return err
}

// Pay pays, like a payer who presses Pay on the cashier page. payment is its PaymentURL,
// PaymentID or PaymentRequestID. Pay does nothing if the payment is paid.
func (w *Wallet) Pay(payment string) error { return w.act(payment, buttonPay) }

// Decline makes the payment fail because the payer has not enough money: FAIL.
func (w *Wallet) Decline(payment string) error { return w.act(payment, buttonDecline) }

// Cancel leaves the cashier page, like a payer who presses Cancel. The payment stays
// PROCESSING, and the payer can pay until it expires.
func (w *Wallet) Cancel(payment string) error { return w.act(payment, buttonCancel) }

// Expire ends the time of the payment: CANCELLED without a notification or, at wallets of
// the v1 dialect, Antom and Rebell, FAIL with one. It ends the reservation of an
// authorized payment; what the merchant captured stays captured.
func (w *Wallet) Expire(payment string) error {
	err := ErrNoPayment
	w.post(w.locked(func() {
		p := w.find(payment)
		if p == nil {
			return
		}
		switch p.status {
		case tradepay.StatusProcessing:
			err = nil
			p.expiresAt, p.inProcess = w.now(), 0
			w.expire(p)
		case tradepay.StatusAuthorized:
			err = nil
			p.authExpiresAt = w.now()
			w.release(p)
		default:
			err = fmt.Errorf("%w: it is %s", ErrNotOpen, p.status)
		}
	}))
	return err
}

// Payments returns copies of all payments, in the order of their creation.
func (w *Wallet) Payments() []Payment {
	var all []Payment
	w.post(w.locked(func() {
		all = make([]Payment, len(w.payments))
		for i, p := range w.payments {
			all[i] = w.upToDate(p).snapshot()
		}
	}))
	return all
}

// Payment returns a copy of one payment. payment names it as in [Wallet.Pay].
func (w *Wallet) Payment(payment string) (Payment, bool) {
	var found Payment
	var ok bool
	w.post(w.locked(func() {
		if p := w.find(payment); p != nil {
			found, ok = p.snapshot(), true
		}
	}))
	return found, ok
}

func (p *payment) snapshot() Payment {
	part := func(value int64) tradepay.Amount {
		return tradepay.Amount{Currency: p.amount.Currency, Value: value}
	}
	return Payment{
		PaymentID: p.id, PaymentRequestID: p.requestID, PaymentURL: p.url, Payee: p.payee, Title: p.title,
		Amount: p.amount, Status: p.status, FailReason: p.failReason,
		Captured: part(p.captured), Voided: part(p.voided), Refunded: part(p.refunded), Charges: p.charges,
		CreatedAt: p.createdAt, ExpiresAt: p.expiresAt, PaidAt: p.paidAt, AuthExpiresAt: p.authExpiresAt,
		NotifyURL: p.notifyURL, Notified: p.acknowledged, Deliveries: slices.Clone(p.deliveries),
	}
}

// amountFields is the wire form of an amount.
func (w *Wallet) amountFields(currency string, value int64) map[string]any {
	if w.profile.Quirks.NumericAmounts {
		return map[string]any{"currency": currency, "value": value}
	}
	return map[string]any{"currency": currency, "value": strconv.FormatInt(value, 10)}
}
