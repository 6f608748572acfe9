package doctor_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/networktest"
)

// internetIllnesses are broken messages as people reported them of other payment SDKs:
// what frameworks, databases and form parsers do.
func internetIllnesses() map[string]illness {
	const request = doctor.EvidenceRequest
	both := func(signed, read string) func(p *patient) {
		return func(p *patient) { p.signed.Body, p.e.Body = []byte(signed), []byte(read) }
	}
	uris := func(signed, read string) func(p *patient) {
		return func(p *patient) { p.signed.URI, p.e.URI = signed, read }
	}
	return map[string]illness{
		// Row 15: the body went through something that read it.
		"a time's + decoded as a form": {want: doctor.CauseBodyForm, change: both(
			`{"paymentTime":"2026-01-15T20:00:30+08:00","note":"a b"}`,
			`{"paymentTime":"2026-01-15T20:00:30 08:00","note":"a b"}`)},
		"each + decoded as a form": {want: doctor.CauseBodyForm, change: both(
			`{"token":"a+b+c+d"}`, `{"token":"a b c d"}`)},
		"one + decoded as a form, one space": {want: doctor.CauseBodyForm, change: both(
			`{"token":"a+b c"}`, `{"token":"a b c"}`)},
		"an = after the body": {want: doctor.CauseBodyForm, change: readBody(func(_ testing.TB, b []byte) []byte {
			return append(append([]byte{}, b...), '=')
		})},
		"the body percent-encoded": {want: doctor.CauseBodyForm, change: readBody(func(_ testing.TB, b []byte) []byte {
			return []byte(url.QueryEscape(string(b)))
		})},
		"the body as the name of a field": {want: doctor.CauseBodyForm, change: readBody(texted(func(s string) string {
			return url.Values{s: {""}}.Encode()
		}))},
		"the body taken apart by Express": {want: doctor.CauseBodyForm, change: readBody(texted(takenApart))},
		"a request signed as a form": {kind: request, want: doctor.CauseBodyForm,
			change: signedBody(texted(url.QueryEscape))},
		"a letter made U+FFFD":       {want: doctor.CauseBodyReplaced, change: readBody(replaced("é", "\ufffd"))},
		"a letter cut in two pieces": {want: doctor.CauseBodyReplaced, change: readBody(replaced("é", "\ufffd\ufffd"))},
		"a letter made ?":            {want: doctor.CauseBodyReplaced, change: readBody(replaced("é", "?"))},
		"two letters made ?": {want: doctor.CauseBodyReplaced, change: both(
			`{"name":"José Muñoz"}`, `{"name":"Jos? Mu?oz"}`)},
		"ISO 8859-1 read as UTF-8": {want: doctor.CauseBodyReplaced, change: both(
			"{\"name\":\"Jos\xe9\"}", "{\"name\":\"Jos\ufffd\"}")},
		"a request signed with ? for é": {kind: request, want: doctor.CauseBodyReplaced,
			change: signedBody(replaced("é", "?"))},
		"136.0 made 136": {want: doctor.CauseBodyNumbers, change: both(
			`{"rate":136.0,"count":3}`, `{"rate":136,"count":3}`)},
		"10.50 made 10.5": {want: doctor.CauseBodyNumbers, change: both(`{"rate":10.50}`, `{"rate":10.5}`)},
		"a request signed with 136": {kind: request, want: doctor.CauseBodyNumbers, change: both(
			`{"rate":136,"big":12345678901234567000}`, `{"rate":136.0,"big":12345678901234567890}`)},
		"{} made [] by PHP": {want: doctor.CauseBodyEmptied, change: both(
			`{"extendInfo":{},"list":[]}`, `{"extendInfo":[],"list":[]}`)},
		"{} made [], / and é escaped by PHP": {want: doctor.CauseBodyEmptied, change: both(
			`{"extendInfo":{},"u":"a/é"}`, `{"extendInfo":[],"u":"a\/\u00e9"}`)},
		"[] made {}": {kind: request, want: doctor.CauseBodyEmptied, change: both(`{"list":[]}`, `{"list":{}}`)},
		"read from a column of jsonb": {want: doctor.CauseBodyJSONB, change: both(
			`{"paymentRequestId":"1","amount":{"value":"1","currency":"USD"},"id":2}`,
			`{"id": 2, "amount": {"value": "1", "currency": "USD"}, "paymentRequestId": "1"}`)},
		"a request signed from jsonb": {kind: request, want: doctor.CauseBodyJSONB, change: both(
			`{"b": 1, "aa": "é", "ccc": {"z": 1, "yy": 2}}`, `{"ccc":{"yy":2,"z":1},"aa":"\u00e9","b":1}`)},

		// Row 16: the query of the notify URL.
		"query sorted by a framework": {want: doctor.CauseQuery, change: uris(
			"/notify?shop=7&env=live&a=1", "/notify?a=1&env=live&shop=7")},
		"query sorted and encoded again": {want: doctor.CauseQuery, change: uris(
			"/notify?z=a%20b&a=1", "/notify?a=1&z=a+b")},
		"an = after a name without a value": {want: doctor.CauseQuery, change: uris("/notify?live", "/notify?live=")},
		"an = lost after a name":            {want: doctor.CauseQuery, change: uris("/notify?b=&a=1", "/notify?a=1&b")},
	}
}

// TestRow12Strangers: what did answer comes before which header is missing, for every
// page that something before a wallet answers with.
func TestRow12Strangers(t *testing.T) {
	t.Parallel()
	for _, page := range networktest.Pages() {
		p := newPatient(t, doctor.EvidenceResponse)
		p.e.Header, p.e.Body, p.e.Status = http.Header{}, []byte(page.Body), page.Status
		for name, value := range page.Header {
			p.e.Header.Set(name, value)
		}
		p.e.Header["Signature"] = nil
		d := doctor.Diagnose(p.e)
		first := d.Findings[0]
		requireSpanish(t, first)
		require.True(t, first.Certain, page.Name)
		require.Contains(t, first.Summary, "What answered is HTTP ", page.Name)
		if kind, _, _ := strings.Cut(page.Header["Content-Type"], ";"); kind != "" {
			require.Contains(t, first.Summary, "Content-Type "+kind, page.Name)
		}
		require.NotContains(t, d.String(), "planted", page.Name)
		if first.Cause == doctor.CauseMissingHeader { // the wallet may write such
			require.Contains(t, page.Body, `"result"`, page.Name)
			require.Contains(t, first.Remedy, "Check the host and the path", page.Name)
			continue
		}
		require.Equal(t, doctor.CauseNotTheWallet, first.Cause, "%s: %s", page.Name, d)
		require.Len(t, d.Findings, 1, "%s: %s", page.Name, d)
		requireSpanish(t, d.Findings[0])
		require.NotContains(t, first.Remedy, "drops", page.Name)
		require.Regexp(t, `path|host|address|[Ww]allet|network|proxy|https`, first.Remedy, page.Name)
	}
}

// TestRow12Texts: what the doctor says of some of them.
func TestRow12Texts(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(e *doctor.Evidence){
		"What answered is HTTP 403, an HTML page, Content-Type text/html, without a result and with none of the " +
			"wallet's headers: the wallet's API does not answer like this. It looks like the page by which a " +
			"firewall tells people and programs apart.": func(e *doctor.Evidence) {
			e.Status, e.Body = 403, []byte("<html>Just a moment...</html>")
			e.Header = http.Header{"content-type": {"text/html; charset=UTF-8"}}
		},
		"What answered is HTTP 302, a redirect to https://login.example, without a result and with none of the " +
			"wallet's headers: the wallet's API does not answer like this. It names another " +
			"address.": func(e *doctor.Evidence) {
			e.Status, e.Header = 302, http.Header{"Location": {"https://login.example/?" + planted}}
		},
		"What answered is HTTP 503, JSON, Content-Type application/json, without a result and with none of the " +
			"wallet's headers: the wallet's API does not answer like this. The wallet, or something before it, is " +
			"in trouble.": func(e *doctor.Evidence) {
			e.Status, e.Body = 503, []byte(`{"result":null}`)
			e.Header = http.Header{"Content-Type": {"application/json"}}
		},
		"What answered is text, without a result and with none of the wallet's headers: the wallet's API does not " +
			"answer like this.": func(e *doctor.Evidence) {
			e.Header, e.Body = http.Header{"Content-Type": {";;;" + planted}}, []byte("hello")
		},
		"What answered is HTTP 200, JSON with a result, but none of the wallet's headers: Signature, Response-Time " +
			"and Client-Id are absent.": func(e *doctor.Evidence) {
			e.Status, e.Header, e.Body = 200, http.Header{}, []byte(`{"result":{"resultStatus":"U"}}`)
		},
	} {
		p := newPatient(t, doctor.EvidenceResponse)
		p.e.Body = nil
		change(&p.e)
		require.Equal(t, want, doctor.Diagnose(p.e).Findings[0].Summary)
	}
}

// TestRow15Seen: what cannot be undone is named by how it looks, before a guess about
// the path.
func TestRow15Seen(t *testing.T) {
	t.Parallel()
	const many = `{"a": 1, "bb": 2, "ccc": 3, "dddd": 4, "aaaaa": 5, "ffffff": 6, "ggggggg": 7, "hhhhhhhh": 8}`
	for name, tt := range map[string]struct {
		read string
		want doctor.Cause
	}{
		"replacement characters": {"{\"a\":\"\ufffd\ufffd\ufffd\ufffd\ufffd\"}", doctor.CauseBodyReplaced},
		"? within words":         {`{"a":"Jos?fa Mu?oz Pe?a N??ez"}`, doctor.CauseBodyReplaced},
		"order of jsonb":         {many, doctor.CauseBodyJSONB},
		"percent-encoded":        {"%7B%22a%22%3A1%7D&b=2", doctor.CauseBodyForm},
		"of PHP":                 {`{"a":"\/","b":[]}`, doctor.CauseBodyEmptied},
	} {
		p := newPatient(t, doctor.EvidenceNotification)
		p.signed.Body, p.e.Body = []byte("something else"), []byte(tt.read)
		d := doctor.Diagnose(p.evidence())
		require.Equal(t, doctor.CauseContent, d.Findings[0].Cause, name)
		require.Equal(t, tt.want, d.Findings[1].Cause, "%s: %s", name, d)
		require.False(t, d.Findings[1].Certain, name)
		requireSpanish(t, d.Findings[1])
		require.Equal(t, doctor.CausePathRewritten, d.Findings[len(d.Findings)-1].Cause, name)
	}
	p := newPatient(t, doctor.EvidenceNotification) // no guess from alphabetical order alone
	p.signed.Body, p.e.Body = []byte("something else"), []byte(`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}`)
	require.Len(t, doctor.Diagnose(p.evidence()).Findings, 2)
}
