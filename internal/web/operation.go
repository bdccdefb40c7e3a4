package web

import (
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
	"plumbline/protocol"
)

type operationPage struct {
	*Page
	Op         *store.Operation
	ID         plumbline.ID
	Computed   plumbline.Computed
	Balance24  *plumbline.Balance
	BalanceNow *plumbline.Balance
	Report     *protocol.Report
	Protocol   *protocol.Protocol
	Top        []findingRow
	Flow       picture
	Aims       []aimColumn
	Short      []shortSide
	Timeline   picture
	People     []personRow
	Accounts   []accountColumn
	Unit       *plumbline.Unit
	Plan       entrySection
	Sections   []entrySection
	Same       []sameRow
	Began      []partyRow
	Version    int64
	Ledger     int64
	Children   []*plumbline.Presence
	Heard      int
	Withheld   int
	Differ     []exchange.Contradiction
	Contact    contact
	Frozen     *frozenPlan
	Notes      []noteRow
	NoteID     plumbline.ID // of the note that the page offers to write
	NoteText   string       // what was typed into it before
}

// A contact is how soon service staff were with the people met.
type contact struct {
	Minutes int
	Known   bool
	Mode    plumbline.Mode
}

// A frozenPlan is the plan as it stood when the operation began, and what was
// changed in it afterwards.
type frozenPlan struct {
	Facts   []fact // empty when there was none
	Changes []historyRow
}

// A personRow is people met, with their class and where they were last.
type personRow struct {
	Presence *plumbline.Presence
	Left     plumbline.Count
	Decision *plumbline.Decision
	Last     *plumbline.Movement
	Known    bool // whether their state is known now
	Child    bool
	After    time.Duration // from the operation to the decision
	Timed    bool          // whether After is known
}

// An entrySection lists the entries of one kind that have no picture of
// their own: labels, agencies, steps, force.
type entrySection struct {
	Kind plumbline.Kind
	Rows []entryRow
}

type entryRow struct {
	Kind    plumbline.Kind
	ID      plumbline.ID
	Entry   plumbline.Entry
	Title   string // what the facts need not repeat
	Facts   []fact
	Sources []string
	May     bool
}

type sameRow struct {
	plumbline.SameAs
	Title string
}

type partyRow struct {
	Part     plumbline.InitiatorPart
	Versions []*plumbline.Initiator
}

// operation shows one operation: what it is and what needs doing, then the
// rest.
func (s *Server) operation(q *request) error {
	p, err := q.operationPage()
	if err != nil {
		return err
	}
	if p.Op.May[plumbline.RecordFacts] {
		if err := q.offerNote(p); err != nil {
			return err
		}
	}
	s.Store.Read(q.actor, p.Op)
	return q.render("operation.html", p)
}

// operationPage reads what the page of an operation shows.
func (q *request) operationPage() (*operationPage, error) {
	s, id := q.s, plumbline.ID(q.PathValue("operation"))
	o, err := s.Store.Operation(q.Context(), q.actor, id)
	if err != nil {
		return nil, err
	}
	report, err := s.Store.ReportOn(o, MainProtocol)
	if err != nil {
		return nil, err
	}
	p := &operationPage{Page: q.page("operations", ""), Op: o, ID: id, Computed: o.Kind(), Report: report, Protocol: s.Store.Protocol(MainProtocol), Withheld: o.Withheld}
	p.Title, p.Origin = o.Operation.Title, o.Operation.Origin
	p.Balance24 = o.Balance(plumbline.Checkpoints[1])
	p.BalanceNow = o.Balance(o.Now(p.Now))
	p.Top = topFindings(p.rows(p.Protocol, report))
	p.Flow = flowPicture(p.Page, o.Record, p.Now)
	met := o.People()
	portions := met.Figures(p.Now, met.Facts(p.Now))
	p.Aims, p.Short = p.aimsOf(portions), p.short(portions)
	p.Timeline = timelinePicture(p.Page, o.Record, p.clocks(p.Protocol, report), p.Now)
	p.People = people(o, p.BalanceNow)
	speaks, err := q.speaksFor()
	if err != nil {
		return nil, err
	}
	p.Accounts = columns(o.Accounts, q.actor, speaks)
	p.Heard = len(o.TellersHeard())
	p.Notes = notes(o, q.actor)
	if err := q.name(p.Page, o); err != nil {
		return nil, err
	}
	p.Sections = p.sections(o)
	if o.Plan != nil {
		p.Plan = entrySection{plumbline.KindPlan, []entryRow{p.entryRow(plumbline.KindPlan, o.Plan, o.May[plumbline.RecordFacts])}}
	}
	p.Began = parts(o.Initiators)
	p.Children = o.Children()
	for _, r := range o.Revisions {
		p.Version, p.Ledger = max(p.Version, r.Version), max(p.Ledger, r.Ledger)
	}
	for _, x := range s.contradictionList {
		if slices.Contains(o.Operation.Contradicts, x.ID) {
			p.Differ = append(p.Differ, x)
		}
	}
	p.Contact.Minutes, p.Contact.Mode, p.Contact.Known = o.FirstContact()
	if p.Frozen, err = q.frozen(p.Page, o); err != nil {
		return nil, err
	}
	if o.Operation.Unit != "" {
		if u, err := s.Store.Unit(q.Context(), q.actor, o.Operation.Unit); err == nil {
			p.Unit = &u.Unit
		}
	}
	p.Same = s.sameEpisodes(q, o.Operation.SameEpisode)
	return p, nil
}

func (s *Server) sameEpisodes(q *request, links []plumbline.SameAs) (rows []sameRow) {
	for _, l := range links {
		row := sameRow{SameAs: l}
		if l.Operation != "" {
			if other, err := s.Store.Operation(q.Context(), q.actor, l.Operation); err == nil {
				row.Title = other.Operation.Title
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// frozen returns the plan as it stood at the beginning, when it was written
// or changed later; nil when the plan stands as it was.
func (q *request) frozen(p *Page, o *store.Operation) (*frozenPlan, error) {
	began, ok := o.Operation.Began.Latest()
	if o.Plan == nil || !ok || o.Operation.Origin == "public_record" || !o.Revisions[o.Plan.ID].At.After(began) {
		return nil, nil
	}
	all, err := q.s.Store.EntryHistory(q.Context(), q.actor, o, o.Plan.ID)
	if err != nil {
		return nil, err
	}
	f := new(frozenPlan)
	var before plumbline.Entry = new(plumbline.Plan)
	for _, r := range store.Versions(all, o.Plan.ID) {
		if r.At.After(began) {
			f.Changes = append(f.Changes, historyRow{Revision: r, Changes: p.differences(string(r.Kind), before, r.Entry)})
		} else {
			f.Facts = p.facts(string(r.Kind), r.Entry)
		}
		before = r.Entry
	}
	return f, nil
}

func people(o *store.Operation, now *plumbline.Balance) (rows []personRow) {
	unknown := map[plumbline.ID]bool{}
	for _, m := range now.Missing {
		unknown[m.Presence] = true
	}
	met := o.People()
	for _, p := range o.Presences {
		left := met.Left(p)
		if n, exact := left.Exact(); exact && n == 0 {
			continue
		}
		row := personRow{Presence: p, Left: left, Decision: met.ClassOf(p), Known: !unknown[p.ID], Child: met.Class(p).IsChild() || p.AgeBasis == "presumed_child"}
		if row.Decision != nil {
			row.After, row.Timed = o.After(row.Decision.At)
		}
		if path := met.Path(p); len(path) > 0 {
			row.Last = path[len(path)-1]
		}
		rows = append(rows, row)
	}
	return rows
}

func parts(all []*plumbline.Initiator) (rows []partyRow) {
	for _, part := range plumbline.InitiatorPart("").Values() {
		row := partyRow{Part: plumbline.InitiatorPart(part)}
		for _, i := range all {
			if i.Part == row.Part {
				row.Versions = append(row.Versions, i)
			}
		}
		if len(row.Versions) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// sections lists the entries that stand as plain facts.
func (p *Page) sections(o *store.Operation) (list []entrySection) {
	for _, kind := range plumbline.Kinds(plumbline.KindOperation) {
		switch kind {
		case plumbline.KindOperation, plumbline.KindPlan, plumbline.KindPresence, plumbline.KindDecision, plumbline.KindMovement, plumbline.KindAccount, plumbline.KindNote, "label", "initiator":
			continue
		}
		s := entrySection{Kind: kind}
		for _, e := range o.EntriesOf(kind) {
			row := p.entryRow(kind, e, o.May[plumbline.RecordFacts])
			switch v := e.(type) {
			case *plumbline.Interview:
				if wait, known := o.After(v.Advice); known {
					row.Facts = append(row.Facts, fact{p.T("interview.advice_after"), p.Later(wait)})
				}
			case *plumbline.Event:
				if since, known := o.After(v.At); known && v.Kind == "threat" && since > 0 {
					row.Facts = append(row.Facts, fact{p.T("event.since"), p.Later(since)})
				}
			}
			s.Rows = append(s.Rows, row)
		}
		if len(s.Rows) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// entryRow puts an entry into words: what it is, then the facts that its name
// has not told already.
func (p *Page) entryRow(kind plumbline.Kind, e plumbline.Entry, may bool) entryRow {
	head := plumbline.HeadOf(e)
	row := entryRow{Kind: kind, ID: head.ID, Entry: e, Title: p.EntryName(e), Sources: head.Sources, May: may}
	said := strings.Split(row.Title, " · ")
	for _, f := range p.facts(string(kind), e) {
		if f.Name != p.Field(string(kind), "sources") && !slices.Contains(said, f.Value) {
			row.Facts = append(row.Facts, f)
		}
	}
	return row
}

type addPage struct {
	*Page
	Op    *store.Operation
	Kinds []plumbline.Kind
}

// addMenu offers every kind of entry that can be added to the record.
func (s *Server) addMenu(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	p := addPage{Page: q.page("operations", "add.title", "What", o.Operation.Title), Op: o}
	p.Origin = o.Operation.Origin
	for _, k := range plumbline.Kinds(plumbline.KindOperation) {
		allowed := o.May[plumbline.RecordFacts]
		if k == plumbline.KindAccount {
			allowed = o.May[plumbline.FileAccount]
		}
		if allowed && k != plumbline.KindOperation && (k != plumbline.KindPlan || o.Plan == nil) {
			p.Kinds = append(p.Kinds, k)
		}
	}
	if len(p.Kinds) == 0 {
		return plumbline.Forbidden(plumbline.RecordFacts)
	}
	return q.render("add.html", p)
}
