package orderflow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/orderflow"
)

type keptKey struct{}

func TestKeep(t *testing.T) {
	t.Parallel()
	deadline := func(d time.Duration) func() (context.Context, context.CancelFunc) {
		return func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.WithoutCancel(t.Context()), d)
		}
	}
	for name, tt := range map[string]struct {
		caller func() (context.Context, context.CancelFunc)
		own    func(caller context.Context) context.Context
		value  bool
		after  time.Duration
		want   error
	}{
		"none": {deadline(time.Second), func(context.Context) context.Context { return nil },
			false, time.Second, context.DeadlineExceeded},
		"values only": {deadline(time.Second), func(caller context.Context) context.Context {
			return context.WithValue(caller, keptKey{}, true)
		}, true, time.Second, context.DeadlineExceeded},
		"not of the caller's": {deadline(time.Second), func(context.Context) context.Context {
			return context.WithValue(context.WithoutCancel(t.Context()), keptKey{}, true)
		}, true, time.Second, context.DeadlineExceeded},
		"without its end": {deadline(time.Second), func(caller context.Context) context.Context {
			return context.WithValue(context.WithoutCancel(caller), keptKey{}, true)
		}, true, time.Second, context.DeadlineExceeded},
		"of a caller that leaves": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, func(context.Context) context.Context {
			return context.WithValue(context.WithoutCancel(t.Context()), keptKey{}, true)
		}, true, time.Second, context.Canceled},
		"that ends first": {deadline(time.Minute), func(caller context.Context) context.Context {
			ctx, cancel := context.WithTimeout(context.WithValue(caller, keptKey{}, true), time.Second)
			context.AfterFunc(caller, cancel)
			return ctx
		}, true, time.Second, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				caller, cancel := tt.caller()
				defer cancel()
				ctx, stop := orderflow.Keep(tt.own(caller), caller)
				defer stop()
				require.Equal(t, tt.value, ctx.Value(keptKey{}) != nil)
				time.Sleep(tt.after - time.Nanosecond)
				synctest.Wait()
				require.NoError(t, ctx.Err())
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				require.ErrorIs(t, ctx.Err(), tt.want)
			})
		})
	}
}

func TestKeepIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := orderflow.Keep(context.WithValue(context.WithoutCancel(t.Context()), keptKey{}, 1), t.Context())
	require.NoError(t, ctx.Err())
	stop()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.NoError(t, t.Context().Err())
}
