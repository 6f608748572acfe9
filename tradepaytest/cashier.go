package tradepaytest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the page
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
)

// cashierPath is where payment URLs point.
const cashierPath = "/cashier/"

var (
	//go:embed cashier.html
	cashierHTML string
	//go:embed cashier.css
	cashierCSS string

	cashierPage = template.Must(template.New("cashier").Parse(cashierHTML))
	cashierCSP  = contentPolicy()
)

// contentPolicy allows the page its own style and nothing else. Pages on this
// host may frame it, as a simulated wallet app does.
func contentPolicy() string {
	sum := sha256.Sum256([]byte(cashierCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; base-uri 'none'; " +
		"frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
}

// view is what a page shows.
type view struct {
	Style       template.CSS
	Wallet      string
	Heading     string
	Amount      string
	Payee       string
	Title       string
	PaymentID   string
	Code        string // my.tradePay's result code
	Note        string
	Back        template.URL
	Open, Agree bool
}

// cashier is the page that a payment URL leads to. GET shows the payment;
// POST presses a button (action pay, decline or cancel), and answers with a
// page or, where the Accept header names application/json, with
// {"resultCode": …} as my.tradePay reports it.
func (w *Wallet) cashier(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	var p *payment
	w.post(w.locked(func() { p = w.find(strings.TrimPrefix(r.URL.Path, cashierPath)) }))
	if p == nil || subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(p.token)) != 1 || p.token == "" {
		w.page(rw, http.StatusNotFound, view{Heading: "Unknown payment"})
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.emit(p.step(10, start))
		w.show(rw, p)
	case http.MethodPost:
		w.pressed(rw, r, p)
	default:
		rw.Header().Set("Allow", "GET, POST")
		w.page(rw, http.StatusMethodNotAllowed, view{Heading: "Method not allowed"})
	}
}

func (w *Wallet) show(rw http.ResponseWriter, p *payment) {
	start := time.Now()
	w.emit(p.step(11, start))
	v := w.view(p)
	w.emit(p.step(12, start))
	start = time.Now()
	w.page(rw, http.StatusOK, v)
	w.emit(p.step(13, start))
}

// pressed handles a button of the page.
func (w *Wallet) pressed(rw http.ResponseWriter, r *http.Request, p *payment) {
	start := time.Now()
	r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
	b := button(r.PostFormValue("action"))
	if b != buttonPay && b != buttonCancel && b != buttonDecline {
		w.page(rw, http.StatusBadRequest, view{Heading: "Unknown action"})
		return
	}
	code, caused, err := w.press(p, b)
	if wantsJSON(r) {
		writeJSON(rw, map[string]string{"resultCode": code})
	} else {
		v := w.view(p)
		v.Open, v.Code = false, code
		if code == codeCancelled {
			v.Heading, v.Note = "Cancelled", "The payment is still open until it expires."
		}
		w.page(rw, http.StatusOK, v)
	}
	e := p.step(17, start)
	e.Err, e.Detail = err, code
	w.emit(e)
	w.post(caused)
}

// view describes p as it stands.
func (w *Wallet) view(p *payment) view {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := view{Amount: p.amount.String(), Payee: p.payee, Title: p.title, PaymentID: p.id, Back: safeURL(p.returnURL)}
	switch {
	case p.inProcess > 0:
		v.Heading, v.Code = "Payment in process", codeProcessing
	case p.status == tradepay.StatusProcessing:
		v.Heading, v.Open = "Confirm the payment", true
	case p.status == tradepay.StatusSuccess || p.status == tradepay.StatusAuthorized:
		v.Heading, v.Code = "Paid", codePaid
	case p.status == tradepay.StatusFail:
		v.Heading, v.Code, v.Note = "Payment failed", codeFailed, "There is not enough balance."
	default:
		v.Heading, v.Code = "Payment closed", codeFailed
	}
	return v
}

// safeURL lets the schemes of mini programs pass, which html/template would
// not, and none that runs a script.
func safeURL(text string) template.URL {
	scheme, _, ok := strings.Cut(strings.ToLower(text), "://")
	if !ok || scheme == "javascript" || scheme == "data" || scheme == "vbscript" {
		return ""
	}
	return template.URL(text) //nolint:gosec // an absolute URL, checked above
}

// page writes a page.
func (w *Wallet) page(rw http.ResponseWriter, status int, v view) {
	v.Style, v.Wallet = template.CSS(cashierCSS), w.profile.Name //nolint:gosec // our own
	var buf bytes.Buffer
	if err := cashierPage.Execute(&buf, v); err != nil {
		failHTTP(rw, http.StatusInternalServerError)
		return
	}
	noStore(rw)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", cashierCSP)
	rw.WriteHeader(status)
	_, _ = rw.Write(buf.Bytes())
}

func noStore(rw http.ResponseWriter) {
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("Referrer-Policy", "no-referrer")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
}

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

func writeJSON(rw http.ResponseWriter, value any) {
	noStore(rw)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(rw).Encode(value)
}
