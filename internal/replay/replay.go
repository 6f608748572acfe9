// Package replay recognises the signed answer to one request when somebody sends it
// as the answer to another. RSASSA-PKCS1-v1_5 is deterministic, and the wallet signs
// the time, so two answers with the same signature are the same answer.
package replay

import (
	"crypto/sha256"
	"sync"
)

// size is how many answers a Guard remembers: those of eight seconds at 1,000 calls a
// second, and those of more than the time window at one call a second.
const size = 8192

type (
	answer  [16]byte // the head of its signature
	request [sha256.Size]byte
)

// Guard remembers the latest verified answers. The zero value is ready.
type Guard struct {
	mu    sync.Mutex
	owner map[answer]request
	ring  [size]answer
	next  int
}

// Accept reports whether an answer with this verified signature may answer a request
// with this URI and body: the answer is new, or it answered the same request before.
func (g *Guard) Accept(signature []byte, uri string, body []byte) bool {
	var ans answer
	copy(ans[:], signature)
	req := identify(uri, body)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owner == nil {
		g.owner = make(map[answer]request)
	}
	if owner, seen := g.owner[ans]; seen {
		return owner == req
	}
	delete(g.owner, g.ring[g.next])
	g.owner[ans], g.ring[g.next] = req, ans
	g.next = (g.next + 1) % size
	return true
}

func identify(uri string, body []byte) (req request) {
	h := sha256.New()
	_, _ = h.Write([]byte(uri))
	_, _ = h.Write([]byte{'\n'})
	_, _ = h.Write(body)
	h.Sum(req[:0])
	return req
}
