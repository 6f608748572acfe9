package tradepay

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/redact"
	"github.com/tradepay/tradepay-go/internal/transport"
	"github.com/tradepay/tradepay-go/wire"
)

// DiagnoseNotification finds out why [Client.ParseNotification] rejects a
// notification. Pass it the same arguments. It calls [doctor.Diagnose] with the
// keys, the Client-Id, the clock and the notify path of this client, and with the
// notify URLs that the client sent last. [Client.VerifyNotification] consumes the
// body: keep a copy before you call it. Some wallets sign the whole URL. To find
// that, the doctor must know the host: from the notify URL, from a header that
// proxies write, such as X-Forwarded-Host, or from a header Host that you set to
// Request.Host, since net/http removes it.
func (c *Client) DiagnoseNotification(method, uri string, header http.Header, body []byte) doctor.Diagnosis {
	return doctor.Diagnose(c.notificationEvidence(wire.Message{Method: method, URI: uri, Body: body}, header))
}

func (c *Client) notificationEvidence(m wire.Message, header http.Header) doctor.Evidence {
	e := c.evidence(doctor.EvidenceNotification, m, header)
	e.MaxAge, e.OtherURIs = c.maxAge, append(c.notify.list(), c.notifyPath)
	return e
}

// evidence is what this client knows about a message that the wallet signed.
func (c *Client) evidence(kind doctor.EvidenceKind, m wire.Message, header http.Header) doctor.Evidence {
	ring, wallet := c.keys.Load(), c.wallet
	wallet.Routes.Prefix = c.prefix
	return doctor.Evidence{
		Kind: kind, Method: m.Method, URI: m.URI, Header: header, Body: m.Body,
		Keys: ring.wallet, OwnKey: ring.private.Public(),
		Wallet: wallet, ClientID: c.clientID, MerchantID: c.merchantID, Now: c.now(), Tolerance: c.tolerance,
	}
}

// diagnoseEvery is how often a client asks the doctor by itself at most: strangers
// may send forgeries as often as they like.
const diagnoseEvery = 10 * time.Second

// mayDiagnose reports whether the doctor can say more than the reason, and whether
// the client may ask it now.
func (c *Client) mayDiagnose(rejected *SignatureError) bool {
	switch rejected.Reason {
	case ReasonMismatch, ReasonEncoding, ReasonMalformedHeader, ReasonKeyVersion, ReasonTime:
	default:
		return false
	}
	now, last := c.now().UnixNano(), c.diagnosed.Load()
	clockWasSetBack := now < last
	isDue := last == 0 || clockWasSetBack || now-last >= int64(diagnoseEvery)
	return isDue && c.diagnosed.CompareAndSwap(last, now)
}

// logCause returns the likeliest cause why a notification was rejected, for the log.
func (c *Client) logCause(ctx context.Context, r *http.Request, body []byte, rejected *SignatureError) []slog.Attr {
	if !c.log.Enabled(ctx, slog.LevelWarn) || !c.mayDiagnose(rejected) {
		return nil
	}
	header := r.Header.Clone()
	header.Set("Host", r.Host) // net/http does not keep it in Header
	if r.ContentLength > 0 {
		header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	e := c.notificationEvidence(wire.Message{Method: r.Method, URI: c.notifyURI(r), Body: body}, header)
	e.OtherURIs = append(e.OtherURIs, r.RequestURI)
	e.HeadersOnly = rejected.Reason != ReasonMismatch
	findings := doctor.Diagnose(e).Findings
	if rejected.Reason == ReasonTime { // nothing else is wrong with the headers
		otherwise := func(f doctor.Finding) bool {
			return f.Cause != doctor.CauseClock && f.Cause != doctor.CauseTimeFormat
		}
		findings = slices.DeleteFunc(findings, otherwise)
	}
	if len(findings) == 0 { // somebody has changed the keys meanwhile
		return nil
	}
	return []slog.Attr{
		slog.String("cause", string(findings[0].Cause)),
		slog.String("summary", findings[0].Summary),
		slog.String("remedy", findings[0].Advice()),
	}
}

// hint says what to change after an answer to m that the client could not verify: first
// what did answer. It is for people and decides nothing.
func (c *Client) hint(m wire.Message, res *transport.Response, try attempted, err error) string {
	parts := c.callerHint(res.Header, try.claimed)
	if len(parts) > 1 { // it has the clock
		return strings.Join(parts, "; ")
	}
	parts = append(parts, networkHint(try.cause))
	var rejected *SignatureError
	switch {
	case !errors.As(err, &rejected):
	case rejected == errStale:
		parts = append(parts, "the wallet signed this answer over "+c.staleAfter().String()+" before it was asked, by "+
			"its own clock: somebody sends an old answer again, or the clocks of the gateway's machines differ; "+
			"if they do, tell the wallet, and raise Config.TimeTolerance, of which this is a fifth")
	case rejected.Reason == ReasonTime:
		parts = append(parts, c.clockByAnswer(m, res.Header, res.Body))
	case rejected.Reason == ReasonMissingHeader:
		parts = append(parts, c.clockByDate(res.Header))
	case len(parts) == 1 && c.mayDiagnose(rejected):
		e := c.evidence(doctor.EvidenceResponse, wire.Message{Method: m.Method, URI: m.URI, Body: res.Body}, res.Header)
		e.Status, e.RequestBody, e.RequestTime = res.Status, m.Body, m.Time
		if d := doctor.Diagnose(e); len(d.Findings) > 0 {
			parts = append(parts, string(d.Findings[0].Cause)+": "+d.Findings[0].Advice())
		}
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(slices.Compact(parts), "; ") // two checks may say the same of the clock
}

// callerHint says what to compare if the wallet rejects this client's signature or
// clock.
func (c *Client) callerHint(header http.Header, code string) []string {
	switch c.platformCode(code) {
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND":
	case "TIMESTAMP_INVALID":
		return []string{c.clockByDate(header)}
	default:
		return nil
	}
	ring := c.keys.Load()
	own, _ := ring.private.Public().(*rsa.PublicKey)
	parts := []string{"the wallet's console must show the key " + doctor.Fingerprint(own) +
		" for keyVersion " + redact.Word(ring.keyVersion) + " of Client-Id " + redact.Word(c.clientID)}
	if clock := c.clockByDate(header); clock != "" {
		parts = append(parts, clock)
	}
	return parts
}

// clockByAnswer says how far this clock is from the time of an answer that the
// client rejected for its time. Only a signed time proves anything.
func (c *Client) clockByAnswer(m wire.Message, header http.Header, body []byte) string {
	m.Time, _ = single(header, "Response-Time")
	at, ok := c.wallet.Signing.TimeFormat.Parse(m.Time)
	if !ok {
		return "the answer's time is in none of the formats of the protocol: " + redact.Word(m.Time)
	}
	source := "by the Response-Time of its answer, whose signature does not verify"
	m.ClientID, _ = single(header, "Client-Id")
	m.Body, m.Layout, m.MerchantID, m.Answer = body, c.wallet.Signing.Content, c.merchantID, true
	signature, _ := single(header, "Signature")
	parsed, err := wire.ParseSignatureHeader(signature)
	if key := c.keys.Load().wallet[parsed.KeyVersion]; err == nil && m.Verify(key, parsed.Signature) == nil {
		source = "by the Response-Time that it signed"
	}
	return c.clock(at, source)
}

// clockByDate says how far this clock is from an answer's Date header. Nobody signs
// that header, and it has whole seconds.
func (c *Client) clockByDate(header http.Header) string {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || date.Sub(c.now()).Round(time.Second).Abs() <= time.Minute {
		return ""
	}
	return c.clock(date, "by its Date header")
}

// clock says how far this clock is from the wallet's, which way, and what to do.
func (c *Client) clock(theirs time.Time, source string) string {
	ahead, word := c.now().Sub(theirs).Round(time.Second), "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	return "this clock is " + ahead.Abs().String() + " " + word + " the wallet's, " + source + ": set it by NTP"
}
