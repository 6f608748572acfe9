package orderflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
)

// Shards keeps the orders of one client in several databases, where one is not enough. It
// has the methods of [Flow], which go to the database that keeps the order. Nothing in an
// order refers to another one, so nothing spans two databases.
//
// # Which database
//
// The shard of a new order is that of the greatest weight for its id, among all shards:
// the weight is the first 8 bytes, big-endian, of the SHA-256 of the shard's name, a zero
// byte, and the order's id. A shard that is added takes its share of the new orders, and
// no order moves. An order is looked for in the shards that it may have been created in:
// of each generation, the one that had the greatest weight then.
//
// Before a shard that was added stores an order for the first time, the older shards that
// might have it cede its id, each in a transaction that finds no order there. So a
// repeated Create finds the older order, also beside processes that do not know of the new
// shard: those get a [ShardError] for its orders, and neither create nor believe anything
// about them. Each database remembers which shard it is, and which others there are, and
// rejects a configuration that contradicts it with [ErrInvalidConfig]: a shard cannot be
// taken away, renamed or put into another generation.
//
// Where one database becomes several, first have every process use Shards with that one
// alone. Then add the others. A process that still uses [Flow] does not look there: it returns
// a [ShardError] for an id that another database took.
//
// # While a database is down
//
// Calls about its orders return a [ShardError] with its name; all others go on. A
// notification that may belong to it is not acknowledged, and the wallet sends it again.
// What asks all shards, such as [Shards.List], returns what the others have beside the
// error.
//
// Ids of refunds and captures must be unique over all shards, as the wallet wants them.
// Shards asks the other databases for them, for 5 seconds at most, and skips those that
// are down or have not answered by then. Make ids that cannot be used twice.
//
// Use the flows only through Shards. It is safe for concurrent use.
type Shards struct {
	client *tradepay.Client
	first  *Flow // one that NewShards has opened, and nothing changes: for what is the same in all

	openTime time.Duration
	all      atomic.Pointer[[]*shard]
	mu       sync.Mutex // one Add at a time, and Run
	running  *shardsRun // while Run runs
	fitting  sync.Mutex // guards shard.fitted
}

// NewShards checks the shards, and opens those that have no flow. It needs one that can be
// opened, and returns without those that cannot: they are tried again. The flows are of one
// client and one Config.Name. Errors match [ErrInvalidConfig], [ErrShard] or [ErrDatabase].
//
// If NewShards fails, the databases that Shard.Open has opened, or is about to open, stay
// open: a program that goes on closes them, and gives the next NewShards flows of its own.
func NewShards(ctx context.Context, shards []Shard) (*Shards, error) {
	if len(shards) == 0 {
		return nil, invalidConfig("Shards", "are none", "give at least one")
	}
	set, all := &Shards{openTime: openTime}, make([]*shard, 0, len(shards))
	for _, s := range shards {
		all = append(all, &shard{Shard: s})
	}
	if err := checkShards(all); err != nil {
		return nil, err
	}
	set.all.Store(&all)
	// One after the other, in the order of their names: the first database decides between
	// two processes that contradict each other.
	byName := slices.Clone(all)
	slices.SortFunc(byName, func(a, b *shard) int { return strings.Compare(a.Name, b.Name) })
	var down error
	var up []*shard
	for _, s := range byName { // a configuration that one of them rejects is left in none
		err := set.compare(ctx, s, all)
		switch {
		case errors.Is(err, ErrInvalidConfig):
			return nil, err
		case err != nil:
			down = errors.Join(down, err)
		default:
			up = append(up, s)
		}
	}
	for _, s := range up {
		f, err := set.use(ctx, s)
		switch {
		case errors.Is(err, ErrInvalidConfig):
			return nil, err
		case err != nil:
			down = errors.Join(down, err)
		case set.first == nil:
			set.first, set.client = f, f.client
		}
	}
	if set.first == nil {
		return nil, down
	}
	return set, nil
}

// checkShards rejects names that are used twice, and generations that are left out.
func checkShards(all []*shard) error {
	names, generations := map[string]bool{}, map[int]bool{}
	newest := 0
	for _, s := range all {
		if err := s.check(); err != nil {
			return err
		}
		if names[s.Name] {
			return invalidConfig("Shard.Name", fmt.Sprintf("%q is that of two shards", s.Name), "give each its own")
		}
		names[s.Name], generations[s.Generation] = true, true
		newest = max(newest, s.Generation)
	}
	if len(generations) != newest+1 {
		return invalidConfig("Shard.Generation", "leaves a number out", "count the generations from 0 without a gap")
	}
	return nil
}

// fits looks whether the flow of a shard is one of the same client as the others, on a
// database of its own.
func (set *Shards) fits(s *shard, f *Flow, all []*shard) error {
	set.fitting.Lock()
	defer set.fitting.Unlock()
	for _, other := range all {
		o := other.fitted
		if o == nil || other == s {
			continue
		}
		sameClient := f.name == o.name && f.client.ClientID() == o.client.ClientID()
		switch {
		case !sameClient:
			return invalidConfig("Shard.Flow", fmt.Sprintf("of shard %q is of another client", s.Name),
				"give all flows the same Client and Name")
		case o.db == f.db:
			return invalidConfig("Shard.Flow", fmt.Sprintf("of shard %q is on the database of shard %q", s.Name,
				other.Name), "give each shard its own database")
		}
	}
	s.fitted = f
	return nil
}

// logger is that of any shard that was reached.
func (set *Shards) logger() *slog.Logger {
	set.fitting.Lock()
	defer set.fitting.Unlock()
	for _, s := range set.shards() {
		if s.fitted != nil {
			return s.fitted.log
		}
	}
	return slog.New(slog.DiscardHandler)
}

// Add adds shards of the next generation, while Shards is in use. They get new orders only.
// Add them to the configuration of all processes, too. Processes that do not have them yet
// return a [ShardError] for the orders that another one has created there.
//
// The shards that are added must be up. After an error, none of them is added: call Add
// again, with the same shards. Of the others, one that is down does not hinder Add. It
// learns of what was added before it is used again.
func (set *Shards) Add(ctx context.Context, shards ...Shard) error {
	set.mu.Lock()
	defer set.mu.Unlock()
	was := set.shards()
	if err := outside(ctx, was); err != nil {
		return err
	}
	next := 1
	for _, s := range was {
		next = max(next, s.Generation+1)
	}
	all := slices.Clone(was)
	for _, s := range shards {
		if s.Generation != next {
			return invalidConfig("Shard.Generation", fmt.Sprintf("of shard %q is %d", s.Name, s.Generation),
				fmt.Sprintf("give what is added generation %d", next))
		}
		all = append(all, &shard{Shard: s})
	}
	if err := checkShards(all); err != nil {
		return err
	}
	added := all[len(was):]
	// All are compared before one is told: an Add that fails leaves nothing behind.
	for _, s := range added {
		if err := set.compare(ctx, s, all); err != nil {
			return err
		}
	}
	up, err := set.comparedWith(ctx, was, all)
	if err != nil {
		return err
	}
	for _, s := range added {
		if err := set.open(ctx, s, all); err != nil {
			return err
		}
	}
	for _, s := range up { // one that does not answer is told when it is used again
		if err := set.tell(ctx, s, all); errors.Is(err, ErrInvalidConfig) {
			return err
		}
	}
	set.all.Store(&all)
	if set.running != nil {
		for _, s := range added {
			set.running.start(set, s)
		}
	}
	return nil
}

// comparedWith compares all with what the databases know that are open. It returns those
// that answered.
func (set *Shards) comparedWith(ctx context.Context, open, all []*shard) (up []*shard, err error) {
	for _, s := range open {
		f := s.flow.Load()
		if f == nil {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, set.openTime)
		err := f.agrees(limited, s, all)
		cancel()
		switch {
		case errors.Is(err, ErrInvalidConfig):
			return nil, err
		case err == nil:
			up = append(up, s)
		}
	}
	return up, nil
}

// tell has the database of an open shard know all.
func (set *Shards) tell(ctx context.Context, s *shard, all []*shard) error {
	ctx, cancel := context.WithTimeout(ctx, set.openTime)
	defer cancel()
	err := s.flow.Load().register(ctx, s, all)
	if err == nil {
		s.known.Store(&all)
	}
	return err
}

// outside rejects a call that would write in a transaction that it runs in.
func outside(ctx context.Context, shards []*shard) error {
	for _, s := range shards {
		f := s.flow.Load()
		if f == nil {
			continue
		}
		if err := f.outside(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (set *Shards) shards() []*shard { return *set.all.Load() }

// on calls fn with the flow of the shard that keeps an order.
func on[T any](ctx context.Context, set *Shards, id string, fn func(*Flow) (T, error)) (T, error) {
	s, f, err := set.homeOf(ctx, id)
	if err != nil {
		var none T
		return none, err
	}
	result, err := fn(f)
	return result, s.fault(err)
}

// homeOf returns the shard that has an order or, if none has, the one that says so. If one
// that may have it is down and no other has it, that is the error.
func (set *Shards) homeOf(ctx context.Context, id string) (*shard, *Flow, error) {
	homes := homesOf(set.shards(), id)
	newest := homes[len(homes)-1]
	if len(homes) == 1 {
		f, err := set.use(ctx, newest)
		return newest, f, err
	}
	var down error
	for _, s := range slices.Backward(homes) { // most orders that are asked about are new
		f, err := set.use(ctx, s)
		if err == nil {
			var isHere bool
			isHere, err = f.has(ctx, f.reading(), id)
			if isHere {
				return s, f, nil
			}
		}
		down = errors.Join(down, s.fault(err))
	}
	if down != nil {
		return nil, nil, down
	}
	return newest, newest.flow.Load(), nil
}

// Create is [Flow.Create] in the order's shard. It never creates a second order of an id,
// whatever shards are added, and which of them other processes know.
func (set *Shards) Create(ctx context.Context, req *tradepay.CreateOrderRequest) (*Order, error) {
	if req == nil {
		return set.first.Create(ctx, nil)
	}
	home := set.homeOfNew
	if set.first.checkNew(req) != nil { // nothing new is stored, and no id is ceded for it
		home = set.homeOf
	}
	s, f, err := home(ctx, req.PaymentRequestID)
	if err != nil {
		return nil, err
	}
	o, err := f.Create(ctx, req)
	return o, s.fault(err)
}

// homeOfNew returns the shard that has an order or, if none has, the newest, to which all
// others have ceded its id.
func (set *Shards) homeOfNew(ctx context.Context, id string) (*shard, *Flow, error) {
	homes := homesOf(set.shards(), id)
	if err := outside(ctx, homes); err != nil {
		return nil, nil, err
	}
	newest, older := homes[len(homes)-1], homes[:len(homes)-1]
	f, down := set.use(ctx, newest) // an older one may have the order all the same
	if down == nil && len(older) > 0 {
		isHere, err := f.has(ctx, f.reading(), id)
		if isHere {
			return newest, f, nil
		}
		down = newest.fault(err)
	}
	for _, s := range older {
		f, err := set.use(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		isHere, err := f.cede(ctx, id, homes)
		if err != nil {
			return nil, nil, s.fault(err)
		}
		if isHere {
			return s, f, nil
		}
	}
	return newest, f, down
}

// Get is [Flow.Get] in the order's shard.
func (set *Shards) Get(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.Get(ctx, id) })
}

// Cancel is [Flow.Cancel] in the order's shard.
func (set *Shards) Cancel(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.Cancel(ctx, id) })
}

// Refresh is [Flow.Refresh] in the order's shard.
func (set *Shards) Refresh(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.Refresh(ctx, id) })
}

// Retry is [Flow.Retry] in the order's shard.
func (set *Shards) Retry(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.Retry(ctx, id) })
}

// AcceptLate is [Flow.AcceptLate] in the order's shard.
func (set *Shards) AcceptLate(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.AcceptLate(ctx, id) })
}

// Void is [Flow.Void] in the order's shard.
func (set *Shards) Void(ctx context.Context, id string) (*Order, error) {
	return on(ctx, set, id, func(f *Flow) (*Order, error) { return f.Void(ctx, id) })
}

// History is [Flow.History] in the order's shard.
func (set *Shards) History(ctx context.Context, id string) ([]Event, error) {
	return on(ctx, set, id, func(f *Flow) ([]Event, error) { return f.History(ctx, id) })
}

// Refunds is [Flow.Refunds] in the order's shard.
func (set *Shards) Refunds(ctx context.Context, orderID string) ([]*Refund, error) {
	return on(ctx, set, orderID, func(f *Flow) ([]*Refund, error) { return f.Refunds(ctx, orderID) })
}

// Captures is [Flow.Captures] in the order's shard.
func (set *Shards) Captures(ctx context.Context, orderID string) ([]*Capture, error) {
	return on(ctx, set, orderID, func(f *Flow) ([]*Capture, error) { return f.Captures(ctx, orderID) })
}

// Refund is [Flow.Refund] in the order's shard. A refund of this id in another shard that
// is up matches [ErrConflict].
func (set *Shards) Refund(ctx context.Context, orderID string, req RefundRequest) (*Refund, error) {
	err := set.isUnused(ctx, orderID, "refund", req.ID, func(ctx context.Context, f *Flow) (bool, error) {
		return f.hasRefund(ctx, req.ID, orderID)
	})
	if err != nil {
		return nil, err
	}
	return on(ctx, set, orderID, func(f *Flow) (*Refund, error) { return f.Refund(ctx, orderID, req) })
}

// Capture is [Flow.Capture] in the order's shard. A capture of this id in another shard
// that is up matches [ErrConflict].
func (set *Shards) Capture(ctx context.Context, orderID string, req CaptureRequest) (*Capture, error) {
	err := set.isUnused(ctx, orderID, "capture", req.ID, func(ctx context.Context, f *Flow) (bool, error) {
		return f.hasCapture(ctx, req.ID, orderID)
	})
	if err != nil {
		return nil, err
	}
	return on(ctx, set, orderID, func(f *Flow) (*Capture, error) { return f.Capture(ctx, orderID, req) })
}

// isUnused rejects an id that another order uses in another shard.
func (set *Shards) isUnused(
	ctx context.Context, orderID, what, id string, has func(context.Context, *Flow) (bool, error),
) error {
	home, _, err := set.homeOf(ctx, orderID)
	if err != nil {
		return err
	}
	shard, _ := set.otherWith(ctx, home, has) // those that are down cannot be asked
	if shard != "" {
		return fmt.Errorf("%w: %s %q is of another order, in shard %q; use a new id", ErrConflict, what, id, shard)
	}
	return nil
}

// questionTime is for one question that all shards are asked.
const questionTime = 5 * time.Second

// ask asks all shards at the same time. It returns what each answered, in their order.
func ask[T any](ctx context.Context, set *Shards, fn func(context.Context, *Flow) (T, error)) ([]T, []*shard, error) {
	all := set.shards()
	answers, errs := make([]T, len(all)), make([]error, len(all))
	var asking sync.WaitGroup
	for i, s := range all {
		asking.Go(func() {
			f, err := set.use(ctx, s)
			if err == nil {
				answers[i], err = fn(ctx, f)
			}
			errs[i] = s.fault(err)
		})
	}
	asking.Wait()
	return answers, all, errors.Join(errs...)
}

// with returns the shards that say that they have something, and which could not say.
func (set *Shards) with(ctx context.Context, has func(context.Context, *Flow) (bool, error)) ([]*shard, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	answers, all, err := ask(ctx, set, has)
	var list []*shard
	for i, yes := range answers {
		if yes {
			list = append(list, all[i])
		}
	}
	return list, err
}

// otherWith returns the name of a shard other than home that has something; "" for none.
func (set *Shards) otherWith(
	ctx context.Context, home *shard, has func(context.Context, *Flow) (bool, error),
) (string, error) {
	list, err := set.with(ctx, has)
	for _, s := range list {
		if s != home {
			return s.Name, nil
		}
	}
	return "", err
}

// NotifyHandler is [Flow.NotifyHandler] for the orders of all shards.
func (set *Shards) NotifyHandler() http.Handler { return set.client.NotifyHandler(set.Receive) }

// Receive is [Flow.Receive] in the shard of the order. A notification that names neither
// an order of ours nor a refund is looked for in all shards by the wallet's id of the
// payment. If a shard that may have it is down, Receive returns a [ShardError], and stores
// nothing: do not acknowledge the notification. What belongs to no order goes to one
// shard, which is the same each time. What may belong to several goes to each of them, and
// the error is that of all: it can match [ErrEvidence] and [ErrDatabase], and then only a
// part is stored.
func (set *Shards) Receive(ctx context.Context, n *tradepay.Notification) error {
	targets, err := set.targets(ctx, n)
	if err != nil {
		return err
	}
	var failed []error
	for _, s := range targets {
		f, err := set.use(ctx, s)
		if err == nil {
			err = f.Receive(ctx, n)
		}
		failed = append(failed, s.fault(err))
	}
	if len(failed) == 1 {
		return failed[0]
	}
	return errors.Join(failed...)
}

// targets are the shards that are to receive a notification.
func (set *Shards) targets(ctx context.Context, n *tradepay.Notification) ([]*shard, error) {
	if n.Kind == tradepay.NotificationRefund && n.RefundRequestID != "" {
		list, err := set.with(ctx, func(ctx context.Context, f *Flow) (bool, error) {
			return f.hasRefund(ctx, n.RefundRequestID, "")
		})
		switch {
		case len(list) > 0:
			return list, nil
		case err != nil && n.PaymentRequestID == "":
			return nil, err
		}
	}
	if n.PaymentRequestID != "" {
		return set.ofOrder(ctx, n.PaymentRequestID)
	}
	if n.PaymentID != "" {
		list, err := set.with(ctx, func(ctx context.Context, f *Flow) (bool, error) {
			return f.hasPayment(ctx, n.PaymentID)
		})
		if err != nil || len(list) > 0 { // with one that is down, nobody knows whether it is all
			return list, err
		}
	}
	place, _ := set.first.place(nil, n)
	return set.ofOrder(ctx, fmt.Sprint(place[1:]...)+n.PaymentID)
}

// ofOrder is the shard that has an order or, if none has, the oldest that has not ceded it.
func (set *Shards) ofOrder(ctx context.Context, id string) ([]*shard, error) {
	homes := homesOf(set.shards(), id)
	if len(homes) == 1 {
		return homes, nil
	}
	s, f, err := set.homeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	isHere, err := f.has(ctx, f.reading(), id)
	if err != nil {
		return nil, s.fault(err)
	}
	if isHere {
		return []*shard{s}, nil
	}
	for _, s := range homes {
		f, err := set.use(ctx, s)
		if err != nil {
			return nil, err
		}
		to, err := f.cededTo(ctx, f.reading(), id)
		if err != nil {
			return nil, s.fault(err)
		}
		isLeft := to != "" && slices.ContainsFunc(homes, func(h *shard) bool { return h.Name == to })
		if !isLeft {
			return []*shard{s}, nil
		}
	}
	return homes[len(homes)-1:], nil
}
