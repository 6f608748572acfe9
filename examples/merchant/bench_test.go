package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the load is: payers, and how often each orders. The shop takes 20 orders
// a minute from each.
const (
	payers         = 10
	ordersOfEach   = 20
	loadTime       = 2 * time.Minute // bounds the benchmark
	stepsOfPayment = 20
)

// BenchmarkStage opens the page, makes 200 payments at once, and measures how
// late the steps are: from the moment in which a party took it until a reader of
// the stream has it, and until it is drawn in Chromium. It needs Chromium, as
// the browser tests do: script/browser go test -run '^$' -bench Stage .
func BenchmarkStage(b *testing.B) {
	chromium(b)
	for range b.N {
		s := newScene(b)
		page := s.open(desktop)
		paint, ok := page.in(outer, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1`)
		require.True(b, ok)
		var firstPaint float64
		require.NoError(b, json.Unmarshal(paint, &firstPaint))
		b.ReportMetric(firstPaint, "ms-first-paint")
		// Each row of the sequence that is drawn, and how late. A row that was there
		// before its payment was chosen to be shown is not late.
		_, ok = page.in(outer, `(() => { globalThis.late = []; let chosen = Date.now(); new `+
			`MutationObserver((changes) => {
			for (const { addedNodes, removedNodes } of changes) {
				if (removedNodes.length > 1) chosen = Date.now();
				for (const row of addedNodes) if (Date.parse(row.dataset.at) > chosen) late.push(Date.now() - `+
			`Date.parse(row.dataset.at));
			} }).observe(document.getElementById("steps"), {childList: true}); return true; })()`)
		require.True(b, ok)

		reader := s.read(b)
		tokens := make([]string, payers)
		for i := range tokens {
			tokens[i] = s.login(b, fmt.Sprintf("21880000000001%02d", i))
		}
		start := time.Now()
		failures := make(chan error, payers*ordersOfEach)
		var all sync.WaitGroup
		for i := range payers * ordersOfEach {
			all.Go(func() { failures <- s.buy(b.Context(), tokens[i%payers], fmt.Sprintf("benchmark-%04d", i)) })
		}
		all.Wait()
		close(failures)
		for err := range failures {
			require.NoError(b, err)
		}
		took := time.Since(start)
		page.wait(outer, fmt.Sprintf("document.querySelectorAll('#history .agree').length === %d", payers*ordersOfEach))
		drawn := time.Since(start)

		b.ReportMetric(float64(payers*ordersOfEach)/took.Seconds(), "payments/s")
		b.ReportMetric(float64((drawn - took).Milliseconds()), "ms-all-drawn-after")
		delays := reader.delays()
		var every, p50, p99 []float64
		for step := 1; step <= stepsOfPayment; step++ {
			require.NotEmpty(b, delays[step], "step %d", step)
			every = append(every, delays[step]...)
			p50, p99 = append(p50, percentile(delays[step], 50)), append(p99, percentile(delays[step], 99))
		}
		// Two lines: of a benchmark's log, ten are shown.
		b.Logf("delay of steps 1 to 20, p50 in ms: %.1f", p50)
		b.Logf("delay of steps 1 to 20, p99 in ms: %.1f", p99)
		b.ReportMetric(percentile(every, 50), "ms-step-p50")
		b.ReportMetric(percentile(every, 99), "ms-step-p99")
		value, ok := page.in(outer, "late")
		require.True(b, ok)
		var late []float64
		require.NoError(b, json.Unmarshal(value, &late))
		require.NotEmpty(b, late)
		b.ReportMetric(percentile(late, 50), "ms-drawn-p50")
		b.ReportMetric(percentile(late, 99), "ms-drawn-p99")
		page.quiet()
	}
	b.ReportMetric(0, "ns/op") // it is the load's, and says nothing
}

func percentile(values []float64, p int) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[min(len(values)-1, len(values)*p/100)]
}

// ask sends a request as the phone does.
func (s *scene) ask(ctx context.Context, method, path, token string, in, out any) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+"/shop/api"+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return res.StatusCode, json.NewDecoder(res.Body).Decode(out)
}

func (s *scene) login(tb testing.TB, user string) string {
	tb.Helper()
	var answer struct{ Token string }
	_, err := s.ask(tb.Context(), http.MethodPost, "/login",
		"", map[string]string{"authCode": s.wallet.AuthCode(user)}, &answer)
	require.NoError(tb, err)
	require.NotEmpty(tb, answer.Token)
	return answer.Token
}

// buy is a whole payment of a phone: order, my.tradePay, the cashier, the
// status until it is fulfilled.
func (s *scene) buy(ctx context.Context, token, key string) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	var order struct {
		ID, State string
		TradePay  struct{ PaymentURL string }
	}
	items := map[string]any{"items": []any{map[string]any{"id": "coffee", "quantity": 1}},
		"siteName": "BENCHMARK", "requestKey": key}
	for order.TradePay.PaymentURL == "" {
		status, err := s.ask(ctx, http.MethodPost, "/orders", token, items, &order)
		if err != nil {
			return err
		}
		if status >= 400 && status != http.StatusServiceUnavailable {
			return fmt.Errorf("ordering: HTTP %d", status)
		}
	}
	if err := s.pay(ctx, order.TradePay.PaymentURL); err != nil {
		return err
	}
	for order.State != "fulfilled" {
		if _, err := s.ask(ctx, http.MethodGet, "/orders/"+order.ID, token, nil, &order); err != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond): // as a phone would, only faster
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// pay is what the app does.
func (s *scene) pay(ctx context.Context, paymentURL string) error {
	var call struct{ Call, CashierURL, ResultCode string }
	err := s.app(ctx, http.MethodPost, s.wallet.URL()+"/app/tradePay", "application/json",
		`{"paymentUrl":"`+paymentURL+`"}`, &call)
	if err == nil {
		err = s.app(ctx, http.MethodGet, call.CashierURL, "", "", nil)
	}
	if err == nil {
		err = s.app(ctx, http.MethodPost, call.CashierURL, "application/x-www-form-urlencoded",
			"action=pay&from=account", nil)
	}
	if err == nil {
		err = s.app(ctx, http.MethodGet, s.wallet.URL()+"/app/tradePay/"+call.Call, "", "", &call)
	}
	if err == nil && call.ResultCode != "9000" {
		err = errors.New("result code " + call.ResultCode)
	}
	return err
}

func (s *scene) app(ctx context.Context, method, target, contentType, body string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	if method == http.MethodPost {
		req.Header.Set("Accept", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the wallet app: HTTP %d", res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// reader is a second page that only measures.
type reader struct {
	mu   sync.Mutex
	late map[int][]float64
}

func (s *scene) read(tb testing.TB) *reader {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, s.url+"/events", nil)
	require.NoError(tb, err)
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // closed where it is read
	require.NoError(tb, err)
	r := &reader{late: make(map[int][]float64)}
	go func() {
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var e struct {
				Entry struct {
					At          time.Time
					Step, Times int
				}
			}
			if ok && json.Unmarshal([]byte(data), &e) == nil && e.Entry.Step > 0 && e.Entry.Times == 0 {
				r.mu.Lock()
				r.late[e.Entry.Step] = append(r.late[e.Entry.Step], float64(time.Since(e.Entry.At).Microseconds())/1000)
				r.mu.Unlock()
			}
		}
	}()
	return r
}

func (r *reader) delays() map[int][]float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late
}
