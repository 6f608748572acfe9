package orderflow

import "time"

// PollEvery makes a flow's sweep quick; tests do not wait for a second.
func (f *Flow) PollEvery(d time.Duration) { f.pollEvery = d }
