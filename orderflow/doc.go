// Package orderflow keeps a merchant's orders. It stores an order before it asks
// the wallet for the payment, lets it be paid once, fulfils it once, and never
// forgets it.
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
//   - If the wallet has given no final answer about an order, any machine that
//     runs asks it, at growing intervals, until it has. Unknown is never failure.
//   - Fulfil runs in the transaction in which the order becomes fulfilled: its
//     effects in that database happen exactly once. For effects elsewhere it
//     gets a key that is the same on every try.
//   - A message that contradicts an order does not change it: the flow keeps the
//     message as evidence and raises an [Alarm].
//
// # Money that no rule can settle
//
// If a payment succeeds after its order was closed, the flow refunds or reports
// it, see [LatePolicy]. If Fulfil keeps failing, the flow parks the order, see
// [Flow.Retry]. [Flow.List] and the daily [Report] list both.
//
// # Reservations
//
// With CreateOrderRequest.Authorize, the amount is reserved, and charged by
// [Flow.Capture] or released by [Flow.Void]. Fulfil runs once the reservation has ended,
// over what was captured.
//
// # Databases
//
// SQLite (a file, no set-up, one machine) and PostgreSQL (any number of
// machines) run the same code. Jobs run on River. All times are stored as Unix
// milliseconds, amounts in minor units.
//
// The database holds payers' data: the requests, the wallet's messages, and the
// access token of an agreement payment. Protect it accordingly.
package orderflow
