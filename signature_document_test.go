package tradepay_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/vectortest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func signatureDocument(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("docs/signature.md")
	require.NoError(t, err)
	return string(data)
}

// TestDocumentedAcknowledgement: the sample is the vector, which verifies, and
// the bodies are what the SDK answers.
func TestDocumentedAcknowledgement(t *testing.T) {
	t.Parallel()
	document := signatureDocument(t)
	v := vectortest.Named(t, "v2-acknowledgement")
	require.Contains(t, document, "Vector `"+v.Name+"`")
	require.Contains(t, document, "```\n"+v.Content+"\n```\n")
	sample := regexp.MustCompile("(?s)```\nHTTP/1.1 200 OK\n(.*?)\n\n(.*?)\n```").FindStringSubmatch(document)
	require.Len(t, sample, 3)
	header := http.Header{}
	for line := range strings.SplitSeq(sample[1], "\n") {
		name, value, ok := strings.Cut(line, ": ")
		require.True(t, ok, line)
		header.Set(name, value)
	}
	parsed, err := wire.ParseSignatureHeader(header.Get("Signature"))
	require.NoError(t, err)
	m := wire.Message{
		Method: v.Method, URI: v.URI, ClientID: header.Get("Client-Id"), Time: header.Get("Response-Time"),
		Body: []byte(sample[2]), Answer: true,
	}
	require.NoError(t, m.Verify(&vectorKey(t, "merchant").PublicKey, parsed.Signature))
	require.Equal(t, v.Content, string(m.Content()))

	client := vectorClient(t, v.Dialect, v.ClientID, bothWalletKeys(t))
	for _, stored := range []error{nil, io.ErrUnexpectedEOF} {
		ack, err := client.Acknowledge("/notify", stored)
		require.NoError(t, err)
		require.Contains(t, document, "```json\n"+string(ack.Body)+"\n```\n")
		for name := range ack.Header {
			require.NotEmpty(t, header.Get(name), name)
		}
	}
}

// everyMember is an order that uses all that the SDK can send.
func everyMember() *tradepay.CreateOrderRequest {
	name := tradepay.PersonName{Full: "Zoé Z", First: "Zoé", Middle: "Y", Last: "Z"}
	address := tradepay.Address{
		Region:   "US",
		State:    "NY",
		City:     "NYC",
		Address1: "1 Way",
		Address2: "2nd floor",
		ZipCode:  "1",
	}
	req := order()
	req.RedirectURL, req.VoidNotifyURL = "https://shop.example/thanks", "https://shop.example/void"
	req.ExpiresAt, req.SiteName, req.ProductCode, req.Authorize = noon.Add(time.Hour), "SITE", "P", true
	req.ExtendInfo = `{"k":"v"}`
	req.Order = tradepay.OrderDetails{
		ReferenceOrderID: "1", Description: "d", Amount: req.Amount, CreatedAt: noon, ExtendInfo: "x",
		Merchant: tradepay.Merchant{
			ID: "1", MCC: "5411", Name: "n", DisplayName: "n", Address: address,
			Store: tradepay.Store{ID: "1", Name: "n", DisplayName: "n", MCC: "5411"},
		},
		Buyer: tradepay.Buyer{ID: "1", Name: name, PhoneNo: "555"},
		Goods: []tradepay.Goods{
			{ID: "1", Name: "n", Category: "c", Brand: "b", URL: "https://shop.example/1",
				UnitAmount: req.Amount, Quantity: 1},
		},
		Shipping: tradepay.Shipping{Name: name, Address: address, Carrier: "c", PhoneNo: "555", Fee: req.Amount},
		Environment: tradepay.Environment{
			TerminalType: "MINI_APP", OSType: "IOS", UserAgent: "u", DeviceTokenID: "1",
			ClientIP: "192.0.2.1", CookieID: "1",
		},
	}
	return req
}

// paySent is the body that the SDK sends for an order.
func paySent(t *testing.T, wallet wire.Profile, req *tradepay.CreateOrderRequest, siteName string) map[string]any {
	t.Helper()
	path := wallet.Routes.Prefix + wallet.Path(wire.OpPay)
	w := newScripted(t, wallet).on(path, signed(200, accepted))
	w.config.SiteName = siteName
	if !wallet.Requirements.AppID {
		w.config.AppID = req.SiteName // sent if there is one
	}
	if !wallet.Requirements.PartnerID {
		w.config.PartnerID = ""
	}
	_, _ = w.client().CreateOrder(t.Context(), req)
	require.NotEmpty(t, w.seenOn(path))
	return object(t, w.seenOn(path)[0].body)
}

// membersOf collects the members of each object by its name, in JSON within
// strings, too.
func membersOf(name string, v any, into map[string]map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for member, value := range v {
			if into[name] == nil {
				into[name] = map[string]bool{}
			}
			into[name][member] = true
			membersOf(member, value, into)
		}
	case []any:
		for _, value := range v {
			membersOf(name, value, into)
		}
	case string:
		var inner map[string]any
		if name != "extendInfo" && json.Unmarshal([]byte(v), &inner) == nil {
			membersOf(name, inner, into)
		}
	}
}

// TestDocumentedMembersOfPay: the tables are what the SDK sends, no more and no
// less.
func TestDocumentedMembersOfPay(t *testing.T) {
	t.Parallel()
	_, section, ok := strings.Cut(signatureDocument(t), "## The members of pay\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	sent := map[string]map[string]bool{}
	inTable := map[string]map[string]string{"v1": {}, "v2": {}}
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (always|may|–) \\| (always|may|–) \\|")
	for _, row := range rows.FindAllStringSubmatch(section, -1) {
		inTable["v1"][row[1]], inTable["v2"][row[1]] = row[2], row[3]
	}
	for dialect, wallet := range map[string]wire.Profile{"v1": wallets.PlatformV1(), "v2": wallets.PlatformV2()} {
		least := &tradepay.CreateOrderRequest{PaymentRequestID: "order-1", Amount: order().Amount}
		site := ""
		if dialect == "v1" {
			least.Title, site = "Two coffees", "SITE"
		}
		always := paySent(t, wallet, least, site)
		wallet.Products.Sales = "S"
		all := paySent(t, wallet, everyMember(), "")
		byAgreement := everyMember()
		byAgreement.PaymentAuthCode, byAgreement.Authorize = "token", false
		agreed := paySent(t, wallet, byAgreement, "")
		for _, body := range []map[string]any{always, all, agreed} {
			membersOf("", body, sent)
		}
		for member := range sent[""] {
			_, byAll := all[member]
			_, byAgreement := agreed[member]
			want := "–"
			switch {
			case always[member] != nil:
				want = "always"
			case byAll || byAgreement:
				want = "may"
			}
			require.Equal(t, want, cmp.Or(inTable[dialect][member], "not in the table"), "%s of %s", member, dialect)
		}
	}
	require.Len(t, inTable["v1"], len(sent[""]))

	documented := map[string][]string{}
	names := regexp.MustCompile("`(\\w+)`")
	rows = regexp.MustCompile("(?m)^\\| ((?:`\\w+`(?:, )?)+) \\| ((?:`\\w+`(?:, )?)+) \\|$")
	for _, row := range rows.FindAllStringSubmatch(section, -1) {
		for _, object := range names.FindAllStringSubmatch(row[1], -1) {
			for _, member := range names.FindAllStringSubmatch(row[2], -1) {
				documented[object[1]] = append(documented[object[1]], member[1])
			}
		}
	}
	delete(sent, "")
	require.Equal(t, map[string]bool{"ORDER": true}, sent["extraParams"])
	delete(sent, "extraParams")
	for object, members := range sent {
		var list []string
		for member := range members {
			list = append(list, member)
		}
		require.ElementsMatch(t, list, documented[object], object)
	}
	require.Len(t, documented, len(sent))
}

// TestDocumentedPrograms: what the document has in other languages signs as the
// vector is signed.
func TestDocumentedPrograms(t *testing.T) {
	t.Parallel()
	v := vectortest.Named(t, "v2-inquiry-payment-request")
	for _, tt := range []struct {
		language, file string
		program        []string
		works          []string // what shows that it can be run here
	}{
		{"js", "sign.mjs", []string{"node", "sign.mjs"}, []string{"node", "--version"}},
		{"python", "sign.py", []string{"python3", "sign.py"}, []string{"python3", "-c", "import cryptography"}},
	} {
		t.Run(tt.language, func(t *testing.T) {
			t.Parallel()
			blocks := regexp.MustCompile("(?s)```"+tt.language+
				"\n(.*?)```").FindAllStringSubmatch(signatureDocument(t), -1)
			require.Len(t, blocks, 1)
			lines := slices.DeleteFunc(
				strings.Split(blocks[0][1], "\n"),
				func(line string) bool { return strings.TrimSpace(line) == "" },
			)
			require.LessOrEqual(t, len(lines), 12, "about ten lines")
			require.Contains(t, blocks[0][1], v.Body)
			if err := exec.CommandContext(t.Context(), tt.works[0], tt.works[1:]...).Run(); err != nil {
				t.Logf("not run: %v", err)
				return
			}
			dir := t.TempDir()
			key, err := os.ReadFile("testdata/vectors/keys/merchant.private.pkcs8.pem")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "merchant.private.pkcs8.pem"), key, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, tt.file), []byte(blocks[0][1]), 0o600))
			cmd := exec.CommandContext(t.Context(), tt.program[0], tt.program[1:]...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, v.Headers.Percent, strings.TrimSpace(string(out)))
		})
	}
}

// TestPairsSplitAtTheFirstEqualsSign: base64 with its padding is read whole.
func TestPairsSplitAtTheFirstEqualsSign(t *testing.T) {
	t.Parallel()
	require.Contains(t, strings.Join(strings.Fields(signatureDocument(t)), " "), "A pair splits at its first `=`")
	for _, raw := range [][]byte{{1}, {1, 2}, {0xfb, 0xef, 0xff, 0xfb}} {
		text := wire.SignatureHeader{Algorithm: "RSA256", KeyVersion: "1", Signature: raw}.Format(wire.EncodingBase64)
		require.True(t, strings.HasSuffix(text, "="), fmt.Sprint(text))
		h, err := wire.ParseSignatureHeader(text)
		require.NoError(t, err)
		require.Equal(t, raw, h.Signature)
	}
}
