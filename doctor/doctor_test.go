package doctor_test

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/consttest"
	"github.com/tradepay/tradepay-go/internal/phrasebook"
	"github.com/tradepay/tradepay-go/internal/testsize"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// secretBody holds a payer's data, and everything that writers of JSON write
// in their own ways.
const secretBody = `{"paymentRequestId":"order-0009","buyer":{"name":"Zoé ` + planted + `","phone":"555-` + planted +
	`"},"url":"https://shop.example/a<b&c","amount":{"value":"100","currency":"USD"}}`

// patient is a message and what goes wrong with it. The evidence is what the
// verifier has, signed is what the other side signed.
type patient struct {
	t       testing.TB
	e       doctor.Evidence
	signed  wire.Message
	key     *rsa.PrivateKey
	content func(wire.Message) []byte
	sign    func(key *rsa.PrivateKey, content []byte) []byte
	write   func(sig []byte) string
}

func newPatient(t testing.TB, kind doctor.EvidenceKind) *patient {
	p := &patient{t: t, content: wire.Message.Content, sign: signWith(crypto.SHA256)}
	p.signed = wire.Message{Method: "POST", URI: "/notify", ClientID: "2026011500000000000001",
		Time: "2026-01-15T12:00:31.075+00:00", Body: []byte(secretBody)}
	merchant := &vectorKey(t, "merchant").PublicKey
	p.e = doctor.Evidence{
		Kind: kind, Method: "POST", URI: "/notify", Body: []byte(secretBody), Keys: bothWalletKeys(t), OwnKey: merchant,
		Wallet:   wallets.PlatformV2(),
		ClientID: p.signed.ClientID, Now: noon, Header: http.Header{
			"Client-Id": {p.signed.ClientID}, "Authorization": {"Bearer " + planted}, "Agent-Token": {planted},
			"Content-Type": {"application/json"},
		},
	}
	p.key = vectorKey(t, "wallet")
	switch kind {
	case doctor.EvidenceRequest, doctor.EvidenceResponse:
		p.signed.URI, p.e.URI = "/api/v2/payments/pay", "/api/v2/payments/pay"
	}
	switch kind {
	case doctor.EvidenceRequest, doctor.EvidenceAcknowledgement:
		p.key, p.e.Keys = vectorKey(t, "merchant"), map[string]*rsa.PublicKey{"1": merchant}
	}
	p.e.Header.Set(p.timeHeader(), p.signed.Time)
	p.write = func(sig []byte) string {
		return wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: sig}.Format(wire.EncodingPercent)
	}
	return p
}

func (p *patient) timeHeader() string {
	if p.e.Kind == doctor.EvidenceResponse || p.e.Kind == doctor.EvidenceAcknowledgement {
		return "Response-Time"
	}
	return "Request-Time"
}

func (p *patient) setTime(text string) { p.e.Header.Set(p.timeHeader(), text) }

func (p *patient) evidence() doctor.Evidence {
	if _, ok := p.e.Header["Signature"]; !ok {
		p.e.Header["Signature"] = []string{p.write(p.sign(p.key, p.content(p.signed)))}
	}
	return p.e
}

// base64Value replaces how the signature value is written.
func (p *patient) base64Value(change func(base64 string) string) {
	p.write = func(sig []byte) string {
		return "algorithm=RSA256, keyVersion=1, signature=" + change(base64.StdEncoding.EncodeToString(sig))
	}
}

// pssOfTwoHashes is made with SHA-512 and the longest salt, over what a patient
// signs. Its mask of another hash ends in a one, too: one of 85 does.
const pssOfTwoHashes = "LkuKGtk0DFvLLpx6riBNI0+lOSnWl6szmlctcLYJit4dRxTIURnKK6RIqqKIVymn1xU/dyjHqhaK78mdCJgvFZ" +
	"cio6iuMJSfwKwdjoGqoxBreAs6b3ZmTrTaWQsRsCO3l+lZn9iFYyq4hbTehxHpWW8/JsBQnxFvarw8efcJpob1" +
	"eEe+JY+0h/UNs6i3XVpK2gTdoa6M5ayY4l0i9fKJPhnjZRZCXT48q0o5WAKGthTbrcKmG5Twm/ESsgFceP62qW" +
	"67dvtAE3iW+g47xqt/KedcdWM7qZvwY/wYdE+Qpfu+eKRgpTMMmIU5/hghLjCANyvTfRijzTwNg630JFsS1w=="

func signWith(hash crypto.Hash) func(*rsa.PrivateKey, []byte) []byte {
	return func(key *rsa.PrivateKey, content []byte) []byte {
		h := hash.New()
		h.Write(content)
		sig, err := rsa.SignPKCS1v15(nil, key, hash, h.Sum(nil))
		if err != nil {
			panic(err)
		}
		return sig
	}
}

func signPSS(salt int, hash crypto.Hash) func(*rsa.PrivateKey, []byte) []byte {
	return func(key *rsa.PrivateKey, content []byte) []byte {
		h := hash.New()
		h.Write(content)
		sig, err := rsa.SignPSS(rand.Reader, key, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			panic(err)
		}
		return sig
	}
}

// signBare pads the text without a DigestInfo.
func signBare(key *rsa.PrivateKey, text []byte) []byte {
	sig, err := rsa.SignPKCS1v15(nil, key, 0, text)
	if err != nil {
		panic(err)
	}
	return sig
}

func layout(format string) func(wire.Message) []byte {
	return func(m wire.Message) []byte {
		return []byte(strings.NewReplacer("{m}", m.Method, "{u}", m.URI, "{c}", m.ClientID, "{t}", m.Time,
			"{b}", string(m.Body)).Replace(format))
	}
}

func reencode(t testing.TB, body []byte, write func(v any) ([]byte, error)) []byte {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	require.NoError(t, decoder.Decode(&v))
	out, err := write(v)
	require.NoError(t, err)
	return out
}

func pretty(t testing.TB, body []byte, indent string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Indent(&b, body, "", indent))
	return b.Bytes()
}

type illness struct {
	kind   doctor.EvidenceKind // default a notification
	change func(p *patient)
	want   doctor.Cause
	guess  bool           // want is not certain
	also   []doctor.Cause // further certain causes
}

// signedBody and readBody are bodies that changed on the way.
func signedBody(change func(t testing.TB, body []byte) []byte) func(*patient) {
	return func(p *patient) { p.signed.Body = change(p.t, p.signed.Body) }
}

func readBody(change func(t testing.TB, body []byte) []byte) func(*patient) {
	return func(p *patient) { p.e.Body = change(p.t, p.e.Body) }
}

func replaced(pairs ...string) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, body []byte) []byte {
		return []byte(strings.NewReplacer(pairs...).Replace(string(body)))
	}
}

func signedURI(uri string) func(*patient) { return func(p *patient) { p.signed.URI = uri } }

func illnesses() map[string]illness {
	const request, response, ack = doctor.EvidenceRequest, doctor.EvidenceResponse, doctor.EvidenceAcknowledgement
	return map[string]illness{
		// Keys.
		"own public key loaded, the wallet's available": {want: doctor.CauseOwnKeyLoaded,
			also: []doctor.Cause{doctor.CauseOtherKey}, change: func(p *patient) {
				p.e.OtherKeys = []*rsa.PublicKey{p.e.Keys["1"]}
				p.e.Keys = map[string]*rsa.PublicKey{"1": p.e.OwnKey.(*rsa.PublicKey)}
			}},
		"own public key loaded, the wallet's unknown": {want: doctor.CauseOwnKeyLoaded,
			also: []doctor.Cause{doctor.CauseUnknownKey}, change: func(p *patient) {
				p.e.Keys = map[string]*rsa.PublicKey{"1": p.e.OwnKey.(*rsa.PublicKey)}
			}},
		"our own message sent back": {want: doctor.CauseOwnSignature, change: func(p *patient) {
			p.key = vectorKey(p.t, "merchant")
		}},
		"signed by another key": {want: doctor.CauseUnknownKey, change: func(p *patient) {
			p.e.Keys = map[string]*rsa.PublicKey{"1": strangerKey(p.t)}
		}},
		"signed by a key of another length": {want: doctor.CauseUnknownKey, change: func(p *patient) {
			p.e.Keys = map[string]*rsa.PublicKey{"1": &vectorKey(p.t, "wallet-v2").PublicKey}
			p.e.OwnKey = nil
		}},
		"request signed by a key that is not registered": {kind: request, want: doctor.CauseKeyPair,
			change: func(p *patient) {
				p.e.Keys = map[string]*rsa.PublicKey{"1": strangerKey(p.t)}
			}},
		"request signed by an unknown key": {kind: request, want: doctor.CauseUnknownKey, change: func(p *patient) {
			p.e.Keys, p.e.OwnKey = map[string]*rsa.PublicKey{"1": strangerKey(p.t)}, nil
		}},
		"wrong keyVersion": {want: doctor.CauseKeyVersion, change: func(p *patient) {
			p.key = vectorKey(p.t, "wallet-v2")
		}},
		"keyVersion not configured": {want: doctor.CauseKeyVersion, change: func(p *patient) {
			p.e.Keys = map[string]*rsa.PublicKey{"7": p.e.Keys["1"]}
		}},
		"keyVersion and key not available": {want: doctor.CauseKeyVersion, also: []doctor.Cause{doctor.CauseUnknownKey},
			change: func(p *patient) {
				p.e.Keys = map[string]*rsa.PublicKey{"7": strangerKey(p.t)}
			}},
		"no key": {want: doctor.CauseUnusableKey, change: func(p *patient) { p.e.Keys, p.e.OwnKey = nil, nil }},
		"a nil key": {want: doctor.CauseUnusableKey, change: func(p *patient) {
			p.e.Keys, p.e.OwnKey = map[string]*rsa.PublicKey{"1": nil}, nil
		}},
		"a key of another party was used": {want: doctor.CauseOtherKey, change: func(p *patient) {
			p.e.OtherKeys, p.e.Keys = []*rsa.PublicKey{p.e.Keys["1"]}, map[string]*rsa.PublicKey{"1": strangerKey(p.t)}
		}},

		// Method and URI.
		"path without the gateway prefix": {kind: response, want: doctor.CausePathPrefix,
			change: signedURI("/v2/payments/pay")},
		"path with the gateway prefix": {kind: response, want: doctor.CausePathPrefix, change: func(p *patient) {
			p.e.URI = "/v2/payments/pay"
		}},
		"path with another gateway prefix": {kind: request, want: doctor.CausePathPrefix,
			change: signedURI("/api/open/v2/payments/pay")},
		"path after an unknown prefix": {kind: response, want: doctor.CausePathPrefix, change: func(p *patient) {
			p.e.URI = "/gw/inner/api/v2/payments/pay"
		}},
		"path without the version": {kind: response, want: doctor.CausePathVersion,
			change: signedURI("/api/payments/pay")},
		"path with the version": {kind: response, want: doctor.CausePathVersion, change: func(p *patient) {
			p.e.URI = "/api/payments/pay"
		}},
		"path with another version": {kind: request, want: doctor.CausePathVersion,
			change: signedURI("/api/v1/payments/pay")},
		"query not signed": {want: doctor.CauseQuery, change: func(p *patient) {
			p.e.URI += "?token=" + planted
		}},
		"query encoded again": {want: doctor.CauseQuery, change: func(p *patient) {
			p.e.URI, p.signed.URI = p.e.URI+"?b=1&a=x%20y", p.e.URI+"?a=x+y&b=1"
		}},
		"slash at the end not signed": {want: doctor.CauseTrailingSlash, change: func(p *patient) {
			p.e.URI += "/"
		}},
		"slash at the end signed": {want: doctor.CauseTrailingSlash, change: signedURI("/notify/")},
		"double slash": {want: doctor.CauseTrailingSlash, change: func(p *patient) {
			p.e.URI = "//notify"
		}},
		"path percent-encoded": {want: doctor.CausePathEncoding, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/caf%C3%A9/notify", "/café/notify"
		}},
		"whole URL signed": {want: doctor.CauseFullURL, change: func(p *patient) {
			p.e.Header.Set("Host", "shop.example")
			p.signed.URI = "https://shop.example/notify"
		}},
		"whole URL given": {want: doctor.CauseFullURL, change: func(p *patient) {
			p.e.URI = "https://shop.example/notify"
		}},
		"path rewritten, prefix in a header": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.Header.Set("X-Forwarded-Prefix", "/shop")
			p.signed.URI = "/shop/notify"
		}},
		"path rewritten, path in a header": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.Header.Set("X-Original-URI", "/public/hook?x=1")
			p.signed.URI = "/public/hook?x=1"
		}},
		"path rewritten, public one available": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.OtherURIs = []string{"/elsewhere/hook"}
			p.signed.URI = "/elsewhere/hook"
		}},
		"path rewritten, order available": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.RequestBody = []byte(`{"paymentNotifyUrl":"https://shop.example/from/order"}`)
			p.signed.URI = "/from/order"
		}},
		"path rewritten, a prefix put before": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.URI = "/internal/notify"
		}},
		"path rewritten, nothing known of it": {want: doctor.CauseContent, change: signedURI("/nobody/knows/this")},
		"path of another operation signed": {kind: request, want: doctor.CausePath,
			change: signedURI("/api/v2/payments/inquiryPayment")},
		"GET signed": {kind: response, want: doctor.CauseMethod, change: func(p *patient) {
			p.signed.Method = "GET"
		}},
		"method in small letters": {kind: request, want: doctor.CauseMethod, change: func(p *patient) {
			p.signed.Method = "post"
		}},
		"notification verified without method": {want: doctor.CauseMethod, change: func(p *patient) {
			p.e.Method = ""
		}},

		// Body.
		"body pretty-printed on the way": {want: doctor.CauseBodySpaces,
			change: readBody(func(t testing.TB, b []byte) []byte {
				return pretty(t, b, "  ")
			})},
		"body compacted on the way": {want: doctor.CauseBodySpaces,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return pretty(t, b, "  ")
			})},
		"body signed with tabs": {want: doctor.CauseBodySpaces, change: signedBody(func(t testing.TB, b []byte) []byte {
			return pretty(t, b, "\t")
		})},
		"body signed with CRLF indentation": {want: doctor.CauseBodySpaces,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return bytes.ReplaceAll(pretty(t, b, "  "), []byte("\n"), []byte("\r\n"))
			})},
		"body signed with spaces after : ,": {want: doctor.CauseBodySpaces,
			change: signedBody(replaced(`":`, `": `, `,"`, `, "`))},
		"members sorted before signing": {want: doctor.CauseBodyOrder,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return reencode(t, b, marshalPlain)
			})},
		"decoded and encoded by Go": {want: doctor.CauseBodyOrder,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return reencode(t, b, json.Marshal)
			})},
		"members sorted on the way": {want: doctor.CauseBodyOrder, change: func(p *patient) {
			p.signed.Body = []byte(`{"z":"1","paymentId":"2","a":{"y":"` + planted + `"},"m":[1,{"k":"},{"}]}`)
			p.e.Body = reencode(p.t, p.signed.Body, marshalPlain)
		}},
		"slashes escaped": {kind: request, want: doctor.CauseBodyEscapes,
			change: signedBody(replaced("/", `\/`))},
		"slashes unescaped on the way": {want: doctor.CauseBodyEscapes, change: readBody(replaced("/", `\/`))},
		"< and & escaped": {want: doctor.CauseBodyEscapes,
			change: signedBody(replaced("<", `\u003c`, "&", `\u0026`))},
		"< and & unescaped on the way": {want: doctor.CauseBodyEscapes,
			change: readBody(replaced("<", `\u003C`, "&", `\u0026`))},
		"é escaped":             {want: doctor.CauseBodyEscapes, change: signedBody(replaced("é", `\u00e9`))},
		"é escaped in capitals": {want: doctor.CauseBodyEscapes, change: signedBody(replaced("é", `\u00E9`))},
		"é and slashes escaped": {want: doctor.CauseBodyEscapes,
			change: signedBody(replaced("é", `\u00e9`, "/", `\/`))},
		"emoji unescaped on the way": {want: doctor.CauseBodyEscapes, change: func(p *patient) {
			p.signed.Body = []byte(`{"a":"\ud83d\ude00\n\\u0041"}`)
			p.e.Body = []byte(`{"a":"😀\n\\u0041"}`)
		}},
		"line feed after the body": {want: doctor.CauseBodyLineEnds,
			change: signedBody(replaced(`"USD"}}`, "\"USD\"}}\n"))},
		"line feed added on the way": {want: doctor.CauseBodyLineEnds,
			change: readBody(replaced(`"USD"}}`, "\"USD\"}}\n"))},
		"CRLF made LF on the way": {want: doctor.CauseBodyLineEnds, change: func(p *patient) {
			p.signed.Body, p.e.Body = []byte("{\r\n\"a\":1\r\n}"), []byte("{\n\"a\":1\n}")
		}},
		"byte order mark not signed": {want: doctor.CauseBodyBOM,
			change: readBody(replaced(`{"paymentRequestId`, "\ufeff"+`{"paymentRequestId`))},
		"byte order mark lost": {want: doctor.CauseBodyBOM,
			change: signedBody(replaced(`{"paymentRequestId`, "\ufeff"+`{"paymentRequestId`))},
		"body signed in ISO 8859-1": {want: doctor.CauseBodyEncoded, change: signedBody(replaced("é", "\xe9"))},
		"body read as ISO 8859-1":   {want: doctor.CauseBodyEncoded, change: readBody(replaced("é", "Ã©"))},
		"body not signed": {kind: request, want: doctor.CauseBodyEmpty, change: func(p *patient) {
			p.signed.Body = nil
		}},
		"body read before": {want: doctor.CauseBodyEmpty, change: func(p *patient) { p.e.Body = nil }},
		"empty object signed": {want: doctor.CauseBodyEmpty, change: func(p *patient) {
			p.e.Body, p.signed.Body = nil, []byte("{}")
		}},
		"body cut off": {want: doctor.CauseBody, change: func(p *patient) {
			p.e.Header.Set("Content-Length", "999")
			p.e.Body = p.e.Body[:100]
		}},
		"body quoted": {kind: request, want: doctor.CauseBodyEncoded,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				q, err := json.Marshal(string(b))
				require.NoError(t, err)
				return q
			})},
		"body compressed": {want: doctor.CauseBodyEncoded, change: readBody(func(t testing.TB, b []byte) []byte {
			return compressed(t, b)
		})},
		"body changed, what was sent known": {want: doctor.CauseBody, change: func(p *patient) {
			p.e.Body = []byte(strings.Replace(secretBody, "100", "900", 1))
			p.e.SentBody = []byte(secretBody)
		}},
		"body changed, what was sent unknown": {kind: response, want: doctor.CauseContent,
			change: readBody(replaced("100", "900"))},

		// Client and time.
		"Client-Id of another app": {want: doctor.CauseClientID, change: func(p *patient) {
			p.signed.ClientID = "2026999900000000000009"
			p.e.Header.Set("Client-Id", p.signed.ClientID)
		}},
		"Client-Id altered": {want: doctor.CauseClientID, change: func(p *patient) {
			p.e.Header.Set("Client-Id", "someone-else")
		}},
		"Client-Id of the body": {kind: request, want: doctor.CauseClientID, change: func(p *patient) {
			p.signed.ClientID, p.signed.Body = "app-7", []byte(`{"appId":"app-7"}`)
			p.e.Body = p.signed.Body
		}},
		"Client-Id absent": {want: doctor.CauseMissingHeader, change: func(p *patient) {
			p.e.Header.Del("Client-Id")
		}, also: []doctor.Cause{doctor.CauseClientID}},
		"Client-Id repeated": {want: doctor.CauseRepeatedHeader, change: func(p *patient) {
			p.e.Header.Add("Client-Id", "other")
		}},
		"time in seconds signed": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478431"
			p.setTime("1768478431075")
		}},
		"time in seconds sent": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478431"
			p.setTime("1768478431")
		}},
		"time in milliseconds signed": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478431075"
		}},
		"Z signed for +00:00": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15T12:00:31.075Z"
		}},
		"time without its milliseconds signed": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15T12:00:31+00:00"
		}},
		"milliseconds lost on the way": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.setTime("2026-01-15T12:00:31+00:00")
		}},
		"offset from UTC changed": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15T17:45:31.075+05:45"
		}},
		"+ of the offset lost": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.setTime("2026-01-15T12:00:31.075 00:00")
		}},
		"Request-Time signed for Response-Time": {kind: response, want: doctor.CauseTimeHeader,
			change: func(p *patient) {
				p.e.RequestTime = "2026-01-15T12:00:30.000+00:00"
				p.signed.Time = p.e.RequestTime
			}},
		"Request-Time signed in an acknowledgement": {kind: ack, want: doctor.CauseTimeHeader,
			change: func(p *patient) {
				p.e.RequestTime = "2026-01-15T12:00:30.000+00:00"
				p.signed.Time = p.e.RequestTime
			}},
		"body over 1 MiB": {want: doctor.CauseBodyTooLarge, change: func(p *patient) {
			p.e.Body = make([]byte, 1<<20+1)
		}},
		"time absent": {want: doctor.CauseMissingHeader, change: func(p *patient) {
			p.e.Header.Del("Request-Time")
		}, also: []doctor.Cause{doctor.CauseContent}},
		"request verified as response": {kind: response, want: doctor.CauseRequestAsAnswer, change: func(p *patient) {
			p.e.Header["Request-Time"] = p.e.Header["Response-Time"]
			delete(p.e.Header, "Response-Time")
		}},
		"request's body and time verified as response": {kind: response, want: doctor.CauseRequestAsAnswer,
			change: func(p *patient) {
				p.e.RequestBody, p.e.RequestTime = []byte(`{"paymentRequestId":"`+planted+`"}`),
					"2026-01-15T12:00:30.000+00:00"
				p.signed.Body, p.signed.Time = p.e.RequestBody, p.e.RequestTime
			}},
		"an answer of the API as notification": {want: doctor.CauseReplay, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/api/v2/payments/pay", "/api/v2/payments/pay"
		}},
		"clock behind": {want: doctor.CauseClock, change: func(p *patient) {
			p.e.Now = noon.Add(-7 * time.Minute)
		}},
		"clock ahead by a time zone": {want: doctor.CauseClock, change: func(p *patient) {
			p.e.Now = noon.Add(8 * time.Hour)
		}},

		// Text of the signature.
		"+ turned into a space": {want: doctor.CausePlusToSpace, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.ReplaceAll(s, "+", " ") })
		}},
		"percent-encoded twice": {want: doctor.CauseDoubleEncoding, change: func(p *patient) {
			p.base64Value(func(s string) string { return url.QueryEscape(url.QueryEscape(s)) })
		}},
		"base64 twice": {want: doctor.CauseDoubleEncoding, change: func(p *patient) {
			p.base64Value(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) })
		}},
		"alphabets mixed": {want: doctor.CauseAlphabet, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.ReplaceAll(s, "+", "-") })
		}},
		"line breaks": {want: doctor.CauseLineBreaks, change: func(p *patient) {
			p.base64Value(func(s string) string { return s[:64] + "\r\n" + s[64:128] + "\n" + s[128:] })
		}},
		"padding lost": {want: doctor.CauseBase64Padding, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.TrimRight(s, "=") })
		}},
		"hexadecimal": {want: doctor.CauseEncoding, change: func(p *patient) {
			p.write = func(sig []byte) string {
				return "algorithm=RSA256, keyVersion=1, signature=" + hex.EncodeToString(sig)
			}
		}},
		"percent-encoded in part": {want: doctor.CauseEncoding, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.ReplaceAll(s, "+", "%2B") })
		}},
		"leading zero lost": {want: doctor.CauseSignatureLength, change: func(p *patient) {
			v := vectortest.Named(p.t, "leading-zero-signature")
			p.e.Body, p.signed = []byte(v.Body), v.Message()
			p.setTime(v.Time)
			p.write = func(sig []byte) string {
				return "algorithm=RSA256,keyVersion=1,signature=" + base64.StdEncoding.EncodeToString(sig[1:])
			}
		}},
		"not a signature at all": {want: doctor.CauseEncoding, change: func(p *patient) {
			p.base64Value(func(string) string { return "*" + planted + "*" })
		}},
		"a hash for a signature": {want: doctor.CauseSignatureLength, change: func(p *patient) {
			p.sign = func(_ *rsa.PrivateKey, c []byte) []byte { s := sha256.Sum256(c); return s[:] }
		}},
		"a page of a firewall": {kind: doctor.EvidenceResponse, want: doctor.CauseNotTheWallet,
			change: func(p *patient) {
				p.e.Header = http.Header{"Signature": nil, "content-type": {"text/html"}}
				p.e.Body = []byte("<html>" + planted + "</html>")
			}},
		"an error of another API": {kind: doctor.EvidenceResponse, want: doctor.CauseNotTheWallet,
			change: func(p *patient) {
				p.e.Header = http.Header{"Signature": nil, "Content-Type": {"application/json"}}
				p.e.Body = []byte(`{"message":"` + planted + `"}`)
			}},
		"an unsigned result": {kind: doctor.EvidenceResponse, want: doctor.CauseMissingHeader,
			change: func(p *patient) {
				p.e.Header = http.Header{"Signature": nil}
				p.e.Body = []byte(`{"result":{"resultCode":"SUCCESS"}}`)
			}},
		"Signature absent": {want: doctor.CauseMissingHeader, change: func(p *patient) {
			p.e.Header["Signature"] = nil
		}},
		"Signature repeated": {want: doctor.CauseRepeatedHeader, change: func(p *patient) {
			p.e.Header.Set("Signature", p.write(p.sign(p.key, p.content(p.signed))))
			p.e.Header.Add("Signature", "x")
		}},
		"body and signature damaged at once": {want: doctor.CausePlusToSpace,
			also: []doctor.Cause{doctor.CauseBodySpaces}, change: func(p *patient) {
				p.base64Value(func(s string) string { return strings.ReplaceAll(s, "+", " ") })
				p.e.Body = pretty(p.t, p.e.Body, "  ")
			}},

		// Label.
		"another algorithm named": {want: doctor.CauseAlgorithmLabel, change: func(p *patient) {
			p.write = header("algorithm=RSA512, keyVersion=1, signature=")
		}},
		"keyVersion missing": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("algorithm=RSA256, signature=")
		}},
		"nothing but the value": {want: doctor.CauseHeaderFormat, change: func(p *patient) { p.write = header("") }},
		"semicolons": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("algorithm=RSA256; keyVersion=1; signature=")
		}},
		"names in other capitals": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("Algorithm=RSA256, KeyVersion=1, Signature=")
		}},
		"a pair of another name": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("algorithm=RSA256, keyVersion=1, x=" + planted + ", signature=")
		}},

		// What was done to the content.
		"hash signed in hexadecimal": {want: doctor.CauseHashSigned, change: func(p *patient) {
			p.content = func(m wire.Message) []byte {
				s := sha256.Sum256(m.Content())
				return []byte(hex.EncodeToString(s[:]))
			}
		}},
		"hash signed as bytes": {kind: request, want: doctor.CauseHashSigned, change: func(p *patient) {
			p.content = func(m wire.Message) []byte { s := sha256.Sum256(m.Content()); return s[:] }
		}},
		"hash signed in base64": {want: doctor.CauseHashSigned, change: func(p *patient) {
			p.content = func(m wire.Message) []byte {
				s := sha1.Sum(m.Content())
				return []byte(base64.StdEncoding.EncodeToString(s[:]))
			}
		}},
		"SHA-1": {want: doctor.CauseDigest, change: func(p *patient) {
			p.sign = signWith(crypto.SHA1)
		}},
		"SHA-512": {want: doctor.CauseDigest, change: func(p *patient) {
			p.sign = signWith(crypto.SHA512)
		}},
		"MD5": {want: doctor.CauseDigest, change: func(p *patient) {
			p.sign = signWith(crypto.MD5)
		}},
		"PSS": {want: doctor.CausePSS, change: func(p *patient) {
			p.sign = signPSS(32, crypto.SHA256)
		}},
		"PSS with the whole salt": {want: doctor.CausePSS, change: func(p *patient) {
			p.sign = signPSS(rsa.PSSSaltLengthAuto, crypto.SHA256)
		}},
		"PSS with SHA-1": {want: doctor.CausePSS, also: []doctor.Cause{doctor.CauseDigest}, change: func(p *patient) {
			p.sign = signPSS(20, crypto.SHA1)
		}},
		"PSS over another body": {want: doctor.CausePSS, also: []doctor.Cause{doctor.CauseContent},
			change: func(p *patient) {
				p.sign = signPSS(32, crypto.SHA256)
				p.signed.Body = []byte("?")
			}},
		"bare hash": {want: doctor.CausePadding, change: func(p *patient) {
			p.sign = func(key *rsa.PrivateKey, c []byte) []byte { s := sha256.Sum256(c); return signBare(key, s[:]) }
		}},
		"bare hash in hexadecimal": {want: doctor.CausePadding, change: func(p *patient) {
			p.sign = func(key *rsa.PrivateKey, c []byte) []byte {
				s := sha256.Sum256(c)
				return signBare(key, []byte(hex.EncodeToString(s[:])))
			}
		}},
		"SHA-512 bare": {want: doctor.CausePadding, also: []doctor.Cause{doctor.CauseDigest}, change: func(p *patient) {
			p.sign = func(key *rsa.PrivateKey, c []byte) []byte { s := sha512.Sum512(c); return signBare(key, s[:]) }
		}},
		"DigestInfo without NULL": {want: doctor.CausePadding, change: func(p *patient) {
			p.sign = func(key *rsa.PrivateKey, c []byte) []byte {
				s := sha256.Sum256(c)
				return signBare(key, append([]byte(
					"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"), s[:]...))
			}
		}},

		// Layout.
		"no line break": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{m} {u}{c}.{t}.{b}")
		}},
		"CRLF between the lines": {want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{m} {u}\r\n{c}.{t}.{b}")
		}},
		`\n as two characters`: {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout(`{m} {u}\n{c}.{t}.{b}`)
		}},
		"no dots": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{m} {u}\n{c}{t}{b}")
		}},
		"only the body signed": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{b}")
		}},
		"first line not signed": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{c}.{t}.{b}")
		}},
		"prefix and body, the two": {kind: response, want: doctor.CausePathPrefix,
			also: []doctor.Cause{doctor.CauseBodyEscapes}, change: func(p *patient) {
				p.signed.URI = "/v2/payments/pay"
				p.signed.Body = replaced("/", `\/`)(p.t, p.signed.Body)
			}},
		"version and time, the two": {kind: response, want: doctor.CausePathVersion,
			also: []doctor.Cause{doctor.CauseTimeFormat}, change: func(p *patient) {
				p.signed.URI = "/api/v1/payments/pay"
				p.signed.Time = "1768478431075"
			}},
	}
}

// secondOpinion are further ones, by somebody who did not write the doctor.
func secondOpinion() map[string]illness {
	const request, response, ack = doctor.EvidenceRequest, doctor.EvidenceResponse, doctor.EvidenceAcknowledgement
	decoded := func(change func(sig []byte) []byte) func(p *patient) {
		return func(p *patient) {
			p.base64Value(func(s string) string {
				b, _ := base64.StdEncoding.DecodeString(s)
				return base64.StdEncoding.EncodeToString(change(b))
			})
		}
	}
	const typical = `{"paymentId":"2026011512345","paymentRequestId":"order-0009",` +
		`"paymentTime":"2026-01-15T12:00:30Z","paymentAmount":{"value":"100","currency":"USD"},` +
		`"paymentResult":{"resultStatus":"S","resultCode":"SUCCESS"},"extendInfo":"{\"a\":\"b/c\"}","customerId":"` +
		planted + `","mcc":"5411"}`
	return map[string]illness{
		// Keys.
		"response: own key under two versions": {kind: response, want: doctor.CauseOwnKeyLoaded,
			also: []doctor.Cause{doctor.CauseUnknownKey}, change: func(p *patient) {
				own := p.e.OwnKey.(*rsa.PublicKey)
				p.e.Keys = map[string]*rsa.PublicKey{"1": own, "2": own}
			}},
		"own key under 1, the wallet's under 2": {want: doctor.CauseOwnKeyLoaded,
			also: []doctor.Cause{doctor.CauseKeyVersion}, change: func(p *patient) {
				p.e.Keys = map[string]*rsa.PublicKey{"1": p.e.OwnKey.(*rsa.PublicKey), "2": p.e.Keys["1"]}
			}},
		"the private key given as own key": {want: doctor.CauseOwnSignature, change: func(p *patient) {
			p.e.OwnKey = vectorKey(p.t, "merchant")
			p.key = vectorKey(p.t, "merchant")
		}},
		"acknowledgement signed by another pair": {kind: ack, want: doctor.CauseKeyPair, change: func(p *patient) {
			p.e.Keys = map[string]*rsa.PublicKey{"1": strangerKey(p.t)}
		}},
		"request under a version that is not registered": {kind: request, want: doctor.CauseKeyVersion,
			change: func(p *patient) {
				p.e.Keys = map[string]*rsa.PublicKey{"3": p.e.Keys["1"]}
			}},
		"wrong keyVersion and a pretty body": {want: doctor.CauseKeyVersion,
			also: []doctor.Cause{doctor.CauseBodySpaces}, change: func(p *patient) {
				p.key = vectorKey(p.t, "wallet-v2")
				p.e.Body = pretty(p.t, p.e.Body, "    ")
			}},
		"two keys of the wallet, neither signed": {want: doctor.CauseUnknownKey, change: func(p *patient) {
			p.e.Keys = map[string]*rsa.PublicKey{"1": strangerKey(p.t), "2": &vectorKey(p.t, "wallet-v2").PublicKey}
		}},

		// URI.
		"Rebell's prefix signed, the platform's sent": {kind: request, want: doctor.CausePathPrefix,
			change: signedURI("/acl/api/v2/payments/pay")},
		"prefix twice": {kind: request, want: doctor.CausePathPrefix, change: func(p *patient) {
			p.e.URI = "/api/api/v2/payments/pay"
		}},
		"prefix signed by hand where none belongs": {kind: request, want: doctor.CausePathPrefix,
			change: func(p *patient) {
				p.e.Wallet.Signing.WithoutPrefix = true
			}},
		"prefix and version missing": {kind: response, want: doctor.CausePathPrefix,
			change: signedURI("/payments/pay")},
		"v1 sent where v2 was signed": {kind: response, want: doctor.CausePathVersion, change: func(p *patient) {
			p.e.URI = "/api/v1/payments/pay"
		}},
		"version missing, no profile available": {kind: request, want: doctor.CausePathVersion,
			change: func(p *patient) {
				p.e.Wallet = wire.Profile{}
				p.signed.URI = "/api/payments/pay"
			}},
		"slash at the end of a request": {kind: request, want: doctor.CauseTrailingSlash,
			change: signedURI("/api/v2/payments/pay/")},
		"slash cleaned off before a query": {want: doctor.CauseTrailingSlash, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/notify?shop=7", "/notify/?shop=7"
		}},
		"double slashes in the middle cleaned": {want: doctor.CauseTrailingSlash, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/shop//notify", "/shop/notify"
		}},
		"query added by a proxy": {want: doctor.CauseQuery, change: func(p *patient) {
			p.e.URI = "/notify?trace=" + planted
		}},
		"query decoded by a framework": {want: doctor.CauseQuery, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/notify?u=a b", "/notify?u=a+b"
		}},
		"query sorted by a gateway": {want: doctor.CauseQuery, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/notify?z=1&a=2", "/notify?a=2&z=1"
		}},
		"a question mark lost": {want: doctor.CauseQuery, change: signedURI("/notify?")},
		"stage of a gateway before the path": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.URI = "/prod/notify"
		}},
		"original path in Envoy's header": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.Header.Set("x-envoy-original-path", "/pay/hook")
			p.signed.URI = "/pay/hook"
		}},
		"public path available, query kept": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.OtherURIs = []string{"/pay/hook"}
			p.e.URI, p.signed.URI = "/in?x=1", "/pay/hook?x=1"
		}},
		"public URL available, whole": {want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.OtherURIs = []string{"https://shop.example/pay/hook"}
			p.signed.URI = "/pay/hook"
		}},
		"acknowledgement over the inner path": {kind: ack, want: doctor.CausePathRewritten, change: func(p *patient) {
			p.e.URI = "/public/notify"
		}},
		"space decoded": {want: doctor.CausePathEncoding, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/my shop/notify", "/my%20shop/notify"
		}},
		"path in small letters signed": {want: doctor.CausePathEncoding, change: func(p *patient) {
			p.e.URI, p.signed.URI = "/Shop/Notify", "/shop/notify"
		}},
		"http scheme signed": {kind: request, want: doctor.CauseFullURL, change: func(p *patient) {
			p.e.Header.Set("host", "gateway.example")
			p.signed.URI = "http://gateway.example/api/v2/payments/pay"
		}},

		// Body.
		"pretty by Jackson": {want: doctor.CauseBodySpaces, change: readBody(func(t testing.TB, b []byte) []byte {
			return []byte(strings.ReplaceAll(string(pretty(t, b, "  ")), `": `, `" : `))
		})},
		"Python signed its dumps": {kind: request, want: doctor.CauseBodySpaces, change: func(p *patient) {
			p.signed.Body, p.e.Body = []byte(`{"a": "b, c: d", "e": [1, 2, {"f": null}], "g": {}}`),
				[]byte(`{"a":"b, c: d","e":[1,2,{"f":null}],"g":{}}`)
		}},
		"pretty with a line feed": {want: doctor.CauseBodySpaces, change: readBody(func(t testing.TB, b []byte) []byte {
			return append(pretty(t, b, "  "), '\n')
		})},
		"typical body through a map": {want: doctor.CauseContent, change: func(p *patient) {
			p.signed.Body = []byte(typical)
			p.e.Body = reencode(p.t, p.signed.Body, json.Marshal)
		}},
		"sorted and pretty signed": {kind: request, want: doctor.CauseBodyOrder,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return pretty(t, reencode(t, b, marshalPlain), "  ")
			})},
		"Go's Encoder with its line feed": {kind: request, want: doctor.CauseBodyOrder,
			change: signedBody(func(t testing.TB, b []byte) []byte {
				return append(reencode(t, b, json.Marshal), '\n')
			})},
		"PHP's json_encode": {kind: request, want: doctor.CauseBodyEscapes,
			change: signedBody(replaced("/", `\/`, "é", `\u00e9`))},
		".NET's serializer": {kind: request, want: doctor.CauseBodyEscapes,
			change: signedBody(replaced("<", `\u003C`, "&", `\u0026`, "é", `\u00E9`))},
		"Gson": {want: doctor.CauseBodyEscapes, change: func(p *patient) {
			p.e.Body, p.signed.Body = []byte(`{"u":"a?b=c&d='e'"}`),
				[]byte(`{"u":"a?b\u003dc\u0026d\u003d\u0027e\u0027"}`)
		}},
		"emoji escaped on the way": {want: doctor.CauseBodyEscapes, change: func(p *patient) {
			p.signed.Body, p.e.Body = []byte(`{"a":"👍","b":"\\u"}`), []byte(`{"a":"\ud83d\udc4d","b":"\\u"}`)
		}},
		"slash escaped in one": {want: doctor.CauseBodyEscapes, change: func(p *patient) {
			p.e.Body, p.signed.Body = []byte(`{"a":"x\/y"}`), []byte(`{"a":"x/y"}`)
		}},
		"CR LF after the body": {want: doctor.CauseBodyLineEnds, change: readBody(func(_ testing.TB, b []byte) []byte {
			return append(bytes.Clone(b), "\r\n"...)
		})},
		"line feeds around it": {want: doctor.CauseBodyLineEnds, change: readBody(func(_ testing.TB, b []byte) []byte {
			return []byte("\n " + string(b) + "\n")
		})},
		"byte order mark and pretty": {want: doctor.CauseBodySpaces,
			change: readBody(func(t testing.TB, b []byte) []byte {
				return append([]byte("\ufeff"), pretty(t, b, "\t")...)
			})},
		"BOM of a response": {kind: response, want: doctor.CauseBodyBOM,
			change: readBody(func(_ testing.TB, b []byte) []byte {
				return append([]byte("\ufeff"), b...)
			})},
		"base64 of a function runtime": {want: doctor.CauseBodyEncoded,
			change: readBody(func(_ testing.TB, b []byte) []byte {
				return []byte(base64.StdEncoding.EncodeToString(b))
			})},
		"body in quotes read": {want: doctor.CauseBodyEncoded, change: readBody(func(t testing.TB, b []byte) []byte {
			q, err := json.Marshal(string(b))
			require.NoError(t, err)
			return q
		})},
		"one digit changed": {want: doctor.CauseContent, change: readBody(replaced("100", "101"))},

		// Client and time.
		"Merchant-Id signed": {kind: request, want: doctor.CauseClientID, change: func(p *patient) {
			p.e.Header.Set("Merchant-Id", "M7")
			p.signed.ClientID = "M7"
		}},
		"Client-Id with a space": {want: doctor.CauseClientID, change: func(p *patient) {
			p.e.Header.Set("Client-Id", p.signed.ClientID+" ")
		}},
		"sandbox app's message": {kind: response, want: doctor.CauseClientID, change: func(p *patient) {
			p.signed.ClientID = "SANDBOX_5"
			p.e.Header.Set("Client-Id", "SANDBOX_5")
		}},
		"seconds signed for ISO 8601": {kind: request, want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478431"
		}},
		"milliseconds altered to seconds": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478431075"
			p.setTime("1768478431")
		}},
		"clock asked twice": {kind: request, want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15T12:00:31.082+00:00"
		}},
		"clock asked twice, milliseconds": {kind: request, want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "1768478430999"
			p.setTime("1768478431001")
		}},
		"local time signed": {kind: request, want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15 12:00:31"
		}},
		"offset without a colon": {kind: request, want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.signed.Time = "2026-01-15T12:00:31.075+0000"
		}},
		"time rewritten to Z": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.setTime("2026-01-15T12:00:31.075Z")
		}},
		"time percent-encoded": {want: doctor.CauseTimeFormat, change: func(p *patient) {
			p.setTime("2026-01-15T12:00:31.075%2B00:00")
		}},
		"answer verified as notification": {want: doctor.CauseRequestAsAnswer, change: func(p *patient) {
			p.e.Header["Response-Time"] = p.e.Header["Request-Time"]
			delete(p.e.Header, "Request-Time")
		}},
		"clock an hour behind": {kind: response, want: doctor.CauseClock, change: func(p *patient) {
			p.e.Now = noon.Add(-time.Hour)
		}},
		"old message": {want: doctor.CauseClock, change: func(p *patient) {
			p.e.Now = noon.Add(26 * time.Hour)
		}},
		"local time called UTC, kept": {kind: request, want: doctor.CauseClock, change: func(p *patient) {
			p.signed.Time = "2026-01-15T20:00:31Z"
			p.setTime(p.signed.Time)
		}},

		// Text of the signature.
		"+ to space, percent-encoded": {want: doctor.CausePlusToSpace, change: func(p *patient) {
			p.base64Value(func(s string) string {
				return strings.NewReplacer("+", "%20", "/", "%2F", "=", "%3D").Replace(s)
			})
		}},
		"percent-encoded three times": {want: doctor.CauseDoubleEncoding, change: func(p *patient) {
			p.base64Value(func(s string) string { return url.QueryEscape(url.QueryEscape(url.QueryEscape(s))) })
		}},
		"url alphabet, in part": {want: doctor.CauseAlphabet, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.ReplaceAll(s, "/", "_") })
		}},
		"folded at 76": {want: doctor.CauseLineBreaks, change: func(p *patient) {
			p.base64Value(func(s string) string { return s[:76] + "\r\n " + s[76:] })
		}},
		"line break at the end": {want: doctor.CauseLineBreaks, change: func(p *patient) {
			p.base64Value(func(s string) string { return s + "\n" })
		}},
		"capital hexadecimal": {want: doctor.CauseEncoding, change: func(p *patient) {
			p.write = func(sig []byte) string {
				return "algorithm=RSA256, keyVersion=1, signature=" + strings.ToUpper(hex.EncodeToString(sig))
			}
		}},
		"base64 of hexadecimal": {want: doctor.CauseDoubleEncoding, change: func(p *patient) {
			p.base64Value(func(s string) string {
				b, _ := base64.StdEncoding.DecodeString(s)
				return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(b)))
			})
		}},
		"a zero too many": {want: doctor.CauseSignatureLength, change: decoded(func(b []byte) []byte {
			return append([]byte{0}, b...)
		})},
		"cut in half": {want: doctor.CauseSignatureLength, change: decoded(func(b []byte) []byte {
			return b[:len(b)/2]
		})},
		"one bit flipped": {want: doctor.CauseUnknownKey, change: decoded(func(b []byte) []byte {
			b[9] ^= 4
			return b
		})},

		// Label.
		"HMAC named": {want: doctor.CauseAlgorithmLabel, change: func(p *patient) {
			p.write = header("algorithm=HmacSHA256,keyVersion=1,signature=")
		}},
		"RSA named": {kind: request, want: doctor.CauseAlgorithmLabel, change: func(p *patient) {
			p.write = header("algorithm=RSA, keyVersion=1, signature=")
		}},
		"label with a space": {want: doctor.CauseHeaderFormat, also: []doctor.Cause{doctor.CauseAlgorithmLabel},
			change: func(p *patient) {
				p.write = header("algorithm=RSA 256, keyVersion=1, signature=")
			}},
		"value in quotes": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = func(sig []byte) string {
				return `algorithm="RSA256", keyVersion="1", signature="` + base64.StdEncoding.EncodeToString(sig) + `"`
			}
		}},
		"algorithm missing": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("keyVersion=1, signature=")
		}},
		"snake case": {want: doctor.CauseHeaderFormat, change: func(p *patient) {
			p.write = header("algorithm=RSA256, key_version=1, signature=")
		}},

		// What was done to the content.
		"hash in capital hexadecimal": {kind: request, want: doctor.CauseHashSigned, change: func(p *patient) {
			p.content = func(m wire.Message) []byte {
				s := sha256.Sum256(m.Content())
				return []byte(strings.ToUpper(hex.EncodeToString(s[:])))
			}
		}},
		"MD5 in hexadecimal signed": {kind: request, want: doctor.CauseHashSigned, change: func(p *patient) {
			p.content = func(m wire.Message) []byte {
				s := md5.Sum(m.Content())
				return []byte(hex.EncodeToString(s[:]))
			}
		}},
		"SHA-1 over another path": {kind: response, want: doctor.CauseDigest,
			also: []doctor.Cause{doctor.CausePathPrefix}, change: func(p *patient) {
				p.sign = signWith(crypto.SHA1)
				p.signed.URI = "/v2/payments/pay"
			}},
		"SHA-384": {kind: request, want: doctor.CauseDigest, change: func(p *patient) {
			p.sign = signWith(crypto.SHA384)
		}},
		"PSS of a request": {kind: request, want: doctor.CausePSS, change: func(p *patient) {
			p.sign = signPSS(0, crypto.SHA256)
		}},
		"PSS, SHA-512, whole salt": {want: doctor.CausePSS, also: []doctor.Cause{doctor.CauseDigest},
			change: func(p *patient) {
				p.sign = signPSS(rsa.PSSSaltLengthAuto, crypto.SHA512)
			}},
		"PSS that another hash fits by chance": {want: doctor.CausePSS, also: []doctor.Cause{doctor.CauseDigest},
			change: func(p *patient) {
				p.base64Value(func(string) string { return pssOfTwoHashes })
			}},
		"PSS, whole salt, over another body": {want: doctor.CausePSS, guess: true, change: func(p *patient) {
			p.sign = signPSS(rsa.PSSSaltLengthAuto, crypto.SHA256)
			p.signed.Body = []byte("?")
		}},
		"PSS that another hash fits by chance, over another body": {want: doctor.CausePSS, guess: true,
			change: func(p *patient) {
				p.base64Value(func(string) string { return pssOfTwoHashes })
				p.e.Body = []byte(strings.Replace(secretBody, "100", "900", 1))
			}},
		"the content itself padded": {kind: request, want: doctor.CausePadding, change: func(p *patient) {
			p.e.Body, p.signed.Body = []byte("{}"), []byte("{}")
			p.sign = signBare
		}},
		"a comma for each dot": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{m} {u}\n{c},{t},{b}")
		}},
		"time left out": {kind: request, want: doctor.CauseLayout, change: func(p *patient) {
			p.content = layout("{m} {u}\n{c}.{b}")
		}},

		// A second one, of another kind, where there was one only.
		"request: one = of two lost": {kind: request, want: doctor.CauseBase64Padding, change: func(p *patient) {
			p.base64Value(func(s string) string { return strings.TrimSuffix(s, "=") })
		}},
		"request signed by another app's key, which is available": {kind: request, want: doctor.CauseOtherKey,
			change: func(p *patient) {
				p.key, p.e.OtherKeys = vectorKey(p.t, "wallet-v2"),
					[]*rsa.PublicKey{strangerKey(p.t), &vectorKey(p.t, "wallet-v2").PublicKey}
			}},
		"response: no path signed": {kind: response, want: doctor.CausePath, change: signedURI("")},
		"an answer of the API as notification, below a path without the prefix": {want: doctor.CauseReplay,
			change: func(p *patient) {
				p.e.URI, p.signed.URI = "/v2/payments/inquiryPayment?x=1", "/v2/payments/inquiryPayment?x=1"
			}},
		"response over 1 MiB": {kind: response, want: doctor.CauseBodyTooLarge, change: func(p *patient) {
			p.e.Body = []byte(`{"extendInfo":"` + strings.Repeat("x", 1<<20) + `"}`)
		}},
	}
}

func header(head string) func([]byte) string {
	return func(sig []byte) string { return head + base64.StdEncoding.EncodeToString(sig) }
}

func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func compressed(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// strangerKey is a public key whose private half nobody has.
func strangerKey(t testing.TB) *rsa.PublicKey {
	t.Helper()
	n := new(big.Int).Set(vectorKey(t, "wallet").N)
	return &rsa.PublicKey{N: n.Sub(n, big.NewInt(2)), E: 65537}
}

// allIllnesses are those of both tables.
func allIllnesses(t testing.TB) map[string]illness {
	t.Helper()
	all := illnesses()
	for _, more := range []map[string]illness{secondOpinion(), merchantIllnesses(), internetIllnesses()} {
		for name, ill := range more {
			require.NotContains(t, all, name)
			all[name] = ill
		}
	}
	return all
}

// patientWith is a message with something wrong.
func patientWith(t testing.TB, ill illness) *patient {
	t.Helper()
	kind := ill.kind
	if kind == "" {
		kind = doctor.EvidenceNotification
	}
	p := newPatient(t, kind)
	ill.change(p)
	return p
}

// diagnosed is a broken message with what the doctor says of it.
type diagnosed struct {
	illness
	evidence  doctor.Evidence
	diagnosis doctor.Diagnosis
	work      int // bytes hashed
}

var (
	allDiagnosed  map[string]diagnosed
	diagnosedOnce sync.Once
)

// diagnoseAll diagnoses each broken message, once for all tests that look at
// the diagnoses.
func diagnoseAll(t testing.TB) map[string]diagnosed {
	t.Helper()
	diagnosedOnce.Do(func() {
		all := make(map[string]diagnosed)
		for name, ill := range allIllnesses(t) {
			e := patientWith(t, ill).evidence()
			d, work := doctor.DiagnoseCounted(e)
			all[name] = diagnosed{illness: ill, evidence: e, diagnosis: d, work: work}
		}
		allDiagnosed = all
	})
	require.NotEmpty(t, allDiagnosed, "the test that diagnosed first failed")
	return allDiagnosed
}

// TestEveryCauseHasTwoMessages: the tables hold two broken messages for each
// cause that there is.
func TestEveryCauseHasTwoMessages(t *testing.T) {
	t.Parallel()
	causes := consttest.Texts(t, ".", "Cause")
	require.GreaterOrEqual(t, len(causes), 40)
	count := make(map[doctor.Cause]int)
	for _, ill := range allIllnesses(t) {
		count[ill.want]++
	}
	for _, cause := range causes {
		require.GreaterOrEqual(t, count[doctor.Cause(cause)], 2, cause)
	}
}

func TestDiagnoseBroken(t *testing.T) {
	t.Parallel()
	all := diagnoseAll(t)
	require.GreaterOrEqual(t, len(all), 200)
	var tried, work int // at most
	again := make(map[doctor.Cause]bool)
	for name, ill := range all {
		t.Run(name, func(t *testing.T) {
			e, d := ill.evidence, ill.diagnosis
			// BenchmarkDiagnose says how long that takes.
			tried, work = max(tried, d.Tried), max(work, ill.work)
			searches := 1
			if ill.want == doctor.CausePSS { // it may look like PSS with either of two hashes
				searches = 2
			}
			require.LessOrEqual(t, d.Tried, searches*10000)
			require.LessOrEqual(t, ill.work, searches*4<<20)

			require.False(t, d.Valid)
			require.NotEmpty(t, d.Findings)
			first := d.Findings[0]
			require.Equal(t, ill.want, first.Cause, d.String())
			require.Equal(t, ill.guess, !first.Certain, d.String())
			var certain []doctor.Cause
			for _, f := range d.Findings {
				requireSpanish(t, f)
				require.NotEmpty(t, f.Summary)
				require.NotEmpty(t, f.Remedy, f.Cause)
				if f.Certain && f.Cause != ill.want {
					certain = append(certain, f.Cause)
				}
			}
			require.ElementsMatch(t, ill.also, certain, d.String())
			requireNothingTold(t, e, d)
			if testsize.Full() || !again[ill.want] { // without all of them, one of each cause
				again[ill.want] = true
				require.Equal(t, d, doctor.Diagnose(e), "a second diagnosis of the same")
			}
		})
	}
	t.Logf("measured: doctor, %d messages, at most %d contents tried and %d bytes hashed", len(all), tried, work)
}

// requireSpanish checks that what a person reads of a finding is in the phrase book, whole.
func requireSpanish(t testing.TB, f doctor.Finding) {
	t.Helper()
	for _, said := range []string{f.Summary, f.Remedy, f.Detail} {
		_, known := phrasebook.Translate(said)
		require.True(t, known, "no Spanish in internal/phrasebook/phrases.txt: %q", said)
	}
}

// requireNothingTold checks that a diagnosis shows nothing of the message.
func requireNothingTold(t testing.TB, e doctor.Evidence, d doctor.Diagnosis) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("diagnosis", "d", d, "e", e, "p", &e)
	asJSON, err := json.Marshal([]any{d, e, &e})
	require.NoError(t, err)
	told := fmt.Sprintf("%s\n%v\n%+v\n%#v\n%+v\n%s\n%v\n%s\n%s", d, d, d, d, e, e, &e, log.String(), asJSON)
	for _, secret := range []string{planted, "sesame", "555-", "Zo", "order-0009", "paymentRequestId", "Bearer"} {
		require.NotContains(t, told, secret)
	}
	for _, name := range []string{"merchant", "wallet", "wallet-v2"} {
		key := vectorKey(t, name)
		for _, number := range []*big.Int{key.D, key.Primes[0], key.Primes[1]} {
			require.NotContains(t, told, number.String())
			require.NotContains(t, told, hex.EncodeToString(number.Bytes()))
		}
		text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
		require.NotContains(t, told, strings.Split(text, "\n")[3])
	}
	for _, value := range e.Header["Signature"] {
		if _, text, ok := strings.Cut(value, "signature="); ok && len(text) > 20 {
			require.NotContains(t, told, text[:20])
		}
	}
}

func TestDiagnoseGood(t *testing.T) {
	t.Parallel()
	wallet := map[string]wire.Profile{"v1": wallets.PlatformV1(), "v2": wallets.PlatformV2()}
	count := 0
	for _, v := range vectortest.Signatures(t) {
		for encoding, header := range v.AllHeaders() {
			for _, withWallet := range []bool{false, true} {
				e := doctor.Evidence{
					Kind: doctor.EvidenceKind(v.Kind), Method: v.Method, URI: v.URI,
					Header: v.Header(header), Body: []byte(v.Body),
					Keys: bothWalletKeys(t), OwnKey: vectorKey(t, "merchant").Public(), ClientID: v.ClientID, Now: noon,
					OtherURIs: []string{"/elsewhere"}, RequestTime: "2026-01-15T12:00:00Z", RequestBody: []byte("{}"),
				}
				if v.Kind == "response" || v.Kind == "acknowledgement" {
					e.Header["Response-Time"] = e.Header["Request-Time"]
					delete(e.Header, "Request-Time")
				}
				if v.Signer == "merchant" {
					e.Keys = map[string]*rsa.PublicKey{v.KeyVersion: &vectorKey(t, "merchant").PublicKey}
				}
				if withWallet {
					if v.Signer == "merchant" { // what the profile has to say of it is tested elsewhere
						e.Keys = nil
					} else {
						e.Wallet = wallet[v.Dialect]
					}
				}
				d := doctor.Diagnose(e)
				key := doctor.Fingerprint(&vectorKey(t, v.Signer).PublicKey)
				require.Equal(t, doctor.Diagnosis{Valid: true, Key: key, Tried: 1}, d, "%s in %s", v.Name, encoding)
				require.Contains(t, d.String(), "good")
				count++
			}
		}
	}
	require.Equal(t, 30*5*2, count)
}

// TestDiagnoseEveryWallet: the doctor finds nothing in what the SDK sends to each
// wallet, neither a fault nor a style that the wallet does not document.
func TestDiagnoseEveryWallet(t *testing.T) {
	t.Parallel()
	own := &vectorKey(t, "merchant").PublicKey
	for _, profile := range append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2()) {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			var sent *http.Request
			var body []byte
			keep := roundTripper(func(r *http.Request) (*http.Response, error) {
				sent = r
				body, _ = io.ReadAll(r.Body)
				return nil, errors.New("kept")
			})
			client, err := tradepay.NewClient(tradepay.Config{
				Wallet: profile, BaseURL: "http://127.0.0.1:1", ClientID: "2026011500000000000001",
				AppID: "2026011500000002", PartnerID: "P1", MerchantID: "M1", SiteName: "SITE",
				PrivateKey: vectorKey(t, "merchant"), WalletKeys: bothWalletKeys(t),
				Now: func() time.Time { return noon }, HTTPClient: &http.Client{Transport: keep},
			})
			require.NoError(t, err)
			good := func(e doctor.Evidence) {
				t.Helper()
				e.Wallet, e.ClientID, e.Now, e.Method = profile, "2026011500000000000001", noon, "POST"
				e.MerchantID = "M1"
				d := doctor.Diagnose(e)
				require.True(t, d.Valid, d.String())
				require.Empty(t, d.Findings, d.String())
			}
			if profile.Path(wire.OpInquiryPayment) != "" {
				_, err = client.QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
			} else {
				_, err = client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
			}
			require.Error(t, err)
			require.NotNil(t, sent, "%v", err)
			good(doctor.Evidence{Kind: doctor.EvidenceRequest, URI: sent.URL.RequestURI(), Header: sent.Header,
				Body: body, Keys: map[string]*rsa.PublicKey{"1": own}})
			for _, stored := range []error{nil, io.ErrUnexpectedEOF} {
				ack, err := client.Acknowledge("/notify?x=1", stored)
				require.NoError(t, err)
				good(doctor.Evidence{Kind: doctor.EvidenceAcknowledgement, URI: "/notify?x=1", Header: ack.Header,
					Body: ack.Body, Keys: map[string]*rsa.PublicKey{"1": own}})
			}
			for kind, uri := range map[doctor.EvidenceKind]string{
				doctor.EvidenceResponse: sent.URL.RequestURI(), doctor.EvidenceNotification: "/notify?x=1",
			} {
				header, answer := walletMessage(t, profile, kind, uri)
				good(doctor.Evidence{Kind: kind, URI: uri, Header: header, Body: answer, Keys: bothWalletKeys(t)})
			}
		})
	}
}

// walletMessage is what the wallet sends for this URI, as its profile writes it.
func walletMessage(
	t *testing.T, profile wire.Profile, kind doctor.EvidenceKind, uri string,
) (http.Header, []byte) {
	t.Helper()
	m := wire.Message{
		Method: "POST", URI: uri, ClientID: "2026011500000000000001", Time: profile.Signing.TimeFormat.Format(noon),
		Body: []byte(secretBody), Layout: profile.Signing.Content, RequestID: "r1", MerchantID: "M1",
		Answer: kind == doctor.EvidenceResponse,
	}
	sig, err := m.Sign(vectorKey(t, "wallet"))
	require.NoError(t, err)
	timeHeader := map[bool]string{false: "Request-Time", true: "Response-Time"}[m.Answer]
	header := http.Header{
		"Client-Id": {m.ClientID}, timeHeader: {m.Time}, "Signature": {profile.SignatureHeader("1", sig)},
	}
	if name := profile.Signing.RequestIDHeader; name != "" && !m.Answer {
		header.Set(name, m.RequestID)
	}
	return header, m.Body
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestDiagnoseAgreesWithClient: the doctor calls a message good if and only if
// the client accepts its signature.
func TestDiagnoseAgreesWithClient(t *testing.T) {
	t.Parallel()
	type invalid struct{ Name, Header, Content, Reason string }
	want := map[string]doctor.Cause{
		"plus-turned-into-space": doctor.CausePlusToSpace, "percent-double": doctor.CauseDoubleEncoding,
		"newline-in-signature": doctor.CauseLineBreaks,
		"base64-unpadded":      doctor.CauseBase64Padding, "mixed-alphabets": doctor.CauseAlphabet,
		"signature-hex":    doctor.CauseEncoding,
		"signed-hash-text": doctor.CauseHashSigned, "signed-hash-bytes": doctor.CauseHashSigned,
		"no-digest-info": doctor.CausePadding,
		"sha1":           doctor.CauseDigest, "sha512": doctor.CauseDigest, "pss": doctor.CausePSS,
		"pss-no-salt":        doctor.CausePSS,
		"signed-by-merchant": doctor.CauseOwnSignature, "signature-leading-zero-dropped": doctor.CauseSignatureLength,
		"signature-257-bytes-leading-zero": doctor.CauseSignatureLength, "content-method-changed": doctor.CauseMethod,
		"content-query-dropped": doctor.CauseContent,
		"content-newline-added": doctor.CauseBodyLineEnds, "content-body-respaced": doctor.CauseBodySpaces,
		"content-amount-changed": doctor.CauseContent,
		"algorithm-none":         doctor.CauseAlgorithmLabel, "key-version-99": doctor.CauseKeyVersion,
		"semicolons":          doctor.CauseHeaderFormat,
		"signed-by-wallet-v2": doctor.CauseUnknownKey, "signature-one-byte": doctor.CauseSignatureLength,
		"header-empty": doctor.CauseMissingHeader,
	}
	seen := 0
	for _, v := range vectortest.Read[invalid](t, "invalid.json") {
		first, second, _ := strings.Cut(v.Content, "\n")
		method, uri, _ := strings.Cut(strings.TrimSuffix(first, "\r"), " ")
		fields := strings.SplitN(second, ".", 4) // the time has a dot of its own
		client := vectorClient(t, "2026011500000000000001",
			map[string]*rsa.PublicKey{"1": &vectorKey(t, "wallet").PublicKey})
		h := http.Header{"Client-Id": {fields[0]}, "Request-Time": {fields[1] + "." + fields[2]},
			"Signature": {v.Header}}
		_, err := client.ParseNotification(method, uri, h, []byte(fields[3]))
		d := client.DiagnoseNotification(method, uri, h, []byte(fields[3]))
		if v.Name == "content-crlf" { // as the receiver would have put it together, it is good
			require.NotErrorIs(t, err, tradepay.ErrSignature)
			require.True(t, d.Valid, d.String())
			continue
		}
		require.ErrorIs(t, err, tradepay.ErrSignature, v.Name)
		require.False(t, d.Valid, v.Name)
		require.NotEmpty(t, d.Findings, v.Name)
		if cause, ok := want[v.Name]; ok {
			require.Equal(t, cause, d.Findings[0].Cause, "%s: %s", v.Name, d)
			seen++
		}
	}
	require.Len(t, want, seen)
}

func TestDiagnoseNotification(t *testing.T) {
	t.Parallel()
	v := vectortest.Named(t, "v2-notification")
	client := vectorClient(t, v.ClientID, bothWalletKeys(t), func(conf *tradepay.Config) {
		conf.NotifyPath, conf.NotificationMaxAge = "/notify", time.Hour
		conf.Now = func() time.Time { return noon.Add(50 * time.Minute) }
	})
	d := client.DiagnoseNotification(v.Method, v.URI, v.Header(v.Headers.Percent), []byte(v.Body))
	require.True(t, d.Valid, d.String())
	require.Empty(t, d.Findings)

	d = client.DiagnoseNotification(v.Method, "/behind/the/proxy", v.Header(v.Headers.Percent), []byte(v.Body))
	require.Equal(t, doctor.CausePathRewritten, d.Findings[0].Cause)
	require.True(t, d.Findings[0].Certain)
	require.Contains(t, d.String(), "Config.NotifyPath")

	otherKey := map[string]*rsa.PublicKey{"1": &vectorKey(t, "wallet-v2").PublicKey}
	require.NoError(t, client.SetKeys(vectorKey(t, "merchant"), "1", otherKey))
	d = client.DiagnoseNotification(v.Method, v.URI, v.Header(v.Headers.Percent), []byte(v.Body))
	require.False(t, d.Valid)
	require.Equal(t, doctor.CauseUnknownKey, d.Findings[0].Cause)
}

// TestDiagnosisText: the first line is what to change.
func TestDiagnosisText(t *testing.T) {
	t.Parallel()
	p := newPatient(t, doctor.EvidenceNotification)
	p.e.Body = pretty(t, p.e.Body, "  ")
	require.Equal(t, `1. Verify the raw bytes before anything decodes them.
   Why:  The signature is over the body compacted. (body_spaces, certain)
   Seen: given 233 bytes, signed 186; the first difference is at byte 1: LF, signed punctuation of JSON.
`, doctor.Diagnose(p.evidence()).String())
}

// TestDiagnosisOfAnAge: an age of centuries does not overflow into the wrong sign.
func TestDiagnosisOfAnAge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9999-01-15T12:00:00Z": "The message is 2562047h47m", "0001-01-15T12:00:00Z": "The message is 2562047h47m",
		"2026-01-15T12:10:00Z": "The message is 10m0s ahead of the clock",
	} {
		p := newPatient(t, doctor.EvidenceNotification)
		p.signed.Time = text
		p.setTime(text)
		require.Contains(t, doctor.Diagnose(p.evidence()).Findings[0].Summary, want)
	}
}

// TestDiagnoseStyle: a wallet that rejects a correct signature may want the
// message written in another way.
func TestDiagnoseStyle(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(p *patient)
		want   []doctor.Cause
	}{
		"as documented": {change: func(*patient) {}},
		"label": {change: func(p *patient) {
			p.e.Wallet.Signing.AlgorithmLabel = "SHA256withRSA"
		}, want: []doctor.Cause{doctor.CauseAlgorithmLabel}},
		"encoding": {change: func(p *patient) {
			p.e.Wallet.Signing.Encoding = wire.EncodingBase64URL
		}, want: []doctor.Cause{doctor.CauseEncoding}},
		"no known encoding": {change: func(p *patient) { p.e.Wallet.Signing.Encoding = "unknown" }},
		"time": {change: func(p *patient) {
			p.e.Wallet.Signing.TimeFormat = wire.TimeUnixMillis
		}, want: []doctor.Cause{doctor.CauseTimeFormat}},
		"milliseconds for seconds": {change: func(p *patient) {
			ofMerchant(p)
			p.e.Wallet.Signing.Encoding = wire.EncodingPercent
			p.signed.Time = "1768478431000"
			p.setTime(p.signed.Time)
		}, want: []doctor.Cause{doctor.CauseTimeFormat}},
		"ISO 8601 for seconds": {change: func(p *patient) {
			ofMerchant(p)
			p.e.Wallet.Signing.Encoding = wire.EncodingPercent
			p.signed.Time = "2026-01-15T12:00:31+00:00"
			p.setTime(p.signed.Time)
		}, want: []doctor.Cause{doctor.CauseTimeFormat}},
		"method": {change: func(p *patient) {
			p.e.Method, p.signed.Method = "GET", "GET"
		}, want: []doctor.Cause{doctor.CauseMethod}},
		"without prefix": {change: func(p *patient) {
			p.e.URI, p.signed.URI = "/v2/payments/pay", "/v2/payments/pay"
		}, want: []doctor.Cause{doctor.CausePathPrefix}},
		"prefix sent, not signed": {change: func(p *patient) {
			p.e.Wallet.Signing.WithoutPrefix, p.signed.URI = true, "/v2/payments/pay"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, doctor.EvidenceRequest)
			tt.change(p)
			e := p.evidence()
			d := doctor.Diagnose(e)
			require.True(t, d.Valid, d.String())
			var got []doctor.Cause
			for _, f := range d.Findings {
				require.False(t, f.Certain)
				got = append(got, f.Cause)
			}
			require.Equal(t, tt.want, got)
			requireNothingTold(t, e, d)
		})
	}
}

// hostileBodies are messages whose bodies are made to keep the doctor busy.
func hostileBodies(t testing.TB) map[string]doctor.Evidence {
	t.Helper()
	all := make(map[string]doctor.Evidence)
	for name, body := range map[string][]byte{
		"1 MiB":               []byte(`{"a":"` + strings.Repeat("é/<", 1<<18-10) + `"}`),
		"1 MiB of line feeds": bytes.Repeat([]byte("\n"), 1<<20),
		"16 KiB":              []byte(`{"a":"` + strings.Repeat("é/<", 4<<10-10) + `"}`),
		"90 KiB":              []byte(`{"a":"` + strings.Repeat("é/<", 18<<10) + `"}`),
		"4 KiB of escapes":    []byte(`{"a":"` + strings.Repeat(`\u00e9a`, 580) + `"}`),
		"nested":              []byte(strings.Repeat(`[`, 9000) + strings.Repeat(`]`, 9000)),
		"nested, 8 levels": []byte("[" + strings.Repeat(strings.Repeat("[", 7)+strings.Repeat("]", 7)+",", 2180) +
			"1]"),
		"nested, 61 levels": []byte("[" + strings.Repeat(strings.Repeat("[", 60)+strings.Repeat("]", 60)+",", 260) +
			"1]"),
		"many":     []byte(`{` + strings.Repeat(`"a":1,`, 2000) + `"b":2}`),
		"seven":    []byte(`{"g":1,"f":2,"e":3,"d":4,"c":5,"b":6,"a":7}`),
		"too much": make([]byte, 2<<20),
		"bomb":     compressed(t, make([]byte, 64<<20)),
		"none":     nil,
	} {
		p := newPatient(t, doctor.EvidenceNotification)
		p.e.URI = "/" + strings.Repeat("v1/%41//", 200)
		p.signed.Body = []byte("something else")
		p.e.Body, p.e.SentBody, p.e.RequestBody = body, body, body
		p.setTime("2026-01-15T12:00:31+00:00")
		for range 100 {
			p.e.OtherURIs = append(p.e.OtherURIs, "/"+strings.Repeat("x", 100+len(p.e.OtherURIs)))
			p.e.OtherKeys = append(p.e.OtherKeys, strangerKey(t))
		}
		all["body: "+name] = p.evidence()
	}
	return all
}

// hostileHeaders are messages whose headers are made to keep the doctor busy.
func hostileHeaders(t testing.TB) map[string]doctor.Evidence {
	t.Helper()
	all := make(map[string]doctor.Evidence)
	for name, change := range map[string]func(h http.Header){
		"many headers": func(h http.Header) {
			for i := range 40000 {
				h[fmt.Sprintf("X-Header-Number-%d", i)] = []string{"x"}
			}
		},
		"one header many times": func(h http.Header) {
			for _, name := range []string{
				"Signature", "Client-Id", "Request-Time", "Response-Time", "X-Forwarded-Host", "X-Original-Uri",
			} {
				h[name] = append(h[name], make([]string, 20000)...)
			}
		},
		"long values": func(h http.Header) {
			for _, name := range []string{
				"Client-Id", "Request-Time", "X-Forwarded-Host", "X-Original-Uri",
				"X-Forwarded-Prefix", "Content-Length",
				"Host",
			} {
				h[name] = []string{strings.Repeat("+ %", 1<<18)}
			}
		},
		"long signature": func(h http.Header) {
			h["Signature"] = []string{"algorithm=RSA256,keyVersion=1,signature=" + strings.Repeat("%2525", 1600)}
		},
		"many signatures": func(h http.Header) {
			for range 100 {
				h["Signature"] = append(h["Signature"],
					header("algorithm=RSA256,keyVersion=1,signature=")(bytes.Repeat([]byte{1}, 1024)))
			}
		},
	} {
		p := newPatient(t, doctor.EvidenceNotification)
		p.signed.Body = []byte("something else")
		e := p.evidence()
		for range 16 { // 8192 bits
			n := new(big.Int).Lsh(big.NewInt(1), 8192)
			n.Sub(n, big.NewInt(int64(2*len(e.OtherKeys)+1)))
			e.OtherKeys = append(e.OtherKeys, &rsa.PublicKey{N: n, E: 65537})
		}
		change(e.Header)
		all["headers: "+name] = e
	}
	return all
}

// TestDiagnoseBounds: no message from a stranger makes the doctor work without
// end. BenchmarkDiagnose says how long the worst ones take.
func TestDiagnoseBounds(t *testing.T) {
	t.Parallel()
	all := hostileBodies(t)
	maps.Copy(all, hostileHeaders(t))
	for name, e := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, work := doctor.DiagnoseCounted(e)
			require.LessOrEqual(t, d.Tried, 20000)
			require.LessOrEqual(t, work, 8<<20)
			require.False(t, d.Valid)
			require.NotEmpty(t, d.Findings)
			for _, f := range d.Findings {
				require.Less(t, len(f.Detail), 2000)
			}
		})
	}
}

// TestDiagnoseNesting: brackets within strings do not hide how deep a body is.
// Indenting costs the square of the depth.
func TestDiagnoseNesting(t *testing.T) { //nolint:paralleltest // it counts what the program allocates
	p := newPatient(t, doctor.EvidenceNotification)
	p.signed.Body = []byte("something else")
	p.e.Body = []byte(strings.Repeat(`["\\\"}",`, 3000) + "1" + strings.Repeat("]", 3000))
	e := p.evidence()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := doctor.Diagnose(e)
	runtime.ReadMemStats(&after)
	require.Equal(t, doctor.CauseContent, d.Findings[0].Cause)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20), "bytes")
}

// TestDiagnoseUnderFIPS: a program that forbids itself SHA-1 and MD5 gets a
// diagnosis without them.
func TestDiagnoseUnderFIPS(t *testing.T) {
	t.Parallel()
	const only = "fips140=only"
	if os.Getenv("GODEBUG") != only {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=1m")
		cmd.Env = append(os.Environ(), "GODEBUG="+only)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return
	}
	for name, change := range map[string]func(p *patient){
		"content": func(*patient) {},
		"PSS":     func(p *patient) { p.sign = signPSS(rsa.PSSSaltLengthAuto, crypto.SHA256) },
		"bare SHA-1": func(p *patient) {
			p.sign = func(key *rsa.PrivateKey, _ []byte) []byte { // as signBare, which crypto/rsa forbids here
				padded := slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, key.Size()-23), make([]byte, 21))
				return new(big.Int).Exp(new(big.Int).SetBytes(padded), key.D, key.N).FillBytes(padded)
			}
		},
	} {
		p := newPatient(t, doctor.EvidenceNotification)
		p.signed.Body = []byte("something else")
		change(p)
		d := doctor.Diagnose(p.evidence())
		require.False(t, d.Valid, name)
		var certain []doctor.Cause
		for _, f := range d.Findings {
			if f.Certain {
				certain = append(certain, f.Cause)
			}
		}
		require.NotContains(t, certain, doctor.CauseUnknownKey, name)
		require.Contains(t, certain, doctor.CauseContent, "%s: %s", name, d)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	key := &vectorKey(t, "wallet").PublicKey
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	digest := sha256.Sum256(der)
	require.Equal(t, hex.EncodeToString(digest[:])[:16], doctor.Fingerprint(key))
	require.Equal(t, "none", doctor.Fingerprint(nil))
	require.Equal(t, "none", doctor.Fingerprint(&rsa.PublicKey{}))
}

func FuzzDiagnose(f *testing.F) {
	keys, own := bothWalletKeys(f), &vectorKey(f, "merchant").PublicKey
	for _, v := range vectortest.Signatures(f) {
		f.Add(v.Kind, v.Method, v.URI, v.Headers.Percent, v.ClientID, v.Time, []byte(v.Body), []byte(nil))
		// Shorter than the slash and the version that it looks like.
		f.Add(v.Kind, "", "v1", v.Headers.Base64, v.ClientID, v.Time, []byte(v.Body), []byte(nil))
		f.Add(v.Kind, "", v.URI+"/", strings.ReplaceAll(v.Headers.Base64, "+", " "), v.ClientID, v.Time,
			[]byte(v.Body+"\n"), []byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, kind, method, uri, signature, clientID, when string, body, other []byte) {
		h := http.Header{"Signature": {signature}, "Client-Id": {clientID}, "Request-Time": {when},
			"Response-Time": {when}}
		e := doctor.Evidence{
			Kind: doctor.EvidenceKind(kind), Method: method, URI: uri, Header: h, Body: body, Keys: keys, OwnKey: own,
			Wallet:   wallets.PlatformV2(),
			SentBody: other, RequestBody: other, RequestTime: clientID, OtherURIs: []string{when},
		}
		d := doctor.Diagnose(e)
		ours := kind == "request" || kind == "acknowledgement" || kind == "" // a valid one may have guesses
		eitherOr := d.Valid != (len(d.Findings) > 0)
		if d.Tried > 20000 || !ours && !eitherOr {
			t.Fatalf("%d tried, valid %t with %d findings", d.Tried, d.Valid, len(d.Findings))
		}
		_ = d.String()
		if !d.Valid {
			return
		}
		parsed, err := wire.ParseSignatureHeader(signature)
		if err != nil {
			t.Fatalf("valid with a header that does not parse: %v", err)
		}
		digest := sha256.Sum256([]byte(method + " " + uri + "\n" + clientID + "." + when + "." + string(body)))
		if err := rsa.VerifyPKCS1v15(keys[parsed.KeyVersion], crypto.SHA256, digest[:], parsed.Signature); err != nil {
			t.Fatalf("valid without a signature: %v", err)
		}
	})
}

// TestRemediesInAnyLanguage: a remedy names nothing of Go or of this module, so
// that it helps in any language.
func TestRemediesInAnyLanguage(t *testing.T) {
	t.Parallel()
	named := 0
	for name, ill := range diagnoseAll(t) {
		for _, f := range ill.diagnosis.Findings {
			require.NotEmpty(t, f.Remedy, name)
			require.True(t, strings.HasPrefix(f.Advice(), f.Remedy), name)
			if f.InGo != "" {
				named++
			}
		}
	}
	require.Positive(t, named)
	for _, text := range doctor.PlainRemedies() {
		require.NotRegexp(t, `With[A-Z]|Parse[A-Z]|[a-z]+\.[A-Z]|\bGo\b|Wallet\.|Config\.|Message\.`, text)
		require.NotRegexp(t, `RequestURI|KeyVersion|WithoutPrefix`, text)
	}
}
