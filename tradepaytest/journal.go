package tradepaytest

import "sync"

// journal is what the wallet remembers of its steps. The nil journal remembers nothing.
type journal struct {
	most int

	mu      sync.Mutex
	entries []entry
	last    int           // number of the latest
	news    chan struct{} // closed at the next one
}

// entry is a step with its number.
type entry struct {
	number int
	Event
}

// WithJournal makes the wallet remember its latest steps, for the control API.
func WithJournal(most int) Option {
	return func(w *Wallet) { w.journal = &journal{most: max(1, most), news: make(chan struct{})} }
}

func (j *journal) add(e Event) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	j.entries = append(j.entries, entry{j.last, e})
	if len(j.entries) >= 2*j.most {
		j.entries = append([]entry(nil), j.entries[len(j.entries)-j.most:]...)
	}
	close(j.news)
	j.news = make(chan struct{})
}

// after returns the entries with higher numbers, and what closes at the next one.
func (j *journal) after(number int) (later []entry, news <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	latest := j.entries[max(0, len(j.entries)-j.most):]
	for i := range latest {
		if latest[i].number > number {
			return append(later, latest[i:]...), j.news
		}
	}
	return nil, j.news
}

func (j *journal) clear() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// watched reports whether anybody sees the steps: without, they are not put together.
func (w *Wallet) watched() bool { return w.observer != nil || w.journal != nil }
