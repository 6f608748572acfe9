package tradepay

// DiagnosisWork is what the search of a diagnosis cost, in bytes hashed.
func DiagnosisWork(e Evidence) int {
	d := newDoctor(e)
	d.examine()
	return d.spent
}
