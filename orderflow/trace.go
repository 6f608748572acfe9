package orderflow

import (
	"context"
	"sync"
)

// WorkKind says which work a flow does about an order.
type WorkKind string

// The kinds of work.
const (
	WorkCreate       WorkKind = "create"       // [Flow.Create]
	WorkNotification WorkKind = "notification" // [Flow.Receive]
	WorkFulfil       WorkKind = "fulfil"       // a try to fulfil a paid order, with the questions before it
	WorkReconcile    WorkKind = "reconcile"    // the wallet is asked about an order that is due, or told what is wanted
)

// Work is what a flow does about one order, as it tells [Tracing] of it.
type Work struct {
	Kind WorkKind
	// OrderID is the order that the request, the notification or the job names, whether or
	// not there is such an order. A notification that names the payment by the wallet's id alone has
	// none until the order is found.
	OrderID string
	// Trace is what Tracing.Context returned as the order was created. It is empty as
	// the work begins, and as it ends without an order, or for one that has none.
	Trace string
	// Outcome is known as the work ends: of a notification as in [Metrics], of a
	// fulfilment "fulfilled", "failed", or empty if there was nothing to do, or not yet.
	Outcome string
}

// Tracing connects what happens to an order at different times, in different processes:
// its creation, its notification, its fulfilment. A function that is nil is not called.
// They must be quick and safe for concurrent use, and must not call the flow. Package
// otelorderflow of module oteltradepay has them for OpenTelemetry.
type Tracing struct {
	// Context returns the trace of ctx in a text of at most 256 bytes, such as a
	// W3C traceparent. The flow stores it with a new order. It does not store what is longer, or no UTF-8.
	// It must hold no payer's data.
	Context func(ctx context.Context) string
	// Begin is called as work begins. The context that it returns is that of the work:
	// calls of the wallet, Fulfil, OnNotification. It ends with the one given, too. The
	// function that it returns is called once as the work ends, even by a panic. err is
	// what ended it, of a fulfilment also what Fulfil returned, and [ErrPanicked] of a
	// work that panicked; an error may hold an order's id.
	Begin func(ctx context.Context, w Work) (context.Context, func(w Work, err error))
}

// longestTrace is how many bytes of a trace are stored.
const longestTrace = 256

// context returns the trace to store.
func (t *Tracing) context(ctx context.Context) any {
	if t.Context == nil {
		return nil
	}
	text := t.Context(ctx)
	if text == "" || len(text) > longestTrace || !storable(text) {
		return nil
	}
	return text
}

// working is a work under way.
type working struct {
	mu   sync.Mutex // who notified may go while the group goes on
	work Work
	err  error // of a Fulfil that failed, which is not the job's
}

type workingKey struct{}

// begin begins a work, and returns how to end it.
func (t *Tracing) begin(ctx context.Context, kind WorkKind, orderID string) (context.Context, func(error)) {
	if t.Begin == nil {
		return ctx, func(error) {}
	}
	w := &working{work: Work{Kind: kind, OrderID: orderID}}
	own, end := t.Begin(ctx, w.work)
	ctx, stop := keep(own, ctx)
	return context.WithValue(ctx, workingKey{}, w), func(err error) {
		defer stop()
		if end == nil {
			return
		}
		w.mu.Lock()
		work := w.work
		if err == nil {
			err = w.err
		}
		w.mu.Unlock()
		end(work, err)
	}
}

// note changes the work that a context is of, if it is of one.
func note(ctx context.Context, change func(*working)) {
	w, ok := ctx.Value(workingKey{}).(*working)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// learn notes which order the work is about, of a notification once it is found. A
// Fulfil may read other orders in its context.
func learn(ctx context.Context, o *Order) {
	note(ctx, func(w *working) {
		if w.work.OrderID == "" || w.work.OrderID == o.ID {
			w.work.OrderID, w.work.Trace = o.ID, o.trace
		}
	})
}
