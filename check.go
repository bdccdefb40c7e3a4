package plumbline

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what one field may hold, in characters or entries.
const (
	MaxLine = 300
	MaxText = 20_000
	MaxList = 500
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// ValidID reports whether id has the form of one.
func ValidID(id ID) bool { return idForm.MatchString(string(id)) }

var (
	typeWhen  = reflect.TypeFor[When]()
	typeCount = reflect.TypeFor[Count]()
	typeID    = reflect.TypeFor[ID]()
	typeText  = reflect.TypeFor[Text]()
)

// checkFields reads the entry's own fields: what is needed is there, words
// are from their lists, texts are printable, of sane length, and no formulas.
func checkFields(e Entry, where string) Problems {
	var ps Problems
	v := reflect.ValueOf(e).Elem()
	if e.head().ID == "" { // one that is there is read below, with the other fields
		ps = append(ps, Invalid(join(where, "id"), "problem.needed"))
	}
	walk(v, where, func(f reflect.Value, sf reflect.StructField, path string) {
		if p := checkField(f, sf, path); p != nil {
			ps = append(ps, p)
		}
	})
	return ps
}

// walk visits every leaf of a struct: embedded structs and lists are opened.
func walk(v reflect.Value, where string, visit func(reflect.Value, reflect.StructField, string)) {
	for i := range v.NumField() {
		sf, f := v.Type().Field(i), v.Field(i)
		if sf.Anonymous {
			walk(f, where, visit)
			continue
		}
		path := join(where, FieldName(sf))
		switch {
		case f.Type() == typeWhen || f.Type() == typeCount:
			visit(f, sf, path)
		case f.Kind() == reflect.Struct:
			walk(f, path, visit)
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct:
			visit(f, sf, path)
			for j := range f.Len() {
				walk(f.Index(j), path+"["+itoa(j)+"]", visit)
			}
		default:
			visit(f, sf, path)
		}
	}
}

// FieldName returns the name of a struct's field in files and forms.
func FieldName(sf reflect.StructField) string {
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	return name
}

func checkField(f reflect.Value, sf reflect.StructField, path string) *Problem {
	if sf.Tag.Get("need") == "yes" && f.IsZero() {
		return Invalid(path, "problem.needed")
	}
	if f.Kind() == reflect.Slice {
		if f.Len() > MaxList {
			return Invalid(path, "problem.too_many", "Want", MaxList)
		}
		if f.Type().Elem().Kind() == reflect.String {
			for j := range f.Len() {
				if p := checkString(f.Index(j), path+"["+itoa(j)+"]"); p != nil {
					return p
				}
			}
		}
		return nil
	}
	if f.Kind() == reflect.String && f.String() != "" {
		return checkString(f, path)
	}
	return nil
}

func checkString(f reflect.Value, path string) *Problem {
	s := f.String()
	if w, ok := f.Interface().(interface{ Values() []string }); ok {
		if !slices.Contains(w.Values(), s) {
			return Invalid(path, "problem.not_one_of", "Got", short(s), "Want", strings.Join(w.Values(), ", "))
		}
		return nil
	}
	limit := MaxLine
	if f.Type() == typeText {
		limit = MaxText
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return Invalid(path, "problem.too_long", "Got", n, "Want", limit)
	}
	if f.Type() == typeID {
		if !ValidID(ID(s)) {
			return Invalid(path, "problem.bad_id", "Got", short(s))
		}
		return nil
	}
	return checkText(s, path, f.Type() == typeText)
}

func checkText(s, path string, lines bool) *Problem {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\r' || r == '\t')) || r == utf8.RuneError || r == '\u202e' || r == '\u202d'
	}) {
		return Invalid(path, "problem.not_text")
	}
	if !lines && strings.ContainsAny(s[:1], "=+@") || !lines && len(s) > 1 && s[0] == '-' && s[1] != ' ' {
		return Invalid(path, "problem.formula", "Got", s[:1])
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
func Refs(e Entry) (refs []Ref) {
	walk(reflect.ValueOf(e).Elem(), "", func(f reflect.Value, sf reflect.StructField, path string) {
		if kind := sf.Tag.Get("ref"); kind != "" && f.String() != "" {
			refs = append(refs, Ref{path, Kind(kind), ID(f.String())})
		}
	})
	return refs
}

func join(where, name string) string {
	if where == "" {
		return name
	}
	return where + "." + name
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
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
