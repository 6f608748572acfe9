package doctor

// Work is what the search of a diagnosis cost, in bytes hashed.
func Work(e Evidence) int {
	d := newDoctor(e)
	d.examine()
	return d.spent
}

// PlainRemedies are all remedies for a program in any language.
func PlainRemedies() (all []string) {
	for _, r := range remedies {
		all = append(all, r.theirs, r.ours)
	}
	return all
}
