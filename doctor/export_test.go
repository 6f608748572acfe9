package doctor

// DiagnoseCounted is Diagnose, and what its search cost, in bytes hashed.
func DiagnoseCounted(e Evidence) (Diagnosis, int) {
	d := newDoctor(e)
	d.examine()
	return d.diagnosis, d.spent
}

// PlainRemedies are all remedies for a program in any language.
func PlainRemedies() (all []string) {
	for _, r := range remedies {
		all = append(all, r.theirs, r.ours)
	}
	return all
}
