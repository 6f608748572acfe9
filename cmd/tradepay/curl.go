package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxCurl is the length of the longest command that parseCurl reads.
const maxCurl = 4 << 20

// dataPart is one -d of a curl command: its text, or the file that it names.
type dataPart struct {
	text   string
	file   string
	binary bool // --data-binary keeps line breaks of a file
}

// curlCommand is what a pasted curl command sends.
type curlCommand struct {
	method string
	url    *url.URL
	header http.Header
	data   []dataPart
}

// errCurl is about text that parseCurl does not understand.
var errCurl = errors.New("cannot read the curl command")

// curlNoticeError is a notice that matches errCurl.
type curlNoticeError struct{ *notice }

// Is implements the interface of [errors.Is].
func (curlNoticeError) Is(target error) bool { return target == errCurl }

func curlError(format string, args ...any) error {
	return &curlNoticeError{newNotice("cannot read the curl command: %w", newNotice(format, args...))}
}

// curlValued are the options whose value has no effect on the message.
var curlValued = optionSet(`
	-o --output -m --max-time --connect-timeout -x --proxy --cacert -E --cert --key --resolve --connect-to --retry
	-w --write-out -D --dump-header --tls-max --ciphers -b --cookie -c --cookie-jar --interface --capath --stderr
	--trace --trace-ascii --max-redirs -u --user`)

// curlPlain are the options without a value that have no effect on the message.
var curlPlain = optionSet(`
	--silent --show-error --verbose --include --location --compressed --insecure --fail --http1.1 --http2 --http1.0
	--globoff --no-buffer --tlsv1.2 --tlsv1.3 --ipv4 --ipv6 --fail-with-body --progress-bar --no-progress-meter
	--raw`)

// curlRead are the options that parseCurl reads, and their short forms.
var curlRead = optionSet(`
	--request --header --data --data-ascii --data-raw --data-binary --json --user-agent --referer`)

var curlShort = map[string]string{
	"-X": "--request", "-H": "--header", "-d": "--data", "-A": "--user-agent", "-e": "--referer",
}

func optionSet(text string) map[string]bool {
	set := make(map[string]bool)
	for _, option := range strings.Fields(text) {
		set[option] = true
	}
	return set
}

// parseCurl reads a curl command as bash and curl do. It runs nothing and reads no file.
func parseCurl(text string) (*curlCommand, error) {
	words, err := shellWords(text)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || words[0] != "curl" && !strings.HasSuffix(words[0], "/curl") && words[0] != "curl.exe" {
		return nil, curlError("it does not begin with curl")
	}
	p := curlParser{words: words[1:], command: curlCommand{header: make(http.Header)}}
	for len(p.words) > 0 {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	if p.command.url == nil {
		return nil, curlError("it has no URL")
	}
	if p.command.method == "" {
		p.command.method = http.MethodGet
		if len(p.command.data) > 0 {
			p.command.method = http.MethodPost
		}
	}
	return &p.command, nil
}

type curlParser struct {
	words   []string
	command curlCommand
}

// step reads one option or the URL.
func (p *curlParser) step() error {
	word := p.words[0]
	p.words = p.words[1:]
	switch {
	case word == "--url":
		value, err := p.value(word)
		if err != nil {
			return err
		}
		return p.setURL(value)
	case strings.HasPrefix(word, "--"):
		return p.long(word)
	case strings.HasPrefix(word, "-") && len(word) > 1:
		return p.short(word)
	}
	return p.setURL(word)
}

func (p *curlParser) setURL(text string) error {
	if p.command.url != nil {
		return curlError("it has two URLs: a word outside quotes, or a second request")
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return curlError("its URL is not valid")
	}
	p.command.url = u
	return nil
}

// value takes the next word.
func (p *curlParser) value(option string) (string, error) {
	if len(p.words) == 0 {
		return "", curlError("%s has no value: the end of the command is missing", printable(option))
	}
	value := p.words[0]
	p.words = p.words[1:]
	return value, nil
}

func (p *curlParser) long(option string) error {
	switch {
	case curlPlain[option]:
		return nil
	case curlValued[option]:
		_, err := p.value(option)
		return err
	case !curlRead[option]:
		return curlError("the doctor does not know the option %s", printable(option))
	}
	value, err := p.value(option)
	if err != nil {
		return err
	}
	return p.set(option, value)
}

// short reads -H value, -Hvalue and -sSH value.
func (p *curlParser) short(word string) error {
	for i := 1; i < len(word); i++ {
		option := "-" + word[i:i+1]
		long, takes := curlShort[option]
		switch {
		case !takes && !curlValued[option] && strings.Contains("sSvikLfgN#46012j", option[1:]):
			continue
		case !takes && !curlValued[option]:
			return curlError("the doctor does not know the option %s", printable(option))
		}
		value := word[i+1:]
		if value == "" {
			var err error
			if value, err = p.value(option); err != nil {
				return err
			}
		}
		if takes {
			return p.set(long, value)
		}
		return nil
	}
	return nil
}

// set applies an option with its value.
func (p *curlParser) set(option, value string) error {
	switch option {
	case "--request":
		p.command.method = value
	case "--user-agent":
		p.command.header.Set("User-Agent", value)
	case "--referer":
		p.command.header.Set("Referer", value)
	case "--header":
		return addHeaderLine(p.command.header, value)
	case "--data-raw":
		p.command.data = append(p.command.data, dataPart{text: value})
	default:
		part := newDataPart(value)
		part.binary = option == "--data-binary" || option == "--json"
		p.command.data = append(p.command.data, part)
		if option == "--json" {
			p.command.header.Set("Content-Type", "application/json")
		}
	}
	return nil
}

// newDataPart reads the value of -d: a text, or @ and the name of a file.
func newDataPart(value string) dataPart {
	if file, ok := strings.CutPrefix(value, "@"); ok {
		return dataPart{file: file}
	}
	return dataPart{text: value}
}

// addHeaderLine adds "Name: value"; curl also writes "Name;" for an empty one.
func addHeaderLine(header http.Header, line string) error {
	if strings.HasPrefix(line, "@") {
		return curlError("-H reads a file: paste the headers themselves")
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		if name, ok = strings.CutSuffix(line, ";"); !ok {
			return curlError("a header without a colon: %d characters", len(line))
		}
	}
	name = strings.TrimSpace(name)
	if name == "" || strings.ContainsAny(name, " \t\r\n") {
		return curlError("a header has no name before its colon")
	}
	name = http.CanonicalHeaderKey(name)
	header[name] = append(header[name], strings.Trim(value, " \t"))
	return nil
}

// body joins the parts as curl does. read reads the files that they name.
func (c *curlCommand) body(read func(file string) ([]byte, error)) ([]byte, error) {
	var b bytes.Buffer
	for i, part := range c.data {
		if i > 0 {
			b.WriteByte('&')
		}
		if part.file == "" {
			b.WriteString(part.text)
			continue
		}
		data, err := read(part.file)
		if err != nil {
			return nil, err
		}
		if !part.binary { // curl drops these
			data = slices.DeleteFunc(bytes.Clone(data), func(c byte) bool { return c == '\n' || c == '\r' || c == 0 })
		}
		b.Write(data)
	}
	return b.Bytes(), nil
}
