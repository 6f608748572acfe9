package doctor

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// EvidenceKind says what a message under examination is.
type EvidenceKind string

// The kinds of messages. Requests and acknowledgements are signed by the
// merchant, responses and notifications by the wallet.
const (
	EvidenceRequest         EvidenceKind = "request"         // merchant to wallet
	EvidenceResponse        EvidenceKind = "response"        // the wallet's answer to it
	EvidenceNotification    EvidenceKind = "notification"    // wallet to merchant
	EvidenceAcknowledgement EvidenceKind = "acknowledgement" // the merchant's answer to it
)

// Evidence is a message that was refused and what is at hand to find out why.
// Kind, Method, URI, Header, Body and Keys are needed; each further field lets
// [Diagnose] tell more causes apart. It prints without the message.
type Evidence struct {
	Kind   EvidenceKind // empty is read as a request
	Method string       // "POST"
	URI    string       // path and query as the side that verifies has them; of an answer, those of its request
	Header http.Header  // as received or sent, names in any case
	Body   []byte       // as received or sent

	Keys      map[string]*rsa.PublicKey // the signer's public keys by keyVersion; of a request, those registered at the wallet
	OwnKey    crypto.PublicKey          // the merchant's own: an *rsa.PublicKey, as Public of Config.PrivateKey returns it
	OtherKeys []*rsa.PublicKey          // further public keys that may have been mixed up; at most 16 keys are tried in all

	Wallet   wire.Profile // for prefix, version, paths, and how it wants requests written; may be zero
	ClientID string       // the merchant's own; empty: whatever the message says
	// Now is the verifier's clock when the message came. Zero leaves the time
	// of the message unchecked, as is right for one that was kept.
	Now       time.Time
	Tolerance time.Duration // how far the time may be from Now; default 5 minutes
	MaxAge    time.Duration // how old the message may be; default Tolerance

	RequestBody []byte   // of a response or acknowledgement: the body that it answers; of a notification: the order that named the notify URL
	RequestTime string   // of a response or acknowledgement: Request-Time of what it answers
	SentBody    []byte   // what the other side says it signed
	OtherURIs   []string // further paths or URLs that may have been signed, such as the public notify URL

	// HeadersOnly says that there is no body, since the headers were rejected
	// before it was read: they alone are examined.
	HeadersOnly bool
}

// Diagnosis is what [Diagnose] found. It holds no private key and nothing of a
// body or a query string: fingerprints, lengths, paths, ids of the merchant
// and times stand for them.
type Diagnosis struct {
	// Valid says that the signature verifies with the key of its keyVersion and
	// that a client with these keys and this clock would believe the message.
	Valid bool
	// Findings are the causes, best first, each Cause once. If several are
	// Certain, all of them have to be mended. With Valid there are none,
	// unless a request is written otherwise than the Wallet documents: these
	// are then guesses at why it refuses what is signed correctly.
	Findings []Finding
	// Key is the fingerprint of the key at hand that made the signature; empty
	// if none did. See [Fingerprint].
	Key string
	// Tried counts the contents that were held against the signature, at most
	// 20,000. Bodies of many kilobytes get fewer.
	Tried int
}

// Finding is one cause and what to do about it. Its JSON form is stable.
type Finding struct {
	Cause Cause `json:"cause"`
	// Certain says that the cause is proven: the signature verifies once this
	// is assumed, or the doctor saw directly what Summary says. Otherwise it is a
	// guess from experience.
	Certain bool   `json:"certain"`
	Summary string `json:"summary"`          // what is wrong
	Remedy  string `json:"remedy,omitempty"` // what to change, in a program of any language
	InGo    string `json:"inGo,omitempty"`   // what of this module, or of net/http, does that; may be empty
	Detail  string `json:"detail,omitempty"` // fingerprints, lengths, the first difference; may be empty
}

// Advice returns Remedy with what does it in Go.
func (f Finding) Advice() string {
	if f.InGo == "" {
		return f.Remedy
	}
	return f.Remedy + " In Go: " + f.InGo
}

// Fingerprint returns the first 16 hexadecimal digits of the SHA-256 of a
// public key's PKIX DER, by which people can compare keys:
//
//	openssl pkey -pubin -in key.pem -outform DER | openssl dgst -sha256
//
// It is "none" for a key that has no PKIX form.
func Fingerprint(key *rsa.PublicKey) string {
	if key == nil || key.N == nil {
		return "none"
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "none"
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8])
}

// Diagnose looks for the reason why a message does not verify, by holding the
// signature against what may have been signed instead: every cause above alone
// and, where it is likely, two together. For a good message it finds nothing.
//
// What a key made shows its padding, whatever the content was: therefore a
// wrong key and a changed content are told apart with certainty. Nothing is
// loosened by it: never act on a message because Diagnose understood it.
//
// It sends nothing and takes some milliseconds, for the worst messages some
// tens; do not run it on each message that strangers may send.
func Diagnose(e Evidence) Diagnosis {
	d := newDoctor(e)
	d.examine()
	return d.diagnosis
}

// String tells people what to do, and why, in some lines of text.
func (d Diagnosis) String() string {
	var b strings.Builder
	if d.Valid && len(d.Findings) == 0 {
		return "Nothing to change: the message is good, and key " + d.Key + " made its signature.\n" +
			"If the other side refuses it, it has another key or sees another message: compare the fingerprint with the key it holds.\n"
	}
	for i, f := range d.Findings {
		sure := "likely"
		if f.Certain {
			sure = "certain"
		}
		fmt.Fprintf(&b, "%d. %s\n   Why:  %s (%s, %s)\n", i+1, f.Advice(), f.Summary, f.Cause, sure)
		if f.Detail != "" {
			b.WriteString("   Seen: " + f.Detail + ".\n")
		}
	}
	if d.Valid {
		b.WriteString("The signature itself is right: key " + d.Key + " made it.\n")
	}
	return b.String()
}

func (e Evidence) redacted() redact.Value {
	return redact.As("doctor.Evidence", "Kind", string(e.Kind))
}

// Format implements [fmt.Formatter] without the message.
func (e Evidence) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.redacted().String()) }

// LogValue implements [slog.LogValuer] without the message.
func (e Evidence) LogValue() slog.Value { return e.redacted().LogValue() }

// MarshalJSON writes what Format prints: a message that was refused is not to
// be stored by accident.
func (e Evidence) MarshalJSON() ([]byte, error) { return json.Marshal(e.redacted().String()) }

// doctor is one diagnosis under way.
type doctor struct {
	e         Evidence
	own       *rsa.PublicKey
	ours      bool // the merchant signed it
	answer    bool // it carries Response-Time
	diagnosis Diagnosis

	odd            map[string][]string // names of headers in another case, by their canonical form
	clientID, time string              // as the headers say
	requestID      string              // where it is signed
	label          string              // algorithm of the Signature header
	version        string              // keyVersion of the Signature header
	strict         []byte              // signature, if the header is strictly right
	text           string              // signature as it is written
	sigs           []reading
	signers        []signer

	spent int // work done, in bytes hashed
	buf   []byte
}

func newDoctor(e Evidence) *doctor {
	d := &doctor{e: e}
	if e.Wallet.Signing.WithoutPrefix && !d.onMerchant() {
		d.e.URI = strings.TrimPrefix(e.URI, e.Wallet.Routes.Prefix)
	}
	d.answer = e.Kind == EvidenceResponse || e.Kind == EvidenceAcknowledgement
	d.ours = e.Kind != EvidenceResponse && e.Kind != EvidenceNotification
	if d.e.Tolerance <= 0 {
		d.e.Tolerance = 5 * time.Minute
	}
	if d.e.MaxAge <= 0 {
		d.e.MaxAge = d.e.Tolerance
	}
	own := e.OwnKey
	if private, ok := own.(*rsa.PrivateKey); ok && private != nil { // given by mistake
		own = private.Public()
	}
	if key, ok := own.(*rsa.PublicKey); ok && key != nil && key.N != nil {
		d.own = key
	}
	return d
}

// certain adds what is proven, likely what experience suggests.
func (d *doctor) certain(cause Cause, summary, detail string) {
	d.add(Finding{Cause: cause, Certain: true, Summary: summary, Detail: detail})
}

func (d *doctor) likely(cause Cause, summary, detail string) {
	d.add(Finding{Cause: cause, Summary: summary, Detail: detail})
}

// add keeps one finding for each cause, the first, and adds its remedy.
func (d *doctor) add(f Finding) {
	known := func(other Finding) bool { return other.Cause == f.Cause }
	if slices.ContainsFunc(d.diagnosis.Findings, known) {
		return
	}
	f.Remedy, f.InGo = remedies[f.Cause].theirs, inGo[f.Cause].theirs
	if d.ours {
		f.Remedy, f.InGo = cmp.Or(remedies[f.Cause].ours, f.Remedy), inGo[f.Cause].ours
	}
	d.diagnosis.Findings = append(d.diagnosis.Findings, f)
}

func (d *doctor) examine() {
	if len(d.e.Body) > strictjson.MaxSize {
		d.certain(CauseBodyTooLarge, "The body is over 1 MiB, more than is read.", fmt.Sprintf("%d bytes", len(d.e.Body)))
	}
	d.readHeaders()
	d.gatherKeys()
	d.judgeSignature()
	d.judgeAddress()
	d.judgeTime()
	d.diagnosis.Valid = len(d.diagnosis.Findings) == 0 && d.proven()
	switch {
	case d.diagnosis.Valid && d.ours:
		d.judgeStyle()
	case !d.diagnosis.Valid && len(d.diagnosis.Findings) == 0:
		d.likely(CauseContent, "The message does not verify, and nothing more can be said.", "")
	}
	slices.SortStableFunc(d.diagnosis.Findings, func(a, b Finding) int {
		switch {
		case a.Certain == b.Certain:
			return 0
		case a.Certain:
			return -1
		}
		return 1
	})
}

// judgeSignature says who signed, how, and what.
func (d *doctor) judgeSignature() {
	all := d.recoverAll()
	if d.e.HeadersOnly && len(all) > 0 && !all[0].weak { // there is no content to hold against it
		d.judgeSigner(&all[0])
		d.judgeScheme(&all[0])
		return
	}
	for _, r := range all {
		m, ok := match(nil), false
		if r.weak && d.e.HeadersOnly {
			break
		}
		if r.weak { // only its content shows that it is a signature
			if m, ok = d.search(&r); !ok {
				continue
			}
		}
		d.judgeSigner(&r)
		d.judgeScheme(&r)
		if !r.weak {
			m, ok = d.search(&r)
		}
		if ok {
			d.explain(m)
		} else if len(d.e.Body) <= strictjson.MaxSize {
			d.guess()
		}
		return
	}
	d.judgeNoSigner(all) // at best they look like signatures
}

// proven verifies once more as a client would. Whatever was guessed before,
// nothing is called valid without this.
func (d *doctor) proven() bool {
	key := d.e.Keys[d.version]
	if len(d.e.Keys) == 0 && d.ours {
		key = d.own
	}
	return d.strict != nil && d.message().Verify(key, d.strict) == nil
}

// message is what came, as it is to be verified.
func (d *doctor) message() *wire.Message {
	return &wire.Message{
		Method: d.e.Method, URI: d.e.URI, ClientID: d.clientID, Time: d.time, Body: d.e.Body,
		Signed: d.e.Wallet.Signing.Content, RequestID: d.requestID, Answer: d.answer,
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// judgeAddress says for whom and for where the message is.
func (d *doctor) judgeAddress() {
	if d.clientID != "" && d.e.ClientID != "" && d.clientID != d.e.ClientID {
		d.certain(CauseClientID, "The message is for another client.",
			"Client-Id "+redact.Word(d.clientID)+", expected "+redact.Word(d.e.ClientID),
		)
	}
	if d.ours {
		return
	}
	timeHeader, _ := d.timeHeaders()
	if part := d.message().Ambiguous(d.e.Wallet.Signing.RequestIDHeader, timeHeader); part != "" {
		d.certain(CauseLayout, "Only dots separate the parts of the content, and "+part+" holds what could end one: it has more than one reading, and no client believes it.",
			"",
		)
	}
	if d.e.Kind != EvidenceNotification {
		return
	}
	path, _, _ := strings.Cut(d.e.URI, "?")
	switch {
	case d.e.Method == "":
		d.certain(CauseMethod, "No method was given.", "")
	case !strings.HasPrefix(path, "/"):
		d.certain(CauseFullURL, "The URI does not begin with a slash.", "")
	}
	for _, op := range sortedOperations(d.e.Wallet) {
		if api := d.e.Wallet.Path(op); path == api || path == d.e.Wallet.Routes.Prefix+api {
			d.certain(CauseReplay, "The path is one of the wallet's own API: what was signed for it is an answer, not a notification.",
				"given "+barePath(d.e.URI),
			)
		}
	}
}

func (d *doctor) judgeTime() {
	if d.time == "" {
		return
	}
	at, ok := wire.TimeISO8601Millis.Parse(d.time)
	if !ok {
		what := "The time is in none of the formats of the protocol."
		if len(d.time) == 10 && ascii.Digits(d.time) {
			what = "The time is in seconds; the protocol has Unix milliseconds."
		}
		d.certain(CauseTimeFormat, what, "given "+redact.Word(d.time))
		return
	}
	age := d.e.Now.Sub(at)
	if d.e.Now.IsZero() || age <= d.e.MaxAge && age >= -d.e.Tolerance {
		return
	}
	off := age.Abs().Round(time.Second).String()
	what := "The message is " + off + " older than the clock, more than the " + d.e.MaxAge.String() + " allowed: this clock is ahead by that, or the message is not new."
	if age < 0 {
		what = "The message is " + off + " ahead of the clock, more than the " + d.e.Tolerance.String() + " allowed: this clock is behind by that, or its sender's is ahead."
	}
	if age := age.Abs(); age > 15*time.Minute && age < 15*time.Hour && (age+time.Minute)%(30*time.Minute) < 2*time.Minute {
		what += " So even a difference looks like a time zone taken for another."
	}
	d.certain(CauseClock, what, "given "+redact.Word(d.time)+", clock "+d.e.Now.UTC().Format(time.RFC3339))
}

// guess says that the content differs, and what experience makes of it.
func (d *doctor) guess() {
	if d.judgeLength() {
		return // nothing can be said of the rest before the whole body is here
	}
	detail := fmt.Sprintf("body of %d bytes, %d contents tried", len(d.e.Body), d.diagnosis.Tried)
	if d.spent >= maxSpent {
		detail += ", not all there are, for the message is large"
	}
	if len(d.e.SentBody) > 0 && !bytes.Equal(d.e.SentBody, d.e.Body) {
		detail += "; against what the other side sent: " + firstDifference(string(d.e.Body), string(d.e.SentBody))
	}
	d.certain(CauseContent, "The key is right, but it signed another content: method, URI, client, time or body is not what was signed.",
		detail,
	)
	if d.onMerchant() {
		d.likely(CausePathRewritten, "A proxy may have changed the public path.", "given "+barePath(d.e.URI))
	}
}

// judgeLength says what the length of the body shows: it was lost, or it is
// not the one that travelled.
func (d *doctor) judgeLength() bool {
	length, err := strconv.Atoi(d.first("Content-Length"))
	detail := fmt.Sprintf("%d bytes, Content-Length %d", len(d.e.Body), length)
	switch told := err == nil && length > 0; {
	case len(d.e.Body) == 0 && told:
		d.certain(CauseBodyEmpty, "The body is empty here, although it came with a length: something has read it before it was verified.",
			detail,
		)
	case len(d.e.Body) == 0:
		d.certain(CauseBodyEmpty, "The body is empty, and no message of the protocol is: something has read it before it was verified.",
			"",
		)
	case told && length != len(d.e.Body) && d.first("Content-Encoding") == "":
		d.certain(CauseBody, "The body is not as long as its Content-Length says: it was cut off or rewritten.", detail)
	default:
		return false
	}
	return true
}

// judgeStyle guesses why a wallet refuses what is signed correctly: it may be
// written otherwise than the wallet documents.
func (d *doctor) judgeStyle() {
	w := d.e.Wallet
	if w.Name == "" {
		return
	}
	guess := func(yes bool, cause Cause, what, detail string) {
		if yes {
			d.likely(cause, "The wallet "+redact.Word(w.Name)+" documents "+what+".", detail)
		}
	}
	label := w.Signing.Label()
	guess(!strings.EqualFold(d.label, label), CauseAlgorithmLabel, "the label "+label, "algorithm="+redact.Word(d.label))
	words := map[wire.SignatureEncoding]string{
		wire.EncodingPercent:   "percent-encoded base64",
		wire.EncodingBase64:    "base64",
		wire.EncodingBase64URL: "base64url",
	}
	if enc, ok := encodingOf(d.text); ok && words[w.Signing.Encoding] != "" {
		guess(
			enc != w.Signing.Encoding,
			CauseEncoding,
			"the signature in "+words[w.Signing.Encoding]+"; this one is in "+words[enc],
			"",
		)
	}
	guess(
		(w.Signing.TimeFormat == wire.TimeUnixMillis) != ascii.Digits(d.time),
		CauseTimeFormat,
		"the time in another format",
		"given "+redact.Word(d.time),
	)
	if d.e.Kind == EvidenceAcknowledgement {
		return
	}
	guess(d.e.Method != http.MethodPost, CauseMethod, "POST only", "given "+redact.Word(d.e.Method))
	bare := w.Routes.Prefix != "" && w.Routes.Version != "" && strings.HasPrefix(d.e.URI, "/"+w.Routes.Version+"/")
	guess(
		bare && !w.Signing.WithoutPrefix,
		CausePathPrefix,
		"the whole path, with its gateway prefix",
		"given "+barePath(d.e.URI)+", prefix "+redact.Word(w.Routes.Prefix),
	)
}

// encodingOf tells how a signature is written, if that can be seen.
func encodingOf(text string) (wire.SignatureEncoding, bool) {
	switch {
	case strings.Contains(text, "%"):
		return wire.EncodingPercent, true
	case strings.ContainsAny(text, "-_"):
		return wire.EncodingBase64URL, true
	case strings.ContainsAny(text, "+/="):
		return wire.EncodingBase64, true
	}
	return wire.EncodingBase64URL, len(text)%4 != 0
}
