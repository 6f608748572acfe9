package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// example is a command that a user can copy, and what it does.
type example struct {
	command string
	text
}

// argument is what may stand without its flag, such as order-1 for -id order-1.
type argument struct{ value, flag string }

// topic is what the help says about a subcommand, or about a subject that several
// subcommands share.
type topic struct {
	name     string
	summary  text
	about    text
	argument *argument
	flags    []flagRow
	settings bool // it takes the settings as flags, too
	examples []example
}

// rows are the flags of a subcommand, and those that every one has.
func (t topic) rows() []flagRow {
	rows := slices.Clone(t.flags)
	if t.settings {
		rows = append(rows, profileFlag)
	}
	return append(rows, langFlag)
}

// placeholders are the Spanish words for values.
var placeholders = map[string]string{
	"FILE": "ARCHIVO", "HOST=URL": "HOST=URL",
	"DIR": "CARPETA", "NAME": "NOMBRE", "DURATION": "DURACIÓN", "TIME": "HORA", "AMOUNT": "MONTO",
	"CODE": "CÓDIGO", "TEXT": "TEXTO", "BITS": "BITS", "ADDRESS": "DIRECCIÓN", "FAULT": "FALLA", "NUMBER": "NÚMERO",
	"PATH": "RUTA", "PATHS": "RUTAS", "KIND": "TIPO", "ID": "ID", "VERSION": "VERSIÓN", "STATUS": "ESTADO",
	"METHOD": "MÉTODO", "URL": "URL", "WHEN": "CUÁNDO", "LANGUAGE": "IDIOMA", "PROFILE": "PERFIL",
	"WALLET": "BILLETERA", "OPERATION": "OPERACIÓN", "SHELL": "SHELL",
}

// topicOrder is the order in which the overview lists the topics.
var topicOrder = []string{
	"keygen", "sandbox", "doctor", "sign", "verify", "notify", "wallets",
	"order create", "order query", "order wait", "order cancel", "order refund", "order capture", "order void",
	"token apply", "token refresh", "token cancel", "user", "message send", "call",
	"profiles", "completion", "settings", "codes", "version",
}

// verbsOf returns the words that may follow the first word of subcommands, such as order.
func verbsOf(group string) (verbs []string) {
	for _, name := range topicOrder {
		if verb, ok := strings.CutPrefix(name, group+" "); ok {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

func isGroup(word string) bool { return len(verbsOf(word)) > 0 }

// synonyms are other words for the verbs.
var synonyms = map[string][]string{
	"query":   {"get", "show", "status", "check", "inquire", "inquiry", "find", "list"},
	"create":  {"new", "make", "pay", "add", "place"},
	"cancel":  {"close", "delete", "abort", "revoke", "remove"},
	"wait":    {"poll", "watch", "follow"},
	"refund":  {"return", "reimburse"},
	"capture": {"charge", "settle"},
	"void":    {"release"},
	"refresh": {"renew"},
	"apply":   {"exchange"},
	"send":    {"push"},
}

// nearestVerb returns the subcommand of a group that was meant, or none.
func nearestVerb(group, word string) []string {
	verbs := verbsOf(group)
	for _, verb := range verbs {
		if slices.Contains(synonyms[verb], word) {
			return []string{group + " " + verb}
		}
	}
	if near := spelling.Nearest(word, verbs); near != "" {
		return []string{group + " " + near}
	}
	return nil
}

// groupsWith returns the subcommands that have this verb.
func groupsWith(verb string) (names []string) {
	for _, name := range topicOrder {
		if strings.HasSuffix(name, " "+verb) {
			names = append(names, name)
		}
	}
	return names
}

// help runs the command help.
func (c *cli) help(words []string) int {
	name := strings.Join(words, " ")
	switch t, ok := topics[name]; {
	case name == "":
		c.printOverview(c.stdout)
	case ok:
		c.printTopic(c.stdout, t)
	case name == "-man" || name == "--man":
		c.printManual(c.stdout)
	case isGroup(name):
		c.printNames(c.stdout, func(topic string) bool { return strings.HasPrefix(topic, name+" ") })
		fmt.Fprintln(c.stdout)
		c.print(c.stdout, "tradepay help %s COMMAND explains one, with examples.", name)
	default:
		near := groupsWith(name)
		if len(words) > 1 && isGroup(words[0]) {
			near = nearestVerb(words[0], words[1])
		}
		if one := spelling.Nearest(name, topicOrder); len(near) == 0 && one != "" {
			near = []string{one}
		}
		c.print(c.stderr, "There is no help on %s", printable(name))
		for _, one := range near {
			c.print(c.stderr, "Did you mean tradepay help %s", one)
		}
		return exitUsage
	}
	return exitOK
}

// printNames prints the names of some topics, and what each is about.
func (c *cli) printNames(w io.Writer, listed func(topic string) bool) {
	p := paletteFor(w, c.getenv)
	for _, name := range topicOrder {
		if listed(name) {
			fmt.Fprintf(w, "  %s%s %s\n", p.bold(name), strings.Repeat(" ", 13-len(name)),
				topics[name].summary.in(c.lang))
		}
	}
}

// runTopic is the subcommand of a topic that only says something.
func runTopic(name string) subcommand {
	return func(_ context.Context, c *cli, args []string) error {
		if err := c.newFlags(name).parse(args); err != nil {
			return err
		}
		c.printTopic(c.stdout, topics[name])
		return nil
	}
}

// runVersion prints the version.
func runVersion(_ context.Context, c *cli, args []string) error {
	fs := c.newFlags("version")
	asJSON := fs.toggle("json")
	if err := fs.parse(args); err != nil {
		return err
	}
	number, toolchain := version()
	if *asJSON {
		return printJSON(c.stdout, map[string]string{"version": number, "go": toolchain})
	}
	fmt.Fprintln(c.stdout, "tradepay", number, toolchain)
	return nil
}

//nolint:misspell // Spanish
func (c *cli) printOverview(w io.Writer) {
	fmt.Fprintln(w, text{
		"tradepay: payments in mini programs, from the command line.",
		"tradepay: pagos en miniprogramas desde la línea de comandos.",
	}.in(c.lang))
	fmt.Fprintln(w)
	c.printNames(w, func(string) bool { return true })
	fmt.Fprintln(w, text{`
tradepay help COMMAND explains more, with examples. A first payment, without a wallet
and without money, in two terminals:

  tradepay sandbox -dir sandbox -pay-after 5s
  . sandbox/sandbox.env
  tradepay order create order-1 -amount 10.50 -currency USD && tradepay order wait order-1`, `
tradepay help COMANDO explica más, con ejemplos. Un primer pago, sin billetera y sin
dinero, en dos terminales:

  tradepay sandbox -dir sandbox -pay-after 5s
  . sandbox/sandbox.env
  tradepay order create order-1 -amount 10.50 -currency USD && tradepay order wait order-1`}.in(c.lang))
}

// isCommand reports whether a topic is about something that runs, with flags.
func (t topic) isCommand() bool { return t.name != "settings" && t.name != "codes" }

// title is what the help of a topic begins with.
func (t topic) title() string {
	if t.isCommand() {
		return "tradepay " + t.name
	}
	return t.name
}

func (c *cli) printTopic(w io.Writer, t topic) {
	p := paletteFor(w, c.getenv)
	fmt.Fprintf(w, "%s: %s\n\n", p.bold(t.title()), t.summary.in(c.lang))
	if t.argument != nil {
		fmt.Fprintf(w, "  tradepay %s [%s] [-%s …]\n\n", t.name, c.lang.pick(t.argument.value,
			placeholders[t.argument.value]), c.lang.pick("flag", "opción"))
	}
	fmt.Fprintln(w, t.about.in(c.lang))
	if t.name == "settings" {
		for _, v := range tradepayenv.Variables() {
			name := "-" + flagName(v.Name)
			if v.Secret {
				name = c.lang.pick("no flag: secret", "sin opción: secreto")
			}
			usage := text{v.Usage, settingsInSpanish[v.Name]}
			fmt.Fprintf(w, "\n  %s (%s)\n      %s\n", p.bold(v.Name), name, usage.in(c.lang))
		}
	}
	if t.isCommand() {
		fmt.Fprintln(w, "\n"+p.bold(c.lang.pick("Flags", "Opciones")))
		for _, f := range t.rows() {
			head := "-" + f.name
			if f.value != "" {
				head += " " + c.lang.pick(f.value, placeholders[f.value])
			}
			fmt.Fprintf(w, "  %s\n      %s", head, f.in(c.lang))
			if preset := f.presetText(); preset != "" {
				fmt.Fprintf(w, "; %s %s", c.lang.pick("default", "por defecto"), preset)
			}
			fmt.Fprintln(w)
		}
	}
	if t.settings {
		var names []string
		for _, v := range tradepayenv.Variables() {
			if !v.Secret {
				names = append(names, "-"+flagName(v.Name))
			}
		}
		slices.Sort(names)
		fmt.Fprintf(w, "\n%s\n", p.bold(c.lang.pick(
			"Settings, by flag or by TRADEPAY_* variable (tradepay help settings)",
			"Configuración, por opción o por variable TRADEPAY_* (tradepay help settings)",
		)))
		line := " "
		for _, name := range names {
			if len(line)+len(name) > 82 {
				fmt.Fprintln(w, line)
				line = " "
			}
			line += " " + name
		}
		fmt.Fprintln(w, line)
	}
	if len(t.examples) > 0 {
		fmt.Fprintln(w, "\n"+p.bold(c.lang.pick("Examples", "Ejemplos")))
		for _, e := range t.examples {
			fmt.Fprintf(w, "  # %s\n  %s\n", e.in(c.lang), e.command)
		}
	}
}
