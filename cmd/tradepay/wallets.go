package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/walletfacts"
	"github.com/tradepay/tradepay-go/tradepayenv"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

// unsure is the place of a fact among the grades, the least sure first, or -1.
func unsure(f wire.Fact) int {
	return slices.IndexFunc(walletfacts.Grades(), func(g walletfacts.Grade) bool { return g.English == f.Known })
}

// sureness is the word for how a fact is known, in the language.
func (l language) sureness(f wire.Fact) string {
	if i := unsure(f); i >= 0 {
		return l.pick(f.Known, walletfacts.Grades()[i].Spanish)
	}
	return f.Known
}

// subject is what a fact is about, in the language.
func (l language) subject(f wire.Fact) string {
	return l.pick(f.About, cmp.Or(walletfacts.Subjects()[f.About], f.About))
}

// fact is what a fact says, in the language. The words of a wallet stay as they are.
func (l language) fact(f wire.Fact) string {
	return l.pick(f.Says, cmp.Or(walletfacts.Facts()[f.Says], f.Says))
}

// allWallets are the profiles that a user can name, the bare platform last.
func allWallets() []wire.Profile {
	return append(wallets.All(), wallets.PlatformV1(), wallets.PlatformV2())
}

// walletWord is the name of a wallet as one word, which TRADEPAY_WALLET takes, too.
func walletWord(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return '-'
	}, strings.ReplaceAll(strings.ToLower(name), "'", "")), "-")
}

// runWallets lists the wallets, or shows one.
func runWallets(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("wallets")
	name, asJSON := fs.text("name"), fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	if *name != "" {
		cfg, err := tradepayenv.ReadPart(onlyWallet(*name))
		if err != nil {
			return walletFlag(err, fs.written("name"))
		}
		if *asJSON {
			return printJSON(c.stdout, walletJSON(cfg.Wallet))
		}
		c.printWallet(cfg.Wallet)
		return nil
	}
	if *asJSON {
		var all []map[string]any
		for _, w := range allWallets() {
			all = append(all, walletJSON(w))
		}
		return printJSON(c.stdout, all)
	}
	for _, w := range allWallets() {
		line := fmt.Sprintf("%-16s %-3s %s", walletWord(w.Name), cmp.Or(w.Country, "—"), w.Dialect)
		if worst, best, ok := extremes(w); ok {
			line += "  " + c.lang.sureness(worst)
			if best.Known != worst.Known {
				line += " … " + c.lang.sureness(best)
			}
		}
		fmt.Fprintln(c.stdout, line)
	}
	fmt.Fprintln(c.stdout)
	c.print(c.stdout, "Name, country, dialect, and from what the profile is known. None of them was tested live.\n"+
		"tradepay wallets NAME tells more.")
	return nil
}

// onlyWallet is an environment that names a wallet, and nothing else.
func onlyWallet(wallet string) func(string) string {
	return func(name string) string {
		if name == tradepayenv.Wallet {
			return wallet
		}
		return ""
	}
}

// sorted are the facts about a wallet, the least sure first.
func sorted(facts []wire.Fact) []wire.Fact {
	facts = slices.Clone(facts)
	slices.SortStableFunc(facts, func(a, b wire.Fact) int { return unsure(a) - unsure(b) })
	return facts
}

// extremes are the least and the most sure fact about a wallet.
func extremes(w wire.Profile) (worst, best wire.Fact, ok bool) {
	facts := sorted(w.Evidence)
	if len(facts) == 0 {
		return worst, best, false
	}
	return facts[0], facts[len(facts)-1], true
}

// needs are the variables that a client of the wallet needs.
func needs(w wire.Profile) []string {
	names := []string{tradepayenv.Wallet, tradepayenv.BaseURL, tradepayenv.ClientID, tradepayenv.PrivateKeyFile,
		tradepayenv.WalletKeyFile}
	for _, further := range []struct {
		needed   bool
		variable string
	}{
		{w.Requirements.AppID, tradepayenv.AppID}, {w.Requirements.PartnerID, tradepayenv.PartnerID},
		{w.Requirements.MerchantID, tradepayenv.MerchantID}, {w.Requirements.SiteName, tradepayenv.SiteName},
		{w.Signing.AgentTokenHeader != "", tradepayenv.AgentToken},
	} {
		if further.needed {
			names = append(names, further.variable)
		}
	}
	return names
}

// operations are the calls that the wallet has.
func operations(w wire.Profile) []string {
	var names []string
	for _, op := range w.Operations() {
		names = append(names, string(op))
	}
	slices.Sort(names)
	return names
}

// walletJSON is a profile for programs.
func walletJSON(w wire.Profile) map[string]any {
	paths := make(map[string]string)
	for _, op := range w.Operations() {
		paths[string(op)] = w.Routes.Prefix + w.Path(op)
	}
	facts := make([]map[string]string, 0, len(w.Evidence))
	for _, f := range sorted(w.Evidence) {
		facts = append(facts, map[string]string{"about": f.About, "known": f.Known, "says": f.Says, "source": f.Source})
	}
	gateways := w.Routes.BaseURLs
	if gateways == nil {
		gateways = make(map[string]string)
	}
	return map[string]any{
		"name": walletWord(w.Name), "displayName": w.Name, "country": w.Country, "dialect": w.Dialect,
		"needs":    needs(w),
		"gateways": gateways, "operations": paths, "unsupported": w.Routes.Unsupported, "evidence": facts,
		"cashierCall": "my." + cmp.Or(w.Routes.CashierJSAPI, "tradePay"), "refusesRepeats": w.Quirks.RefusesRepeats,
		"sources": w.Sources, "testedLive": false,
	}
}

// printWallet shows one wallet.
func (c *cli) printWallet(w wire.Profile) {
	word := c.lang.say
	rows := [][2]string{
		{word("wallet"), w.Name}, {word("name"), walletWord(w.Name)}, {word("country"), w.Country},
		{word("dialect"), w.Dialect},
	}
	for i, variable := range needs(w) {
		rows = append(rows, [2]string{heading(i, word("needs")), variable})
	}
	for i, environment := range slices.Sorted(maps.Keys(w.Routes.BaseURLs)) {
		rows = append(rows, [2]string{heading(i, word("gateways")),
			environment + "  " + w.Routes.BaseURLs[environment]})
	}
	if len(w.Routes.BaseURLs) == 0 {
		rows = append(rows, [2]string{word("gateways"), word("it publishes none: the wallet gives it to you")})
	}
	for i, op := range operations(w) {
		path := w.Routes.Prefix + w.Path(wire.Operation(op))
		rows = append(rows, [2]string{heading(i, word("operations")), fmt.Sprintf("%-17s %s", op, path)})
	}
	for i, op := range slices.Sorted(maps.Keys(w.Routes.Unsupported)) {
		rows = append(rows, [2]string{heading(i, word("lacks")), string(op) + "  " + w.Routes.Unsupported[op]})
	}
	rows = append(rows, [2]string{word("cashier"), "my." + cmp.Or(w.Routes.CashierJSAPI, "tradePay")})
	if w.Quirks.RefusesRepeats {
		rows = append(rows, [2]string{word("repeats"), word("it rejects a second call with the same id: " +
			"inquire instead")})
	}
	fields(c.stdout, c.out, rows...)
	fmt.Fprintln(c.stdout)
	c.print(c.stdout, "From what it is known, the least sure first. Not tested live.")
	for _, f := range sorted(w.Evidence) {
		fmt.Fprintf(c.stdout, "  %s: %s\n      %s\n      %s\n", c.out.bold(c.lang.subject(f)), c.lang.sureness(f),
			printable(c.lang.fact(f)),
			f.Source)
	}
}

// heading names the first row of several.
func heading(i int, name string) string {
	if i > 0 {
		return strings.Repeat(" ", len([]rune(name)))
	}
	return name
}
