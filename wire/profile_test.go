package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// TestPaths: what a profile has no path for, it does not have.
func TestPaths(t *testing.T) {
	t.Parallel()
	p := wire.Profile{Routes: wire.Routes{
		Version: "v1",
		Paths: map[wire.Operation]string{
			wire.OpPay: "acquiring/create", wire.OpCancel: "/v2/close", "dispute": "disputes/open",
		},
		Unsupported: map[wire.Operation]string{wire.OpVoid: "https://docs.example"},
	}}
	for op, want := range map[wire.Operation]string{
		wire.OpPay: "/v1/acquiring/create", wire.OpCancel: "/v2/close", wire.OpRefund: "/v1/payments/refund",
		wire.OpVoid: "", wire.OpNotifyPayment: "", "unheard of": "", "dispute": "/v1/disputes/open",
	} {
		require.Equal(t, want, p.Path(op), op)
	}
	all := p.Operations()
	require.Len(t, all, 11) // the platform's but for void, and the wallet's own
	require.Contains(t, all, wire.Operation("dispute"))
	require.NotContains(t, all, wire.OpVoid)
	require.Equal(t, "/v1/payments/confirm", p.Versioned("payments/confirm"))
	require.Equal(t, "/v3/payments/confirm", p.Versioned("/v3/payments/confirm"))
}

func TestWords(t *testing.T) {
	t.Parallel()
	w := wire.Words{
		Results: map[string]string{"R": "A"}, Codes: map[string]string{"404": "ORDER_NOT_EXIST"},
		Statuses: map[string]string{"FAILED": "FAIL"},
	}
	require.Equal(t, []string{"A", "S"}, []string{w.Result("R"), w.Result("S")})
	require.Equal(t, []string{"ORDER_NOT_EXIST", "SUCCESS"}, []string{w.Code("404"), w.Code("SUCCESS")})
	require.Equal(t, []string{"FAIL", "SUCCESS"}, []string{w.Status("FAILED"), w.Status("SUCCESS")})
}

// TestClone: a client keeps what it was given.
func TestClone(t *testing.T) {
	t.Parallel()
	for _, original := range wallets.All() {
		copied := original.Clone()
		require.Equal(t, original.Routes, copied.Routes)
		require.Equal(t, original.Words, copied.Words)
		for _, m := range []map[string]string{
			original.Routes.BaseURLs, original.Words.Results, original.Words.Codes, original.Words.Statuses,
		} {
			clear(m)
		}
		clear(original.Routes.Paths)
		clear(original.Routes.Unsupported)
		clear(original.Sources)
		fresh, _ := wallets.ByName(original.Name)
		fresh.Shaper, copied.Shaper = nil, nil
		require.Equal(t, fresh, copied)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2019, 4, 4, 12, 8, 56, 253e6, time.FixedZone("", 5*3600+1800))
	for format, want := range map[wire.TimeFormat]string{
		wire.TimeISO8601Millis: "2019-04-04T12:08:56.253+05:30",
		wire.TimeISO8601:       "2019-04-04T12:08:56+05:30",
		wire.TimeUTC:           "2019-04-04T06:38:56Z",
		wire.TimeUnixMillis:    "1554359936253",
		wire.TimeUnixSeconds:   "1554359936",
	} {
		require.Equal(t, want, format.Format(at))
		for _, other := range []wire.TimeFormat{format, wire.TimeISO8601Millis, wire.TimeUnixMillis,
			wire.TimeUnixSeconds} {
			read, ok := other.Parse(want)
			onlyItsOwn := format == wire.TimeUnixSeconds && other != format
			require.Equal(t, !onlyItsOwn, ok, want)
			require.True(t, onlyItsOwn || read.Unix() == at.Unix(), want)
		}
	}
	read, ok := wire.TimeISO8601Millis.Parse("2019-04-04T12:08:56+0530")
	require.True(t, ok)
	require.Equal(t, at.Unix(), read.Unix())
	for _, text := range []string{"", "now", "1554359936", "15543599362", "155435993625x", "2019-04-04",
		"2019-04-04T12:08:56"} {
		_, ok := wire.TimeISO8601Millis.Parse(text)
		require.False(t, ok, text)
	}
}

func TestFieldError(t *testing.T) {
	t.Parallel()
	sentinel := errors.New("tradepay: invalid request")
	err := &wire.FieldError{Field: "Title", Rule: "is required", Remedy: "set it", Err: sentinel}
	require.EqualError(t, err, "tradepay: invalid request: Title: is required; set it")
	require.ErrorIs(t, err, sentinel)
	require.EqualError(t, &wire.FieldError{Field: "Title", Rule: "is required"}, "Title: is required")
}
