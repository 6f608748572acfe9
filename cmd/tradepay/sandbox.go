package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wire"
)

// runSandbox serves the test wallet until a signal ends it.
func runSandbox(ctx context.Context, c *cli, args []string) error {
	fs := c.newFlags("sandbox")
	walletName := fs.text("wallet")
	address := fs.text("address")
	dir := fs.text("dir")
	merchantKey := fs.text("merchant-key")
	payAfter := fs.duration("pay-after")
	declineAfter := fs.duration("decline-after")
	seed := flagValue[*uint64](fs, "seed")
	expiry := fs.duration("expiry")
	asJSON := fs.toggle("json")
	quiet := fs.toggle("quiet")
	injected := flagValue[*faults](fs, "fault")
	reach := fs.reach()
	clientID, appID, partnerID := fs.text("client-id"), fs.text("app-id"), fs.text("partner-id")
	keyVersion := fs.text("key-version")
	prefix := fs.text("prefix")
	attempts := flagValue[*int](fs, "notify-attempts")
	pause := fs.duration("notify-pause")
	if err := fs.parse(args); err != nil {
		return err
	}
	if err := reach.check(*address); err != nil {
		return err
	}
	switch {
	case *prefix != "" && !plainPrefix.MatchString(*prefix):
		return usage("-prefix %s: give a plain path such as /api", printable(*prefix))
	case *attempts < 1 || *pause <= 0:
		return usage("-notify-attempts and -notify-pause must be positive")
	case fs.isSet("pay-after") && fs.isSet("decline-after"):
		return usage("-pay-after and -decline-after: keep one of them")
	case fs.isSet("pay-after") && *payAfter < 0, fs.isSet("decline-after") && *declineAfter < 0:
		return usage("nobody can pay before the order exists: give a duration such as 1s")
	case *expiry <= 0:
		return usage("-expiry must be positive, such as 15m")
	}
	partial, err := tradepayenv.ReadPart(onlyWallet(*walletName)) // nothing of the environment
	if err != nil {
		return walletFlag(err, "-wallet")
	}
	s := &sandbox{cli: c, asJSON: *asJSON, quiet: *quiet, payAfter: *payAfter, declineAfter: *declineAfter,
		ready: make(chan struct{})}
	opts := []tradepaytest.Option{
		tradepaytest.WithAddress(*address), tradepaytest.WithSeed(*seed), tradepaytest.WithExpiry(*expiry),
		tradepaytest.WithObserver(s.observe), tradepaytest.WithJournal(journalled),
		tradepaytest.WithNotifyBackoff(*pause, *attempts),
		tradepaytest.WithMerchant(tradepaytest.Merchant{ClientID: *clientID, AppID: *appID, PartnerID: *partnerID,
			KeyVersion: *keyVersion}),
	}
	place, remove, err := sandboxDir(*dir)
	if err != nil {
		return err
	}
	defer remove()
	reached, token, err := reach.options()
	if err != nil {
		return err
	}
	opts = append(opts, reached...)
	if *merchantKey != "" {
		key, err := tradepayenv.ReadPublicKeyFile("-merchant-key", *merchantKey)
		if err != nil {
			return err
		}
		opts = append(opts, tradepaytest.WithMerchantKey(key))
	}
	if *prefix != "" {
		partial.Wallet.Routes.Prefix = *prefix
	}
	wallet, err := tradepaytest.StartWallet(append(opts, tradepaytest.As(partial.Wallet))...)
	if err != nil {
		return failed("cannot start: %w", err)
	}
	defer s.end(wallet)
	s.wallet = wallet
	for _, f := range *injected {
		wallet.Inject(f)
	}
	files, err := reach.write(wallet, token, place)
	if err != nil {
		return err
	}
	cfg := wallet.Config()
	cfg.BaseURL += *prefix
	variables, err := writeSandbox(cfg, place, reach.keys())
	if err != nil {
		return err
	}
	if err := s.announce(variables, place, files); err != nil {
		return err
	}
	close(s.ready)
	<-ctx.Done()
	return nil
}

// sandbox is a running test wallet.
type sandbox struct {
	*cli
	wallet                 *tradepaytest.Wallet
	asJSON, quiet          bool
	payAfter, declineAfter time.Duration
	ready                  chan struct{} // nothing is printed before the variables

	mu      sync.Mutex
	timers  []*time.Timer
	pending sync.WaitGroup
	ended   bool
}

// observe reports what happens, and pays in place of a payer.
func (s *sandbox) observe(e tradepaytest.Event) {
	if e.Step == 7 {
		s.schedule(e.PaymentRequestID)
	}
	if s.quiet {
		return
	}
	<-s.ready
	if s.asJSON {
		_ = s.printEvent(e)
		return
	}
	fmt.Fprintln(s.stderr, s.line(e))
}

// line is what the log says about an event: the time, an arrow, what happened, and the
// status of the payment or the code of the answer.
func (s *sandbox) line(e tradepaytest.Event) string {
	arrow, name := arrowOf(e), s.lang.said(e.Name)
	if e.Err != nil { // the name says what happens where all goes well
		arrow, name = s.err.bad("✗"), s.err.bad(s.lang.say("failed:"))+" "+name
	}
	words := []string{s.err.dim(e.At.Format("15:04:05.000")), arrow, name}
	for _, part := range []string{string(e.Op), e.PaymentRequestID} {
		if part != "" {
			words = append(words, printable(part))
		}
	}
	if e.Detail != "" {
		words = append(words, s.err.status(printable(s.lang.said(e.Detail))))
	}
	if e.Err != nil {
		words[len(words)-1] += ":"
		words = append(words, s.err.bad(printable(s.reason(e.Err))))
	}
	return strings.Join(words, " ")
}

// arrowOf says between whom an event is: → to the wallet, ← to the merchant, ⇄ a request and
// its answer, · within the wallet or its app.
func arrowOf(e tradepaytest.Event) string {
	switch {
	case e.Step == 4:
		return "→"
	case e.Step == 7, e.Step == 19, e.Name == "Notification not acknowledged":
		return "←"
	case e.Step == 0 && e.Op != "" && e.Message != nil:
		return "⇄"
	}
	return "·"
}

// printEvent prints all of an event, its messages included.
func (s *sandbox) printEvent(e tradepaytest.Event) error {
	e.At = e.At.UTC()
	whole, err := json.Marshal(e)
	if err != nil {
		return err
	}
	var event map[string]any
	numbers := json.NewDecoder(bytes.NewReader(whole))
	numbers.UseNumber()
	if err := numbers.Decode(&event); err != nil {
		return err
	}
	event["event"] = "step"
	return printJSONLine(s.stdout, event)
}

// reason is why a step failed, in the user's language. The test wallet's begins with its code.
func (s *sandbox) reason(err error) string {
	code, text, coded := strings.Cut(plainly(err), ": ")
	if !coded || strings.ContainsAny(code, " ") {
		return s.lang.said(plainly(err))
	}
	return code + ": " + s.lang.said(text)
}

// plainly returns an error without the names of Go packages.
func plainly(err error) string {
	return strings.NewReplacer("tradepaytest: ", "", "tradepay: ", "").Replace(err.Error())
}

// schedule pays or declines a payment after a while.
func (s *sandbox) schedule(id string) {
	delay, press := s.payAfter, (*tradepaytest.Wallet).Pay
	if s.declineAfter >= 0 {
		delay, press = s.declineAfter, (*tradepaytest.Wallet).Decline
	}
	if delay < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.pending.Add(1)
	s.timers = append(s.timers, time.AfterFunc(delay, func() {
		defer s.pending.Done()
		<-s.ready
		_ = press(s.wallet, id) // the observer tells; paid or cancelled meanwhile is no error here
	}))
}

// end stops the payers, then the wallet.
func (s *sandbox) end(wallet *tradepaytest.Wallet) {
	s.mu.Lock()
	s.ended = true
	for _, t := range s.timers {
		if t.Stop() {
			s.pending.Done()
		}
	}
	s.mu.Unlock()
	select {
	case <-s.ready:
	default:
		close(s.ready) // it did not come that far
	}
	s.pending.Wait()
	wallet.Close()
}

// sandboxDir returns the directory for the keys: the user's, or a temporary one. remove
// cleans up at the end.
func sandboxDir(dir string) (place string, remove func(), err error) {
	if strings.Contains(dir, ",") {
		return "", nil, usage("-dir must have no comma: commas separate the files in %s", tradepayenv.WalletKeysFile)
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", nil, failed("-dir: %w", err)
		}
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return "", nil, failed("-dir: %w", err)
		}
		// The file says that the wallet answers requests: remove that of an earlier run now,
		// and that of this run at the end.
		remove := func() { _ = os.Remove(filepath.Join(absolute, "sandbox.env")) }
		remove()
		return absolute, remove, ignore(absolute)
	}
	place, err = os.MkdirTemp("", "tradepay-sandbox-")
	if err != nil {
		return "", nil, failed("cannot make a directory for the test keys: %w", err)
	}
	return place, func() { _ = os.RemoveAll(place) }, nil
}

// ignore keeps the test keys out of a repository, unless the directory has its own rules.
func ignore(dir string) error {
	file := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	return replace(file, []byte("# Of tradepay sandbox\n/sandbox.env\n/sandbox-*.pem\n/"+controlTokenFile+"\n"))
}

// assignment is one variable with its value.
type assignment struct{ name, value string }

// keyFiles is how keys are written.
type keyFiles struct {
	prefix string
	write  func(file string, data []byte) error
}

var (
	publishedKeys = keyFiles{"sandbox-", keep}
	madeKeys      = keyFiles{"sandbox-made-", replace} // for one run alone
)

// writeSandbox writes the test keys and sandbox.env, and returns the variables of a merchant
// that the wallet knows.
func writeSandbox(cfg tradepay.Config, dir string, keys keyFiles) ([]assignment, error) {
	name := cfg.Wallet.Name
	if strings.HasPrefix(name, "Platform v") {
		name = "platform-" + cfg.Wallet.Dialect
	}
	variables := []assignment{
		{tradepayenv.Wallet, name}, {tradepayenv.BaseURL, cfg.BaseURL}, {tradepayenv.ClientID, cfg.ClientID},
		{tradepayenv.AppID, cfg.AppID},
		{tradepayenv.PartnerID, cfg.PartnerID}, {tradepayenv.MerchantID, cfg.MerchantID},
		{tradepayenv.SiteName, cfg.SiteName},
		{tradepayenv.AgentToken, cfg.AgentToken},
	}
	if private, ok := cfg.PrivateKey.(*rsa.PrivateKey); ok {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, failed("cannot write the test key: %w", err)
		}
		file := filepath.Join(dir, keys.prefix+"merchant-private.pem")
		if err := keys.write(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
			return nil, err
		}
		variables = append(variables, assignment{tradepayenv.PrivateKeyFile, file})
	}
	variables = append(variables, assignment{tradepayenv.KeyVersion, cfg.KeyVersion})
	var list []string
	for _, version := range slices.Sorted(maps.Keys(cfg.WalletKeys)) {
		der, err := x509.MarshalPKIXPublicKey(cfg.WalletKeys[version])
		if err != nil {
			return nil, failed("cannot write the test key: %w", err)
		}
		file := filepath.Join(dir, keys.prefix+"wallet-"+version+"-public.pem")
		if err := keys.write(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})); err != nil {
			return nil, err
		}
		list = append(list, version+"="+file)
	}
	variables = append(variables, assignment{tradepayenv.WalletKeysFile, strings.Join(list, ",")})
	variables = slices.DeleteFunc(variables, func(a assignment) bool { return a.value == "" })
	var b strings.Builder
	for _, a := range variables {
		b.WriteString("export " + a.name + "=" + shellQuote(a.value) + "\n")
	}
	return variables, replace(filepath.Join(dir, "sandbox.env"), []byte(b.String()))
}

// keep writes a key. It overwrites no other key.
func keep(file string, data []byte) error {
	there, err := os.ReadFile(file) //nolint:gosec // in the directory that the user names
	switch {
	case err == nil && bytes.Equal(there, data):
		return nil
	case err == nil:
		return failed("%s exists and holds another key: choose another -dir", file)
	}
	return replace(file, data)
}

// replace writes a file in one step: a program that waits for it reads it whole.
func replace(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".tradepay-") // never through a link that somebody else made
	if err != nil {
		return failed("cannot write: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return failed("cannot write: %w", err)
	}
	return nil
}

// announce prints the variables and says that the wallet answers requests.
func (s *sandbox) announce(variables []assignment, dir string, files map[string]string) error {
	file := filepath.Join(dir, "sandbox.env")
	if s.asJSON {
		env := make(map[string]string, len(variables))
		for _, a := range variables {
			env[a.name] = a.value
		}
		event := map[string]any{
			"event": "ready", "url": s.wallet.URL(), "controlUrl": s.wallet.URL() + "/__tradepay", "pid": os.Getpid(),
			"envFile": file, "env": env,
		}
		for name, file := range files {
			event[name+"File"] = file
		}
		return printJSONLine(s.stdout, event)
	}
	keys := s.lang.say("published test keys")
	if files["controlToken"] != "" {
		keys = s.lang.say("keys made for this run")
	}
	s.print(s.stdout, "# Test wallet, %s, no real money. Also in %s", keys, file)
	for _, a := range variables {
		fmt.Fprintf(s.stdout, "export %s=%s\n", a.name, shellQuote(a.value))
	}
	if ca := files["ca"]; ca != "" {
		s.print(s.stdout, "# let your programs believe the CA in %s", ca)
	}
	if token := files["controlToken"]; token != "" {
		s.print(s.stdout, "# the token of the control API is in %s", token)
	}
	_, err := fmt.Fprintln(s.stdout, s.lang.say("# %s on %s. Stop with Ctrl-C.", s.out.good(s.lang.say("ready")),
		s.wallet.URL()))
	return err
}

// walletFlag is an error about the name of a wallet, which the user wrote as given says.
func walletFlag(err error, given string) error {
	var unknown *tradepayenv.Error
	if !errors.As(err, &unknown) {
		return err
	}
	renamed := *unknown
	renamed.Variable = given
	return &renamed
}

// faults is the value of the flag -fault, which may come several times.
type faults []tradepaytest.Fault

func newFaults() flag.Value { return new(faults) }

// String implements [flag.Value].
func (f *faults) String() string { return "" }

// Set implements [flag.Value].
func (f *faults) Set(text string) error {
	fault, err := parseFault(text)
	if err == nil {
		*f = append(*f, fault)
	}
	return err
}

// parseFault reads Kind[@operation][=CODE][+after][:number][,delay]. A number with a point is
// a probability, a whole number is how often. Without a number, the fault happens always.
func parseFault(text string) (tradepaytest.Fault, error) {
	rest, delay, hasDelay := strings.Cut(text, ",")
	rest, number, hasNumber := strings.Cut(rest, ":")
	rest, after, hasAfter := strings.Cut(rest, "+")
	rest, code, hasCode := strings.Cut(rest, "=")
	kind, op, hasOp := strings.Cut(rest, "@")
	f := tradepaytest.Fault{Kind: tradepaytest.FaultKind(kind), Times: -1, Code: code}
	if kinds := tradepaytest.FaultKinds(); !slices.Contains(kinds, f.Kind) {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		if near := spelling.Nearest(kind, names); near != "" {
			return f, newNotice("there is no fault %s; did you mean %s?", printable(kind), near)
		}
		return f, newNotice("there is no fault %s; the faults are %s", printable(kind), strings.Join(names, ", "))
	}
	if f.Op = wire.Operation(op); hasOp && !slices.Contains(tradepaytest.FaultOperations(), f.Op) {
		return f, newNotice("there is no operation %s: write it like DropAfter@pay", printable(op))
	}
	if hasAfter {
		var err error
		if f.After, err = strconv.Atoi(after); err != nil || f.After < 0 {
			return f, newNotice("%s is not how many pass before, such as 1", printable(after))
		}
	}
	if hasNumber {
		times, err := strconv.Atoi(number)
		if err == nil && times > 0 {
			f.Times = times
		} else if f.Probability, err = strconv.ParseFloat(number, 64); err != nil ||
			!(f.Probability > 0 && f.Probability <= 1) {
			return f, newNotice("%s is neither a probability such as 0.3 nor a number of times such as 2",
				printable(number))
		}
	}
	if hasDelay {
		var err error
		if f.Delay, err = time.ParseDuration(delay); err != nil || f.Delay < 0 {
			return f, newNotice("%s is not a duration such as 500ms", printable(delay))
		}
	}
	if hasCode && code == "" {
		return f, newNotice("the code is missing after %s=", f.Kind)
	}
	return f, f.Check()
}
