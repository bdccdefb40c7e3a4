package web

import (
	"bytes"
	"slices"

	"plumbline"
	"plumbline/figure"
)

// What a page that gathers claims shows of them, before it says how many more
// there are. The files and the command line have all.
const (
	mostGathered = 200
	claimsOfWord = 12
)

// A claimReading is what follows from the dates, the source and the readings
// of a claim.
type claimReading struct {
	When   plumbline.When // the best reading of its period
	Doubt  string
	Age    *figure.Age
	Source *figure.Source
	Grade  figure.Grade
	Cites  []citedWork
	Faults []figure.CitationFault
	Ground *figure.Evidence // of a statement of policy
}

type citedWork struct {
	figure.Citation
	Source *figure.Source // nil when the register has none with the id
}

func readingOf(r *figure.Register, c *figure.Claim) claimReading {
	span := c.Span()
	o := claimReading{Doubt: span.Doubt, Source: r.Source(c.Source), Grade: c.Grade()}
	o.When, _ = plumbline.ParseWhen(span.String()) // unknown when nothing is known
	if age, known := r.Age(c); known && c.Figure.Form != figure.NoFigure {
		o.Age = &age
	}
	for _, x := range c.Cites {
		o.Cites = append(o.Cites, citedWork{x, r.Source(x.Work)})
	}
	o.Faults = r.FaultsOf(c)
	if c.Is(figure.KindPolicy) {
		e := r.Evidence(c)
		o.Ground = &e
	}
	return o
}

// AgeText says how old a figure was when its document was made.
func (p *Page) AgeText(a figure.Age) string {
	switch {
	case a.Most == 0:
		return p.T("claim.age_new")
	case a.Least == 0:
		return p.T("claim.age_most", "N", a.Most)
	case a.Least == a.Most:
		return p.T("claim.age", "N", a.Most)
	}
	return p.T("claim.age_between", "Least", p.Number(a.Least), "Most", p.Number(a.Most))
}

// Told writes a date of a source as coarsely as it is known.
func (p *Page) Told(date string) string {
	w, err := plumbline.ParseWhen(date)
	if err != nil {
		return date
	}
	return p.When(w)
}

type claimSourcesPage struct {
	*Page
	List []figure.SourceUse
	More int
}

// claimSources lists the documents in which claims stand and the works that
// they cite.
func (s *Server) claimSources(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	all := r.SourceUses()
	p := claimSourcesPage{Page: q.mixedPage("claim_sources.title"), List: all[:min(len(all), mostGathered)]}
	p.More = len(all) - len(p.List)
	return q.render("claim_sources.html", p)
}

// claimSourcesCSV sends them as a file that can be brought in again.
func (s *Server) claimSourcesCSV(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	return q.send("text/csv; charset=utf-8", "plumbline-sources.csv", func(b *bytes.Buffer) error { return figure.WriteSources(b, r.Sources()) })
}

type claimCitationsPage struct {
	*Page
	Codes []faultCount
	Code  string
	List  []faultRow
	All   int
	More  int
}

type faultCount struct {
	Code string
	N    int
}

type faultRow struct {
	figure.CitationFault
	Of *figure.Claim
}

// claimCitations lists what is wrong or missing in how claims name their
// sources.
func (s *Server) claimCitations(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimCitationsPage{Page: q.mixedPage("claim_citations.title"), Code: q.URL.Query().Get("code")}
	if p.Code != "" && !slices.Contains(figure.CitationFaults(), p.Code) {
		return plumbline.NotFound("page")
	}
	n := map[string]int{}
	for _, f := range r.CitationFaults() {
		n[f.Code]++
		switch {
		case p.Code != "" && f.Code != p.Code:
		case len(p.List) == mostGathered:
			p.More++
		default:
			p.List = append(p.List, faultRow{f, r.Claim(f.Claim)})
		}
	}
	p.All = len(r.CitationFaults())
	for _, code := range figure.CitationFaults() {
		if n[code] > 0 {
			p.Codes = append(p.Codes, faultCount{code, n[code]})
		}
	}
	return q.render("claim_citations.html", p)
}

type claimWordsPage struct {
	*Page
	Terms []termRow
}

type termRow struct {
	Term  string
	Words []wordRow
}

type wordRow struct {
	Word   string
	Claims []*figure.Claim
	More   int
}

// claimWords shows which word each side uses for what, beside a neutral name
// with a fixed meaning.
func (s *Server) claimWords(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimWordsPage{Page: q.mixedPage("claim_words.title")}
	for _, use := range r.TermUses() {
		t := termRow{Term: use.Term}
		for _, w := range use.Words[:min(len(use.Words), mostGathered)] {
			some := w.Claims[:min(len(w.Claims), claimsOfWord)]
			t.Words = append(t.Words, wordRow{w.Word, some, len(w.Claims) - len(some)})
		}
		p.Terms = append(p.Terms, t)
	}
	return q.render("claim_words.html", p)
}

type claimAboutPage struct {
	*Page
	Names []matterName
	More  int
	Topic figure.Topic
	Rows  []matterRow
}

type matterName struct {
	Name string
	N    int
}

type matterRow struct {
	*figure.Claim
	Read  claimReading
	Break *figure.Break
}

// claimAbout lists the projects and things of which several claims tell, or
// shows what is claimed of one.
func (s *Server) claimAbout(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	name := q.URL.Query().Get("name")
	if name == "" {
		p := claimAboutPage{Page: q.mixedPage("claim_about.title")}
		names, n := r.TopicNames()
		for _, one := range names[:min(len(names), mostGathered)] {
			p.Names = append(p.Names, matterName{one, n[one]})
		}
		p.More = len(names) - len(p.Names)
		return q.render("claim_about.html", p)
	}
	m, found := r.Topic(name)
	if !found {
		return plumbline.NotFound("page")
	}
	p := claimAboutPage{Page: q.mixedPage("claim_about.title"), Topic: m}
	p.Title = name
	for _, c := range m.Claims[:min(len(m.Claims), mostGathered)] {
		p.Rows = append(p.Rows, matterRow{c, readingOf(r, c), m.Break(c.ID)})
	}
	p.More = len(m.Claims) - len(p.Rows)
	return q.render("claim_about.html", p)
}

type claimPositionsPage struct {
	*Page
	List   []standRow
	Untied []claimTie
	More   int
}

type standRow struct {
	*figure.Claim
	Readings []claimTie
}

func tiesOf(claims []*figure.Claim) (list []claimTie) {
	for _, c := range claims {
		list = append(list, claimTie{Claim: c})
	}
	return list
}

// claimPositions shows what each side stands for, and apart from it how others
// read it.
func (s *Server) claimPositions(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimPositionsPage{Page: q.mixedPage("claim_positions.title")}
	stands, untied := r.Stands()
	for _, one := range stands[:min(len(stands), mostGathered)] {
		p.List = append(p.List, standRow{one.Claim, tiesOf(one.Readings)})
	}
	p.Untied = tiesOf(untied[:min(len(untied), mostGathered)])
	p.More = len(stands) - len(p.List) + len(untied) - len(p.Untied)
	return q.render("claim_positions.html", p)
}

type claimPolicyPage struct {
	*Page
	List []policyRow
	More int
}

type policyRow struct {
	*figure.Claim
	State   figure.EvidenceState
	Grounds []claimRow
	Against []claimRow
}

// claimPolicy lists what is said should be done, each with the state of its
// evidence.
func (s *Server) claimPolicy(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimPolicyPage{Page: q.mixedPage("claim_policy.title")}
	all := r.Marked(figure.PolicyClaim)
	rows := func(ids []string) (list []claimRow) {
		for _, id := range ids[:min(len(ids), claimsOfWord)] {
			list = append(list, claimRow{r.Claim(id), r.Status(r.Claim(id))})
		}
		return list
	}
	for _, c := range all[:min(len(all), mostGathered)] {
		e := r.Evidence(c)
		p.List = append(p.List, policyRow{c, e.State, rows(e.Grounds), rows(e.Against)})
	}
	p.More = len(all) - len(p.List)
	return q.render("claim_policy.html", p)
}

type claimParkedPage struct {
	*Page
	List []claimRow
	More int
}

// claimParked lists charges without a name, a fact or a source.
func (s *Server) claimParked(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	all := r.Marked(figure.Parked)
	p := claimParkedPage{Page: q.mixedPage("claim_parked.title"), List: rowsOf(r, all[:min(len(all), mostGathered)])}
	p.More = len(all) - len(p.List)
	return q.render("claim_parked.html", p)
}
