package orderflow

import (
	"context"
	"time"
)

// PollEvery makes a flow's sweep quick; tests do not wait for a second.
func (f *Flow) PollEvery(d time.Duration) { f.pollEvery = d }

// ClaimReport is what each machine's sweep does about the day's report.
func (f *Flow) ClaimReport(ctx context.Context) error { return f.claimReport(ctx) }

// Sweep takes up what is due, as Run does.
func (f *Flow) Sweep(ctx context.Context) error { return f.sweep(ctx) }

// CountTry is what a repeated fulfilment begins with.
func (f *Flow) CountTry(ctx context.Context, id string) error { return f.countTry(ctx, id) }
