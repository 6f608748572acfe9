package tradepay

import (
	"errors"
	"io"
	"sync/atomic"
)

const (
	// notifyLimit is how many bytes a notification may have by default.
	notifyLimit = 64 << 10
	// unverifiedLimit is how many bytes of unverified bodies a client holds before
	// it lets no body grow: anybody can send them.
	unverifiedLimit = 32 << 20
	// unverifiedMost is how many it holds before it begins to read no other body.
	// The difference is for small bodies: large ones cannot keep them out.
	unverifiedMost = 64 << 20
	// firstRead is how many bytes the client reserves before it reads a body. It
	// doubles them as bytes arrive, and does not trust Content-Length.
	firstRead = 4 << 10
)

var errBusy = errors.New("tradepay: too many notifications arrive at once")

// unverified counts the bytes of bodies that the client holds before it has checked
// their signature.
type unverified struct{ held atomic.Int64 }

// enter begins to read one body.
func (u *unverified) enter() *unverifiedBody { return &unverifiedBody{of: u} }

type unverifiedBody struct {
	of   *unverified
	held int64
}

// leave gives back all bytes that the body holds.
func (b *unverifiedBody) leave() { b.of.held.Add(-b.held) }

// take holds n bytes more, or returns errBusy if that makes more than limit.
func (b *unverifiedBody) take(n int, limit int64) error {
	b.held += int64(n)
	if b.of.held.Add(int64(n)) > limit {
		return errBusy
	}
	return nil
}

// read reads up to one byte more than limit: that byte tells the caller that the
// body is too large.
func (b *unverifiedBody) read(r io.Reader, limit int64) ([]byte, error) {
	size := min(firstRead, int(limit)+1)
	if err := b.take(size, unverifiedMost); err != nil {
		return nil, err
	}
	body := make([]byte, 0, size)
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, err
		case int64(len(body)) > limit:
			return body, nil
		case len(body) == cap(body):
			grown := min(2*cap(body), int(limit)+1)
			if err := b.take(grown, unverifiedLimit); err != nil { // old and new exist at the same time
				return nil, err
			}
			body = append(make([]byte, 0, grown), body...)
			b.give(size)
			size = grown
		}
	}
}

// give gives back n bytes of what the body holds.
func (b *unverifiedBody) give(n int) {
	b.held -= int64(n)
	b.of.held.Add(int64(-n))
}
