package plumbline

import (
	"fmt"
	"strconv"
	"strings"
)

// checkPeople keeps the arithmetic of groups: nobody is met twice, no part is
// larger than its whole, and no group is a part of itself.
func (r *Record) checkPeople() (ps Problems) {
	entered := 0
	for i, p := range r.Presences {
		where := fmt.Sprintf("presences[%d]", i)
		if n, exact := p.Count.Exact(); exact && n == 0 {
			ps = append(ps, Invalid(where+".count", "problem.no_people"))
		}
		if p.Individual && p.Count != Exactly(1) {
			ps = append(ps, Invalid(where+".count", "problem.individual_count"))
		}
		if p.PartOf == "" {
			entered += p.Count.Min()
		}
		if r.partOfItself(p) {
			return append(ps, Invalid(where+".part_of", "problem.split_cycle"))
		}
		parts := 0
		for _, q := range r.Presences {
			if q.PartOf == p.ID {
				parts += q.Count.Min()
			}
		}
		if hi, bounded := p.Count.Max(); bounded && parts > hi {
			ps = append(ps, Invalid(where+".count", "problem.parts_above_whole", "Got", parts, "Want", hi))
		}
	}
	if hi, bounded := r.Operation.HeadCount.Max(); bounded && entered > hi {
		ps = append(ps, Invalid("operation.head_count", "problem.count_above_head", "Got", entered, "Head", hi))
	}
	return ps
}

func (r *Record) partOfItself(p *Presence) bool {
	for steps, q := 0, p; q != nil; steps++ {
		if steps > len(r.Presences) {
			return true
		}
		q = r.presence(q.PartOf)
	}
	return false
}

// checkTimes refuses what is dated before the operation began or ends before
// it starts. Only certain contradictions are refused: 2003 is not before May
// 2003.
func (r *Record) checkTimes() (ps Problems) {
	began := r.Operation.Began
	for i, m := range r.Movements {
		where := fmt.Sprintf("movements[%d]", i)
		if m.From.Before(began) == Yes {
			ps = append(ps, Invalid(where+".from", "problem.before_operation", "Got", m.From, "Want", began))
		}
		ps = append(ps, endsAfterStart(m.From, m.Until, where+".until")...)
		ps = append(ps, endsAfterStart(m.From, m.Confirmed, where+".confirmed")...)
	}
	for i, p := range r.Presences {
		if p.SplitAt.Before(began) == Yes {
			ps = append(ps, Invalid(fmt.Sprintf("presences[%d].split_at", i), "problem.before_operation", "Got", p.SplitAt, "Want", began))
		}
	}
	for i, v := range r.Interviews {
		ps = append(ps, endsAfterStart(v.Began, v.Ended, fmt.Sprintf("interviews[%d].ended", i))...)
	}
	for i, c := range r.Closures {
		ps = append(ps, endsAfterStart(c.Closed, c.Reopened, fmt.Sprintf("closures[%d].reopened", i))...)
	}
	return append(ps, endsAfterStart(began, r.Operation.Ended, "operation.ended")...)
}

func endsAfterStart(from, until When, field string) Problems {
	if until.Before(from) != Yes {
		return nil
	}
	return Problems{Invalid(field, "problem.end_before_start", "Got", until, "Want", from)}
}

// checkDecisions refuses a class without a decider, and a class that the age
// on record contradicts: under 18 is a child, whatever else is true.
func (r *Record) checkDecisions() (ps Problems) {
	for i, d := range r.Decisions {
		where := fmt.Sprintf("decisions[%d]", i)
		if d.DecidedBy == "" {
			ps = append(ps, Invalid(where+".decided_by", "problem.no_decider"))
		}
		p := r.presence(d.Presence)
		lo, hi, ok := ParseAge(p.Age)
		if !ok {
			continue
		}
		if hi < 18 && !d.Class.IsChild() && d.Class != "not_determined" {
			ps = append(ps, Invalid(where+".class", "problem.child_by_age"))
		}
		if lo >= 18 && d.Class.IsChild() {
			ps = append(ps, Invalid(where+".class", "problem.adult_by_age"))
		}
	}
	return ps
}

// ParseAge reads "14" or "15-17" as the youngest and oldest age in years.
func ParseAge(text string) (lo, hi int, ok bool) {
	a, b, isRange := strings.Cut(easternDigits.Replace(text), "-")
	if !isRange {
		b = a
	}
	lo, err1 := strconv.Atoi(strings.TrimSpace(a))
	hi, err2 := strconv.Atoi(strings.TrimSpace(b))
	return lo, hi, err1 == nil && err2 == nil && 0 <= lo && lo <= hi && hi < 130
}

// checkHandovers refuses a hand-over to oneself and two at one moment that
// go in a circle.
func (r *Record) checkHandovers() (ps Problems) {
	for i, m := range r.Movements {
		where := fmt.Sprintf("movements[%d].taker", i)
		if m.Giver != "" && strings.EqualFold(m.Giver, m.Taker) {
			ps = append(ps, Invalid(where, "problem.handed_to_self"))
		}
		for _, n := range r.Movements[:i] {
			if m.Presence == n.Presence && m.From.Precise() && m.From.Equal(n.From) && m.Giver != "" && m.Taker != "" &&
				strings.EqualFold(m.Giver, n.Taker) && strings.EqualFold(m.Taker, n.Giver) {
				ps = append(ps, Invalid(where, "problem.handover_cycle"))
			}
		}
	}
	return ps
}
