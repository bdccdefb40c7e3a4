package plumbline

import (
	"encoding/hex"
	"slices"
	"time"
)

const (
	KindStudy          Kind = "study"
	KindStudyData      Kind = "study_data"
	KindStudyRun       Kind = "study_run"
	KindStudyGroup     Kind = "study_group"
	KindSurveyReferral Kind = "survey_referral"
)

// A Study measures something: what, among whom, where, when and how is said
// before any number, and stands beside each. It holds no person: its data are
// answers and counts.
type Study struct {
	Head
	Title          string    `json:"title" need:"yes"`
	Origin         Origin    `json:"origin" need:"yes"`
	Organisation   ID        `json:"kept_by" need:"yes" ref:"organisation"` // who keeps it: of whoever began it
	Form           StudyForm `json:"form,omitempty"`                        // the question set that it asks
	Definition     Text      `json:"definition" need:"yes"`                 // what is counted, and when somebody counts
	Population     Text      `json:"population" need:"yes"`                 // among whom
	Place          string    `json:"place" need:"yes"`
	Area           ID        `json:"area,omitempty" ref:"area"` // whose record tells what else happened there
	From           When      `json:"from"`
	Until          When      `json:"until"`
	Frame          Text      `json:"frame,omitempty"`    // from what list or map people or places were drawn, and how
	LeftOut        Text      `json:"left_out,omitempty"` // who and where it cannot speak of
	Ages           AgesBy    `json:"ages,omitempty"`
	Instrument     Text      `json:"instrument,omitempty"` // the question as it was asked, and over what time back
	Asked          Count     `json:"asked"`                // how many were asked to take part
	Refused        Count     `json:"refused"`              // how many of them would not
	Duty           Text      `json:"duty,omitempty"`       // what is done when a surveyor meets a child at risk
	CommissionedBy string    `json:"commissioned_by,omitempty"`
	PaidBy         string    `json:"paid_by,omitempty"`
	DoneBy         string    `json:"done_by,omitempty"`
	HostedBy       string    `json:"hosted_by,omitempty"`
	MayPublish     Answer    `json:"may_publish,omitempty"` // whether those who did it may publish what they found, whatever it is
	DataAccess     Text      `json:"data_access,omitempty"` // who else may see the data
	TiesTold       Text      `json:"ties_told,omitempty"`   // of those who did it to whom it is about
}

// StudyForm is a question set of our own that a study asks.
type StudyForm string

// Values lists the forms.
func (StudyForm) Values() []string { return []string{"", "trust_police", "lost_work"} }

// A StudyGroup is people of one kind who took part in a study, counted. Where
// only the most is told, the number is a maximum and is shown as one.
type StudyGroup struct {
	Head
	Who    string `json:"who" need:"yes"`
	Number Count  `json:"number"`
	Found  Text   `json:"found,omitempty"` // how they were found
}

// A SurveyReferral is how many people surveyors referred in a month, and what
// came of it. It names nobody, and no day.
type SurveyReferral struct {
	Head
	Month   When            `json:"month" need:"yes"`
	People  Count           `json:"people"`
	Outcome ReferralOutcome `json:"outcome,omitempty"`
}

// ReferralOutcome is what came of a surveyor's referral.
type ReferralOutcome string

// Values lists the outcomes.
func (ReferralOutcome) Values() []string {
	return []string{"", "helped", "declined", "refused", "under_way", "lost_sight"}
}

// AgesBy says how it was told who is a child.
type AgesBy string

// Values lists the ways.
func (AgesBy) Values() []string {
	return []string{"", "asked", "documents", "looks", "assessed", "several", "not_asked"}
}

// A StudyData is one file of a study: a table without names, kept as it was
// sent but for the columns that were left out. It is never changed.
type StudyData struct {
	Head
	Name    string   `json:"name"`
	Digest  string   `json:"digest"` // SHA-256 of the file, in hexadecimal
	Bytes   int64    `json:"bytes"`
	Rows    int64    `json:"rows"`
	Columns []string `json:"columns"`
	LeftOut []string `json:"left_out,omitempty"` // columns that were not kept
	Series  string   `json:"series,omitempty"`   // how it was counted, when it was made from the record
}

// A StudyRun is one question asked of a study's data, and what became of it.
// Asked and answered are its two versions; nothing else of it ever changes.
type StudyRun struct {
	Head
	Verb    string      `json:"verb"`    // of plumbline estimate
	Options []string    `json:"options"` // as typed: --y=minor
	Data    []ID        `json:"data"`    // one file, or two to compare, and those that options name
	Digests []string    `json:"digests"` // of the files when it was asked
	Answer  *StudyReply `json:"answer,omitempty"`
}

// A StudyReply is the end of a run with the headline of its result. Numbers
// that cannot be given are nil.
type StudyReply struct {
	State      RunState `json:"state"` // done, failed or cancelled
	Version    string   `json:"version,omitempty"`
	Result     string   `json:"result,omitempty"` // SHA-256 of the result, in hexadecimal
	Method     string   `json:"method,omitempty"`
	Definition string   `json:"definition,omitempty"` // what was counted, in the result's words
	Estimate   *float64 `json:"estimate,omitempty"`
	Lower      *float64 `json:"lower,omitempty"`
	Upper      *float64 `json:"upper,omitempty"`
	Level      float64  `json:"level,omitempty"`
	Shown      string   `json:"shown,omitempty"`   // the estimate as people read it: 8.3 %
	Limits     string   `json:"limits,omitempty"`  // and its interval
	Of         string   `json:"of,omitempty"`      // what of the thing defined the number is, where it is not the thing itself: a rate ratio
	Refused    bool     `json:"refused,omitempty"` // the data cannot answer: there is no number, and the result says why
	Failure    string   `json:"failure,omitempty"` // a message key
	Said       string   `json:"said,omitempty"`    // what the engine said was wrong with the input, in English
}

// RunState is how far long work has come.
type RunState string

const (
	RunWaiting   RunState = "waiting"
	RunRunning   RunState = "running"
	RunDone      RunState = "done"
	RunFailed    RunState = "failed"
	RunCancelled RunState = "cancelled"
)

// Values lists the states.
func (RunState) Values() []string {
	return []string{"waiting", "running", "done", "failed", "cancelled"}
}

// Ended reports whether nothing more will come of it.
func (s RunState) Ended() bool { return s == RunDone || s == RunFailed || s == RunCancelled }

// A StudyRecord is a study with its data, its runs and what else is told of it,
// oldest first.
type StudyRecord struct {
	Study     Study             `json:"study"`
	Data      []*StudyData      `json:"data,omitempty"`
	Runs      []*StudyRun       `json:"runs,omitempty"`
	Groups    []*StudyGroup     `json:"groups,omitempty"`
	Referrals []*SurveyReferral `json:"referrals,omitempty"`
	Elsewhere []*Elsewhere      `json:"elsewhere,omitempty"`
}

var studySlots = []slot[StudyRecord]{
	{KindStudy, "study", func() Entry { return new(Study) },
		func(r *StudyRecord) []Entry { return []Entry{&r.Study} },
		func(r *StudyRecord, e Entry) { r.Study = *e.(*Study) }, nil},
	listSlot(KindStudyData, "data", func(r *StudyRecord) *[]*StudyData { return &r.Data }),
	listSlot(KindStudyRun, "runs", func(r *StudyRecord) *[]*StudyRun { return &r.Runs }),
	listSlot(KindStudyGroup, "groups", func(r *StudyRecord) *[]*StudyGroup { return &r.Groups }),
	listSlot(KindSurveyReferral, "referrals", func(r *StudyRecord) *[]*SurveyReferral { return &r.Referrals }),
	listSlot(KindElsewhere, "elsewhere", func(r *StudyRecord) *[]*Elsewhere { return &r.Elsewhere }),
}

// toldOfStudy are the slots whose entries people write by a form.
var toldOfStudy = studySlots[3:]

// Entries returns the study, its data and its runs.
func (r *StudyRecord) Entries() []Entry { return entries(r, studySlots) }

// Put adds an entry to the study's record, or replaces the one with its id.
func (r *StudyRecord) Put(e Entry) { slotOf(studySlots, e).put(r, e) }

// Append is Put for an entry of which the record has none with the id.
func (r *StudyRecord) Append(e Entry) { slotOf(studySlots, e).append(r, e) }

// Find returns the entry with the id, or nil.
func (r *StudyRecord) Find(id ID) Entry { return found(r.Entries(), id) }

// PathOf returns where an entry stands in the record, as Check writes it.
func (r *StudyRecord) PathOf(id ID) string {
	if id == r.Study.ID {
		return "" // a form has the study's fields alone
	}
	return pathOf(r, studySlots, id)
}

// MaxRuns bounds how many runs a study has, and MaxFiles how many files.
const (
	MaxRuns  = MaxEntries
	MaxFiles = 200
)

// Check returns Problems when the study holds what cannot be: an end before
// its beginning, a file without a digest, a run of data that is not there.
func (r *StudyRecord) Check() error {
	ps := checkFields(&r.Study)
	if r.Study.Until.Before(r.Study.From) == Yes {
		ps = append(ps, Invalid("until", "problem.end_before_start", "Got", r.Study.Until, "Want", r.Study.From))
	}
	if most, bounded := r.Study.Asked.Max(); bounded && r.Study.Refused.Min() > most {
		ps = append(ps, Invalid("refused", "problem.part_over_whole", "Got", r.Study.Refused, "Want", r.Study.Asked))
	}
	ps = append(ps, checkAll(r, toldOfStudy)...)
	for i, x := range r.Referrals {
		if x.Month.ToTheDay() {
			ps = append(ps, Invalid(slotPath("referrals", i)+".month", "problem.month_only", "Got", x.Month))
		}
	}
	if len(r.Data) > MaxFiles {
		ps = append(ps, Invalid("data", "problem.too_many", "Want", MaxFiles))
	}
	if len(r.Runs) > MaxRuns {
		ps = append(ps, Invalid("runs", "problem.too_many", "Want", MaxRuns))
	}
	for _, d := range r.Data {
		if sum, err := hex.DecodeString(d.Digest); err != nil || len(sum) != 32 || len(d.Columns) == 0 {
			ps = append(ps, Invalid("data", "problem.needed"))
		}
	}
	for _, run := range r.Runs {
		if run.Verb == "" || len(run.Data) == 0 || len(run.Data) != len(run.Digests) {
			ps = append(ps, Invalid("runs", "problem.needed"))
			continue
		}
		for i, id := range run.Data {
			if d := r.File(id); d == nil || d.Digest != run.Digests[i] {
				ps = append(ps, Invalid("runs", "problem.no_such", "What", KindStudyData, "Got", id))
			}
		}
	}
	return ps.orNil()
}

// File returns the file with the id, or nil.
func (r *StudyRecord) File(id ID) *StudyData {
	i := slices.IndexFunc(r.Data, func(d *StudyData) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return r.Data[i]
}

// FileNames returns names of files that tell them apart, where some are called
// the same. A file that is not there has none.
func (r *StudyRecord) FileNames(ids []ID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		if d := r.File(id); d != nil {
			names[i] = d.Name
			if slices.Contains(names[:i], d.Name) {
				names[i] = string(id) + "-" + d.Name
			}
		}
	}
	return names
}

// Run returns the run with the id, or nil.
func (r *StudyRecord) Run(id ID) *StudyRun {
	i := slices.IndexFunc(r.Runs, func(x *StudyRun) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return r.Runs[i]
}

// Size returns how many took part, in all groups: bounds, where some are told as
// bounds. Without a group it is unknown.
func (r *StudyRecord) Size() (sum Count) {
	for _, g := range r.Groups {
		addTo(&sum, g.Number)
	}
	return sum
}

// Referred returns how many people surveyors referred; unknown without an entry.
func (r *StudyRecord) Referred() (sum Count) {
	for _, x := range r.Referrals {
		addTo(&sum, x.People)
	}
	return sum
}

// A Wording is what a study said of itself from a moment on.
type Wording struct {
	At    time.Time
	Study *Study
}

// A Fixing answers whether what a study measures was fixed before it was
// measured, by the dates in the ledger.
type Fixing struct {
	Since     time.Time // when the words that stand now were written here
	File      Answer    // before the first file came; unknown without a file
	Fieldwork Answer    // before the fieldwork began; never no, since they may have been fixed elsewhere
}

// FixingOf judges by every wording of a study, oldest first, and the moment at
// which its first file came. The words are definition, population, place, frame,
// ages and question.
func FixingOf(wordings []Wording, firstFile time.Time) (f Fixing) {
	if len(wordings) == 0 {
		return f
	}
	now := wordings[len(wordings)-1]
	for _, w := range slices.Backward(wordings) {
		if !sameWords(w.Study, now.Study) {
			break
		}
		f.Since = w.At
	}
	if !firstFile.IsZero() {
		f.File = answer(!f.Since.After(firstFile))
	}
	if began, told := now.Study.From.Earliest(); told && f.File != No && f.Since.Before(began) {
		f.Fieldwork = Yes
	}
	return f
}

func sameWords(a, b *Study) bool {
	return a.Definition == b.Definition && a.Population == b.Population && a.Place == b.Place && a.Frame == b.Frame && a.Ages == b.Ages && a.Instrument == b.Instrument
}

// BondToStudy returns the actor's bond to a study: TookPart when the actor's
// organisation keeps it. No organisation keeps nothing.
func (a Actor) BondToStudy(s *Study) Bond {
	if a.Organisation != "" && a.Organisation == s.Organisation {
		return TookPart
	}
	return Stranger
}

// AllowToldOfStudy says whether an actor may add or change an entry that people
// write of a study beside its words: a group, referrals. Data and runs have uses
// of their own.
func AllowToldOfStudy(a Actor, s *Study, e Entry) error {
	if !slices.ContainsFunc(toldOfStudy, func(x slot[StudyRecord]) bool { return x.kind == KindOf(e) }) {
		return Forbidden(KeepStudies)
	}
	return Allow(a, KeepStudies, a.BondToStudy(s))
}

// AllowStudy says whether an actor may write the study as it is to be; was is
// the study as it stands, nil for a new one. A study stays with who keeps it,
// and its origin stays what it was.
func AllowStudy(a Actor, was *Study, s *Study) error {
	if was != nil {
		if err := Allow(a, KeepStudies, a.BondToStudy(was)); err != nil {
			return err
		}
		if s.Origin != was.Origin {
			return refused("problem.refused_origin")
		}
	}
	return Allow(a, KeepStudies, a.BondToStudy(s))
}

// Apart returns what keeps two studies from being two rounds of one measure,
// by the names of the fields that differ: definition, population, place, ages.
// Ages of which neither says how they were told differ too, since nobody can
// say that they were told alike.
func (s *Study) Apart(o *Study) (fields []string) {
	differ := func(name string, differ bool) {
		if differ {
			fields = append(fields, name)
		}
	}
	differ("definition", s.Definition != o.Definition)
	differ("population", s.Population != o.Population)
	differ("place", s.Place != o.Place)
	differ("ages", s.Ages != o.Ages || s.ID != o.ID && s.Ages == "")
	return fields
}
