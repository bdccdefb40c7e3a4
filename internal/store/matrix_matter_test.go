package store_test

import (
	"slices"
	"time"

	"plumbline"
	"plumbline/internal/credential"
	"plumbline/internal/store"
)

// Of matters a tie is one of two: another organisation raised it with the
// actor's, or two others have it between them. Each is a use of its own.
func init() {
	own := func(of string, to plumbline.ID) []use {
		return []use{
			{"Shared", "read " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				_, err := m.Shared(m.ctx, a, m.raised(to))
				return err
			}},
			{"SharedOf", "find " + of + " in a list", true, func(m *matrix, a plumbline.Actor, _ tie) error {
				id := m.raised(to).ID
				list, err := m.SharedOf(m.ctx, a, plumbline.KindMatter)
				return unlisted(err, func() bool { return slices.ContainsFunc(list, func(d *store.Shared) bool { return d.Find(id) != nil }) })
			}},
			{"Notices", "be told of " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				id := m.raised(to).ID
				list, err := m.Notices(m.ctx, a)
				return unlisted(err, func() bool { return slices.ContainsFunc(list, func(n store.Notice) bool { return n.Subject.ID == id }) })
			}},
			{"Tasks", "be told that an answer is owed to " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				id := m.raised(to).ID
				list, _, err := m.Tasks(m.ctx, a, "site")
				return unlisted(err, func() bool { return slices.ContainsFunc(list, func(t store.Task) bool { return t.Matter == id }) })
			}},
			{"Write", "answer " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				return m.write(a, m.raised(to), &plumbline.Answering{Head: head(m.fresh()), Organisation: ours, At: when("2028-02-29"), Text: "So."})
			}},
			{"Write", "look into " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				return m.write(a, m.raised(to), &plumbline.Look{Head: head(m.fresh()), Organisation: ours, At: when("2028-02-29"), Found: "This."})
			}},
			{"Write", "answer " + of + " in another's name", true, func(m *matrix, a plumbline.Actor, _ tie) error {
				return m.write(a, m.raised(to), &plumbline.Answering{Head: head(m.fresh()), Organisation: theirs, At: when("2028-02-29"), Text: "So."})
			}},
			{"Write", "change " + of, true, func(m *matrix, a plumbline.Actor, _ tie) error {
				s := m.raised(to)
				d, err := m.Shared(m.ctx, theirCoordinator, s)
				m.must(err)
				changed := *d.Find(s.ID).(*plumbline.Matter)
				changed.RaisedBy = ours
				return m.Write(m.ctx, a, store.Batch{Subject: s, Reason: "Because", Changes: []store.Change{{Entry: &changed, Version: 1}}})
			}},
		}
	}
	uses = slices.Concat(uses, own("a matter put to the own organisation", ours), own("a matter between others", ""), []use{
		{"Write", "raise a matter", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.raise(a, m.fresh(), ours, theirs) }},
		{"Heard", "read what people said to the own organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			id := m.said(ours)
			list, err := m.Heard(m.ctx, a)
			return unlisted(err, func() bool { return slices.ContainsFunc(list, func(f store.Feedback) bool { return f.ID == id }) })
		}},
		{"Heard", "read what people said to another", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			id := m.said(theirs)
			list, err := m.Heard(m.ctx, a)
			return unlisted(err, func() bool { return slices.ContainsFunc(list, func(f store.Feedback) bool { return f.ID == id }) })
		}},
		{"Unheard", "count who waits for an answer of the own organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			m.said(ours)
			n, err := m.Unheard(m.ctx, a)
			return unlisted(err, func() bool { return n > 0 })
		}},
		{"AnswerFeedback", "answer somebody who wrote to the own organisation", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.AnswerFeedback(m.ctx, a, m.said(ours), time.Time{}, store.Given{Text: "Come on Tuesday."})
		}},
		{"AnswerFeedback", "answer somebody who wrote to another", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.AnswerFeedback(m.ctx, a, m.said(theirs), time.Time{}, store.Given{Text: "Come on Tuesday."})
		}},
		{"Write", "raise a matter in another's name", true, func(m *matrix, a plumbline.Actor, _ tie) error { return m.raise(a, m.fresh(), theirs, ours) }},
	})
}

func (m *matrix) raise(a plumbline.Actor, id, by, to plumbline.ID) error {
	return m.write(a, store.Subject{Kind: plumbline.KindMatter, ID: id},
		&plumbline.Matter{Head: head(id), Title: "M", Origin: "site", Kind: "criticism", RaisedBy: by, To: to, At: when("2028-02-28"), Text: "Why?"})
}

func (m *matrix) write(a plumbline.Actor, s store.Subject, e plumbline.Entry) error {
	return m.Write(m.ctx, a, store.Batch{Subject: s, Changes: []store.Change{{Entry: e}}})
}

// raised has another organisation raise a matter.
func (m *matrix) raised(to plumbline.ID) store.Subject {
	m.t.Helper()
	id := m.fresh()
	m.must(m.raise(theirCoordinator, id, theirs, to))
	m.before = m.state()
	return store.Subject{Kind: plumbline.KindMatter, ID: id}
}

// said has somebody say something to an organisation, and returns what it is
// called.
func (m *matrix) said(to plumbline.ID) plumbline.ID {
	m.t.Helper()
	reader := theirCoordinator
	reader.Organisation = to
	o, err := m.Organisation(m.ctx, theirCoordinator, to)
	m.must(err)
	if hears := o.OrganisationRecord.Organisation; hears.TakesRequests != plumbline.Yes {
		hears.TakesRequests = plumbline.Yes
		m.must(m.Write(m.ctx, matrixAdmin, store.Batch{Subject: store.Subject{Kind: plumbline.KindOrganisation, ID: to}, Reason: "It says so", Changes: []store.Change{{Entry: &hears, Version: o.Version(to)}}}))
	}
	before, err := m.Heard(m.ctx, reader)
	m.must(err)
	m.must(m.SendFeedback(m.ctx, credential.NewRecoveryCode(), "", store.Feedback{Organisation: to, Said: store.Said{Text: "Nobody asked me."}}))
	after, err := m.Heard(m.ctx, reader)
	m.must(err)
	m.before = m.state()
	for _, f := range after {
		if !slices.ContainsFunc(before, func(b store.Feedback) bool { return b.ID == f.ID }) {
			return f.ID
		}
	}
	m.t.Fatal("nothing was said")
	return ""
}
