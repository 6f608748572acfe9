package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// flagRow is one flag: the flag set and the help of a subcommand both come from these rows.
type flagRow struct {
	name   string
	value  string // placeholder in the help, empty for a switch
	preset any    // the default, whose type is that of the flag; or a func() flag.Value
	text
}

// presetText is the default as somebody would write it on the command line, or "" if
// there is none to show.
func (r flagRow) presetText() string {
	switch preset := r.preset.(type) {
	case time.Duration:
		if preset < 0 {
			return "" // off
		}
		text := preset.String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		return text
	case string, int, uint64:
		return fmt.Sprint(preset)
	}
	return ""
}

// flagSet holds the flags of one subcommand.
type flagSet struct {
	*flag.FlagSet
	cli      *cli
	values   map[string]any     // pointers to the values, by flag
	asked    map[string]bool    // the flags that the subcommand reads
	settings map[string]*string // by variable; those of the command line win
}

// newFlags declares the flags of a subcommand, as topics has them.
func (c *cli) newFlags(name string) *flagSet {
	t := topics[name]
	fs := &flagSet{
		FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), cli: c,
		values: make(map[string]any), asked: make(map[string]bool),
	}
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for _, row := range t.flags {
		fs.values[row.name] = fs.declare(row)
	}
	if !t.settings {
		return fs
	}
	fs.settings = make(map[string]*string)
	for _, v := range tradepayenv.Variables() {
		if !v.Secret {
			fs.settings[v.Name] = fs.String(flagName(v.Name), "", "")
		}
	}
	return fs
}

// declare adds a flag and returns the pointer to its value.
func (fs *flagSet) declare(row flagRow) any {
	switch preset := row.preset.(type) {
	case string:
		return fs.String(row.name, preset, "")
	case bool:
		return fs.Bool(row.name, preset, "")
	case int:
		return fs.Int(row.name, preset, "")
	case uint64:
		return fs.Uint64(row.name, preset, "")
	case time.Duration:
		return fs.Duration(row.name, preset, "")
	case func() flag.Value:
		value := preset()
		fs.Var(value, row.name, "")
		return value
	}
	panic(fmt.Sprintf("flag -%s has a preset of type %T", row.name, row.preset))
}

// flagValue returns the pointer to the value of a flag. A name that topics does not have,
// and a wrong type, are mistakes of the program, which a test finds for each subcommand.
func flagValue[T any](fs *flagSet, name string) T {
	value, ok := fs.values[name].(T)
	if !ok {
		panic(fmt.Sprintf("tradepay %s: flag -%s is %T", fs.Name(), name, fs.values[name]))
	}
	fs.asked[name] = true
	return value
}

func (fs *flagSet) text(name string) *string            { return flagValue[*string](fs, name) }
func (fs *flagSet) toggle(name string) *bool            { return flagValue[*bool](fs, name) }
func (fs *flagSet) duration(name string) *time.Duration { return flagValue[*time.Duration](fs, name) }

// flagName returns the flag of a variable: base-url for TRADEPAY_BASE_URL.
func flagName(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "TRADEPAY_")), "_", "-")
}

// parse reads the arguments. It accepts nothing but flags.
func (fs *flagSet) parse(args []string) error {
	if fs.cli.onFlags != nil {
		fs.cli.onFlags(fs)
	}
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return errHelp
	case err != nil:
		return usage("%s", fs.explain(err.Error()))
	case fs.NArg() > 0:
		return usage("unexpected argument %s: this command takes flags only", printable(fs.Arg(0)))
	}
	return nil
}

// explain adds the flag that the user may have meant.
func (fs *flagSet) explain(text string) string {
	const undefined = "flag provided but not defined: -"
	name, ok := strings.CutPrefix(text, undefined)
	if !ok {
		return printable(fs.wanted(text))
	}
	text = "no such flag: -" + printable(name)
	variable := "TRADEPAY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	switch variable {
	case tradepayenv.PrivateKey:
		return text + ": others can read a command line; set " + variable + " or use -private-key-file"
	case tradepayenv.AgentToken:
		return text + ": others can read a command line; set " + variable
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := spelling.Nearest(name, names); near != "" {
		text += "; did you mean -" + near + "?"
	}
	return text
}

// wanted says how to write a duration, where package flag only says that it cannot read
// one.
func (fs *flagSet) wanted(text string) string {
	value, ok := strings.CutSuffix(text, "parse error")
	_, name, _ := strings.Cut(strings.TrimSuffix(value, ": "), " for flag -")
	if _, duration := fs.values[name].(*time.Duration); ok && duration {
		return value + "give a duration such as 1s or 15m"
	}
	return text
}

// isSet reports whether the command line has the flag.
func (fs *flagSet) isSet(name string) bool {
	found := false
	fs.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// alternatives are groups of variables of which a program sets one. A flag for one of
// them hides what the environment has for the others.
var alternatives = [][]string{
	{tradepayenv.PrivateKey, tradepayenv.PrivateKeyFile},
	{tradepayenv.WalletKey, tradepayenv.WalletKeyFile, tradepayenv.WalletKeys, tradepayenv.WalletKeysFile},
}

// getenv returns the value of a variable. The flags of the command line win over the
// environment.
func (fs *flagSet) getenv(variable string) string {
	if fs.hasSetting(variable) {
		return *fs.settings[variable]
	}
	for _, group := range alternatives {
		if slices.Contains(group, variable) && slices.ContainsFunc(group, fs.hasSetting) {
			return ""
		}
	}
	return fs.cli.getenv(variable)
}

// hasSetting reports whether the command line has the flag of a variable.
func (fs *flagSet) hasSetting(variable string) bool {
	return fs.settings[variable] != nil && fs.isSet(flagName(variable))
}

// config reads and checks all settings.
func (fs *flagSet) config() (tradepay.Config, error) {
	cfg, err := tradepayenv.ReadFrom(fs.getenv)
	return cfg, fs.named(err)
}

// partial reads the settings that are set. Those in needed must be.
func (fs *flagSet) partial(needed ...string) (tradepay.Config, error) {
	cfg, err := tradepayenv.ReadPart(fs.getenv)
	if err == nil {
		err = tradepayenv.Require(cfg, needed...)
	}
	return cfg, fs.named(err)
}

// named puts the flag into errors about settings that came, or could come, from the
// command line.
func (fs *flagSet) named(err error) error {
	var several interface{ Unwrap() []error }
	if err != nil && errors.As(err, &several) {
		var named []error
		for _, one := range several.Unwrap() {
			var e *tradepayenv.Error
			if !errors.As(one, &e) {
				return err // it joins no errors of settings
			}
			named = append(named, fs.named(one))
		}
		return errors.Join(named...)
	}
	var e *tradepayenv.Error
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

// again returns the settings of the command line, as a shell reads them: a further command
// needs them, but for the notify URL.
func (fs *flagSet) again() string {
	var b strings.Builder
	fs.Visit(func(f *flag.Flag) {
		for variable := range fs.settings {
			if flagName(variable) == f.Name && variable != tradepayenv.NotifyURL {
				b.WriteString(" -" + f.Name + " " + shellQuote(f.Value.String()))
			}
		}
	})
	return b.String()
}
