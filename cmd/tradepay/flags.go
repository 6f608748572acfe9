package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
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
	argument *argument          // what may stand without a flag
	isBare   bool               // whether it stands so
	profile  *profile           // of -profile, or nil
	fault    error              // why a flag of a type of ours did not take its value
}

// newFlags declares the flags of a subcommand, as topics has them.
func (c *cli) newFlags(name string) *flagSet {
	t := topics[name]
	fs := &flagSet{
		FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), cli: c,
		values: make(map[string]any), asked: make(map[string]bool), argument: t.argument,
	}
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for _, row := range t.rows() {
		fs.values[row.name] = fs.declare(row)
	}
	fs.asked["lang"], fs.asked["profile"] = true, true // parse reads them
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
		fs.Var(keeper{value, fs}, row.name, "")
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

// keeper keeps the error of a flag, of which package flag keeps the text only.
type keeper struct {
	flag.Value
	fs *flagSet
}

// Set implements [flag.Value].
func (k keeper) Set(text string) error {
	k.fs.fault = k.Value.Set(text)
	return k.fs.fault
}

// parse reads the arguments: flags, and the one argument that may stand without its flag,
// before, among or after them.
func (fs *flagSet) parse(args []string) error {
	if fs.cli.onFlags != nil {
		fs.cli.onFlags(fs)
	}
	var bare []string
	for {
		err := fs.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return errHelp
		case err != nil:
			return fs.explain(err.Error())
		}
		read := len(args) - fs.NArg()
		if onlyArguments := read > 0 && args[read-1] == "--"; onlyArguments || fs.NArg() == 0 {
			bare = append(bare, fs.Args()...)
			break
		}
		bare = append(bare, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if err := fs.takeArgument(bare); err != nil {
		return err
	}
	if lang := *fs.values["lang"].(*string); lang != "" {
		if err := knownLanguage(lang); err != nil {
			return err
		}
	}
	name, ok := fs.values["profile"].(*string)
	if !ok || *name == "" {
		return nil
	}
	var err error
	fs.profile, err = fs.cli.readProfile(*name)
	return err
}

// takeArgument gives an argument without a flag to its flag.
func (fs *flagSet) takeArgument(bare []string) error {
	switch {
	case len(bare) == 0:
		return nil
	case fs.argument == nil:
		return usage("unexpected argument %s: this command takes flags only", printable(bare[0]))
	case len(bare) > 1:
		return usage("unexpected argument %s: this command takes one, %s, and flags", printable(bare[1]),
			text{fs.argument.value, placeholders[fs.argument.value]})
	case fs.isSet(fs.argument.flag):
		return usage("unexpected argument %s: -%s is given, too", printable(bare[0]), fs.argument.flag)
	}
	fs.isBare = true
	return fs.Set(fs.argument.flag, bare[0])
}

// written is how the user wrote the value of a flag: by the flag, or as the argument.
func (fs *flagSet) written(name string) string {
	if fs.isBare && fs.argument.flag == name {
		return text{fs.argument.value, placeholders[fs.argument.value]}.in(fs.cli.lang)
	}
	return "-" + name
}

// invalidValue matches what package flag says about a value that it cannot read.
var invalidValue = regexp.MustCompile(`(?s)^invalid (?:boolean )?value ("(?:[^"\\]|\\.)*") for (?:flag )?-([^:]+): `)

// explain says in the words of this command what package flag says, and adds the flag that
// the user may have meant.
func (fs *flagSet) explain(text string) error {
	if match := invalidValue.FindStringSubmatch(text); match != nil {
		return fs.wanted(match[1], match[2])
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return usage("flag -%s needs a value", printable(name))
	}
	name, ok := strings.CutPrefix(text, "flag provided but not defined: -")
	if !ok {
		_, word, _ := strings.Cut(text, ": ")
		return usage("%s is no flag", printable(word))
	}
	variable := "TRADEPAY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	switch variable {
	case tradepayenv.PrivateKey:
		return usage("no such flag: -%s: others can read a command line; set %s or use -private-key-file", name,
			variable)
	case tradepayenv.AgentToken:
		return usage("no such flag: -%s: others can read a command line; set %s", name, variable)
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := spelling.Nearest(name, names); near != "" {
		return usage("no such flag: -%s; did you mean -%s?", printable(name), near)
	}
	return usage("no such flag: -%s", printable(name))
}

// wanted says how to write the value of a flag.
func (fs *flagSet) wanted(value, name string) error {
	switch fs.values[name].(type) {
	case *time.Duration:
		return usage("invalid value %s for flag -%s: give a duration such as 1s or 15m", printable(value), name)
	case *int, *uint64:
		return usage("invalid value %s for flag -%s: give a whole number", printable(value), name)
	case *bool:
		return usage("invalid value %s for flag -%s: give true or false, or the flag alone", printable(value), name)
	}
	return usage("invalid value %s for flag -%s: %w", printable(value), name, fs.fault)
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
// environment. With -profile, only secrets come from the environment, which may still hold
// the settings of another merchant.
func (fs *flagSet) getenv(variable string) string {
	if fs.hasSetting(variable) {
		return *fs.settings[variable]
	}
	for _, group := range alternatives {
		if slices.Contains(group, variable) && slices.ContainsFunc(group, fs.hasSetting) {
			return ""
		}
	}
	if fs.profile == nil {
		return fs.cli.getenv(variable)
	}
	if value := fs.profile.values[variable]; value != "" {
		return value
	}
	for _, group := range alternatives {
		if slices.Contains(group, variable) && slices.ContainsFunc(group, fs.profile.has) {
			return ""
		}
	}
	if isSecret(variable) {
		return fs.cli.getenv(variable)
	}
	return ""
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
	switch name := flagName(e.Variable); {
	case fs.isSet(name):
		renamed.Variable = "-" + name
	case fs.profile != nil:
		renamed.Variable = fs.cli.lang.say("%s of profile %s", e.Variable, fs.profile.name)
	case fs.cli.getenv(e.Variable) == "":
		renamed.Variable = fs.cli.lang.say("%s or -%s", e.Variable, name)
	}
	return &renamed
}

// again returns the settings of the command line, as a shell reads them: a further command
// needs them, but for the notify URL.
func (fs *flagSet) again() string {
	var b strings.Builder
	fs.Visit(func(f *flag.Flag) {
		if f.Name == "profile" {
			b.WriteString(" -profile " + shellQuote(f.Value.String()))
		}
		for variable := range fs.settings {
			if flagName(variable) == f.Name && variable != tradepayenv.NotifyURL {
				b.WriteString(" -" + f.Name + " " + shellQuote(f.Value.String()))
			}
		}
	})
	return b.String()
}
