package saved

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// record is an object of JSON, its names without capitals and without - and _.
type record map[string]json.RawMessage

func newRecord(raw json.RawMessage) record {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	r := make(record, len(members))
	for name, value := range members {
		r[plainName(name)] = value
	}
	return r
}

func plainName(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "", ":", "").Replace(strings.ToLower(name))
}

// text is the first of these members that is a text or a number; empty if there is
// none.
func (r record) text(names ...string) string {
	for _, name := range names {
		if text := scalar(r[name]); text != "" {
			return text
		}
	}
	return ""
}

// object is the first of these members that is an object.
func (r record) object(names ...string) record {
	for _, name := range names {
		if inner := newRecord(r[name]); inner != nil {
			return inner
		}
	}
	return nil
}

func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// readLines reads lines of JSON, as a log has them: the last one that holds a signed
// message.
func readLines(text []byte) (Exchange, error) {
	for _, line := range slices.Backward(bytes.Split(text, []byte("\n"))) {
		if line = bytes.TrimSpace(line); !json.Valid(line) {
			continue
		}
		if x, err := readValue(line); err == nil {
			return x, nil
		}
	}
	return Exchange{}, ErrJSON
}

// readValue reads what programs save as one value of JSON.
func readValue(text json.RawMessage) (Exchange, error) {
	r := newRecord(text)
	switch {
	case r == nil: // a list
		return headersOnly(text)
	case r.object("log")["entries"] != nil:
		return readHAR(r.object("log")["entries"])
	case r.object("httpbufferedtrace") != nil:
		return readTap(r.object("httpbufferedtrace"))
	case r.object("request") != nil || r.object("response") != nil:
		return r.pair()
	}
	x, err := r.single(text)
	if err != nil {
		return headersOnly(text)
	}
	return x, nil
}

// pair reads a record with a request, an answer, or both.
func (r record) pair() (Exchange, error) {
	x := Exchange{Form: "a record in JSON"}
	if request := r.object("request", "req"); request != nil {
		x.Request = request.message()
	}
	if response := r.object("response", "res"); response != nil {
		x.Response = response.message()
	}
	return x.checked()
}

// checked is an exchange of which at least one side is signed.
func (x Exchange) checked() (Exchange, error) {
	hasAnswer := x.Response != nil && x.Response.Status != 0
	if !x.isSigned() && !hasAnswer {
		return Exchange{}, ErrNoHeader
	}
	return x, nil
}

// single reads a record of one message: an event of AWS Lambda, what a logger writes,
// or an access log whose members are named as the variables of nginx.
func (r record) single(text json.RawMessage) (Exchange, error) {
	m := r.message()
	logged := loggedHeaders(text)
	for name, values := range logged.request {
		m.Header[name] = values
	}
	isAnswer := m.Method == "" && m.Status != 0
	x := Exchange{Form: "a record in JSON", Request: m}
	switch {
	case r.object("requestcontext") != nil:
		x.Form = "an event of AWS Lambda"
	case isAnswer:
		x = Exchange{Form: x.Form, Response: m}
	case len(logged.response) > 0:
		x.Response = &Message{Status: m.Status, Header: logged.response}
	}
	return x.checked()
}

// targets are the names under which records have the URI, those that have it whole
// first.
var targets = []string{"requesturi", "originalurl", "rawpath", "url", "uri", "path", "requestpath"}

// message reads what loggers, Lambda and HAR files write of a message.
func (r record) message() *Message {
	m := &Message{Header: make(http.Header)}
	for _, name := range []string{
		"headers", "requestheaders", "responseheaders", "rawheaders", "header", "multivalueheaders",
	} {
		if header := headersOf(r[name]); len(header) > 0 {
			m.Header = header
		}
	}
	context := r.object("requestcontext")
	m.Method = strings.ToUpper(r.text("httpmethod", "method", "requestmethod", "verb"))
	if m.Method == "" {
		m.Method = context.object("http").text("method")
	}
	line := strings.Fields(r.text("request", "requestline"))
	if len(line) == 3 && strings.HasPrefix(line[2], "HTTP/") {
		m.Method = line[0]
		m.setTarget(line[1])
	} else if target := r.text(targets...); target != "" {
		m.setTarget(target)
	}
	m.URI += r.query(m.URI, context)
	if path := context.text("path"); path != "" && m.URI != "" && !strings.HasPrefix(m.URI, path) {
		m.Paths = append(m.Paths, path) // with its stage
	}
	m.Status, _ = strconv.Atoi(r.text("statuscode", "status", "responsestatus", "responsecode"))
	m.Body, m.HasBody = r.body()
	if m.HasBody {
		m.Body = untouched(m.Header, m.Body)
	}
	return m
}

// query is the query of an event of AWS Lambda, which keeps it apart from the path.
func (r record) query(uri string, context record) string {
	if strings.Contains(uri, "?") || uri == "" {
		return ""
	}
	if raw := r.text("rawquerystring", "querystring"); raw != "" {
		return "?" + raw
	}
	escape := url.QueryEscape
	if context["elb"] != nil { // a load balancer decodes nothing
		escape = func(text string) string { return text }
	}
	var pairs []string
	for _, name := range []string{"multivaluequerystringparameters", "querystringparameters"} {
		var parameters map[string]json.RawMessage
		if json.Unmarshal(r[name], &parameters) != nil || len(pairs) > 0 {
			continue
		}
		for _, key := range sortedNames(parameters) {
			for _, value := range textsOf(parameters[key]) {
				pairs = append(pairs, escape(key)+"="+escape(value))
			}
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

func sortedNames(members map[string]json.RawMessage) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// body is the body as a record holds it: a text, or base64 where it says so. Where a
// logger put in the JSON that it had read, it is that text.
func (r record) body() (body []byte, ok bool) {
	content := r.object("postdata", "content") // of HAR
	raw, encoding := r["rawbody"], content.text("encoding")
	for _, name := range []string{"body", "requestbody", "responsebody", "payload"} {
		if raw == nil {
			raw = r[name]
		}
	}
	if content != nil {
		raw = content["text"]
	}
	if raw == nil || string(raw) == "null" {
		return nil, false
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw, true
	}
	isBase64 := string(r["isbase64encoded"]) == "true" || encoding == "base64"
	if isBase64 {
		if plain, err := base64.StdEncoding.DecodeString(text); err == nil {
			return plain, true
		}
	}
	return []byte(unescaped(text)), true
}

var escapedByte = regexp.MustCompile(`\\x[0-9A-Fa-f]{2}`)

// unescaped undoes the escapes by which nginx writes a body: \x22 for a quote.
func unescaped(text string) string {
	if !strings.Contains(text, `\x22`) {
		return text
	}
	return escapedByte.ReplaceAllStringFunc(text, func(escape string) string {
		b, err := strconv.ParseUint(escape[2:], 16, 8)
		if err != nil {
			return escape
		}
		return string([]byte{byte(b)})
	})
}

// headersOnly reads headers alone, as JSON: an object, or a list of names and values.
func headersOnly(text json.RawMessage) (Exchange, error) {
	header := headersOf(text)
	x := OfHeaders(header)
	x.Form = "headers as JSON"
	return x.checked()
}

// headersOf reads an object of texts or of lists of texts, a list of objects with a
// name and a value each, a list of pairs, or a list in which names and values take
// turns, as Node has it.
func headersOf(raw json.RawMessage) http.Header {
	header := make(http.Header)
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) == nil {
		for _, name := range sortedNames(members) {
			for _, value := range textsOf(members[name]) {
				add(header, name, value)
			}
		}
		return header
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return header
	}
	var turns []string
	for _, one := range list {
		pair := newRecord(one)
		texts := textsOf(one)
		switch {
		case pair != nil:
			add(header, strings.TrimPrefix(pair.text("name", "key"), ":"), pair.text("value"))
		case len(texts) == 2:
			add(header, texts[0], texts[1])
		case len(texts) == 1:
			turns = append(turns, texts[0])
		}
	}
	for ; len(turns) >= 2; turns = turns[2:] {
		add(header, turns[0], turns[1])
	}
	return header
}

// textsOf is a text, or the texts of a list.
func textsOf(raw json.RawMessage) (texts []string) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, one := range list {
		if text := scalar(one); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// logged are the headers that an access log has as members of their own.
type logged struct{ request, response http.Header }

// loggedHeaders finds the variables of nginx: http_client_id, sent_http_signature,
// upstream_http_signature.
func loggedHeaders(text json.RawMessage) logged {
	found := logged{make(http.Header), make(http.Header)}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return found
	}
	for _, name := range sortedNames(members) {
		variable := strings.TrimPrefix(strings.ToLower(name), "$")
		for prefix, into := range map[string]http.Header{
			"http_": found.request, "sent_http_": found.response, "upstream_http_": found.response,
		} {
			header, ok := strings.CutPrefix(variable, prefix)
			if value := scalar(members[name]); ok && value != "" && value != "-" {
				add(into, strings.ReplaceAll(header, "_", "-"), unescaped(value))
			}
		}
	}
	return found
}
