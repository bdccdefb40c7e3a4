package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

type areasPage struct {
	*Page
	List    []areaLine
	MayKeep bool
	NewID   plumbline.ID
}

// An areaLine is an area with what is told of it, and over which time.
type areaLine struct {
	plumbline.Area
	Compared    string
	First, Last plumbline.When // of any entry, as told
	Told        []kindCount
}

type kindCount struct {
	Kind plumbline.Kind
	N    int
}

// areas lists the areas, with what is told of each and since when.
func (s *Server) areas(q *request) error {
	list, err := s.Store.SharedOf(q.Context(), q.actor, plumbline.KindArea)
	if err != nil {
		return err
	}
	p := areasPage{Page: q.page("areas", "areas.title"), MayKeep: plumbline.May(q.actor, plumbline.KeepAreas, plumbline.Stranger), NewID: newID()}
	names := map[plumbline.ID]string{}
	for _, d := range list {
		names[d.Shared.(*plumbline.AreaRecord).Area.ID] = d.Name()
	}
	for _, d := range list {
		r := d.Shared.(*plumbline.AreaRecord)
		line := areaLine{Area: r.Area, Compared: names[r.Area.Compared]}
		for _, k := range plumbline.Kinds(plumbline.KindArea)[1:] {
			n := 0
			for _, e := range r.Entries() {
				if plumbline.KindOf(e) == k {
					n++
					line.widen(e)
				}
			}
			if n > 0 {
				line.Told = append(line.Told, kindCount{k, n})
			}
		}
		p.List = append(p.List, line)
	}
	slices.SortStableFunc(p.List, func(a, b areaLine) int { return cmp.Compare(a.Name, b.Name) })
	return q.render("areas.html", p)
}

// widen stretches what a line says of its time to hold an entry's.
func (l *areaLine) widen(e plumbline.Entry) {
	t, is := e.(interface {
		Span() (plumbline.When, plumbline.When)
	})
	if !is {
		return
	}
	from, until := t.Span()
	if from.Known() && (!l.First.Known() || from.Before(l.First) == plumbline.Yes) {
		l.First = from
	}
	if until.Known() && (!l.Last.Known() || l.Last.Before(until) == plumbline.Yes) {
		l.Last = until
	}
}

type areaPage struct {
	*Page
	A        *store.Area
	R        *plumbline.AreaRecord
	ID       plumbline.ID
	Pictures []areaFigure // the area, and the one that it is compared with
	Services []serviceView
	Losses   []lossView
	Trends   []trendView
	Quarters []plumbline.YearMonth
	Violence violenceTable
	Voices   []voiceView
	MayTell  bool
	Untold   []plumbline.Kind // of which nobody has told anything
	Kinds    []plumbline.Kind // that the actor may add
	Late     []string         // what began after the first month drawn and is thought to have changed the number of people
	Sections []entrySection
}

type areaFigure struct {
	Area       *plumbline.Area
	Picture    picture
	Operations int // in the months drawn
}

// A serviceView is what came to a service: its last year of months, and all
// that was counted.
type serviceView struct {
	plumbline.ServiceSeries
	Year  plumbline.Count // contacts of the last twelve months of the picture
	Gaps  int             // months of those of which nobody told
	Table pictureTable
}

type lossView struct {
	*plumbline.AccessLoss
	Place int // its number in the picture
	Days  plumbline.Count
	Open  bool // no end is told
}

type trendView struct {
	plumbline.Trend
	Cells []string // a quarter each
}

type violenceTable struct {
	Levels []plumbline.Policing
	Rows   []violenceRow
}

type violenceRow struct {
	Source plumbline.ViolenceSource
	Cells  []violenceCell
}

type violenceCell struct {
	Reports plumbline.Count
	Told    int // how many entries it sums
}

type voiceView struct {
	plumbline.Voice
	Of *plumbline.Organisation
}

// area shows an area: its months, who came and who could not, and what groups,
// borders and searches tell.
func (s *Server) area(q *request) error {
	id := plumbline.ID(q.PathValue("area"))
	a, err := s.Store.Area(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	p := areaPage{Page: q.page("areas", ""), A: a, R: a.Record, ID: id, MayTell: q.actor.Organisation != "" && plumbline.May(q.actor, plumbline.TellArea, plumbline.TookPart)}
	p.Title, p.Origin = a.Name(), a.Record.Area.Origin
	if err := q.nameArea(p.Page, a); err != nil {
		return err
	}
	records := []*plumbline.AreaRecord{a.Record}
	if a.Compared != nil {
		records = append(records, a.Compared.Record)
	}
	months := plumbline.Span(records...)
	p.Services = p.services(a.Record, months)
	p.Losses = p.losses(a.Record)
	p.draw(months)
	p.late(months)
	p.trends()
	p.Violence = violenceOf(a.Record)
	if err := p.voices(q); err != nil {
		return err
	}
	p.entries(q.actor)
	return q.render("area.html", p)
}

// nameArea teaches a page the names of what an area's entries name.
func (q *request) nameArea(p *Page, a *store.Area) error {
	if err := q.name(p, nil); err != nil {
		return err
	}
	areas, operations, err := q.around(&setting{subject: store.Subject{Kind: plumbline.KindArea, ID: a.Record.Area.ID}})
	if err != nil {
		return err
	}
	for _, o := range append(areas, operations...) {
		p.names[plumbline.ID(o.Value)] = o.Label
	}
	if at := a.Record.Area.Compared; a.Compared != nil {
		p.names[at] = a.Compared.Name()
	}
	// A loss may name an operation elsewhere: who sees areas sees every operation.
	var named []plumbline.Entry
	for _, l := range a.Record.Losses {
		if l.Operation != "" && p.names[l.Operation] == "" {
			o, err := q.s.Store.Operation(q.Context(), q.actor, l.Operation)
			if errors.Is(err, plumbline.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			named = append(named, &o.Operation)
		}
	}
	for _, e := range append(a.Record.Entries(), named...) {
		p.names[plumbline.HeadOf(e).ID] = p.EntryName(e)
	}
	return nil
}

// around returns the areas and the operations that an entry of an area can
// name: those from where it is itself, and the operations that were there. A
// study can name an area.
func (q *request) around(set *setting) (areas, operations []option, err error) {
	if set.subject.Kind != plumbline.KindArea && set.subject.Kind != plumbline.KindStudy {
		return nil, nil, nil
	}
	list, err := q.s.Store.SharedOf(q.Context(), q.actor, plumbline.KindArea)
	if err != nil {
		return nil, nil, err
	}
	origin := set.origin
	for _, d := range list {
		if at := d.Shared.(*plumbline.AreaRecord).Area; at.ID == set.subject.ID {
			origin = at.Origin
		}
	}
	origin = cmp.Or(origin, siteOrigin(q.s.Demo))
	for _, d := range list {
		if at := d.Shared.(*plumbline.AreaRecord).Area; at.ID != set.subject.ID && at.Origin == origin {
			areas = append(areas, option{string(at.ID), at.Name, false})
		}
	}
	if set.subject.Kind == plumbline.KindStudy {
		return areas, nil, nil
	}
	a, err := q.s.Store.Area(q.Context(), q.actor, set.subject.ID)
	if errors.Is(err, plumbline.ErrNotFound) { // a new one
		return areas, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, o := range slices.Backward(a.Operations) {
		operations = append(operations, option{string(o.ID), dots(o.Title, q.page("", "").When(o.Began)), false})
	}
	return areas, operations, nil
}

func (p *areaPage) services(r *plumbline.AreaRecord, months []plumbline.YearMonth) (all []serviceView) {
	for _, series := range r.Series(months) {
		v := serviceView{ServiceSeries: series, Year: plumbline.Exactly(0)}
		for _, m := range series.Months[max(0, len(months)-12):] {
			if v.Year = v.Year.Add(m.Contacts); !m.Told {
				v.Gaps++
			}
		}
		v.Table = pictureTable{Caption: p.T("areas.all_counted", "Service", p.Word(series.Service)), Head: []string{p.T("programme.month"), p.Field("contacts", "contacts"), p.Field("contacts", "new"), p.Field("contacts", "returning"),
			p.Field("contacts", "condoms"), p.Field("contacts", "tests"), p.Field("contacts", "staff_hours"), p.T("areas.missing")}}
		for i, m := range series.Months {
			row := []string{p.Month(months[i].Start())}
			for _, n := range []plumbline.Count{m.Contacts, m.New, m.Returning, m.Condoms, m.Tests, m.StaffHours} {
				row = append(row, p.told(m.Told, n))
			}
			missing := ""
			for _, org := range m.Missing {
				missing = dots(missing, p.Named(org))
			}
			v.Table.Rows = append(v.Table.Rows, append(row, missing))
		}
		all = append(all, v)
	}
	return all
}

// told writes a month's number, and of a month nobody told of that it is so.
func (p *Page) told(told bool, n plumbline.Count) string {
	if !told {
		return p.T("areas.nobody_told")
	}
	return p.Count(n)
}

// late names the factors that cannot have done what was there before them.
func (p *areaPage) late(months []plumbline.YearMonth) {
	for _, f := range p.R.Factors {
		if from, ok := f.From.Earliest(); ok && len(months) > 0 && !from.Before(months[0].Next().Start()) && (f.Expected == "fewer" || f.Expected == "more") {
			p.Late = append(p.Late, f.What+" ("+p.When(f.From)+")")
		}
	}
}

func (p *areaPage) losses(r *plumbline.AreaRecord) (all []lossView) {
	list := slices.Clone(r.Losses)
	slices.SortStableFunc(list, func(a, b *plumbline.AccessLoss) int { return cmp.Compare(a.From.String(), b.From.String()) })
	for i, l := range list {
		all = append(all, lossView{l, i + 1, l.Days(p.Now), !l.Until.Known()})
	}
	return all
}

// trends lays group measures out by quarter.
func (p *areaPage) trends() {
	var first, last plumbline.YearMonth
	quarter := func(m *plumbline.GroupMeasure) plumbline.YearMonth {
		at, ok := m.From.Earliest()
		if !ok {
			return ""
		}
		return plumbline.YearMonth(at.Format("2006-01")).Quarter()
	}
	for _, m := range p.R.Measures {
		if at := quarter(m); at != "" {
			first, last = cmp.Or(min(first, at), at), max(last, at)
		}
	}
	for at := first; at != "" && at <= last; at = at.Next() {
		if at == at.Quarter() {
			p.Quarters = append(p.Quarters, at)
		}
	}
	for _, t := range p.R.Trends() {
		v := trendView{Trend: t, Cells: make([]string, len(p.Quarters))}
		for _, m := range t.Points {
			if i := slices.Index(p.Quarters, quarter(m)); i >= 0 {
				v.Cells[i] = dots(v.Cells[i], p.share(m))
			}
		}
		p.Trends = append(p.Trends, v)
	}
}

// share writes a group measure: its share, and how many of how many.
func (p *Page) share(m *plumbline.GroupMeasure) string {
	of := p.T("areas.of", "Yes", p.Count(m.Yes), "Asked", p.Count(m.Asked))
	low, high, ok := m.Share()
	if !ok {
		return of
	}
	return p.Share(plumbline.Part{Low: low, High: high}) + " (" + of + ")"
}

// Quarter writes a quarter by its first and last month.
func (p *Page) Quarter(m plumbline.YearMonth) string {
	return p.T("date.range", "From", p.Month(m.Start()), "Until", p.Month(m.Start().AddDate(0, 2, 0)))
}

func violenceOf(r *plumbline.AreaRecord) (t violenceTable) {
	for _, level := range plumbline.Policing("").Values() {
		if slices.ContainsFunc(r.Violence, func(v *plumbline.ViolenceReports) bool { return string(v.Policing) == level }) {
			t.Levels = append(t.Levels, plumbline.Policing(level))
		}
	}
	for _, source := range plumbline.ViolenceSource("").Values() {
		row := violenceRow{plumbline.ViolenceSource(source), make([]violenceCell, len(t.Levels))}
		some := false
		for _, v := range r.Violence {
			if v.Source != row.Source {
				continue
			}
			some = true
			cell := &row.Cells[slices.Index(t.Levels, v.Policing)]
			if cell.Told == 0 {
				cell.Reports = plumbline.Exactly(0)
			}
			cell.Reports, cell.Told = cell.Reports.Add(v.Reports), cell.Told+1
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// Few writes a count that may be hidden: see [plumbline.AreaRecord.Hide].
func (p *Page) Few(c plumbline.Count) string {
	if c == plumbline.Between(0, plumbline.Few-1) {
		return p.T("areas.few", "Number", p.Number(plumbline.Few))
	}
	return p.Count(c)
}

func (p *areaPage) voices(q *request) error {
	list, err := q.s.Store.Organisations(q.Context(), q.actor)
	if err != nil {
		return err
	}
	for _, v := range p.R.Voices() {
		if i := slices.IndexFunc(list, func(o *plumbline.Organisation) bool { return o.ID == v.Organisation }); i >= 0 {
			p.Voices = append(p.Voices, voiceView{v, list[i]})
		}
	}
	return nil
}

// entries lists everything as it was told, and what can be added.
func (p *areaPage) entries(a plumbline.Actor) {
	for _, k := range plumbline.Kinds(plumbline.KindArea)[1:] {
		section := entrySection{Kind: k}
		for _, e := range p.R.Entries() {
			if plumbline.KindOf(e) == k {
				section.Rows = append(section.Rows, p.entryRow(k, e, p.R.Allow(a, e) == nil))
			}
		}
		if len(section.Rows) > 0 {
			p.Sections = append(p.Sections, section)
		} else {
			p.Untold = append(p.Untold, k)
		}
		if p.MayTell {
			p.Kinds = append(p.Kinds, k)
		}
	}
}

// A contactsPage brings a clinic's file of counts.
type contactsPage struct {
	*Page
	Area    *plumbline.Area
	Address string
	Columns []string
	Errors  []formError
}

func (s *Server) contactsForm(q *request) error {
	p, err := q.contactsPage()
	if err != nil {
		return err
	}
	return q.render("area_contacts.html", p)
}

func (q *request) contactsPage() (*contactsPage, error) {
	d, err := q.s.Store.Shared(q.Context(), q.actor, store.Subject{Kind: plumbline.KindArea, ID: plumbline.ID(q.PathValue("area"))})
	if err != nil {
		return nil, err
	}
	if err := d.Allow(q.actor, &plumbline.Contacts{Told: plumbline.Told{Organisation: q.actor.Organisation}}); err != nil {
		return nil, err
	}
	r := d.Shared.(*plumbline.AreaRecord)
	p := &contactsPage{Page: q.page("areas", "areas.bring"), Area: &r.Area, Address: "/areas/" + string(r.Area.ID), Columns: exchange.ContactsColumns}
	p.Origin = r.Area.Origin
	return p, nil
}

// contactsBring writes a file of counts, all of it or nothing.
func (s *Server) contactsBring(q *request) error {
	p, err := q.contactsPage()
	if err != nil {
		return err
	}
	name, body, err := q.uploadOf(MaxForm - 1<<16)
	var counts []*plumbline.Contacts
	if err == nil {
		counts, err = exchange.ReadContacts(bytes.NewReader(body))
	}
	if err == nil && len(counts) == 0 {
		err = plumbline.Invalid("", "problem.no_rows")
	}
	var n store.Brought
	if err == nil {
		n, err = s.Store.BringContacts(q.Context(), q.actor, p.Area.ID, counts, p.T("areas.brought_reason", "Name", name))
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && errors.Is(err, plumbline.ErrInvalid) {
		p.Errors = []formError{{"file", p.inRow(problems[0])}}
		return q.renderStatus(http.StatusUnprocessableEntity, "area_contacts.html", p)
	}
	if err != nil {
		return err
	}
	said := "contacts_brought"
	if n.New+n.Corrected == 0 {
		said = "contacts_same"
	}
	return q.done(p.Address, said)
}

// inRow writes a problem of a table with its row and column.
func (p *Page) inRow(problem *plumbline.Problem) string {
	row, ok := problem.Args["Row"].(int)
	if !ok {
		return p.Problem(problem)
	}
	if column := problem.Args["Column"]; column != "" {
		return p.T("areas.row_column", "Row", p.Number(row), "Column", column, "Why", p.Problem(problem))
	}
	return p.T("areas.row", "Row", p.Number(row), "Why", p.Problem(problem))
}

// Money writes a sum of money with its bounds.
func (p *Page) Money(a plumbline.Amount) string {
	c, err := a.Count()
	if err != nil { // Check has seen it
		return string(a)
	}
	return p.Count(c)
}
