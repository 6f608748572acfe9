// Command tradepay makes keys, runs the test wallet as a server, says why a
// signature does not verify, signs, verifies and notifies, places orders with any
// wallet of the family, and calls every other operation that the wallet has:
//
//	go install github.com/tradepay/tradepay-go/cmd/tradepay@latest
//	tradepay help
//
// The sessions in docs/cli.md show each subcommand.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// The exit codes. The topic codes of the help explains them.
const (
	exitOK          = 0
	exitFailed      = 1 // a file, the network, or an unexpected answer
	exitUsage       = 2 // flags or settings are wrong; the command sent nothing
	exitUnknown     = 3 // it may have happened: ask the wallet
	exitNotVerified = 4 // a signature does not verify
	exitRejected    = 5 // a verified F, final for this id
	exitCaller      = 6 // the wallet rejected the caller: keys or access
	exitNotFound    = 7 // the wallet does not know the order, or not yet
	exitNotPaid     = 8 // not paid, over another amount, or given back: do not ship
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if err := tradepayenv.Misspelt(os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "tradepay:",
			languageOf(os.Getenv).errorText(err)) // only a warning: not every subcommand reads it
	}
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// subcommand runs with its arguments and returns an error that exitCode knows.
type subcommand func(ctx context.Context, c *cli, args []string) error

// subcommands by their words. run looks for two words first.
var subcommands map[string]subcommand

func init() { // the subcommands look at the table themselves
	subcommands = map[string]subcommand{
		"keygen":        runKeygen,
		"sandbox":       runSandbox,
		"doctor":        runDoctor,
		"sign":          runSign,
		"verify":        runVerify,
		"notify":        runNotify,
		"order create":  runOrderCreate,
		"order query":   runOrderQuery,
		"order wait":    runOrderWait,
		"order cancel":  runOrderCancel,
		"order refund":  runOrderRefund,
		"order capture": runOrderCapture,
		"order void":    runOrderVoid,
		"token apply":   runTokenApply,
		"token refresh": runTokenRefresh,
		"token cancel":  runTokenCancel,
		"user":          runUser,
		"message send":  runMessageSend,
		"call":          runCall,
		"wallets":       runWallets,
		"profiles":      runProfiles,
		"completion":    runCompletion,
		"settings":      runTopic("settings"),
		"codes":         runTopic("codes"),
		"version":       runVersion,
	}
}

// cli is one run of the command and its surroundings.
type cli struct {
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	lang   language
	asJSON bool    // the arguments ask for JSON
	out    palette // of stdout
	err    palette // of stderr
	shown  map[string]bool

	// waitClock measures how long the command waits: messages are signed and checked by now.
	waitClock func() time.Time
	// sleep waits, and reports whether the time passed before the context ended.
	sleep func(context.Context, time.Duration) bool

	onFlags func(*flagSet) // of tests: sees the flags of a subcommand
}

// run is the whole command. It returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout,
	stderr io.Writer) int {
	c := &cli{
		getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now, lang: languageOf(getenv),
		out: paletteFor(stdout, getenv), err: paletteFor(stderr, getenv), shown: make(map[string]bool),
		waitClock: time.Now, sleep: sleep,
	}
	return c.run(ctx, args)
}

// sleep waits for the system's clock.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// run runs the subcommand that the arguments name.
func (c *cli) run(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == completeCommand {
		return c.complete(args[1:])
	}
	c.asked(args)
	before, args, err := commonFlags(args)
	switch {
	case err != nil:
		return c.complain("tradepay:", err, "tradepay help")
	case len(args) == 0:
		c.printOverview(c.stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		words, err := withoutCommonFlags(args[1:])
		if err != nil {
			return c.complain("tradepay help:", err, "tradepay help")
		}
		return c.help(words)
	case "-version", "--version":
		args[0] = "version"
	}
	name := args[0]
	rest := args[1:]
	if isGroup(name) && len(rest) > 0 && (rest[0] == "-h" || rest[0] == "-help" || rest[0] == "--help") {
		return c.help(args[:1])
	}
	if len(rest) > 0 {
		if _, ok := subcommands[name+" "+rest[0]]; ok {
			name, rest = name+" "+rest[0], rest[1:]
		}
	}
	sub, ok := subcommands[name]
	if !ok {
		return c.unknown(args)
	}
	err = sub(ctx, c, slices.Concat(before, rest))
	if errors.Is(err, errHelp) {
		c.printTopic(c.stdout, topics[name])
		return exitOK
	}
	if err != nil && !errors.Is(err, errTold) {
		return c.complain("tradepay "+name+":", err, "tradepay help "+name)
	}
	return exitCode(err)
}

// asked looks through the arguments for what the command must know before it reads them.
func (c *cli) asked(args []string) {
	for i, arg := range args {
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		switch strings.TrimPrefix(name, "-") {
		case "json":
			c.asJSON = c.asJSON || strings.HasPrefix(arg, "-") && (!hasValue || value == "true")
		case "lang":
			if !hasValue && i+1 < len(args) {
				value = args[i+1]
			}
			if lang, ok := languageNames[value]; ok && strings.HasPrefix(arg, "-") {
				c.lang = lang
			}
		}
	}
}

// commonFlags splits off the flags that may come before the command: those that every
// subcommand has, or every one with settings.
func commonFlags(args []string) (before, rest []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(args[0], "-"), "-"), "=")
		if name != "lang" && name != "profile" {
			break
		}
		length := 2
		if hasValue {
			length = 1
		}
		if len(args) < length {
			return nil, nil, usage("flag -%s needs a value", name)
		}
		if _, value, _ := strings.Cut(strings.Join(args[:length], "="), "="); name == "lang" {
			if err := knownLanguage(value); err != nil {
				return nil, nil, err
			}
		}
		before, args = append(before, args[:length]...), args[length:]
	}
	return before, args, nil
}

// withoutCommonFlags drops the flags that the help does not need anymore.
func withoutCommonFlags(words []string) ([]string, error) {
	var kept []string
	for len(words) > 0 {
		before, rest, err := commonFlags(words)
		if err != nil {
			return nil, err
		}
		if len(before) == 0 {
			kept = append(kept, words[0])
			rest = words[1:]
		}
		words = rest
	}
	return kept, nil
}

// complain says what went wrong, and returns the exit code.
func (c *cli) complain(what string, err error, help string) int {
	code := exitCode(err)
	if c.asJSON && code != exitNotPaid { // then the order is printed, and a program reads one object
		result := map[string]any{"error": c.errorText(err), "exitCode": code}
		if code == exitUsage {
			result["help"] = help
		}
		_ = printJSON(c.stdout, result)
	}
	fmt.Fprintln(c.stderr, c.err.bad(what), c.errorText(err))
	if code == exitUsage {
		c.print(c.stderr, "See %s", help)
	}
	return code
}

// unknown explains that the first words are no subcommand.
func (c *cli) unknown(args []string) int {
	words := printable(args[0])
	help := "tradepay help"
	var near []string
	switch {
	case isGroup(args[0]) && (len(args) == 1 || strings.HasPrefix(args[1], "-")): // a flag is no misspelt verb
		err := usage("%s is followed by one of %s", words, strings.Join(verbsOf(args[0]), ", "))
		return c.complain("tradepay:", err, help+" "+args[0])
	case isGroup(args[0]):
		words += " " + printable(args[1])
		help += " " + args[0]
		near = nearestVerb(args[0], args[1])
	case strings.HasPrefix(args[0], "-"):
		return c.complain("tradepay:", usage("no such command: %s; flags come after the command", words), help)
	default:
		near = groupsWith(args[0])
	}
	if len(near) == 0 {
		if one := spelling.Nearest(strings.Join(args[:min(2, len(args))], " "), topicOrder); one != "" {
			near = []string{one}
		} else if one := spelling.Nearest(args[0], topicOrder); one != "" {
			near = []string{one}
		}
	}
	if len(near) == 0 {
		return c.complain("tradepay:", usage("no such command: %s", words), help)
	}
	err := usage("no such command: %s; did you mean %s?", words, strings.Join(near, c.lang.say(" or ")))
	return c.complain("tradepay:", err, help)
}

// failure is an error with its exit code.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errHelp asks for the help of the subcommand. errTold says that the user knows already
// what went wrong.
var (
	errHelp = errors.New("help")
	errTold = errors.New("told")
)

// usage is an error about what the user gave. The format is in messages, as for failed.
func usage(format string, args ...any) error { return &failure{exitUsage, newNotice(format, args...)} }

func failed(format string, args ...any) error {
	return &failure{exitFailed, newNotice(format, args...)}
}

// told ends with a code, after the command has explained it to the user.
func told(code int) error { return &failure{code, errTold} }

// exitCode decides with the money in mind: it never calls a failure what may have happened.
func exitCode(err error) int {
	var f *failure
	var variable *tradepayenv.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, tradepay.ErrOutcomeUnknown), errors.Is(err, tradepay.ErrIdempotencyMismatch):
		return exitUnknown
	case errors.Is(err, tradepay.ErrUnauthorized):
		return exitCaller
	case errors.Is(err, tradepay.ErrRejected):
		return exitRejected
	case errors.Is(err, tradepay.ErrOrderNotFound):
		return exitNotFound
	case errors.Is(err, tradepay.ErrNotPaid), errors.Is(err, tradepay.ErrAmountMismatch),
		errors.Is(err, tradepay.ErrReferenceMismatch), errors.Is(err, tradepay.ErrRefunded):
		return exitNotPaid
	case errors.Is(err, tradepay.ErrSignature):
		return exitNotVerified
	case errors.As(err, &variable), errors.Is(err, tradepay.ErrInvalidConfig),
		errors.Is(err, tradepay.ErrInvalidRequest),
		errors.Is(err, tradepay.ErrInvalidAmount), errors.Is(err, tradepay.ErrInvalidKey), errors.Is(err,
			tradepay.ErrNotSupported):
		return exitUsage
	}
	return exitFailed
}

// errorText returns an error for people: each of several errors on its own line.
func (c *cli) errorText(err error) string {
	lines := strings.Split(c.lang.errorText(err), "\n")
	for i := range lines {
		lines[i] = harmless(strings.TrimPrefix(lines[i], "tradepay: "))
	}
	if len(lines) > 1 {
		return "\n  " + strings.Join(lines, "\n  ")
	}
	return lines[0]
}

// printJSON writes a value for people who read it, too: with indentation.
func printJSON(w io.Writer, value any) error { return writeJSON(w, value, "  ") }

// printJSONLine writes a value on one line.
func printJSONLine(w io.Writer, value any) error { return writeJSON(w, value, "") }

func writeJSON(w io.Writer, value any, indent string) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(value)
	for line := range strings.Lines(b.String()) { // harmless changes only what is in strings
		if err == nil {
			_, err = io.WriteString(w, harmless(strings.TrimSuffix(line, "\n"))+"\n")
		}
	}
	if err != nil {
		return failed("cannot write: %w", err)
	}
	return nil
}

// readInput reads a file, or standard input for "-".
func (c *cli) readInput(flagName, file string) ([]byte, error) {
	const most = 4 << 20
	in := c.stdin
	if file != "-" {
		f, err := os.Open(file) //nolint:gosec // the file that the user names
		if err != nil {
			return nil, usage("-%s: %w", flagName, err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, failed("-%s: %w", flagName, err)
	case len(data) > most:
		return nil, usage("-%s: the file is over 4 MiB; no message is so large", flagName)
	}
	return data, nil
}
