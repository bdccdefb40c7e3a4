package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

// citation is how a release is named in a text.
func citation(p *Page, r *store.Release, host, address string) string {
	return p.T("published.citation", "Who", host, "Day", p.Day(r.Published), "Title", r.Statement.Predicate.Title, "ID", r.ID, "Address", address)
}

// bibtex is the same for BibTeX.
func bibtex(r *store.Release, host, address string) string {
	plain := strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "%", `\%`, "&", `\&`, "#", `\#`, "_", `\_`, "$", `\$`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)
	e, _, err := figure.ParseEnvelope(r.Envelope)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(e.Payload)
	return fmt.Sprintf("@misc{%s,\n  author = {{%s}},\n  title = {{%s}},\n  year = {%d},\n  month = {%d},\n  howpublished = {\\url{%s}},\n  note = {Release %s, SHA-256 of the statement %s}\n}\n",
		r.ID, plain.Replace(host), plain.Replace(r.Statement.Predicate.Title), r.Published.Year(), int(r.Published.Month()), address, r.ID, hex.EncodeToString(sum[:]))
}

// hxlTags are the hashtags of the Humanitarian Exchange Language for columns
// whose name says what they are; +trafficked and +suppressed are attributes of
// our own, which the language allows.
var hxlTags = map[string]string{"year": "#date+year", "month": "#date+month", "date": "#date", "country": "#country+name", "district": "#adm2+name", "province": "#adm1+name", "region": "#region+name",
	"organisation": "#org+name", "sex": "#indicator+sex", "age": "#indicator+age", "outcome": "#indicator+outcome", "exploitation": "#indicator+exploitation", "status": "#meta+suppressed"}

var notTag = regexp.MustCompile(`[^a-z0-9_]+`)

// hxlTag returns the hashtag of a column.
func hxlTag(column string) string {
	if tag := hxlTags[strings.ToLower(column)]; tag != "" {
		return tag
	}
	name := strings.Trim(notTag.ReplaceAllString(strings.ToLower(column), "_"), "_")
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "column_" + name
	}
	return "#indicator+" + name
}

// hxl writes the first table of a release with a row of hashtags under its
// header, and what it is, in columns that repeat.
func hxl(r *store.Release) ([]byte, error) {
	s, contents, err := r.Files.Contents()
	if err != nil {
		return nil, err
	}
	if contents.Estimates != nil {
		return hxlEstimates(r.ID, s.Predicate.Figures, contents.Estimates)
	}
	if len(contents.Tables) == 0 {
		return nil, plumbline.NotFound("page")
	}
	t, d := contents.Tables[0], s.Predicate.Figures.Definition
	count := "#indicator+value+num"
	if d.Unit == "people" {
		count = "#affected"
	}
	head, tags := slices.Clone(t.By), []string(nil)
	for _, column := range t.By {
		tags = append(tags, hxlTag(column))
	}
	head, tags = append(head, t.Count, "status", "what", "period", "release"), append(tags, count, hxlTags["status"], "#indicator+name", "#date+period", "#meta+id")
	rows := [][]string{head, tags}
	for _, c := range t.Cells {
		row := slices.Clone(c.Values)
		number := ""
		if c.Count != nil {
			number = strconv.FormatInt(*c.Count, 10)
		}
		rows = append(rows, append(row, number, c.Status, d.Numerator, d.Period, r.ID))
	}
	return hxlFile(rows)
}

// hxlEstimates writes estimates with their limits in the same way.
func hxlEstimates(id string, f *figure.Figures, t *figure.Estimates) ([]byte, error) {
	head, tags := slices.Clone(t.By), []string(nil)
	for _, column := range t.By {
		tags = append(tags, hxlTag(column))
	}
	rows := [][]string{append(head, "people", "estimate", "lower", "upper", "kind", "level", "status", "what", "unit", "period", "release"),
		append(tags, "#indicator+people+num", "#indicator+value+num", "#indicator+lower+num", "#indicator+upper+num", "#meta+interval", "#meta+level", hxlTags["status"], "#indicator+name", "#indicator+unit", "#date+period", "#meta+id")}
	for _, e := range t.Rows {
		people, status := strconv.Itoa(e.People), "A"
		if e.Hidden {
			people, status = "", "Q"
		}
		rows = append(rows, append(slices.Clone(e.Group), people, e.Estimate, e.Lower, e.Upper, f.Estimate.Kind, f.Estimate.Level, status, f.Definition.Numerator, f.Definition.Unit, f.Definition.Period, id))
	}
	return hxlFile(rows)
}

// hxlFile writes rows under two of heads.
func hxlFile(rows [][]string) ([]byte, error) {
	for _, row := range rows[2:] { // a spreadsheet must not run what somebody has called a value
		for i, v := range row {
			if _, err := strconv.ParseFloat(v, 64); err != nil && v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
				row[i] = "'" + v
			}
		}
	}
	return csvOf(rows)
}

// A dcat is a thing of the Data Catalog Vocabulary, in JSON-LD.
type dcat map[string]any

// catalogue lists what is published for catalogues of open data (DCAT 3).
func (s *Server) catalogue(q *request) error {
	var list []*store.ReleaseSummary
	for _, past := range []bool{false, true} {
		part, _, err := s.Store.Published(q.Context(), store.PublishedFilter{Past: past})
		if err != nil {
			return err
		}
		list = append(list, part...)
	}
	base := s.base(q)
	publisher := dcat{"@type": "foaf:Agent", "foaf:name": s.host(q), "foaf:homepage": dcat{"@id": base + "/"}}
	var sets []dcat
	for _, r := range list {
		address := base + "/published/" + r.ID
		d := r.Definition
		set := dcat{"@id": address, "@type": "dcat:Dataset", "dct:identifier": r.ID, "dct:title": r.Title, "dct:description": d.Text, "dct:issued": r.Published.Format("2006-01-02"),
			"dct:publisher": publisher, "dct:license": "https://spdx.org/licenses/" + r.Licence, "dcat:landingPage": dcat{"@id": address}, "dct:temporal": d.Period, "dcat:inSeries": r.Series,
			"adms:status": statusOf(r), "dct:conformsTo": dcat{"@id": "https://datapackage.org/profiles/2.0/datapackage.json"}}
		files := []dcat{{"@type": "dcat:Distribution", "dct:title": "Everything in one file", "dcat:downloadURL": dcat{"@id": address + "/release.zip"}, "dcat:mediaType": "application/zip"}}
		for _, f := range []struct{ file, get, title string }{{"table.csv", "table.csv", "Table"}, {"table.csv", "hxl.csv", "Table with HXL tags"}, {"estimates.csv", "estimates.csv", "Estimates with their intervals"}, {"estimates.csv", "hxl.csv", "Estimates with HXL tags"}, {"rows.csv", "rows.csv", "Made-up rows"}} {
			if slices.Contains(r.Files, f.file) {
				files = append(files, dcat{"@type": "dcat:Distribution", "dct:title": f.title, "dcat:downloadURL": dcat{"@id": address + "/" + f.get}, "dcat:mediaType": "text/csv"})
			}
		}
		set["dcat:distribution"] = files
		if r.Corrected != nil {
			set["dct:isReplacedBy"] = dcat{"@id": base + "/published/" + r.Corrected.ID}
		}
		if r.Supersedes != "" {
			set["dct:replaces"] = dcat{"@id": base + "/published/" + r.Supersedes}
		}
		sets = append(sets, set)
	}
	text, err := json.MarshalIndent(dcat{
		"@context": dcat{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "adms": "http://www.w3.org/ns/adms#"},
		"@id":      base + "/published", "@type": "dcat:Catalog", "dct:title": "Figures published by " + s.host(q), "dct:publisher": publisher, "dcat:dataset": sets,
	}, "", " ")
	if err != nil {
		return err
	}
	return q.publish("application/ld+json", "", append(text, '\n'))
}

func statusOf(r *store.ReleaseSummary) string {
	switch {
	case r.Withdrawn != nil:
		return "withdrawn"
	case r.Corrected != nil:
		return "superseded"
	}
	return "published"
}
