package plumbline

import (
	"strings"
	"time"
)

// A Gap says why a chain of custody is broken at one place. The words are
// catalogue keys under "gap.".
type Gap string

const (
	GapNoGiver Gap = "no_giver"      // nobody says who handed over
	GapNoTaker Gap = "no_taker"      // nobody says who took over
	GapDiffers Gap = "giver_differs" // the giver is not the one who took over before
	GapTime    Gap = "time"          // between two links nobody answers for some time
	GapUndated Gap = "undated"       // no date tells whether links follow each other
	GapOpen    Gap = "open"          // since the last link nobody has said where the people are
	GapNothing Gap = "nothing"       // nobody has said anything since they were met
)

// A Link is one hand-over in a chain of custody, with the gaps before it.
type Link struct {
	Movement *Movement
	Gaps     []Gap
	Hours    float64 // how long nobody answered, for GapTime
}

// A Chain is where a presence has been, from hand to hand.
type Chain struct {
	Presence *Presence
	Links    []Link
	End      Gap  // what is open at the end; empty when the people's place is known
	Since    When // when the end was last known
}

// Broken reports whether any link is missing.
func (c *Chain) Broken() bool {
	for _, l := range c.Links {
		if len(l.Gaps) > 0 {
			return true
		}
	}
	return c.End != ""
}

// unguarded are states in which nobody hands the people to anybody.
var unguarded = map[State]bool{"at_scene": true, "free_to_go": true, "questioned": true, "left_by_choice": true, "released": true, "died": true, "unknown": true}

// Custody returns the chain of hand-overs of a presence up to a moment. Every
// hand-over needs a giver and a taker; the giver is who took over before; a
// told end joins the next beginning within an hour, and a stay whose end was
// not told lasts as long as Holds says. What is missing is a gap and is shown
// as one.
func (r *People) Custody(p *Presence, at time.Time) *Chain {
	c := &Chain{Presence: p}
	var before *Movement
	for _, m := range r.Path(p) {
		l := Link{Movement: m}
		if !unguarded[m.State] {
			if m.Giver == "" {
				l.Gaps = append(l.Gaps, GapNoGiver)
			}
			if m.Taker == "" {
				l.Gaps = append(l.Gaps, GapNoTaker)
			}
		}
		if before != nil && before.Taker != "" && m.Giver != "" && !strings.EqualFold(before.Taker, m.Giver) {
			l.Gaps = append(l.Gaps, GapDiffers)
		}
		if gap, idle := r.between(before, m); gap != "" {
			l.Gaps, l.Hours = append(l.Gaps, gap), idle.Hours()
		}
		c.Links, before = append(c.Links, l), m
	}
	now := r.stateAt(p, r.Now(at).After)
	switch {
	case now.state == "unknown" && before == nil:
		c.End, c.Since = GapNothing, r.Operation.Began
	case now.state == "unknown":
		c.End, c.Since = GapOpen, now.since
	}
	return c
}

// between returns the gap of time between two movements, if there is one, and
// how long it is at the least. A nil movement is the time at the scene.
func (r *Record) between(before, next *Movement) (gap Gap, idle time.Duration) {
	last, hold, runsOut := r.Operation.Began, Holds["at_scene"], true
	if before != nil {
		last = before.From
		if before.Confirmed.Known() {
			last = before.Confirmed
		}
		hold, runsOut = Holds[before.State]
		if before.Until.Known() {
			return betweenTold(before.Until, next.From)
		}
	}
	if idle, _, _ = next.From.Since(last); !runsOut || idle <= hold {
		return "", 0
	}
	return GapTime, idle - hold
}

func betweenTold(left, came When) (gap Gap, idle time.Duration) {
	_, ok1 := left.Latest()
	_, ok2 := came.Earliest()
	if !ok1 || !ok2 {
		return GapUndated, 0
	}
	if idle, _, _ = came.Since(left); idle <= time.Hour {
		return "", 0
	}
	return GapTime, idle
}

// Children returns the presences whose class is a child, or whose age may be
// under 18 and is not settled.
func (r *People) Children() (children []*Presence) {
	for _, p := range r.Presences {
		lo, _, ok := ParseAge(p.Age)
		if r.Class(p).IsChild() || p.AgeBasis == "presumed_child" || ok && lo < 18 {
			children = append(children, p)
		}
	}
	return children
}
