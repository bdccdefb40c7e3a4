package figure

import (
	"bytes"
	"fmt"
	"strings"

	"plumbline/protect"
)

// A dataPackage is a Data Package, version 2, as a release has it.
type dataPackage struct {
	Schema      string     `json:"$schema"`
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Licenses    []licence  `json:"licenses"`
	Sources     []source   `json:"sources"`
	Resources   []resource `json:"resources"`
}

type licence struct {
	Name string `json:"name"`
}

type source struct {
	Title string `json:"title"`
}

type resource struct {
	Name      string      `json:"name"`
	Type      string      `json:"type"`
	Path      string      `json:"path"`
	Format    string      `json:"format"`
	Mediatype string      `json:"mediatype"`
	Encoding  string      `json:"encoding"`
	Dialect   *dialect    `json:"dialect,omitempty"`
	Schema    tableSchema `json:"schema"`
}

type dialect struct {
	Delimiter string `json:"delimiter"`
}

type tableSchema struct {
	Schema        string   `json:"$schema"`
	Fields        []field  `json:"fields"`
	MissingValues []string `json:"missingValues"`
	PrimaryKey    []string `json:"primaryKey,omitempty"`
}

type field struct {
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Description string       `json:"description,omitempty"`
	Constraints *constraints `json:"constraints,omitempty"`
}

type constraints struct {
	Required bool     `json:"required,omitempty"`
	Minimum  *int     `json:"minimum,omitempty"`
	Enum     []string `json:"enum,omitempty"`
}

const profile = "https://datapackage.org/profiles/2.0/"

// describe returns the data package of a release. Only its licences and sources are not told by
// the statement and the contents already.
func describe(r *Release, c *contents, licences []licence, sources []source) *dataPackage {
	p := &dataPackage{Schema: profile + "datapackage.json", Name: r.ID, Title: r.Title, Description: r.Figures.Definition.Text, Licenses: licences, Sources: sources}
	for i, t := range c.tables {
		p.Resources = append(p.Resources, describeFile(c.names[i], describeTable(t, r.Figures.Method.Path)))
	}
	if c.estimates != nil {
		p.Resources = append(p.Resources, describeFile(estimatesFile, describeEstimates(r.Figures, c.estimates)))
	}
	if c.rows != nil {
		p.Resources = append(p.Resources, describeFile(countsFile, describeCounts(r.Figures.Method)), describeFile(rowsFile, describeRows(c.rows)))
	}
	return p
}

func describeFile(name string, s tableSchema) resource {
	bare, format, _ := strings.Cut(name, ".")
	s.Schema = profile + "tableschema.json"
	r := resource{Name: bare, Type: "table", Path: name, Format: format, Mediatype: "text/csv", Encoding: "utf-8", Schema: s}
	if format == "tsv" {
		r.Mediatype, r.Dialect = "text/tab-separated-values", &dialect{"\t"}
	}
	return r
}

func describeTable(t protect.Frequency, path string) tableSchema {
	s := tableSchema{MissingValues: []string{""}, PrimaryKey: t.By}
	for _, name := range t.By {
		s.Fields = append(s.Fields, field{Name: name, Type: "string", Description: fmt.Sprintf("%s stands for all values", t.Total), Constraints: &constraints{Required: true}})
	}
	count := "empty where it is suppressed"
	if path == Perturbation {
		count = "with noise, so that margins are not the sums of their parts; empty where it is small"
	}
	s.Fields = append(s.Fields,
		field{Name: t.Count, Type: "integer", Description: count, Constraints: &constraints{Minimum: new(int)}},
		field{Name: "status", Type: "string", Description: "SDMX CL_OBS_STATUS: A shown, Q suppressed", Constraints: &constraints{Required: true, Enum: []string{protect.StatusNormal, protect.StatusSuppressed}}})
	return s
}

func describeEstimates(f *Figures, t *Estimates) tableSchema {
	s := tableSchema{MissingValues: []string{""}, PrimaryKey: t.By}
	for _, name := range t.By {
		s.Fields = append(s.Fields, field{Name: name, Type: "string", Constraints: &constraints{Required: true}})
	}
	limit := fmt.Sprintf(" limit of the %s interval at level %s, in the unit of the estimate; empty where it is not known", f.Estimate.Kind, f.Estimate.Level)
	s.Fields = append(s.Fields,
		field{Name: "people", Type: "integer", Description: "how many people it rests on", Constraints: &constraints{Minimum: new(int)}},
		field{Name: "estimate", Type: "number", Description: "in: " + f.Definition.Unit},
		field{Name: "lower", Type: "number", Description: "lower" + limit},
		field{Name: "upper", Type: "number", Description: "upper" + limit},
		field{Name: "status", Type: "string", Description: "SDMX CL_OBS_STATUS: A shown, Q suppressed", Constraints: &constraints{Required: true, Enum: []string{protect.StatusNormal, protect.StatusSuppressed}}})
	return s
}

func describeCounts(m Method) tableSchema {
	count := fmt.Sprintf("how many records hold all of them, rounded down to a multiple of %d", m.K)
	if m.Path == DP {
		count = "how many records hold all of them, with noise"
	}
	return tableSchema{MissingValues: []string{""}, PrimaryKey: []string{"selections"}, Fields: []field{
		{Name: "selections", Type: "string", Description: "column:value, with ; between them; record_count is the number of records", Constraints: &constraints{Required: true}},
		{Name: "protected_count", Type: "integer", Description: count, Constraints: &constraints{Required: true, Minimum: new(int)}},
	}}
}

func describeRows(rows *protect.Table) tableSchema {
	s := tableSchema{MissingValues: []string{"", "NA"}}
	for _, name := range rows.Header() {
		s.Fields = append(s.Fields, field{Name: name, Type: "string", Description: "of rows that are made up: none is a person"})
	}
	return s
}

// parsePackage reads the data package and the files that it names; both must be as they are written.
func (f Files) parsePackage(s *Statement) (*contents, error) {
	var p dataPackage
	if err := parseStrict(f[packageFile], &p, spaced); err != nil {
		return nil, fmt.Errorf("%s: %w", packageFile, err)
	}
	c, err := f.parseContents(s)
	if err != nil {
		return nil, err
	}
	if len(p.Licenses) == 0 || len(p.Sources) == 0 {
		return nil, fmt.Errorf("%s: %w: no licence, or no source", packageFile, ErrMalformed)
	}
	want, err := spaced(describe(&s.Predicate, c, p.Licenses, p.Sources))
	if err != nil || !bytes.Equal(want, f[packageFile]) {
		return nil, fmt.Errorf("%s: %w: it does not describe the tables and the statement of this release", packageFile, ErrMalformed)
	}
	return c, nil
}
