package orderflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// AuditOptions selects the orders that [Flow.Audit] compares.
type AuditOptions struct {
	// From and To select the orders here by their creation; To is zero for now.
	From, To time.Time
	// IDs are further ids to compare: those of the wallet's settlement file, of
	// logs, or of the goods that went out. Only by these does Audit find orders that
	// a restored database has lost.
	IDs []string
	// Pause is the time between two questions to the wallet; default 50 ms.
	Pause time.Duration
}

// AuditKind is what an audit found about an order.
type AuditKind string

// The kinds of findings.
const (
	AuditMissing     AuditKind = "missing"     // the wallet has a payment, and no order is here
	AuditUnfulfilled AuditKind = "unfulfilled" // paid at the wallet, and neither fulfilled nor refunded here
	AuditUnpaid      AuditKind = "unpaid"      // fulfilled or paid here, and not paid at the wallet
	AuditGivenBack   AuditKind = "given_back"  // the wallet has given back more than was refunded here
	AuditRefund      AuditKind = "refund"      // refunded here, and not or not wholly at the wallet
	AuditAmount      AuditKind = "amount"      // the wallet has another amount
	AuditReserved    AuditKind = "reserved"    // reserved at the wallet or here, and not in both alike
	AuditUnknown     AuditKind = "unknown"     // the wallet gave no answer; ask again
	AuditUnreadable  AuditKind = "unreadable"  // the order here cannot be read; see ErrUnreadable
)

// AuditFinding is one difference between the orders and the wallet.
type AuditFinding struct {
	Kind   AuditKind
	ID     string
	State  State // here; empty if no order is here
	Status tradepay.PaymentStatus
	Detail string // what differs
	Todo   string // what to do about it
}

// Audit asks the wallet about each order and returns the differences, with what to
// do about each. It changes nothing. It is slow: use it after a restore of the
// database from a backup, or when you suspect a difference.
//
// No wallet lists its payments: give the ids that may be missing here in
// AuditOptions.IDs. Audit skips an id whose order another shard keeps, and returns
// its [ShardError] beside what it found. Any other error ends the audit.
func (f *Flow) Audit(ctx context.Context, opts AuditOptions) ([]AuditFinding, error) {
	failed := map[string]error{}
	found, err := f.audit(ctx, opts, failed)
	if err != nil {
		failed[err.Error()] = err
	}
	return found, joined(failed)
}

// audit is Audit. It puts the errors about orders that another shard keeps into elsewhere,
// by their texts.
func (f *Flow) audit(ctx context.Context, opts AuditOptions, elsewhere map[string]error) ([]AuditFinding, error) {
	if opts.To.IsZero() {
		opts.To = f.now()
	}
	if opts.Pause <= 0 {
		opts.Pause = 50 * time.Millisecond
	}
	var found []AuditFinding
	seen := map[string]bool{}
	audit := func(id string) error {
		if seen[id] {
			return nil
		}
		seen[id] = true
		finding, err := f.auditOne(ctx, id)
		switch {
		case errors.Is(err, ErrShard):
			elsewhere[err.Error()] = err
		case err != nil:
			return err
		case finding != nil:
			found = append(found, *finding)
		}
		return wait(ctx, opts.Pause)
	}
	for _, id := range opts.IDs {
		if err := audit(id); err != nil {
			return found, err
		}
	}
	next := ListOptions{CreatedBefore: opts.To, Limit: 200}
	for {
		page, unreadable, last, err := f.page(ctx, next)
		if err != nil {
			return found, err
		}
		for _, o := range unreadable {
			if !o.CreatedAt.IsZero() && o.CreatedAt.Before(opts.From) {
				continue
			}
			if err := audit(o.ID); err != nil {
				return found, err
			}
		}
		for _, o := range page {
			if o.CreatedAt.Before(opts.From) {
				return found, nil
			}
			if err := audit(o.ID); err != nil {
				return found, err
			}
		}
		if len(page) == next.Limit {
			last = page[next.Limit-1]
		}
		isLast := last == nil || last.CreatedAt.Before(opts.From)
		if isLast {
			return found, nil
		}
		next.CreatedBefore, next.BeforeID = last.CreatedAt, last.ID
	}
}

func (f *Flow) auditOne(ctx context.Context, id string) (*AuditFinding, error) {
	o, err := f.Get(ctx, id)
	switch {
	case errors.Is(err, ErrUnreadable):
		return &AuditFinding{
			Kind: AuditUnreadable, ID: id, Detail: err.Error(),
			Todo: "audit it again with the version of the program that wrote it",
		}, nil
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	}
	client, ref := f.client, tradepay.OrderRef{PaymentRequestID: id}
	if o != nil {
		client = f.clientFor(o)
	}
	answer, callErr := client.QueryOrder(ctx, ref)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	finding := compare(o, answer, callErr)
	if finding == nil {
		return nil, nil
	}
	finding.ID = id
	if o != nil {
		finding.State = o.State
	}
	if answer != nil {
		finding.Status = answer.Status
	}
	return finding, nil
}

// compare returns what the wallet's word says against an order; nil for an
// order that is not here.
func compare(o *Order, answer *tradepay.Order, callErr error) *AuditFinding {
	notFound := errors.Is(callErr, tradepay.ErrOrderNotFound)
	switch {
	case callErr != nil && !notFound:
		return &AuditFinding{Kind: AuditUnknown, Detail: callErr.Error(),
			Todo: "audit it again when the wallet answers"}
	case o == nil && notFound:
		return nil
	case o == nil:
		return missing(answer)
	case notFound && o.State.reserved():
		return &AuditFinding{
			Kind:   AuditReserved,
			Detail: "the wallet does not know what it had reserved",
			Todo:   "do not ship; ask the wallet's service",
		}
	case notFound && o.State.settled():
		return &AuditFinding{
			Kind:   AuditUnpaid,
			Detail: "the wallet does not know the payment",
			Todo:   "do not ship; ask the wallet's service",
		}
	case notFound:
		return nil
	case !answer.Amount.IsZero() && answer.Amount != o.Amount:
		return &AuditFinding{
			Kind:   AuditAmount,
			Detail: fmt.Sprintf("over %s at the wallet, over %s here", answer.Amount, o.Amount),
			Todo:   "do not ship; ask the wallet's service",
		}
	case answer.Status == tradepay.StatusAuthorized || o.State.reserved():
		return reservedThere(o, answer)
	case answer.Status != tradepay.StatusSuccess:
		return unpaid(o, answer)
	}
	return paidThere(o, answer)
}

// reservedThere compares an order that is reserved, here or at the wallet.
func reservedThere(o *Order, answer *tradepay.Order) *AuditFinding {
	v := verdict{amount: o.Amount, transactions: answer.Transactions}
	sum, _ := v.captured(o)
	captured := tradepay.Amount{Currency: o.Amount.Currency, Value: sum}
	found := func(detail, todo string) *AuditFinding {
		return &AuditFinding{Kind: AuditReserved, Detail: detail, Todo: todo}
	}
	const byItself = "nothing: a running flow finds it by itself; Refresh hurries it"
	switch there := answer.Status == tradepay.StatusAuthorized; {
	case !there:
		return found(fmt.Sprintf("reserved here, %s at the wallet", answer.Status), byItself)
	case !o.Request.Authorize:
		return found("reserved at the wallet, although a payment was asked for", "void it with the client's Void")
	case o.State.Closed():
		return found(fmt.Sprintf("reserved at the wallet, %s here", o.State), "void it with the client's Void")
	case o.State.Open():
		return found("reserved at the wallet, open here", byItself)
	case sum != o.Captured.Value && o.State != StateSettling:
		return found(fmt.Sprintf("captured %s at the wallet, %s here", captured, o.charged()),
			"call Capture again with the ids of the captures, or ask the wallet's service")
	}
	return nil
}

func missing(answer *tradepay.Order) *AuditFinding {
	f := &AuditFinding{
		Kind:   AuditMissing,
		Detail: fmt.Sprintf("the wallet has a payment of %s, and no order is here", answer.Amount),
	}
	if answer.Status == tradepay.StatusProcessing {
		f.Todo = "cancel it with the client's CancelOrder, " +
			"or create the order again with the same content, its ExpiresAt included"
		return f
	}
	if answer.Status == tradepay.StatusAuthorized {
		f.Kind, f.Detail = AuditMissing, fmt.Sprintf("the wallet has reserved %s, and no order is here", answer.Amount)
		f.Todo = "release it with the client's Void, " +
			"or create the order again with the same content, its ExpiresAt included"
		return f
	}
	if answer.Status != tradepay.StatusSuccess {
		return nil
	}
	stays := answer.NetAmount()
	if stays.Value == 0 {
		return nil
	}
	f.Todo = fmt.Sprintf("look whether it was shipped; if not, give %s back with the client's Refund, "+
		"or create the order again with the same content, its ExpiresAt included", stays)
	return f
}

func unpaid(o *Order, answer *tradepay.Order) *AuditFinding {
	refunding := o.State == StateRefunding || o.State == StateRefunded
	if !o.State.settled() || refunding {
		return nil
	}
	return &AuditFinding{Kind: AuditUnpaid, Detail: fmt.Sprintf("%s here, %s at the wallet", o.State, answer.Status),
		Todo: "if it was not shipped, do not ship; otherwise ask the wallet's service"}
}

func paidThere(o *Order, answer *tradepay.Order) *AuditFinding {
	v := verdict{amount: o.Amount, transactions: answer.Transactions}
	r := v.returnedOf(o)
	if sum, named := v.captured(o); o.Request.Authorize && named && sum > o.Captured.Value {
		return &AuditFinding{
			Kind:   AuditAmount,
			Detail: fmt.Sprintf("captured %d at the wallet, %d here", sum, o.Captured.Value),
			Todo:   "look which capture is not here; give it back with the client's Refund, or ship it",
		}
	}
	back := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: o.Amount.Currency, Value: value} }
	switch {
	case r.likely > o.Refunded.Value && o.State != StateRefunding:
		return &AuditFinding{
			Kind:   AuditGivenBack,
			Detail: fmt.Sprintf("the wallet has given back %s, here it is %s", back(r.likely), back(o.Refunded.Value)),
			Todo:   "if it was not shipped, do not ship; otherwise ask the wallet's service why",
		}
	case len(answer.Transactions) > 0 && r.likely < o.Refunded.Value:
		return &AuditFinding{
			Kind:   AuditRefund,
			Detail: fmt.Sprintf("refunded %s here, %s at the wallet", back(o.Refunded.Value), back(r.likely)),
			Todo:   "call Refund again with the id of the refund, or ask the wallet's service",
		}
	case o.State.Open():
		return &AuditFinding{
			Kind:   AuditUnfulfilled,
			Detail: "paid at the wallet, open here",
			Todo:   "nothing: a running flow finds it by itself; Refresh hurries it",
		}
	case o.State.Closed():
		return &AuditFinding{
			Kind:   AuditUnfulfilled,
			Detail: fmt.Sprintf("paid at the wallet, %s here", o.State),
			Todo:   "Refund, or AcceptLate to ship it",
		}
	case o.State == StatePaid && !o.ParkedAt.IsZero():
		return &AuditFinding{
			Kind:   AuditUnfulfilled,
			Detail: "paid, and parked",
			Todo:   "look whether it was shipped, then Retry or Refund",
		}
	}
	return nil
}
