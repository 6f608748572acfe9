package orderflow

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// rendezvous is the weight of a shard for an id: the first 8 bytes, big-endian, of the
// SHA-256 of the shard's name, a zero byte, and the id. The shard with the greatest weight
// keeps the order. Orders are looked for by it, so it never changes.
func rendezvous(shard, id string) uint64 {
	sum := sha256.Sum256([]byte(shard + "\x00" + id))
	return binary.BigEndian.Uint64(sum[:8])
}

// homesOf are the shards that may keep the order of an id, oldest first: of each
// generation the one that had the greatest weight when it was the newest. A shard that is
// added takes the place of another for its share of the ids, and leaves the others alone.
func homesOf(all []*shard, id string) (homes []*shard) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b *shard) int { return a.Generation - b.Generation })
	var best *shard
	var weight uint64
	for i, s := range all {
		w := rendezvous(s.Name, id)
		isHeavier := best == nil || w > weight || w == weight && s.Name < best.Name
		if isHeavier {
			best, weight = s, w
		}
		isLastOfGeneration := i+1 == len(all) || all[i+1].Generation > s.Generation
		isNews := len(homes) == 0 || homes[len(homes)-1] != best
		if isLastOfGeneration && isNews {
			homes = append(homes, best)
		}
	}
	return homes
}
