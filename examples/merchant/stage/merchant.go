package stage

// Merchant is the shop, which runs as a process of its own, so that it can be
// killed as in life. Its methods are called one at a time.
type Merchant interface {
	URL() string   // scheme, host and port, without a path; the same after Start
	Kill() error   // ends the process at once, without a chance to tidy up
	Start() error  // starts it again, on the same URL and data, and returns when it answers
	Running() bool // whether the process lives
}
