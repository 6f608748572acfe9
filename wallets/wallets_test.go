package wallets_test

import (
	"context"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// currencyOf is the first currency that the comment of the wallet's function
// names, and USD for a wallet that has none of its own.
func currencyOf(t *testing.T, profile wire.Profile) string {
	t.Helper()
	for _, word := range regexp.MustCompile(`\b[A-Z]{3}\b`).FindAllString(comments(t)[profile.Name], -1) {
		if _, ok := tradepay.MinorDigits(word); ok {
			return word
		}
	}
	return "USD"
}

// each runs a test for every wallet.
func each(t *testing.T, test func(t *testing.T, profile wire.Profile)) {
	t.Helper()
	for _, profile := range wallets.All() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			test(t, profile)
		})
	}
}

// eachPaying runs a test for every wallet that takes payments of a server.
func eachPaying(t *testing.T, test func(t *testing.T, profile wire.Profile)) {
	t.Helper()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Routes.Unsupported[wire.OpPay] == "" {
			test(t, profile)
		}
	})
}

func TestAllIsSortedAndFresh(t *testing.T) {
	t.Parallel()
	all := wallets.All()
	for i := range all[1:] {
		require.Less(t, all[i].Name, all[i+1].Name)
	}
	for i := range all {
		if all[i].Words.Codes != nil {
			all[i].Words.Codes["20000000"] = "FAIL"
		}
	}
	toka, ok := wallets.ByName("Toka")
	require.True(t, ok)
	require.Equal(t, "SUCCESS", toka.Words.Codes["20000000"], "a caller's change must stay the caller's")
}

func TestByName(t *testing.T) {
	t.Parallel()
	for spelling, name := range map[string]string{
		"vodapay": "VodaPay", "Voda Pay": "VodaPay", "VODA-PAY": "VodaPay",
		"mpesa": "M-Pesa", "M Pesa": "M-Pesa", "m-PESA": "M-Pesa",
		"g cash": "GCash", "gcash v1": "GCash v1", "gcashv1": "GCash v1",
		"Touch'n Go": "Touch 'n Go", "touch n go": "Touch 'n Go", "TouchNGo": "Touch 'n Go",
		"Touch ’n Go": "Touch 'n Go",
		"super qi":    "SuperQi", "rebellv1": "Rebell v1", "rebell V2": "Rebell v2", "rebell-v2": "Rebell v2",
		"banco estado": "BancoEstado", "vodafone-egypt": "Vodafone Egypt",
		"claro": "Claro", "besuperapp": "Be SuperApp", "Be Super App": "Be SuperApp",
		"TOKA": "Toka", "mandiri": "Mandiri",
		"alipayconnect": "Alipay Connect", "alipay_connect": "Alipay Connect", "emas": "EMAS", "Antom ": "Antom",
	} {
		w, ok := wallets.ByName(spelling)
		require.True(t, ok, spelling)
		require.Equal(t, name, w.Name, spelling)
	}
	for _, unknown := range []string{"", " ", "rebell", "paypal", "voda", "’"} {
		_, ok := wallets.ByName(unknown)
		require.False(t, ok, unknown)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"vodapya":       {"VodaPay"},
		"voda":          {"VodaPay", "Vodafone Egypt"},
		"rebell":        {"Rebell v1", "Rebell v2"},
		"Rebel v3":      {"Rebell v1", "Rebell v2"},
		"emas superapp": {"EMAS"},
		"gcahs":         {"GCash"},
		"touch and go":  {"Touch 'n Go"},
		"antm":          {"Antom"},
		"tokapay":       {"Toka", "VodaPay"},
		"paypal":        {},
		"":              {},
		"x":             {},
	} {
		require.Equal(t, want, wallets.Nearest(name), name)
	}
	for _, w := range wallets.All() {
		require.Equal(t, w.Name, wallets.Nearest(w.Name)[0])
	}
}

// TestShapersHaveInverses: without them no test wallet could speak the profile.
func TestShapersHaveInverses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Shaper != nil {
			require.Implements(t, (*tradepaytest.Unshaper)(nil), profile.Shaper)
		}
	})
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	comments := comments(t)
	names := make(map[string]bool)
	for _, profile := range wallets.All() {
		require.False(t, names[fold(profile.Name)], profile.Name)
		names[fold(profile.Name)] = true
		require.NotContains(t, profile.Name, "Platform")
	}
	each(t, func(t *testing.T, profile wire.Profile) {
		require.NotEmpty(t, profile.Sources)
		comment := comments[profile.Name]
		plain := strings.Join(strings.Fields(comment), " ")
		require.Contains(t, plain, "Known: ")
		require.Contains(t, plain, "Not documented")
		for _, source := range profile.Sources {
			requireHTTPS(t, source)
		}
		require.Contains(t, comment, strings.TrimSuffix(profile.Sources[0], "/"))
		for environment, base := range profile.Routes.BaseURLs {
			requireHTTPS(t, base)
			require.Regexp(t, "^(production|sandbox)( |$)", environment)
		}
		for op, document := range profile.Routes.Unsupported {
			requireHTTPS(t, document)
			require.Empty(t, profile.Path(op))
		}
		require.Regexp(t, `^([A-Z]{2})?$`, profile.Country)

		currency := currencyOf(t, profile)
		digits, ok := tradepay.MinorDigits(currency)
		require.True(t, ok)
		if profile.Country != "" || currency != "USD" {
			words := map[int]string{0: "(no|without)", 2: "(with )?two", 3: "three"}[digits]
			require.Regexp(t, `\b`+currency+`\b.*?\b`+words+` decimals`, plain,
				"the currency, and how many decimals it has on the wire")
		}
		amount, err := tradepay.ParseAmount("1000", currency)
		require.NoError(t, err)
		require.Equal(t, map[int]int64{0: 1_000, 2: 100_000, 3: 1_000_000}[digits], amount.Value)
	})
}

func requireHTTPS(t *testing.T, text string) {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	require.Equal(t, "https", u.Scheme, text)
	require.NotEmpty(t, u.Hostname(), text)
	require.NotContains(t, text, "…")
}

// quick retries without losing time.
var quick = func(conf *tradepay.Config) {
	conf.Retry = tradepay.RetryPolicy{
		MaxAttempts: 3, AttemptTimeout: 30 * time.Second, BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond,
	}
}

// shop is a merchant's server. What it does is the same for every wallet.
type shop struct {
	wallet *tradepaytest.Wallet
	client *tradepay.Client
	url    string
	price  tradepay.Amount

	mu  sync.Mutex
	got []*tradepay.Notification
}

func newShop(t *testing.T, profile wire.Profile) *shop {
	t.Helper()
	s := &shop{price: tradepay.Amount{Currency: currencyOf(t, profile), Value: 12345}}
	s.wallet = tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
	t.Cleanup(s.wallet.Close)
	var err error
	polling := func(conf *tradepay.Config) {
		conf.PollInterval = time.Millisecond
		if profile.Name == "Antom" { // which requires the user's wallet for an agreement
			conf.SiteName = "ALIPAY_HK"
		}
	}
	s.client, err = tradepay.NewClient(configtest.With(s.wallet.Config(), quick, polling))
	require.NoError(t, err)
	server := httptest.NewServer(s.client.NotifyHandler(func(_ context.Context, n *tradepay.Notification) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got = append(s.got, n)
		return nil
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/notify?shop=1"
	return s
}

func (s *shop) order(id string) *tradepay.CreateOrderRequest {
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: id,
		Amount:           s.price,
		Title:            "Two coffees",
		Order: tradepay.OrderDetails{
			Buyer: tradepay.Buyer{ID: "2188000000000001"},
			Goods: []tradepay.Goods{{ID: "sku-1", Name: "Coffee", UnitAmount: s.price, Quantity: 1}},
		},
		NotifyURL:     s.url,
		VoidNotifyURL: s.url,
		RedirectURL:   "https://shop.example/thanks",
		ExpiresAt:     time.Now().Add(10 * time.Minute).Truncate(time.Second),
	}
}

// place creates an order and returns it with the URL for the mini program,
// which some wallets send later.
func (s *shop) place(t *testing.T, req *tradepay.CreateOrderRequest) *tradepay.Order {
	t.Helper()
	order, err := s.client.CreateOrder(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusProcessing, order.Status)
	if order.PaymentURL == "" {
		order.PaymentURL = s.notified(t, tradepay.NotificationCashierURL, req.PaymentRequestID).PaymentURL
	}
	require.Equal(t, order.PaymentURL, order.TradePay().PaymentURL)
	return order
}

// notified waits for a notification.
func (s *shop) notified(t *testing.T, kind tradepay.NotificationKind, id string) *tradepay.Notification {
	t.Helper()
	var found *tradepay.Notification
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, n := range s.got {
			if n.Kind == kind && n.PaymentRequestID == id {
				found = n
				return true
			}
		}
		return false
	}, 2*time.Minute, time.Millisecond)
	return found
}

func (s *shop) pay(t *testing.T, order *tradepay.Order) {
	t.Helper()
	require.NoError(t, s.wallet.Pay(order.PaymentURL))
}

func ref(order *tradepay.Order) tradepay.OrderRef {
	return tradepay.OrderRef{PaymentRequestID: order.PaymentRequestID, PaymentID: order.PaymentID}
}

// TestWholePayment is one merchant's code against every wallet.
func TestWholePayment(t *testing.T) {
	t.Parallel()
	eachPaying(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		t.Run("paid", s.testPaid)
		t.Run("failed", s.testFailed)
		t.Run("refunded", s.testRefunded)
		t.Run("cancelled", s.testCancelled)
		t.Run("rotated", s.testRotated)
		for _, refused := range s.wallet.Rejections() {
			t.Errorf("the wallet refused %+v", refused)
		}
	})
}

func (s *shop) testPaid(t *testing.T) {
	order := s.place(t, s.order("order-paid"))
	s.pay(t, order)
	n := s.notified(t, tradepay.NotificationPayment, "order-paid")
	require.NoError(t, n.CheckPaid("order-paid", s.price))
	require.ErrorIs(t, n.CheckPaid("order-other", s.price), tradepay.ErrReferenceMismatch)
	require.ErrorIs(t, n.CheckPaid("order-paid", tradepay.Amount{Currency: s.price.Currency, Value: 1}),
		tradepay.ErrAmountMismatch)
	known, err := s.client.WaitOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.NoError(t, known.CheckPaid("order-paid", s.price))
	require.NoError(t, s.wallet.WaitNotified(t.Context(), "order-paid"), "the wallet takes the acknowledgement")
}

func (s *shop) testFailed(t *testing.T) {
	order := s.place(t, s.order("order-failed"))
	require.NoError(t, s.wallet.Decline(order.PaymentURL))
	n := s.notified(t, tradepay.NotificationPayment, "order-failed")
	require.ErrorIs(t, n.CheckPaid("order-failed", s.price), tradepay.ErrNotPaid)
	require.Equal(t, tradepay.StatusFailed, n.Status)
	known, err := s.client.QueryOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusFailed, known.Status)
	require.Equal(t, "USER_BALANCE_NOT_ENOUGH", known.FailReason)
}

func (s *shop) testRefunded(t *testing.T) {
	order := s.place(t, s.order("order-refunded"))
	s.pay(t, order)
	part := tradepay.Amount{Currency: s.price.Currency, Value: 345}
	refund, err := s.client.Refund(t.Context(), &tradepay.RefundRequest{
		RefundRequestID: "refund-1", PaymentID: order.PaymentID, PaymentRequestID: order.PaymentRequestID,
		Amount: part, Reason: "cold",
	})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, refund.Status)
	known, err := s.client.QueryRefund(t.Context(),
		tradepay.RefundRef{RefundRequestID: "refund-1", RefundID: refund.RefundID})
	require.NoError(t, err)
	require.Equal(t, tradepay.TransactionSuccess, known.Status)
	require.Equal(t, part, known.Amount)
	paid, ok := s.wallet.Payment("order-refunded")
	require.True(t, ok)
	require.Equal(t, part, paid.Refunded)
}

func (s *shop) testCancelled(t *testing.T) {
	order := s.place(t, s.order("order-cancelled"))
	cancelled, err := s.client.CancelOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusCancelled, cancelled.Status)
	known, err := s.client.QueryOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.Equal(t, tradepay.StatusCancelled, known.Status)
}

func (s *shop) testRotated(t *testing.T) {
	s.wallet.RotateKeys()
	order := s.place(t, s.order("order-rotated"))
	s.pay(t, order)
	require.NoError(t, s.notified(t, tradepay.NotificationPayment, "order-rotated").CheckPaid("order-rotated", s.price))
	known, err := s.client.QueryOrder(t.Context(), ref(order))
	require.NoError(t, err)
	require.NoError(t, known.CheckPaid("order-rotated", s.price))
}

// TestReservation: capture and void, or the error that names the document.
func TestReservation(t *testing.T) {
	t.Parallel()
	eachPaying(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		request := s.order("order-captured")
		request.Authorize = true
		if document := profile.Routes.Unsupported[wire.OpCapture]; document != "" {
			_, err := s.client.CreateOrder(t.Context(), request)
			requireUnsupported(t, err, profile, document)
			_, err = s.client.Capture(t.Context(),
				&tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "p", Amount: s.price})
			requireUnsupported(t, err, profile, document)
			require.Empty(t, s.wallet.Payments())
			return
		}
		order := s.place(t, request)
		s.pay(t, order)
		known, err := s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusAuthorized, known.Status)
		require.ErrorIs(t, known.CheckPaid("order-captured", s.price), tradepay.ErrNotPaid)
		capture, err := s.client.Capture(t.Context(), &tradepay.CaptureRequest{
			CaptureRequestID: "capture-1", PaymentID: order.PaymentID,
			PaymentRequestID: order.PaymentRequestID, Amount: s.price,
		})
		require.NoError(t, err)
		require.Equal(t, tradepay.TransactionSuccess, capture.Status)
		n := s.notified(t, tradepay.NotificationPayment, "order-captured")
		require.NoError(t, n.Check("order-captured", s.price))
		known, err = s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err)
		require.NoError(t, known.CheckPaid("order-captured", s.price))

		request = s.order("order-voided")
		request.Authorize = true
		order = s.place(t, request)
		s.pay(t, order)
		_, err = s.client.Void(t.Context(), &tradepay.VoidRequest{
			VoidRequestID: "void-1", PaymentID: order.PaymentID,
			PaymentRequestID: order.PaymentRequestID, NotifyURL: s.url,
		})
		if document := profile.Routes.Unsupported[wire.OpVoid]; document != "" {
			requireUnsupported(t, err, profile, document)
			_, err = s.client.CancelOrder(t.Context(), ref(order))
		} else if err == nil {
			require.Equal(t, tradepay.TransactionSuccess,
				s.notified(t, tradepay.NotificationVoid, "order-voided").VoidStatus)
		}
		require.NoError(t, err)
		known, err = s.client.QueryOrder(t.Context(), ref(order))
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusCancelled, known.Status)
	})
}

func requireUnsupported(t *testing.T, err error, profile wire.Profile, document string) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrNotSupported)
	require.ErrorContains(t, err, profile.Name)
	require.ErrorContains(t, err, document)
}

// TestLostAnswer: the first answer to pay is lost. The payment exists once, and
// is never reported as failed.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	eachPaying(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter, Op: wire.OpPay})
		order, err := s.client.CreateOrder(t.Context(), s.order("order-lost"))
		require.Len(t, s.wallet.Payments(), 1)
		if !profile.Quirks.RefusesRepeats {
			require.NoError(t, err)
			require.Equal(t, tradepay.StatusProcessing, order.Status)
			return
		}
		require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, tradepay.ErrRejected)
		var failure *tradepay.APIError
		require.ErrorAs(t, err, &failure)
		require.Equal(t, "order-lost", failure.OrderRef.PaymentRequestID)

		known, err := s.client.QueryOrder(t.Context(), failure.OrderRef)
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusProcessing, known.Status)
		_, err = s.client.CancelOrder(t.Context(), ref(known))
		require.NoError(t, err)
		s.place(t, s.order("order-again"))
	})
}

func TestOneGoods(t *testing.T) {
	t.Parallel()
	eachPaying(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		request := s.order("order-goods")
		request.Order.Goods = append(request.Order.Goods, tradepay.Goods{ID: "sku-2", Name: "Milk"})
		_, err := s.client.CreateOrder(t.Context(), request)
		if profile.Quirks.OneGoods {
			require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			require.Empty(t, s.wallet.Payments(), "nothing was sent")
			return
		}
		require.NoError(t, err)
	})
}

// TestWithoutPayments: a wallet of which nothing public shows how a server asks for a
// payment has none. Nothing is sent, and the error says where to read why.
func TestWithoutPayments(t *testing.T) {
	t.Parallel()
	var without []string
	for _, profile := range wallets.All() {
		document := profile.Routes.Unsupported[wire.OpPay]
		if document == "" {
			continue
		}
		without = append(without, profile.Name)
		p := newProbe(t, profile)
		price := tradepay.Amount{Currency: currencyOf(t, profile), Value: 12345}
		order := tradepay.CreateOrderRequest{PaymentRequestID: "o1", Amount: price, Title: "Tea"}
		requireUnsupported(t, p.refused(p.create(&order), tradepay.ErrNotSupported), profile, document)
		order.PaymentAuthCode = "281013025426910341541173"
		requireUnsupported(t, p.refused(p.create(&order), tradepay.ErrNotSupported), profile, document)
		order.Authorize = true
		requireUnsupported(t, p.refused(p.create(&order), tradepay.ErrNotSupported), profile, document)
	}
	require.Equal(t, []string{"BancoEstado", "Vodafone Egypt"}, without)
}

// TestTokens: a payer's consent with every wallet, from the code of the mini program to
// its end.
func TestTokens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Path(wire.OpApplyToken) == "" {
			return
		}
		s := newShop(t, profile)
		const payer = "2188000000000007"
		token, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode(payer)})
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(30*24*time.Hour), token.AccessTokenExpiresAt, time.Minute)
		fresh, err := s.client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{RefreshToken: token.RefreshToken})
		require.NoError(t, err)
		if profile.Path(wire.OpUserInfo) != "" {
			_, err = s.client.UserInfo(t.Context(), token.AccessToken)
			require.Error(t, err, "a refreshed token is void")
			info, err := s.client.UserInfo(t.Context(), fresh.AccessToken)
			require.NoError(t, err)
			phone := tradepay.Contact{Type: "MOBILE_PHONE", No: "+52-5550100000"}
			require.True(t, info.UserID == payer || slices.Contains(info.Contacts, phone), "who it is")
		}
		if profile.Path(wire.OpCancelToken) != "" {
			require.NoError(t, s.client.CancelToken(t.Context(), fresh.AccessToken))
		}
	})
}

// TestEveryFileIsAWallet: every profile is registered, or no other test would
// see it. The platform's two dialects are no wallets.
func TestEveryFileIsAWallet(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	constructors := 0
	for _, file := range files {
		isCode := strings.HasSuffix(file.Name(), ".go") && !strings.HasSuffix(file.Name(), "_test.go")
		if !isCode || file.Name() == "platform.go" {
			continue
		}
		data, err := os.ReadFile(file.Name())
		require.NoError(t, err)
		constructors += len(regexp.MustCompile(`(?m)^func [A-Z]\w*\(\) wire\.Profile \{`).FindAll(data, -1))
	}
	require.Equal(t, constructors, len(wallets.All())) //nolint:testifylint // Len would print all profiles
}

// fold is how a name is spelled in paths.
func fold(name string) string {
	return regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "")
}

// TestNobodyKnowsAGateway: what runs by itself (tests, examples, scripts, the
// test wallet) names no published gateway, but where it shows a refusal; and
// of the command, only who asks for one gets one.
func TestNobodyKnowsAGateway(t *testing.T) {
	t.Parallel()
	var hosts []string
	for _, w := range wallets.All() {
		for _, base := range w.Routes.BaseURLs {
			u, err := url.Parse(base)
			require.NoError(t, err)
			hosts = append(hosts, u.Hostname())
		}
	}
	require.NotEmpty(t, hosts)
	rejecting := []string{
		"../cmd/tradepay/notify_test.go", "../tradepayenv/read_test.go", "../cmd/tradepay/order_test.go",
		"../cmd/tradepay/sandbox_test.go",
	}
	kinds := []string{".go", ".sh", ".js", ".mjs", ".html", ".json", ".yml", ""}
	read := 0
	require.NoError(t, filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || name == "../wallets"):
			return filepath.SkipDir
		case !slices.Contains(kinds, filepath.Ext(name)), !entry.Type().IsRegular():
			return nil
		case slices.Contains(rejecting, filepath.ToSlash(name)):
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		read++
		for _, host := range hosts {
			require.NotContains(t, strings.ToLower(string(data)), host, name)
		}
		return nil
	}))
	require.Greater(t, read, 200)
}
