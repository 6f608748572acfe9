package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shellPiece matches the next piece of a command. The name of its group is the kind: what
// a shell expands, redirects or groups comes before what it keeps as it is.
var shellPiece = regexp.MustCompile(`(?s)^(?:` + strings.Join([]string{
	`(?P<joined>\\\r?\n)`, // the line goes on
	`(?P<space>[ \t\r]+)`,
	`(?P<end>[\n;|&])`,
	`'(?P<single>[^']*)'`,
	`"(?P<double>(?:[^"\\]|\\.)*)"`,
	`\$'(?P<ansi>(?:[^'\\]|\\.)*)'`,
	`\\(?P<escaped>.)`,
	`(?P<open>\$'|['"\\])`,
	`(?P<expansion>` + shellExpansion.String() + `|\$")`,
	`(?P<windows>\^["\r\n])`,
	`(?P<empty>\{\})`,
	`(?P<special>[<>(){])`,
	"(?P<plain>[^ \t\r\n;|&'\"\\\\`$^<>(){]+|[$^])",
}, "|") + `)`)

// shellExpansion matches what a shell replaces, unless single quotes are around it.
var shellExpansion = regexp.MustCompile("\\$[{(A-Za-z0-9_@*#?$!-]|`")

// shellWords returns the words of the first command in a text, as bash reads them. It
// rejects what a shell would expand, redirect or group: a diagnosis of another message
// than the one that was sent misleads.
func shellWords(text string) ([]string, error) {
	if len(text) > maxCurl {
		return nil, curlError("it is over 4 MiB")
	}
	rest := strings.TrimPrefix(strings.TrimSpace(text), "$ ") // copied with its prompt
	var words []string
	var word *strings.Builder // nil between words: a word may be empty
	end := func() {
		if word != nil {
			words = append(words, word.String())
		}
		word = nil
	}
	for rest != "" {
		kind, piece, length := nextPiece(rest)
		comment := kind == "plain" && piece[0] == '#' && word == nil
		switch {
		case kind == "joined":
		case kind == "space":
			end()
		case kind == "end" || comment:
			end()
			return words, checkEnd(rest)
		default:
			value, err := pieceValue(kind, piece)
			if err != nil {
				return nil, err
			}
			if word == nil {
				word = new(strings.Builder)
			}
			word.WriteString(value)
		}
		rest = rest[length:]
	}
	end()
	return words, nil
}

// nextPiece returns the kind of the first piece, the text within its quotes, and the
// length with them.
func nextPiece(text string) (kind, piece string, length int) {
	match := shellPiece.FindStringSubmatchIndex(text) // always: each character begins a piece
	for i, name := range shellPiece.SubexpNames() {
		if name != "" && match[2*i] >= 0 {
			kind, piece = name, text[match[2*i]:match[2*i+1]]
		}
	}
	return kind, piece, match[1]
}

// checkEnd rejects an end that is none: the & of a URL without quotes.
func checkEnd(rest string) error {
	background := rest[0] == '&' && !strings.HasPrefix(rest, "&&")
	if background && strings.TrimSpace(rest[1:]) != "" {
		return curlError("there is a & outside quotes: put the URL into quotes")
	}
	return nil
}

// pieceValue returns what a piece adds to its word.
func pieceValue(kind, piece string) (string, error) {
	switch kind {
	case "open":
		if piece == `\` {
			return "", curlError("it ends with a backslash")
		}
		return "", curlError("a quote %s is not closed", piece)
	case "windows":
		return "", curlError("it is quoted for the Windows command prompt: copy it as cURL (bash)")
	case "special":
		return "", curlError("there is a %s outside quotes: put the text into quotes, or leave a redirection out",
			piece)
	case "expansion":
		return "", errExpansion
	case "double":
		if shellExpansion.MatchString(shellEscape.ReplaceAllString(piece, " ")) {
			return "", errExpansion
		}
		return shellEscape.ReplaceAllStringFunc(piece, doubleEscape), nil
	case "ansi":
		return ansiValue(piece)
	}
	return piece, nil
}

var errExpansion = curlError("it has a shell variable or command: paste it with the value in its place")

// shellEscape matches a backslash with what it escapes, in "…" and in $'…'.
var shellEscape = regexp.MustCompile(`(?s)\\(?:x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|\r\n|.)`)

// doubleEscape returns the meaning of an escape in "…", where most keep their backslash.
func doubleEscape(escape string) string {
	switch escape[1:] {
	case `"`, `\`, "$", "`":
		return escape[1:]
	case "\n", "\r\n":
		return ""
	}
	return escape
}

// ansiValue reads $'…', which browsers write around line breaks and the like.
func ansiValue(text string) (string, error) {
	var err error
	value := shellEscape.ReplaceAllStringFunc(text, func(escape string) string {
		if at := strings.IndexByte(`abefnrtv\'"?`, escape[1]); at >= 0 {
			return "\a\b\x1b\f\n\r\t\v\\'\"?"[at : at+1]
		}
		code, invalid := strconv.ParseUint(escape[2:], 16, 32)
		switch {
		case invalid == nil && code > 0 && escape[1] == 'x':
			return string([]byte{byte(code)}) //nolint:gosec // two digits
		case invalid == nil && code > 0 && code <= utf8.MaxRune && utf8.ValidRune(rune(code)):
			return string(rune(code))
		}
		err = curlError(`%s is not understood in $'…'`, printable(escape))
		return ""
	})
	return value, err
}
