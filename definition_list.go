package plumbline

import (
	"cmp"
	"time"
)

// definitions is the table of figures. doc/figures.md is written from it.
var definitions = complete([]*Definition{
	// Whom operations meet.
	{Name: "people-met", Side: Conduct, Theme: "met", Unit: InPeople, Needs: []string{"met"}, of: people("met"), Claims: []Bearing{
		{"C-N22", []string{"unit"}, nil}, {"C-B04", []string{"unit"}, nil}, {"C-B54", []string{"unit"}, nil}, {"C-N14", []string{"unit"}, nil}, {"C-F07", []string{"unit"}, nil}}},
	{Name: "met-per-operation", Side: Conduct, Theme: "met", Unit: PerOperation, Of: "operations", Needs: []string{"met"}, of: people("met"), Claims: []Bearing{{"C-B04", []string{"unit"}, nil}}},
	{Name: "children-met", Side: Result, Aim: ForChildren, Theme: "met", Unit: InPeople, Classed: true, Needs: []string{"met.children"}, of: people("met.children"), Claims: []Bearing{
		{"C-B62", nil, nil}, {"C-B69", nil, nil}, {"C-N18", nil, nil}}},
	{Name: "children-per-operation", Side: Result, Theme: "met", Unit: PerOperation, Of: "operations", Classed: true, Needs: []string{"met.children"}, of: people("met.children")},
	{Name: "children-share", Side: Result, Theme: "met", Unit: Percent, Of: "met", Classed: true, Needs: []string{"met.children", "met"}, of: partOf("met.children", "met"), Claims: []Bearing{
		{"C-B43", []string{"population"}, nil}, {"C-B56", []string{"unit"}, nil}}},
	{Name: "protected-share", Side: Result, Theme: "met", Unit: Percent, Of: "met", Classed: true, Needs: []string{"met.protected", "met"}, of: partOf("met.protected", "met"), Claims: []Bearing{{"C-D19", nil, nil}}},
	{Name: "undecided-share", Side: Conduct, Theme: "met", Unit: Percent, Of: "met", Needs: []string{"met.undecided", "met"}, of: partOf("met.undecided", "met")},
	{Name: "doubt-as-adult", Side: Harm, Aim: ForChildren, Theme: "met", Unit: Percent, Of: "age_doubt", Classed: true, Needs: []string{"age_doubt.as_adult", "age_doubt"}, of: partOf("age_doubt.as_adult", "age_doubt")},
	{Name: "unit-unidentified", Side: Conduct, Theme: "met", Unit: Percent, Of: "operations", of: func(s *figureSheet) Portion { return ofOne(answer(s.Operation.Unit == "")) },
		Claims: []Bearing{{"C-B25", []string{"unit"}, nil}}},
	{Name: "swept-up", Side: Harm, Theme: "met", Unit: Percent, Of: "operations", Classed: true, Needs: []string{"need.swept_up"}, of: func(s *figureSheet) Portion { return ofOne(s.Kind().SweptUp) },
		Claims: []Bearing{{"C-D04", nil, nil}}},

	// What became of them.
	{Name: "accounted-24h", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.h24", "met"}, of: accounted("h24")},
	{Name: "accounted-72h", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.h72", "met"}, of: accounted("h72")},
	{Name: "accounted-30d", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d30", "met"}, of: accounted("d30")},
	{Name: "accounted-90d", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d90", "met"}, of: accounted("d90"),
		Claims: []Bearing{{"C-N14", []string{"unit"}, nil}}},
	{Name: "accounted-1y", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.y1", "met"}, of: accounted("y1")},
	{Name: "care-90d", Side: Result, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d90", "met"}, of: standingIn(90*day, "placed", "helped"),
		Claims: []Bearing{{"C-N14", []string{"unit"}, nil}}},
	{Name: "home-90d", Side: Conduct, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d90", "met"}, of: standingIn(90*day, "returned_home", "free_to_go", "released")},
	{Name: "left-90d", Side: Conduct, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d90", "met"}, of: standingIn(90*day, "left_by_choice"),
		Claims: []Bearing{{"C-F16", []string{"population"}, nil}}},
	{Name: "died", Side: Harm, Theme: "after", Unit: InPeople, Needs: []string{"died"}, of: people("died")},
	{Name: "venue-90d", Side: Harm, Theme: "after", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d90", "met"}, of: standingIn(90*day, "returned_to_venue"),
		Claims: []Bearing{{"C-F17", []string{"population"}, nil}}},

	// Liberty.
	{Name: "held-72h", Side: Harm, Theme: "liberty", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.h72", "met"}, of: standingIn(3*day, "held", "arrested", "charged"),
		Claims: []Bearing{{"C-F20", nil, nil}}},
	{Name: "held-30d", Side: Harm, Theme: "liberty", Unit: Percent, Of: "met", Excludes: []string{"young"}, Needs: []string{"unaccounted.d30", "met"}, of: standingIn(30*day, "held", "arrested", "charged"),
		Claims: []Bearing{{"C-F20", nil, nil}}},
	{Name: "held-not-accused", Side: Harm, Theme: "liberty", Unit: Percent, Of: "not_accused", Classed: true, Needs: []string{"held.not_accused", "met.not_accused"}, of: partOf("held.not_accused", "met.not_accused"),
		Claims: []Bearing{{"C-D10", nil, nil}, {"C-B12", []string{"population"}, nil}}},
	{Name: "arrested-not-accused", Side: Harm, Aim: ForAdults, Theme: "liberty", Unit: Percent, Of: "not_accused", Classed: true, Needs: []string{"arrested.not_accused", "met.not_accused"}, of: partOf("arrested.not_accused", "met.not_accused"),
		Claims: []Bearing{{"C-D10", nil, nil}}},
	{Name: "arrested-before-recognised", Side: Harm, Theme: "liberty", Unit: Percent, Of: "protected", Classed: true, Needs: []string{"arrested.before_recognised", "met.protected"},
		of: partOf("arrested.before_recognised", "met.protected"), Claims: []Bearing{{"C-D10", nil, nil}, {"C-D16", []string{"unit"}, nil}}},
	{Name: "penalised-protected", Side: Harm, Theme: "liberty", Unit: Percent, Of: "protected", Classed: true, Needs: []string{"penalised.protected", "met.protected"}, of: partOf("penalised.protected", "met.protected"),
		Claims: []Bearing{{"C-D10", nil, nil}, {"C-B12", nil, nil}}},
	{Name: "locked-protected", Side: Harm, Theme: "liberty", Unit: Percent, Of: "protected", Classed: true, Needs: []string{"locked.protected", "met.protected"}, of: partOf("locked.protected", "met.protected")},
	{Name: "held-children", Side: Harm, Aim: ForChildren, Theme: "liberty", Unit: Percent, Of: "children", Classed: true, Needs: []string{"held.children", "met.children"}, of: partOf("held.children", "met.children"),
		Claims: []Bearing{{"C-B12", nil, nil}}},
	{Name: "constrained-adults", Side: Harm, Aim: ForAdults, Theme: "liberty", Unit: Percent, Of: "not_coerced", Classed: true, Needs: []string{"constrained.not_coerced", "met.not_coerced"}, of: partOf("constrained.not_coerced", "met.not_coerced"),
		Claims: []Bearing{{"C-B24", []string{"unit"}, nil}, {"C-F13", nil, nil}}},
	{Name: "placed-closed", Side: Harm, Aim: ForAdults, Theme: "liberty", Unit: Percent, Of: "placed_adults", Classed: true, Needs: []string{"placed.adults.closed", "placed.adults"}, of: partOf("placed.adults.closed", "placed.adults"),
		Claims: []Bearing{{"C-F20", nil, nil}}},
	{Name: "placed-unwilling", Side: Harm, Aim: ForAdults, Theme: "liberty", Unit: Percent, Of: "placed_adults", Classed: true, Needs: []string{"placed.adults.unwilling", "placed.adults"}, of: partOf("placed.adults.unwilling", "placed.adults"),
		Claims: []Bearing{{"C-F20", nil, nil}}},
	{Name: "deported", Side: Harm, Theme: "liberty", Unit: InPeople, Needs: []string{"removed"}, of: people("removed"), Claims: []Bearing{{"C-B63", nil, nil}, {"C-F13", nil, nil}}},
	{Name: "deported-share", Side: Harm, Theme: "liberty", Unit: Percent, Of: "met", Needs: []string{"removed", "met"}, of: partOf("removed", "met"), Claims: []Bearing{{"C-F13", nil, nil}}},
	{Name: "deported-unassessed", Side: Harm, Theme: "liberty", Unit: Percent, Of: "removed", Needs: []string{"removed.unscreened", "removed"}, of: partOf("removed.unscreened", "removed")},
	{Name: "sent-back-unwilling", Side: Harm, Theme: "liberty", Unit: Percent, Of: "sent_back", Needs: []string{"sent_back.unwilling", "sent_back"}, of: partOf("sent_back.unwilling", "sent_back"), Claims: []Bearing{{"C-F13", nil, nil}}},
	{Name: "children-to-venue", Side: Harm, Aim: ForChildren, Theme: "liberty", Unit: Percent, Of: "children", Classed: true, Needs: []string{"returned_to_venue.children", "met.children"}, of: partOf("returned_to_venue.children", "met.children"),
		Claims: []Bearing{{"C-B13", nil, nil}}},

	// Force and injury.
	{Name: "force-per-operation", Side: Harm, Aim: ForAdults, Theme: "force", Unit: PerOperation, Of: "operations", Needs: []string{"force.uses"}, of: people("force.uses"), Claims: []Bearing{
		{"C-B24", []string{"unit"}, nil}, {"C-B60", nil, nil}, {"C-N25", []string{"population"}, nil}}},
	{Name: "hurt-per-operation", Side: Harm, Aim: ForAdults, Theme: "force", Unit: PerOperation, Of: "operations", Needs: []string{"hurt"}, of: people("hurt"), Claims: []Bearing{{"C-B24", []string{"unit"}, nil}}},
	{Name: "force-unreviewed", Side: Harm, Theme: "force", Unit: Percent, Of: "force", Needs: []string{"force.unreviewed"},
		of: func(s *figureSheet) Portion { return within(s.count("force.unreviewed"), Exactly(len(s.Force))) }},
	{Name: "insulted-or-threatened", Side: Harm, Theme: "force", Unit: Percent, Of: "operations", Needs: []string{"conduct.respectful"}, of: whetherNot("conduct.respectful")},
	{Name: "threats-per-operation", Side: Harm, Aim: ForAdults, Theme: "force", Unit: PerOperation, Of: "operations", Needs: []string{"need.threats"}, of: threats(0)},
	{Name: "threats-90d", Side: Harm, Theme: "force", Unit: PerOperation, Of: "operations", Excludes: []string{"young"}, Needs: []string{"need.threats"}, of: threats(90 * day)},

	// Work and services around the place.
	{Name: "lost-work-per-operation", Side: Harm, Aim: ForAdults, Theme: "livelihood", Unit: PerOperation, Of: "operations", Needs: []string{"need.lost_work"},
		of: func(s *figureSheet) Portion { return Portion{Num: lostWork(s), Of: Exactly(1)} }},
	{Name: "work-offered", Side: Result, Theme: "livelihood", Unit: Percent, Of: "lost_work", Needs: []string{"need.offered", "need.lost_work"}, of: func(s *figureSheet) Portion {
		if len(s.Closures) == 0 {
			return nothing
		}
		return within(offered(s), lostWork(s))
	}},
	{Name: "offers-taken", Side: Result, Theme: "livelihood", Unit: Percent, Of: "offered", Needs: []string{"need.taken", "need.offered"}, of: func(s *figureSheet) Portion {
		if len(s.Closures) == 0 {
			return nothing
		}
		return within(taken(s), offered(s))
	}},
	{Name: "services-shut-out", Side: Harm, Aim: ForAdults, Theme: "livelihood", Unit: PerOperation, Of: "operations", Needs: []string{"need.shut_out"}, of: reported("service_shut_out"), Claims: []Bearing{
		{"C-B49", []string{"unit"}, nil}, {"C-F08", []string{"unit"}, nil}}},

	// What courts and complaints came to.
	{Name: "suspects-arrested", Side: Result, Theme: "justice", Unit: InPeople, Classed: true, Needs: []string{"need.suspects"},
		of: func(s *figureSheet) Portion {
			return Portion{Num: s.suspects("held", "arrested", "charged"), Of: Exactly(1)}
		},
		Claims: []Bearing{{"C-N23", nil, nil}, {"C-N24", nil, nil}, {"C-B05", nil, nil}, {"C-B55", nil, nil}, {"C-N15", nil, nil}}},
	{Name: "suspects-per-operation", Side: Result, Theme: "justice", Unit: PerOperation, Of: "operations", Classed: true, Needs: []string{"need.suspects"},
		of: func(s *figureSheet) Portion {
			return Portion{Num: s.suspects("held", "arrested", "charged"), Of: Exactly(1)}
		}},
	{Name: "accused-charged", Side: Result, Theme: "justice", Unit: Percent, Of: "accused", Classed: true, Needs: []string{"need.charged", "met.accused"},
		of: func(s *figureSheet) Portion { return within(s.suspects("charged"), s.count("met.accused")) }},
	{Name: "convictions", Side: Result, Theme: "justice", Unit: InPeople, Needs: []string{"need.convictions"},
		of:     func(s *figureSheet) Portion { return Portion{Num: s.outcome("conviction"), Of: Exactly(1)} },
		Claims: []Bearing{{"C-N16", nil, nil}, {"C-B16", nil, nil}, {"C-B20", nil, nil}}},
	{Name: "pardons", Side: Harm, Theme: "justice", Unit: InPeople, Needs: []string{"need.pardons"},
		of:     func(s *figureSheet) Portion { return Portion{Num: s.outcome("pardon"), Of: Exactly(1)} },
		Claims: []Bearing{{"C-B18", nil, nil}}},
	{Name: "convictions-standing", Side: Result, Theme: "justice", Unit: Percent, Of: "convicted", Needs: []string{"need.pardons", "need.convictions"}, of: func(s *figureSheet) Portion {
		convicted := s.outcome("conviction")
		if !convicted.Known() {
			return nothing
		}
		return within(convicted.Sub(s.outcome("pardon")), convicted)
	}, Claims: []Bearing{{"C-B16", []string{"unit"}, nil}, {"C-B18", []string{"unit"}, nil}}},
	{Name: "complaints-per-operation", Side: Harm, Theme: "justice", Unit: PerOperation, Of: "operations", Needs: []string{"need.complaints"}, of: reported("complaint"), Claims: []Bearing{{"C-B25", []string{"unit", "population"}, nil}}},
	{Name: "complaints-answered", Side: Result, Theme: "justice", Unit: Percent, Of: "complaints", of: answered("complaint")},

	// Who stood beside the people met.
	{Name: "accompanied", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"need.accompanied"}, of: func(s *figureSheet) Portion { return ofOne(s.Accompanied()) },
		Claims: []Bearing{{"C-N11", nil, nil}, {"C-B51", []string{"unit"}, nil}}},
	{Name: "contact-minutes", Side: Conduct, Theme: "beside", Unit: InMinutes, Of: "operations_served", Excludes: []string{"nobody_came"}, Needs: []string{"service.contact_minutes", "service.present"}, of: func(s *figureSheet) Portion {
		switch s.answer("service.present") {
		case Yes:
			return Portion{Num: s.count("service.contact_minutes"), Of: Exactly(1)}
		case No:
			return nothing
		}
		return Portion{Of: Between(0, 1)}
	}},
	{Name: "contact-in-30", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"service.contact_minutes", "service.present"}, of: contactWithin(AccompaniedWithin)},
	{Name: "services-came", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"service.present"}, of: whether("service.present")},
	{Name: "interpreter-there", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"attendance.interpreter.present"}, of: whether("attendance.interpreter.present")},
	{Name: "lawyer-there", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"attendance.lawyer.present"}, of: whether("attendance.lawyer.present")},
	{Name: "health-worker-there", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"attendance.health_worker.present"}, of: whether("attendance.health_worker.present")},
	{Name: ObserverThere, Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"attendance.observer.present"}, of: whether("attendance.observer.present")},
	{Name: "immigration-there", Side: Conduct, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"agency.immigration.present"}, of: whether("agency.immigration.present")},
	{Name: "press-there", Side: Harm, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"agency.media.present"}, of: whether("agency.media.present")},
	{Name: "private-powers", Side: Harm, Theme: "beside", Unit: Percent, Of: "operations", Needs: []string{"powers.private_use"}, of: whether("powers.private_use"), Claims: []Bearing{{"C-D07", []string{"unit"}, nil}}},

	// What was done.
	{Name: "warrant", Side: Conduct, Theme: "steps", Unit: Percent, Of: "operations", Needs: []string{"authority.warrant"}, of: whether("authority.warrant")},
	{Name: "rights-told", Side: Conduct, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.rights_told"}, of: step("rights_told")},
	{Name: "complaint-way-told", Side: Conduct, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.complaint_way_told"}, of: step("complaint_way_told")},
	{Name: "needs-met", Side: Result, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.urgent_needs_met"}, of: step("urgent_needs_met")},
	{Name: "belongings-kept", Side: Conduct, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.belongings_receipt"}, of: step("belongings_receipt")},
	{Name: "referral-made", Side: Result, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.referral_made"}, of: step("referral_made")},
	{Name: "followed-up", Side: Result, Theme: "steps", Unit: Percent, Of: "operations", Excludes: []string{"not_applicable"}, Needs: []string{"step.follow_up_contact"}, of: step("follow_up_contact")},
	{Name: "guardian-named", Side: Result, Aim: ForChildren, Theme: "steps", Unit: Percent, Of: "with_children", Classed: true, Excludes: []string{"not_applicable"}, Needs: []string{"step.guardian_named", "met.children"}, of: withChildren(step("guardian_named"))},
	{Name: "interests-assessed", Side: Result, Aim: ForChildren, Theme: "steps", Unit: Percent, Of: "with_children", Classed: true, Excludes: []string{"not_applicable"}, Needs: []string{"step.best_interests", "met.children"}, of: withChildren(step("best_interests"))},
	{Name: "custody-gaps", Side: Harm, Aim: ForChildren, Theme: "steps", Unit: PerOperation, Of: "with_children", Classed: true, Needs: []string{"custody.child.gaps", "met.children"}, of: func(s *figureSheet) Portion {
		if children := s.count("met.children"); children == Exactly(0) {
			return nothing
		} else if children.Min() == 0 {
			return Portion{Of: Between(0, 1)}
		}
		return Portion{Num: s.count("custody.child.gaps"), Of: Exactly(1)}
	}},
	{Name: "immigration-used", Side: Harm, Theme: "steps", Unit: Percent, Of: "operations", Needs: []string{"immigration.action"}, of: whether("immigration.action")},
	{Name: "affected-heard", Side: Conduct, Theme: "steps", Unit: Percent, Of: "debriefed", Needs: []string{"debrief.affected_heard"}, of: func(s *figureSheet) Portion {
		if s.answer("debrief.held") != Yes {
			return nothing
		}
		return ofOne(s.answer("debrief.affected_heard"))
	}},

	// Interviews.
	{Name: "interviewed-alone", Side: Harm, Theme: "interviews", Unit: Percent, Of: "interviews", Needs: []string{"interviews.alone"}, of: interviewed("interviews.alone")},
	{Name: "interviewed-rights-untold", Side: Harm, Theme: "interviews", Unit: Percent, Of: "interviews", Needs: []string{"interviews.rights_untold"}, of: interviewed("interviews.rights_untold")},
	{Name: "interviewed-before-advice", Side: Harm, Theme: "interviews", Unit: Percent, Of: "interviews", Needs: []string{"interviews.before_advice"}, of: interviewed("interviews.before_advice")},
	{Name: "interviewed-in-custody", Side: Harm, Theme: "interviews", Unit: Percent, Of: "interviews", Needs: []string{"interviews.in_custody_place"}, of: interviewed("interviews.in_custody_place")},

	// Units.
	{Name: "officers-passed", Side: Conduct, Theme: "units", Unit: Percent, Of: "officers", Basis: ByTraining, Needs: []string{"need.officers", "need.passed"}, ofUnit: passed, Claims: []Bearing{{"C-N06", []string{"unit"}, nil}}},
	{Name: "officers-kept-6m", Side: Conduct, Theme: "units", Unit: Percent, Of: "officers", Basis: ByTraining, Excludes: []string{"young_training"}, Needs: []string{"need.officers", "need.transfers"}, ofUnit: keptAfter(6),
		Claims: []Bearing{{"C-B59", []string{"unit"}, nil}}},
	{Name: "officers-kept-12m", Side: Conduct, Theme: "units", Unit: Percent, Of: "officers", Basis: ByTraining, Excludes: []string{"young_training"}, Needs: []string{"need.officers", "need.transfers"}, ofUnit: keptAfter(12),
		Claims: []Bearing{{"C-B59", []string{"unit"}, nil}}},
	{Name: "officers-kept-24m", Side: Conduct, Theme: "units", Unit: Percent, Of: "officers", Basis: ByTraining, Excludes: []string{"young_training"}, Needs: []string{"need.officers", "need.transfers"}, ofUnit: keptAfter(24),
		Claims: []Bearing{{"C-B59", []string{"unit"}, nil}}},

	// Access to services, from what is told of areas.
	{Name: "clinic-contacts", Side: Conduct, Theme: "access", Unit: InNumber, Basis: ByMonth, Excludes: []string{"before_first", "not_monthly"}, Needs: []string{"need.contacts"}, ofArea: served(contactsOf, nil, "clinic")},
	{Name: "outreach-contacts", Side: Conduct, Theme: "access", Unit: InNumber, Basis: ByMonth, Excludes: []string{"before_first", "not_monthly"}, Needs: []string{"need.contacts"}, ofArea: served(contactsOf, nil, "outreach")},
	{Name: "contacts-per-hour", Side: Conduct, Theme: "access", Unit: PerHour, Of: "staff_hours", Basis: ByMonth, Excludes: []string{"before_first", "not_monthly"}, Needs: []string{"need.staff_hours", "need.contacts"},
		ofArea: served(func(m MonthCount) Portion { return Portion{Num: m.Contacts, Of: m.StaffHours} }, nil)},
	{Name: "tests", Side: Conduct, Theme: "access", Unit: InNumber, Basis: ByMonth, Excludes: []string{"before_first", "not_monthly", "never_told"}, Needs: []string{"need.tests"},
		ofArea: served(func(m MonthCount) Portion { return Portion{Num: m.Tests, Of: Exactly(1)} }, func(c *Contacts) Count { return c.Tests })},
	{Name: "condoms", Side: Conduct, Theme: "access", Unit: InNumber, Basis: ByMonth, Excludes: []string{"before_first", "not_monthly", "never_told"}, Needs: []string{"need.condoms"},
		ofArea: served(func(m MonthCount) Portion { return Portion{Num: m.Condoms, Of: Exactly(1)} }, func(c *Contacts) Count { return c.Condoms })},
	{Name: "access-losses", Side: Harm, Theme: "access", Unit: InNumber, Basis: ByLoss, Needs: []string{"need.losses"}, ofArea: lost(func(*AccessLoss, time.Time) Count { return AtLeast(1) })},
	{Name: "days-without-access", Side: Harm, Theme: "access", Unit: InDays, Basis: ByLoss, Excludes: []string{"losses_untold"}, Needs: []string{"need.loss_days"}, ofArea: lost((*AccessLoss).Days)},
	{Name: "clinic-after-operations", Side: Conduct, Theme: "access", Unit: TimesAsMany, Of: "contacts_before", Beside: "clinic-after-compared", Excludes: []string{"months_to_come", "none_before", "series"}, Needs: []string{"need.months_before", "need.months_after"},
		ofArea: afterOperations("clinic", false)},
	{Name: "clinic-after-compared", Side: Conduct, Theme: "access", Unit: TimesAsMany, Of: "contacts_before", Beside: "clinic-after-operations", Excludes: []string{"months_to_come", "none_before", "series", "operations_there"}, Needs: []string{"need.months_before", "need.months_after"},
		ofArea: afterOperations("clinic", true)},
	{Name: "outreach-after-operations", Side: Conduct, Theme: "access", Unit: TimesAsMany, Of: "contacts_before", Beside: "outreach-after-compared", Excludes: []string{"months_to_come", "none_before", "series"}, Needs: []string{"need.months_before", "need.months_after"},
		ofArea: afterOperations("outreach", false)},
	{Name: "outreach-after-compared", Side: Conduct, Theme: "access", Unit: TimesAsMany, Of: "contacts_before", Beside: "outreach-after-operations", Excludes: []string{"months_to_come", "none_before", "series", "operations_there"}, Needs: []string{"need.months_before", "need.months_after"},
		ofArea: afterOperations("outreach", true)},
})

// complete fills in what most definitions share.
func complete(all []*Definition) []*Definition {
	for _, d := range all {
		d.Version, d.Basis = max(d.Version, 1), cmp.Or(d.Basis, ByEvent)
	}
	return all
}

// ObserverThere is the figure by which operations with and without an observer
// are told apart.
const ObserverThere = "observer-there"
