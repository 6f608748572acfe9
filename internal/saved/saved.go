// Package saved reads HTTP messages in the forms in which programs save them: as they
// are on the wire, as curl -v and -i print them, as events of AWS Lambda, HAR files,
// records of loggers in JSON, headers as JSON, and what nginx and Envoy write. It
// trusts nothing of what it reads, and its answers are for the doctor alone.
package saved

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// MaxSize is the size of the largest file that Read reads.
const MaxSize = 4 << 20

// maxHeaders is how many headers a message may have.
const maxHeaders = 1000

// FormHTTP is the form of a message as it is on the wire.
const FormHTTP = "an HTTP message"

// Message is a request or an answer.
type Message struct {
	Method, URI string   // of a request
	Status      int      // of an answer, 0 if it is not known
	Paths       []string // further paths by which the request was known on its way
	Header      http.Header
	Body        []byte
	HasBody     bool // false if the form has no place for it, as curl -v for that of a request
}

// Exchange is what a file holds: a request, an answer, or both.
type Exchange struct {
	Form              string // such as "a HAR file"
	Request, Response *Message
}

// The errors of Read. Each says what would be readable.
var (
	ErrTooLarge = errors.New("it is over 4 MiB; no message is so large")
	ErrOneLine  = errors.New("it has only one line; give the first line, the headers, an empty line and the body")
	ErrFirst    = errors.New(`its first line is neither like "POST /v2/payments/pay HTTP/1.1" ` +
		`nor like "HTTP/1.1 200 OK"`)
	ErrNoColon  = errors.New("a line among its headers has no colon; put an empty line before the body")
	ErrNoHeader = errors.New("it holds none of the headers that are signed: Signature, Client-Id, Request-Time, " +
		"Response-Time")
	ErrAccess = errors.New("it is an access log without the headers that are signed; let the server write them " +
		"with the body: in nginx http_client_id, http_request_time, http_signature and request_body")
	ErrJSON = errors.New("it is JSON of no form that is known; give an object with method, url, headers and body")
)

// Read reads a file in whichever form it is.
func Read(data []byte) (Exchange, error) {
	if len(data) > MaxSize {
		return Exchange{}, ErrTooLarge
	}
	data = plainText(data)
	text := bytes.TrimSpace(data)
	switch {
	case json.Valid(text):
		return readValue(text)
	case isCurlVerbose(data):
		return readCurlVerbose(data)
	case isEnvoyLog(data):
		return readEnvoyLog(data)
	case isNginxDebug(data):
		return readNginxDebug(data)
	case bytes.HasPrefix(text, []byte("{")):
		return readLines(text)
	case isAccessLog(text):
		return readAccessLog(text)
	}
	return readRaw(data)
}

// plainText is a file without byte order mark, in UTF-8: PowerShell writes UTF-16.
func plainText(data []byte) []byte {
	if text, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		return text
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for rest := data[2:]; len(rest) >= 2; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
}

// signedHeaders are those of which a message has at least one.
var signedHeaders = []string{"Signature", "Client-Id", "Request-Time", "Response-Time"}

// IsSigned reports whether a message has one of the headers of signed ones.
func (m *Message) IsSigned() bool {
	isThere := func(name string) bool { return len(m.Header[name]) > 0 }
	return slices.ContainsFunc(signedHeaders, isThere)
}

// add adds a header. It drops those beyond a number that no message has.
func add(header http.Header, name, value string) {
	name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
	if name == "" || len(header) >= maxHeaders {
		return
	}
	header[name] = append(header[name], strings.Trim(value, " \t\r\n"))
}

// setTarget reads what a request line or a log calls its URI: a path, or a whole URL.
func (m *Message) setTarget(target string) {
	m.URI = target
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme == "" {
		return
	}
	m.URI = u.RequestURI()
	if m.Header.Get("Host") == "" {
		m.Header.Set("Host", u.Host)
	}
}

// OfHeaders is a message of which there are the headers alone.
func OfHeaders(header http.Header) Exchange {
	m := &Message{Header: header}
	if header.Get("Response-Time") != "" && header.Get("Request-Time") == "" {
		return Exchange{Form: "a list of headers", Response: m}
	}
	return Exchange{Form: "a list of headers", Request: m}
}

func cutLine(data []byte) (line string, rest []byte, ok bool) {
	before, rest, ok := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimSuffix(before, []byte("\r"))), rest, ok
}
