package main

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crossing answers without a network.
type crossing func(*http.Request) (*http.Response, error)

func (w crossing) RoundTrip(req *http.Request) (*http.Response, error) { return w(req) }

func TestRecorderKeepsAndPassesOn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxRecorded+10)
	r := &recorder{now: time.Now, next: crossing(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		require.Equal(t, "sent", string(body))
		require.Equal(t, int64(4), req.ContentLength)
		return &http.Response{StatusCode: 200, Header: http.Header{"A": {"1"}},
			Body: io.NopCloser(strings.NewReader(long))}, nil
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/p?q=1",
		strings.NewReader("sent"))
	require.NoError(t, err)
	res, err := r.RoundTrip(req)
	require.NoError(t, err)
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, long, string(got), "the SDK sees all of it, and refuses it itself")
	x := r.exchange()
	require.Equal(t, "/p?q=1", x.uri)
	require.Equal(t, "sent", string(x.body))
	require.Len(t, x.answer, maxRecorded+1)
}

func TestRecorderPassesFailuresOn(t *testing.T) {
	t.Parallel()
	cut := errors.New("cut")
	for _, test := range []struct {
		name string
		next crossing
	}{
		{"no answer", func(*http.Request) (*http.Response, error) { return nil, cut }},
		{"half an answer", func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200,
				Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), failing{cut}))}, nil
		}},
	} {
		r := &recorder{now: time.Now, next: test.next}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
		require.NoError(t, err)
		res, err := r.RoundTrip(req)
		if res != nil {
			_, err = io.ReadAll(res.Body)
			require.NoError(t, res.Body.Close())
		}
		require.ErrorIs(t, err, cut, test.name)
		require.NotNil(t, r.exchange())
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		date string
		off  bool
	}{
		{"Thu, 15 Jan 2026 12:00:30 GMT", false}, {"Thu, 15 Jan 2026 12:10:00 GMT", true},
		{"Thu, 15 Jan 2026 10:00:00 GMT", true}, {"", false}, {"soon", false},
	} {
		x := &recorded{answeredAt: now, response: http.Header{"Date": {test.date}}}
		_, off := x.skew()
		require.Equal(t, test.off, off, test.date)
	}
}
