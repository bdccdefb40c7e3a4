package plumbline

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// A Publication is a person's story that an organisation has published, with
// what the person agreed to. The person stands in it by a code that means
// something to the organisation alone: not a name, and not a code of an
// operation's record.
type Publication struct {
	Head
	Where       string `json:"where" need:"yes"` // the page, paper or film
	Published   When   `json:"published"`
	Words       Text   `json:"words,omitempty"`  // exactly as the person read or heard them
	Digest      string `json:"digest,omitempty"` // of the words, where they are not kept here: SHA-256, 64 hexadecimal digits
	Person      ID     `json:"person,omitempty"`
	Agreed      Answer `json:"agreed,omitempty"`
	AgreedAt    When   `json:"agreed_at"`
	NameUsed    Answer `json:"name_used,omitempty"`
	ForGood     Answer `json:"for_good,omitempty"` // agreed to without an end
	Until       When   `json:"until"`
	Withdrawn   When   `json:"withdrawn"`
	WhoBenefits string `json:"who_benefits,omitempty"`
	Office      string `json:"office,omitempty"` // that takes a question to the person
}

// A MediaRequest is somebody's wish to hear or show a person. It is put to the
// person, not only to the organisation, and its answer stands here with the
// reason.
type MediaRequest struct {
	Head
	Asked       When    `json:"asked"`
	By          string  `json:"by" need:"yes"` // the paper or station, not the journalist
	Office      string  `json:"office" need:"yes"`
	For         Text    `json:"for,omitempty"`
	Publication ID      `json:"publication,omitempty" ref:"publication"`
	Person      ID      `json:"person,omitempty"`
	PutToPerson Answer  `json:"put_to_person,omitempty"`
	Granted     Granted `json:"granted,omitempty"`
	DecidedBy   Decider `json:"decided_by,omitempty"`
	Answered    When    `json:"answered"`
	Reason      Text    `json:"reason,omitempty"`
}

// A Hearing is what a group heard from its members, and what it did about it.
// It is the group's own until the group publishes it.
type Hearing struct {
	Head
	At      When   `json:"at"`
	People  Count  `json:"people"`
	Heard   Text   `json:"heard" need:"yes"`
	Did     Text   `json:"did,omitempty"`
	Publish Answer `json:"publish,omitempty"`
}

// Members says how many of one kind sit on a self-regulatory board, or lead a
// worker-led group. Nobody is named.
type Members struct {
	Head
	Who    MemberKind `json:"who" need:"yes"`
	Number Count      `json:"number"`
	From   When       `json:"from"`
	Until  When       `json:"until"`
}

// MemberKind is who somebody is who sits on a board.
type MemberKind string

func (MemberKind) Values() []string {
	return []string{"sex_worker", "former_worker", "health_worker", "local_official", "other"}
}

// Granted is what was answered to a request.
type Granted string

func (Granted) Values() []string { return []string{"", "granted", "refused", "withdrawn"} }

// Decider is who answered a request.
type Decider string

func (Decider) Values() []string {
	return []string{"", "person", "guardian", "organisation"}
}

// Release says whether a story may be used at a moment, and why.
type Release struct {
	May Answer `json:"may"`
	Why string `json:"why"` // "never_agreed", "withdrawn", "ended", "not_told", "words_missing", "end_not_told", "agreed"
}

// Release returns whether the publication may be used at a moment: only when
// the person agreed to these very words, has not withdrawn, and the time given
// is not over. What nobody told leaves it open.
func (p *Publication) Release(at time.Time) Release {
	over := func(w When) Answer {
		if end, ok := w.Latest(); ok && !end.After(at) {
			return Yes
		}
		if begin, ok := w.Earliest(); ok && begin.After(at) {
			return No
		}
		return Unknown
	}
	switch ended := over(p.Until); {
	case p.Agreed == No || p.Agreed == Refused:
		return Release{No, "never_agreed"}
	case p.Withdrawn.Known():
		return Release{No, "withdrawn"} // at once, whatever day was meant
	case p.Until.Known() && ended == Yes:
		return Release{No, "ended"}
	case p.Agreed != Yes:
		return Release{Unknown, "not_told"}
	case p.TextDigest() == "":
		return Release{Unknown, "words_missing"}
	case !p.Until.Known() && p.ForGood != Yes || p.Until.Known() && ended != No:
		return Release{Unknown, "end_not_told"}
	}
	return Release{Yes, "agreed"}
}

// TextDigest returns the SHA-256 of the words that were agreed to, in
// hexadecimal: with line ends as \n and no space at either end, so that who
// has the published text can compare. It is empty when neither is kept.
func (p *Publication) TextDigest() string {
	if p.Words == "" {
		return strings.ToLower(p.Digest)
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(strings.ReplaceAll(string(p.Words), "\r\n", "\n"))))
	return hex.EncodeToString(sum[:])
}

// checkStories refuses a digest that is none or not of the words beside it,
// and an end before the beginning.
func (r *OrganisationRecord) checkStories() (ps Problems) {
	for i, p := range r.Publications {
		where := slotPath("publications", i)
		if p.Digest != "" && (len(p.Digest) != 64 || strings.Trim(strings.ToLower(p.Digest), "0123456789abcdef") != "") {
			ps = append(ps, Invalid(where+".digest", "problem.bad_digest"))
		} else if p.Digest != "" && p.Words != "" && p.TextDigest() != strings.ToLower(p.Digest) {
			ps = append(ps, Invalid(where+".digest", "problem.other_digest"))
		}
		ps = append(ps, ends(p.AgreedAt, p.Withdrawn, "publications", i, "withdrawn")...)
		ps = append(ps, ends(p.AgreedAt, p.Until, "publications", i, "until")...)
	}
	for i, m := range r.Members {
		ps = append(ps, ends(m.From, m.Until, "members", i, "until")...)
	}
	for i, m := range r.MediaRequests {
		ps = append(ps, ends(m.Asked, m.Answered, "media_requests", i, "answered")...)
	}
	return ps
}

// BondToOrganisation returns the actor's bond to an organisation's record: to
// that of the own, it took part.
func (a Actor) BondToOrganisation(o *Organisation) Bond {
	switch {
	case a.Organisation != "" && a.Organisation == o.ID:
		return TookPart
	case o.Origin == "public_record":
		return Public
	}
	return Stranger
}

// AllowOrganisation says whether an actor may add or change an entry of an
// organisation's record: who keeps the house keeps the organisation itself,
// and the organisation its stories.
func AllowOrganisation(a Actor, o *Organisation, e Entry) error {
	if _, is := e.(*Organisation); is {
		return Allow(a, KeepHouse, Public)
	}
	return Allow(a, KeepStories, a.BondToOrganisation(o))
}

// Show returns the organisation's record as the actor may read it at a moment.
// What the organisation is, who sits on it, and what it published of what it
// heard from its members, everybody may. Of its stories nobody outside it
// learns whose they are, and the words only while they may be used.
func (r *OrganisationRecord) Show(a Actor, at time.Time) *OrganisationRecord {
	bond := a.BondToOrganisation(&r.Organisation)
	shown := &OrganisationRecord{Organisation: r.Organisation}
	for _, m := range r.Members {
		open := *m
		open.Note = ""
		shown.Members = append(shown.Members, &open)
	}
	for _, h := range r.Hearings {
		if h.Publish == Yes {
			open := *h
			open.Note = ""
			shown.Hearings = append(shown.Hearings, &open)
		}
	}
	switch {
	case May(a, KeepStories, bond):
		return r
	case !May(a, SeeStories, bond):
		return shown
	}
	shown.Publications, shown.MediaRequests = slices.Clone(r.Publications), slices.Clone(r.MediaRequests)
	for i, old := range shown.Publications {
		p := *old
		p.Person, p.Note = "", ""
		if p.Release(at).May != Yes {
			p.Digest, p.Words = old.TextDigest(), ""
		}
		shown.Publications[i] = &p
	}
	for i, old := range shown.MediaRequests {
		m := *old
		m.Person, m.Note = "", ""
		shown.MediaRequests[i] = &m
	}
	return shown
}
