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

// MainProtocol is the standard whose findings stand first on an operation.
const MainProtocol = "rights-standards"

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

// An accountColumn is one account laid beside others.
type accountColumn struct {
	*plumbline.Account
	Points []pointRow
	Mine   bool
	Speaks string // whom its organisation says it speaks for
}

// A pointRow is one point of an account. Stands says how it stands to the
// others on the topic: "differs", "agrees", or nothing.
type pointRow struct {
	plumbline.Point
	Stands string
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

// columns lays accounts side by side. Points on one topic whose short forms
// differ are marked as differing, those whose short forms are one as agreeing;
// where an account gives no short form, nobody judges.
func columns(accounts []*plumbline.Account, a plumbline.Actor, speaks map[plumbline.ID]string) (list []accountColumn) {
	said := map[plumbline.Topic]map[string]int{} // topic → short form → accounts
	for _, acc := range accounts {
		for _, pt := range acc.Points {
			if pt.Says == "" {
				continue
			}
			if said[pt.Topic] == nil {
				said[pt.Topic] = map[string]int{}
			}
			said[pt.Topic][strings.ToLower(pt.Says)]++
		}
	}
	for _, acc := range accounts {
		col := accountColumn{Account: acc, Speaks: speaks[acc.Organisation], Mine: a.Organisation != "" && acc.Organisation == a.Organisation}
		for _, pt := range acc.Points {
			row := pointRow{Point: pt}
			switch forms := said[pt.Topic]; {
			case pt.Says == "":
			case len(forms) > 1:
				row.Stands = "differs"
			case forms[strings.ToLower(pt.Says)] > 1:
				row.Stands = "agrees"
			}
			col.Points = append(col.Points, row)
		}
		list = append(list, col)
	}
	return list
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
			if v, ok := e.(*plumbline.Interview); ok {
				if wait, known := o.After(v.Advice); known {
					row.Facts = append(row.Facts, fact{p.T("interview.advice_after"), p.Later(wait)})
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

// A findingRow is what a rule says, with the rule beside it.
type findingRow struct {
	protocol.Finding
	Rule    *protocol.Rule
	Text    string
	Missing []string // in words
}

func (p *Page) rows(pr *protocol.Protocol, report *protocol.Report) (rows []findingRow) {
	for _, f := range report.Findings {
		rule := pr.Rule(f.Rule)
		row := findingRow{Finding: f, Rule: rule, Text: rule.Text.In(p.Tag)}
		for _, name := range f.Missing {
			row.Missing = append(row.Missing, p.factName(name))
		}
		rows = append(rows, row)
	}
	return rows
}

// factName names a fact of a record in words.
func (p *Page) factName(name string) string {
	if key := "fact." + name; p.Has(key) {
		return p.T(key)
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(name)
}

// topFindings chooses what stands on the operation's own page: everything
// broken, then up to three kept and up to three that cannot be told, the core
// rules first.
func topFindings(rows []findingRow) (top []findingRow) {
	pick := func(result protocol.Result, most int) {
		n := 0
		for _, core := range []bool{true, false} {
			for _, r := range rows {
				if r.Result == result && r.Rule.Core == core && n < most {
					top, n = append(top, r), n+1
				}
			}
		}
	}
	pick(protocol.Broken, 12)
	pick(protocol.Kept, 3)
	pick(protocol.Unknown, 3)
	return top
}

// clocks turns findings with a clock into marks on the time line.
func (p *Page) clocks(pr *protocol.Protocol, report *protocol.Report) (list []Clock) {
	for _, f := range report.Findings {
		if f.Due.IsZero() || f.Result == protocol.NotApplicable {
			continue
		}
		state := string(f.Result)
		switch {
		case f.NotYetDue:
			state = "not_yet_due"
		case f.Overdue:
			state = "overdue"
		}
		list = append(list, Clock{Label: pr.Rule(f.Rule).Text.In(p.Tag), Due: f.Due, State: state})
	}
	return list
}

type balancePage struct {
	*Page
	Op       *store.Operation
	Balances []*plumbline.Balance
	States   []plumbline.State
	Holds    []holdRow
}

type holdRow struct {
	State plumbline.State
	Hours int
}

// balance shows the balance of an operation at every moment that has come.
func (s *Server) balance(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	page := q.page("operations", "balance.title", "What", o.Operation.Title)
	page.Origin = o.Operation.Origin
	return q.render("balance.html", balances(page, o))
}

// balances lists the balance of an operation at every moment that has come.
func balances(page *Page, o *store.Operation) balancePage {
	p := balancePage{Page: page, Op: o, Holds: holds()}
	now := o.Now(p.Now)
	for _, c := range plumbline.Checkpoints {
		if c.After <= now.After || c.After == 0 {
			p.Balances = append(p.Balances, o.Balance(c))
		}
	}
	p.Balances = append(p.Balances, o.Balance(now))
	for _, name := range plumbline.State("").Values() {
		if slices.ContainsFunc(p.Balances, func(b *plumbline.Balance) bool { return b.In(plumbline.State(name)).Known() }) {
			p.States = append(p.States, plumbline.State(name))
		}
	}
	return p
}

func holds() (rows []holdRow) {
	for _, name := range plumbline.State("").Values() {
		if d, ok := plumbline.Holds[plumbline.State(name)]; ok {
			rows = append(rows, holdRow{plumbline.State(name), int(d / time.Hour)})
		}
	}
	return rows
}

type findingsPage struct {
	*Page
	Op        *store.Operation
	Protocol  *protocol.Protocol
	Report    *protocol.Report
	Rows      []findingRow
	With      *protocol.Protocol // the second protocol, when two are compared
	Pairs     []pairRow
	Protocols []*protocol.Protocol
	Names     map[string]string // of the facts behind evidence
}

// A pairRow lays what two protocols say on one topic side by side.
type pairRow struct {
	Topic protocol.Topic
	Left  []findingRow
	Right []findingRow
}

// findings holds an operation against one protocol, or two side by side.
func (s *Server) findings(q *request) error {
	id := plumbline.ID(q.PathValue("operation"))
	o, err := s.Store.Operation(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	name := q.FormValue("protocol")
	if name == "" {
		name = MainProtocol
	}
	p := findingsPage{Page: q.page("operations", "findings.title", "What", o.Operation.Title), Op: o, Protocol: s.Store.Protocol(name), Protocols: s.Store.Protocols()}
	p.Origin = o.Operation.Origin
	if p.Report, err = s.Store.Report(q.Context(), q.actor, id, name); err != nil {
		return err
	}
	p.Rows = p.rows(p.Protocol, p.Report)
	if with := q.FormValue("with"); with != "" && with != name {
		other, err := s.Store.Report(q.Context(), q.actor, id, with)
		if err != nil {
			return err
		}
		p.With = s.Store.Protocol(with)
		p.Pairs = pairs(p.Rows, p.rows(p.With, other))
	}
	return q.render("findings.html", p)
}

func pairs(left, right []findingRow) (rows []pairRow) {
	of := func(rows []findingRow, t protocol.Topic) (some []findingRow) {
		for _, r := range rows {
			if r.Rule.Topic == t {
				some = append(some, r)
			}
		}
		return some
	}
	for _, t := range protocol.Topics {
		row := pairRow{t, of(left, t), of(right, t)}
		if len(row.Left)+len(row.Right) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

type accountsPage struct {
	*Page
	Op       *store.Operation
	Accounts []accountColumn
	Topics   []topicRow
}

// A topicRow is one topic with what each account says of it.
type topicRow struct {
	Topic plumbline.Topic
	Cells [][]pointRow
}

// accounts lays all accounts side by side, topic by topic.
func (s *Server) accounts(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	speaks, err := q.speaksFor()
	if err != nil {
		return err
	}
	p := accountsPage{Page: q.page("operations", "accounts.title", "What", o.Operation.Title), Op: o, Accounts: columns(o.TellersHeard(), q.actor, speaks)}
	p.Origin = o.Operation.Origin
	if err := q.name(p.Page, o); err != nil {
		return err
	}
	for _, t := range plumbline.Topic("").Values() {
		row := topicRow{Topic: plumbline.Topic(t)}
		found := false
		for _, a := range p.Accounts {
			var cell []pointRow
			for _, pt := range a.Points {
				if pt.Topic == row.Topic {
					cell, found = append(cell, pt), true
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if found {
			p.Topics = append(p.Topics, row)
		}
	}
	return q.render("accounts.html", p)
}

type custodyPage struct {
	*Page
	Op      *store.Operation
	Chain   *plumbline.Chain
	Picture picture
}

// custody shows where a person or group has been, from hand to hand.
func (s *Server) custody(q *request) error {
	o, err := s.Store.Operation(q.Context(), q.actor, plumbline.ID(q.PathValue("operation")))
	if err != nil {
		return err
	}
	presence, ok := o.Find(plumbline.ID(q.PathValue("entry"))).(*plumbline.Presence)
	if !ok {
		return plumbline.NotFound("presence")
	}
	p := custodyPage{Page: q.page("operations", "custody.title", "Code", presence.Code), Op: o}
	p.Origin = o.Operation.Origin
	p.Chain = o.Custody(presence, p.Now)
	p.Picture = custodyPicture(p.Page, p.Chain)
	return q.render("custody.html", p)
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
