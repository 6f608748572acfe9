package saved

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var (
	curlRequest  = regexp.MustCompile(`(?m)^> [A-Z]+ \S+ HTTP/`)
	curlResponse = regexp.MustCompile(`(?m)^< HTTP/`)
	// curlAside is what curl -v says between the messages.
	curlAside = regexp.MustCompile(`^(\* |[{}] \[[0-9]+ bytes data\]| *% Total| *Dload| *[0-9]+ +[0-9.]+[kMG]? )`)
	// curlEnd is what it says after the body, without a line break before.
	curlEnd = regexp.MustCompile(`(?m)\n?\* (Connection #[0-9]+ to host .* left intact|Closing connection.*)\r?$`)
)

func isCurlVerbose(data []byte) bool { return curlRequest.Match(data) || curlResponse.Match(data) }

// readCurlVerbose reads what curl -v prints: the lines of a request begin with >, those
// of its answer with <, and the body of the answer stands between. It prints no body of
// a request.
func readCurlVerbose(data []byte) (Exchange, error) {
	x := Exchange{Form: "what curl -v prints"}
	after := 0 // what stands after the beginning of the last answer
	if answers := curlResponse.FindAllIndex(data, -1); len(answers) > 0 {
		after = len(data) - answers[len(answers)-1][0]
	}
	for len(data) > 0 {
		line, rest, _ := cutLine(data)
		isSent, isReceived := strings.HasPrefix(line, "> "), strings.HasPrefix(line, "< ")
		told := strings.TrimLeft(line, "<> ")
		parts := strings.Fields(told)
		switch {
		case isSent && len(parts) == 3 && strings.HasPrefix(parts[2], "HTTP/"):
			x.Request, x.Response = &Message{Method: parts[0], Header: make(http.Header)}, nil
			x.Request.setTarget(parts[1])
		case isReceived && len(parts) >= 2 && strings.HasPrefix(parts[0], "HTTP/"):
			status, _ := strconv.Atoi(parts[1])
			x.Response = &Message{Status: status, Header: make(http.Header), HasBody: true}
		case isSent && x.Request != nil:
			name, value, _ := strings.Cut(told, ":")
			add(x.Request.Header, name, value)
		case isReceived && told != "" && x.Response != nil:
			name, value, _ := strings.Cut(told, ":")
			add(x.Response.Header, name, value)
		case (line == "<" || isReceived) && x.Response != nil && len(rest) < after:
			x.Response.Body = untouched(x.Response.Header, curlBody(rest))
			return x.checked()
		}
		data = rest
	}
	return x.checked()
}

// curlBody is the body of an answer, without what curl says before and after.
func curlBody(data []byte) []byte {
	for curlAside.Match(data) {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	if end := curlEnd.FindIndex(data); end != nil {
		data = data[:end[0]]
	}
	return data
}
