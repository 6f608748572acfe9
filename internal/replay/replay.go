// Package replay notices when the signed answer to one request is handed out
// as the answer to another. RSASSA-PKCS1-v1_5 is deterministic and the time
// is signed, so two answers with the same signature are the same answer.
package replay

import (
	"crypto/sha256"
	"sync"
)

// size is how many answers are remembered: at 1,000 calls a second some eight
// seconds, at one call a second more than the time window.
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

// Accept reports whether an answer with this verified signature may answer a
// request of this URI and body: it is new, or it answered the same before.
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
