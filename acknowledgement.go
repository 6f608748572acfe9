package tradepay

import (
	"errors"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go/wire"
)

// mostAcknowledgements bounds how many signed acknowledgements a client keeps. A
// merchant has one or two notify URLs; only the wallet can make it sign more.
const mostAcknowledgements = 64

// acknowledgements keeps the signatures of the current second's acknowledgements.
// What an acknowledgement signs is its URI, the client's id, a time in whole
// seconds, and one of two bodies. So all notifications of a second at one URI have
// the same answer, and PKCS #1 v1.5 gives the same content the same signature.
type acknowledgements struct {
	mu     sync.Mutex
	ring   *keyring // the keys that signed
	second time.Time
	signed map[acknowledged]*sealing
}

// acknowledged is what differs between two acknowledgements of one second.
type acknowledged struct{ uri, body string }

// sealing signs once. Those who come meanwhile wait for it.
type sealing struct {
	once   sync.Once
	sealed sealed
	err    error
}

var errNotSigned = errors.New("tradepay: the signer did not return")

// sealAcknowledgement signs the answer to a notification, or returns the signature
// that this second already has.
func (c *Client) sealAcknowledgement(m wire.Message) (sealed, error) {
	ring, second := c.keys.Load(), c.now().Truncate(time.Second)
	if c.wallet.Signing.Content == wire.ContentDotted { // each has an id of its own
		return c.sealWith(ring, second, m)
	}
	s := c.acks.sealing(ring, second, acknowledged{m.URI, string(m.Body)})
	if s == nil {
		return c.sealWith(ring, second, m)
	}
	s.once.Do(func() {
		s.err = errNotSigned // for those who wait, if the signer panics
		s.sealed, s.err = c.sealWith(ring, second, m)
	})
	if s.err != nil {
		c.acks.forget(s) // the next one tries again
	}
	return s.sealed, s.err
}

// sealing returns what signs this acknowledgement, or nil if there are too many.
// Other keys and another second begin anew.
func (a *acknowledgements) sealing(ring *keyring, second time.Time, of acknowledged) *sealing {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ring != ring || !a.second.Equal(second) {
		a.ring, a.second, a.signed = ring, second, make(map[acknowledged]*sealing)
	}
	if s := a.signed[of]; s != nil {
		return s
	}
	if len(a.signed) >= mostAcknowledgements {
		return nil
	}
	s := new(sealing)
	a.signed[of] = s
	return s
}

// forget drops a signature that failed.
func (a *acknowledgements) forget(s *sealing) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for of, kept := range a.signed {
		if kept == s {
			delete(a.signed, of)
		}
	}
}
