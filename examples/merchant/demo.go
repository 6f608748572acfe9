package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tradepay "github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/examples/merchant/stage"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"golang.org/x/sync/errgroup"
)

// demonstrate runs the test wallet and the stage in this process, and the shop
// in one of its own. With -auto it is the payer, too, and ends.
func demonstrate(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if !stage.IsLoopback(o.addr) {
		return fmt.Errorf("-addr %s: the test wallet is for this machine only; listen on 127.0.0.1, or set the "+
			"TRADEPAY_* variables of a real wallet", o.addr)
	}
	if o.db == "" { // the test wallet forgets all payments at its end; so does the shop
		dir, err := os.MkdirTemp("", "tradepay-merchant-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // temporary
		o.db = filepath.Join(dir, "shop.db")
	}
	journal := stage.NewJournal()
	wallet, err := startWallet(o.wallet, journal.Observe)
	if err != nil {
		return err
	}
	defer wallet.Close()

	password, told := os.Getenv("SHOP_PASSWORD"), "in SHOP_PASSWORD"
	if password == "" {
		password = rand.Text()
		told = password
	}
	merchant, stop := newMerchantProcess(ctx, o, append(variables(wallet.Config()), "SHOP_PASSWORD="+password), stderr)
	defer stop() // before the wallet: what the shop still asks is answered
	if err := merchant.Start(); err != nil {
		return err
	}
	if o.auto {
		fmt.Fprintf(stdout, "One payment at %s's test wallet, without a browser:\n", wallet.Config().Wallet.Name)
		if err := drive(ctx, stdout, wallet, merchant.URL(), password); err != nil {
			return err
		}
		fmt.Fprintln(stdout, "All of it is right.")
		return nil
	}
	page, err := stage.New(stage.Config{ //nolint:contextcheck // it lives until Close
		Wallet: wallet, Merchant: merchant, Journal: journal, Language: o.lang,
		Desk:   desk{wallet, merchant, password},
		Logger: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.log})),
	})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		page.Close()
		return fmt.Errorf("-addr %s: %w; another port may be free: -addr 127.0.0.1:0", o.addr, err)
	}
	fmt.Fprintf(stdout, "A shop, paid by %s's test wallet. No money moves. Stop it with Ctrl-C.\n\n    "+
		"http://%s/\n\nThe shopkeeper's password is %s\n",
		wallet.Config().Wallet.Name, listener.Addr(), told)
	return serveStage(ctx, listener, page)
}

// startWallet starts the test wallet as the wallet of this name.
func startWallet(name string, observe func(tradepaytest.Event)) (*tradepaytest.Wallet, error) {
	named, err := tradepayenv.ReadPart(func(variable string) string { // finds names as TRADEPAY_WALLET does
		if variable == tradepayenv.Wallet {
			return name
		}
		return ""
	})
	var unknown *tradepayenv.Error
	if errors.As(err, &unknown) {
		return nil, fmt.Errorf("-wallet: %s; %s", unknown.Rule, unknown.Remedy)
	}
	if err != nil {
		return nil, fmt.Errorf("-wallet: %w", err)
	}
	// The wallet's ids are made from its seed. A database that outlives this
	// wallet must not meet the same ones again.
	seed, err := rand.Int(rand.Reader, new(big.Int).SetUint64(1<<63))
	if err != nil {
		return nil, err
	}
	return tradepaytest.StartWallet(tradepaytest.As(named.Wallet), tradepaytest.WithSeed(seed.Uint64()),
		tradepaytest.WithObserver(observe))
}

// newMerchantProcess prepares the shop as a child process. stop ends it
// gracefully.
func newMerchantProcess(
	ctx context.Context, o options, env []string, logs io.Writer,
) (p *merchantProcess, stop func()) {
	// Its end is ours to say: after ctx, the page's requests are still to be
	// answered.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p = &merchantProcess{
		ctx: ctx, logs: logs,
		args: []string{"-lang", o.lang, "-currency", o.currency, "-log", o.log.String()},
		env:  append(env, "DATABASE_URL="+o.db), // not among the arguments: it may hold a password
	}
	return p, func() { cancel(); p.Wait() }
}

// serveStage serves the page until ctx ends. It has no WriteTimeout: events
// stream to the page as long as it is open.
func serveStage(ctx context.Context, listener net.Listener, page *stage.Stage) error {
	server := &http.Server{Handler: page, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		page.Close() // ends the streams, which Shutdown would wait for
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			return errors.Join(err, server.Close())
		}
		return nil
	})
	return group.Wait()
}

// variables are those of a merchant that the test wallet knows: the shop reads
// them as it would read a real wallet's.
func variables(c tradepay.Config) []string {
	name := c.Wallet.Name
	if strings.HasPrefix(name, "Platform v") {
		name = "platform-" + c.Wallet.Dialect
	}
	env := []string{
		tradepayenv.Wallet + "=" + name, tradepayenv.BaseURL + "=" + c.BaseURL, tradepayenv.ClientID + "=" + c.ClientID,
		tradepayenv.AppID + "=" + c.AppID,
		tradepayenv.PartnerID + "=" + c.PartnerID, tradepayenv.MerchantID + "=" + c.MerchantID,
		tradepayenv.SiteName + "=" + c.SiteName,
		tradepayenv.AgentToken + "=" + c.AgentToken, tradepayenv.KeyVersion + "=" + c.KeyVersion,
	}
	if key, ok := c.PrivateKey.(*rsa.PrivateKey); ok { // published with the test wallet's source
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err == nil {
			env = append(env, tradepayenv.PrivateKey+"="+
				string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
		}
	}
	var keys []string
	for _, version := range slices.Sorted(maps.Keys(c.WalletKeys)) {
		der, err := x509.MarshalPKIXPublicKey(c.WalletKeys[version])
		if err == nil {
			keys = append(keys, version+"="+base64.StdEncoding.EncodeToString(der))
		}
	}
	return append(env, tradepayenv.WalletKeys+"="+strings.Join(keys, ","))
}
