package plumbline

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkPeople keeps the arithmetic of groups: nobody is met twice, no part is
// larger than its whole, and no group is a part of itself.
func (r *Record) checkPeople() (ps Problems) {
	if p := r.checkSplits(); p != nil {
		return Problems{p}
	}
	least, parts := r.least()
	entered := 0
	for i, p := range r.Presences {
		where := slotPath("presences", i) + ".count"
		if n, exact := p.Count.Exact(); exact && n == 0 {
			ps = append(ps, Invalid(where, "problem.no_people"))
		}
		if p.Individual && p.Count != Exactly(1) {
			ps = append(ps, Invalid(where, "problem.individual_count"))
		}
		if p.PartOf == "" {
			entered += least[p.ID]
		}
		if hi, bounded := p.Count.Max(); bounded && parts[p.ID] > hi {
			ps = append(ps, Invalid(where, "problem.parts_above_whole", "Got", parts[p.ID], "Want", hi))
		}
	}
	if hi, bounded := r.Operation.HeadCount.Max(); bounded && entered > hi {
		ps = append(ps, Invalid("operation.head_count", "problem.count_above_head", "Got", entered, "Head", hi))
	}
	return ps
}

// checkSplits refuses a group that is, through its parts, a part of itself,
// and one that was split more often than anybody splits a group.
func (r *Record) checkSplits() *Problem {
	whole := make(map[ID]ID, len(r.Presences))
	for _, p := range r.Presences {
		whole[p.ID] = p.PartOf
	}
	for i, p := range r.Presences {
		splits := 0
		for id := p.PartOf; id != "" && splits <= len(whole); splits++ {
			id = whole[id]
		}
		switch {
		case splits > len(whole):
			return Invalid(slotPath("presences", i)+".part_of", "problem.split_cycle")
		case splits > MaxSplits:
			return Invalid(slotPath("presences", i)+".part_of", "problem.too_many", "Want", MaxSplits)
		}
	}
	return nil
}

// least returns how many people each presence, and its parts together, hold
// at the least. A group of which nobody knows the number has as many as were
// split off it.
func (r *Record) least() (whole, parts map[ID]int) {
	split := map[ID][]*Presence{}
	for _, p := range r.Presences {
		if p.ID != "" {
			split[p.PartOf] = append(split[p.PartOf], p)
		}
	}
	whole, parts = make(map[ID]int, len(r.Presences)), map[ID]int{}
	var count func(p *Presence) int
	count = func(p *Presence) int {
		for _, part := range split[p.ID] {
			parts[p.ID] += count(part)
		}
		whole[p.ID] = max(p.Count.Min(), parts[p.ID])
		return whole[p.ID]
	}
	for _, p := range split[""] {
		count(p)
	}
	return whole, parts
}

// checkTimes refuses what is dated before the operation began or ends before
// it starts. Only certain contradictions are refused: 2003 is not before May
// 2003.
func (r *Record) checkTimes() (ps Problems) {
	began := r.Operation.Began
	for i, m := range r.Movements {
		if m.From.Before(began) == Yes {
			ps = append(ps, Invalid(slotPath("movements", i)+".from", "problem.before_operation", "Got", m.From, "Want", began))
		}
		ps = append(ps, ends(m.From, m.Until, "movements", i, "until")...)
		ps = append(ps, ends(m.From, m.Confirmed, "movements", i, "confirmed")...)
	}
	for i, p := range r.Presences {
		if p.SplitAt.Before(began) == Yes {
			ps = append(ps, Invalid(slotPath("presences", i)+".split_at", "problem.before_operation", "Got", p.SplitAt, "Want", began))
		}
	}
	for i, v := range r.Interviews {
		ps = append(ps, ends(v.Began, v.Ended, "interviews", i, "ended")...)
	}
	for i, c := range r.Closures {
		ps = append(ps, ends(c.Closed, c.Reopened, "closures", i, "reopened")...)
	}
	return append(ps, ends(began, r.Operation.Ended, "operation", 0, "ended")...)
}

// ends refuses an end that was certainly before its beginning.
func ends(from, until When, list string, i int, field string) Problems {
	if until.Before(from) != Yes {
		return nil
	}
	return Problems{Invalid(slotPath(list, i)+"."+field, "problem.end_before_start", "Got", until, "Want", from)}
}

// checkDecisions refuses a class without a decider, and a class that the age
// on record contradicts: under 18 is a child, whatever else is true.
func (r *Record) checkDecisions() (ps Problems) {
	for i, d := range r.Decisions {
		where := func(field string) string { return slotPath("decisions", i) + "." + field }
		if d.DecidedBy == "" {
			ps = append(ps, Invalid(where("decided_by"), "problem.no_decider"))
		}
		p := r.presence(d.Presence)
		lo, hi, ok := ParseAge(p.Age)
		if !ok {
			continue
		}
		if hi < 18 && !d.Class.IsChild() && d.Class != "not_determined" {
			ps = append(ps, Invalid(where("class"), "problem.child_by_age"))
		}
		if lo >= 18 && d.Class.IsChild() {
			ps = append(ps, Invalid(where("class"), "problem.adult_by_age"))
		}
	}
	return ps
}

// ParseAge reads "14" or "15-17" as the youngest and oldest age in years.
func ParseAge(text string) (lo, hi int, ok bool) {
	a, b, isRange := strings.Cut(westernDigits(text), "-")
	if !isRange {
		b = a
	}
	lo, err1 := strconv.Atoi(strings.TrimSpace(a))
	hi, err2 := strconv.Atoi(strings.TrimSpace(b))
	return lo, hi, err1 == nil && err2 == nil && 0 <= lo && lo <= hi && hi < 130
}

// checkHandovers refuses a hand-over to oneself, and hand-overs of the same
// people at one moment that go in a circle. Without a moment there was time to
// hand back in between.
func (r *Record) checkHandovers() (ps Problems) {
	type moment struct {
		presence ID
		at       time.Time
	}
	var moments []moment // in the order of the record
	at := map[moment][]int{}
	for i, m := range r.Movements {
		if m.Giver == "" || m.Taker == "" {
			continue
		}
		if strings.EqualFold(m.Giver, m.Taker) {
			ps = append(ps, Invalid(slotPath("movements", i)+".taker", "problem.handed_to_self"))
		} else if m.From.Precise() {
			k := moment{m.Presence, m.From.from}
			if at[k] = append(at[k], i); len(at[k]) == 2 {
				moments = append(moments, k)
			}
		}
	}
	for _, k := range moments {
		takers := map[string][]string{} // of each giver
		for _, i := range at[k] {
			giver, taker := strings.ToLower(r.Movements[i].Giver), strings.ToLower(r.Movements[i].Taker)
			if leads(takers, taker, giver) {
				ps = append(ps, Invalid(slotPath("movements", i)+".taker", "problem.handover_cycle"))
				continue
			}
			takers[giver] = append(takers[giver], taker)
		}
	}
	return ps
}

// leads reports whether hand-overs that hold no circle lead from one to
// another.
func leads(takers map[string][]string, from, to string) bool {
	return from == to || slices.ContainsFunc(takers[from], func(next string) bool { return leads(takers, next, to) })
}

// notOver refuses a part that is more than the whole it is of.
func notOver(part, whole Count, list string, i int, field string) Problems {
	if hi, bounded := whole.Max(); bounded && part.Min() > hi {
		return Problems{Invalid(slotPath(list, i)+"."+field, "problem.part_over_whole", "Got", part, "Want", whole)}
	}
	return nil
}
