package orderflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// List is [Flow.List] over all shards, in one order and with the same paging: newest
// first, and for the next page CreatedAt and ID of the last order. Beside a [ShardError]
// the list lacks the orders of that shard.
func (set *Shards) List(ctx context.Context, opts ListOptions) ([]*Order, error) {
	limit := opts.Limit
	if limit <= 0 {
		limit = 100
	}
	pages, _, err := ask(ctx, set, func(ctx context.Context, f *Flow) ([]*Order, error) { return f.List(ctx, opts) })
	orders := slices.Concat(pages...)
	slices.SortFunc(orders, func(a, b *Order) int { return -a.compareAge(b) })
	return orders[:min(len(orders), limit, 1000)], err
}

// compareAge is -1 for the older of two orders, and 0 for the same.
func (o *Order) compareAge(other *Order) int {
	return cmp.Or(o.CreatedAt.Compare(other.CreatedAt), strings.Compare(o.ID, other.ID))
}

// Report is [Flow.Report] over all shards. Beside a [ShardError] it lacks what that shard
// has. [Config.OnReport] gets the report of each shard by itself.
func (set *Shards) Report(ctx context.Context, from, to time.Time) (*Report, error) {
	reports, _, err := ask(ctx, set, func(ctx context.Context, f *Flow) (*Report, error) {
		return f.Report(ctx, from, to)
	})
	all := &Report{Name: set.first.name, From: from.UTC(), To: to.UTC(), Counts: map[State]int{}}
	for _, r := range reports {
		if r == nil {
			continue
		}
		for state, n := range r.Counts {
			all.Counts[state] += n
		}
		all.Alarms = append(all.Alarms, r.Alarms...)
		all.Late, all.Parked = append(all.Late, r.Late...), append(all.Parked, r.Parked...)
		all.Overdue = append(all.Overdue, r.Overdue...)
		all.Unreadable = append(all.Unreadable, r.Unreadable...)
		all.More = all.More || r.More
	}
	slices.SortStableFunc(all.Alarms, func(a, b Alarm) int { return a.LastAt.Compare(b.LastAt) })
	for _, list := range []*[]*Order{&all.Late, &all.Parked, &all.Overdue} {
		slices.SortFunc(*list, (*Order).compareAge)
		all.More = all.More || len(*list) > mostListed
		*list = (*list)[:min(len(*list), mostListed)]
	}
	all.More = all.More || len(all.Alarms) > mostListed
	all.Alarms = all.Alarms[:min(len(all.Alarms), mostListed)]
	slices.Sort(all.Unreadable)
	return all, err
}

// Alarms is [Flow.Alarms] over all shards, oldest first. The error of a shard comes after
// the alarms of all others, which it does not end.
func (set *Shards) Alarms(ctx context.Context, from, to time.Time) iter.Seq2[Alarm, error] {
	return func(yield func(Alarm, error) bool) {
		// All begin at the same time: one that does not answer takes none of the others' time.
		heads, all, err := ask(ctx, set, func(ctx context.Context, f *Flow) (*alarmHead, error) {
			h := new(alarmHead)
			h.next, h.stop = iter.Pull2(f.Alarms(ctx, from, to))
			return h, h.pull()
		})
		var failed []error
		if err != nil {
			failed = append(failed, err)
		}
		for i, h := range heads {
			if h != nil {
				defer h.stop()
				h.from = all[i]
			}
		}
		for {
			heads = slices.DeleteFunc(heads, func(h *alarmHead) bool { return h == nil || h.ended })
			if len(heads) == 0 {
				break
			}
			oldest := slices.MinFunc(heads, func(a, b *alarmHead) int { return a.alarm.LastAt.Compare(b.alarm.LastAt) })
			if !yield(oldest.alarm, nil) {
				return
			}
			if err := oldest.pull(); err != nil {
				failed = append(failed, oldest.from.fault(err))
			}
		}
		for _, err := range failed {
			if !yield(Alarm{}, err) {
				return
			}
		}
	}
}

// alarmHead is the next alarm of a shard.
type alarmHead struct {
	from  *shard
	next  func() (Alarm, error, bool)
	stop  func()
	alarm Alarm
	ended bool // there is no next one, or it cannot be read
}

// pull goes on to the next alarm.
func (h *alarmHead) pull() error {
	alarm, err, more := h.next()
	h.alarm, h.ended = alarm, err != nil || !more
	return err
}

// Audit is [Flow.Audit] over all shards, one after the other, those first that are open. Beside
// a [ShardError] it lacks what that shard has. If ctx ends before the last shard, its error is
// among those returned.
func (set *Shards) Audit(ctx context.Context, opts AuditOptions) ([]AuditFinding, error) {
	ids, failed := map[*shard][]string{}, map[string]error{}
	for _, id := range opts.IDs {
		homes := homesOf(set.shards(), id)
		if len(homes) == 1 { // whether it can be asked is seen below, once for all its ids
			ids[homes[0]] = append(ids[homes[0]], id)
			continue
		}
		s, _, err := set.homeOf(ctx, id)
		if err != nil {
			failed[err.Error()] = err
			continue
		}
		ids[s] = append(ids[s], id)
	}
	var found []AuditFinding
	for _, s := range openFirst(set.shards()) {
		if err := ctx.Err(); err != nil {
			failed[err.Error()] = err
			break
		}
		f, err := set.use(ctx, s)
		if err == nil {
			own := opts
			own.IDs = ids[s]
			var list []AuditFinding
			list, err = f.audit(ctx, own, failed)
			found = append(found, list...)
		}
		if err = s.fault(err); err != nil {
			failed[err.Error()] = err
		}
	}
	return found, joined(failed)
}

// openFirst are the shards that are open, and then those that may take their time to open.
func openFirst(all []*shard) []*shard {
	var open, others []*shard
	for _, s := range all {
		if s.flow.Load() != nil {
			open = append(open, s)
			continue
		}
		others = append(others, s)
	}
	return append(open, others...)
}

// joined are different errors as one, in the order of their texts.
func joined(failed map[string]error) error {
	var list []error
	for _, text := range slices.Sorted(maps.Keys(failed)) {
		list = append(list, failed[text])
	}
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}

// Prune is [Flow.Prune] in all shards at the same time. Beside a [ShardError] it counts what was
// deleted in the others.
func (set *Shards) Prune(ctx context.Context, opts PruneOptions) (deleted int, err error) {
	counts, _, err := ask(ctx, set, func(ctx context.Context, f *Flow) (int, error) { return f.Prune(ctx, opts) })
	for _, n := range counts {
		deleted += n
	}
	return deleted, err
}

// Health asks all databases at the same time, for 2 seconds at most, and has the Health of
// each in Shards. Its numbers are those of all together, and of the times and ages the worst:
// SweptAt is zero if Run has not looked into one of them yet. A database that is down makes
// Database false and is named in Reason, and the process goes on with the others: OK is
// false only if no shard is OK, or if one is not although its database answers. Why a
// database cannot be opened is in the log.
func (set *Shards) Health(ctx context.Context) Health {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	all := set.shards()
	healths := make([]Health, len(all))
	var asking sync.WaitGroup
	for i, s := range all {
		asking.Go(func() { healths[i] = set.healthOf(ctx, s) })
	}
	asking.Wait()
	h := Health{Database: true, Running: true, Shards: map[string]Health{}}
	var reasons []string
	isStuck := false
	for i, s := range all {
		one := healths[i]
		h.Shards[s.Name] = one
		h.OK, isStuck = h.OK || one.OK, isStuck || one.Database && !one.OK
		h.Database, h.Running = h.Database && one.Database, h.Running && one.Running
		if i == 0 || one.SweptAt.Before(h.SweptAt) {
			h.SweptAt = one.SweptAt
		}
		h.DueSeconds = max(h.DueSeconds, one.DueSeconds)
		h.Parked, h.Late, h.Reserved = h.Parked+one.Parked, h.Late+one.Late, h.Reserved+one.Reserved
		h.Waiting, h.Hanging = h.Waiting+one.Waiting, h.Hanging+one.Hanging
		if skew := one.ClockSkewSeconds; skew*skew > h.ClockSkewSeconds*h.ClockSkewSeconds {
			h.ClockSkewSeconds = skew
		}
		if one.Reason != "" {
			reasons = append(reasons, fmt.Sprintf("shard %s: %s", s.Name, one.Reason))
		}
	}
	h.OK = h.OK && !isStuck
	h.Reason = strings.Join(reasons, "; ")
	return h
}

// healthOf is the health of one shard.
func (set *Shards) healthOf(ctx context.Context, s *shard) Health {
	f, err := set.use(ctx, s)
	switch {
	case err == nil:
		return f.Health(ctx)
	case errors.Is(err, ErrInvalidConfig):
		return Health{Reason: err.Error()}
	case ctx.Err() != nil:
		return Health{Reason: doesNotAnswer}
	}
	set.first.log.ErrorContext(ctx, "orderflow: the database of a shard cannot be opened", "shard", s.Name,
		"error", err)
	return Health{Reason: "the database cannot be opened: is it up? The log says why"}
}

// HealthHandler is [Flow.HealthHandler] with [Shards.Health].
func (set *Shards) HealthHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveHealth(w, set.Health(r.Context()))
	})
}
