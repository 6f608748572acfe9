package tradepay

import (
	"bytes"
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
	OwnKey    crypto.PublicKey          // the merchant's own: an *rsa.PublicKey, as a Signer's Public returns it
	OtherKeys []*rsa.PublicKey          // further public keys that may have been mixed up; at most 16 keys are tried in all

	Wallet   Wallet // for prefix, version, paths, and how it wants requests written; may be zero
	ClientID string // the merchant's own; empty: whatever the message says
	// Now is the verifier's clock when the message came. Zero leaves the time
	// of the message unchecked, as is right for one that was kept.
	Now       time.Time
	Tolerance time.Duration // how far the time may be from Now; default 5 minutes
	MaxAge    time.Duration // how old the message may be; default Tolerance

	RequestBody []byte   // of a response or acknowledgement: the body that it answers; of a notification: the order that named the notify URL
	RequestTime string   // of a response or acknowledgement: Request-Time of what it answers
	SentBody    []byte   // what the other side says it signed
	OtherURIs   []string // further paths that may have been signed, such as the public path of a notify URL
}

// Diagnosis is what [Diagnose] found. It holds no private key and nothing of a
// body or a query string: fingerprints, lengths, paths, ids of the merchant
// and times stand for them.
type Diagnosis struct {
	// Valid says that the signature verifies with the key of its keyVersion and
	// that a [Client] with these keys and this clock would believe the message.
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

// Finding is one cause and what to do about it.
type Finding struct {
	Cause Cause
	// Certain says that the cause is proven: the signature verifies once this
	// is assumed, or what Summary says was seen directly. Otherwise it is a
	// guess from experience.
	Certain bool
	Summary string // what is wrong
	Remedy  string // what to change
	Detail  string // fingerprints, lengths, the first difference; may be empty
}

// Cause names why a message does not verify. The names are stable; further
// ones may come.
type Cause string

// Causes in the headers.
const (
	CauseMissingHeader   Cause = "missing_header"    // Signature, Client-Id or the time is absent
	CauseRepeatedHeader  Cause = "repeated_header"   // one of them stands twice
	CauseHeaderFormat    Cause = "header_format"     // Signature is not algorithm=…, keyVersion=…, signature=…
	CauseAlgorithmLabel  Cause = "algorithm_label"   // algorithm is not RSA256 or SHA256withRSA, or not the wallet's word for it
	CausePlusToSpace     Cause = "plus_to_space"     // form decoding turned each + of the signature into a space
	CauseDoubleEncoding  Cause = "double_encoding"   // the signature was encoded twice
	CauseAlphabet        Cause = "alphabet"          // the signature mixes base64 and base64url
	CauseLineBreaks      Cause = "line_breaks"       // the signature has white space in it
	CauseBase64Padding   Cause = "base64_padding"    // the = at the end of the signature are missing or too many
	CauseEncoding        Cause = "encoding"          // the signature is written in another way
	CauseSignatureLength Cause = "signature_length"  // the signature has another length than the key
	CauseRequestAsAnswer Cause = "request_as_answer" // a request was verified as its answer, or an answer as a request
)

// Causes in the keys.
const (
	CauseOwnKeyLoaded Cause = "own_key_loaded" // the merchant's own public key stands where the wallet's belongs
	CauseOwnSignature Cause = "own_signature"  // the merchant's key signed what the wallet should have
	CauseKeyPair      Cause = "key_pair"       // the request is signed by a key that is not the registered one
	CauseKeyVersion   Cause = "key_version"    // another key version's key made the signature, or there is none for it
	CauseOtherKey     Cause = "other_key"      // one of OtherKeys made the signature
	CauseUnknownKey   Cause = "unknown_key"    // no key at hand made the signature
	CauseUnusableKey  Cause = "unusable_key"   // a key is absent or not one that wallets use
)

// Causes in how the content was signed.
const (
	CauseHashSigned Cause = "hash_signed" // a hash of the content was signed in place of the content
	CauseDigest     Cause = "digest"      // signed with SHA-1, SHA-512 or another hash
	CausePSS        Cause = "pss"         // signed with RSASSA-PSS
	CausePadding    Cause = "padding"     // the hash was signed without the DigestInfo that names it
	CauseLayout     Cause = "layout"      // the parts were put together otherwise: line break, dots, order
)

// Causes in the first line: method and URI.
const (
	CauseMethod        Cause = "method"         // another method, or in another case
	CausePathPrefix    Cause = "path_prefix"    // with or without the gateway prefix
	CausePathVersion   Cause = "path_version"   // with, without or with another version
	CauseTrailingSlash Cause = "trailing_slash" // with or without a slash at the end, or doubled ones
	CauseQuery         Cause = "query"          // with, without or with another query string
	CausePathEncoding  Cause = "path_encoding"  // percent-encoded otherwise, or in another case
	CauseFullURL       Cause = "full_url"       // scheme and host beside the path
	CausePathRewritten Cause = "path_rewritten" // a proxy changed the public path
	CausePath          Cause = "path"           // another path altogether
)

// Causes in the second line: client, time and body.
const (
	CauseClientID     Cause = "client_id"      // of another app, or not the one in the header
	CauseTimeFormat   Cause = "time_format"    // the time is written otherwise than it was signed, or unreadable
	CauseTimeHeader   Cause = "time_header"    // Request-Time was signed where Response-Time belongs, or the reverse
	CauseClock        Cause = "clock"          // the time is outside the window
	CauseBodySpaces   Cause = "body_spaces"    // pretty-printed or compacted
	CauseBodyOrder    Cause = "body_order"     // members in another order
	CauseBodyEscapes  Cause = "body_escapes"   // characters escaped otherwise: / < é
	CauseBodyLineEnds Cause = "body_line_ends" // white space around it, or CR LF for LF
	CauseBodyBOM      Cause = "body_bom"       // with or without a byte order mark
	CauseBodyCharset  Cause = "body_charset"   // in another character set
	CauseBodyEmpty    Cause = "body_empty"     // signed or read without the body
	CauseBodyLength   Cause = "body_length"    // shorter or longer than Content-Length says
	CauseBodyEncoded  Cause = "body_encoded"   // compressed, quoted or in base64
	CauseBody         Cause = "body"           // changed in another way
	CauseBodyTooLarge Cause = "body_too_large" // over 1 MiB
	CauseReplay       Cause = "replay"         // an answer of the wallet's API, sent as a notification
	CauseContent      Cause = "content"        // the key is right and the content is not, in a way that was not found
)

// The bounds of one diagnosis.
const (
	maxTried        = 20000    // contents held against the signature
	maxHashed       = 12 << 20 // bytes hashed or rewritten
	maxDoctorKeys   = 16       // public keys
	maxDoctorSigs   = 12       // readings of the Signature header
	maxDoctorHeader = 16 << 10 // bytes of a Signature header that is looked into
	maxDoctorText   = 4 << 10  // bytes of a URI, time or id of which variations are made
	maxRewritten    = 4 << 10  // bytes of a body that is rewritten in every way
	maxReparsed     = 32 << 10 // bytes of a body that is read as JSON at all
	maxPermuted     = 7        // members that are put in every order
	maxNesting      = 64       // levels of JSON that are rewritten
	minPSSZeros     = 8        // zero bytes that make a PSS structure certain
)

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
// It sends nothing and takes some milliseconds; do not run it on each message
// that strangers may send.
func Diagnose(e Evidence) Diagnosis {
	d := newDoctor(e)
	d.examine()
	return d.diagnosis
}

// DiagnoseNotification is [Diagnose] for a notification that
// [Client.ParseNotification] refused, with the same arguments and the keys,
// the Client-Id, the clock and the notify path of this client. Behind
// [Client.VerifyNotification], keep the body before it is consumed.
func (c *Client) DiagnoseNotification(method, uri string, header http.Header, body []byte) Diagnosis {
	ring := c.keys.Load()
	wallet := c.wallet
	wallet.Prefix = c.prefix
	e := Evidence{
		Kind: EvidenceNotification, Method: method, URI: uri, Header: header, Body: body,
		Keys: ring.wallet, OwnKey: ring.private.Public(),
		Wallet: wallet, ClientID: c.clientID, Now: c.now(), Tolerance: c.tolerance, MaxAge: c.maxAge,
	}
	if c.notifyPath != "" {
		e.OtherURIs = []string{c.notifyPath}
	}
	return Diagnose(e)
}

// String tells people what was found and what to do, in some lines of text.
func (d Diagnosis) String() string {
	var b strings.Builder
	switch {
	case d.Valid && len(d.Findings) == 0:
		b.WriteString("The message is good: key " + d.Key + " made its signature.\n" +
			"If the other side refuses it, it has another key or sees another message: compare the fingerprint with the key it holds.\n")
	case d.Valid:
		b.WriteString("The signature is right (key " + d.Key + "), but the message is not as the wallet documents it:\n")
	default:
		b.WriteString("The message does not verify (" + strconv.Itoa(d.Tried) + " contents tried):\n")
	}
	for i, f := range d.Findings {
		sure := "likely"
		if f.Certain {
			sure = "certain"
		}
		fmt.Fprintf(&b, "%d. %s (%s): %s\n", i+1, f.Cause, sure, f.Summary)
		if f.Detail != "" {
			b.WriteString("   Seen: " + f.Detail + ".\n")
		}
		if f.Remedy != "" {
			b.WriteString("   Do:   " + f.Remedy + "\n")
		}
	}
	return b.String()
}

func (e Evidence) redacted() string { return redacted("Evidence", "Kind", string(e.Kind)) }

// Format implements [fmt.Formatter] without the message.
func (e Evidence) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.redacted()) }

// LogValue implements [slog.LogValuer] without the message.
func (e Evidence) LogValue() slog.Value { return slog.StringValue(e.redacted()) }

// doctor is one diagnosis under way.
type doctor struct {
	e         Evidence
	ours      bool // the merchant signed it
	answer    bool // it carries Response-Time
	diagnosis Diagnosis

	clientID, time string // as the headers say
	label          string // algorithm of the Signature header
	version        string // keyVersion of the Signature header
	noVersion      bool
	strict         []byte // signature, if the header is strictly right
	text           string // signature as it is written
	sigs           []reading
	signers        []signer
	made           []recovered

	found  *match // of a signature that only its content shows to be one
	hashed int
	buf    []byte
}

// note is a cause that was seen, with words for people.
type note struct {
	cause Cause
	what  string
}

// reading is one way to read the signature value, and what is wrong with its
// text if that is the right one.
type reading struct {
	sig   []byte
	notes []note
}

// signer is a public key and why it is at hand.
type signer struct {
	key     *rsa.PublicKey
	role    keyRole
	version string
}

type keyRole int

const (
	roleExpected keyRole = iota // of the keyVersion in the header
	roleVersion                 // of another one
	roleOwn                     // the merchant's, which is not expected here
	roleOther                   // one of OtherKeys
)

func newDoctor(e Evidence) *doctor {
	d := &doctor{e: e}
	switch e.Kind {
	case EvidenceResponse:
		d.answer = true
	case EvidenceNotification:
	case EvidenceAcknowledgement:
		d.ours, d.answer = true, true
	default:
		d.ours = true
	}
	if d.e.Tolerance <= 0 {
		d.e.Tolerance = 5 * time.Minute
	}
	if d.e.MaxAge <= 0 {
		d.e.MaxAge = d.e.Tolerance
	}
	return d
}

// add keeps one finding for each cause: the first.
func (d *doctor) add(cause Cause, certain bool, summary, detail string) {
	for _, f := range d.diagnosis.Findings {
		if f.Cause == cause {
			return
		}
	}
	remedy := remedies[cause]
	text := remedy.theirs
	if d.ours && remedy.ours != "" {
		text = remedy.ours
	}
	d.diagnosis.Findings = append(d.diagnosis.Findings, Finding{Cause: cause, Certain: certain, Summary: summary, Remedy: text, Detail: detail})
}

func (d *doctor) examine() {
	d.readHeaders()
	d.gatherKeys()
	d.recoverAll()
	found := d.judgeKeys()
	var matched bool
	if len(d.e.Body) > maxBody {
		found = nil // its content is nobody's business
	}
	if found != nil {
		d.judgeScheme(found)
		matched = d.explain(found)
	}
	d.judgeRest(found, matched)
	d.diagnosis.Valid = len(d.diagnosis.Findings) == 0 && d.proven()
	switch {
	case d.diagnosis.Valid && d.ours:
		d.judgeStyle()
	case !d.diagnosis.Valid && len(d.diagnosis.Findings) == 0:
		d.add(CauseContent, false, "The message does not verify, and nothing more can be said.", "")
	}
}

// proven verifies once more as a client would. Whatever was guessed before,
// nothing is called valid without this.
func (d *doctor) proven() bool {
	key := d.e.Keys[d.version]
	if len(d.e.Keys) == 0 && d.ours {
		key, _ = d.e.OwnKey.(*rsa.PublicKey)
	}
	if d.strict == nil || checkPublicKey("key", key) != nil {
		return false
	}
	return verifies(key, d.content(), d.strict)
}

func (d *doctor) content() []byte {
	return Message{
		Method: d.e.Method, URI: d.e.URI, ClientID: d.clientID, Time: d.time, Body: d.e.Body,
		Signed: d.e.Wallet.SignedContent, RequestID: d.first(d.e.Wallet.Headers.RequestID), Answer: d.answer,
	}.Content()
}

// --- headers

func (d *doctor) timeHeaders() (own, other string) {
	if d.answer {
		return "Response-Time", "Request-Time"
	}
	return "Request-Time", "Response-Time"
}

// header returns all values of a header, whatever the case of its name.
func (d *doctor) header(name string) []string {
	var all []string
	for _, key := range sortedKeys(d.e.Header) {
		if strings.EqualFold(key, name) {
			all = append(all, d.e.Header[key]...)
		}
	}
	return all
}

func (d *doctor) first(name string) string {
	if all := d.header(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// judgeRest says what no content explains, and guesses where nothing is sure.
func (d *doctor) judgeRest(found *recovered, matched bool) {
	if found != nil && !matched {
		d.guess()
	}
	if d.clientID != "" && d.e.ClientID != "" && d.clientID != d.e.ClientID {
		d.add(CauseClientID, true, "The message is for another client.", "Client-Id "+printable(d.clientID)+", expected "+printable(d.e.ClientID))
	}
	if d.e.Kind == EvidenceNotification {
		path, _, _ := strings.Cut(d.e.URI, "?")
		switch {
		case d.e.Method == "":
			d.add(CauseMethod, true, "No method was given.", "")
		case !strings.HasPrefix(path, "/"):
			d.add(CauseFullURL, true, "The URI does not begin with a slash.", "")
		}
		for _, op := range sortedOperations(d.e.Wallet) {
			if api := d.e.Wallet.Path(op); path == api || path == d.e.Wallet.Prefix+api {
				d.add(CauseReplay, true, "The path is one of the wallet's own API: what was signed for it is an answer, not a notification.", "given "+barePath(d.e.URI))
			}
		}
	}
	d.judgeTime()
}

func (d *doctor) judgeTime() {
	if d.time == "" {
		return
	}
	at, ok := parseTime(d.time)
	if !ok {
		what := "The time is in none of the formats of the protocol."
		if _, readable := anyTime(d.time); readable && allDigits(d.time) {
			what = "The time is in seconds; the protocol has Unix milliseconds."
		}
		d.add(CauseTimeFormat, true, what, "given "+printable(d.time))
		return
	}
	if d.e.Now.IsZero() {
		return
	}
	age := d.e.Now.Sub(at)
	var what string
	window := d.e.MaxAge
	switch {
	case age > d.e.MaxAge:
		what = "The message is " + roundly(age) + " older than the clock"
	case age < -d.e.Tolerance:
		what, window = "The message is "+roundly(-age)+" ahead of the clock", d.e.Tolerance
	default:
		return
	}
	what += ", more than the " + window.String() + " allowed."
	off := age.Abs()
	if rest := off % (30 * time.Minute); off < 15*time.Hour && off > 15*time.Minute && min(rest, 30*time.Minute-rest) < time.Minute {
		what += " So even a difference looks like a time zone taken for another."
	}
	d.add(CauseClock, true, what, "given "+printable(d.time)+", clock "+d.e.Now.UTC().Format(time.RFC3339))
}

func roundly(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// guess says that the content differs, and what experience makes of it.
func (d *doctor) guess() {
	length := d.first("Content-Length")
	if n, err := strconv.Atoi(length); err == nil && n != len(d.e.Body) {
		d.add(CauseBodyLength, false, "The body is not as long as its Content-Length says: it was cut off or rewritten.", fmt.Sprintf("%d bytes, Content-Length %d", len(d.e.Body), n))
	} else if len(d.e.Body) == 0 {
		d.add(CauseBodyEmpty, false, "The body is empty: something has read it before it was verified.", "")
	}
	detail := fmt.Sprintf("body of %d bytes, %d contents tried", len(d.e.Body), d.diagnosis.Tried)
	if d.hashed >= maxHashed || d.diagnosis.Tried >= maxTried {
		detail += ", not all there are, for the message is large"
	}
	if len(d.e.SentBody) > 0 && !bytes.Equal(d.e.SentBody, d.e.Body) {
		detail += "; against what the other side sent: " + firstDifference(string(d.e.Body), string(d.e.SentBody))
	}
	d.add(CauseContent, true, "The key is right, but it signed another content: method, URI, client, time or body is not what was signed.", detail)
	if d.e.Kind == EvidenceNotification || d.e.Kind == EvidenceAcknowledgement {
		d.add(CausePathRewritten, false, "A proxy may have changed the public path.", "given "+barePath(d.e.URI))
	}
	var signs []string
	var b bytes.Buffer
	if len(d.e.Body) <= maxReparsed && nesting(string(d.e.Body)) <= maxNesting && json.Compact(&b, d.e.Body) == nil {
		if !bytes.Equal(b.Bytes(), d.e.Body) {
			signs = append(signs, "it is not compact")
		}
		if again := sortedJSON(b.Bytes()); again != nil && len(members(d.e.Body)) > 2 && bytes.Equal(again, b.Bytes()) {
			signs = append(signs, "its members are in alphabetical order, as after decoding and encoding")
		}
	} else if len(d.e.Body) <= maxReparsed {
		signs = append(signs, "it is not JSON")
	}
	d.add(CauseBody, false, "Something may have changed the body.", strings.Join(signs, "; "))
}

// judgeStyle guesses why a wallet refuses what is signed correctly.
func (d *doctor) judgeStyle() {
	w := d.e.Wallet
	if w.Name == "" {
		return
	}
	name := printable(w.Name)
	if !strings.EqualFold(d.label, w.algorithmLabel()) {
		d.add(CauseAlgorithmLabel, false, "The wallet "+name+" documents the label "+w.algorithmLabel()+".", "algorithm="+printable(d.label))
	}
	if enc, ok := encodingOf(d.text); ok && enc != w.SignatureEncoding {
		words := map[SignatureEncoding]string{EncodingPercent: "percent-encoded base64", EncodingBase64: "base64", EncodingBase64URL: "base64url"}
		d.add(CauseEncoding, false, "The wallet "+name+" documents the signature in "+words[w.SignatureEncoding]+"; this one is in "+words[enc]+".", "")
	}
	if (w.TimeFormat == TimeUnixMillis) != allDigits(d.time) {
		d.add(CauseTimeFormat, false, "The wallet "+name+" documents the time in another format.", "given "+printable(d.time))
	}
	if d.e.Kind == EvidenceAcknowledgement {
		return
	}
	if d.e.Method != http.MethodPost {
		d.add(CauseMethod, false, "The protocol knows POST only.", "given "+printable(d.e.Method))
	}
	if w.Prefix == "" || w.Version == "" {
		return
	}
	bare := strings.HasPrefix(d.e.URI, "/"+w.Version+"/")
	switch {
	case !w.SignsWithoutPrefix && bare:
		d.add(CausePathPrefix, false, "The wallet "+name+" documents the whole path, with its gateway prefix.", "given "+barePath(d.e.URI)+", prefix "+printable(w.Prefix))
	case w.SignsWithoutPrefix && strings.HasPrefix(d.e.URI, w.Prefix+"/"):
		d.add(CausePathPrefix, false, "The wallet "+name+" documents the path without its gateway prefix.", "given "+barePath(d.e.URI)+", prefix "+printable(w.Prefix))
	}
}

// encodingOf tells how a signature is written, if that can be seen.
func encodingOf(text string) (SignatureEncoding, bool) {
	switch {
	case strings.Contains(text, "%"):
		return EncodingPercent, true
	case strings.ContainsAny(text, "-_"):
		return EncodingBase64URL, true
	case strings.ContainsAny(text, "+/="):
		return EncodingBase64, true
	}
	return EncodingBase64URL, len(text)%4 != 0
}

// remedies say what to change: where a message is received, and where it is
// sent if that differs.
var remedies = map[Cause]struct{ theirs, ours string }{
	CauseMissingHeader:   {"Find the proxy or framework that drops it, and pass all headers on.", "Send Signature, Client-Id and the time with each message."},
	CauseRepeatedHeader:  {"Find the proxy that adds it a second time; exactly one may arrive.", "Set the header, do not add to it."},
	CauseHeaderFormat:    {"Find what rewrites the header; if it is the wallet, report it.", "Write it as algorithm=RSA256, keyVersion=1, signature=<value>."},
	CauseAlgorithmLabel:  {"Ask the wallet which algorithm it signs with; only RSA256 is accepted.", "Write the label that the wallet documents."},
	CausePlusToSpace:     {"Pass the raw header; do not decode it as a form or a query.", "Percent-encode the value once, or do not decode it before it is sent."},
	CauseDoubleEncoding:  {"Find what encodes the header again.", "Encode the signature once."},
	CauseAlphabet:        {"Find what replaces characters in the header.", "Use one encoder for the whole value: base64 or base64url."},
	CauseLineBreaks:      {"Find what folds the header.", "Use an encoder that writes one line, such as openssl base64 -A or base64 -w0."},
	CauseBase64Padding:   {"Find what cuts the = off; a split at = does.", "Keep the = of base64; only base64url goes without."},
	CauseEncoding:        {"Find what rewrites the header; if it is the wallet, report it.", "Write the signature as the wallet documents it: SignatureEncoding of its profile."},
	CauseSignatureLength: {"Find what cuts the header, and compare the key with the wallet's.", "Write all bytes of the signature, leading zeros included, and check which key signs."},
	CauseRequestAsAnswer: {"Verify a request with Request-Time and its own body, an answer with Response-Time and its own.", ""},

	CauseOwnKeyLoaded: {"Load the wallet's public key from its console; your own goes to the wallet.", ""},
	CauseOwnSignature: {"Check what was received: it is a message of yours, or the wallet's side runs with your private key.", ""},
	CauseKeyPair:      {"Register the public half of the private key that signs.", "Upload the public key with the fingerprint of the signer, or load the private key of the registered one."},
	CauseKeyVersion:   {"Load the wallet's keys under the versions that its console shows.", "Set KeyVersion to the version under which the wallet has this key."},
	CauseOtherKey:     {"Load that key as the wallet's under this keyVersion, if its console confirms it.", "Sign with the key that is registered under this keyVersion."},
	CauseUnknownKey:   {"Fetch the wallet's public key from the console of this environment again; sandbox and production have different ones.", "Compare the fingerprint in the wallet's console with that of your key, and upload it again."},
	CauseUnusableKey:  {"Load an RSA public key of at least 2048 bits with ParsePublicKey.", ""},

	CauseHashSigned: {"Report it to the wallet: it signs a hash of the content.", "Give the content itself to the signing function, which hashes it."},
	CauseDigest:     {"Report it to the wallet: only SHA-256 is accepted.", "Sign with SHA-256: SHA256withRSA, RSA-SHA256."},
	CausePSS:        {"Report it to the wallet: only PKCS#1 v1.5 is accepted.", "Sign with PKCS#1 v1.5 padding, not PSS."},
	CausePadding:    {"Report it to the wallet.", "Use a signing function of RSASSA-PKCS1-v1_5, not raw RSA encryption with the private key."},
	CauseLayout:     {"Put the content together as Message.Content does.", "Put the content together as Message.Content does: one line feed, two dots, nothing after the body."},

	CauseMethod:        {"Verify with the method of the request, in capitals.", "Send and sign POST, in capitals."},
	CausePathPrefix:    {"Verify over the path as the wallet signs it; see Wallet.Prefix and SignsWithoutPrefix.", "Sign the path as the wallet wants it; see Wallet.Prefix, SignsWithoutPrefix and the path of BaseURL."},
	CausePathVersion:   {"Verify with the version that the wallet uses; see Wallet.Version.", "Sign the version that is in the request line; see Wallet.Version."},
	CauseTrailingSlash: {"Verify over the path as it was signed; a router may clean it.", "Sign the path as it is in the request line, slash by slash."},
	CauseQuery:         {"Verify over path and query as they are in the request line.", "Sign path and query as they are in the request line."},
	CausePathEncoding:  {"Use RequestURI, not a decoded path.", "Sign the path as it is in the request line, escapes and capitals included."},
	CauseFullURL:       {"Verify over path and query only.", "Sign path and query only, without scheme and host."},
	CausePathRewritten: {"Verify over the public path of the notify URL: WithNotifyPath, or the uri of ParseNotification.", "Sign the acknowledgement over the public path of the notify URL."},
	CausePath:          {"Verify over the path of the request that is answered.", "Sign the path that is in the request line."},

	CauseClientID:     {"Check which app's notifications come to this URL, and that nothing changes the header.", "Send and sign the Client-Id of this app and environment."},
	CauseTimeFormat:   {"Verify with the text of the header as it came, not with a parsed time.", "Make the time once, in the wallet's format, and sign the very text that is sent."},
	CauseTimeHeader:   {"Verify an answer with Response-Time, a request with Request-Time.", "Sign Request-Time in requests and Response-Time in acknowledgements."},
	CauseClock:        {"Set the clock by NTP; if the wallet repeats old notifications unchanged, see WithNotificationMaxAge.", "Set the clock by NTP, and write the offset from UTC that belongs to the time."},
	CauseBodySpaces:   {"Verify the raw bytes before anything decodes them.", "Sign the very bytes that are sent; encode once."},
	CauseBodyOrder:    {"Verify the raw bytes before anything decodes them.", "Sign the very bytes that are sent; encode once."},
	CauseBodyEscapes:  {"Verify the raw bytes before anything decodes them.", "Sign the very bytes that are sent; encode once."},
	CauseBodyLineEnds: {"Verify the raw bytes; find what trims the body or adds a line.", "Sign the very bytes that are sent; look for a print that adds a line, or a file opened as text."},
	CauseBodyBOM:      {"Verify the raw bytes; find what adds or drops the byte order mark.", "Send without a byte order mark."},
	CauseBodyCharset:  {"Verify the raw bytes, not a string decoded with another character set.", "Sign and send UTF-8."},
	CauseBodyEmpty:    {"Read the body once and verify before a framework consumes it.", "Sign the body that is sent."},
	CauseBodyLength:   {"Find the proxy or framework that cuts or rewrites the body.", "Sign and send the body whole."},
	CauseBodyEncoded:  {"Verify the bytes in the form in which they were signed.", "Sign the body as it travels, as text and not compressed."},
	CauseBody:         {"Find what changes the body between the wallet and here; verify the raw bytes.", "Sign the very bytes that are sent."},
	CauseBodyTooLarge: {"Refuse it.", "Send less."},
	CauseReplay:       {"Refuse it, and give the notify URL a path that the wallet's API does not have.", ""},
	CauseContent:      {"Compare method, URI, Client-Id, time and body with what the wallet says it signed.", "Compare the content before signing with what was sent; sign the very bytes."},
}
