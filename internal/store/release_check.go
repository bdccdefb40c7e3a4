package store

import (
	"encoding/json"
	"errors"

	"plumbline"
	"plumbline/figure"
)

// releases compares releases, keys and the public log with what was written of
// them.
func (i *inspection) releases() error {
	told, err := i.events(releaseKind)
	if err != nil {
		return err
	}
	list, err := i.tx.releases("1 = 1 ORDER BY id")
	if errors.Is(err, errUnreadable) {
		i.fault(Fault{Subject: string(releaseKind), Entry: -1, What: "is in a state that cannot be read"})
		return nil
	}
	if err != nil {
		return err
	}
	var log *figure.Log
	for _, r := range list {
		var e releaseEvent
		err := json.Unmarshal(told[plumbline.ID(r.ID)], &e)
		delete(told, plumbline.ID(r.ID))
		fault := Fault{string(releaseKind) + "/" + r.ID, plumbline.ID(r.ID), 0, -1, ""}
		switch {
		case err != nil || e.Statement != statementDigest(r.Envelope) || e.What == "discarded":
			fault.What = "is a release otherwise than was written"
		case (e.What == "published") != !r.Published.IsZero():
			fault.What = "is published, or is not, otherwise than was written"
		case !r.Published.IsZero():
			if log == nil {
				if log, err = i.tx.readLog(); err != nil {
					i.fault(Fault{Subject: "release_log", Entry: -1, What: "cannot be believed: " + oneLine{err}.Error()})
					return nil
				}
			}
			fault.What = logged(log, r)
		}
		if fault.What != "" {
			i.fault(fault)
		}
	}
	for id, body := range told {
		var e releaseEvent
		if json.Unmarshal(body, &e) != nil || e.What != "discarded" {
			i.fault(Fault{string(releaseKind) + "/" + string(id), id, 0, -1, "is gone, and nobody took it back"})
		}
	}
	if err := i.summariesAsKept(list); err != nil {
		return err
	}
	return i.keys()
}

// logged says what is wrong with a published release or its place in the log.
func logged(log *figure.Log, r *Release) string {
	at, err := r.Files.Leaf()
	if err != nil {
		return "has no proof that it is in the public log"
	}
	for leaf, err := range log.Leaves(at) {
		if err != nil || string(leaf) != string(r.Envelope) {
			break
		}
		if _, _, err := r.Files.Read(); err != nil {
			return "has files that its statement is not about"
		}
		return ""
	}
	return "is not in the public log as it was published"
}

// keys compares the keys of approvers and witnesses with what was written.
func (i *inspection) keys() error {
	told, err := i.events(releaseKeyKind)
	if err != nil {
		return err
	}
	return i.tx.each(func(scan func(...any) error) error {
		var public string
		var removed int64
		if err := scan(&public, &removed); err != nil {
			return err
		}
		var e keyEvent
		if err := json.Unmarshal(told[keyHash(public)], &e); err != nil || e.Public != public || (e.What == "removed") != (removed > 0) {
			i.fault(Fault{string(releaseKeyKind) + "/" + string(keyHash(public)), keyHash(public), 0, -1, "is a key otherwise than was written"})
		}
		return nil
	}, "SELECT public, removed FROM release_key ORDER BY public")
}

// events returns the last event that was told of each thing of a kind.
func (i *inspection) events(kind plumbline.Kind) (map[plumbline.ID][]byte, error) {
	last := map[plumbline.ID][]byte{}
	err := i.tx.each(func(scan func(...any) error) error {
		var id plumbline.ID
		var body []byte
		err := scan(&id, &body)
		last[id] = body
		return err
	}, "SELECT id, body FROM revision WHERE kind = $1 AND latest = 1 ORDER BY id", kind)
	return last, err
}
