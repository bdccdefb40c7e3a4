package plumbline

import (
	"slices"
	"strings"
)

// Vocabulary returns every fact that Record.Facts can compute, in the order of
// doc/facts.md, which a test writes from it.
func Vocabulary() []Term {
	var all []Term
	for _, s := range factSections {
		all = append(all, s.terms...)
	}
	return all
}

// A factSection is one table of doc/facts.md. A section about steps or
// attendance is written once, with STEP or ROLE, and stands for each.
type factSection struct {
	title, intro string
	rows         []Term   // as written
	each         string   // "STEP", "ROLE" or empty
	names        []string // what each stands for
	terms        []Term   // as they are
}

var factSections = []factSection{
	one("The operation and its authority", "",
		Term{"operation.start", "time", nil, "the latest moment at which it can have begun (\"2003\" gives the end of 2003); clocks run from it", "operation: began"},
		Term{"operation.kind", "text", words[OperationKind](), "its kind by criteria; absent while undetermined", "operation: criteria"},
		Term{"operation.aim", "text", words[Aim](), "what it set out to do, by its own authority or its acts", "operation: criteria"},
		boolean("operation.entered", "a place was entered", "operation: criteria"),
		boolean("operation.named_target", "a person, child or venue named before was sought", "operation: criteria"),
		boolean("operation.joint", "social services took part in planning", "operation: criteria"),
		boolean("authority.named", "a power is named; false only when none was claimed", "operation: authority"),
		boolean("authority.warrant", "there is a warrant, court order or prosecutor's order", "operation: authority"),
		boolean("authority.before_start", "it was issued before the start", "operation: authority, began"),
		boolean("plan.written", "there is a plan, fixed when the operation began; never false", "plan"),
		boolean("plan.estimated", "expected children, expected adults and languages are told; never false", "plan"),
		boolean("plan.children_expected", "children may be met; false only when exactly none were expected", "plan"),
		boolean("plan.beds_enough", "there are at least as many beds as people expected", "plan"),
		boolean("agency.police.present", "police or military took part", "criteria, agencies"),
		boolean("agency.immigration.present", "an immigration body took part", "criteria, agencies"),
		boolean("agency.media.present", "the press was along; false when the step press_kept_out is done", "agencies, steps"),
		boolean("powers.private_use", "somebody without powers of the state entered or arrested", "criteria, agencies")),
	each("Steps", "One text a step. A step that nobody answered is absent.", "STEP", words[Step](),
		Term{"step.STEP", "text", words[Done](), "what became of it", "steps"},
		boolean("step.STEP.before_start", "it was done before the start", "steps: at"),
		boolean("step.STEP.reasoned", "a reason is given; never false", "steps: reason"),
		number("step.STEP.minutes", "minutes from the start to its being done", "steps: at")),
	each("Who was there", "One set a role.", "ROLE", words[AttendanceRole](),
		boolean("attendance.ROLE.present", "somebody in the role was on the scene or nearby; false when every entry of the role says no", "attendance"),
		Term{"attendance.ROLE.mode", "text", words[Mode](), "where they stood", "attendance: mode"},
		number("attendance.ROLE.minutes", "minutes from the start to the first arrival", "attendance: arrived"),
		boolean("attendance.ROLE.no_tie", "they have no tie to the accused, the people met or their families", "attendance: no_tie"),
		boolean("attendance.ROLE.absence_explained", "nobody was there, and why and who decided is told; never false", "attendance: why_not, decided_by")),
	one("Service staff", "Social workers, child protection workers and staff of an organisation. The guides conflict on whether they belong on the scene or nearby, so the mode is recorded and the minutes are measured.",
		boolean("service.present", "one of them came; false only when each role is entered as absent", "attendance"),
		Term{"service.mode", "text", words[Mode](), "where they were meant to stand", "operation: service_mode, or plan: service_mode"},
		number("service.contact_minutes", "minutes from the start to their first contact with somebody met", "attendance: first_contact")),
	one("How many people", "From the start to the moment asked about. The least is those of whom it is told; the most is everyone met but those of whom the record excludes it, and there is none when nobody knows how many were met.",
		numbers(
			"met", "were met", "head count, presences",
			"unentered", "were counted and stand in no presence", "head count, presences",
			"met.children", "are under 18, by age or class", "presences, decisions",
			"met.protected", "are classed child, dependant child, or coerced adult", "decisions",
			"met.accused", "are classed accused", "decisions",
			"met.not_accused", "are classed something else than accused", "decisions",
			"met.not_coerced", "are adults classed not coerced", "decisions",
			"met.undecided", "have no class, since nobody has decided", "decisions",
			"age_doubt", "are of an age that may be on either side of 18, or are presumed to be children", "presences: age, age_basis",
			"age_doubt.as_adult", "are so, and have a class that is not a child's", "presences, decisions",
			"moved", "were taken or kept somewhere by somebody", "movements",
			"placed", "were placed", "movements",
			"died", "died", "movements",
			"held.not_accused", "were held, arrested or charged, or kept in a locked place, and are not accused", "movements, decisions",
			"held.children", "were so, and are children", "movements, presences, decisions",
			"arrested.not_accused", "were arrested or charged, and are not accused", "movements, decisions",
			"penalised.protected", "were arrested, charged, or held under arrest or immigration law, and are protected", "movements, decisions",
			"arrested.before_recognised", "were so before the decision that they are protected", "movements: from, decisions: at",
			"locked.protected", "were in a cell, immigration detention, a prison or a closed shelter, and are protected", "movements: place_kind, decisions",
			"constrained.not_coerced", "are adults classed not coerced, and were held, removed from the country, or placed without consent", "movements, decisions",
			"returned_to_venue.children", "are children and were taken back to the venue", "movements, presences, decisions",
			"placed.adults", "are adults who were placed", "movements, presences, decisions",
			"placed.adults.closed", "are adults placed where they cannot leave", "movements: place_kind",
			"placed.adults.unwilling", "are adults placed without consent", "movements: consent",
			"removed", "were removed from the country", "movements",
			"removed.unscreened", "were removed without being assessed before", "movements: screened",
			"sent_back", "were removed from the country or returned home", "movements",
			"sent_back.unassessed", "were sent back without being assessed before", "movements: screened",
			"sent_back.unwilling", "were sent back without consent", "movements: consent",
			"unaccounted", "are unaccounted for at the moment asked about", "balance",
			"unaccounted.h24", "were unaccounted for after 24 hours; absent until then", "balance",
			"unaccounted.h72", "were unaccounted for after 72 hours", "balance",
			"unaccounted.d30", "were unaccounted for after 30 days", "balance",
			"unaccounted.d90", "were unaccounted for after 90 days", "balance",
			"unaccounted.y1", "were unaccounted for after a year", "balance",
		)...),
	one("How many things", "Among the entries on record; absent when there is none, which does not mean that there was nothing. An entry that does not tell counts in the most only.",
		numbers(
			"interviews.alone", "interviews in which nobody from services sat in", "interviews: accompanied",
			"interviews.rights_untold", "interviews before which rights were not told", "interviews: rights_told",
			"interviews.before_advice", "interviews that began before the first legal advice", "interviews: advice, began",
			"interviews.without_woman", "interviews at which no woman officer or worker was", "interviews: woman_there",
			"interviews.in_custody_place", "interviews in a police station, a cell, immigration detention or a prison", "interviews: place",
			"interviews.repeated", "interviews of a person interviewed before, without a purpose", "interviews: presence, purpose",
			"moves.faulty", "movements without power and consent, or that do not join the one before; at most also those that lack time, place, by whom, power or consent", "movements",
			"custody.child.gaps", "places at which a child's custody chain is broken; at most also those where it is not told", "movements: giver, taker, from, until",
			"restraint.unexplained", "restraints, not of accused, without a reason or the name of the officer", "force, step restraint_log",
			"force.unreviewed", "uses of force that nobody reviewed", "force: reviewed",
		)...),
	one("At least", "Entries on record. There may be more, so these are never exact, and absent when there is none.",
		number("force.uses", "uses of force", "force"),
		number("hurt", "people hurt, officers included", "injuries"),
		number("accounts", "accounts told by an organisation or person", "accounts")),
	one("What came first", "True when the first surely was before the second; absent when the times do not tell, or one of them is not on record.",
		boolean("order.treated_before_interview", "injuries were treated before the first interview", "step medical_triage, interviews"),
		boolean("order.needs_before_interview", "urgent needs were met before the first interview", "step urgent_needs_met, interviews"),
		boolean("order.rights_before_interview", "rights were told before the first interview", "step rights_told, interviews"),
		boolean("order.guardian_before_interview", "a guardian was named before the first interview of a child", "step guardian_named, interviews"),
		boolean("order.needs_before_immigration", "urgent needs were met before any act under immigration law", "step urgent_needs_met, movements, events")),
	one("The rest", "",
		boolean("immigration.action", "somebody's status was asked, somebody was moved under immigration law or removed from the country; false when the step immigration_kept_apart is done and none of these is on record", "events, movements, steps"),
		boolean("conduct.respectful", "no insult or threat; true when the step respect_kept is done and no threat is on record, false when it is not done or a threat is", "step respect_kept, force"),
		boolean("restraint.used", "somebody not accused was restrained; false when the restraint log is not applicable", "force, step restraint_log"),
		boolean("closure.any", "a venue was closed; never false", "closures"),
		boolean("closure.lost_work_known", "how many lost work is told for each closure", "closures"),
		boolean("debrief.held", "a debrief was held; never false, since one can still be held", "debriefs"),
		number("debrief.minutes", "minutes from the start to the first debrief", "debriefs: held"),
		boolean("debrief.affected_heard", "people met were heard, as they wished", "debriefs: heard"),
		boolean("debrief.monitor_present", "a monitor took part", "debriefs: monitor")),
}

func boolean(name, help, from string) Term { return Term{name, "bool", nil, help, from} }
func number(name, help, from string) Term  { return Term{name, "number", nil, help, from} }

// numbers makes a term of each name, help and origin.
func numbers(lines ...string) (terms []Term) {
	for l := range slices.Chunk(lines, 3) {
		terms = append(terms, number(l[0], "how many "+l[1], l[2]))
	}
	return terms
}

// words lists the words of a list that a fact can be: not those for nothing.
func words[W Word]() []string {
	var w W
	return slices.DeleteFunc(w.Values(), func(s string) bool { return s == "" || s == string(Undetermined) })
}

func one(title, intro string, terms ...Term) factSection {
	return factSection{title: title, intro: intro, rows: terms, terms: terms}
}

func each(title, intro, blank string, names []string, rows ...Term) factSection {
	s := factSection{title: title, intro: intro, rows: rows, each: blank, names: names}
	for _, name := range names {
		for _, t := range rows {
			t.Name = strings.Replace(t.Name, blank, name, 1)
			s.terms = append(s.terms, t)
		}
	}
	return s
}
