package tradepaytest

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/tradepay/tradepay-go/internal/loopback"
)

// ErrNoAgreement says that the wallet has no such agreement page, or no such agreement.
var ErrNoAgreement = errors.New("tradepaytest: no such agreement")

// agreementPath is where users agree.
const agreementPath = "/agreement/"

// agreement is a page on which a user agrees.
type agreement struct{ id, scopes, redirect, state string }

// signing is one call of my.signContract. Wallet.mu guards it.
type signing struct {
	id       string
	of       *agreement
	origin   string // of the page that called; "" if it has none
	code     string // what the page shows: 9000 or 6001; "" while the user has not decided
	authCode string
}

// The error codes of my.signContract.
const (
	signCancelled = "6001" // the user left
	signFailed    = "7002" // no such agreement
)

func (w *Wallet) prepare(x *exchange) *answer {
	f := w.form(x)
	g := &agreement{
		scopes: f.required("scopes", 256), redirect: f.url("authRedirectUrl"), state: f.text("authState", 256),
	}
	f.text("referenceClientId", 128)
	if f.mistake != "" {
		return illegal(f.mistake)
	}
	g.id = w.secret("agreement", w.serial(), 43)
	w.agreements[g.id] = g
	return success(map[string]any{"authUrl": w.url + agreementPath + g.id})
}

// agreementOf returns the agreement page of a URL, or nil.
func (w *Wallet) agreementOf(authURL string) *agreement {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, ok := strings.CutPrefix(authURL, w.url+agreementPath)
	if !ok {
		return nil
	}
	return w.agreements[id]
}

// Agree agrees in place of the user, on the page of authURL. It returns what
// my.signContract reports: the code for [tradepay.Client.ApplyToken], and the State of
// the request. Without such a page it returns [ErrNoAgreement].
func (w *Wallet) Agree(authURL string) (authCode, authState string, err error) {
	g := w.agreementOf(authURL)
	if g == nil {
		return "", "", ErrNoAgreement
	}
	return w.AuthCode(w.currentUser()), g.state, nil
}

// EndAgreement ends an agreement, like a user who ends it in the wallet's app: the
// access token and its refresh token are good for nothing anymore. If no valid token is
// accessToken, it returns [ErrNoAgreement].
func (w *Wallet) EndAgreement(accessToken string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.access[accessToken]
	if g == nil {
		return ErrNoAgreement
	}
	w.revoke(g)
	return nil
}

// agreement shows the page and takes the user's consent: a POST agrees, or with
// action=cancel leaves. With an Accept header of application/json it answers
// {"authCode", "authState"}, or {"error"}, and a GET {"scopes", "authState"};
// otherwise the user is sent to the merchant's
// loopback URL with both, or sees the code. With a call in its query, it keeps the
// outcome for the wallet app, and shows the code to nobody.
func (w *Wallet) agreement(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	g := w.agreements[strings.TrimPrefix(r.URL.Path, agreementPath)]
	s := w.signings[r.URL.Query().Get("call")]
	if s != nil && s.of != g {
		s = nil
	}
	w.mu.Unlock()
	l := localeFor(r)
	switch {
	case g == nil:
		w.page(rw, r, http.StatusNotFound, view{L: l, Heading: l.UnknownAgreement})
	case r.Method == http.MethodGet && wantsJSON(r):
		writeJSON(rw, map[string]string{"scopes": g.scopes, "authState": g.state})
	case r.Method == http.MethodGet:
		v := view{L: l, Heading: fill(l.AgreeTo, "scopes", g.scopes), Note: l.AgreeNote, Agree: true}
		w.page(rw, r, http.StatusOK, w.ofSigning(v, s))
	case r.Method != http.MethodPost:
		rw.Header().Set("Allow", "GET, POST")
		w.page(rw, r, http.StatusMethodNotAllowed, view{L: l, Heading: l.BadMethod})
	default:
		r.Body = http.MaxBytesReader(rw, r.Body, 4<<10)
		if button(r.PostFormValue("action")) == buttonCancel {
			w.disagreed(rw, r, s)
		} else {
			w.agreed(rw, r, g, s)
		}
	}
}

// ofSigning adds the call to a page, or shows how it ended. s may be nil.
func (w *Wallet) ofSigning(v view, s *signing) view {
	if s == nil {
		return v
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	v.Call, v.Origin, v.Code = s.id, s.origin, s.code
	switch s.code {
	case codePaid:
		v.State, v.Badge, v.Heading, v.Note, v.Agree = "done", badgeDone, v.L.Agreed, "", false
	case signCancelled:
		v.State, v.Badge, v.Heading, v.Note, v.Agree = "stopped", badgeStopped, v.L.NotAgreed, "", false
	}
	return v
}

// decide keeps how a call ended, once.
func (w *Wallet) decide(s *signing, code string) {
	authCode := ""
	if code == codePaid {
		authCode = w.AuthCode(w.currentUser())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.code == "" {
		s.code, s.authCode = code, authCode
	}
}

func (w *Wallet) disagreed(rw http.ResponseWriter, r *http.Request, s *signing) {
	if s != nil {
		w.decide(s, signCancelled)
	}
	w.emit(Event{Name: "Agreement declined"})
	if wantsJSON(r) {
		writeJSON(rw, map[string]string{"error": signCancelled})
		return
	}
	l := localeFor(r)
	v := view{L: l, State: "stopped", Badge: badgeStopped, Heading: l.NotAgreed}
	w.page(rw, r, http.StatusOK, w.ofSigning(v, s))
}

func (w *Wallet) agreed(rw http.ResponseWriter, r *http.Request, g *agreement, s *signing) {
	w.emit(Event{Name: "Agreement signed"})
	l := localeFor(r)
	v := view{L: l, State: "done", Badge: badgeDone, Heading: l.Agreed}
	if s != nil {
		w.decide(s, codePaid)
		w.page(rw, r, http.StatusOK, w.ofSigning(v, s))
		return
	}
	text := w.AuthCode(w.currentUser())
	if wantsJSON(r) {
		writeJSON(rw, map[string]string{"authCode": text, "authState": g.state})
		return
	}
	u, err := url.Parse(g.redirect)
	if g.redirect == "" || err != nil || !loopback.Host(u.Hostname()) {
		v.Note = fill(l.AuthCode, "code", text)
		w.page(rw, r, http.StatusOK, v)
		return
	}
	query := u.Query()
	query.Set("authCode", text)
	query.Set("authState", g.state)
	u.RawQuery = query.Encode()
	v.Back = template.URL(u.String()) //nolint:gosec // a URL on this host, as html/template would let pass
	w.page(rw, r, http.StatusOK, v)
}

// signAnswer is what the wallet app answers to my.signContract.
type signAnswer struct {
	Call         string `json:"call,omitempty"`
	AgreementURL string `json:"agreementUrl,omitempty"`
	AuthCode     string `json:"authCode,omitempty"`
	AuthState    string `json:"authState,omitempty"`
	ErrorCode    string `json:"errorCode"` // "" while the user has not decided, and for success
	Error        string `json:"error,omitempty"`
}

// appSign is my.signContract.
func (w *Wallet) appSign(rw http.ResponseWriter, r *http.Request) {
	var args struct{ SignStr, AuthURL, Lang string }
	if _, ok := readArguments(rw, r, &args); !ok {
		return
	}
	if args.SignStr == "" {
		args.SignStr = args.AuthURL
	}
	g := w.agreementOf(args.SignStr)
	if g == nil {
		writeJSON(rw, signAnswer{ErrorCode: signFailed, Error: "signStr names no agreement of this wallet"})
		return
	}
	w.mu.Lock()
	s := &signing{id: w.secret("signing", w.serial(), 32), of: g, origin: r.Header.Get("Origin")}
	w.signings[s.id] = s
	w.mu.Unlock()
	answer := signAnswer{Call: s.id, AgreementURL: w.url + agreementPath + g.id + "?call=" + s.id}
	if _, ok := localeOf(args.Lang); ok {
		answer.AgreementURL += "&lang=" + url.QueryEscape(strings.TrimSpace(args.Lang))
	}
	writeJSON(rw, answer)
}

// appSigned answers how a call of my.signContract ended. DELETE closes the page, unless
// the user has decided.
func (w *Wallet) appSigned(rw http.ResponseWriter, r *http.Request, id string) {
	w.mu.Lock()
	s := w.signings[id]
	w.mu.Unlock()
	if s == nil {
		writeProblem(rw, http.StatusNotFound, "no such call of my.signContract")
		return
	}
	if r.Method == http.MethodDelete {
		w.decide(s, signCancelled)
	}
	w.mu.Lock()
	answer := signAnswer{Call: s.id, AuthCode: s.authCode}
	if s.authCode != "" {
		answer.AuthState = s.of.state
	}
	if s.code == signCancelled {
		answer.ErrorCode = signCancelled
	}
	w.mu.Unlock()
	writeJSON(rw, answer)
}
