package frameworks

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

func openDatabase(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := OpenDatabase(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

func paid(id string) *tradepay.Notification {
	return &tradepay.Notification{Kind: tradepay.NotificationPayment, PaymentRequestID: id, PaymentID: "P-" + id,
		Amount: price, Status: tradepay.StatusSuccess, PaidAt: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC),
		Raw: []byte(notice(id))}
}

// counter is a shop with an inbox, an order of each name, and a clock that
// stands still.
type counter struct {
	*testing.T
	*Inbox
	now    time.Time
	parked []string
}

func newCounter(t *testing.T, path string, orders ...string) *counter {
	t.Helper()
	db := openDatabase(t, path)
	till := &Till{DB: db}
	c := &counter{T: t, now: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	c.Inbox = &Inbox{DB: db, Renew: believe, Process: till.Settle, Now: func() time.Time { return c.now },
		Parked: func(_ context.Context, _ int64, why string) { c.parked = append(c.parked, why) }}
	for _, id := range orders {
		c.order(id)
	}
	return c
}

// believe takes all news for new.
func believe(_ context.Context, n *tradepay.Notification, _ time.Duration) (*tradepay.Notification, error) {
	return n, nil
}

func (c *counter) order(id string) {
	c.Helper()
	_, err := c.DB.ExecContext(c.Context(), `INSERT INTO orders (id, request) VALUES ($1, $2)`, id,
		[]byte(`{"PaymentRequestID":"`+id+`","Amount":{"currency":"USD","value":"1050"}}`))
	require.NoError(c, err)
}

// work processes all that is due.
func (c *counter) work() {
	c.Helper()
	for worked := true; worked; {
		var err error
		worked, err = c.Next(c.Context())
		require.NoError(c, err)
	}
}

// work until everything is done or parked, however long it takes.
func (c *counter) workToTheEnd() {
	c.Helper()
	for range 100 {
		c.work()
		if count(c.T, c.DB, `SELECT count(*) FROM inbox WHERE state = 'waiting'`) == 0 {
			return
		}
		c.now = c.now.Add(time.Hour)
	}
	require.Fail(c, "the inbox does not empty")
}

func (c *counter) state(id string) (state string) {
	c.Helper()
	require.NoError(c, c.DB.QueryRowContext(c.Context(), `SELECT state FROM orders WHERE id = $1`, id).Scan(&state))
	return state
}

func (c *counter) shipments() int {
	c.Helper()
	return count(c.T, c.DB, `SELECT count(*) FROM shipments`)
}

func TestInboxTakesEachOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
	var all sync.WaitGroup
	for range 20 { // at the same time, as retries of a wallet may be
		all.Go(func() {
			if err := c.Receive(t.Context(), paid("order-1")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, count(t, c.DB, `SELECT count(*) FROM inbox`))
	require.Zero(t, c.shipments(), "stored, not processed")
	c.work()
	require.Equal(t, "paid", c.state("order-1"))
	require.NoError(t, c.Receive(t.Context(), paid("order-1")))
	other := paid("order-1")
	other.Raw = append(other.Raw, ' ') // the same news in other bytes
	require.NoError(t, c.Receive(t.Context(), other))
	c.work()
	require.Equal(t, 2, count(t, c.DB, `SELECT count(*) FROM inbox WHERE state = 'done'`))
	require.Equal(t, 1, c.shipments())
}

func TestSettle(t *testing.T) {
	t.Parallel()
	is := func(change func(*tradepay.Notification)) *tradepay.Notification {
		n := paid("order-1")
		change(n)
		return n
	}
	failed := is(func(n *tradepay.Notification) { n.Status, n.Raw = tradepay.StatusFailed, []byte(`{"fail":1}`) })
	open := is(func(n *tradepay.Notification) {
		n.Status, n.Raw = tradepay.StatusProcessing, []byte(`{"processing":1}`)
	})
	cent := is(func(n *tradepay.Notification) { n.Amount.Value, n.Raw = 1, []byte(`{"cent":1}`) })
	rand := is(func(n *tradepay.Notification) { n.Amount.Currency, n.Raw = "ZAR", []byte(`{"currency":1}`) })
	reserved := is(func(n *tradepay.Notification) {
		n.Status, n.Raw = tradepay.StatusAuthorized, []byte(`{"reserved":1}`)
	})
	second := is(func(n *tradepay.Notification) { n.PaymentID, n.Raw = "P-2", []byte(`{"second":1}`) })
	void := is(func(n *tradepay.Notification) { n.Kind, n.Raw = tradepay.NotificationVoid, []byte(`{"void":1}`) })
	tests := []struct {
		name    string
		news    []*tradepay.Notification
		state   string
		shipped int
		parked  int
	}{
		{"paid", []*tradepay.Notification{paid("order-1")}, "paid", 1, 0},
		{"failed", []*tradepay.Notification{failed}, "closed", 0, 0},
		{"in process", []*tradepay.Notification{open}, "open", 0, 0},
		{"in process, late", []*tradepay.Notification{paid("order-1"), open}, "paid", 1, 0},
		{"failed, late", []*tradepay.Notification{paid("order-1"), failed}, "paid", 1, 0},
		{"paid after it failed", []*tradepay.Notification{failed, paid("order-1")}, "held", 0, 0},
		{"one cent", []*tradepay.Notification{cent}, "held", 0, 0},
		{"another currency", []*tradepay.Notification{rand}, "held", 0, 0},
		{"reserved, not paid", []*tradepay.Notification{reserved}, "open", 0, 0},
		{"one cent, then paid", []*tradepay.Notification{cent, paid("order-1")}, "held", 0, 0},
		{"paid, then one cent", []*tradepay.Notification{paid("order-1"), cent}, "paid", 1, 1},
		{"paid by two payments", []*tradepay.Notification{paid("order-1"), second}, "paid", 1, 1},
		{"about something else", []*tradepay.Notification{void}, "open", 0, 0},
		{"unknown order", []*tradepay.Notification{paid("order-9"), paid("order-1")}, "paid", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
			for _, n := range tt.news {
				require.NoError(t, c.Receive(t.Context(), n))
				c.work()
			}
			c.workToTheEnd()
			require.Equal(t, tt.state, c.state("order-1"))
			require.Equal(t, tt.shipped, c.shipments())
			require.Len(t, c.parked, tt.parked)
		})
	}
}

// TestOldNews: what waited in the inbox is shipped only if the wallet still says that it is
// paid and that the shop keeps all of it.
func TestOldNews(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		waits   time.Duration
		change  func(*testing.T, *tradepaytest.Wallet, *tradepay.Client)
		state   string
		shipped int
		parked  int
	}{
		"at once":           {0, nil, "paid", 1, 0},
		"within the minute": {30 * time.Second, nil, "paid", 1, 0},
		"an hour, and true": {time.Hour, nil, "paid", 1, 0},
		"an hour, and given back": {time.Hour, func(t *testing.T, _ *tradepaytest.Wallet, c *tradepay.Client) {
			t.Helper()
			_, err := c.Refund(t.Context(), &tradepay.RefundRequest{
				RefundRequestID: "refund-1", PaymentRequestID: "order-1", PaymentID: paymentID(t, c), Amount: price,
			})
			require.NoError(t, err)
		}, "held", 0, 0},
		"an hour, and no answer": {time.Hour, func(_ *testing.T, w *tradepaytest.Wallet, _ *tradepay.Client) {
			w.Inject(tradepaytest.Fault{Kind: tradepaytest.DropBefore, Op: wire.OpInquiryPayment, Times: -1})
		}, "open", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet := tradepaytest.NewWallet()
			t.Cleanup(wallet.Close)
			config := wallet.Config()
			config.Retry.MaxAttempts = 1
			client, err := tradepay.NewClient(config)
			require.NoError(t, err)
			_, err = client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
				PaymentRequestID: "order-1", Amount: price, Title: "Tea",
			})
			require.NoError(t, err)
			require.NoError(t, wallet.Pay("order-1"))
			c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
			c.Renew = (&Till{DB: c.DB, Client: client}).Renew
			news := paid("order-1")
			news.PaymentID = paymentID(t, client)
			require.NoError(t, c.Receive(t.Context(), news))
			c.now = c.now.Add(tt.waits)
			if tt.change != nil {
				tt.change(t, wallet, client)
			}
			c.workToTheEnd()
			require.Equal(t, tt.state, c.state("order-1"))
			require.Equal(t, tt.shipped, c.shipments())
			require.Len(t, c.parked, tt.parked)
		})
	}
}

func paymentID(t *testing.T, c *tradepay.Client) string {
	t.Helper()
	order, err := c.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	return order.PaymentID
}

// TestInboxHandsOnWhatWasVerified: nothing is lost on the way through the
// table, the signed bytes least of all.
func TestInboxHandsOnWhatWasVerified(t *testing.T) {
	t.Parallel()
	c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"))
	in := paid("order-1")
	in.Raw = []byte("{ \"spaces\" :\t1 }\n")
	var out *tradepay.Notification
	c.Process = func(_ context.Context, _ *sql.Tx, n *tradepay.Notification) error { out = n; return nil }
	require.NoError(t, c.Receive(t.Context(), in))
	c.work()
	require.Equal(t, in, out)
}

// TestInboxOnPostgres: with what the comment of Inbox says, and nothing else,
// it runs on PostgreSQL, which script/postgres starts.
func TestInboxOnPostgres(t *testing.T) {
	t.Parallel()
	server := os.Getenv("TRADEPAY_TEST_POSTGRES")
	if server == "" {
		t.Skip("TRADEPAY_TEST_POSTGRES is not set; run this with script/postgres")
	}
	at, err := url.Parse(server)
	require.NoError(t, err)
	schema := "inbox_" + strings.ToLower(rand.Text())
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	db, err := sql.Open("pgx", at.String()) // the driver comes with orderflow
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP SCHEMA "+schema+" CASCADE")
		require.NoError(t, errors.Join(err, db.Close()))
	})
	types := strings.NewReplacer("INTEGER PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER",
		"BIGINT", "BLOB", "BYTEA")
	for _, statement := range []string{"CREATE SCHEMA " + schema, types.Replace(inboxTable),
		types.Replace(tillTables)} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	c := &counter{T: t, now: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
	c.Inbox = &Inbox{DB: db, Renew: believe, Process: (&Till{DB: db}).Settle, Now: func() time.Time { return c.now },
		Parked: func(_ context.Context, _ int64, why string) { c.parked = append(c.parked, why) }}
	c.order("order-1")
	for _, n := range []*tradepay.Notification{paid("order-1"), paid("order-1"), paid("order-9")} {
		require.NoError(t, c.Receive(t.Context(), n))
	}
	c.workToTheEnd()
	require.Equal(t, "paid", c.state("order-1"))
	require.Equal(t, 1, c.shipments())
	require.Len(t, c.parked, 1, "an order that nobody knows")
	require.NoError(t, c.Retry(t.Context(), int64(count(t, db, `SELECT max(id) FROM inbox`))))
	c.order("order-9")
	c.workToTheEnd()
	require.Equal(t, "paid", c.state("order-9"))
}

func TestPoisonIsParked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		poison func() error
		why    string
	}{
		{"an error", func() error { return errors.New("this cannot be read") }, "this cannot be read"},
		{"a panic", func() error { panic("index out of range") }, "panic: index out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1", "order-2")
			settle, tries := c.Process, 0
			c.Process = func(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
				if err := settle(ctx, tx, n); err != nil {
					return err
				}
				if n.PaymentRequestID == "order-1" { // after it has written
					tries++
					return tt.poison()
				}
				return nil
			}
			require.NoError(t, c.Receive(t.Context(), paid("order-1")))
			require.NoError(t, c.Receive(t.Context(), paid("order-2")))
			c.work()
			require.Equal(t, "paid", c.state("order-2"), "others do not wait for it")
			require.Equal(t, "open", c.state("order-1"), "what it wrote is undone")
			c.workToTheEnd()
			require.Equal(t, inboxTries, tries)
			require.Equal(t, []string{tt.why}, c.parked)
			require.Equal(t, 1, c.shipments())

			c.Process = settle // mended
			c.now = c.now.Add(time.Hour)
			c.work()
			require.Equal(t, "open", c.state("order-1"), "parked until a person says so")
			require.ErrorContains(t, c.Retry(t.Context(), 2), "notification 2 is not parked")
			require.NoError(t, c.Retry(t.Context(), 1))
			c.work()
			require.Equal(t, "paid", c.state("order-1"))
			require.Equal(t, 2, c.shipments())
		})
	}
}

// crash is set in the process that dies in TestCrash.
const crash = "TRADEPAY_TEST_CRASH"

// TestCrash kills a process between storing and processing: first right after
// the S, then in the middle of the work, before its commit.
func TestCrash(t *testing.T) {
	if path := os.Getenv(crash); path != "" {
		c := newCounter(t, path)
		require.NoError(t, c.Receive(t.Context(), paid("order-1")))
		require.NoError(t, c.Receive(t.Context(), paid("order-2")))
		settle := c.Process
		c.Process = func(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
			if err := settle(ctx, tx, n); err != nil {
				return err
			}
			os.Exit(3)
			return nil
		}
		c.work()
		os.Exit(0)
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	c := newCounter(t, path, "order-1", "order-2")
	die := func() {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
		child.Env = append(os.Environ(), crash+"="+path)
		var exit *exec.ExitError
		_, err := child.Output()
		require.ErrorAs(t, err, &exit)
		require.Equal(t, 3, exit.ExitCode())
	}
	die()
	require.Equal(t, 2, count(t, c.DB, `SELECT count(*) FROM inbox WHERE state = 'waiting'`))
	require.Zero(t, c.shipments(), "the work is undone")

	c.work()
	require.Equal(t, "open", c.state("order-1"), "for all that is known, somebody works on it")
	require.Equal(t, "paid", c.state("order-2"))
	c.now = c.now.Add(inboxLease)
	c.work()
	require.Equal(t, "paid", c.state("order-1"))
	require.Equal(t, 2, c.shipments())
}

// TestKillerIsParked: what kills the process each time is not tried for ever.
func TestKillerIsParked(t *testing.T) {
	t.Parallel()
	c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
	require.NoError(t, c.Receive(t.Context(), paid("order-1")))
	for range inboxTries { // taken, and never heard of again
		_, err := c.take(t.Context())
		require.NoError(t, err)
		c.now = c.now.Add(inboxLease)
	}
	c.work()
	require.Equal(t, []string{"the process ended while it worked on this"}, c.parked)
	require.Equal(t, "open", c.state("order-1"))
}

// TestLostLease: a worker that was too slow changes nothing.
func TestLostLease(t *testing.T) {
	t.Parallel()
	c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
	require.NoError(t, c.Receive(t.Context(), paid("order-1")))
	slow, err := c.take(t.Context())
	require.NoError(t, err)
	c.now = c.now.Add(inboxLease)
	c.work()
	require.ErrorContains(t, c.process(t.Context(), slow), "another worker has it")
	require.NoError(t, c.later(t.Context(), slow, errors.New("late")))
	require.Equal(t, 1, c.shipments())
	require.Equal(t, 1, count(t, c.DB, `SELECT count(*) FROM inbox WHERE state = 'done'`))
}

// TestNoSWithoutAStore: in every framework, a database that fails means U, and
// the notification comes again.
func TestNoSWithoutAStore(t *testing.T) {
	t.Parallel()
	for _, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newSender(t)
			path := filepath.Join(t.TempDir(), "shop.db")
			c := newCounter(t, path, "order-1")
			require.NoError(t, c.DB.Close())
			base := f.serve(t, (&Till{DB: c.DB, Client: s.client}).Shop(c.Inbox))
			code, status := s.answer(s.request(base+"/shop/notify", []byte(notice("order-1"))))
			require.Equal(t, http.StatusOK, code)
			require.Equal(t, "U", status)

			c.DB = openDatabase(t, path)
			_, status = s.answer(s.request(base+"/shop/notify", []byte(notice("order-1"))))
			require.Equal(t, "S", status)
			c.work()
			require.Equal(t, "paid", c.state("order-1"))
		})
	}
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	c := newCounter(t, filepath.Join(t.TempDir(), "shop.db"), "order-1")
	ctx, stop := context.WithCancel(t.Context())
	settle := c.Process
	c.Process = func(ctx context.Context, tx *sql.Tx, n *tradepay.Notification) error {
		defer stop() // ends Run, and the transaction with it
		return settle(context.WithoutCancel(ctx), tx, n)
	}
	require.NoError(t, c.Receive(t.Context(), paid("order-1")))
	c.Inbox.Run(ctx)
	c.Process = settle
	c.now = c.now.Add(inboxLease)
	c.work()
	require.Equal(t, 1, c.shipments())
}
