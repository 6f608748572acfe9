package tradepay_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

// signFunc is what a key service does.
type signFunc func(ctx context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error)

// contextSigner is a key at a service that takes a context. Nobody may call its Sign.
type contextSigner struct {
	key  *rsa.PrivateKey
	sign signFunc
}

func (s contextSigner) Public() crypto.PublicKey { return s.key.Public() }

func (contextSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the context is missing")
}

func (s contextSigner) SignContext(
	ctx context.Context, _ io.Reader, digest []byte, opts crypto.SignerOpts,
) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, errors.New("another hash")
	}
	return s.sign(ctx, s.key, digest)
}

func signPlainly(_ context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
	return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest)
}

// after is a key service that takes a while, and ends with the context.
func after(d time.Duration) signFunc {
	return func(ctx context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
		select {
		case <-time.After(d):
			return signPlainly(ctx, key, digest)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// deaf is a key service that takes a while whatever happens to the context.
func deaf(d time.Duration) signFunc {
	return func(ctx context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
		time.Sleep(d) // the clock of a synctest bubble
		return signPlainly(ctx, key, digest)
	}
}

func untilGivenUp(ctx context.Context, _ *rsa.PrivateKey, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, errGivenUp
}

var (
	errGivenUp = errors.New("planted: the call was abandoned")
	errDown    = errors.New("planted: the key service is down")
)

// TestAKeyServiceWithAContext: a call waits for the signature as long as its context and
// an attempt allow, and says that nothing was sent.
func TestAKeyServiceWithAContext(t *testing.T) {
	t.Parallel()
	const patience = 3 * time.Second
	for name, tt := range map[string]struct {
		sign     signFunc
		canceled bool          // the caller leaves after its patience; else its deadline comes
		endless  bool          // the caller waits for ever
		took     time.Duration // until the call returned
		cause    string        // empty: the order is created
		is       []error
	}{
		"at once":        {sign: signPlainly},
		"slow":           {sign: after(2 * time.Second), took: 2 * time.Second},
		"slow, no hurry": {sign: after(9 * time.Second), endless: true, took: 9 * time.Second},
		"too slow":       {sign: after(5 * time.Second), took: patience, cause: "signing_timeout"},
		"an attempt ends": {
			sign: after(11 * time.Second), endless: true, took: 10 * time.Second, cause: "signing_timeout",
		},
		"hangs": {sign: untilGivenUp, took: patience, cause: "signing_timeout", is: []error{errGivenUp}},
		"the caller leaves": {
			sign: untilGivenUp, canceled: true, took: patience, cause: "canceled",
			is: []error{errGivenUp, context.Canceled},
		},
		"deaf":           {sign: deaf(30 * time.Second), took: 30 * time.Second, cause: "signing_timeout"},
		"deaf, no hurry": {sign: deaf(30 * time.Second), endless: true, took: 30 * time.Second},
		"deaf, the caller left": {
			sign: deaf(4 * time.Second), canceled: true, took: 4 * time.Second, cause: "canceled",
		},
		"fails": {
			cause: "signing", is: []error{errDown, tradepay.ErrInvalidKey},
			sign: func(context.Context, *rsa.PrivateKey, []byte) ([]byte, error) { return nil, errDown },
		},
		"pads in another way": {
			cause: "signing", is: []error{tradepay.ErrInvalidKey},
			sign: func(_ context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
				return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest, nil)
			},
		},
		"signs with another key": {
			cause: "signing", is: []error{tradepay.ErrInvalidKey},
			sign: func(ctx context.Context, _ *rsa.PrivateKey, digest []byte) ([]byte, error) {
				return signPlainly(ctx, vectorKey(t, "wallet"), digest)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
				var outcomes []tradepay.CallInfo
				client := w.client(func(conf *tradepay.Config) {
					conf.PrivateKey = contextSigner{vectorKey(t, "merchant"), tt.sign}
					conf.Observe = func(_ context.Context, info tradepay.CallInfo) { outcomes = append(outcomes, info) }
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.canceled {
					time.AfterFunc(patience, cancel)
				} else if !tt.endless {
					ctx, cancel = context.WithTimeout(ctx, patience)
					defer cancel()
				}
				began := time.Now()
				_, err := client.CreateOrder(ctx, order())
				require.Equal(t, tt.took, time.Since(began))
				require.Len(t, outcomes, 1, "neither a retry nor an inquiry")
				if tt.cause == "" {
					require.NoError(t, err)
					require.Len(t, w.seenOn(payPath), 1)
					return
				}
				requireNotSent(t, err, tt.cause)
				require.Zero(t, w.mock.GetTotalCallCount())
				require.Equal(t, tradepay.OutcomeNotSent, outcomes[0].Outcome)
				require.Equal(t, tt.cause, outcomes[0].Cause)
				for _, want := range tt.is {
					require.ErrorIs(t, err, want)
				}
				if tt.cause == "signing_timeout" {
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
				if tt.cause != "signing" {
					require.NotErrorIs(t, err, tradepay.ErrInvalidKey, "nothing is wrong with the key")
				}
			})
		})
	}
}

// requireNotSent checks the error of a call that ended before its request was signed.
func requireNotSent(t *testing.T, err error, cause string) {
	t.Helper()
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown, "an earlier call may have been sent")
	require.NotErrorIs(t, err, tradepay.ErrRejected)
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NotSent)
	require.Equal(t, cause, failed.Cause)
	require.Contains(t, failed.Hint, cause+": ")
	require.Equal(t, 1, failed.Attempts)
	require.Contains(t, err.Error(), "nothing was sent")
	require.NotContains(t, err.Error(), "planted", "the text of a key service may hold anything")
}

// plainSigner is a key service that takes no context.
type plainSigner struct {
	*rsa.PrivateKey
	took time.Duration
}

func (s plainSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	time.Sleep(s.took)
	return s.PrivateKey.Sign(random, digest, opts)
}

// TestAKeyServiceWithoutAContext cannot be given up on. What it signs too late is not sent.
func TestAKeyServiceWithoutAContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newScripted(t, wallets.PlatformV2()).on(payPath, signed(200, accepted))
		client := w.client(func(conf *tradepay.Config) {
			conf.PrivateKey = plainSigner{vectorKey(t, "merchant"), time.Hour}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := client.CreateOrder(ctx, order())
		require.Equal(t, time.Hour, time.Since(began))
		requireNotSent(t, err, "signing_timeout")
		require.Zero(t, w.mock.GetTotalCallCount())
	})
}

// TestARetryThatIsNotSigned: the first attempt may have arrived, so the call says unknown,
// and not that nothing was sent.
func TestARetryThatIsNotSigned(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(payPath, unsigned(503, ""))
	var asked atomic.Int64
	client := w.client(func(conf *tradepay.Config) {
		conf.PrivateKey = contextSigner{vectorKey(t, "merchant"),
			func(ctx context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
				if asked.Add(1) > 1 {
					return nil, errDown
				}
				return signPlainly(ctx, key, digest)
			}}
	})
	_, err := client.CreateOrder(t.Context(), order())
	require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
	var failed *tradepay.APIError
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.NotSent)
	require.Equal(t, "signing", failed.Cause)
	require.Equal(t, 2, failed.Attempts)
	require.Len(t, w.seenOn(payPath), 1)
	require.EqualValues(t, 3, asked.Load(), "twice for the payment, once for the inquiry about it")
}

// switchable is a key service whose behaviour changes, and which counts.
type switchable struct {
	mu    sync.Mutex
	do    signFunc
	asked int
}

func (s *switchable) set(do signFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.do = do
}

func (s *switchable) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *switchable) sign(ctx context.Context, key *rsa.PrivateKey, digest []byte) ([]byte, error) {
	s.mu.Lock()
	s.asked++
	do := s.do
	s.mu.Unlock()
	return do(ctx, key, digest)
}

// notifiedClient is a client that is notified, with its key service.
type notifiedClient struct {
	*scripted
	service *switchable
	client  *tradepay.Client
	handler http.Handler
}

func newNotified(t *testing.T, sign signFunc) *notifiedClient {
	t.Helper()
	n := &notifiedClient{scripted: newScripted(t, wallets.PlatformV1()), service: &switchable{do: sign}}
	n.client = n.scripted.client(func(conf *tradepay.Config) {
		conf.PrivateKey = contextSigner{vectorKey(t, "merchant"), n.service.sign}
	})
	n.handler = n.client.NotifyHandler(func(context.Context, *tradepay.Notification) error { return nil })
	return n
}

// notify sends a notification whose sender leaves when ctx ends. It returns the answer,
// and when it came.
func (n *notifiedClient) notify(ctx context.Context) *notice {
	a := &notice{res: httptest.NewRecorder(), request: n.notice("/notify", paidV1).WithContext(ctx)}
	a.answered.Go(func() {
		began := time.Now()
		n.handler.ServeHTTP(a.res, a.request)
		a.took = time.Since(began)
	})
	return a
}

type notice struct {
	answered sync.WaitGroup
	request  *http.Request
	res      *httptest.ResponseRecorder
	took     time.Duration
}

// TestAcknowledgementsAreSignedWithTheRequestsContext: one sender who leaves fails nobody
// else, and nobody waits for another longer than its own context.
func TestAcknowledgementsAreSignedWithTheRequestsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"its sender leaves": func(t *testing.T) {
			n := newNotified(t, untilGivenUp)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			a := n.notify(ctx)
			a.answered.Wait()
			require.Equal(t, 500, a.res.Code)
			require.Equal(t, time.Second, a.took)
		},
		"the first one leaves, those who wait do not": func(t *testing.T) {
			n := newNotified(t, untilGivenUp)
			ctx, cancel := context.WithCancel(t.Context())
			first := n.notify(ctx)
			synctest.Wait()
			var others []*notice
			for range 10 {
				others = append(others, n.notify(t.Context()))
			}
			synctest.Wait()
			require.Equal(t, 1, n.service.count())
			n.service.set(after(time.Second))
			cancel()
			first.answered.Wait()
			require.Equal(t, 500, first.res.Code)
			for _, a := range others {
				a.answered.Wait()
				require.Equal(t, "S", n.acknowledged("/notify", a.res))
				require.Equal(t, time.Second, a.took)
			}
			require.Equal(t, 2, n.service.count(), "one of those who waited signed for all")
		},
		"one who waits leaves": func(t *testing.T) {
			n := newNotified(t, after(5*time.Second))
			first := n.notify(t.Context())
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			second := n.notify(ctx)
			second.answered.Wait()
			require.Equal(t, 500, second.res.Code)
			require.Equal(t, time.Second, second.took)
			first.answered.Wait()
			require.Equal(t, "S", n.acknowledged("/notify", first.res))
			require.Equal(t, 1, n.service.count())
		},
		"the service fails": func(t *testing.T) {
			n := newNotified(t, func(context.Context, *rsa.PrivateKey, []byte) ([]byte, error) {
				<-time.After(time.Second)
				return nil, errDown
			})
			var all []*notice
			for range 10 {
				all = append(all, n.notify(t.Context()))
			}
			for _, a := range all {
				a.answered.Wait()
				require.Equal(t, 500, a.res.Code, "the wallet sends it again")
				require.Equal(t, time.Second, a.took)
			}
			require.Equal(t, 1, n.service.count(), "a service that is down is not asked by each")
			n.service.set(signPlainly)
			again := n.notify(t.Context())
			again.answered.Wait()
			require.Equal(t, "S", n.acknowledged("/notify", again.res))
		},
		"the service panics": func(t *testing.T) {
			n := newNotified(t, func(context.Context, *rsa.PrivateKey, []byte) ([]byte, error) {
				<-time.After(time.Second)
				panic("the key service")
			})
			var first sync.WaitGroup
			first.Go(func() {
				assert.Panics(t, func() { _, _ = n.client.Acknowledge("/notify", nil) })
			})
			synctest.Wait()
			a := n.notify(t.Context())
			a.answered.Wait()
			require.Equal(t, 500, a.res.Code, "who waited gets nothing unsigned")
			first.Wait()
		},
		"without a request": func(t *testing.T) {
			n := newNotified(t, untilGivenUp)
			began := time.Now()
			_, err := n.client.Acknowledge("/notify", nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 10*time.Second, time.Since(began))
			require.NotContains(t, err.Error(), "planted")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, test)
		})
	}
}
