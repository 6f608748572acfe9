// Command quickstart shows one whole payment in one process: a test wallet and
// a merchant on loopback, over real HTTP with real RSA signatures. It prints
// the 20 steps of the platform's payment flow as they happen and ends with the
// order's status from an inquiry. It exits with 0 only if all 20 steps were
// observed and checked.
//
//	go run ./examples/quickstart [-dialect v1|v2]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func main() {
	flag.CommandLine = flag.NewFlagSet("quickstart", flag.ExitOnError) // not by the path of what was built
	dialect := flag.String("dialect", "v2", "message dialect of the wallet: v1 or v2")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *dialect); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run plays the payment and reports an error unless all 20 steps happened.
func run(ctx context.Context, out io.Writer, dialect string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	profile := wallets.PlatformV2()
	switch dialect {
	case "v2":
	case "v1":
		profile = wallets.PlatformV1()
	default:
		return fmt.Errorf("unknown dialect %q: use v1 or v2", dialect)
	}

	steps := newRecorder(out)
	wallet := tradepaytest.NewWallet(tradepaytest.As(profile), tradepaytest.WithObserver(steps.fromWallet))
	defer wallet.Close()
	_, _ = fmt.Fprintf(out, "One payment in the dialect of %s, over HTTP on loopback.\n\n", profile.Name)
	shop, err := newMerchant(ctx, wallet.Config(), steps)
	if err != nil {
		return err
	}
	defer shop.close()

	program := miniProgram{server: shop.url, app: &walletApp{steps: steps}, steps: steps}
	status, err := program.buy(ctx, "coffee")
	if err != nil {
		return err
	}
	if err := steps.complete(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n20 of 20 steps observed and checked. Inquiry: order %s is %s, %s.\n",
		status.ID, status.Status, status.Amount)
	return err
}
