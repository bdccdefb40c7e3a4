package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"plumbline/figure"
)

// readOf is what follows from the dates, the source and the readings of a claim.
type readOf struct {
	Span   string                 `json:"span,omitempty"` // from and to the day, .. where it is open
	Doubt  string                 `json:"doubt,omitempty"`
	Age    *figure.Age            `json:"age,omitempty"` // of the figure on the date of its document, in years
	Grade  *figure.Grade          `json:"grade,omitempty"`
	Source *figure.Source         `json:"source,omitempty"`
	Faults []figure.CitationFault `json:"citation_faults,omitempty"`

	claim *figure.Claim
}

func reading(r *figure.Register, claim *figure.Claim) readOf {
	span := claim.Span()
	o := readOf{Span: span.String(), Doubt: span.Doubt, Source: r.Source(claim.Source), claim: claim}
	if age, known := r.Age(claim); known {
		o.Age = &age
	}
	if g := claim.Grade(); g.Code != "" {
		o.Grade = &g
	}
	o.Faults = r.FaultsOf(claim)
	return o
}

// lines tells it as names and texts, leaving out what is not known.
func (o readOf) lines() (list [][2]string) {
	add := func(name, text string) {
		if text != "" {
			list = append(list, [2]string{name, text})
		}
	}
	if o.Span != "" && o.Doubt != "" {
		add("dates", o.Span+"; in doubt: "+o.Doubt)
	} else {
		add("dates", o.Span)
	}
	if o.Age != nil && o.claim.Figure.Form != figure.NoFigure {
		add("age", o.Age.String()+" old when the document was made")
	}
	if o.Source != nil {
		add("document is", strings.TrimSpace(strings.ReplaceAll(o.Source.Kind, "_", " ")+". "+o.Source.Disclaimer))
	}
	add("method", o.claim.Field("method"))
	add("whose cases", o.claim.Field("attribution"))
	add("limited by", o.claim.Hedge)
	add("n = 1, chosen by", o.claim.Story)
	add("is about", o.claim.Field("about"))
	add("cites", o.claim.Field("cites"))
	add("words", o.claim.Field("words"))
	add("own words", o.claim.Own)
	return list
}

func checkCitations(ctx context.Context, c *call, from *origin, asJSON bool) error {
	r, list, err := from.claims(ctx, c, c.args...)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, claim := range list {
		asked[claim.ID] = true
	}
	faults := []figure.CitationFault{}
	for _, f := range r.CitationFaults() {
		if len(asked) == 0 || asked[f.Claim] {
			faults = append(faults, f)
		}
	}
	if asJSON {
		err = printJSON(c.out, map[string]any{"faults": faults})
	} else {
		for _, f := range faults {
			fmt.Fprintf(c.out, "%s %s (%s)\n  %s\n", f.Claim, f.Code, f.Cites, f.Text)
		}
	}
	if err == nil && len(faults) > 0 {
		return errNo
	}
	return err
}

var claimSumCommand = command{
	name: "claim sum",
	line: "add the figures of claims, or say why they may not be added",
	help: `plumbline claim sum ID ID … [--file FILE.csv | --db SITE] [--json]

  plumbline claim sum C-N16 C-B16

It refuses what claim compare refuses, what is no count, and figures that may
hold the same people: of one place, over periods that meet. Bounds add up to
bounds. Exit 1 when they may not be added.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		from := c.origin()
		if err := c.parse(2, 100); err != nil {
			return err
		}
		r, claims, err := from.claims(ctx, c, c.args...)
		if err != nil {
			return err
		}
		sum, err := r.Sum(claims)
		if err != nil {
			return usageError{err.Error(), "give different claims"}
		}
		switch {
		case *asJSON:
			err = printJSON(c.out, sum)
		case sum.Added:
			fmt.Fprintf(c.out, "%s %s\n", sum.Sum.Text, sum.Unit)
		default:
			fmt.Fprintln(c.out, "These may not be added:")
		}
		if !*asJSON {
			tellReasons(c, append(sum.Refused, sum.NotAdded...))
			if len(sum.Mind) > 0 {
				fmt.Fprintln(c.out, "Mind that:")
				tellReasons(c, sum.Mind)
			}
		}
		if err == nil && !sum.Added {
			return errNo
		}
		return err
	},
}

func tellReasons(c *call, list []figure.Reason) {
	for _, reason := range list {
		fmt.Fprintf(c.out, "  %s: %s (%s)\n", reason.Code, reason.Text, strings.Join(reason.Claims, ", "))
	}
}

// A toldTopic is what is claimed of one project or thing, as JSON.
type toldTopic struct {
	Name     string          `json:"name"`
	Claims   []toldOf        `json:"claims"`
	Lengths  []figure.Length `json:"lengths"`
	Conflict bool            `json:"conflict"`
	Breaks   []figure.Break  `json:"breaks"`
}

type toldOf struct {
	told
	Read readOf `json:"read"`
}

var claimAboutCommand = command{
	name: "claim about",
	line: "what is claimed of one project or thing: its figures by date, breaks, and periods that differ",
	help: `plumbline claim about [NAME] [--file FILE.csv | --db SITE] [--json]

  plumbline claim about
  plumbline claim about "Project Lantern, Cebu"

Without a NAME it lists the names. Figures stand by the end of their period,
each with the grade of its method and its definition. A break says why a figure
is no revision of the one before it. Exit 1 when the lengths that are told of the
one thing differ.`,
	run: func(ctx context.Context, c *call) error {
		r, asJSON, err := c.register(ctx, 1)
		if err != nil {
			return err
		}
		names, n := r.TopicNames()
		if len(c.args) == 0 {
			return listTopics(c, names, n, asJSON)
		}
		m, found := r.Topic(c.args[0])
		if !found {
			return usageError{fmt.Sprintf("no claim is about %q", c.args[0]), "plumbline claim about lists the names"}
		}
		if asJSON {
			out := toldTopic{Name: m.Name, Lengths: append([]figure.Length{}, m.Lengths...), Conflict: m.Conflict, Breaks: append([]figure.Break{}, m.Breaks...)}
			for _, claim := range m.Claims {
				out.Claims = append(out.Claims, toldOf{told{claim, r.Status(claim)}, reading(r, claim)})
			}
			err = printJSON(c.out, out)
		} else {
			tellTopic(c, m)
		}
		if err == nil && m.Conflict {
			return errNo
		}
		return err
	},
}

func listTopics(c *call, names []string, n map[string]int, asJSON bool) error {
	if asJSON {
		list := []map[string]any{}
		for _, name := range names {
			list = append(list, map[string]any{"name": name, "claims": n[name]})
		}
		return printJSON(c.out, map[string]any{"about": list})
	}
	for _, name := range names {
		fmt.Fprintf(c.out, "%s (%s)\n", name, more(n[name], "claim", "claims"))
	}
	return nil
}

func tellTopic(c *call, m figure.Topic) {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tDATES\tFIGURE\tMETHOD\tBREAK\tDEFINITION")
	for _, claim := range m.Claims {
		definition, broken := claim.Definition, ""
		if definition == "" && claim.Lacks != "" {
			definition = "none: " + claim.Lacks
		}
		if b := m.Break(claim.ID); b != nil {
			var codes []string
			for _, reason := range b.Reasons {
				codes = append(codes, reason.Code)
			}
			broken = strings.Join(codes, " ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", claim.ID, dash(claim.Span().String()), dash(figureText(claim)), dash(claim.Grade().Code), dash(broken), dash(definition))
	}
	_ = w.Flush() // to the same writer as the lines after it
	if m.Conflict {
		fmt.Fprintln(c.out, "\nThe lengths that are told differ:")
		for _, l := range m.Lengths {
			fmt.Fprintf(c.out, "  %s: %v years\n", l.Claim, l.Years)
		}
	}
}

var claimWordsCommand = command{
	name: "claim words",
	line: "which word each side uses for what, beside a neutral name",
	help: `plumbline claim words [WORD] [--file FILE.csv | --db SITE] [--json]

  plumbline claim words
  plumbline claim words removed
  plumbline claim words rescue

WORD is one of the neutral names, whose fixed meaning /claims/words tells, or a
word of a document. Last come words of which no document says what they stand for.`,
	run: func(ctx context.Context, c *call) error {
		r, asJSON, err := c.register(ctx, 1)
		if err != nil {
			return err
		}
		asked := ""
		if len(c.args) > 0 {
			asked = strings.ToLower(c.args[0])
		}
		type word struct {
			Word   string   `json:"word"`
			Claims []string `json:"claims"`
		}
		type term struct {
			Term  string `json:"term"`
			Words []word `json:"words"`
		}
		list := []term{}
		for _, u := range r.TermUses() {
			t := term{u.Term, []word{}}
			for _, w := range u.Words {
				if asked != "" && asked != u.Term && !strings.Contains(strings.ToLower(w.Word), asked) {
					continue
				}
				one := word{Word: w.Word}
				for _, claim := range w.Claims {
					one.Claims = append(one.Claims, claim.ID)
				}
				t.Words = append(t.Words, one)
			}
			if asked == "" || asked == u.Term || len(t.Words) > 0 {
				list = append(list, t)
			}
		}
		if len(list) == 0 {
			return usageError{fmt.Sprintf("no claim uses %q, and it is no neutral name", asked), "the neutral names are " + strings.Join(figure.Terms(), ", ")}
		}
		if asJSON {
			return printJSON(c.out, map[string]any{"terms": list})
		}
		for _, t := range list {
			name := t.Term
			if name == "" {
				name = "not told"
			}
			fmt.Fprintln(c.out, name)
			for _, w := range t.Words {
				fmt.Fprintf(c.out, "  %s: %s\n", w.Word, strings.Join(w.Claims, ", "))
			}
		}
		return nil
	},
}

var claimSourcesCommand = command{
	name: "claim sources",
	line: "the documents in which claims stand, and the works that they cite",
	help: `plumbline claim sources [--file FILE.csv | --db SITE] [--json]

  plumbline claim sources

Each with its kind, its date, what it says of itself, and who here has read it.`,
	run: func(ctx context.Context, c *call) error {
		r, asJSON, err := c.register(ctx, 0)
		if err != nil {
			return err
		}
		list := append([]figure.SourceUse{}, r.SourceUses()...)
		if asJSON {
			return printJSON(c.out, map[string]any{"sources": list})
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKIND\tDATE\tCLAIMS\tCITED\tREAD\tTITLE")
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", s.ID, s.Kind, dash(s.Date), s.Holds, s.Cited, dash(s.Read), s.Title)
		}
		return w.Flush()
	},
}

var claimPositionsCommand = command{
	name: "claim positions",
	line: "what each side holds, and how the other side reads it",
	help: `plumbline claim positions [--file FILE.csv | --db SITE] [--json]

  plumbline claim positions

A reading is what others say that the holder means or wants. Last come readings
that are tied to nothing that anybody said.`,
	run: func(ctx context.Context, c *call) error {
		r, asJSON, err := c.register(ctx, 0)
		if err != nil {
			return err
		}
		type stand struct {
			*figure.Claim
			Readings []*figure.Claim `json:"readings"`
		}
		list, untied := r.Stands()
		if asJSON {
			stands := []stand{}
			for _, s := range list {
				stands = append(stands, stand{s.Claim, append([]*figure.Claim{}, s.Readings...)})
			}
			return printJSON(c.out, map[string]any{"positions": stands, "untied": append([]*figure.Claim{}, untied...)})
		}
		for _, s := range list {
			fmt.Fprintln(c.out, saidBy(s.Claim))
			if s.Own != "" {
				fmt.Fprintln(c.out, "  in their own words: "+s.Own)
			}
			for _, other := range s.Readings {
				fmt.Fprintln(c.out, "  read by another: "+saidBy(other))
			}
		}
		for _, one := range untied {
			fmt.Fprintln(c.out, "Tied to nothing that was said: "+saidBy(one))
		}
		return nil
	},
}

var claimPolicyCommand = command{
	name: "claim policy",
	line: "what is said should be done, each with the state of its evidence",
	help: `plumbline claim policy [--file FILE.csv | --db SITE] [--json]

  plumbline claim policy

The state is computed from the claims that support it: none differs contested
agrees read unread no-source; doc/claims.md has the rule.`,
	run: func(ctx context.Context, c *call) error {
		r, asJSON, err := c.register(ctx, 0)
		if err != nil {
			return err
		}
		list := []figure.Evidence{}
		for _, claim := range r.Marked(figure.PolicyClaim) {
			list = append(list, r.Evidence(claim))
		}
		if asJSON {
			return printJSON(c.out, map[string]any{"policy": list})
		}
		for _, e := range list {
			fmt.Fprintf(c.out, "%s\n  evidence: %s; supported by %s; against it %s\n", saidBy(r.Claim(e.Claim)), e.State, dash(strings.Join(e.Grounds, ", ")), dash(strings.Join(e.Against, ", ")))
		}
		return nil
	},
}
