package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"plumbline"
)

// releaseWords say why a story may be used or not.
var releaseWords = map[string]string{
	"agreed": "the person agreed to these words", "never_agreed": "the person did not agree", "withdrawn": "the person took the consent back", "ended": "the time that the person gave is over",
	"not_told": "whether the person agreed is not told", "words_missing": "to which words the person agreed is not kept", "end_not_told": "until when the person agreed is not told",
}

// A printed is a story with its organisation and what the press asked of it.
type printed struct {
	Organisation plumbline.ID              `json:"organisation"`
	Publication  *plumbline.Publication    `json:"publication"`
	Digest       string                    `json:"digest"`
	May          *bool                     `json:"may_be_used"`
	Why          string                    `json:"why"`
	Requests     []*plumbline.MediaRequest `json:"requests"`
}

// published returns every story on the site, with the requests that no story
// is named for under none.
func (c *call) published(ctx context.Context, conf *settings, day string) (list []printed, err error) {
	at, err := dayOf(day)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = time.Now()
	}
	db, err := c.readable(ctx, conf)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	all, err := db.Stories(ctx, operator)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		of := func(id plumbline.ID) []*plumbline.MediaRequest {
			return slices.DeleteFunc(slices.Clone(o.MediaRequests), func(m *plumbline.MediaRequest) bool { return m.Publication != id })
		}
		for _, p := range o.Publications {
			r := p.Release(at)
			list = append(list, printed{o.Organisation.ID, p, p.TextDigest(), truth(r.May), r.Why, of(p.ID)})
		}
		if rest := of(""); len(rest) > 0 {
			list = append(list, printed{Organisation: o.Organisation.ID, Requests: rest})
		}
	}
	return list, nil
}

func yesNo(b *bool) string {
	switch {
	case b == nil:
		return "cannot tell"
	case *b:
		return "yes"
	}
	return "no"
}

var publicationListCommand = command{
	name: "publication list",
	line: "list the stories of people that organisations published, and what the press asked",
	help: `plumbline publication list [--organisation ID] [--at DAY] [--db …] [--json]

  plumbline publication list --organisation org-lime-house

A story may be used while the person agrees to these very words. Who tells it
stands nowhere.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		organisation := c.flags.String("organisation", "", "only of this organisation, by its `id`")
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		conf := c.settings("db")
		if err := c.parse(0, 0); err != nil {
			return err
		}
		list, err := c.published(ctx, conf, *day)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(p printed) bool { return *organisation != "" && p.Organisation != plumbline.ID(*organisation) })
		if *asJSON {
			return printJSON(c.out, map[string]any{"publications": append([]printed{}, list...)})
		}
		w := table(c.out)
		fmt.Fprintln(w, "ID\tORGANISATION\tPUBLISHED\tMAY BE USED\tWHY\tWHERE")
		for _, p := range list {
			if s := p.Publication; s != nil {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, p.Organisation, dash(s.Published.String()), yesNo(p.May), releaseWords[p.Why], s.Where)
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for _, p := range list {
			for _, m := range p.Requests {
				c.tellRequest(m)
			}
		}
		return nil
	},
}

func (c *call) tellRequest(m *plumbline.MediaRequest) {
	answer := "no answer on record"
	if m.Granted != "" {
		answer = string(m.Granted)
		if m.DecidedBy != "" {
			answer += " by the " + string(m.DecidedBy)
		}
		answer += ", " + dash(m.Answered.String())
	}
	fmt.Fprintf(c.out, "request of %s by %s to %s; put to the person: %s; %s\n", dash(m.Asked.String()), m.By, m.Office, saidOf(m.PutToPerson), answer)
	if m.Reason != "" {
		fmt.Fprintf(c.out, "  reason: %s\n", oneLine(string(m.Reason)))
	}
}

// saidOf writes an answer as it was given.
func saidOf(a plumbline.Answer) string {
	if a == plumbline.Unknown {
		return "not told"
	}
	return spaced(a)
}

var publicationShowCommand = command{
	name: "publication show",
	line: "say whether a person agreed to a published story, and how to ask",
	help: `plumbline publication show ID [--text FILE] [--at DAY] [--db …] [--json]

  plumbline publication show lime-house-story-1 --text story.txt

With --text it compares the words in FILE (- for standard input) with those that
the person agreed to. Exit 1 unless the story may be used, and when the words
are others.`,
	run: func(ctx context.Context, c *call) error {
		text := c.flags.String("text", "", "compare with the words in this `file`")
		day := c.flags.String("at", "", "the `day`, as 2026-03-31; today when not given")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		conf := c.settings("db")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		list, err := c.published(ctx, conf, *day)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p printed) bool { return p.Publication != nil && p.Publication.ID == plumbline.ID(c.args[0]) })
		if i < 0 {
			return usageError{fmt.Sprintf("there is no published story %q", c.args[0]), "plumbline publication list shows the ids"}
		}
		p, same := list[i], plumbline.Unknown
		if *text != "" {
			data, err := readInput(ctx, c.in, *text)
			if err != nil {
				return err
			}
			if other := (&plumbline.Publication{Words: plumbline.Text(data)}).TextDigest(); p.Digest != "" {
				same = map[bool]plumbline.Answer{true: plumbline.Yes, false: plumbline.No}[other == p.Digest]
			}
		}
		if *asJSON {
			err = printJSON(c.out, struct {
				printed
				Same *bool `json:"same_words"`
			}{p, truth(same)})
		} else {
			c.tellStory(p, *text, same)
		}
		if err == nil && (p.May == nil || !*p.May || same == plumbline.No) {
			return errNo
		}
		return err
	},
}

func (c *call) tellStory(p printed, text string, same plumbline.Answer) {
	s := p.Publication
	w := table(c.out)
	until := dash(s.Until.String())
	if s.ForGood == plumbline.Yes {
		until = "no end"
	}
	fmt.Fprintf(w, "%s\t%s, %s, published by %s\n", s.ID, s.Where, dash(s.Published.String()), p.Organisation)
	for _, f := range [][2]string{{"may be used", yesNo(p.May) + ": " + releaseWords[p.Why]}, {"agreed", saidOf(s.Agreed) + ", " + dash(s.AgreedAt.String())}, {"until", until}, {"taken back", dash(s.Withdrawn.String())},
		{"name used", saidOf(s.NameUsed)}, {"who benefits", dash(s.WhoBenefits)}, {"words", dash(oneLine(string(s.Words)))}, {"SHA-256 of the words", dash(p.Digest)}, {"to ask the person", dash(s.Office)}} {
		fmt.Fprintf(w, "  %s\t%s\n", f[0], f[1])
	}
	if text != "" {
		fmt.Fprintf(w, "  the same words as in %s\t%s\n", text, said(same))
	}
	_ = w.Flush() // to the same writer as the lines after it
	for _, m := range p.Requests {
		c.tellRequest(m)
	}
}
