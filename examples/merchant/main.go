// Command merchant is a small honest shop that is paid by a mini-program
// wallet, and a page on which to watch it being paid.
//
//	go run ./examples/merchant          # with the test wallet: open the URL that it prints
//	go run ./examples/merchant -auto    # one whole payment without a browser
//
// With TRADEPAY_* variables it is the shop alone, against the wallet that they
// name; see README.md.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/examples/merchant/shop"
	"github.com/tradepay/tradepay-go/examples/merchant/stage"
	"github.com/tradepay/tradepay-go/orderflow"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// options are what the flags say.
type options struct {
	addr, db, wallet, lang, currency string
	auto, untilEOF                   bool
	log                              slog.Level
}

func main() {
	// SIGTERM is what service managers send, SIGINT is Ctrl-C. A second one ends
	// the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "merchant:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	isSet := func(v tradepayenv.Variable) bool { return os.Getenv(v.Name) != "" }
	alone := slices.ContainsFunc(tradepayenv.Variables(), isSet)
	level := slog.LevelWarn // the page tells what happens
	if alone {
		level = slog.LevelInfo
	}
	o, err := parse(args, stderr, level)
	if err != nil {
		return err
	}
	if err := tradepayenv.Misspelt(os.Environ()); err != nil {
		return err
	}
	if !alone {
		return demonstrate(ctx, o, stdout, stderr)
	}
	if o.auto {
		return errors.New("-auto needs the test wallet, in which it can be the payer: unset the TRADEPAY_* variables")
	}
	if o.untilEOF {
		ended, end := context.WithCancel(ctx)
		defer end()
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			end()
		}()
		ctx = ended
	}
	return serve(ctx, o, stdout, stderr)
}

func parse(args []string, stderr io.Writer, level slog.Level) (options, error) {
	o := options{log: level}
	flags := flag.NewFlagSet("merchant", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`address` to listen on")
	flags.StringVar(&o.db, "db", "", "SQLite `file` or postgres:// URL; default $DATABASE_URL, or a file of its own")
	flags.StringVar(&o.wallet, "wallet", "VodaPay", "`name` of the wallet that the test wallet plays")
	flags.StringVar(&o.lang, "lang", "en", "`language` of the pages where the browser asks for none: en or es")
	flags.StringVar(&o.currency, "currency", "", "ISO 4217 `code` of the prices; default that of the wallet's country")
	flags.BoolVar(&o.auto, "auto", false, "drive one whole payment without a browser, and exit")
	flags.TextVar(&o.log, "log", o.log, "`level` from which lines are logged: debug, info, warn or error")
	flags.BoolVar(&o.untilEOF, "until-eof", false, "end with standard input, too: how a parent ends its shop")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.db == "" { // not the flag's default, which is printed: it may hold a password
		o.db = os.Getenv("DATABASE_URL")
	}
	_, _, addrErr := net.SplitHostPort(o.addr)
	switch {
	case addrErr != nil:
		return o, fmt.Errorf("-addr %s: is not host:port, such as 127.0.0.1:8080", o.addr)
	case flags.NArg() > 0:
		return o, fmt.Errorf("what is %q? There are flags only; see -help", flags.Arg(0))
	case o.lang != "en" && o.lang != "es":
		return o, fmt.Errorf("-lang %s: the pages speak en and es", o.lang)
	}
	return o, nil
}

// leastPassword is for guessers who come once a second, as the login lets them.
const leastPassword = 12

// serve runs the shop alone, against the wallet that TRADEPAY_* names.
func serve(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	config, err := tradepayenv.Read()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("-addr %s: %w; another port may be free: -addr 127.0.0.1:0", o.addr, err)
	}
	defer listener.Close() //nolint:errcheck // Serve has closed it, or nothing was served
	base := "http://" + listener.Addr().String()
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.log}))
	if !o.untilEOF { // nobody's child: perhaps the variables were left from something else
		fmt.Fprintf(stderr, "TRADEPAY_* is set: the shop alone, for %s at %s. Unset it for the page with the phone.\n",
			config.Wallet.Name, config.BaseURL)
	}

	notifyURL, err := tradepayenv.ReadNotifyURL(os.Getenv)
	if err != nil {
		return err
	}
	switch {
	case notifyURL == "" && stage.IsLoopback(config.BaseURL): // a test wallet on this machine
		notifyURL = base + "/notify"
	case notifyURL == "":
		log.WarnContext(ctx, "the wallet is not told where to notify: orders are settled by inquiries, unless its "+
			"console has the URL; set "+tradepayenv.NotifyURL)
	}
	password := os.Getenv("SHOP_PASSWORD")
	short := utf8.RuneCountInString(password) < leastPassword
	allHere := stage.IsLoopback(base) && stage.IsLoopback(config.BaseURL) && stage.IsLoopback(notifyURL)
	switch {
	case password == "" && !stage.IsLoopback(base):
		return errors.New("SHOP_PASSWORD is not set: it keeps strangers from refunding; set it, or listen on loopback")
	case password == "":
		password = rand.Text()
		fmt.Fprintln(stderr, "The shopkeeper's password is", password,
			"until this program ends; SHOP_PASSWORD sets one that stays.")
	case short && !allHere:
		// A proxy may open to all what listens on loopback.
		return fmt.Errorf("SHOP_PASSWORD is shorter than %d characters: whoever guesses it can refund; "+
			"set a longer one", leastPassword)
	}

	proxies, err := parseProxies(os.Getenv("SHOP_PROXIES"))
	if err != nil {
		return err
	}
	// The keys of the test wallet are published: a visitor signs that his order is paid.
	// A proxy may open to all what listens on loopback, and all that tells of it is its
	// address, or that of a wallet or a notify URL elsewhere.
	isOpen := !allHere || len(proxies) > 0
	switch {
	case !stage.IsLoopback(base) && stage.IsLoopback(config.BaseURL):
		return fmt.Errorf("-addr %s: the wallet at %s is a test wallet on this machine, whose published keys let "+
			"anybody forge payments; "+
			"listen on 127.0.0.1, or set the TRADEPAY_* variables of a real wallet", o.addr, config.BaseURL)
	case isOpen && hasTestKey(config.WalletKeys):
		return fmt.Errorf("-addr %s: the wallet's key is that of the test wallet, which is published and lets "+
			"anybody forge payments; "+
			"set %s to the key that the real wallet gave you, or listen on 127.0.0.1 with no SHOP_PROXIES and no %s",
			o.addr, tradepayenv.WalletKeyFile, tradepayenv.NotifyURL)
	}

	if u, err := url.Parse(notifyURL); err == nil {
		config.NotifyPath = u.EscapedPath() // what the wallet signs, whatever a proxy makes of it
	}
	client, err := tradepay.NewClient(config)
	if err != nil {
		return tradepayenv.Explain(err)
	}
	if o.db == "" {
		o.db = "shop.db"
	}
	db, err := orderflow.Open(ctx, o.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }() // last of all
	if o.currency == "" {
		o.currency = shop.CurrencyOf(config.Wallet.Country)
	}
	catalogue, err := shop.DemoCatalogue(o.currency)
	if err != nil {
		return fmt.Errorf("-currency: %w", err)
	}
	merchant, err := shop.New(ctx, shop.Config{
		Client: client, DB: db, Catalogue: catalogue, Password: password, NotifyURL: notifyURL, Proxies: proxies,
		ReferenceClientID: os.Getenv("SHOP_REFERENCE_CLIENT_ID"),
		Language:          o.lang, Logger: log,
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, base); err != nil { // ready: the parent waits for this line
		return err
	}
	return merchant.Serve(ctx, listener)
}

// testKeys are the SHA-256 sums of the test wallet's published keys, as PKIX.
var testKeys = []string{
	"61193c712f09cf331fe5276f23fb289e6fea7bc0cb2337ea4c8488053335f97a",
	"8af6090460d93886aec69611bdc9d018471dd0bfb4f8c4cc9848d18d95d35076",
}

func hasTestKey(keys map[string]*rsa.PublicKey) bool {
	for _, key := range keys {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err == nil && slices.Contains(testKeys, fmt.Sprintf("%x", sha256.Sum256(der))) {
			return true
		}
	}
	return false
}

// parseProxies reads addresses and networks, separated by commas.
func parseProxies(text string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if address, err := netip.ParseAddr(part); err == nil {
			proxies = append(proxies, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, fmt.Errorf("SHOP_PROXIES: %q is no address and no network, such as 127.0.0.1 or 10.0.0.0/8",
				part)
		}
		proxies = append(proxies, network)
	}
	return proxies, nil
}
