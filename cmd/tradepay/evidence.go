package main

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/saved"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// messageFlags are the flags by which doctor and verify take a message.
type messageFlags struct {
	*flagSet
	kind, message, curl          *string
	method, uri, headers, body   *string
	request, sentBody, publicKey *string
	otherURI, at                 *string
	tolerance                    *time.Duration
	assumed                      bool   // kindOf derived the kind from the message
	form                         string // of the file, such as "a HAR file"
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
	x, err := f.readExchange()
	if err != nil {
		return none, err
	}
	kind, err := f.kindOf(x, &cfg.Wallet)
	if err != nil {
		return none, err
	}
	m, err := f.side(x, kind)
	if err != nil {
		return none, err
	}
	e := doctor.Evidence{
		Kind: kind, Method: cmp.Or(*f.method, m.Method), URI: cmp.Or(*f.uri, m.URI), Header: m.Header, Body: m.Body,
		Status: m.Status, OtherURIs: m.Paths,
		Wallet: cfg.Wallet, ClientID: cfg.ClientID, MerchantID: cfg.MerchantID, Tolerance: *f.tolerance,
	}
	if isAnswer(kind) && x.Request != nil {
		e.Method, e.URI = cmp.Or(*f.method, x.Request.Method), cmp.Or(*f.uri, x.Request.URI)
		e.RequestBody, e.RequestTime = x.Request.Body, x.Request.Header.Get("Request-Time")
	}
	if u, err := url.Parse(cfg.BaseURL); err == nil && strings.Trim(u.Path, "/") != "" {
		e.Wallet.Routes.Prefix = strings.TrimSuffix(u.EscapedPath(), "/")
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

// readExchange reads the message that the command line names, and what its file has
// beside it.
func (f *messageFlags) readExchange() (saved.Exchange, error) {
	var none saved.Exchange
	count := 0
	for _, name := range []string{*f.message, *f.curl, *f.headers} {
		if name != "" {
			count++
		}
	}
	switch {
	case count != 1:
		return none, usage("give the message one way: -message FILE, -curl FILE, or -headers FILE with -body FILE; - " +
			"is standard input")
	case *f.body != "" && *f.headers == "":
		return none, usage("-body goes with -headers; -message and -curl have their own")
	case *f.message != "":
		return f.messageFile("message", *f.message)
	case *f.curl != "":
		return f.curlFile("curl", *f.curl)
	}
	return f.headersFile()
}

// headersFile reads the file of -headers, which may have a first line, and that of -body.
func (f *messageFlags) headersFile() (saved.Exchange, error) {
	data, err := f.cli.readInput("headers", *f.headers)
	if err != nil {
		return saved.Exchange{}, err
	}
	x, err := saved.Read(append(bytes.TrimRight(data, "\r\n"), "\n\n"...))
	if err != nil { // no first line
		header, _, ok := saved.ReadHeaders(data)
		if !ok {
			return saved.Exchange{}, usage("-headers %s: a line has no colon", *f.headers)
		}
		x = saved.OfHeaders(header)
	}
	f.form = x.Form
	if *f.body == "" {
		return x, nil
	}
	body, err := f.cli.readInput("body", *f.body)
	if err != nil {
		return saved.Exchange{}, err
	}
	for _, m := range []*saved.Message{x.Request, x.Response} {
		if m != nil {
			m.Body, m.HasBody = body, true
		}
	}
	return x, nil
}

func (f *messageFlags) messageFile(flagName, file string) (saved.Exchange, error) {
	data, err := f.cli.readInput(flagName, file)
	if err != nil {
		return saved.Exchange{}, err
	}
	if text := strings.TrimSpace(string(data)); strings.HasPrefix(text, "curl ") || strings.HasPrefix(text, "$ curl ") {
		return f.parseCurl(flagName, file, data)
	}
	x, err := saved.Read(data)
	if err != nil {
		return saved.Exchange{}, usage("-%s %s: %w", flagName, file, err)
	}
	f.form = x.Form
	return x, nil
}

func (f *messageFlags) curlFile(flagName, file string) (saved.Exchange, error) {
	data, err := f.cli.readInput(flagName, file)
	if err != nil {
		return saved.Exchange{}, err
	}
	return f.parseCurl(flagName, file, data)
}

func (f *messageFlags) parseCurl(flagName, file string, data []byte) (saved.Exchange, error) {
	command, err := parseCurl(string(data))
	if err != nil {
		return saved.Exchange{}, usage("-%s %s: %w", flagName, file, err)
	}
	body, err := command.body(func(name string) ([]byte, error) {
		if name == "-" {
			return nil, usage("-%s %s: the body is standard input: name a file instead", flagName, file)
		}
		return f.cli.readInput(flagName, name)
	})
	if err != nil {
		return saved.Exchange{}, err
	}
	return saved.Exchange{Form: "a curl command", Request: &saved.Message{
		Method: command.method, URI: command.url.RequestURI(), Header: command.header, Body: body, HasBody: true,
	}}, nil
}

func isAnswer(kind doctor.EvidenceKind) bool {
	return kind == doctor.EvidenceResponse || kind == doctor.EvidenceAcknowledgement
}

// side is the message of an exchange that is of the kind.
func (f *messageFlags) side(x saved.Exchange, kind doctor.EvidenceKind) (*saved.Message, error) {
	m, other := x.Request, x.Response
	if isAnswer(kind) {
		m, other = other, m
	}
	switch {
	case m == nil && f.isSet("kind"): // the user knows better than a first line
		return other, nil
	case m == nil:
		return nil, usage("%s holds no %s", x.Form, kind)
	case !m.HasBody && *f.headers == "":
		return nil, usage("%s has no body of the %s: give the headers by -headers with this file, and the body by "+
			"-body", x.Form, kind)
	}
	return m, nil
}

// kindOf returns the kind of the message: that of -kind, or what it looks like. Of a
// request and its answer, it is the answer.
func (f *messageFlags) kindOf(x saved.Exchange, w *wire.Profile) (doctor.EvidenceKind, error) {
	switch kind := doctor.EvidenceKind(*f.kind); kind {
	case doctor.EvidenceRequest, doctor.EvidenceResponse, doctor.EvidenceNotification,
		doctor.EvidenceAcknowledgement:
		return kind, nil
	case "":
	default:
		return "", usage("-kind %s: give request, response, notification or acknowledgement", printable(*f.kind))
	}
	f.assumed = true
	uri := *f.uri
	if uri == "" && x.Request != nil {
		uri = x.Request.URI
	}
	ours := ofAPI(uri, w)
	isOwnPage := x.Request != nil && x.Request.IsSigned() && !ours // a handler need not sign its errors
	answers := x.Response != nil && (x.Response.IsSigned() || !isOwnPage)
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

// requestFile reads the request of -request.
func (f *messageFlags) requestFile() (*saved.Message, error) {
	form := f.form
	x, err := f.messageFile("request", *f.request)
	f.form = form
	if err == nil && x.Request == nil {
		return nil, usage("-request %s: it is an answer, not a request", *f.request)
	}
	return x.Request, err
}

// readContext reads what the doctor needs to know beside the message.
func (f *messageFlags) readContext(e *doctor.Evidence) error {
	if *f.request != "" {
		x, err := f.requestFile()
		if err != nil {
			return err
		}
		e.RequestBody, e.RequestTime = x.Body, x.Header.Get("Request-Time")
		e.Method, e.URI = cmp.Or(*f.method, x.Method), cmp.Or(*f.uri, x.URI)
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
