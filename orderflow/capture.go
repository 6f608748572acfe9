package orderflow

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wire"
)

// CaptureState is the state of a capture.
type CaptureState string

// The states of a capture.
const (
	CaptureOpen      CaptureState = "open"      // stored; sent already, or not yet
	CaptureSucceeded CaptureState = "succeeded" // the wallet has charged the payer
	CaptureFailed    CaptureState = "failed"    // finally; nothing was charged for it
)

// CaptureRequest charges what is reserved of an order, or a part of it.
type CaptureRequest struct {
	ID     string          // CaptureRequestID: the merchant's id and idempotency key; required
	Amount tradepay.Amount // zero for all that is still reserved
	// Partial says that more captures follow. Without it the capture is the last: the
	// wallet releases what is left, and the order is paid.
	Partial bool
}

// Capture is a copy of what the database has about a capture.
type Capture struct {
	ID         string
	OrderID    string
	State      CaptureState
	Amount     tradepay.Amount
	Partial    bool   // more captures were to follow
	PaymentID  string // of the order when the capture was stored; most wallets want it
	CaptureID  string // the wallet's id, once it is known
	FailReason string
	CreatedAt  time.Time
	UpdatedAt  time.Time

	kind  kind
	sends int
}

// kind is what a row of captures asks for.
type kind string

const (
	kindPart kind = "part" // a capture, after which more follow
	kindLast kind = "last" // a capture, with which the reservation ends
	kindVoid kind = "void" // the release of all that is reserved
)

// void reports whether this releases instead of charging.
func (c *Capture) void() bool { return c.kind == kindVoid }

// named says what it is.
func (c *Capture) named() string {
	if c.void() {
		return fmt.Sprintf("void %q", c.ID)
	}
	return fmt.Sprintf("capture %q", c.ID)
}

const captureColumns = `id, order_id, kind, state, currency, value, payment_id, wallet_id, fail_reason, sends,
	created_at, updated_at`

func scanCapture(row scanner) (*Capture, error) {
	var c Capture
	var created, updated int64
	err := row.Scan(&c.ID, &c.OrderID, &c.kind, &c.State, &c.Amount.Currency, &c.Amount.Value, &c.PaymentID,
		&c.CaptureID, &c.FailReason, &c.sends, &created, &updated)
	knownState := c.State == CaptureOpen || c.State == CaptureSucceeded || c.State == CaptureFailed
	knownKind := c.kind == kindPart || c.kind == kindLast || c.kind == kindVoid
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case unscannable(err):
		return nil, &UnreadableError{ID: c.ID, Reason: "a column holds another type than this version stores"}
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	case !knownState:
		return nil, &UnreadableError{
			ID:     c.ID,
			Reason: fmt.Sprintf("its state %q is none of this version", clip(string(c.State), 64)),
		}
	case !knownKind:
		return nil, &UnreadableError{
			ID:     c.ID,
			Reason: fmt.Sprintf("its kind %q is none of this version", clip(string(c.kind), 64)),
		}
	}
	c.Partial = c.kind == kindPart
	c.CreatedAt, c.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return &c, nil
}

// about names what an alarm says of the capture.
func (c *Capture) about(aspect string) string { return digestOf([]byte(c.ID), []byte(aspect)) }

// Capture stores the capture, then asks the wallet to charge what it reserved, or a
// part of it. The order is StateSettling until the wallet has given its final answer,
// for which the flow keeps asking. After [tradepay.ErrOutcomeUnknown], Capture returns a
// CaptureOpen capture beside the error: do not retry with a new id. An order has one
// capture or void under way at a time.
//
// After a Partial capture that leaves something reserved the order is StateAuthorized
// again. After any other it is StatePaid, and the flow fulfils it, once, over
// Order.Captured. All captures together are at most Order.Amount.
//
// Look at the capture's State. It may be CaptureOpen without an error, too, while the
// wallet works on it. After [tradepay.ErrRejected] the flow has asked the wallet about
// the payment: CaptureFailed means that nothing was charged, and if the reservation has
// ended, the order has, too. A further call returns a capture that has failed without an
// error.
//
// The same id with the same content is the same capture; other content matches
// [ErrConflict]. [ErrTransition] means that nothing is reserved, that another capture or a
// void is under way, or that a cancel may still release the amount, of which the wallet gave
// no clear answer within the last hour. An amount over what is still reserved matches
// [tradepay.ErrInvalidAmount].
func (f *Flow) Capture(ctx context.Context, orderID string, req CaptureRequest) (*Capture, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	c := &Capture{ID: req.ID, OrderID: orderID, Amount: req.Amount, Partial: req.Partial, kind: kindLast}
	if req.Partial {
		c.kind = kindPart
	}
	var o *Order
	err := f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, orderID); err != nil {
			return err
		}
		known, err := f.loadCapture(ctx, tx, req.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			if c.Amount.IsZero() {
				c.Amount = o.reservedLeft()
			}
			return f.openCapture(ctx, tx, o, c, ActorMerchant)
		case err != nil:
			return err
		}
		if fields := known.differing(orderID, req); len(fields) > 0 {
			return fmt.Errorf("%w: capture %q differs in %s; use a new id for another capture",
				ErrConflict, req.ID, strings.Join(fields, ", "))
		}
		c = known
		return nil
	})
	if err != nil {
		return nil, err
	}
	if c.State != CaptureOpen {
		return c, nil
	}
	return f.sendCapture(ctx, o, c)
}

// differing names the fields of a request that are not those of the capture.
func (c *Capture) differing(orderID string, req CaptureRequest) []string {
	if c.void() {
		return []string{"its kind: it is a void"}
	}
	var fields []string
	if c.OrderID != orderID {
		fields = append(fields, "OrderID")
	}
	if !req.Amount.IsZero() && c.Amount != req.Amount {
		fields = append(fields, "Amount")
	}
	if c.Partial != req.Partial {
		fields = append(fields, "Partial")
	}
	return fields
}

// Void releases all that is still reserved of an order, which the payer gets back, and
// returns the order. The flow stores the void first, and sends it again until the wallet
// has given its final answer. Until then the order is StateSettling, and Void returns it
// with [tradepay.ErrOutcomeUnknown].
//
// If nothing was captured, the order ends as StateCancelled. If a part was, the order is
// StatePaid, and the flow fulfils it over Order.Captured. If the wallet rejects the void,
// the error matches [tradepay.ErrRejected] and the order is as it was. Where a wallet has
// no void, the flow cancels the payment, which releases it, unless a part was captured:
// then the error matches [tradepay.ErrNotSupported].
//
// Void returns a closed order as it is. [ErrAlreadyPaid] means that all was captured:
// call Refund. [ErrTransition] means that nothing is reserved, that a capture is under way,
// or, where a wallet has no void, that it rejected a cancel less than an hour ago.
func (f *Flow) Void(ctx context.Context, id string) (*Order, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	var o *Order
	var c *Capture
	err := f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, id); err != nil || o.State.Closed() {
			return err
		}
		switch {
		case o.State.settled():
			return fmt.Errorf("%w: order %q is %s; call Refund", ErrAlreadyPaid, o.ID, o.State)
		case o.State == StateSettling:
			if c, err = f.underWay(ctx, tx, o); err == nil && !c.void() {
				err = &TransitionError{ID: o.ID, From: o.State, To: StateCancelled, Reason: c.named() + " is under way"}
			}
			return err
		}
		if err := f.mayVoidAgain(ctx, tx, o); err != nil {
			return err
		}
		if err := f.openVoid(ctx, tx, o, ActorMerchant); err != nil {
			return err
		}
		c, err = f.underWay(ctx, tx, o)
		return err
	})
	if err != nil || o.State.Closed() {
		return o, err
	}
	_, callErr := f.sendCapture(ctx, o, c)
	o, err = f.Get(ctx, id)
	switch {
	case err != nil:
		return nil, errors.Join(callErr, err)
	case o.State.Closed() || o.State.settled():
		return o, nil
	case callErr == nil:
		callErr = fmt.Errorf("%w: %s is under way", tradepay.ErrOutcomeUnknown, c.named())
	}
	return o, callErr
}

// reservedLeft is what of an order is reserved and not captured.
func (o *Order) reservedLeft() tradepay.Amount {
	return tradepay.Amount{Currency: o.Amount.Currency, Value: o.Amount.Value - o.Captured.Value}
}

// openCapture checks a new capture and stores it; the order, locked by tx, waits for it.
func (f *Flow) openCapture(ctx context.Context, tx *transaction, o *Order, c *Capture, actor Actor) error {
	rejected := func(reason string) error {
		return &TransitionError{ID: o.ID, From: o.State, To: StateSettling, Reason: reason}
	}
	switch {
	case o.State == StateSettling:
		return rejected("another capture or a void is under way")
	case o.State != StateAuthorized:
		return rejected("nothing of it is reserved")
	case f.mayBeCancelling(o) && !c.void():
		return rejected("the cancel of " + o.cancelSentAt.Format(time.RFC3339) + " may still release it")
	}
	left := o.reservedLeft()
	if c.Amount.Currency != left.Currency {
		return &tradepay.FieldError{Field: "Amount", Rule: "must be in " + left.Currency + ", as the order",
			Remedy: "leave it zero for all that is reserved", Err: tradepay.ErrInvalidAmount}
	}
	if c.Amount.Value <= 0 || c.Amount.Value > left.Value {
		return &tradepay.FieldError{
			Field:  "Amount",
			Rule:   fmt.Sprintf("must be positive and at most what is still reserved of the order, %s", left),
			Remedy: "leave it zero for all that is reserved",
			Err:    tradepay.ErrInvalidAmount,
		}
	}
	c.PaymentID = o.PaymentID
	if !c.void() {
		if err := f.client.CheckCapture(f.captureRequest(c)); err != nil {
			return err
		}
	}
	now := f.now()
	c.State, c.CreatedAt, c.UpdatedAt = CaptureOpen, now, now
	rows, err := tx.exec(ctx, `INSERT INTO orderflow_captures
			(client, id, order_id, kind, state, currency, value, payment_id, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING`,
		f.name, c.ID, c.OrderID, string(c.kind), string(c.State), c.Amount.Currency, c.Amount.Value, c.PaymentID,
		now.UnixMilli())
	switch {
	case err != nil:
		return err
	case rows != 1:
		return fmt.Errorf("%w: capture %q", ErrConflict, c.ID)
	}
	return f.move(ctx, tx, o, StateSettling, actor, c.named()+" of "+c.Amount.String(), nil)
}

// mayVoidAgain rejects another release by cancel, at a wallet that has no void, soon after
// one: while its outcome is not clear nothing can be captured, and a payer who asks for one
// after the other would keep the merchant from it for ever.
func (f *Flow) mayVoidAgain(ctx context.Context, tx *transaction, o *Order) error {
	profile := f.client.Wallet()
	_, hasNone := profile.Routes.Unsupported[wire.OpVoid]
	if o.State != StateAuthorized || !hasNone && profile.Path(wire.OpVoid) != "" {
		return nil
	}
	var millis sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT MAX(updated_at) FROM orderflow_captures
		WHERE client = $1 AND order_id = $2 AND kind = 'void'`, f.name, o.ID).Scan(&millis)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	last := time.UnixMilli(millis.Int64)
	justRejected := millis.Valid && f.now().Sub(last) < cancelDoubt
	if !justRejected && !f.mayBeCancelling(o) {
		return nil
	}
	return &TransitionError{ID: o.ID, From: o.State, To: StateCancelled,
		Reason: "a cancel of it was rejected or may be under way; capture it, or try again an hour later"}
}

// openVoid stores a void of all that is reserved of an order, locked by tx.
func (f *Flow) openVoid(ctx context.Context, tx *transaction, o *Order, actor Actor) error {
	var before int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM orderflow_captures
		WHERE client = $1 AND order_id = $2`, f.name, o.ID).Scan(&before)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	wanted := o.CancelRequestedAt
	if wanted.IsZero() {
		o.CancelRequestedAt = f.now()
	}
	err = f.openCapture(ctx, tx, o, &Capture{
		ID: derivedID(fmt.Sprintf("void-%d-", before+1), o.ID), OrderID: o.ID, Amount: o.reservedLeft(), kind: kindVoid,
	}, actor)
	if err != nil {
		o.CancelRequestedAt = wanted // what is returned is what is stored
	}
	return err
}

func (f *Flow) captureRequest(c *Capture) *tradepay.CaptureRequest {
	return &tradepay.CaptureRequest{
		CaptureRequestID: c.ID, PaymentRequestID: c.OrderID, PaymentID: c.PaymentID,
		Amount: c.Amount, Partial: c.Partial,
	}
}

func (f *Flow) loadCapture(ctx context.Context, tx *transaction, id string) (*Capture, error) {
	if !storable(id) {
		return nil, ErrNotFound
	}
	query := `SELECT ` + captureColumns + ` FROM orderflow_captures WHERE client = $1 AND id = $2` + f.db.lock()
	return scanCapture(tx.QueryRowContext(ctx, query, f.name, id))
}

// selectOpenCapture reads the capture or void that an order waits for.
const selectOpenCapture = `SELECT ` + captureColumns + ` FROM orderflow_captures
	WHERE client = $1 AND order_id = $2 AND state = 'open'`

// openCaptureOf returns the capture or void that an order waits for.
func (f *Flow) openCaptureOf(ctx context.Context, orderID string) (*Capture, error) {
	return scanCapture(f.db.read.QueryRowContext(ctx, selectOpenCapture, f.name, orderID))
}

// underWay returns the capture or void that an order, locked by tx, waits for; nil if it
// waits for none.
func (f *Flow) underWay(ctx context.Context, tx *transaction, o *Order) (*Capture, error) {
	if o.State != StateSettling {
		return nil, nil //nolint:nilnil // none is no error
	}
	return scanCapture(tx.QueryRowContext(ctx, selectOpenCapture, f.name, o.ID))
}

// captureAnswer is what the wallet says about a capture or a void, or why it says
// nothing.
type captureAnswer struct {
	err       error
	status    tradepay.TransactionStatus
	walletID  string
	remaining tradepay.Amount // still reserved after a void
	by        Actor
	reason    string // why it failed
	raw       []byte // the verified message
	total     int64  // what was captured of an order from before a restore; see capturedBefore
	// cancelsOver is how many of the cancels that were counted are known to be over.
	cancelsOver int
}

// sendCapture asks the wallet for a stored capture or void and records its word. The same
// id and content move the money once, however often it is called.
func (f *Flow) sendCapture(ctx context.Context, o *Order, c *Capture) (*Capture, error) {
	// Somebody else may have ended it since it was read: what has failed here must not
	// succeed at the wallet behind our back.
	err := f.db.inTx(ctx, func(tx *transaction) error {
		stored, err := f.loadCapture(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		c = stored
		if c.State != CaptureOpen {
			return nil
		}
		c.sends++
		_, err = tx.exec(ctx, `UPDATE orderflow_captures SET sends = sends + 1 WHERE client = $1 AND id = $2`,
			f.name, c.ID)
		return err
	})
	if err != nil || c.State != CaptureOpen {
		return c, err
	}
	a := f.callCapture(ctx, o, c)
	if rejectedForGood(a.err) {
		return f.captureRejected(ctx, o, c, a)
	}
	return f.recordCapture(ctx, c, a)
}

func (f *Flow) callCapture(ctx context.Context, o *Order, c *Capture) *captureAnswer {
	client, a := f.clientFor(o), &captureAnswer{by: ActorWallet}
	if !c.void() {
		answer, err := client.Capture(ctx, f.captureRequest(c))
		if a.err = err; err == nil {
			a.status, a.walletID, a.raw = answer.Status, answer.CaptureID, answer.Raw
		}
		return a
	}
	answer, err := client.Void(ctx, &tradepay.VoidRequest{
		VoidRequestID: c.ID, PaymentRequestID: c.OrderID, PaymentID: c.PaymentID, NotifyURL: o.Request.VoidNotifyURL,
	})
	nothingCharged := c.Amount == o.Amount
	if errors.Is(err, tradepay.ErrNotSupported) && nothingCharged {
		return f.cancelReserved(ctx, o)
	}
	if a.err = err; err == nil {
		a.status, a.walletID, a.remaining, a.raw = answer.Status, answer.VoidID, answer.Remaining, answer.Raw
	}
	return a
}

// cancelReserved releases a reservation at a wallet that has no void. It asks first: some
// wallets give back with a cancel what was charged, and by hand or before a restore something
// may have been.
func (f *Flow) cancelReserved(ctx context.Context, o *Order) *captureAnswer {
	limited, stop := context.WithTimeout(ctx, cancelTime)
	defer stop()
	a := &captureAnswer{by: ActorWallet, status: tradepay.TransactionProcessing}
	if a.err = f.mayRelease(limited, o); a.err != nil {
		return a
	}
	if a.err = f.countRelease(ctx, o.ID); a.err != nil {
		return a
	}
	answer, err := f.clientFor(o).CancelOrder(limited, o.ref())
	if a.err = err; err != nil {
		a.cancelsOver = f.cancelsOver(err)
		return a
	}
	a.raw = answer.Raw
	if answer.Status == tradepay.StatusCancelled {
		a.status = tradepay.TransactionSuccess
	}
	return a
}

// mayRelease asks whether the wallet only reserves the amount of an order. Of anything else
// the inquiry that follows makes what it is.
func (f *Flow) mayRelease(ctx context.Context, o *Order) error {
	answer, err := f.clientFor(o).QueryOrder(ctx, o.ref())
	if err != nil {
		return fmt.Errorf("%w: asked before the release: %s", tradepay.ErrOutcomeUnknown, err.Error())
	}
	v := verdictOf(answer, ActorReconcile, "inquiry")
	if _, named := v.captured(o); v.status != tradepay.StatusAuthorized || named {
		return fmt.Errorf("%w: the wallet has no void, and a cancel would give back what is charged: it says %s",
			tradepay.ErrNotSupported, v.status)
	}
	return nil
}

// countRelease stores that a cancel is about to be sent, as [Flow.countCancel] does of an
// order that is not reserved: what is paid later may be given back by it.
func (f *Flow) countRelease(ctx context.Context, id string) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case o.State != StateSettling:
			return &TransitionError{ID: o.ID, From: o.State, To: StateCancelled, Reason: "no void is under way"}
		}
		o.cancels++
		o.cancelSentAt = f.now()
		f.save(tx, o, o.State)
		return nil
	})
}

// captureRejected asks about the payment before it believes that a capture or a void was
// rejected: the answer names neither, and an earlier call may have come through.
func (f *Flow) captureRejected(ctx context.Context, o *Order, c *Capture, a *captureAnswer) (*Capture, error) {
	to, cause := toInquiry, a.err
	to.cancelsOver = a.cancelsOver
	if f.rejectsForCertain(c, cause) {
		to.rejected = c.ID
	}
	answer, err := f.clientFor(o).QueryOrder(ctx, o.ref())
	_, err = f.record(ctx, o.ID, answer, err, to)
	c, failed := f.reread(ctx, c)
	switch {
	case failed == nil && c.State == CaptureSucceeded:
		return c, err
	case failed == nil && c.State == CaptureFailed:
		return c, errors.Join(cause, err)
	}
	// Whatever these errors match, the outcome is unknown, and nothing else.
	return c, fmt.Errorf("%w: %s", tradepay.ErrOutcomeUnknown, errors.Join(cause, err, failed).Error())
}

// rejectsForCertain reports whether the rejection of a call says that no call of this
// capture will be carried out. Some other call's answer may have taken its place: a
// client that distrusts such answers has to wait.
func (f *Flow) rejectsForCertain(c *Capture, cause error) bool {
	var api *tradepay.APIError
	notSent := !errors.As(cause, &api) || api.NotSent
	onlyCall := c.sends <= 1 && (notSent || !f.client.ConfirmsOrders())
	return onlyCall || f.now().Sub(c.CreatedAt) > refundDoubt
}

// reread returns a capture as it is now.
func (f *Flow) reread(ctx context.Context, c *Capture) (*Capture, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer cancel()
	now, err := scanCapture(f.db.read.QueryRowContext(ctx, `SELECT `+captureColumns+` FROM orderflow_captures
		WHERE client = $1 AND id = $2`, f.name, c.ID))
	if err != nil {
		return c, err
	}
	return now, nil
}

// followCapture goes on with a capture or void that may have been sent: it asks what
// became of the payment, and sends the same again unless that tells.
func (f *Flow) followCapture(ctx context.Context, o *Order, c *Capture) (*Capture, error) {
	if c.sends == 0 {
		return f.sendCapture(ctx, o, c)
	}
	if _, err := f.ask(ctx, o); err != nil {
		return c, err
	}
	return f.sendCapture(ctx, o, c)
}

// recordCapture brings a capture and its order in line with the wallet's answer.
func (f *Flow) recordCapture(ctx context.Context, c *Capture, a *captureAnswer) (*Capture, error) {
	if a.succeeded() {
		a.total, a.err = f.capturedBefore(ctx, c)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer cancel()
	sent := c
	err := f.db.inTx(ctx, func(tx *transaction) error {
		o, err := f.load(ctx, tx, sent.OrderID)
		if err != nil {
			return err
		}
		if c, err = f.loadCapture(ctx, tx, sent.ID); err != nil {
			return err
		}
		return f.settleCapture(ctx, tx, o, c, a)
	})
	if !isKept(err) { // the capture is open as before
		return sent, errors.Join(undecided(a.err), err)
	}
	return c, errors.Join(a.err, err)
}

// succeeded reports whether the wallet has done what was asked for.
func (a *captureAnswer) succeeded() bool {
	return a.err == nil && a.status == tradepay.TransactionSuccess
}

// capturedBefore is what the wallet has captured of an order from before a restore, which
// may have lost other captures. It is 0 for any other order, and where the wallet does not
// say.
func (f *Flow) capturedBefore(ctx context.Context, c *Capture) (int64, error) {
	o, err := f.Get(ctx, c.OrderID)
	if err != nil || !f.predates(o) {
		return 0, err
	}
	answer, err := f.clientFor(o).QueryOrder(ctx, o.ref())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", tradepay.ErrOutcomeUnknown, err) // it stays open
	}
	v := verdictOf(answer, ActorReconcile, "inquiry")
	sum, _ := v.captured(o)
	return sum, nil
}

// settleCapture records the wallet's answer to a capture or void, which is locked by tx,
// as its order is.
func (f *Flow) settleCapture(ctx context.Context, tx *transaction, o *Order, c *Capture, a *captureAnswer) error {
	if c.State == CaptureFailed && !c.void() && a.succeeded() {
		f.lookAgain(tx, o)
		return f.alarm(ctx, tx, Alarm{Kind: AlarmCapture, OrderID: o.ID, about: c.about("succeeded"),
			Reason: c.named() + " succeeded at the wallet, and had failed here"}, a.raw)
	}
	if c.State != CaptureOpen || o.State != StateSettling {
		return nil
	}
	switch {
	case a.succeeded() && c.void():
		return f.released(ctx, tx, o, c, a)
	case a.succeeded():
		return f.captured(ctx, tx, o, c, a)
	case a.err != nil:
		o.LastError = a.err.Error()
	}
	f.save(tx, o, o.State)
	if a.walletID == "" || a.walletID == c.CaptureID {
		return nil
	}
	c.CaptureID = clip(a.walletID, 64)
	return f.saveCapture(ctx, tx, c, CaptureOpen)
}

// lookAgain has the wallet asked about an order that may have been charged more than it
// notes.
func (f *Flow) lookAgain(tx *transaction, o *Order) {
	waits := o.State.reserved() || o.State.Closed() && o.LateAt.IsZero()
	if waits {
		o.NextAt = f.now()
	}
	f.save(tx, o, o.State)
	f.doubt(tx, o)
}

// captured records that a capture has succeeded.
func (f *Flow) captured(ctx context.Context, tx *transaction, o *Order, c *Capture, a *captureAnswer) error {
	c.CaptureID = clip(cmp.Or(a.walletID, c.CaptureID), 64)
	if err := f.saveCapture(ctx, tx, c, CaptureSucceeded); err != nil {
		return err
	}
	first := o.Captured.Value == 0
	sum := o.Captured.Value + c.Amount.Value
	if a.total > 0 {
		sum = max(o.Captured.Value, a.total)
	}
	o.Captured = tradepay.Amount{Currency: o.Amount.Currency, Value: min(sum, o.Amount.Value)}
	o.LastError = ""
	to := StateAuthorized
	if c.kind == kindLast || o.Captured.Value == o.Amount.Value {
		to, o.PaidAt = StatePaid, f.now()
		if first { // of what was captured before, or a while ago, the wallet may have given back
			o.freshUntil = f.freshFrom(c.CreatedAt)
		}
	}
	return f.move(ctx, tx, o, to, a.by, c.named()+" succeeded", a.raw)
}

// released records that a void has succeeded: the reservation has ended.
func (f *Flow) released(ctx context.Context, tx *transaction, o *Order, c *Capture, a *captureAnswer) error {
	if a.remaining.Value > 0 {
		a.reason = fmt.Sprintf("the wallet still keeps %s", a.remaining)
		return f.captureFailed(ctx, tx, o, c, a)
	}
	c.CaptureID = clip(cmp.Or(a.walletID, c.CaptureID), 64)
	if err := f.saveCapture(ctx, tx, c, CaptureSucceeded); err != nil {
		return err
	}
	if a.total > o.Captured.Value {
		o.Captured = tradepay.Amount{Currency: o.Amount.Currency, Value: min(a.total, o.Amount.Value)}
	}
	o.LastError = ""
	to := f.leftUncaptured(o)
	if o.Captured.Value > 0 {
		to, o.PaidAt = StatePaid, f.now()
	}
	return f.move(ctx, tx, o, to, a.by, c.named()+" succeeded", a.raw)
}

// captureFailed records that a capture or a void has failed: the order is as it was.
func (f *Flow) captureFailed(ctx context.Context, tx *transaction, o *Order, c *Capture, a *captureAnswer) error {
	if err := f.failCapture(ctx, tx, o, c, a); err != nil {
		return err
	}
	if c.void() {
		o.CancelRequestedAt = time.Time{}
	}
	o.LastError = a.reason
	return f.move(ctx, tx, o, StateAuthorized, a.by, fmt.Sprintf("%s failed: %s", c.named(), a.reason), a.raw)
}

// endCapture ends what was under way with its reservation: a void has nothing left to
// release, and a capture has not come about. c is nil if nothing was.
func (f *Flow) endCapture(ctx context.Context, tx *transaction, o *Order, c *Capture, v verdict) error {
	switch {
	case c == nil:
		return nil
	case c.void():
		return f.saveCapture(ctx, tx, c, CaptureSucceeded)
	}
	return f.failCapture(ctx, tx, o, c, &captureAnswer{raw: v.raw, reason: "the reservation has ended"})
}

// failCapture notes that a capture or a void has failed, and tells a person.
func (f *Flow) failCapture(ctx context.Context, tx *transaction, o *Order, c *Capture, a *captureAnswer) error {
	c.FailReason = a.reason
	if err := f.saveCapture(ctx, tx, c, CaptureFailed); err != nil {
		return err
	}
	return f.raise(ctx, tx, Alarm{Kind: AlarmCapture, OrderID: o.ID, about: c.about("failed"),
		Reason: fmt.Sprintf("%s failed: %s", c.named(), a.reason)}, a.raw)
}

func (f *Flow) saveCapture(ctx context.Context, tx *transaction, c *Capture, state CaptureState) error {
	c.State, c.UpdatedAt = state, f.now()
	_, err := tx.exec(ctx, `UPDATE orderflow_captures SET state = $3, wallet_id = $4, fail_reason = $5, updated_at = $6
		WHERE client = $1 AND id = $2 AND state = 'open'`,
		f.name, c.ID, string(c.State), c.CaptureID, clip(c.FailReason, 256), c.UpdatedAt.UnixMilli())
	return err
}

// voidOf returns the void under way that a notification says has succeeded; nil for any
// other notification.
func (f *Flow) voidOf(ctx context.Context, tx *transaction, o *Order, n *tradepay.Notification) (*Capture, error) {
	succeeded := n.Kind == tradepay.NotificationVoid && n.VoidStatus == tradepay.TransactionSuccess
	if !succeeded || n.VoidRequestID == "" || f.predates(o) {
		return nil, nil //nolint:nilnil // none is no error
	}
	c, err := f.underWay(ctx, tx, o)
	if err != nil || c == nil || !c.void() || c.ID != n.VoidRequestID {
		return nil, known(err)
	}
	ofAPart := !n.Amount.IsZero() && n.Amount != c.Amount
	if ofAPart { // the rest is still reserved, or this is another void: the wallet is asked
		return nil, nil //nolint:nilnil // none is no error
	}
	return c, nil
}

// voidTold is what such a notification says.
func voidTold(n *tradepay.Notification) *captureAnswer {
	return &captureAnswer{
		by: ActorNotification, status: tradepay.TransactionSuccess, walletID: n.VoidID, raw: n.Raw,
	}
}

// captureUnreadable tells a person of an order that waits for a capture or void which
// cannot be read or is gone.
func (f *Flow) captureUnreadable(ctx context.Context, tx *transaction, o *Order) error {
	return f.raiseAtMost(ctx, tx, Alarm{
		Kind: AlarmUnreadable, OrderID: o.ID, about: "capture",
		Reason: "it is settling, and its open capture or void cannot be read or is gone",
	}, unreadableEvery)
}

// Captures returns the captures of an order, oldest first.
func (f *Flow) Captures(ctx context.Context, orderID string) ([]*Capture, error) {
	rows, err := f.db.read.QueryContext(ctx, `SELECT `+captureColumns+` FROM orderflow_captures
		WHERE client = $1 AND order_id = $2 AND kind <> 'void' ORDER BY created_at, id`, f.name, orderID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	var captures []*Capture
	for rows.Next() {
		c, err := scanCapture(rows)
		if err != nil {
			return nil, err
		}
		captures = append(captures, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return captures, nil
}
