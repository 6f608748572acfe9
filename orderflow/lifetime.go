package orderflow

import (
	"context"
	"errors"
)

// keep returns a context with the values of own that ends as soon as own or caller ends.
// A program's function may return a context that is not derived from the caller's. Call
// stop when nobody needs the context anymore.
//
// The client has the same code, in an internal package of another module: the SDK can be upgraded
// alone, and what is internal to it may change then.
func keep(own, caller context.Context) (ctx context.Context, stop func()) {
	if own == nil {
		return caller, func() {}
	}
	if own.Done() == caller.Done() { // values were added, which is usual
		return own, func() {}
	}
	release := func() {}
	deadline, limited := caller.Deadline()
	if limited { // so that the error is the caller's
		own, release = context.WithDeadline(own, deadline)
	}
	ctx, cancel := context.WithCancelCause(own)
	detach := context.AfterFunc(caller, func() {
		if !limited || !errors.Is(caller.Err(), context.DeadlineExceeded) {
			cancel(context.Cause(caller))
		}
	})
	return ctx, func() {
		detach()
		cancel(nil)
		release()
	}
}
