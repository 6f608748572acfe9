package conformance_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// antomSteps are what the foreign merchant does, in this order.
var antomSteps = []string{
	"pay with a redirect, inquiry and notification", "refund, inquiry of it and notification",
	"a payer who declines", "cancel", "consult, applyToken, payments by agreement, revoke",
	"reservation, capture and notification", "what the wallet refuses", "what is not believed",
}

// antomMerchant is what testdata/antom/merchant.mjs reads.
type antomMerchant struct {
	Gateway     string            `json:"gateway"`
	ClientID    string            `json:"clientId"`
	PrivateKey  string            `json:"privateKey"`
	StrangerKey string            `json:"strangerKey"`
	WalletKeys  map[string]string `json:"walletKeys"`
	Currency    string            `json:"currency"`
	Encoding    string            `json:"encoding"`
	Time        string            `json:"time"`
	SignsAcks   bool              `json:"signsAcknowledgements"`
	Steps       []string          `json:"steps"`
	Lies        int               `json:"lies"`
}

// antomReport is what it writes.
type antomReport struct {
	All      []string            `json:"all"`
	Steps    map[string][]string `json:"steps"`
	Refusals []string            `json:"refusals"`
}

// TestAntomForeignMerchant: a merchant in another language, made from Antom's public pages
// and without this SDK, does its business with the test wallet. So the two sides of this
// repository do not only agree with each other.
func TestAntomForeignMerchant(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed; run this with script/browser")
	}
	for name, merchant := range map[string]antomMerchant{
		"as the SDKs in Go and Java":    {Encoding: "percent", Time: "millis", Currency: "SGD"},
		"as the SDKs in Python and PHP": {Encoding: "percent", Time: "iso", Currency: "JPY"},
		"base64url, signed throughout":  {Encoding: "base64url", Time: "millis", Currency: "EUR", SignsAcks: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tradepaytest.NewWallet(tradepaytest.As(wallets.Antom()),
				tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
			t.Cleanup(w.Close)
			business := antomSteps[:len(antomSteps)-1]
			report := merchant.run(t, node, w, business...)
			require.Equal(t, antomSteps, report.All)
			require.Len(t, report.Steps, len(business))
			require.Empty(t, report.Refusals)

			price := tradepay.Amount{Currency: merchant.Currency, Value: 10000}
			part := tradepay.Amount{Currency: merchant.Currency, Value: 2500}
			charged := map[string]int{"paid": 1, "declined": 0, "cancelled": 0, "january": 1, "reserved": 1}
			require.Len(t, w.Payments(), len(charged))
			for id, charges := range charged {
				payment, ok := w.Payment(id)
				require.True(t, ok, id)
				require.Equal(t, charges, payment.Charges, id)
				require.Equal(t, price, payment.Amount, id)
			}
			paid, _ := w.Payment("paid")
			require.Equal(t, part, paid.Refunded)
			for _, id := range []string{"paid", "declined", "january"} {
				require.NoError(t, w.WaitNotified(t.Context(), id), "the wallet takes the acknowledgement")
			}
			var refused []string
			for _, r := range w.Rejections() {
				refused = append(refused, r.Code)
			}
			require.Equal(t, []string{"PARAM_ILLEGAL", "INVALID_SIGNATURE"}, refused)
		})
	}

	t.Run("believes nobody else", func(t *testing.T) {
		t.Parallel()
		w := tradepaytest.NewWallet(tradepaytest.As(wallets.Antom()),
			tradepaytest.WithNotifyBackoff(time.Millisecond, 8))
		t.Cleanup(w.Close)
		lies := []tradepaytest.FaultKind{
			tradepaytest.Unsigned, tradepaytest.WrongKey, tradepaytest.WrongKeyVersion, tradepaytest.ForeignClientID,
			tradepaytest.SkewedClock,
		}
		for _, kind := range lies {
			w.Inject(tradepaytest.Fault{Kind: kind, Op: wire.OpPay})
			w.Inject(tradepaytest.Fault{Kind: kind, Op: wire.OpNotifyPayment})
		}
		w.Inject(tradepaytest.Fault{Kind: tradepaytest.NotifyTampered, Op: wire.OpNotifyPayment})
		merchant := antomMerchant{Encoding: "percent", Time: "millis", Currency: "SGD", Lies: len(lies)}
		const step = "what is not believed"
		report := merchant.run(t, node, w, step)
		for i, why := range []string{"another client", "no such key", "wrong signature", "stale"} {
			require.Contains(t, strings.Join(report.Steps[step], "\n"), why, i)
			require.Contains(t, strings.Join(report.Refusals, "\n"), why, i)
		}
		require.Len(t, report.Steps[step], len(lies))
		require.Len(t, report.Refusals, len(lies)+1)
		require.NoError(t, w.WaitNotified(t.Context(), "lied"))
		for _, d := range w.Deliveries()[:len(lies)+1] {
			require.False(t, d.Acknowledged)
		}
		payment, ok := w.Payment("lied")
		require.True(t, ok)
		require.Equal(t, 1, payment.Charges)
	})
}

// run lets the merchant take these steps with the wallet.
func (m antomMerchant) run(t *testing.T, node string, w *tradepaytest.Wallet, steps ...string) antomReport {
	t.Helper()
	pemOf := func(kind string, der []byte, err error) string {
		require.NoError(t, err)
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	private := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pemOf("PRIVATE KEY", der, err)
	}
	cfg := w.Config()
	m.Gateway, m.ClientID, m.Steps = cfg.BaseURL, cfg.ClientID, steps
	m.PrivateKey, m.StrangerKey = private(cfg.PrivateKey), private(privateKey(t, "merchant"))
	m.WalletKeys = map[string]string{}
	for version, key := range cfg.WalletKeys {
		der, err := x509.MarshalPKIXPublicKey(key)
		m.WalletKeys[version] = pemOf("PUBLIC KEY", der, err)
	}
	settings, err := json.Marshal(m)
	require.NoError(t, err)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, "testdata/antom/merchant.mjs")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(settings), &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s", &stderr, said(w))
	var report antomReport
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &report))
	return report
}

// said is what the wallet refused, for whoever reads a failure.
func said(w *tradepaytest.Wallet) string { return fmt.Sprintf("%+v", w.Rejections()) }
