package tradepaytest

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/wire"
)

// verify checks who sent the request and when, over the raw bytes. It returns
// nil if all is well.
func (w *Wallet) verify(x *exchange) *answer {
	header := x.request.Header
	// Not Content-Type, which nobody signs: an official client of a wallet sends it twice.
	for _, name := range []string{"Signature", "Client-Id", "Request-Time", "Content-Encoding", "Encrypt"} {
		if len(header.Values(name)) > 1 {
			return illegal("the header " + name + " stands twice")
		}
	}
	x.clientID = header.Get("Client-Id")
	contentType := header.Values("Content-Type")
	isJSON := len(contentType) == 0 && w.manners.contentTypeOptional || jsonContent(contentType)
	switch {
	case x.clientID == "":
		return reject("INVALID_CLIENT", "the header Client-Id is missing")
	case x.clientID != w.clientID:
		return reject("INVALID_CLIENT", "no client has this Client-Id")
	case !isJSON:
		return illegal("Content-Type must be application/json; charset=UTF-8")
	case header.Get("Content-Encoding") != "" || header.Get("Encrypt") != "":
		return illegal("compressed or encrypted bodies are not supported")
	case header.Get("Signature") == "":
		return reject("INVALID_SIGNATURE", "the header Signature is missing")
	}
	if a := w.verifyHeaders(header); a != nil {
		return a
	}
	m := wire.Message{
		Method: x.request.Method, URI: w.signedURI(x.request.RequestURI), ClientID: x.clientID,
		Time: header.Get("Request-Time"), Body: x.body, Layout: w.profile.Signing.Content,
		RequestID: header.Get(w.profile.Signing.RequestIDHeader), MerchantID: merchantID,
	}
	signature, a := w.checkSignature(header.Get("Signature"))
	if a != nil {
		return a
	}
	at, ok := w.parseTime(m.Time)
	switch age := w.source().Sub(at); {
	case m.Time == "":
		return illegal("the header Request-Time is missing")
	case !ok:
		return illegal("Request-Time is not in the format of this wallet")
	case age > timeWindow || age < -timeWindow:
		return illegal("Request-Time is more than 5 minutes from the wallet's clock")
	case m.Verify(&w.keys.merchant.PublicKey, signature) != nil:
		return w.misfit(doctor.Evidence{
			Kind: doctor.EvidenceRequest, Method: m.Method, URI: m.URI, Header: header, Body: m.Body,
		})
	}
	return nil
}

// misfit is the answer to a signature that does not verify.
func (w *Wallet) misfit(e doctor.Evidence) *answer {
	finding := w.finding(e)
	a := reject("INVALID_SIGNATURE", "the signature does not verify: "+inWords(finding))
	a.finding = finding
	return a
}

// jsonContent reports whether the Content-Type, and each repetition of it, is JSON in
// UTF-8.
func jsonContent(values []string) bool {
	for _, value := range values {
		media, params, err := mime.ParseMediaType(value)
		charset := params["charset"]
		if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "UTF-8") {
			return false
		}
	}
	return len(values) > 0
}

// checkSignature reads the Signature header.
func (w *Wallet) checkSignature(text string) ([]byte, *answer) {
	h, err := wire.ParseSignatureHeader(text)
	switch {
	case err != nil:
		return nil, reject("INVALID_SIGNATURE", "the header Signature must be "+w.signatureForm()+": "+said(err))
	case !strings.EqualFold(h.Algorithm, "RSA256") && !strings.EqualFold(h.Algorithm, "SHA256withRSA"):
		return nil, reject("INVALID_SIGNATURE", "the header Signature must have algorithm=RSA256 or SHA256withRSA")
	case h.KeyVersion != w.merchantKeyVersion:
		return nil, reject("KEY_NOT_FOUND",
			"the merchant has no key of this keyVersion: Signature must have keyVersion="+w.merchantKeyVersion)
	}
	return h.Signature, nil
}

// verifyHeaders checks the further headers of the profile.
func (w *Wallet) verifyHeaders(header http.Header) *answer {
	for _, h := range []struct{ name, want string }{
		{w.profile.Signing.MerchantIDHeader, merchantID},
		{w.profile.Signing.AgentTokenHeader, agentToken},
		{w.profile.Signing.RequestIDHeader, ""},
	} {
		if h.name == "" {
			continue
		}
		values := header.Values(h.name)
		switch {
		case len(values) != 1 || values[0] == "":
			return illegal("the header " + h.name + " must stand there once")
		case h.want != "" && values[0] != h.want:
			return reject("ACCESS_DENIED", "the header "+h.name+" does not name the merchant of this wallet")
		}
	}
	return nil
}

// signedURI is what a signature covers of a request URI.
func (w *Wallet) signedURI(uri string) string {
	if w.profile.Signing.WithoutPrefix {
		return strings.TrimPrefix(uri, w.profile.Routes.Prefix)
	}
	return uri
}

// seal returns the headers of a message, signed as the fault has it.
func (w *Wallet) seal(m wire.Message, timeHeader string, f Fault) (http.Header, error) {
	w.mu.Lock()
	version := w.keyVersion
	m.MerchantID = merchantID
	if m.Layout = w.profile.Signing.Content; m.Layout == wire.ContentDotted && !m.Answer {
		m.RequestID = w.secret("request", w.serial(), 32)
	}
	w.mu.Unlock()
	key, at := w.keys.wallet[version], w.source()
	switch f.Kind {
	case WrongKey:
		key = w.keys.stranger
	case WrongKeyVersion:
		version = "99"
	case ForeignClientID:
		m.ClientID = "TEST_SOMEBODY_ELSE"
	case SkewedClock:
		skew := f.Delay
		if skew == 0 {
			skew = time.Hour
		}
		at = at.Add(-skew)
	}
	m.Time = w.profile.Signing.TimeFormat.Format(at)
	signature, err := m.Sign(key)
	if err != nil {
		return nil, err
	}
	header := http.Header{
		"Client-Id":    {m.ClientID},
		timeHeader:     {m.Time},
		"Content-Type": {"application/json; charset=UTF-8"},
	}
	if m.RequestID != "" {
		header.Set(w.profile.Signing.RequestIDHeader, m.RequestID)
	}
	if f.Kind != Unsigned {
		header.Set("Signature", w.profile.SignatureHeader(version, signature))
	}
	return header, nil
}

// bodyTime is how times stand in bodies, whatever the headers have.
const bodyTime = "2006-01-02T15:04:05-07:00"

// parseTime reads a Request-Time in the profile's format.
func (w *Wallet) parseTime(text string) (time.Time, bool) {
	if w.manners.isoTimes {
		return w.profile.Signing.TimeFormat.Parse(text)
	}
	if w.profile.Signing.TimeFormat == wire.TimeUnixMillis {
		ms, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(ms), err == nil && len(text) == 13
	}
	if w.profile.Signing.TimeFormat == wire.TimeUnixSeconds {
		s, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(s, 0), err == nil && len(text) == 10
	}
	inUTC := strings.HasSuffix(text, "Z")
	if w.profile.Signing.TimeFormat == wire.TimeUTC && !inUTC || w.manners.offsetsOnly && inUTC {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}
