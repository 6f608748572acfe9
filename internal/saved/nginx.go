package saved

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

var (
	nginxLine   = regexp.MustCompile(`http request line: "([A-Z]+) (\S+) HTTP/[0-9.]+"`)
	nginxHeader = regexp.MustCompile(`http header: "([A-Za-z0-9_-]+): (.*)"`)
	// accessLine is the request line in an access log, and accessPair a variable beside
	// it, in quotes.
	accessLine = regexp.MustCompile(`"[A-Z]+ \S+ HTTP/[0-9.]+"`)
	accessPair = regexp.MustCompile(`([A-Za-z_$-]+)[=:] ?"((?:[^"\\]|\\.)*)"`)
)

func isNginxDebug(data []byte) bool { return nginxHeader.Match(data) }

// readNginxDebug reads the headers of the last request in nginx's error log at the
// level debug. It has no bodies.
func readNginxDebug(data []byte) (Exchange, error) {
	m := &Message{Header: make(http.Header)}
	lines := nginxLine.FindAllSubmatchIndex(data, -1)
	if len(lines) > 0 {
		last := lines[len(lines)-1]
		m.Method = string(data[last[2]:last[3]])
		m.setTarget(string(data[last[4]:last[5]]))
		data = data[last[1]:]
	}
	for _, match := range nginxHeader.FindAllSubmatch(data, maxHeaders) {
		add(m.Header, string(match[1]), string(match[2]))
	}
	return Exchange{Form: "a log of nginx", Request: m}.checked()
}

func isAccessLog(text []byte) bool {
	first, _, _ := strings.Cut(string(text), "\n")
	return accessLine.MatchString(first) && !strings.HasPrefix(first, "HTTP/")
}

// readAccessLog reads the last line of an access log that has variables by their names:
// http_signature="…" body="…".
func readAccessLog(text []byte) (Exchange, error) {
	lines := strings.Split(string(text), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	members := map[string]string{"request": strings.Trim(accessLine.FindString(line), `"`)}
	for _, pair := range accessPair.FindAllStringSubmatch(line, maxHeaders) {
		members[strings.TrimPrefix(pair[1], "$")] = pair[2]
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return Exchange{}, ErrJSON
	}
	x, err := newRecord(raw).single(raw)
	if err != nil {
		return Exchange{}, ErrAccess
	}
	x.Form = "an access log"
	return x, nil
}
