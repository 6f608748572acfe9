package stage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The measures of the diagram, in pixels.
const (
	columnWidth  = 200
	timeWidth    = 120
	headHeight   = 96
	rowHeight    = 40
	legendHeight = 40
	width        = timeWidth + int(parties)*columnWidth
)

// colours of the marks, dark enough for white paper.
var colours = map[Mark]string{
	MarkSigned: "#3b5bdb", MarkPlain: "#3b4a63", MarkInferred: "#6b7687", MarkFailed: "#b42335",
	MarkRefused: "#8a5a00", MarkLost: "#b42335", MarkNote: "#8a5a00",
}

// diagram draws a run as a sequence diagram: plain SVG, without styles,
// scripts or links, so that it shows everywhere.
func diagram(l reader, x *exported) []byte {
	d := &drawing{}
	height := headHeight + rowHeight*len(x.Entries) + 60 + legendHeight
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `+
		`font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="13" xml:lang="%s">`,
		width, height, width, height, l.Tag)
	d.printf("\n<title>%s</title>\n", escape(l.say("title")))
	d.printf(`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	d.text(16, 26, "start", "#141a26", "700", x.Run.verdict(l))
	d.text(16, 46, "start", "#5a6478", "400",
		strings.TrimSpace(l.money(x.Run.Amount)+"  "+x.Run.PaymentID+"  "+
			x.Run.StartedAt.In(l.zone).Format("2006-01-02 15:04:05 MST")))
	for p := range parties {
		d.printf(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#ccd4e0" stroke-dasharray="3 4"/>`+"\n", column(p),
			headHeight-4, column(p), height-16-legendHeight)
		name := l.say("party." + strconv.Itoa(int(p)))
		if p.yours() {
			name += " · " + l.say("yours")
		}
		d.text(column(p), headHeight-14, "middle", "#141a26", "600", name)
	}
	for i := range x.Entries {
		d.entry(l, x, i, headHeight+rowHeight*i+28)
	}
	d.legend(l, height-24)
	d.printf("</svg>\n")
	return d.Bytes()
}

// verdict is the run's in words.
func (s runSummary) verdict(l reader) string {
	v := s.Verdict
	return l.fill(v.Key, "shop", l.detail(v.Shop), "charged", l.money(v.Charged), "refunded",
		l.money(v.Refunded), "amount", l.money(v.Amount),
		"charges", strconv.Itoa(v.Charges))
}

// detail says a code in words, where there are some.
func (l language) detail(code string) string {
	for _, prefix := range []string{"state.", "detail."} {
		if _, ok := texts[prefix+code]; ok {
			return l.say(prefix + code)
		}
	}
	return code
}

// what says what an entry is, without its detail.
func (l language) what(s Scenario, e *Entry) string {
	switch {
	case e.Kind == KindTrouble:
		if _, ok := texts["note."+e.Detail]; ok {
			return l.say("note." + e.Detail)
		}
		return l.fill("note.fault", "kind", e.Detail)
	case e.Step > 0:
		key, number := s.key(e.Step), ""
		if n := s.number(e.Step); n > 0 {
			number = strconv.Itoa(n) + "  "
		}
		if special := key + "." + e.Detail; texts[special] != (text{}) {
			key = special
		}
		return number + l.say(key)
	}
	if _, ok := texts["op."+string(e.Op)]; ok {
		return l.say("op." + string(e.Op))
	}
	return string(e.Op)
}

func column(p Party) int { return timeWidth + int(p)*columnWidth + columnWidth/2 }

// drawing is an SVG that grows.
type drawing struct{ bytes.Buffer }

func (d *drawing) printf(format string, args ...any) { _, _ = fmt.Fprintf(d, format, args...) }

func (d *drawing) text(x, y int, anchor, fill, weight, content string) {
	d.printf(`<text x="%d" y="%d" text-anchor="%s" fill="%s" font-weight="%s">%s</text>`+"\n", x, y, anchor, fill,
		weight, escape(content))
}

// entry draws one row, whose arrow is at y.
func (d *drawing) entry(l reader, x *exported, i, y int) {
	e := x.Entries[i]
	colour := colours[e.Mark]
	label := l.what(x.Run.Scenario, e)
	if e.Kind != KindTrouble && e.Detail != "" {
		label += " · " + l.detail(e.Detail)
	}
	if e.Times > 1 {
		label += " · " + l.fill("times", "n", strconv.Itoa(e.Times))
	}
	d.printf("<g>\n<title>%s: %s</title>\n", escape(l.say("mark."+string(e.Mark))), escape(label))
	since := time.Duration(0) // the row before
	if i > 0 {
		since = max(0, e.At.Sub(x.Entries[i-1].At))
	}
	d.text(timeWidth-8, y+4, "end", "#5a6478", "400", "+"+l.duration(since))
	if e.Kind == KindTrouble {
		d.printf(`<rect x="%d" y="%d" width="%d" height="24" rx="6" fill="#fdf1d8"/>`+"\n", timeWidth+8,
			y-16, width-timeWidth-24)
		d.text(timeWidth+(width-timeWidth)/2, y, "middle", colour, "600", label)
		d.printf("</g>\n")
		return
	}
	dash := ""
	if e.Mark == MarkInferred || e.Mark == MarkLost {
		dash = ` stroke-dasharray="5 4"`
	}
	from, to := column(e.From), column(e.To)
	switch {
	case from == to && e.To >= MiniProgramServer: // the label is on the inner side
		d.printf(`<path d="M%d %d h-22 v14 h16" fill="none" stroke="%s" stroke-width="1.6"%s/>`+"\n",
			from, y-10, colour, dash)
		d.head(from-2, y+4, 1, colour)
		d.text(from-30, y, "end", colour, "500", label)
	case from == to:
		d.printf(`<path d="M%d %d h22 v14 h-16" fill="none" stroke="%s" stroke-width="1.6"%s/>`+"\n",
			from, y-10, colour, dash)
		d.head(from+2, y+4, -1, colour)
		d.text(from+30, y, "start", colour, "500", label)
	default:
		direction := 1
		if to < from {
			direction = -1
		}
		d.printf(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="1.6"%s/>`+"\n", from, y,
			to-6*direction, y, colour, dash)
		d.head(to-2*direction, y, direction, colour)
		if e.Both {
			d.head(from+2*direction, y, -direction, colour)
		}
		d.text((from+to)/2, y-7, "middle", colour, "500", label)
	}
	d.printf("</g>\n")
}

// legend explains the arrows.
func (d *drawing) legend(l reader, y int) {
	x := 16
	for _, mark := range []Mark{MarkSigned, MarkPlain, MarkInferred, MarkFailed, MarkRefused, MarkLost} {
		dash := ""
		if mark == MarkInferred || mark == MarkLost {
			dash = ` stroke-dasharray="5 4"`
		}
		d.printf(`<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="1.6"%s/>`+"\n", x, y-4, x+30, y-4,
			colours[mark], dash)
		d.head(x+36, y-4, 1, colours[mark])
		d.text(x+44, y, "start", "#5a6478", "400", l.say("mark."+string(mark)))
		x += 180
	}
}

// head draws an arrow's head with its tip at x, y.
func (d *drawing) head(x, y, direction int, colour string) {
	d.printf(`<path d="M%d %d l%d -4.5 v9 z" fill="%s"/>`+"\n", x, y, -8*direction, colour)
}

// escape makes any text fit for XML.
func escape(s string) string {
	var buf bytes.Buffer
	_ = xml.EscapeText(&buf, []byte(s)) // a Buffer takes everything
	return buf.String()
}
