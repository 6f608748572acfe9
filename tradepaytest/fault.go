package tradepaytest

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// FaultKind is one way in which a wallet, or the network before it, fails.
type FaultKind string

// Faults of the answer to a request. With "processed", the wallet does the work first: the
// payment exists, although the caller does not learn of it.
const (
	DropBefore     FaultKind = "DropBefore"     // connection cut, not processed
	DropAfter      FaultKind = "DropAfter"      // processed, then connection cut
	Status500      FaultKind = "Status500"      // HTTP 500 with an HTML page, not processed
	Status500After FaultKind = "Status500After" // processed, then HTTP 500
	// HTTP 429, not processed; Delay is its Retry-After, at least and by default 1 second.
	Status429       FaultKind = "Status429"
	Slow            FaultKind = "Slow"            // processed, answered after Delay, by default 1 second
	HalfBody        FaultKind = "HalfBody"        // processed, connection cut in the middle of the body
	NotJSON         FaultKind = "NotJSON"         // processed, HTTP 200 with an unsigned HTML page
	Unsigned        FaultKind = "Unsigned"        // processed, no Signature header
	WrongKey        FaultKind = "WrongKey"        // processed, signed with a stranger's key
	WrongKeyVersion FaultKind = "WrongKeyVersion" // processed, signed under a keyVersion that nobody has
	ForeignClientID FaultKind = "ForeignClientID" // processed, signed for another client
	SkewedClock     FaultKind = "SkewedClock"     // processed, signed Delay ago, by default 1 hour
	// processed, answered with the signed answer to an earlier, different request of the operation;
	// waits until there is one.
	ReplayedResponse FaultKind = "ReplayedResponse"
	Redirect         FaultKind = "Redirect" // HTTP 302 to another path, not processed
	// processed, a signed compressed body that inflates to over 64 MiB.
	GzipBomb           FaultKind = "GzipBomb"
	UnknownThenSuccess FaultKind = "UnknownThenSuccess" // result U, not processed; the retry finds a new id
	UnknownAfter       FaultKind = "UnknownAfter"       // processed, then result U; the retry finds a known id
	Refused            FaultKind = "Refused"            // result F ORDER_STATUS_INVALID, not processed; see Fault.Delay
)

// Faults within the wallet.
const (
	// PaymentProcessing: the payer pays, my.tradePay reports 8000, and the
	// payment is PROCESSING until Heal or the second inquiry.
	PaymentProcessing FaultKind = "PaymentProcessing"
	// RiskDeclined: the payer pays, and risk control declines: FAIL, RISK_REJECT.
	// my.pay reports Code, 4001 by default or 4002; my.tradePay, which has no code
	// for it, reports 4000. Wallet.Routes.CashierJSAPI of the profile says which one the wallet has.
	RiskDeclined FaultKind = "RiskDeclined"
	// RefundProcessing: the wallet answers a refund with U REFUND_IN_PROCESS, and the
	// refund is PROCESSING until Heal or the second inquiry.
	RefundProcessing FaultKind = "RefundProcessing"
	// MessageRefused: the wallet rejects a message with Code: USER_NOT_SUBSCRIBED, the
	// default, or MESSAGE_SEND_EXCEED_LIMIT.
	MessageRefused FaultKind = "MessageRefused"
	// MessageQueued: the wallet takes a message and answers A, or as it says that the
	// message waits to be sent.
	MessageQueued FaultKind = "MessageQueued"
	// CancelRefunds: cancel of a paid payment gives back what is left of it. Without this
	// fault, the wallet rejects the cancel with ORDER_STATUS_INVALID. Giving back takes
	// Delay by the wallet's clock, by default no time. Meanwhile the wallet answers the
	// cancel with U PAYMENT_IN_PROCESS (with the fault Slow, by the state after the wait)
	// and a second cancel with F ORDER_STATUS_INVALID, and an inquiry says SUCCESS with a
	// REFUND PROCESSING among its transactions. In the end the REFUND is SUCCESS, and the
	// payment has the status of Code: CANCELLED, the default, or SUCCESS. Heal ends it at
	// once.
	CancelRefunds FaultKind = "CancelRefunds"
	// CancelRefundsUnseen is CancelRefunds, but until the end an inquiry says SUCCESS as if
	// there were no cancel.
	CancelRefundsUnseen FaultKind = "CancelRefundsUnseen"
	// LyingCallback: a button of the cashier does its work, and my.tradePay reports Code. By
	// default it reports the opposite: 6001 after payment, 9000 without. The cashier and
	// the wallet app report it, not the methods of Wallet.
	LyingCallback FaultKind = "LyingCallback"
)

// Faults of notifications. With Op [wire.OpNotifyPayment] (or OpNotifyVoid,
// OpNotifyCashierURL, or another of Delivery.Op) the faults Unsigned, WrongKey, WrongKeyVersion,
// ForeignClientID and SkewedClock apply to them as well.
const (
	NotifyDuplicate FaultKind = "NotifyDuplicate" // sent twice at the same time
	NotifyReordered FaultKind = "NotifyReordered" // the final state first, then a stale processing one
	NotifyDelayed   FaultKind = "NotifyDelayed"   // sent after Delay
	NotifyLost      FaultKind = "NotifyLost"      // not sent at all; only Notify sends it
	NotifyTampered  FaultKind = "NotifyTampered"  // changed after it was signed; one attempt
	// correctly signed, over another amount: what Notification.Check guards against; one attempt.
	NotifyWrongAmount FaultKind = "NotifyWrongAmount"
)

var (
	beforeFaults = []FaultKind{DropBefore, Status500, Status429, Redirect, UnknownThenSuccess, Refused}
	afterFaults  = []FaultKind{DropAfter, Status500After, Slow, HalfBody, NotJSON, ReplayedResponse, GzipBomb,
		UnknownAfter}
	sealFaults = []FaultKind{Unsigned, WrongKey, WrongKeyVersion, ForeignClientID, SkewedClock}

	requestFaults = slices.Concat(beforeFaults, afterFaults, sealFaults)
	noticeFaults  = []FaultKind{NotifyDuplicate, NotifyReordered, NotifyDelayed, NotifyLost}
	attemptFaults = []FaultKind{NotifyTampered, NotifyWrongAmount}
	cancelFaults  = []FaultKind{CancelRefunds, CancelRefundsUnseen}
	messageFaults = []FaultKind{MessageRefused, MessageQueued}
	stateFaults   = slices.Concat([]FaultKind{PaymentProcessing, RiskDeclined, RefundProcessing, LyingCallback},
		cancelFaults, messageFaults)

	messageCodes = []string{notSubscribed, tooManyMessages}
)

// Why the wallet refuses a message.
const (
	notSubscribed   = "USER_NOT_SUBSCRIBED"
	tooManyMessages = "MESSAGE_SEND_EXCEED_LIMIT"
)

// faultCodes are the values that Code of a fault can have.
var faultCodes = map[FaultKind][]string{
	LyingCallback: resultCodes, RiskDeclined: riskCodes, CancelRefunds: cancelCodes, CancelRefundsUnseen: cancelCodes,
	MessageRefused: messageCodes,
}

// codedFaults can have any code of a result, which resultCode describes.
var (
	codedFaults = []FaultKind{Refused, UnknownThenSuccess, UnknownAfter}
	resultCode  = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,63}$`)
)

// FaultKinds returns all faults.
func FaultKinds() []FaultKind {
	return slices.Concat(requestFaults, stateFaults, noticeFaults, attemptFaults)
}

// FaultOperations returns the operations that Op of a fault can name.
func FaultOperations() []wire.Operation {
	return slices.Concat(operations, notifications)
}

// Fault makes the wallet fail. The wallet tries faults in the order in which they were
// injected. One request or notification meets at most one fault of a sort.
type Fault struct {
	Kind        FaultKind
	Op          wire.Operation // "" for any
	Times       int            // how many times; 0 is once, negative is until Heal
	After       int            // how many requests or notifications that could meet it pass before
	Probability float64        // between 0 and 1, by the wallet's seed; 0 is always
	// Delay of Slow, Status429, SkewedClock, CancelRefunds, CancelRefundsUnseen and
	// NotifyDelayed is described there. With a Delay, Refused ignores Times: it rejects for
	// so long, by the wallet's clock, from the first request that meets it.
	Delay time.Duration
	// Code of LyingCallback is 9000, 8000, 4000, 6001, 6002, 6004, 4001 or 4002; of
	// RiskDeclined 4001 or 4002; of CancelRefunds and CancelRefundsUnseen CANCELLED
	// or SUCCESS; of MessageRefused USER_NOT_SUBSCRIBED or MESSAGE_SEND_EXCEED_LIMIT; of
	// Refused, UnknownThenSuccess and UnknownAfter any result code of a wallet, in place of
	// the one that they have otherwise.
	Code string
}

// activeFault is a fault that was injected; Wallet.mu guards it.
type activeFault struct {
	Fault
	id     int
	passes int // how many still pass
	left   int
	until  time.Time // of Refused with Delay, once it was met
}

// Check says why [Wallet.Inject] would panic, or returns nil.
func (f Fault) Check() error {
	codes, listed := faultCodes[f.Kind]
	switch {
	case !slices.Contains(FaultKinds(), f.Kind):
		return errors.New("unknown fault " + strconv.Quote(string(f.Kind)))
	case f.Op != "" && !slices.Contains(FaultOperations(), f.Op):
		return errors.New("unknown operation " + strconv.Quote(string(f.Op)))
	case f.Code != "" && listed && !slices.Contains(codes, f.Code),
		f.Code != "" && !listed && !(slices.Contains(codedFaults, f.Kind) && resultCode.MatchString(f.Code)):
		return errors.New("fault " + string(f.Kind) + " cannot have the code " + strconv.Quote(f.Code))
	case f.After < 0 || f.Delay < 0 || !(f.Probability >= 0 && f.Probability <= 1):
		return errors.New("a fault has neither a negative After or Delay, nor a Probability beyond 0 and 1")
	}
	return nil
}

// Inject adds a fault. It panics on a kind, an operation or a code that does not exist:
// otherwise a test would pass without meeting it.
func (w *Wallet) Inject(f Fault) {
	if _, err := w.inject(f); err != nil {
		panic("tradepaytest: " + err.Error())
	}
}

func (w *Wallet) inject(f Fault) (added activeFault, err error) {
	if err := f.Check(); err != nil {
		return added, err
	}
	left := f.Times
	switch {
	case left == 0:
		left = 1
	case left < 0:
		left = math.MaxInt
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.injected++
	added = activeFault{Fault: f, id: w.injected, passes: f.After, left: left}
	kept := added
	w.faults = append(w.faults, &kept)
	return added, nil
}

// Heal removes all faults, and completes the payments, refunds and cancels that they keep
// in process.
func (w *Wallet) Heal() {
	w.post(w.locked(func() {
		w.faults = nil
		w.completeAll()
	}))
}

// meet returns the fault that a request or notification of op meets, if any, and counts
// it. possible says whether a fault can happen now; nil is always. It runs with mu held.
func (w *Wallet) meet(op wire.Operation, kinds []FaultKind, possible func(Fault) bool) Fault {
	w.faults = slices.DeleteFunc(w.faults, func(f *activeFault) bool {
		return !f.until.IsZero() && !w.now().Before(f.until)
	})
	for i, f := range w.faults {
		switch {
		case !slices.Contains(kinds, f.Kind):
		case f.Op != op && f.Op != "":
		case possible != nil && !possible(f.Fault):
		case !f.until.IsZero():
			return f.Fault
		case f.passes > 0:
			f.passes--
		case f.Probability > 0 && w.dice.Float64() >= f.Probability:
		case f.Kind == Refused && f.Delay > 0:
			f.until = w.now().Add(f.Delay)
			return f.Fault
		default:
			if f.left--; f.left == 0 {
				w.faults = slices.Delete(w.faults, i, i+1)
			}
			return f.Fault
		}
	}
	return Fault{}
}

func (w *Wallet) emitFault(f Fault, op wire.Operation) {
	if f.Kind != "" {
		w.emit(Event{Name: "Fault injected", Op: op, Detail: string(f.Kind)})
	}
}
