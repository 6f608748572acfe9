// Package orderflow keeps a merchant's orders: an order is stored before the
// wallet hears of it, paid once, fulfilled once, and never forgotten.
//
// Package tradepay says what a wallet answered. This package does what every
// merchant has to do with it, in one database:
//
//	db, err := orderflow.Open(ctx, "orders.db") // or "postgres://…"
//	flow, err := orderflow.New(ctx, orderflow.Config{
//		Client: client,
//		DB:     db,
//		Fulfil: func(ctx context.Context, tx *sql.Tx, f orderflow.Fulfilment) error {
//			// A table of the program's own, see the example.
//			_, err := tx.ExecContext(ctx, `INSERT INTO shipments (order_id) VALUES ($1)`, f.Order.ID)
//			return err
//		},
//	})
//	http.Handle("/notify", flow.NotifyHandler())
//	go flow.Run(ctx)
//	order, err := flow.Create(ctx, &tradepay.CreateOrderRequest{…})
//
// # What it promises
//
//   - An order and its id are committed before the first byte goes to the
//     wallet. The same id with the same content is the same order.
//   - A notification is acknowledged only after the transaction that stored it,
//     compared it with the order, moved the order and enqueued its fulfilment.
//   - Whatever has no final answer is asked about, at growing intervals, by any
//     machine that runs, until the wallet has given one. Unknown is never failure.
//   - Fulfil runs in the transaction in which the order becomes fulfilled: its
//     effects in that database happen exactly once. For effects elsewhere it
//     gets a key that is the same on every try.
//   - What contradicts an order changes nothing: it is kept as evidence and
//     reported as an [Alarm].
//
// # Money that no rule can settle
//
// A payment that succeeds after its order was closed is refunded or reported,
// see [LatePolicy]. Fulfilment that keeps failing is parked, see [Flow.Retry].
// Both are listed, by [Flow.List] and in the daily [Report].
//
// # Databases
//
// SQLite (a file, no set-up, one machine) and PostgreSQL (any number of
// machines) run the same code. Jobs run on River. All times are stored as Unix
// milliseconds, amounts in minor units.
//
// What was stored holds payers' data: the requests, the wallet's messages, and
// the access token of an agreement payment. Protect the database accordingly.
package orderflow
