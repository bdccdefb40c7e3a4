package rig

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"plumbline"
)

// A Telling is a coalition as it was first written, and what was written late.
type Telling struct {
	Organisations []*plumbline.Organisation
	Units         []*plumbline.UnitRecord
	Operations    []*plumbline.Record // oldest first
	Edits         []Edit              // oldest first
	Programmes    []*plumbline.ProgrammeRecord
	Areas         []*plumbline.AreaRecord
	Dialogues     []*plumbline.DialogueRecord
	Stories       []*plumbline.OrganisationRecord // of these only what they published, were asked and heard
	Matters       []*plumbline.MatterRecord
}

// Told returns the small coalition, with its edits.
func Told(now time.Time, seed uint64) Telling {
	t := Telling{Edits: Edits(now, seed)}
	t.Organisations, t.Units, t.Operations = Coalition(now, seed)
	tell := teller{today: midnight(now)}
	t.Programmes, t.Stories = programmes(tell), append(stories(tell), hearings(tell))
	t.Areas, t.Dialogues = areas(tell), dialogues(tell)
	t.Matters = matters(tell)
	fund(t.Programmes, t.Operations)
	return t
}

// Grown returns the coalition at full size: the ten organisations and twelve
// operations of [Coalition], five units, and fifty more operations over the
// five years before now.
//
// What happened in each of the fifty is told by hand in a premise, since that
// is what somebody reads; how it went (who came when, which step was taken by
// whom, which number each teller gives, what was written weeks late) is drawn.
// The same day and seed give the same coalition on every machine.
func Grown(now time.Time, seed uint64) Telling {
	t := Told(now, seed)
	tell := teller{today: midnight(now)}
	t.Units = append(t.Units, laterUnits(tell)...)
	said := map[string]int{}
	var grown []*plumbline.Record
	for _, p := range premises() {
		s := stage(tell, p, seed, said)
		s.act()
		grown = append(grown, s.r)
		t.Edits = append(t.Edits, s.late()...)
	}
	fund(t.Programmes, grown)
	t.Operations = append(grown, t.Operations...)
	slices.SortStableFunc(t.Operations, func(a, b *plumbline.Record) int { return began(a).Compare(began(b)) })
	slices.SortStableFunc(t.Edits, func(a, b Edit) int { return a.At.Compare(b.At) })
	return t
}

func began(r *plumbline.Record) time.Time {
	at, _ := r.Operation.Began.Earliest()
	return at
}

// A care is how well those who lead an operation keep to what was agreed.
type care int

const (
	poor care = iota
	fair
	good
)

// A premise is what happened in one operation, as told by hand.
type premise struct {
	id, title, place string
	ago              int    // days
	clock            string // when it began
	lasts            int    // minutes; 0 when nobody told the end
	kind             plumbline.OperationKind
	lead             lead
	sector           plumbline.Sector
	care             care
	power            power
	covers           string
	count            string // the head count; empty for the sum of those met
	countedBy        string
	met              []lot
	summary, result  plumbline.Text
	said             []said
	debrief          int // days after; 0 for none
	found            plumbline.Text
	notTold          []string
}

// A lead is who leads an operation.
type lead struct {
	name         string
	organisation plumbline.ID
	unit         plumbline.ID
	kind         plumbline.OrganisationKind
	head         string // who decides there
}

// A power is the authority on which an operation acted. An order that was
// issued late came the day after.
type power struct {
	kind           plumbline.AuthorityKind
	issuer, ground string
	late           bool
}

// A lot is people who were met and went one way together, and the parts that
// went another.
type lot struct {
	who, count string
	fate       fate
	class      plumbline.Class
	age        string
	basis      plumbline.AgeBasis
	words      plumbline.Text // their own
	parts      []lot
}

func some(who, count string, f fate, class plumbline.Class, parts ...lot) lot {
	return lot{who: who, count: count, fate: f, class: class, parts: parts}
}

func (l lot) aged(age string, basis plumbline.AgeBasis) lot { l.age, l.basis = age, basis; return l }
func (l lot) says(words plumbline.Text) lot                 { l.words = words; return l }

// said is one point of one teller's account.
type said struct {
	by    string
	topic plumbline.Topic
	says  string
	text  plumbline.Text
}

// A scene is an operation while it is acted out. Each has chance of its own,
// so that a premise that is added changes no other.
type scene struct {
	story
	premise
	began time.Time
	lots  map[plumbline.ID]lot
	drawn map[string]int // how far each pool of phrases has been used up, over all scenes
}

func stage(t teller, p premise, seed uint64, drawn map[string]int) *scene {
	h := fnv.New64a()
	h.Write([]byte(p.id))
	t.draw = rand.New(rand.NewPCG(seed, h.Sum64()))
	began := t.at(p.ago, p.clock)
	start, _ := began.Earliest()
	s := &scene{premise: p, began: start, lots: map[plumbline.ID]lot{}, drawn: drawn}
	s.story = t.story(plumbline.ID(p.id), plumbline.Operation{
		Title: p.title, Place: p.place, Began: began, Unit: p.lead.unit, Sector: p.sector, Summary: p.summary, Result: p.result,
		Criteria: criteria(p), NotTold: p.notTold, Covers: count(p.covers), CountedBy: p.countedBy,
	})
	if p.lasts > 0 {
		s.r.Operation.Ended = s.after(p.lasts)
	}
	if p.kind == plumbline.Shakedown || p.kind == plumbline.Undetermined {
		s.r.Operation.Began = when(began.String() + "/" + s.after(40).String())
	}
	return s
}

// act tells the scene from the plan to the debrief.
func (s *scene) act() {
	s.authority()
	s.plan()
	s.agencies()
	s.attendance()
	s.steps()
	s.people()
	s.conduct()
	s.accounts()
	s.debriefs()
}

// criteria are what decides the kind.
func criteria(p premise) plumbline.Criteria {
	c := plumbline.Criteria{NamedTarget: "no", Entered: "yes", Questioned: "everyone", Police: "yes", Private: "no", Immigration: "no", Payment: "no", Joint: "no"}
	switch p.kind {
	case plumbline.TargetedRemoval:
		c.Aim, c.NamedTarget, c.Questioned, c.Joint = "protect", "yes", "named_only", "yes"
	case plumbline.Raid:
		c.Aim, c.NamedTarget = "arrest", ""
	case plumbline.ViceRaid:
		c.Aim, c.NamedTarget, c.Payment = "vice", "yes", ""
	case plumbline.ImmigrationRaid:
		c.Aim, c.Immigration, c.Police = "immigration", "yes", "no"
	case plumbline.Sweep:
		c.Aim, c.Entered = "order", "no"
	case plumbline.Shakedown:
		c.Aim, c.Entered, c.Payment = "extort", "no", "yes"
	case plumbline.PrivateRaid:
		c.Aim, c.Police, c.Private = "protect", "no", "yes"
	case plumbline.LabourInspection:
		c.Aim, c.NamedTarget, c.Joint = "labour", "yes", "yes"
	case plumbline.Investigation:
		c.Aim, c.NamedTarget, c.Entered, c.Questioned = "investigate", "yes", "no", "named_only"
	case plumbline.WelfareVisit:
		c.Aim, c.Police, c.Questioned, c.Joint = "welfare", "no", "nobody", "yes"
	case plumbline.Undetermined:
		c = plumbline.Criteria{Police: "yes", Questioned: ""}
	}
	if p.care == poor && p.kind == plumbline.TargetedRemoval {
		c.Questioned, c.Joint = "everyone", "no"
	}
	return c
}

// authority answers under what power it was done.
func (s *scene) authority() {
	a := plumbline.Authority{Kind: s.power.kind, Issuer: s.power.issuer, Ground: s.power.ground}
	if series := map[plumbline.AuthorityKind]string{"warrant": "W", "court_order": "F", "prosecutor_order": "P"}[a.Kind]; series != "" {
		before := 1 + s.draw.IntN(4)
		if s.power.late {
			before = -1
		}
		a.Issued, a.Reference = s.on(s.ago+before), s.reference(series)
		if !s.power.late {
			a.Expires = s.on(s.ago + before - 7)
		}
	}
	s.r.Operation.Authority = a
}

// after returns the minute so long after the beginning.
func (s *scene) after(minutes int) plumbline.When {
	return when(s.began.Add(time.Duration(minutes) * time.Minute).Format("2006-01-02T15:04Z07:00"))
}

// later returns the day so long after the beginning, and false when that is
// not over yet.
func (s *scene) later(days int) (plumbline.When, bool) {
	if days > s.ago-1 {
		return plumbline.When{}, false
	}
	return s.on(s.ago - days), true
}

// chance is true so many times in a hundred.
func (s *scene) chance(percent int) bool { return s.draw.IntN(100) < percent }

// about draws a number within a quarter of n.
func (s *scene) around(n int) int { return n - n/4 + s.draw.IntN(n/2+1) }

// next returns the next phrase of a pool. A pool goes on over all scenes, so
// that somebody who reads one after the other does not meet the same again.
func (s *scene) next(name string, pool []string) string {
	i := s.drawn[name]
	s.drawn[name]++
	return pool[i%len(pool)]
}

// kept draws an answer to something that care brings about.
func (s *scene) kept() plumbline.Answer {
	switch n := s.draw.IntN(100); {
	case n < []int{8, 45, 82}[s.care]:
		return "yes"
	case n < []int{45, 68, 88}[s.care]:
		return "no"
	}
	return ""
}

func (s *scene) isChildren() bool {
	return slices.ContainsFunc(s.met, func(l lot) bool { return l.class.IsChild() || l.age != "" })
}

// quiet is whether next to nothing is told but by those who were met.
func (s *scene) quiet() bool {
	return s.kind == plumbline.Shakedown || s.kind == plumbline.Undetermined
}

// planned is whether somebody prepared it with others.
func (s *scene) planned() bool {
	return slices.Contains([]plumbline.OperationKind{plumbline.TargetedRemoval, plumbline.LabourInspection, plumbline.Raid, plumbline.WelfareVisit}, s.kind) && s.care > poor
}

func count(text string) plumbline.Count {
	c, err := plumbline.ParseCount(text)
	if err != nil {
		panic(fmt.Sprintf("rig: %q: %v", text, err))
	}
	return c
}
