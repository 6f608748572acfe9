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

// The bounds of what is read of the headers.
const (
	maxValues = 4       // values of one header
	maxHeader = 8 << 10 // bytes of one value
)

// reading is one way to read the signature value, and what is wrong with its
// text if that is the right one.
type reading struct {
	sig   []byte
	notes []note
}

// note is a cause that was seen, with words for people.
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

// indexHeaders finds the headers whose names came in another case, once:
// strangers may send many.
func (d *doctor) indexHeaders() {
	d.odd = map[string][]string{}
	for name := range d.e.Header {
		if canonical := http.CanonicalHeaderKey(name); canonical != name {
			d.odd[canonical] = append(d.odd[canonical], name)
		}
	}
}

// header returns the first values of a header, cut to a length at which no
// good one is.
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
	for _, h := range wanted {
		*h.into = d.first(h.name)
		switch {
		case *h.into == "" && h.name == "Client-Id" && d.e.Wallet.Signing.NotifiesWithoutClientID && d.e.Kind == EvidenceNotification && d.e.ClientID != "":
			d.clientID = d.e.ClientID // it is implied
		case len(d.header(h.name)) > 1:
			d.certain(CauseRepeatedHeader, "The header "+h.name+" stands more than once.", "")
		case len(*h.into) == maxHeader:
			d.certain(CauseHeaderFormat, "The header "+h.name+" is longer than any good one.", "")
		case *h.into == "":
			d.certain(CauseMissingHeader, "The header "+h.name+" is absent or empty.", "")
		}
	}
	if encoding := d.first("Content-Encoding"); encoding != "" && encoding != "identity" && d.e.Kind == EvidenceResponse {
		d.certain(CauseBodyEncoded, "The response is compressed, although that was not asked for.", "")
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
		d.certain(CauseAlgorithmLabel, "The Signature header names another algorithm than RSA256 or SHA256withRSA.", "algorithm="+redact.Word(d.label))
	}
}

// readLoosely reads a Signature header that the strict reader refused, to see
// what is wrong with it.
func (d *doctor) readLoosely(value string) {
	var faults []string
	fault := func(yes bool, what string) {
		if yes && !slices.Contains(faults, what) {
			faults = append(faults, what)
		}
	}
	fault(len(value) > sigheader.MaxLen, "it is longer than 2 KiB")
	fault(strings.ContainsAny(value, ";&"), "its pairs are not separated by commas")
	found := map[string]string{}
	for _, pair := range strings.Split(strings.NewReplacer(";", ",", "&", ",").Replace(value), ",") {
		pair = strings.TrimRight(strings.TrimLeft(pair, " \t\r\n"), " ")
		name, text, ok := strings.Cut(pair, "=")
		field := pairName(name)
		switch {
		case pair == "":
			fault(true, "it has a comma too many")
			continue
		case field == "" && len(pair) > 200: // nothing but the value
			fault(true, "the signature stands without its name")
			field, text = "signature", pair
		case !ok || field == "":
			fault(true, "it has a pair of another name")
			continue
		}
		fault(ok && field != name && pairName(name) != "", "the name "+field+" is written otherwise")
		bare := strings.Trim(text, `"'`)
		fault(bare != text, "a value stands in quotes")
		fault(found[field] != "", field+" stands twice")
		found[field] = cmp.Or(found[field], bare)
	}
	for _, field := range []string{"algorithm", "keyVersion", "signature"} {
		fault(found[field] == "", field+" is missing")
		fault(field != "signature" && found[field] != "" && !sigheader.Token(found[field]), field+" is not a plain word")
	}
	d.label, d.version, d.text = strings.TrimSpace(found["algorithm"]), strings.TrimSpace(found["keyVersion"]), found["signature"]
	if sig, err := sigheader.Decode(d.text); err == nil {
		d.sigs = []reading{{sig: sig}}
	} else {
		d.sigs = looseSignature(d.text)
	}
	switch {
	case len(faults) > 0:
		d.certain(CauseHeaderFormat, "The Signature header is not as the protocol wants it: "+strings.Join(faults, ", ")+".", "")
	case len(d.sigs) == 0:
		d.certain(CauseEncoding, "The signature value is neither base64 nor percent-encoded base64 nor base64url.", fmt.Sprintf("%d characters", len(d.text)))
	case len(d.sigs[0].notes) == 0:
		d.certain(CauseHeaderFormat, "The Signature header has white space or control characters where none belong.", "")
	}
}

// pairName recognises a pair of the Signature header in spite of its spelling.
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

// looseSignature undoes what is known to happen to a signature's text. Each
// reading carries what had to be undone.
func looseSignature(text string) []reading {
	var r reading
	for range 3 {
		unescaped, err := url.PathUnescape(text)
		if err != nil || unescaped == text {
			break
		}
		text = unescaped
		if len(r.notes) == 0 && strings.Contains(text, "%") {
			r = r.with(CauseDoubleEncoding, "The signature was percent-encoded twice.")
		}
	}
	var readings []reading
	if strings.Contains(text, " ") {
		plus := strings.NewReplacer(" ", "+", "\r", "", "\n", "", "\t", "").Replace(text)
		readings = decodeLoosely(plus, r.with(CausePlusToSpace, "Spaces stand in the signature where + was."))
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
		r = r.with(CauseEncoding, "The signature's base64 is not the one canonical text of its bytes, or percent-encoded where no escape is needed.")
	}
	return []reading{r}
}
