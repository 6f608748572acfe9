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

type digest [16]byte

// Guard remembers the latest verified answers. The zero value is ready.
type Guard struct {
	mu    sync.Mutex
	owner map[digest]digest
	ring  [size]digest
	next  int
}

// Accept reports whether an answer with this signature may answer request: it
// is new, or it answered the same request before.
func (g *Guard) Accept(signature, request []byte) bool {
	sig, req := short(signature), short(request)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owner == nil {
		g.owner = make(map[digest]digest)
	}
	if owner, seen := g.owner[sig]; seen {
		return owner == req
	}
	delete(g.owner, g.ring[g.next])
	g.owner[sig], g.ring[g.next] = req, sig
	g.next = (g.next + 1) % size
	return true
}

func short(b []byte) digest {
	sum := sha256.Sum256(b)
	return digest(sum[:16])
}
