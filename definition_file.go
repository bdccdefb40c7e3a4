package plumbline

// definitionJSON is a figure of somebody's own, as a file has it.
type definitionJSON struct {
	Name        string     `json:"name"`
	Version     int        `json:"version"`
	Title       string     `json:"title"`
	Counts      string     `json:"counts"` // in words
	Of          string     `json:"of"`     // in words
	Unit        FigureUnit `json:"unit"`
	Numerator   string     `json:"numerator"`   // a fact
	Denominator string     `json:"denominator"` // a fact, or "operations"
}

// ReadDefinition reads a figure of somebody's own: JSON with name, version,
// title, unit, what is counted and of whom in words, and the facts that are
// numerator and denominator. A share of people is a number of a number; a share
// of operations is of those of which a fact is true. It returns Problems when
// the file says too little, or a figure without a denominator where its unit
// needs one.
func ReadDefinition(data []byte) (*Definition, error) {
	var in definitionJSON
	if err := strictJSON(data, &in); err != nil {
		return nil, Invalid("", "problem.figure_file", "What", short(err.Error()))
	}
	d := &Definition{Name: in.Name, Version: in.Version, Side: Conduct, Theme: "met", Unit: in.Unit, Of: in.Denominator, Basis: ByEvent, Needs: []string{in.Numerator},
		Title: in.Title, Counts: in.Counts, OfWhom: in.Of}
	var ps Problems
	if err := d.Check(); err != nil {
		ps = append(ps, ProblemsOf(err)...)
	}
	for _, f := range []struct{ name, text string }{{"title", in.Title}, {"counts", in.Counts}} {
		if f.text == "" || len(f.text) > MaxLine {
			ps = append(ps, Invalid(f.name, "problem.needed"))
		}
	}
	if d.Unit.Parted() && in.Of == "" {
		ps = append(ps, Invalid("of", "problem.needed"))
	}
	kinds := map[string]string{"operations": "operations"}
	for _, t := range Vocabulary() {
		kinds[t.Name] = t.Type
	}
	num, of := kinds[in.Numerator], kinds[in.Denominator]
	switch {
	case num == "number" && (!d.Unit.Parted() || (d.Unit == PerOperation || d.Unit == InMinutes) && of == "operations"):
		d.of = people(in.Numerator)
	case num == "number" && d.Unit == Percent && of == "number":
		d.of, d.Needs = partOf(in.Numerator, in.Denominator), append(d.Needs, in.Denominator)
	case num == "bool" && d.Unit == Percent && of == "operations":
		d.of = whether(in.Numerator)
	case num != "number" && num != "bool", num == "bool" && in.Denominator == "":
		ps = append(ps, Invalid("numerator", "problem.figure_fact", "Got", short(in.Numerator)))
	case in.Denominator != "":
		ps = append(ps, Invalid("denominator", "problem.figure_fact", "Got", short(in.Denominator)))
	}
	return d, ps.orNil()
}
