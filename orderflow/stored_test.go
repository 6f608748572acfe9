package orderflow_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/orderflow"
)

// unzipped is a file of testdata. first.db and first.sql are what the version
// before the first migration kept on each database: six orders, each created
// with firstRequest and named after what became of it.
func unzipped(t *testing.T, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", name+".gz"))
	require.NoError(t, err)
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}

func firstSQLite(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "orders.db")
	require.NoError(t, os.WriteFile(path, unzipped(t, "first.db"), 0o600))
	return path
}

func firstPostgres(t *testing.T) string {
	postgresSource(t) // skips without a server
	source, err := createDatabase("template0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = onServer(`DROP DATABASE ` + databaseName(source) + ` WITH (FORCE)`) })
	conn, err := pgx.Connect(t.Context(), withoutPool(source))
	require.NoError(t, err)
	_, err = conn.PgConn().Exec(t.Context(), string(unzipped(t, "first.sql"))).ReadAll()
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	return source
}

// firstRequest uses every field there was.
func firstRequest(id string) *tradepay.CreateOrderRequest {
	name := tradepay.PersonName{Full: "Ana Ruiz", First: "Ana", Middle: "M", Last: "Ruiz"}
	return &tradepay.CreateOrderRequest{
		PaymentRequestID: id,
		Amount:           usd(1050),
		Title:            "Dos cafés",
		SiteName:         "SITE",
		ExtendInfo:       `{"a":1}`,
		NotifyURL:        "http://127.0.0.1:9/notify",
		RedirectURL:      "https://shop.example/done",
		VoidNotifyURL:    "http://127.0.0.1:9/void",
		Order: tradepay.OrderDetails{
			ReferenceOrderID: "ref-1", Description: "two coffees", Amount: usd(1050),
			CreatedAt: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC),
			Merchant: tradepay.Merchant{
				ID:          "m-1",
				MCC:         "5812",
				Name:        "Café",
				DisplayName: "El Café",
				Address: tradepay.Address{
					Region:   "CO",
					State:    "ANT",
					City:     "Medellín",
					Address1: "Calle 1",
					Address2: "piso 2",
					ZipCode:  "050001",
				},
				Store: tradepay.Store{ID: "s-1", Name: "Centro", DisplayName: "Centro", MCC: "5812"},
			},
			Buyer: tradepay.Buyer{ID: "user-1", Name: name, PhoneNo: "57-3000000000"},
			Goods: []tradepay.Goods{
				{
					ID:         "g-1",
					Name:       "Café",
					Category:   "drinks",
					Brand:      "B",
					URL:        "https://shop.example/g-1",
					UnitAmount: usd(525),
					Quantity:   2,
				},
			},
			Shipping: tradepay.Shipping{
				Name: tradepay.PersonName{
					Full: "Ana Ruiz",
				},
				Address: tradepay.Address{City: "Medellín"},
				Carrier: "C",
				PhoneNo: "57-1",
				Fee:     usd(100),
			},
			Environment: tradepay.Environment{
				TerminalType:  "MINI_APP",
				OSType:        "IOS",
				UserAgent:     "UA",
				DeviceTokenID: "d",
				ClientIP:      "192.0.2.1",
				CookieID:      "c",
			},
			ExtendInfo: `{"b":2}`,
		},
		Extra: map[string]any{
			"loyalty": map[string]any{"points": json.Number("12345678901234567890"), "tier": "gold"},
			"flag":    true,
		},
	}
}

// TestRowsOfTheFirstVersion are read, and mean what they meant.
func TestRowsOfTheFirstVersion(t *testing.T) {
	for name, source := range map[string]func(*testing.T) string{"sqlite": firstSQLite, "postgres": firstPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, source(t))
			s.config.Name = "shop"
			s.open()
			ctx := t.Context()
			for id, state := range map[string]orderflow.State{
				"order-pending": orderflow.StatePending, "order-paid": orderflow.StatePaid,
				"order-fulfilled": orderflow.StateFulfilled,
				"order-parked":    orderflow.StatePaid, "order-refunded": orderflow.StatePartlyRefunded,
				"order-late": orderflow.StateFailed,
			} {
				o, err := s.flow.Get(ctx, id)
				require.NoError(t, err)
				require.Equal(t, state, o.State, id)
				require.Equal(t, id == "order-parked", !o.ParkedAt.IsZero(), id)
				require.Equal(t, id == "order-late", !o.LateAt.IsZero(), id)
				want := firstRequest(id)
				want.ExpiresAt = o.Request.ExpiresAt // the default of then
				require.Equal(t, want, &o.Request)

				same, err := s.flow.Create(ctx, firstRequest(id))
				require.NoError(t, err, id)
				require.Equal(t, o.PaymentID, same.PaymentID)
				other := firstRequest(id)
				other.Order.Goods[0].Quantity++
				_, err = s.flow.Create(ctx, other)
				require.ErrorIs(t, err, orderflow.ErrConflict, id)

				events, err := s.flow.History(ctx, id)
				require.NoError(t, err)
				require.NotEmpty(t, events)
			}
			o, err := s.flow.Get(ctx, "order-fulfilled")
			require.NoError(t, err)
			again := paid(o.ID, o.PaymentID, 1050)
			again.PaidAt, again.Raw = o.PaidAt, []byte(`{"paymentRequestId":"order-fulfilled"}`)
			require.NoError(t, s.flow.Receive(ctx, again), "a notification that the first version took in")
			require.Empty(t, s.alarmKinds())

			r, err := s.flow.Refund(
				ctx,
				"order-refunded",
				orderflow.RefundRequest{ID: "refund-1", Amount: usd(50), Reason: "cold"},
			)
			require.NoError(t, err)
			require.Equal(t, orderflow.RefundSucceeded, r.State)
			report, err := s.flow.Report(ctx, s.clock.now().Add(-20*365*24*time.Hour), s.clock.now())
			require.NoError(t, err)
			require.Len(t, report.Parked, 1)
			require.Len(t, report.Late, 1)
			require.Empty(t, report.Unreadable)
			require.GreaterOrEqual(t, len(report.Alarms), 3)
			require.NoError(t, s.flow.Sweep(ctx), "what is due is taken up")
		})
	}
}
