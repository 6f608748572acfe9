package orderflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	tradepay "github.com/tradepay/tradepay-go"
)

// Order is a copy of what the database has about an order.
type Order struct {
	ID     string // its PaymentRequestID
	State  State
	Amount tradepay.Amount
	// Captured is what was charged of an amount that was only reserved; zero value
	// without a capture, and for every other order.
	Captured   tradepay.Amount `json:",omitzero"`
	Refunded   tradepay.Amount `json:",omitzero"` // given back for certain; zero value without a refund
	Title      string
	PaymentID  string // the wallet's id, once it is known
	PaymentURL string // for my.tradePay; up to 4,096 characters
	TradeNo    string
	OrderCode  string
	// WalletStatus is the status in the wallet's latest verified message.
	WalletStatus tradepay.PaymentStatus
	FailReason   string // why the payment failed, as the wallet says it
	LastError    string // why the last try to settle or fulfil the order did not succeed
	Tries        int    // how often the flow worked on it in its present state
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ExpiresAt    time.Time // until when the payer can pay
	// AuthorizedUntil is when the wallet releases what it reserves and the merchant has
	// not captured; zero if the wallet does not say.
	AuthorizedUntil time.Time `json:",omitzero"`
	NextAt          time.Time // when the flow works on it again by itself; zero for never
	PaidAt          time.Time
	FulfilledAt     time.Time
	// ParkedAt is when the flow left the paid order to a person, such as after the
	// last allowed try of Fulfil. [Flow.Retry] starts its fulfilment again.
	ParkedAt time.Time
	// LateAt is when the flow learned that the payment succeeded although the
	// order was closed; see [LatePolicy].
	LateAt            time.Time
	CancelRequestedAt time.Time // when the order's end was wanted, by Cancel, by Void or by its expiry
	// Request is the request for the payment. It holds payers' data, and JSON
	// leaves it out.
	Request tradepay.CreateOrderRequest `json:"-"`

	request string // as stored, the same bytes on every call
	digest  string
	resume  State // where a failed refund leads back to
	sends   int   // how often a pay was begun
	// cancels is how many cancels were begun that are not known to be over.
	// cancelSentAt is when the last was.
	cancels      int
	cancelSentAt time.Time
	// freshUntil is until when the wallet's word that the order is paid stands
	// without a question. Anything else that the wallet says ends it.
	freshUntil time.Time
	trace      string // in which it was created, see Tracing
}

// TradePay returns what the mini program passes to my.tradePay.
func (o *Order) TradePay() tradepay.TradePayParams {
	return (&tradepay.Order{PaymentURL: o.PaymentURL, TradeNo: o.TradeNo}).TradePay()
}

// Format prints the id, the state and the amount, whatever the verb.
func (o Order) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "orderflow.Order{ID:%q State:%s Amount:%s}", o.ID, o.State, o.Amount)
}

// LogValue logs the id and the state only.
func (o Order) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", o.ID), slog.String("state", string(o.State)))
}

// awaitsFulfil reports whether the order is paid, and neither fulfilled nor left
// to a person.
func (o *Order) awaitsFulfil() bool { return o.State == StatePaid && o.ParkedAt.IsZero() }

// awaitsURL reports whether the order is still to get what the payer pays with.
func (o *Order) awaitsURL() bool {
	return o.State.Open() && o.CancelRequestedAt.IsZero() && !o.payable()
}

// payable reports whether the payer has something to pay with.
func (o *Order) payable() bool { return o.PaymentURL != "" || o.TradeNo != "" || o.OrderCode != "" }

// columns of orderflow_orders as scan reads them.
const columns = `id, state, resume_state, currency, value, refunded, title, request, digest,
	payment_id, payment_url, trade_no, order_code, wallet_status, fail_reason, last_error, sends, tries,
	created_at, updated_at, expires_at, next_at, paid_at, fulfilled_at, parked_at, late_at, cancel_requested_at,
	cancels, cancel_sent_at, fresh_until, captured, authorized_until, trace`

// saveOrder hides the state from the planner: PostgreSQL would look for the id
// through all orders in a state that was rare when it last counted.
const (
	selectOrder = `SELECT ` + columns + ` FROM orderflow_orders WHERE client = $1 AND id = $2`
	saveOrder   = `UPDATE orderflow_orders SET state = $4, resume_state = $5, refunded = $6,
		payment_id = $7, payment_url = $8, trade_no = $9, order_code = $10, wallet_status = $11,
		fail_reason = $12, last_error = $13, sends = $14, tries = $15, updated_at = $16, next_at = $17,
		paid_at = $18, fulfilled_at = $19, parked_at = $20, late_at = $21, cancel_requested_at = $22,
		cancels = $23, cancel_sent_at = $24, fresh_until = $25, captured = $26, authorized_until = $27
		WHERE client = $1 AND id = $2 AND state || '' = $3`
)

type scanner interface{ Scan(dest ...any) error }

func scanOrder(row scanner) (*Order, error) {
	o, err := readOrder(row)
	if err != nil {
		return nil, err
	}
	return o, nil
}

// readOrder is scanOrder that returns, beside an [UnreadableError], as much as
// it could read.
func readOrder(row scanner) (*Order, error) {
	var o Order
	var created, updated, expires int64
	var next, paid, fulfilled, parked, late, cancel, cancelSent, fresh, reserved sql.NullInt64
	var trace sql.NullString
	err := row.Scan(&o.ID, &o.State, &o.resume, &o.Amount.Currency, &o.Amount.Value, &o.Refunded.Value,
		&o.Title, &o.request, &o.digest,
		&o.PaymentID, &o.PaymentURL, &o.TradeNo, &o.OrderCode, &o.WalletStatus,
		&o.FailReason, &o.LastError, &o.sends, &o.Tries,
		&created, &updated, &expires, &next, &paid, &fulfilled, &parked, &late, &cancel,
		&o.cancels, &cancelSent, &fresh, &o.Captured.Value, &reserved, &trace)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case unscannable(err):
		return &o, &UnreadableError{ID: o.ID, Reason: "a column holds another type than this version stores"}
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	o.trace = trace.String
	if o.Refunded.Value > 0 {
		o.Refunded.Currency = o.Amount.Currency
	}
	if o.Captured.Value > 0 {
		o.Captured.Currency = o.Amount.Currency
	}
	o.CreatedAt = time.UnixMilli(created).UTC()
	o.UpdatedAt = time.UnixMilli(updated).UTC()
	o.ExpiresAt = time.UnixMilli(expires).UTC()
	for _, t := range []struct {
		from sql.NullInt64
		to   *time.Time
	}{
		{next, &o.NextAt}, {paid, &o.PaidAt}, {fulfilled, &o.FulfilledAt}, {parked, &o.ParkedAt},
		{late, &o.LateAt}, {cancel, &o.CancelRequestedAt}, {cancelSent, &o.cancelSentAt}, {fresh, &o.freshUntil},
		{reserved, &o.AuthorizedUntil},
	} {
		if t.from.Valid {
			*t.to = time.UnixMilli(t.from.Int64).UTC()
		}
	}
	decoder := json.NewDecoder(strings.NewReader(o.request))
	decoder.UseNumber() // Extra keeps its digits
	if err := decoder.Decode(&o.Request); err != nil || decoder.More() {
		return &o, &UnreadableError{ID: o.ID, Reason: "its request is not the JSON that this version stores"}
	}
	if o.Request.PaymentRequestID != o.ID || o.Request.Amount != o.Amount {
		return &o, &UnreadableError{ID: o.ID, Reason: "its request is that of another order"}
	}
	return &o, o.knownStates()
}

// millis is a time as stored: NULL for none.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// load reads an order and locks it for the transaction.
func (f *Flow) load(ctx context.Context, tx *transaction, id string) (*Order, error) {
	if !storable(id) {
		return nil, ErrNotFound
	}
	o, err := scanOrder(tx.row(ctx, selectOrder+f.db.lock(), f.name, id))
	if errors.Is(err, ErrNotFound) {
		return nil, f.missing(ctx, tx, id)
	}
	if err == nil {
		learn(ctx, o)
	}
	return o, err
}

// save writes what may change of an order that was loaded in this state. The
// write is put off to the end of the transaction.
func (f *Flow) save(tx *transaction, o *Order, was State) {
	rejected := &TransitionError{ID: o.ID, From: was, To: o.State}
	tx.later = append(tx.later, write{
		query: saveOrder,
		args: []any{
			f.name, o.ID, string(was), string(o.State), string(o.resume), o.Refunded.Value,
			o.PaymentID, o.PaymentURL, o.TradeNo, o.OrderCode, string(o.WalletStatus),
			clip(o.FailReason, 256), clip(o.LastError, 1024), o.sends, o.Tries, millis(o.UpdatedAt), millis(o.NextAt),
			millis(o.PaidAt), millis(o.FulfilledAt), millis(o.ParkedAt), millis(o.LateAt), millis(o.CancelRequestedAt),
			o.cancels, millis(o.cancelSentAt), millis(o.freshUntil), o.Captured.Value, millis(o.AuthorizedUntil),
		},
		check: func(rows int64) error {
			if rows != 1 {
				return rejected
			}
			return nil
		},
	})
}

// storable reports whether the databases can hold an id; PostgreSQL takes
// neither zero bytes nor broken UTF-8.
func storable(id string) bool { return utf8.ValidString(id) && !strings.Contains(id, "\x00") }

// stored is a message as the databases can hold it.
func stored(raw []byte) string { return clip(string(raw), len(raw)) }

// clip keeps texts of others from filling a row. It leaves valid UTF-8
// without zero bytes, which PostgreSQL does not store.
func clip(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// Create stores the order, then asks the wallet for its payment, and returns
// the order with what [Order.TradePay] needs. PaymentRequestID is the order's
// id. An ExpiresAt of zero means [Config.Expiry] from now.
//
// The same id with the same content is the same order. Another call returns it,
// and asks the wallet again only if the order has no payment URL yet, time is left,
// and nobody wants it cancelled. ExpiresAt and Order.Environment do not count as
// content: the order keeps those of the first call. Other content matches
// [ErrConflict].
//
// Create returns the order whenever it is stored, even beside an error of the call
// to the wallet. After [tradepay.ErrOutcomeUnknown] the order stays open, and the
// flow settles it later. A rejected repeat is that error, too: the wallet may still carry
// out an earlier call. After [tradepay.ErrRejected] the order has ended without payment. If
// a notification says meanwhile that it is paid, Create returns it without an error. With
// [ErrEvidence] the answer was about another order, and a further call may get the
// right one. A further call returns an order that has ended, without an error: look
// at its State.
//
// A request that the SDK rejects is not stored; the error matches
// [tradepay.ErrInvalidRequest].
//
// With Authorize, the payer's money is reserved and not charged: the order becomes
// StateAuthorized, of which wallets do not notify, and the flow learns by asking. Then
// call [Flow.Capture] or [Flow.Void], before Order.AuthorizedUntil.
func (f *Flow) Create(ctx context.Context, req *tradepay.CreateOrderRequest) (o *Order, err error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	if req == nil {
		return nil, &tradepay.FieldError{Field: "CreateOrderRequest", Rule: "is nil", Err: tradepay.ErrInvalidRequest}
	}
	if err := f.checkProduct(req); err != nil {
		return nil, err
	}
	ctx, end := f.tracing.begin(ctx, WorkCreate, req.PaymentRequestID)
	err = ErrPanicked // until it returns
	defer func() { end(err) }()
	return f.create(ctx, req)
}

func (f *Flow) create(ctx context.Context, req *tradepay.CreateOrderRequest) (*Order, error) {
	digest, err := contentDigest(req)
	if err != nil {
		return nil, err
	}
	o, err := f.Get(ctx, req.PaymentRequestID)
	if errors.Is(err, ErrNotFound) {
		o, err = f.store(ctx, req, digest)
	}
	if err != nil {
		return nil, err
	}
	if !o.hasContent(digest) {
		return nil, fmt.Errorf("%w: order %q differs in %s; use a new id for another order",
			ErrConflict, o.ID, differing(&o.Request, req))
	}
	timeIsUp := !f.now().Before(o.ExpiresAt)
	if timeIsUp || !o.awaitsURL() {
		return o, nil
	}
	return f.send(ctx, o)
}

// digestForm begins the digests that are made of the stored form of a request.
const digestForm = "1:"

// hasContent reports whether the order was made with a request of this digest.
// The first version digested the names of Go's fields: there the stored request
// is digested again.
func (o *Order) hasContent(digest string) bool {
	if strings.HasPrefix(o.digest, digestForm) {
		return o.digest == digest
	}
	stored, err := contentDigest(&o.Request)
	return err == nil && stored == digest
}

// contentDigest covers all of a request but what may differ between two calls
// that mean one order, in its stored form. Fields that are not set do not count: with one that a
// later version of the SDK adds, the order of an earlier one is still the same.
func contentDigest(req *tradepay.CreateOrderRequest) (string, error) {
	text, extra, err := contentText(req)
	if err != nil {
		return "", err
	}
	return digestForm + digestOf(text, extra), nil
}

// differing names the fields of two requests that are not the same. Their values
// may be payers' data.
func differing(a, b *tradepay.CreateOrderRequest) string {
	var fields [2]map[string]json.RawMessage
	for i, req := range []*tradepay.CreateOrderRequest{a, b} {
		text, extra, err := contentText(req)
		if err != nil || json.Unmarshal(text, &fields[i]) != nil {
			return "its content"
		}
		if fields[i] == nil { // nothing is set
			fields[i] = map[string]json.RawMessage{}
		}
		fields[i]["extra"] = extra
	}
	all := maps.Clone(fields[0])
	maps.Copy(all, fields[1])
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
		return bytes.Equal(fields[0][name], fields[1][name])
	})
	var names []string
	for name := range all {
		names = append(names, fieldOf(name))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// fieldOf is the field of a request that is stored under a name.
func fieldOf(stored string) string {
	request := reflect.TypeFor[tradepay.CreateOrderRequest]()
	for i := range request.NumField() {
		field := request.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == stored {
			return field.Name
		}
	}
	return stored
}

// contentText is that content as JSON with its names in order, whatever types
// they came from: what was stored reads as what was given.
func contentText(req *tradepay.CreateOrderRequest) (text, extra []byte, err error) {
	content := *req
	content.ExpiresAt, content.Order.Environment, content.Extra = time.Time{}, tradepay.Environment{}, nil
	if len(req.Extra) > 0 {
		if extra, err = plainJSON(req.Extra, func(v any) any { return v }); err != nil {
			return nil, nil, &tradepay.FieldError{Field: "Extra", Rule: "cannot be marshaled to JSON",
				Remedy: "use plain values", Err: tradepay.ErrInvalidRequest}
		}
	}
	if text, err = plainJSON(content, withoutZeros); err != nil {
		return nil, nil, fmt.Errorf("orderflow: the request cannot be stored: %w", err)
	}
	return text, extra, nil
}

func plainJSON(value any, change func(any) any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	return json.Marshal(change(plain))
}

// withoutZeros leaves the members out that are not set. A list keeps its length.
func withoutZeros(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if v[name] = withoutZeros(member); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" { // no time
			return nil
		}
	case json.Number:
		if v == "0" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return value
}

func digestOf(parts ...[]byte) string {
	sum := sha256.Sum256(bytes.Join(parts, []byte{0}))
	return hex.EncodeToString(sum[:])
}

// store commits a new order before anything is sent.
func (f *Flow) store(ctx context.Context, req *tradepay.CreateOrderRequest, digest string) (*Order, error) {
	now := f.now()
	kept, text, err := f.prepare(req, now)
	if err != nil {
		return nil, err
	}
	var o *Order
	err = f.db.inTx(ctx, func(tx *transaction) error {
		if err := f.mayStore(ctx, tx, kept.PaymentRequestID); err != nil {
			return err
		}
		rows, err := tx.exec(ctx, `INSERT INTO orderflow_orders (client, id, state, currency, value, title, request,
			digest, created_at, updated_at, expires_at, next_at, trace)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
			f.name, kept.PaymentRequestID, StateCreated, kept.Amount.Currency, kept.Amount.Value,
			kept.Title, string(text), digest,
			now.UnixMilli(), kept.ExpiresAt.UnixMilli(), now.Add(f.inquiries.First).UnixMilli(),
			f.tracing.context(ctx))
		if err != nil {
			return err
		}
		if rows == 1 {
			f.remember(tx, kept.PaymentRequestID, "", StateCreated, ActorMerchant, "order stored", nil)
			tx.after = append(tx.after, func() { f.metrics.Transition(ctx, "", StateCreated) })
		}
		o, err = f.load(ctx, tx, kept.PaymentRequestID)
		return err
	})
	return o, err
}

// prepare returns a new order's request with its expiry, and as it is stored.
func (f *Flow) prepare(req *tradepay.CreateOrderRequest, now time.Time) (*tradepay.CreateOrderRequest, []byte, error) {
	kept := *req
	if kept.ExpiresAt.IsZero() {
		kept.ExpiresAt = now.Add(f.expiry)
	}
	kept.ExpiresAt = kept.ExpiresAt.UTC().Truncate(time.Second)
	if err := f.client.CheckOrder(&kept); err != nil {
		return nil, nil, err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, nil, &tradepay.FieldError{Field: "Extra", Rule: "cannot be marshaled to JSON",
			Remedy: "use plain values", Err: tradepay.ErrInvalidRequest}
	}
	return &kept, text, nil
}

// checkNew returns the error of Create for a new order before it is stored.
func (f *Flow) checkNew(req *tradepay.CreateOrderRequest) error {
	if err := f.checkProduct(req); err != nil {
		return err
	}
	_, _, err := f.prepare(req, f.now())
	return err
}

// checkProduct rejects a payment that the wallet only holds, and that the flow would take
// for paid: some wallets notify of held money as of a payment.
func (f *Flow) checkProduct(req *tradepay.CreateOrderRequest) error {
	if !req.Authorize && asksToReserve(req.Extra["paymentFactor"]) {
		return &tradepay.FieldError{Field: "Extra", Rule: "asks in paymentFactor to reserve the money",
			Remedy: "set Authorize, then call Flow.Capture or Flow.Void", Err: tradepay.ErrInvalidRequest}
	}
	code := req.ProductCode
	if code == "" {
		return nil
	}
	p := f.client.Wallet().Products
	charges := code == p.Cashier || code == p.Agreement
	rejected := func(remedy string) error {
		return &tradepay.FieldError{Field: "ProductCode", Rule: "is of money that the wallet only holds",
			Remedy: remedy, Err: tradepay.ErrInvalidRequest}
	}
	switch {
	case charges:
		return nil
	case code == p.Escrow:
		return rejected("use Client.CreateOrder, AcceptOrder and ConfirmOrder: a flow keeps no escrow")
	case code == p.Authorize && !req.Authorize:
		return rejected("set Authorize, then call Flow.Capture or Flow.Void")
	}
	return nil
}

// asksToReserve reports whether a paymentFactor wants the money reserved, in the words of
// the platform or of Antom. What is no plain JSON object is written to one, as it is for the
// wallet.
func asksToReserve(factor any) bool {
	if factor == nil {
		return false
	}
	text, err := json.Marshal(factor)
	var members map[string]any
	if err != nil || json.Unmarshal(text, &members) != nil {
		return false // CheckOrder says what is wrong with it
	}
	for name, value := range members {
		name = strings.ToLower(name)
		reserves := strings.Contains(name, "authorization") || name == "capturemode"
		off := value == nil || value == false || value == "false" || value == "AUTOMATIC"
		if reserves && !off {
			return true
		}
	}
	return false
}

// send asks the wallet for the payment of a stored order, and records the answer.
func (f *Flow) send(ctx context.Context, o *Order) (*Order, error) {
	// Counted before it is sent: a rejection is final only if no other pay of
	// this order can still be under way. Another call may have ended the order,
	// or got its payment URL, since it was read: then nothing is sent.
	send := false
	err := f.db.inTx(ctx, func(tx *transaction) error {
		stored, err := f.load(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		o = stored
		send = o.awaitsURL()
		if send {
			o.sends++
			f.save(tx, o, o.State)
		}
		return nil
	})
	if err != nil || !send {
		return o, err
	}
	answer, payErr := f.clientFor(o).CreateOrder(ctx, &o.Request)
	other := ""
	if payErr == nil {
		other, answer, payErr = f.unmistaken(ctx, o, answer)
	}
	// What the wallet did is recorded even if the caller has gone.
	recording, stop := context.WithTimeout(context.WithoutCancel(ctx), f.recordTime)
	defer stop()
	sent := o
	err = f.db.inTx(recording, func(tx *transaction) error {
		stored, err := f.load(recording, tx, sent.ID)
		if err != nil {
			return err
		}
		o = stored
		if other != "" {
			return f.mistaken(recording, tx, o, answer, "shard "+other)
		}
		if payErr == nil {
			return f.accept(recording, tx, o, answer)
		}
		return f.payFailed(recording, tx, o, payErr)
	})
	if !isKept(err) { // the order is open as before
		return sent, errors.Join(undecided(payErr), err)
	}
	if err != nil {
		return o, errors.Join(undecided(payErr), err)
	}
	if payErr != nil {
		return o, concluded(o, payErr)
	}
	if o.State.Open() && answer.Status == tradepay.StatusAuthorized {
		return f.ask(ctx, o) // the answer to pay names no order
	}
	return o, nil
}

// concluded says what the error of a pay means for the order as it is now. Whatever failed,
// an order that is paid or reserved meanwhile is the answer.
func concluded(o *Order, payErr error) error {
	switch {
	case o.State.Closed(), errors.Is(payErr, tradepay.ErrIdempotencyMismatch):
		return payErr
	case !o.State.Open(): // a notification or an inquiry was faster
		return nil
	}
	return undecided(payErr)
}

// ask asks the wallet about an order, and records the answer.
func (f *Flow) ask(ctx context.Context, o *Order) (*Order, error) {
	answer, err := f.clientFor(o).QueryOrder(ctx, o.ref())
	return f.record(ctx, o.ID, answer, err, toInquiry)
}

// accept records the wallet's answer to a pay. Most wallets put nothing into it
// that names the order: a payment that is another order's already came by mistake
// or by replay, and its URL must not be handed out.
func (f *Flow) accept(ctx context.Context, tx *transaction, o *Order, answer *tradepay.Order) error {
	var other string
	err := tx.QueryRowContext(ctx, `SELECT id FROM orderflow_orders WHERE client = $1 AND payment_id = $2
		AND payment_id <> '' AND id <> $3 LIMIT 1`,
		f.name, answer.PaymentID, o.ID).Scan(&other)
	switch {
	case err == nil:
		return f.mistaken(ctx, tx, o, answer, fmt.Sprintf("order %q", other))
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return f.settle(ctx, tx, o, verdictOf(answer, ActorWallet, "answer to pay"))
}

// mistaken raises the alarm about an answer to a pay that is about another's payment.
func (f *Flow) mistaken(ctx context.Context, tx *transaction, o *Order, answer *tradepay.Order, other string) error {
	return f.alarm(ctx, tx, Alarm{Kind: AlarmReference, OrderID: o.ID,
		about: digestOf([]byte(answer.PaymentID), []byte(other)),
		Reason: fmt.Sprintf("answer to pay: about paymentId %q, which is that of %s",
			answer.PaymentID, other)}, answer.Raw)
}

// payFailed records a pay that did not end well. Unknown is not failure: only a
// definite rejection of the only pay closes the order.
func (f *Flow) payFailed(ctx context.Context, tx *transaction, o *Order, payErr error) error {
	was := o.State
	o.LastError = payErr.Error()
	if !o.State.Open() {
		return nil // a notification or an inquiry was faster
	}
	if errors.Is(payErr, tradepay.ErrIdempotencyMismatch) {
		alarm := Alarm{Kind: AlarmIDReused, OrderID: o.ID, Reason: "the wallet has this id with other content"}
		if err := f.raise(ctx, tx, alarm, nil); err != nil {
			return err
		}
	}
	onlyPay := o.State == StateCreated && o.sends == 1
	if onlyPay && rejectedForGood(payErr) {
		return f.move(ctx, tx, o, StateFailed, ActorWallet, "pay rejected: "+o.LastError, nil)
	}
	o.UpdatedAt = f.now()
	f.save(tx, o, was)
	return nil
}

// Get returns an order, or [ErrNotFound] if there is none.
func (f *Flow) Get(ctx context.Context, id string) (*Order, error) {
	if !storable(id) {
		return nil, ErrNotFound
	}
	o, err := scanOrder(f.db.read.QueryRowContext(ctx, selectOrder, f.name, id))
	if errors.Is(err, ErrNotFound) {
		return nil, f.missing(ctx, f.reading(), id)
	}
	if err == nil {
		learn(ctx, o)
	}
	return o, err
}

// ListOptions selects orders. The zero value selects the newest 100.
type ListOptions struct {
	State         State     // "" for any
	Parked        bool      // only orders that wait for [Flow.Retry]
	Late          bool      // only orders that were paid after they were closed
	CreatedBefore time.Time // for the next page: CreatedAt of the last order …
	BeforeID      string    // … and its ID
	Limit         int       // default 100, at most 1,000
}

// List returns orders, newest first. It leaves out orders that this program cannot
// read, and logs them; see [ErrUnreadable]. If a page would leave out over 1,000, List
// returns that error beside those that come before.
func (f *Flow) List(ctx context.Context, opts ListOptions) ([]*Order, error) {
	orders, unreadable, next, err := f.page(ctx, opts)
	f.logUnreadable(ctx, unreadable)
	if err == nil && next != nil {
		err = fmt.Errorf("%w: %d orders of one page; the list ends there; update this program", ErrUnreadable,
			len(unreadable))
	}
	return orders, err
}

// mostUnreadable is how many unreadable orders a page of a list passes over.
const mostUnreadable = 1000

// page is a page of List, and what is unreadable among its orders. A short page is the last
// one: it goes on until it is full. If too much is unreadable before that, next is the last
// order that was read, and there are more.
func (f *Flow) page(ctx context.Context, opts ListOptions) (orders, unreadable []*Order, next *Order, err error) {
	limit := opts.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, 1000)
	for {
		read, spoiled, err := f.list(ctx, opts, limit)
		if err != nil {
			return nil, nil, nil, err
		}
		orders, unreadable = append(orders, read...), append(unreadable, spoiled...)
		last := oldest(append(read, spoiled...))
		ended := len(read)+len(spoiled) < limit || last == nil
		switch {
		case ended || len(orders) >= limit:
			return orders[:min(len(orders), limit)], unreadable, nil, nil
		case len(unreadable) >= mostUnreadable:
			return orders, unreadable, last, nil
		}
		opts.CreatedBefore, opts.BeforeID = last.CreatedAt, last.ID
	}
}

// oldest returns the last of some orders in the order of a list; nil if of none
// is known when it was created.
func oldest(orders []*Order) (last *Order) {
	for _, o := range orders {
		if o.CreatedAt.IsZero() {
			continue
		}
		if last == nil || o.olderThan(last) {
			last = o
		}
	}
	return last
}

// olderThan reports whether a list has the order behind another one.
func (o *Order) olderThan(other *Order) bool {
	if o.CreatedAt.Equal(other.CreatedAt) {
		return o.ID < other.ID
	}
	return o.CreatedAt.Before(other.CreatedAt)
}

func (f *Flow) list(ctx context.Context, opts ListOptions, most int) (orders, unreadable []*Order, err error) {
	query, args := `SELECT `+columns+` FROM orderflow_orders WHERE client = $1`, []any{f.name}
	where := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		query += " AND " + condition
	}
	state, created, id := "state", "created_at", "id"+f.db.byBytes()
	if opts.Parked || opts.Late {
		// They are few, and found by that. SQLite would rather go through all
		// orders, which an index has in the state and order wanted.
		state, created = "state || ''", "+created_at"
	}
	if opts.State != "" {
		where(state+" = ?", opts.State)
	}
	if opts.Parked {
		where("parked_at IS NOT NULL")
	}
	if opts.Late {
		where("late_at IS NOT NULL")
	}
	if !opts.CreatedBefore.IsZero() {
		where("("+created+", "+id+") < (?, ?)", opts.CreatedBefore.UnixMilli(), opts.BeforeID)
	}
	query += " ORDER BY " + created + " DESC, " + id + " DESC LIMIT " + strconv.Itoa(most) //nolint:gosec // a number
	rows, err := f.db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return scanOrders(rows)
}

// Cancel closes an order that the payer should not pay anymore. The flow stores
// the wish first, and asks the wallet again until it has answered. Until then
// Cancel returns the order as it is now, with [tradepay.ErrOutcomeUnknown], or with
// [tradepay.ErrOrderNotFound] of a pay that may still arrive. [ErrAlreadyPaid]
// means that the payment succeeded first; the flow fulfils the order, unless you
// refund it.
//
// The order stays open until the wallet has answered the cancel, even if it was
// paid: some wallets give back with a cancel what was paid. Cancel returns a closed
// order as it is. Of an order whose amount is reserved, Cancel is [Flow.Void].
func (f *Flow) Cancel(ctx context.Context, id string) (*Order, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	// Most orders have come to their end: then nobody waits for whoever works on it.
	o, err := f.Get(ctx, id)
	if err == nil && o.State.Open() {
		o, err = f.wantCancelled(ctx, id, ActorMerchant, "cancellation wanted")
	}
	switch {
	case err != nil:
		return nil, err
	case o.State.Closed():
		return o, nil
	case o.State.reserved():
		return f.Void(ctx, id)
	case !o.State.Open():
		return o, fmt.Errorf("%w: order %q is %s; call Refund", ErrAlreadyPaid, o.ID, o.State)
	}
	o, err = f.cancel(ctx, o)
	switch {
	case o == nil || errors.Is(err, ErrDatabase): // it is not stored yet
	case o.State.reserved(): // it was reserved meanwhile
		return f.Void(ctx, id)
	case o.State.settled():
		err = fmt.Errorf("%w: order %q is %s; call Refund", ErrAlreadyPaid, o.ID, o.State)
	case o.State.Closed():
		err = nil
	case err == nil && o.WalletStatus == tradepay.StatusSuccess:
		err = fmt.Errorf("%w: order %q was paid while a cancel of it may be under way",
			tradepay.ErrOutcomeUnknown, o.ID)
	}
	return o, err
}

// wantCancelled notes with an order that is still open that it is to be
// cancelled, and returns the order.
func (f *Flow) wantCancelled(ctx context.Context, id string, actor Actor, why string) (o *Order, err error) {
	err = f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, id); err != nil || !o.State.Open() || !o.CancelRequestedAt.IsZero() {
			return err
		}
		o.CancelRequestedAt = f.now()
		f.save(tx, o, o.State)
		f.remember(tx, o.ID, o.State, o.State, actor, why, nil)
		return nil
	})
	return o, err
}

// leftUnpaid is what an open order becomes that is not paid anymore.
func (f *Flow) leftUnpaid(o *Order) State {
	cancelWanted := !o.CancelRequestedAt.IsZero() && o.CancelRequestedAt.Before(o.ExpiresAt)
	if cancelWanted || f.now().Before(o.ExpiresAt) {
		return StateCancelled
	}
	return StateExpired
}

// cancelTime is how long one cancel may take, with its retries. After it
// none is sent anymore. The wallet rejects what was signed minutes ago, too.
const cancelTime = time.Minute

// cancelDoubt is how long after the last cancel was sent one may be under way
// at the wallet. After it, what an inquiry says stands.
const cancelDoubt = time.Hour

// mayBeCancelling reports whether a cancel of the order may be under way at the
// wallet. Some wallets give back with a cancel what was paid.
func (f *Flow) mayBeCancelling(o *Order) bool {
	return o.cancels > 0 && f.now().Sub(o.cancelSentAt) < cancelDoubt
}

// countCancel stores that a cancel is about to be sent. It must not be sent
// if send is false: the order was paid, or there is nothing to cancel.
func (f *Flow) countCancel(ctx context.Context, id string) (o *Order, send bool, err error) {
	err = f.db.inTx(ctx, func(tx *transaction) error {
		var err error
		if o, err = f.load(ctx, tx, id); err != nil {
			return err
		}
		knownPaid := o.WalletStatus == tradepay.StatusSuccess || !o.LateAt.IsZero()
		if o.State.settled() || o.State.reserved() || knownPaid {
			return nil
		}
		send = true
		o.cancels++
		o.cancelSentAt = f.now()
		f.save(tx, o, o.State)
		return nil
	})
	return o, send, err
}

// cancel asks the wallet to close the payment and records its word.
func (f *Flow) cancel(ctx context.Context, o *Order) (*Order, error) {
	// From before it is counted: a process that is frozen here sends nothing when it wakes up.
	limited, stop := context.WithTimeout(ctx, cancelTime)
	defer stop()
	if f.predates(o) { // it may have been paid and shipped, and a cancel may give the money back
		answer, callErr := f.clientFor(o).QueryOrder(ctx, o.ref())
		open := callErr == nil && answer.Status == tradepay.StatusProcessing
		if !open && !errors.Is(callErr, tradepay.ErrOrderNotFound) {
			return f.record(ctx, o.ID, answer, callErr, toInquiry)
		}
	}
	counted, send, err := f.countCancel(ctx, o.ID)
	switch {
	case err != nil:
		return o, err
	case counted.State.settled() || counted.State.reserved():
		return counted, nil
	case !send: // another cancel of what was paid would only prolong the doubt
		answer, callErr := f.clientFor(counted).QueryOrder(ctx, counted.ref())
		return f.record(ctx, o.ID, answer, callErr, toInquiry)
	}
	client, to := f.clientFor(counted), toCancel
	answer, callErr := client.CancelOrder(limited, counted.ref())
	over := f.cancelsOver(callErr)
	rejected := errors.Is(callErr, tradepay.ErrRejected) // paid, most likely: ask
	notAllowed := errors.Is(callErr, tradepay.ErrUnauthorized) || errors.Is(callErr, tradepay.ErrNotSupported)
	if rejected || notAllowed { // who may not cancel has to know all the same that it was paid
		known, err := client.QueryOrder(ctx, counted.ref())
		final := err == nil && known.Status.Final()
		if rejected || final {
			to, answer, callErr = toInquiry, known, err
		}
	}
	to.cancelsOver = over
	return f.record(ctx, o.ID, answer, callErr, to)
}

// cancelsOver is 1 if the error of a cancel shows that it is not under way: it
// was never sent, or the wallet rejected it at its only attempt. Of several
// attempts the wallet may have rejected one because of another. A rejection names
// no order: a client that distrusts such answers may have got another cancel's.
func (f *Flow) cancelsOver(err error) int {
	var api *tradepay.APIError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &api): // it did not get as far as the wallet
		return 1
	case api.NotSent:
		return 1
	case f.client.ConfirmsOrders():
		return 0
	case api.Attempts <= 1 && api.Result.Status == tradepay.ResultFailed:
		return 1
	}
	return 0
}

// Refresh asks the wallet about an order that is open, or reserved, at once, before it
// is due, and returns the order: for a result page whose payer waits. It does not ask
// about any other order, or one that it asked about less than a second ago, and
// returns that as it is. Errors are those of [tradepay.Client.QueryOrder]; the
// order comes with them.
func (f *Flow) Refresh(ctx context.Context, id string) (*Order, error) {
	if err := f.outside(ctx); err != nil {
		return nil, err
	}
	o, err := f.Get(ctx, id)
	if err != nil || !o.State.Open() && !o.State.reserved() {
		return o, err
	}
	ask := false
	err = f.db.inTx(ctx, func(tx *transaction) error {
		if _, err := f.load(ctx, tx, id); err != nil { // it waits for whoever has the order
			return err
		}
		rows, err := tx.exec(ctx, `UPDATE orderflow_orders SET asked_at = $3
			WHERE client = $1 AND id = $2 AND (asked_at <= $4 OR asked_at > $3)`, // or a clock was ahead
			f.name, id, f.now().UnixMilli(), f.now().Add(-time.Second).UnixMilli())
		ask = rows == 1
		return err
	})
	if err != nil || !ask {
		return o, err
	}
	return f.ask(ctx, o)
}

// ref names the payment by our id, which the wallet's id would override:
// answers are then bound to it.
func (o *Order) ref() tradepay.OrderRef { return tradepay.OrderRef{PaymentRequestID: o.ID} }

// clientFor is the client for an order: v1 wallets want the site's name with
// every call about it.
func (f *Flow) clientFor(o *Order) *tradepay.Client {
	if o.Request.SiteName == "" {
		return f.client
	}
	return f.client.ForSite(o.Request.SiteName)
}
