package web

import (
	"archive/zip"
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
	"plumbline/protect"
)

type publishedListPage struct {
	*Page
	Standing, Past []releasedRow
	Next, NextPast string // addresses of what comes after
}

// A releasedRow is a release in a list, with its number.
type releasedRow struct {
	*store.ReleaseSummary
	Number, Unit, Interval string // empty when there is none to show
}

func releasedRowOf(p *Page, r *store.ReleaseSummary) releasedRow {
	row := releasedRow{ReleaseSummary: r, Number: p.digits(r.Number)}
	if r.Definition != nil {
		row.Unit = r.Definition.Unit
	}
	if r.Interval != nil {
		row.Interval = p.intervalWords(r.Interval)
	}
	return row
}

// digits writes a whole number as the reader does, and any other as it is.
func (p *Page) digits(number string) string {
	if n, err := strconv.Atoi(number); err == nil {
		return p.Number(n)
	}
	return number
}

// grandTotal is the count of everything in a table, empty where it is hidden.
func grandTotal(p *Page, t *protect.Frequency) string {
	for _, c := range t.Cells {
		if c.Count != nil && !slices.ContainsFunc(c.Values, func(v string) bool { return v != t.Total }) {
			return p.Number(int(*c.Count))
		}
	}
	return ""
}

// publishedPerPage is how many releases a page of the list has.
const publishedPerPage = 40

// published lists what the site has published: what stands first, then what
// was corrected or withdrawn.
func (s *Server) published(q *request) error {
	p := publishedListPage{Page: q.page("published", "published.title")}
	if s.Demo {
		p.Origin = "fictional"
	}
	after, past := q.FormValue("after"), q.FormValue("past")
	for _, part := range []struct {
		rows   *[]releasedRow
		next   *string
		filter store.PublishedFilter
		name   string
		shown  bool
	}{
		{&p.Standing, &p.Next, store.PublishedFilter{After: after, Limit: publishedPerPage}, "after", past == ""},
		{&p.Past, &p.NextPast, store.PublishedFilter{After: past, Limit: publishedPerPage, Past: true}, "past", after == ""},
	} {
		if !part.shown { // a later page of the other part
			continue
		}
		list, next, err := s.Store.Published(q.Context(), part.filter)
		if err != nil {
			return err
		}
		for _, r := range list {
			*part.rows = append(*part.rows, releasedRowOf(p.Page, r))
		}
		if next != "" {
			*part.next = "/published?" + url.Values{part.name: {next}}.Encode()
		}
	}
	return q.render("published.html", p)
}

type publishedPage struct {
	*Page
	R         *store.Release
	Figures   *figure.Figures // nil for a withdrawal
	Tables    []publishedTable
	Values    []quotedValue
	Total     string     // of the first table, where no value is quoted
	Sure      *intervals // of the values, drawn
	Estimates *intervals // of a table of estimates
	Means     string     // what its intervals mean
	Rows      []publishedCounts
	Changes   []releaseCorrection // what is other than in the release before, or after
	Files     []string
	Approvers []string // who signed, as their keys are called
	Witnesses []string // who cosigned the checkpoint
	Host      string   // of this site
	Base      string   // of the site
	Address   string   // of this page
	Policy    string
	Digest    string
	Leaf      int64
	Cite      string
	MayManage bool
}

// A quotedValue is a number that a release quotes from its table.
type quotedValue struct {
	Value, Unit, What, Of string
	Interval              string // in words; empty where none is told
}

// publishedRelease shows one release: what is counted first, then the numbers.
func (s *Server) publishedRelease(q *request) error {
	r, err := s.Store.PublishedRelease(q.Context(), q.PathValue("release"))
	if err != nil {
		return err
	}
	p := publishedPage{Page: q.page("published", ""), R: r, Host: s.host(q), MayManage: plumbline.May(q.actor, plumbline.ProposeRelease, plumbline.Public)}
	p.Title, p.Figures = r.Statement.Predicate.Title, r.Statement.Predicate.Figures
	if s.Demo {
		p.Origin = "fictional"
	}
	p.Base = s.base(q)
	p.Address = p.Base + "/published/" + r.ID
	if p.Tables, err = q.publishedTables(p.Page, r); err != nil {
		return err
	}
	if err := p.numbers(r); err != nil {
		return err
	}
	if p.Changes, err = q.releaseCorrections(p.Page, r); err != nil {
		return err
	}
	if p.Figures != nil {
		if len(p.Tables) > 0 && !p.Figures.Definition.IsPart() {
			p.Total = grandTotal(p.Page, p.Tables[0].Frequency)
		}
		for _, name := range []string{"table.csv", "estimates.csv", "rows.csv", "aggregates.tsv", "datapackage.json", "risk.json"} {
			if r.Files[name] != nil {
				p.Files = append(p.Files, name)
			}
		}
	}
	p.Files = append(p.Files, "statement.json", "proof.json", "checkpoint")
	for _, key := range r.Signers {
		name, _, _ := strings.Cut(key, "+")
		p.Approvers = append(p.Approvers, name)
	}
	site, err := s.Store.Publisher(q.Context())
	if err != nil {
		return err
	}
	var keys []string
	for _, k := range site.Witnesses {
		keys = append(keys, k.Public)
	}
	p.Witnesses, p.Policy = figure.Cosigners(r.Files["checkpoint"], keys), site.Policy()
	ref, err := r.Files.Reference()
	if err != nil {
		return err
	}
	p.Digest = ref.Statement.SHA256
	if p.Leaf, err = r.Files.Leaf(); err != nil {
		return err
	}
	p.Cite = citation(p.Page, r, p.Host, p.Address)
	return q.render("published_release.html", p)
}

// LeafN is the number of the leaf, for a sentence.
func (p publishedPage) LeafN() int { return int(p.Leaf) }

// SizeN is the length of the log, likewise.
func (p checkingPage) SizeN() int { return int(p.Size) }

// host is the name under which the site is found, and base its address.
func (s *Server) host(q *request) string {
	if s.URL != nil {
		return s.URL.Host
	}
	return q.Host
}

func (s *Server) base(q *request) string {
	if s.URL != nil {
		return s.URL.String()
	}
	if s.Secure {
		return "https://" + q.Host
	}
	return "http://" + q.Host
}

// cellName names a cell by the values of its columns; a column that is not
// named stands at its total.
func (p *Page) cellName(at map[string]string) string {
	if len(at) == 0 {
		return ""
	}
	var parts []string
	for _, column := range slices.Sorted(maps.Keys(at)) {
		parts = append(parts, column+": "+at[column])
	}
	return strings.Join(parts, p.T("list.comma"))
}

// A publishedTable is a table of counts, as a picture of bars and as rows.
type publishedTable struct {
	*protect.Frequency
	Bars   []barGroup
	Rows   []publishedRow // as many as the page shows
	More   int            // that it does not
	Hidden int
	K      int
}

// A publishedRow is a cell with the values of its columns in words.
type publishedRow struct {
	Values  []string
	Count   string // empty where it is hidden
	IsTotal bool   // one of its columns stands at the total
}

// A barGroup is the bars of one value of the first column, or those of the
// first column itself.
type barGroup struct {
	Title string
	Total string
	Bars  []bar
}

// A bar is one cell: its share of the longest in tenths of a percent.
type bar struct {
	Label, Count string
	Share        int
	Hidden       bool
}

// publishedRows and publishedBars are how many rows and bars a page shows: a
// longer table is for a spreadsheet.
const (
	publishedRows = 120
	publishedBars = 40
)

// publishedTables reads the tables of a release for a page.
func (q *request) publishedTables(p *Page, r *store.Release) (list []publishedTable, err error) {
	s, tables, err := r.Files.Read()
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := publishedTable{Frequency: &tables[i], K: s.Predicate.Figures.Method.K}
		for _, c := range t.Cells {
			row := publishedRow{Values: slices.Clone(c.Values)}
			for j, v := range row.Values {
				if v == t.Total {
					row.Values[j], row.IsTotal = p.T("published.all"), true
				}
			}
			if c.Count != nil {
				row.Count = p.Number(int(*c.Count))
			} else {
				t.Hidden++
			}
			if len(t.Rows) < publishedRows {
				t.Rows = append(t.Rows, row)
			} else {
				t.More++
			}
		}
		t.Bars = barsOf(p, t.Frequency)
		list = append(list, t)
	}
	return list, nil
}

// barsOf draws the cells of a table with one or two columns, and of a larger
// one the margins of its first column.
func barsOf(p *Page, t *protect.Frequency) (groups []barGroup) {
	most, bars := int64(1), 0
	at := func(c protect.Cell, j int) string { return c.Values[j] }
	group := func(title string) *barGroup {
		i := slices.IndexFunc(groups, func(g barGroup) bool { return g.Title == title })
		if i < 0 {
			groups = append(groups, barGroup{Title: title})
			i = len(groups) - 1
		}
		return &groups[i]
	}
	type drawn struct {
		group, label string
		count        *int64
	}
	var list []drawn
	for _, c := range t.Cells {
		others := 0 // columns after the second that are broken down
		for j := 2; j < len(c.Values); j++ {
			if at(c, j) != t.Total {
				others++
			}
		}
		first := at(c, 0) != t.Total
		second := len(c.Values) > 1 && at(c, 1) != t.Total
		switch {
		case others > 0:
		case len(t.By) == 2 && first && second:
			list = append(list, drawn{at(c, 0), at(c, 1), c.Count})
		case len(t.By) == 2 && first:
			total := p.T("published.hidden")
			if c.Count != nil {
				total = p.Number(int(*c.Count))
			}
			group(at(c, 0)).Total = total
		case len(t.By) != 2 && first && !second:
			list = append(list, drawn{"", at(c, 0), c.Count})
		}
	}
	for _, d := range list {
		if d.count != nil {
			most = max(most, *d.count)
		}
	}
	for _, d := range list {
		if bars++; bars > publishedBars {
			break
		}
		b := bar{Label: d.label, Hidden: d.count == nil}
		if d.count != nil {
			b.Count, b.Share = p.Number(int(*d.count)), int(*d.count*1000/most)
		}
		g := group(d.group)
		g.Bars = append(g.Bars, b)
	}
	return slices.DeleteFunc(groups, func(g barGroup) bool { return len(g.Bars) == 0 })
}

// Width is the length of a bar.
func (b bar) Width() string { return num(float64(b.Share)/10) + "%" }

// publishedFiles are the files of a release by the address of a download, with
// their types.
var publishedFiles = map[string]string{"table.csv": "text/csv; charset=utf-8", "rows.csv": "text/csv; charset=utf-8", "estimates.csv": "text/csv; charset=utf-8", "aggregates.tsv": "text/tab-separated-values; charset=utf-8",
	"datapackage.json": "application/json", "risk.json": "application/json", "statement.json": "application/json", "proof.json": "application/json", "checkpoint": "text/plain; charset=utf-8"}

// publishedFile sends one file of a release, or all in one.
func (s *Server) publishedFile(q *request) error {
	r, err := s.Store.PublishedRelease(q.Context(), q.PathValue("release"))
	if err != nil {
		return err
	}
	name := q.PathValue("file")
	switch {
	case name == "release.zip":
		data, err := r.Files.Zip()
		if err != nil {
			return err
		}
		return q.publish("application/zip", r.ID+".zip", data)
	case name == "hxl.csv":
		data, err := hxl(r)
		if err != nil {
			return err
		}
		return q.publish("text/csv; charset=utf-8", r.ID+"-hxl.csv", data)
	case name == "citation.bib":
		return q.publish("application/x-bibtex; charset=utf-8", r.ID+".bib", []byte(bibtex(r, s.host(q), s.base(q)+"/published/"+r.ID)))
	case publishedFiles[name] != "" && r.Files[name] != nil:
		return q.publish(publishedFiles[name], r.ID+"-"+name, r.Files[name])
	}
	return plumbline.NotFound("page")
}

// publish sends a file that anybody may have, for a short while from a cache: a
// release gets new cosignatures under its checkpoint.
func (q *request) publish(kind, name string, data []byte) error {
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=300")
	if name != "" {
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(data) // the browser has gone away
	return nil
}

type checkingPage struct {
	*Page
	Policy    string
	Size      int64
	Log       string
	Host      string
	Base      string
	Witnesses []store.ReleaseKey
	Checks    []string
}

// checking says how to check what is published, and whom the site names.
func (s *Server) checking(q *request) error {
	site, err := s.Store.Publisher(q.Context())
	if err != nil {
		return err
	}
	return q.render("checking.html", checkingPage{Page: q.page("checking", "checking.title"), Policy: site.Policy(), Size: site.Size, Log: site.Log,
		Host: s.host(q), Base: s.base(q), Witnesses: site.Witnesses, Checks: publicChecks})
}

// publicChecks are the questions that the checks of plumbline verify answer,
// as the pages put them.
var publicChecks = []string{"unchanged", "approved", "logged", "same_log", "protected", "follows", "standing"}

// logFile sends the whole public log in one file, as a folder in a zip, for
// readers who keep a copy.
func (s *Server) logFile(q *request) error {
	files, err := s.Store.ReleaseLogFiles(q.Context())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		out, err := w.Create("log/" + f.Name)
		if err != nil {
			return err
		}
		if _, err := out.Write(f.Data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return q.publish("application/zip", "log.zip", b.Bytes())
}

// policyFile is the policy as a file.
func (s *Server) policyFile(q *request) error {
	site, err := s.Store.Publisher(q.Context())
	if err != nil {
		return err
	}
	return q.publish("text/plain; charset=utf-8", "policy.txt", []byte(site.Policy()))
}

// releaseLog serves the public log as C2SP tlog-tiles asks: tiles for ever, the
// checkpoint of this moment.
func (s *Server) releaseLog(q *request) error {
	name := q.PathValue("name")
	data, forever, err := s.Store.ReleaseLog(q.Context(), name)
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // any reader's program may check it
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Content-Type", "application/octet-stream")
	}
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(data) // the asker has gone away
	return nil
}

// releaseGrowth sends what a witness of the log is asked with.
func (s *Server) releaseGrowth(q *request) error {
	var old int64
	for _, c := range cmp.Or(q.FormValue("old"), "0") {
		if c < '0' || c > '9' || old > 1<<40 {
			return plumbline.NotFound("page")
		}
		old = old*10 + int64(c-'0')
	}
	text, err := s.Store.ReleaseGrowth(q.Context(), old)
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(text) // the asker has gone away
	return nil
}
