package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/settings"
	"github.com/tradepay/tradepay-go/internal/spelling"
)

// flagSet is the flags of one subcommand. Their texts are in topics.
type flagSet struct {
	*flag.FlagSet
	cli      *cli
	settings map[string]*string // by variable; those of the command line win
}

// newFlags begins the flags of a subcommand.
func (c *cli) newFlags(name string) *flagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return &flagSet{FlagSet: fs, cli: c}
}

// withSettings adds a flag for each variable that is no secret.
func (fs *flagSet) withSettings() *flagSet {
	fs.settings = make(map[string]*string)
	for _, v := range settings.Variables {
		if !v.Secret {
			fs.settings[v.Name] = fs.String(flagName(v.Name), "", "")
		}
	}
	return fs
}

// flagName is the flag of a variable: -base-url of TRADEPAY_BASE_URL.
func flagName(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "TRADEPAY_")), "_", "-")
}

// parse reads the arguments. Nothing but flags is taken.
func (fs *flagSet) parse(args []string) error {
	if fs.cli.onFlags != nil {
		fs.cli.onFlags(fs.FlagSet)
	}
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return errHelp
	case err != nil:
		return usage("%s", fs.explain(err.Error()))
	case fs.NArg() > 0:
		return usage("unexpected argument %s: everything is given by flags", printable(fs.Arg(0)))
	}
	return nil
}

// explain adds the flag that may have been meant.
func (fs *flagSet) explain(text string) string {
	const undefined = "flag provided but not defined: -"
	name, ok := strings.CutPrefix(text, undefined)
	if !ok {
		return printable(fs.wanted(text))
	}
	text = "no such flag: -" + printable(name)
	if variable := "TRADEPAY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); variable == settings.PrivateKey || variable == settings.AgentToken {
		return text + ": a secret on the command line can be read by others; set " + variable + " or use -private-key-file"
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := spelling.Nearest(name, names); near != "" {
		text += "; did you mean -" + near + "?"
	}
	return text
}

// wanted says how a duration is written, where package flag only says that it
// cannot read one.
func (fs *flagSet) wanted(text string) string {
	value, ok := strings.CutSuffix(text, "parse error")
	_, name, _ := strings.Cut(strings.TrimSuffix(value, ": "), " for flag -")
	if taker := fs.Lookup(name); ok && taker != nil {
		if getter, ok := taker.Value.(flag.Getter); ok {
			if _, ok := getter.Get().(time.Duration); ok {
				return value + "give a duration such as 1s or 15m"
			}
		}
	}
	return text
}

// isSet reports whether the command line has the flag.
func (fs *flagSet) isSet(name string) bool {
	found := false
	fs.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// alternatives are the variables of which one is given: a flag for one of them
// hides what the environment has for the others.
var alternatives = [][]string{
	{settings.PrivateKey, settings.PrivateKeyFile},
	{settings.WalletKey, settings.WalletKeyFile, settings.WalletKeys, settings.WalletKeysFile},
}

// getenv is the environment with the settings of the command line before it.
func (fs *flagSet) getenv(variable string) string {
	if value := fs.settings[variable]; value != nil && fs.isSet(flagName(variable)) {
		return *value
	}
	for _, group := range alternatives {
		of, given := false, false
		for _, name := range group {
			of = of || name == variable
			given = given || fs.settings[name] != nil && fs.isSet(flagName(name))
		}
		if of && given {
			return ""
		}
	}
	return fs.cli.getenv(variable)
}

// config reads all settings, checked.
func (fs *flagSet) config() (tradepay.Config, error) {
	cfg, err := settings.FromEnv(fs.getenv)
	return cfg, fs.named(err)
}

// partial reads the settings that are there and demands some of them.
func (fs *flagSet) partial(needed ...string) (tradepay.Config, error) {
	cfg, err := settings.Partial(fs.getenv)
	if err == nil {
		err = settings.Missing(cfg, needed...)
	}
	return cfg, fs.named(err)
}

// named puts the flag into errors about settings that came, or could come, from
// the command line.
func (fs *flagSet) named(err error) error {
	var several interface{ Unwrap() []error }
	if err != nil && errors.As(err, &several) {
		var named []error
		for _, one := range several.Unwrap() {
			var e *settings.Error
			if !errors.As(one, &e) {
				return err // it joins no errors of settings
			}
			named = append(named, fs.named(one))
		}
		return errors.Join(named...)
	}
	var e *settings.Error
	if !errors.As(err, &e) || fs.settings[e.Variable] == nil {
		return err
	}
	renamed := *e
	if name := flagName(e.Variable); fs.isSet(name) {
		renamed.Variable = "-" + name
	} else if fs.cli.getenv(e.Variable) == "" {
		renamed.Variable += " or -" + name
	}
	return &renamed
}

// again returns the flags that were set, as a shell reads them, but for some:
// what is needed to run a further command with the same settings.
func (fs *flagSet) again() string {
	var b strings.Builder
	fs.Visit(func(f *flag.Flag) {
		for variable := range fs.settings {
			if flagName(variable) == f.Name && variable != settings.NotifyURL {
				b.WriteString(" -" + f.Name + " " + shellQuote(f.Value.String()))
			}
		}
	})
	return b.String()
}
