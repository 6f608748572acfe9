package replay_test

import (
	"crypto/sha256"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/replay"
)

// remembered is how many answers the guard promises to remember.
const remembered = 8192

// signature returns bytes that look random, like those of RSA.
func signature(n int) []byte {
	var sig []byte
	for i := range 8 {
		sum := sha256.Sum256([]byte(strconv.Itoa(n) + "/" + strconv.Itoa(i)))
		sig = append(sig, sum[:]...)
	}
	return sig
}

func TestOneAnswerForOneRequest(t *testing.T) {
	t.Parallel()
	var g replay.Guard
	body, other := []byte(`{"paymentId":"1"}`), []byte(`{"paymentId":"2"}`)
	require.True(t, g.Accept(signature(1), "/v2/payments/inquiryPayment", body), "a new answer")
	require.True(t, g.Accept(signature(1), "/v2/payments/inquiryPayment", body), "the same answer to the same request")
	require.False(t, g.Accept(signature(1), "/v2/payments/inquiryPayment", other), "the same answer to another body")
	require.False(t, g.Accept(signature(1), "/v2/payments/inquiryRefund", body), "the same answer to another operation")
	require.False(t, g.Accept(signature(1), "", nil), "the same answer to nothing")
	require.True(t, g.Accept(signature(2), "/v2/payments/inquiryPayment", body), "another answer to the same request")
	require.True(t, g.Accept(signature(3), "/v2/payments/inquiryPayment", other), "another answer to another request")
	require.True(t, g.Accept(signature(1), "/v2/payments/inquiryPayment", body), "a refusal changes nothing")
}

func TestURIAndBodyAreKeptApart(t *testing.T) {
	t.Parallel()
	var g replay.Guard
	require.True(t, g.Accept(signature(1), "/a", []byte("b")))
	require.False(t, g.Accept(signature(1), "/ab", nil))
	require.False(t, g.Accept(signature(1), "/", []byte("ab")))
}

func TestTheInputIsNotKept(t *testing.T) {
	t.Parallel()
	var g replay.Guard
	sig, body := signature(1), []byte(`{"paymentId":"1"}`)
	require.True(t, g.Accept(sig, "/a", body))
	sig[0] ^= 1
	body[0] ^= 1
	require.False(t, g.Accept(signature(1), "/a", []byte("other")))
}

func TestTheOldestIsForgotten(t *testing.T) {
	t.Parallel()
	var g replay.Guard
	first, second, body, other := signature(0), signature(1), []byte("request"), []byte("other")
	for n := range remembered {
		require.True(t, g.Accept(signature(n), "/a", body))
	}
	require.False(t, g.Accept(first, "/a", other), "the first of %d is remembered", remembered)
	require.True(t, g.Accept(first, "/a", body), "seeing it again takes no second place")
	require.True(t, g.Accept(signature(remembered), "/a", body))
	require.False(t, g.Accept(second, "/a", other), "the second is still there")
	require.True(t, g.Accept(first, "/a", other), "the first made room, so the answer counts as new")
	require.False(t, g.Accept(first, "/a", body), "and now belongs to the other request")
	require.True(t, g.Accept(second, "/a", other), "which pushed out the second")
	require.False(t, g.Accept(signature(remembered), "/a", other), "the youngest stay")
}

func TestOneRequestWinsTheRace(t *testing.T) {
	t.Parallel()
	var g replay.Guard
	const answers, requests = 50, 16
	var accepted [answers]atomic.Int32
	var wg sync.WaitGroup
	for r := range requests {
		wg.Go(func() {
			for n := range answers {
				if g.Accept(signature(n), "/a", []byte(strconv.Itoa(r))) {
					accepted[n].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for n := range answers {
		require.EqualValues(t, 1, accepted[n].Load(), "answer %d", n)
	}
}
