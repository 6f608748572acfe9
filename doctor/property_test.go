package doctor_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// plainBody holds one of everything that programs change without being asked.
const plainBody = `{"paymentRequestId":"order-0009","rate":136.0,"extendInfo":{},"at":"2026-01-15T20:00:30+08:00",` +
	`"amount":{"value":"100","currency":"USD","note":"Zoé <a&b> x%2Fy/z=1"}}`

// part is what a damage is about. Mending a part mends all damages to it.
type part string

const (
	ofBody   part = "body"
	ofURI    part = "uri"
	ofMethod part = "method"
	ofClient part = "client"
	ofTime   part = "time"
	ofClock  part = "clock"
	ofText   part = "text of the signature"
	ofLayout part = "layout"
	ofHash   part = "hash"
	ofKey    part = "key"
	forged   part = "forged" // nothing may call it mended
)

// damage is one thing that goes wrong with a message, and the causes that name it.
type damage struct {
	name   string
	part   part
	causes []doctor.Cause
	change func(p *patient)
}

// blind are the damages after which the signature no longer covers the whole message:
// what else is wrong with it may not show.
var blind = []string{
	"signed: gone", "signed: an empty object", "the body alone signed", "the other layout",
}

// subject is a good message of some wallet and kind.
type subject struct {
	name    string
	kind    doctor.EvidenceKind
	profile wire.Profile
}

// subjects are messages in each form of content, encoding and time, of each kind.
func subjects() (all []subject) {
	for _, profile := range []wire.Profile{wallets.PlatformV2(), wallets.Claro(), wallets.Toka()} {
		own := profile.Signing.TimeFormat
		for _, encoding := range []wire.SignatureEncoding{
			wire.EncodingPercent, wire.EncodingBase64, wire.EncodingBase64URL,
		} {
			for _, format := range []wire.TimeFormat{
				wire.TimeISO8601Millis, wire.TimeISO8601, wire.TimeUTC, wire.TimeUnixMillis, wire.TimeUnixSeconds,
			} {
				if profile.Signing.Content == wire.ContentDotted && format != own {
					continue // the content would be ambiguous
				}
				for _, kind := range []doctor.EvidenceKind{
					doctor.EvidenceNotification, doctor.EvidenceRequest, doctor.EvidenceResponse,
					doctor.EvidenceAcknowledgement,
				} {
					profile.Signing.Encoding, profile.Signing.TimeFormat = encoding, format
					name := fmt.Sprintf("%s, %s, %s, %s", profile.Name, encoding, format, kind)
					all = append(all, subject{name, kind, profile})
				}
			}
		}
	}
	return all
}

// patient is the subject as a message that may be damaged.
func (s subject) patient(t testing.TB) *patient {
	p := newPatient(t, s.kind)
	p.e.Wallet, p.e.Body, p.signed.Body = s.profile, []byte(plainBody), []byte(plainBody)
	isAnswer := p.timeHeader() == "Response-Time"
	p.signed.Layout, p.signed.Answer = s.profile.Signing.Content, isAnswer
	if s.profile.Signing.Content == wire.ContentMerchant {
		p.e.MerchantID, p.signed.MerchantID = "M7", "M7"
		if name := s.profile.Signing.MerchantIDHeader; name != "" && s.kind == doctor.EvidenceRequest {
			p.e.Header.Set(name, "M7")
		}
	}
	if name := s.profile.Signing.RequestIDHeader; name != "" && !isAnswer {
		p.signed.RequestID = "request-1"
		p.e.Header.Set(name, "request-1")
	}
	switch s.kind {
	case doctor.EvidenceRequest, doctor.EvidenceResponse:
		p.e.URI = s.profile.Routes.Prefix + s.profile.Path(wire.OpPay)
		p.signed.URI = p.e.URI
		if s.profile.Signing.WithoutPrefix {
			p.signed.URI = s.profile.Path(wire.OpPay)
		}
	default:
		p.e.URI = "/shop/notify?b=2&a=1"
		p.signed.URI = p.e.URI
	}
	p.signed.Time = s.profile.Signing.TimeFormat.Format(noon.Add(31 * time.Second))
	p.setTime(p.signed.Time)
	p.e.Header.Set("Host", "shop.example")
	p.write = func(sig []byte) string { return s.profile.SignatureHeader("1", sig) }
	return p
}

// rewrittenText changes the Signature header after it is written.
func rewrittenText(change func(text string) string) func(p *patient) {
	return func(p *patient) {
		before := p.write
		p.write = func(sig []byte) string { return change(before(sig)) }
	}
}

// value changes the value of the signature in its header.
func value(change func(text string) string) func(p *patient) {
	return rewrittenText(func(text string) string {
		head, value, ok := strings.Cut(text, "signature=")
		if !ok {
			return text
		}
		return head + "signature=" + change(value)
	})
}

func readURI(change func(uri string) string) func(p *patient) {
	return func(p *patient) { p.e.URI = change(p.e.URI) }
}

func signsURI(change func(uri string) string) func(p *patient) {
	return func(p *patient) { p.signed.URI = change(p.signed.URI) }
}

// readTime writes the time that came in another way.
func readTime(write func(at time.Time, text string) string) func(p *patient) {
	return func(p *patient) {
		if text := p.e.Header.Get(p.timeHeader()); text != "" {
			p.setTime(write(noon.Add(31*time.Second), text))
		}
	}
}

func signsTime(write func(at time.Time, text string) string) func(p *patient) {
	return func(p *patient) { p.signed.Time = write(noon.Add(31*time.Second), p.signed.Time) }
}

// through is JSON as a program writes that has read it; the body itself if it is none.
func through(write func(v any) ([]byte, error)) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, body []byte) []byte {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var v any
		if decoder.Decode(&v) != nil {
			return body
		}
		out, err := write(v)
		if err != nil {
			return body
		}
		return out
	}
}

func texted(change func(text string) string) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, body []byte) []byte { return []byte(change(string(body))) }
}

func indented(by string) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, body []byte) []byte {
		var b bytes.Buffer
		if json.Indent(&b, body, "", by) != nil {
			return body
		}
		return b.Bytes()
	}
}

// likeJSONB is what PostgreSQL keeps of plainBody.
func likeJSONB(string) string {
	return `{"at": "2026-01-15T20:00:30+08:00", "rate": 136.0, "amount": {"note": "Zoé <a&b> x%2Fy/z=1", ` +
		`"value": "100", "currency": "USD"}, "extendInfo": {}, "paymentRequestId": "order-0009"}`
}

func asForm(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// takenApart is what a parser of forms makes of a body, as JSON.
func takenApart(text string) string {
	var pairs []string
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		one, _ := marshalPlain(name)
		two, _ := marshalPlain(value)
		pairs = append(pairs, string(one)+":"+string(two))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// bodyDamages are damages to the body, on its way or before it was signed.
func bodyDamages() []damage {
	changes := []struct {
		name   string
		change func(testing.TB, []byte) []byte
		causes []doctor.Cause
	}{
		{"indented by 2", indented("  "), []doctor.Cause{doctor.CauseBodySpaces}},
		{"indented by tabs", indented("\t"), []doctor.Cause{doctor.CauseBodySpaces}},
		{"spaces as Python's", replaced(`":`, `": `, `,"`, `, "`), []doctor.Cause{doctor.CauseBodySpaces}},
		{"sorted by a map", through(marshalPlain), []doctor.Cause{doctor.CauseBodyOrder}},
		{"sorted by Go", through(json.Marshal), []doctor.Cause{doctor.CauseBodyOrder, doctor.CauseBodyEscapes}},
		{"slashes escaped", replaced("/", `\/`), []doctor.Cause{doctor.CauseBodyEscapes}},
		{"letters escaped", replaced("é", `\u00e9`), []doctor.Cause{doctor.CauseBodyEscapes}},
		{"< escaped", replaced("<", `\u003c`, ">", `\u003e`, "&", `\u0026`), []doctor.Cause{doctor.CauseBodyEscapes}},
		{"line feed after it", texted(func(s string) string { return s + "\n" }),
			[]doctor.Cause{doctor.CauseBodyLineEnds, doctor.CauseLayout}}, // the body ends the content
		{"byte order mark", texted(func(s string) string { return "\ufeff" + s }), []doctor.Cause{doctor.CauseBodyBOM}},
		{"read as ISO 8859-1", replaced("é", "Ã©"), []doctor.Cause{doctor.CauseBodyEncoded}},
		{"written as ISO 8859-1", replaced("é", "\xe9"), []doctor.Cause{doctor.CauseBodyEncoded}},
		{"in base64", texted(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
			[]doctor.Cause{doctor.CauseBodyEncoded}},
		{"quoted", texted(func(s string) string { b, _ := marshalPlain(s); return string(b) }),
			[]doctor.Cause{doctor.CauseBodyEncoded}},
		{"gone", texted(func(string) string { return "" }), []doctor.Cause{doctor.CauseBodyEmpty}},
		{"an empty object", texted(func(string) string { return "{}" }), []doctor.Cause{doctor.CauseBodyEmpty}},
		{"= at its end", texted(func(s string) string { return s + "=" }), []doctor.Cause{doctor.CauseBodyForm}},
		{"decoded as a form", texted(asForm), []doctor.Cause{doctor.CauseBodyForm}},
		{"+ made spaces", replaced("+", " "), []doctor.Cause{doctor.CauseBodyForm}},
		{"percent-encoded", texted(url.QueryEscape), []doctor.Cause{doctor.CauseBodyForm}},
		{"percent-encoded with =", texted(func(s string) string { return url.QueryEscape(s) + "=" }),
			[]doctor.Cause{doctor.CauseBodyForm}},
		{"taken apart as a form", texted(takenApart), []doctor.Cause{doctor.CauseBodyForm}},
		{"é made U+FFFD", replaced("é", "\ufffd"), []doctor.Cause{doctor.CauseBodyReplaced}},
		{"é made two U+FFFD", replaced("é", "\ufffd\ufffd"), []doctor.Cause{doctor.CauseBodyReplaced}},
		{"é made ?", replaced("é", "?"), []doctor.Cause{doctor.CauseBodyReplaced}},
		{"numbers as JavaScript's", replaced("136.0", "136"), []doctor.Cause{doctor.CauseBodyNumbers}},
		{"{} made []", replaced("{}", "[]"), []doctor.Cause{doctor.CauseBodyEmptied}},
		{"written by PHP", replaced("{}", "[]", "/", `\/`, "é", `\u00e9`),
			[]doctor.Cause{doctor.CauseBodyEmptied, doctor.CauseBodyEscapes}},
		{"stored as jsonb", texted(likeJSONB), []doctor.Cause{doctor.CauseBodyJSONB}},
		{"cut off", texted(func(s string) string { return s[:len(s)/2] }), []doctor.Cause{doctor.CauseBody}},
	}
	var all []damage
	for _, c := range changes {
		all = append(all, damage{"read: " + c.name, ofBody, c.causes, readBody(c.change)},
			damage{"signed: " + c.name, ofBody, c.causes, signedBody(c.change)})
	}
	return all
}

func uriDamages() []damage {
	path := func(change func(path string) string) func(string) string {
		return func(uri string) string {
			p, query, ok := strings.Cut(uri, "?")
			if !ok {
				return change(p)
			}
			return change(p) + "?" + query
		}
	}
	query := func(change func(query string) string) func(string) string {
		return func(uri string) string {
			p, q, ok := strings.Cut(uri, "?")
			if !ok {
				return uri
			}
			if q = change(q); q == "" {
				return p
			}
			return p + "?" + q
		}
	}
	changes := []struct {
		name   string
		change func(uri string) string
		causes []doctor.Cause
	}{
		{"slash at the end", path(func(p string) string { return p + "/" }), []doctor.Cause{doctor.CauseTrailingSlash}},
		{"in small letters", path(strings.ToLower), []doctor.Cause{doctor.CausePathEncoding}},
		{"with another prefix", path(func(p string) string { return "/acl/api" + p }),
			[]doctor.Cause{doctor.CausePathPrefix, doctor.CausePathRewritten}},
		{"without its first part", path(func(p string) string {
			if i := strings.IndexByte(p[1:], '/'); i >= 0 {
				return p[i+1:]
			}
			return p
		}), []doctor.Cause{
			doctor.CausePathPrefix, doctor.CausePathRewritten, doctor.CausePathVersion, doctor.CausePath,
		}},
		{"with another version", func(uri string) string {
			return strings.NewReplacer("/v1/", "/v3/", "/v2/", "/v3/").Replace(uri)
		}, []doctor.Cause{doctor.CausePathVersion}},
		{"whole URL", func(uri string) string { return "https://shop.example" + uri },
			[]doctor.Cause{doctor.CauseFullURL}},
		{"query gone", query(func(string) string { return "" }), []doctor.Cause{doctor.CauseQuery}},
		{"query sorted", query(func(q string) string {
			pairs := strings.Split(q, "&")
			slices.Sort(pairs)
			return strings.Join(pairs, "&")
		}), []doctor.Cause{doctor.CauseQuery}},
		{"something else", func(string) string { return "/nobody/knows" }, []doctor.Cause{doctor.CausePath}},
	}
	var all []damage
	for _, c := range changes {
		all = append(all,
			damage{"read: path " + c.name, ofURI, c.causes, readURI(c.change)},
			damage{"signed: path " + c.name, ofURI, c.causes, signsURI(c.change)})
	}
	rewritten := func(p *patient) {
		p.e.Header.Set("X-Forwarded-Prefix", "/public")
		p.signed.URI = "/public" + p.signed.URI
	}
	return append(all, damage{"path rewritten, as a header says", ofURI, []doctor.Cause{doctor.CausePathRewritten},
		rewritten})
}

func fieldDamages() []damage {
	inSeconds := func(at time.Time, _ string) string { return strconv.FormatInt(at.Unix(), 10) }
	withZ := func(_ time.Time, text string) string { return strings.Replace(text, "+00:00", "Z", 1) }
	noMillis := func(_ time.Time, text string) string { return strings.Replace(text, ".000", "", 1) }
	later := func(at time.Time, _ string) string {
		return at.Add(7 * time.Millisecond).Format("2006-01-02T15:04:05.000-07:00")
	}
	withSpace := func(_ time.Time, text string) string { return strings.ReplaceAll(text, "+", " ") }
	ofFormat := []doctor.Cause{doctor.CauseTimeFormat}
	ofID := []doctor.Cause{doctor.CauseClientID}
	all := []damage{
		{"read: method in small letters", ofMethod, []doctor.Cause{doctor.CauseMethod},
			func(p *patient) { p.e.Method = strings.ToLower(p.e.Method) }},
		{"signed: GET", ofMethod, []doctor.Cause{doctor.CauseMethod}, func(p *patient) { p.signed.Method = "GET" }},
		{"another client in the header", ofClient, ofID, func(p *patient) { p.e.Header.Set("Client-Id", "someone") }},
		{"another client signed", ofClient, ofID, func(p *patient) { p.signed.ClientID = "someone" }},
		{"another client", ofClient, ofID, func(p *patient) {
			p.signed.ClientID = "someone"
			p.e.Header.Set("Client-Id", "someone")
		}},
		{"Client-Id gone", ofClient, []doctor.Cause{doctor.CauseMissingHeader, doctor.CauseClientID},
			func(p *patient) { p.e.Header.Del("Client-Id") }},
		{"Client-Id twice", ofClient, []doctor.Cause{doctor.CauseRepeatedHeader},
			func(p *patient) { p.e.Header.Add("Client-Id", "someone") }},
		{"time gone", ofTime, []doctor.Cause{doctor.CauseMissingHeader, doctor.CauseTimeFormat},
			func(p *patient) { p.e.Header.Del(p.timeHeader()) }},
		{"clock an hour ahead", ofClock, []doctor.Cause{doctor.CauseClock},
			func(p *patient) { p.e.Now = p.e.Now.Add(time.Hour) }},
		{"clock an hour behind", ofClock, []doctor.Cause{doctor.CauseClock},
			func(p *patient) { p.e.Now = p.e.Now.Add(-time.Hour) }},
	}
	for name, write := range map[string]func(time.Time, string) string{
		"in seconds": inSeconds, "with Z": withZ, "without milliseconds": noMillis, "later": later,
		"with a space": withSpace,
	} {
		all = append(all,
			damage{"read: time " + name, ofTime, ofFormat, readTime(write)},
			damage{"signed: time " + name, ofTime, ofFormat, signsTime(write)})
	}
	slices.SortFunc(all, func(a, b damage) int { return strings.Compare(a.name, b.name) })
	return all
}

func textDamages() []damage {
	base64Of := func(text string) ([]byte, bool) {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return nil, false
		}
		plain = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(plain, "="))
		raw, err := base64.RawStdEncoding.DecodeString(plain)
		return raw, err == nil
	}
	hexadecimal := func(text string) string {
		if raw, ok := base64Of(text); ok {
			return hex.EncodeToString(raw)
		}
		return text
	}
	flipped := func(text string) string {
		raw, ok := base64Of(text)
		if !ok || len(raw) < 10 {
			return text
		}
		raw[9] ^= 4
		return base64.StdEncoding.EncodeToString(raw)
	}
	return []damage{
		{"+ made spaces", ofText, []doctor.Cause{doctor.CausePlusToSpace}, value(func(s string) string {
			return strings.ReplaceAll(s, "+", " ")
		})},
		{"%2B made spaces", ofText, []doctor.Cause{doctor.CausePlusToSpace}, value(func(s string) string {
			return strings.NewReplacer("%2B", " ", "%2F", "/", "%3D", "=").Replace(s)
		})},
		{"percent-encoded again", ofText, []doctor.Cause{doctor.CauseDoubleEncoding, doctor.CauseEncoding},
			value(func(s string) string { return strings.ReplaceAll(s, "%", "%25") })},
		{"base64 twice", ofText, []doctor.Cause{doctor.CauseDoubleEncoding}, value(func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte(s))
		})},
		{"padding lost", ofText, []doctor.Cause{doctor.CauseBase64Padding}, value(func(s string) string {
			return strings.TrimRight(s, "=")
		})},
		{"padding escaped and lost", ofText, []doctor.Cause{doctor.CauseBase64Padding}, value(func(s string) string {
			return strings.TrimSuffix(strings.TrimSuffix(s, "%3D"), "%3D")
		})},
		{"alphabets mixed", ofText, []doctor.Cause{doctor.CauseAlphabet}, value(func(s string) string {
			return strings.ReplaceAll(s, "+", "-")
		})},
		{"folded", ofText, []doctor.Cause{doctor.CauseLineBreaks, doctor.CauseHeaderFormat},
			value(func(s string) string { return s[:len(s)/2] + "\r\n " + s[len(s)/2:] })},
		{"in hexadecimal", ofText, []doctor.Cause{doctor.CauseEncoding, doctor.CauseDoubleEncoding},
			value(hexadecimal)},
		{"a bit flipped", forged, []doctor.Cause{doctor.CauseUnknownKey}, value(flipped)},
		{"cut in half", forged, []doctor.Cause{
			doctor.CauseSignatureLength, doctor.CauseBase64Padding, doctor.CauseEncoding, doctor.CauseUnknownKey,
		}, value(func(s string) string { return s[:len(s)/2] })},
		{"in small letters", forged, []doctor.Cause{doctor.CauseUnknownKey, doctor.CauseSignatureLength,
			doctor.CauseEncoding, doctor.CauseBase64Padding}, value(strings.ToLower)},
		{"semicolons", ofText, []doctor.Cause{doctor.CauseHeaderFormat}, rewrittenText(func(s string) string {
			return strings.ReplaceAll(s, ",", ";")
		})},
		{"names in capitals", ofText, []doctor.Cause{doctor.CauseHeaderFormat}, rewrittenText(func(s string) string {
			return strings.NewReplacer("algorithm=", "Algorithm=", "keyVersion=", "KeyVersion=").Replace(s)
		})},
		{"quoted value", ofText, []doctor.Cause{doctor.CauseHeaderFormat}, value(func(s string) string {
			return `"` + s + `"`
		})},
		{"another algorithm named", ofText, []doctor.Cause{doctor.CauseAlgorithmLabel},
			rewrittenText(func(s string) string {
				return strings.NewReplacer("RSA256", "RSA512", "SHA256withRSA", "RSA512").Replace(s)
			})},
		{"no Signature", forged, []doctor.Cause{doctor.CauseMissingHeader}, func(p *patient) {
			p.e.Header["Signature"] = nil
		}},
	}
}

func signingDamages() []damage {
	hashed := func(p *patient) {
		before := p.content
		p.content = func(m wire.Message) []byte {
			s := sha256.Sum256(before(m))
			return []byte(hex.EncodeToString(s[:]))
		}
	}
	signs := func(sign func(*rsa.PrivateKey, []byte) []byte) func(p *patient) {
		return func(p *patient) { p.sign = sign }
	}
	joined := func(change func(content string, m wire.Message) string) func(p *patient) {
		return func(p *patient) {
			before := p.content
			p.content = func(m wire.Message) []byte { return []byte(change(string(before(m)), m)) }
		}
	}
	return []damage{
		{"hash signed", ofLayout, []doctor.Cause{doctor.CauseHashSigned}, hashed},
		{"line feed after the content", ofBody, []doctor.Cause{doctor.CauseLayout, doctor.CauseBodyLineEnds},
			joined(func(content string, _ wire.Message) string { return content + "\n" })},
		{"CR LF between the lines", ofLayout, []doctor.Cause{doctor.CauseLayout},
			joined(func(content string, _ wire.Message) string { return strings.Replace(content, "\n", "\r\n", 1) })},
		{"the body alone signed", ofLayout, []doctor.Cause{doctor.CauseLayout},
			joined(func(_ string, m wire.Message) string { return string(m.Body) })},
		{"the other layout", ofLayout, []doctor.Cause{doctor.CauseLayout, doctor.CauseMerchantID}, func(p *patient) {
			if p.signed.Layout == "" {
				p.signed.Layout = wire.ContentDotted
				return
			}
			p.signed.Layout = ""
		}},
		{"SHA-1", ofHash, []doctor.Cause{doctor.CauseDigest}, signs(signWith(crypto.SHA1))},
		{"SHA-512", ofHash, []doctor.Cause{doctor.CauseDigest}, signs(signWith(crypto.SHA512))},
		{"PSS", ofHash, []doctor.Cause{doctor.CausePSS}, signs(signPSS(32, crypto.SHA256))},
		{"bare hash", ofHash, []doctor.Cause{doctor.CausePadding}, signs(func(key *rsa.PrivateKey, c []byte) []byte {
			s := sha256.Sum256(c)
			return signBare(key, s[:])
		})},

		{"another keyVersion in the header", ofKey, []doctor.Cause{doctor.CauseKeyVersion},
			rewrittenText(func(s string) string { return strings.Replace(s, "ersion=1", "ersion=9", 1) })},
		{"the other party's key", ofKey, []doctor.Cause{doctor.CauseOwnSignature, doctor.CauseKeyPair,
			doctor.CauseUnknownKey, doctor.CauseOtherKey}, func(p *patient) { p.key = otherParty(p) }},
		{"own key loaded", ofKey, []doctor.Cause{doctor.CauseOwnKeyLoaded, doctor.CauseUnknownKey,
			doctor.CauseUnusableKey, doctor.CauseKeyVersion}, func(p *patient) {
			if p.e.Kind == doctor.EvidenceResponse || p.e.Kind == doctor.EvidenceNotification {
				p.e.Keys = map[string]*rsa.PublicKey{"1": p.e.OwnKey.(*rsa.PublicKey)}
			}
		}},
		{"signed by a stranger", forged, []doctor.Cause{doctor.CauseUnknownKey, doctor.CauseKeyPair},
			func(p *patient) { p.key = forger() }},
	}
}

func forgeries() []damage {
	return []damage{
		{"the amount changed", forged, nil, readBody(replaced(`"100"`, `"900"`))},
		{"the amount changed by a digit", forged, nil, readBody(replaced(`"100"`, `"1000"`))},
		{"the order changed", forged, nil, readBody(replaced("order-0009", "order-0010"))},
		{"a member added", forged, nil, readBody(replaced(`"rate"`, `"paid":true,"rate"`))},
	}
}

func otherParty(p *patient) *rsa.PrivateKey {
	if p.e.Kind == doctor.EvidenceResponse || p.e.Kind == doctor.EvidenceNotification {
		return vectorKey(p.t, "merchant")
	}
	return vectorKey(p.t, "wallet")
}

func allDamages() []damage {
	return slices.Concat(bodyDamages(), uriDamages(), fieldDamages(), textDamages(), signingDamages(), forgeries())
}

// damaged is the evidence of a subject with damages.
func (s subject) damaged(t testing.TB, damages ...damage) doctor.Evidence {
	t.Helper()
	p := s.patient(t)
	for _, d := range damages {
		d.change(p)
	}
	return p.evidence()
}

// effective are the damages without which the message would be another one: there is
// no + in each signature.
func (s subject) effective(t testing.TB, damages []damage) (some []damage) {
	t.Helper()
	all := sameAs(s.damaged(t, damages...))
	for i, one := range damages {
		others := slices.Delete(slices.Clone(damages), i, i+1)
		if sameAs(s.damaged(t, others...)) != all {
			some = append(some, one)
		}
	}
	return some
}

// sameAs is equal for messages that are the same to whoever verifies them.
func sameAs(e doctor.Evidence) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		if h, err := wire.ParseSignatureHeader(e.Header.Get(name)); err == nil && len(e.Header[name]) == 1 {
			fmt.Fprintf(&b, "%s %s %x\n", h.Algorithm, h.KeyVersion, h.Signature)
			continue
		}
		fmt.Fprintf(&b, "%s=%q\n", name, e.Header[name])
	}
	for _, version := range slices.Sorted(maps.Keys(e.Keys)) {
		fmt.Fprintf(&b, "%s=%s\n", version, doctor.Fingerprint(e.Keys[version]))
	}
	fmt.Fprintf(&b, "%s %s %q %s", e.Method, e.URI, e.Body, e.Now)
	return b.String()
}

// verifies reports whether a message is good, by package wire alone.
func verifies(e doctor.Evidence) bool {
	isAnswer := e.Kind == doctor.EvidenceResponse || e.Kind == doctor.EvidenceAcknowledgement
	timeHeader := map[bool]string{false: "Request-Time", true: "Response-Time"}[isAnswer]
	for _, name := range []string{"Signature", "Client-Id", timeHeader} {
		if len(e.Header[http.CanonicalHeaderKey(name)]) != 1 {
			return false
		}
	}
	h, err := wire.ParseSignatureHeader(e.Header.Get("Signature"))
	at, ok := e.Wallet.Signing.TimeFormat.Parse(e.Header.Get(timeHeader))
	off := e.Now.Sub(at)
	m := wire.Message{
		Method: e.Method, URI: e.URI, ClientID: e.Header.Get("Client-Id"), Time: e.Header.Get(timeHeader), Body: e.Body,
		Layout: e.Wallet.Signing.Content, Answer: isAnswer, MerchantID: e.MerchantID,
		RequestID: e.Header.Get(e.Wallet.Signing.RequestIDHeader),
	}
	if e.Wallet.Signing.WithoutPrefix && (e.Kind == doctor.EvidenceRequest || e.Kind == doctor.EvidenceResponse) {
		m.URI = strings.TrimPrefix(e.URI, e.Wallet.Routes.Prefix)
	}
	isGood := err == nil && h.Supported() && ok && off.Abs() <= 5*time.Minute && m.ClientID == e.ClientID
	if !isGood {
		return false
	}
	if m.Verify(e.Keys[h.KeyVersion], h.Signature) == nil {
		return true
	}
	m.Layout = "" // which a client believes of a wallet that signs the merchant's id
	isTheirs := e.Kind == doctor.EvidenceResponse || e.Kind == doctor.EvidenceNotification
	mayOmit := isTheirs && e.Wallet.Signing.Content == wire.ContentMerchant
	return mayOmit && m.Verify(e.Keys[h.KeyVersion], h.Signature) == nil
}

// judge checks a diagnosis against the damages that were done:
//
//   - the doctor calls a message good if and only if it verifies;
//   - each cause that it is certain of names one of the damages;
//   - if it knows who signed and does not say that more is wrong, then the message
//     verifies once the parts are mended that it names. A forgery stays one.
func judge(t testing.TB, s subject, damages []damage) {
	t.Helper()
	damages = s.effective(t, damages)
	e := s.damaged(t, damages...)
	d := doctor.Diagnose(e)
	var names []string
	accepted := make(map[doctor.Cause]bool)
	for _, done := range damages {
		names = append(names, done.name)
		for _, cause := range done.causes {
			accepted[cause] = true
		}
		switch done.part {
		case ofText, ofKey, ofHash, ofClock:
		default: // of the content
			accepted[doctor.CauseContent] = true
		}
	}
	if len(damages) == 2 && damages[0].part == ofURI && damages[1].part == ofURI {
		accepted[doctor.CausePath] = true // together they are another path
	}
	about := fmt.Sprintf("%s, %q:\n%s", s.name, names, d)
	require.Equal(t, verifies(e), d.Valid, about)
	if d.Valid {
		return
	}
	named := make(map[doctor.Cause]bool)
	for _, f := range d.Findings {
		if f.Certain {
			named[f.Cause] = true
			require.True(t, accepted[f.Cause], "%s is none of the damages: %s", f.Cause, about)
		}
	}
	require.NotEmpty(t, d.Findings, about)
	saysMore := d.Key == "" || named[doctor.CauseContent] ||
		strings.Contains(d.String(), "Nothing else can be checked")
	isBlind := slices.ContainsFunc(names, func(name string) bool { return slices.Contains(blind, name) })
	if saysMore || isBlind {
		return
	}
	mended := make(map[part]bool)
	for _, done := range damages {
		isNamed := slices.ContainsFunc(done.causes, func(cause doctor.Cause) bool { return named[cause] })
		isPath := done.part == ofURI && named[doctor.CausePath]
		mended[done.part] = mended[done.part] || (isNamed || isPath) && done.part != forged
	}
	var rest []damage
	for _, done := range damages {
		if !mended[done.part] {
			rest = append(rest, done)
		}
	}
	require.True(t, verifies(s.damaged(t, rest...)), "the remedies do not suffice: %s", about)
}

// TestDoctorIsRight: whatever a damage or two do to a message, what the doctor is
// certain of is so, and nobody mends a forgery by it. In a good message it finds
// nothing.
func TestDoctorIsRight(t *testing.T) {
	t.Parallel()
	all, damages := subjects(), allDamages()
	for _, s := range all {
		e := s.damaged(t)
		d := doctor.Diagnose(e)
		require.True(t, d.Valid, "%s: %s", s.name, d)
		require.Empty(t, d.Findings, "%s: %s", s.name, d)
	}
	for i, one := range damages {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range spread(all, i, testsize.Of(1, 4, 36)) {
				judge(t, s, []damage{one})
			}
		})
	}
}

// spread are n of all subjects, others for each start.
func spread(all []subject, start, n int) (some []subject) {
	for i := range n {
		some = append(some, all[(start*7+i*(len(all)/n))%len(all)])
	}
	return some
}

// TestDoctorIsRightAboutPairs: the same of each two damages. For a change, it is each
// sixteenth pair.
func TestDoctorIsRightAboutPairs(t *testing.T) {
	t.Parallel()
	all, damages := subjects(), allDamages()
	every := testsize.Of(64, 16, 1)
	for i, one := range damages {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			for j, two := range damages[:i] {
				if pair := i*(i-1)/2 + j; pair%every == 0 {
					judge(t, spread(all, pair, 1)[0], []damage{two, one})
				}
			}
		})
	}
}
