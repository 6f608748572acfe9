package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxCurl is the longest command that is read.
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

// errCurl is about text that is no curl command which can be understood.
var errCurl = errors.New("cannot read the curl command")

func curlError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errCurl}, args...)...)
}

// curlValued are the options that take a value which does not matter here.
var curlValued = map[string]bool{
	"-o": true, "--output": true, "-m": true, "--max-time": true, "--connect-timeout": true, "-x": true, "--proxy": true, "--cacert": true,
	"-E": true, "--cert": true, "--key": true, "--resolve": true, "--connect-to": true, "--retry": true, "-w": true, "--write-out": true,
	"-D": true, "--dump-header": true, "--tls-max": true, "--ciphers": true, "-b": true, "--cookie": true, "-c": true, "--cookie-jar": true,
	"--interface": true, "--capath": true, "--stderr": true, "--trace": true, "--trace-ascii": true, "--max-redirs": true, "-u": true, "--user": true,
}

// curlPlain are the options without a value which do not matter here.
var curlPlain = map[string]bool{
	"--silent": true, "--show-error": true, "--verbose": true, "--include": true, "--location": true, "--compressed": true, "--insecure": true,
	"--fail": true, "--http1.1": true, "--http2": true, "--http1.0": true, "--globoff": true, "--no-buffer": true, "--tlsv1.2": true,
	"--tlsv1.3": true, "--ipv4": true, "--ipv6": true, "--fail-with-body": true, "--progress-bar": true, "--no-progress-meter": true, "--raw": true,
}

// parseCurl reads a curl command as a POSIX shell and curl do, without running
// or reading anything.
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

// step takes one option or the URL.
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
		return curlError("its URL cannot be read")
	}
	p.command.url = u
	return nil
}

// value takes the next word.
func (p *curlParser) value(option string) (string, error) {
	if len(p.words) == 0 {
		return "", curlError("%s has no value: the command is cut off", printable(option))
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
	case !p.known(option):
		return curlError("%s is not understood here", printable(option))
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
		long, takes := map[string]string{"-X": "--request", "-H": "--header", "-d": "--data", "-A": "--user-agent", "-e": "--referer"}[option]
		switch {
		case !takes && !curlValued[option] && strings.Contains("sSvikLfgN#46012j", option[1:]):
			continue
		case !takes && !curlValued[option]:
			return curlError("%s is not understood here", printable(option))
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

func (p *curlParser) known(option string) bool {
	switch option {
	case "--request", "--header", "--data", "--data-ascii", "--data-raw", "--data-binary", "--json", "--user-agent", "--referer":
		return true
	}
	return false
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
	case "--json":
		p.command.header.Set("Content-Type", "application/json")
		p.command.data = append(p.command.data, newDataPart(value, true))
	case "--data-raw":
		p.command.data = append(p.command.data, dataPart{text: value})
	default:
		p.command.data = append(p.command.data, newDataPart(value, option == "--data-binary"))
	}
	return nil
}

func newDataPart(value string, binary bool) dataPart {
	if file, ok := strings.CutPrefix(value, "@"); ok {
		return dataPart{file: file, binary: binary}
	}
	return dataPart{text: value, binary: binary}
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

// body puts the parts together as curl does. read reads the files they name.
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

// shellWords splits a command as a POSIX shell does, with the $'…' of bash. What
// a shell would have to expand is refused.
func shellWords(text string) ([]string, error) {
	if len(text) > maxCurl {
		return nil, curlError("it is over 4 MiB")
	}
	l := lexer{text: strings.TrimSpace(text)}
	l.text = strings.TrimPrefix(l.text, "$ ") // copied with its prompt
	for l.at < len(l.text) {
		if err := l.step(); err != nil {
			return nil, err
		}
		if l.done {
			break
		}
	}
	l.end()
	return l.words, nil
}

type lexer struct {
	text  string
	at    int
	words []string
	word  strings.Builder
	in    bool // within a word
	done  bool // the command ended before the text
}

func (l *lexer) end() {
	if l.in {
		l.words = append(l.words, l.word.String())
		l.word.Reset()
		l.in = false
	}
}

func (l *lexer) step() error {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "\\\r\n"):
		l.at += 3
	case strings.HasPrefix(rest, "\\\n"):
		l.at += 2
	case c == '\\':
		if len(rest) < 2 {
			return curlError("it ends with a backslash")
		}
		l.take(rest[1:2], 2)
	case c == '\'':
		inside, _, ok := strings.Cut(rest[1:], "'")
		if !ok {
			return curlError("a single quote is not closed")
		}
		l.take(inside, len(inside)+2)
	case strings.HasPrefix(rest, "$'"):
		return l.ansiC()
	case c == '"':
		return l.doubleQuoted()
	case c == ' ' || c == '\t' || c == '\r':
		l.end()
		l.at++
	case c == '\n' || c == ';' || c == '|' || c == '&' || c == '>' || c == '<':
		l.end()
		l.done = true
		if c == '&' && !strings.HasPrefix(rest, "&&") && strings.TrimSpace(rest[1:]) != "" {
			return curlError("there is a & outside quotes: put the URL into quotes")
		}
	case c == '^' && (strings.HasPrefix(rest, "^\"") || strings.HasPrefix(rest, "^\n") || strings.HasPrefix(rest, "^\r")):
		return curlError("it is quoted for the Windows command prompt: copy it as cURL (bash)")
	case c == '`' || c == '$' && len(rest) > 1 && expands(rest[1]):
		return curlError("it has a shell variable or command: paste it with the value in its place")
	default:
		l.take(rest[:1], 1)
	}
	return nil
}

func (l *lexer) take(text string, length int) {
	l.word.WriteString(text)
	l.in = true
	l.at += length
}

// expands reports whether a shell would replace a dollar sign before c.
func expands(c byte) bool {
	return c == '{' || c == '(' || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (l *lexer) doubleQuoted() error {
	for i := l.at + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '"':
			l.in = true
			l.at = i + 1
			return nil
		case c == '\\' && i+1 < len(l.text) && strings.IndexByte("\"\\$`", l.text[i+1]) >= 0:
			i++
			l.word.WriteByte(l.text[i])
		case c == '\\' && i+1 < len(l.text) && l.text[i+1] == '\n':
			i++
		case c == '`' || c == '$' && i+1 < len(l.text) && expands(l.text[i+1]):
			return curlError("it has a shell variable or command: paste it with the value in its place")
		default:
			l.word.WriteByte(c)
		}
	}
	return curlError("a double quote is not closed")
}

// ansiC reads $'…', which browsers write for line breaks and the like.
func (l *lexer) ansiC() error {
	for i := l.at + 2; i < len(l.text); i++ {
		switch c := l.text[i]; c {
		case '\'':
			l.in = true
			l.at = i + 1
			return nil
		case '\\':
			length, err := l.escape(l.text[i+1:])
			if err != nil {
				return err
			}
			i += length
		default:
			l.word.WriteByte(c)
		}
	}
	return curlError("a $' quote is not closed")
}

// escape reads what follows a backslash in $'…' and returns its length.
func (l *lexer) escape(rest string) (int, error) {
	if rest == "" {
		return 0, curlError("it ends with a backslash")
	}
	if plain := strings.IndexByte(`\'"?`, rest[0]); plain >= 0 {
		l.word.WriteByte(rest[0])
		return 1, nil
	}
	if i := strings.IndexByte("abefnrtv", rest[0]); i >= 0 {
		l.word.WriteByte("\a\b\x1b\f\n\r\t\v"[i])
		return 1, nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
	var code, length int
	for length < digits && 1+length < len(rest) {
		d := strings.IndexByte("0123456789abcdef", rest[1+length]|0x20)
		if d < 0 || rest[1+length] < '0' {
			break
		}
		code, length = code<<4|d, length+1
	}
	switch {
	case length == 0:
		return 0, curlError(`\%s is not understood in $'…'`, printable(rest[:1]))
	case rest[0] == 'x':
		l.word.WriteByte(byte(code)) // two digits
	default:
		l.word.WriteRune(rune(code)) // what is no character becomes U+FFFD
	}
	return 1 + length, nil
}
