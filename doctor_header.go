package tradepay

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tradepay/tradepay-go/internal/sigheader"
)

func (d *doctor) readHeaders() {
	if len(d.e.Body) > maxBody {
		d.add(CauseBodyTooLarge, true, "The body is over 1 MiB, more than is read.", fmt.Sprintf("%d bytes", len(d.e.Body)))
	}
	timeHeader, _ := d.timeHeaders()
	var signature string
	for _, h := range [...]struct {
		name string
		into *string
	}{{"Signature", &signature}, {"Client-Id", &d.clientID}, {timeHeader, &d.time}} {
		all := d.header(h.name)
		if len(all) > 0 {
			*h.into = all[0]
		}
		switch {
		case len(all) > 1:
			d.add(CauseRepeatedHeader, true, "The header "+h.name+" stands "+strconv.Itoa(len(all))+" times.", "")
		case *h.into == "":
			d.add(CauseMissingHeader, true, "The header "+h.name+" is absent or empty.", "")
		}
	}
	if encoding := d.first("Content-Encoding"); encoding != "" && encoding != "identity" && d.e.Kind == EvidenceResponse {
		d.add(CauseBodyEncoded, true, "The response is compressed, although that was not asked for.", "")
	}
	if signature == "" {
		return
	}
	h, err := ParseSignatureHeader(signature)
	if err == nil {
		d.label, d.version, d.strict = h.Algorithm, h.KeyVersion, h.Signature
		d.sigs = []reading{{sig: h.Signature}}
		_, d.text, _ = strings.Cut(signature, "signature=")
		d.text, _, _ = strings.Cut(d.text, ",")
		d.text = strings.Trim(d.text, " ")
	} else {
		d.readLoosely(signature)
	}
	for _, more := range d.header("Signature")[1:] {
		if h, err := ParseSignatureHeader(more); err == nil {
			d.sigs = append(d.sigs, reading{sig: h.Signature})
		}
	}
	d.sigs = d.sigs[:min(len(d.sigs), maxDoctorSigs)]
	if d.label != "" && !(SignatureHeader{Algorithm: d.label}).supported() {
		d.add(CauseAlgorithmLabel, true, "The Signature header names another algorithm than RSA256 or SHA256withRSA.", "algorithm="+printable(d.label))
	}
}

// readLoosely reads a Signature header that the strict reader refused, to see
// what is wrong with it.
func (d *doctor) readLoosely(value string) {
	if len(value) > maxDoctorHeader {
		d.add(CauseHeaderFormat, true, "The Signature header is longer than 2 KiB.", fmt.Sprintf("%d bytes", len(value)))
		return
	}
	var faults, texts []string
	fault := func(text string) {
		if !slices.Contains(faults, text) {
			faults = append(faults, text)
		}
	}
	if strings.ContainsAny(value, ";&") {
		fault("its pairs are not separated by commas")
	}
	seen := map[string]bool{}
	for _, pair := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == '&' }) {
		trimmed := strings.TrimSpace(pair)
		if trimmed == "" {
			fault("it has a comma too many")
			continue
		}
		name, text, ok := strings.Cut(trimmed, "=")
		if colon, after, found := strings.Cut(trimmed, ":"); found && len(colon) < len(name) {
			name, text, ok = colon, after, true
			fault("a pair is written with a colon")
		}
		field := pairName(name)
		switch {
		case field == "" && len(trimmed) > 200: // nothing but the value
			field, text = "signature", trimmed
			fault("the signature stands without its name")
		case !ok:
			fault("a pair has no value")
			continue
		case field == "":
			fault("it has a pair of another name")
			continue
		case field != name:
			fault("the name " + field + " is written otherwise")
		}
		bare := strings.Trim(text, `"'`)
		if bare != text {
			fault("a value stands in quotes")
		}
		if bare == "" {
			fault(field + " is empty")
			continue
		}
		if seen[field] {
			fault(field + " stands twice")
		}
		switch field {
		case "signature":
			texts = append(texts, bare)
		case "algorithm":
			if d.label = strings.TrimSpace(or(d.label, bare)); !sigheader.Token(d.label) {
				fault("algorithm is not a plain word")
			}
		case "keyVersion":
			if d.version = strings.TrimSpace(or(d.version, bare)); !sigheader.Token(d.version) {
				fault("keyVersion is not a plain word")
			}
		}
		seen[field] = true
	}
	for _, field := range []string{"algorithm", "keyVersion", "signature"} {
		if !seen[field] {
			fault(field + " is missing")
		}
	}
	d.noVersion = !seen["keyVersion"]
	if strings.HasSuffix(strings.TrimRight(value, " "), ",") || strings.Contains(strings.ReplaceAll(value, " ", ""), ",,") {
		fault("it has a comma too many")
	}
	if len(value) > sigheader.MaxLen {
		fault("it is longer than 2 KiB")
	}
	if len(faults) > 0 {
		d.add(CauseHeaderFormat, true, "The Signature header is not as the protocol wants it: "+strings.Join(faults, ", ")+".", "")
	}
	for _, text := range texts {
		d.text = or(d.text, text)
		if sig, err := sigheader.Decode(text); err == nil {
			d.sigs = append(d.sigs, reading{sig: sig})
			continue
		}
		d.sigs = append(d.sigs, looseSignature(text)...)
	}
	if len(faults) == 0 && len(d.sigs) == 0 {
		d.add(CauseEncoding, true, "The signature value is neither base64 nor percent-encoded base64 nor base64url.", fmt.Sprintf("%d characters", len(d.text)))
	}
	if len(faults) == 0 && len(d.sigs) > 0 && len(d.sigs[0].notes) == 0 {
		d.add(CauseHeaderFormat, true, "The Signature header has white space or control characters where none belong.", "")
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
	var notes []note
	for range 3 {
		unescaped, err := url.PathUnescape(text)
		if err != nil || unescaped == text {
			break
		}
		text = unescaped
		if len(notes) == 0 && strings.Contains(text, "%") {
			notes = append(notes, note{CauseDoubleEncoding, "The signature was percent-encoded twice."})
		}
	}
	if strings.Contains(text, "%") {
		notes = append(notes, note{CauseEncoding, "The signature holds a damaged percent-escape."})
	}
	joined := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, text)
	readings := decodeLoosely(joined, withNote(notes, joined != text, note{CauseLineBreaks, "The signature has white space in it."}))
	if strings.Contains(text, " ") {
		plus := note{CausePlusToSpace, "Spaces stand in the signature where + was."}
		spaced := strings.NewReplacer("\r", "", "\n", "", "\t", "").Replace(strings.ReplaceAll(text, " ", "+"))
		readings = append(decodeLoosely(spaced, withNote(notes, true, plus)), readings...)
	}
	return readings
}

func withNote(notes []note, yes bool, n note) []note {
	if !yes {
		return notes
	}
	return append(slices.Clone(notes), n)
}

func decodeLoosely(text string, notes []note) []reading {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) > 0 {
		return []reading{{raw, withNote(notes, true, note{CauseEncoding, "The signature is in hexadecimal."})}}
	}
	std, mixed := strings.NewReplacer("-", "+", "_", "/").Replace(text), strings.ContainsAny(text, "+/") && strings.ContainsAny(text, "-_")
	notes = withNote(notes, mixed, note{CauseAlphabet, "The signature mixes the alphabets of base64 and base64url."})
	bare := strings.TrimRight(std, "=")
	if strings.Contains(std, "=") || std == text {
		pads := len(std) - len(bare)
		notes = withNote(notes, pads != (4-len(bare)%4)%4, note{CauseBase64Padding, "The signature has lost its = at the end, or has too many."})
	}
	raw, err := base64.RawStdEncoding.DecodeString(bare)
	if err != nil || len(raw) == 0 {
		return nil
	}
	if len(notes) == 0 {
		what := "The signature's base64 is not the one canonical text of its bytes."
		if base64.RawStdEncoding.EncodeToString(raw) == bare {
			what = "The signature is percent-encoded in part, or where no escape is needed."
		}
		notes = []note{{CauseEncoding, what}}
	}
	return []reading{{raw, notes}}
}

// --- keys
