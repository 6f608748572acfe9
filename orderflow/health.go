package orderflow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Health is how a process of the flow is doing.
type Health struct {
	OK       bool `json:"ok"`
	Database bool `json:"database"` // answers
	// Reason says what to do in three cases: the database makes OK false; or orders
	// have been due for a minute, no process works on them, and Run is not running
	// here; or the clock that all machines go by was set back within the last hour.
	// The second case and the third do not make OK false.
	Reason  string    `json:"reason,omitempty"`
	Running bool      `json:"running"`           // Run is running in this process
	SweptAt time.Time `json:"swept_at,omitzero"` // when Run last looked here for orders that are due
	// DueSeconds is for how long an order has been due, of all due orders the
	// longest.
	DueSeconds int `json:"due_since_seconds"`
	Parked     int `json:"parked"` // orders that wait for Retry; counted up to 1,000
	Late       int `json:"late"`   // orders that wait for AcceptLate or Refund; counted up to 1,000
	// Reserved are orders that wait for Capture or Void; counted up to 1,000.
	Reserved int `json:"reserved"`
	// Waiting are jobs of this flow that no process has begun, in all its processes: of
	// its two queues, fulfilment and wallet, each counted up to 500. An order that is due
	// has no job yet while its queue is full.
	Waiting int `json:"waiting"`
	// Hanging is how many calls of Fulfil and OnNotification in this process should
	// have returned long ago, and have not. OK is false until they do: end the process.
	Hanging int `json:"hanging,omitempty"`
	// ClockSkewSeconds is how far the clock of this machine is ahead of the
	// database's, or, if negative, behind it. It is 0 up to 5 seconds. The wallet
	// rejects the requests of a machine whose clock is wrong.
	ClockSkewSeconds int `json:"clock_skew_seconds,omitempty"`
	// Shards is how each of several databases is doing, by its name; see [Shards.Health].
	Shards map[string]Health `json:"shards,omitempty"`
}

// healthTime is how long Health waits for databases.
const healthTime = 2 * time.Second

// doesNotAnswer is what Health says of a database that takes longer.
const doesNotAnswer = "the database does not answer: is it up, and can it be reached?"

// dueTooLong is after how many seconds somebody should have taken up an order that is due.
const dueTooLong = 60

const selectHealth = `SELECT
	(SELECT MIN(at) FROM (
		SELECT MIN(next_at) AS at FROM orderflow_orders WHERE client = $1 AND next_at IS NOT NULL AND ` + dueWallet + `
		UNION ALL
		SELECT MIN(next_at) AS at FROM orderflow_orders WHERE client = $1 AND next_at IS NOT NULL AND ` + dueFulfil + `
	) AS due),
	(SELECT COUNT(*) FROM (
		SELECT 1 FROM orderflow_orders WHERE client = $1 AND parked_at IS NOT NULL LIMIT 1000
	) AS parked),
	(SELECT COUNT(*) FROM (
		SELECT 1 FROM orderflow_orders
		WHERE client = $1 AND late_at IS NOT NULL AND state IN ('failed', 'cancelled', 'expired') LIMIT 1000
	) AS late),
	(SELECT COUNT(*) FROM (
		SELECT 1 FROM orderflow_orders WHERE client = $1 AND state = 'authorized' LIMIT 1000
	) AS reserved),
	(SELECT COUNT(*) FROM (
		SELECT 1 FROM river_job WHERE state = 'available' AND queue = $2 LIMIT 500
	) AS for_fulfilment),
	(SELECT COUNT(*) FROM (
		SELECT 1 FROM river_job WHERE state = 'available' AND queue = $3 LIMIT 500
	) AS for_wallet)`

// healthEvery is how often a write is tried at most.
const healthEvery = 5 * time.Second

// unwritable tries whether the database takes what is written, and returns
// what to do if not.
func (f *Flow) unwritable(ctx context.Context) string {
	if f.db.file.gone() {
		return "the SQLite file was removed or replaced while it was open: end the process, and put the file back"
	}
	now := time.Now()
	if last := f.wrote.Load(); last != nil && now.Sub(*last) < healthEvery {
		return ""
	}
	_, err := f.db.write.ExecContext(ctx, `INSERT INTO orderflow_reports (client, day, made_at)
		VALUES ($1, 'health', $2)
		ON CONFLICT (client, day) DO UPDATE SET made_at = $2`, f.name, f.now().UnixMilli())
	switch {
	case err == nil:
		f.wrote.Store(&now)
	case ctx.Err() == nil: // SQLite's only writer may be at work
		f.log.ErrorContext(ctx, "orderflow: the database cannot be written", "error", err)
		return "the database cannot be written: is its disk full, or was it made read-only?"
	}
	return ""
}

// unreadable returns what to do about an error of reading.
func (f *Flow) unreadable(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil:
		return doesNotAnswer
	}
	f.log.ErrorContext(ctx, "orderflow: the database cannot be read", "error", err)
	return "the database cannot be read: the log says why"
}

// Health asks the database, for 2 seconds at most. OK means that the database answers and can be written
// and, if Run is running in this process, that Run looks for due orders. Parked and
// late orders do not make OK false.
func (f *Flow) Health(ctx context.Context) Health {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	h := Health{Running: f.running.Load(), Hanging: f.called.allHung()}
	swept := f.swept.Load()
	if swept != nil {
		h.SweptAt = time.UnixMilli(swept.UnixMilli()).UTC()
	}
	if skew := f.skew(); skew.Abs() > tolerableSkew {
		h.ClockSkewSeconds = int(skew / time.Second)
	}
	var due *int64
	var forWallet int
	err := f.db.read.QueryRowContext(ctx, selectHealth, f.name, f.jobs.fulfil, f.jobs.wallet).
		Scan(&due, &h.Parked, &h.Late, &h.Reserved, &h.Waiting, &forWallet)
	h.Waiting += forWallet
	h.Reason = cmp.Or(f.unwritable(ctx), f.unreadable(ctx, err))
	h.Database = err == nil && h.Reason == ""
	if due != nil {
		h.DueSeconds = int(max(0, f.now().UnixMilli()-*due) / 1000)
	}
	forgotten := !h.Running && h.DueSeconds >= dueTooLong
	if forgotten && h.Reason == "" {
		h.Reason = "orders have been due for over a minute, and no process works on them: " +
			"is Flow.Run running, here or in another process?"
	}
	if h.Reason == "" {
		h.Reason = f.setBack()
	}
	justSwept := swept != nil && time.Since(*swept) < 30*time.Second
	atWork := !h.Running || justSwept
	h.OK = h.Database && h.Hanging == 0 && atWork
	return h
}

// setBack tells of a clock that was set back lately.
func (f *Flow) setBack() string {
	if f.clock == nil {
		return ""
	}
	by, ago := f.clock.SetBack()
	if by == 0 || ago > time.Hour {
		return ""
	}
	whose := "this machine"
	if f.db.postgres() {
		whose = "the database's server"
	}
	return fmt.Sprintf("the clock of %s was set back by %s, %s ago: see that it is right now; what waits is asked "+
		"about at once", whose, by.Round(time.Second), ago.Round(time.Second))
}

// HealthHandler answers with [Health] as JSON: 200 if OK, otherwise 503. It
// says nothing about single orders.
func (f *Flow) HealthHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveHealth(w, f.Health(r.Context()))
	})
}

func serveHealth(w http.ResponseWriter, h Health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !h.OK {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(h)
}
