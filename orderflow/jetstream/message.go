package jetstream

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	tradepay "github.com/tradepay/tradepay-go"
)

// The headers of a stored message.
const (
	headerForm     = "Tradepay-Form"
	headerMethod   = "Tradepay-Method"
	headerURI      = "Tradepay-Uri"
	headerReceived = "Tradepay-Received"
	headerReason   = "Tradepay-Reason" // why it was parked
	headerPrefix   = "Tradepay-Header-"
)

// form is that of the messages that are written now.
const form = "1"

// message is a notification as it is stored.
func (in *Intake) message(r *http.Request, n *tradepay.Notification) *nats.Msg {
	m := nats.NewMsg(in.config.Subject)
	m.Data = n.Raw
	m.Header.Set(headerForm, form)
	m.Header.Set(headerMethod, r.Method)
	m.Header.Set(headerURI, in.signedURI(r))
	m.Header.Set(headerReceived, time.Now().UTC().Format(time.RFC3339Nano))
	requestID := in.config.Wallet.Wallet.Signing.RequestIDHeader // of some wallets
	for _, name := range []string{"Signature", "Client-Id", "Request-Time", requestID} {
		if name == "" {
			continue
		}
		for _, value := range r.Header.Values(name) {
			m.Header[headerPrefix+http.CanonicalHeaderKey(name)] = []string{value}
		}
	}
	return m
}

// signedURI is the URI that the wallet signed, as the client finds it.
func (in *Intake) signedURI(r *http.Request) string {
	uri := r.RequestURI
	if uri == "" {
		uri = r.URL.RequestURI()
	}
	if in.config.Wallet.NotifyPath == "" {
		return uri
	}
	if _, query, found := strings.Cut(uri, "?"); found {
		return in.config.Wallet.NotifyPath + "?" + query
	}
	return in.config.Wallet.NotifyPath
}

// verify reads a stored message, and believes it only by the wallet's signature. Errors are
// those of [tradepay.Client.ParseNotification], or match [ErrUnreadable].
func (in *Intake) verify(header nats.Header, body []byte) (*tradepay.Notification, error) {
	if known := header.Get(headerForm); known != form {
		return nil, fmt.Errorf("%w: %q, and not %q", ErrUnreadable, known, form)
	}
	signed := http.Header{}
	for name, values := range header {
		if name, found := strings.CutPrefix(name, headerPrefix); found {
			signed[name] = values
		}
	}
	return in.verifier.ParseNotification(header.Get(headerMethod), header.Get(headerURI), signed, body)
}

// identity is a message's own id: the same for a notification that says the same in all that
// is understood of it. The stream takes the second for a duplicate, and stores it no more: so
// one that says anything else, if only another time, has another.
func identity(n *tradepay.Notification) string {
	said := *n
	if n.Kind != tradepay.NotificationOther { // of which nothing is understood
		said.Raw = nil
	}
	text, err := json.Marshal(said) //nolint:gosec // nobody sees more than its digest
	if err != nil {                 // it has no values that JSON cannot hold
		text = n.Raw
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
