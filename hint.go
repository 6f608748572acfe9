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
	"github.com/tradepay/tradepay-go/wire"
)

// DiagnoseNotification is [doctor.Diagnose] for a notification that
// [Client.ParseNotification] refused, with the same arguments and the keys,
// the Client-Id, the clock and the notify path of this client, and the notify
// URLs that it has sent of late. Behind [Client.VerifyNotification], keep the
// body before it is consumed. net/http takes Host out of the headers: a wallet
// that signs the whole URL is found by the notify URL, by what proxies write,
// such as X-Forwarded-Host, or by a header Host that you set from Request.Host.
func (c *Client) DiagnoseNotification(method, uri string, header http.Header, body []byte) doctor.Diagnosis {
	return doctor.Diagnose(c.notificationEvidence(wire.Message{Method: method, URI: uri, Body: body}, header))
}

func (c *Client) notificationEvidence(m wire.Message, header http.Header) doctor.Evidence {
	e := c.evidence(doctor.EvidenceNotification, m, header)
	e.MaxAge, e.OtherURIs = c.maxAge, append(c.notify.list(), c.notifyPath)
	return e
}

// evidence is what this client has of a message that the wallet signed.
func (c *Client) evidence(kind doctor.EvidenceKind, m wire.Message, header http.Header) doctor.Evidence {
	ring, wallet := c.keys.Load(), c.wallet
	wallet.Routes.Prefix = c.prefix
	return doctor.Evidence{
		Kind: kind, Method: m.Method, URI: m.URI, Header: header, Body: m.Body,
		Keys: ring.wallet, OwnKey: ring.private.Public(),
		Wallet: wallet, ClientID: c.clientID, Now: c.now(), Tolerance: c.tolerance,
	}
}

// diagnoseEvery is how often a client asks the doctor by itself: strangers may
// send forgeries as often as they like.
const diagnoseEvery = 10 * time.Second

// mayDiagnose reports whether the doctor has more to say about a refusal than
// its reason, and has not been asked just now.
func (c *Client) mayDiagnose(refused *SignatureError) bool {
	switch refused.Reason {
	case ReasonMismatch, ReasonEncoding, ReasonMalformedHeader, ReasonKeyVersion, ReasonTime:
	default:
		return false
	}
	now, last := c.now().UnixNano(), c.diagnosed.Load()
	return (last == 0 || now < last || now-last >= int64(diagnoseEvery)) && c.diagnosed.CompareAndSwap(last, now)
}

// logCause is the best cause of a refused notification, for the log.
func (c *Client) logCause(ctx context.Context, r *http.Request, body []byte, refused *SignatureError) []slog.Attr {
	if !c.log.Enabled(ctx, slog.LevelWarn) || !c.mayDiagnose(refused) {
		return nil
	}
	header := r.Header.Clone()
	header.Set("Host", r.Host) // net/http keeps it apart
	if r.ContentLength > 0 {
		header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	e := c.notificationEvidence(wire.Message{Method: r.Method, URI: c.notifyURI(r), Body: body}, header)
	e.OtherURIs = append(e.OtherURIs, r.RequestURI)
	e.HeadersOnly = refused.Reason != ReasonMismatch
	findings := doctor.Diagnose(e).Findings
	if refused.Reason == ReasonTime { // nothing else is wrong with the headers
		otherwise := func(f doctor.Finding) bool {
			return f.Cause != doctor.CauseClock && f.Cause != doctor.CauseTimeFormat
		}
		findings = slices.DeleteFunc(findings, otherwise)
	}
	if len(findings) == 0 { // the keys were changed meanwhile
		return nil
	}
	return []slog.Attr{
		slog.String("cause", string(findings[0].Cause)),
		slog.String("summary", findings[0].Summary),
		slog.String("remedy", findings[0].Advice()),
	}
}

// hint says what to change after an answer to m that was not believed, or that
// refuses this client's signature. It is for people and decides nothing.
func (c *Client) hint(m wire.Message, header http.Header, body []byte, code string, err error) string {
	var parts []string
	switch c.wallet.Words.Code(code) {
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND":
		ring := c.keys.Load()
		own, _ := ring.private.Public().(*rsa.PublicKey)
		parts = append(
			parts,
			"the wallet's console must show the key "+doctor.Fingerprint(own)+" for keyVersion "+redact.Word(ring.keyVersion)+
				" of Client-Id "+redact.Word(c.clientID),
		)
		if clock := c.clockByDate(header); clock != "" {
			return parts[0] + "; " + clock
		}
	}
	var refused *SignatureError
	switch {
	case !errors.As(err, &refused):
	case refused.Reason == ReasonTime:
		parts = append(parts, c.clockByAnswer(m, header, body))
	case refused.Reason == ReasonMissingHeader:
		parts = append(parts, c.clockByDate(header))
	case len(parts) == 0 && c.mayDiagnose(refused):
		e := c.evidence(doctor.EvidenceResponse, wire.Message{Method: m.Method, URI: m.URI, Body: body}, header)
		e.RequestBody, e.RequestTime = m.Body, m.Time
		if d := doctor.Diagnose(e); len(d.Findings) > 0 {
			parts = append(parts, string(d.Findings[0].Cause)+": "+d.Findings[0].Advice())
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "; ")
}

// clockByAnswer says how far this clock is from the time of an answer that was
// rejected for it. Only a signed time proves anything.
func (c *Client) clockByAnswer(m wire.Message, header http.Header, body []byte) string {
	m.Time, _ = single(header, "Response-Time")
	at, ok := c.wallet.Signing.TimeFormat.Parse(m.Time)
	if !ok {
		return "the answer's time is in none of the formats of the protocol: " + redact.Word(m.Time)
	}
	source := "by the Response-Time of its answer, whose signature does not verify"
	m.ClientID, _ = single(header, "Client-Id")
	m.Body, m.Signed, m.Answer = body, c.wallet.Signing.Content, true
	signature, _ := single(header, "Signature")
	parsed, err := wire.ParseSignatureHeader(signature)
	if key := c.keys.Load().wallet[parsed.KeyVersion]; err == nil && m.Verify(key, parsed.Signature) == nil {
		source = "by the Response-Time that it signed"
	}
	return c.clock(at, source)
}

// clockByDate says how far this clock is from an answer's Date, which nobody
// signs and which is in whole seconds.
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
