// Package jetstream takes notifications in while the database is down.
//
// An [Intake] verifies a notification, publishes it to a replicated stream of NATS
// JetStream, and acknowledges it to the wallet with S only after the stream has confirmed
// that it has it. [Intake.Run] applies what is in the stream to an [orderflow.Flow] or
// [orderflow.Shards], in any number of processes:
//
//	intake, err := jetstream.New(ctx, jetstream.Config{Wallet: config, JetStream: js, Receiver: flow})
//	http.Handle("/notify", intake.NotifyHandler())
//	go intake.Run(ctx)
//
// # What it promises
//
//   - Without the stream's confirmation the wallet is told U, and sends the notification
//     again.
//   - A message leaves the stream only after the receiver has committed it, or after it was
//     parked. While the database is down, the message comes back at growing intervals.
//   - The same notification, sent again within the stream's window for duplicates, is
//     stored once. Later ones are stored again, and the receiver recognises them.
//   - Nothing in the stream is believed because it is there: whoever applies a message
//     verifies the wallet's signature over the stored bytes once more. Who can write to the
//     stream can at most repeat what the wallet has signed.
//   - A message that no process verifies, or that the program keeps rejecting, is parked in
//     a stream of its own, where [Intake.Parked] shows it and [Intake.Release] tries it again.
//     What another process or a later moment may verify, as during a rotation of the wallet's
//     keys, is tried [Config.Attempts] times before.
//   - What waits for one database does not hold up what another one can take.
//
// # What is stored
//
// A message's data are the bytes of the notification's body, as they came. Its headers are
// Tradepay-Form (1), Tradepay-Method, Tradepay-Uri (as the wallet signed it),
// Tradepay-Received (the time, for people), and the headers of the request that the
// signature needs, with Tradepay-Header- before their names. They hold payers' data as the
// database does: protect the servers accordingly.
//
// # The servers
//
// Replicas on three servers outlive one of them. By itself, a server writes to its disk
// only every two minutes: what all servers lose at once in a power cut is then lost. Where
// that can happen, set sync_interval: always in the servers' configuration.
//
// [New] rejects streams that lose notifications by their settings, and [Intake.Backlog] says
// so if somebody changes them later. A limit to a stream's messages or bytes is safe: a full
// stream takes no more, and the wallet sends the notification again.
package jetstream
