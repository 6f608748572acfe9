package tradepay

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// variant is one other text of a part.
type variant struct {
	text string
	note
	rare bool // tried alone only
}

// variants collects the other texts of a part, each once.
type variants struct {
	list []variant
	seen map[string]bool
}

func newVariants(given string) *variants { return &variants{seen: map[string]bool{given: true}} }

func (v *variants) put(text string, cause Cause, what string) { v.add(text, cause, what, false) }

func (v *variants) add(text string, cause Cause, what string, rare bool) {
	if !v.seen[text] {
		v.seen[text] = true
		v.list = append(v.list, variant{text, note{cause, what}, rare})
	}
}

// match is the content that the signature covers.
type match struct {
	changed map[int]variant // by part
	hashed  string          // which hash of it was signed, if one was
}

// holds tries one content. Past the bounds of a diagnosis it finds nothing.
func (d *doctor) holds(r *recovered, texts *[parts]string, deep bool) (string, bool) {
	size := len(texts[partLayout])
	for _, text := range texts[:partLayout] {
		size += len(text)
	}
	if d.diagnosis.Tried >= maxTried || d.hashed+size > maxHashed {
		d.hashed = maxHashed
		return "", false
	}
	d.hashed += size
	d.diagnosis.Tried++
	d.buf = d.buf[:0]
	for i := range len(texts[partLayout]) {
		if part := strings.IndexByte(layoutLetters, texts[partLayout][i]); part >= 0 {
			d.buf = append(d.buf, texts[part]...)
		} else {
			d.buf = append(d.buf, texts[partLayout][i])
		}
	}
	if r.covers(d.buf) {
		return "", true
	}
	if deep && d.hashed+3*size <= maxHashed {
		d.hashed += 3 * size
		return r.coversHash(d.buf)
	}
	return "", false
}

// search looks for the content: as it came, then with one part changed, then
// with two.
func (d *doctor) search(r *recovered) *match {
	if len(d.e.Body) > maxBody {
		return nil
	}
	small := len(d.e.Body) <= maxRewritten
	given := [parts]string{d.e.Method, d.e.URI, d.clientID, d.time, string(d.e.Body), protocolLayout}
	if d.e.Wallet.SignedContent == ContentDotted {
		given[partLayout] = "C.T.B"
		if !d.answer {
			given[partLayout], given[partClient] = "M.U.C.T.B", d.clientID+"."+d.first(d.e.Wallet.Headers.RequestID)
		}
	}
	if hashed, ok := d.holds(r, &given, true); ok {
		return &match{hashed: hashed}
	}
	lists := [parts][]variant{
		partMethod: d.methods(), partURI: d.uris(), partClient: d.clients(), partTime: d.times(), partBody: d.bodies(), partLayout: layouts(),
	}
	order := [...]int{partTime, partClient, partURI, partMethod, partBody, partLayout}
	for _, rare := range []bool{false, true} {
		for i, more := 0, true; more; i++ { // in turns, for a large message is not tried with all
			more = false
			for _, part := range order {
				if i >= len(lists[part]) {
					continue
				}
				more = true
				v, texts := lists[part][i], given
				if v.rare != rare {
					continue
				}
				texts[part] = v.text
				if hashed, ok := d.holds(r, &texts, small && !rare); ok {
					return &match{map[int]variant{part: v}, hashed}
				}
			}
		}
	}
	for i, one := range order {
		for _, two := range order[i+1:] {
			for _, v := range lists[one] {
				for _, w := range lists[two] {
					if v.rare || w.rare {
						continue
					}
					texts := given
					texts[one], texts[two] = v.text, w.text
					if _, ok := d.holds(r, &texts, false); ok {
						return &match{changed: map[int]variant{one: v, two: w}}
					}
				}
			}
		}
	}
	return d.exhaust(r, given)
}

// exhaust goes through what has many possible values and few bytes: lost
// milliseconds, and the order of a few members.
func (d *doctor) exhaust(r *recovered, given [parts]string) *match {
	if head, tail, ok := splitSeconds(d.time); ok {
		texts := given
		for ms := range 1000 {
			texts[partTime] = fmt.Sprintf("%s%03d%s", head, ms, tail)
			if _, ok := d.holds(r, &texts, false); ok {
				return &match{changed: map[int]variant{partTime: {text: texts[partTime], note: note{CauseTimeFormat, "the time with its milliseconds"}}}}
			}
		}
	}
	members := members(d.e.Body)
	if len(members) < 2 || len(members) > maxPermuted {
		return nil
	}
	var found *match
	texts := given
	permute(members, 0, func() bool {
		texts[partBody] = "{" + strings.Join(members, ",") + "}"
		if _, ok := d.holds(r, &texts, false); ok {
			found = &match{changed: map[int]variant{partBody: {text: texts[partBody], note: note{CauseBodyOrder, "the body with its members in another order"}}}}
		}
		return found == nil && d.hashed < maxHashed
	})
	return found
}

// permute calls fn with each order of the list until it returns false.
func permute(list []string, from int, fn func() bool) bool {
	if from == len(list) {
		return fn()
	}
	for i := from; i < len(list); i++ {
		list[from], list[i] = list[i], list[from]
		more := permute(list, from+1, fn)
		list[from], list[i] = list[i], list[from]
		if !more {
			return false
		}
	}
	return true
}

// splitSeconds finds where the milliseconds of a time without them belong.
func splitSeconds(text string) (head, tail string, ok bool) {
	if len(text) == 10 && allDigits(text) {
		return text, "", true
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z07:00", text); err != nil || strings.Contains(text, ".") || len(text) < 20 {
		return "", "", false
	}
	return text[:19] + ".", text[19:], true
}

// explain finds the content that was signed and says how it differs.
func (d *doctor) explain(r *recovered) bool {
	m := d.found
	if m == nil {
		m = d.search(r)
	}
	if m == nil {
		return false
	}
	if m.hashed != "" {
		d.add(CauseHashSigned, true, "A hash was signed in place of the content: "+m.hashed+".", "")
	}
	if v := m.changed[partBody]; v.cause == CauseRequestAsAnswer {
		delete(m.changed, partTime) // it follows from the body
	}
	for _, part := range [...]int{partMethod, partURI, partClient, partTime, partBody, partLayout} {
		v, ok := m.changed[part]
		if !ok {
			continue
		}
		if v.cause == CauseRequestAsAnswer {
			d.dropMissingTime()
		}
		d.add(v.cause, true, "The signature is over "+v.what+".", d.compare(part, v.text))
	}
	return true
}

// dropMissingTime takes back that the time is missing: a message of the other
// kind need not have it.
func (d *doctor) dropMissingTime() {
	own, _ := d.timeHeaders()
	d.diagnosis.Findings = slices.DeleteFunc(d.diagnosis.Findings, func(f Finding) bool {
		return f.Cause == CauseMissingHeader && strings.Contains(f.Summary, own)
	})
}

// compare tells the difference of what came from what was signed, without
// anything of a body or a query.
func (d *doctor) compare(part int, signed string) string {
	switch part {
	case partMethod:
		return "given " + printable(d.e.Method) + ", signed " + printable(signed)
	case partURI:
		return "given " + barePath(d.e.URI) + ", signed " + barePath(signed)
	case partTime:
		return "given " + printable(d.time) + ", signed " + printable(signed)
	case partClient:
		text := "given " + printable(d.clientID)
		if signed == d.e.ClientID {
			text += ", signed " + printable(signed)
		}
		return text
	case partBody:
		return firstDifference(string(d.e.Body), signed)
	}
	return ""
}

// barePath is a URI for people: queries may hold anything.
func barePath(uri string) string {
	path, query, ok := strings.Cut(uri, "?")
	text := printable(path)
	if path == "" {
		text = "nothing"
	}
	if ok {
		text += fmt.Sprintf(" with a query of %d bytes", len(query))
	}
	return text
}

// firstDifference says where two bodies part, and the kind of byte there.
func firstDifference(given, signed string) string {
	i := 0
	for i < len(given) && i < len(signed) && given[i] == signed[i] {
		i++
	}
	return fmt.Sprintf("given %d bytes, signed %d; the first difference is at byte %d: %s, signed %s", len(given), len(signed), i, byteAt(given, i), byteAt(signed, i))
}

// byteAt names the kind of a byte, so that none of a payer's data shows.
func byteAt(text string, i int) string {
	if i >= len(text) {
		return "the end"
	}
	switch c := text[i]; {
	case c == ' ':
		return "a space"
	case c == '\n':
		return "LF"
	case c == '\r':
		return "CR"
	case c == '\t':
		return "a tab"
	case c == '\\':
		return "a backslash"
	case c == '/':
		return "a slash"
	case strings.IndexByte(`{}[]:,"`, c) >= 0:
		return "punctuation of JSON"
	case c >= 0x80:
		return "a byte beyond ASCII"
	}
	return "another byte"
}

func (d *doctor) methods() []variant {
	v := newVariants(d.e.Method)
	for _, method := range []string{strings.ToUpper(d.e.Method), "POST", "GET", "PUT", "post", "Post", "get", "Get", ""} {
		what := "the method " + method
		switch {
		case method == "":
			what = "no method"
		case strings.EqualFold(method, d.e.Method):
			what = "the method in other capitals, " + method
		}
		v.put(method, CauseMethod, what)
	}
	return v.list
}

// knownPrefixes are those of the family's gateways.
var knownPrefixes = []string{"/api/open", "/api", "/acl/api", "/miniprogram/api", "/ams/api", "/ams/sandbox/api"}

func (d *doctor) uris() []variant {
	v := newVariants(d.e.URI)
	if len(d.e.URI) > maxDoctorText {
		return nil
	}
	path, query, hasQuery := strings.Cut(d.e.URI, "?")
	tail := ""
	if hasQuery {
		tail = "?" + query
	}
	gateway := d.e.Kind != EvidenceNotification && d.e.Kind != EvidenceAcknowledgement
	if hasQuery {
		v.put(path, CauseQuery, "the path without its query")
		v.put(path+"?", CauseQuery, "the path with an empty query")
	} else {
		v.put(path+"?", CauseQuery, "the path with an empty query")
	}
	v.put(strings.TrimSuffix(path, "/")+tail, CauseTrailingSlash, "the path without the slash at its end")
	v.put(path+"/"+tail, CauseTrailingSlash, "the path with a slash at its end")
	v.put("/"+path+tail, CauseTrailingSlash, "the path with two slashes in front")
	v.put(strings.TrimPrefix(path, "/")+tail, CauseTrailingSlash, "the path without the slash in front")
	single := path
	for strings.Contains(single, "//") {
		single = strings.ReplaceAll(single, "//", "/")
	}
	v.put(single+tail, CauseTrailingSlash, "the path with its double slashes made single")

	if d.e.Wallet.Prefix != "" && gateway {
		v.put(strings.TrimPrefix(d.e.URI, d.e.Wallet.Prefix), CausePathPrefix, "the path without the gateway prefix "+printable(d.e.Wallet.Prefix))
		v.put(d.e.Wallet.Prefix+d.e.URI, CausePathPrefix, "the path with the gateway prefix "+printable(d.e.Wallet.Prefix))
	}
	d.versions(v, path, tail)
	if gateway {
		for _, prefix := range knownPrefixes {
			if rest, ok := strings.CutPrefix(d.e.URI, prefix+"/"); ok {
				v.put("/"+rest, CausePathPrefix, "the path without the gateway prefix "+prefix)
				for _, other := range knownPrefixes {
					v.put(other+"/"+rest, CausePathPrefix, "the path with another gateway prefix, "+other)
				}
			}
			v.put(prefix+d.e.URI, CausePathPrefix, "the path with the gateway prefix "+prefix)
		}
	}
	d.publicURIs(v, tail)
	d.fullURLs(v)

	if plain, err := url.PathUnescape(path); err == nil {
		v.put(plain+tail, CausePathEncoding, "the path without its percent-escapes")
		v.put((&url.URL{Path: plain}).EscapedPath()+tail, CausePathEncoding, "the path percent-encoded")
	}
	v.put(url.QueryEscape(path)+tail, CausePathEncoding, "the path with its slashes percent-encoded")
	v.put(strings.ToLower(path)+tail, CausePathEncoding, "the path in small letters")
	if hasQuery {
		if plain, err := url.QueryUnescape(query); err == nil {
			v.put(path+"?"+plain, CauseQuery, "the path with its query decoded")
		}
		if values, err := url.ParseQuery(query); err == nil {
			v.put(path+"?"+values.Encode(), CauseQuery, "the path with its query sorted and encoded again")
		}
	}
	what, cause := "the path without what stands in front of it", CausePathPrefix
	if !gateway {
		cause = CausePathRewritten
	}
	for rest, n := path, 0; n < 8; n++ { // each end of the path
		i := strings.IndexByte(strings.TrimPrefix(rest, "/"), '/')
		if i < 0 {
			break
		}
		rest = strings.TrimPrefix(rest, "/")[i:]
		v.put(rest+tail, cause, what)
	}
	v.put("/", CausePath, "the path /")
	v.put("", CausePath, "no path")
	for _, op := range sortedOperations(d.e.Wallet) {
		other := d.e.Wallet.Path(op)
		v.add(d.e.Wallet.Prefix+other, CausePath, "the path of another operation, "+string(op), true)
		v.add(other, CausePath, "the path of another operation, "+string(op), true)
	}
	return v.list
}

func sortedOperations(w Wallet) []Operation {
	if w.Version == "" {
		return nil
	}
	all := map[Operation]string{}
	maps.Copy(all, platformPaths)
	maps.Copy(all, w.Paths)
	list := slices.Sorted(maps.Keys(all))
	return slices.DeleteFunc(list, func(op Operation) bool { return w.Path(op) == "" })
}

// versions changes the path element like v1.
func (d *doctor) versions(v *variants, path, tail string) {
	elements := strings.Split(path, "/")
	if len(elements) > 16 {
		return
	}
	for i, element := range elements {
		if len(element) < 2 || len(element) > 4 || element[0] != 'v' || !allDigits(element[1:]) {
			continue
		}
		v.put(strings.Join(slices.Concat(elements[:i], elements[i+1:]), "/")+tail, CausePathVersion, "the path without the version "+element)
		for _, version := range []string{d.e.Wallet.Version, "v1", "v2", "v3"} {
			if version != "" {
				other := slices.Clone(elements)
				other[i] = version
				v.put(strings.Join(other, "/")+tail, CausePathVersion, "the path with the version "+printable(version))
			}
		}
		return
	}
	if d.e.Kind == EvidenceNotification || d.e.Kind == EvidenceAcknowledgement {
		return
	}
	for _, version := range []string{d.e.Wallet.Version, "v1", "v2"} {
		if version == "" {
			continue
		}
		what := "the path with the version " + printable(version)
		v.put("/"+version+path+tail, CausePathVersion, what)
		for _, prefix := range append([]string{d.e.Wallet.Prefix}, knownPrefixes...) {
			if rest, ok := strings.CutPrefix(path, prefix+"/"); ok && prefix != "" {
				v.put(prefix+"/"+version+"/"+rest+tail, CausePathVersion, what)
			}
		}
	}
}

// publicURIs are what proxies and the caller say the public path is.
func (d *doctor) publicURIs(v *variants, tail string) {
	put := func(uri, what string) {
		if u, err := url.Parse(uri); err == nil && u.Host != "" {
			uri = u.RequestURI()
		}
		if uri == "" || len(uri) > maxDoctorText {
			return
		}
		v.put(uri, CausePathRewritten, what)
		if tail != "" && !strings.Contains(uri, "?") {
			v.put(uri+tail, CausePathRewritten, what)
		}
		if path, _, ok := strings.Cut(uri, "?"); ok {
			v.put(path, CausePathRewritten, what)
		}
	}
	for _, name := range []string{"X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Envoy-Original-Path", "X-Replaced-Path"} {
		put(d.first(name), "the path in the header "+name)
	}
	for _, name := range []string{"X-Forwarded-Prefix", "X-Script-Name"} {
		if prefix := d.first(name); prefix != "" && len(prefix) < maxDoctorText {
			v.put(strings.TrimSuffix(prefix, "/")+d.e.URI, CausePathRewritten, "the path after the prefix in the header "+name)
		}
	}
	for _, uri := range d.e.OtherURIs[:min(len(d.e.OtherURIs), 32)] {
		put(uri, "one of the other paths at hand")
	}
	if d.e.Kind == EvidenceNotification && len(d.e.RequestBody) <= maxReparsed {
		var order struct {
			URL string `json:"paymentNotifyUrl"`
		}
		if json.Unmarshal(d.e.RequestBody, &order) == nil {
			put(order.URL, "the path of the order's paymentNotifyUrl")
		}
	}
}

// fullURLs are the URI with its host.
func (d *doctor) fullURLs(v *variants) {
	hosts := map[string]bool{}
	for _, name := range []string{"Host", "X-Forwarded-Host"} {
		if host := d.first(name); host != "" && len(host) < 256 {
			hosts[host] = true
		}
	}
	for _, name := range sortedKeys(d.e.Wallet.BaseURLs) {
		if u, err := url.Parse(d.e.Wallet.BaseURLs[name]); err == nil && u.Host != "" && len(hosts) < 8 {
			hosts[u.Host] = true
		}
	}
	const what = "the URL with scheme or host"
	for _, host := range sortedKeys(hosts) {
		for _, scheme := range []string{"https://", "http://", ""} {
			v.put(scheme+host+d.e.URI, CauseFullURL, what)
		}
	}
	if u, err := url.Parse(d.e.URI); err == nil && u.Host != "" {
		v.put(u.RequestURI(), CauseFullURL, "the path only, without scheme and host")
	}
}

func (d *doctor) clients() []variant {
	v := newVariants(d.clientID)
	if len(d.clientID) > maxDoctorText {
		return nil
	}
	own := "the merchant's own Client-Id, not the one in the header"
	if d.clientID == "" {
		own = "the merchant's own Client-Id, which the header does not bring"
	}
	v.put(d.e.ClientID, CauseClientID, own)
	for _, id := range d.header("Client-Id") {
		v.put(id, CauseRepeatedHeader, "another of the Client-Id headers")
	}
	v.put("", CauseClientID, "an empty Client-Id")
	v.put(strings.TrimSpace(d.clientID), CauseClientID, "the Client-Id without white space")
	v.put(strings.ToLower(d.clientID), CauseClientID, "the Client-Id in small letters")
	v.put(strings.ToUpper(d.clientID), CauseClientID, "the Client-Id in capitals")
	for _, name := range []string{"Merchant-Id", "App-Id", "Partner-Id", "X-Client-Id"} {
		if id := d.first(name); id != "" && len(id) < maxDoctorText {
			v.put(id, CauseClientID, "the value of the header "+name+" as Client-Id")
		}
	}
	var body map[string]any
	if len(d.e.Body) <= maxReparsed && json.Unmarshal(d.e.Body, &body) == nil {
		for _, name := range []string{"appId", "clientId", "partnerId", "merchantId", "referenceClientId", "authClientId"} {
			if id, _ := body[name].(string); id != "" && len(id) < maxDoctorText {
				v.put(id, CauseClientID, "the body's "+name+" as Client-Id")
			}
		}
	}
	return v.list
}

// timeLayouts are the ways in which clients write the time.
var timeLayouts = []string{
	"2006-01-02T15:04:05.000-07:00", "2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05",
	"2006-01-02 15:04:05", "2006-01-02 15:04:05.000", "20060102150405", "2006-01-02T15:04:05.999Z07:00", "2006-01-02T15:04:05.000000Z07:00",
	"2006-01-02T15:04:05.000000000Z07:00", time.RFC1123, "Mon, 02 Jan 2006 15:04:05 GMT",
}

func (d *doctor) times() []variant {
	v := newVariants(d.time)
	if len(d.time) > 256 {
		return nil
	}
	own, other := d.timeHeaders()
	for _, text := range d.header(own) {
		v.put(text, CauseRepeatedHeader, "another of the headers "+own)
	}
	cause, what := CauseTimeHeader, "the text of "+other+" where that of "+own+" belongs"
	if d.time == "" {
		cause, what = CauseRequestAsAnswer, "the time in "+other+": the message is of another kind than it was verified as"
	}
	for _, text := range append(d.header(other), d.e.RequestTime) {
		if text != "" && len(text) < 256 {
			v.put(text, cause, what)
		}
	}
	v.put("", CauseTimeFormat, "an empty time")
	v.put(strings.TrimSpace(d.time), CauseTimeFormat, "the time without white space")
	v.put(strings.ReplaceAll(d.time, " ", "+"), CauseTimeFormat, "the time with the + that form decoding turned into a space")
	v.put(strings.ReplaceAll(d.time, "+", " "), CauseTimeFormat, "the time with its + turned into a space by form decoding")
	if plain, err := url.PathUnescape(d.time); err == nil {
		v.put(plain, CauseTimeFormat, "the time without percent-escapes")
	}
	v.put(url.QueryEscape(d.time), CauseTimeFormat, "the time percent-encoded")
	at, ok := anyTime(d.time)
	if !ok {
		return v.list
	}
	milliseconds, seconds := strconv.FormatInt(at.UnixMilli(), 10), strconv.FormatInt(at.Unix(), 10)
	v.put(milliseconds, CauseTimeFormat, "the time in Unix milliseconds")
	v.put(seconds, CauseTimeFormat, "the time in Unix seconds")
	v.put(seconds+"000", CauseTimeFormat, "the time in Unix milliseconds cut to seconds")
	for _, local := range []time.Time{at, at.UTC()} {
		for _, layout := range timeLayouts {
			v.put(local.Format(layout), CauseTimeFormat, "the same time in another format")
		}
	}
	for minutes := -12 * 60; minutes <= 14*60; minutes += 15 {
		local := at.In(time.FixedZone("", minutes*60))
		for _, layout := range timeLayouts[:2] {
			v.add(local.Format(layout), CauseTimeFormat, "the same time with another offset from UTC", true)
		}
	}
	return v.list
}

// anyTime reads more than the protocol allows.
func anyTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if at, ok := parseTime(text); ok {
		return at, true
	}
	if len(text) == 10 && allDigits(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	for _, candidate := range []string{text, strings.ReplaceAll(text, " ", "+")} {
		for _, layout := range timeLayouts {
			if at, err := time.Parse(layout, candidate); err == nil {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

func layouts() []variant {
	v := newVariants(protocolLayout)
	for _, l := range []struct{ layout, what string }{
		{"M UC.T.B", "the two lines without a line break between them"},
		{"M U\r\nC.T.B", "the two lines with CR LF between them"},
		{`M U\nC.T.B`, `the two lines with the characters \n in place of the line break`},
		{"M U C.T.B", "the two lines with a space between them"},
		{"M U.C.T.B", "the two lines with a dot between them"},
		{"M U\n\nC.T.B", "the two lines with an empty one between them"},
		{"M U\nC.T.B\n", "the content and a line feed after it"},
		{"M U\nC.T.B\r\n", "the content and CR LF after it"},
		{" M U\nC.T.B", "the content and a space before it"},
		{"MU\nC.T.B", "method and URI without a space between them"},
		{"M\nU\nC.T.B", "method and URI on two lines"},
		{"M  U\nC.T.B", "method and URI with two spaces between them"},
		{"M U\nCTB", "client, time and body without dots"},
		{"M U\nC.TB", "the content without the dot before the body"},
		{"M U\nC.T\nB", "the content with a line break before the body"},
		{"M U\nC\nT\nB", "client, time and body on lines of their own"},
		{"M U\nC.T. B", "the content with a space before the body"},
		{"M U\nC,T,B", "client, time and body with commas"},
		{"M U\nC|T|B", "client, time and body with |"},
		{"M U\nT.C.B", "time and client in the other order"},
		{"M U\nC.B", "the content without the time"},
		{"M U\nT.B", "the content without the client"},
		{"M U\nB", "the first line and the body only"},
		{"M U\nC.T", "the content without the body and its dot"},
		{"U\nC.T.B", "the content without the method"},
		{"M\nC.T.B", "the content without the URI"},
		{"C.T.B", "the second line only"},
		{"T.B", "time and body only"},
		{"B", "the body only"},
	} {
		v.put(l.layout, CauseLayout, l.what)
	}
	return v.list
}
