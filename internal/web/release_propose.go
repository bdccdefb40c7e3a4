package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
	"plumbline/ledger"
	"plumbline/protect"
)

// makeLimit is how long a page works on a release: a larger table is for the
// command line.
const makeLimit = 10 * time.Second

type proposePage struct {
	*Page
	Typed    url.Values
	Errors   []string
	Source   *releaseSource
	Paths    []pathChoice
	Earlier  []earlierRow // of the series, which readers have
	Budgets  []budgetRow
	Corrects string
	MayBegin bool // a budget
}

// A pathChoice is a way in which people can be protected.
type pathChoice struct {
	Path string
	On   bool
}

// An earlierRow is a release of the series, whose data are asked for unless
// they are kept here.
type earlierRow struct {
	ID   string
	Asks bool
}

// Is returns what was typed into a field.
func (p proposePage) Is(name string) string { return p.Typed.Get(name) }

// proposeForm asks for a table and what it says. It can begin with a figure of
// the record, with the result of a run, and with what an earlier release of the
// series said.
func (s *Server) proposeForm(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return err
	}
	typed := url.Values{"min": {"10"}, "basis": {"event"}, "rule": {"1"}, "licence": {"CC-BY-4.0"}, "path": {figure.Suppression}}
	query := q.URL.Query()
	for _, name := range sourceFields {
		if v := query.Get(name); v != "" {
			typed.Set(name, v)
		}
	}
	source, err := q.releaseSource(typed)
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && errors.Is(err, plumbline.ErrInvalid) {
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, nil, []string{q.page("", "").Problem(problems[0])})
	}
	if err != nil {
		return q.refusedSource(typed, err)
	}
	if source != nil {
		for name, value := range source.says {
			typed.Set(name, value)
		}
	}
	if after := query.Get("after") + query.Get("corrects"); after != "" {
		r, err := s.Store.Release(q.Context(), q.actor, after)
		if err != nil {
			return err
		}
		f := r.Statement.Predicate.Figures
		if f == nil || r.Published.IsZero() {
			return plumbline.NotFound("release")
		}
		d := f.Definition
		for name, value := range map[string]string{"title": r.Statement.Predicate.Title, "series": f.Series, "text": d.Text, "numerator": d.Numerator, "denominator": d.Denominator, "unit": d.Unit, "period": d.Period,
			"basis": d.Basis, "population": d.Population, "rule": d.Rule, "exclusions": strings.Join(d.Exclusions, "\n"), "min": strconv.Itoa(f.Method.K), "path": f.Method.Path, "corrects": query.Get("corrects")} {
			typed.Set(name, value)
		}
	} else if source != nil {
		if err := q.nameRelease(typed, source); err != nil {
			return err
		}
	}
	return q.proposeAgain(http.StatusOK, typed, source, nil)
}

// nameRelease gives a release from a source the next id of its series, and says
// which of the series it would correct.
func (q *request) nameRelease(typed url.Values, source *releaseSource) error {
	typed.Set("series", source.series)
	list, err := q.s.Store.PublishedSeries(q.Context(), source.series)
	if err != nil {
		return err
	}
	for n := len(list) + 1; ; n++ {
		id := source.series + "-" + strconv.Itoa(n)
		_, err := q.s.Store.Release(q.Context(), q.actor, id)
		if errors.Is(err, plumbline.ErrNotFound) {
			typed.Set("id", id)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (q *request) proposeAgain(status int, typed url.Values, source *releaseSource, problems []string) error {
	p := proposePage{Page: q.page("releases", "propose.title"), Typed: typed, Errors: problems, Corrects: typed.Get("corrects"), Source: source, MayBegin: plumbline.May(q.actor, plumbline.PublishRelease, plumbline.Public)}
	for _, path := range source.paths() {
		p.Paths = append(p.Paths, pathChoice{path, typed.Get("path") == path})
	}
	if !slices.ContainsFunc(p.Paths, func(c pathChoice) bool { return c.On }) && len(p.Paths) > 0 {
		p.Paths[0].On = true
	}
	earlier, err := q.s.Store.PublishedSeries(q.Context(), typed.Get("series"))
	if err != nil {
		return err
	}
	for _, r := range earlier {
		in, err := q.s.Store.ReleaseInput(q.Context(), q.actor, r.ID)
		if err != nil {
			return err
		}
		p.Earlier = append(p.Earlier, earlierRow{r.ID, len(in.Data) == 0 && (source == nil || source.estimate == nil)})
	}
	if p.Budgets, err = q.budgets(p.Page); err != nil {
		return err
	}
	return q.renderStatus(status, "propose.html", p)
}

// propose makes a release of a table, of a figure or of a run, or takes one
// that was made elsewhere.
func (s *Server) propose(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return err
	}
	typed, files, err := q.parts()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.Context(), makeLimit)
	defer cancel()
	source, err := q.releaseSource(typed)
	id := ""
	if err == nil {
		id, err = q.proposeFrom(ctx, typed, files, source)
	}
	switch problems := plumbline.ProblemsOf(err); {
	case err == nil:
		return q.done("/releases/"+id, "release_proposed")
	case errors.Is(err, context.DeadlineExceeded):
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, source, []string{q.lang.T("propose.too_long", "N", int(makeLimit.Seconds()))})
	case errors.Is(err, plumbline.ErrForbidden) || errors.Is(err, plumbline.ErrNotFound) || q.Context().Err() != nil:
		return err
	case len(problems) > 0:
		var texts []string
		for _, p := range problems {
			texts = append(texts, q.page("", "").Problem(p))
		}
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, source, texts)
	case source == nil && typed.Get("figure")+typed.Get("run") != "":
		return q.refusedSource(typed, err)
	case !ofEngine(err):
		return err
	}
	return q.proposeAgain(http.StatusUnprocessableEntity, typed, source, []string{err.Error()})
}

// refusedSource says why a number cannot be published, where the engine said
// it.
func (q *request) refusedSource(typed url.Values, err error) error {
	if !ofEngine(err) {
		return err
	}
	return q.proposeAgain(http.StatusUnprocessableEntity, typed, &releaseSource{refused: true}, []string{err.Error()})
}

// ofEngine reports whether an error is a sentence on what is wrong with a table
// or a text, and not a failure of ours.
func ofEngine(err error) bool {
	_, ofTable := errors.AsType[*protect.InputError](err)
	_, ofText := errors.AsType[definitionError](err)
	if errors.Is(err, protect.ErrKeep) {
		return false
	}
	return ofTable || ofText || errors.Is(err, figure.ErrUnsafe) || errors.Is(err, figure.ErrMalformed) || errors.Is(err, protect.ErrOverspent) || errors.Is(err, protect.ErrUnprotectable)
}

func (q *request) proposeFrom(ctx context.Context, typed url.Values, files map[string][]byte, source *releaseSource) (id string, err error) {
	var f figure.Files
	var in store.ReleaseInput
	if bytes.HasPrefix(files["file"], []byte("PK")) {
		f, err = figure.ParseZip(files["file"])
	} else {
		f, in, err = q.make(ctx, typed, files, source)
	}
	if err != nil {
		return "", err
	}
	return q.s.Store.ProposeRelease(ctx, q.actor, f, in)
}

// An order is a release as a form asks for it.
type order struct {
	figure.MakeSpec
	path     string
	by       []string
	count    string // the column of counts; empty when each row is a record
	record   string // the column that names records
	corrects string
	source   *releaseSource
}

// columns are those that are read of a table.
func (o *order) columns() []string {
	columns := slices.Clone(o.by)
	for _, more := range []string{o.count, o.record} {
		if more != "" {
			columns = append(columns, more)
		}
	}
	return columns
}

// read reads a table that a release is, or was, made of.
func (o *order) read(data []byte, name string) (*protect.Table, error) {
	if o.source != nil && o.count == "" {
		var err error
		if data, err = oneEach(data); err != nil {
			return nil, err
		}
	}
	return protect.ReadTable(bytes.NewReader(data), name, protect.ReadOptions{Columns: o.columns()})
}

// order reads the form.
func (q *request) order(ctx context.Context, typed url.Values, files map[string][]byte, source *releaseSource) (*order, error) {
	at := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	o := &order{path: cmp.Or(at("path"), figure.Suppression), source: source, corrects: at("corrects")}
	d := figure.Definition{Text: oneLine(at("text")), Numerator: at("numerator"), Denominator: at("denominator"), Unit: at("unit"), Period: at("period"), Basis: at("basis"), Population: at("population"), Rule: at("rule")}
	for line := range strings.Lines(at("exclusions")) {
		if line = strings.TrimSpace(line); line != "" {
			d.Exclusions = append(d.Exclusions, line)
		}
	}
	o.MakeSpec = figure.MakeSpec{
		Release: figure.Release{ID: at("id"), Title: at("title"), Made: q.s.Store.Now().Format(time.DateOnly),
			Figures: &figure.Figures{Series: cmp.Or(at("series"), at("id")), Definition: d, Software: software()}},
		Places: 1, Licence: at("licence"), Sources: []string{cmp.Or(at("source"), "Records that the publisher holds and that are not public")}, Nonce: make([]byte, 32),
	}
	rand.Read(o.Nonce)
	var err error
	if o.Release.Approvers, err = q.approvers(); err != nil {
		return nil, err
	}
	if len(o.Release.Approvers) < figure.Threshold {
		return nil, plumbline.Invalid("", "problem.release_few", "N", len(o.Release.Approvers))
	}
	switch {
	case source == nil:
		return o, q.broughtTable(o, at, files)
	case source.estimate != nil:
		o.path, o.Estimate, o.Input = figure.Estimated, source.estimate, source.data
		o.Release.Figures.Values = source.values
		if unit := source.estimate.Unit; unit != "" && d.Unit != unit {
			return nil, &protect.InputError{Option: "unit", Wrong: d.Unit, Want: unit}
		}
		return o, nil
	}
	o.Input, o.by, o.count = source.data, source.by, "n"
	if o.path == figure.Suppression { // a number from noisy or rounded counts would not be the one of the page
		o.Release.Figures.Values = source.values
	}
	if !slices.Contains(source.paths(), o.path) {
		return nil, plumbline.Invalid("path", "problem.not_one_of", "Got", o.path, "Want", strings.Join(source.paths(), ", "))
	}
	return o, q.choosePath(ctx, o, at)
}

// broughtTable reads what the form says of a table that was brought.
func (q *request) broughtTable(o *order, at func(string) string, files map[string][]byte) error {
	if o.Input = files["file"]; len(o.Input) == 0 {
		return plumbline.Invalid("file", "problem.no_file")
	}
	for _, column := range strings.FieldsFunc(at("by"), func(r rune) bool { return r == ',' || r == '،' || r == ';' }) {
		o.by = append(o.by, strings.TrimSpace(column))
	}
	if len(o.by) == 0 {
		return &protect.InputError{Option: "by", Wrong: q.lang.T("propose.no_columns"), Want: "year, outcome"}
	}
	o.count, o.record = at("count"), at("record")
	if cell := at("value"); cell != "" {
		values, err := quotedCells(cell, at("of"))
		if err != nil {
			return err
		}
		switch at("interval") {
		case figure.Wilson:
			values[0].Interval = &figure.Interval{Kind: figure.Confidence, Level: "0.95", Method: figure.Wilson}
		case figure.Bounds:
			open, err := quotedCells(at("open"), "")
			if err != nil {
				return err
			}
			values[0].Interval = &figure.Interval{Kind: figure.Bounds, Open: open[0].Cell}
		}
		o.Release.Figures.Values = values
	}
	return q.choosePath(q.Context(), o, at)
}

// choosePath fills in the path by which people are protected. What belongs to
// another path is not passed over.
func (q *request) choosePath(ctx context.Context, o *order, at func(string) string) error {
	least, err := strconv.Atoi(at("min"))
	if err != nil {
		return &protect.InputError{Option: "min", Wrong: at("min"), Want: "10"}
	}
	if o.path != figure.Suppression && o.count != "" {
		if o.source == nil {
			return plumbline.Invalid("count", "problem.path_records")
		}
		o.count = "" // the counts are written out, a row each
	}
	if o.path != figure.Perturbation && o.record != "" {
		return plumbline.Invalid("record", "problem.path_record")
	}
	switch o.path {
	case figure.Suppression:
		o.Suppress = protect.SuppressSpec{Tables: [][]string{o.by}, Count: o.count, Min: least}
	case figure.Perturbation:
		if o.record == "" {
			return plumbline.Invalid("record", "problem.path_names")
		}
		o.Perturb = &protect.PerturbSpec{Tables: [][]string{o.by}, ID: o.record, Min: least}
		o.Perturb.Secret, err = q.s.Store.CellSecret(ctx, q.actor)
		return err
	case figure.KSynthetic:
		o.Synthesise = &protect.SynthesisSpec{K: least}
	case figure.DP:
		epsilon, err := strconv.ParseFloat(at("epsilon"), 64)
		if err != nil {
			return plumbline.Invalid("epsilon", "problem.not_number", "Got", at("epsilon"))
		}
		o.Marginals = &protect.MarginalsSpec{Epsilon: epsilon, Min: least}
		o.Marginals.Budget, err = q.s.Store.OpenBudget(ctx, q.actor, at("budget"))
		return err
	default:
		return plumbline.Invalid("path", "problem.not_one_of", "Got", o.path, "Want", strings.Join((*releaseSource)(nil).paths(), ", "))
	}
	return nil
}

// make makes a release of what the form names.
func (q *request) make(ctx context.Context, typed url.Values, files map[string][]byte, source *releaseSource) (f figure.Files, in store.ReleaseInput, err error) {
	o, err := q.order(ctx, typed, files, source)
	if err != nil {
		return nil, in, err
	}
	if err := q.readEarlier(o, strings.TrimSpace(typed.Get("reason")), files); err != nil {
		return nil, in, err
	}
	var table *protect.Table
	if o.Estimate == nil {
		if table, err = o.read(o.Input, "table.csv"); err != nil {
			return nil, in, err
		}
	}
	in.Key = o.Nonce
	if source != nil && o.Estimate == nil {
		in.Data = o.Input
	}
	made, err := figure.Make(ctx, table, o.MakeSpec)
	if errors.Is(err, figure.ErrHidden) && source != nil { // its table leaves without the number
		o.Release.Figures.Values = nil
		made, err = figure.Make(ctx, table, o.MakeSpec)
	}
	if err != nil {
		if !ofEngine(err) && ctx.Err() == nil && !errors.Is(err, protect.ErrKeep) {
			err = definitionError{err}
		}
		return nil, in, err
	}
	return made.Files, in, nil
}

// readEarlier holds a release against those of its series that readers have.
func (q *request) readEarlier(o *order, reason string, files map[string][]byte) error {
	earlier, err := q.s.Store.PublishedSeries(q.Context(), o.Release.Figures.Series)
	if err != nil {
		return err
	}
	for _, r := range earlier {
		e := figure.EarlierRelease{Files: r.Files}
		in, err := q.s.Store.ReleaseInput(q.Context(), q.actor, r.ID)
		if err != nil {
			return err
		}
		data := files["earlier-"+r.ID]
		if len(data) > 0 && !committed(r, in.Key, data) {
			return plumbline.Invalid("", "problem.release_data", "Got", r.ID)
		}
		if len(data) == 0 {
			data = in.Data
		}
		if len(data) > 0 && !bytes.Equal(data, o.Input) && o.Estimate == nil {
			if e.Data, err = o.read(data, r.ID); err != nil {
				return err
			}
		}
		if r.ID == o.corrects {
			ref, err := r.Files.Reference()
			if err != nil {
				return err
			}
			o.Release.Supersedes, o.Release.Reason = &ref, reason
		}
		o.Earlier = append(o.Earlier, e)
	}
	return nil
}

// A definitionError is what package figure says of a definition or a value.
type definitionError struct{ error }

func (e definitionError) Unwrap() error { return e.error }

// committed reports whether an earlier release was made from data, as far as
// the key to its commitment is here.
func committed(r *store.Release, key, data []byte) bool {
	sum := ledger.Commit(key, data)
	return len(key) == 0 || hex.EncodeToString(sum[:]) == r.Statement.Predicate.Figures.Inputs.Commitment
}

// quotedCells reads the cell that is quoted, as "outcome=home, year=2025", and
// what it is a part of.
func quotedCells(cell, of string) ([]figure.Value, error) {
	read := func(text string) (map[string]string, error) {
		at := map[string]string{}
		if text = strings.TrimSpace(text); text == "" || text == "all" {
			return at, nil
		}
		for _, pair := range strings.Split(text, ",") {
			column, value, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, &protect.InputError{Option: "value", Wrong: text, Want: "outcome=home, year=2025"}
			}
			at[strings.TrimSpace(column)] = strings.TrimSpace(value)
		}
		return at, nil
	}
	var v figure.Value
	var err error
	if v.Cell, err = read(cell); err == nil && of != "" {
		v.Of, err = read(of)
	}
	return []figure.Value{v}, err
}

// software says what this program is.
func software() figure.Software {
	s := figure.Software{Module: "plumbline", Version: "(devel)"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		s.Version = info.Main.Version
	}
	return s
}
