package tradepay

import (
	"maps"
	"slices"
)

// RememberedNotifyURLs are those that the doctor of this client tries.
func RememberedNotifyURLs(c *Client) []string { return c.notify.list() }

// KeptAcknowledgements is how many signatures this client keeps of the current second.
func KeptAcknowledgements(c *Client) int {
	c.acks.mu.Lock()
	defer c.acks.mu.Unlock()
	return len(c.acks.signed)
}

// UserAgentOf is what a program with this build information sends.
var UserAgentOf = userAgentOf

// NetworkCauses are all values of APIError.Cause, sorted.
func NetworkCauses() []string { return slices.Sorted(maps.Keys(networkRemedies)) }
