package walletapi_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/walletapi"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

var now = time.Date(2026, 1, 16, 9, 30, 0, 0, time.UTC)

func start(t *testing.T, profile wire.Profile) (*tradepaytest.Wallet, *tradepay.Client) {
	t.Helper()
	return startAt(t, profile, func() time.Time { return now })
}

func startAt(
	t *testing.T, profile wire.Profile, clock func() time.Time,
) (*tradepaytest.Wallet, *tradepay.Client) {
	t.Helper()
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithClock(clock))
	t.Cleanup(wallet.Close)
	client, err := tradepay.NewClient(configtest.With(wallet.Config(), func(c *tradepay.Config) { c.Now = clock }))
	require.NoError(t, err)
	return wallet, client
}

// calls are all functions, with inputs that every wallet understands.
var calls = map[wire.Operation]func(context.Context, *tradepay.Client, string) error{
	"inquiryUserCardList": func(ctx context.Context, c *tradepay.Client, token string) error {
		_, err := walletapi.Cards(ctx, c, token)
		return err
	},
	"inquiryUserAccountList": func(ctx context.Context, c *tradepay.Client, token string) error {
		_, err := walletapi.Accounts(ctx, c, token)
		return err
	},
	"createQRCode": func(ctx context.Context, c *tradepay.Client, _ string) error {
		_, err := walletapi.CreateQRCode(ctx, c, &walletapi.QRCodeRequest{Page: "pages/index"})
		return err
	},
	"reconciliation": func(ctx context.Context, c *tradepay.Client, _ string) error {
		_, err := walletapi.ReconciliationFiles(ctx, c, now, walletapi.Daily)
		return err
	},
}

// TestEveryWallet: a wallet answers what its profile has a path for, and is not asked for
// anything else. An answer that is lost or forged is unknown.
func TestEveryWallet(t *testing.T) {
	t.Parallel()
	answered := make(map[wire.Operation]int)
	for _, profile := range append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2()) {
		for op, call := range calls {
			if profile.Path(op) != "" {
				answered[op]++
			}
			t.Run(profile.Name+"/"+string(op), func(t *testing.T) {
				t.Parallel()
				wallet, client := start(t, profile)
				if profile.Path(op) == "" {
					require.ErrorIs(t, call(t.Context(), client, "token"), tradepay.ErrNotSupported)
					require.Empty(t, wallet.Rejections())
					return
				}
				token, err := client.ApplyToken(t.Context(),
					&tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("1")})
				require.NoError(t, err)
				require.NoError(t, call(t.Context(), client, token.AccessToken))
				for _, fault := range []tradepaytest.FaultKind{
					tradepaytest.DropAfter, tradepaytest.Unsigned, tradepaytest.WrongKey, tradepaytest.NotJSON,
				} {
					wallet.Inject(tradepaytest.Fault{Kind: fault, Op: op})
					err := call(t.Context(), client, token.AccessToken)
					require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, fault)
					require.NotErrorIs(t, err, tradepay.ErrRejected, fault)
				}
				wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.Refused, Op: op})
				require.ErrorIs(t, call(t.Context(), client, token.AccessToken), tradepay.ErrRejected)
			})
		}
	}
	for op := range calls {
		require.Positive(t, answered[op], "no wallet has %s", op)
	}
}

func TestAccountsBelongToTheToken(t *testing.T) {
	t.Parallel()
	wallet, client := start(t, wallets.SuperQi())
	var numbers []string
	for _, user := range []string{"1", "2"} {
		token, err := client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode(user)})
		require.NoError(t, err)
		cards, err := walletapi.Cards(t.Context(), client, token.AccessToken)
		require.NoError(t, err)
		accounts, err := walletapi.Accounts(t.Context(), client, token.AccessToken)
		require.NoError(t, err)
		require.Equal(t, accounts[0].No, cards[0].AccountNo)
		numbers = append(numbers, accounts[0].No)
	}
	require.NotEqual(t, numbers[0], numbers[1])
	_, err := walletapi.Cards(t.Context(), client, "strange")
	require.ErrorIs(t, err, tradepay.ErrRejected)
}

// TestAnswerOfAnotherRequest: on a broken TLS connection, somebody answers with what the
// wallet said to another request: that of another user, page or day. The error names the
// operation, as every error of this package does.
func TestAnswerOfAnotherRequest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		profile wire.Profile
		op      wire.Operation
		ask     func(ctx context.Context, c *tradepay.Client, token string, day int) error
	}{
		"cards": {wallets.SuperQi(), "inquiryUserCardList",
			func(ctx context.Context, c *tradepay.Client, token string, _ int) error {
				_, err := walletapi.Cards(ctx, c, token)
				return err
			}},
		"accounts": {wallets.SuperQi(), "inquiryUserAccountList",
			func(ctx context.Context, c *tradepay.Client, token string, _ int) error {
				_, err := walletapi.Accounts(ctx, c, token)
				return err
			}},
		"cards, by the path": {wallets.SuperQi(), "inquiryUserCardList",
			func(ctx context.Context, c *tradepay.Client, token string, _ int) error {
				_, err := c.Call(ctx, "users/inquiryUserCardList", map[string]any{"accessToken": token}, nil)
				return err
			}},
		"QR code": {wallets.PlatformV2(), "createQRCode",
			func(ctx context.Context, c *tradepay.Client, _ string, day int) error {
				_, err := walletapi.CreateQRCode(ctx, c, &walletapi.QRCodeRequest{Params: "day=" + strconv.Itoa(day)})
				return err
			}},
		"reconciliation": {wallets.Toka(), "reconciliation",
			func(ctx context.Context, c *tradepay.Client, _ string, day int) error {
				_, err := walletapi.ReconciliationFiles(ctx, c, now.AddDate(0, 0, -day), walletapi.Daily)
				return err
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wallet, client := start(t, tt.profile)
			var tokens []string
			for _, user := range []string{"1", "2"} {
				token, err := client.ApplyToken(t.Context(),
					&tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode(user)})
				require.NoError(t, err)
				tokens = append(tokens, token.AccessToken)
			}
			require.NoError(t, tt.ask(t.Context(), client, tokens[0], 1))
			wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse, Op: tt.op})
			err := tt.ask(t.Context(), client, tokens[1], 2)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			var refused *tradepay.SignatureError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tradepay.ReasonReplay, refused.Reason)
			var failed *tradepay.APIError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, tt.op, failed.Op)
			require.NoError(t, tt.ask(t.Context(), client, tokens[1], 2), "the wallet's own answer is believed")
			require.NoError(t, tt.ask(t.Context(), client, tokens[1], 2), "also twice")
		})
	}
}

func TestInputs(t *testing.T) {
	t.Parallel()
	_, client := start(t, wallets.PlatformV2())
	long := strings.Repeat("x", 257)
	for name, call := range map[string]func() error{
		"Page": func() error {
			_, err := walletapi.CreateQRCode(t.Context(), client, &walletapi.QRCodeRequest{Page: long})
			return err
		},
		"Params": func() error {
			_, err := walletapi.CreateQRCode(t.Context(), client, &walletapi.QRCodeRequest{Params: "\xff"})
			return err
		},
		"Description": func() error {
			_, err := walletapi.CreateQRCode(t.Context(), client, &walletapi.QRCodeRequest{Description: long})
			return err
		},
		"QRCodeRequest": func() error { _, err := walletapi.CreateQRCode(t.Context(), client, nil); return err },
		"accessToken":   func() error { _, err := walletapi.Cards(t.Context(), client, ""); return err },
		"day": func() error {
			_, err := walletapi.ReconciliationFiles(t.Context(), client, time.Time{}, walletapi.Daily)
			return err
		},
		"period": func() error {
			_, err := walletapi.ReconciliationFiles(t.Context(), client, now, "week")
			return err
		},
	} {
		err := call()
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest, name)
		var field *tradepay.FieldError
		require.ErrorAs(t, err, &field, name)
		require.Equal(t, name, field.Field)
	}
	wallet, _ := start(t, wallets.PlatformV2())
	config := wallet.Config()
	config.AppID, config.Wallet.Requirements.AppID = "", false
	anonymous, err := tradepay.NewClient(config)
	require.NoError(t, err)
	_, err = walletapi.CreateQRCode(t.Context(), anonymous, &walletapi.QRCodeRequest{})
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
}

// TestReconciliationFiles: the links lead to what the wallet settled, and only with their
// token.
func TestReconciliationFiles(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	wallet, client := startAt(t, wallets.Toka(), func() time.Time { return now.Add(time.Duration(passed.Load())) })
	mxn := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "MXN", Value: value} }
	order, err := client.CreateOrder(t.Context(), &tradepay.CreateOrderRequest{
		PaymentRequestID: "order-1", Amount: mxn(1000), Title: "Tea", ExpiresAt: now.Add(time.Hour),
		Order: tradepay.OrderDetails{Buyer: tradepay.Buyer{ID: "1010"}},
	})
	require.NoError(t, err)
	require.NoError(t, wallet.Pay("order-1"))
	_, err = client.Refund(t.Context(),
		&tradepay.RefundRequest{RefundRequestID: "r1", PaymentID: order.PaymentID, Amount: mxn(100)})
	require.NoError(t, err)

	yesterday := now.AddDate(0, 0, -1)
	hours, err := walletapi.ReconciliationFiles(t.Context(), client, now, walletapi.Hourly)
	require.NoError(t, err)
	require.Len(t, hours, 9, "the tenth is not over")
	hours, err = walletapi.ReconciliationFiles(t.Context(), client, yesterday, walletapi.Hourly)
	require.NoError(t, err)
	require.Len(t, hours, 24)
	days, err := walletapi.ReconciliationFiles(t.Context(), client, now, walletapi.Daily)
	require.NoError(t, err)
	require.Empty(t, days)
	days, err = walletapi.ReconciliationFiles(t.Context(), client, yesterday, walletapi.Daily)
	require.NoError(t, err)
	require.Len(t, days, 1)

	read := func(link string) (int, [][]string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { require.NoError(t, res.Body.Close()) }()
		rows, _ := csv.NewReader(res.Body).ReadAll()
		return res.StatusCode, rows
	}
	status, rows := read(days[0])
	require.Equal(t, http.StatusOK, status)
	require.Len(t, rows, 1, "nothing was settled yesterday")
	today := strings.ReplaceAll(days[0], "2026-01-15", "2026-01-16")
	status, _ = read(today)
	require.Equal(t, http.StatusNotFound, status, "the token is of another file")

	passed.Store(int64(24 * time.Hour))
	days, err = walletapi.ReconciliationFiles(t.Context(), client, now, walletapi.Daily)
	require.NoError(t, err)
	hours, err = walletapi.ReconciliationFiles(t.Context(), client, now, walletapi.Hourly)
	require.NoError(t, err)
	for _, link := range []string{days[0], hours[now.Hour()]} {
		_, rows = read(link)
		require.Len(t, rows, 3)
		require.Equal(t, []string{"TXN_ID", "TXN_TYPE", "MERCHANT_TRANS_ID"}, rows[0][1:4])
		require.Equal(t, []string{order.PaymentID, "ACQUIRING_ORDER", "order-1"}, rows[1][1:4])
		require.Equal(t, "REFUND", rows[2][2])
		require.Equal(t, order.PaymentID, rows[2][15], "the payment of the refund")
	}
}
