package tradepaytest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/wire"
)

// appPath is where the wallet app of a simulated phone is.
const appPath = "/app/"

// call is one call of my.tradePay. Wallet.mu guards it.
type call struct {
	id       string
	of       *payment
	origin   string // of the page that called; "" if it has none
	code     string // what is reported; "" while the payer has not decided
	happened string // what the button did, which a fault may report otherwise
	answered bool   // step 18 was taken
}

// newCall starts a call. It runs with mu held.
func (w *Wallet) newCall(p *payment, origin string) *call {
	c := &call{id: w.secret("call", w.serial(), 32), of: p, origin: origin}
	w.calls[c.id] = c
	return c
}

// tell returns what my.tradePay reports of a button that did code, and keeps
// it if there is a call; f is the fault that has it lie. It runs with mu held.
func (w *Wallet) tell(c *call, code string) (told string, f Fault) {
	if c != nil && c.code != "" {
		return c.code, f // once told, whatever is pressed again
	}
	told = code
	if f = w.meet(wire.OpPay, []FaultKind{LyingCallback}, nil); f.Kind != "" {
		told = f.Code
		if told == "" {
			told = codePaid
			if code == codePaid {
				told = codeCancelled
			}
		}
	}
	if c != nil {
		c.code, c.happened = told, code
	}
	return told, f
}

// result is the result code, or "" while the payer has not decided.
func (c *call) result() string {
	if c.code != "" {
		return c.code
	}
	return c.of.resultCode() // it may have ended elsewhere
}

// resultCode is what my.tradePay reports of a payment that needs no button
// anymore, or "".
func (p *payment) resultCode() string {
	switch {
	case p.inProcess > 0:
		return codeProcessing
	case p.status == tradepay.StatusProcessing:
		return ""
	case p.status == tradepay.StatusSuccess || p.status == tradepay.StatusAuthorized:
		return codePaid
	}
	return codeFailed
}

// app is what a wallet app does for the mini program that runs in it: my.tradePay,
// my.pay, my.getAuthCode, my.signContract and the inbox, as the package's documentation
// describes them.
func (w *Wallet) app(rw http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, appPath)
	switch name {
	case "cashier.css":
		asset(rw, name, "text/css; charset=utf-8")
		return
	case "cashier.js":
		asset(rw, name, "text/javascript; charset=utf-8")
		return
	case "icon.svg":
		asset(rw, name, "image/svg+xml")
		return
	}
	noStore(rw)
	rw.Header().Set("Vary", "Origin")
	origin := r.Header.Get("Origin")
	switch {
	case !loopback.HostPort(r.Host), origin != "" && !loopbackOrigin(origin):
		writeProblem(rw, http.StatusForbidden, "only pages on this host may call the wallet app")
		return
	case origin != "":
		rw.Header().Set("Access-Control-Allow-Origin", origin)
	}
	name, id, _ := strings.Cut(name, "/")
	methods := map[string]http.HandlerFunc{}
	switch {
	case (name == "tradePay" || name == "pay") && id == "":
		methods[http.MethodPost] = func(rw http.ResponseWriter, r *http.Request) { w.appTradePay(rw, r, name) }
	case name == "tradePay" || name == "pay":
		methods[http.MethodGet] = func(rw http.ResponseWriter, _ *http.Request) { w.appResult(rw, name, id) }
		methods[http.MethodDelete] = func(rw http.ResponseWriter, _ *http.Request) { w.appLeave(rw, name, id) }
	case name == "getAuthCode" && id == "":
		methods[http.MethodPost] = w.appAuthCode
	case name == "signContract" && id == "":
		methods[http.MethodPost] = w.appSign
	case name == "signContract":
		signed := func(rw http.ResponseWriter, r *http.Request) { w.appSigned(rw, r, id) }
		methods[http.MethodGet], methods[http.MethodDelete] = signed, signed
	case name == "inbox" && id == "":
		methods[http.MethodGet] = w.appInbox
	default:
		writeProblem(rw, http.StatusNotFound, "the wallet app has tradePay, pay, getAuthCode, signContract and inbox")
		return
	}
	allowed := http.MethodOptions
	for method := range methods {
		allowed += ", " + method
	}
	if r.Method == http.MethodOptions {
		rw.Header().Set("Access-Control-Allow-Methods", allowed)
		rw.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		rw.Header().Set("Access-Control-Max-Age", "600")
		rw.WriteHeader(http.StatusNoContent)
		return
	}
	handle := methods[r.Method]
	if handle == nil {
		rw.Header().Set("Allow", allowed)
		writeProblem(rw, http.StatusMethodNotAllowed, "use "+allowed)
		return
	}
	handle(rw, r)
}

// appTradePay is my.tradePay, or my.pay if that is its name.
func (w *Wallet) appTradePay(rw http.ResponseWriter, r *http.Request, name string) {
	start := time.Now()
	var args struct{ PaymentURL, TradeNo, Lang string }
	data, ok := readArguments(rw, r, &args)
	if !ok {
		return
	}
	var p *payment
	var c *call
	w.post(w.locked(func() {
		if args.PaymentURL != "" {
			p = w.byURL[args.PaymentURL]
		} else {
			p = w.byID[args.TradeNo]
		}
		if p == nil || p.token == "" { // paid by agreement, without a cashier
			p = nil
			return
		}
		w.upToDate(p)
		c = w.newCall(p, r.Header.Get("Origin"))
	}))
	if p == nil {
		code := codeFailed
		if name == "pay" {
			code = codeBadParameter
		}
		writeJSON(rw, appAnswer{ResultCode: code,
			Error: "paymentUrl or tradeNO names no payment of this wallet that has a cashier"})
		return
	}
	answer := appAnswer{Call: c.id, CashierURL: p.url + "&call=" + c.id}
	if _, ok := localeOf(args.Lang); ok {
		answer.CashierURL += "&lang=" + url.QueryEscape(strings.TrimSpace(args.Lang))
	}
	if w.watched() {
		e := p.step(9, start)
		e.Detail = "my." + name
		e.Message = w.pageMessage(doctor.EvidenceRequest, r.Method, r.RequestURI, 0, r.Header, data)
		w.emit(e)
	}
	writeJSON(rw, answer)
}

// appAnswer is what the wallet app answers to my.tradePay and my.pay.
type appAnswer struct {
	Call       string `json:"call,omitempty"`
	CashierURL string `json:"cashierUrl,omitempty"`
	PaymentID  string `json:"paymentId,omitempty"`
	ResultCode string `json:"resultCode"` // "" while the payer has not decided
	Error      string `json:"error,omitempty"`
}

// lookUp returns a call, and its result code so far. The call is nil if there is none.
func (w *Wallet) lookUp(id string) (c *call, code string) {
	w.post(w.locked(func() {
		if c = w.calls[id]; c != nil {
			w.upToDate(c.of)
			code = c.result()
		}
	}))
	return c, code
}

// appLeave closes the cashier, unless the payer has decided, and answers as appResult does.
func (w *Wallet) appLeave(rw http.ResponseWriter, name, id string) {
	start := time.Now()
	if c, code := w.lookUp(id); c != nil && code == "" {
		happened, caused, _ := w.press(c.of, buttonCancel, nil)
		w.mu.Lock()
		_, f := w.tell(c, happened)
		w.mu.Unlock()
		w.emitFault(f, wire.OpPay)
		w.emit(c.of.result(happened, start))
		w.post(caused)
	}
	w.appResult(rw, name, id)
}

// appResult answers how a call ended.
func (w *Wallet) appResult(rw http.ResponseWriter, name, id string) {
	start := time.Now()
	c, _ := w.lookUp(id)
	if c == nil {
		writeProblem(rw, http.StatusNotFound, "no such call of my."+name)
		return
	}
	w.mu.Lock()
	code := c.result()
	first := code != "" && !c.answered
	c.answered = c.answered || first
	w.mu.Unlock()
	answer := appAnswer{Call: c.id, PaymentID: c.of.id, ResultCode: code}
	if first && w.watched() {
		e := c.of.step(18, start)
		e.Detail = code
		e.Message = w.pageMessage(doctor.EvidenceResponse, http.MethodGet, appPath+name+"/…", http.StatusOK, nil,
			[]byte(`{"resultCode":"`+code+`"}`))
		w.emit(e)
	}
	writeJSON(rw, answer)
}

// result is step 17: what the button did.
func (p *payment) result(code string, start time.Time) Event {
	e := p.step(17, start)
	e.Detail = code
	return e
}

func (w *Wallet) appAuthCode(rw http.ResponseWriter, r *http.Request) {
	var args struct{ Scopes any }
	if _, ok := readArguments(rw, r, &args); !ok {
		return
	}
	var scopes []string
	switch s := args.Scopes.(type) {
	case string:
		scopes = append(scopes, s)
	case []any:
		for _, scope := range s {
			text, _ := scope.(string)
			scopes = append(scopes, text)
		}
	}
	if len(scopes) == 0 || slices.Contains(scopes, "") {
		writeProblem(rw, http.StatusBadRequest,
			"scopes must be a scope, or a list of scopes, such as auth_base or auth_user")
		return
	}
	writeJSON(rw, map[string]any{"authCode": w.AuthCode(w.currentUser()), "authSuccessScopes": scopes})
}

// readArguments reads the JSON that a page sent. Its content type makes a
// browser ask before it lets a page of another site send it.
func readArguments(rw http.ResponseWriter, r *http.Request, into any) ([]byte, bool) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		writeProblem(rw, http.StatusUnsupportedMediaType, "Content-Type must be application/json")
		return nil, false
	}
	data, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 16<<10))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		writeProblem(rw, http.StatusBadRequest,
			"the body must be a JSON object of at most 16 KiB, with the arguments of my."+strings.TrimPrefix(r.URL.Path,
				appPath))
		return nil, false
	}
	return data, true
}

func writeProblem(rw http.ResponseWriter, status int, why string) {
	noStore(rw)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"error": why})
}

// loopbackOrigin reports whether an Origin header is one of those that may
// frame the cashier, see cashierCSP.
func loopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == "" &&
		(u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}
