// Command chaos shows that an order is paid once, fulfilled once and never
// forgotten, whatever happens.
//
//	go run ./orderflow/chaos
//	script/postgres go run ./orderflow/chaos -db postgres -processes 4 -orders 20000 -kills 20 -terminations 100
//	script/postgres --durable go run ./orderflow/chaos -db postgres -processes 4 -orders 5000 -crashes 8 -freezes 6
//	script/postgres --servers 4 go run ./orderflow/chaos -db postgres -shards 4 -processes 4 -orders 5000
//
// Several merchant processes (this program, executed again) share one database.
// Buyers ask them for orders through a load balancer and pay at a test wallet,
// decline, leave, or let the order expire; some orders are cancelled by the
// merchant, some are refunded, some are given back by the wallet's own service
// before the merchant knows that they are paid, of some it gives back a part. Some orders
// are reservations, which the merchant captures, in parts or at once, or voids, or lets
// end. Meanwhile the wallet fails in
// every way it knows, and gives back with a cancel what was paid. Processes are
// killed with SIGKILL and started again, halted for longer than their leases last
// (-freezes), have a wrong clock (-skew) and fulfilments that hang (-hangs).
// PostgreSQL's backends are terminated, and its server crashes (-crashes). At the
// end the books of the wallet are held against those of the merchant.
//
// Now and then an older copy of the database takes its place (-restores), and
// the processes go on with it. Orders that it does not know are lost: the report
// counts them, and the audit must find those that were paid.
//
// With -shards, several databases keep the orders, each on a server of its own, one of
// which is killed and started again later (-outages). The last shard is added while orders
// flow, by one process after the other.
//
// The seed decides what is tried and when, counted in orders; how the
// processes interleave is up to the machine. The program exits with 1 if a bad
// count is not 0, if an order has not come to its end in time, or if one of the
// troubles it was told to make did not come about.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if os.Getenv(merchantEnv) != "" {
		if err := serveMerchant(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command runs the program and returns its exit code.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, asJSON, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "chaos:", err)
		return 2
	}
	exe, err := os.Executable()
	if err != nil {
		fmt.Fprintln(stderr, "chaos:", err)
		return 1
	}
	r, err := run(ctx, s, exe, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "chaos:", err)
		return 1
	}
	if asJSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(r)
	} else {
		r.print(stdout)
	}
	if !r.faultless() {
		return 1
	}
	return 0
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (s settings, asJSON bool, err error) {
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.database, "db", "", "a postgres:// URL, on whose server a database is made and dropped; "+
		"\"postgres\" for that of DATABASE_URL or\nTRADEPAY_TEST_POSTGRES; or a new SQLite file (default: one in a "+
		"temporary folder)")
	flags.IntVar(&s.processes, "processes", 1, "merchant processes")
	flags.IntVar(&s.orders, "orders", 500, "orders")
	flags.IntVar(&s.buyers, "buyers", 0, "buyers who ask for an order at a time (default 16 for each process)")
	flags.IntVar(&s.kills, "kills", 5, "how often a merchant process is killed")
	flags.IntVar(&s.terminations, "terminations", 0, "how often a backend of PostgreSQL is terminated")
	flags.IntVar(&s.freezes, "freezes", 1, "how often a merchant process is stopped with SIGSTOP and goes on after "+
		"-freeze-for")
	flags.DurationVar(&s.freezeFor, "freeze-for", 12*time.Second, "how long a freeze lasts")
	flags.IntVar(&s.crashes, "crashes", 0, "how often PostgreSQL is stopped as by a crash and started again; needs "+
		"script/postgres --durable")
	flags.IntVar(&s.restores, "restores", 1, "how often an older copy of the database takes its place")
	flags.IntVar(&s.shards, "shards", 1, "databases that keep the orders, each on a server of its own; needs "+
		"script/postgres --servers")
	flags.IntVar(&s.outages, "outages", 1, "with -shards, how often one of the servers is killed, and started again "+
		"after -outage-for")
	flags.DurationVar(&s.outageFor, "outage-for", 15*time.Second, "how long an outage lasts")
	flags.IntVar(&s.hangs, "hangs", 1, "how many fulfilments heed no context and take longer than FulfilTimeout")
	flags.Float64Var(&s.reserved, "reserved", 0.15, "share of the orders whose amount is reserved, to be captured or "+
		"voided")
	flags.Float64Var(&s.reversals, "reversals", 0.7,
		"share of the cancels of a paid payment that give back what was paid, and take seconds for it")
	flags.DurationVar(&s.skew, "skew", 0, "how far the clocks of all processes but the first are ahead or behind; "+
		"they jump")
	flags.Float64Var(&s.faults, "faults", 0.3, "share of the wallet's messages that meet a fault, from 0 to 0.9")
	flags.Uint64Var(&s.seed, "seed", 1, "decides what happens")
	flags.DurationVar(&s.duration, "duration", 30*time.Minute, "bound of the whole run")
	flags.DurationVar(&s.drain, "drain", 5*time.Minute,
		"bound of the time that the last orders take to come to their end")
	flags.BoolVar(&asJSON, "json", false, "print the report as JSON")
	if err := flags.Parse(args); err != nil {
		return s, asJSON, err
	}
	if s.database == "postgres" {
		if s.database = os.Getenv("DATABASE_URL"); s.database == "" {
			s.database = os.Getenv("TRADEPAY_TEST_POSTGRES")
		}
		if s.database == "" {
			return s, asJSON, errors.New("-db postgres: DATABASE_URL is not set; run this with script/postgres")
		}
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case s.shards == 1 && given["outages"]:
		return s, asJSON, errors.New("-outages needs -shards")
	case s.shards == 1:
		s.outages = 0
	case s.shards > 1 && given["restores"] && s.restores > 0:
		return s, asJSON, errors.New("-restores is for one database, and not for -shards")
	case s.shards > 1:
		s.restores = 0
	}
	if s.buyers == 0 {
		s.buyers = 16 * s.processes
	}
	unusable := s.processes < 1 || s.orders < 1 || s.buyers < 1 || s.duration <= 0 || s.drain <= 0
	negative := min(s.kills, s.terminations, s.freezes, s.crashes, s.restores, s.hangs) < 0
	switch {
	case s.shards < 1 || s.outages < 0 || s.outageFor <= 0:
		return s, asJSON, errors.New("-shards and -outage-for must be positive, and -outages not negative")
	case s.shards > 1 && !isPostgres(s.database):
		return s, asJSON, errors.New("-shards needs -db postgres")
	case s.shards > 1 && len(strings.Fields(os.Getenv(serversEnv))) < s.shards:
		return s, asJSON, errTooFewServers
	case flags.NArg() > 0:
		return s, asJSON, fmt.Errorf("unknown argument %q", flags.Arg(0))
	case unusable || s.freezeFor <= 0:
		return s, asJSON, errors.New("-processes, -orders, -buyers, -duration, -drain and -freeze-for must be positive")
	case negative || s.skew < 0:
		return s, asJSON, errors.New(
			"-kills, -terminations, -freezes, -crashes, -restores, -hangs and -skew must not be negative")
	case min(s.reversals, s.reserved) < 0 || max(s.reversals, s.reserved) > 1:
		return s, asJSON, errors.New("-reversals and -reserved must be from 0 to 1")
	case s.crashes > 0 && !isPostgres(s.database):
		return s, asJSON, errors.New("-crashes needs -db postgres: SQLite has no server")
	case s.skew > 0 && !isPostgres(s.database):
		return s, asJSON, errors.New("-skew needs -db postgres: on SQLite all processes have the clock of one machine")
	case s.crashes > 0 && (os.Getenv(dataEnv) == "" || os.Getenv(programsEnv) == ""):
		return s, asJSON, errNoServer
	case s.faults < 0 || s.faults > 0.9:
		return s, asJSON, errors.New("-faults must be from 0 to 0.9")
	case s.terminations > 0 && !isPostgres(s.database):
		return s, asJSON, errors.New("-terminations needs -db postgres: SQLite has no backends")
	}
	return s, asJSON, nil
}
