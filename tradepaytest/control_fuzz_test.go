package tradepaytest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzControl: whatever somebody sends, the control API answers in JSON, and finds no fault
// with itself.
func FuzzControl(f *testing.F) {
	var targets [][2]string
	for path, ids := range controlPaths() {
		for method, id := range ids {
			if id != "getDocument" && id != "suspend" { // which starts a timer
				targets = append(targets, [2]string{method, path})
			}
		}
	}
	for i, body := range []string{
		"", "{}", `{"payment": "order-1"}`, `{"kind": "DropAfter", "after": 1, "count": -1}`, `{"advance": "1m"}`,
		`{"currency": "USD", "value": "1"}`, `{"userId": "1"}`, `{"kind": "Slow", "delay": "99999999h"}`, `[]`, "\xff",
	} {
		f.Add(uint(i), "order-1", body)
	}
	w := NewWallet()
	f.Cleanup(w.Close)
	f.Fuzz(func(t *testing.T, target uint, name, body string) {
		call := targets[target%uint(len(targets))]
		path := call[1]
		r := httptest.NewRequestWithContext(t.Context(), call[0], "http://127.0.0.1"+controlPath+"health",
			strings.NewReader(body))
		r.URL.Path = strings.NewReplacer("{payment}", name, "{fault}", name).Replace(path)
		r.URL.RawQuery = "after=" + strings.ReplaceAll(name, "wait", "") // nobody waits here
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.serveControl(rec, r)
		if rec.Code >= http.StatusInternalServerError {
			t.Fatalf("%v: %d %s", call, rec.Code, rec.Body)
		}
		if location := rec.Header().Get("Location"); location != "" {
			return // net/http cleans a path
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("%v: %q is no JSON", call, rec.Body)
		}
	})
}
