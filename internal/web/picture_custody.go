package web

import (
	"html/template"
	"math"
	"strings"

	"plumbline"
)

// custodyPicture shows a chain of hand-overs. It is an ordered list and no
// drawing: sentences wrap on a narrow phone, are read aloud in order, and the
// style sheet joins the links and hatches the gaps.
func custodyPicture(sp speaker, chain *plumbline.Chain) picture {
	gaps := 0
	var list strings.Builder
	item := func(class string, parts ...string) {
		list.WriteString(`<li class="` + class + `">` + strings.Join(parts, "") + "</li>\n")
	}
	line := func(tag, class, text string) string {
		if text == "" {
			return ""
		}
		return "<" + tag + attribute("class", class) + ">" + clean(text) + "</" + tag + ">"
	}
	gap := func(class string, reasons []string, since string) {
		gaps++
		parts := []string{line("strong", "", sp.T("picture.custody.gap"))}
		for _, reason := range reasons {
			parts = append(parts, line("span", "why", reason))
		}
		item(class, append(parts, line("span", "when", since))...)
	}

	t := pictureTable{Caption: sp.T("picture.custody.caption"), Head: []string{sp.T("picture.custody.where"), sp.T("picture.time.when"),
		sp.T("picture.custody.giver"), sp.T("picture.custody.taker"), sp.T("picture.custody.gap")}}
	var met string
	if p := chain.Presence; p != nil {
		met = sp.T("picture.custody.met", "Code", apart(p.Code), "Count", sp.Count(p.Count))
		item("link", line("strong", "", met))
	}
	for _, l := range chain.Links {
		var reasons []string
		for _, g := range l.Gaps {
			reasons = append(reasons, gapReason(sp, g, l.Hours))
		}
		if len(reasons) > 0 {
			gap("gap", reasons, "")
		}
		m := l.Movement
		item("link", line("strong", "", custodyWhere(sp, m)), line("span", "when", custodyWhen(sp, m)), line("span", "", handedOver(sp, m)))
		t.Rows = append(t.Rows, []string{custodyWhere(sp, m), custodyWhen(sp, m), told(sp, m.Giver), told(sp, m.Taker), strings.Join(reasons, " ")})
	}
	if chain.End != "" {
		reason := gapReason(sp, chain.End, 0)
		since := ""
		if chain.Since.Known() {
			since = sp.T("picture.custody.since", "When", apart(sp.When(chain.Since)))
		}
		gap("gap last", []string{reason}, since)
		t.Rows = append(t.Rows, []string{"", since, "", "", reason})
	}
	label := sp.T("picture.custody.whole", "N", len(chain.Links))
	switch {
	case gaps == 0 && len(chain.Links) == 0:
		label = sp.T("picture.custody.none")
	case gaps > 0:
		label = sp.T("picture.custody.broken", "N", gaps)
	}
	if met != "" {
		label = met + " " + label
	}
	return picture{
		SVG:   template.HTML(`<ol class="chain"` + attribute("aria-label", label) + ">\n" + list.String() + "</ol>"), // every text went through clean
		Label: label, Table: t,
	}
}

func gapReason(sp speaker, g plumbline.Gap, hours float64) string {
	if g == plumbline.GapTime {
		if hours < 48 {
			return sp.T("picture.custody.hours", "N", int(math.Round(hours)))
		}
		return sp.T("picture.custody.days", "N", int(math.Round(hours/24)))
	}
	return sp.Word(g)
}

func custodyWhere(sp speaker, m *plumbline.Movement) string {
	where := sp.Word(m.State)
	if m.PlaceKind != "" {
		where = sp.T("picture.custody.at", "State", where, "Place", sp.Word(m.PlaceKind))
	}
	if m.Place != "" {
		where = sp.T("picture.custody.at", "State", where, "Place", apart(m.Place))
	}
	return where
}

func custodyWhen(sp speaker, m *plumbline.Movement) string {
	if m.Until.Known() {
		return sp.T("picture.time.from_until", "From", apart(sp.When(m.From)), "Until", apart(sp.When(m.Until)))
	}
	return sp.When(m.From)
}

// handedOver says who gave and who took, as far as anybody tells.
func handedOver(sp speaker, m *plumbline.Movement) string {
	said := ""
	switch {
	case m.Giver != "" && m.Taker != "":
		said = sp.T("picture.custody.handed", "Giver", apart(m.Giver), "Taker", apart(m.Taker))
	case m.Giver != "":
		said = sp.T("picture.custody.handed_by", "Giver", apart(m.Giver))
	case m.Taker != "":
		said = sp.T("picture.custody.taken_by", "Taker", apart(m.Taker))
	}
	if said != "" && m.Receipt.Decided() {
		said += " " + sp.T("picture.custody.receipt", "Answer", sp.Word(m.Receipt))
	}
	return said
}

func told(sp speaker, who string) string {
	if who == "" {
		return sp.T("picture.custody.not_told")
	}
	return who
}
