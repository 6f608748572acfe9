package orderflow

import (
	"context"
	"time"
)

// PollEvery makes a flow's sweep quick; tests do not wait for a second.
func (f *Flow) PollEvery(d time.Duration) { f.pollEvery = d }

// ClaimReport is what each machine's sweep does about the day's report.
func (f *Flow) ClaimReport(ctx context.Context) error { return f.claimReport(ctx) }
