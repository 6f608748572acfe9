package tradepay

// RememberedNotifyURLs are those that the doctor of this client tries.
func RememberedNotifyURLs(c *Client) []string { return c.notify.list() }
