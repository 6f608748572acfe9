package tradepay_test

import (
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestNewClientFindsEveryMistake: each error names the field and matches the
// sentinel, before anything is sent.
func TestNewClientFindsEveryMistake(t *testing.T) {
	t.Parallel()
	short := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1023, 1), E: 65537}
	even := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2047, 1), E: 65536}
	three := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2047, 1), E: 3}
	transport := func(c *tls.Config) func(*tradepay.Config) {
		return func(conf *tradepay.Config) {
			conf.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: c}}
		}
	}
	type config = tradepay.Config
	tests := []struct {
		name   string
		change func(*config)
		field  string
		want   error
	}{
		{name: "no wallet", change: func(c *config) { c.Wallet = wire.Profile{} }, field: "Wallet"},
		{name: "wallet without dialect", change: func(c *config) { c.Wallet.Dialect = "" }, field: "Wallet.Dialect"},
		{name: "wallet without version", change: func(c *config) {
			c.Wallet.Routes.Version = ""
		}, field: "Wallet.Routes.Version"},
		{name: "wallet with a bad prefix", change: func(c *config) {
			c.Wallet.Routes.Prefix = "api/"
		}, field: "Wallet.Routes.Prefix"},
		{name: "wallet with another algorithm", change: func(c *config) {
			c.Wallet.Signing.AlgorithmLabel = "ECC224"
		}, field: "Wallet.Signing.AlgorithmLabel"},
		{name: "wallet with a bad separator", change: func(c *config) {
			c.Wallet.Signing.HeaderSeparator = ";"
		}, field: "Wallet.Signing.HeaderSeparator"},
		{name: "wallet with a version that is no path", change: func(c *config) {
			c.Wallet.Routes.Version = "v2?x=/ y"
		}, field: "Wallet.Routes.Version"},
		{name: "wallet with a path that is none", change: func(c *config) {
			c.Wallet.Routes.Paths = map[wire.Operation]string{wire.OpPay: " "}
		}, field: "Wallet.Routes.Paths"},
		{name: "wallet with an unknown time format", change: func(c *config) {
			c.Wallet.Signing.TimeFormat = "rfc850"
		}, field: "Wallet.Signing.TimeFormat"},
		{name: "wallet with an unknown encoding", change: func(c *config) {
			c.Wallet.Signing.Encoding = "hex"
		}, field: "Wallet.Signing.Encoding"},
		{name: "wallet with a verdict that is none", change: func(c *config) {
			c.Wallet.Words.Results = map[string]string{"FAILURE": "FAILED"}
		}, field: "Wallet.Words.Results"},
		{name: "wallet with a status that is none", change: func(c *config) {
			c.Wallet.Words.Statuses = map[string]string{"FAILED": "FAILED"}
		}, field: "Wallet.Words.Statuses"},
		{name: "wallet that replaces Signature", change: func(c *config) {
			c.Wallet.Signing.MerchantIDHeader = "signature"
		}, field: "Wallet.Signing.MerchantIDHeader"},
		{name: "wallet with a bad header name", change: func(c *config) {
			c.Wallet.Signing.RequestIDHeader = "a b"
		}, field: "Wallet.Signing.RequestIDHeader"},
		{name: "wallet with a Shaper that is none", change: func(c *config) {
			c.Wallet.Shaper = (*pointerShaper)(nil)
		}, field: "Wallet.Shaper"},
		{name: "no base URL", change: func(c *config) { c.BaseURL = "" }, field: "BaseURL"},
		{name: "relative base URL", change: func(c *config) { c.BaseURL = "/api" }, field: "BaseURL"},
		{name: "http off loopback", change: func(c *config) { c.BaseURL = "http://wallet.example" }, field: "BaseURL"},
		{name: "http to a name that begins like loopback", change: func(c *config) {
			c.BaseURL = "http://localhost.example"
		}, field: "BaseURL"},
		{name: "ftp", change: func(c *config) { c.BaseURL = "ftp://wallet.example" }, field: "BaseURL"},
		{name: "base URL with a password", change: func(c *config) {
			c.BaseURL = "https://a:b@wallet.example"
		}, field: "BaseURL"},
		{name: "base URL with a query", change: func(c *config) {
			c.BaseURL = "https://wallet.example/?a=b"
		}, field: "BaseURL"},
		{name: "base URL with a fragment", change: func(c *config) {
			c.BaseURL = "https://wallet.example/#"
		}, field: "BaseURL"},
		{name: "base URL with an escaped path", change: func(c *config) {
			c.BaseURL = "https://wallet.example/a%2Fb"
		}, field: "BaseURL"},
		{name: "base URL with dots", change: func(c *config) {
			c.BaseURL = "https://wallet.example/a/../b"
		}, field: "BaseURL"},
		{name: "base URL with the version", change: func(c *config) {
			c.BaseURL = "https://wallet.example/api/v2"
		}, field: "BaseURL"},
		{name: "base URL with a line break", change: func(c *config) {
			c.BaseURL = "https://wallet.example\n"
		}, field: "BaseURL"},
		{name: "no client id", change: func(c *config) { c.ClientID = "" }, field: "ClientID"},
		{name: "client id with a line break", change: func(c *config) {
			c.ClientID = "A\r\nSignature: x"
		}, field: "ClientID"},
		{name: "client id with a space", change: func(c *config) { c.ClientID = "A B" }, field: "ClientID"},
		{name: "no app id", change: func(c *config) { c.AppID = "" }, field: "AppID"},
		{name: "no partner id", change: func(c *config) {
			c.Wallet, c.PartnerID = wallets.PlatformV1(), ""
		}, field: "PartnerID"},
		{name: "no merchant id", change: func(c *config) {
			c.Wallet.Requirements.MerchantID = true
		}, field: "MerchantID"},
		{name: "merchant id with a control character", change: func(c *config) {
			c.MerchantID = "M\x00"
		}, field: "MerchantID"},
		{name: "agent token with a line break", change: func(c *config) { c.AgentToken = "T\n" }, field: "AgentToken"},
		{name: "site name with a control character", change: func(c *config) {
			c.SiteName = "S\x7f"
		}, field: "SiteName"},
		{name: "no private key", change: func(c *config) {
			c.PrivateKey = nil
		}, field: "PrivateKey", want: tradepay.ErrInvalidKey},
		{name: "nil private key", change: func(c *config) {
			c.PrivateKey = (*rsa.PrivateKey)(nil)
		}, field: "PrivateKey", want: tradepay.ErrInvalidKey},
		{name: "empty private key", change: func(c *config) {
			c.PrivateKey = &rsa.PrivateKey{}
		}, field: "PrivateKey", want: tradepay.ErrInvalidKey},
		{name: "bad key version", change: func(c *config) { c.KeyVersion = "1, x" }, field: "KeyVersion"},
		{name: "no wallet keys", change: func(c *config) { c.WalletKeys = nil }, field: "WalletKeys"},
		{name: "nil wallet key", change: func(c *config) {
			c.WalletKeys = map[string]*rsa.PublicKey{"1": nil}
		}, field: `WalletKeys["1"]`, want: tradepay.ErrInvalidKey},
		{name: "short wallet key", change: func(c *config) {
			c.WalletKeys = map[string]*rsa.PublicKey{"1": short}
		}, field: `WalletKeys["1"]`, want: tradepay.ErrInvalidKey},
		{name: "wallet key with an even exponent", change: func(c *config) {
			c.WalletKeys = map[string]*rsa.PublicKey{"1": even}
		}, field: `WalletKeys["1"]`, want: tradepay.ErrInvalidKey},
		{name: "wallet key with exponent 3", change: func(c *config) {
			c.WalletKeys = map[string]*rsa.PublicKey{"1": three}
		}, field: `WalletKeys["1"]`, want: tradepay.ErrInvalidKey},
		{name: "own key as wallet key", change: func(c *config) {
			c.WalletKeys = map[string]*rsa.PublicKey{"1": &vectorKey(t, "merchant").PublicKey}
		}, field: `WalletKeys["1"]`},
		{name: "wallet key with a bad version", change: func(c *config) {
			c.WalletKeys[""] = c.WalletKeys["1"]
		}, field: "WalletKeys"},
		{name: "old TLS", change: transport(&tls.Config{MinVersion: tls.VersionTLS10}), field: "HTTPClient"},
		{name: "unchecked TLS", change: transport(&tls.Config{InsecureSkipVerify: true}), field: "HTTPClient"},
		{name: "too many attempts", change: func(c *config) { c.Retry.MaxAttempts = 11 }, field: "Retry.MaxAttempts"},
		{name: "negative delay", change: func(c *config) { c.Retry.BaseDelay = -1 }, field: "Retry"},
		{name: "negative tolerance", change: func(c *config) { c.TimeTolerance = -1 }, field: "TimeTolerance"},
		{name: "negative age", change: func(c *config) { c.NotificationMaxAge = -1 }, field: "NotificationMaxAge"},
		{name: "negative interval", change: func(c *config) { c.PollInterval = -1 }, field: "PollInterval"},
		{name: "no room for a notification", change: func(c *config) {
			c.NotificationLimit = 1<<10 - 1
		}, field: "NotificationLimit"},
		{name: "endless notifications", change: func(c *config) {
			c.NotificationLimit = 1<<20 + 1
		}, field: "NotificationLimit"},
		{name: "notify path that is a URL", change: func(c *config) {
			c.NotifyPath = "https://shop.example/notify"
		}, field: "NotifyPath"},
		{name: "notify path with a query", change: func(c *config) {
			c.NotifyPath = "/notify?a=b"
		}, field: "NotifyPath"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config := newScripted(t, wallets.PlatformV2()).config
			if tt.change != nil {
				tt.change(&config)
			}
			client, err := tradepay.NewClient(config)
			require.Nil(t, client)
			require.ErrorIs(t, err, tradepay.ErrInvalidConfig)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
			}
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
			require.NotEmpty(t, field.Rule)
		})
	}
}

// TestPublishedKeys: everybody can sign with the keys of the test wallet. A real
// gateway must not believe one that somebody forgot in its configuration.
func TestPublishedKeys(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("tradepaytest/keys/*.pem")
	require.NoError(t, err)
	require.Len(t, files, 4)
	gateway := func(config tradepay.Config) tradepay.Config {
		config.BaseURL = "https://gateway.wallet.com" // a name that somebody can have
		return config
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		key, err := tradepay.ParsePrivateKey(text)
		require.NoError(t, err)
		left := gateway(newScripted(t, wallets.PlatformV2()).config)
		left.WalletKeys["9"] = &key.PublicKey
		own := gateway(newScripted(t, wallets.PlatformV2()).config)
		own.PrivateKey = key
		for field, config := range map[string]tradepay.Config{`WalletKeys["9"]`: left, "PrivateKey": own} {
			_, err := tradepay.NewClient(config)
			require.ErrorIs(t, err, tradepay.ErrInvalidConfig, file)
			require.ErrorContains(t, err, field+": is a key of the test wallet")
			for _, base := range []string{"http://127.0.0.1:1", "https://wallet.test", "https://gateway.example.com.",
				"https://example.org", "https://a.EXAMPLE"} {
				config.BaseURL = base
				_, err = tradepay.NewClient(config)
				require.NoError(t, err, base)
			}
		}
		client, err := tradepay.NewClient(gateway(newScripted(t, wallets.PlatformV2()).config))
		require.NoError(t, err)
		require.ErrorIs(t, client.SetKeys(left.PrivateKey, "1", left.WalletKeys),
			tradepay.ErrInvalidConfig, "while it runs")
	}
}

func TestNewClientAccepts(t *testing.T) {
	t.Parallel()
	for _, base := range []string{
		"https://wallet.example", "https://wallet.example/", "https://wallet.example:8443/gate/way/",
		"http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080",
	} {
		config := newScripted(t, wallets.PlatformV2()).config
		config.BaseURL = base
		_, err := tradepay.NewClient(configtest.With(config, func(conf *tradepay.Config) {
			strict := &tls.Config{MinVersion: tls.VersionTLS13}
			conf.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: strict}}
		}))
		require.NoError(t, err, base)
	}
}

func TestUncheckedTLSIsForLoopback(t *testing.T) {
	t.Parallel()
	config := newScripted(t, wallets.PlatformV2()).config
	config.BaseURL = "https://127.0.0.1:8443"
	_, err := tradepay.NewClient(configtest.With(config, func(conf *tradepay.Config) {
		unchecked := &tls.Config{InsecureSkipVerify: true}
		conf.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: unchecked}}
	}))
	require.NoError(t, err)
}

func TestPathInBaseURLReplacesThePrefix(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on("/own/gate/v2/payments/pay", signed(200, accepted))
	w.config.BaseURL = "https://wallet.example/own/gate/"
	_, err := w.client().CreateOrder(t.Context(), order())
	require.NoError(t, err)
}

// TestProfilesAreData: wallets differ in fields of Wallet, and the caller's code is
// the same.
func TestProfilesAreData(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, change func(*wire.Profile), path string) (seen, map[string]any) {
		t.Helper()
		wallet := wallets.PlatformV2()
		change(&wallet)
		signedPath := path
		if wallet.Signing.WithoutPrefix {
			signedPath = path[len(wallet.Routes.Prefix):]
		}
		w := newScripted(t, wallet)
		w.config.MerchantID, w.config.AgentToken = "MERCHANT", "AGENT"
		w.on(path, func(w *scripted, r *http.Request) (*http.Response, error) {
			r.URL.Path = signedPath
			return w.sign(r, 200, accepted, func(http.Header) {}), nil
		})
		_, err := w.client().CreateOrder(t.Context(), order())
		require.NoError(t, err)
		sent := w.seenOn(path)
		require.Len(t, sent, 1)
		return sent[0], object(t, sent[0].body)
	}
	t.Run("own path with its version", func(t *testing.T) {
		t.Parallel()
		check(t, func(w *wire.Profile) {
			w.Routes.Prefix, w.Routes.Paths = "",
				map[wire.Operation]string{wire.OpPay: "/v2/acquiring/miniprogram/create"}
		}, "/v2/acquiring/miniprogram/create")
	})
	t.Run("signed without the prefix", func(t *testing.T) {
		t.Parallel()
		check(t, func(w *wire.Profile) { w.Signing.WithoutPrefix = true }, payPath)
	})
	t.Run("headers", func(t *testing.T) {
		t.Parallel()
		s, _ := check(t, func(w *wire.Profile) {
			w.Signing.MerchantIDHeader, w.Signing.AgentTokenHeader, w.Signing.RequestIDHeader = "Merchant-Id",
				"Agent-Token", "Request-Id"
		}, payPath)
		require.Equal(t, "MERCHANT", s.header.Get("Merchant-Id"))
		require.Equal(t, "AGENT", s.header.Get("Agent-Token"))
		require.Len(t, s.header.Get("Request-Id"), 32)
	})
	t.Run("label, separator and encodings", func(t *testing.T) {
		t.Parallel()
		for encoding, pattern := range map[wire.SignatureEncoding]string{
			wire.EncodingBase64: `=[A-Za-z0-9+/]{342}==$`, wire.EncodingBase64URL: `=[A-Za-z0-9_-]{342}$`,
			wire.EncodingPercent: `=[A-Za-z0-9%]+%3D%3D$`,
		} {
			s, _ := check(t, func(w *wire.Profile) {
				w.Signing.AlgorithmLabel, w.Signing.HeaderSeparator, w.Signing.Encoding = "SHA256withRSA", ",", encoding
			}, payPath)
			require.Regexp(t, `^algorithm=SHA256withRSA,keyVersion=1,signature`+pattern, s.header.Get("Signature"))
		}
	})
	t.Run("times", func(t *testing.T) {
		t.Parallel()
		for format, pattern := range map[wire.TimeFormat]string{
			wire.TimeISO8601Millis: `^2026-01-15T12:00:00\.000\+00:00$`,
			wire.TimeISO8601:       `^2026-01-15T12:00:00\+00:00$`,
			wire.TimeUTC:           `^2026-01-15T12:00:00Z$`, wire.TimeUnixMillis: `^1768478400000$`,
		} {
			s, _ := check(t, func(w *wire.Profile) { w.Signing.TimeFormat = format }, payPath)
			require.Regexp(t, pattern, s.header.Get("Request-Time"))
		}
	})
	t.Run("numeric amounts and product codes", func(t *testing.T) {
		t.Parallel()
		_, body := check(t, func(w *wire.Profile) {
			w.Quirks.NumericAmounts, w.Products.Cashier, w.Products.Sales = true, "51051", "SALES"
		}, payPath)
		require.Equal(t, map[string]any{"currency": "USD", "value": 1050.0}, body["paymentAmount"])
		require.Equal(t, "51051", body["productCode"])
		require.Equal(t, "SALES", body["salesCode"])
	})
	t.Run("hooks", func(t *testing.T) {
		t.Parallel()
		wallet := wallets.PlatformV2()
		request := func(op wire.Operation, body map[string]any) error {
			if op == wire.OpPay {
				body["paymentOrder"] = body["order"]
				delete(body, "order")
			}
			return nil
		}
		response := func(_ wire.Operation, body map[string]any) error {
			body["result"] = map[string]any{"resultStatus": "S", "resultCode": body["code"], "resultMessage": ""}
			body["paymentRequestId"] = body["merchantTransId"]
			return nil
		}
		wallet.Shaper = shaper.Hooks{Request: request, Response: response}
		wallet.Words.Statuses = map[string]string{"FAILED": "FAIL"}
		w := newScripted(t, wallet).
			on(payPath, signed(200, `{"code":"20000000","merchantTransId":"order-1",`+
				`"paymentUrl":"https://wallet.example/x"}`)).
			on(inquiryPath, signed(200, `{"code":20000000,"merchantTransId":"order-1","paymentStatus":"FAILED"}`))
		got, err := w.client().CreateOrder(t.Context(), order())
		require.NoError(t, err)
		require.Equal(t, "https://wallet.example/x", got.PaymentURL)
		require.Equal(t, "20000000", got.Result.Code)
		require.Contains(t, w.seenOn(payPath)[0].body, `"paymentOrder":{`)
		got, err = w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.NoError(t, err)
		require.Equal(t, tradepay.StatusFailed, got.Status)
	})
	t.Run("a hook's refusal, and the caller's maps", func(t *testing.T) {
		t.Parallel()
		wallet := wallets.PlatformV2()
		refusal := errors.New("this wallet wants a store")
		wallet.Shaper = shaper.Hooks{Request: func(_ wire.Operation, body map[string]any) error {
			body["own"].(map[string]any)["list"].([]any)[0] = "changed"
			return refusal
		}}
		req := order()
		req.Extra = map[string]any{"own": map[string]any{"list": []any{"kept"}}}
		_, err := newScripted(t, wallet).client().CreateOrder(t.Context(), req)
		require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
		require.ErrorIs(t, err, refusal)
		require.EqualValues(t, map[string]any{"own": map[string]any{"list": []any{"kept"}}}, req.Extra)
	})
	t.Run("result words", func(t *testing.T) {
		t.Parallel()
		wallet := wallets.PlatformV2()
		wallet.Words.Results = map[string]string{"R": "A"}
		wallet.Words.Codes = map[string]string{"40400": "ORDER_NOT_EXIST"}
		w := newScripted(t, wallet).on(inquiryPath, signed(200, result("F", "40400")))
		_, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
		require.ErrorIs(t, err, tradepay.ErrOrderNotFound)
		var api *tradepay.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "40400", api.Result.Code, "the wallet's own code is passed on")
	})
	t.Run("an operation the wallet lacks", func(t *testing.T) {
		t.Parallel()
		wallet := wallets.PlatformV2()
		wallet.Routes.Unsupported = map[wire.Operation]string{wire.OpCapture: "https://wallet.example/docs"}
		w := newScripted(t, wallet)
		_, err := w.client().Capture(t.Context(), &tradepay.CaptureRequest{CaptureRequestID: "c", PaymentID: "P1"})
		require.ErrorIs(t, err, tradepay.ErrNotSupported)
		require.ErrorContains(t, err, "https://wallet.example/docs")
	})
	t.Run("later changes of the caller's maps do not matter", func(t *testing.T) {
		t.Parallel()
		wallet := wallets.PlatformV2()
		wallet.Routes.Paths = map[wire.Operation]string{}
		w := newScripted(t, wallet).on(payPath, signed(200, accepted))
		client := w.client()
		wallet.Routes.Paths[wire.OpPay] = "elsewhere"
		delete(w.config.WalletKeys, "1")
		_, err := client.CreateOrder(t.Context(), order())
		require.NoError(t, err)
	})
}

func TestForSiteNamesTheSiteOnEveryCall(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV1())
	w.config.SiteName = ""
	w.on("/api/open/v1/payments/inquiryPayment", signed(200, inquired("SUCCESS")))
	client := w.client()
	ref := tradepay.OrderRef{PaymentRequestID: "order-1"}
	_, err := client.QueryOrder(t.Context(), ref)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest, "the wallet would refuse it")
	_, err = client.ForSite("GCASH").QueryOrder(t.Context(), ref)
	require.NoError(t, err)
	sent := w.seenOn("/api/open/v1/payments/inquiryPayment")
	require.Len(t, sent, 1)
	require.Contains(t, sent[0].body, `"extendInfo":"{\"customerBelongsTo\":\"GCASH\"}"`)
}

func TestClockIsTheClients(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
	req := order()
	req.ExpiresAt = noon.Add(time.Minute)
	_, err := w.client().CreateOrder(t.Context(), req)
	require.NoError(t, err, "not yet past, by this clock")
	w.client().CloseIdleConnections()
}

// pointerShaper is a Shaper by pointer.
type pointerShaper struct{ shaper.Hooks }
