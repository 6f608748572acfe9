package tradepay_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func notifyHeader(clientID, when, signature string) http.Header {
	return http.Header{"Client-Id": {clientID}, "Request-Time": {when}, "Signature": {signature}}
}

// vectorClient is the merchant of the vectors, at their time.
func vectorClient(
	t testing.TB, dialect, clientID string, walletKeys map[string]*rsa.PublicKey, opts ...func(*tradepay.Config),
) *tradepay.Client {
	t.Helper()
	wallet := wallets.PlatformV2()
	if dialect == "v1" {
		wallet = wallets.PlatformV1()
	}
	client, err := tradepay.NewClient(configtest.With(tradepay.Config{
		Wallet: wallet, BaseURL: "http://127.0.0.1:1", ClientID: clientID, AppID: "2026011500000002",
		PartnerID:  "P2026011500000001",
		PrivateKey: vectorKey(t, "merchant"), WalletKeys: walletKeys,
	}, append([]func(*tradepay.Config){func(conf *tradepay.Config) {
		conf.Now = func() time.Time { return noon }
	}}, opts...)...))
	require.NoError(t, err)
	return client
}

// bothWalletKeys is the keyring during a rotation.
func bothWalletKeys(t testing.TB) map[string]*rsa.PublicKey {
	t.Helper()
	return vectortest.WalletKeys(t)
}

// requireRefused checks that the client does not believe a message, and why.
func requireRefused(t testing.TB, n *tradepay.Notification, err error, want tradepay.SignatureError) {
	t.Helper()
	require.Nil(t, n)
	require.ErrorIs(t, err, tradepay.ErrSignature)
	require.NotErrorIs(t, err, tradepay.ErrMalformed)
	var refused *tradepay.SignatureError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, want, *refused)
}

// A vector whose body is not what its note says would still verify.
func TestSignatureVectorsHoldMessages(t *testing.T) {
	t.Parallel()
	for _, v := range vectortest.Signatures(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var body map[string]any
			require.NoError(t, json.Unmarshal([]byte(v.Body), &body), "%.60s", v.Body)
		})
	}
}

func TestNotificationVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectortest.Signatures(t, "notification") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t))
			for name, signature := range v.AllHeaders() {
				n, err := client.ParseNotification(v.Method, v.URI, v.Header(signature), []byte(v.Body))
				if !strings.Contains(v.Body, `"paymentAmount"`) {
					// Verified, but it does not say how much was paid.
					require.ErrorIs(t, err, tradepay.ErrMalformed, name)
					require.NotErrorIs(t, err, tradepay.ErrSignature, name)
					require.Nil(t, n)
					continue
				}
				require.NoError(t, err, name)
				require.Equal(t, v.Body, string(n.Raw))
				require.Equal(t, tradepay.NotificationPayment, n.Kind)
				require.Equal(t, tradepay.StatusSuccess, n.Status)
				require.NotEmpty(t, n.PaymentRequestID)
				require.NotEmpty(t, n.PaymentID)
				require.NoError(t, n.Check(n.PaymentRequestID, n.Amount))
			}
		})
	}
}

func TestAcknowledgementVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectortest.Signatures(t, "acknowledgement") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for name, header := range v.AllHeaders() {
				h, err := wire.ParseSignatureHeader(header)
				require.NoError(t, err, name)
				require.NoError(t, v.Message().Verify(&vectorKey(t, "merchant").PublicKey, h.Signature), name)
			}
		})
	}
	// The client writes the acknowledgement of the vector, with a time in whole seconds.
	v := vectortest.Named(t, "v2-acknowledgement")
	at, err := time.Parse(time.RFC3339, v.Time)
	require.NoError(t, err)
	client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t), func(conf *tradepay.Config) {
		conf.Now = at.UTC
	})
	ack, err := client.Acknowledge(v.URI, nil)
	require.NoError(t, err)
	require.Equal(t, v.Body, string(ack.Body))
	inSeconds := v.Message()
	inSeconds.Time = wire.TimeISO8601Millis.Format(at.UTC().Truncate(time.Second))
	signature, err := inSeconds.Sign(vectorKey(t, "merchant"))
	require.NoError(t, err)
	header := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: v.KeyVersion, Signature: signature}
	require.Equal(t, http.Header{
		"Client-Id": {v.ClientID}, "Response-Time": {inSeconds.Time},
		"Signature":    {header.Format(wire.EncodingPercent)},
		"Content-Type": {"application/json; charset=UTF-8"},
	}, ack.Header)
	ack, err = client.Acknowledge(v.URI, errors.New("disk full"))
	require.NoError(t, err)
	require.Contains(t, string(ack.Body), `"resultStatus":"U"`)
	h, err := wire.ParseSignatureHeader(ack.Header.Get("Signature"))
	require.NoError(t, err)
	m := inSeconds
	m.Body = ack.Body
	require.NoError(t, m.Verify(&vectorKey(t, "merchant").PublicKey, h.Signature))
}

// invalidVector is one header of testdata/vectors/invalid.json.
type invalidVector struct{ Name, Header, Content, PublicKey, Reason string }

// parts splits the signed text. No client id of the vectors has a point, and
// every body begins with a brace.
func (v *invalidVector) parts(t *testing.T) wire.Message {
	t.Helper()
	line, rest, ok := strings.Cut(v.Content, "\n")
	require.True(t, ok)
	method, uri, ok := strings.Cut(line, " ")
	require.True(t, ok)
	id, rest, ok := strings.Cut(rest, ".")
	require.True(t, ok)
	when, body, ok := strings.Cut(rest, ".{")
	require.True(t, ok)
	m := wire.Message{Method: method, URI: uri, ClientID: id, Time: when, Body: []byte("{" + body)}
	require.Equal(t, v.Content, string(m.Content()))
	return m
}

func TestInvalidVectors(t *testing.T) {
	t.Parallel()
	reasons := map[string]tradepay.SignatureReason{
		"malformed_header": tradepay.ReasonMalformedHeader, "encoding": tradepay.ReasonEncoding,
		"algorithm":   tradepay.ReasonAlgorithm,
		"key_version": tradepay.ReasonKeyVersion, "signature": tradepay.ReasonMismatch,
	}
	for _, v := range vectortest.Read[*invalidVector](t, "invalid.json") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			want := tradepay.SignatureError{Reason: reasons[v.Reason], Header: "Signature"}
			require.NotEmpty(t, want.Reason)
			parsed, err := wire.ParseSignatureHeader(v.Header)
			if v.Reason == "malformed_header" || v.Reason == "encoding" {
				require.ErrorIs(t, err, wire.ErrSignature)
				require.Zero(t, parsed)
			} else {
				require.NoError(t, err)
				want.KeyVersion = parsed.KeyVersion
			}
			if v.Header == "" { // on the wire an empty header is none
				want.Reason = tradepay.ReasonMissingHeader
			}
			m := v.parts(t)
			client := vectorClient(t, "v2", m.ClientID,
				map[string]*rsa.PublicKey{"1": &vectorKey(t, v.PublicKey).PublicKey})
			n, err := client.ParseNotification(m.Method, m.URI, notifyHeader(m.ClientID, m.Time, v.Header), m.Body)
			requireRefused(t, n, err, want)
		})
	}
}

// rawRequest is a request as a server hands it over, but with bytes that no
// server would let through.
func rawRequest(m wire.Message, signature string) *http.Request {
	return &http.Request{
		Method: m.Method, RequestURI: m.URI, URL: &url.URL{Path: "/"},
		Header: notifyHeader(m.ClientID, m.Time, signature),
		Body:   io.NopCloser(bytes.NewReader(m.Body)), ContentLength: int64(len(m.Body)),
	}
}

func TestEveryBitFlipIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v1-notification", "v2-notification"} {
		v := vectortest.Named(t, name)
		signature, err := hex.DecodeString(v.SignatureHex)
		require.NoError(t, err)
		// Each part in its turn, as bytes that can be flipped and put back.
		parts := map[string]func(m *wire.Message, sig *[]byte, flip func([]byte) []byte){
			"method": func(m *wire.Message, _ *[]byte, flip func([]byte) []byte) {
				m.Method = string(flip([]byte(m.Method)))
			},
			"URI": func(m *wire.Message, _ *[]byte, flip func([]byte) []byte) { m.URI = string(flip([]byte(m.URI))) },
			"client id": func(m *wire.Message, _ *[]byte, flip func([]byte) []byte) {
				m.ClientID = string(flip([]byte(m.ClientID)))
			},
			"time": func(m *wire.Message, _ *[]byte, flip func([]byte) []byte) {
				m.Time = string(flip([]byte(m.Time)))
			},
			"body":      func(m *wire.Message, _ *[]byte, flip func([]byte) []byte) { m.Body = flip(m.Body) },
			"signature": func(_ *wire.Message, sig *[]byte, flip func([]byte) []byte) { *sig = flip(*sig) },
		}
		client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t))
		_, err = client.VerifyNotification(rawRequest(v.Message(), v.Headers.Base64))
		require.NoError(t, err, "as it was signed")

		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tried, accepted atomic.Int64
			t.Cleanup(func() {
				t.Logf("measured: bit flips: %d tried, %d accepted", tried.Load(), accepted.Load())
				assert.Zero(t, accepted.Load())
				assert.EqualValues(t, 8*(len(v.Method)+len(v.URI)+len(v.ClientID)+len(v.Time)+len(v.Body)+
					len(signature)), tried.Load())
			})
			for part, change := range parts {
				t.Run(part, func(t *testing.T) {
					t.Parallel()
					for bit, more := 0, true; more; bit++ {
						m, sig := v.Message(), slices.Clone(signature)
						change(&m, &sig, func(b []byte) []byte {
							more = bit+1 < 8*len(b)
							b[bit/8] ^= 1 << (bit % 8)
							return b
						})
						header := "algorithm=RSA256, keyVersion=" + v.KeyVersion + ", signature=" +
							base64.StdEncoding.EncodeToString(sig)
						n, err := client.VerifyNotification(rawRequest(m, header))
						tried.Add(1)
						if err == nil || n != nil || !errors.Is(err, tradepay.ErrSignature) {
							accepted.Add(1)
							t.Errorf("bit %d of the %s: %v", bit, part, err)
						}
					}
				})
			}
		})
	}
}

// The signed text has no lengths in it: the same bytes, cut at other places, must not
// become another message.
func TestMovedBoundariesAreRefused(t *testing.T) {
	t.Parallel()
	v := vectortest.Named(t, "v2-notification")
	id, when, body := v.ClientID, v.Time, v.Body
	whole, fraction, ok := strings.Cut(when, ".")
	require.True(t, ok)
	for name, tt := range map[string]struct {
		m      wire.Message
		reason tradepay.SignatureReason
		header string
	}{
		"the end of the time moved into the body": {
			wire.Message{Method: "POST", URI: v.URI, ClientID: id, Time: whole, Body: []byte(fraction + "." + body)},
			tradepay.ReasonTime, "Request-Time",
		},
		"the beginning of the time moved into the client id": {
			wire.Message{Method: "POST", URI: v.URI, ClientID: id + "." + whole, Time: fraction, Body: []byte(body)},
			tradepay.ReasonTime, "Request-Time",
		},
		"all moved into the client id": {
			wire.Message{Method: "POST", URI: v.URI, ClientID: id + "." + whole + "." + fraction,
				Time: "1768478431000"}, tradepay.ReasonMismatch, "Signature",
		},
		"the path moved into the method": {
			wire.Message{Method: "POST " + v.URI + "\n", URI: "", ClientID: id, Time: when, Body: []byte(body)},
			tradepay.ReasonURI, "",
		},
		"the client id moved into the path": {
			wire.Message{Method: "POST", URI: v.URI + "\n" + id[:5], ClientID: id[5:], Time: when, Body: []byte(body)},
			tradepay.ReasonMismatch, "Signature",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t))
			n, err := client.ParseNotification(tt.m.Method, tt.m.URI,
				notifyHeader(tt.m.ClientID, tt.m.Time, v.Headers.Base64), tt.m.Body)
			want := tradepay.SignatureError{Reason: tt.reason, Header: tt.header, KeyVersion: "1"}
			if tt.reason == tradepay.ReasonURI { // found before the header is read
				want.KeyVersion = ""
			}
			requireRefused(t, n, err, want)
		})
	}
}

const paidNotice = `{"paymentId":"P1","paymentRequestId":"order-0001","paymentAmount":{"currency":"USD",` +
	`"value":"1050"},"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS"}}`

// walletSigned signs a notification with the wallet's test key.
func walletSigned(t testing.TB, clientID, when, body string) http.Header {
	t.Helper()
	sig, err := wire.Message{Method: "POST", URI: "/notify", ClientID: clientID, Time: when,
		Body: []byte(body)}.Sign(vectorKey(t, "wallet"))
	require.NoError(t, err)
	return notifyHeader(clientID, when, wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1",
		Signature: sig}.Format(wire.EncodingPercent))
}

func TestTimeWindow(t *testing.T) {
	t.Parallel()
	const window, ms = 5 * time.Minute, time.Millisecond
	iso := func(d time.Duration) string { return noon.Add(d).Format("2006-01-02T15:04:05.000-07:00") }
	unix := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).UnixMilli(), 10) }
	for name, tt := range map[string]struct {
		when    string
		opts    []func(*tradepay.Config)
		refused bool
	}{
		"now":                               {when: iso(0)},
		"now in Unix milliseconds":          {when: unix(0)},
		"now in UTC":                        {when: "2026-01-15T12:00:00Z"},
		"now in UTC with milliseconds":      {when: "2026-01-15T12:00:00.000Z"},
		"now in another zone":               {when: "2026-01-15T17:30:00.000+05:30"},
		"now in a zone behind":              {when: "2026-01-15T04:00:00-08:00"},
		"now with an offset without colon":  {when: "2026-01-15T17:30:00+0530"},
		"five minutes ago":                  {when: iso(-window)},
		"a millisecond more":                {when: iso(-window - ms), refused: true},
		"five minutes ahead":                {when: iso(window)},
		"a millisecond further ahead":       {when: iso(window + ms), refused: true},
		"five minutes ago, Unix":            {when: unix(-window)},
		"a millisecond more, Unix":          {when: unix(-window - ms), refused: true},
		"five minutes ahead, Unix":          {when: unix(window)},
		"a millisecond further, Unix":       {when: unix(window + ms), refused: true},
		"a day ago":                         {when: iso(-24 * time.Hour), refused: true},
		"a day ahead":                       {when: iso(24 * time.Hour), refused: true},
		"the right clock in the wrong zone": {when: "2026-01-15T12:00:00.000+05:30", refused: true},
		"the beginning of the calendar":     {when: "0001-01-01T00:00:00Z", refused: true},
		"the end of the calendar":           {when: "9999-12-31T23:59:59Z", refused: true},
		"the smallest Unix milliseconds":    {when: "0000000000000", refused: true},
		"the largest Unix milliseconds":     {when: "9999999999999", refused: true},

		"seconds instead of milliseconds":      {when: "1768478400", refused: true},
		"microseconds instead of milliseconds": {when: "1768478400000000", refused: true},
		"milliseconds with a fraction":         {when: "1768478400.00", refused: true},
		"milliseconds with a sign":             {when: "+176847840000", refused: true},
		"milliseconds with a space":            {when: " 1768478400000", refused: true},
		"no zone":                              {when: "2026-01-15T12:00:00", refused: true},
		"a space instead of the T":             {when: "2026-01-15 12:00:00Z", refused: true},
		"only a date":                          {when: "2026-01-15", refused: true},
		"a day that does not exist":            {when: "2026-02-30T12:00:00Z", refused: true},
		"an HTTP date":                         {when: "Thu, 15 Jan 2026 12:00:00 GMT", refused: true},
		"a word":                               {when: "now", refused: true},
		"text after it":                        {when: "2026-01-15T12:00:00Z ", refused: true},
		"digits of another script":             {when: "\u0661\u0667\u0666\u0668\u0664\u0667\u0668", refused: true},

		"ten seconds with a narrow tolerance": {when: iso(-10 * time.Second),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.TimeTolerance = 10 * time.Second
			}}},
		"a little more with a narrow tolerance": {when: iso(-10*time.Second - ms),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.TimeTolerance = 10 * time.Second
			}}, refused: true},
		"a little ahead of a narrow tolerance": {when: iso(10*time.Second + ms),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.TimeTolerance = 10 * time.Second
			}}, refused: true},
		"a day old where that is allowed": {when: iso(-24 * time.Hour),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.NotificationMaxAge = 24 * time.Hour
			}}},
		"more than a day old where one is allowed": {when: iso(-24*time.Hour - ms),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.NotificationMaxAge = 24 * time.Hour
			}}, refused: true},
		"an hour ahead where age is allowed": {when: iso(time.Hour),
			opts: []func(*tradepay.Config){func(conf *tradepay.Config) {
				conf.NotificationMaxAge = 24 * time.Hour
			}}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := vectorClient(t, "v2", "1001", bothWalletKeys(t), tt.opts...)
			n, err := client.ParseNotification("POST",
				"/notify", walletSigned(t, "1001", tt.when, paidNotice), []byte(paidNotice))
			if tt.refused {
				requireRefused(t, n, err, tradepay.SignatureError{Reason: tradepay.ReasonTime,
					Header: "Request-Time", KeyVersion: "1"})
				return
			}
			require.NoError(t, err)
			require.Equal(t, "order-0001", n.PaymentRequestID)
		})
	}
}

func TestHeaderRules(t *testing.T) {
	t.Parallel()
	now := noon.Format(time.RFC3339)
	good := walletSigned(t, "1001", now, paidNotice)
	refused := func(reason tradepay.SignatureReason, header string) tradepay.SignatureError {
		return tradepay.SignatureError{Reason: reason, Header: header}
	}
	type rule struct {
		change func(http.Header)
		want   tradepay.SignatureError // zero: accepted
	}
	rules := map[string]rule{
		"all as it should be": {change: func(http.Header) {}},
		"further headers": {change: func(h http.Header) {
			h["Content-Type"] = []string{"application/json", "text/plain"}
			h["Client-Id-2"] = []string{"2"}
		}},
		"another algorithm": {
			func(h http.Header) { h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "RSA512", 1)) },
			tradepay.SignatureError{Reason: tradepay.ReasonAlgorithm, Header: "Signature", KeyVersion: "1"},
		},
		"no algorithm at all": {
			func(h http.Header) { h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "none", 1)) },
			tradepay.SignatureError{Reason: tradepay.ReasonAlgorithm, Header: "Signature", KeyVersion: "1"},
		},
		"the algorithm in lower case": {change: func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "rsa256", 1))
		}},
		"the algorithm's other label": {change: func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "SHA256withRSA", 1))
		}},
		"the other label in any case": {change: func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "RSA256", "sha256WITHrsa", 1))
		}},
		"the pairs in another order": {change: func(h http.Header) {
			h.Set("Signature", reversed(h.Get("Signature")))
		}},
		"the key version with a zero": {func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "keyVersion=1", "keyVersion=01", 1))
		}, tradepay.SignatureError{Reason: tradepay.ReasonKeyVersion, Header: "Signature", KeyVersion: "01"}},
		"the wallet's other key": {func(h http.Header) {
			h.Set("Signature", strings.Replace(h.Get("Signature"), "keyVersion=1", "keyVersion=2", 1))
		}, tradepay.SignatureError{Reason: tradepay.ReasonMismatch, Header: "Signature", KeyVersion: "2"}},
		"two signatures in one header": {func(h http.Header) {
			h.Set("Signature", h.Get("Signature")+", "+h.Get("Signature"))
		}, refused(tradepay.ReasonMalformedHeader, "Signature")},
		"two client ids in one header": {func(h http.Header) {
			h.Set("Client-Id", "1001, 1001")
		}, tradepay.SignatureError{Reason: tradepay.ReasonMismatch, Header: "Signature", KeyVersion: "1"}},
	}
	for _, name := range []string{"Signature", "Client-Id", "Request-Time"} {
		lower, upper := strings.ToLower(name), strings.ToUpper(name)
		rules[name+" twice"] = rule{func(h http.Header) {
			h.Add(name, h.Get(name))
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" with another value after it"] = rule{func(h http.Header) {
			h.Add(name, "x")
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" with another value before it"] = rule{func(h http.Header) {
			h[name] = []string{"x", h.Get(name)}
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" with an empty value after it"] = rule{func(h http.Header) {
			h.Add(name, "")
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" also in lower case"] = rule{func(h http.Header) {
			h[lower] = h[name]
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" in lower and upper case"] = rule{func(h http.Header) {
			h[lower], h[upper] = h[name], h[name]
			delete(h, name)
		}, refused(tradepay.ReasonRepeatedHeader, name)}
		rules[name+" in lower case only"] = rule{change: func(h http.Header) { h[lower] = h[name]; delete(h, name) }}
		rules[name+" in upper case only"] = rule{change: func(h http.Header) { h[upper] = h[name]; delete(h, name) }}
		rules[name+" missing"] = rule{func(h http.Header) { h.Del(name) }, refused(tradepay.ReasonMissingHeader, name)}
		rules[name+" empty"] = rule{func(h http.Header) {
			h.Set(name, "")
		}, refused(tradepay.ReasonMissingHeader, name)}
		rules[name+" without a value"] = rule{func(h http.Header) {
			h[name] = nil
		}, refused(tradepay.ReasonMissingHeader, name)}
		rules[name+" under a name that is longer"] = rule{func(h http.Header) {
			h["X-"+name] = h[name]
			delete(h, name)
		}, refused(tradepay.ReasonMissingHeader, name)}
		// A letter that folds to an ASCII letter is not that letter: the long s.
		if folded := strings.NewReplacer("S", "\u017f", "s", "\u017f").Replace(name); folded != name {
			rules[name+" under a name that folds to it"] = rule{func(h http.Header) {
				h[folded] = h[name]
				delete(h, name)
			}, refused(tradepay.ReasonMissingHeader, name)}
		}
	}
	for name, tt := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := good.Clone()
			tt.change(header)
			before := header.Clone()
			client := vectorClient(t, "v2", "1001", bothWalletKeys(t))
			n, err := client.ParseNotification("POST", "/notify", header, []byte(paidNotice))
			require.Equal(t, before, header, "the caller's header is only read")
			if tt.want == (tradepay.SignatureError{}) {
				require.NoError(t, err)
				return
			}
			requireRefused(t, n, err, tt.want)
		})
	}
	client := vectorClient(t, "v2", "1001", bothWalletKeys(t))
	n, err := client.ParseNotification("POST", "/notify", nil, []byte(paidNotice))
	requireRefused(t, n, err, refused(tradepay.ReasonMissingHeader, "Signature"))
}

func reversed(header string) string {
	pairs := strings.Split(header, ", ")
	slices.Reverse(pairs)
	return strings.Join(pairs, ",")
}

func TestAnotherClientsNotificationIsRefused(t *testing.T) {
	t.Parallel()
	client := vectorClient(t, "v2", "1001", bothWalletKeys(t))
	now := noon.Format(time.RFC3339)
	for _, foreign := range []string{"1002", "100", "10011", "1001 ", "1001.", "x"} {
		n, err := client.ParseNotification("POST",
			"/notify", walletSigned(t, foreign, now, paidNotice), []byte(paidNotice))
		requireRefused(t, n, err, tradepay.SignatureError{Reason: tradepay.ReasonClientID,
			Header: "Client-Id", KeyVersion: "1"})
	}
}

func TestTooLargeNotificationIsRefused(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	now := noon.Format(time.RFC3339)
	client := vectorClient(t, "v2", "1001", bothWalletKeys(t))
	want := tradepay.SignatureError{Reason: tradepay.ReasonTooLarge}

	fits := paidNotice + strings.Repeat(" ", most-len(paidNotice))
	header := walletSigned(t, "1001", now, fits)
	n, err := client.ParseNotification("POST", "/notify", header, []byte(fits))
	require.NoError(t, err)
	require.Len(t, n.Raw, most)

	over := fits + " "
	header = walletSigned(t, "1001", now, over)
	n, err = client.ParseNotification("POST", "/notify", header, []byte(over))
	requireRefused(t, n, err, want)
	// Before anything else is looked at.
	n, err = client.ParseNotification("POST", "/notify", nil, []byte(over))
	requireRefused(t, n, err, want)

	for name, length := range map[string]int64{"an announced body": most + 1, "a streamed body": -1,
		"a body longer than announced": 10} {
		body := &countingReader{Reader: strings.NewReader(over + over)}
		n, err = client.VerifyNotification(&http.Request{
			Method: "POST", RequestURI: "/notify", URL: &url.URL{Path: "/notify"}, Header: header,
			Body: io.NopCloser(body), ContentLength: length,
		})
		requireRefused(t, n, err, want)
		require.LessOrEqual(t, body.read, most+1, name)
	}
}

type countingReader struct {
	io.Reader
	read int
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += n
	return n, err
}

// notified hands the client a vector and returns its error.
func notified(client *tradepay.Client, v *vectortest.Signature) error {
	_, err := client.ParseNotification(v.Method, v.URI, v.Header(v.Headers.Percent), []byte(v.Body))
	return err
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	old, recent := vectortest.Named(t, "v2-notification"), vectortest.Named(t, "wallet-v2-notification")
	keys := bothWalletKeys(t)
	client := vectorClient(t, "v2", old.ClientID, map[string]*rsa.PublicKey{"1": keys["1"]})
	site := client.ForSite("SITE")
	require.NoError(t, notified(client, old))
	requireRefused(t, nil, notified(client, recent),
		tradepay.SignatureError{Reason: tradepay.ReasonKeyVersion, Header: "Signature", KeyVersion: "2"})

	require.NoError(t, client.SetKeys(vectorKey(t, "merchant"), "1", keys))
	for _, c := range []*tradepay.Client{client, site} {
		require.NoError(t, notified(c, old), "old and new together")
		require.NoError(t, notified(c, recent), "old and new together")
	}

	require.NoError(t, client.SetKeys(vectorKey(t, "merchant"), "7", map[string]*rsa.PublicKey{"2": keys["2"]}))
	for _, c := range []*tradepay.Client{client, site} {
		requireRefused(t, nil, notified(c, old),
			tradepay.SignatureError{Reason: tradepay.ReasonKeyVersion, Header: "Signature", KeyVersion: "1"})
		require.NoError(t, notified(c, recent))
		ack, err := c.Acknowledge("/notify", nil)
		require.NoError(t, err)
		require.Contains(t, ack.Header.Get("Signature"), "keyVersion=7")
	}
}

func TestAFailedRotationLeavesTheOldKeys(t *testing.T) {
	t.Parallel()
	v := vectortest.Named(t, "v2-notification")
	merchant, keys := vectorKey(t, "merchant"), bothWalletKeys(t)
	client := vectorClient(t, "v2", v.ClientID, keys)
	before, err := client.Acknowledge("/notify", nil)
	require.NoError(t, err)
	for name, set := range map[string]func() error{
		"no private key": func() error { return client.SetKeys(nil, "2", keys) },
		"no wallet keys": func() error { return client.SetKeys(merchant, "2", nil) },
		"a bad wallet key": func() error {
			return client.SetKeys(merchant, "2", map[string]*rsa.PublicKey{"2": keys["2"], "3": nil})
		},
		"a bad key version": func() error { return client.SetKeys(merchant, "a b", keys) },
		"the merchant's own": func() error {
			return client.SetKeys(merchant, "2", map[string]*rsa.PublicKey{"1": &merchant.PublicKey})
		},
		"the wallet's as own": func() error { return client.SetKeys(vectorKey(t, "wallet"), "2", keys) },
	} {
		require.ErrorIs(t, set(), tradepay.ErrInvalidConfig, name)
		require.NoError(t, notified(client, v), name)
		after, err := client.Acknowledge("/notify", nil)
		require.NoError(t, err, name)
		require.Equal(t, before, after, name)
	}
}

func TestTheCallersKeysAreCopied(t *testing.T) {
	t.Parallel()
	v := vectortest.Named(t, "v2-notification")
	keys := bothWalletKeys(t)
	client := vectorClient(t, "v2", v.ClientID, keys)
	keys["1"].N.Add(keys["1"].N, big.NewInt(2))
	keys["1"].E = 3
	delete(keys, "1")
	keys["99"] = keys["2"]
	require.NoError(t, notified(client, v))
	h := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "99", Signature: make([]byte, 256)}
	n, err := client.ParseNotification(v.Method, v.URI, v.Header(h.Format(wire.EncodingBase64)), []byte(v.Body))
	requireRefused(t, n, err, tradepay.SignatureError{Reason: tradepay.ReasonKeyVersion,
		Header: "Signature", KeyVersion: "99"})
}

func TestKeysRotateWhileNotificationsArrive(t *testing.T) {
	t.Parallel()
	old, recent := vectortest.Named(t, "v2-notification"), vectortest.Named(t, "wallet-v2-notification")
	keys := bothWalletKeys(t)
	client := vectorClient(t, "v2", old.ClientID, keys)
	merchant := vectorKey(t, "merchant")
	rotate := func(n int) error {
		ring := keys // both
		if n%2 == 0 {
			ring = map[string]*rsa.PublicKey{"2": keys["2"]}
		}
		return client.SetKeys(merchant, strconv.Itoa(len(ring)), ring)
	}
	arrive := func() error {
		if err := notified(client, recent); err != nil { // its key always stays
			return err
		}
		var refused *tradepay.SignatureError
		if err := notified(client, old); err != nil &&
			!(errors.As(err, &refused) && refused.Reason == tradepay.ReasonKeyVersion) {
			return err
		}
		_, err := client.Acknowledge("/notify", nil)
		return err
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 25 {
				if err := rotate(i + j); err != nil {
					t.Errorf("SetKeys: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range 25 {
				if err := arrive(); err != nil {
					t.Errorf("while keys rotate: %v", err)
				}
			}
		})
	}
	wg.Wait()
}
