package frameworks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", in Go alone

	"github.com/tradepay/tradepay-go"
)

// Inbox receives queue-first: it stores a verified notification, has it
// acknowledged, and processes it later. The wallet gets its S within
// milliseconds whatever the shop is busy with, and what fails is tried again by
// the shop's own rules instead of the wallet's few.
//
// It is a table in the database of the orders, not a file to append to: a file
// would need its own checksums against torn lines, its own index of what
// was seen, and compaction; and only in one database can "processed" and what
// the processing did be one commit. The SQL is that of PostgreSQL as well, but
// for the types BLOB and INTEGER (BYTEA, BIGINT), for the id, which needs
// GENERATED ALWAYS AS IDENTITY there, and, with several workers, for FOR UPDATE
// SKIP LOCKED in take.
type Inbox struct {
	DB *sql.DB // see OpenDatabase
	// Renew is called before Process, and outside its transaction, with how old the
	// news is: since it came, or since the payer paid. It returns what to process: old
	// news may not be true anymore. An error has it called again later, as with Process.
	Renew func(ctx context.Context, n *tradepay.Notification, age time.Duration) (*tradepay.Notification, error)
	// Process does the work of one notification, in the transaction that marks it as
	// processed: what it writes there happens exactly once. It gets the same
	// payment's news more than once, and in any order. An error, or a panic,
	// undoes the transaction and has it called again later.
	Process func(context.Context, *sql.Tx, *tradepay.Notification) error
	// Parked is told of a notification that failed for the last time. It stays
	// in the table for a person: money may have been paid for nothing.
	Parked func(ctx context.Context, id int64, why string)
	Now    func() time.Time
}

const (
	inboxTries   = 12              // about half an hour, then it is parked
	inboxLease   = time.Minute     // after which a notification whose process died is taken up again
	inboxTimeout = inboxLease / 2  // of Process: never longer than the lease
	inboxPause   = time.Second     // between looks at an empty inbox
	storeTimeout = 5 * time.Second // wallets do not wait long for an answer
)

// inboxTable keeps the bytes that the wallet signed, as evidence, and beside
// them what the SDK read in them when it had verified them. Both may hold
// payers' data. Processed rows are what duplicates are known by: delete them
// only after the wallet has stopped repeating itself, some days.
const inboxTable = `CREATE TABLE IF NOT EXISTS inbox (
	id          INTEGER PRIMARY KEY,
	digest      BLOB    NOT NULL UNIQUE,            -- of raw
	raw         BLOB    NOT NULL,                   -- as it was signed
	verified    BLOB    NOT NULL,                   -- the Notification, as JSON
	state       TEXT    NOT NULL DEFAULT 'waiting', -- or done, or parked
	tries       INTEGER NOT NULL DEFAULT 0,
	received_at INTEGER NOT NULL,                   -- Unix milliseconds, as all times
	due_at      INTEGER NOT NULL,
	done_at     INTEGER,
	error       TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS inbox_due ON inbox (due_at) WHERE state = 'waiting'`

// OpenDatabase opens an SQLite file with the tables of [Inbox] and [Till].
func OpenDatabase(ctx context.Context, path string) (*sql.DB, error) {
	// synchronous(FULL): what was committed, and acknowledged, outlives a power cut.
	db, err := sql.Open("sqlite", "file:"+path+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // writers queue in order
	for _, table := range []string{inboxTable, tillTables} {
		if _, err := db.ExecContext(ctx, table); err != nil {
			return nil, errors.Join(fmt.Errorf("SQLite file %s: %w", path, err), db.Close())
		}
	}
	return db, nil
}

// Receive stores a notification for client.NotifyHandler, which answers with S
// only after nil: when the row is on the disk. The same bytes again are one row.
//
// What comes here is verified. To store first and verify later would be wrong:
//
//   - Anybody could fill the disk, for only the signature tells the wallet from
//     a stranger.
//   - The S would be given, and signed, for what nobody has read. If it does
//     not verify later, because a key was being rotated or a proxy rewrote
//     the path, the wallet has forgotten it: a payment is lost. A 401 now
//     has it sent again, after you have fixed that.
//   - Later it does not verify: the time that is signed must be near the
//     clock. Who turns that check off lets old messages be replayed.
func (q *Inbox) Receive(ctx context.Context, n *tradepay.Notification) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	read := *n
	read.Raw = nil
	verified, err := json.Marshal(read) //nolint:gosec // with tokens, which the merchant's database may keep
	if err != nil {
		return err
	}
	digest, now := sha256.Sum256(n.Raw), q.Now().UnixMilli()
	_, err = q.DB.ExecContext(ctx, `INSERT INTO inbox (digest, raw, verified, received_at, due_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING`, digest[:], n.Raw, verified, now, now)
	return err
}

// Run processes until ctx ends. A database that fails is waited for.
func (q *Inbox) Run(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := q.Next(ctx)
		if err != nil {
			slog.ErrorContext(ctx, "inbox", "error", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(inboxPause):
		}
	}
}

// Next processes the notification that has been due for longest. It reports
// false if none is due. Its errors are those of the database; what fails in
// Renew or Process is written down and tried again.
func (q *Inbox) Next(ctx context.Context) (worked bool, err error) {
	e, err := q.take(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	failed := errors.New("the process ended while it worked on this")
	if e.tries <= inboxTries {
		failed = q.process(ctx, e)
	}
	if failed == nil {
		return true, nil
	}
	return true, q.later(ctx, e, failed)
}

type inboxEntry struct {
	id, received  int64
	tries         int
	raw, verified []byte
}

// take counts a try before it is made, so that a notification that kills the
// process cannot do so for ever, and keeps others away from it for a while.
func (q *Inbox) take(ctx context.Context) (e inboxEntry, err error) {
	now := q.Now()
	err = q.DB.QueryRowContext(ctx, `UPDATE inbox SET tries = tries + 1, due_at = $1
		WHERE id = (SELECT id FROM inbox WHERE state = 'waiting' AND due_at <= $2 ORDER BY due_at, id LIMIT 1)
		RETURNING id, received_at, tries, raw, verified`, now.Add(inboxLease).UnixMilli(), now.UnixMilli()).
		Scan(&e.id, &e.received, &e.tries, &e.raw, &e.verified)
	return e, err
}

// process makes one transaction of the work and of its mark.
func (q *Inbox) process(ctx context.Context, e inboxEntry) (err error) {
	ctx, cancel := context.WithTimeout(ctx, inboxTimeout)
	defer cancel()
	n := new(tradepay.Notification)
	if err := json.Unmarshal(e.verified, n); err != nil {
		return err
	}
	n.Raw = e.raw
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	now := q.Now()
	n, err = q.Renew(ctx, n, max(now.Sub(time.UnixMilli(e.received)), now.Sub(n.PaidAt)))
	if err != nil {
		return err
	}
	tx, err := q.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing, if it was committed
	// The mark comes first: whoever lost the lease stops here.
	marked, err := tx.ExecContext(ctx, `UPDATE inbox SET state = 'done', done_at = $1, error = ''
		WHERE id = $2 AND tries = $3 AND state = 'waiting'`, q.Now().UnixMilli(), e.id, e.tries)
	if err != nil {
		return err
	}
	if rows, err := marked.RowsAffected(); err != nil || rows != 1 {
		return errors.Join(errors.New("another worker has it"), err)
	}
	if err := q.Process(ctx, tx, n); err != nil {
		return err
	}
	return tx.Commit()
}

// later writes down why it failed, and when to try again: after a second, two,
// four, at most half an hour; or parks it. If the commit came through after
// all, or another worker has it, this changes nothing.
func (q *Inbox) later(ctx context.Context, e inboxEntry, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	state, pause := "waiting", min(time.Second<<(e.tries-1), 30*time.Minute)
	if e.tries >= inboxTries {
		state = "parked"
	}
	changed, err := q.DB.ExecContext(ctx, `UPDATE inbox SET state = $1, due_at = $2, error = $3
		WHERE id = $4 AND tries = $5 AND state = 'waiting'`, state, q.Now().Add(pause).UnixMilli(),
		failed.Error(), e.id, e.tries)
	if err != nil {
		return err // the lease ends, and then it is tried again
	}
	if rows, err := changed.RowsAffected(); err != nil || rows == 0 {
		return err
	}
	slog.WarnContext(ctx, "notification not processed", "id", e.id, "tries", e.tries, "state", state, "error", failed)
	if state == "parked" && q.Parked != nil {
		q.Parked(ctx, e.id, failed.Error())
	}
	return nil
}

// Retry takes up a parked notification again, with all its tries.
func (q *Inbox) Retry(ctx context.Context, id int64) error {
	taken, err := q.DB.ExecContext(ctx, `UPDATE inbox SET state = 'waiting', tries = 0, due_at = $1
		WHERE id = $2 AND state = 'parked'`, q.Now().UnixMilli(), id)
	if err != nil {
		return err
	}
	if rows, err := taken.RowsAffected(); err != nil || rows != 1 {
		return errors.Join(fmt.Errorf("notification %d is not parked", id), err)
	}
	return nil
}
