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
	"strings"
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
		err = printJSON(c.stdout, diagnosisJSON(e.Kind, d))
	} else {
		if f.form != "" && f.form != saved.FormHTTP {
			fmt.Fprintf(c.stdout, "The file is %s.\n", f.form)
		}
		if f.assumed {
			fmt.Fprintf(c.stdout, "The message looks like a %s. If it is another kind, give -kind.\n", e.Kind)
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
	d.Findings = slices.Clone(d.Findings)
	for i := range d.Findings {
		d.Findings[i].InGo = ""
	}
	for line := range strings.Lines(d.String()) {
		text := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(text, "Nothing to change"):
			text = p.good(text)
		case strings.HasPrefix(text, "1. "): // fix this first
			text = p.bold(text)
		}
		fmt.Fprintln(w, text)
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

func diagnosisJSON(kind doctor.EvidenceKind, d doctor.Diagnosis) diagnosis {
	findings := make([]doctor.Finding, 0, len(d.Findings))
	for _, f := range d.Findings {
		f.InGo = ""
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
	fmt.Fprintln(c.stdout, `
The settings fit together. The command sent nothing: tradepay doctor -live asks the wallet.
Compare the fingerprints with the keys in the wallet's console:
  openssl pkey -pubin -in FILE -outform DER | openssl sha256`)
}

func (c *cli) printSettings(cfg tradepay.Config) {
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	rows := [][2]string{
		{"wallet", cfg.Wallet.Name}, {"base URL", cfg.BaseURL}, {"client id", cfg.ClientID},
		{"your key", fmt.Sprintf("%s, %d bits, keyVersion %s", doctor.Fingerprint(own), own.N.BitLen(),
			cmp.Or(cfg.KeyVersion, "1"))},
	}
	for _, version := range slices.Sorted(maps.Keys(cfg.WalletKeys)) {
		key := cfg.WalletKeys[version]
		rows = append(rows, [2]string{"wallet's key", fmt.Sprintf("%s, %d bits, keyVersion %s",
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
		asked := fmt.Sprintf("\nAsked about an order that does not exist: HTTP %d in %s", x.status, took)
		fmt.Fprintln(c.stdout, c.out.bold(asked))
	}
	if a.good() {
		good := c.out.good("The wallet verified your signature, and you verified its answer.")
		fmt.Fprintln(c.stdout, good, "Keys, ids, path and clock are right.")
		return nil
	}
	var next []string
	if api := (*tradepay.APIError)(nil); errors.As(a.err, &api) && api.NotSent {
		next = []string{unreached(a.cfg)}
	}
	c.explain(c.stdout, c.out, "Not good:", a.err, a.cfg, a.exchange, next...)
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
		result["error"] = errorText(a.err)
	}
	var api *tradepay.APIError
	isOfWallet := !errors.As(a.err, &api) || api.Cause == ""
	if !isOfWallet {
		result["cause"], result["hint"] = api.Cause, api.Hint
	}
	diagnose := func(kind doctor.EvidenceKind) diagnosis {
		return diagnosisJSON(kind, doctor.Diagnose(a.exchange.evidence(a.cfg, kind)))
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
