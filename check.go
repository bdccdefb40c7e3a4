package plumbline

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what one field, one list in an entry, and one list of a record
// may hold, in characters or entries. They are far above any operation on
// file, and keep what is computed from a record within a second.
const (
	MaxLine    = 300
	MaxText    = 20_000
	MaxList    = 500
	MaxEntries = 2_000
	MaxSplits  = 50 // of a part of a part
	maxNumber  = 3_650
)

// ValidID reports whether id has the form of one.
func ValidID(id ID) bool {
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' && i > 0) {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// A field is what the struct tags and the type of one field ask of it.
type field struct {
	index int
	name  string // in files and forms; empty for an embedded struct
	need  bool
	ref   Kind
	words []string // the answers allowed; nil for free text
	limit int      // of free text, in characters
	id    bool
	inner []field // of a struct, or of the structs in a list
}

// fieldsOf holds the fields of every kind of entry. It is built once, since
// reading tags takes longer than checking what they ask.
var fieldsOf = func() map[reflect.Type][]field {
	all := map[reflect.Type][]field{}
	for _, subject := range Subjects() {
		for _, k := range Kinds(subject) {
			t := reflect.TypeOf(NewEntry(k)).Elem()
			all[t] = readFields(t)
		}
	}
	return all
}()

func readFields(t reflect.Type) (fields []field) {
	for i := range t.NumField() {
		sf := t.Field(i)
		f := field{index: i, name: FieldName(sf), need: sf.Tag.Get("need") == "yes", ref: Kind(sf.Tag.Get("ref")), limit: MaxLine}
		one := sf.Type
		if one.Kind() == reflect.Slice {
			one = one.Elem()
		}
		if w, ok := reflect.Zero(one).Interface().(interface{ Values() []string }); ok {
			f.words = w.Values()
		}
		switch one {
		case reflect.TypeFor[When](), reflect.TypeFor[Count]():
		case reflect.TypeFor[ID]():
			f.id = true
		case reflect.TypeFor[Text]():
			f.limit = MaxText
		default:
			if one.Kind() == reflect.Struct {
				f.inner = readFields(one)
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// checkFields reads the entry's own fields: what is needed is there, words
// are from their lists, texts are printable, of sane length, and no formulas.
func checkFields(e Entry) Problems {
	v := reflect.ValueOf(e).Elem()
	ps := checkStruct(v, fieldsOf[v.Type()])
	if e.head().ID == "" { // one that is there is read with the other fields
		ps = append(Problems{Invalid("id", "problem.needed")}, ps...)
	}
	return ps
}

func checkStruct(v reflect.Value, fields []field) (ps Problems) {
	for _, f := range fields {
		fv := v.Field(f.index)
		if f.need && fv.IsZero() {
			ps = append(ps, Invalid(f.name, "problem.needed"))
			continue
		}
		switch fv.Kind() {
		case reflect.String:
			if p := checkString(fv.String(), f); p != nil {
				ps = append(ps, p.In(f.name))
			}
		case reflect.Int:
			if n := fv.Int(); n < 0 || n > maxNumber {
				ps = append(ps, Invalid(f.name, "problem.not_one_of", "Got", n, "Want", "0 to "+strconv.Itoa(maxNumber)))
			}
		case reflect.Struct:
			for _, p := range checkStruct(fv, f.inner) {
				ps = append(ps, p.In(f.name))
			}
		case reflect.Slice:
			ps = append(ps, checkList(fv, f)...)
		}
	}
	return ps
}

func checkList(list reflect.Value, f field) (ps Problems) {
	if list.Len() > MaxList {
		return Problems{Invalid(f.name, "problem.too_many", "Want", MaxList)}
	}
	for j := range list.Len() {
		where := f.name + "[" + strconv.Itoa(j) + "]"
		if f.inner == nil {
			if p := checkString(list.Index(j).String(), f); p != nil {
				ps = append(ps, p.In(where))
			}
			continue
		}
		for _, p := range checkStruct(list.Index(j), f.inner) {
			ps = append(ps, p.In(where))
		}
	}
	return ps
}

// FieldName returns the name of a struct's field in files and forms.
func FieldName(sf reflect.StructField) string {
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	return name
}

func checkString(s string, f field) *Problem {
	switch {
	case s == "":
		return nil
	case f.words != nil:
		if !slices.Contains(f.words, s) {
			return Invalid("", "problem.not_one_of", "Got", short(s), "Want", strings.Join(f.words, ", "))
		}
		return nil
	case f.id:
		if !ValidID(ID(s)) {
			return Invalid("", "problem.bad_id", "Got", short(s))
		}
		return nil
	case len(s) > f.limit && utf8.RuneCountInString(s) > f.limit:
		return Invalid("", "problem.too_long", "Got", utf8.RuneCountInString(s), "Want", f.limit)
	}
	return checkText(s, f.limit == MaxText)
}

// checkText refuses what does not print, what turns the direction of the text
// after it, and, in a line, what a spreadsheet would run.
func checkText(s string, lines bool) *Problem {
	for _, r := range s {
		newline := r == '\n' || r == '\r' || r == '\t'
		if unicode.IsControl(r) && !(lines && newline) || r == utf8.RuneError || r == '\u202e' || r == '\u202d' {
			return Invalid("", "problem.not_text")
		}
	}
	if !lines && (strings.ContainsAny(s[:1], "=+@") || len(s) > 1 && s[0] == '-' && s[1] != ' ') {
		return Invalid("", "problem.formula", "Got", s[:1])
	}
	return nil
}

// A Ref is a field that names another entry by its id.
type Ref struct {
	Field string
	Kind  Kind
	ID    ID
}

// Refs returns the entry's references that are filled in.
func Refs(e Entry) []Ref {
	v := reflect.ValueOf(e).Elem()
	return refs(v, fieldsOf[v.Type()], "")
}

func refs(v reflect.Value, fields []field, where string) (all []Ref) {
	for _, f := range fields {
		fv := v.Field(f.index)
		switch {
		case f.ref != "" && fv.String() != "":
			all = append(all, Ref{where + f.name, f.ref, ID(fv.String())})
		case f.inner == nil:
		case fv.Kind() == reflect.Slice:
			for j := range fv.Len() {
				all = append(all, refs(fv.Index(j), f.inner, where+f.name+"["+strconv.Itoa(j)+"].")...)
			}
		case f.name == "": // embedded
			all = append(all, refs(fv, f.inner, where)...)
		default:
			all = append(all, refs(fv, f.inner, where+f.name+".")...)
		}
	}
	return all
}

// short cuts a text for a message, so that an error never repeats a page.
func short(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// strictJSON decodes one JSON value and refuses unknown fields and anything
// after it.
func strictJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return Invalid("", "problem.not_text")
	}
	return nil
}
