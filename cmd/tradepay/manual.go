package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/tradepay/tradepay-go/tradepayenv"
)

// roff escapes a text for a manual page.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// printManual prints the whole help as a manual page, for man -l.
func (c *cli) printManual(w io.Writer) {
	word := c.lang.say
	number, _ := version()
	fmt.Fprintf(w, ".TH TRADEPAY 1 \"\" \"tradepay %s\"\n.SH %s\ntradepay \\- %s\n", number, word("NAME"),
		roff(word("payments in mini programs, from the command line")))
	fmt.Fprintf(w, ".SH %s\n.B tradepay\n%s\n", word("SYNOPSIS"), roff(word("COMMAND [flags]")))
	fmt.Fprintf(w, ".SH %s\n", word("COMMANDS"))
	for _, name := range topicOrder {
		if t := topics[name]; t.isCommand() {
			c.printManualTopic(w, t)
		}
	}
	fmt.Fprintf(w, ".SH %s\n%s\n", word("ENVIRONMENT"), roff(topics["settings"].about.in(c.lang)))
	for _, v := range tradepayenv.Variables() {
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(v.Name), roff(text{v.Usage, settingsInSpanish[v.Name]}.in(c.lang)))
	}
	fmt.Fprintf(w, ".SH %s\n.nf\n%s\n.fi\n", word("EXIT STATUS"), roff(topics["codes"].about.in(c.lang)))
}

func (c *cli) printManualTopic(w io.Writer, t topic) {
	fmt.Fprintf(w, ".SS %s\n%s.\n.PP\n.nf\n%s\n.fi\n", roff(t.title()), roff(t.summary.in(c.lang)),
		roff(t.about.in(c.lang)))
	for _, row := range t.rows() {
		head := "-" + row.name
		if row.value != "" {
			head += " " + c.lang.pick(row.value, placeholders[row.value])
		}
		about := row.in(c.lang)
		if preset := row.presetText(); preset != "" {
			about += "; " + c.lang.pick("default", "por defecto") + " " + preset
		}
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(head), roff(about))
	}
	for _, e := range t.examples {
		fmt.Fprintf(w, ".PP\n%s:\n.PP\n.nf\n  %s\n.fi\n", roff(e.in(c.lang)), roff(e.command))
	}
}
