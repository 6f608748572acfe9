package saved

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// readRaw reads a message as it is on the wire: request or status line, headers, an
// empty line, and the body byte for byte. Lines may end with CR LF or LF. Of several
// answers, as curl -i prints those of a proxy and of a redirect, it is the last one.
func readRaw(data []byte) (Exchange, error) {
	m, err := parseRaw(bytes.TrimLeft(data, "\r\n"))
	for n := 0; err == nil && n < maxAnswers && m.isInterim(); n++ {
		m, err = parseRaw(m.Body)
	}
	switch {
	case err != nil:
		return Exchange{}, err
	case m.Status != 0:
		return Exchange{Form: FormHTTP, Response: m}, nil
	}
	return Exchange{Form: FormHTTP, Request: m}, nil
}

// maxAnswers is how many answers may stand before the last one.
const maxAnswers = 20

func (m *Message) isInterim() bool {
	return m.Status >= 100 && m.Status < 400 && bytes.HasPrefix(m.Body, []byte("HTTP/"))
}

func parseRaw(data []byte) (*Message, error) {
	line, rest, ok := cutLine(data)
	if !ok {
		return nil, ErrOneLine
	}
	m := &Message{Header: make(http.Header), HasBody: true}
	switch parts := strings.Fields(line); {
	case len(parts) >= 2 && strings.HasPrefix(parts[0], "HTTP/"):
		status, err := strconv.Atoi(parts[1])
		if err != nil || status < 100 || status > 999 {
			return nil, ErrFirst
		}
		m.Status = status
	case len(parts) == 3 && strings.HasPrefix(parts[2], "HTTP/"):
		m.Method = parts[0]
		defer m.setTarget(parts[1])
	default:
		return nil, ErrFirst
	}
	if m.Header, m.Body, ok = ReadHeaders(rest); !ok {
		return nil, ErrNoColon
	}
	m.Body = unchunked(m.Header, m.Body)
	m.Body = untouched(m.Header, m.Body)
	return m, nil
}

// maxFolded is how long a header of several lines may be.
const maxFolded = 16 << 10

// ReadHeaders reads header lines up to an empty one, or the end. A line that begins
// with white space goes on with the one before.
func ReadHeaders(data []byte) (header http.Header, body []byte, ok bool) {
	header = make(http.Header)
	last := ""
	for {
		line, rest, more := cutLine(data)
		if line == "" {
			return header, rest, true
		}
		isFolded := last != "" && (line[0] == ' ' || line[0] == '\t') && len(header[last]) > 0
		name, value, colon := strings.Cut(strings.TrimPrefix(line, ":"), ":") // HTTP/2 has :path
		switch {
		case isFolded && len(line) > maxFolded:
			return nil, nil, false
		case isFolded:
			values := header[last]
			values[len(values)-1] += line
			isFull := len(values[len(values)-1]) > maxFolded
			if isFull {
				last = "" // what goes on after that is no header
			}
		case !colon || strings.TrimSpace(name) == "":
			return nil, nil, false
		default:
			add(header, name, value)
			last = http.CanonicalHeaderKey(strings.TrimSpace(name))
		}
		if !more {
			return header, nil, true
		}
		data = rest
	}
}

// untouched cuts off white space after Content-Length bytes of the body, because
// editors add such.
func untouched(header http.Header, body []byte) []byte {
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err == nil && n >= 0 && n < len(body) && len(bytes.TrimSpace(body[n:])) == 0 {
		return body[:n]
	}
	return body
}

// unchunked puts the pieces of a chunked body together, if they are whole: recorders
// of a connection keep them.
func unchunked(header http.Header, body []byte) []byte {
	if !strings.EqualFold(header.Get("Transfer-Encoding"), "chunked") {
		return body
	}
	var whole []byte
	for rest := body; ; {
		line, after, ok := cutLine(rest)
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		switch {
		case !ok || err != nil || n > uint64(len(after)):
			return body
		case n == 0:
			return whole
		}
		whole = append(whole, after[:n]...)
		end := bytes.TrimPrefix(after[n:], []byte("\r"))
		if rest, ok = bytes.CutPrefix(end, []byte("\n")); !ok {
			return body
		}
	}
}
