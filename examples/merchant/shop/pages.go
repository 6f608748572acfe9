package shop

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/phrasebook"
)

//go:embed templates
var templates embed.FS

var pages = func() map[string]*template.Template {
	parsed := make(map[string]*template.Template)
	for _, name := range []string{"catalogue", "login", "orders", "order", "problem"} {
		parsed[name] = template.Must(template.ParseFS(templates, "templates/layout.html", "templates/"+name+".html"))
	}
	return parsed
}()

// view is what the templates see on every page. Data is the page's own.
type view struct {
	Lang  string
	Title string // key of texts
	CSRF  string // empty for who is not the shopkeeper
	Data  any

	session string // the shopkeeper's token
	query   url.Values
}

// T is a text in the page's language.
func (v *view) T(key string) string { return texts[v.Lang][key] }

// Languages are all that the pages speak.
func (v *view) Languages() []string { return languages }

// In is the address of this page in another language.
func (v *view) In(lang string) string {
	query := url.Values{}
	for name, values := range v.query {
		query[name] = values
	}
	query.Set("lang", lang)
	return "?" + query.Encode() // no path: one that begins with // would lead to another host
}

// State is the name of a state.
func (v *view) State(s orderflow.State) string { return v.T("state." + string(s)) }

// Time shows a time; of all time zones, UTC is the one that nobody mistakes. Where
// the browser runs local.js, it shows the viewer's own.
func (v *view) Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Machine is a time for the datetime attribute.
func (v *view) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// page makes a handler of one that fills a view.
func (s *Shop) page(handle func(http.ResponseWriter, *http.Request, *view) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &view{Lang: s.languageOf(r), query: r.URL.Query()}
		if asked := r.URL.Query().Get("lang"); asked == v.Lang {
			http.SetCookie(w, &http.Cookie{ //nolint:gosec // a language is no secret
				Name: "lang", Value: asked, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.secure,
				SameSite: http.SameSiteLaxMode,
			})
		}
		session, err := s.keeper(r)
		switch {
		case err == nil:
			v.session, v.CSRF = session, csrfToken(session)
		case !errors.Is(err, errUnauthorized):
			s.showProblem(w, r, v, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := handle(w, r, v); err != nil {
			s.showProblem(w, r, v, err)
		}
	})
}

// form is page for what only the shopkeeper may do, by a form of ours.
func (s *Shop) form(handle func(http.ResponseWriter, *http.Request, *view) error) http.Handler {
	return s.page(func(w http.ResponseWriter, r *http.Request, v *view) error {
		switch {
		case v.session == "":
			return errUnauthorized
		case !isCSRFToken(v.session, r.PostFormValue("csrf")):
			return errForged
		}
		return handle(w, r, v)
	})
}

func (s *Shop) render(w http.ResponseWriter, status int, name string, v *view) error {
	var page bytes.Buffer // whole, or not at all
	if err := pages[name].ExecuteTemplate(&page, "layout.html", v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // who is gone does not read it
	return nil
}

func (s *Shop) showProblem(w http.ResponseWriter, r *http.Request, v *view, err error) {
	p := s.problem(r, err)
	if p == errUnauthorized && r.Method == http.MethodGet {
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	v.Title, v.Data = "problem.title", "error."+p.code
	if err := s.render(w, p.status, "problem", v); err != nil {
		s.log.ErrorContext(r.Context(), "page failed", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

func (s *Shop) showCatalogue(w http.ResponseWriter, r *http.Request, v *view) error {
	type row struct {
		Item
		Label string
		Left  int64
	}
	left, err := s.stock(r.Context())
	if err != nil {
		return err
	}
	var rows []row
	for _, item := range s.catalogue {
		rows = append(rows, row{item, item.Name(v.Lang), left[item.ID]})
	}
	v.Title, v.Data = "catalogue.title", rows
	return s.render(w, http.StatusOK, "catalogue", v)
}

func (s *Shop) restock(w http.ResponseWriter, r *http.Request, _ *view) error {
	quantity, err := strconv.ParseInt(r.PostFormValue("quantity"), 10, 64)
	if err != nil || quantity < 0 || quantity > 1_000_000 {
		return errBadRequest
	}
	item := r.PathValue("item")
	if !slices.ContainsFunc(s.catalogue, func(i Item) bool { return i.ID == item }) {
		return errNotFound
	}
	if _, err := s.db.ExecContext(r.Context(), `UPDATE shop_stock SET quantity = $2 WHERE item_id = $1`, item,
		quantity); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// here keeps redirects on this site: a path, which no browser takes for a host.
func here(next string) string {
	if _, err := url.Parse(next); err != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.Contains(next, `\`) || strings.ContainsFunc(next, unicode.IsControl) {
		return "/orders"
	}
	return next
}

// loginView is the form of the login, and why it was not right.
type loginView struct{ Next, Problem string }

func (s *Shop) showLogin(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title, v.Data = "login.title", loginView{Next: here(r.URL.Query().Get("next"))}
	return s.render(w, http.StatusOK, "login", v)
}

func (s *Shop) login(w http.ResponseWriter, r *http.Request, v *view) error {
	from := s.caller(r)
	again := func(why *problem) error {
		v.Title = "login.title"
		v.Data = loginView{Next: here(r.PostFormValue("next")), Problem: "error." + why.code}
		return s.render(w, why.status, "login", v)
	}
	if !s.passwords.take(s.now(), from) {
		return again(errTooMany)
	}
	if !s.isPassword(r.PostFormValue("password")) {
		return again(errPassword)
	}
	s.passwords.giveBack(from)
	token, err := s.openSession(r.Context(), roleShopkeeper, "")
	if err != nil {
		return err
	}
	s.setCookie(w, token, sessionTime)
	http.Redirect(w, r, here(r.PostFormValue("next")), http.StatusSeeOther) //nolint:gosec // here keeps to this site
	return nil
}

func (s *Shop) logout(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.closeSession(r.Context(), v.session); err != nil {
		return err
	}
	s.setCookie(w, "", -time.Second)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// parked is listed like a state: paid, and Fulfil has given up.
const parked orderflow.State = "parked"

func (s *Shop) showOrders(w http.ResponseWriter, r *http.Request, v *view) error {
	if v.session == "" {
		return errUnauthorized
	}
	query := r.URL.Query()
	data := struct {
		Filters []orderflow.State
		Filter  orderflow.State
		Orders  []*orderflow.Order
		Next    string
		Health  orderflow.Health
	}{Filters: append(orderflow.States(), parked), Filter: orderflow.State(query.Get("state")),
		Health: s.flow.Health(r.Context())}
	before := query.Get("id")
	knownFilter := data.Filter == "" || slices.Contains(data.Filters, data.Filter)
	knownPlace := before == "" || isOrderID(before)
	if !knownFilter || !knownPlace {
		return errBadRequest
	}
	opts := orderflow.ListOptions{State: data.Filter, BeforeID: before, Limit: historyPage}
	if data.Filter == parked {
		opts.State, opts.Parked = "", true
	}
	if at, err := strconv.ParseInt(query.Get("before"), 10, 64); err == nil && at > 0 {
		opts.CreatedBefore = time.UnixMilli(at)
	}
	var err error
	if data.Orders, err = s.flow.List(r.Context(), opts); err != nil {
		return err
	}
	if len(data.Orders) == historyPage {
		last := data.Orders[historyPage-1]
		next := url.Values{"state": {string(data.Filter)},
			"before": {strconv.FormatInt(last.CreatedAt.UnixMilli(), 10)}, "id": {last.ID}}
		data.Next = "/orders?" + next.Encode()
	}
	v.Title, v.Data = "orders.title", data
	return s.render(w, http.StatusOK, "orders", v)
}

// orderView is the result page: for the shopkeeper, and for a customer who has
// its key.
type orderView struct {
	*orderflow.Order
	Lines      []Line
	Refunds    []*orderflow.Refund
	History    []orderflow.Event // the shopkeeper's
	Unfinished bool
	Left       tradepay.Amount // what can still be refunded
	Form       refundForm
	Refundable bool
	Reserved   bool // to be captured or released
	Cancelable bool
	Retryable  bool
}

// refundForm is the form of a refund: empty, or as it was sent.
type refundForm struct {
	ID             string // sending it twice is one refund
	Amount, Reason string
	Problem        string // key of texts: why it was not done
	Whole          bool   // whether to give back all that is left is still to be confirmed
}

func newRefundID() string { return "refund-" + rand.Text() }

func (s *Shop) showOrder(w http.ResponseWriter, r *http.Request, v *view) error {
	kept, err := s.find(r.Context(), r.PathValue("id"), "")
	key := r.URL.Query().Get("key")
	switch {
	case v.session == "" && key == "":
		return errUnauthorized
	case err != nil:
		return err
	case v.session == "" && hashed(key) != hashed(kept.viewKey): // hashes: no time to measure
		return errNotFound
	}
	return s.orderPage(w, r, v, kept, http.StatusOK, refundForm{ID: newRefundID()})
}

// orderPage shows an order as it stands: whatever the address says about the
// payment, this is the truth.
func (s *Shop) orderPage(w http.ResponseWriter, r *http.Request, v *view, kept *placed, status int,
	form refundForm) error {
	o, err := s.flow.Get(r.Context(), kept.id)
	if err != nil {
		return err
	}
	data := orderView{Order: o, Lines: kept.lines, Unfinished: unfinished(o.State), Form: form, Left: left(o)}
	if data.Refunds, err = s.flow.Refunds(r.Context(), kept.id); err != nil {
		return err
	}
	if v.session != "" {
		if data.History, err = s.flow.History(r.Context(), kept.id); err != nil {
			return err
		}
		late := o.State.Closed() && !o.LateAt.IsZero()
		data.Refundable = late || slices.Contains([]orderflow.State{orderflow.StatePaid, orderflow.StateFulfilled,
			orderflow.StatePartlyRefunded}, o.State)
		data.Cancelable, data.Retryable = o.State.Open(), !o.ParkedAt.IsZero()
		data.Reserved = o.State == orderflow.StateAuthorized
	}
	v.Title, v.Data = "order.title", data
	return s.render(w, status, "order", v)
}

// left is what of an order can still be refunded.
func left(o *orderflow.Order) tradepay.Amount {
	return tradepay.Amount{Currency: o.Amount.Currency, Value: o.Amount.Value - o.Refunded.Value}
}

var isRefundID = regexp.MustCompile(`^refund-[A-Z2-7]{26}$`).MatchString

// isReason reports whether a reason is one that the wallet takes, and that both
// databases hold: PostgreSQL has no zero bytes.
func isReason(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= 256 && !strings.Contains(text, "\x00")
}

func (s *Shop) refund(w http.ResponseWriter, r *http.Request, v *view) error {
	form := refundForm{ID: r.PostFormValue("refund_id"), Amount: strings.TrimSpace(r.PostFormValue("amount")),
		Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	if !isRefundID(form.ID) || !isReason(form.Reason) {
		return errBadRequest
	}
	kept, err := s.find(r.Context(), r.PathValue("id"), "")
	if err != nil {
		return err
	}
	o, err := s.flow.Get(r.Context(), kept.id)
	if err != nil {
		return err
	}
	// The amount in whole units, as people write it; empty for all that is left,
	// which is asked about first.
	var amount tradepay.Amount
	if form.Amount != "" {
		if amount, err = tradepay.ParseAmount(form.Amount, o.Amount.Currency); err != nil {
			return s.refundAgain(w, r, v, kept, form, errAmount)
		}
	}
	refunds, err := s.flow.Refunds(r.Context(), o.ID)
	if err != nil {
		return err
	}
	isRepeated := slices.ContainsFunc(refunds, func(f *orderflow.Refund) bool { return f.ID == form.ID })
	rest := left(o)
	isWhole := rest.Value > 0 && (form.Amount == "" || amount == rest)
	if isWhole && !isRepeated && r.PostFormValue("whole") != rest.String() {
		form.Amount, form.Whole = rest.Decimal(), true
		return s.orderPage(w, r, v, kept, http.StatusOK, form)
	}
	// The id was made with the form, so a form that is sent twice is one
	// refund; orderflow stores it before the wallet hears of it.
	refund, err := s.flow.Refund(r.Context(), o.ID, orderflow.RefundRequest{ID: form.ID, Amount: amount,
		Reason: form.Reason})
	isStored := refund != nil
	if !isStored || refund.State == orderflow.RefundOpen && err != nil && !undecided(err) {
		return s.refundAgain(w, r, v, kept, form, err)
	}
	// Succeeded, failed or under way: the page shows which. orderflow follows up.
	return s.back(w, r)
}

// refundAgain shows the form as it was sent, and why it was not done.
func (s *Shop) refundAgain(w http.ResponseWriter, r *http.Request, v *view, kept *placed, form refundForm,
	err error) error {
	p := s.problem(r, err)
	form.Problem = "error." + p.code
	if p == errRequestKey { // the id belongs to another refund
		form.ID = newRefundID()
	}
	return s.orderPage(w, r, v, kept, p.status, form)
}

func (s *Shop) cancel(w http.ResponseWriter, r *http.Request, _ *view) error {
	if _, err := s.flow.Cancel(r.Context(), r.PathValue("id")); err != nil && !undecided(err) {
		return err
	}
	return s.back(w, r)
}

// capture charges all that is reserved. However often it is pressed, orderflow has one
// capture under way, and none after all was charged. After a failed one, it may be tried again.
func (s *Shop) capture(w http.ResponseWriter, r *http.Request, _ *view) error {
	request := orderflow.CaptureRequest{ID: "capture-" + rand.Text()}
	c, err := s.flow.Capture(r.Context(), r.PathValue("id"), request)
	if err != nil && (c == nil || !undecided(err)) {
		return err
	}
	return s.back(w, r)
}

// void gives back what is reserved.
func (s *Shop) void(w http.ResponseWriter, r *http.Request, _ *view) error {
	if _, err := s.flow.Void(r.Context(), r.PathValue("id")); err != nil && !undecided(err) {
		return err
	}
	return s.back(w, r)
}

func (s *Shop) retry(w http.ResponseWriter, r *http.Request, _ *view) error {
	if _, err := s.flow.Retry(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return s.back(w, r)
}

// back leads from a form to the order's page, so that a reload sends nothing again.
func (s *Shop) back(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/orders/"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// Why is the reason of a line of the history, in the page's language. What others wrote, such as an
// error of Fulfil, stays as it is.
func (v *view) Why(e orderflow.Event) string {
	if v.Lang != "es" {
		return e.Reason
	}
	return phrasebook.Spanish(e.Reason)
}

// FromTo describes a line of the history.
func (v *view) FromTo(e orderflow.Event) string {
	if e.From == e.To {
		return v.State(e.To)
	}
	return fmt.Sprintf("%s → %s", cmp.Or(v.State(e.From), "–"), v.State(e.To))
}
