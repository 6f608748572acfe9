package conformance_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// walletFile is testdata/vectors/wallets/*/vectors.json, as schema.json there
// has it.
type walletFile struct {
	Version             int
	Wallet, Description string
	SignedContent       string
	Vectors             []walletVector
}

type walletVector struct {
	Name, Note, Kind, Dialect, Operation, Method, URI, ClientID, Time string

	Headers map[string]string

	Body, KeyVersion, Signer, Content, ContentSHA256, SignatureHex string
}

func readWallet(t testing.TB, file string) *walletFile {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(readFile(t, file))))
	decoder.DisallowUnknownFields()
	f := new(walletFile)
	require.NoError(t, decoder.Decode(f))
	require.Equal(t, 1, f.Version, "the fields may mean something else now")
	require.NotEmpty(t, f.Vectors)
	return f
}

// TestWallets runs the vectors of every wallet. Without their folder it is
// skipped, which script/test reports; with it, every folder below must hold
// vectors that can be read, of a wallet that package wallets knows, and every
// wallet must have a folder.
func TestWallets(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(vectors, "wallets")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("there is no %s", filepath.ToSlash(dir))
	}
	require.NoError(t, err)
	var messages, changed, notified atomic.Int64
	missing := map[string]bool{}
	for _, w := range wallets.All() {
		missing[w.Name] = true
	}
	require.NotEmpty(t, missing)
	count := len(missing)
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		f := readWallet(t, filepath.Join(dir, e.Name(), "vectors.json"))
		require.True(t, missing[f.Wallet], "%s: no wallet is called %q, or two folders are", e.Name(), f.Wallet)
		delete(missing, f.Wallet)
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			wallet, ok := wallets.ByName(e.Name())
			require.True(t, ok, "the folder is not named after the wallet")
			require.Equal(t, f.Wallet, wallet.Name)
			content, ok := signedContents[f.SignedContent]
			require.True(t, ok, "no SDK knows this content")
			require.Equal(t, content, wallet.Signing.Content)
			names, kinds := map[string]bool{}, map[string]int{}
			asked := map[string]string{} // URI of what is answered, by operation
			for i := range f.Vectors {
				v := &f.Vectors[i]
				require.False(t, names[v.Name], v.Name)
				names[v.Name] = true
				kinds[v.Kind]++
				t.Run(v.Name, func(t *testing.T) {
					changed.Add(int64(v.check(t, wallet)))
					switch v.Kind {
					case "request":
						require.Equal(t, "merchant", v.Signer)
						asked[v.Operation] = v.URI
					case "response":
						require.Equal(t, "wallet", v.Signer)
						require.Equal(t, asked[v.Operation], v.URI, "an answer is signed with the URI of its request")
					case "notification":
						require.Equal(t, "wallet", v.Signer)
						asked[v.Operation] = v.URI
						v.notify(t, wallet)
						notified.Add(1)
					case "acknowledgement":
						require.Equal(t, "merchant", v.Signer)
						require.Equal(t, asked[v.Operation], v.URI, "an answer is signed with the URI of its request")
						v.acknowledge(t, wallet)
					default:
						require.Fail(t, "unknown kind", v.Kind)
					}
				})
				messages.Add(1)
			}
			wanted := []string{"request", "response"}
			if wallet.Path(wire.OpPay) != "" { // otherwise nobody knows what the wallet notifies
				wanted = append(wanted, "notification", "acknowledgement")
			}
			for _, kind := range wanted {
				require.NotZero(t, kinds[kind], "there is no %s", kind)
			}
			require.Equal(t, kinds["request"], kinds["response"])
			require.Equal(t, kinds["notification"], kinds["acknowledgement"])
		})
	}
	require.Empty(t, missing, "wallets without vectors")
	measured(t, "wallet vectors: %d wallets, %d messages signed and verified, %d of them notifications believed; %d "+
		"with one byte changed refused",
		func() any {
			return count
		}, func() any {
			return messages.Load()
		}, func() any { return notified.Load() }, func() any { return changed.Load() })
}

// signedContents are what the field signedContent names.
var signedContents = map[string]wire.SignedContent{
	"platform": "", "dotted": wire.ContentDotted, "merchant": wire.ContentMerchant,
}

// check makes the signature, verifies the header's, and refuses it over the
// content with each of its bytes changed. It returns how many those were.
func (v *walletVector) check(t *testing.T, wallet wire.Profile) (changed int) {
	t.Helper()
	m := wire.Message{
		Method: v.Method, URI: v.URI, ClientID: v.ClientID, Time: v.Time, Body: []byte(v.Body),
		Layout:    wallet.Signing.Content,
		RequestID: v.Headers[wallet.Signing.RequestIDHeader], MerchantID: "M2026011500000001",
		Answer: v.Kind == "response" || v.Kind == "acknowledgement",
	}
	require.Equal(t, v.Content, string(m.Content()))
	sum := sha256.Sum256(m.Content())
	require.Equal(t, v.ContentSHA256, hex.EncodeToString(sum[:]))
	require.True(t, json.Valid(m.Body))
	sig, err := m.Sign(privateKey(t, v.Signer))
	require.NoError(t, err)
	require.Equal(t, v.SignatureHex, hex.EncodeToString(sig))

	header := v.header(t)
	when := "Request-Time"
	if v.Kind == "response" || v.Kind == "acknowledgement" {
		when = "Response-Time"
	}
	require.Equal(t, v.ClientID, header.Get("Client-Id"))
	require.Equal(t, v.Time, header.Get(when))
	h, err := wire.ParseSignatureHeader(header.Get("Signature"))
	require.NoError(t, err)
	require.Equal(t, v.KeyVersion, h.KeyVersion)
	key := publicKey(t, v.Signer)
	require.NoError(t, m.Verify(key, h.Signature))

	content := m.Content()
	for i := range content {
		content[i] ^= 1
		require.ErrorIs(t, verifyContent(key, content, h.Signature), wire.ErrSignature)
		content[i] ^= 1
	}
	return len(content)
}

func (v *walletVector) header(t *testing.T) http.Header {
	t.Helper()
	header := http.Header{}
	for name, value := range v.Headers {
		require.Empty(t, header.Values(name), "%s twice", name)
		header.Set(name, value)
	}
	return header
}

// notify gives the notification to a merchant of the wallet.
func (v *walletVector) notify(t *testing.T, wallet wire.Profile) {
	t.Helper()
	client := merchant(t, wallet, v.ClientID, map[string]*rsa.PublicKey{v.KeyVersion: publicKey(t, v.Signer)})
	n, err := client.ParseNotification(v.Method, v.URI, v.header(t), []byte(v.Body))
	require.NoError(t, err)
	switch v.Operation {
	case "notifyPayment":
		require.NoError(t, n.CheckPaid(n.PaymentRequestID, n.Amount))
	case "notifyCashierUrl":
		require.Equal(t, tradepay.NotificationCashierURL, n.Kind)
		require.NotEmpty(t, n.PaymentURL)
		require.ErrorIs(t, n.CheckPaid(n.PaymentRequestID, hostileAmount), tradepay.ErrNotPaid)
	default:
		require.Fail(t, "unknown notification", v.Operation)
	}
	_, err = client.ParseNotification(v.Method, v.URI, v.header(t), []byte(v.Body+" "))
	requireReason(t, err, tradepay.ReasonMismatch)
}

// acknowledge has a merchant of the wallet write the acknowledgement: the same
// headers, the signature included, and the same body.
func (v *walletVector) acknowledge(t *testing.T, wallet wire.Profile) {
	t.Helper()
	client := merchant(t, wallet, v.ClientID, map[string]*rsa.PublicKey{"1": publicKey(t, "wallet")})
	ack, err := client.Acknowledge(v.URI, nil)
	require.NoError(t, err)
	require.JSONEq(t, v.Body, string(ack.Body))
	require.Equal(t, v.header(t), ack.Header)
}
