package store_test

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
	"plumbline/protect"
	"plumbline/protocol"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// A tie is how the actor of the matrix stands to the record in question.
type tie string

const (
	tiePublic   tie = "public"    // the public record
	tieOwnUnit  tie = "own unit"  // by the unit that the actor answers for
	tieTookPart tie = "took part" // the actor's organisation took part; another recorded it
	tieRecorded tie = "recorded"  // the actor's organisation recorded it first
	tieStranger tie = "stranger"  // none of these
	tieNone     tie = "-"         // the use concerns no record
)

var ties = []tie{tiePublic, tieOwnUnit, tieTookPart, tieRecorded, tieStranger}

const (
	ours, theirs       plumbline.ID = "org-ours", "org-theirs" // two organisations, of which the first is every actor's
	ourUnit, theirUnit plumbline.ID = "unit-ours", "unit-theirs"
	publicUnit         plumbline.ID = "unit-public"
)

// figureFilter finds the operation of a tie for figures, which leave out the
// public record unless they are asked for it.
func figureFilter(t tie) store.Filter {
	f := store.Filter{Country: country(t)}
	if t == tiePublic {
		f.Origin = "public_record"
	}
	return f
}

// noActor are the methods of DB that take no actor, with the reason.
var noActor = map[string]string{
	"Close": "of the program", "Ping": "of the program", "Now": "of the program", "Engine": "of the program", "Stale": "of the program",
	"Protocol": "standards are public", "Protocols": "standards are public",
	"Inspect": "for who runs the machine; tells of no content", "Examine": "for who runs the machine; tells of no content", "Weakness": "for who runs the machine",
	"Checkpoint": "for who runs the machine; tells of no content", "CheckGrowth": "for who runs the machine; tells of no content",
	"Backup":    "for who runs the machine, and has its files anyway",
	"Published": "what is published", "PublishedRelease": "what is published", "PublishedSeries": "what is published", "ReleaseLog": "what is published", "ReleaseLogFiles": "what is published", "ReleaseGrowth": "what is published", "Publisher": "public keys",
	"Exec": "of tests", "Rows": "of tests", "BackupTables": "of tests", "Settings": "of tests", "Settle": "of tests", "Hurry": "of tests",
	"ReportOn": "of an operation that an actor has read",
	"Claims":   "claims are published", "ClaimsRead": "claims are published", "ClaimHistory": "claims are published",
	"Hearers": "of who has no account", "SendFeedback": "of who has no account", "FeedbackAnswer": "of who has the receipt", "DeleteFeedback": "of who has the receipt",
	"OpenReply": "of who has the link", "KeepReplyDraft": "of who has the link", "SendReply": "of who has the link",
	"NewLink": "of a demonstration", "FollowLink": "before there is an actor", "AcceptInvitation": "before there is an actor", "AskPasskey": "before there is an actor",
	"SignInWithPassword": "before there is an actor", "SignInWithPasskey": "before there is an actor", "Remember": "of a device; opens nothing",
	"SignIn": "of a session's own user", "EndOthers": "of a session's own user", "SetPassword": "of a session's own user", "OfferPhone": "of a session's own user", "OfferPasskey": "of a session's own user",
	"AddPasskey": "of a session's own user", "RemovePasskey": "of a session's own user", "MakeCodes": "of a session's own user",
	"Waiting": "of the program", "TakeJob": "of a server", "KeepJob": "of a server", "LookAfterJob": "of a server", "EndJob": "of a server", "ReleaseJob": "of a server",
	"Work":    "of a server: who asked could read the rows when they asked",
	"SignOut": "whoever has the session", "Session": "gives the actor",
}

// A use is one way in which a method of DB is used. To add one: name the
// method, say what is done, and write do, which does it as the actor to the
// record of the tie and returns the error of the refusal; for a list it
// returns unlisted(…) when what was looked for is not in it. Of no record is
// what concerns the site alone; it is tried once for each role. Then run
//
//	go test ./internal/store -run TestMatrix -update
//
// and read the difference in testdata/matrix.golden as a lawyer would: a "yes"
// too many is a hole.
type use struct {
	method, what string
	ofNoRecord   bool
	do           func(m *matrix, a plumbline.Actor, t tie) error
}

var uses = []use{
	// What is read.
	{"Operation", "read an operation", false, func(m *matrix, a plumbline.Actor, t tie) error { _, err := m.Operation(m.ctx, a, m.op(t)); return err }},
	{"Operation", "read what another told of it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		o, err := m.Operation(m.ctx, a, m.op(t))
		return unlisted(err, func() bool { return o.Find(m.told(t)) != nil })
	}},
	{"History", "read its history", false, func(m *matrix, a plumbline.Actor, t tie) error { _, err := m.History(m.ctx, a, m.op(t)); return err }},
	{"History", "read what another told, in its history", false, func(m *matrix, a plumbline.Actor, t tie) error {
		all, err := m.History(m.ctx, a, m.op(t))
		return unlisted(err, func() bool { return len(store.Versions(all, m.told(t))) > 0 })
	}},
	{"EntryHistory", "read what another told, by its entry", false, func(m *matrix, a plumbline.Actor, t tie) error {
		o, err := m.Operation(m.ctx, a, m.op(t))
		if err != nil {
			return err
		}
		all, err := m.EntryHistory(m.ctx, a, o, m.told(t))
		return unlisted(err, func() bool { return len(all) > 0 })
	}},
	{"Names", "be told the name of its unit", false, func(m *matrix, a plumbline.Actor, t tie) error {
		names, err := m.Names(m.ctx, a, []plumbline.Entry{&plumbline.Operation{Unit: unitOf(t)}})
		return unlisted(err, func() bool { return names[unitOf(t)] != "" })
	}},
	{"Report", "hold it against a standard", false, func(m *matrix, a plumbline.Actor, t tie) error {
		_, err := m.Report(m.ctx, a, m.op(t), "rights-standards")
		return err
	}},
	{"Operations", "find it in a list", false, func(m *matrix, a plumbline.Actor, t tie) error {
		p, err := m.Operations(m.ctx, a, store.Filter{Limit: 500})
		return unlisted(err, func() bool { return lists(p.Operations, m.op(t)) })
	}},
	{"Summaries", "find it in a comparison", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.Summaries(m.ctx, a, store.Filter{})
		return unlisted(err, func() bool { return lists(list, m.op(t)) })
	}},
	{"Scores", "see its score", false, func(m *matrix, a plumbline.Actor, t tie) error {
		scores, err := m.Scores(m.ctx, a, "rights-standards", store.Filter{})
		return unlisted(err, func() bool { return scores[m.op(t)] != nil })
	}},
	{"RuleScores", "see its score among others'", false, func(m *matrix, a plumbline.Actor, t tie) error {
		scores, err := m.RuleScores(m.ctx, a, "rights-standards", store.Filter{Country: country(t)})
		return unlisted(err, func() bool { return store.Sum(scores)[protocol.Unknown] > 0 })
	}},
	{"Figures", "see figures that count it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		_, scope, err := m.Figures(m.ctx, a, figureFilter(t))
		return unlisted(err, func() bool { return scope.Operations > 0 })
	}},
	{"FiguresBy", "see its unit's figures beside others'", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, _, err := m.FiguresBy(m.ctx, a, "unit", figureFilter(t))
		return unlisted(err, func() bool { return len(list) > 0 })
	}},
	{"UnitSummaries", "see how its unit stands to a standard", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.UnitSummaries(m.ctx, a, "rights-standards")
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(u store.UnitSummary) bool { return u.ID == unitOf(t) && u.Operations > 0 })
		})
	}},
	{"FigureTable", "see one figure that counts it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		table, err := m.FigureTable(m.ctx, a, "people-met", figureFilter(t), "unit")
		return unlisted(err, func() bool { return len(table.Groups) > 0 && table.All.Cases > 0 })
	}},
	{"FigureTableOf", "see a figure of one's own that counts it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		d, err := plumbline.ReadDefinition([]byte(`{"name": "own", "version": 1, "title": "T", "counts": "people", "unit": "people", "numerator": "met"}`))
		m.must(err)
		table, err := m.FigureTableOf(m.ctx, a, d, figureFilter(t))
		return unlisted(err, func() bool { return table.All.Cases > 0 })
	}},
	{"FigureTable", "count its unit's trainings", false, func(m *matrix, a plumbline.Actor, t tie) error {
		table, err := m.FigureTable(m.ctx, a, "officers-passed", store.Filter{Unit: unitOf(t), Origin: figureFilter(t).Origin})
		return unlisted(err, func() bool { return table.All.Cases > 0 })
	}},
	{"FigureCases", "find it in the list behind a figure", false, func(m *matrix, a plumbline.Actor, t tie) error {
		cases, err := m.FigureCases(m.ctx, a, "people-met", figureFilter(t), "")
		return unlisted(err, func() bool {
			return slices.ContainsFunc(cases.Cases, func(c store.FigureCase) bool { return c.Operation.ID == m.op(t) })
		})
	}},
	{"CheckFigure", "hold a claim against it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		reg := exchange.Claims()
		k, err := m.CheckFigure(m.ctx, a, "people-met", reg, reg.Claim("C-N22"), store.CheckOptions{Filter: store.Filter{Country: country(t), From: aDay.AddDate(-9, 0, 0)}})
		return unlisted(err, func() bool { return k.Scope.Operations > 0 })
	}},
	{"Countries", "see its country", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.Countries(m.ctx, a)
		return unlisted(err, func() bool { return slices.Contains(list, country(t)) })
	}},
	{"Export", "take it out as a file", false, func(m *matrix, a plumbline.Actor, t tie) error {
		b, err := m.Export(m.ctx, a, store.Filter{})
		return unlisted(err, func() bool { return find(b, m.op(t)) != nil })
	}},
	{"Export", "take out what another told", false, func(m *matrix, a plumbline.Actor, t tie) error {
		b, err := m.Export(m.ctx, a, store.Filter{})
		return unlisted(err, func() bool { r := find(b, m.op(t)); return r != nil && r.Find(m.told(t)) != nil })
	}},
	{"Complete", "take out the record of its unit", false, func(m *matrix, a plumbline.Actor, t tie) error {
		b := store.Bundle{Operations: []*plumbline.Record{{Operation: plumbline.Operation{Unit: unitOf(t)}}}}
		err := m.Complete(m.ctx, a, &b)
		return unlisted(err, func() bool { return len(b.Units) > 0 && len(b.Units[0].Commands) > 0 })
	}},
	{"Unit", "read its unit's record", false, func(m *matrix, a plumbline.Actor, t tie) error { _, err := m.Unit(m.ctx, a, unitOf(t)); return err }},
	{"Units", "find its unit in a list", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.Units(m.ctx, a)
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(u *plumbline.Unit) bool { return u.ID == unitOf(t) })
		})
	}},

	{"Operation", "read what another noted on it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		o, err := m.Operation(m.ctx, a, m.op(t))
		return unlisted(err, func() bool { return o.Find(m.op(t)+"-note") != nil })
	}},
	{"History", "read what another noted, in its history", false, func(m *matrix, a plumbline.Actor, t tie) error {
		all, err := m.History(m.ctx, a, m.op(t))
		return unlisted(err, func() bool { return len(store.Versions(all, m.op(t)+"-note")) > 0 })
	}},
	{"Tasks", "be told what it needs", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, _, err := m.Tasks(m.ctx, a, origin(t))
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(x store.Task) bool { return x.Operation == m.op(t) && x.Organisation == "" })
		})
	}},
	{"Tasks", "be told that it is owed an account", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, _, err := m.Tasks(m.ctx, a, origin(t))
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(x store.Task) bool { return x.Operation == m.op(t) && x.Organisation == ours })
		})
	}},
	{"Notices", "be told that an account was asked", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.Notices(m.ctx, a)
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(n store.Notice) bool { return n.Entry == m.op(t)+"-asked" })
		})
	}},
	{"Readers", "see who has read it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		_, _, err := m.Readers(m.ctx, a, m.op(t))
		return err
	}},
	{"Read", "be kept as a reader of it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		o, err := m.Operation(m.ctx, a, m.op(t))
		if err == nil {
			m.Read(a, o)
			_, _, _ = m.Readers(m.ctx, a, m.op(t)) // writes it now, whatever they may see of it
		}
		return err
	}},
	{"Count", "count it in a list", false, func(m *matrix, a plumbline.Actor, t tie) error {
		n, err := m.Count(m.ctx, a, store.Filter{Country: country(t)})
		return unlisted(err, func() bool { return n > 0 })
	}},

	// Programmes and stories.
	{"Programme", "read a programme", false, func(m *matrix, a plumbline.Actor, t tie) error {
		_, err := m.Programme(m.ctx, a, m.prog(t))
		return err
	}},
	{"Programmes", "find it among programmes", false, func(m *matrix, a plumbline.Actor, t tie) error {
		list, err := m.Programmes(m.ctx, a)
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(p *store.Programme) bool { return p.Programme.ID == m.prog(t) })
		})
	}},
	{"Review", "read the sums of a programme", false, func(m *matrix, a plumbline.Actor, t tie) error {
		v, err := m.Review(m.ctx, a, m.prog(t), time.Time{})
		return unlisted(err, func() bool { return v.Operations == 1 })
	}},
	{"Review", "find an operation behind the sums", false, func(m *matrix, a plumbline.Actor, t tie) error {
		v, err := m.Review(m.ctx, a, m.prog(t), time.Time{})
		return unlisted(err, func() bool { return len(v.Each) == 1 })
	}},
	{"Names", "be told the name of a programme", false, func(m *matrix, a plumbline.Actor, t tie) error {
		names, err := m.Names(m.ctx, a, []plumbline.Entry{&plumbline.Funding{Programme: m.prog(t)}})
		return unlisted(err, func() bool { return names[m.prog(t)] != "" })
	}},
	{"Complete", "take out the record of a programme", false, func(m *matrix, a plumbline.Actor, t tie) error {
		b := store.Bundle{Operations: []*plumbline.Record{{Fundings: []*plumbline.Funding{{Programme: m.prog(t)}}}}}
		err := m.Complete(m.ctx, a, &b)
		return unlisted(err, func() bool { return len(b.Programmes) > 0 && len(b.Programmes[0].Objections) > 0 })
	}},
	{"Write", "record a new programme", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		id := m.fresh()
		return m.Write(m.ctx, a, grantBatch(id, m.grant(id, theirs)))
	}},
	{"Write", "call a programme public record", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		g := m.grant(m.fresh(), theirs)
		g.Origin = "public_record"
		return m.Write(m.ctx, a, grantBatch(g.ID, g))
	}},
	{"Write", "add a target to a programme", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, grantBatch(m.prog(t), &plumbline.Target{Head: head(m.fresh()), Title: "Found"}))
	}},
	{"Write", "answer an objection", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, grantBatch(m.prog(t), &plumbline.Reply{Head: head(m.fresh()), Objection: m.prog(t) + "-objection", By: "Us", Text: "Yes."}))
	}},
	{"Write", "object for the own organisation", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, grantBatch(m.prog(t), &plumbline.Objection{Head: head(m.fresh()), Organisation: ours, By: "Ours", Reason: "No."}))
	}},
	{"Write", "object in another's name", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, grantBatch(m.prog(t), &plumbline.Objection{Head: head(m.fresh()), Organisation: theirs, By: "Theirs", Reason: "No."}))
	}},
	{"Write", "write down who objected from outside", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, grantBatch(m.prog(t), &plumbline.Objection{Head: head(m.fresh()), By: "A union", Reason: "No."}))
	}},
	{"Write", "take over another's objection", false, func(m *matrix, a plumbline.Actor, t tie) error {
		id := m.prog(t) + "-objection"
		b := grantBatch(m.prog(t), &plumbline.Objection{Head: head(id), Organisation: ours, By: "Ours", Reason: "Yes."})
		b.Reason, b.Changes[0].Version = "Because", 1
		return m.Write(m.ctx, a, b)
	}},
	{"Write", "say that a programme paid for it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Funding{Head: head(m.fresh()), Programme: m.prog(t)}))
	}},
	{"Stories", "see a story of an organisation", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return unlisted(nil, func() bool { return m.story(a, t) != nil })
	}},
	{"Stories", "see whose story it is", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return unlisted(nil, func() bool { p := m.story(a, t); return p != nil && p.Person != "" })
	}},
	{"Organisation", "see whose story it is, on its page", false, func(m *matrix, a plumbline.Actor, t tie) error {
		o, err := m.Organisation(m.ctx, a, publisher(t))
		return unlisted(err, func() bool { return len(o.Publications) > 0 && o.Publications[0].Person != "" })
	}},
	{"Write", "record a story", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, storyBatch(publisher(t), &plumbline.Publication{Head: head(m.fresh()), Where: "Film"}))
	}},
	{"Write", "record what the press asked", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, storyBatch(publisher(t), &plumbline.MediaRequest{Head: head(m.fresh()), By: "A paper", Office: "Press"}))
	}},

	// What is written.
	{"Write", "note something on it", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Note{Head: head(m.fresh()), Organisation: a.Organisation, Text: "Asked."}))
	}},
	{"Write", "note something in another's name", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Note{Head: head(m.fresh()), Organisation: theirs, Text: "Asked."}))
	}},
	{"Write", "record a new operation", false, func(m *matrix, a plumbline.Actor, t tie) error {
		op := sighting(m.fresh())
		if op.Unit = unitOf(t); t == tiePublic {
			op.Origin = "public_record"
		}
		return m.Write(m.ctx, a, batch(op.ID, op))
	}},
	{"Write", "record one under a name that is taken", false, func(m *matrix, a plumbline.Actor, t tie) error {
		op := sighting(m.op(t))
		op.Unit = unitOf(t)
		err := m.Write(m.ctx, a, batch(op.ID, op))
		if errors.Is(err, plumbline.ErrConflict) || errors.Is(err, plumbline.ErrForbidden) {
			err = nil // is told that it is taken: these may see it
		}
		return err
	}},
	{"Write", "add a fact", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Event{Head: head(m.fresh()), Kind: "surprise"}))
	}},
	{"Write", "correct a fact", false, func(m *matrix, a plumbline.Actor, t tie) error {
		e := *m.read(t).Find(m.op(t) + "-g").(*plumbline.Presence)
		e.Description += "."
		return m.correct(a, t, &e)
	}},
	{"Write", "correct the operation itself", false, func(m *matrix, a plumbline.Actor, t tie) error {
		op := m.read(t).Operation
		op.Summary += "."
		return m.correct(a, t, &op)
	}},
	{"Write", "say that it comes from elsewhere", false, func(m *matrix, a plumbline.Actor, t tie) error {
		op := m.read(t).Operation
		if op.Origin = "public_record"; t == tiePublic {
			op.Origin = "site"
		}
		return m.correct(a, t, &op)
	}},
	{"Write", "say that the own organisation took part", false, func(m *matrix, a plumbline.Actor, t tie) error {
		if t == tieOwnUnit {
			t = tieAside // it would from then on have taken part
		}
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Agency{Head: head(m.fresh()), Organisation: ours, Name: "Ours", Role: "support"}))
	}},
	{"Write", "lay it on another unit", false, func(m *matrix, a plumbline.Actor, t tie) error {
		op := m.read(t).Operation
		if op.Unit = publicUnit; t == tiePublic {
			op.Unit = theirUnit
		}
		err := m.correct(a, t, &op)
		if err == nil { // and back, for who comes next
			op.Unit = unitOf(t)
			err = m.correct(m.colleague(), t, &op)
		}
		return err
	}},
	{"Write", "tell for the own organisation", false, func(m *matrix, a plumbline.Actor, t tie) error {
		if t == tieOwnUnit {
			t = tieAside // so that who comes next has not filed yet
		}
		return m.Write(m.ctx, a, batch(m.op(t), m.account(ours)))
	}},
	{"Write", "tell in another's name", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), m.account(theirs)))
	}},
	{"Write", "tell in nobody's name", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), m.account("")))
	}},
	{"Write", "change what another told", false, func(m *matrix, a plumbline.Actor, t tie) error {
		e := *m.read(t).Find(m.told(t)).(*plumbline.Account)
		e.Points = nil
		return m.correct(a, t, &e)
	}},
	{"Write", "take over what another told", false, func(m *matrix, a plumbline.Actor, t tie) error {
		e := *m.read(t).Find(m.told(t)).(*plumbline.Account)
		e.Organisation = ours
		return m.correct(a, t, &e)
	}},
	{"Write", "ask another for its account", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, batch(m.op(t), &plumbline.Account{Head: head(m.fresh()), Organisation: theirs, Teller: "Theirs", Asked: when("2028-02-29")}))
	}},
	{"Write", "add to its unit's record", false, func(m *matrix, a plumbline.Actor, t tie) error {
		return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindUnit, ID: unitOf(t)}, Changes: []store.Change{{Entry: &plumbline.Command{Head: head(m.fresh()), Commander: "Next"}}}})
	}},
	{"Write", "record a new unit", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.newUnit(a, m.fresh(), theirs) }},
	{"Write", "record a new organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.newOrganisation(a, m.fresh(), "ngo") }},
	{"Write", "change an organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		o, err := m.Organisation(m.ctx, a, theirs)
		m.must(err)
		changed := o.OrganisationRecord.Organisation
		changed.SpeaksFor += "."
		return m.Write(m.ctx, a, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: theirs}, Reason: "Because", Changes: []store.Change{{Entry: &changed, Version: o.Version(theirs)}}})
	}},
	{"Import", "bring in a file", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.bringIn(a, false) }},
	{"Import", "try out a file", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.bringIn(a, true) }},

	// The site.
	{"Organisations", "see the organisations", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Organisations(m.ctx, a); return err }},
	{"Organisation", "see an organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.Organisation(m.ctx, a, theirs)
		return err
	}},
	{"UnitNames", "see the names of all units", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.UnitNames(m.ctx, a); return err }},
	{"Actors", "see the users", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Actors(m.ctx, a); return err }},
	{"Appointments", "see each change of a role", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.Appointments(m.ctx, a, 0, 10)
		return err
	}},
	{"PutActor", "make a user", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.PutActor(m.ctx, a, plumbline.Actor{User: m.fresh(), Name: "New", Role: plumbline.Oversight, Organisation: theirs})
	}},
	{"PutActor", "change the own role", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		if a.Role = plumbline.Oversight; m.actor(plumbline.Oversight).User == a.User {
			a.Role = plumbline.Coordinator
		}
		return m.PutActor(m.ctx, m.as(a.User), a)
	}},
	{"PutActor", "change the own organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		a.Organisation = theirs
		return m.PutActor(m.ctx, m.as(a.User), a)
	}},
	{"Invite", "let somebody in", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Invite(m.ctx, a, "someone"); return err }},
	{"Accesses", "see how users come in", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Accesses(m.ctx, a); return err }},
	{"Disable", "shut somebody out", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.Disable(m.ctx, a, "someone") }},
	{"Enable", "let somebody in again", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.Enable(m.ctx, a, "someone") }},
	{"EndSessions", "sign somebody out", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.EndSessions(m.ctx, a, "someone") }},
	{"ForgetSignIns", "end every way in", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.ForgetSignIns(m.ctx, a); return err }},
	{"Sessions", "see another's sessions", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, theirs := m.session(plumbline.Actor{User: "someone"})
		list, err := m.Sessions(m.ctx, a)
		return unlisted(err, func() bool { return slices.ContainsFunc(list, func(s store.Session) bool { return s.ID == theirs.ID }) })
	}},
	{"EndSession", "end another's session", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		token, theirs := m.session(plumbline.Actor{User: "someone"})
		err := m.EndSession(m.ctx, a, theirs.ID)
		_, gone := m.Session(m.ctx, token)
		return unlisted(err, func() bool { return gone != nil })
	}},
	{"Ledger", "read the ledger", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Ledger(m.ctx, a, 0, 10); return err }},
	{"KeepDraft", "keep a draft", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.KeepDraft(m.ctx, a, store.Draft{Form: "/own", Body: "x=own"})
	}},
	{"Drafts", "read another's drafts", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		list, err := m.Drafts(m.ctx, a)
		return unlisted(err, func() bool { return slices.ContainsFunc(list, func(d store.Draft) bool { return d.Body != "x=own" }) })
	}},
	{"SaveFilter", "keep a list under a name", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.SaveFilter(m.ctx, a, store.SavedFilter{Name: "own", Address: "/operations"})
	}},
	{"SavedFilters", "read another's lists", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		list, err := m.SavedFilters(m.ctx, a)
		return unlisted(err, func() bool {
			return slices.ContainsFunc(list, func(f store.SavedFilter) bool { return f.Name == "theirs" })
		})
	}},
	{"Preview", "see what a file would bring", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.Preview(m.ctx, a, store.Bundle{Operations: []*plumbline.Record{{Operation: *sighting(m.fresh())}}})
		return err
	}},
	{"KeepUpload", "send a file", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.KeepUpload(m.ctx, a, "own.json", []byte("own"))
		return err
	}},
	{"Upload", "read another's file", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		digest, err := m.KeepUpload(m.ctx, theirCoordinator, "theirs.json", []byte("theirs"))
		m.must(err)
		if _, _, err = m.Upload(m.ctx, a, digest); errors.Is(err, plumbline.ErrConflict) {
			err = errUnlisted
		}
		return err
	}},
	{"Unread", "count another's notices", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		if err := m.ReadNotices(m.ctx, a, m.Now()); err != nil {
			return err
		}
		n, err := m.Unread(m.ctx, a)
		return unlisted(err, func() bool { return n > 0 })
	}},
	{"ReadNotices", "mark the own notices as read", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.ReadNotices(m.ctx, a, m.Now())
	}},
	{"Proposals", "see what is proposed for publication", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Proposals(m.ctx, a); return err }},
	{"Release", "see a proposal", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.Release(m.ctx, a, m.proposal())
		return err
	}},
	{"ReleaseKeys", "see the keys of approvers", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.ReleaseKeys(m.ctx, a); return err }},
	{"ProposeRelease", "propose figures", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.ProposeRelease(m.ctx, a, m.draft(string(m.fresh())), store.ReleaseInput{Key: []byte("key")})
		return err
	}},
	{"ReleaseInput", "take the key to figures, and their data", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.ReleaseInput(m.ctx, a, m.proposal())
		return err
	}},
	{"Budgets", "see what releases may lose of privacy", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.Budgets(m.ctx, a); return err }},
	{"BeginBudget", "say what releases may lose of privacy", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.BeginBudget(m.ctx, a, string(m.fresh()), 4, 1e-6)
	}},
	{"OpenBudget", "spend of what releases may lose of privacy", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		name := string(m.fresh())
		m.must(m.BeginBudget(m.ctx, theirCoordinator, name, 4, 1e-6))
		m.before = m.state()
		b, err := m.OpenBudget(m.ctx, a, name)
		if err != nil {
			return err
		}
		return b.Spend(protect.Spending{Release: "r", On: "2028-03-01", Rho: 0.01})
	}},
	{"CellSecret", "make noise with the site's secret", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.CellSecret(m.ctx, a)
		return err
	}},
	{"DiscardRelease", "take back a proposal", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.DiscardRelease(m.ctx, a, m.proposal()) }},
	{"KeepReleaseKey", "approve with a key", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, public := newKey(m.t, figure.ApproverKey)
		return m.KeepReleaseKey(m.ctx, a, public)
	}},
	{"ApproveRelease", "approve figures", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		// The proposal names a key of the actor, which somebody who may not have one gave.
		key, public := newKey(m.t, figure.ApproverKey)
		keeper := a
		keeper.Role = plumbline.Oversight
		if a.User == "" {
			return m.ApproveRelease(m.ctx, a, m.proposal(), nil)
		}
		m.must(m.KeepReleaseKey(m.ctx, keeper, public))
		id := m.proposal()
		r, err := m.Release(m.ctx, theirCoordinator, id)
		m.must(err)
		signed, err := figure.Approve(r.Envelope, key)
		m.must(err)
		m.before = m.state()
		return m.ApproveRelease(m.ctx, a, id, signed)
	}},
	{"PublishRelease", "publish figures", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		id := m.approved()
		m.before = m.state()
		return m.PublishRelease(m.ctx, a, id, "")
	}},
	{"KeepWitness", "name a witness of the log", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, public := newKey(m.t, figure.WitnessKey)
		return m.KeepWitness(m.ctx, a, public)
	}},
	{"RemoveWitness", "take a witness off the list", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, public := newKey(m.t, figure.WitnessKey)
		m.must(m.KeepWitness(m.ctx, theirCoordinator, public))
		m.before = m.state()
		return m.RemoveWitness(m.ctx, a, strings.TrimSpace(strings.TrimPrefix(public, "witness ")))
	}},
	{"Cosign", "put cosignatures under the log", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		line := m.cosignature()
		m.before = m.state()
		return m.Cosign(m.ctx, a, line)
	}},
	{"House", "see what the house needs", true, func(m *matrix, a plumbline.Actor, _ tie) error { _, err := m.House(m.ctx, a); return err }},

	// Claims.
	{"KeepClaim", "add a claim", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.KeepClaim(m.ctx, a, m.claim(string(m.fresh()), "It is so."), 0, "")
	}},
	{"KeepClaim", "correct a claim", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		id := string(m.fresh())
		m.must(m.KeepClaim(m.ctx, theirCoordinator, m.claim(id, "It is so."), 0, ""))
		m.before = m.state()
		return m.KeepClaim(m.ctx, a, m.claim(id, "It is not so."), 1, "Misread")
	}},
	{"ImportClaims", "bring in a file of claims", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.bringClaims(a, false) }},
	{"ImportClaims", "try out a file of claims", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.bringClaims(a, true) }},
	{"KeepChecks", "keep what a check gave", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		return m.KeepChecks(m.ctx, a, figure.ClaimCheck{Claim: "C-B04", Figure: string(m.fresh()), Result: figure.CheckCannotTell, Why: "Nobody counted."})
	}},
	{"HoldClaims", "hold a claim against the record", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.HoldClaims(m.ctx, a, "C-B62")
		return err
	}},
	{"InviteReply", "invite a claimant to answer", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.InviteReply(m.ctx, a, "C-B04")
		return err
	}},
	{"ReplyLinks", "see who was invited to answer", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		_, err := m.ReplyLinks(m.ctx, a, "C-B04")
		return err
	}},
	{"RevokeReply", "revoke the own organisation's invitation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		link, _ := m.invited(m.colleague())
		return m.RevokeReply(m.ctx, a, link)
	}},
	{"RevokeReply", "revoke another's invitation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		link, _ := m.invited(theirCoordinator)
		return m.RevokeReply(m.ctx, a, link)
	}},
	{"Replies", "read a reply", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		link := m.answered("")
		return m.reads(a, link)
	}},
	{"Replies", "read one that is withheld", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		link := m.answered("It names a child.")
		return m.reads(a, link)
	}},
	{"WithholdReply", "withhold a reply", true, func(m *matrix, a plumbline.Actor, _ tie) error {
		link := m.answered("")
		return m.WithholdReply(m.ctx, a, link, "It names a child.")
	}},
}
