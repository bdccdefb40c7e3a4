// Package exchange holds the formats in which records enter and leave.
//
// [Read] and [Write] are the format plumbline.operations/1: organisations,
// units, programmes and operations with everything known of them, in one JSON file with
// one canonical form. Reading is strict: what is not understood is refused
// with the path where it stands, nothing is dropped, and whatever is accepted
// is written back the same. [PublicRecord] is the record that the published
// documents allow, and [Claims] the claims it rests on.
//
// This package imports the root and nothing else of ours, reads no database
// and asks no network.
package exchange

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline"
)

// Format names the format and its version. A file of another version is
// refused, never guessed at.
const Format = "plumbline.operations/1"

// MaxFile is the usual limit for Read, in bytes.
const MaxFile = 32 << 20

// A File is what one file of the format holds.
type File struct {
	Format        string                       `json:"format"`
	About         About                        `json:"about,omitzero"`
	Organisations []*plumbline.Organisation    `json:"organisations,omitempty"`
	Units         []*plumbline.UnitRecord      `json:"units,omitempty"`
	Programmes    []*plumbline.ProgrammeRecord `json:"programmes,omitempty"`
	Operations    []*plumbline.Record          `json:"operations,omitempty"`
}

// About says what a file is, for the person who finds it.
type About struct {
	Title   string         `json:"title,omitempty"`
	Text    plumbline.Text `json:"text,omitempty"`
	Licence string         `json:"licence,omitempty"`
	Made    plumbline.When `json:"made,omitzero"` // when the file was made, as told by its maker
}

// Read reads a file of at most limit bytes and checks everything in it. It
// returns Problems that name the full path of each fault, such as
// operations[3].movements[2].from. References to units and organisations
// that the file does not hold are no fault here: see [File.Dangling].
func Read(r io.Reader, limit int64) (*File, error) {
	root, err := document(r, limit)
	if err != nil {
		return nil, err
	}
	return readEnvelope(root)
}

// ReadOne reads the record of a single operation: a file that holds exactly
// one, or the record by itself, without the envelope.
func ReadOne(r io.Reader, limit int64) (*plumbline.Record, error) {
	root, err := document(r, limit)
	if err != nil {
		return nil, err
	}
	if root.member("format") == nil && root.member("operation") != nil {
		record := new(plumbline.Record)
		d := new(decoder)
		d.fillStruct(root, reflect.ValueOf(record).Elem(), "")
		if err := d.err(); err != nil {
			return nil, err
		}
		if err := record.Check(); err != nil {
			return nil, err
		}
		return record, nil
	}
	f, err := readEnvelope(root)
	if err != nil {
		return nil, err
	}
	if len(f.Operations) != 1 {
		return nil, plumbline.Invalid("operations", "problem.not_one_operation", "Got", len(f.Operations))
	}
	return f.Operations[0], nil
}

func document(r io.Reader, limit int64) (*node, error) {
	data, err := readAll(r, limit)
	if err != nil {
		return nil, err
	}
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	if root.kind != '{' {
		return nil, plumbline.Invalid("", "problem.want_object")
	}
	return root, nil
}

func readEnvelope(root *node) (*File, error) {
	switch format := root.member("format"); {
	case format == nil || format.kind != '"':
		return nil, plumbline.Invalid("format", "problem.no_format", "Want", Format)
	case format.text != Format:
		return nil, plumbline.Invalid("format", "problem.format", "Got", short(format.text), "Want", Format)
	}
	f := new(File)
	d := new(decoder)
	d.fillStruct(root, reflect.ValueOf(f).Elem(), "")
	if err := d.err(); err != nil {
		return nil, err
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	return f, nil
}

// Write writes the canonical form, under the name of this format when the
// file has none. It refuses, with the same Problems, what Read would refuse.
func Write(w io.Writer, f *File) error {
	if err := f.Check(); err != nil {
		return err
	}
	named := *f
	named.Format = Format
	var e encoder
	e.object(reflect.ValueOf(&named).Elem())
	e.WriteByte('\n')
	if _, err := w.Write(e.Bytes()); err != nil {
		return fmt.Errorf("write operations: %w", err)
	}
	return nil
}

// Check returns Problems when the file holds what cannot be: another format,
// an id used twice, or anything that a record's own Check refuses.
func (f *File) Check() error {
	var ps plumbline.Problems
	if f.Format != Format && f.Format != "" {
		ps = append(ps, plumbline.Invalid("format", "problem.format", "Got", short(f.Format), "Want", Format))
	}
	ps = append(ps, f.About.check()...)
	seen := map[plumbline.Kind]map[plumbline.ID]bool{}
	once := func(kind plumbline.Kind, id plumbline.ID, path string) {
		if seen[kind] == nil {
			seen[kind] = map[plumbline.ID]bool{}
		}
		if seen[kind][id] {
			ps = append(ps, plumbline.Invalid(path+".id", "problem.same_id", "Got", id))
		}
		seen[kind][id] = true
	}
	for i, o := range f.Organisations {
		path := fmt.Sprintf("organisations[%d]", i)
		once(plumbline.KindOrganisation, o.ID, path)
		ps = append(ps, under(path, plumbline.CheckOrganisation(o))...)
	}
	for i, u := range f.Units {
		path := fmt.Sprintf("units[%d]", i)
		once(plumbline.KindUnit, u.Unit.ID, path+".unit")
		ps = append(ps, under(path, u.Check())...)
	}
	for i, p := range f.Programmes {
		path := fmt.Sprintf("programmes[%d]", i)
		once(plumbline.KindProgramme, p.Programme.ID, path+".programme")
		ps = append(ps, under(path, p.Check())...)
	}
	for i, r := range f.Operations {
		path := fmt.Sprintf("operations[%d]", i)
		once(plumbline.KindOperation, r.Operation.ID, path+".operation")
		ps = append(ps, under(path, r.Check())...)
	}
	if len(ps) == 0 {
		return nil
	}
	return ps[:min(len(ps), maxProblems)]
}

func under(path string, err error) (ps plumbline.Problems) {
	for _, p := range plumbline.ProblemsOf(err) {
		ps = append(ps, p.In(path))
	}
	return ps
}

func (a About) check() (ps plumbline.Problems) {
	line := func(s, path string, limit int, breaks bool) {
		if n := utf8.RuneCountInString(s); n > limit {
			ps = append(ps, plumbline.Invalid(path, "problem.too_long", "Got", n, "Want", limit))
		}
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
			return r == utf8.RuneError || unicode.IsControl(r) && !(breaks && r == '\n')
		}) {
			ps = append(ps, plumbline.Invalid(path, "problem.not_text"))
		}
	}
	line(a.Title, "about.title", plumbline.MaxLine, false)
	line(string(a.Text), "about.text", plumbline.MaxText, true)
	line(a.Licence, "about.licence", plumbline.MaxLine, false)
	return ps
}

// A Ref is a mention of a unit, an organisation, a programme or an operation.
type Ref struct {
	Path string // where it stands: operations[3].agencies[0].organisation
	Kind plumbline.Kind
	ID   plumbline.ID
}

// Problem says that what is mentioned exists nowhere.
func (r Ref) Problem() *plumbline.Problem {
	return plumbline.Invalid(r.Path, "problem.unknown_"+string(r.Kind), "Got", r.ID)
}

// Dangling returns the mentions of units, organisations, programmes and
// operations that the file does not hold. They may exist where the file is taken in; whoever
// takes it in decides.
func (f *File) Dangling() (refs []Ref) {
	here := map[plumbline.Kind]map[plumbline.ID]bool{
		plumbline.KindOrganisation: {}, plumbline.KindUnit: {}, plumbline.KindProgramme: {}, plumbline.KindOperation: {},
	}
	for _, o := range f.Organisations {
		here[plumbline.KindOrganisation][o.ID] = true
	}
	for _, u := range f.Units {
		here[plumbline.KindUnit][u.Unit.ID] = true
	}
	for _, p := range f.Programmes {
		here[plumbline.KindProgramme][p.Programme.ID] = true
	}
	for _, r := range f.Operations {
		here[plumbline.KindOperation][r.Operation.ID] = true
	}
	look := func(kind plumbline.Kind, id plumbline.ID, path string) {
		if ids, ours := here[kind]; ours && !ids[id] {
			refs = append(refs, Ref{path, kind, id})
		}
	}
	entry := func(e plumbline.Entry, path string) {
		for _, ref := range plumbline.Refs(e) {
			look(ref.Kind, ref.ID, path+"."+ref.Field)
		}
	}
	for i, o := range f.Organisations {
		entry(o, fmt.Sprintf("organisations[%d]", i))
	}
	for i, u := range f.Units {
		entries(reflect.ValueOf(u).Elem(), fmt.Sprintf("units[%d]", i), entry)
	}
	for i, p := range f.Programmes {
		entries(reflect.ValueOf(p).Elem(), fmt.Sprintf("programmes[%d]", i), entry)
	}
	for i, r := range f.Operations {
		path := fmt.Sprintf("operations[%d]", i)
		entries(reflect.ValueOf(r).Elem(), path, entry)
		for j, s := range r.Operation.SameEpisode {
			if s.Operation != "" {
				look(plumbline.KindOperation, s.Operation, fmt.Sprintf("%s.operation.same_episode[%d].operation", path, j))
			}
		}
	}
	return refs
}

// entries visits every entry of a record with the path where it stands.
func entries(record reflect.Value, path string, visit func(plumbline.Entry, string)) {
	for _, f := range fieldsOf(record) {
		at := join(path, f.name)
		switch f.value.Kind() {
		case reflect.Struct:
			visit(f.value.Addr().Interface().(plumbline.Entry), at)
		case reflect.Pointer:
			if !f.value.IsNil() {
				visit(f.value.Interface().(plumbline.Entry), at)
			}
		case reflect.Slice:
			for i := range f.value.Len() {
				visit(f.value.Index(i).Interface().(plumbline.Entry), fmt.Sprintf("%s[%d]", at, i))
			}
		}
	}
}
