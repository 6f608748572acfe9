package stage

import (
	"net/http"
	"time"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// How long parties are away.
const (
	outage   = 10 * time.Second
	deadTime = 2 * time.Second
)

// troubles are the buttons, in their order on the page. Their texts are
// trouble.<name> and trouble.<name>.note.
var troubles = []trouble{
	{name: "lose", fault: &tradepaytest.Fault{Kind: tradepaytest.NotifyLost, Op: wire.OpNotifyPayment}},
	{name: "twice", fault: &tradepaytest.Fault{Kind: tradepaytest.NotifyDuplicate, Op: wire.OpNotifyPayment}},
	{name: "tamper", fault: &tradepaytest.Fault{Kind: tradepaytest.NotifyTampered, Op: wire.OpNotifyPayment}},
	{name: "lie9000", fault: &tradepaytest.Fault{Kind: tradepaytest.LyingCallback, Code: "9000"}},
	{name: "lie6001", fault: &tradepaytest.Fault{Kind: tradepaytest.LyingCallback, Code: "6001"}},
	{name: "risk", fault: &tradepaytest.Fault{Kind: tradepaytest.RiskDeclined}},
	{name: "wallet", act: (*Stage).stopWallet},
	{name: "merchant", act: (*Stage).killMerchant},
	{name: "keys", act: (*Stage).rotateKeys},
	{name: "heal", act: (*Stage).heal},
}

// trouble is a button: a fault that waits for its occasion, or something done
// at once.
type trouble struct {
	name  string
	fault *tradepaytest.Fault
	act   func(*Stage) error
}

// makeTrouble presses a button.
func (s *Stage) makeTrouble(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	for _, t := range troubles {
		if t.name != name {
			continue
		}
		if t.fault != nil {
			s.wallet.Inject(*t.fault)
			s.journal.arm(t.name, string(t.fault.Kind))
			w.WriteHeader(http.StatusAccepted) // it waits for its occasion
			return
		}
		if err := t.act(s); err != nil {
			s.logger.Error("a trouble button failed", "button", name, "error", err)
			s.problem(w, http.StatusConflict, s.languageOf(r).spoken(err.Error()))
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.problem(w, http.StatusNotFound, "there is no such button")
}

func (s *Stage) stopWallet() error {
	s.wallet.Suspend(outage)
	return nil
}

func (s *Stage) rotateKeys() error {
	s.wallet.RotateKeys()
	s.journal.happened("keysRotated")
	return nil
}

func (s *Stage) heal() error {
	s.wallet.Resume()
	s.wallet.Heal()
	s.journal.disarm()
	return nil
}

// killMerchant kills the shop and starts it again after a while. A second
// press while that goes on does nothing.
func (s *Stage) killMerchant() error {
	if !s.killing.TryLock() {
		return nil
	}
	if err := s.merchant.Kill(); err != nil {
		s.killing.Unlock()
		return err
	}
	s.journal.happened("merchantDown")
	s.journal.merchantStopped()
	s.running.Go(func() {
		defer s.killing.Unlock()
		timer := time.NewTimer(deadTime)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		if err := s.merchant.Start(); err != nil {
			s.logger.Error("the shop does not start again", "error", err)
			s.journal.happened("merchantStuck")
			return
		}
		s.journal.happened("merchantUp")
		s.journal.merchantStarted()
	})
	return nil
}

// expire ends the time of a payment now.
func (s *Stage) expire(w http.ResponseWriter, r *http.Request) {
	payment := s.journal.paymentOf(r.PathValue("run"))
	if payment == "" {
		s.problem(w, http.StatusNotFound, "there is no such payment")
		return
	}
	if err := s.wallet.Expire(payment); err != nil {
		s.problem(w, http.StatusConflict, "the payment is not open")
		return
	}
	s.journal.expired(r.PathValue("run"))
	w.WriteHeader(http.StatusNoContent)
}

// armed is a fault that waits.
type armed struct {
	Name string `json:"name"`
	kind string
}

// arm says that a fault waits for its occasion.
func (j *Journal) arm(name, kind string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.armed = append(j.armed, armed{Name: name, kind: kind})
	j.tellArmed()
}

// met says that the first fault of this kind was met. It runs with mu held.
func (j *Journal) met(kind string) {
	for i, a := range j.armed {
		if a.kind == kind {
			j.armed = append(j.armed[:i:i], j.armed[i+1:]...)
			j.tellArmed()
			return
		}
	}
}

func (j *Journal) disarm() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.armed = nil
	j.tellArmed()
}

func (j *Journal) tellArmed() { j.publish("state", j.state()) }

// pageState is what the buttons show.
type pageState struct {
	Armed        []armed `json:"armed"`
	WalletDown   bool    `json:"walletDown"`
	MerchantDown bool    `json:"merchantDown"`
}

func (j *Journal) state() pageState {
	return pageState{Armed: append([]armed{}, j.armed...), WalletDown: j.walletDown, MerchantDown: j.merchantDown}
}

func (j *Journal) merchantStopped() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.merchantDown = true
	j.publish("state", j.state())
}

func (j *Journal) merchantStarted() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.merchantDown = false
	j.publish("state", j.state())
}

// paymentOf names the payment of a run for the wallet.
func (j *Journal) paymentOf(id string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.byID[id]; r != nil {
		return r.payment
	}
	return ""
}

// expired notes that the page ended the time of a payment.
func (j *Journal) expired(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.byID[id]; r != nil {
		r.cutShort = true
		j.add(r, &Entry{At: time.Now(), Kind: KindTrouble, Mark: MarkNote, Detail: "expired"})
	}
}
