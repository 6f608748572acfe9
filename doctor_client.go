package tradepay

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// DiagnoseNotification is [Diagnose] for a notification that
// [Client.ParseNotification] refused, with the same arguments and the keys,
// the Client-Id, the clock and the notify path of this client. Behind
// [Client.VerifyNotification], keep the body before it is consumed.
func (c *Client) DiagnoseNotification(method, uri string, header http.Header, body []byte) Diagnosis {
	return c.diagnoseNotification(Message{Method: method, URI: uri, Body: body}, header, c.notifyPath)
}

func (c *Client) diagnoseNotification(m Message, header http.Header, otherURI string) Diagnosis {
	e := c.evidence(EvidenceNotification, m, header)
	e.MaxAge, e.OtherURIs = c.maxAge, []string{otherURI}
	return Diagnose(e)
}

// evidence is what this client has of a message that the wallet signed.
func (c *Client) evidence(kind EvidenceKind, m Message, header http.Header) Evidence {
	ring, wallet := c.keys.Load(), c.wallet
	wallet.Prefix = c.prefix
	return Evidence{
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
	case ReasonMismatch, ReasonEncoding, ReasonMalformedHeader, ReasonKeyVersion:
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
	d := c.diagnoseNotification(Message{Method: r.Method, URI: c.notifyURI(r), Body: body}, r.Header, r.RequestURI)
	if len(d.Findings) == 0 { // the keys were changed meanwhile
		return nil
	}
	return []slog.Attr{slog.String("cause", string(d.Findings[0].Cause)), slog.String("remedy", d.Findings[0].Remedy)}
}

// hint says what to change after an answer to m that was not believed, or that
// refuses this client's signature. It is for people and decides nothing.
func (c *Client) hint(m Message, header http.Header, body []byte, code string, err error) string {
	switch c.wallet.code(code) {
	case "INVALID_SIGNATURE", "KEY_NOT_FOUND":
		ring := c.keys.Load()
		own, _ := ring.private.Public().(*rsa.PublicKey)
		text := "the wallet's console must show the key " + Fingerprint(own) + " for keyVersion " + printable(ring.keyVersion) + " of Client-Id " + printable(c.clientID)
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			behind := date.Sub(c.now()).Round(time.Second)
			if word := "behind"; behind.Abs() > time.Minute {
				if behind < 0 {
					word = "ahead of"
				}
				text += "; this clock is " + behind.Abs().String() + " " + word + " the wallet's, by its Date header"
			}
		}
		return text
	}
	var refused *SignatureError
	if !errors.As(err, &refused) || !c.mayDiagnose(refused) {
		return ""
	}
	e := c.evidence(EvidenceResponse, Message{Method: m.Method, URI: m.URI, Body: body}, header)
	e.RequestBody, e.RequestTime = m.Body, m.Time
	d := Diagnose(e)
	if len(d.Findings) == 0 {
		return ""
	}
	return string(d.Findings[0].Cause) + ": " + d.Findings[0].Remedy
}
