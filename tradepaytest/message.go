package tradepaytest

import (
	"crypto/rsa"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wire"
)

// Message is one HTTP message that an observer may show: it has "•••" in place of secrets
// and payers' data. These are the values of query strings, the values of headers that are
// not known to be harmless and, in JSON, tokens, codes and all that is about a payer or a
// device, also in JSON within a string. Of a body that is not JSON, it has the length. All
// else is as it was sent, including white space and the order of members.
//
// It marshals to JSON with the names given here.
type Message struct {
	// Kind also says who sent it: the merchant's server requests and acknowledges, the
	// wallet responds and notifies. In steps 9 to 18 the app requests and the wallet
	// responds, and nobody signs.
	Kind   doctor.EvidenceKind `json:"kind"`
	Method string              `json:"method"` // of an answer, that of its request
	URI    string              `json:"uri"`
	Status int                 `json:"status,omitempty"` // of an answer
	Header http.Header         `json:"header"`
	Body   string              `json:"body"`
	// SignedContent is what the signature covers by the rule of the platform, with "•••" as
	// above: it is for reading, not for verifying.
	SignedContent string `json:"signedContent,omitempty"`
	// Verified says that the signature, its headers and its time are right. The wallet's
	// own checks decide for a request and an acknowledgement, and those of a client with
	// [Wallet.Config] for a response and a notification.
	Verified  bool            `json:"verified"`
	Verdict   string          `json:"verdict"`             // for people: what the check found
	Diagnosis *doctor.Finding `json:"diagnosis,omitempty"` // why it does not verify
}

// verdictUnsigned is the verdict on messages of the app.
const verdictUnsigned = "not signed: between the app and its wallet"

// pageMessage is a message of the app, which nobody signs.
func (w *Wallet) pageMessage(kind doctor.EvidenceKind, method, uri string, status int, header http.Header,
	body []byte) *Message {
	m := &Message{
		Kind: kind, Method: method, URI: shownURI(uri), Status: status, Header: w.shownHeader(header),
		Body: shownBody(body), Verdict: verdictUnsigned,
	}
	if strings.HasPrefix(string(body), "action=") {
		m.Body = string(body) // a button, as the wallet read it
	}
	return m
}

// signedMessage is a message between the servers. judge is the wallet's own
// verdict; nil lets a client's stand for it.
func (w *Wallet) signedMessage(e doctor.Evidence, status int, judge func() error) *Message {
	m := &Message{
		Kind: e.Kind, Method: e.Method, URI: shownURI(e.URI), Status: status, Header: w.shownHeader(e.Header),
		Body: shownBody(e.Body),
	}
	timeHeader, answer := "Request-Time", e.Kind == doctor.EvidenceResponse ||
		e.Kind == doctor.EvidenceAcknowledgement
	if answer {
		timeHeader = "Response-Time"
	}
	if e.Header.Get("Signature") != "" {
		m.SignedContent = string(wire.Message{
			Method: e.Method, URI: m.URI, ClientID: e.Header.Get("Client-Id"), Time: e.Header.Get(timeHeader),
			Body:   []byte(m.Body),
			Layout: w.profile.Signing.Content, Answer: answer,
			RequestID: e.Header.Get(w.profile.Signing.RequestIDHeader), MerchantID: merchantID,
		}.Content())
	}
	var rejected error
	if judge != nil {
		rejected = judge()
	}
	if judge == nil || rejected != nil {
		d := w.examine(e)
		m.Verified = d.Valid
		if !d.Valid {
			m.Diagnosis = first(d)
		}
	} else {
		m.Verified = e.Header.Get("Signature") != ""
	}
	switch {
	case rejected != nil: // the signature may be right, and the acknowledgement no S
		m.Verified, m.Verdict = m.Verified && e.Kind == doctor.EvidenceAcknowledgement, said(rejected)
	case m.Verified:
		h, _ := wire.ParseSignatureHeader(e.Header.Get("Signature"))
		m.Verdict = "the signature is right: key " + h.KeyVersion
	case m.Diagnosis != nil:
		m.Verdict = m.Diagnosis.Summary
	case e.Kind == doctor.EvidenceAcknowledgement:
		m.Verdict = "not signed, which this wallet accepts"
	default:
		m.Verdict = "the message does not verify"
	}
	return m
}

// examine asks the doctor.
func (w *Wallet) examine(e doctor.Evidence) doctor.Diagnosis {
	e.Wallet, e.ClientID, e.MerchantID, e.Now = w.profile, w.clientID, merchantID, w.source()
	if e.Kind == doctor.EvidenceResponse || e.Kind == doctor.EvidenceNotification {
		e.Keys, e.OwnKey = w.keys.public(), w.keys.merchant.Public()
	} else {
		e.Keys = map[string]*rsa.PublicKey{w.merchantKeyVersion: &w.keys.merchant.PublicKey}
		e.OtherKeys = slices.Collect(maps.Values(w.keys.public()))
	}
	return doctor.Diagnose(e)
}

// first is the doctor's best finding, in the words for any language, or nil.
func first(d doctor.Diagnosis) *doctor.Finding {
	if len(d.Findings) == 0 {
		return nil
	}
	f := d.Findings[0]
	f.InGo, f.Detail = "", "" // the merchant may write in another language
	return &f
}

// finding is why a signature does not verify, or nil.
func (w *Wallet) finding(e doctor.Evidence) *doctor.Finding { return first(w.examine(e)) }

// inWords says what is wrong with a signature, and what to do.
func inWords(f *doctor.Finding) string {
	if f == nil {
		return "nothing more can be said"
	}
	return f.Summary + " " + f.Remedy
}

// requestMessage is the merchant's request.
func (w *Wallet) requestMessage(x *exchange) *Message {
	return w.signedMessage(doctor.Evidence{
		Kind: doctor.EvidenceRequest, Method: x.request.Method, URI: w.signedURI(x.request.RequestURI),
		Header: x.request.Header, Body: x.body,
	}, 0, func() error {
		if x.authentic {
			return nil
		}
		return fmt.Errorf("%s: %s", x.processed.code, x.processed.text)
	})
}

// responseMessage is the answer to it.
func (w *Wallet) responseMessage(x *exchange, status int, header http.Header, body []byte) *Message {
	return w.signedMessage(doctor.Evidence{
		Kind: doctor.EvidenceResponse, Method: x.request.Method, URI: w.signedURI(x.request.RequestURI),
		Header: header, Body: body,
		RequestBody: x.body, RequestTime: x.request.Header.Get("Request-Time"),
	}, status, nil)
}
