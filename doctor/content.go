package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/internal/ascii"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// The bounds of the search for a content.
const (
	maxTried   = 20000   // contents compared with the signature
	maxSpent   = 8 << 20 // bytes hashed, or as much work as that
	maxVaried  = 4 << 10 // bytes of a URI, a time or an id of which the doctor makes variants
	maxOthers  = 32      // paths that the caller gives
	roundTried = 64      // work beside the hashing of one content, in bytes
)

// The parts of the content that may differ from what came. The text of partLayout
// is a template: its capital letters stand for the other parts.
const (
	partMethod = iota
	partURI
	partClient
	partRequestID
	partMerchant
	partTime
	partBody
	partLayout
	parts
)

const (
	protocolLayout = "M U\nC.T.B"
	merchantLayout = "M U\nC.I.T.B"
	dottedRequest  = "M.U.C.R.T.B"
	dottedAnswer   = "C.T.B"
	layoutLetters  = "MUCRITB" // in the order of the parts
)

// variant is one other text of a part.
type variant struct {
	text string
	note
	rare bool // the doctor tries it late, and never together with another one
}

// variants collects the other texts of a part, each once.
type variants struct {
	list []variant
	seen map[string]bool
}

func newVariants(given string) *variants { return &variants{seen: map[string]bool{given: true}} }

func (v *variants) put(text string, cause Cause, what string) {
	v.add(variant{text: text, note: note{cause, what}})
}

func (v *variants) putRare(text string, cause Cause, what string) {
	v.add(variant{text: text, note: note{cause, what}, rare: true})
}

func (v *variants) add(other variant) {
	if v.seen[other.text] {
		return
	}
	v.seen[other.text] = true
	v.list = append(v.list, other)
}

// match holds the parts in which the signed content differs from what came.
type match map[int]variant

// afford reports whether the bounds allow one more content of this many bytes,
// and counts its work.
func (d *doctor) afford(size int) bool {
	size += roundTried
	if d.diagnosis.Tried >= maxTried || d.spent+size > maxSpent {
		d.spent = max(d.spent, maxSpent) // a smaller one is not tried either
		return false
	}
	d.spent += size
	return true
}

// holds tries one content: it reports whether the signature covers that.
func (d *doctor) holds(r *recovered, texts *[parts]string) bool {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	if !d.afford(size) {
		return false
	}
	d.diagnosis.Tried++
	d.buf = d.buf[:0]
	for i := range len(texts[partLayout]) {
		if part := strings.IndexByte(layoutLetters, texts[partLayout][i]); part >= 0 {
			d.buf = append(d.buf, texts[part]...)
		} else {
			d.buf = append(d.buf, texts[partLayout][i])
		}
	}
	return r.covers(d.buf)
}

// search looks for the content: as it came, then with one part changed, then
// with two.
func (d *doctor) search(r *recovered) (match, bool) {
	if len(d.e.Body) > strictjson.MaxSize {
		return nil, false
	}
	given := [parts]string{
		d.e.Method, d.e.URI, d.clientID, d.requestID, d.merchantID, d.time, string(d.e.Body), d.layout(),
	}
	if d.mayOmitMerchant() {
		platform := given
		platform[partLayout] = protocolLayout
		if d.holds(r, &platform) {
			return nil, true
		}
	}
	if d.holds(r, &given) {
		return nil, true
	}
	if len(d.e.Body) <= maxReparsed {
		if what, ok := r.coversHash(d.buf); ok {
			return match{partLayout: variant{note: note{CauseHashSigned, what}}}, true
		}
	}
	lists := [parts][]variant{d.methods(), d.uris(), d.clients(), nil, d.merchants(), d.times(), d.bodies(),
		d.layouts()}
	usual, rare := split(lists)
	if m, ok := d.searchOne(r, given, usual); ok {
		return m, true
	}
	if m, ok := d.searchOne(r, given, rare); ok {
		return m, true
	}
	if m, ok := d.searchTime(r, given); ok {
		return m, true
	}
	return d.searchTwo(r, given, usual)
}

// searchOrder is the order in which the parts have their turn.
var searchOrder = [...]int{partTime, partClient, partMerchant, partURI, partMethod, partBody, partLayout}

// split parts the usual variants from the rare ones. Their places stay: a part
// that has no variant of the kind at a place passes its turn.
func split(lists [parts][]variant) (usual, rare [parts][]*variant) {
	for part, list := range lists {
		usual[part], rare[part] = make([]*variant, len(list)), make([]*variant, len(list))
		for i := range list {
			if list[i].rare {
				rare[part][i] = &list[i]
			} else {
				usual[part][i] = &list[i]
			}
		}
	}
	return usual, rare
}

// searchOne changes one part. The parts take turns, because the bounds end the
// search in a large message.
func (d *doctor) searchOne(r *recovered, given [parts]string, lists [parts][]*variant) (match, bool) {
	for i, more := 0, true; more; i++ {
		more = false
		for _, part := range searchOrder {
			if i >= len(lists[part]) {
				continue
			}
			more = true
			v := lists[part][i]
			if v == nil {
				continue
			}
			texts := given
			texts[part] = v.text
			if d.holds(r, &texts) {
				return match{part: *v}, true
			}
		}
	}
	return nil, false
}

// searchTwo changes two parts.
func (d *doctor) searchTwo(r *recovered, given [parts]string, lists [parts][]*variant) (match, bool) {
	for i, one := range searchOrder {
		for _, two := range searchOrder[i+1:] {
			for _, v := range lists[one] {
				for _, w := range lists[two] {
					if v == nil || w == nil {
						continue
					}
					texts := given
					texts[one], texts[two] = v.text, w.text
					if d.holds(r, &texts) {
						return match{one: *v, two: *w}, true
					}
				}
			}
		}
	}
	return nil, false
}

// searchTime looks for a time within a second. A program that asks the clock
// twice, or formats the time twice, signs another text than it sends.
func (d *doctor) searchTime(r *recovered, texts [parts]string) (match, bool) {
	at, ok := anyTime(d.time)
	for ms := 0; ok && ms < 2000; ms++ {
		near := at.Add(time.Duration(ms/2+1) * time.Millisecond)
		if ms%2 == 1 {
			near = at.Add(-time.Duration(ms/2+1) * time.Millisecond)
		}
		for _, text := range []string{
			near.Format(timeLayouts[0]), near.Format(timeLayouts[2]), strconv.FormatInt(near.UnixMilli(), 10),
		} {
			texts[partTime] = text
			if d.holds(r, &texts) {
				within := note{CauseTimeFormat, "a time within a second of the one that was sent"}
				return match{partTime: {text: text, note: within}}, true
			}
		}
	}
	return nil, false
}

// explain says how the signed content differs from what came.
func (d *doctor) explain(m match) {
	if m[partBody].cause == CauseRequestAsAnswer {
		delete(m, partTime) // it follows from the body
	}
	for part := range parts {
		v, differs := m[part]
		if !differs {
			continue
		}
		if v.cause == CauseRequestAsAnswer {
			d.forgiveMissingTime()
		}
		if part == partTime {
			d.signedTime = v.text
		}
		d.certain(v.cause, "The signature is over "+v.what+".", d.compare(part, v.text))
	}
}

// forgiveMissingTime drops the finding that the time header is missing: a message
// of another kind does not have the one that the doctor looked for.
func (d *doctor) forgiveMissingTime() {
	own, _ := d.timeHeaders()
	d.diagnosis.Findings = slices.DeleteFunc(d.diagnosis.Findings, func(f Finding) bool {
		return f.Cause == CauseMissingHeader && strings.Contains(f.Summary, own)
	})
}

// compare says how what came differs from what was signed, and shows nothing of a
// body or a query.
func (d *doctor) compare(part int, signed string) string {
	switch part {
	case partMethod:
		return "given " + redact.Word(d.e.Method) + ", signed " + redact.Word(signed)
	case partURI:
		return "given " + barePath(d.e.URI) + ", signed " + barePath(signed)
	case partTime:
		return "given " + redact.Word(d.time) + ", signed " + redact.Word(signed)
	case partClient:
		if signed != d.e.ClientID { // it may come from the body
			return "given " + redact.Word(d.clientID)
		}
		return "given " + redact.Word(d.clientID) + ", signed " + redact.Word(signed)
	case partMerchant:
		return "given " + redact.Word(d.merchantID)
	case partBody:
		return firstDifference(string(d.e.Body), signed)
	}
	return ""
}

// barePath is a URI for people. It leaves out the query, which may hold anything.
func barePath(uri string) string {
	path, query, ok := strings.Cut(uri, "?")
	if ok {
		return fmt.Sprintf("%s with a query of %d bytes", redact.Word(path), len(query))
	}
	return redact.Word(path)
}

func (d *doctor) methods() []variant {
	v := newVariants(d.e.Method)
	for _, method := range []string{strings.ToUpper(d.e.Method), "POST", "post", "Post", "GET"} {
		v.put(method, CauseMethod, "the method "+redact.Word(method))
	}
	return v.list
}

func (d *doctor) uris() []variant {
	uri := d.e.URI
	v := newVariants(uri)
	if len(uri) > maxVaried {
		return nil
	}
	path, query, _ := strings.Cut(uri, "?")
	tail := uri[len(path):]
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		v.put(u.RequestURI(), CauseFullURL, "the path only, without scheme and host")
	}
	v.put(path, CauseQuery, "the path without its query")
	v.put(path+"?", CauseQuery, "the path with an empty query")
	for _, slash := range []struct{ path, what string }{
		{strings.TrimSuffix(path, "/"), "without the slash at its end"},
		{path + "/", "with a slash at its end"},
		{"/" + path, "with two slashes in front"},
		{strings.TrimPrefix(path, "/"), "without the slash in front"},
		{strings.ReplaceAll(path, "//", "/"), "with its double slashes made single"},
	} {
		v.put(slash.path+tail, CauseTrailingSlash, "the path "+slash.what)
	}
	cause := CausePathPrefix
	if d.onMerchant() {
		cause = CausePathRewritten
	} else {
		d.gatewayURIs(v, path, tail)
	}
	d.publicURIs(v, tail)
	for rest, n := path, 0; n < 8; n++ { // each end of the path
		i := strings.IndexByte(strings.TrimPrefix(rest, "/"), '/')
		if i < 0 {
			break
		}
		rest = strings.TrimPrefix(rest, "/")[i:]
		v.put(rest+tail, cause, "the path without what is in front of it")
	}
	d.fullURLs(v, uri, tail)
	if plain, err := url.PathUnescape(path); err == nil {
		v.put(plain+tail, CausePathEncoding, "the path without its percent-escapes")
		v.put((&url.URL{Path: plain}).EscapedPath()+tail, CausePathEncoding, "the path percent-encoded")
		v.put(url.QueryEscape(plain)+tail, CausePathEncoding, "the path with its slashes percent-encoded")
	}
	v.put(strings.ToLower(path)+tail, CausePathEncoding, "the path in small letters")
	d.queries(v, path, query)
	v.put("", CausePath, "no path")
	for _, op := range sortedOperations(d.e.Wallet) {
		for _, prefix := range []string{"", d.e.Wallet.Routes.Prefix} {
			v.putRare(prefix+d.e.Wallet.Path(op), CausePath, "the path of the operation "+string(op))
		}
	}
	return v.list
}

// hostHeaders are the headers in which a server, or the proxies before it, name
// the host of the message. net/http takes Host out of the headers.
var hostHeaders = []string{"Host", "X-Forwarded-Host", "X-Original-Host", "X-Host"}

// fullURLs are the URLs that a program may have signed which signs the whole URL.
func (d *doctor) fullURLs(v *variants, uri, tail string) {
	put := func(host string) {
		for _, scheme := range []string{"https://", "http://", ""} {
			v.put(scheme+host+uri, CauseFullURL, "the URL with scheme or host")
		}
	}
	for _, name := range hostHeaders {
		for _, value := range d.header(name) {
			host, _, _ := strings.Cut(value, ",") // the first of a chain of proxies
			put(strings.TrimSpace(host))
		}
	}
	for _, value := range d.header("Forwarded") {
		for pair := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if name, host, ok := strings.Cut(pair, "="); ok && strings.EqualFold(name, "host") {
				put(strings.Trim(host, `"`))
				break // the first of a chain of proxies
			}
		}
	}
	for _, other := range d.otherURIs() {
		u, err := url.Parse(other)
		if err != nil || u.Host == "" || len(other) > maxVaried {
			continue
		}
		put(u.Host)
		bare, _, _ := strings.Cut(other, "?")
		for _, text := range []string{other, bare + tail, bare} {
			v.putRare(text, CauseFullURL, "the whole public URL")
		}
	}
}

// otherURIs are the public paths and URLs that the evidence names.
func (d *doctor) otherURIs() []string {
	others := d.e.OtherURIs[:min(len(d.e.OtherURIs), maxOthers)]
	var order struct {
		URL string `json:"paymentNotifyUrl"`
	}
	if d.onMerchant() && len(d.e.RequestBody) <= maxReparsed && json.Unmarshal(d.e.RequestBody, &order) == nil {
		others = append(slices.Clone(others), order.URL)
	}
	return others
}

// onMerchant reports whether the URI belongs to the merchant's server, not to the
// gateway.
func (d *doctor) onMerchant() bool {
	return d.e.Kind == EvidenceNotification || d.e.Kind == EvidenceAcknowledgement
}

// gatewayURIs are the path with other prefixes and versions.
func (d *doctor) gatewayURIs(v *variants, path, tail string) {
	prefixes := []string{
		"", d.e.Wallet.Routes.Prefix, "/api", "/api/open", "/acl/api", "/miniprogram/api",
		"/ams/api", "/ams/sandbox/api",
	}
	prefix, version := "", ""
	for _, known := range prefixes {
		if strings.HasPrefix(path, known+"/") && len(known) > len(prefix) {
			prefix = known
		}
	}
	rest := path[len(prefix):]
	if inner, ok := strings.CutPrefix(rest, "/"); ok {
		element, _, _ := strings.Cut(inner, "/")
		if digits, ok := strings.CutPrefix(element, "v"); ok && digits != "" && ascii.Digits(digits) {
			version = "/" + element
		}
	}
	rest = rest[len(version):]
	versions := []string{version, "", "/v1", "/v2", "/v3"}
	if d.e.Wallet.Routes.Version != "" {
		versions = append(versions, "/"+d.e.Wallet.Routes.Version)
	}
	for _, otherVersion := range versions {
		for _, otherPrefix := range append([]string{prefix}, prefixes...) {
			cause, what := CausePathVersion,
				"the path with the version "+redact.Word(strings.TrimPrefix(otherVersion, "/"))
			if otherVersion == "" {
				what = "the path without a version"
			}
			if otherPrefix != prefix {
				cause, what = CausePathPrefix, "the path with the gateway prefix "+redact.Word(otherPrefix)
				if otherPrefix == "" {
					what = "the path without the gateway prefix " + redact.Word(prefix)
				}
			}
			bothDiffer := otherPrefix != prefix && otherVersion != version
			v.add(variant{otherPrefix + otherVersion + rest + tail, note{cause, what}, bothDiffer})
		}
	}
}

// publicURIs are the public paths that proxies and the caller name.
func (d *doctor) publicURIs(v *variants, tail string) {
	put := func(uri, what string) {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			uri = u.RequestURI()
		}
		if uri == "" || len(uri) > maxVaried {
			return
		}
		path, _, _ := strings.Cut(uri, "?")
		for _, text := range []string{uri, path + tail, path} {
			v.put(text, CausePathRewritten, what)
		}
	}
	for _, uri := range d.otherURIs() {
		put(uri, "a known public path, not over the one that came")
	}
	for _, name := range []string{
		"X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Uri", "X-Forwarded-Path",
		"X-Envoy-Original-Path", "X-Replaced-Path",
	} {
		put(d.first(name), "the path in the header "+name)
	}
	for _, name := range []string{"X-Forwarded-Prefix", "X-Script-Name"} {
		if prefix := d.first(name); prefix != "" {
			put(strings.TrimSuffix(prefix, "/")+d.e.URI, "the path after the prefix in the header "+name)
		}
	}
}

func sortedOperations(w wire.Profile) []wire.Operation {
	if w.Routes.Version == "" {
		return nil
	}
	return slices.Sorted(slices.Values(w.Operations()))
}

func (d *doctor) clients() []variant {
	v := newVariants(d.clientID)
	if len(d.clientID) > maxVaried {
		return nil
	}
	v.put(d.e.ClientID, CauseClientID, "the merchant's own Client-Id, not the one in the header")
	for _, id := range d.header("Client-Id") {
		v.put(id, CauseRepeatedHeader, "another of the Client-Id headers")
	}
	v.put("", CauseClientID, "an empty Client-Id")
	v.put(strings.TrimSpace(d.clientID), CauseClientID, "the Client-Id without white space")
	v.put(strings.ToLower(d.clientID), CauseClientID, "the Client-Id in small letters")
	v.put(strings.ToUpper(d.clientID), CauseClientID, "the Client-Id in capitals")
	for _, name := range []string{"Merchant-Id", "App-Id", "Partner-Id", "X-Client-Id"} {
		v.put(d.first(name), CauseClientID, "the header "+name+" in place of Client-Id")
	}
	var body map[string]any
	if len(d.e.Body) <= maxReparsed && json.Unmarshal(d.e.Body, &body) == nil {
		for _, name := range []string{
			"appId", "clientId", "partnerId", "merchantId", "referenceClientId", "authClientId",
		} {
			if id, _ := body[name].(string); len(id) <= maxVaried {
				v.put(id, CauseClientID, "the body's "+name+" in place of Client-Id")
			}
		}
	}
	return v.list
}

// merchants are other ids that may stand where the merchant's belongs.
func (d *doctor) merchants() []variant {
	v := newVariants(d.merchantID)
	if !d.signsMerchant() || len(d.merchantID) > maxVaried {
		return nil
	}
	v.put(d.e.MerchantID, CauseMerchantID, "the merchant's own id, not the one in the header")
	for _, name := range []string{cmp.Or(d.e.Wallet.Signing.MerchantIDHeader, "Merchant-Id"), "Partner-Id"} {
		for _, id := range d.header(name) {
			v.put(id, CauseMerchantID, "another merchant id, that of a header "+name)
		}
	}
	v.put("", CauseMerchantID, "an empty merchant id")
	v.put(d.clientID, CauseMerchantID, "the Client-Id where the merchant id belongs")
	var body map[string]any
	if len(d.e.Body) <= maxReparsed && json.Unmarshal(d.e.Body, &body) == nil {
		for _, name := range []string{"merchantId", "partnerId", "appId", "authClientId"} {
			if id, _ := body[name].(string); len(id) <= maxVaried {
				v.put(id, CauseMerchantID, "the body's "+name+" where the merchant id belongs")
			}
		}
	}
	return v.list
}

// timeLayouts are the ways in which clients write the time.
var timeLayouts = []string{
	"2006-01-02T15:04:05.000-07:00", "2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000Z07:00",
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05-0700",
	"2006-01-02T15:04:05.000", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05.000",
	"20060102150405", "2006-01-02T15:04:05.999Z07:00", "2006-01-02T15:04:05.000000Z07:00",
	"2006-01-02T15:04:05.000000000Z07:00", time.RFC1123, "Mon, 02 Jan 2006 15:04:05 GMT",
}

func (d *doctor) times() []variant {
	v := newVariants(d.time)
	if len(d.time) > maxVaried {
		return nil
	}
	own, other := d.timeHeaders()
	for _, text := range d.header(own) {
		v.put(text, CauseRepeatedHeader, "another of the headers "+own)
	}
	cause, what := CauseTimeHeader, "the text of "+other+" where that of "+own+" belongs"
	if d.time == "" {
		cause, what = CauseRequestAsAnswer, "the time in "+other+
			": the message is of another kind than the evidence says"
	}
	for _, text := range append(d.header(other), d.e.RequestTime) {
		if text != "" {
			v.put(text, cause, what)
		}
	}
	put := func(text, what string) { v.put(text, CauseTimeFormat, what) }
	put("", "an empty time")
	put(strings.TrimSpace(d.time), "the time without white space")
	put(strings.ReplaceAll(d.time, " ", "+"), "the time with the + that form decoding turned into a space")
	put(strings.ReplaceAll(d.time, "+", " "), "the time with its + turned into a space by form decoding")
	if plain, err := url.PathUnescape(d.time); err == nil {
		put(plain, "the time without percent-escapes")
	}
	put(url.QueryEscape(d.time), "the time percent-encoded")
	at, ok := anyTime(d.time)
	if !ok {
		return v.list
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	put(strconv.FormatInt(at.UnixMilli(), 10), "the time in Unix milliseconds")
	put(seconds, "the time in Unix seconds")
	put(seconds+"000", "the time in Unix milliseconds cut to seconds")
	for _, local := range []time.Time{at, at.UTC()} {
		for _, layout := range timeLayouts {
			put(local.Format(layout), "the same time in another format")
		}
	}
	for minutes := -12 * 60; minutes <= 14*60; minutes += 15 {
		local := at.In(time.FixedZone("", minutes*60))
		for _, layout := range timeLayouts[:2] {
			v.putRare(local.Format(layout), CauseTimeFormat, "the same time with another offset from UTC")
		}
	}
	return v.list
}

// anyTime reads more than the protocol allows.
func anyTime(text string) (time.Time, bool) {
	if len(text) > 64 {
		return time.Time{}, false
	}
	text = strings.TrimSpace(text)
	if at, ok := wire.TimeUnixSeconds.Parse(text); ok {
		return at, true
	}
	if len(text) == 10 && ascii.Digits(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
		if at, err := time.Parse(layout, strings.ReplaceAll(text, " ", "+")); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// layout is how the wallet joins the parts of the content.
func (d *doctor) layout() string {
	switch {
	case d.signsMerchant():
		return merchantLayout
	case d.e.Wallet.Signing.Content != wire.ContentDotted:
		return protocolLayout
	case d.answer:
		return dottedAnswer
	}
	return dottedRequest
}

func (d *doctor) layouts() []variant {
	v := newVariants(d.layout())
	wallet := redact.Word(d.e.Wallet.Name)
	switch d.layout() {
	case dottedRequest:
		const form = ": METHOD.URI.Client-Id.Request-Id.Request-Time.Body"
		v.put(protocolLayout, CauseLayout, "the platform's content, not that of "+wallet+form)
		v.put(dottedAnswer, CauseLayout, "the form that "+wallet+" has for an answer, not the one for a request"+form)
		v.put("M.U.C.T.B", CauseLayout, "the content without its Request-Id")
		v.put(dottedRequest+"\n", CauseLayout, "the content and a line feed after it")
	case dottedAnswer:
		const form = ": Client-Id.Response-Time.Body"
		v.put(protocolLayout, CauseLayout, "the platform's content, not that of "+wallet+form)
		v.put(dottedRequest, CauseLayout, "the form that "+wallet+" has for a request, not the one for an answer"+form)
		v.put("M.U.C.T.B", CauseLayout,
			"the form that "+wallet+" has for a request, without Request-Id, not the one for an answer"+form)
		v.put(dottedAnswer+"\n", CauseLayout, "the content and a line feed after it")
	case merchantLayout:
		v.put(protocolLayout, CauseMerchantID, "the platform's content, without the merchant's id, which "+wallet+
			" has between Client-Id and the time")
		v.put("M U\nI.C.T.B", CauseLayout, "the merchant's id and Client-Id in the other order")
		v.put("M U\nC.T.I.B", CauseLayout, "the time and the merchant's id in the other order")
		v.put("M U\nI.T.B", CauseLayout, "the merchant's id in place of Client-Id")
	default:
		if d.merchantID != "" {
			v.put(merchantLayout, CauseMerchantID, "the content with the merchant's id, which only some wallets sign")
		}
		v.put(dottedRequest, CauseLayout, "the parts with dots between them and Request-Id among them, as Toka has it")
	}
	for _, l := range []struct{ layout, what string }{
		{"M UC.T.B", "the two lines without a line break between them"},
		{"M U\r\nC.T.B", "the two lines with CR LF between them"},
		{`M U\nC.T.B`, `the two lines with the characters \n in place of the line break`},
		{"M U C.T.B", "the two lines with a space between them"},
		{"M U.C.T.B", "the two lines with a dot between them"},
		{"M U\nC.T.B\n", "the content and a line feed after it"},
		{"MU\nC.T.B", "method and URI without a space between them"},
		{"M\nU\nC.T.B", "method and URI on two lines"},
		{"M U\nCTB", "client, time and body without dots"},
		{"M U\nC.TB", "the content without the dot before the body"},
		{"M U\nC.T\nB", "the content with a line break before the body"},
		{"M U\nC\nT\nB", "client, time and body on lines of their own"},
		{"M U\nC,T,B", "client, time and body with commas"},
		{"M U\nT.C.B", "time and client in the other order"},
		{"M U\nC.B", "the content without the time"},
		{"M U\nT.B", "the content without the client"},
		{"M U\nB", "the first line and the body only"},
		{"M U\nC.T", "the content without the body and its dot"},
		{"U\nC.T.B", "the content without the method"},
		{"C.T.B", "the second line only"},
		{"T.B", "time and body only"},
		{"B", "the body only"},
	} {
		v.put(l.layout, CauseLayout, l.what)
	}
	return v.list
}
