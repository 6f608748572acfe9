package tradepaytest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wire"
)

// cashierPath is where payment URLs point.
const cashierPath = "/cashier/"

//go:embed cashier.html cashier.css cashier.js icon.svg
var cashierFiles embed.FS

var (
	cashierPage = template.Must(template.ParseFS(cashierFiles, "cashier.html"))

	styleURL  = assetURL("cashier.css")
	scriptURL = assetURL("cashier.js")
	iconURL   = assetURL("icon.svg")
)

// cashierCSP allows the page its own files and nothing inline. Pages on this
// host may frame it, as a simulated wallet app does.
const cashierCSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"

// assetURL is the address of a file, with its content's hash, so that a
// browser may keep it.
func assetURL(name string) string {
	data, err := cashierFiles.ReadFile(name)
	if err != nil {
		panic("tradepaytest: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return appPath + name + "?v=" + base64.RawURLEncoding.EncodeToString(sum[:6])
}

// asset serves a file of the pages.
func asset(rw http.ResponseWriter, name, contentType string) {
	data, err := cashierFiles.ReadFile(name)
	if err != nil {
		failHTTP(rw, http.StatusNotFound)
		return
	}
	rw.Header().Set("Content-Type", contentType)
	rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = rw.Write(data) //nolint:gosec // an embedded file, whatever the request says
}

// maxLines is how many lines of an order the wallet keeps and shows.
const maxLines = 50

// line is one line of goods.
type line struct {
	name     string
	quantity int64
	unit     tradepay.Amount
}

// view is what a page shows.
type view struct {
	L                   locale
	Style, Script, Icon string
	Wallet              string
	Other               *otherLanguage
	State               string // open, done, waiting, failed or stopped
	Badge               string // path of an SVG
	Heading, Note       string
	Payee, Initial      string
	Amount              string // as Amount.String has it
	Number, Currency    string // in the page's language
	Title               string
	Lines               []lineView
	More                string
	PaymentID           string
	Expiry              *expiryView
	Balance, PayLabel   string
	Code                string // my.tradePay's result code
	Call, Origin        string // of my.tradePay, see app
	Back                template.URL
	Open, Agree         bool
}

type otherLanguage struct{ Tag, Name, URL string }

type lineView struct{ Name, Count, Total string }

type expiryView struct {
	Until, Text string
	Seconds     int64
}

const (
	badgeDone    = "M5 12.5l4.5 4.5L19 7.5"
	badgeFailed  = "M7 7l10 10M17 7L7 17"
	badgeWaiting = "M12 6.5V12l3.5 2.5M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18"
	badgeStopped = "M6.5 12h11"
)

// cashier is the page that a payment URL leads to. GET shows the payment;
// POST presses a button (action pay, decline or cancel; pay with from empty is
// decline), and answers with a redirect to a page. Where the Accept header names
// application/json, GET answers with a [cashierAnswer], POST with {"resultCode": …} as
// my.tradePay reports it, and both with {"error": …} where a page would say so.
// With a call in its query, what my.tradePay reports is kept for [app].
func (w *Wallet) cashier(rw http.ResponseWriter, r *http.Request) {
	start := time.Now()
	query := r.URL.Query()
	var p *payment
	var c *call
	w.post(w.locked(func() {
		p = w.find(strings.TrimPrefix(r.URL.Path, cashierPath))
		if c = w.calls[query.Get("call")]; c != nil && c.of != p {
			c = nil
		}
	}))
	if p == nil || subtle.ConstantTimeCompare([]byte(query.Get("token")), []byte(p.token)) != 1 || p.token == "" {
		l := localeFor(r)
		w.page(rw, r, http.StatusNotFound, view{L: l, Heading: l.Unknown, Note: l.UnknownNote})
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.show(rw, r, p, c, start)
	case http.MethodPost:
		w.pressed(rw, r, p, c)
	default:
		rw.Header().Set("Allow", "GET, HEAD, POST")
		w.page(rw, r, http.StatusMethodNotAllowed, view{L: localeFor(r), Heading: localeFor(r).BadMethod})
	}
}

// show answers with the page. Steps 10 to 13 are those of an open payment: the
// page of a result is the end of step 17.
func (w *Wallet) show(rw http.ResponseWriter, r *http.Request, p *payment, c *call, start time.Time) {
	v := w.view(localeFor(r), p, c)
	write := func() { w.page(rw, r, http.StatusOK, v) }
	if wantsJSON(r) {
		write = func() { writeJSON(rw, w.cashierAnswer(p, v)) }
	}
	if !v.Open || !w.watched() {
		write()
		return
	}
	e := p.step(10, start)
	e.Message = w.pageMessage(doctor.EvidenceRequest, r.Method, r.RequestURI, 0, r.Header, nil)
	w.emit(e)
	w.emit(p.step(11, start))
	w.emit(p.step(12, start))
	start = time.Now()
	write()
	w.emit(p.step(13, start))
}

// cashierAnswer is the page for programs.
type cashierAnswer struct {
	PaymentID  string                 `json:"paymentId"`
	Payee      string                 `json:"payee"`
	Title      string                 `json:"title"`
	Amount     tradepay.Amount        `json:"amount"`
	Status     tradepay.PaymentStatus `json:"status"`
	Open       bool                   `json:"open"` // the payer can pay
	ExpiresAt  time.Time              `json:"expiresAt"`
	ResultCode string                 `json:"resultCode"` // of my.tradePay, "" while the payer has not decided
}

func (w *Wallet) cashierAnswer(p *payment, v view) cashierAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cashierAnswer{
		PaymentID: p.id, Payee: p.payee, Title: p.title, Amount: p.amount, Status: p.status, Open: v.Open,
		ExpiresAt: p.expiresAt, ResultCode: v.Code,
	}
}

// pressed handles a button of the page.
func (w *Wallet) pressed(rw http.ResponseWriter, r *http.Request, p *payment, c *call) {
	start := time.Now()
	r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
	b := button(r.PostFormValue("action"))
	if b == buttonPay && r.PostForm.Get("from") == "empty" {
		b = buttonDecline
	}
	if b != buttonPay && b != buttonCancel && b != buttonDecline {
		l := localeFor(r)
		w.page(rw, r, http.StatusBadRequest, view{L: l, Heading: l.BadAction})
		return
	}
	code, caused, err := w.press(p, b, func() *Message {
		return w.pageMessage(doctor.EvidenceRequest, r.Method, r.RequestURI, 0, r.Header, []byte("action="+string(b)))
	})
	w.mu.Lock()
	if c == nil && !wantsJSON(r) {
		c = w.newCall(p, "")
	}
	told, f := w.tell(c, code)
	w.mu.Unlock()
	w.emitFault(f, wire.OpPay)
	e := p.step(17, start)
	e.Err, e.Detail = err, code
	if w.watched() {
		e.Message = w.pageMessage(doctor.EvidenceResponse, r.Method, r.RequestURI, http.StatusOK, nil,
			[]byte(`{"resultCode":"`+told+`"}`))
	}
	if wantsJSON(r) {
		writeJSON(rw, map[string]string{"resultCode": told})
	} else {
		query := r.URL.Query()
		query.Set("call", c.id)
		noStore(rw)
		rw.Header().Set("Location", r.URL.Path+"?"+query.Encode()) // GET: to load it again presses nothing
		rw.WriteHeader(http.StatusSeeOther)
	}
	w.emit(e)
	w.post(caused)
}

// view describes p as it stands, or as the call ended.
func (w *Wallet) view(l locale, p *payment, c *call) view {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := view{
		L: l, Payee: p.payee, Initial: initial(p.payee), PaymentID: p.id, Title: p.title,
		Amount: p.amount.String(), Number: l.number(p.amount), Currency: p.amount.Currency,
		PayLabel: fill(l.Pay, "amount", l.amount(p.amount)), Lines: lineViews(l, p.lines),
	}
	v.sayOnce()
	if p.moreLines > 0 {
		v.More = fill(l.MoreLines, "n", strconv.Itoa(p.moreLines))
	}
	v.Code = p.resultCode()
	switch {
	case p.inProcess > 0:
		v.State, v.Badge, v.Heading, v.Note = "waiting", badgeWaiting, l.InProcess, l.InProcessNote
	case p.status == tradepay.StatusProcessing && c != nil && c.happened != "":
		v.State, v.Badge, v.Heading, v.Note = "stopped", badgeStopped, l.Cancelled, l.CancelledNote
	case p.status == tradepay.StatusProcessing:
		v.State, v.Heading, v.Open = "open", l.Confirm, true
		v.Expiry = w.expiryView(l, p)
		if left, set := w.balances[p.amount.Currency]; set {
			v.Balance = fill(l.Balance, "amount", l.amount(tradepay.Amount{Currency: p.amount.Currency, Value: left}))
		}
	case p.status == tradepay.StatusSuccess:
		v.State, v.Badge, v.Heading, v.Note = "done", badgeDone, l.Paid, l.PaidNote
	case p.status == tradepay.StatusAuthorized:
		v.State, v.Badge, v.Heading, v.Note = "done", badgeDone, l.Reserved, l.ReservedNote
	case p.status == tradepay.StatusFailed && p.failReason == riskRejected:
		v.State, v.Badge, v.Heading, v.Note = "failed", badgeFailed, l.Failed, l.RiskNote
	case p.status == tradepay.StatusFailed:
		v.State, v.Badge, v.Heading, v.Note = "failed", badgeFailed, l.Failed, l.FailedNote
	default:
		v.State, v.Badge, v.Heading, v.Note = "stopped", badgeStopped, l.Closed, l.ClosedNote
	}
	if c != nil {
		v.Call, v.Origin = c.id, c.origin
		v.Code = c.result()
	}
	if v.Origin == "" { // otherwise my.tradePay's caller goes on
		v.Back = safeURL(p.returnURL)
	}
	return v
}

// sayOnce leaves out what the title of an order and its only line both say.
func (v *view) sayOnce() {
	if len(v.Lines) != 1 {
		return
	}
	switch only := v.Lines[0]; {
	case only.Name == v.Title && only.Count == "":
		v.Lines = nil
	case strings.Contains(v.Title, only.Name):
		v.Title = ""
	}
}

func (w *Wallet) expiryView(l locale, p *payment) *expiryView {
	until := p.expiresAt.UTC()
	return &expiryView{
		Until: until.Format(time.RFC3339), Text: fill(l.ExpiresAt, "time", until.Format("15:04:05")),
		Seconds: int64(math.Ceil(p.expiresAt.Sub(w.now()).Seconds())),
	}
}

func lineViews(l locale, lines []line) []lineView {
	views := make([]lineView, len(lines))
	for i, n := range lines {
		v := lineView{Name: n.name}
		quantity := max(1, n.quantity)
		switch total := n.unit; {
		case n.unit.Value == 0:
			if n.quantity > 1 {
				v.Count = "× " + strconv.FormatInt(n.quantity, 10)
			}
		case n.unit.Value > math.MaxInt64/quantity: // no sum that fits: the unit amount alone
			v.Count = strconv.FormatInt(quantity, 10) + " × " + l.amount(n.unit)
		default:
			total.Value *= quantity
			v.Total = l.amount(total)
			if quantity > 1 {
				v.Count = strconv.FormatInt(quantity, 10) + " × " + l.amount(n.unit)
			}
		}
		views[i] = v
	}
	return views
}

// initial is the first letter of a name.
func initial(name string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	return string(unicode.ToUpper(first))
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

// page writes a page, or an error in JSON to who asked for JSON.
func (w *Wallet) page(rw http.ResponseWriter, r *http.Request, status int, v view) {
	if status >= http.StatusBadRequest && wantsJSON(r) {
		writeProblem(rw, status, v.Heading)
		return
	}
	v.Wallet, v.Style, v.Script, v.Icon = w.profile.Name, styleURL, scriptURL, iconURL
	if v.State == "" {
		v.State = "stopped"
	}
	v.Other = inOtherLanguage(v.L, r.URL)
	var buf bytes.Buffer
	if err := cashierPage.Execute(&buf, &v); err != nil {
		failHTTP(rw, http.StatusInternalServerError)
		return
	}
	noStore(rw)
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Language", v.L.Tag)
	rw.Header().Set("Vary", "Accept-Language")
	rw.Header().Set("Content-Security-Policy", cashierCSP)
	rw.WriteHeader(status)
	_, _ = rw.Write(buf.Bytes())
}

// inOtherLanguage links to the same page in the next language.
func inOtherLanguage(l locale, u *url.URL) *otherLanguage {
	for _, p := range languages {
		if p != l.phrases {
			query := u.Query()
			query.Set("lang", p.Tag)
			return &otherLanguage{Tag: p.Tag, Name: p.Name, URL: "?" + query.Encode()}
		}
	}
	return nil
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
