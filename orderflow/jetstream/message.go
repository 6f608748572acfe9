package jetstream

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
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
const form = 1

// errLater: a later version of this module wrote the message.
var errLater = errors.New("a later version of this module reads it")

// What the servers take of a message: all of its headers, and all of it if they do not say.
// room is for what is added to a message when it is parked.
const (
	headersMost = 64 << 10
	messageMost = 1 << 20
	room        = 2 << 10
)

// sizeOf is at least how many bytes headers take.
func sizeOf(header nats.Header) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	return size
}

// most is how many bytes a message may have.
func (in *Intake) most() int { return int(cmp.Or(in.js.Conn().MaxPayload(), messageMost)) }

// canBeParked reports whether a message leaves room for what is added when it is parked.
// None that does not is acknowledged to the wallet.
func canBeParked(m *nats.Msg, most int) bool {
	headers := sizeOf(m.Header) + room
	return headers <= headersMost && headers+len(m.Data) <= most
}

// written are the headers of a message that an Intake writes. A stranger may have set
// others, which tell the servers what to do.
func written(header nats.Header) nats.Header {
	known := nats.Header{}
	for name, values := range header {
		isOurs := slices.Contains([]string{headerForm, headerMethod, headerURI, headerReceived}, name)
		if isOurs || strings.HasPrefix(name, headerPrefix) {
			known[name] = values
		}
	}
	return known
}

// message is a notification as it is stored.
func (in *Intake) message(r *http.Request, n *tradepay.Notification) *nats.Msg {
	m := nats.NewMsg(in.config.Subject)
	m.Data = n.Raw
	m.Header.Set(headerForm, strconv.Itoa(form))
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
// those of [tradepay.Client.ParseNotification], or match [ErrUnreadable]. They hold nothing
// that a stranger wrote.
func (in *Intake) verify(header nats.Header, body []byte) (*tradepay.Notification, error) {
	known, err := strconv.Atoi(header.Get(headerForm))
	switch {
	case err != nil || known < form:
		return nil, ErrUnreadable
	case known > form:
		return nil, fmt.Errorf("%w: %d, and not %d: %w", ErrUnreadable, known, form, errLater)
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
