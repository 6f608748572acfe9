package stage_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/examples/merchant/stage"
	"github.com/tradepay/tradepay-go/examples/miniprogram"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// theatre is a stage with its wallet and a fake shop, and a payer without a
// browser.
type theatre struct {
	t      testing.TB
	wallet *tradepaytest.Wallet
	shop   *fakeShop
	url    string
	stream *stream
}

func newTheatre(t testing.TB) *theatre {
	t.Helper()
	journal := stage.NewJournal()
	wallet := tradepaytest.NewWallet(tradepaytest.WithObserver(journal.Observe),
		tradepaytest.WithNotifyBackoff(20*time.Millisecond, 8))
	t.Cleanup(wallet.Close)
	shop := newFakeShop(t, wallet)
	s, err := stage.New(stage.Config{Wallet: wallet, Merchant: shop, Journal: journal})
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close) // first: it ends the streams
	return &theatre{t: t, wallet: wallet, shop: shop, url: server.URL}
}

// call sends a request as the page does.
func (p *theatre) call(method, path string, body any) (int, []byte) {
	p.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(p.t, err)
		reader = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, reader)
	require.NoError(p.t, err)
	req.Header.Set("Origin", p.url)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+fakeToken)
	req.Header.Set("Stage-Tap", "12.5")
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	return res.StatusCode, data
}

// order makes an order as the mini program does.
func (p *theatre) order(key string) fakeOrder {
	p.t.Helper()
	status, body := p.call(http.MethodPost, "/shop/api/orders", map[string]any{
		"items": []any{map[string]any{"id": "coffee", "quantity": 2}}, "siteName": "TEST_WALLET", "requestKey": key,
	})
	require.Equal(p.t, http.StatusCreated, status, string(body))
	var o fakeOrder
	require.NoError(p.t, json.Unmarshal(body, &o))
	return o
}

// stream reads the server-sent events.
type stream struct {
	t      testing.TB
	cancel context.CancelFunc
	events chan event
	lastID string
}

type event struct{ id, name, data string }

func (p *theatre) open(lastID string) *stream {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	p.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/events", nil)
	require.NoError(p.t, err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // closed where it is read
	require.NoError(p.t, err)
	require.Equal(p.t, "text/event-stream", res.Header.Get("Content-Type"))
	s := &stream{t: p.t, cancel: cancel, events: make(chan event, 100000)}
	go func() {
		defer close(s.events)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 16<<20)
		var e event
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					s.events <- e
				}
				e = event{}
			}
		}
	}()
	return s
}

// until reads until ok says so.
func (s *stream) until(ok func(event) bool) event {
	s.t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case e, open := <-s.events:
			require.True(s.t, open, "the stream ended")
			s.lastID = e.id
			if ok(e) {
				return e
			}
		case <-timeout:
			require.Fail(s.t, "the event did not come")
		}
	}
}

type summary struct {
	ID        string
	OrderID   string
	Amount    string
	Phone     bool
	Seen      []int
	Verdict   stage.Verdict
	PaymentID string
}

// verdict waits until the run of an order has a verdict of this level.
func (p *theatre) verdict(orderID string, level stage.Level) summary {
	p.t.Helper()
	if p.stream == nil {
		p.stream = p.open("")
	}
	var found summary
	p.stream.until(func(e event) bool {
		var runs []summary
		switch e.name {
		case "everything":
			var all struct{ Runs []struct{ Run summary } }
			require.NoError(p.t, json.Unmarshal([]byte(e.data), &all))
			for _, r := range all.Runs {
				runs = append(runs, r.Run)
			}
		case "entry", "run":
			var one struct{ Run summary }
			require.NoError(p.t, json.Unmarshal([]byte(e.data), &one))
			runs = append(runs, one.Run)
		case "verdict":
			var one summary
			require.NoError(p.t, json.Unmarshal([]byte(e.data), &one))
			runs = append(runs, one)
		}
		for _, r := range runs {
			if r.OrderID == orderID && r.Verdict.Level == level {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

type saved struct {
	Format  string
	Run     summary
	Entries []stage.Entry
}

func (p *theatre) saved(run string) saved {
	p.t.Helper()
	status, body := p.call(http.MethodGet, "/runs/"+run+".json", nil)
	require.Equal(p.t, http.StatusOK, status)
	var s saved
	require.NoError(p.t, json.Unmarshal(body, &s))
	return s
}

// callback is what the phone does around the cashier.
func (p *theatre) cashier(paymentURL, action string) string {
	p.t.Helper()
	post := func(method, url, contentType, body string) map[string]string {
		req, err := http.NewRequestWithContext(p.t.Context(), method, url, strings.NewReader(body))
		require.NoError(p.t, err)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Origin", p.url)
		res, err := http.DefaultClient.Do(req)
		require.NoError(p.t, err)
		defer res.Body.Close()
		var answer map[string]string
		_ = json.NewDecoder(res.Body).Decode(&answer)
		return answer
	}
	call := post(http.MethodPost, p.wallet.URL()+"/app/tradePay", "application/json", `{"paymentUrl":"`+paymentURL+`"}`)
	post(http.MethodGet, call["cashierUrl"], "", "")
	post(http.MethodPost, call["cashierUrl"], "application/x-www-form-urlencoded", "action="+action+"&from=account")
	return post(http.MethodGet, p.wallet.URL()+"/app/tradePay/"+call["call"], "", "")["resultCode"]
}

func TestAllTwentySteps(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	o := p.order("key-1")
	require.Equal(t, "9000", p.cashier(o.TradePay.PaymentURL, "pay"))
	require.NoError(t, p.wallet.WaitNotified(t.Context(), o.ID))
	status, _ := p.call(http.MethodGet, "/shop/api/orders/"+o.ID, nil)
	require.Equal(t, http.StatusOK, status)

	run := p.verdict(o.ID, stage.LevelAgree)
	require.Equal(t, "verdict.agreePaid", run.Verdict.Key)
	require.Equal(t, "7.00 USD", run.Verdict.Charged)
	require.Equal(t, 1, run.Verdict.Charges)
	require.True(t, run.Phone)
	want := make([]int, 20)
	for i := range want {
		want[i] = i + 1
	}
	require.Equal(t, want, run.Seen)

	marks := map[int]stage.Mark{}
	for _, e := range p.saved(run.ID).Entries {
		marks[e.Step] = e.Mark
		require.NotEqual(t, stage.MarkFailed, e.Mark, "step %d: %s", e.Step, e.Error)
	}
	for _, signed := range []int{4, 7, 19} {
		require.Equal(t, stage.MarkSigned, marks[signed], "step %d", signed)
	}
	for _, inferred := range []int{3, 14} {
		require.Equal(t, stage.MarkInferred, marks[inferred], "step %d", inferred)
	}
}

func TestOrderOfSteps(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	p.stream = p.open("") // before: a stream that begins late may find wallet and shop agreed
	o := p.order("key-1")
	p.cashier(o.TradePay.PaymentURL, "pay")
	require.NoError(t, p.wallet.WaitNotified(t.Context(), o.ID))
	run := p.verdict(o.ID, stage.LevelWait)
	var order []int
	var before time.Time
	for _, e := range p.saved(run.ID).Entries {
		if e.Step != 19 { // comes when it comes
			order = append(order, e.Step)
		}
		require.False(t, e.Step <= 13 && e.At.Before(before.Add(-time.Millisecond)), "step %d", e.Step)
		before = e.At
	}
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, order)
}

func TestTroubleEndsRight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		buttons []string
		press   string // at the cashier
		code    string
		verdict string
		notes   []string
		failed  int // step that does not verify
	}{
		{name: "lost notification", buttons: []string{"lose"}, press: "pay", code: "9000", verdict: "verdict.agreePaid",
			notes: []string{"NotifyLost"}},
		{name: "sent twice", buttons: []string{"twice"}, press: "pay", code: "9000", verdict: "verdict.agreePaid",
			notes: []string{"NotifyDuplicate"}},
		{name: "tampered amount", buttons: []string{"tamper"}, press: "pay", code: "9000", verdict: "verdict.agreePaid",
			notes: []string{"NotifyTampered"}, failed: 19},
		{name: "rotated keys", buttons: []string{"keys"}, press: "pay", code: "9000", verdict: "verdict.agreePaid"},
		{name: "6001 after payment", buttons: []string{"lie6001"}, press: "pay", code: "6001",
			verdict: "verdict.agreePaid", notes: []string{"LyingCallback"}},
		{name: "9000 without payment", buttons: []string{"lie9000"}, press: "cancel", code: "9000",
			verdict: "verdict.open", notes: []string{"LyingCallback"}},
		{name: "declined for risk", buttons: []string{"risk"}, press: "pay", code: "4000",
			verdict: "verdict.agreeNothing", notes: []string{"RiskDeclined"}},
		{name: "healed", buttons: []string{"lose", "tamper", "heal"}, press: "pay", code: "9000",
			verdict: "verdict.agreePaid"},
		{name: "empty account", press: "decline", code: "4000", verdict: "verdict.agreeNothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newTheatre(t)
			for _, button := range tt.buttons {
				status, body := p.call(http.MethodPost, "/trouble/"+button, nil)
				require.Contains(t, []int{http.StatusAccepted, http.StatusNoContent}, status, string(body))
			}
			o := p.order("key-1")
			require.Equal(t, tt.code, p.cashier(o.TradePay.PaymentURL, tt.press))
			if !slices.Contains(tt.buttons, "lose") && tt.verdict != "verdict.open" {
				require.NoError(t, p.wallet.WaitNotified(t.Context(), o.ID))
			}
			if tt.verdict == "verdict.open" {
				p.call(http.MethodGet, "/shop/api/orders/"+o.ID, nil)
				run := p.verdict(o.ID, stage.LevelWait)
				for run.Verdict.Key != tt.verdict {
					run = p.verdict(o.ID, stage.LevelWait)
				}
				require.Equal(t, "pending", run.Verdict.Shop)
				return
			}
			run := p.verdict(o.ID, stage.LevelAgree)
			require.Equal(t, tt.verdict, run.Verdict.Key)
			var notes []string
			failed := 0
			for _, e := range p.saved(run.ID).Entries {
				if e.Kind == stage.KindTrouble && e.Detail != "keysRotated" {
					notes = append(notes, e.Detail)
				}
				if e.Mark == stage.MarkFailed {
					failed = e.Step
					require.NotNil(t, e.Message.Diagnosis)
					require.Equal(t, doctor.CauseBody, e.Message.Diagnosis.Cause)
				}
			}
			if slices.Contains(tt.buttons, "heal") {
				notes = nil
			}
			require.Equal(t, tt.notes, notes)
			require.Equal(t, tt.failed, failed)
		})
	}
}

func TestKillTheMerchant(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	o := p.order("key-1")
	p.shop.hold = make(chan struct{}) // dead for as long as this takes
	start := sync.OnceFunc(func() { close(p.shop.hold) })
	defer start()
	p.stream = p.open("")
	status, _ := p.call(http.MethodPost, "/trouble/merchant", nil)
	require.Equal(t, http.StatusNoContent, status)
	require.False(t, p.shop.Running())
	status, _ = p.call(http.MethodPost, "/trouble/merchant", nil) // already dead
	require.Equal(t, http.StatusNoContent, status)
	status, body := p.call(http.MethodGet, "/shop/api/orders/"+o.ID, nil)
	require.Equal(t, http.StatusBadGateway, status, string(body))
	p.cashier(o.TradePay.PaymentURL, "pay")
	p.stream.until(func(e event) bool {
		return e.name == "entry" && strings.Contains(e.data, `"step":19`) && strings.Contains(e.data, `"mark":"lost"`)
	})
	start()
	run := p.verdict(o.ID, stage.LevelAgree)
	require.Equal(t, "verdict.agreePaid", run.Verdict.Key)
	require.True(t, p.shop.Running())
	require.Equal(t, 2, p.shop.starts)
	var details []string
	lost := false
	for _, e := range p.saved(run.ID).Entries {
		if e.Kind == stage.KindTrouble {
			details = append(details, e.Detail)
		}
		lost = lost || e.Step == 19 && e.Mark == stage.MarkLost
	}
	require.Equal(t, []string{"merchantDown", "merchantUp"}, details)
	require.True(t, lost, "the notification met a dead shop")
}

func TestStopTheWallet(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	status, _ := p.call(http.MethodPost, "/trouble/wallet", nil)
	require.Equal(t, http.StatusNoContent, status)
	status, _ = p.call(http.MethodPost, "/shop/api/orders",
		map[string]any{"items": []any{map[string]any{"id": "coffee", "quantity": 1}}, "requestKey": "key-1"})
	require.Equal(t, http.StatusServiceUnavailable, status)
	p.wallet.Resume()
	o := p.order("key-1") // the same purchase
	p.cashier(o.TradePay.PaymentURL, "pay")
	run := p.verdict(o.ID, stage.LevelAgree)
	require.Equal(t, "verdict.agreePaid", run.Verdict.Key)
	require.Len(t, p.wallet.Payments(), 1)
	var steps []int
	for _, e := range p.saved(run.ID).Entries {
		if e.Step == 2 || e.Step == 8 {
			steps = append(steps, e.Step)
		}
	}
	require.Equal(t, []int{2, 8, 2, 8}, steps)
}

func TestExpire(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	o := p.order("key-1")
	run := p.verdict(o.ID, stage.LevelWait)
	status, _ := p.call(http.MethodPost, "/runs/"+run.ID+"/expire", nil)
	require.Equal(t, http.StatusNoContent, status)
	run = p.verdict(o.ID, stage.LevelAgree)
	require.Equal(t, "verdict.agreeExpired", run.Verdict.Key)
	status, _ = p.call(http.MethodPost, "/runs/"+run.ID+"/expire", nil)
	require.Equal(t, http.StatusConflict, status)
	status, _ = p.call(http.MethodPost, "/runs/r999/expire", nil)
	require.Equal(t, http.StatusNotFound, status)
}

func TestPaymentFromElsewhere(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	p.stream = p.open("")
	made, err := p.shop.client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "elsewhere", Amount: tradepay.Amount{Currency: "USD", Value: 100}, Title: "By another way",
	})
	require.NoError(t, err)
	e := p.stream.until(func(e event) bool { return e.name == "entry" && strings.Contains(e.data, `"step":7`) })
	var one struct{ Run summary }
	require.NoError(t, json.Unmarshal([]byte(e.data), &one))
	require.False(t, one.Run.Phone)
	require.Equal(t, made.PaymentID, one.Run.PaymentID)
	require.Equal(t, "1.00 USD", one.Run.Amount)
}

// Many at once: what the wallet hears must not end up in another's run.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	p.stream = p.open("")
	const n = 12
	ids := make(chan string, n)
	for i := range n {
		go func() {
			_, body := p.call(http.MethodPost, "/shop/api/orders", map[string]any{
				"items":      []any{map[string]any{"id": "coffee", "quantity": i + 1}},
				"requestKey": "key-" + string(rune('a'+i)),
			})
			var o fakeOrder
			_ = json.Unmarshal(body, &o)
			_ = p.wallet.Pay(o.ID)
			ids <- o.ID
		}()
	}
	left := map[string]bool{}
	for range n {
		left[<-ids] = true
	}
	require.Len(t, left, n)
	runs := map[string]summary{}
	fresh := p.open("")
	p.stream = fresh
	for id := range left {
		p.stream = p.open("")
		runs[id] = p.verdict(id, stage.LevelAgree)
	}
	for id, run := range runs {
		for _, e := range p.saved(run.ID).Entries {
			if e.Step == 4 {
				require.Contains(t, e.Message.Body, id)
			}
		}
		require.Contains(t, run.Seen, 1)
		require.Contains(t, run.Seen, 19)
	}
	require.Equal(t, http.StatusOK, first(p.call(http.MethodGet, "/", nil)))
}

func first(status int, _ []byte) int { return status }

func TestStreamLosesNothing(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	s := p.open("")
	require.Equal(t, "everything", s.until(func(event) bool { return true }).name)
	o := p.order("key-1")
	s.until(func(e event) bool { return e.name == "entry" && strings.Contains(e.data, `"step":4`) })
	s.cancel()
	p.cashier(o.TradePay.PaymentURL, "pay")

	again := p.open(s.lastID)
	var names []string
	again.until(func(e event) bool {
		names = append(names, e.name)
		return e.name == "entry" && strings.Contains(e.data, `"step":18`)
	})
	require.NotContains(t, names, "everything")
	for _, unknown := range []string{"other-3", "nonsense", s.lastID + "9999",
		"-", strings.Replace(s.lastID, "-", "--", 1)} {
		require.Equal(t, "everything", p.open(unknown).until(func(event) bool { return true }).name, unknown)
	}
}

// The secrets that pass the stage must stay there.
func TestNoSecretsAreShown(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	status, _ := p.call(http.MethodPost, "/shop/api/login", map[string]string{"authCode": "code-s3cret"})
	require.Equal(t, http.StatusOK, status)
	o := p.order("key-1")
	_, token, found := strings.Cut(o.TradePay.PaymentURL, "token=")
	require.True(t, found)
	p.cashier(o.TradePay.PaymentURL, "pay")
	p.call(http.MethodGet, "/shop/api/orders/"+o.ID, nil)
	run := p.verdict(o.ID, stage.LevelAgree)

	shown := new(bytes.Buffer)
	for _, path := range []string{"/runs/" + run.ID + ".json", "/runs/" + run.ID + ".svg",
		"/runs/" + run.ID + ".svg?lang=es"} {
		status, body := p.call(http.MethodGet, path, nil)
		require.Equal(t, http.StatusOK, status)
		shown.Write(body)
	}
	fresh := p.open("")
	shown.WriteString(fresh.until(func(event) bool { return true }).data)
	for _, e := range p.saved(run.ID).Entries {
		_, body := p.call(http.MethodGet, "/runs/"+run.ID+"/entries/"+jsonInt(e.ID), nil)
		shown.Write(body)
	}
	for _, secret := range []string{token, fakeToken, "s3cret", tradepaytest.DefaultUser, "PRIVATE KEY"} {
		require.NotContains(t, shown.String(), secret)
	}
}

func jsonInt(n int) string {
	data, _ := json.Marshal(n)
	return string(data)
}

func TestExports(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	p.call(http.MethodPost, "/trouble/tamper", nil)
	o := p.order(`key <"&'>`)
	p.cashier(o.TradePay.PaymentURL, "pay")
	require.NoError(t, p.wallet.WaitNotified(t.Context(), o.ID))
	p.call(http.MethodGet, "/shop/api/orders/"+o.ID, nil)
	run := p.verdict(o.ID, stage.LevelAgree)
	require.Equal(t, "tradepay-run/1", p.saved(run.ID).Format)
	for lang, words := range map[string][]string{"en": {"Your server", "They agree", "Notify pay result"},
		"es": {"Tu servidor", "Coinciden", "Notificar el resultado"}} {
		status, body := p.call(http.MethodGet, "/runs/"+run.ID+".svg?lang="+lang, nil)
		require.Equal(t, http.StatusOK, status)
		require.NoError(t, wellFormed(body))
		for _, word := range words {
			require.Contains(t, string(body), word)
		}
		for _, active := range []string{"<script", "href", "style", "onload"} {
			require.NotContains(t, string(body), active)
		}
	}
	for _, path := range []string{"/runs/r999.json", "/runs/" + run.ID, "/runs/" + run.ID + ".png",
		"/runs/" + run.ID + "/entries/x", "/runs/" + run.ID + "/entries/99999"} {
		require.Equal(t, http.StatusNotFound, first(p.call(http.MethodGet, path, nil)), path)
	}
}

func wellFormed(document []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(document))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestOnlyThisHost(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	for _, tt := range []struct {
		name, method, path string
		change             func(*http.Request)
		want               int
	}{
		{"the page", http.MethodGet, "/", nil, http.StatusOK},
		{"by name", http.MethodGet, "/", func(r *http.Request) { r.Host = "localhost:8080" }, http.StatusOK},
		{"another name for this host", http.MethodGet, "/", func(r *http.Request) {
			r.Host = "attacker.example"
		}, http.StatusForbidden},
		{"that begins well", http.MethodGet, "/events", func(r *http.Request) {
			r.Host = "127.0.0.1.attacker.example"
		}, http.StatusForbidden},
		{"no name", http.MethodGet, "/", func(r *http.Request) { r.Host = "[::]" }, http.StatusForbidden},
		{"a button by the page", http.MethodPost, "/trouble/keys", func(r *http.Request) {
			r.Header.Set("Origin", p.url)
		}, http.StatusNoContent},
		{"by another site", http.MethodPost, "/trouble/keys", func(r *http.Request) {
			r.Header.Set("Origin", "http://attacker.example")
		}, http.StatusForbidden},
		{"by the sandbox", http.MethodPost, "/trouble/keys", func(r *http.Request) {
			r.Header.Set("Origin", "null")
		}, http.StatusForbidden},
		{"by another port", http.MethodPost, "/trouble/keys", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-site")
		}, http.StatusForbidden},
		{"no such button", http.MethodPost, "/trouble/x", nil, http.StatusNotFound},
		{"a button by GET", http.MethodGet, "/trouble/keys", nil, http.StatusMethodNotAllowed},
		{"beside the API", http.MethodGet, "/shop/notify", nil, http.StatusNotFound},
		{"out of the API", http.MethodGet, "/shop/api/%2e%2e/notify", nil, http.StatusNotFound},
		{"a file that is not there", http.MethodGet, "/assets/x.js", nil, http.StatusNotFound},
		{"a template", http.MethodGet, "/assets/index.html", nil, http.StatusNotFound},
		{"a file of another folder", http.MethodGet, "/assets/..%2fstage.go", nil, http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, p.url+tt.path, nil)
			require.NoError(t, err)
			if tt.change != nil {
				tt.change(req)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, tt.want, res.StatusCode)
			if tt.want != http.StatusMethodNotAllowed {
				require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
				require.Equal(t, "no-referrer", res.Header.Get("Referrer-Policy"))
				policy := res.Header.Get("Content-Security-Policy")
				require.Contains(t, policy, "default-src 'none'")
				require.Contains(t, policy, "frame-ancestors")
				require.NotContains(t, policy, "unsafe")
			}
		})
	}
}

func TestAssetsAreCached(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	res, err := http.Get(p.url + "/assets/stage.css")
	require.NoError(t, err)
	_ = res.Body.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/assets/stage.css", nil)
	require.NoError(t, err)
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	res, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusNotModified, res.StatusCode)
}

// TestSharedModules: the simulated phone has the modules of the mini program that a
// wallet's studio opens, and nothing else of it.
func TestSharedModules(t *testing.T) {
	t.Parallel()
	p := newTheatre(t)
	for name, want := range map[string]int{
		"miniprogram/shop/payment.js": http.StatusOK, "miniprogram/app.js": http.StatusOK,
		"miniprogram/shop/none.js": http.StatusNotFound, "miniprogram/index.html": http.StatusNotFound,
		"miniprogram/shop": http.StatusNotFound, "miniprogram/shop/../page/stage.js": http.StatusNotFound,
	} {
		status, _ := p.call(http.MethodGet, "/"+name, nil)
		require.Equal(t, want, status, name)
	}
	_, served := p.call(http.MethodGet, "/miniprogram/shop/payment.js", nil)
	shared, err := miniprogram.Shop.ReadFile("shop/payment.js")
	require.NoError(t, err)
	require.Equal(t, string(shared), string(served))
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	wallet := tradepaytest.NewWallet()
	t.Cleanup(wallet.Close)
	good := &merchantAt{url: "http://127.0.0.1:1"}
	for _, tt := range []struct {
		name string
		cfg  stage.Config
	}{
		{"no wallet", stage.Config{Merchant: good, Journal: stage.NewJournal()}},
		{"no merchant", stage.Config{Wallet: wallet, Journal: stage.NewJournal()}},
		{"no journal", stage.Config{Wallet: wallet, Merchant: good}},
		{"another host", stage.Config{Wallet: wallet, Merchant: &merchantAt{url: "http://shop.example"},
			Journal: stage.NewJournal()}},
		{"a path", stage.Config{Wallet: wallet, Merchant: &merchantAt{url: "http://127.0.0.1:1/x"},
			Journal: stage.NewJournal()}},
		{"no language of ours", stage.Config{Wallet: wallet, Merchant: good,
			Journal: stage.NewJournal(), Language: "fr"}},
		{"no URL", stage.Config{Wallet: wallet, Merchant: &merchantAt{url: "::"}, Journal: stage.NewJournal()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := stage.New(tt.cfg)
			require.ErrorIs(t, err, stage.ErrConfig)
		})
	}
}

type merchantAt struct{ url string }

func (m *merchantAt) URL() string   { return m.url }
func (m *merchantAt) Kill() error   { return nil }
func (m *merchantAt) Start() error  { return nil }
func (m *merchantAt) Running() bool { return true }
