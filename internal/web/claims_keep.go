package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/estimate"
	"plumbline/figure"
	"plumbline/internal/store"
)

type claimFormPage struct {
	*Page
	Claim    *figure.Claim // as it is; nil for one that is added
	Version  int64
	Controls []control
	Readings []control // what was noted beyond the claim's own words
	Further  bool      // something is, or is wrong there
	Errors   []formError
	Reason   string
	WhyNot   string       // what is wrong with the reason
	Theirs   []difference // what another has changed meanwhile, and what was typed
	IsNew    bool
}

// longFields are the fields of a claim that take more than a line.
var longFields = []string{"paraphrase", "notes", "definition", "own_words"}

// claimForm asks for a claim, or for a correction of one.
func (s *Server) claimForm(q *request) error {
	p, err := q.claimFormPage()
	if err != nil {
		return err
	}
	p.controls(nil, nil)
	return q.render("claim_form.html", p)
}

func (q *request) claimFormPage() (*claimFormPage, error) {
	if err := plumbline.Allow(q.actor, plumbline.KeepClaims, plumbline.Public); err != nil {
		return nil, err
	}
	if q.PathValue("claim") == "" {
		return &claimFormPage{Page: q.page("claims", "claim_form.add"), IsNew: true}, nil
	}
	_, claim, err := q.askedClaim()
	if err != nil {
		return nil, err
	}
	versions, err := q.s.Store.ClaimHistory(q.Context(), claim.ID)
	if err != nil {
		return nil, err
	}
	p := &claimFormPage{Page: q.page("claims", "claim_form.correct", "Claim", claim.ID), Claim: claim, Version: versions[len(versions)-1].Version}
	p.Origin = q.originOf(claim)
	return p, nil
}

// controls fills the form: with what was typed, or with the claim as it is.
func (p *claimFormPage) controls(typed url.Values, problems map[string]string) {
	for _, column := range claimColumns {
		if column == "claim_id" && !p.IsNew {
			continue
		}
		c := control{Kind: "line", Name: column, Label: p.T("claim_field." + column), Hint: p.hint(column), Error: problems[column], Needed: slices.Contains(figure.Columns[:5], column)}
		if column == "stance_target" {
			c.Kind, c.Rows = "list", p.linkRows(typed)
			p.Controls = append(p.Controls, c)
			continue
		}
		if slices.Contains(longFields, column) {
			c.Kind = "text"
		}
		switch {
		case typed != nil:
			c.Value = typed.Get(column)
		case p.Claim != nil:
			c.Value = claimField(p.Claim, column)
		}
		if !slices.Contains(readingColumns, column) {
			p.Controls = append(p.Controls, c)
			continue
		}
		p.Readings = append(p.Readings, c)
		p.Further = p.Further || c.Value != "" || c.Error != ""
	}
}

// hint says how a field is filled. What the rules read is English, also where
// the page is not.
func (p *claimFormPage) hint(column string) string {
	switch column {
	case "claim_id":
		return p.T("claim_hint.claim_id")
	case "paraphrase":
		return p.T("claim_hint.paraphrase")
	case "claimant":
		return p.T("claim_hint.claimant", "Words", apart("as reported by"))
	case "figure":
		return p.T("claim_hint.figure", "Words", apart("words: many"))
	case "cited_source":
		return p.T("claim_hint.cited_source", "Own", apart("own …"), "Missing", apart("… not in the source"))
	case "stance_target", "about", "story", "hedge":
		return p.T("claim_hint." + column)
	case "kind":
		return p.T("claim_hint.kind", "Words", apart(strings.Join(figure.Kinds(), ", ")))
	case "attribution":
		return p.T("claim_hint.attribution", "Words", apart(strings.Join(figure.Attributions(), ", ")))
	case "method":
		return p.T("claim_hint.method", "Words", apart(strings.Join(figure.Makings(), ", ")), "Example", apart("sample: size = 40; drawn = every third; range = 10 to 14"))
	case "adults":
		return p.T("claim_hint.adults", "In", apart("included: …"), "Out", apart("left out: …"))
	case "when":
		return p.T("claim_hint.when", "Example", apart("2006~/2007"))
	case "cites":
		return p.T("claim_hint.cites", "Example", apart("note vii: ibid.; hrw-2002 p. 4"))
	case "words":
		return p.T("claim_hint.words", "Example", apart("rescued = removed+placed"), "Words", apart(strings.Join(figure.Terms(), ", ")))
	}
	return ""
}

const spareLinks = 1 // empty rows at the end of a claim's links

// linkRows asks for links, a row each.
func (p *claimFormPage) linkRows(typed url.Values) (rows [][]control) {
	var links []figure.Link
	switch {
	case typed != nil:
		links = linksTyped(typed)
	case p.Claim != nil:
		links = slices.Clone(p.Claim.Links)
	}
	for i := range len(links) + spareLinks {
		var l figure.Link
		if i < len(links) {
			l = links[i]
		}
		how := control{Kind: "select", Name: fmt.Sprintf("link-how-%d", i), Label: p.T("claim_form.link_how"), Options: []option{{"", "–", l.How == ""}}}
		for _, h := range figure.Hows() {
			how.Options = append(how.Options, option{string(h), p.T("claim_how." + string(h)), h == l.How})
		}
		rows = append(rows, []control{how,
			{Kind: "line", Name: fmt.Sprintf("link-to-%d", i), Label: p.T("claim_form.link_to"), Value: l.To},
			{Kind: "line", Name: fmt.Sprintf("link-why-%d", i), Label: p.T("claim_form.link_why"), Value: l.Why}})
	}
	return rows
}

// linksTyped reads the rows of links that are not empty.
func linksTyped(typed url.Values) (links []figure.Link) {
	for i := 0; typed.Has(fmt.Sprintf("link-how-%d", i)); i++ {
		get := func(what string) string { return strings.TrimSpace(typed.Get(fmt.Sprintf("link-%s-%d", what, i))) }
		if l := (figure.Link{How: figure.How(get("how")), To: get("to"), Why: get("why")}); l != (figure.Link{}) {
			links = append(links, l)
		}
	}
	return links
}

// keepClaim adds or corrects a claim.
func (s *Server) keepClaim(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	p, err := q.claimFormPage()
	if err != nil {
		return err
	}
	if typed.Has("more") { // another row of links is wanted
		p.Reason = typed.Get("entry-reason")
		p.controls(typed, nil)
		return q.render("claim_form.html", p)
	}
	claim, err := claimTyped(typed, q.PathValue("claim"))
	if err == nil {
		version, bad := strconv.ParseInt(typed.Get("version"), 10, 64)
		if bad != nil && !p.IsNew {
			return plumbline.NotFound("page")
		}
		err = s.Store.KeepClaim(q.Context(), q.actor, claim, version, strings.TrimSpace(typed.Get("entry-reason")))
	}
	problems := plumbline.ProblemsOf(err)
	switch {
	case err == nil && p.IsNew:
		return q.done("/claims/"+claim.ID, "kept")
	case err == nil:
		return q.done("/claims/"+claim.ID+"#corrections", "corrected")
	case !errors.Is(err, plumbline.ErrInvalid) && !errors.Is(err, plumbline.ErrConflict) || problems == nil:
		return err
	}
	by := map[string]string{}
	for _, pr := range problems {
		text, field := p.Problem(pr), pr.Field
		switch field {
		case "reason":
			p.WhyNot, field = text, "entry-reason"
		case "definition_given":
			field = "definition"
		}
		by[field] = text
		p.Errors = append(p.Errors, formError{field, text})
	}
	p.Reason = typed.Get("entry-reason")
	if errors.Is(err, plumbline.ErrConflict) && claim != nil && p.Claim != nil {
		p.Theirs = claimDifferences(p.Page, p.Claim, claim)
	}
	p.controls(typed, by)
	return q.renderStatus(http.StatusUnprocessableEntity, "claim_form.html", p)
}

// claimTyped reads a claim from a form.
func claimTyped(typed url.Values, id string) (*figure.Claim, error) {
	return store.NewClaim(func(column string) string {
		switch column {
		case "claim_id":
			if id != "" {
				return id
			}
		case "definition_given":
			if text := strings.TrimSpace(typed.Get("definition")); text != "" {
				return "yes: " + text
			}
			return "no: " + typed.Get("lacks")
		case "stance_target":
			var lines []string
			for _, l := range linksTyped(typed) {
				lines = append(lines, l.String())
			}
			return strings.Join(lines, "\n")
		}
		return strings.ReplaceAll(typed.Get(column), "\r\n", "\n")
	})
}

// holdClaim holds a claim against the figures of the public record that bear
// on it, and keeps what came out.
func (s *Server) holdClaim(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if err := plumbline.Allow(q.actor, plumbline.KeepClaims, plumbline.Public); err != nil {
		return err
	}
	if typed.Get("do") != "hold" {
		return plumbline.NotFound("page")
	}
	id := q.PathValue("claim")
	found, err := s.Store.HoldClaims(q.Context(), q.actor, id)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return q.done("/claims/"+id, "claim_no_figure")
	}
	return q.done("/claims/"+id+"#checks", "claim_held")
}

type claimImportPage struct {
	*Page
	File     string // its name, as its sender has it
	Problem  string // what is wrong with it, in English, as the command line says it
	Digest   string
	Merged   *figure.Merged
	New      []*figure.Claim // the first of them
	Changed  []claimChange
	Errors   []formError
	Reason   string
	Readable bool
}

// Needed are the columns that a file has, and Further those that it may have.
func (p claimImportPage) Needed() []string  { return figure.Columns[:5] }
func (p claimImportPage) Further() []string { return figure.Columns[5:] }

// Sources are the columns of a file of sources.
func (p claimImportPage) Sources() []string { return figure.SourceColumns }

// A claimChange is what a file would correct in a claim.
type claimChange struct {
	ID      string
	Changes []difference
}

const (
	claimsImportAddress = "/claims/import"
	shownClaims         = 25 // of each sort, of what a file would bring
)

// claimImportForm asks for a file of claims.
func (s *Server) claimImportForm(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.KeepClaims, plumbline.Public); err != nil {
		return err
	}
	return q.render("claim_import.html", claimImportPage{Page: q.page("claims", "claim_import.title")})
}

// claimImportCheck says what a file would bring, and writes nothing of it.
func (s *Server) claimImportCheck(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.KeepClaims, plumbline.Public); err != nil {
		return err
	}
	name, body, err := q.upload()
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 {
		p := claimImportPage{Page: q.page("claims", "claim_import.title"), File: name}
		p.Errors = append(p.Errors, formError{"file", p.Page.Problem(problems[0])})
		return q.renderStatus(http.StatusUnprocessableEntity, "claim_import.html", p)
	}
	if err != nil {
		return err
	}
	return q.claimPreview(name, body, "", nil)
}

// claimPreview shows what a file would do, and keeps it until its sender has
// said yes.
func (q *request) claimPreview(name string, body []byte, reason string, problems plumbline.Problems) error {
	p := claimImportPage{Page: q.page("claims", "claim_import.title"), File: name, Reason: reason}
	for _, pr := range problems {
		p.Errors = append(p.Errors, formError{pr.Field, p.Page.Problem(pr)})
	}
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	sheet, err := readSheet(name, body)
	if err == nil {
		p.Merged, err = q.s.Store.ImportClaims(q.Context(), q.actor, sheet, "", true)
	}
	if problems := plumbline.ProblemsOf(err); err != nil {
		if problems != nil && !errors.Is(err, plumbline.ErrInvalid) {
			return err
		}
		if p.Problem = err.Error(); problems != nil {
			p.Problem = p.Page.Problem(problems[0])
		}
		return q.renderStatus(http.StatusUnprocessableEntity, "claim_import.html", p)
	}
	p.Readable = true
	p.New = p.Merged.New[:min(len(p.Merged.New), shownClaims)]
	for _, c := range p.Merged.Changed[:min(len(p.Merged.Changed), shownClaims)] {
		p.Changed = append(p.Changed, claimChange{c.New.ID, claimDifferences(p.Page, c.Old, c.New)})
	}
	if p.Merged.Empty() {
		body = nil
	}
	digest, err := q.s.Store.KeepUpload(q.Context(), q.actor, name, body)
	if err != nil {
		return err
	}
	if body != nil {
		p.Digest = digest
	}
	return q.renderStatus(status, "claim_import.html", p)
}

func readSheet(name string, body []byte) (*figure.Sheet, error) {
	if err := packed(body); err != nil {
		return nil, err
	}
	sheet, err := figure.ReadSheet(bytes.NewReader(body), name)
	if wrong, ok := errors.AsType[*estimate.InputError](err); ok {
		wrong.File = ""
	}
	return sheet, err
}

// claimImportBring brings in the file that was looked at last.
func (s *Server) claimImportBring(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	if err := plumbline.Allow(q.actor, plumbline.KeepClaims, plumbline.Public); err != nil {
		return err
	}
	name, body, err := s.Store.Upload(q.Context(), q.actor, typed.Get("digest"))
	if err != nil {
		return err
	}
	sheet, err := readSheet(name, body)
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(typed.Get("reason"))
	if _, err := s.Store.ImportClaims(q.Context(), q.actor, sheet, reason, false); err != nil {
		if problems := plumbline.ProblemsOf(err); errors.Is(err, plumbline.ErrInvalid) {
			return q.claimPreview(name, body, typed.Get("reason"), problems)
		}
		return err
	}
	if _, err := s.Store.KeepUpload(q.Context(), q.actor, "", nil); err != nil {
		return err
	}
	return q.done("/claims", "brought_in")
}
