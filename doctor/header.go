package doctor

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/sigheader"
	"github.com/tradepay/tradepay-go/wire"
)

// How much of the headers the doctor reads.
const (
	maxValues = 4       // values of one header
	maxHeader = 8 << 10 // bytes of one value
)

// reading is one way to read the signature value. Its notes say what is wrong
// with the text if this reading is the right one.
type reading struct {
	sig   []byte
	notes []note
}

// note is a cause that the doctor saw, with words for people.
type note struct {
	cause Cause
	what  string
}

func (r reading) with(cause Cause, what string) reading {
	return reading{r.sig, append(slices.Clone(r.notes), note{cause, what})}
}

func (d *doctor) timeHeaders() (own, other string) {
	if d.answer {
		return "Response-Time", "Request-Time"
	}
	return "Request-Time", "Response-Time"
}

// indexHeaders finds the headers whose names came in other capitals. It runs once,
// because strangers may send many headers.
func (d *doctor) indexHeaders() {
	d.odd = map[string][]string{}
	for name := range d.e.Header {
		if canonical := http.CanonicalHeaderKey(name); canonical != name {
			d.odd[canonical] = append(d.odd[canonical], name)
		}
	}
}

// header returns the first values of a header, cut to a length that no good
// value has.
func (d *doctor) header(name string) []string {
	var all []string
	canonical := http.CanonicalHeaderKey(name)
	for _, key := range append(slices.Sorted(slices.Values(d.odd[canonical])), canonical) {
		for _, value := range d.e.Header[key] {
			if len(all) < maxValues {
				all = append(all, value[:min(len(value), maxHeader)])
			}
		}
	}
	return all
}

func (d *doctor) first(name string) string {
	return append(d.header(name), "")[0]
}

func (d *doctor) readHeaders() {
	d.indexHeaders()
	timeHeader, _ := d.timeHeaders()
	var signature string
	type signed struct {
		name string
		into *string
	}
	wanted := []signed{{"Signature", &signature}, {"Client-Id", &d.clientID}, {timeHeader, &d.time}}
	if d.layout() == dottedRequest {
		wanted = append(wanted, signed{d.e.Wallet.Signing.RequestIDHeader, &d.requestID})
	} else {
		d.requestID = d.first(cmp.Or(d.e.Wallet.Signing.RequestIDHeader, "Request-Id"))
	}
	if name := d.e.Wallet.Signing.MerchantIDHeader; name != "" && d.e.Kind == EvidenceRequest {
		d.merchantID = d.first(name)
		if d.signsMerchant() {
			wanted = append(wanted, signed{name, &d.merchantID})
		}
	}
	notifiesWithoutID := d.e.Kind == EvidenceNotification && d.e.Wallet.Signing.NotifiesWithoutClientID
	impliesClientID := notifiesWithoutID && d.e.ClientID != ""
	for _, h := range wanted {
		*h.into = d.first(h.name)
		switch {
		case *h.into == "" && h.name == "Client-Id" && impliesClientID:
			d.clientID = d.e.ClientID
		case len(d.header(h.name)) > 1:
			d.certain(CauseRepeatedHeader, "The header "+h.name+" appears more than once.", "")
		case len(*h.into) == maxHeader:
			d.certain(CauseHeaderFormat, "The header "+h.name+" is longer than any good one.", "")
		case *h.into == "":
			d.certain(CauseMissingHeader, "The header "+h.name+" is absent or empty.", "")
		}
	}
	d.merchantID = cmp.Or(d.merchantID, d.e.MerchantID)
	encoding := d.first("Content-Encoding")
	compressed := encoding != "" && encoding != "identity"
	if compressed && d.e.Kind == EvidenceResponse {
		d.certain(CauseBodyEncoded, "The response is compressed, although the request did not ask for that.", "")
	}
	if signature == "" {
		return
	}
	if h, err := wire.ParseSignatureHeader(signature); err == nil {
		d.label, d.version, d.strict = h.Algorithm, h.KeyVersion, h.Signature
		d.sigs = []reading{{sig: h.Signature}}
		_, d.text, _ = strings.Cut(signature, "signature=")
		d.text, _, _ = strings.Cut(d.text, ",")
	} else {
		d.readLoosely(signature)
	}
	for _, more := range d.header("Signature")[1:] {
		if h, err := wire.ParseSignatureHeader(more); err == nil {
			d.sigs = append(d.sigs, reading{sig: h.Signature})
		}
	}
	if d.label != "" && !(wire.SignatureHeader{Algorithm: d.label}).Supported() {
		d.certain(CauseAlgorithmLabel, "The Signature header names another algorithm than RSA256 or SHA256withRSA.",
			"algorithm="+redact.Word(d.label))
	}
}

// readLoosely reads a Signature header that the strict reader rejects, to see
// what is wrong with it.
func (d *doctor) readLoosely(value string) {
	var faults []string
	fault := func(what string) {
		if !slices.Contains(faults, what) {
			faults = append(faults, what)
		}
	}
	if len(value) > sigheader.MaxLen {
		fault("it is longer than 2 KiB")
	}
	if strings.ContainsAny(value, ";&") {
		fault("no commas separate its pairs")
	}
	found := map[string]string{}
	for _, pair := range strings.Split(strings.NewReplacer(";", ",", "&", ",").Replace(value), ",") {
		pair = strings.TrimRight(strings.TrimLeft(pair, " \t\r\n"), " ")
		name, text, ok := strings.Cut(pair, "=")
		known := pairName(name)
		field := known
		switch {
		case pair == "":
			fault("it has a comma too many")
			continue
		case known == "" && len(pair) > 200: // nothing but the value
			fault("the signature comes without its name")
			field, text = "signature", pair
		case !ok || known == "":
			fault("it has a pair of another name")
			continue
		case known != name:
			fault("the name " + known + " is written in another way")
		}
		bare := strings.Trim(text, `"'`)
		if bare != text {
			fault("a value is in quotes")
		}
		if found[field] != "" {
			fault(field + " appears twice")
		}
		found[field] = cmp.Or(found[field], bare)
	}
	for _, field := range []string{"algorithm", "keyVersion", "signature"} {
		switch value := found[field]; {
		case value == "":
			fault(field + " is missing")
		case field != "signature" && !sigheader.Token(value):
			fault(field + " is not a plain word")
		}
	}
	d.label, d.version = strings.TrimSpace(found["algorithm"]), strings.TrimSpace(found["keyVersion"])
	d.text = found["signature"]
	if sig, err := sigheader.Decode(d.text); err == nil {
		d.sigs = []reading{{sig: sig}}
	} else {
		d.sigs = looseSignature(d.text)
	}
	switch {
	case len(faults) > 0:
		d.certain(CauseHeaderFormat,
			"The Signature header is not as the protocol wants it: "+strings.Join(faults, ", ")+".", "")
	case len(d.sigs) == 0:
		d.certain(CauseEncoding, "The signature value is neither base64 nor percent-encoded base64 nor base64url.",
			fmt.Sprintf("%d characters", len(d.text)))
	case len(d.sigs[0].notes) == 0:
		d.certain(CauseHeaderFormat, "The Signature header has white space or control characters where none belong.",
			"")
	}
}

// pairName returns the right name of a pair of the Signature header, however the
// sender spells it.
func pairName(name string) string {
	switch strings.NewReplacer("-", "", "_", "", " ", "", `"`, "").Replace(strings.ToLower(name)) {
	case "algorithm", "alg", "algo", "signtype", "signaturealgorithm":
		return "algorithm"
	case "keyversion", "keyver", "version", "keyid", "kid":
		return "keyVersion"
	case "signature", "sign", "sig", "value", "signaturevalue":
		return "signature"
	}
	return ""
}

// looseSignature undoes what programs are known to do to a signature's text. The
// notes of each reading say what it undid.
func looseSignature(text string) []reading {
	var r reading
	isFolded := strings.ContainsAny(text, "\r\n")
	if isFolded { // which may have parted an escape
		joined := strings.Join(strings.Fields(text), "")
		readings := unescapedLoosely(joined, r.with(CauseLineBreaks, "The signature has white space in it."))
		if len(readings) > 0 {
			return append(readings, unescapedLoosely(text, r)...)
		}
	}
	return unescapedLoosely(text, r)
}

func unescapedLoosely(text string, r reading) []reading {
	isEscaped := false
	for range 3 {
		unescaped, err := url.PathUnescape(text)
		if err != nil || unescaped == text {
			break
		}
		text = unescaped
		if !isEscaped && strings.Contains(text, "%") {
			r = r.with(CauseDoubleEncoding, "The signature was percent-encoded twice.")
		}
		isEscaped = true
	}
	var readings []reading
	if strings.Contains(text, " ") {
		plus := strings.NewReplacer(" ", "+", "\r", "", "\n", "", "\t", "").Replace(text)
		readings = decodeLoosely(plus, r.with(CausePlusToSpace, "The signature has spaces where it had +."))
	}
	if joined := strings.Join(strings.Fields(text), ""); joined != text {
		text, r = joined, r.with(CauseLineBreaks, "The signature has white space in it.")
	}
	return append(readings, decodeLoosely(text, r)...)
}

func decodeLoosely(text string, r reading) []reading {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) > 0 {
		r = r.with(CauseEncoding, "The signature is in hexadecimal.")
		r.sig = raw
		return []reading{r}
	}
	if strings.ContainsAny(text, "+/") && strings.ContainsAny(text, "-_") {
		r = r.with(CauseAlphabet, "The signature mixes the alphabets of base64 and base64url.")
	}
	std := strings.NewReplacer("-", "+", "_", "/").Replace(text)
	bare := strings.TrimRight(std, "=")
	if pads := len(std) - len(bare); pads != (4-len(bare)%4)%4 && (pads > 0 || std == text) {
		r = r.with(CauseBase64Padding, "The signature has lost its = at the end, or has too many.")
	}
	raw, err := base64.RawStdEncoding.DecodeString(bare)
	if err != nil || len(raw) == 0 {
		return nil
	}
	r.sig = raw
	if len(r.notes) == 0 {
		r = r.with(CauseEncoding, "The signature's base64 is not the canonical text of its bytes, "+
			"or is percent-encoded where no escape is needed.")
	}
	return []reading{r}
}
