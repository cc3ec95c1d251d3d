package daemon

import (
	"crypto/sha256"
	"sync"
)

// bodies are the deliveries of Hireflix that were taken in lately, by the digest
// of their bytes: Hireflix gives them no id. One that comes again is answered and
// costs no write. What a stop forgets is told again without being news, since a
// sighting is compared with what is known.
type bodies struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]bool
	past [][sha256.Size]byte // of seen, oldest first
}

// maxBodies is how many are remembered.
const maxBodies = 4096

func (b *bodies) has(body []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[sha256.Sum256(body)]
}

// add remembers one that is durable.
func (b *bodies) add(body []byte) {
	digest := sha256.Sum256(body)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen[digest] {
		return
	}
	if b.seen == nil {
		b.seen = map[[sha256.Size]byte]bool{}
	}
	if len(b.past) == maxBodies {
		delete(b.seen, b.past[0])
		b.past = b.past[1:]
	}
	b.seen[digest], b.past = true, append(b.past, digest)
}
