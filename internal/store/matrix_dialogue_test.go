package store_test

import (
	"fmt"
	"slices"

	"plumbline"
	"plumbline/internal/store"
)

// To a dialogue a tie is one of three: the actor's organisation convened it,
// has a seat in it, or neither. Each is a use of its own.
const (
	convened, seated, elsewhere plumbline.ID = "dialogue-convened", "dialogue-seated", "dialogue-elsewhere"
)

func init() { uses = append(uses, dialogueUses()...) }

func dialogueUses() (list []use) {
	type do = func(m *matrix, a plumbline.Actor, id plumbline.ID) error
	write := func(e func(m *matrix, a plumbline.Actor, id plumbline.ID) plumbline.Entry) do {
		return func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			return m.Write(m.ctx, a, dialogueBatch(id, e(m, a, id)))
		}
	}
	correct := func(e func(m *matrix, id plumbline.ID) plumbline.Entry) do {
		return func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			b := dialogueBatch(id, e(m, id))
			d, err := m.Shared(m.ctx, m.host(id), b.Subject)
			m.must(err)
			b.Reason, b.Changes[0].Version = "Because", d.Version(plumbline.HeadOf(b.Changes[0].Entry).ID)
			return m.Write(m.ctx, a, b)
		}
	}
	type entry = plumbline.Entry
	for _, u := range []struct {
		method, what string
		do           do
	}{
		{"SharedOf", "list %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			all, err := m.SharedOf(m.ctx, a, plumbline.KindDialogue)
			return unlisted(err, func() bool {
				return slices.ContainsFunc(all, func(s *store.Shared) bool { return s.Find(id) != nil })
			})
		}},
		{"Shared", "read %s", func(m *matrix, a plumbline.Actor, id plumbline.ID) error {
			_, err := m.Shared(m.ctx, a, store.Subject{Kind: plumbline.KindDialogue, ID: id})
			return err
		}},
		{"Write", "speak in %s", write(func(m *matrix, a plumbline.Actor, _ plumbline.ID) entry {
			return &plumbline.Said{Head: head(m.fresh()), Speaker: ours, Kind: "concern", Text: "No."}
		})},
		{"Write", "speak for another in %s", write(func(m *matrix, a plumbline.Actor, _ plumbline.ID) entry {
			return &plumbline.Said{Head: head(m.fresh()), Speaker: theirs, Kind: "concern", Text: "No."}
		})},
		{"Write", "write down somebody in %s", write(func(m *matrix, a plumbline.Actor, _ plumbline.ID) entry {
			return &plumbline.Said{Head: head(m.fresh()), By: "Residents", Kind: "concern", Text: "No."}
		})},
		{"Write", "reword another in %s", correct(func(_ *matrix, id plumbline.ID) entry {
			return &plumbline.Said{Head: head(id + "-said"), Speaker: theirs, Kind: "aim", Text: "Reworded."}
		})},
		{"Write", "take over words in %s", correct(func(_ *matrix, id plumbline.ID) entry {
			return &plumbline.Said{Head: head(id + "-said"), By: "Somebody", Kind: "aim", Text: "Reworded."}
		})},
		{"Write", "check a promise of %s", write(func(m *matrix, a plumbline.Actor, id plumbline.ID) entry {
			return &plumbline.PromiseCheck{Head: head(m.fresh()), Promise: id + "-promise", Speaker: ours, Kept: "no"}
		})},
		{"Write", "change a check in %s", correct(func(_ *matrix, id plumbline.ID) entry {
			return &plumbline.PromiseCheck{Head: head(id + "-check"), Promise: id + "-promise", Speaker: ours, Kept: "no"}
		})},
		{"Write", "write the list of %s", write(func(m *matrix, a plumbline.Actor, _ plumbline.ID) entry {
			return &plumbline.Seat{Head: head(m.fresh()), Who: "police", State: "invited"}
		})},
		{"Write", "correct %s", correct(func(m *matrix, id plumbline.ID) entry {
			d := aDialogue(id)
			d.Purpose = plumbline.Text(m.fresh())
			return d
		})},
	} {
		for _, d := range []struct {
			id   plumbline.ID
			name string
		}{{convened, "a dialogue of ours"}, {seated, "one with our seat"}, {elsewhere, "one of others"}} {
			list = append(list, use{u.method, fmt.Sprintf(u.what, d.name), true, func(m *matrix, a plumbline.Actor, _ tie) error { return u.do(m, a, d.id) }})
		}
	}
	return append(list,
		use{"Write", "convene a dialogue", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			d := aDialogue(m.fresh())
			d.Convener = ours
			return m.Write(m.ctx, a, dialogueBatch(d.ID, d))
		}},
		use{"Write", "convene a dialogue in another's name", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			d := aDialogue(m.fresh())
			return m.Write(m.ctx, a, dialogueBatch(d.ID, d))
		}},
		use{"Organisation", "read what a group did not publish", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			o, err := m.Organisation(m.ctx, a, theirs)
			return unlisted(err, func() bool { return o.Find("heard-kept") != nil })
		}},
		use{"Organisation", "read what a group published", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			o, err := m.Organisation(m.ctx, a, theirs)
			return unlisted(err, func() bool { return o.Find("heard-open") != nil })
		}},
		use{"Write", "record what the own group heard", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.Write(m.ctx, a, storyBatch(ours, &plumbline.Hearing{Head: head(m.fresh()), Heard: "Stops."}))
		}},
		use{"Write", "record who sits on the own board", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.Write(m.ctx, a, storyBatch(ours, &plumbline.Members{Head: head(m.fresh()), Who: "sex_worker", Number: plumbline.Exactly(6)}))
		}},
		use{"Write", "record who sits on another's board", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.Write(m.ctx, a, storyBatch(theirs, &plumbline.Members{Head: head(m.fresh()), Who: "sex_worker", Number: plumbline.Exactly(6)}))
		}},
		use{"Write", "record what another group heard", true, func(m *matrix, a plumbline.Actor, _ tie) error {
			return m.Write(m.ctx, a, storyBatch(theirs, &plumbline.Hearing{Head: head(m.fresh()), Heard: "Stops."}))
		}})
}

func dialogueBatch(id plumbline.ID, entries ...plumbline.Entry) store.Batch {
	b := batch("", entries...)
	b.Subject = store.Subject{Kind: plumbline.KindDialogue, ID: id}
	return b
}

func aDialogue(id plumbline.ID) *plumbline.Dialogue {
	d := &plumbline.Dialogue{Head: head(id), Title: "D", Origin: "site", Kind: "panel", Convener: theirs}
	if id == convened {
		d.Convener = ours
	}
	return d
}

// host coordinates in the organisation that convened a dialogue.
func (m *matrix) host(id plumbline.ID) plumbline.Actor {
	if id == convened {
		return m.colleague()
	}
	return theirCoordinator
}

// dialogues writes one of each tie, with words of the other organisation.
func (m *matrix) dialogues() {
	for _, id := range []plumbline.ID{convened, seated, elsewhere} {
		m.must(m.Write(m.ctx, m.host(id), dialogueBatch(id, aDialogue(id), &plumbline.Promise{Head: head(id + "-promise"), By: "Somebody", Text: "T"})))
		if id == seated {
			m.must(m.Write(m.ctx, m.host(id), dialogueBatch(id, &plumbline.Seat{Head: head(id + "-seat"), Who: "police", Organisation: ours, State: "came"})))
		}
		m.must(m.Write(m.ctx, theirCoordinator, dialogueBatch(id, &plumbline.Said{Head: head(id + "-said"), Speaker: theirs, Kind: "aim", Text: "Theirs."},
			&plumbline.PromiseCheck{Head: head(id + "-check"), Promise: id + "-promise", Speaker: theirs, Kept: "yes"})))
	}
	m.must(m.Write(m.ctx, theirCoordinator, storyBatch(theirs, &plumbline.Hearing{Head: head("heard-kept"), Heard: "K"}, &plumbline.Hearing{Head: head("heard-open"), Heard: "O", Publish: "yes"})))
}
