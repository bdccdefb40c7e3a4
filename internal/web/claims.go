package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

type claimsPage struct {
	*Page
	List      []claimRow
	Total     int // in the register
	All       int // that the filter finds
	Statuses  []option
	Documents []option
	Text      string
	Next      string
	Filtered  bool
}

// A claimRow is a claim with what the rules say of it.
type claimRow struct {
	*figure.Claim
	Status []figure.Status
}

const (
	claimsOnPage  = 25
	documentsInit = 200 // documents that a list offers to choose from; the words of a filter find the others
)

// register returns the claims as they are now.
func (s *Server) register(ctx context.Context) (*figure.Register, error) {
	if s.Store == nil {
		return exchange.Claims(), nil
	}
	return s.Store.Claims(ctx)
}

// originOf says where a claim comes from: the public record, or this site.
func (q *request) originOf(c *figure.Claim) plumbline.Origin {
	if exchange.Claims().Claim(c.ID) != nil {
		return "public_record"
	}
	return siteOrigin(q.s.Demo)
}

// mixedPage begins a page with claims of several origins. On a demonstration
// some are made up.
func (q *request) mixedPage(titleKey string) *Page {
	p := q.page("claims", titleKey)
	if !q.s.Demo {
		p.Origin = "public_record"
	}
	return p
}

// claimList lists the claims that a filter in the address finds, in the order
// of the register. It pages by the last id, so that a link stays good.
func (s *Server) claimList(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	query := q.URL.Query()
	asked := figure.Query{Document: query.Get("document"), Status: query.Get("status"), Text: strings.TrimSpace(query.Get("text")), After: query.Get("after"), Limit: claimsOnPage}
	if asked.Status != "" && !slices.Contains(figure.Statuses(), asked.Status) || asked.After != "" && r.Claim(asked.After) == nil || len(asked.Text) > plumbline.MaxLine {
		return plumbline.NotFound("page")
	}
	p := claimsPage{Page: q.mixedPage("claims.title"), Total: len(r.Claims), Text: asked.Text}
	for _, code := range figure.Statuses() {
		p.Statuses = append(p.Statuses, option{code, p.T("claim_status." + code), code == asked.Status})
	}
	documents := r.Documents()
	for _, d := range documents[:min(len(documents), documentsInit)] {
		p.Documents = append(p.Documents, option{d.ID, d.Title, d.ID == asked.Document})
	}
	found := r.Find(asked)
	p.All, p.List = found.Total, rowsOf(r, found.Claims)
	if found.Next != "" {
		query.Del("lang")
		query.Set("after", found.Next)
		p.Next = "/claims?" + query.Encode()
	}
	p.Filtered = asked.Document != "" || asked.Status != "" || asked.Text != ""
	return q.render("claims.html", p)
}

func rowsOf(r *figure.Register, claims []*figure.Claim) (rows []claimRow) {
	for _, c := range claims {
		rows = append(rows, claimRow{c, r.Status(c)})
	}
	return rows
}

type claimPage struct {
	*Page
	Claim       *figure.Claim
	Status      []figure.Status
	Read        claimReading
	Checks      []figure.ClaimCheck
	To, From    []claimGroup // other claims, by how this stands to them and they to it
	Tellings    []*figure.Claim
	Differ      []exchange.Contradiction
	Used        []store.Summary
	Corrections []correction
	Replies     []store.Reply
}

// FigureName returns what a figure of the record is called, or its name where
// this version has none of it.
func (p *Page) FigureName(name string) string {
	if d := plumbline.FindDefinition(name); d != nil {
		return p.T("figure." + d.Name)
	}
	return name
}

// A claimGroup holds the claims that stand in one way to another.
type claimGroup struct {
	How  figure.How
	List []claimTie
}

type claimTie struct {
	*figure.Claim
	Why string
}

// A correction is what one correction of a claim changed.
type correction struct {
	store.ClaimVersion
	Changes []difference
}

// Next is the address in the ledger where its entry stands first.
func (c correction) Next() int64 { return c.Ledger + 1 }

// askedClaim returns the register and the claim that the address names.
func (q *request) askedClaim() (*figure.Register, *figure.Claim, error) {
	r, err := q.s.register(q.Context())
	if err != nil {
		return nil, nil, err
	}
	c := r.Claim(q.PathValue("claim"))
	if c == nil {
		return nil, nil, plumbline.NotFound("claim")
	}
	return r, c, nil
}

// claim shows one claim: what the rules say of it, what stands for and against
// it, how it was corrected and answered, and where the record uses it.
func (s *Server) claim(q *request) error {
	if id, ok := strings.CutSuffix(q.PathValue("claim"), ".json"); ok {
		return q.claimReview(id)
	}
	r, claim, err := q.askedClaim()
	if err != nil {
		return err
	}
	p := claimPage{Page: q.page("claims", ""), Claim: claim, Status: r.Status(claim), Read: readingOf(r, claim), Checks: r.Checks(claim)}
	p.To, p.From = claimGroups(r, claim)
	p.Title, p.Origin = claim.ID, q.originOf(claim)
	if told := r.Tellings(claim); len(told) > 1 {
		p.Tellings = told
	}
	for _, x := range s.contradictionList {
		if slices.Contains(x.Claims(), claim.ID) {
			p.Differ = append(p.Differ, x)
		}
	}
	if p.Corrections, err = q.corrections(p.Page, claim.ID); err != nil {
		return err
	}
	if p.Replies, err = s.Store.Replies(q.Context(), q.actor, claim.ID); err != nil {
		return err
	}
	if q.mayRead() && len(s.claimUses[claim.ID]) > 0 {
		list, err := s.Store.Summaries(q.Context(), q.actor, store.Filter{Origin: "public_record"})
		if err != nil {
			return err
		}
		for _, sum := range list {
			if slices.Contains(s.claimUses[claim.ID], sum.ID) {
				p.Used = append(p.Used, sum)
			}
		}
	}
	return q.render("claim.html", p)
}

// corrections returns what each correction of a claim changed, newest first.
func (q *request) corrections(p *Page, id string) (list []correction, err error) {
	versions, err := q.s.Store.ClaimHistory(q.Context(), id)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(versions); i++ {
		list = append(list, correction{versions[i], claimDifferences(p, versions[i-1].Claim, versions[i].Claim)})
	}
	slices.Reverse(list)
	return list, nil
}

// claimDifferences lists the fields in which two versions of a claim differ.
func claimDifferences(p *Page, old, new *figure.Claim) (list []difference) {
	for _, column := range claimColumns {
		if before, after := claimField(old, column), claimField(new, column); before != after {
			list = append(list, difference{Field: p.T("claim_field." + column), Old: before, New: after})
		}
	}
	return list
}

// claimColumns are the fields of a claim in the order in which a form asks for
// them. A definition and what is missing of it are two, and links have their
// reasons.
var claimColumns = []string{"claim_id", "paraphrase", "claimant", "document", "source_id", "locator", "figure", "unit", "population", "place", "period",
	"definition", "lacks", "cited_source", "source_read", "stance_target", "notes",
	"kind", "about", "method", "attribution", "adults", "hedge", "story", "when", "doubt", "cites", "words", "own_words"}

// readingColumns are the last of them: what was noted beyond the claim's own
// words, and of most claims is not.
var readingColumns = claimColumns[slices.Index(claimColumns, "kind"):]

// claimField returns a field of a claim as a form shows it.
func claimField(c *figure.Claim, column string) string {
	switch column {
	case "definition":
		return c.Definition
	case "lacks":
		return c.Lacks
	case "figure":
		if c.Figure.Form == figure.NoFigure {
			return ""
		}
	case "stance_target":
		var lines []string
		for _, l := range c.Links {
			lines = append(lines, l.String())
		}
		return strings.Join(lines, "\n")
	}
	return c.Field(column)
}

// claimGroups gathers the claims that one has links to, and those with links
// to it.
func claimGroups(r *figure.Register, c *figure.Claim) (to, from []claimGroup) {
	for _, how := range figure.Hows() {
		there, here := claimGroup{How: how}, claimGroup{How: how}
		for _, l := range c.Links {
			if l.How == how {
				there.List = append(there.List, claimTie{r.Claim(l.To), l.Why})
			}
		}
		for _, other := range r.Linked(c.ID, how) {
			i := slices.IndexFunc(other.Links, func(l figure.Link) bool { return l.How == how && l.To == c.ID })
			here.List = append(here.List, claimTie{other, other.Links[i].Why})
		}
		if len(there.List) > 0 {
			to = append(to, there)
		}
		if len(here.List) > 0 {
			from = append(from, here)
		}
	}
	return to, from
}

type claimThreadPage struct {
	*Page
	Claim  *figure.Claim
	Root   *figure.Claim // where its repetition begins; nil when it repeats nobody
	Thread figure.Thread
	Rings  []claimRing
	Depths []option
	Cut    bool
}

// A claimRing is the links at one distance from the claim.
type claimRing struct {
	Distance int
	Steps    []claimStep
}

// A claimStep is a link, and the text of the end that was not told before.
type claimStep struct {
	figure.Step
	Far *figure.Claim
}

const (
	deepest    = 4
	stepsShown = 200
)

// thread follows a claim to what it is tied to, nearest first.
func (s *Server) thread(q *request) error {
	r, claim, err := q.askedClaim()
	if err != nil {
		return err
	}
	depth, err := strconv.Atoi(cmp.Or(q.URL.Query().Get("depth"), "2"))
	if err != nil || depth < 1 || depth > deepest {
		return plumbline.NotFound("page")
	}
	p := claimThreadPage{Page: q.page("claims", "claim_thread.title", "Claim", claim.ID), Claim: claim, Thread: r.Thread(claim, depth)}
	p.Origin = q.originOf(claim)
	if root := r.Root(claim); root != claim {
		p.Root = root
	}
	for d := 1; d <= deepest; d++ {
		p.Depths = append(p.Depths, option{strconv.Itoa(d), p.Number(d), d == depth})
	}
	told := map[string]bool{claim.ID: true}
	for i, step := range p.Thread.Steps {
		if i == stepsShown {
			p.Cut = true
			break
		}
		if n := len(p.Rings); n == 0 || p.Rings[n-1].Distance != step.Distance {
			p.Rings = append(p.Rings, claimRing{Distance: step.Distance})
		}
		ring := &p.Rings[len(p.Rings)-1]
		row := claimStep{Step: step}
		for _, id := range []string{step.From, step.To} {
			if !told[id] {
				told[id], row.Far = true, r.Claim(id)
			}
		}
		ring.Steps = append(ring.Steps, row)
	}
	p.Cut = p.Cut || p.Thread.Cut
	return q.render("claim_thread.html", p)
}

type claimComparePage struct {
	*Page
	Typed   string
	Error   string
	Claims  []*figure.Claim
	Outcome *figure.Sum // what they add up to, with whether they may stand in one line
}

// mostCompared is how many claims one line may have.
const mostCompared = 20

// compareClaims says whether figures of claims may stand in one line.
func (s *Server) compareClaims(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	p := claimComparePage{Page: q.mixedPage("claim_compare.title"), Typed: strings.Join(q.URL.Query()["claims"], " ")}
	ids := strings.FieldsFunc(p.Typed, func(r rune) bool { return strings.ContainsRune(" ,;،\t\r\n", r) })
	for _, id := range ids[:min(len(ids), mostCompared)] {
		c := r.Claim(id)
		if c == nil {
			p.Error = p.T("problem.claim_no_claim", "Got", id)
			return q.render("claim_compare.html", p)
		}
		if !slices.Contains(p.Claims, c) {
			p.Claims = append(p.Claims, c)
		}
	}
	switch {
	case len(ids) > mostCompared:
		p.Error = p.T("problem.too_many", "Want", p.Number(mostCompared))
	case len(p.Claims) > 1:
		outcome, err := r.Sum(p.Claims)
		if err != nil {
			return err
		}
		p.Outcome = &outcome
	case len(ids) > 1:
		p.Error = p.T("claim_compare.same")
	}
	return q.render("claim_compare.html", p)
}

// claimUses finds the operations of the public record that rest on each claim.
func claimUses(f *exchange.File) map[string][]plumbline.ID {
	uses := map[string][]plumbline.ID{}
	use := func(r *plumbline.Record, sources []string) {
		for _, s := range sources {
			if !slices.Contains(uses[s], r.Operation.ID) {
				uses[s] = append(uses[s], r.Operation.ID)
			}
		}
	}
	for _, r := range f.Operations {
		for _, e := range r.Entries() {
			use(r, plumbline.HeadOf(e).Sources)
		}
		for _, a := range r.Accounts {
			for _, pt := range a.Points {
				use(r, pt.Sources)
			}
		}
	}
	return uses
}
