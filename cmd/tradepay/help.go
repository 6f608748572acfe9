package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go/internal/spelling"
	"github.com/tradepay/tradepay-go/tradepayenv"
)

// text is one text in both languages, side by side.
type text struct{ en, es string }

func (t text) in(l language) string { return l.pick(t.en, t.es) }

// example is a command that a user can copy, and what it does.
type example struct {
	command string
	text
}

// topic is what the help says about a subcommand, or about a subject that several
// subcommands share.
type topic struct {
	name     string
	summary  text
	about    text
	flags    []flagRow
	settings bool // it takes the settings as flags, too
	examples []example
}

// placeholders are the Spanish words for values.
var placeholders = map[string]string{
	"FILE": "ARCHIVO", "HOST=URL": "HOST=URL",
	"DIR": "CARPETA", "NAME": "NOMBRE", "DURATION": "DURACIÓN", "TIME": "HORA", "AMOUNT": "MONTO",
	"CODE": "CÓDIGO", "TEXT": "TEXTO", "BITS": "BITS", "ADDRESS": "DIRECCIÓN", "FAULT": "FALLA", "NUMBER": "NÚMERO",
	"PATH": "RUTA", "PATHS": "RUTAS", "KIND": "TIPO", "ID": "ID", "VERSION": "VERSIÓN", "STATUS": "ESTADO",
	"METHOD": "MÉTODO", "URL": "URL", "WHEN": "CUÁNDO",
}

// topicOrder is the order in which the overview lists the topics.
var topicOrder = []string{
	"keygen", "sandbox", "doctor", "sign", "verify", "notify",
	"order create", "order query", "order wait", "order cancel", "order refund", "settings", "codes",
}

// orderVerbs returns the words that may follow order.
func orderVerbs() (verbs []string) {
	for _, name := range topicOrder {
		if verb, ok := strings.CutPrefix(name, "order "); ok {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// help runs the command help.
func (c *cli) help(words []string) int {
	name := strings.Join(words, " ")
	switch t, ok := topics[name]; {
	case name == "":
		c.printOverview(c.stdout)
	case ok:
		c.printTopic(c.stdout, t)
	case name == "order":
		for i, verb := range orderVerbs() {
			if i > 0 {
				fmt.Fprintln(c.stdout)
			}
			c.printTopic(c.stdout, topics["order "+verb])
		}
	default:
		near := spelling.Nearest(name, topicOrder)
		fmt.Fprintf(c.stderr, "%s %s\n", c.lang.pick("There is no help on", "No hay ayuda sobre"), printable(name))
		if near != "" {
			fmt.Fprintf(c.stderr, "%s tradepay help %s\n", c.lang.pick("Did you mean", "Quizá quisiste decir"), near)
		}
		return exitUsage
	}
	return exitOK
}

//nolint:misspell // Spanish
func (c *cli) printOverview(w io.Writer) {
	p := paletteFor(w, c.getenv)
	fmt.Fprintln(w, text{
		"tradepay: payments in mini programs, from the command line.",
		"tradepay: pagos en miniprogramas desde la línea de comandos.",
	}.in(c.lang))
	fmt.Fprintln(w)
	for _, name := range topicOrder {
		fmt.Fprintf(w, "  %s%s %s\n", p.bold(name), strings.Repeat(" ", 13-len(name)), topics[name].summary.in(c.lang))
	}
	fmt.Fprintln(w, text{`
tradepay help COMMAND explains more, with examples. A first payment, without a wallet
and without money, in two terminals:

  tradepay sandbox -dir sandbox -pay-after 5s
  . sandbox/sandbox.env
  tradepay order create -id order-1 -amount 10.50 -currency USD && tradepay order wait -id order-1`, `
tradepay help COMANDO explica más, con ejemplos. Un primer pago, sin billetera y sin
dinero, en dos terminales:

  tradepay sandbox -dir sandbox -pay-after 5s
  . sandbox/sandbox.env
  tradepay order create -id order-1 -amount 10.50 -currency USD && tradepay order wait -id order-1`}.in(c.lang))
}

func (c *cli) printTopic(w io.Writer, t topic) {
	p := paletteFor(w, c.getenv)
	head := "tradepay " + t.name
	if subcommands[t.name] == nil {
		head = t.name
	}
	fmt.Fprintf(w, "%s: %s\n\n%s\n", p.bold(head), t.summary.in(c.lang), t.about.in(c.lang))
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
	if len(t.flags) > 0 {
		fmt.Fprintln(w, "\n"+p.bold(c.lang.pick("Flags", "Opciones")))
		for _, f := range t.flags {
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
