package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// proxyPath is where my.request of the phone finds the shop.
const proxyPath = "/shop"

const (
	proxyTimeout = 30 * time.Second // as my.request's
	maxProxied   = 1 << 20
	maxTap       = time.Minute
)

// forwarded are the headers that the mini program's requests may have.
var forwarded = []string{"Accept", "Accept-Language", "Authorization", "Content-Type", "Idempotency-Key"}

// errNoAnswer says that the shop could not be reached, without its URL.
var errNoAnswer = errors.New("the shop does not answer")

// shopClient follows no redirect: the proxy reaches the shop and nothing else.
func shopClient() *http.Client {
	return &http.Client{
		Timeout:       proxyTimeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// proxy passes what the mini program asks of its server on to the shop, and
// notes it.
func (s *Stage) proxy(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), proxyPath)
	if !strings.HasPrefix(path, "/api/") || strings.Contains(path, "..") || strings.Contains(path, "//") {
		s.problem(w, http.StatusNotFound, "my.request reaches the shop's /api/ only")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxProxied))
	if err != nil {
		s.problem(w, http.StatusRequestEntityTooLarge, "the body is over 1 MiB")
		return
	}
	x := &exchange{method: r.Method, path: path, query: r.URL.RawQuery, header: make(http.Header), body: body}
	for _, name := range forwarded {
		if values := r.Header.Values(name); len(values) > 0 {
			x.header[name] = values
		}
	}
	order, action := orderPath(path)
	making := r.Method == http.MethodPost && path == "/api/orders"
	var run string
	if making {
		var args struct{ RequestKey, PayBy string }
		_ = json.Unmarshal(body, &args) // the shop judges the body, not the proxy
		run = s.journal.ordering(args.RequestKey, scenarioOf(args.PayBy), tappedAt(r), x.requestMessage())
	}
	x.start = time.Now()
	preparing := r.Method == http.MethodPost && path == "/api/agreement/prepare"
	agreeing := preparing || r.Method == http.MethodPost && path == "/api/agreement"
	if agreeing {
		run = s.journal.agreeing(x, preparing)
	}
	s.send(r.Context(), x)
	a := x.orderAnswer(order)
	switch {
	case agreeing:
		s.journal.agreed(run, preparing, x.requestMessage(), a, milliseconds(time.Since(x.start)))
	case making:
		if p, ok := s.wallet.Payment(x.payment()); ok {
			a.payment = p.PaymentRequestID
		}
		s.journal.ordered(run, a)
	case order != "" && action == "" && r.Method == http.MethodGet:
		s.journal.shown("", x.requestMessage(), a)
	case order != "" && r.Method == http.MethodPost:
		s.journal.shown(wire.Operation("shop/"+action), x.requestMessage(), a)
	}
	if x.err != nil {
		w.Header().Set("Stage-Problem", "network")
		s.problem(w, http.StatusBadGateway, errNoAnswer.Error())
		return
	}
	for _, name := range []string{"Content-Type", "Retry-After"} {
		if value := x.answerHeader.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(x.status)
	_, _ = w.Write(x.answer)
}

// orderPath splits /api/orders/{id} and /api/orders/{id}/{action}.
func orderPath(path string) (id, action string) {
	rest, ok := strings.CutPrefix(path, "/api/orders/")
	if !ok {
		return "", ""
	}
	id, action, _ = strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	return id, action
}

// tappedAt is when the user tapped: the phone says how long that was ago.
func tappedAt(r *http.Request) time.Time {
	ago, err := strconv.ParseFloat(r.Header.Get("Stage-Tap"), 64)
	d := time.Duration(ago * float64(time.Millisecond))
	if err != nil || d < 0 || d > maxTap {
		d = 0
	}
	return time.Now().Add(-d)
}

// exchange is one request to the shop and its answer.
type exchange struct {
	method, path, query string
	header              http.Header
	body                []byte
	start               time.Time

	status       int
	answerHeader http.Header
	answer       []byte
	err          error
}

// send asks the shop.
func (s *Stage) send(ctx context.Context, x *exchange) {
	target := s.merchant.URL() + x.path
	if x.query != "" {
		target += "?" + x.query
	}
	req, err := http.NewRequestWithContext(ctx, x.method, target, bytes.NewReader(x.body))
	if err != nil {
		x.err = errNoAnswer
		return
	}
	req.Header = x.header.Clone()
	res, err := s.client.Do(req)
	if err != nil {
		x.err = errNoAnswer
		return
	}
	defer func() { _ = res.Body.Close() }()
	x.answer, err = io.ReadAll(io.LimitReader(res.Body, maxProxied+1))
	if err != nil || len(x.answer) > maxProxied {
		x.err = errNoAnswer
		return
	}
	x.status, x.answerHeader = res.StatusCode, res.Header
}

// shopOrder is the shop's order, as far as the page reads it.
type shopOrder struct {
	ID       string
	State    string
	Amount   tradepay.Amount
	TradePay struct{ PaymentURL, TradeNo string }
}

func (x *exchange) order() (o shopOrder) {
	if x.err == nil {
		_ = json.Unmarshal(x.answer, &o) // what is no order has no id
	}
	return o
}

// payment names the payment that the answer leads to, for [tradepaytest.Wallet.Payment].
func (x *exchange) payment() string {
	o := x.order()
	switch {
	case o.TradePay.PaymentURL != "":
		return o.TradePay.PaymentURL
	case o.TradePay.TradeNo != "":
		return o.TradePay.TradeNo
	}
	return o.ID
}

func (x *exchange) orderAnswer(order string) orderAnswer {
	o := x.order()
	a := orderAnswer{start: x.start, status: x.status, orderID: o.ID, state: o.State, amount: o.Amount, err: x.err}
	if order != "" {
		a.orderID = order
	}
	if x.err == nil {
		a.message = x.answerMessage()
	}
	return a
}

// verdictSession is that of the mini program's messages.
const verdictSession = "not signed: the mini program's session with its server"

func (x *exchange) requestMessage() *tradepaytest.Message {
	uri := x.path
	if x.query != "" {
		uri += "?" + omitted
	}
	return &tradepaytest.Message{
		Kind: doctor.EvidenceRequest, Method: x.method, URI: uri, Header: redactHeader(x.header),
		Body: redactBody(x.body), Verdict: verdictSession,
	}
}

func (x *exchange) answerMessage() *tradepaytest.Message {
	m := x.requestMessage()
	m.Kind, m.Status, m.Header, m.Body = doctor.EvidenceResponse, x.status,
		redactHeader(x.answerHeader), redactBody(x.answer)
	return m
}

// askShop asks for an order as its payer would, after a login of the page's
// own, so that the verdict does not depend on what the mini program does.
func (s *Stage) askShop(order string) {
	ctx, cancel := context.WithTimeout(s.ctx, proxyTimeout)
	defer cancel()
	for range 2 { // the session may have ended
		token, err := s.session(ctx)
		if err != nil {
			return // it is asked again
		}
		x := &exchange{method: http.MethodGet, path: "/api/orders/" + url.PathEscape(order),
			header: http.Header{"Authorization": {"Bearer " + token}}}
		s.send(ctx, x)
		switch {
		case x.err != nil:
			return
		case x.status == http.StatusUnauthorized:
			s.dropSession(token)
			continue
		case x.status == http.StatusOK:
			o := x.order()
			s.journal.heard(order, o.State, o.Amount)
		}
		return
	}
}

// session returns the token of the page's own login.
func (s *Stage) session(ctx context.Context) (string, error) {
	s.loginMu.Lock()
	defer s.loginMu.Unlock()
	if s.token != "" {
		return s.token, nil
	}
	body, err := json.Marshal(map[string]string{"authCode": s.wallet.AuthCode(tradepaytest.DefaultUser)})
	if err != nil {
		return "", err
	}
	x := &exchange{method: http.MethodPost, path: "/api/login",
		header: http.Header{"Content-Type": {"application/json"}}, body: body}
	s.send(ctx, x)
	var answer struct{ Token string }
	switch {
	case x.err != nil:
		return "", x.err
	case json.Unmarshal(x.answer, &answer) != nil || answer.Token == "":
		return "", fmt.Errorf("stage: the shop's login answers HTTP %d without a token", x.status)
	}
	s.token = answer.Token
	return s.token, nil
}

func (s *Stage) dropSession(token string) {
	s.loginMu.Lock()
	defer s.loginMu.Unlock()
	if s.token == token {
		s.token = ""
	}
}
