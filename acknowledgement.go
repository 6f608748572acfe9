package tradepay

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go/internal/rsakey"
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

// sealing signs once, in the goroutine of whoever came first. Those who come meanwhile
// wait for it.
type sealing struct {
	done   chan struct{} // closed when the rest is final
	sealed sealed
	err    error
	// givenUp says that the one who signed left. The others have time still.
	givenUp bool
}

var errNotSigned = errors.New("tradepay: the signer did not return")

// sealAcknowledgement signs the answer to a notification, or returns the signature
// that this second already has. It waits no longer than ctx for another's signature.
// If that other one leaves, it signs by itself.
func (c *Client) sealAcknowledgement(ctx context.Context, m wire.Message) (sealed, error) {
	for {
		ring, second := c.keys.Load(), c.now().Truncate(time.Second)
		if c.wallet.Signing.Content == wire.ContentDotted { // each has an id of its own
			return c.sealWith(ctx, ring, second, m)
		}
		s, first := c.acks.sealing(ring, second, acknowledged{m.URI, string(m.Body)})
		if s == nil {
			return c.sealWith(ctx, ring, second, m)
		}
		if first {
			return c.acks.sign(ctx, s, func() (sealed, error) { return c.sealWith(ctx, ring, second, m) })
		}
		if err := s.wait(ctx); err != nil {
			return sealed{}, err
		}
		if !s.givenUp {
			return s.sealed, s.err
		}
	}
}

// sealing returns what signs this acknowledgement, or nil if there are too many, and
// whether the caller is the one to sign. Other keys and another second begin anew.
func (a *acknowledgements) sealing(ring *keyring, second time.Time, of acknowledged) (s *sealing, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ring != ring || !a.second.Equal(second) {
		a.ring, a.second, a.signed = ring, second, make(map[acknowledged]*sealing)
	}
	if s := a.signed[of]; s != nil {
		return s, false
	}
	if len(a.signed) >= mostAcknowledgements {
		return nil, false
	}
	s = &sealing{done: make(chan struct{})}
	a.signed[of] = s
	return s, true
}

// sign signs and tells those who wait.
func (a *acknowledgements) sign(ctx context.Context, s *sealing, seal func() (sealed, error)) (sealed, error) {
	s.err = errNotSigned // for those who wait, if the signer panics
	defer func() {
		if s.err != nil {
			s.givenUp = ctx.Err() != nil
			a.forget(s) // the next one tries again
		}
		close(s.done)
	}()
	s.sealed, s.err = seal()
	return s.sealed, s.err
}

// wait returns when another has signed, or the error of ctx.
func (s *sealing) wait(ctx context.Context) error {
	select {
	case <-s.done: // mostly it was signed before
		return nil
	default:
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return &rsakey.GivenUpError{Context: ctx.Err()}
	}
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
