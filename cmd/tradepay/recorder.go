package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wire"
)

// maxRecorded is how much of a body the SDK reads.
const maxRecorded = 1 << 20

// recorded is one request and its answer, byte for byte.
type recorded struct {
	method, uri string
	request     http.Header
	body        []byte
	sentAt      time.Time
	status      int // 0 if no answer came
	response    http.Header
	answer      []byte
	answeredAt  time.Time
}

// recorder keeps the last request to the wallet, for the doctor.
type recorder struct {
	next http.RoundTripper
	now  func() time.Time

	mu   sync.Mutex
	last *recorded
}

// RoundTrip implements [http.RoundTripper].
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	kept := &recorded{method: req.Method, uri: req.URL.RequestURI(), request: req.Header.Clone(), sentAt: r.now()}
	if req.Body != nil {
		body, err := io.ReadAll(io.LimitReader(req.Body, maxRecorded))
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		kept.body = body
		req = req.Clone(req.Context())
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	res, err := r.next.RoundTrip(req)
	if err == nil {
		kept.status, kept.response = res.StatusCode, res.Header.Clone()
		var data []byte
		data, err = io.ReadAll(io.LimitReader(res.Body, maxRecorded+1))
		rest := res.Body
		kept.answer, kept.answeredAt = data, r.now()
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(data), failing{err}, rest), rest}
	}
	r.mu.Lock()
	r.last = kept
	r.mu.Unlock()
	if res == nil {
		return nil, err
	}
	return res, nil
}

// failing ends a body with the error of the connection, if there was one.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

func (r *recorder) exchange() *recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// newClient returns a client, and the recorder that keeps its last exchange.
func (c *cli) newClient(cfg tradepay.Config) (*tradepay.Client, *recorder, error) {
	rec := &recorder{next: http.DefaultTransport, now: c.now}
	cfg.HTTPClient, cfg.Now = &http.Client{Transport: rec}, c.now
	client, err := tradepay.NewClient(cfg)
	return client, rec, err
}

// evidence returns what the doctor needs to know about one side of an exchange.
func (x *recorded) evidence(cfg tradepay.Config, kind doctor.EvidenceKind) doctor.Evidence {
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	e := doctor.Evidence{
		Kind: kind, Method: x.method, URI: x.uri, OwnKey: own, Wallet: cfg.Wallet, ClientID: cfg.ClientID,
		MerchantID: cfg.MerchantID,
	}
	if u, err := url.Parse(cfg.BaseURL); err == nil && strings.Trim(u.Path, "/") != "" {
		e.Wallet.Routes.Prefix = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	if kind == doctor.EvidenceRequest {
		e.Header, e.Body, e.Now = x.request, x.body, x.sentAt
		e.Keys = map[string]*rsa.PublicKey{cmp.Or(cfg.KeyVersion, "1"): own}
		for _, key := range cfg.WalletKeys {
			e.OtherKeys = append(e.OtherKeys, key)
		}
		return e
	}
	e.Header, e.Body, e.Status, e.Now = x.response, x.answer, x.status, x.answeredAt
	e.Keys, e.RequestBody, e.RequestTime = cfg.WalletKeys, x.body, x.request.Get("Request-Time")
	return e
}

// explain shows an error, what to do next, and the doctor's advice. It leaves out the hint
// of the error if the doctor has more to say.
func (c *cli) explain(w io.Writer, p palette, what string, err error, cfg tradepay.Config, x *recorded,
	next ...string) {
	var advice bytes.Buffer
	if x != nil {
		c.advise(&advice, p, err, cfg, x)
	}
	text := c.errorText(err)
	var api *tradepay.APIError
	if errors.As(err, &api) && api.Hint != "" && advice.Len() > 0 {
		text = strings.Replace(text, c.lang.pick("; hint: ", "; consejo: ")+c.lang.said(api.Hint), "", 1)
	}
	fmt.Fprintln(w, p.bad(what), text)
	for _, line := range next {
		fmt.Fprintln(w, line)
	}
	_, _ = advice.WriteTo(w)
}

// advise explains an error about signatures and access, as far as this side of the
// exchange shows it.
func (c *cli) advise(w io.Writer, p palette, err error, cfg tradepay.Config, x *recorded) {
	var api *tradepay.APIError
	var unverified *tradepay.SignatureError
	code := ""
	if errors.As(err, &api) {
		code = cmp.Or(api.Result.Code, api.UnverifiedCode)
	}
	isOfWallet := api == nil || api.Cause == "" // the error says what else answered
	if errors.As(err, &unverified) && x.status != 0 && isOfWallet {
		fmt.Fprintln(w, p.bold(c.lang.say("The doctor on the wallet's answer:")))
		c.printDiagnosis(w, p, doctor.Diagnose(x.evidence(cfg, doctor.EvidenceResponse)))
	}
	if skew, ok := x.skew(); ok {
		side := c.lang.say("behind")
		if skew < 0 {
			side = c.lang.say("ahead of")
		}
		c.print(w, "%s Yours is %s %s the wallet's, and wallets reject times that are minutes off: set yours by NTP.",
			p.bold(c.lang.say("The doctor on the clock:")), skew.Round(time.Second).Abs(), side)
	}
	lines := callerAdvice(&cfg.Wallet, code)
	if len(lines) == 0 && !errors.Is(err, tradepay.ErrUnauthorized) {
		return
	}
	fmt.Fprintln(w, p.bold(c.lang.say("The doctor on your request:")))
	d := doctor.Diagnose(x.evidence(cfg, doctor.EvidenceRequest))
	if !d.Valid || len(d.Findings) > 0 {
		c.printDiagnosis(w, p, d)
	}
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	if d.Valid {
		c.print(w, "The signature is right: your key %s as keyVersion %s, for Client-Id %s at %s.",
			doctor.Fingerprint(own), cmp.Or(cfg.KeyVersion, "1"), printable(cfg.ClientID), cfg.BaseURL)
	}
	for _, line := range lines {
		fmt.Fprintln(w, "  -", line.in(c.lang))
	}
}

// unreached says which address it was when no connection came about.
func (c *cli) unreached(cfg tradepay.Config) string {
	return c.lang.say("Nothing reached %s, the address of %s or -base-url.", cfg.BaseURL, tradepayenv.BaseURL)
}

// callerAdvice says what to check when the wallet rejects the caller with this result
// code, in its own word or the platform's.
func callerAdvice(wallet *wire.Profile, code string) []text {
	code = wallet.Words.Code(code)
	if spelling, ok := callerSpellings[code]; ok {
		code = spelling
	}
	return callerAdvices[code]
}

// callerSpellings are codes that mean the same as another one.
var callerSpellings = map[string]string{
	"SIGNATURE_INVALID":          "INVALID_SIGNATURE",
	"CLIENT_INVALID":             "INVALID_CLIENT",
	"INVALID_AUTH_CLIENT_STATUS": "INVALID_AUTH_CLIENT",
}

// callerAdvices are by the platform's codes.
var callerAdvices = map[string][]text{
	"INVALID_SIGNATURE": {
		{
			"Compare that fingerprint with the public key in the wallet's console: openssl pkey -pubin -in FILE " +
				"-outform DER | openssl sha256",
			"Compara esa huella con la clave pública en la consola de la billetera: openssl pkey -pubin -in ARCHIVO " +
				"-outform DER | openssl sha256",
		},
		{
			"Upload the public half of your private key there; sandbox and production have a console each.",
			"Sube ahí la mitad pública de tu clave privada; sandbox y producción tienen cada uno su consola.",
		},
	},
	"KEY_NOT_FOUND": {{
		"The wallet has no key of yours under this keyVersion: look it up in its console and set TRADEPAY_KEY_VERSION.",
		"La billetera no tiene una clave tuya con esta keyVersion: búscala en su consola y define " +
			"TRADEPAY_KEY_VERSION.",
	}},
	"INVALID_CLIENT": {{
		"The wallet does not know this Client-Id: take it from the console of this environment.",
		"La billetera no conoce este Client-Id: tómalo de la consola de este ambiente.",
	}},
	"ACCESS_DENIED": {{
		"The wallet knows you but does not permit this: look at app, partner and merchant ids, allowed " +
			"addresses, and " +
			"what the console enables.",
		"La billetera te conoce pero no permite esto: revisa los identificadores de app, partner y comercio, las " +
			"direcciones permitidas y lo que habilita la consola.",
	}},
	"INVALID_API": {{
		"There is no such operation at this address: look at the path of TRADEPAY_BASE_URL and at the wallet's name.",
		"No hay tal operación en esta dirección: revisa la ruta de TRADEPAY_BASE_URL y el nombre de la billetera.",
	}},
	"INVALID_AUTH_CLIENT": {{
		"The wallet does not know the merchant's id in the message, or it is not active: look up authClientId and " +
			"referenceClientId in its console.",
		"La billetera no conoce el identificador del comercio en el mensaje, o no está activo: busca authClientId y " +
			"referenceClientId en su consola.",
	}},
	"PARTNER_NOT_EXIST": {{
		"The wallet does not know this partner: take TRADEPAY_PARTNER_ID from the console of this environment.",
		"La billetera no conoce este partner: toma TRADEPAY_PARTNER_ID de la consola de este ambiente.",
	}},
	"TIMESTAMP_INVALID": {{
		"The wallet rejects the time of the request: set this machine's clock by NTP.",
		"La billetera rechaza la hora de la solicitud: ajusta el reloj de esta máquina por NTP.",
	}},
	"INVALID_AGENT_TOKEN": {{
		"The agent token is wrong: take it from the wallet again.",
		"El token de agente es incorrecto: pídelo otra vez a la billetera.",
	}},
	"EXPIRED_AGENT_TOKEN": {{
		"The agent token has expired: ask the wallet for a new one.",
		"El token de agente venció: pide uno nuevo a la billetera.",
	}},
}

// skew returns how far the other clock is off, and whether that is too far.
func (x *recorded) skew() (time.Duration, bool) {
	date, err := http.ParseTime(x.response.Get("Date"))
	if err != nil {
		return 0, false
	}
	skew := date.Sub(x.answeredAt)
	return skew, skew.Abs() > time.Minute
}

// randomID returns a new id, different from all others.
func (c *cli) randomID(prefix string) string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	return prefix + c.now().UTC().Format("20060102T150405") + "-" + hex.EncodeToString(random[:])
}
