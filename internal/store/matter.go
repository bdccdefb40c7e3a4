package store

import (
	"errors"

	"plumbline"
)

// tellMatter tells the organisation that a matter is put to that it is, and
// the one that raised it that it was answered.
func (tx *Tx) tellMatter(a plumbline.Actor, r *plumbline.MatterRecord, changes []Change, before map[plumbline.ID]kept) error {
	for _, c := range changes {
		kind, organisation := NoticeMatter, r.Matter.To
		old, corrected := before[plumbline.HeadOf(c.Entry).ID]
		switch e := c.Entry.(type) {
		case *plumbline.Matter:
			if was, is := old.Entry.(*plumbline.Matter); is && was.To == e.To {
				continue
			}
		case *plumbline.Answering:
			if kind, organisation = NoticeAnswered, r.Matter.RaisedBy; corrected || e.Organisation != r.Matter.To {
				continue
			}
		default:
			continue
		}
		if err := tx.tellUsers(a, kind, r, organisation, plumbline.HeadOf(c.Entry).ID); err != nil {
			return err
		}
	}
	return nil
}

// tellUsers tells those of an organisation who may answer for it.
func (tx *Tx) tellUsers(a plumbline.Actor, kind NoticeKind, r *plumbline.MatterRecord, organisation, entry plumbline.ID) error {
	if organisation == "" {
		return nil
	}
	var users []plumbline.ID
	if err := tx.each(func(scan func(...any) error) error {
		u, err := scanActor(scan)
		if u.User != a.User && r.MaySee(u) && plumbline.May(u, plumbline.RaiseMatter, plumbline.TookPart) {
			users = append(users, u.User)
		}
		return err
	}, "SELECT id, name, role, organisation, units FROM actor WHERE organisation = $1 ORDER BY id", organisation); err != nil {
		return err
	}
	return tx.notify(kind, Subject{plumbline.KindMatter, r.Matter.ID}.String(), entry, users...)
}

// fillMatterNotice reads the matter that a notice is about, and reports whether
// the actor may see it.
func (tx *Tx) fillMatterNotice(a plumbline.Actor, n *Notice, id plumbline.ID) (bool, error) {
	s := Subject{plumbline.KindMatter, id}
	d, err := tx.shared(a, s)
	if errors.Is(err, plumbline.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	e := d.Find(n.Entry)
	if e == nil {
		return false, nil
	}
	n.Subject, n.Title, n.What = s, d.Name(), plumbline.KindOf(e)
	return true, nil
}

// matterTasks returns the answers that the actor's organisation owes.
func (tx *Tx) matterTasks(a plumbline.Actor, o plumbline.Origin) (list []Task, err error) {
	if a.Organisation == "" || !plumbline.May(a, plumbline.RaiseMatter, plumbline.TookPart) {
		return nil, nil
	}
	var put []plumbline.ID
	if err := tx.latest(plumbline.KindMatter, func(e plumbline.Entry) {
		if m := e.(*plumbline.Matter); m.To == a.Organisation && m.Origin == o && m.Kind != plumbline.Demand {
			put = append(put, m.ID)
		}
	}); err != nil {
		return nil, err
	}
	for _, id := range put {
		d, err := tx.shared(a, Subject{plumbline.KindMatter, id})
		if err != nil {
			return nil, err
		}
		if s := d.Shared.(*plumbline.MatterRecord).State(tx.now); s.IsOpen() {
			list = append(list, Task{Task: plumbline.Task{Kind: plumbline.TaskAnswer, Entry: id, Due: s.Due, Organisation: a.Organisation}, Matter: id, Title: d.Name()})
		}
	}
	return list, nil
}
