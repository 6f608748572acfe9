package main

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/saved"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wire"
)

// runDoctor says why a message does not verify, or looks at the settings.
func runDoctor(ctx context.Context, c *cli, args []string) error {
	f := c.newFlags("doctor").withMessage()
	live := f.toggle("live")
	timeout := f.duration("timeout")
	asJSON := f.toggle("json")
	if err := f.parse(args); err != nil {
		return err
	}
	switch {
	case *live && f.about() != "":
		return usage("-live asks the wallet itself and takes no message: leave out -%s", f.about())
	case *live:
		answer, err := c.askWallet(ctx, f.flagSet, *timeout)
		if err != nil {
			return err
		}
		if *asJSON {
			return c.liveJSON(answer)
		}
		return c.liveText(answer)
	case !f.given() && f.about() != "": // without a message, the user would believe that it is good
		return usage("-%s is about a message: give that by -message FILE, -curl FILE, or -headers FILE with -body FILE",
			f.about())
	case !f.given():
		cfg, err := f.config()
		if err != nil {
			return err
		}
		if *asJSON {
			return c.settingsJSON(cfg)
		}
		c.settingsText(cfg)
		return nil
	}
	e, err := f.evidence()
	if err != nil {
		return err
	}
	d := doctor.Diagnose(e)
	if *asJSON {
		err = printJSON(c.stdout, c.diagnosisJSON(e.Kind, d))
	} else {
		if f.form != "" && f.form != saved.FormHTTP {
			c.print(c.stdout, "The file is %s.", c.lang.said(f.form))
		}
		if f.assumed {
			c.print(c.stdout, "The message looks like a %s. If it is another kind, give -kind.",
				c.lang.said(string(e.Kind)))
		}
		c.printDiagnosis(c.stdout, c.out, d)
	}
	if err == nil && !d.Valid {
		return told(exitNotVerified)
	}
	return err
}

// printDiagnosis shows a diagnosis, with colours if p has them. It leaves out the names of
// the SDK, because the user may write in another language.
func (c *cli) printDiagnosis(w io.Writer, p palette, d doctor.Diagnosis) {
	if d.Valid && len(d.Findings) == 0 {
		fmt.Fprintln(w, p.good(c.lang.say("Nothing to change: the message is good, and key %s made its signature.",
			d.Key)))
		c.print(w, "If the other side rejects it, that side has another key or sees another message: compare the "+
			"fingerprint with the key it has.")
		return
	}
	for i, f := range d.Findings {
		first := fmt.Sprintf("%d. %s", i+1, c.lang.said(f.Remedy))
		if i == 0 { // fix this first
			first = p.bold(first)
		}
		sure := c.lang.say("likely")
		if f.Certain {
			sure = c.lang.say("certain")
		}
		fmt.Fprintln(w, first)
		c.print(w, "   Why:  %s (%s, %s)", c.lang.said(f.Summary), string(f.Cause), sure)
		if f.Detail != "" {
			c.print(w, "   Seen: %s.", c.lang.said(f.Detail))
		}
	}
	if d.Valid {
		c.print(w, "The signature itself is right: key %s made it.", d.Key)
	}
}

// diagnosis is what the doctor found, for machines.
type diagnosis struct {
	Valid    bool                `json:"valid"`
	Kind     doctor.EvidenceKind `json:"kind"`
	Key      string              `json:"key,omitempty"`
	Tried    int                 `json:"tried"`
	Findings []doctor.Finding    `json:"findings"`
}

func (c *cli) diagnosisJSON(kind doctor.EvidenceKind, d doctor.Diagnosis) diagnosis {
	findings := make([]doctor.Finding, 0, len(d.Findings))
	for _, f := range d.Findings {
		f.InGo, f.Summary, f.Remedy, f.Detail = "", c.lang.said(f.Summary), c.lang.said(f.Remedy), c.lang.said(f.Detail)
		findings = append(findings, f)
	}
	return diagnosis{Valid: d.Valid, Kind: kind, Key: d.Key, Tried: d.Tried, Findings: findings}
}

// settingsJSON shows settings that fit together, for programs.
func (c *cli) settingsJSON(cfg tradepay.Config) error {
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	walletKeys := make(map[string]string)
	for version, key := range cfg.WalletKeys {
		walletKeys[version] = doctor.Fingerprint(key)
	}
	return printJSON(c.stdout, map[string]any{
		"valid": true, "wallet": cfg.Wallet.Name, "baseUrl": cfg.BaseURL, "clientId": cfg.ClientID,
		"key": doctor.Fingerprint(own), "keyVersion": cmp.Or(cfg.KeyVersion, "1"), "walletKeys": walletKeys,
	})
}

// settingsText shows settings that fit together.
func (c *cli) settingsText(cfg tradepay.Config) {
	c.printSettings(cfg)
	c.print(c.stdout, `
The settings fit together. The command sent nothing: tradepay doctor -live asks the wallet.
Compare the fingerprints with the keys in the wallet's console:
  openssl pkey -pubin -in FILE -outform DER | openssl sha256`)
}

func (c *cli) printSettings(cfg tradepay.Config) {
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	word := c.lang.say
	rows := [][2]string{
		{word("wallet"), cfg.Wallet.Name}, {word("base URL"), cfg.BaseURL}, {"client id", cfg.ClientID},
		{word("your key"), word("%s, %d bits, keyVersion %s", doctor.Fingerprint(own), own.N.BitLen(),
			cmp.Or(cfg.KeyVersion, "1"))},
	}
	for _, version := range slices.Sorted(maps.Keys(cfg.WalletKeys)) {
		key := cfg.WalletKeys[version]
		rows = append(rows, [2]string{word("wallet's key"), word("%s, %d bits, keyVersion %s",
			doctor.Fingerprint(key), key.N.BitLen(), version)})
	}
	fields(c.stdout, c.out, rows...)
}

// liveAnswer is what came of asking the wallet.
type liveAnswer struct {
	cfg      tradepay.Config
	exchange *recorded // nil if the SDK sent nothing
	err      error     // of the question
}

// good reports whether both sides verified each other: the order does not exist, of course.
func (a *liveAnswer) good() bool { return a.err == nil || errors.Is(a.err, tradepay.ErrOrderNotFound) }

// askWallet asks the wallet about an order that does not exist: this call moves no money
// and shows whether both sides verify each other.
func (c *cli) askWallet(ctx context.Context, fs *flagSet, timeout time.Duration) (*liveAnswer, error) {
	cfg, err := fs.config()
	if err != nil {
		return nil, err
	}
	if _, err := url.Parse(cfg.BaseURL); err != nil {
		return nil, usage("%s: %w", tradepayenv.BaseURL, err)
	}
	cfg.Retry = tradepay.RetryPolicy{MaxAttempts: 1, AttemptTimeout: timeout}
	client, rec, err := c.newClient(cfg)
	if err != nil {
		return nil, tradepayenv.Explain(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: c.randomID("doctor-")})
	return &liveAnswer{cfg: cfg, exchange: rec.exchange(), err: err}, nil
}

// liveText shows the answer of the wallet, and what to do about it.
func (c *cli) liveText(a *liveAnswer) error {
	c.printSettings(a.cfg)
	if x := a.exchange; x != nil && x.status != 0 {
		took := x.answeredAt.Sub(x.sentAt).Round(time.Millisecond)
		asked := c.lang.say("\nAsked about an order that does not exist: HTTP %d in %s", x.status, took)
		fmt.Fprintln(c.stdout, c.out.bold(asked))
	}
	if a.good() {
		good := c.out.good(c.lang.say("The wallet verified your signature, and you verified its answer."))
		fmt.Fprintln(c.stdout, good, c.lang.say("Keys, ids, path and clock are right."))
		return nil
	}
	var next []string
	if api := (*tradepay.APIError)(nil); errors.As(a.err, &api) && api.NotSent {
		next = []string{c.unreached(a.cfg)}
	}
	c.explain(c.stdout, c.out, c.lang.say("Not good:"), a.err, a.cfg, a.exchange, next...)
	return told(liveCode(&a.cfg.Wallet, a.err))
}

// liveCode is exitCode for a question that moves no money.
func liveCode(wallet *wire.Profile, err error) int {
	var api *tradepay.APIError
	isOfCaller := errors.Is(err, tradepay.ErrUnauthorized) ||
		errors.As(err, &api) && callerAdvice(wallet, api.Result.Code) != nil
	switch {
	case errors.Is(err, tradepay.ErrSignature):
		return exitNotVerified
	case isOfCaller:
		return exitCaller
	}
	return exitFailed
}

// liveJSON shows the answer of the wallet, for programs.
func (c *cli) liveJSON(a *liveAnswer) error {
	result := map[string]any{"valid": a.good(), "wallet": a.cfg.Wallet.Name, "baseUrl": a.cfg.BaseURL}
	if !a.good() {
		result["error"] = c.errorText(a.err)
	}
	var api *tradepay.APIError
	isOfWallet := !errors.As(a.err, &api) || api.Cause == ""
	if !isOfWallet {
		result["cause"], result["hint"] = api.Cause, c.lang.said(api.Hint)
	}
	if api != nil && api.TraceID != "" {
		result["traceId"] = api.TraceID
	}
	diagnose := func(kind doctor.EvidenceKind) diagnosis {
		return c.diagnosisJSON(kind, doctor.Diagnose(a.exchange.evidence(a.cfg, kind)))
	}
	if a.exchange != nil {
		result["request"] = diagnose(doctor.EvidenceRequest)
	}
	if a.exchange != nil && a.exchange.status != 0 {
		result["httpStatus"] = a.exchange.status
	}
	if a.exchange != nil && a.exchange.status != 0 && isOfWallet {
		result["response"] = diagnose(doctor.EvidenceResponse)
	}
	if err := printJSON(c.stdout, result); err != nil || a.good() {
		return err
	}
	return told(liveCode(&a.cfg.Wallet, a.err))
}
