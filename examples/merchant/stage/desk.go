package stage

import (
	"context"
	"net/http"
	"time"
)

// Desk is what the shopkeeper does with an order, which the page offers as buttons.
type Desk interface {
	Capture(ctx context.Context, orderID string) error // charges all that is reserved
	Void(ctx context.Context, orderID string) error    // releases all that is reserved
	Refund(ctx context.Context, orderID string) error  // gives back all that was charged
}

// deskTime bounds what the shopkeeper does: the shop may have to call the wallet.
const deskTime = 30 * time.Second

// atTheDesk presses one of the shopkeeper's buttons for the order of a run.
func (s *Stage) atTheDesk(w http.ResponseWriter, r *http.Request) {
	order := s.journal.orderOf(r.PathValue("run"))
	if s.desk == nil || order == "" {
		s.problem(w, http.StatusNotFound, "there is no such order")
		return
	}
	act := map[string]func(context.Context, string) error{
		"capture": s.desk.Capture, "void": s.desk.Void, "refund": s.desk.Refund,
	}[r.PathValue("action")]
	if act == nil {
		s.problem(w, http.StatusNotFound, "there is no such button")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), deskTime)
	defer cancel()
	if err := act(ctx, order); err != nil {
		s.logger.Warn("the shop did not do it", "action", r.PathValue("action"), "error", err)
		s.problem(w, http.StatusConflict, "the shop did not do it; its own page of the order says why")
		return
	}
	s.journal.lookAgain(r.PathValue("run"))
	w.WriteHeader(http.StatusNoContent)
}

// orderOf names the shop's order of a run.
func (j *Journal) orderOf(id string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.byID[id]; r != nil {
		return r.orderID
	}
	return ""
}

// lookAgain has the shop asked about a run's order, whatever it said before.
func (j *Journal) lookAgain(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.byID[id]; r != nil {
		j.look(r)
	}
}
