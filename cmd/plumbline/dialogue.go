package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

var dialogueListCommand = command{
	name: "dialogue list",
	line: "list who was asked about what, with the gaps and the promises",
	help: `plumbline dialogue list [--about NAME] [--db …] [--json]

  plumbline dialogue list --about rights-standards --db site.db

NAME is what a dialogue is about: a standard, the subject of a training, a
contradiction (X-03), a claim (C-B62) or the id of a programme.
NOT ASKED are the kinds of people of whom nobody was invited, came or
declined. OVERDUE are promises whose day is over and that nobody has checked.`,
	run: func(ctx context.Context, c *call) error {
		about := c.flags.String("about", "", "only those about `name`")
		db, asJSON, err := c.site(ctx, 0, 0)
		if err != nil {
			return err
		}
		defer db.Close()
		list, err := db.SharedOf(ctx, operator, plumbline.KindDialogue)
		if err != nil {
			return err
		}
		rows := []map[string]any{}
		w := table(c.out)
		if !asJSON {
			fmt.Fprintln(w, "ID\tHELD\tKIND\tNOT ASKED\tPROMISES\tOVERDUE\tTITLE")
		}
		for _, d := range list {
			r := d.Shared.(*plumbline.DialogueRecord)
			if *about != "" && !strings.EqualFold(*about, r.Dialogue.About) && *about != string(r.Dialogue.Programme) {
				continue
			}
			v, err := reviewDialogue(ctx, db, r, time.Time{})
			if err != nil {
				return err
			}
			if asJSON {
				rows = append(rows, dialogueJSON(r, v))
				continue
			}
			overdue := 0
			for _, p := range v.Promises {
				if p.State == plumbline.PromiseOverdue {
					overdue++
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.Dialogue.ID, dash(r.Dialogue.At.String()), spaced(r.Dialogue.Kind), dash(gaps(v)), len(v.Promises), overdue, r.Dialogue.Title)
		}
		if asJSON {
			return printJSON(c.out, map[string]any{"dialogues": rows})
		}
		return w.Flush()
	},
}

var dialogueShowCommand = command{
	name: "dialogue show",
	line: "say who was asked, what is agreed on, what was promised and what changed",
	help: `plumbline dialogue show ID [--at DAY] [--db …] [--json]

  plumbline dialogue show before-safe-harbour

A point is agreed on when every organisation with a seat that spoke to it holds
it, these are of two kinds of people at the least, and nobody denies it. --at
says what the record, as it is today, tells of promises on another day.`,
	run: func(ctx context.Context, c *call) error {
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		at, err := dayOf(*day)
		if err != nil {
			return err
		}
		db, err := c.readable(ctx, conf)
		if err != nil {
			return err
		}
		defer db.Close()
		r, err := sharedRecord[*plumbline.DialogueRecord](ctx, db, plumbline.KindDialogue, c.args[0])
		if err != nil {
			return err
		}
		v, err := reviewDialogue(ctx, db, r, at)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.out, dialogueJSON(r, v))
		}
		tellDialogue(c.out, r, v)
		return nil
	},
}

// reviewDialogue returns what the record answers of a dialogue at a moment; the
// zero time is now.
func reviewDialogue(ctx context.Context, db *store.DB, r *plumbline.DialogueRecord, at time.Time) (*plumbline.DialogueReview, error) {
	if at.IsZero() {
		at = db.Now()
	}
	var launch plumbline.When
	if r.Dialogue.Programme != "" {
		g, err := db.Programme(ctx, operator, r.Dialogue.Programme)
		if err != nil {
			return nil, err
		}
		launch = g.Programme.Began
	}
	return r.Review(at, launch), nil
}

func gaps(v *plumbline.DialogueReview) string {
	var kinds []string
	for _, g := range v.Gaps() {
		kinds = append(kinds, spaced(g.Who))
	}
	return strings.Join(kinds, ", ")
}

// whose names who said or promised something.
func whose(speaker plumbline.ID, by string) string {
	switch {
	case speaker == "":
		return by
	case by == "":
		return string(speaker)
	}
	return string(speaker) + " (" + by + ")"
}

func tellDialogue(out io.Writer, r *plumbline.DialogueRecord, v *plumbline.DialogueReview) {
	d := r.Dialogue
	fmt.Fprintf(out, "%s, %s, %s, convened by %s\n", d.Title, spaced(d.Kind), dash(d.At.String()), d.Convener)
	if d.Programme != "" {
		fmt.Fprintf(out, "Before the launch of %s: %s\n", d.Programme, said(v.InTime))
	}
	fmt.Fprintln(out, "\nWho was asked, and who was not")
	w := table(out)
	for _, a := range v.Asked {
		if len(a.Seats) == 0 {
			fmt.Fprintf(w, "  %s\tnobody of them is on the list\n", spaced(a.Who))
		}
		for _, s := range a.Seats {
			fmt.Fprintf(w, "  %s\t%s\tpeople: %s\t%s\n", spaced(a.Who), spaced(s.State), s.People, whose(s.Organisation, s.Name))
		}
	}
	_ = w.Flush() // to the writer of the command
	fmt.Fprintln(out, "\nWhat each side said")
	for _, p := range v.Points {
		state := ""
		switch {
		case p.Standing != "":
			state = ", " + string(p.Standing)
		case p.Waits():
			state = ", nothing was done about it"
		}
		fmt.Fprintf(out, "  %s: %s (%s%s)\n", whose(p.Speaker, p.By), oneLine(string(p.Text)), p.Kind, state)
		for _, s := range p.Stances {
			settle := ""
			if s.Text != "" {
				settle = "; what would settle it: " + oneLine(string(s.Text))
			}
			fmt.Fprintf(out, "    %s holds it: %s%s\n", s.Speaker, said(s.Holds), settle)
		}
	}
	fmt.Fprintln(out, "\nWhat was promised")
	for _, p := range v.Promises {
		fmt.Fprintf(out, "  %s: %s (due %s; %s)\n", whose(p.Speaker, p.By), oneLine(string(p.Text)), dash(p.Due.String()), p.State)
		for _, c := range p.Checks {
			own, text := "", ""
			if c.Speaker == p.Speaker {
				own = ", who promised it"
			}
			if c.Text != "" {
				text = "; " + oneLine(string(c.Text))
			}
			fmt.Fprintf(out, "    %s%s, %s: kept: %s%s\n", c.Speaker, own, dash(c.At.String()), said(c.Kept), text)
		}
	}
	fmt.Fprintln(out, "\nWhat changed because of it")
	for _, c := range r.Changes {
		fmt.Fprintf(out, "  %s, %s: %s\n", c.In, dash(c.At.String()), oneLine(string(c.Text)))
	}
	if len(r.Changes) == 0 {
		fmt.Fprintln(out, "  no change is on record")
	}
}

// dialogueJSON is a dialogue with its review, as a program reads it.
func dialogueJSON(r *plumbline.DialogueRecord, v *plumbline.DialogueReview) map[string]any {
	asked, points, promises := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, a := range v.Asked {
		asked = append(asked, map[string]any{"who": a.Who, "came": a.Came, "gap": a.Gap, "seats": append([]*plumbline.Seat{}, a.Seats...)})
	}
	for _, p := range v.Points {
		points = append(points, map[string]any{"said": p.Said, "standing": p.Standing, "held_by_kinds": append([]plumbline.Who{}, p.Kinds...), "stances": append([]*plumbline.Stance{}, p.Stances...), "nothing_done": p.Waits()})
	}
	for _, p := range v.Promises {
		promises = append(promises, map[string]any{"promise": p.Promise, "state": p.State, "checks": append([]*plumbline.PromiseCheck{}, p.Checks...)})
	}
	return map[string]any{"dialogue": r.Dialogue, "at": v.At.UTC().Format(time.RFC3339), "before_launch": truth(v.InTime), "asked": asked, "points": points, "promises": promises, "changes": append([]*plumbline.Change{}, r.Changes...)}
}
