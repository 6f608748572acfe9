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

// Evidence is a rejected message, and what the caller has to find out why. Kind,
// Method, URI, Header, Body and Keys are required. Each further field lets
// [Diagnose] tell more causes apart. Evidence prints without the message.
type Evidence struct {
	Kind   EvidenceKind // empty: a request
	Method string       // "POST"
	URI    string       // path and query as the verifying side has them; of an answer, those of its request
	Header http.Header  // as received or sent, names in any case
	Body   []byte       // as received or sent
	Status int          // HTTP status of a response; 0 if it is not known

	// Keys are the signer's public keys by keyVersion; of a request, those that
	// the merchant registered at the wallet.
	Keys map[string]*rsa.PublicKey
	// OwnKey is the merchant's public key: an *rsa.PublicKey, as Public of
	// Config.PrivateKey returns it.
	OwnKey crypto.PublicKey
	// OtherKeys are further public keys that somebody may have mixed up. The
	// doctor tries at most 16 keys in all.
	OtherKeys []*rsa.PublicKey

	Wallet   wire.Profile // for prefix, version, paths, and how it wants requests written; may be zero
	ClientID string       // the merchant's own; empty: whatever the message says
	// MerchantID is the merchant's own, for wallets that sign it; empty: whatever the
	// message says.
	MerchantID string
	// Now is the verifier's clock when the message came. If it is zero, the
	// doctor does not check the message's time: leave it zero for a message that
	// was kept.
	Now       time.Time
	Tolerance time.Duration // how far the time may be from Now; default 5 minutes
	MaxAge    time.Duration // how old the message may be; default Tolerance

	// RequestBody is, of a response or an acknowledgement, the body that it
	// answers; of a notification, the order that named the notify URL.
	RequestBody []byte
	RequestTime string   // of a response or an acknowledgement: Request-Time of the message that it answers
	SentBody    []byte   // the body that the other side says it signed
	OtherURIs   []string // further paths or URLs that may be the signed ones, such as the public notify URL

	// HeadersOnly says that there is no body: the receiver rejected the headers
	// before it read the body. The doctor then examines the headers alone.
	HeadersOnly bool
}

// Diagnosis is what [Diagnose] found. It holds no private key and nothing of a
// body or a query string. Instead it shows fingerprints, lengths, paths, ids of
// the merchant and times.
type Diagnosis struct {
	// Valid says that the signature verifies with the key of its keyVersion, and
	// that a client with these keys and this clock would believe the message.
	Valid bool
	// Findings are the causes, best first, each Cause once. If several are
	// Certain, fix all of them. A valid message has no findings, with one
	// exception: a request or an acknowledgement that is written in another way
	// than the Wallet documents. Its findings guess why the wallet rejects a
	// correct signature.
	Findings []Finding
	// Key is the fingerprint of the available key that made the signature; empty
	// if none of them made it. See [Fingerprint].
	Key string
	// Tried counts the contents that the doctor compared with the signature, at
	// most 20,000. It tries fewer of a body of many kilobytes.
	Tried int
}

// Finding is one cause and what to do about it. Its JSON form is stable.
type Finding struct {
	Cause Cause `json:"cause"`
	// Certain says that the cause is proven: the signature verifies if this cause
	// is assumed, or the doctor saw directly what Summary says. A finding that is
	// not certain is a guess from experience.
	Certain bool   `json:"certain"`
	Summary string `json:"summary"`          // what is wrong
	Remedy  string `json:"remedy,omitempty"` // what to change, in a program of any language
	InGo    string `json:"inGo,omitempty"`   // what of this module, or of net/http, does that; may be empty
	Detail  string `json:"detail,omitempty"` // fingerprints, lengths, the first difference; may be empty
}

// Advice returns Remedy, and InGo if there is any.
func (f Finding) Advice() string {
	if f.InGo == "" {
		return f.Remedy
	}
	return f.Remedy + " In Go: " + f.InGo
}

// Fingerprint returns the first 16 hexadecimal digits of the SHA-256 of a
// public key's PKIX DER. People compare keys by it:
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

// Diagnose says why a message does not verify. It compares the signature with
// what the signer may have signed instead: it tries each cause alone and, where
// that is likely, two together. In a good message it finds nothing.
//
// A signature shows the padding of the key that made it, whatever the content
// is. Diagnose therefore tells a wrong key from a changed content with certainty.
// It loosens no check: never act on a message because Diagnose understands it.
//
// It sends nothing. It takes some milliseconds, for the worst messages some
// tens: do not run it for every message that strangers may send.
func Diagnose(e Evidence) Diagnosis {
	d := newDoctor(e)
	d.examine()
	return d.diagnosis
}

// String says in some lines of text what to do, and why.
func (d Diagnosis) String() string {
	var b strings.Builder
	if d.Valid && len(d.Findings) == 0 {
		return "Nothing to change: the message is good, and key " + d.Key + " made its signature.\n" +
			"If the other side rejects it, that side has another key or sees another message: " +
			"compare the fingerprint with the key it has.\n"
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

// MarshalJSON writes what Format prints, so that no program stores a rejected
// message by accident.
func (e Evidence) MarshalJSON() ([]byte, error) { return json.Marshal(e.redacted().String()) }

// doctor is one diagnosis under way.
type doctor struct {
	e         Evidence
	own       *rsa.PublicKey
	ours      bool // the merchant signs it
	answer    bool // it has a Response-Time
	diagnosis Diagnosis

	odd            map[string][]string // names of headers in another case, by their canonical form
	clientID, time string              // as the headers say
	requestID      string              // where the signature covers it
	merchantID     string              // of the header, or the merchant's own
	label          string              // algorithm of the Signature header
	version        string              // keyVersion of the Signature header
	strict         []byte              // signature, if the strict reader accepts the header
	text           string              // signature as it is written
	sigs           []reading
	signers        []signer
	asGiven        bool   // the signature covers the content as it came
	signedTime     string // the time that it covers, if that is another text than the header's

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

// certain adds a proven finding.
func (d *doctor) certain(cause Cause, summary, detail string) {
	d.add(Finding{Cause: cause, Certain: true, Summary: summary, Detail: detail})
}

// likely adds a guess from experience.
func (d *doctor) likely(cause Cause, summary, detail string) {
	d.add(Finding{Cause: cause, Summary: summary, Detail: detail})
}

// add keeps the first finding of each cause, with its remedy.
func (d *doctor) add(f Finding) {
	known := func(other Finding) bool { return other.Cause == f.Cause }
	if slices.ContainsFunc(d.diagnosis.Findings, known) {
		return
	}
	f.Remedy, f.InGo = cmp.Or(f.Remedy, remedies[f.Cause].theirs), inGo[f.Cause].theirs
	if d.ours {
		f.Remedy, f.InGo = cmp.Or(remedies[f.Cause].ours, f.Remedy), inGo[f.Cause].ours
	}
	d.diagnosis.Findings = append(d.diagnosis.Findings, f)
}

func (d *doctor) examine() {
	if d.judgeStranger() { // what did answer comes before which header is missing
		return
	}
	if len(d.e.Body) > strictjson.MaxSize {
		d.certain(CauseBodyTooLarge, "The body is over 1 MiB, which is the limit.",
			fmt.Sprintf("%d bytes", len(d.e.Body)))
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
		d.likely(CauseContent, "The message does not verify, and the doctor cannot say more.", "")
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
	made, weak := d.recoverAll()
	if len(made) > 0 {
		d.judgeMade(&made[0])
		return
	}
	if !d.judgeWeak(weak) {
		d.judgeNoSigner(weak)
	}
}

// judgeMade says what is wrong with a signature that an available key made.
func (d *doctor) judgeMade(r *recovered) {
	d.judgeSigner(r)
	d.judgeScheme(r)
	if d.e.HeadersOnly { // there is no content to compare it with
		return
	}
	m, found := d.search(r)
	switch {
	case found:
		d.asGiven = len(m) == 0
		d.explain(m)
	case len(d.e.Body) <= strictjson.MaxSize:
		d.guess()
	}
}

// judgeWeak looks among what may be a signature for the one that is: only its
// content shows that. It reports whether there is one.
func (d *doctor) judgeWeak(weak []recovered) bool {
	if d.e.HeadersOnly {
		return false
	}
	for i := range weak {
		m, found := d.search(&weak[i])
		if !found {
			continue
		}
		d.judgeSigner(&weak[i])
		d.judgeScheme(&weak[i])
		d.explain(m)
		return true
	}
	return false
}

// proven verifies the message as a client does. The doctor calls no message
// valid without this, whatever it guessed before.
func (d *doctor) proven() bool {
	key := d.e.Keys[d.version]
	if len(d.e.Keys) == 0 && d.ours {
		key = d.own
	}
	if d.strict == nil {
		return false
	}
	m := d.message()
	if m.Verify(key, d.strict) == nil {
		return true
	}
	m.Layout = ""
	return d.mayOmitMerchant() && m.Verify(key, d.strict) == nil
}

// mayOmitMerchant reports whether the signature may cover the platform's content,
// although the wallet's has the merchant's id: a client believes both of the wallet.
func (d *doctor) mayOmitMerchant() bool { return !d.ours && d.signsMerchant() }

func (d *doctor) signsMerchant() bool { return d.e.Wallet.Signing.Content == wire.ContentMerchant }

// message is the message as a client verifies it.
func (d *doctor) message() *wire.Message {
	return &wire.Message{
		Method: d.e.Method, URI: d.e.URI, ClientID: d.clientID, Time: d.time, Body: d.e.Body,
		Layout: d.e.Wallet.Signing.Content, RequestID: d.requestID, Answer: d.answer, MerchantID: d.merchantID,
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// judgeAddress says for which client and which path the message is.
func (d *doctor) judgeAddress() {
	if d.clientID != "" && d.e.ClientID != "" && d.clientID != d.e.ClientID {
		d.certain(CauseClientID, "The message is for another client.",
			"Client-Id "+redact.Word(d.clientID)+", expected "+redact.Word(d.e.ClientID),
		)
	}
	if d.merchantID != "" && d.e.MerchantID != "" && d.merchantID != d.e.MerchantID {
		d.certain(CauseMerchantID, "The message is of another merchant.",
			"header "+redact.Word(d.merchantID)+", expected "+redact.Word(d.e.MerchantID))
	}
	if d.ours {
		return
	}
	timeHeader, _ := d.timeHeaders()
	part := d.message().Ambiguous(d.e.Wallet.Signing.RequestIDHeader, timeHeader)
	if part != "" && d.asGiven { // otherwise what changed it may have made it so
		d.certain(CauseLayout, "Only dots separate the parts of the content, and "+part+
			" may hold the end of another part: no client believes content that has more than one reading.", "")
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
			d.certain(CauseReplay, "The path belongs to the wallet's own API: "+
				"what the wallet signs for it is an answer, not a notification.", "given "+barePath(d.e.URI))
		}
	}
}

func (d *doctor) judgeTime() {
	if d.time == "" {
		return
	}
	at, ok := d.e.Wallet.Signing.TimeFormat.Parse(d.time)
	if !ok {
		what := "The time is in none of the formats of the protocol."
		if len(d.time) == 10 && ascii.Digits(d.time) {
			what = "The time is in Unix seconds; " + redact.Word(d.e.Wallet.Name) + " does not have them."
		}
		d.certain(CauseTimeFormat, what, "given "+redact.Word(d.time))
		if at, ok = d.e.Wallet.Signing.TimeFormat.Parse(d.signedTime); !ok {
			return
		}
	}
	age := d.e.Now.Sub(at)
	inTime := age <= d.e.MaxAge && age >= -d.e.Tolerance
	if d.e.Now.IsZero() || inTime {
		return
	}
	off := age.Abs().Round(time.Second).String()
	what := "The message is " + off + " older than the clock, more than the " + d.e.MaxAge.String() +
		" allowed: this clock is ahead by that, or the message is not new."
	if age < 0 {
		what = "The message is " + off + " ahead of the clock, more than the " + d.e.Tolerance.String() +
			" allowed: this clock is behind by that, or its sender's is ahead."
	}
	if looksLikeZone(age.Abs()) {
		what += " It is a multiple of half an hour, so one side may have the wrong time zone."
	}
	d.certain(CauseClock, what, "given "+redact.Word(d.time)+", clock "+d.e.Now.UTC().Format(time.RFC3339))
}

// looksLikeZone reports whether a difference of two clocks is, to a minute, a
// multiple of half an hour, as time zones differ.
func looksLikeZone(difference time.Duration) bool {
	const half = 30 * time.Minute
	if difference <= half/2 || difference >= 15*time.Hour {
		return false
	}
	return (difference+time.Minute)%half < 2*time.Minute
}

// guess says that the signature covers another content, and what experience
// suggests.
func (d *doctor) guess() {
	if d.judgeLength() {
		return // without the whole body nothing can be said of the rest
	}
	detail := fmt.Sprintf("body of %d bytes, %d contents tried", len(d.e.Body), d.diagnosis.Tried)
	if d.spent >= maxSpent {
		detail += ", not all of them, because the message is large"
	}
	if len(d.e.SentBody) > 0 && !bytes.Equal(d.e.SentBody, d.e.Body) {
		detail += "; against what the other side sent: " + firstDifference(string(d.e.Body), string(d.e.SentBody))
	}
	d.certain(CauseContent, "The key is right, but it signed another content: "+
		"method, URI, client, time or body is not what was signed.", detail)
	d.seen()
	if d.signsMerchant() && d.merchantID == "" {
		d.likely(CauseMerchantID, "The signature may cover the merchant's id, which nobody gave.", "")
	}
	if d.onMerchant() {
		d.likely(CausePathRewritten, "A proxy may have changed the public path.", "given "+barePath(d.e.URI))
	}
}

// judgeLength says what the length of the body shows: something read the body
// before, or changed it on the way. It reports whether the length shows anything.
func (d *doctor) judgeLength() bool {
	length, err := strconv.Atoi(d.first("Content-Length"))
	told := err == nil && length > 0
	otherLength := told && length != len(d.e.Body)
	detail := fmt.Sprintf("%d bytes, Content-Length %d", len(d.e.Body), length)
	switch {
	case len(d.e.Body) == 0 && told:
		d.certain(CauseBodyEmpty, "The body is empty here, although it came with a length: "+
			"something read it before it was verified. Nothing else can be checked without it.", detail)
	case len(d.e.Body) == 0:
		d.certain(CauseBodyEmpty, "The body is empty, and no message of the protocol is: "+
			"something read it before it was verified. Nothing else can be checked without it.", "")
	case otherLength && d.first("Content-Encoding") == "":
		d.certain(CauseBody, "The body is not as long as its Content-Length says: something cut it off or rewrote it. "+
			"Nothing else can be checked without it.", detail)
	default:
		return false
	}
	return true
}

// judgeStyle guesses why a wallet rejects a correct signature: the message may be
// written in another way than the wallet documents.
func (d *doctor) judgeStyle() {
	w := d.e.Wallet
	if w.Name == "" {
		return
	}
	documents := func(cause Cause, what, detail string) {
		d.likely(cause, "The wallet "+redact.Word(w.Name)+" documents "+what+".", detail)
	}
	if label := w.Signing.Label(); !strings.EqualFold(d.label, label) {
		documents(CauseAlgorithmLabel, "the label "+label, "algorithm="+redact.Word(d.label))
	}
	words := map[wire.SignatureEncoding]string{
		wire.EncodingPercent:   "percent-encoded base64",
		wire.EncodingBase64:    "base64",
		wire.EncodingBase64URL: "base64url",
	}
	wanted := words[w.Signing.Encoding]
	if enc, seen := encodingOf(d.text); seen && wanted != "" && enc != w.Signing.Encoding {
		documents(CauseEncoding, "the signature in "+wanted+"; this one is in "+words[enc], "")
	}
	if digits := unixDigits[w.Signing.TimeFormat]; ascii.Digits(d.time) != (digits > 0) ||
		digits > 0 && len(d.time) != digits {
		what := "the time in another format"
		if word := unixWords[w.Signing.TimeFormat]; word != "" {
			what = "the time in " + word
		}
		documents(CauseTimeFormat, what, "given "+redact.Word(d.time))
	}
	if d.e.Kind == EvidenceAcknowledgement {
		return
	}
	if d.e.Method != http.MethodPost {
		documents(CauseMethod, "POST only", "given "+redact.Word(d.e.Method))
	}
	beginsAtVersion := w.Routes.Version != "" && strings.HasPrefix(d.e.URI, "/"+w.Routes.Version+"/")
	if w.Routes.Prefix != "" && beginsAtVersion && !w.Signing.WithoutPrefix {
		documents(CausePathPrefix, "the whole path, with its gateway prefix",
			"given "+barePath(d.e.URI)+", prefix "+redact.Word(w.Routes.Prefix))
	}
}

// unixDigits are the digits of a time that is a number, and unixWords its unit.
var (
	unixDigits = map[wire.TimeFormat]int{wire.TimeUnixMillis: 13, wire.TimeUnixSeconds: 10}
	unixWords  = map[wire.TimeFormat]string{
		wire.TimeUnixMillis: "Unix milliseconds", wire.TimeUnixSeconds: "Unix seconds",
	}
)

// encodingOf says how a signature is written, if its characters show it.
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
