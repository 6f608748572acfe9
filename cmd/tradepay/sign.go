package main

import (
	"cmp"
	"context"
	"crypto"
	"fmt"
	"net/url"
	"strings"

	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wire"
)

// runSign prints the headers of a message. It sends nothing.
func runSign(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("sign")
	kind := fs.text("kind")
	method := fs.text("method")
	uri := fs.text("uri")
	body := fs.text("body")
	at := fs.text("time")
	requestID := fs.text("request-id")
	asCurl := fs.toggle("curl")
	asJSON := fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	cfg, err := fs.partial(tradepayenv.Wallet, tradepayenv.ClientID, tradepayenv.PrivateKey)
	if err != nil {
		return err
	}
	if cfg.Wallet.Signing.Content == wire.ContentMerchant {
		if err := fs.named(tradepayenv.Require(cfg, tradepayenv.MerchantID)); err != nil {
			return err
		}
	}
	answer := false
	switch doctor.EvidenceKind(*kind) {
	case doctor.EvidenceRequest, doctor.EvidenceNotification:
	case doctor.EvidenceResponse, doctor.EvidenceAcknowledgement:
		answer = true
	default:
		return usage("-kind %s: give request, response, notification or acknowledgement", printable(*kind))
	}
	switch {
	case !strings.HasPrefix(*uri, "/"):
		return usage("-uri must be the path and query of the request, such as %s",
			cfg.Wallet.Routes.Prefix+cfg.Wallet.Path(wire.OpInquiryPayment))
	case *body == "":
		return usage("-body is missing: give the file that holds the body, byte for byte; - is standard input")
	case *requestID != "" && (answer || cfg.Wallet.Signing.RequestIDHeader == ""):
		return usage("-request-id: %s has no such header on a %s", cfg.Wallet.Name, *kind)
	case *asCurl && (answer || *body == "-" || *asJSON):
		return usage("-curl writes a request with -body FILE, without -json")
	case *asCurl && cfg.BaseURL == "":
		return usage("-curl needs %s", tradepayenv.BaseURL)
	}
	data, err := c.readInput("body", *body)
	if err != nil {
		return err
	}
	m := wire.Message{
		Method: *method, URI: *uri, ClientID: cfg.ClientID, Time: cmp.Or(*at,
			cfg.Wallet.Signing.TimeFormat.Format(c.now())), Body: data,
		RequestID: *requestID, Answer: answer, MerchantID: cfg.MerchantID,
	}
	headers, err := c.seal(&cfg.Wallet, m, cfg.PrivateKey, cfg.KeyVersion)
	if err != nil {
		return err
	}
	if signing := cfg.Wallet.Signing; !answer {
		for _, h := range []struct{ name, value string }{
			{signing.MerchantIDHeader, cfg.MerchantID}, {signing.AgentTokenHeader, ""},
		} {
			switch {
			case h.name != "" && h.value != "":
				headers = append(headers, [2]string{h.name, h.value})
			case h.name != "":
				c.print(c.stderr, "Add the header %s: %s wants it, and the signature does not cover it.", h.name,
					cfg.Wallet.Name)
			}
		}
	}
	switch {
	case *asJSON:
		values := make(map[string]string, len(headers))
		for _, h := range headers {
			values[h[0]] = h[1]
		}
		return printJSON(c.stdout, map[string]any{"headers": values})
	case *asCurl:
		u, err := url.Parse(cfg.BaseURL)
		if err != nil || u.Host == "" {
			return usage("%s must be an absolute URL", tradepayenv.BaseURL)
		}
		fmt.Fprintf(c.stdout, "curl -X %s %s", shellQuote(*method), shellQuote(u.Scheme+"://"+u.Host+*uri))
		for _, h := range headers {
			fmt.Fprintf(c.stdout, " \\\n  -H %s", shellQuote(h[0]+": "+h[1]))
		}
		fmt.Fprintf(c.stdout, " \\\n  --data-binary %s\n", shellQuote("@"+*body))
	default:
		for _, h := range headers {
			fmt.Fprintf(c.stdout, "%s: %s\n", h[0], h[1])
		}
	}
	return nil
}

// seal returns the headers of a message, in the order in which the command shows them. A
// message without a Request-Id gets a new one, if the wallet wants one.
func (c *cli) seal(w *wire.Profile, m wire.Message, key crypto.Signer, version string) ([][2]string, error) {
	m.Layout = w.Signing.Content
	wantsID := w.Signing.RequestIDHeader != "" && !m.Answer
	if wantsID && m.RequestID == "" {
		m.RequestID = c.randomID("")
	}
	signature, err := m.Sign(key)
	if err != nil {
		return nil, err
	}
	timeHeader := "Request-Time"
	if m.Answer {
		timeHeader = "Response-Time"
	}
	headers := [][2]string{
		{"Client-Id", m.ClientID}, {timeHeader, m.Time},
		{"Signature", w.SignatureHeader(cmp.Or(version, "1"), signature)},
		{"Content-Type", "application/json; charset=UTF-8"},
	}
	if wantsID {
		headers = append(headers, [2]string{w.Signing.RequestIDHeader, m.RequestID})
	}
	return headers, nil
}
