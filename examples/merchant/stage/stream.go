package stage

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// keepAlive is how often a quiet stream says that it is there.
const keepAlive = 15 * time.Second

// stream sends the journal as server-sent events: first everything, then each
// change. A page that comes back with Last-Event-ID gets what it has missed,
// and everything again if that is not known anymore.
func (s *Stage) stream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // a server's limit for answers is not for this one
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	if _, err := fmt.Fprint(w, "retry: 500\n\n"); err != nil {
		return
	}
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for next := s.journal.resume(r.Header.Get("Last-Event-ID")); ; {
		changes, wait := s.journal.since(&next)
		for _, c := range changes {
			if _, err := fmt.Fprintf(w, "id: %s-%d\nevent: %s\ndata: %s\n\n",
				s.journal.epoch, c.id, c.name, c.data); err != nil {
				return
			}
		}
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-wait:
		case <-ticker.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// resume returns the id of the first change that a page with this
// Last-Event-ID has not seen, or 0 for a page that needs everything.
func (j *Journal) resume(last string) int64 {
	epoch, number, ok := strings.Cut(last, "-")
	id, err := strconv.ParseInt(number, 10, 64)
	j.mu.Lock()
	defer j.mu.Unlock()
	if !ok || err != nil || epoch != j.epoch || id < 0 || id >= j.next {
		return 0
	}
	return id + 1
}

// since returns the changes from next on, moves next behind them, and returns
// a channel that is closed with the change after. Where next is 0 or no longer kept,
// one change stands for everything.
func (j *Journal) since(next *int64) ([]change, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := j.next - int64(len(j.log))
	if *next == 0 || *next < first {
		*next = j.next
		all := make([]wholeRun, len(j.runs))
		for i, r := range j.runs {
			all[i] = r.whole()
		}
		data, err := json.Marshal(map[string]any{"runs": all, "state": j.state()})
		if err != nil {
			data = []byte("{}")
		}
		return []change{{id: j.next - 1, name: "everything", data: data}}, j.changed
	}
	changes := append([]change(nil), j.log[*next-first:]...)
	*next = j.next
	return changes, j.changed
}
