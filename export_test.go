package tradepay

import (
	"maps"
	"slices"
)

// RememberedNotifyURLs are those that the doctor of this client tries.
func RememberedNotifyURLs(c *Client) []string { return c.notify.list() }

// NetworkCauses are all values of APIError.Cause, sorted.
func NetworkCauses() []string { return slices.Sorted(maps.Keys(networkRemedies)) }
