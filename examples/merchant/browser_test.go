package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/examples/merchant/stage"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

// What the browser tests take from their environment; script/browser sets it.
const (
	chromiumVariable  = "TRADEPAY_CHROMIUM"  // path of Chromium
	axeVariable       = "TRADEPAY_AXE"       // path of axe.min.js
	artifactsVariable = "TRADEPAY_ARTIFACTS" // folder for screenshots
)

// patience bounds every wait. A wait polls; nothing sleeps for a fixed time.
const patience = 2 * time.Minute

// theBrowser is one Chromium for all tests, each of which has a profile of its
// own in it.
var theBrowser struct {
	sync.Mutex
	ctx  context.Context
	stop func()
	uses int
}

func chromium(tb testing.TB) string {
	tb.Helper()
	if path := os.Getenv(chromiumVariable); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Skip("no Chromium: run the browser tests with script/browser, or set " + chromiumVariable)
	return ""
}

// openBrowser starts Chromium with the first test and ends it with the last.
func openBrowser(tb testing.TB) context.Context {
	tb.Helper()
	path := chromium(tb)
	theBrowser.Lock()
	defer theBrowser.Unlock()
	if theBrowser.uses++; theBrowser.uses == 1 {
		profile, err := os.MkdirTemp("", "tradepay-chromium-") //nolint:usetesting // it outlives this test
		require.NoError(tb, err)
		background := context.Background() //nolint:usetesting // it outlives this test
		alloc, cancelAlloc := chromedp.NewExecAllocator(background,
			chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox,
			chromedp.DisableGPU, chromedp.NoFirstRun,
			chromedp.NoDefaultBrowserCheck,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-sync", true), chromedp.Flag("disable-extensions", true),
			chromedp.Flag("disable-dev-shm-usage", true),
			chromedp.Flag("disable-backgrounding-occluded-windows", true),
			chromedp.Flag("disable-renderer-backgrounding", true),
			chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("hide-scrollbars", true),
			// All frames of a page in one process: one connection sees them.
			chromedp.Flag("disable-features", "IsolateSandboxedIframes,IsolateOrigins,site-per-process,Translate"),
		)
		ctx, cancel := chromedp.NewContext(alloc)
		require.NoError(tb, chromedp.Do(ctx))
		theBrowser.ctx = ctx
		theBrowser.stop = func() {
			_ = chromedp.Cancel(ctx) // waits for its end
			cancel()
			cancelAlloc()
			_ = os.RemoveAll(profile)
		}
	}
	tb.Cleanup(func() {
		theBrowser.Lock()
		defer theBrowser.Unlock()
		if theBrowser.uses--; theBrowser.uses == 0 {
			theBrowser.stop()
		}
	})
	return theBrowser.ctx
}

const shopPassword = "the shopkeeper's"

// scene is the whole demonstration: the test wallet, the shop as a child
// process with a database on disk, and the stage.
type scene struct {
	tb     testing.TB
	wallet *tradepaytest.Wallet
	shop   *merchantProcess
	server *httptest.Server
	url    string
}

func newScene(tb testing.TB) *scene {
	tb.Helper()
	return newSceneOf(tb, "VodaPay")
}

func newSceneOf(tb testing.TB, name string) *scene {
	tb.Helper()
	journal := stage.NewJournal()
	wallet, err := startWallet(name, journal.Observe)
	require.NoError(tb, err)
	tb.Cleanup(wallet.Close)
	o := options{addr: "127.0.0.1:0", db: filepath.Join(tb.TempDir(), "shop.db"), lang: "en",
		wallet: name, log: slog.LevelError}
	shop, stop := newMerchantProcess(tb.Context(), o,
		append(variables(wallet.Config()), asProgram+"=1", "SHOP_PASSWORD="+shopPassword), os.Stderr)
	tb.Cleanup(stop)
	require.NoError(tb, shop.Start())
	s, err := stage.New(stage.Config{Wallet: wallet, Merchant: shop, Journal: journal,
		Desk: desk{wallet, shop, shopPassword}})
	require.NoError(tb, err)
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	tb.Cleanup(s.Close)
	return &scene{tb: tb, wallet: wallet, shop: shop, server: server, url: server.URL}
}

// look is how a tab looks at the page.
type look struct {
	width, height int64
	lang          string
	dark          bool
	scale         float64
}

var (
	desktop = look{width: 1440, height: 900, lang: "en"}
	phone   = look{width: 390, height: 844, lang: "es"}
)

// tab is one page in the browser.
type tab struct {
	tb  testing.TB
	ctx context.Context

	mu       sync.Mutex
	contexts map[string]bool // unique ids
	problems []string
	offline  bool // an outage is part of the test: what could not be loaded is no problem
}

// Frames of the page, by the beginning of their paths.
const (
	outer       = "/"
	miniProgram = "/miniprogram/"
	cashier     = "/cashier/"
)

// open opens the page.
func (s *scene) open(l look) *tab {
	s.tb.Helper()
	b := s.newTab(l)
	b.do(chromedp.Navigate(s.url + "/?lang=" + l.lang))
	b.wait(outer, `document.getElementById("live").classList.contains("up")`)
	b.wait(miniProgram, `document.querySelector("[data-item]")`)
	return b
}

// newTab opens a tab with a profile of its own, and no page yet.
func (s *scene) newTab(l look) *tab {
	s.tb.Helper()
	b := &tab{tb: s.tb, contexts: make(map[string]bool)}
	ctx, cancel := chromedp.NewContext(openBrowser(s.tb), chromedp.WithNewBrowserContext(),
		chromedp.WithListener(b.heard))
	b.ctx = ctx
	s.tb.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
	})
	require.NoError(s.tb, chromedp.Do(ctx)) // opens it: its life must not be that of an action's context
	features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"},
		{Name: "prefers-color-scheme", Value: "light"}}
	if l.dark {
		features[1].Value = "dark"
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err1 := chromedp.Call(ctx, cdplog.Enable, chromedp.Void{})
		_, err2 := chromedp.Call(ctx, runtime.Enable, chromedp.Void{})
		_, err3 := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		_, err4 := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: l.width, Height: l.height, DeviceScaleFactor: max(l.scale, 1), Mobile: l.width < 600,
		})
		return errors.Join(err1, err2, err3, err4)
	}))
	return b
}

// heard keeps the frames' contexts, and everything that a console would show
// in red.
func (b *tab) heard(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExecutionContextCreated:
		var aux struct{ IsDefault bool }
		if json.Unmarshal([]byte(ev.Context.AuxData), &aux) == nil && aux.IsDefault {
			b.contexts[ev.Context.UniqueID] = true
		}
	case *runtime.EventExecutionContextDestroyed:
		delete(b.contexts, ev.ExecutionContextUniqueID)
	case *runtime.EventExecutionContextsCleared:
		clear(b.contexts)
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprintf("%+v", *ev.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			b.problems = append(b.problems, fmt.Sprint("console: ", ev.Args))
		}
	case *cdplog.EventEntryAdded:
		network := ev.Entry.Source == cdplog.EntrySourceNetwork
		if ev.Entry.Level == cdplog.EntryLevelError && !(network && b.offline) {
			b.problems = append(b.problems, fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
		}
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	require.NoError(b.tb, chromedp.Do(ctx, actions...))
}

// run evaluates a script in one context. It reports false where that is gone.
func (b *tab) run(id, script string) (json.RawMessage, bool) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	yes := true
	result, err := chromedp.Call(ctx, runtime.Evaluate,
		runtime.EvaluateParams{Expression: script, UniqueContextID: id, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil || result.ExceptionDetails != nil {
		return nil, false
	}
	return json.RawMessage(result.Result.Value), true
}

// in evaluates a script in a frame. It reports false where the frame is not
// there, or the script fails.
func (b *tab) in(frame, script string) (json.RawMessage, bool) {
	b.mu.Lock()
	ids := make([]string, 0, len(b.contexts))
	for id := range b.contexts {
		ids = append(ids, id)
	}
	b.mu.Unlock()
	for _, id := range ids {
		path, ok := b.run(id, "location.pathname")
		var at string
		if !ok || json.Unmarshal(path, &at) != nil || at != frame && (frame == outer || !strings.HasPrefix(at, frame)) {
			continue
		}
		return b.run(id, script)
	}
	return nil, false
}

// wait waits until a script of a frame is true.
func (b *tab) wait(frame, script string) {
	b.tb.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(patience)
	for {
		if value, ok := b.in(frame, "Boolean("+script+")"); ok && string(value) == "true" {
			return
		}
		select {
		case <-ticker.C:
		case <-timeout:
			b.shoot("failed-" + strings.NewReplacer("/", "-", " ", "-").Replace(b.tb.Name()))
			b.mu.Lock()
			defer b.mu.Unlock()
			require.Fail(b.tb, "this did not come true", "%s in %s\nproblems: %q", script, frame, b.problems)
		}
	}
}

// text reads a string from a frame.
func (b *tab) text(frame, script string) string {
	b.tb.Helper()
	value, ok := b.in(frame, script)
	require.True(b.tb, ok, script)
	var text string
	require.NoError(b.tb, json.Unmarshal(value, &text), script)
	return text
}

// click clicks with the mouse on what is there at the element's place.
func (b *tab) click(frame, selector string) {
	b.tb.Helper()
	quoted, err := json.Marshal(selector)
	require.NoError(b.tb, err)
	find := fmt.Sprintf("document.querySelector(%s)", quoted)
	b.wait(frame, find)
	var at, offset struct{ X, Y float64 }
	where := func(in, element, x, y string, into any) {
		value, ok := b.in(in, fmt.Sprintf(`(() => { const e = %s; e.scrollIntoView({block: "nearest"}); const r = `+
			`e.getBoundingClientRect(); return {X: %s, Y: %s}; })()`, element, x, y))
		require.True(b.tb, ok, selector)
		require.NoError(b.tb, json.Unmarshal(value, into))
	}
	where(frame, find, "r.x + r.width / 2", "r.y + r.height / 2", &at) // may scroll the outer page as well
	switch frame {
	case miniProgram:
		where(outer, `document.getElementById("program")`, "r.x", "r.y", &offset)
	case cashier, "/agreement/":
		where(outer, `document.getElementById("cashier-frame")`, "r.x", "r.y", &offset)
	}
	where(frame, find, "r.x + r.width / 2", "r.y + r.height / 2", &at)
	b.do(chromedp.MouseClickXY(at.X+offset.X, at.Y+offset.Y))
}

// shoot keeps a screenshot where TRADEPAY_ARTIFACTS says, and that of a failure
// in any case. A screenshot costs more than what the page does.
func (b *tab) shoot(name string) {
	folder := os.Getenv(artifactsVariable)
	switch {
	case folder != "":
	case b.tb.Failed():
		folder = filepath.Join(os.TempDir(), "tradepay-artifacts")
	default:
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.tb.Logf("no screenshot: %v", err)
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600)
	}
	if err != nil {
		b.tb.Logf("no screenshot: %v", err)
	}
}

// quiet fails the test for what a console would show in red.
func (b *tab) quiet() {
	b.tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.tb, b.problems, "the console is not free of errors")
}

// accessible fails the test for what axe-core finds serious in the frames.
func (b *tab) accessible(frames ...string) {
	b.tb.Helper()
	path := os.Getenv(axeVariable)
	if path == "" {
		require.Empty(b.tb, os.Getenv(chromiumVariable), "%s is set without %s; script/browser sets both",
			chromiumVariable, axeVariable)
		b.tb.Log("axe-core was not run: " + axeVariable + " is not set; script/browser sets it")
		return
	}
	axe, err := os.ReadFile(path)
	require.NoError(b.tb, err)
	for _, frame := range frames {
		_, ok := b.in(frame, string(axe)+"\n;true")
		require.True(b.tb, ok, "axe-core does not load in %s", frame)
		value, ok := b.in(frame, `axe.run(document, {resultTypes: ["violations"], iframes: false, preload: `+
			`false}).then((found) => found.violations
			.filter((v) => v.impact === "serious" || v.impact === "critical")
			.map((v) => v.impact + " " + v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " (" + `+
			`n.failureSummary + ")").join("; ")))`)
		require.True(b.tb, ok, "axe-core does not run in %s", frame)
		var found []string
		require.NoError(b.tb, json.Unmarshal(value, &found))
		require.Empty(b.tb, found, "in %s", frame)
	}
}

// fits fails the test for a page that is wider than the screen. innerWidth would
// not do: of a phone it grows with the page.
func (b *tab) fits(frame string, l look) {
	b.tb.Helper()
	value, ok := b.in(frame, "document.documentElement.scrollWidth")
	require.True(b.tb, ok)
	var width int64
	require.NoError(b.tb, json.Unmarshal(value, &width))
	require.LessOrEqual(b.tb, width, l.width, "the page is wider than the screen")
}

// order puts a coffee and a cake into the basket, and pays as far as the
// cashier.
func (b *tab) order() {
	b.tb.Helper()
	b.fill()
	b.click(miniProgram, "#pay")
	b.wait(cashier, `document.querySelector("form button[value=pay]")`)
}

func (b *tab) fill() {
	b.tb.Helper()
	b.click(miniProgram, "[data-item=coffee] .count button:last-child")
	b.click(miniProgram, "[data-item=cake] .count button:last-child")
	b.wait(miniProgram, `!document.getElementById("pay").disabled`)
}

// ends waits until the phone shows the order's state, and the page that wallet
// and shop agree.
func (b *tab) ends(state, verdict string) {
	b.tb.Helper()
	b.wait(miniProgram, fmt.Sprintf("document.querySelector('.result')?.dataset.state === %q", state))
	b.wait(outer, fmt.Sprintf("document.getElementById('verdict').dataset.key === %q", verdict))
}

// saw waits until the sequence has a row.
func (b *tab) saw(selector string) {
	b.tb.Helper()
	b.wait(outer, fmt.Sprintf("document.querySelector(%q)", "#steps "+selector))
}

// cut is how many of a page's cells are out of view to the side.
func (b *tab) cut(frame string) int {
	b.tb.Helper()
	value, ok := b.in(frame, `[...document.querySelectorAll(".cards td")].filter((e) =>
		e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length`)
	require.True(b.tb, ok)
	var n int
	require.NoError(b.tb, json.Unmarshal(value, &n))
	return n
}

// count is how many elements of the page match.
func (b *tab) count(selector string) int {
	b.tb.Helper()
	value, ok := b.in(outer, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
	require.True(b.tb, ok)
	var n int
	require.NoError(b.tb, json.Unmarshal(value, &n))
	return n
}

// paidOnce checks the money itself.
func (s *scene) paidOnce() {
	s.tb.Helper()
	payments := s.wallet.Payments()
	require.Len(s.tb, payments, 1)
	require.Equal(s.tb, 1, payments[0].Charges)
}

func TestBrowserPay(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, l := range []look{desktop, phone} {
		b := s.open(l)
		b.accessible(outer, miniProgram)
		b.order()
		b.accessible(outer, cashier)
		b.shoot("cashier-" + l.lang)
		b.click(cashier, "button[value=pay]")
		b.ends("fulfilled", "verdict.agreePaid")
		b.wait(outer, `document.getElementById("callback").dataset.code === "9000"`)
		for step := 1; step <= 20; step++ {
			b.saw(fmt.Sprintf("[data-step='%d']", step))
		}
		require.True(t, strings.HasPrefix(b.text(outer, `document.getElementById("progress").textContent`), "20 "))
		require.Equal(t, l.lang, b.text(outer, "document.documentElement.lang"))
		b.accessible(outer, miniProgram)
		b.shoot("paid-" + l.lang)
		b.click(miniProgram, "#tab-orders")
		b.wait(miniProgram, `document.querySelector("[data-order][data-state=fulfilled]")`)
		b.quiet()
	}
	require.Len(t, s.wallet.Payments(), 2)
}

// small is the screen of most laptops.
var small = look{width: 1366, height: 768, lang: "en"}

// inView says whether the element is within the part of the sequence that is seen.
func inView(element string) string {
	return fmt.Sprintf(`(() => { const e = %s?.getBoundingClientRect(), r = document.getElementById("rows").`+
		`getBoundingClientRect(); return e && e.top >= r.top - 1 && e.bottom <= r.bottom + 1 && `+
		`e.bottom <= innerHeight; })()`, element)
}

// The sequence follows the payment, and another payment begins at its
// beginning.
func TestBrowserFollows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(small)
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	last := `document.querySelector("#steps li:last-child")`
	b.wait(outer, "document.documentElement.scrollHeight <= innerHeight") // one thing scrolls, not the page as well
	b.saw("[data-step='20']")
	b.wait(outer, inView(last))
	b.shoot("follows")
	b.click(miniProgram, "#back")
	b.fill()
	b.click(miniProgram, "#pay")
	b.saw("[data-step='8']")
	b.wait(outer, inView(`document.querySelector("#steps [data-step='1']")`))
	b.wait(outer, inView(last))
	b.click(outer, "#history li:last-child button") // the first payment, from its beginning
	b.saw("[data-step='20']")
	b.wait(outer, inView(`document.querySelector("#steps [data-step='1']")`))
	b.quiet()
}

// Nothing of the cashier is under a button, at any size: a click there would
// pay. On usual screens it is all in view.
func TestBrowserCashierIsWhole(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, size := range []look{
		{width: 320, height: 568, lang: "es"}, {width: 390, height: 844, lang: "es"},
		{width: 844, height: 390, lang: "en"},
		{width: 768, height: 1024, lang: "es"}, small, {width: 1366, height: 768, lang: "es"}, desktop,
	} {
		b := s.open(size)
		b.order()
		b.wait(cashier, "document.fonts.status === 'loaded'")
		b.shoot(fmt.Sprintf("cashier-%d-%s", size.width, size.lang))
		require.Empty(t, b.text(cashier, `(() => {
			const buttons = [...document.querySelectorAll("button")].map((e) =>
			e.getBoundingClientRect());
			return [...document.querySelectorAll("label, .expiry, .amount, .title, .id, li")].filter((e) => {
				const r = e.getBoundingClientRect();
				return buttons.some((b) => r.bottom > b.top + 1 && r.top < b.bottom - 1 &&
					r.right > b.left && r.left < b.right);
			}).map((e) => e.textContent).join("; "); })()`), "%d × %d", size.width, size.height)
		if size.height >= 768 {
			b.wait(cashier, "document.documentElement.scrollHeight <= innerHeight")
		}
		require.Equal(t, "Café Esquina", b.text(cashier,
			`document.querySelector(".payee").lastChild.lastChild.textContent`))
		said := b.text(cashier, "document.body.innerText")
		require.Len(t, regexp.MustCompile("torta|[Cc]ake").FindAllString(said, -1), 1,
			"the order stands once")
		b.click(cashier, "input[value=empty]")
		b.wait(cashier, `document.querySelector("input[value=empty]").checked`)
		b.click(outer, "#close-cashier")
		b.quiet()
	}
	for _, p := range s.wallet.Payments() {
		require.Zero(t, p.Charges)
	}
}

// Three decimals, which browsers do not expect of this currency, and another
// wallet's shapes.
func TestBrowserThreeDecimals(t *testing.T) {
	t.Parallel()
	s := newSceneOf(t, "SuperQi")
	b := s.open(desktop)
	b.order()
	amount := s.wallet.Payments()[0].Amount
	require.Equal(t, "IQD", amount.Currency)
	require.Equal(t, amount.Decimal(), strings.ReplaceAll(strings.Fields(b.text(cashier,
		`document.querySelector(".amount").textContent`))[0], ",", ""))
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	for frame, place := range map[string]string{miniProgram: ".result .amount", outer: "#history strong"} {
		shown := b.text(frame, fmt.Sprintf(`document.querySelector(%q).textContent.replace(/[,\u00a0]/g, (c) => c `+
			`=== "," ? "" : " ")`, place))
		require.Equal(t, amount.String(), shown)
	}
	b.quiet()
}

// A wallet whose mini programs call my.pay.
func TestBrowserMyPay(t *testing.T) {
	t.Parallel()
	s := newSceneOf(t, "Toka")
	b := s.open(desktop)
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.wait(outer, `document.getElementById("callback").dataset.code === "9000"`)
	b.saw("[data-step='9'][data-detail='my.pay']")
	b.click(outer, "#steps [data-step='9'] button")
	b.wait(outer, `document.getElementById("message-content").textContent.includes("/app/pay")`)
	b.shoot("my-pay")
	b.quiet()
	s.paidOnce()
}

// What risk control declines ends failed, under the codes that only my.pay has,
// and those codes decide nothing.
func TestBrowserRisk(t *testing.T) {
	t.Parallel()
	s := newSceneOf(t, "Toka")
	b := s.open(phone)
	for i, tt := range []struct {
		code    string
		arm     func()
		state   string
		verdict string
	}{
		{"4001", func() { b.click(outer, "[data-trouble=risk]") }, "failed", "verdict.agreeNothing"},
		{"4002", func() {
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.RiskDeclined, Code: "4002"})
		}, "failed", "verdict.agreeNothing"},
		{"4001", func() {
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.LyingCallback, Code: "4001"})
		}, "fulfilled", "verdict.agreePaid"},
	} {
		tt.arm()
		b.order()
		page := b.text(outer, `document.getElementById("cashier-frame").src`)
		b.click(cashier, "button[value=pay]")
		b.ends(tt.state, tt.verdict)
		b.wait(outer, fmt.Sprintf("document.getElementById('callback').dataset.code === %q", tt.code))
		require.Regexp(t, tt.code+", .*riesgo", b.text(outer, `document.getElementById("callback").textContent`))
		b.shoot(fmt.Sprintf("risk-%d", i+1))
		b.click(miniProgram, "#back")

		result := s.newTab(phone) // of its own: the frame shows it for a moment only
		result.do(chromedp.Navigate(page))
		result.wait(cashier, fmt.Sprintf(`document.querySelector("main[data-result-code='%s']")`, tt.code))
		result.fits(cashier, phone)
		result.accessible(cashier)
		result.quiet()
	}
	b.quiet()
}

func TestBrowserCancel(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.order()
	b.click(cashier, "button[value=cancel]")
	b.ends("pending", "verdict.open")
	b.wait(outer, `document.getElementById("callback").dataset.code === "6001"`)
	b.click(miniProgram, "#pay-now") // the same payment
	b.wait(cashier, `document.querySelector("form button[value=pay]")`)
	b.click(outer, "#close-cashier")
	b.wait(miniProgram, `document.getElementById("cancel")`)
	b.click(miniProgram, "#cancel")
	b.ends("cancelled", "verdict.agreeNothing")
	b.shoot("cancelled")
	b.quiet()
	require.Len(t, s.wallet.Payments(), 1)
	require.Zero(t, s.wallet.Payments()[0].Charges)
}

// astray are the rows whose label is away from its arrow. On a phone a label begins its row.
const astray = `[...document.querySelectorAll("#ghosts .row")].filter((row) => {
	const label = row.querySelector(".label").getBoundingClientRect();
	const arrow = row.querySelector(".arrow line, .arrow path").getBoundingClientRect();
	return innerWidth >= 544 && Math.max(arrow.left - label.right, label.left - arrow.right) > 40;
}).map((row) => row.textContent).join("; ")`

// broken are the words of the catalogue that stand in two lines.
const broken = `[...document.querySelectorAll(".name")].flatMap((name) => {
	const text = name.firstChild;
	return [...text.data.matchAll(/\S+/g)].filter((word) => {
		const range = document.createRange();
		range.setStart(text, word.index);
		range.setEnd(text, word.index + word[0].length);
		return new Set([...range.getClientRects()].map((r) => r.top)).size > 1;
	}).map((word) => word[0]);
}).join(" ")`

// Before the first payment the page says how to begin, and what will happen.
func TestBrowserBegin(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, l := range []look{
		small, phone, {width: 700, height: 900, lang: "es"}, {width: 320, height: 568, lang: "es"},
	} {
		b := s.open(l)
		require.Equal(t, 3, b.count(".begin li"))
		require.Equal(t, 20, b.count("#ghosts .row"))
		require.Empty(t, b.text(outer, astray), "%d", l.width)
		require.Empty(t, b.text(miniProgram, broken), "%d", l.width)
		b.wait(miniProgram, `document.querySelector(".begin li:first-child button:last-child")`)
		b.accessible(outer, miniProgram)
		b.fits(outer, l)
		b.shoot(fmt.Sprintf("begin-%d-%s", l.width, l.lang))
		b.click(miniProgram, "[data-item=coffee] .count button:last-child")
		b.wait(miniProgram, `!document.querySelector(".begin")`)
		b.quiet()
	}
}

// The five parties have the names of the guide, in its order, and the reader's
// own are marked. A time is that since the row before; what came in another order
// than the figure's says so; a screen reader hears each part of a row apart.
func TestBrowserRows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for lang, names := range map[string][]string{
		"en": {"User", "Mini program", "Wallet app", "Your server", "Wallet server", "you write this"},
		"es": {"Usuario", "Miniprograma", "App de la billetera", "Tu servidor", "Servidor de la billetera",
			"esto lo escribes tú"},
	} {
		b := s.open(look{width: 1440, height: 900, lang: lang})
		var shown []string
		value, ok := b.in(outer,
			`[...document.querySelectorAll(".parties > span")].map((e) => e.innerText.split("\n").join("|"))`)
		require.True(t, ok)
		require.NoError(t, json.Unmarshal(value, &shown))
		mine := "|" + names[5]
		require.Equal(t, []string{names[0], names[1] + mine, names[2], names[3] + mine, names[4]}, shown)
		b.order()
		b.click(cashier, "button[value=pay]")
		b.ends("fulfilled", "verdict.agreePaid")
		b.saw("[data-step='20']")
		require.Empty(t, b.text(outer, `(() => { const rows = [...document.querySelectorAll("#steps li")];
			const at = (row) => Date.parse(row.dataset.at);
			const said = (text) => { const [, n, unit] = /\+?([\d.,]+)\s(ms|s)/.exec(text);
				return Number(n.replace(/[.,](?=\d{3})/, "").replace(",", ".")) * (unit === "s" ? 1000 : 1); };
			return rows.slice(1).map((row, i) => [said(row.querySelector(".time").textContent),
				Math.max(0, at(row) - at(rows[i]))])
				.filter(([shown, is]) => Math.abs(shown - is) > 60).join("; "); })()`))
		order := b.text(outer,
			`[...document.querySelectorAll("#steps li[data-step]")].map((e) => e.dataset.step).join(" ")`)
		late := strings.Index(order, " 18") > strings.Index(order, " 19")
		require.Equal(t, late, b.count("#steps [data-step='18'] .race") == 1, order)
		require.Regexp(t, `^4 \S.*\. `, b.text(outer,
			`[...document.querySelectorAll("#steps [data-step='4'] button *")].
			filter((e) => !e.closest("[aria-hidden]") && e.childElementCount === 0).
			map((e) => e.textContent).join(" ")`))
		b.quiet()
	}
}

// Green is for what was paid: an order that is open, or was given up, shows none
// of it, however well each call went.
func TestBrowserGreenIsPaid(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.order()
	b.click(outer, "#close-cashier")
	b.saw("[data-detail='PROCESSING']")
	require.Empty(t, b.text(outer, green))
	b.click(miniProgram, "#cancel")
	b.ends("cancelled", "verdict.agreeNothing")
	require.Empty(t, b.text(outer, green))
	b.click(miniProgram, "#back")
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.saw("[data-step='20'] .detail.paid")
	require.NotEmpty(t, b.text(outer, green))
	b.quiet()
}

func TestBrowserExpire(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(phone)
	b.order()
	b.click(outer, "#expire")
	b.saw(".trouble[data-detail=expired]")
	b.wait(cashier, `document.querySelector("main.stopped") && !document.querySelector("form, time")`) // by itself
	b.wait(outer, `document.getElementById("cashier").hidden`)
	b.wait(miniProgram, `["expired", "cancelled"].includes(document.querySelector(".result")?.dataset.state)`)
	b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreeExpired"`)
	require.Regexp(t, "terminó antes", b.text(outer, `document.getElementById("verdict").textContent`))
	b.quiet()
}

func TestBrowserEmptyAccount(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.order()
	b.click(cashier, "input[value=empty]")
	b.click(cashier, "button[value=pay]")
	b.ends("failed", "verdict.agreeNothing")
	b.wait(outer, `document.getElementById("callback").dataset.code === "4000"`)
	b.quiet()
}

func TestBrowserRefund(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	id := b.text(miniProgram, `document.querySelector(".result").dataset.order`)

	desk := s.newTab(desktop)
	desk.do(chromedp.Navigate(s.shop.URL()+"/login"), chromedp.SendKeys(chromedp.CSS("#password"), shopPassword),
		chromedp.Click(chromedp.CSS("form[action='/login'] button")),
		chromedp.WaitNotPresent(chromedp.CSS("#password")),
		chromedp.Navigate(s.shop.URL()+"/orders/"+id), chromedp.Click(chromedp.CSS("form[action$=refund] button")))
	desk.wait("/orders/"+id, `document.querySelector("#whole button") === document.activeElement`)
	require.Zero(t, s.wallet.Payments()[0].Refunded.Value, "it is asked about first")
	desk.do(chromedp.Click(chromedp.CSS("#whole button")))

	b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreeRefunded"`)
	b.click(miniProgram, "#tab-orders")
	b.wait(miniProgram, `document.querySelector("[data-order][data-state=refunded]")`)
	b.shoot("refunded")
	b.quiet()
	desk.quiet()
	require.Equal(t, s.wallet.Payments()[0].Amount, s.wallet.Payments()[0].Refunded)
}

// The shop's own pages, as a customer's web view and the shopkeeper's browser
// show them: the result page, then login and refund by keyboard alone.
func TestBrowserShop(t *testing.T) {
	t.Parallel()
	whole := newScene(t)
	looks := []look{
		{width: 390, height: 844, lang: "es", dark: true}, {width: 768, height: 1024, lang: "en"},
		{width: 1366, height: 768, lang: "es"}, {width: 1440, height: 900, lang: "en", dark: true},
		{width: 390, height: 844, lang: "en"}, {width: 768, height: 1024, lang: "es", dark: true},
		{width: 1366, height: 768, lang: "en", dark: true}, {width: 1440, height: 900, lang: "es"},
	}
	for _, l := range looks[:testsize.Of(4, 4, len(looks))] {
		t.Run(fmt.Sprintf("%s %d", l.lang, l.width), func(t *testing.T) {
			t.Parallel()
			s := *whole
			s.tb = t
			d, err := newDriver(io.Discard, s.wallet, s.shop.URL(), shopPassword)
			require.NoError(t, err)
			o, err := d.buy(t.Context())
			require.NoError(t, err)
			var result struct{ Page string }
			require.NoError(t, d.call(t.Context(), http.MethodGet, "/api/orders/"+o.ID, nil, &result))
			b := s.newTab(l)
			pictures := 0
			sound := func(path string) {
				b.wait(path, fmt.Sprintf("document.documentElement.lang === %q && document.querySelector('h1')",
					l.lang))
				b.fits(path, l)
				b.accessible(path)
				b.quiet()
				require.Zero(t, b.cut(path), "nothing is cut off")
				pictures++
				b.shoot(fmt.Sprintf("shop-%d-%s-%d%s", l.width, l.lang, pictures,
					strings.NewReplacer("/", "-", o.ID, "order").Replace(path)))
			}
			visit := func(address string) {
				b.do(chromedp.Navigate(s.shop.URL() + address))
				path, _, _ := strings.Cut(address, "?")
				sound(path)
			}
			visit("/?lang=" + l.lang) // the choice is kept
			visit("/login")
			order := "/orders/" + o.ID
			visit(result.Page)
			require.NoError(t, s.wallet.Pay(o.TradePay.PaymentURL))
			b.wait(order, `document.querySelector("#order[data-state=fulfilled]")`) // by itself
			sound(order)

			enter := chromedp.KeyEvent(kb.Enter)
			b.do(chromedp.Navigate(s.shop.URL()))
			b.focus("/", "a[href='/orders']")
			b.do(enter)
			b.wait("/login", `document.getElementById("password")`)
			b.focus("/login", "#password")
			if l.dark && l.lang == "es" { // once: the shop lets nobody guess for long
				b.mu.Lock()
				b.offline = true // a console shows 403 in red
				b.mu.Unlock()
				b.do(chromedp.KeyEvent("wrong"), enter)
				b.wait("/login", `document.querySelector("[role=alert]") && document.activeElement.id === "password"`)
				b.accessible("/login")
				b.mu.Lock()
				b.offline = false
				b.mu.Unlock()
			}
			b.do(chromedp.KeyEvent(shopPassword), enter)
			b.wait("/orders", fmt.Sprintf("document.querySelector(%q)", "a[href='"+order+"']"))
			sound("/orders")
			b.focus("/orders", "a[href='"+order+"']")
			b.do(enter)
			b.wait(order, `document.querySelector("form[action$=refund]")`)
			sound(order)
			b.focus(order, "#reason")
			b.do(chromedp.KeyEvent(strings.Repeat("cold", 32)))
			b.focus(order, "form[action$=refund] button")
			b.do(enter)
			asked := order + "/refund"
			b.wait(asked, `document.querySelector("#whole button")`)
			sound(asked)
			require.NotEqual(t, "UTC", b.text(asked, `document.querySelector("time").textContent.slice(-3)`),
				"the viewer's own time")
			b.focus(asked, "#whole button")
			b.do(enter)
			b.wait(order, `document.querySelector("#order[data-state=refunded] [data-refund]")`)
			sound(order)
			p, ok := s.wallet.Payment(o.ID)
			require.True(t, ok)
			require.Equal(t, o.Amount, p.Refunded)

			visit("/")
			visit("/orders?state=parked")
			b.mu.Lock()
			b.offline = true // a console shows 404 in red
			b.mu.Unlock()
			visit("/nothing")
		})
	}
}

// Every trouble button: the order ends right, and the money moved once.
func TestBrowserTrouble(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		button, row string // a row that shows it
		code        string
	}{
		{"lose", ".trouble[data-detail=NotifyLost]", "9000"},
		{"twice", ".trouble[data-detail=NotifyDuplicate]", "9000"},
		{"tamper", ".failed[data-step='19']", "9000"},
		{"keys", ".signed[data-step='19']", "9000"},
		{"lie6001", ".trouble[data-detail=LyingCallback]", "6001"},
	} {
		t.Run(tt.button, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			b := s.open(desktop)
			b.click(outer, "[data-trouble="+tt.button+"]")
			told := map[bool]string{true: "done", false: "waits for the next payment"}[tt.button == "keys"]
			b.wait(outer, fmt.Sprintf(`document.getElementById("trouble-told").textContent.endsWith(%q)`, told))
			b.order()
			require.Empty(t, b.text(outer, `document.getElementById("callback").textContent`))
			b.click(cashier, "button[value=pay]")
			b.ends("fulfilled", "verdict.agreePaid")
			b.saw(tt.row)
			b.wait(outer, fmt.Sprintf("document.getElementById('callback').dataset.code === %q", tt.code))
			if tt.button == "keys" {
				b.saw("[data-step='7'] .key")
			}
			if tt.button == "tamper" {
				b.saw(".signed[data-step='19']") // sent again
				b.saw(".failed[data-step='19'] .flag")
				b.click(outer, "#steps .failed[data-step='19'] button")
				b.wait(outer, `document.querySelector("#message .finding .cause")`)
				b.wait(outer,
					`document.querySelector("#message .finding .cause, #message .finding h3").matches(".cause")`)
				b.wait(outer, `document.querySelector("#message mark.changed") && `+
					`document.querySelector("#message p.changed").textContent.includes("paymentAmount.value")`)
				b.wait(outer, `(() => { navigator.clipboard.writeText = async (text) => { globalThis.copied = text; };
					document.querySelectorAll("#message .copies button")[1].click(); return globalThis.copied; })()`)
				require.Regexp(t, `(?s)^curl -X POST 'http://127\.0\.0\.1:\d+/notify' \\\n  -H '.*--data-raw '\{`,
					b.text(outer, "globalThis.copied"))
				require.NotZero(t, b.count("#message pre .key"), "colours")
				b.accessible(outer)
				b.shoot("tampered")
			}
			b.quiet()
			s.paidOnce()
		})
	}
}

// chooses picks a scenario with the keyboard, and waits for the mini program that plays it.
func (b *tab) chooses(scenario, ready string) {
	b.tb.Helper()
	b.focus(outer, "[name=scenario]")
	for range 3 {
		if b.text(outer, `document.querySelector("[name=scenario]:checked").value`) == scenario {
			break
		}
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	b.wait(outer, fmt.Sprintf(`document.querySelector("[name=scenario]:checked").value === %q`, scenario))
	b.wait(miniProgram, fmt.Sprintf(`document.querySelector("meta[name=scenario]").content === %q && `+
		`document.querySelector(%q)`, scenario, ready))
}

// green are the classes of what is drawn in the colour of paid.
const green = `(() => { const probe = document.body.appendChild(document.createElement("i"));
	probe.style.color = "var(--good)"; const good = getComputedStyle(probe).color; probe.remove();
	return [...document.querySelectorAll("body *")].filter((e) => ["color", "backgroundColor", "stroke", "fill"]
		.some((name) => getComputedStyle(e)[name] === good || getComputedStyle(e, "::before")[name] === good))
		.map((e) => e.className.baseVal ?? e.className).join(" "); })()`

// shopkeeper presses one of the shopkeeper's buttons on the page.
func (b *tab) shopkeeper(action string) {
	b.tb.Helper()
	selector := "[data-desk=" + action + "]"
	b.wait(outer, fmt.Sprintf("!document.querySelector(%q).hidden", selector))
	b.click(outer, selector)
}

// An amount is reserved, then charged, or released: nothing is green before it was charged.
func TestBrowserReserve(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, l := range []look{desktop, phone} {
		b := s.open(l)
		reserved := func() {
			b.order()
			b.click(cashier, "button[value=pay]")
			b.ends("authorized", "verdict.agreeReserved")
			b.saw("[data-step='20'][data-detail='authorized']")
			require.Zero(t, b.count("#steps [data-step='19']"), "wallets do not notify what is reserved")
			require.Empty(t, b.text(outer, green))
		}
		b.chooses("reserve", "[data-item]")
		require.Equal(t, 21, b.count("#ghosts .row"))
		b.accessible(outer, miniProgram)
		b.shoot("reserve-begin-" + l.lang)
		reserved()
		b.accessible(outer, miniProgram)
		b.shoot("reserved-" + l.lang)
		b.shopkeeper("capture")
		b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreePaid"`)
		b.saw(".signed[data-step='21']")
		require.NotEmpty(t, b.text(outer, green))
		require.Contains(t, b.text(outer, `document.getElementById("progress").textContent`), "21 ")
		b.ends("fulfilled", "verdict.agreePaid") // the phone hears of it
		b.fits(outer, l)
		b.shoot("captured-" + l.lang)
		b.shopkeeper("refund")
		b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreeRefunded"`)
		b.saw(".signed.call")

		b.click(miniProgram, "#back")
		reserved()
		b.shopkeeper("void")
		b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreeNothing"`)
		require.Empty(t, b.text(outer, green))
		b.shoot("released-" + l.lang)
		b.quiet()
	}
	for i, p := range s.wallet.Payments() {
		require.Equal(t, i%2 == 0, p.Captured == p.Amount, "%d", i)
		require.Equal(t, i%2 == 0, p.Refunded == p.Amount, "%d", i)
	}
	s.tellsWhatFails()
}

// tellsWhatFails: the shopkeeper's button of a shop that is gone does not stay silent.
func (s *scene) tellsWhatFails() {
	s.tb.Helper()
	b := s.open(phone)
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	require.NoError(s.tb, s.shop.Kill())
	b.shopkeeper("refund")
	b.wait(outer, `document.getElementById("flow-told").textContent.includes("página del pedido")`)
	b.accessible(outer)
	b.fits(outer, phone)
}

// A customer agrees on the wallet's page; the shop has a token, and charges once without
// the cashier.
func TestBrowserSubscribe(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const agreement = "/agreement/"
	b := s.open(desktop)
	b.chooses("subscribe", "#allow")
	b.accessible(outer, miniProgram)
	b.shoot("subscribe-begin")
	b.click(miniProgram, "#allow") // and change one's mind
	b.wait(agreement, `document.querySelector("form button")`)
	b.accessible(outer, agreement)
	b.shoot("agreement")
	b.click(outer, "#close-cashier")
	b.wait(miniProgram, `document.querySelector("[role=alert]")`)
	b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreement"`)

	b.click(miniProgram, "#allow")
	b.wait(agreement, `document.querySelector("form button")`)
	b.focus(agreement, "form button:not([value=cancel])")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(miniProgram, `document.querySelector("[data-item]")`)
	for step := 22; step <= 28; step++ {
		b.saw(fmt.Sprintf("[data-step='%d']", step))
	}
	require.Empty(t, b.text(outer, green), "an agreement is no payment")
	b.shoot("agreed")
	b.fill()
	b.click(miniProgram, "#pay")
	b.ends("fulfilled", "verdict.agreePaid")
	b.saw(".signed[data-step='19']")
	b.wait(outer, `document.getElementById("progress").textContent.startsWith("16 of 16")`)
	require.Zero(t, b.count("#steps [data-step='10']"), "no cashier")
	require.Zero(t, b.count("#steps .failed, #steps .trouble"))
	b.accessible(outer, miniProgram)
	b.shoot("subscribed")
	b.focus(outer, "#steps button")
	b.do(chromedp.KeyEvent(kb.Home))
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(outer, `document.querySelector("#message[open] .signature")`)
	require.NotContains(t, b.text(outer, `document.getElementById("message").textContent`), "accessToken\":")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.quiet()
	s.paidOnce()
}

// What the doctor finds and what followed is Spanish in the Spanish drawer, and so is the
// picture that is saved.
func TestBrowserSpanishDrawer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(look{width: 1440, height: 900, lang: "es"})
	b.click(outer, "[data-trouble=tamper]")
	b.order()
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.click(outer, "#steps .failed[data-step='19'] button")
	b.wait(outer, `document.querySelector("#message .finding .cause")`)
	findings := b.text(outer, `[...document.querySelectorAll("#message .finding")].map((e) => e.textContent).join(" ")`)
	require.NotRegexp(t, english, findings)
	require.Contains(t, findings, "El cuerpo cambió después de firmarse")
	b.accessible(outer)
	b.shoot("drawer-es")
	b.do(chromedp.KeyEvent(kb.Escape))
	svg := b.text(outer, `fetch(document.getElementById("export-svg").href).then((r) => r.text())`)
	require.Contains(t, svg, "\u00a0ZAR")
	require.NotRegexp(t, english, svg)
	require.Regexp(t, `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d `, svg)
	b.quiet()
}

// english are words that no Spanish text has.
var english = regexp.MustCompile(`\b(the|is|are|this|that|with|what|which|your|and|of|it|was)\b`)

// The callback says 9000 and nothing was paid: the result page must not say
// paid.
func TestBrowserLie9000(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.click(outer, "[data-trouble=lie9000]")
	b.order()
	b.click(cashier, "button[value=cancel]")
	b.wait(outer, `document.getElementById("callback").dataset.code === "9000"`)
	b.ends("pending", "verdict.open")
	require.NotContains(t, b.text(miniProgram, `document.body.textContent`), "Thank you")
	b.shoot("lie-9000")
	b.click(miniProgram, "#pay-now")
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.quiet()
	s.paidOnce()
}

func TestBrowserStoppedWallet(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.offline = true
	b.click(miniProgram, "#tab-orders")
	b.wait(miniProgram, `document.querySelector("main .note")`) // logged in
	b.click(miniProgram, "#tab-catalogue")
	b.fill()
	b.click(outer, "[data-trouble=wallet]")
	b.wait(outer, `document.querySelector("[data-trouble=wallet]").classList.contains("armed")`)
	b.click(miniProgram, "#pay")
	b.saw(".lost[data-step='4']") // no answer: it is drawn, and once however often it is sent
	b.saw(".refused[data-step='8'][data-detail='notYet']")
	require.Zero(t, b.count("#steps .failed"), "no signature is in doubt")
	require.LessOrEqual(t, b.count("#steps .trouble"), 1, "the wallet goes down once")
	b.wait(miniProgram, `document.querySelector(".wait")?.textContent === "The shop is waiting for the wallet. `+
		`Trying again; it stays one order."`)
	b.shoot("stopped-wallet")
	b.click(outer, "[data-trouble=heal]") // the ten seconds need not pass
	b.wait(cashier, `document.querySelector("form button[value=pay]")`)
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.quiet()
	s.paidOnce()
}

func TestBrowserKilledMerchant(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.offline = true
	b.order()
	b.click(outer, "[data-trouble=merchant]")
	b.saw(".trouble[data-detail=merchantDown]")
	b.click(cashier, "button[value=pay]")
	b.ends("fulfilled", "verdict.agreePaid")
	b.saw(".trouble[data-detail=merchantUp]")
	b.shoot("killed")
	b.quiet()
	s.paidOnce()
}

// The my object itself: its callbacks and its codes, as a mini program meets
// them.
func TestBrowserMy(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.offline = true
	call := func(name, args string) string { // what came, by which callback, and whether complete came after it
		return b.text(miniProgram, fmt.Sprintf(`new Promise((done) => { let came; my.%s({...%s,
			success: (r) => { came = "success " + JSON.stringify(r); }, fail: (r) => { came = "fail " + r.error + " `+
			`" + (r.status ?? ""); }, complete: () => done(came) }); })`, name, args))
	}
	require.Contains(t, call("getSiteInfo", "{}"), `success {"siteName":"`)
	require.Contains(t, call("getAuthCode", `{scopes: "auth_base"}`), `"authSuccessScopes":["auth_base"]`)
	require.Equal(t, "fail 4 ", call("request", `{url: "http://127.0.0.1:1/api/catalogue"}`), "only its own server")
	require.Equal(t, "fail 4 ", call("request", fmt.Sprintf(`{url: %q}`, s.shop.URL()+"/login")), "only its API")
	require.Equal(t, "fail 19 401", call("request", fmt.Sprintf(`{url: %q}`, s.shop.URL()+"/api/orders")))
	require.Contains(t, call("request", fmt.Sprintf(`{url: %q}`, s.shop.URL()+"/api/catalogue")), `"status":200`)
	require.Equal(t, "fail 2 ", call("tradePay", "{}"))
	require.Equal(t, `success {"resultCode":"4000"}`, call("tradePay", `{tradeNO: "nobody's"}`))
	require.Equal(t, `success {"resultCode":"8001"}`, call("pay", `{paymentUrl: "http://127.0.0.1:1/"}`))

	b.order() // the cashier is open: a second one is refused
	require.Equal(t, "fail 40 ", call("tradePay", `{tradeNO: "another"}`))
	b.click(outer, "#close-cashier")
	b.wait(miniProgram, `document.getElementById("pay-now")`)
	tradeNO := s.wallet.Payments()[0].PaymentID
	_, ok := b.in(miniProgram, fmt.Sprintf(`my.tradePay({tradeNO: %q, success: (r) => { globalThis.told = `+
		`r.resultCode; }}); true`, tradeNO))
	require.True(t, ok)
	// Nobody tells the shop: it asks, and the program shows the end of it, while
	// the alert is open and has the focus.
	s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyLost})
	b.click(cashier, "button[value=pay]")
	b.wait(miniProgram, `globalThis.told === "9000"`)
	_, ok = b.in(miniProgram, `my.alert({title: "Hello", content: "World", success: () => { globalThis.seen = true; `+
		`}}); true`)
	require.True(t, ok)
	b.wait(outer, `document.activeElement.id === "alert-ok" && `+
		`document.getElementById("alert").textContent.includes("World")`)
	b.accessible(outer)
	b.wait(miniProgram, `document.querySelector(".result[data-state=fulfilled]")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(miniProgram, "globalThis.seen")

	s.wallet.Suspend(0)
	require.Equal(t, `success {"resultCode":"6002"}`, call("tradePay", fmt.Sprintf(`{tradeNO: %q}`, tradeNO)))
	s.wallet.Resume()
	b.quiet()

	// The sandbox has no other way out.
	require.Equal(t, "closed", b.text(miniProgram, `fetch("/").then(() => "open", () => "closed")`))
	require.Equal(t, "closed", b.text(miniProgram,
		`(() => { try { return parent.document ? "open" : ""; } catch { return "closed"; } })()`))
	require.Equal(t, "closed", b.text(miniProgram,
		`(() => { try { return localStorage ? "open" : ""; } catch { return "closed"; } })()`))
}

// focus presses Tab until the element has the focus.
func (b *tab) focus(frame, selector string) {
	b.tb.Helper()
	quoted, err := json.Marshal(selector)
	require.NoError(b.tb, err)
	for range 120 {
		if value, ok := b.in(frame, fmt.Sprintf("document.hasFocus() && document.activeElement.matches(%s)",
			quoted)); ok && string(value) == "true" {
			return
		}
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	require.Fail(b.tb, "Tab does not reach it", selector)
}

func TestBrowserKeyboardOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	enter := chromedp.KeyEvent(kb.Enter)
	b.focus(miniProgram, "[data-item=coffee] .count button:last-child")
	b.do(enter)
	b.focus(miniProgram, "#pay")
	b.do(enter)
	b.wait(cashier, `document.querySelector("form button[value=pay]")`)
	b.focus(cashier, "button[value=pay]")
	b.do(enter)
	b.ends("fulfilled", "verdict.agreePaid")
	b.wait(miniProgram, `document.hasFocus() && document.activeElement.tagName === "H1"`)
	b.focus(outer, "#steps button")
	tabs := b.count("#steps button[tabindex='0']")
	require.Equal(t, 1, tabs, "one stop for the Tab key, however many rows")
	b.do(chromedp.KeyEvent(kb.Home))
	for step := range 4 {
		b.do(chromedp.KeyEvent(kb.ArrowDown))
		b.wait(outer, fmt.Sprintf(`document.activeElement.closest("[data-step='%d']")`, step+2))
	}
	b.do(chromedp.KeyEvent(kb.ArrowUp), enter)
	b.wait(outer, `document.querySelector("#message[open] .signature.right")`)
	b.wait(outer, `document.getElementById("message").contains(document.activeElement)`)
	b.accessible(outer)
	b.shoot("message")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.wait(outer, `!document.getElementById("message").open && document.activeElement.closest("[data-step='4']")`)
	b.focus(outer, "[data-trouble=keys]")
	b.do(enter)
	b.wait(outer, `document.getElementById("trouble-told").textContent !== ""`)
	b.quiet()
	s.paidOnce()
}

// The page in every dress: what a reader of the README sees, and axe-core on
// each.
func TestBrowserLooks(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	looks := []look{
		{width: 1440, height: 900, lang: "es", dark: true}, {width: 390, height: 844, lang: "es", scale: 2},
		{width: 390, height: 844, lang: "en", dark: true, scale: 2},
		{width: 1440, height: 900, lang: "en", scale: 1.5},
		{width: 1100, height: 800, lang: "es"},
		{width: 390, height: 844, lang: "es", dark: true}, {width: 390, height: 844, lang: "en"},
		{width: 1440, height: 900, lang: "en", dark: true}, {width: 1440, height: 900, lang: "es"},
	}
	for _, size := range []look{{width: 768, height: 1024}, {width: 1366, height: 768}} {
		for _, lang := range []string{"en", "es"} {
			looks = append(looks, look{width: size.width, height: size.height, lang: lang},
				look{width: size.width, height: size.height, lang: lang, dark: true})
		}
	}
	for _, l := range looks[:testsize.Of(1, 2, len(looks))] {
		b := s.open(l)
		b.order()
		name := fmt.Sprintf("%d-%s", l.width, l.lang)
		if l.dark {
			name += "-dark"
		}
		b.shoot(name + "-cashier")
		b.click(cashier, "button[value=pay]")
		b.ends("fulfilled", "verdict.agreePaid")
		b.saw("[data-step='20']")
		b.accessible(outer, miniProgram)
		b.in(outer, "scrollTo(0, 0)")
		b.shoot(name + "-paid")
		b.in(outer, `document.getElementById("flow").scrollIntoView()`)
		b.shoot(name + "-flow")
		b.fits(outer, l)
		b.click(outer, "#steps [data-step='19'] button")
		b.wait(outer, `document.querySelector("#message .signature")`)
		b.accessible(outer)
		b.shoot(name + "-message")
		b.quiet()
	}
}

// A page that was away catches up.
func TestBrowserReconnect(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b := s.open(desktop)
	b.offline = true
	b.order()
	s.server.CloseClientConnections()
	require.NoError(t, s.wallet.Pay(s.wallet.Payments()[0].PaymentID))
	b.saw("[data-step='16']")
	b.wait(outer, `document.getElementById("verdict").dataset.key === "verdict.agreePaid"`)
	b.wait(outer, `document.getElementById("live").classList.contains("up")`)
}
