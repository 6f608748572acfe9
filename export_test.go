package tradepay

// DiagnoseCounted is Diagnose, and what its search cost, in bytes hashed.
func DiagnoseCounted(e Evidence) (Diagnosis, int) {
	d := newDoctor(e)
	d.examine()
	return d.diagnosis, d.spent
}

// RememberedNotifyURLs are those that the doctor of this client tries.
func RememberedNotifyURLs(c *Client) []string { return c.notify.list() }

// PlainRemedies are all remedies for a program in any language.
func PlainRemedies() (all []string) {
	for _, r := range remedies {
		all = append(all, r.theirs, r.ours)
	}
	return all
}
