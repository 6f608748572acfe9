package saved

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
)

// envoyHeader is a header in Envoy's log at the level debug.
var envoyHeader = regexp.MustCompile(`(?m)^'(:?[A-Za-z0-9_-]+)', '(.*)'\r?$`)

func isEnvoyLog(data []byte) bool { return envoyHeader.Match(data) }

// readEnvoyLog reads the headers in Envoy's log at the level debug. It has no bodies.
func readEnvoyLog(data []byte) (Exchange, error) {
	x := Exchange{Form: "a log of Envoy"}
	var m *Message
	for _, match := range envoyHeader.FindAllSubmatch(data, maxHeaders) {
		name, value := string(match[1]), string(match[2])
		isPseudo := name[0] == ':'
		switch {
		case name == ":status":
			m = &Message{Header: make(http.Header)}
			m.Status, _ = strconv.Atoi(value)
			x.Response = m
		case isPseudo && (m == nil || m.Status != 0 || m.pseudo(name) != ""):
			m = &Message{Header: make(http.Header)}
			m.setPseudo(name, value)
			x.Request, x.Response = m, nil
		case isPseudo:
			m.setPseudo(name, value)
		case m != nil:
			add(m.Header, name, value)
		}
	}
	return x.checked()
}

// pseudo is what a message has of a pseudo header of HTTP/2.
func (m *Message) pseudo(name string) string {
	switch name {
	case ":method":
		return m.Method
	case ":path":
		return m.URI
	case ":authority":
		return m.Header.Get("Host")
	}
	return ""
}

func (m *Message) setPseudo(name, value string) {
	switch name {
	case ":method":
		m.Method = value
	case ":path":
		m.URI = value
	case ":authority":
		m.Header.Set("Host", value)
	}
}

// readTap reads a trace of Envoy's tap filter.
func readTap(trace record) (Exchange, error) {
	x := Exchange{Form: "a trace of Envoy"}
	read := func(side record) *Message {
		if side == nil {
			return nil
		}
		m := &Message{Header: headersOf(side["headers"])}
		take := func(name string) string {
			value := m.Header.Get(name)
			m.Header.Del(name)
			return value
		}
		m.Method, m.URI = take("Method"), take("Path")
		m.Status, _ = strconv.Atoi(take("Status"))
		if host := take("Authority"); host != "" {
			m.Header.Set("Host", host)
		}
		body := side.object("body")
		if text := body.text("asstring"); text != "" {
			m.Body, m.HasBody = []byte(text), true
		} else if plain, err := base64.StdEncoding.DecodeString(body.text("asbytes")); err == nil && body != nil {
			m.Body, m.HasBody = plain, true
		}
		return m
	}
	x.Request, x.Response = read(trace.object("request")), read(trace.object("response"))
	return x.checked()
}
