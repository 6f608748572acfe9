//go:build !linux

package conformance_test

import "time"

var began = time.Now()

// cpuTime is the time that passes: elsewhere the system does not say what a
// thread has worked.
func cpuTime() time.Duration { return time.Since(began) }
