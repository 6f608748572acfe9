package stage

import (
	"cmp"
	"time"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// Party is one of the five of the platform's figure.
type Party int

// The parties, from left to right: in the order, and on the page by the names, of
// docs/payment-guide.md.
const (
	User Party = iota
	MiniProgram
	App
	MiniProgramServer // "Your server"
	AppServer         // "Wallet server"
	parties
)

// yours reports whether a party is the reader's own to write.
func (p Party) yours() bool { return p == MiniProgram || p == MiniProgramServer }

// figure is who sends each of the 20 steps to whom, and those that other scenarios have
// besides. What the steps are called is in the table of texts.
var figure = [...]struct{ from, to Party }{
	1:  {User, MiniProgram},
	2:  {MiniProgram, MiniProgramServer},
	3:  {MiniProgramServer, MiniProgramServer},
	4:  {MiniProgramServer, AppServer},
	5:  {AppServer, AppServer},
	6:  {AppServer, AppServer},
	7:  {AppServer, MiniProgramServer},
	8:  {MiniProgramServer, MiniProgram},
	9:  {MiniProgram, App},
	10: {App, App},
	11: {App, AppServer},
	12: {AppServer, App},
	13: {App, App},
	14: {User, App},
	15: {App, AppServer},
	16: {AppServer, AppServer},
	17: {AppServer, App},
	18: {App, MiniProgram},
	19: {AppServer, MiniProgramServer},
	20: {MiniProgram, MiniProgram},

	stepCapture:     {MiniProgramServer, AppServer},
	stepAskToAgree:  {MiniProgram, MiniProgramServer},
	stepPrepare:     {MiniProgramServer, AppServer},
	stepOpenConsent: {MiniProgram, App},
	stepAgree:       {User, App},
	stepConsented:   {App, MiniProgram},
	stepSendCode:    {MiniProgram, MiniProgramServer},
	stepToken:       {MiniProgramServer, AppServer},
}

// steps is how many steps there are, 20 of them the figure's.
const steps = len(figure) - 1

// opApp stands for what the wallet app asks of its server.
const opApp wire.Operation = "app"

// Kind is what an entry of a run is about.
type Kind string

// The kinds of entries.
const (
	KindStep    Kind = "step"    // one of the 20
	KindCall    Kind = "call"    // another operation between the two servers, or between mini program and server
	KindRefused Kind = "refused" // a request that the wallet refused
	KindTrouble Kind = "trouble" // a fault was met, a party went down or came back
)

// Mark is how an entry is drawn.
type Mark string

// The marks.
const (
	MarkSigned   Mark = "signed"   // signed, and the signature is right
	MarkPlain    Mark = "plain"    // not signed: within one party, or between parties that share a session
	MarkInferred Mark = "inferred" // not seen itself, but what follows shows that it happened
	MarkFailed   Mark = "failed"   // it does not verify
	MarkRefused  Mark = "refused"  // the answer is no, or an error; no signature is in doubt
	MarkLost     Mark = "lost"     // no answer came
	MarkNote     Mark = "note"     // no arrow
)

// Entry is one arrow, or one note, of a run.
type Entry struct {
	ID     int            `json:"id"`
	At     time.Time      `json:"at"`
	TookMs float64        `json:"tookMs"`
	Kind   Kind           `json:"kind"`
	Step   int            `json:"step,omitempty"`
	Op     wire.Operation `json:"op,omitempty"`
	From   Party          `json:"from"`
	To     Party          `json:"to"`
	Both   bool           `json:"both,omitempty"` // Message went there and Answer came back
	Mark   Mark           `json:"mark"`
	// Detail is a code: a result, a state, a fault.
	Detail string `json:"detail,omitempty"`
	// Times is how often it happened in a row, with the same outcome.
	Times int `json:"times,omitempty"`
	// Error says why it failed, in English.
	Error   string                `json:"error,omitempty"`
	Message *tradepaytest.Message `json:"message,omitempty"`
	Answer  *tradepaytest.Message `json:"answer,omitempty"`
}

// same reports whether the entry repeats what e was.
func (e *Entry) same(as *Entry) bool {
	return e.Kind == as.Kind && e.Step == as.Step && e.Op == as.Op && e.Mark == as.Mark &&
		e.Detail == as.Detail && e.Error == as.Error
}

// repeats reports whether a further such entry is counted and not drawn: only
// asking again is.
func (e *Entry) repeats() bool {
	return e.Step == 20 || e.Mark == MarkLost && e.Step != 19 || e.Kind == KindCall &&
		(e.Op == wire.OpInquiryPayment || e.Op == wire.OpInquiryRefund) ||
		e.Kind == KindRefused && e.Op == wire.OpInquiryPayment
}

// brief is the entry without its messages, for the stream.
func (e *Entry) brief() briefEntry {
	b := briefEntry{Entry: *e, HasMessage: e.Message != nil || e.Answer != nil}
	if e.Message != nil && e.Message.Diagnosis != nil {
		b.Cause = string(e.Message.Diagnosis.Cause)
	} else if e.Answer != nil && e.Answer.Diagnosis != nil {
		b.Cause = string(e.Answer.Diagnosis.Cause)
	}
	for _, m := range []*tradepaytest.Message{e.Answer, e.Message} { // the message's own counts
		if m != nil {
			b.KeyVersion = cmp.Or(keyVersion(m), b.KeyVersion)
		}
	}
	b.Message, b.Answer = nil, nil
	return b
}

type briefEntry struct {
	Entry
	HasMessage bool   `json:"hasMessage,omitempty"`
	Cause      string `json:"cause,omitempty"`
	KeyVersion string `json:"keyVersion,omitempty"` // of the signature
}

// keyVersion reads the version of the key that signed a message.
func keyVersion(m *tradepaytest.Message) string {
	h, err := wire.ParseSignatureHeader(m.Header.Get("Signature"))
	if err != nil {
		return ""
	}
	return h.KeyVersion
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
