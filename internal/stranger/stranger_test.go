package stranger_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/networktest"
	"github.com/tradepay/tradepay-go/internal/stranger"
)

func TestLook(t *testing.T) {
	t.Parallel()
	for _, page := range networktest.Pages() {
		header := http.Header{}
		for name, value := range page.Header {
			header.Set(name, value)
		}
		found := stranger.Look(page.Status, header, []byte(page.Body))
		require.Equal(t, page.Cause, string(found.Cause), page.Name)
		require.NotContains(t, found.What, "planted", page.Name)
	}
}

func TestWhat(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status    int
		mediaType string
		body      string
		want      string
	}{
		"HTML by its header":    {200, "text/html; charset=utf-8", "hello", "an HTML page"},
		"HTML by its beginning": {200, "application/json", " \n<!DOCTYPE HTML><p>", "an HTML page"},
		"HTML after a BOM":      {200, "", "\ufeff<html lang=es>", "an HTML page"},
		"JSON as text":          {200, "text/plain", `{"a":1}`, "JSON"},
		"half of JSON":          {200, "application/json", `{"a":`, "text"},
		"bytes":                 {200, "image/png", "\x89PNG\r\n", "something else"},
		"gzip without a header": {200, "application/json", "\x1f\x8b\x08", "a compressed answer"},
		"nothing":               {0, "", "", "an empty answer"},
		"a status of no range":  {999, "", "x", "text"},
	} {
		header := http.Header{"Content-Type": {tt.mediaType}}
		require.Equal(t, tt.want, stranger.Look(tt.status, header, []byte(tt.body)).What, name)
	}
	for location, want := range map[string]string{
		"https://login.example/x?token=SECRET":        "a redirect to https://login.example",
		"//login.example:8443/":                       "a redirect to //login.example:8443",
		"/login?SECRET":                               "a redirect",
		"https://user:SECRET@login.example/":          "a redirect to https://login.example",
		"https://" + strings.Repeat("x", 200) + "/":   "a redirect",
		"SECRET\x00":                                  "a redirect",
		"https://l\u00f6gin.example/":                 "a redirect",
		"javascript:SECRET":                           "a redirect",
		"https://login.example%0aSECRET":              "a redirect",
		strings.Repeat("s", 200) + "://login.example": "a redirect",
	} {
		header := http.Header{"Location": {location}}
		require.Equal(t, want, stranger.Look(http.StatusFound, header, nil).What, location)
	}
}

// FuzzLook: whatever a stranger sends, there is a cause, and little of it is shown.
func FuzzLook(f *testing.F) {
	for _, page := range networktest.Pages() {
		f.Add(page.Status, page.Header["Content-Type"], page.Header["Location"], []byte(page.Body))
	}
	f.Fuzz(func(t *testing.T, status int, mediaType, location string, body []byte) {
		header := http.Header{"Content-Type": {mediaType}, "Location": {location}}
		found := stranger.Look(status, header, body)
		require.NotEmpty(t, found.Cause)
		require.NotEmpty(t, found.What)
		require.Less(t, len(found.What), 150)
		for _, c := range []byte(found.What) {
			require.True(t, c >= 0x20 && c < 0x7f, "%q", found.What)
		}
	})
}
