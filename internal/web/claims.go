package web

import (
	"slices"
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
	Quarrels  []figure.Quarrel // between documents
}

// A claimRow is a claim with what the rules say of it.
type claimRow struct {
	*figure.Claim
	Status []figure.Status
}

const claimsOnPage = 25

// claimList lists the claims that a filter in the address finds, in the order
// of the register. It pages by the last id, so that a link stays good.
func (s *Server) claimList(q *request) error {
	query := q.URL.Query()
	document, status, after := query.Get("document"), query.Get("status"), query.Get("after")
	p := claimsPage{Page: q.page("claims", "claims.title"), Total: len(s.claims.Claims), Text: strings.TrimSpace(query.Get("text"))}
	p.Origin = "public_record"
	if status != "" && !slices.Contains(figure.Statuses(), status) || after != "" && s.claims.Claim(after) == nil || len(p.Text) > plumbline.MaxLine {
		return plumbline.NotFound("page")
	}
	for _, code := range figure.Statuses() {
		p.Statuses = append(p.Statuses, option{code, p.T("claim_status." + code), code == status})
	}
	for _, c := range s.claims.Claims {
		if !slices.ContainsFunc(p.Documents, func(o option) bool { return o.Value == c.Source }) {
			p.Documents = append(p.Documents, option{c.Source, c.Document, c.Source == document})
		}
	}
	started, words := after == "", strings.ToLower(p.Text)
	for _, c := range s.claims.Claims {
		if document != "" && c.Source != document || status != "" && !s.claims.Has(c, status) || !strings.Contains(strings.ToLower(c.ID+" "+c.Claimant+" "+c.Text+" "+c.Place), words) {
			started = started || c.ID == after
			continue
		}
		p.All++
		if started && len(p.List) < claimsOnPage {
			p.List = append(p.List, claimRow{c, s.claims.Status(c)})
		} else if started && p.Next == "" {
			next := q.URL.Query()
			next.Del("lang")
			next.Set("after", p.List[len(p.List)-1].ID)
			p.Next = "/claims?" + next.Encode()
		}
		started = started || c.ID == after
	}
	p.Filtered = document != "" || status != "" || p.Text != ""
	p.Quarrels = s.claims.Quarrels(func(c *figure.Claim) string { return c.Document })
	return q.render("claims.html", p)
}

type claimPage struct {
	*Page
	Claim    *figure.Claim
	Status   []figure.Status
	To, From []claimGroup // other claims, by how this stands to them and they to it
	Tellings []*figure.Claim
	Differ   []exchange.Contradiction
	Used     []store.Summary
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

// claim shows one claim, what the rules say of it, what stands for and
// against it, and where the record uses it.
func (s *Server) claim(q *request) error {
	claim := s.claims.Claim(q.PathValue("claim"))
	if claim == nil {
		return plumbline.NotFound("claim")
	}
	p := claimPage{Page: q.page("claims", ""), Claim: claim, Status: s.claims.Status(claim)}
	p.To, p.From = s.claimGroups(claim)
	p.Title, p.Origin = claim.ID, "public_record"
	if told := s.claims.Tellings(claim); len(told) > 1 {
		p.Tellings = told
	}
	for _, x := range s.contradictionList {
		if slices.Contains(x.Claims(), claim.ID) {
			p.Differ = append(p.Differ, x)
		}
	}
	if q.mayRead() {
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

// claimGroups gathers the claims that one has links to, and those with links
// to it.
func (s *Server) claimGroups(c *figure.Claim) (to, from []claimGroup) {
	for _, how := range figure.Hows() {
		there, here := claimGroup{How: how}, claimGroup{How: how}
		for _, l := range c.Links {
			if l.How == how {
				there.List = append(there.List, claimTie{s.claims.Claim(l.To), l.Why})
			}
		}
		for _, other := range s.claims.Linked(c.ID, how) {
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

type contradictionsPage struct {
	*Page
	List []exchange.Contradiction
}

// contradictions lists the points on which the documents differ.
func (s *Server) contradictions(q *request) error {
	p := contradictionsPage{q.page("contradictions", "contradictions.title"), s.contradictionList}
	p.Origin = "public_record"
	return q.render("contradictions.html", p)
}

type contradictionPage struct {
	*Page
	Point  exchange.Contradiction
	Claims []claimRow
}

// contradiction shows one point with both views, and the claims they rest on.
func (s *Server) contradiction(q *request) error {
	i := slices.IndexFunc(s.contradictionList, func(x exchange.Contradiction) bool { return x.ID == q.PathValue("contradiction") })
	if i < 0 {
		return plumbline.NotFound("page")
	}
	p := contradictionPage{Page: q.page("contradictions", ""), Point: s.contradictionList[i]}
	p.Title, p.Origin = p.Point.ID+" · "+p.Point.Point, "public_record"
	for _, id := range p.Point.Claims() {
		if c := s.claims.Claim(id); c != nil {
			p.Claims = append(p.Claims, claimRow{c, s.claims.Status(c)})
		}
	}
	return q.render("contradiction.html", p)
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
