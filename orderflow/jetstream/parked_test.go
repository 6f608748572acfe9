package jetstream_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow/jetstream"
)

// TestStrangersMessageIsParked: whatever a stranger writes to the stream, it is parked, and
// not quoted. What cannot be parked would come again forever.
func TestStrangersMessageIsParked(t *testing.T) {
	t.Parallel()
	paid := []byte("paid!")
	for name, m := range map[string]*nats.Msg{
		"a long form":       {Header: nats.Header{"Tradepay-Form": {strings.Repeat("x", 40_000)}}, Data: paid},
		"the longest form":  {Header: nats.Header{"Tradepay-Form": {strings.Repeat("x", 65_450)}}, Data: paid},
		"a form of bytes":   {Header: nats.Header{"Tradepay-Form": {"xxx\xff\xfe"}}, Data: paid},
		"other headers":     {Header: nats.Header{"Other": {strings.Repeat("x", 65_450)}}, Data: paid},
		"the longest URI":   {Header: nats.Header{"Tradepay-Uri": {strings.Repeat("x", 65_450)}}, Data: paid},
		"the longest body":  {Header: nats.Header{}, Data: []byte(strings.Repeat("x", 1<<20))},
		"an order to NATS":  {Header: nats.Header{"Nats-Expected-Last-Sequence": {"0"}}, Data: paid},
		"another reason":    {Header: nats.Header{"Tradepay-Reason": {"xxxx"}}, Data: paid},
		"nothing":           {Header: nats.Header{}},
		"a reason in a key": {Header: nats.Header{"Tradepay-Form": {"1"}, "Tradepay-Method": {"xxxx"}}, Data: paid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 1)
			m.Subject = "tradepay.notifications"
			_, err := s.js.PublishMsg(t.Context(), m)
			require.NoError(t, err)
			s.run(s.intake.Run)
			require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
				time.Millisecond)
			list, err := s.intake.Parked(t.Context(), 0, 1)
			require.NoError(t, err)
			require.NotContains(t, list[0].Reason, "xx")
			require.NotEmpty(t, list[0].Reason)
			require.Less(t, len(list[0].Reason), 500)
			require.True(t, utf8.ValidString(list[0].Reason))
			require.NoError(t, s.intake.Release(t.Context(), list[0].Sequence))
			require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
				time.Millisecond, "and parked again")
		})
	}
}

// TestLongRejection: the reason of a program's error is short, whatever the error says.
func TestLongRejection(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	in := s.open(jetstream.Config{Replicas: 1, Attempts: 1, Receiver: rejecting(strings.Repeat("é", 70_000))})
	s.stored("order-1")
	s.run(in.Run)
	require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
		time.Millisecond)
	list, err := in.Parked(t.Context(), 0, 1)
	require.NoError(t, err)
	require.Less(t, len(list[0].Reason), 500)
	require.True(t, utf8.ValidString(list[0].Reason))
}

// TestNotParked: who names a message that is not parked is told that, and not that the
// stream is down.
func TestNotParked(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	in := s.open(jetstream.Config{Replicas: 1, Attempts: 1, Receiver: rejecting("no")})
	s.stored("order-1")
	s.run(in.Run)
	require.Eventually(t, func() bool { return s.waiting() == jetstream.Backlog{Parked: 1} }, time.Minute,
		time.Millisecond)
	list, err := in.Parked(t.Context(), 0, 1)
	require.NoError(t, err)
	require.NoError(t, in.Discard(t.Context(), list[0].Sequence))
	for name, sequence := range map[string]uint64{"none": 0, "gone": list[0].Sequence, "not yet": 77} {
		for call, err := range map[string]error{
			"Release": in.Release(t.Context(), sequence), "Discard": in.Discard(t.Context(), sequence),
		} {
			require.ErrorIs(t, err, jetstream.ErrNotParked, "%s %s", call, name)
			require.NotErrorIs(t, err, jetstream.ErrStream, "%s %s", call, name)
		}
	}
	require.Equal(t, jetstream.Backlog{}, s.waiting())
	s.servers.kill(0)
	require.ErrorIs(t, in.Release(t.Context(), 1), jetstream.ErrStream)
	require.ErrorIs(t, in.Discard(t.Context(), 1), jetstream.ErrStream)
}

// TestStreamIsMadeAnew: a stream that was deleted counts its messages from 1 again. That the
// first one of the old stream is parked does not hide the first one of the new stream.
func TestStreamIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	for i := range uint64(2) {
		in := s.open(jetstream.Config{Replicas: 1, Attempts: 1, Receiver: rejecting("no")})
		s.stored(fmt.Sprintf("order-%d", i))
		ends := s.stopping(in.Run)
		require.Eventually(t, func() bool { return s.waiting().Waiting == 0 }, time.Minute, time.Millisecond)
		require.Equal(t, i+1, s.waiting().Parked)
		ends()
		require.NoError(t, s.js.DeleteStream(t.Context(), "TRADEPAY"))
		s.open(jetstream.Config{Replicas: 1})
	}
}
