package jetstream

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// TestCanBeParked: what is acknowledged to the wallet has room for the reason why it is
// parked, with which it still is no longer than the servers take.
func TestCanBeParked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers, body int
		want          bool
	}{
		"a notification":       {500, 1000, true},
		"the longest headers":  {60 << 10, 1000, true},
		"headers without room": {headersMost - room, 1000, false},
		"the longest body":     {500, messageMost - 4<<10, true},
		"a body without room":  {500, messageMost - room, false},
	} {
		m := &nats.Msg{Header: nats.Header{headerURI: {strings.Repeat("x", c.headers)}}, Data: make([]byte, c.body)}
		require.Equal(t, c.want, canBeParked(m, messageMost), name)
	}
}
