package wallets_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/wire"
)

// sent is a request as it would have left the merchant's server.
type sent struct {
	path   string
	header http.Header
	body   map[string]any
	raw    []byte
}

// requireSigned requires that the merchant's key signed this content, which is put
// together without the SDK's help.
func (s *sent) requireSigned(t *testing.T, content string) {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	signature := decoded(t, s.header.Get("Signature"))
	require.NoError(t, rsa.VerifyPKCS1v15(&signer(t, "merchant").PublicKey, crypto.SHA256, sum[:], signature))
}

// requirePlatformContent requires that the request signs what the platform does.
func (s *sent) requirePlatformContent(t *testing.T) {
	t.Helper()
	s.requireSigned(t, "POST "+s.path+"\n"+vectorClient+"."+s.header.Get("Request-Time")+"."+string(s.raw))
}

// probe is a client whose requests go nowhere but into requests.
type probe struct {
	*tradepay.Client
	t        *testing.T
	requests []sent
}

func newProbe(t *testing.T, profile wire.Profile) *probe {
	t.Helper()
	p := &probe{t: t}
	var err error
	p.Client, err = tradepay.NewClient(configtest.With(tradepay.Config{
		Wallet: profile, BaseURL: "https://gateway.example", ClientID: vectorClient,
		AppID: "3500020208396321", PartnerID: "P1",
		MerchantID: "M1", AgentToken: "agent-token", PrivateKey: signer(t, "merchant"),
		WalletKeys: map[string]*rsa.PublicKey{"1": &signer(t, "wallet").PublicKey},
	}, func(conf *tradepay.Config) {
		conf.HTTPClient = &http.Client{Transport: p}
	}, func(conf *tradepay.Config) { conf.Now = func() time.Time { return vectorNow } },
		func(conf *tradepay.Config) { conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1} }))
	require.NoError(t, err)
	return p
}

func (p *probe) RoundTrip(r *http.Request) (*http.Response, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s := sent{path: r.URL.Path, header: r.Header, raw: data}
	if err := json.Unmarshal(data, &s.body); err != nil {
		return nil, err
	}
	p.requests = append(p.requests, s)
	return nil, errors.New("nobody is there")
}

// first makes a call, of which the answer is lost, and returns its request.
func (p *probe) first(call func() error) sent {
	p.t.Helper()
	require.ErrorIs(p.t, call(), tradepay.ErrOutcomeUnknown)
	require.NotEmpty(p.t, p.requests)
	return p.requests[0]
}

// refused makes a call that must not send anything.
func (p *probe) refused(call func() error, kinds ...error) error {
	p.t.Helper()
	err := call()
	for _, kind := range kinds {
		require.ErrorIs(p.t, err, kind)
	}
	require.Empty(p.t, p.requests, "nothing was sent")
	return err
}

func (p *probe) create(req *tradepay.CreateOrderRequest) func() error {
	return func() error {
		_, err := p.CreateOrder(p.t.Context(), req)
		return err
	}
}

// token returns the request by which a code of the mini program becomes a token.
func (p *probe) token() sent {
	p.t.Helper()
	return p.first(func() error {
		_, err := p.ApplyToken(p.t.Context(), &tradepay.ApplyTokenRequest{AuthCode: "code"})
		return err
	})
}

// user returns the request for what a payer shares.
func (p *probe) user() sent {
	p.t.Helper()
	return p.first(func() error {
		_, err := p.UserInfo(p.t.Context(), "access-token")
		return err
	})
}

// requireHosts requires the published gateways of a profile.
func requireHosts(hosts map[string]string) func(*testing.T, wire.Profile) {
	return func(t *testing.T, profile wire.Profile) {
		t.Helper()
		require.Equal(t, hosts, profile.Routes.BaseURLs)
	}
}

// likeSample requires the members and types of a document's sample; values
// are free.
func likeSample(t *testing.T, sample string, got map[string]any) {
	t.Helper()
	var want map[string]any
	require.NoError(t, json.Unmarshal([]byte(sample), &want))
	require.Equal(t, types(want), types(got))
}

// types replaces the values in a message by the names of their types.
func types(value any) any {
	switch v := value.(type) {
	case map[string]any:
		named := make(map[string]any, len(v))
		for name, inner := range v {
			named[name] = types(inner)
		}
		return named
	case []any:
		kinds := make([]any, len(v))
		for i := range v {
			kinds[i] = types(v[i])
		}
		return kinds
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	}
	return value
}
