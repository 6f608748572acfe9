package orderflow

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tradepay/tradepay-go/orderflow/internal/clock"
)

// tolerableSkew is how far the machine's clock may be from the fleet's without being named.
const tolerableSkew = 5 * time.Second

// clock tells the time of PostgreSQL's server, or of the machine that has the SQLite file.
func (db *DB) clock(ctx context.Context) (time.Time, error) {
	if !db.postgres() {
		return clock.Process(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	began := time.Now()
	var micros int64
	const now = `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`
	err := db.read.QueryRowContext(ctx, now).Scan(&micros)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return time.UnixMicro(micros).Add(time.Since(began) / 2), nil
}

// skew is how far the clock of this machine is ahead of the fleet's.
func (f *Flow) skew() time.Duration {
	if f.clock == nil {
		return 0
	}
	return f.clock.Skew()
}

// syncClock follows the fleet's clock, and looks for what a wrong one has left behind.
func (f *Flow) syncClock(ctx context.Context) error {
	back := false
	if f.clock != nil {
		var err error
		if back, err = f.clock.Sync(ctx); err != nil {
			return err
		}
	}
	if back {
		f.strays.forget()
		f.strays.setBack.Store(true)
	}
	if f.strays.setBack.Load() {
		if err := f.recallSetBack(ctx); err != nil {
			return err
		}
		f.strays.setBack.Store(false)
	}
	if !f.strays.due(f.now()) {
		return nil
	}
	return f.recallStrays(ctx)
}

// recallSetBack makes due what would wait longer because the clock was set back:
// what the wallet was asked about by the clock as it was, and reservations.
func (f *Flow) recallSetBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.sweepTime)
	defer cancel()
	now := f.now().UnixMilli()
	return f.recall(ctx, dueWallet+` AND (state = 'authorized' OR asked_at > $2
		AND state IN ('created', 'pending', 'refunding', 'settling'))`, `$2`, now, now)
}

// strays says when to look for orders that a wrong clock has put off for too long.
type strays struct {
	looked  atomic.Int64
	setBack atomic.Bool // the clock was, and not everything is recalled yet
}

const strayPause = 5 * time.Minute

// forget makes the next look due at once.
func (s *strays) forget() { s.looked.Store(0) }

func (s *strays) due(now time.Time) bool {
	last := s.looked.Load()
	passed := time.Duration(now.UnixMilli()-last) * time.Millisecond
	justLooked := passed >= 0 && passed < strayPause
	if last != 0 && justLooked {
		return false
	}
	s.looked.Store(now.UnixMilli())
	return true
}

// strayMargin keeps machines whose clocks differ a little from recalling each other's orders.
const strayMargin = time.Minute

// recallStrays makes due what would be looked at later than any order in its
// state has to wait: whoever put it off had a clock that was ahead.
func (f *Flow) recallStrays(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.sweepTime)
	defer cancel()
	now := f.now()
	after := func(longest time.Duration) int64 { return now.Add(longest + strayMargin).UnixMilli() }
	open, hour := after(f.inquiries.Longest), after(time.Hour)
	wallet := `CASE WHEN state IN ('created', 'pending') AND expires_at > $2 THEN CAST($4 AS BIGINT)
		WHEN state IN ('created', 'pending', 'refunding', 'settling') THEN CAST($5 AS BIGINT)
		WHEN state = 'authorized' THEN CAST($7 AS BIGINT) ELSE CAST($6 AS BIGINT) END`
	// A paid order waits for its next try, or for the wallet's word as long again as it has
	// waited for half of that, or until no cancel can be under way.
	fulfil, hourLong := after(f.fulfilLease()+f.inquiries.First), time.Hour.Milliseconds()
	paid := `CAST($4 AS BIGINT) + CASE WHEN tries >= 11 OR cancels > 0 OR updated_at <= $6 THEN CAST($5 AS BIGINT)
		ELSE 1000 * CAST(1 << CAST(tries AS INTEGER) AS BIGINT)
			+ CASE WHEN updated_at < $2 THEN ($2 - updated_at) / 2 ELSE 0 END END`
	lastLook := after(max(f.inquiries.LastLook, longestLastLook))
	err := f.recall(ctx, dueWallet, wallet, now.UnixMilli(), min(open, hour), open, hour, lastLook,
		after(max(f.inquiries.Reserved, time.Hour)))
	return errors.Join(err, f.recall(ctx, dueFulfil, paid, now.UnixMilli(), fulfil, fulfil, hourLong,
		now.Add(-2*time.Hour).UnixMilli()))
}

// recall makes due what its next_at puts off beyond both bounds: the first
// finds it by the index, the second is exact.
func (f *Flow) recall(ctx context.Context, which, bound string, args ...any) error {
	query := `SELECT id FROM orderflow_orders WHERE client = $1 AND next_at > $3 AND ` + which +
		` AND next_at > ` + bound +
		` AND next_at > $2 ORDER BY next_at LIMIT ` + strconv.Itoa(sweepSize) + f.db.lockFree()
	for ctx.Err() == nil {
		var strays []string
		err := f.db.inTx(ctx, func(tx *transaction) error {
			var err error
			if strays, err = tx.texts(ctx, query, append([]any{f.name}, args...)...); err != nil {
				return err
			}
			for _, id := range strays {
				tx.later = append(tx.later, write{
					query: `UPDATE orderflow_orders SET next_at = $3 WHERE client = $1 AND id = $2`,
					args:  []any{f.name, id, args[0]},
				})
			}
			return nil
		})
		if err != nil || len(strays) == 0 {
			return err
		}
		f.log.WarnContext(ctx, "orderflow: a clock that was ahead had put orders off; they are looked at now",
			"orders", len(strays))
		if len(strays) < sweepSize {
			return nil
		}
	}
	return ctx.Err()
}
