package tradepay

// DiagnosisWork is what the search of a diagnosis cost, in bytes hashed.
func DiagnosisWork(e Evidence) int {
	d := newDoctor(e)
	d.examine()
	return d.spent
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
