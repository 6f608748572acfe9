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
	"github.com/tradepay/tradepay-go/internal/settings"
)

// runDoctor says why a message does not verify, or looks at the settings.
func runDoctor(ctx context.Context, c *cli, args []string) error {
	f := c.newFlags("doctor").withSettings().withMessage()
	live := f.Bool("live", false, "")
	timeout := f.Duration("timeout", 15*time.Second, "")
	asJSON := f.Bool("json", false, "")
	if err := f.parse(args); err != nil {
		return err
	}
	switch {
	case *live && f.about() != "":
		return usage("-live asks the wallet itself: leave the message out: -%s", f.about())
	case *live:
		return c.doctorLive(ctx, f.flagSet, *timeout, *asJSON)
	case !f.given() && f.about() != "": // it must not pass for good
		return usage("-%s is about a message: give that by -message FILE, -curl FILE, or -headers FILE with -body FILE", f.about())
	case !f.given():
		return c.doctorSettings(f.flagSet, *asJSON)
	}
	e, err := f.evidence()
	if err != nil {
		return err
	}
	d := doctor.Diagnose(e)
	if *asJSON {
		err = printJSON(c.stdout, diagnosisJSON(e.Kind, d), true)
	} else {
		if f.assumed {
			fmt.Fprintf(c.stdout, "Read as a %s, as it looks; -kind says otherwise.\n", e.Kind)
		}
		c.printDiagnosis(c.stdout, c.out, d)
	}
	if err == nil && !d.Valid {
		return told(exitNotVerified)
	}
	return err
}

// printDiagnosis shows a diagnosis, in colour where that is wanted, and without
// the names of the SDK: who asks may write in another language.
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
		case strings.HasPrefix(text, "1. "): // mend this first
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

// doctorSettings looks at the settings alone. Nothing is sent.
func (c *cli) doctorSettings(fs *flagSet, asJSON bool) error {
	cfg, err := fs.config()
	if err != nil {
		return err
	}
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	if asJSON {
		walletKeys := make(map[string]string)
		for version, key := range cfg.WalletKeys {
			walletKeys[version] = doctor.Fingerprint(key)
		}
		return printJSON(c.stdout, map[string]any{
			"valid": true, "wallet": cfg.Wallet.Name, "baseUrl": cfg.BaseURL, "clientId": cfg.ClientID,
			"key": doctor.Fingerprint(own), "keyVersion": cmp.Or(cfg.KeyVersion, "1"), "walletKeys": walletKeys,
		}, true)
	}
	c.printSettings(cfg)
	fmt.Fprintln(c.stdout, `
The settings fit together. Nothing was sent: tradepay doctor -live asks the wallet.
Compare the fingerprints with the keys in the wallet's console:
  openssl pkey -pubin -in FILE -outform DER | openssl sha256`)
	return nil
}

func (c *cli) printSettings(cfg tradepay.Config) {
	own, _ := cfg.PrivateKey.Public().(*rsa.PublicKey)
	rows := [][2]string{
		{"wallet", cfg.Wallet.Name}, {"base URL", cfg.BaseURL}, {"client id", cfg.ClientID},
		{"your key", fmt.Sprintf("%s, %d bits, keyVersion %s", doctor.Fingerprint(own), own.N.BitLen(), cmp.Or(cfg.KeyVersion, "1"))},
	}
	for _, version := range slices.Sorted(maps.Keys(cfg.WalletKeys)) {
		key := cfg.WalletKeys[version]
		rows = append(rows, [2]string{"wallet's key", fmt.Sprintf("%s, %d bits, keyVersion %s", doctor.Fingerprint(key), key.N.BitLen(), version)})
	}
	fields(c.stdout, c.out, rows...)
}

// doctorLive asks the wallet about an order that does not exist: the one call
// that moves no money and shows whether both sides understand each other.
func (c *cli) doctorLive(ctx context.Context, fs *flagSet, timeout time.Duration, asJSON bool) error {
	cfg, err := fs.config()
	if err != nil {
		return err
	}
	if _, err := url.Parse(cfg.BaseURL); err != nil {
		return usage("%s: %w", settings.BaseURL, err)
	}
	cfg.Retry = tradepay.RetryPolicy{MaxAttempts: 1, AttemptTimeout: timeout}
	client, rec, err := c.newClient(cfg)
	if err != nil {
		return settings.Explain(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err = client.QueryOrder(ctx, tradepay.OrderRef{PaymentRequestID: c.randomID("doctor-")})
	good := err == nil || errors.Is(err, tradepay.ErrOrderNotFound)
	x := rec.exchange()
	if asJSON {
		return c.liveJSON(cfg, x, err, good)
	}
	c.printSettings(cfg)
	if x != nil && x.status != 0 {
		fmt.Fprintf(c.stdout, "%s\n", c.out.bold(fmt.Sprintf("\nAsked about an order that does not exist: HTTP %d in %s", x.status, x.answeredAt.Sub(x.sentAt).Round(time.Millisecond))))
	}
	if good {
		fmt.Fprintln(c.stdout, c.out.good("The wallet verified your signature, and you verified its answer.")+" Keys, ids, path and clock are right.")
		return nil
	}
	var next []string
	if api := (*tradepay.APIError)(nil); errors.As(err, &api) && api.NotSent {
		next = []string{unreached(cfg)}
	}
	c.explain(c.stdout, c.out, "Not good:", err, cfg, x, next...)
	return told(liveCode(err))
}

// liveCode is exitCode for a question that no money hangs on.
func liveCode(err error) int {
	var api *tradepay.APIError
	switch {
	case errors.Is(err, tradepay.ErrSignature):
		return exitNotVerified
	case errors.Is(err, tradepay.ErrUnauthorized), errors.As(err, &api) && refusals[api.Result.Code] != nil:
		return exitRefused
	}
	return exitFailed
}

func (c *cli) liveJSON(cfg tradepay.Config, x *recorded, err error, good bool) error {
	result := map[string]any{"valid": good, "wallet": cfg.Wallet.Name, "baseUrl": cfg.BaseURL}
	if !good {
		result["error"] = errorText(err)
	}
	if x != nil {
		result["request"] = diagnosisJSON(doctor.EvidenceRequest, doctor.Diagnose(x.evidence(cfg, doctor.EvidenceRequest)))
		if x.status != 0 {
			result["httpStatus"] = x.status
			result["response"] = diagnosisJSON(doctor.EvidenceResponse, doctor.Diagnose(x.evidence(cfg, doctor.EvidenceResponse)))
		}
	}
	if printErr := printJSON(c.stdout, result, true); printErr != nil || good {
		return printErr
	}
	return told(liveCode(err))
}
