package main

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// message is one HTTP message, as the user kept it.
type message struct {
	method, uri string // of a request
	answer      bool   // it begins with a status line
	header      http.Header
	body        []byte
}

// parseMessage reads a kept HTTP message: request or status line, headers, an
// empty line, and the body byte for byte. Lines may end with CR LF or LF. It cuts off
// white space after Content-Length bytes of the body, because editors add such.
func parseMessage(data []byte) (*message, error) {
	m := &message{header: make(http.Header)}
	line, rest, ok := cutLine(data)
	if !ok {
		return nil, fmt.Errorf("it has only one line; give the first line, the headers, an empty line and the body")
	}
	switch parts := strings.Fields(line); {
	case len(parts) >= 2 && strings.HasPrefix(parts[0], "HTTP/"):
		m.answer = true
	case len(parts) == 3 && strings.HasPrefix(parts[2], "HTTP/"):
		m.method, m.uri = parts[0], parts[1]
	default:
		return nil, errors.New(`its first line is neither like "POST /v2/payments/pay HTTP/1.1" ` +
			`nor like "HTTP/1.1 200 OK"`)
	}
	m.header, m.body, ok = parseHeaders(rest)
	if !ok {
		return nil, fmt.Errorf("a line among its headers has no colon; put an empty line before the body")
	}
	if n, err := strconv.Atoi(m.header.Get("Content-Length")); err == nil && n >= 0 && n < len(m.body) &&
		len(bytes.TrimSpace(m.body[n:])) == 0 {
		m.body = m.body[:n]
	}
	return m, nil
}

// parseHeaders reads header lines up to an empty one, or the end.
func parseHeaders(data []byte) (header http.Header, body []byte, ok bool) {
	header = make(http.Header)
	for {
		line, rest, more := cutLine(data)
		if line == "" {
			return header, rest, true
		}
		name, value, colon := strings.Cut(line, ":")
		if !colon || strings.TrimSpace(name) == "" {
			return nil, nil, false
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		header[name] = append(header[name], strings.Trim(value, " \t"))
		if !more {
			return header, nil, true
		}
		data = rest
	}
}

func cutLine(data []byte) (line string, rest []byte, ok bool) {
	before, rest, ok := bytes.Cut(data, []byte("\n"))
	return string(bytes.TrimSuffix(before, []byte("\r"))), rest, ok
}

// messageFlags are the flags by which doctor and verify take a message.
type messageFlags struct {
	*flagSet
	kind, message, curl          *string
	method, uri, headers, body   *string
	request, sentBody, publicKey *string
	otherURI, at                 *string
	tolerance                    *time.Duration
	assumed                      bool // kindOf derived the kind from the message
}

func (fs *flagSet) withMessage() *messageFlags {
	return &messageFlags{
		flagSet: fs, kind: fs.text("kind"), message: fs.text("message"), curl: fs.text("curl"),
		method: fs.text("method"), uri: fs.text("uri"), headers: fs.text("headers"), body: fs.text("body"),
		request: fs.text("request"), sentBody: fs.text("sent-body"), publicKey: fs.text("public-key"),
		otherURI: fs.text("other-uri"), at: fs.text("at"), tolerance: fs.duration("tolerance"),
	}
}

// given reports whether the command line names a message.
func (f *messageFlags) given() bool { return *f.message != "" || *f.curl != "" || *f.headers != "" }

// about returns a flag about a message that the command line has, or "".
func (f *messageFlags) about() string {
	for _, h := range messageRows {
		if f.isSet(h.name) {
			return h.name
		}
	}
	return ""
}

// evidence reads the message and the keys.
func (f *messageFlags) evidence() (doctor.Evidence, error) {
	var none doctor.Evidence
	cfg, err := f.partial()
	if err != nil {
		return none, err
	}
	m, err := f.readMessage()
	if err != nil {
		return none, err
	}
	e := doctor.Evidence{
		Method: cmp.Or(*f.method, m.method), URI: cmp.Or(*f.uri, m.uri), Header: m.header, Body: m.body,
		Wallet: cfg.Wallet, ClientID: cfg.ClientID, MerchantID: cfg.MerchantID, Tolerance: *f.tolerance,
	}
	if u, err := url.Parse(cfg.BaseURL); err == nil && strings.Trim(u.Path, "/") != "" {
		e.Wallet.Routes.Prefix = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	if e.Kind, err = f.kindOf(m, e.URI, &cfg.Wallet); err != nil {
		return none, err
	}
	if cfg.Wallet.Signing.Content == wire.ContentMerchant && e.Kind != doctor.EvidenceRequest { // that has a header
		if err := f.named(tradepayenv.Require(cfg, tradepayenv.MerchantID)); err != nil {
			return none, err
		}
	}
	if err := f.readContext(&e); err != nil {
		return none, err
	}
	if e.Method == "" {
		e.Method = http.MethodPost
	}
	if e.URI == "" {
		return none, usage("-uri is missing: the path and query of the request, such as /v2/payments/pay; or " +
			"give -request with the request that this answers")
	}
	return e, f.keys(&e, cfg)
}

// readMessage reads the message that the command line names.
func (f *messageFlags) readMessage() (*message, error) {
	count := 0
	for _, name := range []string{*f.message, *f.curl, *f.headers} {
		if name != "" {
			count++
		}
	}
	switch {
	case count != 1:
		return nil, usage("give the message one way: -message FILE, -curl FILE, or -headers FILE with -body FILE; - " +
			"is standard input")
	case *f.body != "" && *f.headers == "":
		return nil, usage("-body goes with -headers; -message and -curl have their own")
	case *f.message != "":
		return f.messageFile("message", *f.message)
	case *f.curl != "":
		return f.curlFile("curl", *f.curl)
	}
	data, err := f.cli.readInput("headers", *f.headers)
	if err != nil {
		return nil, err
	}
	m, err := parseMessage(append(bytes.TrimRight(data, "\r\n"), "\n\n"...))
	if err != nil { // no first line
		header, _, ok := parseHeaders(data)
		if !ok {
			return nil, usage("-headers %s: a line has no colon", *f.headers)
		}
		m = &message{header: header}
	}
	if *f.body != "" {
		if m.body, err = f.cli.readInput("body", *f.body); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (f *messageFlags) messageFile(flagName, file string) (*message, error) {
	data, err := f.cli.readInput(flagName, file)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(string(data)); strings.HasPrefix(text, "curl ") || strings.HasPrefix(text, "$ curl ") {
		return f.parseCurl(flagName, file, data)
	}
	m, err := parseMessage(data)
	if err != nil {
		return nil, usage("-%s %s: %w", flagName, file, err)
	}
	return m, nil
}

func (f *messageFlags) curlFile(flagName, file string) (*message, error) {
	data, err := f.cli.readInput(flagName, file)
	if err != nil {
		return nil, err
	}
	return f.parseCurl(flagName, file, data)
}

func (f *messageFlags) parseCurl(flagName, file string, data []byte) (*message, error) {
	command, err := parseCurl(string(data))
	if err != nil {
		return nil, usage("-%s %s: %w", flagName, file, err)
	}
	body, err := command.body(func(name string) ([]byte, error) {
		if name == "-" {
			return nil, usage("-%s %s: the body is standard input: name a file instead", flagName, file)
		}
		return f.cli.readInput(flagName, name)
	})
	if err != nil {
		return nil, err
	}
	return &message{method: command.method, uri: command.url.RequestURI(), header: command.header, body: body}, nil
}

// kindOf returns the kind of the message: that of -kind, or what it looks like.
func (f *messageFlags) kindOf(m *message, uri string, w *wire.Profile) (doctor.EvidenceKind, error) {
	switch kind := doctor.EvidenceKind(*f.kind); kind {
	case doctor.EvidenceRequest, doctor.EvidenceResponse, doctor.EvidenceNotification,
		doctor.EvidenceAcknowledgement:
		return kind, nil
	case "":
	default:
		return "", usage("-kind %s: give request, response, notification or acknowledgement", printable(*f.kind))
	}
	f.assumed = true
	answers := m.answer || m.header.Get("Response-Time") != "" && m.header.Get("Request-Time") == ""
	ours := ofAPI(uri, w)
	switch {
	case answers && (ours || uri == ""):
		return doctor.EvidenceResponse, nil
	case answers:
		return doctor.EvidenceAcknowledgement, nil
	case ours:
		return doctor.EvidenceRequest, nil
	}
	return doctor.EvidenceNotification, nil
}

// ofAPI reports whether the path looks like one of the wallet's own.
func ofAPI(uri string, w *wire.Profile) bool {
	path, _, _ := strings.Cut(uri, "?")
	for _, op := range tradepaytest.FaultOperations() {
		api := w.Path(op)
		if i := strings.LastIndex(strings.TrimSuffix(api, "/"), "/"); i > 0 &&
			strings.HasSuffix(strings.TrimSuffix(path, "/"), api[i:]) {
			return true
		}
	}
	for _, part := range []string{"/payments/", "/authorizations/", "/users/", "/acquiring/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// readContext reads what the doctor needs to know beside the message.
func (f *messageFlags) readContext(e *doctor.Evidence) error {
	if *f.request != "" {
		request, err := f.messageFile("request", *f.request)
		if err != nil {
			return err
		}
		e.RequestBody, e.RequestTime = request.body, request.header.Get("Request-Time")
		e.Method, e.URI = cmp.Or(*f.method, request.method), cmp.Or(*f.uri, request.uri)
	}
	if *f.sentBody != "" {
		data, err := f.cli.readInput("sent-body", *f.sentBody)
		if err != nil {
			return err
		}
		e.SentBody = data
	}
	for uri := range strings.SplitSeq(*f.otherURI, ",") {
		if uri != "" {
			e.OtherURIs = append(e.OtherURIs, uri)
		}
	}
	if e.Kind == doctor.EvidenceNotification || e.Kind == doctor.EvidenceAcknowledgement {
		notifyURL, err := tradepayenv.ReadNotifyURL(f.getenv)
		if err != nil {
			return f.named(err)
		}
		if notifyURL != "" { // the wallet signs this path, and a proxy may change it
			e.OtherURIs = append(e.OtherURIs, notifyURL)
		}
	}
	switch *f.at {
	case "":
	case "now":
		e.Now = f.cli.now()
	default:
		at, err := time.Parse(time.RFC3339, *f.at)
		if err != nil {
			return usage("-at %s: write it like 2026-01-15T12:00:00Z, or now", printable(*f.at))
		}
		e.Now = at
	}
	return nil
}

// keys fills in the keys that may have signed.
func (f *messageFlags) keys(e *doctor.Evidence, cfg tradepay.Config) error {
	var own *rsa.PublicKey
	if cfg.PrivateKey != nil {
		own, _ = cfg.PrivateKey.Public().(*rsa.PublicKey)
	}
	registered := own
	if *f.publicKey != "" {
		var err error
		if registered, err = tradepayenv.ReadPublicKeyFile("-public-key", *f.publicKey); err != nil {
			return err
		}
	}
	if own != nil {
		e.OwnKey = own
	}
	if e.Kind == doctor.EvidenceRequest || e.Kind == doctor.EvidenceAcknowledgement {
		if registered == nil {
			return usage("the merchant signs a %s: name the private key in %s, or the public key in -public-key",
				e.Kind, tradepayenv.PrivateKeyFile)
		}
		e.Keys = map[string]*rsa.PublicKey{cmp.Or(cfg.KeyVersion, "1"): registered}
		for _, key := range cfg.WalletKeys {
			e.OtherKeys = append(e.OtherKeys, key)
		}
		return nil
	}
	if len(cfg.WalletKeys) == 0 {
		return usage("the wallet signs a %s: name its public key in %s", e.Kind, tradepayenv.WalletKeyFile)
	}
	e.Keys = cfg.WalletKeys
	if own == nil && registered != nil {
		e.OwnKey = registered
	}
	return nil
}
